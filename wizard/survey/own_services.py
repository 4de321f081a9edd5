"""Units and programs that galaxy-setup can manage, among all that start Galaxy: it manages all of an install's or none.

Those of the usual names are read where each of this install's programs stands in one, recognised and without a drop-in;
of supervisord, also one file of another name. Everything else is the admin's, and stays as it is.
"""

from __future__ import annotations

import posixpath

from wizard.documents.ini.document import SUPERVISOR, IniDocument
from wizard.files.boot import BOOT
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.lens import Lens
from wizard.files.services import SERVICES, SYSTEMD_UNITS
from wizard.files.services.leaving import is_ours
from wizard.files.services.managing import DIRECTORY, FILES, MANAGER, SUPERVISOR_FILE, supervisor_file
from wizard.files.services.supervisor import SupervisorPrograms
from wizard.files.services.supervisor_sections import found_in
from wizard.plan import make_plan
from wizard.problems import Refused
from wizard.survey.facts import WATCHED, Ours
from wizard.survey.found import Found
from wizard.survey.galaxy_files import lenses_of
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile
from wizard.survey.programs import Program

_GRAVITY = GravitySection()
Managed = dict[str, Lens]
"""Lenses of services by the paths of the files that they are to manage."""


def manageable(looking: Looking, ours: Ours) -> Managed:
    """The files of this install's services, where all of them are such as galaxy-setup writes; else none.

    A section of Gravity that was left behind does not hide services that galaxy-setup began.
    """
    manager = looking.seen.found.get(MANAGER)
    starting = {
        one.manager for one, what in ours if one.manager in _FILES and what not in WATCHED | {"Gravity"}
    }
    for each in _FILES if manager is not None and len(starting) == 1 else ():
        programs = [one for one, what in ours if one.manager == each and not what.startswith(_VAGUE)]
        if not programs or any(one.generated or len(one.files) > 1 for one in programs):
            continue
        managed = _FILES[each](looking, programs)
        begun = all(is_ours(looking.text(path) or "") for path in managed)
        if managed and (begun or (manager and manager.value == each)):
            return managed
    return {}


def _units(looking: Looking, programs: list[Program]) -> Managed:
    lenses = {f"{DIRECTORY}/{lens.name.removeprefix('systemd unit ')}": lens for lens in SYSTEMD_UNITS}
    target = f"{DIRECTORY}/galaxy.target"
    wanted = {target, *(program.file for program in programs)}
    if not wanted <= lenses.keys() or not all(_is_read(looking, lenses[path], path) for path in wanted):
        return {}
    return {path: lens for path, lens in lenses.items() if path in wanted}


def _programs(looking: Looking, programs: list[Program]) -> Managed:
    files = sorted({program.file for program in programs})
    lens = SupervisorPrograms()
    if len(files) != 1 or not _is_read(looking, lens, files[0]):
        return {}
    document = IniDocument.parse(looking.text(files[0]) or "", looking.disk.shown(files[0]), SUPERVISOR)
    known = {f"supervisor program {each.name}" for each in found_in(document)}
    return {files[0]: lens} if all(program.name in known for program in programs) else {}


_FILES = {"systemd": _units, "supervisord": _programs}
_VAGUE = ("the script", "a program that")
"""What only names files of Galaxy is none of its programs."""


def _is_read(looking: Looking, lens: Lens, path: str) -> bool:
    """Whether the lens understands the file as one of its own."""
    text = looking.text(path)
    try:
        return text is not None and MANAGER in lens.read(text, path).given
    except Refused:
        return False


def read_services(looking: Looking, main: MainFile, managed: Managed) -> None:
    """Take what the files say, and nothing from the section of Gravity, which then starts nothing."""
    _forget_gravity(looking, main)
    for path, lens in managed.items():
        looking.read(lens, path, "systemd unit" if path.startswith(f"{DIRECTORY}/") else "supervisord")
    if (manager := looking.seen.found.get(MANAGER)) is not None:
        looking.seen.facts["service_manager"] = manager


def _forget_gravity(looking: Looking, main: MainFile) -> None:
    text, shown = looking.text(main.path) or "", looking.disk.shown(main.path)
    start = {"groundwork.config_dir": main.config_dir, "groundwork.config_file": main.name}
    lenses = [lens for lens in lenses_of(main.path, start) if lens.name != _GRAVITY.name]
    if posixpath.splitext(main.path)[1] == ".ini":
        return
    told = _GRAVITY.read(text, shown)
    others = {question for lens in lenses for question in lens.read(text, shown).given}
    for question in told.given.keys() - others:
        found = looking.seen.found.get(question)
        if found is not None and found.file == shown:
            del looking.seen.found[question]
    if told.given:
        line = min(told.lines.values(), default=None)
        looking.leave(main.path, line, "gravity: something else starts Galaxy; the section is left alone")


def _is_booted_by_us(looking: Looking) -> bool:
    """Whether the definition of another service manager is one that galaxy-setup wrote, and would write again."""
    try:
        plan = make_plan(looking.seen.given, looking.disk, BOOT)
    except Refused:
        return False
    texts = [looking.text(file.path) or "" for file in plan.files]
    return bool(texts) and not plan.pending and all("galaxy-setup" in text[:_HEAD] for text in texts)


_HEAD = 2000
"""Characters within which a file says who wrote it."""


def settle(looking: Looking, managed: Managed) -> bool:
    """Say whose the services' files are; False where managing them, after all that was read, would change one."""
    seen = looking.seen
    manager = seen.found.get(MANAGER)
    if manager is None or manager.value.startswith("gravity"):
        return True
    if not managed:
        if not _is_booted_by_us(looking):
            seen.found[FILES] = Found("kept", manager.file, manager.line)
        return True
    path = next(iter(managed))
    if manager.value == "supervisord" and supervisor_file(seen.given) != path:
        seen.found[SUPERVISOR_FILE] = Found(path, looking.disk.shown(path), None)
    try:
        plan = make_plan(seen.given, looking.disk, SERVICES)
    except Refused:
        return False
    return not plan.pending and {file.path for file in plan.files} == managed.keys()
