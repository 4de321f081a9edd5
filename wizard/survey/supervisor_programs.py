"""supervisord: its configuration with the files that it includes, and the programs in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.documents.ini.document import MISSING, SUPERVISOR, IniDocument
from wizard.survey.looking import Looking
from wizard.survey.programs import Program
from wizard.survey.trees import Inclusion, follow

MAIN_FILES = ("/etc/supervisord.conf", "/etc/supervisor/supervisord.conf")
"""Where supervisord looks, as far as that is not relative to where it is started."""
_ALONE = ("/etc/supervisor/conf.d/*.conf", "/etc/supervisord.d/*.ini", "/etc/supervisord.d/*.conf")
_PROGRAMS = ("program:", "fcgi-program:")


def supervisor_programs(looking: Looking) -> list[Program]:
    """Every program of supervisord; without its main file, those at the usual places of included files."""
    start = [path for path in MAIN_FILES if looking.disk.glob(path)]
    if not start:
        start = [path for pattern in _ALONE for path in looking.disk.glob(pattern)]
    found: list[Program] = []
    for file in follow(looking, start, _parse, _inclusions):
        found += _programs(file.path, file.document)
    return found


def _parse(text: str, file: str) -> IniDocument:
    return IniDocument.parse(text, file, SUPERVISOR)


def _inclusions(path: str, document: IniDocument) -> Iterator[Inclusion]:
    """`files` of [include] are patterns, separated by white space, relative to the file that holds them."""
    files = document.get(("include", "files"))
    here = posixpath.dirname(path)
    for written in files.split() if isinstance(files, str) else ():
        pattern = posixpath.normpath(posixpath.join(here, written.replace("%(here)s", here)))
        yield Inclusion(pattern, written, document.line(("include", "files")) or 1)


def _programs(path: str, document: IniDocument) -> Iterator[Program]:
    for section in document.keys(()):
        kind = next((kind for kind in _PROGRAMS if section.startswith(kind)), None)
        if kind is None:
            continue
        name = section.removeprefix(kind).strip()

        def text(option: str, section: str = section) -> str | None:
            value = document.get((section, option))
            return " ".join(value.split()) if isinstance(value, str) and value.strip() else None

        yield Program(
            manager="supervisord",
            name=f"supervisor program {name}",
            file=path,
            line=document.line((section, "command")) or document.line((section,)) or 1,
            command=text("command") or "",
            directory=text("directory"),
            environment=text("environment") or "",
            user=text("user"),
            places={
                option: (path, document.line((section, option)) or 1)
                for option in ("directory", "environment", "user")
                if document.get((section, option)) is not MISSING
            },
        )
