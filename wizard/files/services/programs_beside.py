"""The programs beside Galaxy's own: tusd for uploads, the proxy of interactive tools, the reports server.

Their command lines are those of Gravity 1.2 (gravity.state, `_command_template`).
"""

from __future__ import annotations

import posixpath

from wizard.answers.question import Given
from wizard.files.places import in_config_dir
from wizard.files.services.commands import CommandLine, Fixed, Flag, Values, answer_of, said
from wizard.files.services.handlers import rows_of
from wizard.files.services.older_servers import PASTE_WEB, UWSGI_WEB, ZERGPOOL
from wizard.files.services.programs import (
    CELERY,
    CELERY_BEAT,
    GUNICORN_CONFIG,
    PYTHONPATH,
    WEB,
    Program,
    binary,
    count_of,
    data_dir,
    executable,
    needed,
    no_control_socket,
    starts,
    text_of,
    unsaid,
)
from wizard.problems import Problem, Refused


def _runs_tusd(given: Given) -> bool | None:
    uploads = given.get("proxy.uploads")
    return None if uploads is None else bool(uploads == "tusd")


_ENV = "/usr/bin/env"


def _tusd(given: Given) -> list[str]:
    """A bare name is looked up on the service's own PATH: systemd itself would look in the system's places only."""
    path = executable("proxy.tusd_path", str(given.get("proxy.tusd_path") or "tusd"))
    if path.startswith("/"):
        return [path]
    if "=" in path or path.startswith("-"):
        what = "is neither a path from / on nor the name of a program"
        raise Refused(Problem(what, question="proxy.tusd_path", way_out="give its whole path"))
    return [_ENV, path]


def _hooks(given: Given) -> Values | None:
    url = given.get("proxy.public_url")
    return (f"{str(url).rstrip('/')}/api/upload/hooks",) if url else None


def _hooks_needed(given: Given) -> Values:
    needed(given, "proxy.public_url", "tusd has to know where to ask Galaxy")
    return _hooks(given) or ()


def _store_needed(given: Given) -> Values:
    return (needed(given, "proxy.upload_store", "tusd has to know where uploads go"),)


def _tusd_recognised(words: list[str]) -> int:
    """By its flags, for the program may have any name."""
    if not any(word.lstrip("-").startswith("upload-dir") for word in words[1:]):
        return 0
    return 2 if words[0] == _ENV else 1


TUSD = Program(
    "tusd", "uploads", "uploads",
    _runs_tusd,
    CommandLine(
        _tusd,
        _tusd_recognised,
        (
            Flag(("-host", "--host"), said("proxy.tusd_host"), text_of("proxy.tusd_host"), ("proxy.tusd_host",),
                 ("localhost",), glued=True),
            Flag(("-port", "--port"), said("proxy.tusd_port"), count_of("proxy.tusd_port"), ("proxy.tusd_port",),
                 ("1080",), glued=True),
            Flag(("-upload-dir", "--upload-dir"), said("proxy.upload_store"), text_of("proxy.upload_store"),
                 ("proxy.upload_store",), _store_needed, glued=True),
            Flag(("-hooks-http", "--hooks-http"), _hooks, questions=("proxy.public_url",), default=_hooks_needed,
                 glued=True),
            Fixed(("-hooks-http-forward-headers=X-Api-Key,Cookie",)),
            Flag(("-hooks-enabled-events", "--hooks-enabled-events"), unsaid, default=("pre-create",), glued=True),
        ),
        program="proxy.tusd_path",
    ),
    lambda given: {}, memory="proxy.tusd_memory_limit", switched_on={"proxy.uploads": "tusd"},
)  # fmt: skip


def _sessions(given: Given) -> Values:
    """Galaxy's own default (its sample galaxy.yml, interactivetools_map), below the data directory."""
    root = needed(given, "groundwork.root", "nothing says where the map of interactive tools is")
    return (posixpath.join(data_dir(given, root), "interactivetools_map.sqlite"),)


