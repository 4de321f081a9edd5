"""The web servers before gunicorn as services: uWSGI, the pool and the zerglings of its zerg mode, and Paste.

Sources: scaling.md, "Starting and Stopping"; the zerg exercise that it points to (Dagobah training, GCC2017); Galaxy's
run.sh and scripts/get_uwsgi_args.py, which hands an INI file with `[app:main]` to uWSGI as `--ini-paste`.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.files.places import in_config_dir
from wizard.files.services.commands import CommandLine, Flag, Values, said
from wizard.files.services.handlers import STRATEGY
from wizard.files.services.programs import (
    Program,
    binary,
    config_file,
    count_of,
    needed,
    says_config,
    unsaid,
)
from wizard.files.services.words import SPECIFIER

APP_SERVER = "scaling.app_server"
ZERG, ZERG_SOCKET = "scaling.zerg", "scaling.zerg_socket"
STACK = "scaling.handler_stack"
PLUGIN = "scaling.uwsgi_plugin"
MERCIES = (
    "scaling.uwsgi_reload_mercy",
    "scaling.uwsgi_worker_reload_mercy",
    "scaling.uwsgi_mule_reload_mercy",
)
_MERCY = 60
"""Seconds that uWSGI waits for its processes when nothing else is said."""
_SPARE = 5
"""Seconds that a service manager waits longer than what it manages."""
_YAML, _INI = ("--yaml", "--yml", "-y"), ("--ini-paste", "--ini-paste-logged", "--ini", "-i")
_POOL_FILE = "zergpool.ini"
_SERVED_WEB = re.compile(r"main|web")


def patience(given: Given) -> int:
    """Seconds that a service manager must leave uWSGI to end: longer than it waits for its own processes."""
    told = [given[question] for question in MERCIES if given.get(question)]
    first = given.get(MERCIES[0]) or _MERCY
    return int(max([first, *told])) + _SPARE


def no_variables(_: Given) -> dict[str, str]:
    """uWSGI and Paste are told the configuration in their command."""
    return {}


def _uwsgi(given: Given) -> list[str]:
    """That of Galaxy's virtualenv; one of the distribution's, where its Python is a plugin."""
    return ["/usr/bin/uwsgi"] if given.get(PLUGIN) else [binary(given, "uwsgi")]


def _is_uwsgi(words: list[str]) -> bool:
    return bool(words) and posixpath.basename(words[0]) == "uwsgi"


def _serves_galaxy(words: list[str]) -> int:
    if not _is_uwsgi(words) or _holds_pool(words):
        return 0
    return 1 if any(word.partition("=")[0] in (*_YAML, *_INI) for word in words[1:]) else 0


def _holds_pool(words: list[str]) -> int:
    pooled = any(word.partition("=")[0] in ("--zerg-pool", "--zergpool") for word in words)
    filed = any(posixpath.basename(word) == _POOL_FILE for word in words)
    return 1 if _is_uwsgi(words) and (pooled or filed) else 0


def _as_ini(given: Given) -> bool:
    return config_file(given).endswith(".ini")


def _if_ini(wanted: bool) -> tuple[Any, Any]:
    """What a flag for one of the two syntaxes wants, and what stands in a new command."""

    def default(given: Given) -> Values:
        return (config_file(given),) if _as_ini(given) is wanted else ()

    return lambda given: default(given) if says_config(given) else None, default


_FROM_YAML, _NEW_YAML = _if_ini(False)
_FROM_INI, _NEW_INI = _if_ini(True)
_CONFIGURED = (
    Flag(_YAML, _FROM_YAML, questions=("groundwork.config_dir",), default=_NEW_YAML),
    Flag(_INI, _FROM_INI, questions=("groundwork.config_dir", "groundwork.config_file"), default=_NEW_INI),
    Flag(("--processes", "-p", "--workers"), said("scaling.workers"), count_of("scaling.workers"),
         ("scaling.workers",), added=False, new=False),
    Flag(("--threads",), said("scaling.threads"), count_of("scaling.threads"),
         ("scaling.threads",), added=False, new=False),
)  # fmt: skip
"""Numbers stand in Galaxy's configuration; only a command that says them too is kept in step."""


def _plainly(given: Given) -> bool:
    return served_by(given) == "uwsgi" and not given.get(ZERG)


def _zergs(given: Given) -> bool:
    return served_by(given) == "uwsgi" and bool(given.get(ZERG))


UWSGI_WEB = Program(
    "web", "web server", "web", _plainly,
    CommandLine(_uwsgi, _serves_galaxy, _CONFIGURED),
    no_variables, 10, _MERCY + _SPARE, umask="scaling.web_umask", memory="scaling.web_memory_limit",
    variables="scaling.web_environment", stop_signal="INT", patience=patience,
)  # fmt: skip

# -- zerg mode


def _pool_file(given: Given) -> Values:
    path = in_config_dir(given, _POOL_FILE)
    return (path or needed({}, "groundwork.config_dir", f"nothing says where {_POOL_FILE} is"),)


def _pool(given: Given) -> Values | None:
    link = "proxy.socket" if given.get("proxy.link") == "socket" else "proxy.address"
    pool, end = given.get(ZERG_SOCKET), given.get(link)
    return (f"{pool}:{end}",) if pool and end else None


def _pooled(values: Values) -> dict[str, Any]:
    pool, _, end = values[0].partition(":") if len(values) == 1 else ("", "", "")
    if not pool or not end:
        return {}
    link = {"proxy.link": "socket", "proxy.socket": end}
    return {ZERG_SOCKET: pool, **(link if end[0] == "/" else {"proxy.link": "tcp", "proxy.address": end})}


