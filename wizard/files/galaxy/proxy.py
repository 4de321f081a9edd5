"""What galaxy.yml and the proxy have to agree about: downloads, uploads, logins, display sites."""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.documents.tree import REMOVE, Path, TreeDocument
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry

X_ACCEL_BASE = "/_x_accel_redirect"
QUESTIONS = frozenset(
    {"proxy.downloads", "proxy.upload_store", "proxy.authentication", "proxy.display_sites"}
)
SERVER = "proxy.server"
ACCEL: Path = ("galaxy", "nginx_x_accel_redirect_base")
SENDFILE: Path = ("galaxy", "apache_xsendfile")
STORE: Path = ("galaxy", "tus_upload_store")
REMOTE_USER: Path = ("galaxy", "use_remote_user")
DISPLAY: Path = ("galaxy", "display_servers")


def entries(given: Given) -> Entries:
    """The options that follow from answers about the proxy."""
    found: Entries = {}
    if "proxy.downloads" in given:
        found.update(_downloads(given["proxy.downloads"], given.get(SERVER)))
    if "proxy.upload_store" in given:
        found[STORE] = Entry(given["proxy.upload_store"], ("proxy.upload_store",))
    if "proxy.authentication" in given:
        found[REMOTE_USER] = Entry(given["proxy.authentication"] != "galaxy", ("proxy.authentication",))
    if given.get("proxy.display_sites"):
        found[DISPLAY] = Entry(",".join(given["proxy.display_sites"]), ("proxy.display_sites",))
    return found


def _downloads(by_proxy: bool, server: str | None) -> Entries:
    """Each server has a header of its own by which Galaxy hands a file over; the other's option would send it both."""
    asked = ("proxy.downloads",)
    if server == "apache":
        return {SENDFILE: Entry(by_proxy, asked)}
    accel = {ACCEL: Entry(X_ACCEL_BASE, asked)} if by_proxy and server != "none" else {}
    return accel if server is None else {**accel, SENDFILE: Entry(REMOVE, asked)}


def held(document: TreeDocument) -> dict[str, str]:
    """The server that the document's own option for downloads is for, where that is Apache."""
    return {SERVER: "apache"} if sends_file(document) and document.get(ACCEL) != X_ACCEL_BASE else {}


def completed(document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
    """Leave Apache's option as it is where the document does not switch it on, or no answer says which server it is."""
    entry = changes.get(SENDFILE)
    if entry is not None and entry.value is REMOVE and not sends_file(document):
        del changes[SENDFILE]
    if SERVER not in given and given.get("proxy.downloads") and held(document):
        for path in (SENDFILE, ACCEL):
            changes.pop(path, None)


def sends_file(document: TreeDocument) -> bool:
    """Whether Galaxy hands files over to Apache."""
    return str(document.get(SENDFILE)).lower() in ("true", "yes", "on", "1")


def read(found: Collector) -> None:
    """Take what galaxy.yml alone can say of these answers."""
    get = found.document.get
    for path, sends in ((ACCEL, get(ACCEL) == X_ACCEL_BASE), (SENDFILE, sends_file(found.document))):
        if sends:
            found.take(path, {"proxy.downloads": True})
    store = get(STORE)
    if isinstance(store, str):
        found.take(STORE, {"proxy.upload_store": store})
    if get(REMOTE_USER) is False:
        found.take(REMOTE_USER, {"proxy.authentication": "galaxy"})
    sites = get(DISPLAY)
    if isinstance(sites, str) and sites:
        hosts = [part.strip() for part in sites.split(",") if part.strip()]
        found.take(DISPLAY, {"proxy.display_sites": hosts})
