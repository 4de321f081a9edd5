"""supervisord starts Galaxy's programs as they were answered, and reads every value back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers_to, given_answers
from tests.consumers import galaxy_python
from tests.files.service_answers import STRATEGIES, SUPERVISORD, every_choice, files_of, owned_by_services
from tests.files.supervisord_servers import server_in, written
from wizard.answers.handlers import Handler
from wizard.problems import Refused

pytestmark = pytest.mark.consumer

SECONDS = 60
READER = """\
import json, shlex, sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(["-c", sys.argv[1]])
print(json.dumps([
    {"name": one.name, "group": group.name, "argv": shlex.split(one.command), "directory": one.directory,
     "umask": one.umask, "environment": one.environment, "uid": one.uid, "log": one.stdout_logfile,
     "stopwaitsecs": one.stopwaitsecs, "autostart": one.autostart}
    for group in options.process_group_configs for one in group.process_configs
]))
"""
HOSTILE = {
    "DOUBLE": 'a"b %c %% ,d=e',
    "SINGLE": "it's $HOME \\ ok",
    "EMPTY": "",
    "PERCENT": "%(program_name)s",
}


@pytest.fixture
def server(tmp_path: Path) -> dict[str, Any]:
    """The answers of a whole server in a folder of its own; its programs note how they were started."""
    (tmp_path / "data").mkdir()
    return server_in(tmp_path, SUPERVISORD, "gunicorn", "celery", "python", "npx", "tusd")


def supervisor_reads(given: dict[str, Any], here: Path) -> dict[str, dict[str, Any]]:
    """What supervisord's own reader makes of the file, by process."""
    command = [galaxy_python(), "-c", READER, str(written(given, here))]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert run.returncode == 0, run.stderr
    return {one["name"]: one for one in json.loads(run.stdout)}


