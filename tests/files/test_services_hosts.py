"""Units and supervisord's programs on each of several hosts: those of its roles, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.files.service_answers import SUPERVISORD, SYSTEMD, files_of
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.documents.ini.document import SUPERVISOR, IniDocument
from wizard.documents.systemd.document import SystemdDocument
from wizard.files.lens import same_answer
from wizard.files.services import SERVICES
from wizard.files.services.managing import DIRECTORY, ROLES

HANDLERS = [
    Handler(name="handler", processes=2, pools=["job-handlers"]),
    Handler(name="scheduler", pools=["workflow-schedulers"]),
]
HOSTS = [
    Host(name="front", runs=["web", "proxy", "uploads"]),
    Host(name="jobs", runs=["handlers"], handlers=["handler"]),
    Host(name="flows", runs=["handlers", "celery-beat"], handlers=["scheduler"]),
    Host(name="tasks", runs=["celery", "reports", "interactive-tools"]),
    Host(name="store", runs=["database", "ftp"]),
]
RUNS: dict[str, list[str]] = {
    "front": ["web", "tusd"],
    "jobs": ["handler@handler_0", "handler@handler_1"],
    "flows": ["celery-beat", "handler@scheduler_0"],
    "tasks": ["celery", "gx-it-proxy", "reports"],
    "store": [],
}


def on(host: str, manager: str, **more: Any) -> dict[str, Any]:
    """The answers, for that host."""
    server = SYSTEMD if manager == "systemd" else SUPERVISORD
    return {**server, "scaling.handlers": HANDLERS, "scaling.hosts": HOSTS, "scaling.host": host, **more}


def units(files: dict[str, str]) -> list[str]:
    """What galaxy.target wants, as galaxy-NAME.service."""
    text = files.get(f"{DIRECTORY}/galaxy.target")
    wanted = SystemdDocument.parse(text, "galaxy.target").values("Unit", "Wants") if text else ("",)
    return [name.removeprefix("galaxy-").removesuffix(".service") for name in " ".join(wanted).split()]


@pytest.mark.parametrize("host", RUNS)
def test_a_host_has_the_units_of_its_roles(host: str) -> None:
    files = files_of(on(host, "systemd"))
    assert sorted(units(files)) == sorted(RUNS[host])
    named = {name.partition("@")[0] + ("@" if "@" in name else "") for name in RUNS[host]}
    expected = {f"{DIRECTORY}/galaxy-{name}.service" for name in named}
    assert set(files) == expected | ({f"{DIRECTORY}/galaxy.target"} if expected else set())


@pytest.mark.parametrize("host", RUNS)
def test_a_host_has_the_programs_of_its_roles(host: str) -> None:
    files = files_of(on(host, "supervisord"))
    if not RUNS[host]:
        assert files == {}
        return
    (text,) = files.values()
    document = IniDocument.parse(text, "galaxy.conf", SUPERVISOR)
    programs = {
        section.removeprefix("program:galaxy-")
        for section in document.keys(())
        if section.startswith("program:")
    }
    plain = {name.removeprefix("handler@").partition("_")[0] for name in RUNS[host]}
    assert programs == plain
    grouped = str(document.get(("group:galaxy", "programs"))).split(",")
    assert {name.removeprefix("galaxy-") for name in grouped} == plain


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
@pytest.mark.parametrize("host", RUNS)
def test_what_a_host_holds_is_read_back(host: str, manager: str) -> None:
    given = on(host, manager)
    held: dict[str, Any] = {}
    for lens in SERVICES:
        target = lens.target(given)
        if target is None:
            continue
        text = lens.write(given, lens.skeleton(given), target.path).text
        assert lens.write(given, text, target.path).text == text
        reading = lens.read(text, target.path)
        assert lens.write(reading.given, text, target.path).text == text
        for question, value in reading.given.items():
            if question in given and question != "scaling.handlers":
                assert same_answer(value, given[question]), (question, value)
        held.update(reading.given)
    here = {"jobs": HANDLERS[:1], "flows": HANDLERS[1:]}
    assert same_answer(held.get("scaling.handlers"), here.get(host))


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
def test_a_file_taken_to_another_host_becomes_that_one_s(manager: str) -> None:
    for before in RUNS:
        for after in RUNS:
            given = on(after, manager)
            for lens in SERVICES:
                target, other = lens.target(given), lens.target(on(before, manager))
                if target is None or other is None:
                    continue
                text = lens.write(on(before, manager), lens.skeleton(given), target.path).text
                made = lens.write(given, text, target.path).text
                fresh = lens.write(given, lens.skeleton(given), target.path).text
                assert sorted(_plain(made)) == sorted(_plain(fresh)), (lens.name, before, after)


def _plain(text: str) -> list[str]:
    """The lines, with the words of a list in one order."""
    lines = (line for line in text.splitlines() if line.strip())
    return [" ".join(sorted(line.replace(",", " ").replace("=", " ").split())) for line in lines]


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
@pytest.mark.parametrize("strategy", ["static-handlers", "all-in-one"])
def test_static_handlers_start_where_they_are_named(strategy: str, manager: str) -> None:
    rows = [Handler(name="handler"), Handler(name="scheduler")]
    more = {"scaling.strategy": strategy, "scaling.handlers": rows}
    started = {}
    for host in RUNS:
        files = files_of(on(host, manager, **more))
        text = "".join(files.values())
        names = units(files) if manager == "systemd" else [f"handler@{row.name}" for row in rows]
        mark = "galaxy-{}" if manager == "systemd" else "[program:galaxy-{}]"
        started[host] = [
            name for name in names if "@" in name and mark.format(_program(name, manager)) in text
        ]
    static = strategy == "static-handlers"
    wanted = {"jobs": ["handler@handler"], "flows": ["handler@scheduler"]} if static else {}
    assert started == {host: wanted.get(host, []) for host in RUNS}


def _program(name: str, manager: str) -> str:
    return name if manager == "systemd" else name.partition("@")[2]


def test_every_service_has_a_role() -> None:
    assert {role for host in HOSTS for role in host.runs} >= set(ROLES)
