"""logrotate, systemd and the shell: each reads the new files one by one, and does without what it does not take."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from wizard.consumers.mirror import Mirror, including
from wizard.consumers.running import find, run
from wizard.consumers.servers import Answer
from wizard.consumers.words import Complaint
from wizard.disk import Disk

_LOGROTATE = "/etc/logrotate.conf"
_SHELLS = ("bash", "dash", "ksh", "sh")
_NEWER = re.compile(r"Unknown (?:key|lvalue|section)")


def ask_logrotate(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`logrotate -d`, which only tells, over the main file; over the new files alone where there is none."""
    trees = ("/etc/logrotate.d",)
    into = including(("include",), trees, room)
    texts = dict(changed)
    if disk.is_file(_LOGROTATE):
        texts[_LOGROTATE] = disk.text(_LOGROTATE)
    mirror = Mirror(room, disk, trees, texts, lambda path, text: into(text), copies=True)
    read = [_LOGROTATE] if _LOGROTATE in texts else list(changed)
    if not read:
        return Answer()
    said = run((program, "-d", "-s", os.devnull, *(str(mirror.at(path)) for path in read)))
    if said is None:
        return Answer(silent="it gave no answer in time")
    found = []
    for line in said.text.splitlines():
        error = re.fullmatch(r"error: (?:([^\s:]+):(\d+),? )?(.*)", line)
        if error is not None and not error[3].startswith("found error in"):
            path = posixpath.join(trees[0], mirror.plain(error[1])) if error[1] else None
            found.append(Complaint(mirror.plain(error[3]), path, int(error[2]) if error[2] else None))
    return Answer(tuple(found))


def ask_systemd(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`systemd-analyze verify`: what it says of a line of our units; not of programs that are not there yet."""
    if not changed:
        return Answer()
    units = room / "units"
    units.mkdir(mode=0o700)
    staged = {}
    for path, text in changed.items():
        place = units / posixpath.basename(path)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o600)
        staged[str(place)] = path
    named = [str(units / place.name.replace("@.", "@0.")) for place in sorted(units.iterdir())]
    said = run((program, "verify", "--man=no", *named), {"SYSTEMD_UNIT_PATH": f"{units}:"})
    if said is None:
        return Answer(silent="it gave no answer in time")
    found: dict[Complaint, None] = {}
    for line in said.text.splitlines():
        about = re.fullmatch(r"(/.+?):(\d+): (.*)", line)
        if about is not None and about[1] in staged:
            passing = _NEWER.match(about[3]) is not None
            found[Complaint(about[3], staged[about[1]], int(about[2]), passing)] = None
    return Answer(tuple(found))


def ask_shell(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`sh -n`, or the shell that the file's first line names: it reads, and runs nothing."""
    found = []
    for number, (path, text) in enumerate(changed.items()):
        file = room / f"{number}"
        file.write_text(text, encoding="utf-8")
        said = run((_shell(text) or program, "-n", str(file)))
        if said is None:
            return Answer(silent="it gave no answer in time")
        if said.status:
            found.append(next(_of_shell(said.text, file, path)))
    return Answer(tuple(found))


def _shell(text: str) -> str | None:
    first = re.match(r"#!\s*\S*?([a-z]+)(?:\s|$)", text)
    return find((first[1],)) if first is not None and first[1] in _SHELLS else None


def _of_shell(text: str, file: Path, path: str) -> Iterator[Complaint]:
    for line in text.splitlines():
        place = re.match(rf"{re.escape(str(file))}: (?:line )?(\d+): (.*)", line)
        if place is not None:
            yield Complaint(place[2], path, int(place[1]))
    yield Complaint(text.replace(str(file), path).strip()[-300:], path)
