"""Rules about what the proxy's site and Galaxy's own files have to say alike.

Answers that are given go to both sides; these are for sites that were found, and for answers left to their files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.advice.advice import Finding, PlannedFile, Scene, rule
from wizard.advice.fronts import ANYWHERE, APACHE, LOOPBACK, NGINX, Front, behind, front, split_address
from wizard.answers.hints import served_by
from wizard.files.galaxy.proxy import ACCEL, SENDFILE, X_ACCEL_BASE
from wizard.files.galaxy.yml import GalaxySection
from wizard.problems import Refused

_SCALING = "Galaxy documentation, Scaling and Load Balancing: Listening and proxy options"
_SENDING = "Galaxy documentation, Proxying Galaxy with NGINX: Sending Files With Nginx"
_TUS = "Galaxy documentation, Proxying Galaxy with NGINX: Receiving Files via the tus protocol"


def _finding(at: Front, question: str, what: str, why: str, way_out: str, line: int | None = None) -> Finding:
    """A finding at the place of a question in the proxy's site, or in the site as a whole."""
    return Finding(what, why, way_out, question, at.file.shown, line or at.line(question))


# -- the link


@rule("proxy.link-differs", "error", "usegalaxy-eu/infrastructure-playbook#541")
def link_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy asks at another socket or port than Galaxy's web server listens at."""
    at = front(scene)
    bound = _bound(scene)
    if at is None or bound is None or at.value("proxy.link") is None:
        return
    first = _end(at.value("proxy.link"), at.value("proxy.socket"), at.value("proxy.address"))
    asked = [*([first] if first else []), *map(str, at.value("proxy.more_upstreams") or ())]
    if asked and not any(_meet(one, bound[1]) for one in asked):
        question = "proxy.socket" if at.value("proxy.link") == "socket" else "proxy.address"
        yield _finding(
            at,
            question,
            f"the proxy asks {asked[0]}, and Galaxy listens at {bound[1]} ({bound[0].shown})",
            "every page is 502",
            "answer proxy.link with its socket or address: it goes to both",
        )


def _bound(scene: Scene) -> tuple[PlannedFile, str] | None:
    """Where Galaxy's web server listens, by its own files, with the file."""
    link = behind(scene, "proxy.link")
    if link is None:
        return None
    file, kind = link
    held = behind(scene, "proxy.socket" if kind == "socket" else "proxy.address")
    end = _end(kind, held[1], held[1]) if held is not None else None
    return (file, end) if end is not None else None


def _end(link: Any, socket: Any, address: Any) -> str | None:
    end = (
        f"unix:{socket}"
        if link == "socket" and socket
        else str(address)
        if link == "tcp" and address
        else None
    )
    return end


def _meet(asked: str, bound: str) -> bool:
    """Whether who asks at one address reaches who listens at the other; names of other machines are not known."""
    if asked.startswith("unix:") or bound.startswith("unix:"):
        return asked == bound
    (host, port), (listens, at) = split_address(asked), split_address(bound)
    known = host in LOOPBACK and listens not in LOOPBACK | ANYWHERE
    return port == at and not known


@rule("proxy.protocol-differs", "error", "galaxyproject/galaxy#13480")
def protocol_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy speaks uWSGI's own protocol to gunicorn or Paste, which know HTTP only."""
    at = front(scene)
    server = served_by(scene.given)
    if at is not None and at.value("proxy.protocol") == "uwsgi" and server != "uwsgi":
        directive = "uwsgi_pass" if at.kind == NGINX else "uwsgi://"
        name = "Paste" if server == "paste" else server
        yield _finding(
            at,
            "proxy.protocol",
            f"the proxy speaks uWSGI's own protocol ({directive}), and {name} serves Galaxy",
            f"{name} knows HTTP only: every page is 502",
            "answer proxy.link, or pass requests on by HTTP",
        )


@rule("proxy.prefix-differs", "error", "galaxyproject/galaxy#9970")
def prefix_differs(scene: Scene) -> Iterator[Finding]:
    """Galaxy is told another URL prefix than the proxy serves it under; not being told one is /."""
    at = front(scene)
    main = _main(scene)
    if (
        at is None
        or main is None
        or at.value("proxy.url_prefix") is None
        or served_by(scene.given) != "gunicorn"
    ):
        return
    there = str(at.value("proxy.url_prefix"))
    held = behind(scene, "proxy.url_prefix")
    told = str(held[1]) if held is not None else "/"
    if there.rstrip("/") != told.rstrip("/"):
        yield _finding(
            at,
            "proxy.url_prefix",
            f"the proxy serves Galaxy at {there}, and Galaxy is told {told} ({main.shown})",
            "pages load without styles, and links and the API answer 404",
            f"answer {there}: it goes to both",
        )


