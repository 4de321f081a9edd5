"""logrotate: the stanzas about Galaxy's logs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wizard.documents import logrotate
from wizard.documents.logrotate import LogrotateDocument
from wizard.survey.looking import Looking
from wizard.survey.programs import Home
from wizard.survey.trees import Inclusion, TreeFile, follow

MAIN = "/etc/logrotate.conf"
_FOLDER = "/etc/logrotate.d"
_TABOO = re.compile(
    r".*(?:,v|\.bak|\.cfsaved|\.disabled|\.dpkg-\w+|\.ghost|\.new|\.old|\.orig|\.rhn-cfg-tmp-\w+"
    r"|\.rpmnew|\.rpmorig|\.rpmsave|\.swp|\.ucf-\w+|~)"
)
"""Names that logrotate passes over in a folder, unless tabooext says otherwise (logrotate(8))."""
_GALAXY = re.compile(r"galaxy", re.IGNORECASE)


def read_logrotate(looking: Looking, home: Home) -> None:
    """Note the files with stanzas about Galaxy's logs, and name those that no lens reads."""
    read = set(looking.seen.files)
    for file in _files(looking):
        stanzas = [
            stanza
            for stanza in file.document.stanzas
            if any(_GALAXY.search(pattern) or home.named_in(pattern) for pattern in stanza.patterns)
        ]
        if stanzas:
            looking.use(file.path, "logrotate")
        for stanza in stanzas if looking.disk.shown(file.path) not in read else ():
            more = f" and {len(stanza.patterns) - 1} more" if len(stanza.patterns) > 1 else ""
            looking.leave(
                file.path, stanza.line, f"a logrotate stanza for {stanza.patterns[0]}{more}; it is left alone"
            )


def _files(looking: Looking) -> list[TreeFile[LogrotateDocument]]:
    start = [MAIN] if looking.paths(MAIN) else _in_folder(looking, _FOLDER)
    return follow(
        looking, start, logrotate.parse, lambda path, document: _inclusions(looking, path, document)
    )


def _in_folder(looking: Looking, folder: str) -> list[str]:
    found = looking.paths(f"{folder}/*")
    return [path for path in found if looking.disk.is_file(path) and not _TABOO.fullmatch(path)]


def _inclusions(looking: Looking, path: str, document: LogrotateDocument) -> Iterator[Inclusion]:
    """What `include` names: a file, or a folder whose files are read in the order of their names."""
    for directive in document.includes:
        named = posixpath.normpath(posixpath.join(posixpath.dirname(path), directive.value or ""))
        for match in _in_folder(looking, named) or [named]:
            yield Inclusion(match, named, directive.line)
