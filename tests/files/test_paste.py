"""Paste's servers in galaxy.ini: PasteDeploy reads them as they were answered, and other people's stay as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python
from tests.laws.lines import touched_otherwise
from wizard.answers.handlers import Handler
from wizard.disk import Disk
from wizard.files.paste import PASTE
from wizard.plan import make_plan
from wizard.problems import Refused

LENS, FILTERS = PASTE
SERVER: dict[str, Any] = {
    "groundwork.release": "17.09",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_file": "galaxy.ini",
    "proxy.link": "tcp",
    "proxy.address": "127.0.0.1:8080",
    "scaling.threads": 7,
    "scaling.paste_kill_thread_limit": 10800,
}
THREE = {
    **SERVER,
    "scaling.workers": 3,
    "proxy.more_upstreams": ["127.0.0.1:8081", "localhost:8082"],
}
HANDLERS: dict[str, Any] = {
    "scaling.strategy": "static-handlers",
    "scaling.handlers": [Handler(name="handler0"), Handler(name="special")],
    "scaling.handler_stack": "paste",
    "scaling.paste_handler_port": 8090,
}
READER = """\
import json, sys
from paste.deploy.loadwsgi import SERVER, loadcontext
print(json.dumps({name: loadcontext(SERVER, "config:" + sys.argv[1], name=name).config() for name in sys.argv[2:]}))
"""
PATHS = sorted(Path(os.environ.get("GALAXY_SETUP_CORPUS", "/nonexistent"), "galaxy_ini").glob("*.ini"))


def written(given: dict[str, Any], text: str | None = None) -> str:
    return LENS.write(given, LENS.skeleton(given) if text is None else text, "galaxy.ini").text


def paste_reads(text: str, here: Path, *names: str) -> dict[str, dict[str, str]]:
    """The options of each server as PasteDeploy hands them to Paste's HTTP server."""
    file = here / "galaxy.ini"
    file.write_text(text)
    command = [galaxy_python(), "-c", READER, str(file), *names]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    kept = ("host", "port", "use_threadpool", "threadpool_workers", "threadpool_kill_thread_limit")
    return {name: {key: one[key] for key in kept if key in one} for name, one in found.items()}


@pytest.mark.consumer
def test_paste_deploy_reads_the_only_server(tmp_path: Path) -> None:
    assert paste_reads(written(SERVER), tmp_path, "main") == {
        "main": {
            "host": "127.0.0.1",
            "port": "8080",
            "use_threadpool": "True",
            "threadpool_workers": "7",
            "threadpool_kill_thread_limit": "10800",
        }
    }


@pytest.mark.consumer
def test_paste_deploy_reads_each_web_server_and_handler(tmp_path: Path) -> None:
    found = paste_reads(
        written({**THREE, **HANDLERS}), tmp_path, "web0", "web1", "web2", "handler0", "special"
    )
    assert {name: (one["host"], one["port"]) for name, one in found.items()} == {
        "web0": ("127.0.0.1", "8080"),
        "web1": ("127.0.0.1", "8081"),
        "web2": ("localhost", "8082"),
        "handler0": ("127.0.0.1", "8090"),
        "special": ("127.0.0.1", "8091"),
    }


@pytest.mark.parametrize(
    "given", [SERVER, THREE, {**SERVER, "scaling.workers": 1}], ids=["one", "three", "said"]
)
def test_what_is_written_is_read(given: dict[str, Any]) -> None:
    text = written(given)
    read = LENS.read(text, "galaxy.ini").given
    assert read.items() >= {path: value for path, value in given.items() if LENS.owns(path)}.items()
    assert written(read, text) == text
    assert written(given, text) == text


@pytest.mark.parametrize(("before", "after"), [(SERVER, THREE), (THREE, {**SERVER, "scaling.workers": 1})])
def test_servers_come_and_go(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = written(before)
    new = LENS.write(after, text, "galaxy.ini")
    assert LENS.read(new.text, "galaxy.ini").given == LENS.read(written(after), "galaxy.ini").given
    assert "[server:web2]" in text or "[server:web2]" in new.text
    assert written(after, new.text) == new.text
    assert all(change.questions for change in new.changes)


@pytest.mark.parametrize(
    ("more", "question"),
    [
        ({"proxy.link": "socket", "proxy.socket": "/run/g.sock"}, "proxy.link"),
        ({"proxy.address": ":8080"}, "proxy.address"),
        ({"scaling.workers": 2}, "proxy.more_upstreams"),
        ({"scaling.workers": 2, "proxy.more_upstreams": ["127.0.0.1:8080"]}, "proxy.more_upstreams"),
    ],
)
def test_what_paste_cannot_do_is_refused(more: dict[str, Any], question: str) -> None:
    with pytest.raises(Refused) as refusal:
        written({**SERVER, **more})
    assert question in {problem.question for problem in refusal.value.problems}
    assert all(problem.way_out for problem in refusal.value.problems)


def test_only_those_under_paste_have_servers_of_paste() -> None:
    assert LENS.target(SERVER) is not None
    assert LENS.target({**SERVER, "groundwork.release": "26.1"}) is None
    uwsgi = {**SERVER, "scaling.app_server": "uwsgi"}
    assert LENS.target(uwsgi) is None
    assert LENS.target({**uwsgi, **HANDLERS}) is not None
    text = written({**uwsgi, **HANDLERS})
    assert ("[server:handler0]" in text, "[server:main]" in text) == (True, False)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"groundwork.config_file": "galaxy.yml"}, True),
        ({"groundwork.config_file": "universe_wsgi.ini"}, False),
        ({}, False),
        ({"groundwork.release": "18.01", "scaling.app_server": "paste"}, True),
        (
            {
                "groundwork.release": "18.01",
                "scaling.app_server": "paste",
                "groundwork.config_file": "galaxy.ini",
            },
            False,
        ),
        ({"groundwork.release": "18.01", **HANDLERS}, True),
        ({"groundwork.release": "18.01", **HANDLERS, "groundwork.config_file": "galaxy.ini"}, False),
        ({"groundwork.release": "18.01", **HANDLERS, "scaling.handler_stack": "webless"}, False),
        ({"groundwork.release": "18.01"}, False),
    ],
)
def test_servers_of_paste_without_an_ini_file_are_refused_before_anything_is_written(
    more: dict[str, Any], named: bool, tmp_path: Path
) -> None:
    given = {**SERVER, "groundwork.config_dir": "/srv/galaxy/config", **more}
    if "groundwork.config_file" not in more:
        del given["groundwork.config_file"]
    try:
        plan = make_plan(given, Disk(tmp_path))
    except Refused as refusal:
        (problem,) = refusal.problems
        assert named and problem.question == "groundwork.config_file"
        assert "galaxy.yml" in problem.what and "galaxy.ini" in (problem.way_out or "")
        return
    assert not named
    name = given.get("groundwork.config_file") or ("galaxy.yml" if more else "galaxy.ini")
    assert f"/srv/galaxy/config/{name}" in {file.path for file in plan.files}