ZERGPOOL = Program(
    "zergpool", "pool of the web server", "web", _zergs,
    CommandLine(
        _uwsgi,
        _holds_pool,
        (
            Flag(("--ini", "-i"), lambda given: _pool_file(given) if says_config(given) else None,
                 questions=("groundwork.config_dir",), default=_pool_file, added=False),
            Flag(("--zerg-pool", "--zergpool"), _pool, _pooled,
                 (ZERG_SOCKET, "proxy.link", "proxy.socket", "proxy.address"), added=False, new=False),
        ),
    ),
    no_variables, 5, 10, switched_on={ZERG: True}, stop_signal="INT", first=True,
)  # fmt: skip


def _zergling(name: str, title: str, spare: bool = False) -> Program:
    return Program(
        name, title, "web", _zergs,
        CommandLine(_uwsgi, _serves_galaxy, _CONFIGURED),
        no_variables, 15, _MERCY + _SPARE, umask="scaling.web_umask", memory="scaling.web_memory_limit",
        variables="scaling.web_environment", stop_signal="INT", patience=patience, behind="zergpool", spare=spare,
    )  # fmt: skip


ZERGLINGS = (
    _zergling("zergling0", "web server"),
    _zergling("zergling1", "web server, for restarts", spare=True),
)
"""supervisord's: the second one is started by hand for a restart, and the first one stopped once it serves."""
ZERGLING = _zergling("zergling@", "web server %i")
"""systemd's: galaxy-zergling@0, and @1 for a restart."""

# -- Paste


def _paste(given: Given) -> list[str]:
    return [binary(given, "python"), "./scripts/paster.py"]


def _server_name(words: list[str]) -> str:
    """The name of the server of galaxy.ini that is started; Paste's own default is main."""
    for index, word in enumerate(words):
        if word.startswith("--server-name="):
            return word.removeprefix("--server-name=")
        if word == "--server-name" and words[index + 1 :]:
            return words[index + 1]
    return "main"


def _pasted(words: list[str]) -> int:
    """How many words are Paste's head, for Galaxy itself and not for its reports or a Tool Shed."""
    python = bool(words) and posixpath.basename(words[0]).startswith("python")
    if not python or len(words) < 4 or posixpath.basename(words[1]) != "paster.py" or words[2] != "serve":
        return 0
    name = posixpath.basename(words[3])
    return 2 if name.startswith(("galaxy", "universe_wsgi")) else 0


def _serves_pages(words: list[str]) -> int:
    return _pasted(words) if _SERVED_WEB.match(_server_name(words)) else 0


def handles_jobs(words: list[str]) -> int:
    """Recognises a handler that is a server of Paste's."""
    return 0 if _SERVED_WEB.match(_server_name(words)) else _pasted(words)


SERVED = Flag(
    ("serve",), lambda given: (config_file(given),) if says_config(given) else None,
    questions=("groundwork.config_dir", "groundwork.config_file"), default=lambda given: (config_file(given),),
    added=False,
)  # fmt: skip
"""`serve` with the configuration behind it."""


def paste_servers(given: Given) -> list[str]:
    """The names of the web servers under Paste, which starts one process for each: main alone, or web0, web1 …"""
    count = int(given.get("scaling.workers") or 1)
    return ["main"] if count == 1 else [f"web{number}" for number in range(count)]


def _pastes(given: Given) -> bool:
    return served_by(given) == "paste"


def several(given: Given) -> bool:
    """Whether Paste's web servers are more than main."""
    return len(paste_servers(given)) > 1


_NUMBERED = f"web{SPECIFIER}(process_num)s"
PASTE_WEB = Program(
    "web", "web server", "web", _pastes,
    CommandLine(
        _paste,
        _serves_pages,
        (
            SERVED,
            Flag(("--server-name",),
                 lambda given: None if "scaling.workers" not in given else (_NUMBERED if several(given) else "main",),
                 questions=("scaling.workers",),
                 default=lambda given: (_NUMBERED if several(given) else "main",), glued=True),
        ),
    ),
    no_variables, 20, 65, umask="scaling.web_umask", variables="scaling.web_environment",
)  # fmt: skip
"""supervisord's: one program with as many processes as there are web servers."""
PASTE_UNIT = Program(
    "web@", "web server %i", "web", _pastes,
    CommandLine(
        _paste, _pasted, (SERVED, Flag(("--server-name",), unsaid, default=(f"{SPECIFIER}i",), glued=True))
    ),
    no_variables, 20, 65, umask="scaling.web_umask", memory="scaling.web_memory_limit",
    variables="scaling.web_environment",
)  # fmt: skip
"""systemd's: an instance for each web server."""


def paste_handler(given: Given) -> list[str]:
    """The head of a handler that is a server of Paste's."""
    return _paste(given)


def is_pasted(given: Given) -> bool | None:
    """Whether handlers are servers of Paste's; None where the answers do not say. Under gunicorn nothing is."""
    if is_said(given) and served_by(given) == "gunicorn":
        return False
    return (
        None
        if STACK not in given
        else bool(given[STACK] == "paste" and given.get(STRATEGY) != "dynamic-handlers")
    )


def is_said(given: Given) -> bool:
    """Whether the answers say which server there is."""
    return APP_SERVER in given or "groundwork.release" in given


def server_of(program: Program) -> str | None:
    """The app server that a program is of; None for gunicorn, which needs no saying, and for what serves no pages."""
    if program in (UWSGI_WEB, ZERGLING, *ZERGLINGS):
        return "uwsgi"
    return "paste" if program in (PASTE_WEB, PASTE_UNIT) else None
