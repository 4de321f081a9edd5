"""What `galaxy-setup check` prints of the running server, and which answers it goes by."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests.checks.servers import HOST, hung
from tests.files.database_servers import free_port
from wizard.answers.secret import Secret
from wizard.checks import wire
from wizard.checks.check import Result
from wizard.checks.server import in_effect
from wizard.commands import checking
from wizard.disk import Disk
from wizard.problems import Exit
from wizard.session import Session

ANSWERS = """
[groundwork]
release = "26.1"
root = "{here}/server"
config_dir = "{here}/config"
id_secret = {{ generate = true }}

[database]
engine = "postgresql"
connect = "tcp"
host = "127.0.0.1"
port = {port}
name = "galaxy"
user = "galaxy"
password = "p1anted-database"

[celery]
enable = true
broker = "redis"
broker_host = "127.0.0.1"
broker_port = {port}
broker_password = "p1anted-broker"
"""
RESULTS = [
    Result("ok", "database.connects", "PostgreSQL 15.4 lets Galaxy in"),
    Result("warn", "galaxy.stale-config", "was changed", file="/srv/galaxy.yml", way_out="restart it"),
    Result("fail", "broker.unreachable", "nobody listens", "celery.broker_host", way_out="start Redis"),
    Result("skipped", "celery.beat", "is switched off", "celery.beat"),
]


def options(**more: object) -> argparse.Namespace:
    return argparse.Namespace(color="never", **more)


def work_on(here: Path, port: int) -> Session:
    """A session on the running machine, with its files in a folder of the test."""
    (here / "config").mkdir()
    return Session(here / "galaxy-setup.toml", Disk(), ANSWERS.format(here=here, port=port))


def test_each_result_is_a_line_with_the_way_out_below(capsys: pytest.CaptureFixture[str]) -> None:
    checking.say_results(options(), RESULTS)
    assert capsys.readouterr().out == (
        "ok      database.connects: PostgreSQL 15.4 lets Galaxy in\n"
        "warn    galaxy.stale-config: was changed\n"
        "        /srv/galaxy.yml\n"
        "        restart it\n"
        "FAIL    broker.unreachable: nobody listens\n"
        "        (celery.broker_host)\n"
        "        start Redis\n"
        "skipped celery.beat: is switched off\n"
        "\n"
        "1 ok, 1 warning, 1 failure, 1 skipped\n"
    )


def test_quietly_only_what_needs_something_done_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    checking.say_results(options(quiet=True), RESULTS)
    assert [line for line in capsys.readouterr().out.splitlines() if line[0] != " "] == [
        "warn    galaxy.stale-config: was changed",
        "FAIL    broker.unreachable: nobody listens",
    ]


def test_results_as_json_and_as_a_status() -> None:
    assert json.loads(json.dumps(checking.as_json(RESULTS)))[1] == {
        "state": "warn",
        "code": "galaxy.stale-config",
        "what": "was changed",
        "question": None,
        "file": "/srv/galaxy.yml",
        "way_out": "restart it",
    }
    assert [checking.status_of([result]) for result in RESULTS] == [
        Exit.DONE,
        Exit.DIFFERS,
        Exit.DIFFERS,
        Exit.DONE,
    ]


def test_only_the_sections_that_are_named_are_looked_at(tmp_path: Path) -> None:
    found = checking.live(options(only=["celery"], json=True), work_on(tmp_path, free_port()))
    assert "broker.unreachable" in {result.code for result in found}
    assert not [result for result in found if result.code.startswith("database.")]


@pytest.mark.parametrize("hanging", [False, True])
def test_no_secret_is_in_what_is_found(
    tmp_path: Path, hanging: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire.connect, "__defaults__", (0.5, None))
    with hung() as port:
        work = work_on(tmp_path, port if hanging else free_port())
        found = checking.live(options(), work)
    code = "no-answer" if hanging else "unreachable"
    assert f"broker.{code}" in {result.code for result in found}
    checking.say_results(options(), found)
    streams = capsys.readouterr()
    assert "p1anted" not in repr(found) + json.dumps(checking.as_json(found)) + streams.out + streams.err
    assert "p1anted" not in repr(work.server())


def test_what_the_files_hold_is_in_effect_where_nothing_is_given(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "galaxy.yml").write_text(
        "gravity:\n  gunicorn:\n    bind: localhost:8765\n"
        "galaxy:\n  brand: Theirs\n  job_config_file: jobs.yml\n"
        f"  database_connection: postgresql://galaxy:p1anted@{HOST}:7777/galaxy\n"
    )
    (tmp_path / "config" / "jobs.yml").write_text(
        "runners: {local: {load: 'galaxy.jobs.runners.local:LocalJobRunner'}}\n"
    )
    given = {
        "groundwork.release": "26.1",
        "groundwork.root": f"{tmp_path}/server",
        "groundwork.config_dir": f"{tmp_path}/config",
        "groundwork.brand": "Ours",
    }
    values = in_effect(given, Disk())
    assert values["groundwork.brand"] == "Ours"
    assert (values["database.host"], values["database.port"]) == (HOST, 7777)
    assert values["database.password"] == Secret("p1anted")
    assert values["proxy.address"] == "localhost:8765"
    assert [row.id for row in values["cluster.runners"]] == ["local"]


def test_a_secret_that_is_made_at_the_first_apply_is_the_one_in_the_files(tmp_path: Path) -> None:
    work = work_on(tmp_path, 1)
    assert "groundwork.id_secret" not in work.server().values
    (tmp_path / "config" / "galaxy.yml").write_text("galaxy:\n  id_secret: p1anted-id\n")
    assert work.server().values["groundwork.id_secret"] == Secret("p1anted-id")
