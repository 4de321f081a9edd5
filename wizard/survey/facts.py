"""What holds for an install as a whole: where its code is, its release, virtualenv, account, and what starts it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wizard.files.uwsgi import UWSGI
from wizard.problems import Problem
from wizard.survey.accounts import Accounts, owner_of
from wizard.survey.found import FACTS, Found
from wizard.survey.galaxy_files import Options, lenses_of
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile
from wizard.survey.programs import Home, Program, is_root, is_virtualenv, learn, log_dirs
from wizard.survey.release import find_release

WATCHED = frozenset({"tusd", "the interactive tools proxy", "the proxy of interactive environments"})
"""Programs beside Galaxy: who starts them says nothing about who starts Galaxy."""
_OTHER_MANAGERS = (
    ("/etc/init.d/galaxy*", "sysvinit"),
    ("/etc/rc.d/galaxy*", "sysvinit"),
    ("/etc/rc.d/init.d/galaxy*", "sysvinit"),
    ("/Library/LaunchDaemons/*galaxy*.plist", "launchd"),
    ("/var/svc/manifest/*/*galaxy*.xml", "smf"),
)
_BESIDE_GRAVITY = frozenset({"systemd", "supervisord", *(manager for _, manager in _OTHER_MANAGERS)})
"""Service managers that `gravity:` does not name, and that are answers all the same."""

Ours = Sequence[tuple[Program, str]]


def find_home(looking: Looking, directory: str, main: MainFile, options: Options) -> Home:
    """The paths of this install, as far as its own configuration and the directories around it say."""
    found = looking.seen.found
    home = Home(main.config_dir, main.path)
    stated = found.get("groundwork.root") or looking.seen.facts.get("root")
    home.root = str(stated.value) if stated is not None else None
    if home.root is None:
        home.root = next((path for path in _around(directory, main) if is_root(looking.disk, path)), None)
    virtualenv = found.get("groundwork.virtualenv") or looking.seen.facts.get("virtualenv")
    home.virtualenv = str(virtualenv.value) if virtualenv is not None else None
    for name in ("file_path", "data_dir", "ftp_upload_dir", "static_dir"):
        path = options.text(name)
        if path is not None and posixpath.isabs(path):
            home.more.append(posixpath.normpath(path))
    if (logs := found.get("groundwork.log_dir")) is not None:
        home.more.append(str(logs.value))
    return home


def _around(directory: str, main: MainFile) -> Iterator[str]:
    above = posixpath.dirname(main.config_dir)
    yield directory
    while directory.startswith(f"{above}/") and directory != main.config_dir:
        directory = posixpath.dirname(directory)
        yield directory
    yield main.config_dir
    yield above
    for name in ("server", "galaxy", "galaxy-dist", "galaxy-app"):
        yield posixpath.join(above, name)


def complete(
    looking: Looking, home: Home, main: MainFile, programs: Iterable[Program], options: Options
) -> Ours:
    """The facts of the install, each with where it is said; returns the programs that are this install's."""
    for name in FACTS:
        stated = looking.seen.found.get(f"groundwork.{name}")
        if stated is not None:
            looking.seen.facts[name] = stated
    ours = learn(looking, programs, home)
    stated_by = {program.directory: program for program, _ in ours}
    if home.root is not None:
        program = stated_by.get(home.root)
        looking.know("root", home.root, *(program.place("directory") if program else (home.root, None)))
    _virtualenv(looking, home, ours)
    virtualenvs = [path for path in (home.virtualenv, *_beside(home)) if path is not None]
    release = find_release(looking, [home.root] if home.root else [], virtualenvs)
    if release is not None:
        looking.seen.facts.setdefault("release", release)
    looking.know("config_file", main.name, main.path)
    _account(looking, home, ours, options)
    _manager(looking, ours)
    directories = log_dirs(ours)
    home.more += sorted(directories)
    if len(directories) == 1:
        program = next(program for program, _ in ours if log_dirs([(program, "")]))
        looking.know("log_dir", directories.pop(), program.file, program.line)
    return ours


