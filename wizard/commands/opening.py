"""Which answers a command works on, and on which disk."""

from __future__ import annotations

import argparse
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard import logbook, presets
from wizard.apply import STATE_FILE
from wizard.commands.shown import notes
from wizard.disk import Disk, decoded, unreadable
from wizard.files.host_checks import chosen
from wizard.files.hosts import RECORD, record_folder
from wizard.files.places import config_dir
from wizard.history import HISTORY
from wizard.offers import draft_file, here
from wizard.plan import Plan
from wizard.problems import Problem, Refused
from wizard.record import locked
from wizard.recovery import settle, settle_alone
from wizard.refusals import shown
from wizard.session import Session
from wizard.statefile import new
from wizard.survey.installs import installs, remembered

STATE_VARIABLE = "GALAXY_SETUP_STATE"
_LARGEST = 16 << 20


def disk_of(options: argparse.Namespace) -> Disk:
    """The disk below --root (made when it is not there yet, at the first write)."""
    root = Path(getattr(options, "root", "/"))
    try:
        directory = stat.S_ISDIR(root.stat().st_mode)
    except FileNotFoundError:
        directory = True
    except NotADirectoryError:
        directory = False
    except OSError as error:
        raise unreadable(str(root), error) from None
    if not directory:
        raise Refused(Problem("is not a directory", file=str(root), way_out="name a directory with --root"))
    return Disk(root)


def session(options: argparse.Namespace) -> Session:
    """The session on the named or found answers, for one host. Raises Refused when there are none, or no such host."""
    work = for_host(_session(options), options)
    _tell_answers(work)
    return work


def looked_at(options: argparse.Namespace) -> Session | None:
    """The session on the named or found answers for a command that only tells: nothing is written, no run mended.

    None when there are no answers.
    """
    disk = disk_of(options)
    if "answers" in options:
        return for_host(_from_answers(options.answers, disk, headless=True), options)
    file = state_file(options, disk)
    if file is None:
        return None
    way_out = "name the install's state file with --state, or answers with --answers"
    return for_host(Session(file, disk, read_text(file, way_out)), options)


def _tell_answers(work: Session) -> None:
    if logbook.heard():
        logbook.tell(f"answers in {work.file}, preset {work.preset or 'none'}, root {work.disk.root}")
        logbook.tell(f"given: {', '.join(work.given)}")


def planned(work: Session) -> Plan:
    """The plan of `work`. Raises Refused."""
    plan = work.plan()
    for file in plan.files:
        mode = file.before.mode if file.before is not None else file.mode
        logbook.tell(
            f"{file.action}: {work.disk.shown(file.path)}, mode {mode:04o}, {len(file.changes)} options"
        )
    return plan


def for_host(work: Session, options: argparse.Namespace) -> Session:
    """`work` for the host that --host names. Raises Refused for one that is not among the answers' hosts."""
    name = getattr(options, "host", None)
    if name is None:
        return work
    if not work.hosts:
        what = f"--host {shown(name)}: these answers have one machine"
        raise Refused(Problem(what, way_out="list the machines in the table [[hosts]], or leave --host out"))
    if name not in work.hosts:
        way_out = f"there are {', '.join(work.hosts)}"
        raise Refused(Problem(f"--host {shown(name)}: there is no such host", way_out=way_out))
    work.host = name
    return work


@contextmanager
def in_turn(options: argparse.Namespace) -> Iterator[tuple[Session, bool]]:
    """The session for a command that applies, and whether it has the install's lock.

    With --wait it has: it waits for whoever is at work, and plans only then. Raises Refused as `session` does.
    """
    work = session(options)
    folder = record_folder(work.given)
    if not getattr(options, "wait", False) or folder is None:
        yield work, False
        return
    place = work.disk.real(folder)
    with locked(place, wait=True):
        notes(settle_alone(place))
        # The install's own answers may be others by now; a file of answers may be a pipe, and is read once.
        yield work if "answers" in options else session(options), True


def one_host(work: Session) -> Session:
    """`work`, once it is clear for which host the files are. Raises Refused."""
    if problems := list(chosen(work.given)):
        raise Refused(map(work.located, problems))
    return work


def _session(options: argparse.Namespace) -> Session:
    disk = disk_of(options)
    if "answers" in options:
        work = _from_answers(options.answers, disk, headless=True)
        notes(_settle(work, getattr(options, "wait", False)))
        return work
    file = state_file(options, disk)
    if file is None:
        way_out = "name an answers file with --answers, or import an install first"
        raise Refused(Problem("no state file found", file=str(disk.root), way_out=way_out))
    way_out = "name the install's state file with --state, or answers with --answers, or import the install"
    notes(settle(file.parent, getattr(options, "wait", False)))
    return Session(file, disk, read_text(file, way_out))


