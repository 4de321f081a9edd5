"""Going back to earlier answers: exactly, across sections, up to a bound, and never over another program's change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.session import Session
from wizard.statefile import new
from wizard.undo import MOST, Steps


def session(root: Path, text: str | None = None) -> Session:
    file = root / "galaxy-setup.toml"
    if text is not None:
        file.write_text(text)
    return Session(file, Disk(root), file.read_text() if file.exists() else new(None), draft=True)


def test_every_change_is_undone_in_turn_and_done_again(tmp_path: Path) -> None:
    work = session(tmp_path)
    texts = [work.text]
    changes: list[Callable[[], None]] = [
        lambda: work.use_preset("single-server"),
        lambda: work.accept("groundwork.brand", "Ours"),
        lambda: work.accept("database.pool_size", 9),
        lambda: work.clear("groundwork.brand"),
        lambda: work.disown("database.max_overflow"),
    ]
    for change in changes:
        change()
        texts.append(work.text)
    told: list[str] = []
    while work.undoable is not None:
        assert work.text == work.file.read_text() == texts[-1 - len(told)]
        step = work.undo()
        assert step is not None
        told.append(step.what)
    assert told == [
        "database.max_overflow",
        "groundwork.brand",
        "database.pool_size",
        "groundwork.brand",
        "preset",
    ]
    assert work.text == texts[0] and work.given == {}
    while work.redoable is not None:
        work.redo()
    assert work.text == work.file.read_text() == texts[-1]
    assert work.redo() is None


def test_comments_and_order_come_back_too(tmp_path: Path) -> None:
    text = '# ours\n[groundwork]\nbrand = "A"  # why\n\nroot = "/srv/g"\n'
    work = session(tmp_path, text)
    work.clear("groundwork.brand")
    assert "why" not in work.text
    work.undo()
    assert work.file.read_text() == text


def test_an_answer_given_after_going_back_ends_what_could_be_done_again(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.accept("groundwork.brand", "A")
    work.undo()
    work.accept("groundwork.brand", "B")
    assert work.redoable is None and work.undoable == "groundwork.brand"


def test_another_programs_change_is_never_written_over(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.accept("groundwork.brand", "A")
    theirs = work.text + "# theirs\n"
    work.file.write_text(theirs)
    with pytest.raises(Refused, match="another program"):
        work.undo()
    assert work.file.read_text() == theirs
    assert work.undoable is None and work.undo() is None
    work.accept("groundwork.brand", "B")
    assert "# theirs" in work.file.read_text()
    work.undo()
    assert work.file.read_text() == theirs and work.undo() is None


def test_what_changed_before_another_program_wrote_stays(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.accept("groundwork.brand", "A")
    theirs = work.text + "# theirs\n"
    work.file.write_text(theirs)
    work.accept("groundwork.debug", True)
    work.undo()
    assert work.file.read_text() == theirs
    with pytest.raises(Refused):
        work.undo()
    assert work.file.read_text() == theirs


def test_a_secret_that_comes_back_is_private_and_never_printed(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.accept("groundwork.id_secret", Secret("hunter2"))
    work.clear("groundwork.id_secret")
    work.file.chmod(0o644)
    step = work.undo()
    assert work.file.stat().st_mode & 0o777 == 0o600
    assert "hunter2" in work.file.read_text() and "hunter2" not in repr(step) + repr(work)


def test_what_was_read_from_files_can_be_undone(tmp_path: Path) -> None:
    work = session(tmp_path, 'preset = "trial@1"\n')
    work.adopt('[groundwork]\nbrand = "Found"\n', {})
    work.undo()
    assert work.preset == "trial@1" and work.file.read_text() == 'preset = "trial@1"\n'


def test_an_apply_that_changes_the_answers_text_begins_anew(tmp_path: Path) -> None:
    work = session(tmp_path, 'preset = "trial"\n')
    work.accept("groundwork.brand", "A")
    work.apply(work.plan())
    assert work.undoable is None
    work.accept("groundwork.brand", "B")
    work.undo()
    assert work.value("groundwork.brand") == "A"


@given(st.lists(st.booleans()))
def test_steps_are_a_line_that_is_walked_both_ways(moves: list[bool]) -> None:
    steps, text = Steps(), 0
    for number in range(5):
        steps.record(str(number), str(number), str(number + 1))
        text = number + 1
    for back in moves:
        step = steps.last if back else steps.next
        if step is None:
            assert text == (0 if back else 5)
        elif back:
            assert step.after == str(text)
            steps.went_back()
            text = int(step.before)
        else:
            assert step.before == str(text)
            steps.went_on()
            text = int(step.after)


def test_steps_are_bounded() -> None:
    steps = Steps()
    for number in range(MOST + 50):
        steps.record("x", str(number), str(number + 1))
    for _ in range(MOST):
        steps.went_back()
    assert steps.last is None
