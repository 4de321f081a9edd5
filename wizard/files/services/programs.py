"""Galaxy's programs and their command lines, as Gravity 1.2 starts them itself (gravity.state, `_command_template`)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.hosts import Role
from wizard.answers.question import Given
from wizard.files.hosts import runs_here
from wizard.files.needing import needed_answers
from wizard.files.places import config_dir, in_config_dir, main_config_name, release
from wizard.files.services.commands import CommandLine, Fixed, Flag, Values, answer_of, said
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

VIRTUALENV = "groundwork.virtualenv"
LINK = ("proxy.link", "proxy.socket", "proxy.address")
GUNICORNS = "scaling.gunicorns"
_CONTROL_SOCKET = Release.parse("26.1")
"""From here on Galaxy brings a gunicorn that opens a control socket unless it is told not to (25.1 of gunicorn)."""
_WAY_OUT = "give it: galaxy-setup explain {question}"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Program:
    """One program: its command line, its environment, and the questions that are about it alone."""

    name: str
    """As units and supervisor's programs are called: galaxy-NAME."""
    title: str
    role: Role
    """What a host must run for it to be there."""
    runs: Callable[[Given], bool | None]
    """Whether the answers want it, on whatever host; None where they do not say."""
    command: CommandLine
    environment: Callable[[Given], dict[str, str]]
    """The variables that it needs, without those of the virtualenv."""
    start_timeout: int = 10
    stop_timeout: int = 10
    """Seconds, as in Gravity's settings."""
    reloads: bool = False
    """Whether SIGHUP restarts it without a gap."""
    umask: str | None = None
    memory: str | None = None
    variables: str | None = None
    switched_on: Mapping[str, Any] | None = None
    """What is answered where its service is wanted."""
    stop_signal: str | None = None
    """What ends it, where that is not TERM."""
    patience: Callable[[Given], int] | None = None
    """Seconds that its end may take by these answers, where they say."""
    first: bool = False
    """Whether it is started before the others."""
    behind: str | None = None
    """The program that must run before it."""
    spare: bool = False
    """Whether it is started by hand only, to take the place of another."""

    def stop_within(self, given: Given) -> int:
        """Seconds after which a service manager kills it."""
        return self.patience(given) if self.patience else self.stop_timeout

    def wanted(self, given: Given) -> bool | None:
        """Whether it is to run on this host; None where the answers do not say."""
        return self.runs(given) if runs_here(given, self.role) else False


def needed(given: Given, question: str, what: str) -> str:
    """The answer to `question`. Raises Refused, with the reason `what`, where it is not given."""
    return str(needed_answers(given, {question: what}, _WAY_OUT)[0])


def make_sure_of_place(given: Given) -> None:
    """Raise Refused where a new service would not know its account, or where it is to be started."""
    reasons = {
        "groundwork.user": "without it the service would run as root",
        "groundwork.root": "nothing says where the service is to be started",
    }
    needed_answers(given, reasons, _WAY_OUT)


def binary(given: Given, name: str) -> str:
    """The path of a program of Galaxy's virtualenv. Raises Refused where it cannot stand in a service."""
    virtualenv = needed(given, VIRTUALENV, "a service does not find Galaxy's programs without it")
    return executable(VIRTUALENV, f"{virtualenv}/bin/{name}")


def executable(question: str, path: str) -> str:
    """`path` as the program of a service. Raises Refused for what systemd or PATH take for something else."""
    if any(char in path for char in ":$\"'\\") or ".." in path.split("/"):
        what = "holds a quote, backslash, : or $, or leads up by .., which the program of a service cannot"
        raise Refused(Problem(what, question=question, way_out="choose another path"))
    return path


def config_file(given: Given) -> str:
    """The absolute path of Galaxy's own configuration. Raises Refused where nothing says it."""
    path = in_config_dir(given, main_config_name(given))
    return path or needed({}, "groundwork.config_dir", "nothing says where galaxy.yml is")


def says_config(given: Given) -> bool:
    """Whether the answers themselves name the configuration: what is read from a service does not."""
    return "groundwork.config_dir" in given and config_dir(given) is not None


def _config(given: Given) -> Values | None:
    return (config_file(given),) if says_config(given) else None


