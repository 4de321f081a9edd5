"""Checks run side by side, each in its time; what one does harms neither the others nor the program."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.servers import server_with
from wizard import logbook
from wizard.checks.check import Check, Result, Server, check
from wizard.checks.register import checks
from wizard.checks.running import run_checks
from wizard.problems import Problem, Refused

PLANTED = "s3cr3t-p1anted"
SERVER = server_with({"database.password": PLANTED})


def quick(name: str, section: str = "database", pause: float = 0.0) -> Check:
    @check(name, section, "Looking")
    def look(server: Server) -> Iterator[Result]:
        time.sleep(pause)
        yield Result("ok", name, "is well")

    return look


@check("hangs", "database", "Looking at what hangs", seconds=0.3)
def hangs(server: Server) -> Iterator[Result]:
    yield Result("ok", "hangs", "this much was seen")
    threading.Event().wait()


@check("breaks", "database", "Looking at what breaks")
def breaks(server: Server) -> Iterator[Result]:
    yield Result("ok", "breaks", "this much was seen")
    raise ValueError(server.value("database.password"))


def test_results_come_in_the_order_of_the_checks_whichever_ends_first() -> None:
    slow, fast = quick("slow", pause=0.2), quick("fast")
    heard: list[str] = []
    found = run_checks((slow, fast), SERVER, told=lambda check, results: heard.append(check.code))
    assert [result.code for result in found] == ["slow", "fast"]
    assert heard == ["fast", "slow"]


def test_only_so_many_are_at_work_at_a_time() -> None:
    working, most, lock = 0, 0, threading.Lock()

    def counted(number: int) -> Check:
        @check(f"counted.{number}", "database", "Counting")
        def look(server: Server) -> Iterator[Result]:
            nonlocal working, most
            with lock:
                working += 1
                most = max(most, working)
            time.sleep(0.05)
            with lock:
                working -= 1
            yield Result("ok", "counted", "was counted")

        return look

    assert len(run_checks([counted(number) for number in range(9)], SERVER, together=3)) == 9
    assert most == 3


def test_a_check_that_hangs_is_a_failure_after_its_seconds_and_holds_nothing_up() -> None:
    began = time.monotonic()
    found = run_checks((hangs, *(quick(f"quick.{number}") for number in range(4))), SERVER, together=1)
    assert [(result.state, result.code) for result in found[:2]] == [
        ("ok", "hangs"),
        ("fail", "hangs.timed-out"),
    ]
    assert [result.code for result in found[2:]] == [f"quick.{number}" for number in range(4)]
    assert time.monotonic() - began < 5


def test_a_check_that_hangs_never_keeps_the_program_from_ending() -> None:
    program = (
        "from tests.checks.test_running import SERVER, hangs\n"
        "from wizard.checks.running import run_checks\n"
        "print([result.code for result in run_checks((hangs,), SERVER)])"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "['hangs', 'hangs.timed-out']\n"), done.stderr


def test_what_nobody_foresaw_is_a_failure_with_its_kind_and_place_and_without_its_value() -> None:
    told: list[str] = []
    logbook.listen(told.append)
    try:
        seen, broken = run_checks((breaks,), SERVER)
    finally:
        logbook.leave(told.append)
    assert (seen.state, broken.state, broken.code) == ("ok", "fail", "breaks.crashed")
    assert "ValueError at tests/checks/test_running.py" in broken.what
    assert any("ValueError" in line for line in told)
    assert PLANTED not in repr((seen, broken, told))


def test_a_refusal_in_a_check_is_told_with_its_question() -> None:
    @check("refused", "database", "Looking")
    def look(server: Server) -> Iterator[Result]:
        raise Refused(Problem("is needed", question="database.name", way_out="answer it"))

    (found,) = run_checks((look,), SERVER)
    assert (found.state, found.code, found.question) == ("fail", "refused.refused", "database.name")
    assert (found.what, found.way_out) == ("could not be looked at: is needed", "answer it")


def test_a_check_that_does_not_apply_is_skipped_with_the_reason() -> None:
    never = Check("never", "celery", "Looking", lambda server: "there is none", lambda server: iter(()))
    assert run_checks((never,), SERVER) == (Result("skipped", "never", "there is none"),)


def test_only_the_sections_that_are_asked_for_are_looked_at() -> None:
    found = run_checks((quick("one"), quick("two", "celery")), SERVER, sections=("celery",))
    assert [result.code for result in found] == ["two"]


def test_two_runs_at_once_do_not_mix() -> None:
    found: dict[str, tuple[Result, ...]] = {}

    def run(name: str) -> None:
        found[name] = run_checks([quick(f"{name}.{number}", pause=0.01) for number in range(5)], SERVER)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: [r.code for r in results] for name, results in found.items()} == {
        name: [f"{name}.{number}" for number in range(5)] for name in ("one", "two")
    }


def test_every_check_is_registered_under_a_code_of_its_own_in_a_section_that_is_asked() -> None:
    found = checks()
    assert len({one.code for one in found}) == len(found)
    sections = {"groundwork", "database", "proxy", "cluster", "scaling", "celery", "data"}
    assert {one.section for one in found} <= sections
    assert all(one.title and one.seconds <= 60 for one in found)


def test_no_module_of_checks_is_left_out() -> None:
    room = Path(__file__).parent.parent.parent / "wizard" / "checks"
    holding = {
        file.stem
        for file in room.glob("*.py")
        if "\n@check(" in file.read_text() or ": Check = " in file.read_text()
    }
    registered = {one.look.__module__.rpartition(".")[2] for one in checks()}
    assert holding <= registered


@pytest.mark.parametrize("one", checks(), ids=lambda one: one.code)
def test_a_server_of_which_nothing_is_known_is_no_fault(one: Check) -> None:
    """An imported server may be half known: what is not answered is skipped, and nothing breaks down."""
    found = run_checks((one,), server_with({}))
    assert {result.state for result in found} == {"skipped"}, found


def test_nothing_that_runs_here_is_the_server_of_files_below_another_root(tmp_path: Path) -> None:
    from dataclasses import replace

    from wizard.disk import Disk

    ours = [
        one for one in checks() if one.look.__module__.rpartition(".")[2] in ("database", "broker", "galaxy")
    ]
    values = {"database.engine": "postgresql", "celery.enable": True, "proxy.server": "nginx"}
    found = run_checks(ours, replace(server_with(values), disk=Disk(tmp_path)))
    assert {result.state for result in found} == {"skipped"}