def test_paste_alone_has_a_server_without_any_answer_about_it(tmp_path: Path) -> None:
    given = {"groundwork.release": "17.09", "groundwork.config_dir": "/srv/galaxy/config"}
    (file,) = [file for file in make_plan(given, Disk(tmp_path)).files if file.path.endswith("galaxy.ini")]
    assert "[server:main]\nuse = egg:Paste#http\n" in file.after


@pytest.mark.parametrize(("threads", "spare"), [(1, "1"), (4, "4"), (5, None), (30, None)])
def test_few_threads_are_all_that_paste_keeps_in_reserve(threads: int, spare: str | None) -> None:
    text = written({**SERVER, "scaling.threads": threads})
    assert f"threadpool_workers = {threads}\n" in text
    assert re.findall("threadpool_spawn_if_under = (.*)", text) == ([spare] if spare else [])


def test_more_in_reserve_than_there_are_threads_is_lowered() -> None:
    text = written(SERVER).replace("threadpool_w", "threadpool_spawn_if_under = 6\nthreadpool_w")
    assert written({**SERVER, "scaling.threads": 6}, text) == text.replace("workers = 7", "workers = 6")
    fewer = written({**SERVER, "scaling.threads": 3}, text)
    assert fewer == text.replace("workers = 7", "workers = 3").replace("under = 6", "under = 3")


def test_handlers_keep_their_ports_until_another_one_is_answered() -> None:
    uwsgi = {**SERVER, **HANDLERS, "scaling.app_server": "uwsgi"}
    text = written(uwsgi).replace("8090", "7001").replace("8091", "7000")
    silent = {path: value for path, value in uwsgi.items() if path != "scaling.paste_handler_port"}
    assert "scaling.paste_handler_port" not in LENS.read(text, "galaxy.ini").given
    assert written(silent, text) == text
    following = text.replace("7000", "7002")
    assert LENS.read(following, "galaxy.ini").given == {"scaling.paste_handler_port": 7001}
    moved = written({**uwsgi, "scaling.paste_handler_port": 7101}, following)
    assert LENS.read(moved, "galaxy.ini").given == {"scaling.paste_handler_port": 7101}
    more = {**silent, "scaling.handlers": [*HANDLERS["scaling.handlers"], Handler(name="third")]}
    assert LENS.read(written(more, following), "galaxy.ini").given == {"scaling.paste_handler_port": 7001}
    assert "[server:third]" in written(more, following)


def test_what_differs_between_web_servers_or_is_not_asked_is_named() -> None:
    text = written(THREE).replace("threadpool_workers = 7", "threadpool_workers = 9\nssl_pem = a.pem", 1)
    reading = LENS.read(text, "galaxy.ini")
    assert "scaling.threads" not in reading.given
    lines = text.splitlines()
    assert {lines[(problem.line or 0) - 1] for problem in reading.unread} == {
        "threadpool_workers = 9",
        "ssl_pem = a.pem",
    }
    assert LENS.write(reading.given, text, "galaxy.ini").text == text


@pytest.mark.parametrize(("host", "same"), [("127.0.0.1", True), ("0.0.0.0", True), ("192.0.2.1", False)])
def test_what_the_proxy_calls_is_where_paste_listens_however_it_is_said(host: str, same: bool) -> None:
    text = written({**SERVER, "proxy.address": f"{host}:8080"})
    assert (written({**SERVER, "proxy.address": "localhost:8080"}, text) == text) is same
    assert "port = 9090" in written({**SERVER, "proxy.address": "localhost:9090"}, text)


@pytest.mark.skipif(not PATHS, reason="GALAXY_SETUP_CORPUS names no files of other people")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_files_of_other_people_stay_as_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    read = LENS.read(text, path.name)
    assert LENS.write(read.given, text, path.name).text == text
    assert LENS.write({**read.given, "groundwork.release": "17.09"}, text, path.name).text == text
    more = LENS.write({**read.given, "scaling.paste_kill_thread_limit": 77}, text, path.name)
    assert LENS.read(more.text, path.name).given == {**read.given, "scaling.paste_kill_thread_limit": 77}
    assert touched_otherwise(text, more.text, more.changes) == []