def environment(program: Program, given: Given) -> dict[str, str]:
    """The variables of a new service. Raises Refused."""
    python = binary(given, "python")
    return {
        **program.environment(given),
        "VIRTUAL_ENV": str(given[VIRTUALENV]),
        "PATH": f"{python.removesuffix('/python')}:{SYSTEM_PATH}",
    }


def galaxy_variables(given: Given) -> dict[str, str]:
    """What every process of Galaxy is told."""
    return {"GALAXY_CONFIG_FILE": config_file(given), "PYTHONPATH": "lib"}


# -- reading the values of flags


def count_of(question: str) -> Callable[[Values], dict[str, Any]]:
    return answer_of(question, lambda text: int(text) if text.isdecimal() and text.isascii() else None)


def text_of(question: str) -> Callable[[Values], dict[str, Any]]:
    return answer_of(question, lambda text: text)


def _bind(given: Given) -> Values | None:
    """Where gunicorn listens; its end is needed once the kind of link is given. Raises Refused for several of them."""
    if (given.get(GUNICORNS) or 1) > 1:
        what = "only Gravity starts several gunicorns, and restarts them in turn"
        way_out = "take 1 with more scaling.workers, or let Gravity start Galaxy"
        raise Refused(Problem(what, question=GUNICORNS, way_out=way_out))
    link = given.get("proxy.link")
    if link is None:
        return None
    question = "proxy.socket" if link == "socket" else "proxy.address"
    end = needed(given, question, f"needed when proxy.link is {link}")
    return (f"unix:{end}" if link == "socket" else end,)


def _bound(values: Values) -> dict[str, Any]:
    (bind,) = values if len(values) == 1 else ("",)
    if bind.startswith("unix:/"):
        return {"proxy.link": "socket", "proxy.socket": bind.removeprefix("unix:")}
    return {"proxy.link": "tcp", "proxy.address": bind} if bind else {}


def _preload(given: Given) -> Values | None:
    wanted = given.get("scaling.preload")
    return None if wanted is None else ("",) if wanted else ()


def starts(name: str, *applications: str) -> Callable[[list[str]], int]:
    """Recognises program `name` with the words `applications` directly behind it; several stand for one another."""

    def recognised(words: list[str]) -> int:
        if not words or posixpath.basename(words[0]) != name:
            return 0
        if not applications:
            return 1
        return 2 if len(words) > 1 and words[1] in applications else 0

    return recognised


# -- the web server

_FACTORY = "galaxy.webapps.galaxy.fast_factory:factory()"


def no_control_socket(given: Given) -> Values:
    return ("",) if release(given) >= _CONTROL_SOCKET else ()


def unsaid(_: Given) -> None:
    return None


GUNICORN_CONFIG = Fixed(("--config", "python:galaxy.web_stack.gunicorn_config"))
PYTHONPATH = Fixed(("--pythonpath", "lib"))

WEB = Program(
    "web", "web server", "web",
    lambda given: served_by(given) == "gunicorn",
    CommandLine(
        lambda given: [binary(given, "gunicorn"), _FACTORY],
        starts("gunicorn", _FACTORY),
        (
            Flag(("--timeout", "-t"), said("scaling.timeout"), count_of("scaling.timeout"),
                 ("scaling.timeout",), ("300",)),
            PYTHONPATH,
            Fixed(("-k", "galaxy.webapps.galaxy.workers.Worker")),
            Flag(("-b", "--bind"), _bind, _bound, LINK, ("localhost:8080",)),
            Flag(("--workers", "-w"), said("scaling.workers"), count_of("scaling.workers"),
                 ("scaling.workers",), ("1",), glued=True),
            GUNICORN_CONFIG,
            Flag(("--preload",), _preload, lambda values: {"scaling.preload": bool(values)},
                 ("scaling.preload",), ("",), switch=True),
            Flag(("--no-control-socket",), unsaid, default=no_control_socket, switch=True),
        ),
        "scaling.extra_args",
    ),
    galaxy_variables, 15, 65, True, "scaling.web_umask", "scaling.web_memory_limit", "scaling.web_environment",
)  # fmt: skip

# -- Celery