def _main(scene: Scene) -> PlannedFile | None:
    """Galaxy's own file, in YAML."""
    return next((file for file in scene.files if GalaxySection.name in file.readings), None)


# -- downloads


@rule("proxy.accel-half", "error", "galaxyproject/training-material#6212")
def accel_half(scene: Scene) -> Iterator[Finding]:
    """Galaxy answers downloads with a header that the proxy is to follow, and the proxy has nothing to follow it by."""
    at, main = front(scene), _main(scene)
    if at is None or main is None or at.missed("proxy.downloads") or at.value("proxy.downloads") is not False:
        return
    option, base = _sends(main, at)
    if base:
        there = f"location {base} with `internal` and `alias /`" if at.kind == NGINX else "XSendFile"
        yield _finding(
            at,
            "proxy.downloads",
            f"Galaxy leaves downloads to the proxy ({option} in {main.shown}), whose site has no {there}",
            "datasets come out empty or not at all",
            "answer true: it goes to both; or false, and take the option out",
        )


@rule("proxy.accel-base", "error", "galaxyproject/ansible-galaxy-extras#183")
def accel_base(scene: Scene) -> Iterator[Finding]:
    """The path that Galaxy sends nginx to is not that of nginx's location, which never has the URL prefix before it."""
    at, main = front(scene), _main(scene)
    if at is None or main is None or at.kind != NGINX or at.value("proxy.downloads") is not True:
        return
    option, base = _sends(main, at)
    if base and str(base).rstrip("/") != X_ACCEL_BASE:
        yield _finding(
            at,
            "proxy.downloads",
            f"Galaxy sends nginx to {base} ({option} in {main.shown}), and nginx has {X_ACCEL_BASE}",
            "downloads are 404",
            f"make the option {X_ACCEL_BASE}",
        )


@rule("proxy.accel-unused", "warning", _SENDING)
def accel_unused(scene: Scene) -> Iterator[Finding]:
    """The proxy is ready to send datasets, and Galaxy does not hand them over."""
    at, main = front(scene), _main(scene)
    if at is None or main is None or at.value("proxy.downloads") is not True:
        return
    option, base = _sends(main, at)
    if not base:
        yield _finding(
            at,
            "proxy.downloads",
            f"the proxy could send datasets, and Galaxy does not let it: {main.shown} has no {option}",
            "each download then keeps one of Galaxy's own processes busy",
            "answer true: it goes to both",
        )


def _sends(main: PlannedFile, at: Front) -> tuple[str, Any]:
    """The option by which Galaxy leaves downloads to this proxy, and its value in Galaxy's file."""
    path = ACCEL if at.kind == NGINX else SENDFILE
    try:
        value = GalaxySection().document(main.text, main.shown).get(path)
    except Refused:
        value = None
    return str(path[-1]), value if isinstance(value, (str, bool)) else None


@rule("proxy.accel-location", "error", "galaxyproject/ansible-galaxy-extras#193")
def accel_location(scene: Scene) -> Iterator[Finding]:
    """nginx's location for downloads is not as Galaxy needs it: its path without the URL prefix, `internal` and
    `alias /`. Without `internal`, whoever asks can read every file that nginx can."""
    at = front(scene)
    for problem in at.missed("proxy.downloads") if at is not None and at.kind == NGINX else ():
        yield Finding(
            problem.what,
            "downloads fail; and a location that is not internal gives every file that nginx can read to anybody",
            f"make it `location {X_ACCEL_BASE}/ {{ internal; alias /; }}`, without the URL prefix",
            "proxy.downloads",
            problem.file,
            problem.line,
        )


@rule(
    "proxy.sendfile-path",
    "error",
    "Galaxy documentation, Proxying Galaxy with Apache: Sending Files With Apache",
)
def sendfile_path(scene: Scene) -> Iterator[Finding]:
    """Apache's mod_xsendfile sends nothing from directories that it was not given."""
    at = front(scene)
    for problem in at.missed("proxy.downloads") if at is not None and at.kind == APACHE else ():
        yield Finding(
            problem.what,
            "datasets come out as 404",
            "add XSendFilePath /",
            "proxy.downloads",
            problem.file,
            problem.line,
        )


# -- uploads


