"""systemd, supervisord, the shell, plistlib and xmllint as judges of what starts Galaxy."""

from __future__ import annotations

import json
import plistlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.consumers import galaxy_python, need_tool
from tests.verdicts.judging import Bundle, Verdict, each, run

_NO_PROGRAM = re.compile(
    r"[^\n]*(?:is not executable: No such file or directory|Unit \S+ not found)[^\n]*\n?"
)
_RUN_FACTS = ("Timestamp", "Invocation", "CGroup", "Slice", "Machine", "Boot")


def systemd(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """`systemd-analyze verify`, and its dump of the units as it understood them."""
    return [_systemd(bundle, place / str(number)) for number, bundle in enumerate(bundles)]


def _systemd(bundle: Bundle, units: Path) -> Verdict:
    units.mkdir(parents=True)
    for path, text in bundle.items():
        (units / Path(path).name).write_text(text)
    target = (units / "galaxy.target").read_text()
    wanted = [name for line in re.findall(r"^Wants=(.*)$", target, re.MULTILINE) for name in line.split()]
    named = [str(units / name) for name in dict.fromkeys(("galaxy.target", *wanted))]
    command = [need_tool("systemd-analyze"), "verify", "--man=no", "--recursive-errors=yes", *named]
    done = run(*command, SYSTEMD_UNIT_PATH=f"{units}:")
    # systemd also looks whether the programs are there, which they are not on this machine.
    complaints = _NO_PROGRAM.sub("", done.stdout + done.stderr).strip()
    if complaints:
        return Verdict((complaints,))
    dump = run(*command, SYSTEMD_UNIT_PATH=f"{units}:", SYSTEMD_LOG_LEVEL="debug").stdout
    said = {name: body for name, _, body in (unit.partition(":\n") for unit in dump.split("\t-> Unit ")[1:])}
    return Verdict(
        (),
        {
            name: [line.strip() for line in body.splitlines() if not any(fact in line for fact in _RUN_FACTS)]
            for name, body in said.items()
            if name.startswith("galaxy")
        },
    )


_SUPERVISOR = """\
import json, sys
from supervisor.options import ServerOptions
found = []
for main in json.load(open(sys.argv[1])):
    options = ServerOptions()
    try:
        options.realize(["-c", main])
    except SystemExit:
        found.append(None)
        continue
    found.append([
        [group.name, {name: str(value) for name, value in vars(one).items() if name != "options"}]
        for group in options.process_group_configs for one in group.process_configs
    ])
print(json.dumps(found))
"""
_MAIN = "[supervisord]\nlogfile = {here}/log\npidfile = {here}/pid\n[include]\nfiles = {here}/galaxy.conf\n"


def supervisord(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """The processes that supervisord's own reader makes of the programs."""
    mains = []
    for number, bundle in enumerate(bundles):
        here = place / str(number)
        here.mkdir(parents=True)
        (text,) = bundle.values()
        (here / "galaxy.conf").write_text(_logs_here(text, here))
        (here / "supervisord.conf").write_text(_MAIN.format(here=here))
        mains.append(str(here / "supervisord.conf"))
    (place / "mains.json").write_text(json.dumps(mains))
    done = run(galaxy_python(), "-I", "-c", _SUPERVISOR, str(place / "mains.json"))
    found = json.loads(done.stdout)
    verdicts = []
    for number, read in enumerate(found):
        complaints = () if read is not None else (done.stderr[-2000:],)
        seen = json.loads(json.dumps(read).replace(str(place / str(number)), ""))
        verdicts.append(Verdict(complaints, seen))
    return verdicts


def _logs_here(text: str, here: Path) -> str:
    """supervisord refuses a log whose directory is not there: the directories are made below `here`."""
    for path in set(re.findall(r"(?:logfile|directory)\s*=\s*(/\S+)", text)):
        (here / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        text = text.replace(f"= {path}", f"= {here}{path}")
    return text


def _settings(text: str, here: Path) -> Verdict:
    """What a shell that reads the file has set afterwards.

    The whole file must be the shell's; only its assignments are run, for an init script acts on this machine.
    """
    file = here / "file"
    file.write_text(text)
    read = run("/bin/sh", "-n", str(file))
    if read.returncode != 0 or read.stderr:
        return Verdict((read.stderr,))
    (here / "settings").write_text("\n".join(line for line in text.splitlines() if _sets(line)))
    told = run("/bin/sh", "-c", 'set -a; . "$1"; umask; env', "sh", str(here / "settings"))
    return Verdict((), sorted(line for line in told.stdout.splitlines() if line.startswith(("GALAXY", "0"))))


def _sets(line: str) -> bool:
    """Whether a line is one whole assignment, or sets the umask."""
    try:
        words = shlex.split(line)
    except ValueError:  # a text that goes on in the next line
        return False
    name = re.compile(r"(?:export )?[A-Z_]+=")
    return words[:1] == ["umask"] or (len(words) in (1, 2) and name.match(line) is not None)


def _launchd(text: str, here: Path) -> Verdict:
    try:
        return Verdict((), plistlib.loads(text.encode()))
    except (plistlib.InvalidFileException, ElementTree.ParseError, ValueError) as refusal:
        return Verdict((str(refusal),))


def _smf(text: str, here: Path) -> Verdict:
    """xmllint knows no DTD here: that the file is well formed, and the tree that a parser makes of it."""
    file = here / "galaxy.xml"
    file.write_text(text)
    read = run(need_tool("xmllint"), "--noout", "--nonet", str(file))
    if read.returncode != 0 or read.stderr:
        return Verdict((read.stderr,))
    return Verdict(
        (),
        [
            (one.tag, sorted(one.attrib.items()), (one.text or "").strip())
            for one in ElementTree.fromstring(text).iter()
        ],
    )


settings, launchd, smf = each(_settings), each(_launchd), each(_smf)