def _celery(name: str) -> Callable[[list[str]], int]:
    """Recognises `celery --app galaxy.celery worker` (or beat), with its options in any order behind."""

    def recognised(words: list[str]) -> int:
        if not words or posixpath.basename(words[0]) != "celery":
            return 0
        app = words[1:3] in (["--app", "galaxy.celery"], ["-A", "galaxy.celery"])
        if app and words[3:4] == [name]:
            return 4
        return 3 if words[1:3] == ["--app=galaxy.celery", name] else 0

    return recognised


def _celery_head(name: str) -> Callable[[Given], list[str]]:
    return lambda given: [binary(given, "celery"), "--app", "galaxy.celery", name]


def _level(read: bool) -> Flag:
    """The worker's level is the answer; beat has the same, and says nothing of its own."""
    question = "celery.log_level"
    answers = answer_of(question, str.upper) if read else None
    spellings, wanted = ("--loglevel", "-l"), said(question)
    if answers is None:
        return Flag(spellings, wanted, questions=(question,), default=("DEBUG",))
    return Flag(spellings, wanted, answers, (question,), ("DEBUG",))


def _queues(given: Given) -> Values | None:
    queues = given.get("celery.queues")
    return None if queues is None else ((",".join(queues),) if queues else ())


def _queued(values: Values) -> dict[str, Any]:
    return {"celery.queues": [name.strip() for name in values[0].split(",")]} if len(values) == 1 else {}


CELERY = Program(
    "celery", "Celery workers", "celery",
    lambda given: given.get("celery.enable"),
    CommandLine(
        _celery_head("worker"),
        _celery("worker"),
        (
            Flag(("--concurrency", "-c"), said("celery.concurrency"), count_of("celery.concurrency"),
                 ("celery.concurrency",), ("2",)),
            _level(read=True),
            Flag(("--pool", "-P"), said("celery.pool"), text_of("celery.pool"), ("celery.pool",), ("threads",)),
            Flag(("--queues", "-Q"), _queues, _queued, ("celery.queues",),
                 ("celery,galaxy.internal,galaxy.external",)),
        ),
        "celery.extra_args",
    ),
    galaxy_variables, memory="celery.memory_limit", variables="celery.environment", switched_on={"celery.enable": True},
)  # fmt: skip


def _beat(given: Given) -> bool | None:
    """Nothing to keep time for without workers; where nobody says whether there are any, nobody says it of this."""
    enabled = given.get("celery.enable")
    return given.get("celery.beat") if enabled else enabled


def data_dir(given: Given, root: str) -> str:
    """Galaxy's data directory: its default hangs on how Galaxy is installed (galaxy.config, data_dir)."""
    default = "data" if given.get("groundwork.install") == "packages" else "database"
    return posixpath.normpath(posixpath.join(root, str(given.get("groundwork.data_dir") or default)))


def _schedule(given: Given) -> Values:
    """Beside Galaxy's data, where it can be written; Galaxy's own default place is below its root."""
    root = needed(given, "groundwork.root", "nothing says where the schedule belongs")
    return (posixpath.join(data_dir(given, root), "celerybeat-schedule"),)


CELERY_BEAT = Program(
    "celery-beat", "Celery's clock", "celery-beat",
    _beat,
    CommandLine(
        _celery_head("beat"),
        _celery("beat"),
        (_level(read=False), Flag(("--schedule", "-s"), unsaid, default=_schedule)),
    ),
    galaxy_variables, switched_on={"celery.enable": True, "celery.beat": True},
)  # fmt: skip

# -- job handlers


def handler_head(given: Given) -> list[str]:
    """`galaxy-main` of the packages, or the script of a checkout, which is started in Galaxy's root."""
    if given.get("groundwork.install") == "packages":
        return [binary(given, "galaxy-main")]
    return [binary(given, "python"), "./scripts/galaxy-main"]


def handler_recognised(words: list[str]) -> int:
    """A handler by either of these, or by a script with its path."""
    if words and posixpath.basename(words[0]) == "galaxy-main":
        return 1
    python = bool(words) and posixpath.basename(words[0]).startswith("python")
    return (
        2 if python and len(words) > 1 and posixpath.basename(words[1]) in ("galaxy-main", "main.py") else 0
    )


CONFIG = Flag(("-c", "--config-file"), _config, default=lambda given: (config_file(given),), added=False)


def pools_of(given: Given) -> bool:
    """Whether handlers are dynamic ones: those that have pools."""
    return bool(given.get("scaling.strategy") in (None, "dynamic-handlers"))
