"""Apache: the files that it reads, and the directives in them that serve Galaxy."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.answers import fitting
from wizard.documents.apache.document import Directive, Document, includes, parse
from wizard.survey.found import Found
from wizard.survey.galaxy_files import lenses_of, start_file
from wizard.survey.looking import Looking
from wizard.survey.programs import Home
from wizard.survey.trees import Inclusion, TreeFile, canonical, chain, follow

MAIN_FILES = {"/etc/apache2/apache2.conf": "/etc/apache2", "/etc/httpd/conf/httpd.conf": "/etc/httpd"}
"""Debian's and Red Hat's, each with the root that relative names start from unless ServerRoot says another."""
_SITES = ("/etc/apache2/sites-enabled/*.conf", "/etc/httpd/conf.d/*.conf")
_PASSES = frozenset(
    {"proxypass", "proxypassmatch", "proxypassreverse", "balancermember", "rewriterule", "sethandler"}
)
_GALAXY = re.compile(r"galaxy|gunicorn", re.IGNORECASE)


def read_apache(looking: Looking, home: Home, start: Mapping[str, Any]) -> None:
    """Note the files of Apache that serve Galaxy, and name what in them does."""
    files = apache_files(looking)
    by_path = {file.path: file for file in files}
    ends = _ends(looking)
    for file in files:
        blocks = [node for node in file.document.children if _serves(node, home, ends)]
        if blocks:
            for parent in reversed(chain(file, by_path)):
                looking.use(parent, "Apache, includes Galaxy's site")
            _read_file(looking, file, blocks, start)


def apache_files(looking: Looking) -> list[TreeFile[Document]]:
    """Every file that Apache reads, in its order. Without a main file: those at the usual places of sites."""
    mains = [path for path in MAIN_FILES if looking.paths(path)]
    sites = mains or [path for pattern in _SITES for path in looking.paths(pattern)]
    return follow(looking, sites, parse, lambda path, document: _inclusions(looking, path, document, mains))


def _inclusions(looking: Looking, path: str, document: Document, mains: list[str]) -> Iterator[Inclusion]:
    """Each pattern from the server's root on. Apache reads a whole directory where one is named."""
    root = next((MAIN_FILES[main] for main in mains), "/etc/apache2")
    for node in document.children:
        if node.name.lower() == "serverroot" and node.args and posixpath.isabs(node.args[0]):
            root = node.args[0]
    for one in includes(document):
        if "$" not in one.pattern:
            pattern = posixpath.normpath(posixpath.join(root, one.pattern))
            is_directory = looking.paths(f"{pattern}/*") and not looking.disk.is_file(pattern)
            pattern = f"{pattern}/*" if is_directory else pattern
            yield Inclusion(pattern, one.pattern, one.directive.line, required=not one.optional)


def _ends(looking: Looking) -> list[str]:
    found = (looking.seen.found.get(question) for question in ("proxy.socket", "proxy.address"))
    return [str(one.value) for one in found if one is not None]


def _serves(block: Directive, home: Home, ends: list[str]) -> bool:
    """Whether a directive, or a section with all that is in it, has to do with this Galaxy."""
    for node in block.walk():
        if home.named_in(" ".join((node.name, *node.args))):
            return True
        target = " ".join(node.args)
        if node.name.lower() in _PASSES and (_GALAXY.search(target) or any(end in target for end in ends)):
            return True
    return False


def _read_file(
    looking: Looking, file: TreeFile[Document], blocks: list[Directive], start: Mapping[str, Any]
) -> None:
    kind = "Apache, Galaxy's site"
    looking.use(file.path, kind)
    given = {**start, "proxy.server": "apache", "proxy.site_file": file.path}
    lenses = [lens for lens in lenses_of(file.path, given) if file.path != start_file(start)]
    if any([looking.read(lens, file.path, kind) for lens in lenses]):
        shown = looking.disk.shown(file.path)
        server = looking.seen.found.get("proxy.server")
        where = canonical(looking, file.path)
        if server is not None and server.file == shown and fitting({"proxy.site_file": where}):
            looking.seen.found["proxy.site_file"] = Found(where, looking.disk.shown(where), None)
            return
    for block in blocks:
        if block.block is None:
            looking.leave(file.path, block.line, f"{block.name}: Apache serves Galaxy; it is left alone")
        for node in block.block or ():
            inside = f"<{' '.join((block.name, *block.args))}>"
            looking.leave(file.path, node.line, f"{_name(node)} in {inside}; it is left alone")


def _name(node: Directive) -> str:
    """A directive without its values, which may be secrets; a section with what it is for."""
    return node.name if node.block is None else f"<{' '.join((node.name, *node.args))}>"
