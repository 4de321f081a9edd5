"""nginx: the files that it reads, by its own includes, and the one among them that serves Galaxy."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.answers import fitting
from wizard.documents.nginx.document import Document, parse
from wizard.files.lens import Lens, Reading, same_answer
from wizard.files.nginx.roles import recognise
from wizard.problems import Problem
from wizard.survey.found import Found
from wizard.survey.looking import Looking
from wizard.survey.trees import Inclusion, TreeFile, canonical, chain, follow, is_below

MAIN = "/etc/nginx/nginx.conf"
_SITES = ("/etc/nginx/sites-enabled/*", "/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-available/*")
_PASSES = frozenset({"proxy_pass", "uwsgi_pass"})


NginxFile = TreeFile[Document]


@dataclass(frozen=True)
class Site:
    """A file with a Galaxy server, and what the lens reads in it."""

    file: NginxFile
    reading: Reading


def read_nginx(looking: Looking, lens: Lens) -> None:
    """Take the answers of Galaxy's site, and note the files that lead to it and that it includes."""
    files = nginx_files(looking)
    sites = [site for file in files if (site := _site(looking, lens, file)) is not None]
    chosen = max(sites, key=lambda site: _fit(looking, site), default=None)
    _name_other_passes(looking, files, chosen)
    if chosen is None:
        return
    path = chosen.file.path
    by_path = {file.path: file for file in files}
    for parent in reversed(chain(chosen.file, by_path)):
        looking.use(parent, "nginx, includes Galaxy's site")
    where = canonical(looking, path)
    shown = looking.disk.shown(where)
    if not fitting({"proxy.site_file": where}):
        looking.leave(where, None, "Galaxy's site, under a name that proxy.site_file cannot have")
        return
    reading = chosen.reading if where == path else lens.read(chosen.file.document.text, shown)
    looking.take(reading, where, "nginx, Galaxy's site", lens.name)
    for file in files:
        if is_below(file, path, by_path):
            looking.use(file.path, "nginx, included by Galaxy's site")
    for site in sites:
        if site is not chosen:
            what = f"another Galaxy site; {looking.disk.shown(path)} is the one that is read"
            looking.leave(site.file.path, site.reading.lines.get("proxy.server"), what)
    looking.seen.found["proxy.site_file"] = Found(where, shown, None)


def nginx_files(looking: Looking) -> list[NginxFile]:
    """Every file that nginx reads, in its order. Without a main file: those at the usual places of sites."""
    if looking.paths(MAIN):
        return follow(looking, [MAIN], parse, _inclusions)
    sites = [path for pattern in _SITES for path in looking.paths(pattern)]
    return follow(looking, sites, parse, _inclusions)


def _inclusions(path: str, document: Document) -> Iterator[Inclusion]:
    for node in document.walk() if "include" in document.text else ():
        if node.name == "include" and len(node.args) == 1:
            pattern = posixpath.join(posixpath.dirname(MAIN), node.args[0])
            yield Inclusion(pattern, node.args[0], node.line, required=True)


def _site(looking: Looking, lens: Lens, file: NginxFile) -> Site | None:
    if recognise(file.document) is None:
        return None
    reading = lens.read(file.document.text, looking.disk.shown(file.path))
    return Site(file, reading) if "proxy.server" in reading.given else None


def _fit(looking: Looking, site: Site) -> int:
    """How well a site agrees with what Galaxy's own configuration says; the first of the best is taken."""
    found = looking.seen.found
    shared = [question for question in site.reading.given if question in found]
    agreed = [same_answer(found[one].value, site.reading.given[one]) for one in shared]
    return agreed.count(True) - agreed.count(False)


def _name_other_passes(looking: Looking, files: list[NginxFile], chosen: Site | None) -> None:
    """Name what leads to this Galaxy outside of the site that was read."""
    ends = [
        str(found.value)
        for question in ("proxy.socket", "proxy.address")
        if (found := looking.seen.found.get(question)) is not None
    ]
    for file in files:
        if (chosen is not None and file is chosen.file) or not any(end in file.document.text for end in ends):
            continue
        for node in file.document.walk():
            passes = node.name in _PASSES or (node.name == "server" and node.block is None)
            if passes and any(end in arg for end in ends for arg in node.args):
                what = f"{node.name} leads to Galaxy, outside of a site that is read; it is left alone"
                looking.leave_all([Problem(what, file.document.file, node.line)])
