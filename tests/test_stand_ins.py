"""A preset's example in the place of the site's own is named, and never passes for an answer in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.disk import Disk
from wizard.presets import find, names
from wizard.session import Session
from wizard.statefile import new


def session(root: Path, preset: str) -> Session:
    return Session(root / "galaxy-setup.toml", Disk(root), new(preset), draft=True)


@pytest.mark.parametrize("name", sorted(names()))
def test_no_example_of_a_preset_goes_unnoticed(tmp_path: Path, name: str) -> None:
    work = session(tmp_path, name)
    named = {problem.question for problem in work.stand_ins()}
    given = {path: value for path, value in work.given.items() if "example.org" in str(value)}
    assert named == given.keys()
    held = [
        line for line in find(name).text.splitlines() if "example.org" in line and not line.startswith("#")
    ]
    assert bool(held) == bool(named)


def test_an_own_answer_ends_the_note_and_only_then_is_the_section_done(tmp_path: Path) -> None:
    work = session(tmp_path, "single-server")
    work.drafts.seen.add("proxy")
    assert work.section_state("proxy") == "preset"
    assert any(str(one).startswith("proxy.host_name: is still the preset") for one in work.stand_ins())
    work.accept("proxy.host_name", "galaxy.uni.edu")
    assert work.section_state("proxy") == "preset"
    work.accept("proxy.public_url", "https://galaxy.uni.edu")
    assert work.section_state("proxy") == "done"
    assert {one.question for one in work.stand_ins()} == {"groundwork.email_from"}


def test_an_example_that_was_kept_in_an_own_answer_is_named_too(tmp_path: Path) -> None:
    work = session(tmp_path, "trial")
    work.accept("groundwork.admin_users", ["ada@uni.edu", "bob@example.org"])
    (note,) = work.stand_ins()
    assert note.question == "groundwork.admin_users" and note.what == "is still an example"
