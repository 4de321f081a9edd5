"""The hunks of a diff: every line with the questions that cause it, and worked out again only where a file changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import installed, session_on
from wizard import hunks as module
from wizard.file_plan import FilePlan
from wizard.hunks import Hunk, Hunks, hunks
from wizard.session import Session

CONFIG = Path("srv/galaxy/config/galaxy.yml")


def answered(root: Path, **answers: object) -> Session:
    """An install that was applied, and answers given since."""
    session = session_on(root, state=installed(root))
    for path, value in answers.items():
        session.accept(path.replace("__", "."), value)
    return session


def of_galaxy(session: Session) -> tuple[Hunk, ...]:
    (file,) = [file for file in session.plan().pending if file.path.endswith("galaxy.yml")]
    return hunks(file)


def test_a_line_that_goes_and_the_one_that_comes_have_their_question(tmp_path: Path) -> None:
    (hunk,) = of_galaxy(answered(tmp_path, database__pool_size=12))
    changed = [(line.sign, line.text.strip(), line.questions) for line in hunk.lines if line.sign != " "]
    assert changed == [
        ("-", "database_engine_option_pool_size: 8", ("database.pool_size",)),
        ("+", "database_engine_option_pool_size: 12", ("database.pool_size",)),
    ]
    assert {line.questions for line in hunk.lines if line.sign == " "} == {()}
    assert hunk.questions == ("database.pool_size",)


def test_lines_are_counted_in_the_new_text_and_in_the_old_where_they_go(tmp_path: Path) -> None:
    session = answered(tmp_path, groundwork__brand="Lab", database__pool_size=12)
    (file,) = [file for file in session.plan().pending if file.path.endswith("galaxy.yml")]
    assert file.before is not None
    before, after = file.before.text.split("\n"), file.after.split("\n")
    for hunk in hunks(file):
        for line in hunk.lines:
            assert line.number is not None
            assert (before if line.sign == "-" else after)[line.number - 1] == line.text


def test_a_commented_option_goes_for_the_question_of_the_one_that_comes(tmp_path: Path) -> None:
    file = tmp_path / CONFIG
    file.parent.mkdir(parents=True)
    file.write_text("galaxy:\n  # Two options, one above the other\n  #brand: null\n  #email_from: null\n")
    session = session_on(tmp_path, "trial")
    session.accept("groundwork.brand", "Lab")
    session.accept("groundwork.email_from", "galaxy@example.org")
    lines = [line for hunk in of_galaxy(session) for line in hunk.lines]
    for option in ("brand", "email_from"):
        assert [(line.sign, line.questions) for line in lines if option in line.text] == [
            ("-", (f"groundwork.{option}",)),
            ("+", (f"groundwork.{option}",)),
        ]


def test_of_an_option_and_its_section_the_option_tells(tmp_path: Path) -> None:
    session = session_on(tmp_path, "single-server")
    (site,) = [file for file in session.plan().pending if "nginx" in file.path]
    lines = [line for hunk in hunks(site) for line in hunk.lines]
    (size,) = [line for line in lines if "client_max_body_size" in line.text and line.number == 40]
    assert size.questions == ("proxy.max_body_size",)
    (server,) = [line for line in lines if line.number == 28]
    assert server.questions == ("proxy.server",)


def test_a_secret_is_a_remark_with_its_question(tmp_path: Path) -> None:
    session = session_on(tmp_path, "single-server")
    found = of_galaxy(session)
    (remark,) = [hunk for hunk in found if hunk.on_secret]
    assert remark.questions == ("groundwork.id_secret",)
    secret = session.revealed()["groundwork.id_secret"].reference
    assert secret and secret not in repr(found)


def test_only_a_file_that_changed_is_worked_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    held = Hunks()
    whole = module.hunks

    def counted(file: FilePlan, converted: bool = False) -> tuple[Hunk, ...]:
        made.append(file.path)
        return whole(file, converted)

    monkeypatch.setattr(module, "hunks", counted)
    session = session_on(tmp_path, "trial")
    for file in session.plan().pending:
        held.of(file)
    assert len(made) == len(set(made)) >= 2
    made.clear()
    session.accept("groundwork.brand", "Lab")
    for file in session.plan().pending:
        held.of(file)
    assert [Path(path).name for path in made] == ["galaxy.yml"]
