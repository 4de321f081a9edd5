"""Every program that reads a file of the plan, asked; and what follows from its answer."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard import logbook
from wizard.consumers.mirror import Without
from wizard.consumers.readers import ask_logrotate, ask_shell, ask_systemd
from wizard.consumers.running import find
from wizard.consumers.servers import Answer, apache_program, ask_apache, ask_nginx, ask_proftpd
from wizard.consumers.words import Complaint, questions, told
from wizard.disk import Disk, reason
from wizard.file_plan import FilePlan
from wizard.problems import Exit, Problem, Refused

Ask = Callable[[str, Disk, Mapping[str, str], Path], Answer]
Outcome = Literal["accepted", "refused", "noted", "not asked"]
UNCHECKED = "correct it, or write the files all the same with galaxy-setup apply --unchecked"
BACK_UNCHECKED = "go back to another run, or go back all the same with galaxy-setup rollback --unchecked"
_ABSENT = re.compile(
    r"No such file|does not exist|host not found|unknown (?:user|group)|perhaps misspelled or defined by a module",
    re.IGNORECASE,
)
"""What a machine that is still being set up lacks: a certificate, a directory, an account, a name, a module."""


@dataclass(frozen=True)
class Consumer:
    """A program, and the lenses (by the beginning of their names) whose files it reads."""

    name: str
    lenses: tuple[str, ...]
    program: Callable[[], str | None]
    ask: Ask
    only_root: bool = False
    whole: bool = False
    """Whether one refusal stops the program as a whole."""

    def reads(self, file: FilePlan) -> bool:
        """Whether it reads this file."""
        return any(name.startswith(self.lenses) for name in file.lenses)


CONSUMERS = (
    Consumer("nginx -t", ("nginx site",), lambda: find(("nginx",)), ask_nginx, True, True),
    Consumer("apache2 -t", ("apache site",), apache_program, ask_apache, True, True),
    Consumer(
        "proftpd -t", ("proftpd.conf", "ProFTPD's main"), lambda: find(("proftpd",)), ask_proftpd, True, True
    ),
    Consumer("logrotate -d", ("logrotate",), lambda: find(("logrotate",)), ask_logrotate),
    Consumer("systemd-analyze verify", ("systemd unit ",), lambda: find(("systemd-analyze",)), ask_systemd),
    Consumer("sh -n", ("init script", "local_env.sh"), lambda: find(("sh",)), ask_shell),
)


@dataclass(frozen=True)
class Verdict:
    """What came of asking one program: `noted` stops nothing but is to be said, as is `not asked`."""

    consumer: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Back:
    """The files are those of an earlier run: what a program has against what is there now stops nothing."""

    gone: frozenset[str] = frozenset()
    """The paths of files that would not be there any more."""


def judge(
    files: Sequence[FilePlan],
    disk: Disk,
    consumers: Sequence[Consumer] = CONSUMERS,
    back: Back | None = None,
) -> tuple[Verdict, ...]:
    """Ask every program that reads one of `files`, as they would be; writes nothing but a private folder for that."""
    found = []
    for consumer in consumers:
        mine = [file for file in files if consumer.reads(file)]
        if mine:
            verdict = _verdict(consumer, mine, files, disk, back)
            logbook.tell(f"{consumer.name}: {verdict.outcome}")
            found.append(verdict)
    return tuple(found)


def need_accepted(verdicts: Sequence[Verdict]) -> tuple[Problem, ...]:
    """What is to be said though it stops nothing. Raises Refused with everything that a program does not take."""
    refused = [problem for one in verdicts if one.outcome == "refused" for problem in one.problems]
    if refused:
        raise Refused(refused, Exit.REFUSED_BY_CONSUMER)
    return tuple(problem for one in verdicts for problem in one.problems)


def _verdict(
    consumer: Consumer, mine: list[FilePlan], files: Sequence[FilePlan], disk: Disk, back: Back | None
) -> Verdict:
    gone = back.gone if back is not None else frozenset()
    later = Without(disk.root, frozenset(map(disk.inside, gone))) if gone else disk
    program = consumer.program()
    if program is None:
        return _not_asked(consumer, mine, disk, "it is not installed")
    if consumer.only_root and os.geteuid() != 0:
        return _not_asked(consumer, mine, disk, "it answers root alone")
    try:
        with tempfile.TemporaryDirectory(prefix="galaxy-setup.", dir=_private()) as name:
            rooms = [Path(name, part) for part in ("now", "before")]
            for room in rooms:
                room.mkdir(mode=0o700)
            texts = {file.path: file.after for file in mine if file.path not in gone}
            now = consumer.ask(program, later, texts, rooms[0])
            before = Answer()
            if now.complaints:
                texts = {file.path: file.before.text for file in mine if file.before is not None}
                before = consumer.ask(program, disk, texts, rooms[1])
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "a file that it reads is not UTF-8"
        return _not_asked(consumer, mine, disk, f"it could not be asked: {why}")
    if now.silent is not None:
        return _not_asked(consumer, mine, disk, now.silent)
    refused, noted = _sorted(consumer, now, before, mine, files, disk, back)
    if refused:
        return Verdict(consumer.name, "refused", tuple(refused))
    return Verdict(consumer.name, "noted" if noted else "accepted", tuple(noted))


def _private() -> str | None:
    """For root a place where nobody else may write, and which is no disk: the new files hold secrets."""
    return "/run" if os.geteuid() == 0 and os.access("/run", os.W_OK) else None


def _sorted(
    consumer: Consumer,
    now: Answer,
    before: Answer,
    mine: Sequence[FilePlan],
    files: Sequence[FilePlan],
    disk: Disk,
    back: Back | None,
) -> tuple[list[Problem], list[Problem]]:
    """The complaints that stop the apply, and those that are only said."""
    refused: list[Problem] = []
    noted: list[Problem] = []
    by_path = {file.path: file for file in mine}
    for one in now.complaints:
        about = by_path.get(one.file or "")
        words = told(one, about, files)
        before_too = any(one.same(other) for other in before.complaints)
        if before_too and (about is None or not consumer.whole):
            file = disk.shown(one.file) if one.file else None
            what = f"{consumer.name} refuses the configuration already, before this change: {words}"
            noted.append(Problem(what, file, one.line, way_out="mend that: until then it reads no new file"))
            continue
        if back is not None and _refused_already(consumer, one, before):
            verb, way_out = "refuses what is there now, and this as well", "mend it, once that is back"
            noted += _said(consumer, verb, words, one, about, mine, disk, way_out)
        elif one.passing:
            noted += _said(consumer, "passes over it", words, one, about, mine, disk, None)
        elif _absent(consumer, one, now, about, mine):
            way_out = "see to that before it is to read the file"
            noted += _said(consumer, "would not take it yet", words, one, about, mine, disk, way_out)
        else:
            way_out = UNCHECKED if back is None else BACK_UNCHECKED
            refused += _said(consumer, "refuses it", words, one, about, mine, disk, way_out)
    unread = f"{consumer.name.split()[0]} does not read it: no file of its configuration includes it"
    noted += [Problem(unread, disk.shown(path), way_out="include it") for path in now.unread]
    return refused, noted


def _refused_already(consumer: Consumer, one: Complaint, before: Answer) -> bool:
    """Whether the program does without the files as they are now: without that very file, where it reads them apart."""
    against = [other for other in before.complaints if not other.passing]
    return any(consumer.whole or other.file == one.file for other in against)


def _absent(
    consumer: Consumer, one: Complaint, now: Answer, about: FilePlan | None, mine: Sequence[FilePlan]
) -> bool:
    """Whether a new file, which nothing live depends on, lacks only something that may still come."""
    new = all(file.before is None for file in ([about] if about is not None else mine))
    return new and (now.asleep or not consumer.whole) and _ABSENT.search(one.words) is not None


def _said(
    consumer: Consumer,
    verb: str,
    words: str,
    one: Complaint,
    about: FilePlan | None,
    mine: Sequence[FilePlan],
    disk: Disk,
    way_out: str | None,
) -> Iterator[Problem]:
    """The complaint, at its place; where that is not ours, at the files that were changed."""
    what = f"{consumer.name} {verb}: {words}"
    if about is not None:
        asked = ", ".join(questions(about, one.line)) or None
        yield Problem(what, disk.shown(about.path), one.line, question=asked, way_out=way_out)
        return
    if one.file is not None:
        place = disk.shown(one.file) + (f":{one.line}" if one.line else "")
        what = f"{consumer.name} {verb}, at {place}: {words}"
    yield from (Problem(what, disk.shown(file.path), way_out=way_out) for file in mine)


def _not_asked(consumer: Consumer, mine: Sequence[FilePlan], disk: Disk, why: str) -> Verdict:
    names = ", ".join(disk.shown(file.path) for file in mine)
    return Verdict(consumer.name, "not asked", (Problem(f"was not shown to {consumer.name}: {why}", names),))