@rule("proxy.tus-half", "error", "galaxyproject/galaxy#16775")
def tus_half(scene: Scene) -> Iterator[Finding]:
    """tusd runs and the proxy does not pass uploads to it; or the proxy does, and no tusd runs."""
    at = front(scene)
    held = behind(scene, "proxy.uploads")
    if at is None or at.missed("proxy.uploads") or at.value("proxy.uploads") is None:
        return
    there = at.value("proxy.uploads")
    if held is not None and held[1] == "tusd" and there != "tusd":
        yield _finding(
            at,
            "proxy.uploads",
            f"tusd is started ({held[0].shown}), and the proxy passes no uploads to it",
            "uploads go through Galaxy's own processes, or stick at 0 %",
            "answer tusd: it goes to both",
        )
    elif held is not None and held[1] == "galaxy" and there == "tusd":
        yield _finding(
            at,
            "proxy.uploads",
            f"the proxy passes uploads to tusd, which is not started ({held[0].shown})",
            "every upload is 502, and sticks at 0 %",
            "answer tusd, or galaxy: it goes to both",
        )


@rule("proxy.tus-store-differs", "error", "galaxyproject/galaxy#16062")
def tus_store_differs(scene: Scene) -> Iterator[Finding]:
    """tusd collects uploads in one directory, and Galaxy looks for them in another."""
    held = [
        (file, value) for file, name, value in scene.held("proxy.upload_store") if name not in (NGINX, APACHE)
    ]
    if held and any(str(value).rstrip("/") != str(held[0][1]).rstrip("/") for _, value in held):
        named = " and ".join(f"{value} ({file.shown})" for file, value in held)
        yield Finding(
            f"tusd and Galaxy name different directories for uploads: {named}",
            "each upload ends in an error, because Galaxy does not find what tusd has received",
            "answer one of them: it goes to both",
            "proxy.upload_store",
        )


@rule("proxy.tus-port-differs", "error", _TUS)
def tus_port_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy passes uploads to another port than tusd listens at."""
    at = front(scene)
    held = behind(scene, "proxy.tusd_port")
    there = at.value("proxy.tusd_port") if at is not None else None
    if at is not None and held is not None and there is not None and there != held[1]:
        yield _finding(
            at,
            "proxy.tusd_port",
            f"the proxy passes uploads to port {there}, and tusd listens at {held[1]} ({held[0].shown})",
            "every upload is 502, and sticks at 0 %",
            f"answer {held[1]}: it goes to both",
        )


# -- the rest


@rule("proxy.static-differs", "warning", "galaxyproject/training-material#6009")
def static_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy serves the scripts and styles of another directory than Galaxy's own, such as that of a release that
    was there before."""
    at = front(scene)
    held = behind(scene, "proxy.static_dir")
    there = at.value("proxy.static_dir") if at is not None else None
    if at is None or there is None:
        return
    root = scene.value("groundwork.root")
    own = held[1] if held is not None else None
    if own is None and root and scene.value("groundwork.install") == "git":
        own = f"{str(root).rstrip('/')}/static"
    if own is not None and str(own).startswith("/") and str(own).rstrip("/") != str(there).rstrip("/"):
        yield _finding(
            at,
            "proxy.static_dir",
            f"the proxy serves {there}, and Galaxy's scripts and styles are in {own}",
            "pages stay white or look odd, because they are of another build",
            f"answer {own}: it goes to both",
        )


@rule("proxy.secret-differs", "error", "galaxyproject/training-material#1922")
def secret_differs(scene: Scene) -> Iterator[Finding]:
    """The proxy sends another secret than Galaxy expects."""
    at = front(scene)
    held = behind(scene, "proxy.remote_user_secret")
    there = at.value("proxy.remote_user_secret") if at is not None else None
    if at is not None and held is not None and there is not None and there != held[1]:
        yield _finding(
            at,
            "proxy.remote_user_secret",
            f"the proxy sends another secret than Galaxy expects ({held[0].shown})",
            "Galaxy refuses every page (403)",
            "answer it: it goes to both",
        )


@rule("proxy.reports-prefix-differs", "warning", "galaxyproject/galaxy#14591")
def reports_prefix_differs(scene: Scene) -> Iterator[Finding]:
    """The reports server has to know the path under which the proxy shows it."""
    at = front(scene)
    on, held = behind(scene, "proxy.reports"), behind(scene, "proxy.reports_prefix")
    there = at.value("proxy.reports_prefix") if at is not None else None
    if at is None or on is None or not on[1] or there is None:
        return
    told = str(held[1]) if held is not None else "/"
    if str(there).rstrip("/") != told.rstrip("/"):
        yield _finding(
            at,
            "proxy.reports_prefix",
            f"the proxy shows the reports at {there}, and their server is told {told} ({on[0].shown})",
            "its links lead to Galaxy's own pages",
            f"answer {there}: it goes to both",
        )
