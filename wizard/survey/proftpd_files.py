"""ProFTPD, where it takes uploads for Galaxy: its directories or its database."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.documents.apache.document import Dialect, Directive, Document, includes, parse
from wizard.survey.looking import Looking
from wizard.survey.programs import Home
from wizard.survey.trees import Inclusion, chain, follow

MAIN_FILES = ("/etc/proftpd/proftpd.conf", "/etc/proftpd.conf")
_TABLE = "galaxy_user"
"""The table that Galaxy keeps its accounts in."""
_ABOUT = ("sql", "createhome", "defaultroot", "authorder", "authpam")


def read_proftpd(looking: Looking, home: Home) -> None:
    """Note the files of ProFTPD, and name the directives in them that are about Galaxy."""
    read = set(looking.seen.files)
    mains = [path for path in MAIN_FILES if looking.paths(path)][:1]
    files = follow(looking, mains, _parse, _inclusions)
    by_path = {file.path: file for file in files}
    for file in files:
        if not any(_concerns(node, home) for node in file.document.walk()):
            continue
        for parent in reversed(chain(file, by_path)):
            looking.use(parent, "ProFTPD, includes what is for Galaxy")
        looking.use(file.path, "ProFTPD")
        for node in file.document.walk() if looking.disk.shown(file.path) not in read else ():
            if node.block is None and (_concerns(node, home) or node.name.lower().startswith(_ABOUT)):
                looking.leave(file.path, node.line, f"{node.name}: uploads by FTP; it is left alone")


def _parse(text: str, file: str) -> Document:
    return parse(text, file, Dialect.PROFTPD)


def _inclusions(path: str, document: Document) -> Iterator[Inclusion]:
    for one in includes(document):
        if posixpath.isabs(one.pattern):
            yield Inclusion(one.pattern, one.pattern, one.directive.line)


def _concerns(node: Directive, home: Home) -> bool:
    return _TABLE in node.raw or home.named_in(node.raw)