_PROXY_PACKAGE = "@galaxyproject/gx-it-proxy@>=0.0.6"


def _npx(words: list[str]) -> int:
    package = len(words) > 1 and words[1].startswith("@galaxyproject/gx-it-proxy")
    return 2 if package and posixpath.basename(words[0]) == "npx" else 0


GX_IT_PROXY = Program(
    "gx-it-proxy", "interactive tools proxy", "interactive-tools",
    lambda given: given.get("proxy.interactive_tools"),
    CommandLine(
        lambda given: [binary(given, "npx"), _PROXY_PACKAGE],
        _npx,
        (
            Flag(("--ip",), said("proxy.interactive_tools_ip"), text_of("proxy.interactive_tools_ip"),
                 ("proxy.interactive_tools_ip",), ("localhost",)),
            Flag(("--port",), said("proxy.interactive_tools_port"), count_of("proxy.interactive_tools_port"),
                 ("proxy.interactive_tools_port",), ("4002",)),
            Flag(("--sessions",), said("proxy.interactive_tools_map"), text_of("proxy.interactive_tools_map"),
                 ("proxy.interactive_tools_map",), _sessions),
            Flag(("--verbose",), unsaid, default=("",), switch=True),
            Flag(("--proxyPathPrefix",), unsaid, default=("/interactivetool/ep",)),
        ),
    ),
    lambda given: {"npm_config_yes": "true"}, memory="proxy.interactive_tools_memory_limit",
    switched_on={"proxy.interactive_tools": True},
)  # fmt: skip

_REPORTS_FACTORY = "galaxy.webapps.reports.fast_factory:factory()"


def _prefix(given: Given) -> Values | None:
    prefix = given.get("proxy.reports_prefix")
    return None if prefix is None else (f"SCRIPT_NAME={prefix}",)


def _reports(given: Given) -> dict[str, str]:
    path = in_config_dir(given, str(given.get("proxy.reports_config") or "reports.yml"))
    place = path or needed({}, "groundwork.config_dir", "nothing says where reports.yml is")
    return {"PYTHONPATH": "lib", "GALAXY_REPORTS_CONFIG": place}


REPORTS = Program(
    "reports", "reports", "reports",
    lambda given: given.get("proxy.reports"),
    CommandLine(
        lambda given: [binary(given, "gunicorn"), _REPORTS_FACTORY],
        starts("gunicorn", _REPORTS_FACTORY),
        (
            Flag(("--timeout", "-t"), unsaid, default=("300",)),
            PYTHONPATH,
            Fixed(("-k", "uvicorn.workers.UvicornWorker")),
            Flag(("-b", "--bind"), said("proxy.reports_address"), text_of("proxy.reports_address"),
                 ("proxy.reports_address",), ("localhost:9001",)),
            Flag(("--workers", "-w"), unsaid, default=("1",), glued=True),
            GUNICORN_CONFIG,
            Flag(("--env", "-e"), _prefix,
                 answer_of("proxy.reports_prefix", lambda text: text.removeprefix("SCRIPT_NAME=")
                           if text.startswith("SCRIPT_NAME=") else None),
                 ("proxy.reports_prefix",)),
            Flag(("--no-control-socket",), unsaid, default=no_control_socket, switch=True),
        ),
    ),
    _reports, reloads=True, memory="proxy.reports_memory_limit", switched_on={"proxy.reports": True},
)  # fmt: skip


BESIDE = (CELERY, CELERY_BEAT, TUSD, GX_IT_PROXY, REPORTS)
"""The programs that can run beside the web server and the handlers."""

SWITCHES = frozenset(question for program in BESIDE for question in program.switched_on or {})
"""The questions that are answered with yes where there is a service, and with no where there is none."""


def anything_runs(given: Given) -> bool:
    """Whether this host has a service of Galaxy's at all."""
    serving = (WEB, UWSGI_WEB, PASTE_WEB, ZERGPOOL)
    return bool(rows_of(given)) or any(program.wanted(given) for program in (*serving, *BESIDE))
