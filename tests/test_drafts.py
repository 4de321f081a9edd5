"""What was typed and is no answer yet: kept beside the answers file, without any secret, as long as needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.drafts import NEW, Draft, Drafts, Place, RowBegun, may_be_secret
from wizard.problems import Problem
from wizard.session import Session
from wizard.statefile import new

WRONG = (Problem("must be a host name", way_out="take out the blank"),)
TABLE = "cluster.destinations"


def session(root: Path) -> Session:
    file = root / "galaxy-setup.toml"
    return Session(file, Disk(root), file.read_text() if file.exists() else new(None), draft=True)


def test_a_refused_text_is_there_again_with_its_reason(tmp_path: Path) -> None:
    session(tmp_path).hold("proxy.host_name", "bad host", WRONG)
    again = session(tmp_path).held("proxy.host_name")
    assert again is not None and again.text == "bad host"
    assert again.problems == WRONG


def test_every_draft_is_named_with_its_question(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.hold("proxy.host_name", "bad host", WRONG)
    work.hold("groundwork.brand", "half ty")
    work.drafts.hold_row(TABLE, RowBegun(NEW, {"cores": 4}, why="it has no id"))
    said = {problem.question: problem.what for problem in work.unfinished}
    assert said == {
        "proxy.host_name": "what was typed is refused: must be a host name",
        "groundwork.brand": "what was typed is not accepted yet",
        TABLE: "a new row was begun: it has no id",
    }
    assert work.section_state("proxy") == work.section_state("cluster") == "problems"


def test_an_answer_ends_its_draft_and_the_last_one_the_file(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.hold("proxy.host_name", "bad host", WRONG)
    work.hold("groundwork.brand", "x" * 9)
    file = tmp_path / "galaxy-setup.toml.drafts"
    assert file.stat().st_mode & 0o777 == 0o600
    work.accept("proxy.host_name", "galaxy.uni.edu")
    assert work.held("proxy.host_name") is None and file.exists()
    work.clear("groundwork.brand")
    assert not work.unfinished and not file.exists()


def test_the_place_is_kept_with_answers_and_gone_without(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.drafts.stand(Place("proxy", "proxy.host_name"), ["groundwork"])
    assert not work.drafts.file.exists()
    work.accept("groundwork.brand", "Ours")
    work.drafts.stand(Place("proxy", "proxy.host_name"), ["groundwork"])
    again = session(tmp_path).drafts
    assert again.place == Place("proxy", "proxy.host_name") and again.seen == {"groundwork"}
    work.drafts.stand(None)
    assert not work.drafts.file.exists()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("groundwork.id_secret", "hunter2"),
        ("groundwork.id_secret", "hun"),
        ("database.password", "hunter2\x07"),
        ("proxy.public_url", "https://ada:hunter2@uni.edu"),
        ("proxy.public_url", "https://ada:hunter2"),
        ("scaling.web_environment", "API_TOKEN=hunter2\nbad"),
        ("scaling.web_environment", "PASSWORD hunter2"),
        ("scaling.web_environment", "DB_PW=hunter2\nbad"),
    ],
)
def test_no_secret_is_in_the_file_and_its_loss_is_said(tmp_path: Path, path: str, text: str) -> None:
    work = session(tmp_path)
    work.hold(path, text, [Problem("must be otherwise")])
    assert text not in work.drafts.file.read_text() and "hun" not in work.drafts.file.read_text()
    assert work.held(path) == Draft(text, (Problem("must be otherwise"),))
    assert "hun" not in repr(work.drafts.fields) + repr(work.drafts.rows)
    again = session(tmp_path).held(path)
    assert again is not None and again.text == "" and "type it again" in again.problems[0].what


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=8))
def test_whatever_is_typed_into_a_secret_is_in_no_file(tmp_path: Path, text: str) -> None:
    work = session(tmp_path)
    work.hold("database.password", text, WRONG)
    kept = json.loads(work.drafts.file.read_text())["fields"]["database.password"]
    assert kept["text"] == (text if text.startswith(("env:", "file:")) else "")


def test_ordinary_texts_are_no_secrets() -> None:
    for path, text in (
        ("proxy.host_name", "bad host/name"),
        ("proxy.public_url", "http://galaxy.uni.edu:8443/x"),
        ("database.password", "file:relative"),
        ("groundwork.root", "srv/galaxy"),
    ):
        assert not may_be_secret(questions()[path], text), path


def test_a_row_that_is_not_whole_is_there_again_without_its_secrets(tmp_path: Path) -> None:
    work = session(tmp_path)
    given = {"id": "s3", "secret_key": Secret("hunter2"), "access_key": Secret("KEY", "env")}
    typed = {"size": Draft("many", (Problem("must be a whole number"),))}
    work.drafts.hold_row("data.backends", RowBegun(0, given, typed, "it has no type"))
    assert "hunter2" not in work.drafts.file.read_text()
    (row,) = session(tmp_path).begun("data.backends")
    columns = {column.name for column in questions()["data.backends"].row_questions}
    assert {name: row.given[name] for name in row.given} == {
        name: value for name, value in given.items() if name in columns and name != "secret_key"
    }
    assert "secret_key" not in columns or "type it again" in row.typed["secret_key"].problems[0].what
    assert row.why == "it has no type"


def test_rows_that_were_begun_follow_theirs(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "answers.toml")
    drafts.hold_row(TABLE, RowBegun(1, {}, why="its cores is refused"))
    drafts.hold_row(TABLE, RowBegun(NEW, {}, why="it has no id"))
    drafts.follow(TABLE, ["a", "b", "c"], ["b", "c"])
    assert sorted(drafts.rows[TABLE]) == [NEW, 0]
    drafts.follow(TABLE, ["b", "c"], ["c", "b"])
    assert sorted(drafts.rows[TABLE]) == [NEW, 1]
    drafts.follow(TABLE, ["c", "b"], ["c", "B"])
    assert sorted(drafts.rows[TABLE]) == [NEW, 1]
    drafts.follow(TABLE, ["c", "B"], ["c"])
    assert sorted(drafts.rows[TABLE]) == [NEW]
    drafts.drop_row(TABLE, NEW)
    assert not drafts.rows and not drafts.file.exists()


@pytest.mark.parametrize(
    "text", ["", "x", "[]", '{"drafts": 99}', '{"drafts": 1, "rows": {"data.backends": [1]}}']
)
def test_a_file_that_is_none_of_ours_is_left_alone_and_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "galaxy-setup.toml.drafts"
    file.write_text(text)
    work = session(tmp_path)
    work.hold("groundwork.root", "srv", WRONG)
    assert file.read_text() == text
    assert work.drafts.trouble is not None and "cannot be read" in work.drafts.trouble.what
    assert work.held("groundwork.root") == Draft("srv", WRONG)


def test_drafts_go_with_the_answers_when_an_apply_moves_them(tmp_path: Path) -> None:
    work = Session(tmp_path / "galaxy-setup.toml", Disk(tmp_path), new("trial"), draft=True)
    work.hold("groundwork.brand", "half ty")
    work.apply(work.plan())
    assert work.file.parent != tmp_path and not (tmp_path / "galaxy-setup.toml.drafts").exists()
    assert Session(work.file, Disk(tmp_path), work.file.read_text()).held("groundwork.brand") == Draft(
        "half ty"
    )
