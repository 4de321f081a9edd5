"""Rules about what the proxy takes off Galaxy, and what it lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import (
    ANYWHERE,
    behind,
    front,
    is_proxied,
    nginx_site,
    proxy_beside_web,
)
from wizard.answers.hints import served_by
from wizard.files.paste.filters import PasteFilters
from wizard.files.site.values import size_bytes
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.files.uwsgi.section import UwsgiYaml
from wizard.releases.release import Release

_USING = "Galaxy documentation, Production Environments: Using a proxy server"
_TRANSFER = "Galaxy documentation, Production Environments: Make the proxy handle uploads and downloads"
_NOTES = "Galaxy documentation, Proxying Galaxy with NGINX: Additional Notes"
_TUS = "Galaxy documentation, Proxying Galaxy with NGINX: Receiving Files via the tus protocol"
_SENDING = "Galaxy documentation, Proxying Galaxy with NGINX: Sending Files With Nginx"
_CHUNK = 10 << 20
"""The bytes of a part in which Galaxy's pages send an upload: chunk_upload_size of Galaxy's sample."""


# -- what the proxy serves by itself


@rule("proxy.static-by-galaxy", "warning", _USING)
def static_by_galaxy(scene: Scene) -> Iterator[Finding]:
    """Scripts, styles and images are most of what a page loads; each keeps one of Galaxy's own processes busy."""
    if is_proxied(scene) and scene.value("proxy.static_files") is False:
        yield Finding(
            "Galaxy itself sends scripts, styles and images",
            "they are most of what a page loads, and each keeps a web worker busy",
            "answer true, and proxy.static_dir with the directory",
            "proxy.static_files",
            fix={"proxy.static_files": True} if scene.value("proxy.static_dir") else {},
        )


@rule("proxy.no-gzip", "note", _USING)
def no_gzip(scene: Scene) -> Iterator[Finding]:
    """Pages and answers of the API shrink to a fraction where the proxy compresses them."""
    if is_proxied(scene) and scene.value("proxy.gzip") is False:
        yield Finding(
            "the proxy does not compress what it sends",
            "pages load slower than they could, on slow lines above all",
            "answer true",
            "proxy.gzip",
            fix={"proxy.gzip": True},
        )


@rule(
    "proxy.filter-gzip",
    "error",
    "Galaxy documentation, Production Environments: Disable the developer settings",
)
def filter_gzip(scene: Scene) -> Iterator[Finding]:
    """galaxy.ini has Paste's gzip filter around Galaxy, which breaks pages once debug is off."""
    for file in scene.files:
        reading = file.readings.get(PasteFilters.name)
        for problem in reading.unread if reading is not None else ():
            if "compresses pages" in problem.what:
                yield Finding(
                    "Galaxy's own gzip filter is on (filter-with in galaxy.ini)",
                    "pages break once debug is off, because they are streamed",
                    "answer true: the filter is taken out, and the proxy compresses",
                    "proxy.gzip",
                    file.shown,
                    problem.line,
                    fix={"proxy.gzip": True},
                )


@rule("proxy.downloads-by-galaxy", "note", _TRANSFER)
def downloads_by_galaxy(scene: Scene) -> Iterator[Finding]:
    """A dataset that Galaxy streams itself keeps a process busy for as long as the download takes; under uWSGI and
    Paste genome browsers cannot ask for parts of it either."""
    if is_proxied(scene) and scene.value("proxy.downloads") is False:
        yield Finding(
            "Galaxy itself sends datasets",
            "a download keeps a process busy until it ends, and genome browsers may not get parts of a file",
            "answer true; the proxy's user then needs to read the datasets",
            "proxy.downloads",
        )


