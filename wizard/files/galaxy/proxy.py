"""What galaxy.yml and the proxy have to agree about: downloads, uploads, logins, display sites."""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.documents.yaml.document import Path
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry

X_ACCEL_BASE = "/_x_accel_redirect"
QUESTIONS = frozenset(
    {"proxy.downloads", "proxy.upload_store", "proxy.authentication", "proxy.display_sites"}
)
ACCEL: Path = ("galaxy", "nginx_x_accel_redirect_base")
SENDFILE: Path = ("galaxy", "apache_xsendfile")
STORE: Path = ("galaxy", "tus_upload_store")
REMOTE_USER: Path = ("galaxy", "use_remote_user")
DISPLAY: Path = ("galaxy", "display_servers")


def entries(given: Given) -> Entries:
    """The options that follow from answers about the proxy."""
    found: Entries = {}
    if "proxy.downloads" in given and given.get("proxy.server") != "apache":
        if given["proxy.downloads"]:
            found[ACCEL] = Entry(X_ACCEL_BASE, ("proxy.downloads",))
    elif "proxy.downloads" in given:
        found[SENDFILE] = Entry(given["proxy.downloads"], ("proxy.downloads",))
    if "proxy.upload_store" in given:
        found[STORE] = Entry(given["proxy.upload_store"], ("proxy.upload_store",))
    if "proxy.authentication" in given:
        found[REMOTE_USER] = Entry(given["proxy.authentication"] != "galaxy", ("proxy.authentication",))
    if given.get("proxy.display_sites"):
        found[DISPLAY] = Entry(",".join(given["proxy.display_sites"]), ("proxy.display_sites",))
    return found


def read(found: Collector) -> None:
    """Take what galaxy.yml alone can say of these answers."""
    get = found.document.get
    if get(ACCEL) == X_ACCEL_BASE:
        found.take(ACCEL, {"proxy.downloads": True})
    store = get(STORE)
    if isinstance(store, str):
        found.take(STORE, {"proxy.upload_store": store})
    if get(REMOTE_USER) is False:
        found.take(REMOTE_USER, {"proxy.authentication": "galaxy"})
    sites = get(DISPLAY)
    if isinstance(sites, str) and sites:
        hosts = [part.strip() for part in sites.split(",") if part.strip()]
        found.take(DISPLAY, {"proxy.display_sites": hosts})