def test_every_program_comes_up_as_it_was_answered(server: dict[str, Any], tmp_path: Path) -> None:
    given = {**server, "scaling.web_environment": HOSTILE}
    main = written(given, tmp_path)
    # Without the right to become another user nobody can; that the user is read stands in the next test.
    programs = tmp_path / "galaxy.conf"
    programs.write_text(programs.read_text().replace("user = nobody\n", ""))
    expected = {
        *("galaxy-web", "galaxy-celery", "galaxy-celery-beat", "galaxy-tusd", "galaxy-gx-it-proxy"),
        *("galaxy-reports", "galaxy-handler_0", "galaxy-handler_1", "galaxy-scheduler_0"),
    }
    supervisord = Path(galaxy_python()).parent / "supervisord"
    with subprocess.Popen(
        [str(supervisord), "-n", "-c", str(main)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            said = _wait_for(tmp_path / "said", expected, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)
    venv = server["groundwork.virtualenv"]
    assert {name: one["cwd"] for name, one in said.items()} == dict.fromkeys(
        expected, server["groundwork.root"]
    )
    assert all(one["env"]["VIRTUAL_ENV"] == venv for one in said.values())
    assert all(one["env"]["PATH"].startswith(f"{venv}/bin:") for one in said.values())
    assert all(one["env"]["HOME"] == str(tmp_path) for one in said.values()), "not root's"
    web = said["galaxy-web"]
    assert web["argv"] == [
        f"{venv}/bin/gunicorn",
        "galaxy.webapps.galaxy.fast_factory:factory()",
        *("--timeout", "300", "--pythonpath", "lib", "-k", "galaxy.webapps.galaxy.workers.Worker"),
        *("-b", "unix:/run/galaxy/gunicorn.sock", "--workers=4"),
        *("--config", "python:galaxy.web_stack.gunicorn_config", "--preload", "--no-control-socket"),
        "--forwarded-allow-ips=*",
    ]
    assert web["env"].items() >= HOSTILE.items()
    assert web["env"]["GALAXY_CONFIG_FILE"] == "/srv/galaxy/config/galaxy.yml"
    assert (web["umask"], said["galaxy-celery"]["umask"]) == (0o022, 0o027)
    script = [f"{venv}/bin/python", "./scripts/galaxy-main", "-c", "/srv/galaxy/config/galaxy.yml"]
    assert said["galaxy-handler_1"]["argv"] == [
        *script,
        "--server-name=handler_1",
        "--attach-to-pool=job-handlers",
    ]
    assert said["galaxy-scheduler_0"]["argv"] == [
        *script,
        "--server-name=scheduler_0",
        "--attach-to-pool=workflow-schedulers",
        "--attach-to-pool=job-handlers.large",
    ]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_handlers_of_each_strategy_come_up(server: dict[str, Any], tmp_path: Path, strategy: str) -> None:
    small = {"proxy.uploads": "galaxy", "proxy.reports": False, "proxy.interactive_tools": False}
    main = written({**server, **small, "celery.enable": False, **STRATEGIES[strategy]}, tmp_path)
    programs = tmp_path / "galaxy.conf"
    programs.write_text(programs.read_text().replace("user = nobody\n", ""))
    handlers = {
        "all-in-one": {},
        "static-handlers": {"galaxy-handler0": "handler0", "galaxy-special": "special"},
        "dynamic-handlers": {f"galaxy-{name}": name for name in ("handler_0", "handler_1", "scheduler_0")},
    }[strategy]
    supervisord = Path(galaxy_python()).parent / "supervisord"
    with subprocess.Popen(
        [str(supervisord), "-n", "-c", str(main)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            said = _wait_for(tmp_path / "said", {"galaxy-web", *handlers}, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)
    assert {place.stem for place in (tmp_path / "said").glob("*.json")} == said.keys()
    for name, called in handlers.items():
        assert f"--server-name={called}" in said[name]["argv"]
        pooled = any(word.startswith("--attach-to-pool=") for word in said[name]["argv"])
        assert pooled is (strategy == "dynamic-handlers")


@pytest.mark.parametrize("more", every_choice(), ids=str)
def test_supervisord_reads_every_choice(server: dict[str, Any], tmp_path: Path, more: dict[str, Any]) -> None:
    given = {**server, "proxy.address": "localhost:8080", **more}
    read = supervisor_reads(given, tmp_path)
    for name, wanted in (
        ("celery", "celery.enable"),
        ("tusd", "proxy.uploads"),
        ("reports", "proxy.reports"),
    ):
        assert (f"galaxy-{name}" in read) is (given[wanted] in (True, "tusd"))
    words = [word for one in read.values() for word in one["argv"]]
    for question in ("celery.pool", "celery.log_level"):
        assert question not in more or str(more[question]) in words
    assert ("--preload" in read["galaxy-web"]["argv"]) is given.get("scaling.preload", True)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(more=given_answers(owned_by_services, least=2, most=6), strategy=st.sampled_from(sorted(STRATEGIES)))
def test_supervisord_reads_whatever_is_answered(
    server: dict[str, Any], tmp_path: Path, more: dict[str, Any], strategy: str
) -> None:
    whose = {"groundwork.user": "nobody"}
    there = {
        path: server[path] for path in ("groundwork.root", "groundwork.log_dir", "groundwork.virtualenv")
    }
    given = {**server, "proxy.address": "localhost:8080", **more, **STRATEGIES[strategy], **whose, **there}
    try:
        read = supervisor_reads(given, tmp_path)
    except Refused as refusal:
        assert all(problem.question in given and problem.way_out for problem in refusal.problems)
        return
    assert "galaxy-web" in read
    assert all(one["directory"] == server["groundwork.root"] for one in read.values())


def _wait_for(place: Path, names: set[str], process: subprocess.Popen[str]) -> dict[str, dict[str, Any]]:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        if all((place / f"{name}.json").exists() for name in names):
            return {name: json.loads((place / f"{name}.json").read_text()) for name in names}
        time.sleep(0.1)
    process.kill()
    raise AssertionError(process.communicate()[0])


def test_supervisord_reads_a_whole_server(server: dict[str, Any], tmp_path: Path) -> None:
    read = supervisor_reads(server, tmp_path)
    assert {one["group"] for one in read.values()} == {"galaxy"}
    assert len({one["log"] for one in read.values()}) == len(read) == 9
    assert len({one["uid"] for one in read.values()}) == 1
    assert read["galaxy-web"]["uid"] not in (None, 0)
    assert read["galaxy-web"]["stopwaitsecs"] == 65
    assert all(one["autostart"] for one in read.values())


WHERE = {
    "proxy.socket": ("galaxy-web", "argv"),
    "proxy.reports_prefix": ("galaxy-reports", "argv"),
    "proxy.upload_store": ("galaxy-tusd", "argv"),
    "proxy.interactive_tools_map": ("galaxy-gx-it-proxy", "argv"),
    "groundwork.root": ("galaxy-web", "directory"),
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=st.sampled_from([*WHERE, "scaling.web_environment", "celery.environment"]), data=st.data())
def test_supervisord_reads_every_hostile_value_back(
    server: dict[str, Any], tmp_path: Path, question: str, data: st.DataObject
) -> None:
    value = data.draw(answers_to(question).filter(bool))
    try:
        read = supervisor_reads({**server, question: value}, tmp_path)
    except Refused as refusal:
        assert [problem.question for problem in refusal.problems] == [question]
        return
    if question.endswith("environment"):
        assume("HOME" not in value)
        program = "galaxy-web" if question.startswith("scaling") else "galaxy-celery"
        assert read[program]["environment"].items() >= value.items()
        return
    program, what = WHERE[question]
    said = read[program][what]
    if what == "directory":
        assert said == os.path.normpath(value) or said == value
    else:
        assert any(word == value or word.endswith((f"={value}", f":{value}")) for word in said), said


def test_one_handler_has_variables_of_its_own(server: dict[str, Any], tmp_path: Path) -> None:
    handlers = [
        Handler(
            name="slurm",
            processes=2,
            pools=["job-handlers"],
            environment={"DRMAA_LIBRARY_PATH": "/usr/lib/a.so"},
        ),
        Handler(name="scheduler", pools=["workflow-schedulers"]),
    ]
    read = supervisor_reads({**server, "scaling.handlers": handlers}, tmp_path)
    assert read["galaxy-slurm_1"]["environment"]["DRMAA_LIBRARY_PATH"] == "/usr/lib/a.so"
    assert "DRMAA_LIBRARY_PATH" not in read["galaxy-scheduler"]["environment"]
    assert read["galaxy-scheduler"]["argv"][-2:] == [
        "--server-name=scheduler_0",
        "--attach-to-pool=workflow-schedulers",
    ]


@pytest.mark.parametrize("value", ["%(here)s", "a ; b", "a # b", "both ' and \"", "'at its end'"])
def test_what_supervisord_cannot_hold_is_refused_by_the_question(server: dict[str, Any], value: str) -> None:
    with pytest.raises(Refused) as refusal:
        files_of({**server, "scaling.web_environment": {"A": value}})
    (problem,) = refusal.value.problems
    assert (problem.question, bool(problem.way_out)) == ("scaling.web_environment", True)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("groundwork.root", "/srv/both ' and \"/galaxy"),
        ("groundwork.virtualenv", "/srv/both ' and \""),
        ("groundwork.virtualenv", "/srv/a ;b"),
        ("proxy.upload_store", "/srv/%(here)s"),
        ("groundwork.data_dir", "below/%(here)s"),
        ("celery.extra_args", "--to %(here)s"),
        ("celery.extra_args", "#"),
    ],
)
def test_of_all_that_makes_a_line_the_answer_at_fault_is_named(question: str, value: str) -> None:
    with pytest.raises(Refused) as refusal:
        files_of({**SUPERVISORD, question: value})
    assert {problem.question for problem in refusal.value.problems} == {question}


@pytest.mark.parametrize("enabled", [None, False, True])
def test_the_clock_of_celery_runs_where_its_workers_do(enabled: bool | None) -> None:
    """Without a word on the workers, a clock would be read as one the next time."""
    answers = {path: value for path, value in SUPERVISORD.items() if path != "celery.enable"}
    (text,) = files_of(answers if enabled is None else {**answers, "celery.enable": enabled}).values()
    assert ("galaxy-celery]" in text) is ("galaxy-celery-beat]" in text) is bool(enabled)