@rule("proxy.accel-22-05", "note", "galaxyproject/galaxy#14990")
def accel_22_05(scene: Scene) -> Iterator[Finding]:
    """Galaxy 22.05 first came with a fault in what it tells nginx of downloads; a later state of the same release has
    it mended (November 2022)."""
    nginx = scene.value("proxy.server") == "nginx"
    if scene.release == Release(22, 5) and nginx and scene.value("proxy.downloads") is True:
        yield Finding(
            "early states of Galaxy 22.05 answer downloads by nginx wrongly",
            "parts of files and large downloads fail although both sides are configured right",
            "update the checkout to the newest state of release_22.05",
            "proxy.downloads",
        )


@rule(
    "proxy.umask-shuts-out",
    "warning",
    _SENDING,
)
def umask_shuts_out(scene: Scene) -> Iterator[Finding]:
    """What Galaxy writes under such a umask is for its own user alone: the proxy can send no dataset."""
    umask = str(scene.value("groundwork.umask", ""))
    if (
        not is_proxied(scene)
        or scene.value("proxy.downloads") is not True
        or not re.fullmatch(r"[0-7]{3,4}", umask)
    ):
        return
    group, others = int(umask[-2]), int(umask[-1])
    if group & 4 and others & 4:
        yield Finding(
            f"the proxy is to send datasets, and with umask {umask} only Galaxy's own user may read them",
            "every download is 403",
            "answer 027, and add the proxy's user to Galaxy's group; or 022",
            "groundwork.umask",
            fix={"groundwork.umask": "027"},
        )


@rule("proxy.umask-group", "note", _SENDING)
def umask_group(scene: Scene) -> Iterator[Finding]:
    """Under such a umask the proxy's user reads datasets as a member of Galaxy's group, and only so."""
    umask = str(scene.value("groundwork.umask", ""))
    if (
        not is_proxied(scene)
        or scene.value("proxy.downloads") is not True
        or not re.fullmatch(r"[0-7]{3,4}", umask)
    ):
        return
    if not int(umask[-2]) & 4 and int(umask[-1]) & 4:
        user = {"redhat": "apache or nginx"}.get(str(scene.value("proxy.layout")), "www-data")
        group = scene.value("groundwork.group", "galaxy")
        yield Finding(
            f"with umask {umask} the proxy reads datasets as a member of Galaxy's group only",
            "every download is 403 until it is one, and has been restarted",
            f"run usermod -a -G {group} {user}, and restart the proxy",
            "groundwork.umask",
        )


@rule("proxy.plugins-dir-old", "warning", "galaxyproject/galaxy#19205")
def plugins_dir_old(scene: Scene) -> Iterator[Finding]:
    """Galaxy 26.1 builds the files of visualizations below its static directory; config/plugins has none of them."""
    folder = str(scene.value("proxy.plugins_dir", "")).rstrip("/")
    if scene.release >= Release(26, 1) and folder.endswith("config/plugins"):
        yield Finding(
            f"the proxy looks for the files of visualizations in {folder}",
            "this release keeps them below the static directory, and charts stay empty",
            "take the answer back, and take the location out of the site",
            "proxy.plugins_dir",
        )


# -- what the proxy lets through


@rule("proxy.body-size", "error", "galaxyproject/galaxy#12651")
def body_size(scene: Scene) -> Iterator[Finding]:
    """nginx refuses requests of more than 1 MB unless it is told a limit; Galaxy's pages send uploads in parts of 10
    MiB where tusd does not take them."""
    if scene.value("proxy.uploads") != "tusd":
        yield from _body_size(scene, "uploads, history imports and API requests end in error 413")


@rule("proxy.body-size-imports", "warning", "galaxyproject/galaxy#13132")
def body_size_imports(scene: Scene) -> Iterator[Finding]:
    """The same with tusd: it takes the uploads of Galaxy's pages, and all else comes through the proxy."""
    if scene.value("proxy.uploads") == "tusd":
        yield from _body_size(scene, "history imports and requests of API clients end in error 413")


