"""Programs of Galaxy among all that a machine runs: recognised by what their command lines say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wizard.disk import Disk
from wizard.survey.looking import Looking

_SURE = (
    (re.compile(r"\bgalaxyctl\b|\bgravity\b|/bin/galaxy(?:\s|$)"), "Gravity"),
    (re.compile(r"\bcelery\b(?=.*\bgalaxy\.celery\b)(?=.*\bbeat\b)"), "Celery beat"),
    (re.compile(r"\bcelery\b(?=.*\bgalaxy\.celery\b)"), "a Celery worker"),
    (re.compile(r"\bgunicorn\b(?=.*\bgalaxy\.)"), "gunicorn"),
    (re.compile(r"\bgx-it-proxy\b"), "the interactive tools proxy"),
    (re.compile(r"\btusd\b"), "tusd"),
)
"""Galaxy's wherever they stand."""
_LIKELY = (
    (re.compile(r"galaxy/web/proxy/js|\bnode(?:js)?\b.*\bproxy\b"), "the proxy of interactive environments"),
    (re.compile(r"\breports(?:_wsgi)?\b"), "the reports application"),
    (re.compile(r"\buwsgi\b"), "uWSGI"),
    (re.compile(r"\b(?:galaxy-main|galaxy/main\.py)\b"), "a job handler"),
    (re.compile(r"\bpaster(?:\.py)?\s+serve\b(?=.*--server-name=(?!main\b|web))"), "a Paste process"),
    (re.compile(r"\bpaster(?:\.py)?\s+serve\b"), "a Paste server"),
    (re.compile(r"\bgunicorn\b"), "gunicorn"),
    (re.compile(r"\bcelery\b"), "Celery"),
    (re.compile(r"\brun\.sh\b"), "Galaxy by run.sh"),
)
"""Galaxy's where a path of the install stands beside them."""
_SCRIPT = re.compile(r"\bscripts/(?:[\w.-]+/)*([\w.-]+\.(?:py|sh))\b|/([\w.-]+\.(?:py|sh))\b")
_VIRTUALENV = re.compile(r"(?:--virtualenv|--venv|--home|-H)[= ]+[\"']?(/[^\s\"']+)")
_ENVIRONMENT = re.compile(r"\bVIRTUAL_ENV=[\"']?(/[^\s\"',]+)")
_LOG = re.compile(r"(?:--log-file|--logto|--error-logfile)[= ]+[\"']?(/[^\s\"']+)")
_INTERPRETER = re.compile(r"(/[^\s\"'=:,]+)/bin/[\w.-]+(?=[\s\"':,]|$)")
_OTHER = re.compile(r"(/[^\s\"'=,:]+)/(?:galaxy|universe_wsgi)\.(?:ya?ml|ini)\b")
_EVERYBODYS = frozenset({"", "srv", "opt", "home", "etc", "usr", "usr/local", "var", "tmp", "root", "mnt"})


@dataclass(frozen=True)
class Program:
    """A program that something starts: a unit, a supervisor's program, a line of a crontab."""

    manager: str
    """What starts it: `systemd`, `supervisord`, `cron`."""
    name: str
    """As messages call it, with its kind: `systemd unit galaxy.service`."""
    file: str
    line: int
    command: str
    directory: str | None = None
    environment: str = ""
    user: str | None = None
    group: str | None = None
    option: str = "command"
    """What the command stands in, as the file calls it."""
    generated: bool = False
    """Whether Gravity writes the file."""
    files: tuple[str, ...] = ()
    """All files that it is put together from, where that is more than `file`: a unit, then its drop-ins."""
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """File and line of what is said elsewhere than the command: `directory`, `environment`, `user`, `group`."""

    def place(self, what: str) -> tuple[str, int]:
        """The file and the line that say it."""
        return self.places.get(what, (self.file, self.line))


@dataclass
class Home:
    """The paths that belong to one install, as far as they are known."""

    config_dir: str
    main_file: str
    root: str | None = None
    virtualenv: str | None = None
    more: list[str] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Absolute paths that are nobody else's."""
        places = [self.config_dir, self.main_file, self.root, self.virtualenv, *self.more]
        return [place for place in places if place is not None and place.strip("/") not in _EVERYBODYS]

    def named_in(self, text: str) -> bool:
        """Whether one of the paths stands in `text` as a path of its own or before more of it."""
        return any(re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w.-])", text) for path in self.paths())


def what_runs(program: Program, home: Home) -> str | None:
    """What of this install's Galaxy the program is, in words without its arguments; None for anything else."""
    told = " ".join((program.command, program.environment))
    beside = home.named_in(told) or home.named_in(program.directory or "")
    for pattern, name in (*_LIKELY[:2], *_SURE, *_LIKELY[2:]) if beside else _SURE:
        if pattern.search(program.command):
            return name if beside or not _elsewhere(program, told, home) else None
    if not beside:
        return None
    script = _SCRIPT.search(program.command)
    return f"the script {script[1] or script[2]}" if script else "a program that names Galaxy's files"


def _elsewhere(program: Program, told: str, home: Home) -> bool:
    """Whether a program that is some Galaxy's names the files of another install."""
    others = {found[1] for found in _OTHER.finditer(told)}
    return bool(others) and home.config_dir not in others


def learn(looking: Looking, programs: Iterable[Program], home: Home) -> list[tuple[Program, str]]:
    """The programs of this install, each with what it is; their directories complete `home`."""
    waiting = list(programs)
    ours: list[tuple[Program, str]] = []
    while True:
        found = [(program, what) for program in waiting if (what := what_runs(program, home)) is not None]
        if not found:
            return ours
        waiting = [program for program in waiting if all(program is not one for one, _ in found)]
        ours += found
        for program, _ in found:
            if home.root is None and program.directory and is_root(looking.disk, program.directory):
                home.root = posixpath.normpath(program.directory)
            if home.virtualenv is None:
                home.virtualenv = virtualenv_of(looking.disk, program)


def is_root(disk: Disk, path: str) -> bool:
    """Whether Galaxy's code is at `path`."""
    return any(disk.glob(posixpath.join(path, name)) for name in ("lib/galaxy", "run.sh"))


def virtualenv_of(disk: Disk, program: Program) -> str | None:
    """The virtualenv that a program is told to use, or whose interpreter it is started with."""
    told = " ".join((program.environment, program.command))
    for pattern in (_ENVIRONMENT, _VIRTUALENV):
        if (found := pattern.search(told)) is not None:
            return posixpath.normpath(found[1].rstrip(";"))
    candidates = (found[1] for found in _INTERPRETER.finditer(program.command))
    return next((path for path in candidates if is_virtualenv(disk, path)), None)


def is_virtualenv(disk: Disk, path: str) -> bool:
    """Whether a Python environment is at `path`."""
    return disk.is_file(f"{path}/pyvenv.cfg") or disk.is_file(f"{path}/bin/activate")


def log_dirs(ours: Iterable[tuple[Program, str]]) -> set[str]:
    """The directories that the programs are told to write their logs to."""
    return {posixpath.dirname(found[1]) for program, _ in ours for found in _LOG.finditer(program.command)}
