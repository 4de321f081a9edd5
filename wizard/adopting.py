"""An install that was set up by hand and is to be managed: found, read, and its answers as a text to go on with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from wizard import statefile
from wizard.disk import Disk
from wizard.files.hosts import record_folder
from wizard.history import about, keep
from wizard.plan import make_plan
from wizard.problems import Refused
from wizard.record import APPLIED, locked, recorded
from wizard.statefile import Origin
from wizard.survey.found import Install, Survey
from wizard.survey.surveying import survey
from wizard.writing.contents import Content
from wizard.writing.transaction import Write, carry_out, recover


@dataclass(frozen=True)
class Adoption:
    """An install that was read, what was seen there, and the answers file that says the same."""

    install: Install
    seen: Survey
    text: str = field(repr=False)

    @property
    def origins(self) -> dict[str, Origin]:
        """Where each answer was found."""
        return {path: Origin("found", found.file, found.line) for path, found in self.seen.found.items()}


def read_install(disk: Disk, install: Install) -> Adoption:
    """Survey an install; nothing is written. Raises Refused when its own configuration cannot be read or parsed."""
    seen = survey(disk, install.config_dir)
    return Adoption(install, seen, answers_text(seen))


def answers_text(seen: Survey) -> str:
    """The text of an answers file that gives what the survey found; what no such file takes is named in `seen`."""
    text = statefile.new(None)
    for path, found in list(seen.found.items()):
        try:
            text = statefile.set_answer(text, path, found.value)
        except Refused as refusal:
            del seen.found[path]
            seen.unread.extend(
                replace(problem, file=found.file, line=found.line) for problem in refusal.problems
            )
    return text


def remember_install(seen: Survey, disk: Disk) -> None:
    """Record the install's files as they are, as an apply of these very answers would: it changes nothing.

    Edits by hand can then be told from the first day on. Raises Refused when the record cannot be written.
    """
    plan = make_plan(seen.given, disk)
    folder = record_folder(seen.given)
    if folder is None or plan.pending:
        return
    place = disk.real(folder)
    data = recorded({file.path: file.remembered for file in plan.files}, plan.given)
    with locked(place):
        recover(place, keep)
        write = Write(place / APPLIED, disk.shown(f"{folder}/{APPLIED}"), Content(data, 0o600), own=True)
        carry_out(place, [write], about("import"), keep)
