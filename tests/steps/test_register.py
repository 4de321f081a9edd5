"""All steps of every preset: in an order that can be done, none of them twice, each with something to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import preset_hosts
from tests.steps.scenes import DEBIAN, REDHAT, codes, scene_of, seen
from wizard import statefile
from wizard.answers.question import Machine
from wizard.steps.register import steps


@pytest.mark.parametrize("machine", [DEBIAN, REDHAT], ids=["debian", "redhat"])
@pytest.mark.parametrize(("name", "host"), preset_hosts.cases())
def test_every_step_stands_behind_those_that_it_comes_after(
    name: str, host: str | None, machine: Machine, tmp_path: Path
) -> None:
    found = steps(scene_of(statefile.new(name), tmp_path, machine, host))
    before: set[str] = set()
    for step in found:
        assert step.code not in before
        assert set(step.after) <= before, step.code
        assert step.commands or step.by_hand, step.code
        assert step.look().state in ("left", "unknown", "done")
        before.add(step.code)


def test_on_an_empty_disk_nothing_is_done(tmp_path: Path) -> None:
    scene = scene_of(statefile.new("single-server"), tmp_path)
    states = {step.code: step.look().state for step in steps(scene)}
    assert "done" not in states.values(), states
    live = {
        "database.role",
        "database.schema",
        "database.server",
        "broker.server",
        "galaxy.started",
        "proxy.server",
    }
    assert {code for code, state in states.items() if state == "unknown"} == live


def test_files_that_are_not_as_answered_are_left_to_an_apply(tmp_path: Path) -> None:
    scene = scene_of(statefile.new("single-server"), tmp_path)
    assert seen(scene, "files.written").state == "left"
    for path in scene.written:
        place = tmp_path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    assert seen(scene, "files.written").state == "left"  # they are there, and read otherwise


def test_each_host_has_its_own_steps(tmp_path: Path) -> None:
    names = [row.name for row in preset_hosts.answers_of("multi-host")["scaling.hosts"]]
    found = {name: codes(scene_of(statefile.new("multi-host"), tmp_path, host=name)) for name in names}
    with_proxy = [name for name, here in found.items() if "proxy.server" in here]
    with_database = [name for name, here in found.items() if "database.server" in here]
    assert len(with_proxy) == 1 and len(with_database) == 1 and with_proxy != with_database
    assert "galaxy.started" not in found[with_database[0]] and "account.user" not in found[with_database[0]]
