"""A run: in order, each command as its account, up to the first failure; and again from there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.steps.scenes import put
from wizard.answers.secret import Secret
from wizard.problems import Exit, Refused
from wizard.steps import running
from wizard.steps.looking import done, left, unknown
from wizard.steps.running import Told, perform, run, secrets_in
from wizard.steps.step import Command, Seen, Step

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs steps")


def touching(code: str, place: Path, *after: str, patience: float = 0.0, words: tuple[str, ...] = ()) -> Step:
    """A step that is done once a file is there."""
    command = Command(words or ("touch", str(place)))
    look = lambda: done("it is there") if place.exists() else left(f"{place.name} is not there")  # noqa: E731
    return Step(code, code, "why", look, (command,), after=after, patience=patience)


def outcomes(steps: tuple[Step, ...], *codes: str) -> dict[str, str]:
    return {ran.step.code: ran.outcome for ran in run(steps, codes)}


@root_only
def test_what_is_left_is_done_in_order_and_then_nothing_is(tmp_path: Path) -> None:
    steps = tuple(touching(code, tmp_path / code) for code in "abc")
    (tmp_path / "b").touch()
    told: list[Told] = []
    assert [ran.outcome for ran in run(steps, tell=told.append)] == ["did", "done", "did"]
    assert [(one.step.code, one.command is not None, one.ended is not None) for one in told] == [
        ("a", False, False), ("a", True, False), ("a", False, True),
        ("b", False, False), ("b", False, True),
        ("c", False, False), ("c", True, False), ("c", False, True),
    ]  # fmt: skip
    assert outcomes(steps) == {"a": "done", "b": "done", "c": "done"}


@root_only
def test_the_first_failure_stops_it_and_its_output_is_kept_without_secrets(tmp_path: Path) -> None:
    bad = touching("b", tmp_path / "b", words=("sh", "-c", "echo the password is s3cret/word; exit 3"))
    steps = (touching("a", tmp_path / "a"), bad, touching("c", tmp_path / "c"))
    ran = run(steps, secrets=secrets_in({"database.password": Secret("s3cret/word")}))
    assert [one.outcome for one in ran] == ["did", "failed"]
    failure = ran[-1].failure
    assert failure is not None and failure.why == "sh: exit status 3"
    assert failure.output == "the password is <secret>\n"
    assert "s3cret" not in str(failure) + str(failure.command)
    assert not (tmp_path / "c").exists()
    mended = (steps[0], touching("b", tmp_path / "b"), steps[2])
    assert outcomes(mended) == {"a": "done", "b": "did", "c": "did"}


def test_a_secret_is_known_as_it_is_and_as_a_url_spells_it() -> None:
    given = {"a": Secret("p@ss/word"), "b": [{"c": Secret("inside")}], "d": Secret("x", "env"), "e": "open"}
    assert set(secrets_in(given)) == {"p@ss/word", "p%40ss%2Fword", "inside"}


@root_only
def test_commands_that_end_well_and_do_not_do_it_are_a_failure(tmp_path: Path) -> None:
    ran = run((touching("a", tmp_path / "a", words=("true",)),))
    assert ran[0].outcome == "failed"
    assert ran[0].because == "the commands ended well, and yet a is not there"


@root_only
def test_a_server_has_time_to_start_and_may_keep_its_output_open(tmp_path: Path) -> None:
    late = ("sh", "-c", f"(sleep 1; touch {tmp_path}/a; sleep 20) &")
    began = time.monotonic()
    assert run((touching("a", tmp_path / "a", patience=60, words=late),))[0].outcome == "did"
    assert time.monotonic() - began < 19


@root_only
def test_what_comes_after_a_step_that_is_left_waits_and_all_else_is_done(tmp_path: Path) -> None:
    by_hand = Step("hand", "hand", "why", lambda: left("a person does it"), by_hand="do it")
    nobody_knows = Step("maybe", "maybe", "why", lambda: unknown("who knows"), (Command(("false",)),))
    steps = (
        by_hand,
        nobody_knows,
        touching("a", tmp_path / "a", "hand"),
        touching("b", tmp_path / "b", "a"),
        touching("c", tmp_path / "c", "maybe"),
    )
    assert outcomes(steps) == {"hand": "by hand", "maybe": "unknown", "a": "waits", "b": "waits", "c": "did"}
    assert outcomes(steps, "a") == {"a": "waits"}  # also where the other one was not asked for
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_a_code_that_no_step_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"there is no step x\.y; there are a, b"):
        run((touching("a", tmp_path / "a"), touching("b", tmp_path / "b")), ["a", "x.y"])


def test_only_root_runs_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="only root") as refused:
        run((touching("a", tmp_path / "a"),))
    assert refused.value.status is Exit.NOT_PERMITTED
    assert not (tmp_path / "a").exists()


@root_only
def test_a_command_gets_its_account_place_input_and_variables_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALAXY_SETUP_TEST", "ours")
    tmp_path.chmod(0o755)
    place = tmp_path / "for-nobody"
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    words = "id -un > user; cat > input; pwd > where; env > variables"
    command = Command(
        ("sh", "-c", words), "nobody", stdin="text; $(id)\n", cwd=str(place), environ={"MORE": "a b"}
    )
    for parent in place.parents:  # pytest's own folders are for their owner alone
        if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    assert perform(command) is None
    assert (place / "user").read_text() == "nobody\n"
    assert (place / "input").read_text() == "text; $(id)\n"
    assert (place / "where").read_text() == f"{place}\n"
    variables = (place / "variables").read_text()
    assert (
        "MORE=a b\n" in variables and "LANG=C.UTF-8\n" in variables and "GALAXY_SETUP_TEST" not in variables
    )


@root_only
def test_a_file_is_opened_by_root_for_an_account_that_may_not(tmp_path: Path) -> None:
    sql = put(tmp_path, "secret.sql", "for root alone\n", 0o600)
    out = tmp_path / "out"
    out.touch()
    out.chmod(0o666)
    assert perform(Command(("grep", "-q", "for root alone"), "nobody", reads=str(sql))) is None
    failure = perform(Command(("cat",), reads=str(tmp_path / "none")))
    assert failure is not None and "no such file" in failure.why


@root_only
def test_a_program_or_an_account_that_is_not_there_is_a_failure_of_its_command() -> None:
    missing = perform(Command(("no-such-program-here",)))
    assert (
        missing is not None
        and missing.why == "cannot be run: no-such-program-here: no such file or directory"
    )
    nobody = perform(Command(("true",), "no-such-account"))
    assert nobody is not None and nobody.why == "there is no account no-such-account"
    killed = perform(Command(("sh", "-c", "kill -9 $$")))
    assert killed is not None and killed.why == "sh: ended by signal 9"


def test_a_look_is_asked_again_after_the_commands() -> None:
    seen: list[Seen] = [left("a"), done("b")]
    step = Step("a", "a", "why", lambda: seen.pop(0), (Command(("true",)),))
    if os.geteuid() == 0:
        assert running.run((step,))[0].because == "b"
