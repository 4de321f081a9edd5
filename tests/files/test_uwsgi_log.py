"""What uWSGI itself says at its start of each strategy: everything that was answered, from either syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.files.test_uwsgi import STRATEGIES
from tests.files.test_uwsgi_running import INI_START
from tests.files.uwsgi_answers import ERA, INI, POOL, TYPICAL, YAML
from tests.files.uwsgi_servers import Place, Server, free_port, galaxy_place, statistics, until

pytestmark = pytest.mark.consumer
SAID: dict[str, str] = {
    "groundwork.root": r"^chdir\(\) to {}$",
    "groundwork.virtualenv": r"^(?:Set PythonHome to|PEP 405 virtualenv detected:) {}$",
    "proxy.socket": r"^uwsgi socket 0 bound to UNIX address {} fd \d+$",
    "proxy.address": r"^uwsgi socket 0 bound to TCP address {} fd \d+$",
    "scaling.uwsgi_master": r"^spawned uWSGI master process \(pid: \d+\)$",
    "scaling.workers": r"^spawned uWSGI worker {} ",
    "scaling.threads": r"^spawned uWSGI worker 1 \(pid: \d+, cores: {}\)$",
    "scaling.uwsgi_enable_threads": r"^python threads support enabled$",
    "scaling.uwsgi_offload_threads": r"^spawned {} offload threads for uWSGI worker 1$",
    "scaling.uwsgi_on_interrupt": r'^running "unix_signal:2 gracefully_kill_them_all" \(master-start\)',
    "scaling.uwsgi_on_terminate": r'^running "unix_signal:15 kill_them_all" \(master-start\)',
    "scaling.uwsgi_worker_reload_mercy": r"^your mercy for graceful operations on workers is {} seconds$",
    "scaling.uwsgi_stats": r"^\*\*\* Stats server enabled on {} fd: \d+ \*\*\*$",
    "scaling.uwsgi_static_map": r"^\[uwsgi-static\] added mapping for /static => static$",
    "scaling.uwsgi_pid_file": r"^writing pidfile to {}$",
    "scaling.zerg_socket": r"^zerg sockets attached$",
    "proxy.url_prefix": r"^mounting galaxy\.webapps\.galaxy\.buildapp:uwsgi_app\(\) on {}$",
}
"""What the log says of an answer, {} standing for its value."""
QUIET = frozenset(
    {"groundwork.release", "groundwork.umask", "groundwork.config_dir", "proxy.link", "scaling.strategy",
     "scaling.handlers", "scaling.zerg", "scaling.uwsgi_log", "groundwork.log_file", "scaling.uwsgi_chmod_socket",
     "scaling.uwsgi_die_on_term", "scaling.uwsgi_reload_mercy", "scaling.uwsgi_mule_reload_mercy"}
)  # fmt: skip
"""Of these uWSGI says nothing, or what is looked for below; what they do is shown by the tests of running servers."""


@pytest.fixture
def place() -> Iterator[Place]:
    with galaxy_place() as found:
        yield found


def answered(place: Place, strategy: str) -> dict[str, Any]:
    given = {
        **TYPICAL,
        **STRATEGIES[strategy],
        **ERA,
        "groundwork.root": str(place.root),
        "groundwork.virtualenv": place.virtualenv,
        "scaling.uwsgi_on_terminate": "at-once",
        "scaling.uwsgi_worker_reload_mercy": 7,
        "scaling.uwsgi_mule_reload_mercy": 8,
        "scaling.uwsgi_reload_mercy": 9,
        "scaling.uwsgi_static_map": True,
        "scaling.uwsgi_pid_file": str(place.here / "g.pid"),
        "scaling.uwsgi_stats": str(place.here / "stats.sock"),
        "groundwork.log_file": str(place.here / "g.log"),
    }
    if given["proxy.link"] == "socket":
        given["proxy.socket"] = str(place.here / "web.sock")
    else:
        del given["proxy.socket"]
        given["proxy.address"] = f"127.0.0.1:{free_port()}"
    return (
        {**given, "scaling.zerg_socket": str(place.here / "z.sock")} if given.get("scaling.zerg") else given
    )


@pytest.mark.parametrize("syntax", ["yml", "ini"])
@pytest.mark.parametrize("strategy", ["all-in-one", "mules", "webless", "zerg", "prefix"])
def test_its_log_shows_every_answer(place: Place, strategy: str, syntax: str) -> None:
    given = answered(place, strategy)
    if given.get("scaling.zerg"):
        pool = place.here / "zergpool.ini"
        pool.write_text(POOL.write(given, POOL.skeleton(given), pool.name).text)
        place.start(pool, ready=r"zergpool .* bound to UNIX socket")
    lens, start = (
        (YAML, YAML.skeleton(given)) if syntax == "yml" else (INI, INI_START.format(root=place.root))
    )
    file = place.here / f"galaxy.{syntax}"
    file.write_text(lens.write(given, start, file.name).text)
    begun = place.start(file, ready=r"getting (YAML|INI) configuration")
    server = Server(begun.process, place.here / "g.log")
    server.wait_for(r"spawned 1 offload threads", given["scaling.workers"])
    behind = given.get("scaling.zerg", False)
    for question, value in given.items():
        if question in QUIET or (behind and question == "proxy.socket"):
            continue
        words = SAID[question].replace("{}", re.escape(str(value)))
        # The first lines come before the log is opened, and its processes write at the same time.
        until(
            lambda words=words: re.search(words, begun.said + server.said, re.MULTILINE) is not None,  # type: ignore[misc]
            lambda question=question: f"{question}\n{server.said}",  # type: ignore[misc]
        )
    if strategy == "mules":
        server.wait_for(r"spawned uWSGI mule \d ", 4)
        assert "created farm 1 name: job-handlers mules:1,2,3" in server.said
        assert "created farm 2 name: workflow-schedulers mules:4" in server.said
    workers = statistics(str(place.here / "stats.sock"))["workers"]
    assert [len(worker["cores"]) for worker in workers] == [given["scaling.threads"]] * given[
        "scaling.workers"
    ]
