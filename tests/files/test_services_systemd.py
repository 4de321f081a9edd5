"""systemd itself has no complaint about Galaxy's units, and understands each value as it was answered."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers_to, given_answers
from tests.consumers import need_tool
from tests.files.service_answers import STRATEGIES, SYSTEMD, every_choice, files_of, owned_by_services
from wizard.answers.handlers import Handler
from wizard.problems import Refused

pytestmark = pytest.mark.consumer

TARGET = "/etc/systemd/system/galaxy.target"
PROGRAMS = ("gunicorn", "celery", "python", "npx")
HOSTILE = {
    "OVER": "a\"b'c\\d;e #f%g%%h$i${J}",
    "SPACES": "  two  spaces  ",
    "EMPTY": "",
    "HTTPS_PROXY": "http://galaxy:hunter2@proxy.example.org:3128",
}


def systemd_says(files: Mapping[str, str], here: Path) -> tuple[str, dict[str, str]]:
    """What `systemd-analyze verify` complains of, and how systemd understood each unit (its own dump)."""
    program = need_tool("systemd-analyze")
    units = here / "units"
    units.mkdir(exist_ok=True)
    for path, text in files.items():
        (units / Path(path).name).write_text(text)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_UNIT_PATH": f"{units}:"}
    wanted = re.findall(r"galaxy-\S+", files[TARGET].partition("Wants=")[2])
    named = [str(units / name) for name in ("galaxy.target", *wanted)]
    command = [program, "verify", "--man=no", "--recursive-errors=yes", *named]
    complaints, dump = (
        subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=each)
        for each in (environment, {**environment, "SYSTEMD_LOG_LEVEL": "debug"})
    )
    units_said = dump.stdout.split("\t-> Unit ")[1:]
    dumps = {name: said for name, _, said in (each.partition(":\n") for each in units_said)}
    return complaints.stdout + complaints.stderr, dumps


def facts(dump: str, name: str) -> list[str]:
    """The values of one fact in a dump."""
    return re.findall(rf"^\t+{re.escape(name)}: (.*)$", dump, re.MULTILINE)


def words(command: str) -> list[str]:
    """The words of a command line as systemd shows it: in double quotes with backslashes where needed."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', command)
    return [bare or re.sub(r"\\(.)", r"\1", quoted) for quoted, bare in found]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answers of a whole server whose programs are there, for systemd looks whether they are."""
    here = tmp_path_factory.mktemp("server")
    (here / "venv" / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        (here / "venv" / "bin" / name).write_text("#!/bin/sh\nexit 0\n")
        (here / "venv" / "bin" / name).chmod(0o755)
    return {**SYSTEMD, "groundwork.virtualenv": str(here / "venv")}


def test_no_complaint_about_a_whole_server(server: dict[str, Any], tmp_path: Path) -> None:
    complaints, dumps = systemd_says(files_of(server), tmp_path)
    assert complaints == ""
    assert set(dumps) >= {
        "galaxy-web.service",
        "galaxy-celery.service",
        "galaxy-celery-beat.service",
        "galaxy-tusd.service",
        "galaxy-gx-it-proxy.service",
        "galaxy-reports.service",
        "galaxy-handler@handler_0.service",
        "galaxy-handler@handler_1.service",
        "galaxy-handler@scheduler_0.service",
        "galaxy.target",
    }
    wanted = {
        name for name in re.findall(r"Wants: (\S+)", dumps["galaxy.target"]) if name.startswith("galaxy")
    }
    assert wanted == {name for name in dumps if name.endswith(".service")}
    web = dumps["galaxy-web.service"]
    assert facts(web, "UMask") == ["0022"], "the web server's own umask counts"
    assert facts(web, "User") == ["galaxy"]
    assert facts(web, "Group") == ["galaxy"]
    assert facts(web, "WorkingDirectory") == ["/srv/galaxy/server"]
    assert facts(dumps["galaxy-celery.service"], "UMask") == ["0027"]
    assert [limit.split()[0] for limit in facts(web, "MemoryMax")] == [str(16 * 2**30)]
    assert [limit.split()[0] for limit in facts(web, "MemoryHigh")] == [str(int(3.5 * 2**30))]
    (command,) = facts(dumps["galaxy-handler@scheduler_0.service"], "Command Line")
    assert words(command)[-2:] == ["--server-name=scheduler_0", "$POOLS_scheduler_0"]
    environment = facts(dumps["galaxy-handler@scheduler_0.service"], "Environment")
    pools = "--attach-to-pool=workflow-schedulers --attach-to-pool=job-handlers.large"
    assert f"POOLS_scheduler_0={pools}" in environment


def test_the_web_server_is_started_as_gravity_starts_it(server: dict[str, Any], tmp_path: Path) -> None:
    _, dumps = systemd_says(files_of(server), tmp_path)
    command, reload = facts(dumps["galaxy-web.service"], "Command Line")
    assert words(reload) == ["/bin/kill", "-HUP", "$MAINPID"]
    assert words(command) == [
        f"{server['groundwork.virtualenv']}/bin/gunicorn",
        "galaxy.webapps.galaxy.fast_factory:factory()",
        *("--timeout", "300", "--pythonpath", "lib", "-k", "galaxy.webapps.galaxy.workers.Worker"),
        *("-b", "unix:/run/galaxy/gunicorn.sock", "--workers=4"),
        *("--config", "python:galaxy.web_stack.gunicorn_config", "--preload", "--no-control-socket"),
        "--forwarded-allow-ips=*",
    ]


@pytest.mark.parametrize("more", every_choice(), ids=str)
def test_no_complaint_about_any_choice(server: dict[str, Any], tmp_path: Path, more: dict[str, Any]) -> None:
    files = files_of({**server, "proxy.address": "localhost:8080", **more})
    complaints, dumps = systemd_says(files, tmp_path)
    assert complaints == ""
    handlers = {name for name in dumps if name.startswith("galaxy-handler@")}
    strategy = more.get("scaling.strategy", "dynamic-handlers")
    assert (
        handlers
        == {
            "all-in-one": set(),
            "static-handlers": {"galaxy-handler@handler0.service", "galaxy-handler@special.service"},
            "dynamic-handlers": {
                f"galaxy-handler@{name}.service" for name in ("handler_0", "handler_1", "scheduler_0")
            },
        }[strategy]
    )
    for name, wanted in (
        ("celery", "celery.enable"),
        ("tusd", "proxy.uploads"),
        ("reports", "proxy.reports"),
    ):
        runs = {**server, **more}[wanted] in (True, "tusd")
        assert (f"galaxy-{name}.service" in dumps) is runs


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(more=given_answers(owned_by_services, least=2, most=6), strategy=st.sampled_from(sorted(STRATEGIES)))
def test_no_complaint_about_whatever_is_answered(
    server: dict[str, Any], tmp_path: Path, more: dict[str, Any], strategy: str
) -> None:
    more = {path: value for path, value in more.items() if path not in ("groundwork.virtualenv", *STRATEGIES)}
    given = {**server, "proxy.address": "localhost:8080", **more, **STRATEGIES[strategy]}
    try:
        files = files_of(given)
    except Refused as refusal:
        assert all(problem.question in given and problem.way_out for problem in refusal.problems)
        return
    for old in (tmp_path / "units").glob("*"):
        old.unlink()
    complaints, _ = systemd_says(files, tmp_path)
    lines = [line for line in complaints.splitlines() if not UNKNOWN_HERE.search(line)]
    assert lines == []


UNKNOWN_HERE = re.compile(r"is not executable: No such file|^Accepting user/group name")
"""What systemd says of this machine and not of the unit: a program that is not here; a name that it takes, but would
not itself have given to an account."""


TEXTS = (
    "proxy.socket",
    "proxy.reports_prefix",
    "proxy.upload_store",
    "proxy.interactive_tools_map",
    "groundwork.root",
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=st.sampled_from(TEXTS), data=st.data())
def test_systemd_reads_every_hostile_value_back(
    server: dict[str, Any], tmp_path: Path, question: str, data: st.DataObject
) -> None:
    value = data.draw(answers_to(question).filter(bool))
    # The dump shows bytes that are no letters in C's way; the laws hold for them, here they would only blur it.
    assume(value.isascii() and value.isprintable())
    try:
        files = files_of({**server, question: value})
    except Refused as refusal:
        assert [problem.question for problem in refusal.problems] == [question]
        return
    complaints, dumps = systemd_says(files, tmp_path)
    assert complaints == ""
    dump = "".join(dumps.values())
    if question == "groundwork.root":
        assert re.sub("/+", "/", value).rstrip("/") in [
            one.rstrip("/") for one in facts(dump, "WorkingDirectory")
        ]
        return
    commands = [word.replace("$$", "$") for one in facts(dump, "Command Line") for word in words(one)]
    assert any(word == value or word.endswith((f"={value}", f":{value}")) for word in commands), commands


def environment_of(dump: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in facts(dump, "Environment"))


@pytest.mark.parametrize("unit", ["web", "celery", "handler@handler_0"])
def test_systemd_reads_every_hostile_variable_back(server: dict[str, Any], tmp_path: Path, unit: str) -> None:
    handlers = [Handler(name="handler", pools=["job-handlers"], environment=HOSTILE)]
    variables = {
        "scaling.web_environment": HOSTILE,
        "celery.environment": HOSTILE,
        "scaling.handlers": handlers,
    }
    complaints, dumps = systemd_says(files_of({**server, **variables}), tmp_path)
    assert complaints == ""
    assert environment_of(dumps[f"galaxy-{unit}.service"]).items() >= HOSTILE.items()


@pytest.mark.parametrize("limit", [0.000001, 0.1, 1 / 3, 1.5, 7.0, 123.456789, 8589934592.0])
def test_systemd_reads_every_limit_back(server: dict[str, Any], tmp_path: Path, limit: float) -> None:
    complaints, dumps = systemd_says(files_of({**server, "scaling.memory_limit": limit}), tmp_path)
    assert complaints == ""
    (said,) = (one.split()[0] for one in facts(dumps["galaxy-tusd.service"], "MemoryMax"))
    # systemd counts in whole pages of memory
    assert said == "infinity" or abs(int(said) - limit * 2**30) <= max(4096, limit * 2**30 * 1e-6)