def answer(looking: Looking, main: MainFile, start: Mapping[str, Any]) -> None:
    """Give the facts as answers where no file gave another.

    What Galaxy's configuration could say and does not is no answer: giving it would write it there. uWSGI's section
    need not say where it is started; what it would have to say is left out when the diff shows it.
    """
    seen = looking.seen
    writing = [lens for lens in lenses_of(main.path, start) if lens not in UWSGI]
    disputed = {problem.question for problem in seen.disagreements}
    for name, found in seen.facts.items():
        question = f"groundwork.{name}"
        written = any(lens.owns(question) for lens in writing) and found.value not in _BESIDE_GRAVITY
        if not written and question not in disputed and (name != "config_file" or main.name != "galaxy.yml"):
            seen.found.setdefault(question, found)


def _beside(home: Home) -> Iterator[str]:
    if home.root is not None:
        yield posixpath.join(home.root, ".venv")
        yield posixpath.join(posixpath.dirname(home.root), "venv")
    yield posixpath.join(posixpath.dirname(home.config_dir), "venv")


def _virtualenv(looking: Looking, home: Home, ours: Ours) -> None:
    if home.virtualenv is not None:
        for program, _ in ours:
            for what, told in (("environment", program.environment), ("command", program.command)):
                if home.virtualenv in told:
                    looking.know("virtualenv", home.virtualenv, *program.place(what))
    for path in _beside(home):
        if home.virtualenv is None and is_virtualenv(looking.disk, path):
            home.virtualenv = path
            looking.know("virtualenv", path, path)


def _account(looking: Looking, home: Home, ours: Ours, options: Options) -> None:
    """The account that Galaxy runs under: as it is told to, else the one that owns its data or its configuration."""
    for program, what in ours:
        if what not in WATCHED and program.manager != "cron":
            if program.user and program.user != "root":
                looking.know("user", program.user, *program.place("user"))
            if program.group and program.group != "root":
                looking.know("group", program.group, *program.place("group"))
    accounts = Accounts.of(looking)
    places = [path for path in _data(home, options) if looking.paths(path)]
    for path in (*places, home.main_file, home.config_dir):
        owner = owner_of(looking.disk, path)
        if owner is not None:
            user, group = accounts.user(owner[0]), accounts.group(owner[1])
            if user is not None:
                looking.know("user", user, path)
            if group is not None and (user is None or looking.seen.facts["user"].value == user):
                looking.know("group", group, path)


def _data(home: Home, options: Options) -> Iterator[str]:
    for name in ("data_dir", "file_path"):
        value = options.text(name)
        if value is not None:
            yield posixpath.normpath(posixpath.join(home.root or home.config_dir, value))
    if home.root is not None:
        yield posixpath.join(home.root, "database")


def _manager(looking: Looking, ours: Ours) -> None:
    """What starts Galaxy, if it is one thing only."""
    if "service_manager" in looking.seen.facts:
        return
    claims: dict[str, Found] = {}
    for program, what in ours:
        manager = _manager_of(program, what)
        if manager is not None:
            claims.setdefault(manager, Found(manager, looking.disk.shown(program.file), program.line))
    for pattern, manager in _OTHER_MANAGERS if not claims else ():
        for path in looking.paths(pattern)[:1]:
            claims.setdefault(manager, Found(manager, looking.disk.shown(path), None))
    if len(claims) > 1:
        first, second, *_ = claims.values()
        what = f"{second.value} starts Galaxy here, and {first.value} at {first.place}; the answer stays not given"
        question = "groundwork.service_manager"
        looking.seen.disagreements.append(Problem(what, second.file, second.line, question=question))
    elif claims:
        found = next(iter(claims.values()))
        looking.seen.facts["service_manager"] = found


def _manager_of(program: Program, what: str) -> str | None:
    if program.manager == "cron" or what in WATCHED or what.startswith(("the script", "a program that")):
        return None
    if program.manager == "systemd" and what == "Gravity":
        return "gravity-systemd" if program.generated else "gravity-supervisor"
    return None if what == "Gravity" else program.manager
