"""/Library/LaunchDaemons/org.galaxyproject.galaxy.plist: a daemon of launchd, in the foreground.

Source: launchd.plist(5). Umask is a number there, written in decimal; as text it is octal.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from wizard.answers.question import Given
from wizard.documents.plist.document import PlistDocument
from wizard.documents.tree import MISSING, Path, TreeDocument
from wizard.files.boot.places import LAUNCHD_FILE, LAUNCHD_LABEL
from wizard.files.boot.secrets import spans
from wizard.files.boot.service import (
    GROUP,
    INSTALL,
    LOG_FILE,
    MANAGER,
    ROOT,
    UMASK,
    USER,
    VIRTUALENV,
    VIRTUALENV_VARIABLE,
    simple,
    take,
    take_variables,
    variables,
)
from wizard.files.boot.xml_service import XmlServiceLens
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.lens import Reading, SecretSpan

_ENVIRONMENT = "EnvironmentVariables"
_PROGRAM: Path = ("ProgramArguments",)
_DIRECTORY: Path = ("WorkingDirectory",)
_UMASK: Path = ("Umask",)
_OUTPUTS: tuple[Path, Path] = (("StandardOutPath",), ("StandardErrorPath",))
_PLACES: dict[str, Path] = {USER: ("UserName",), GROUP: ("GroupName",), ROOT: _DIRECTORY}
_SKELETON = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- galaxy-setup writes the keys that answers are given for; the rest of this file is yours. -->
<plist version="1.0">
<dict>
\t<key>Label</key>
\t<string>{LAUNCHD_LABEL}</string>
\t<key>RunAtLoad</key>
\t<true/>
\t<key>KeepAlive</key>
\t<true/>
\t<key>ThrottleInterval</key>
\t<integer>30</integer>
\t<key>ExitTimeOut</key>
\t<integer>60</integer>
</dict>
</plist>
"""


class LaunchdList(PlistDocument):
    """The service's options in launchd's list."""

    def obstacle(self, path: Path) -> str | None:
        """Why the option at `path` can be neither read nor written."""
        if path in (_PROGRAM, _DIRECTORY) and not self.ours():
            return "belongs to a program that galaxy-setup does not know"
        if path[0] == _ENVIRONMENT and not isinstance(self.get((_ENVIRONMENT,)), dict | type(MISSING)):
            return "stands in no dict"
        return None

    def ours(self) -> bool:
        """Whether Galaxy is started as it is here, or nothing yet is."""
        if self.get(("Program",)) is not MISSING:
            return False
        words = self.get(_PROGRAM)
        if words is MISSING:
            return True
        program = started_in(words)
        if program is None:
            return False
        above = self.get(_DIRECTORY) if ROOT in program else self.get((_ENVIRONMENT, VIRTUALENV_VARIABLE))
        below = "run.sh" if ROOT in program else "bin/galaxy"
        return above is MISSING or posixpath.join(str(above), below) == words[-1]


def started_in(words: Any) -> dict[str, str] | None:
    """What the command line of Galaxy's starter answers: how it was installed, and where; None for another one."""
    if isinstance(words, list) and len(words) == 2 and words[0] == "/bin/sh":
        directory, name = posixpath.split(str(words[1]))
        return {INSTALL: "git", ROOT: directory} if name == "run.sh" and directory.startswith("/") else None
    if isinstance(words, list) and len(words) == 1 and str(words[0]).endswith("/bin/galaxy"):
        return {INSTALL: "packages", VIRTUALENV: str(words[0]).removesuffix("/bin/galaxy")}
    return None


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> LaunchdList:
    document = PlistDocument.parse(text, file)
    return LaunchdList(document.document, document.root)


class LaunchdDaemon(XmlServiceLens):
    """The property list of Galaxy's daemon."""

    name = "launchd property list"
    manager = "launchd"
    file = LAUNCHD_FILE
    needed: ClassVar[Mapping[str, Path]] = {USER: ("UserName",), ROOT: _DIRECTORY}

    def started(self, path: str, given: Given) -> Iterator[str]:
        yield f"launchctl bootstrap system {shlex.quote(path)}"

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        yield f"launchctl bootout system/{LAUNCHD_LABEL}"
        yield from self.started(path, given)

    def ended(self, given: Given) -> str | None:
        return f"launchctl bootout system/{LAUNCHD_LABEL}"

    def service(self, text: str, file: str) -> LaunchdList:
        return _parsed(text, file)

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def entries(self, given: Given) -> Entries:
        found = simple(given, _PLACES)
        program = _program(given)
        if program is not None:
            found[_PROGRAM] = program
        if UMASK in given:
            found[_UMASK] = Entry(int(given[UMASK], 8), (UMASK,))
        if LOG_FILE in given:
            found.update({path: Entry(given[LOG_FILE], (LOG_FILE,)) for path in _OUTPUTS})
        named = variables(given, log=False)
        return {**found, **{(_ENVIRONMENT, name): entry for name, entry in named.items()}}

    def answers(self, document: TreeDocument, file: str) -> Reading:
        plist = self.service(document.text, file)
        found = Collector(plist, file)
        program = started_in(plist.get(_PROGRAM))
        if plist.get(("Label",)) == LAUNCHD_LABEL or program is not None:
            found.given[MANAGER] = self.manager
            found.lines[MANAGER] = plist.line(("Label",)) or 1
        for question, path in _PLACES.items():
            if plist.get(path) is not MISSING:
                take(found, plist, path, {question: plist.get(path)})
        _take_umask(found, plist)
        _take_log(found, plist)
        take_variables(found, plist, (_ENVIRONMENT,), log=False)
        _take_program(found, plist, program)
        return found.reading()

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        plist = self.service(text, file)
        found: list[SecretSpan] = []
        for name, element in plist.texts():
            span = plist.document.text_span(element)
            if span is not None:
                found += spans(name, text, *span)
        return tuple(found)


def _program(given: Given) -> Entry | None:
    if given.get(INSTALL) == "packages":
        if VIRTUALENV in given:
            return Entry([posixpath.join(given[VIRTUALENV], "bin/galaxy")], (INSTALL, VIRTUALENV))
    elif ROOT in given:
        return Entry(["/bin/sh", posixpath.join(given[ROOT], "run.sh")], (INSTALL, ROOT))
    return None


def _take_program(found: Collector, plist: LaunchdList, program: Mapping[str, str] | None) -> None:
    words = plist.get(_PROGRAM)
    if program is not None and plist.obstacle(_PROGRAM) is None:
        found.take(_PROGRAM, {path: value for path, value in program.items() if path not in found.given})
    elif words is not MISSING:
        found.leave(_PROGRAM, INSTALL, plist.obstacle(_PROGRAM) or "is another program")


def _take_umask(found: Collector, plist: LaunchdList) -> None:
    held = plist.get(_UMASK)
    if held is MISSING:
        return
    if isinstance(held, int) and not isinstance(held, bool) and 0 <= held <= 0o777:
        found.take(_UMASK, {UMASK: f"{held:03o}"})
    elif isinstance(held, str) and held.startswith("0"):
        found.take(_UMASK, {UMASK: held})
    else:
        found.leave(_UMASK, UMASK, "is no umask")


def _take_log(found: Collector, plist: LaunchdList) -> None:
    output, errors = (plist.get(path) for path in _OUTPUTS)
    if output is not MISSING and output == errors:
        found.take(_OUTPUTS[0], {LOG_FILE: output})
    elif output is not MISSING or errors is not MISSING:
        path = _OUTPUTS[0] if output is not MISSING else _OUTPUTS[1]
        found.leave(path, LOG_FILE, "is not where both output and errors go")