def _body_size(scene: Scene, why: str) -> Iterator[Finding]:
    at = front(scene)
    site = nginx_site(at)
    size = at.value("proxy.max_body_size") if at is not None else None
    if (
        at is None
        or (site is None and size is None)
        or (site is not None and not site.closed and size is None)
    ):
        return
    limit = str(size or "1m")
    if re.fullmatch(r"\d+[kKmMgG]?", limit) and 0 < size_bytes(limit) < _CHUNK:
        told = f"requests of more than {limit}" if size else "requests of more than 1 MB, its default"
        yield Finding(
            f"the proxy refuses {told}",
            why,
            "answer 10g, or the largest file that you let in; 0 for no limit",
            "proxy.max_body_size",
            at.file.shown,
            at.line("proxy.max_body_size"),
            fix={"proxy.max_body_size": "10g"},
        )


@rule("proxy.upload-module-old", "warning", "bgruening/docker-galaxy#253")
def upload_module_old(scene: Scene) -> Iterator[Finding]:
    """nginx as distributions have it does not know the upload module; from 22.01 tus does the same without it."""
    if scene.value("proxy.nginx_upload") is True and scene.release >= Release(22, 1):
        yield Finding(
            "uploads rest on nginx's upload module",
            "no distribution's nginx has it, and nginx does not start without it; Galaxy's pages use tus from 22.01 on",
            "answer proxy.uploads with tusd, and this with false",
            "proxy.nginx_upload",
        )


@rule(
    "proxy.tusd-open",
    "warning",
    _TUS,
)
def tusd_open(scene: Scene) -> Iterator[Finding]:
    """tusd listens on every network of the machine, and takes uploads of anybody who reaches its port."""
    held = behind(scene, "proxy.tusd_host")
    host = scene.given.get("proxy.tusd_host", held[1] if held else None)
    if scene.value("proxy.uploads") == "tusd" and host in ANYWHERE and proxy_beside_web(scene):
        yield Finding(
            f"tusd listens at {host}, on every network of this machine",
            "strangers can come around the proxy and fill the disk",
            "answer localhost",
            "proxy.tusd_host",
            fix={"proxy.tusd_host": "localhost"},
        )


@rule("proxy.tus-no-hook", "error", "galaxyproject/galaxy#21011")
def tus_no_hook(scene: Scene) -> Iterator[Finding]:
    """tusd asks Galaxy about each upload, at Galaxy's public address; Gravity does not start tusd without one."""
    held = behind(scene, "proxy.uploads")
    local = str(scene.value("proxy.public_url", "")) in ("", "http://localhost:8080")
    port = str(scene.value("proxy.address", "")).rpartition(":")[2]
    elsewhere = scene.value("proxy.link") == "socket" or port not in ("", "8080")
    if held is not None and held[1] == "tusd" and local and elsewhere and is_proxied(scene):
        yield Finding(
            "tusd is to ask Galaxy about uploads at http://localhost:8080, where it does not listen",
            "tusd does not start, or every upload is refused",
            "answer the address that people reach Galaxy by",
            "proxy.public_url",
        )


_BUFFER = 16384


@rule("proxy.uwsgi-buffer", "warning", "galaxyproject/galaxy#5658")
def uwsgi_buffer(scene: Scene) -> Iterator[Finding]:
    """uWSGI takes 4096 bytes of headers and address by default; Galaxy's are longer at times, and the page is 502."""
    for file in scene.files if served_by(scene.given) == "uwsgi" else ():
        lens = next((lens for lens in (UwsgiYaml(), UwsgiIni()) if lens.name in file.readings), None)
        if lens is None or not file.readings[lens.name].given:
            continue
        document, path = lens.document(file.text, file.shown), ("uwsgi", "buffer-size")
        told = str(document.get(path))
        size = int(told) if told.isdigit() else 4096
        if size < _BUFFER:
            yield Finding(
                f"uWSGI takes {size} bytes of headers and address",
                "requests with long addresses or cookies are refused (invalid request block size), and the page is 502",
                f"put buffer-size: {_BUFFER} into the section uwsgi",
                "scaling.strategy",
                file.shown,
                document.line(path),
            )