def _from_answers(name: str, disk: Disk, headless: bool) -> Session:
    file = Path(name)
    if os.path.lexists(file) or os.sep in name or file.suffix == ".toml":
        way_out = "name a file that is there, or a preset (galaxy-setup presets lists them)"
        text = read_text(file, way_out)
        return Session(file, disk, text, ephemeral=headless and not file.is_file())
    preset = presets.find(name)
    return Session(Path(STATE_FILE), disk, new(preset.pinned), ephemeral=headless)


def record_of(options: argparse.Namespace) -> Path:
    """The folder with the record and the history of the install, whatever its answers say or fail to say.

    Raises Refused when there is none, or several hosts have theirs and none is named.
    """
    disk = disk_of(options)
    if "answers" in options:
        work = one_host(session(options))
        folder = record_folder(work.given)
        if folder is None:
            raise Refused(Problem("nothing says where galaxy.yml belongs", question="groundwork.config_dir"))
        return disk.real(folder)
    directory = _remembered(options, disk)
    notes(settle(directory, getattr(options, "wait", False)))
    return _of_host(directory / RECORD, getattr(options, "host", None))


def _remembered(options: argparse.Namespace, disk: Disk) -> Path:
    """The directory of the state file, also of one that a rollback took away. Raises Refused for none or several."""
    named = _named(options)
    if named is not None:
        return named.parent
    found = remembered(disk, here())
    if len(found) == 1:
        return disk.real(found[0])
    files = ", ".join(disk.shown(f"{directory}/{STATE_FILE}") for directory in found)
    if found:
        raise Refused(Problem(f"several installs found: {files}", way_out="name one with --state"))
    way_out = "name the install's state file with --state, even if it is gone"
    raise Refused(Problem("no state file found", file=str(disk.root), way_out=way_out))


def _of_host(folder: Path, host: str | None) -> Path:
    try:
        names = sorted(place.name for place in (folder / "hosts").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise unreadable(str(folder), error) from None
    if host is None and (not names or (folder / HISTORY).exists()):
        return folder
    if host is None:
        host = next((name for name in names if name == socket.gethostname()), None)
    if host is None or host not in names:
        what = f"there is no history of {shown(host)}" if host else "several hosts have a history here"
        raise Refused(Problem(what, file=str(folder), way_out=f"give --host and one of {', '.join(names)}"))
    return folder / "hosts" / host


def _settle(work: Session, wait: bool = False) -> tuple[Problem, ...]:
    """Bring a run to its end that was cut off on the install of `work`; what is to be said of it."""
    directory = config_dir(work.given)
    return settle(work.disk.real(directory), wait) if directory is not None else ()


def state_file(options: argparse.Namespace, disk: Disk) -> Path | None:
    """The state file: named, or that of the one install that can be seen; None when there is none.

    Raises Refused when several installs can be seen.
    """
    if (named := _named(options)) is not None:
        return named
    managed = _managed(disk)
    if len(managed) > 1:
        files = ", ".join(map(str, managed))
        raise Refused(Problem(f"several installs found: {files}", way_out="name one with --state"))
    return managed[0] if managed else None


def _named(options: argparse.Namespace) -> Path | None:
    """The state file that the command line or the environment names."""
    named = getattr(options, "state", None) or os.environ.get(STATE_VARIABLE)
    return Path(named) if named else None


def _managed(disk: Disk) -> list[Path]:
    """The state files of the installs that can be seen."""
    found = (install for install in installs(disk, here()) if install.managed)
    return [disk.real(f"{install.config_dir}/{STATE_FILE}") for install in found]


def read_text(file: Path, way_out: str | None = None) -> str:
    """The text of an answers file, which may be a pipe. Raises Refused (`way_out`: for one that is not there)."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise unreadable(str(file), error, way_out) from None
    if len(data) > _LARGEST:
        what = f"is larger than {_LARGEST >> 20} MiB"
        raise Refused(Problem(what, file=str(file), way_out="name an answers file"))
    return decoded(data, str(file))


def begin(options: argparse.Namespace) -> Session:
    """The wizard's session: on the answers that there are, or on a new file that nothing is written to yet.

    A new server's answers are kept in the root (else the current directory) until the first apply puts them beside
    Galaxy's configuration. Where several installs can be seen the wizard lists them, and opens the one that is chosen.
    """
    disk = disk_of(options)
    if "answers" in options:
        work = _from_answers(options.answers, disk, headless=False)
        work = for_host(_noted(work, _settle(work)), options)
        work.named = True
        return work
    named, managed = _named(options), _managed(disk)
    own = named or (managed[0] if len(managed) == 1 else None)
    file = own or draft_file(disk)
    said = settle(file.parent)
    text = read_text(file) if os.path.lexists(file) else new(None)
    work = _noted(Session(file, disk, text, draft=own is None), said)
    work.named = named is not None
    if "preset" in options and work.preset is None and not work.given:
        work.use_preset(options.preset)
    work = for_host(work, options)
    _tell_answers(work)
    return work


def _noted(work: Session, said: tuple[Problem, ...]) -> Session:
    """`work`, with what its first screen is to say: standard error is the wizard's own."""
    for problem in said:
        logbook.tell(f"note: {problem}")
    work.notes = said
    return work
