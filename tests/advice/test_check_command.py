"""`galaxy-setup check`: advice, its exit status, its fixes; and what other commands say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wizard.checks.check import Result
from wizard.commands.line import main

SHORT = """\
# ours
preset = "single-server@1"

[proxy]
read_timeout = 60 # short

[groundwork]
admin_users = ["admin@uni.edu"]

[data]
cleanup = "cron"
temporary_days = 14
"""
CODE = "proxy.read-timeout-short"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.toml"
    file.write_text(SHORT)
    return file


def arguments(answers: Path, *more: str) -> list[str]:
    return [*more, "--answers", str(answers), "--root", str(answers.parent / "root")]


def test_it_names_the_advice_its_place_the_way_out_and_its_source(
    answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(answers, "check", "--offline")) == 1
    said = capsys.readouterr().out
    assert f"answered at: {answers}:5" in " ".join(said.split()), "a long path stands on a line of its own"
    assert (
        f"warning  {CODE}  proxy.read_timeout  {answers.parent}/root/etc/nginx/sites-available/galaxy:"
        in said
    )
    assert "why: " in said and "way out: " in said and "source: " in said and f"--fix {CODE}" in said


def test_notes_alone_are_no_fault(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers.write_text(SHORT.replace("= 60", "= 180"))
    assert main(arguments(answers, "check", "--offline")) == 0
    assert "error  " not in capsys.readouterr().out


def test_as_json(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(answers, "check", "--offline", "--json")) == 1
    (one,) = (row for row in json.loads(capsys.readouterr().out)["advice"] if row["code"] == CODE)
    assert one["level"] == "warning" and one["question"] == "proxy.read_timeout" and one["line"] > 1
    assert one["fix"] == {"proxy.read_timeout": "180 seconds"}


@pytest.mark.parametrize("codes", [[], [CODE]])
def test_a_fix_is_an_answer_and_comments_stay(
    answers: Path, codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments(answers, "check", "--offline"), "--fix", *codes]) == 0
    assert answers.read_text() == SHORT.replace("= 60", "= 180")
    assert "proxy.read_timeout: 60 seconds -> 180 seconds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("proxy.read-timeout-shor", f"did you mean {CODE}?"),
        ("proxy.no-hsts", "is not said here"),
    ],
)
def test_a_code_that_cannot_be_fixed_is_refused_and_nothing_changed(
    answers: Path, code: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments(answers, "check"), "--fix", code]) == 2
    assert complaint in capsys.readouterr().err
    assert answers.read_text() == SHORT


def test_a_fix_that_no_plan_can_have_is_refused_and_undone(
    answers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule whose fix contradicts another answer: the plan refuses it, and the file is as it was."""
    from wizard.advice import register
    from wizard.advice.advice import Finding, Rule

    bad = Finding("w", "y", "o", "proxy.socket", fix={"proxy.link": "socket", "proxy.socket": None})
    rule = Rule("proxy.made-up", "warning", "nowhere", lambda scene: [bad])
    monkeypatch.setattr(register, "rules", lambda: (rule,))
    for module in ("wizard.advice.advising", "wizard.commands.check"):
        monkeypatch.setattr(f"{module}.rules", lambda: (rule,))
    assert main(arguments(answers, "check", "--fix")) == 2
    assert "a fix is refused, and nothing was changed" in capsys.readouterr().err
    assert answers.read_text() == SHORT


def test_what_is_ignored_is_not_said_and_an_unknown_code_is(
    answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers.write_text(
        SHORT.replace("\n\n[proxy]", f'\nignored_advice = ["{CODE}", "proxy.no-such"]\n\n[proxy]')
    )
    assert main(arguments(answers, "check", "--offline")) == 0
    said = capsys.readouterr()
    assert CODE not in said.out
    assert "there is no advice proxy.no-such" in said.err


def test_a_plan_says_it_in_a_line_and_goes_on(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "galaxy-setup: warning: proxy.read_timeout: the proxy waits 60 seconds"
    assert main(arguments(answers, "diff")) == 1
    said = capsys.readouterr()
    assert line in said.err and line not in said.out
    assert main(arguments(answers, "diff", "--json")) == 1
    assert CODE in {one["code"] for one in json.loads(capsys.readouterr().out)["advice"]}
    assert main(arguments(answers, "apply", "--yes")) == 0
    assert line in capsys.readouterr().err
    assert main(arguments(answers, "diff")) == 0
    assert CODE not in capsys.readouterr().err


def test_explain_tells_about_an_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", CODE]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{CODE}: warning\n") and "\nSource: " in said


def test_a_rule_that_stumbles_stops_nothing() -> None:
    from tests.advice.scenes import scene_of
    from wizard.advice.advice import Finding, Rule, Scene
    from wizard.advice.advising import advice

    def stumble(scene: Scene) -> list[Finding]:
        raise KeyError("odd file")

    good = Rule("proxy.b", "note", "nowhere", lambda scene: [Finding("w", "y", "o", "proxy.read_timeout")])
    rules = (Rule("proxy.a", "error", "nowhere", stumble), good)
    (one,) = advice(scene_of({}, preset="single-server"), said_by=rules)
    assert one.code == "proxy.b" and one.finding.file and one.finding.line


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("skipped", 0), ("warn", 1), ("fail", 1)])
def test_the_running_server_is_told_of_too(
    answers: Path,
    state: Any,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers.write_text(SHORT.replace("= 60", "= 180"))
    result = Result(state, "database.unreachable", "nobody answers", "database.host")
    monkeypatch.setattr("wizard.commands.check.live", lambda options, work: [result])
    assert main(arguments(answers, "check")) == status
    assert "database.unreachable: nobody answers" in capsys.readouterr().out
    assert main(arguments(answers, "check", "--json")) == status
    assert json.loads(capsys.readouterr().out)["checks"][0]["code"] == "database.unreachable"
    assert main(arguments(answers, "check", "--offline")) == 0
    assert "nobody answers" not in capsys.readouterr().out


def test_one_section_alone(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(answers, "check", "--offline", "--only", "proxy")) == 1
    assert CODE in capsys.readouterr().out
    assert main(arguments(answers, "check", "--offline", "--only", "database")) == 0
    assert CODE not in capsys.readouterr().out
    assert main(arguments(answers, "check", "--offline", "--only", "prxy")) == 2
    assert "the sections are groundwork, database, proxy" in capsys.readouterr().err


def test_a_bare_fix_leaves_notes_alone(answers: Path) -> None:
    answers.write_text(SHORT.replace("# short\n", "# short\nhsts = false\n"))
    assert main(arguments(answers, "check", "--fix")) == 0
    assert "hsts = false" in answers.read_text()
    assert main([*arguments(answers, "check"), "--fix", "proxy.no-hsts"]) == 0
    assert "hsts = true" in answers.read_text()
