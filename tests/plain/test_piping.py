"""The line mode by a pipe: its words one by one, what is refused, and how the end of the input ends it."""

from __future__ import annotations

import re
from pathlib import Path

import pexpect
import pytest

from tests.plain.driving import COMMAND, ENVIRONMENT, headless, piped, said, state, tree
from wizard.reference import explain
from wizard.statefile import load

HOST = ["single-server", "goto proxy.host_name"]


def answers(root: Path) -> dict[str, object]:
    file = state(root)
    return load(file.read_text(), str(file)).own


def test_the_end_of_the_input_leaves_all_that_was_accepted(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "kept.example.org"])
    assert (run.returncode, run.stderr) == (0, b"")
    assert said(run).endswith("The answers are in root/galaxy-setup.toml.")
    assert answers(tmp_path / "root") == {"proxy.host_name": "kept.example.org"}


def test_the_last_line_needs_no_line_end(tmp_path: Path) -> None:
    run = piped(tmp_path, b"single-server\r\ngoto proxy.host_name\r\nkept.example.org")
    assert run.returncode == 0
    assert answers(tmp_path / "root") == {"proxy.host_name": "kept.example.org"}


def test_a_refused_answer_says_why_and_is_asked_again(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "bad host/name", "good.example.org"])
    assert run.returncode == 0
    assert "Not kept: must be a host name or an address, such as galaxy.example.org. Host name:" in said(run)
    assert answers(tmp_path / "root") == {"proxy.host_name": "good.example.org"}


def test_a_refused_answer_is_named_at_the_end_and_in_the_status(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "bad host/name", "", "quit"])
    assert run.returncode == 2
    assert "Not kept: proxy.host_name: must be a host name" in said(run)


def test_nothing_is_applied_past_a_refused_answer(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "bad host/name", "apply", "yes"])
    assert run.returncode == 2 and tree(tmp_path / "root") == {}
    assert "1 answer typed and not kept: proxy.host_name: must be a host name" in said(run)
    mended = piped(tmp_path, ["", "goto proxy.host_name", "bad host/name", "clear", "apply", "yes"])
    assert mended.returncode == 0 and tree(tmp_path / "root") != {}


def test_an_apply_without_a_yes_writes_nothing(tmp_path: Path) -> None:
    asked = piped(tmp_path, ["single-server", "apply"])
    assert asked.returncode == 2 and "Nothing is written: nobody said yes." in said(asked)
    refused = piped(tmp_path, ["", "apply", "no"])
    assert refused.returncode == 0 and "Nothing is written." in said(refused)
    assert tree(tmp_path / "root") == {}


def test_an_apply_that_is_refused_is_told_by_the_status(tmp_path: Path) -> None:
    (tmp_path / "root/srv/galaxy").mkdir(parents=True)
    (tmp_path / "root/srv/galaxy/config").write_text("a file where the directory belongs")
    run = piped(tmp_path, ["single-server", "apply", "yes"])
    assert run.returncode == 2 and run.stderr == b"", said(run)
    assert "Nothing can be applied yet:" in said(run) or "the apply was refused:" in said(run)


def test_a_value_that_is_a_word_is_given_behind_the_sign(tmp_path: Path) -> None:
    run = piped(tmp_path, ["empty", "goto groundwork.brand", "= quit", "goto database.engine", "postgresql"])
    assert run.returncode == 0
    assert answers(tmp_path / "root") == {"groundwork.brand": "quit", "database.engine": "postgresql"}


def test_clear_suggest_undo_and_redo(tmp_path: Path) -> None:
    lines = ["goto groundwork.release", "suggest", "goto groundwork.brand", "One", "undo", "redo", "undo"]
    run = piped(tmp_path, ["empty", *lines, "Two", "goto groundwork.brand", "clear", "undo", "undo", "undo"])
    text = said(run)
    assert run.returncode == 0, text
    assert "Kept: 26.1." in text and "Given again: groundwork.brand." in text
    assert "Cleared, now not given." in text
    assert answers(tmp_path / "root") == {}
    again = piped(tmp_path, [*HOST, "clear", "x.example.org", "undo", "undo"])
    assert "There is nothing to undo." in said(again)


def test_undo_gives_back_what_the_preset_or_a_disowned_option_was(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    file = tmp_path / "root/galaxy-setup.toml"
    file.write_text('preset = "single-server@1"\ndisowned = ["database.pool_size"]\n')
    run = piped(tmp_path, ["", "goto database.pool_size", "9", "undo"])
    assert run.returncode == 0
    loaded = load(file.read_text(), str(file))
    assert loaded.disowned == ("database.pool_size",) and loaded.own == {}


def test_back_goes_where_one_came_from(tmp_path: Path) -> None:
    run = piped(tmp_path, ["single-server", "back", "goto proxy.tls", "section data", "back", "back", "back"])
    prompts = re.findall(r"^([A-Z][^:]*): $", run.stdout.decode(), re.MULTILINE)
    assert prompts[0] == "Start from"
    assert prompts[1:] == [*["Galaxy release"] * 2, "TLS", "Object store", "TLS", *["Galaxy release"] * 2]
    assert "This is where you began." in said(run)


def test_help_is_the_text_of_explain(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "?", "? database.engine", "? conda_auto_install", "? nonsense"])
    text = run.stdout.decode()
    assert explain("proxy.host_name").splitlines()[2] in text
    for line in explain("database.engine").splitlines():
        if not line.startswith(("Suggested", "Of these", " ")):
            assert line in text
    assert "conda_auto_install (options.conda_auto_install)" in text
    assert "nothing is called nonsense" in text


def test_a_table_is_edited_by_words(tmp_path: Path) -> None:
    table = ["goto cluster.destinations", "add", "one", "local", "done", "table add", "two", "local", "done"]
    edit = ["copy 1", "three", "done", "move 3 1", "edit 2", "", "= local", "done", "remove 3"]
    run = piped(tmp_path, ["empty", *table, *edit])
    text = said(run)
    assert run.returncode == 0, text
    assert "The row is kept: two, runner local." in text
    rows = answers(tmp_path / "root")["cluster.destinations"]
    assert [row.id for row in rows] == ["three", "one"]  # type: ignore[attr-defined]


def test_a_row_that_is_not_whole_is_told_and_mended(tmp_path: Path) -> None:
    lines = ["empty", "goto cluster.destinations", "add", "", "local"]
    cut = piped(tmp_path, lines)
    assert cut.returncode == 2 and "Not kept: cluster.destinations: the row has no id yet." in said(cut)
    left = piped(tmp_path, [*lines, "review", "one", "done", "quit"])
    assert left.returncode == 0 and "Mend it, or cancel leaves the row as it was before." in said(left)
    assert answers(tmp_path / "root")["cluster.destinations"][0].id == "one"  # type: ignore[index]


def test_a_row_is_left_as_it_was_by_cancel_and_undone_as_a_whole(tmp_path: Path) -> None:
    lines = ["small-lab", "goto cluster.destinations", "edit 1", "other", "cancel"]
    run = piped(tmp_path, lines)
    assert run.returncode == 0 and answers(tmp_path / "root") == {}
    run = piped(tmp_path, ["", "goto cluster.destinations", "add", "new", "local", "4", "done", "undo"])
    assert run.returncode == 0 and answers(tmp_path / "root") == {}
    assert "Undone: cluster.destinations." in said(run)


def test_two_columns_that_need_each_other_are_kept_once_both_are_there(tmp_path: Path) -> None:
    lines = ["empty", "goto scaling.hosts", "add", "web.example.org", "web", "done"]
    run = piped(tmp_path, lines)
    assert "web.example.org" in said(run)
    lines = ["", "goto cluster.destinations", "add", "a", "local", "done", "copy 1", "a", "done", "b", "done"]
    run = piped(tmp_path, lines)
    assert run.returncode == 0 and "is taken by row 1 already" in said(run)
    rows = answers(tmp_path / "root")["cluster.destinations"]
    assert [row.id for row in rows] == ["a", "b"]  # type: ignore[attr-defined]


def test_a_map_is_given_name_by_name(tmp_path: Path) -> None:
    lines = [
        "slurm-cluster",
        "goto scaling.web_environment",
        "A=1",
        "B_TOKEN=hunter2",
        "nonsense",
        "remove A",
    ]
    run = piped(tmp_path, [*lines, "C=3", ""])
    text = said(run)
    assert "Not kept: each line must be NAME=VALUE." in text and "hunter2" not in text
    assert answers(tmp_path / "root") == {"scaling.web_environment": {"B_TOKEN": "hunter2", "C": "3"}}


def test_a_secret_by_a_pipe_is_a_line_and_is_not_said(tmp_path: Path) -> None:
    lines = [
        "single-server",
        "goto database.password",
        "hunter2",
        "review",
        "options",
        "diff",
        "apply",
        "yes",
    ]
    run = piped(tmp_path, lines)
    assert run.returncode == 0 and b"hunter2" not in run.stdout + run.stderr
    assert 'password = "hunter2"' in state(tmp_path / "root").read_text()
    run = piped(
        tmp_path, ["", "goto database.password", "env:GALAXY_DB", "diff"], env={"GALAXY_DB": "sesame"}
    )
    assert "Kept: from env GALAXY_DB." in said(run) and b"sesame" not in run.stdout


def test_a_question_that_does_not_apply_says_when_it_does(tmp_path: Path) -> None:
    run = piped(tmp_path, [*HOST, "goto data.cleanup_what", "still.example.org"])
    assert "What to clean (data.cleanup_what) is asked when data.cleanup is cron. Host name:" in said(run)
    assert answers(tmp_path / "root") == {"proxy.host_name": "still.example.org"}


def test_a_draft_is_resumed_behind_its_last_answer(tmp_path: Path) -> None:
    piped(tmp_path, [*HOST, "kept.example.org"])
    run = piped(tmp_path, ["continue", "/galaxy"])
    assert "URL prefix (proxy.url_prefix)" in run.stdout.decode()
    assert answers(tmp_path / "root")["proxy.url_prefix"] == "/galaxy"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    run = piped(tmp_path, b"single-server\ngoto groundwork.brand\ncaf\xe9\n\x1b[A\nfine\n")
    assert run.returncode == 0 and run.stderr == b""
    assert said(run).count("Not kept: holds a control character or bytes that are no text") == 2
    assert answers(tmp_path / "root") == {"groundwork.brand": "fine"}


def test_lines_are_ascii_where_the_encoding_has_no_more(tmp_path: Path) -> None:
    lines = ["single-server", "goto groundwork.brand", "µ", "goto groundwork.brand", "help", "review", "diff"]
    run = piped(tmp_path, lines, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert run.returncode in (0, 2) and run.stdout.isascii() and b"Traceback" not in run.stderr


@pytest.mark.parametrize("width", [40, 100])
def test_lines_are_wrapped_at_the_width(tmp_path: Path, width: int) -> None:
    run = piped(tmp_path, [*HOST, "?", "help", "section", "review"], env={"COLUMNS": str(width)})
    for line in run.stdout.decode().splitlines():
        assert len(line) <= width or " " not in line.strip().partition(": ")[2], line


def test_no_colour_whatever_is_asked_for(tmp_path: Path) -> None:
    run = piped(tmp_path, ["single-server", "review", "diff"], "--color", "always")
    assert run.returncode == 0 and b"\x1b" not in run.stdout


def test_a_terminal_that_cannot_hold_the_wizard_is_told_of_this(tmp_path: Path) -> None:
    run = headless(tmp_path, "--root", "root")
    assert run.returncode == 2
    assert b"the wizard needs a terminal; galaxy-setup --plain asks line by line" in run.stderr
    child = pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], "--root", "root"], env=ENVIRONMENT, cwd=str(tmp_path), timeout=30
    )
    child.expect_exact(
        "this terminal (TERM=dumb) cannot hold the wizard; galaxy-setup --plain asks line by line"
    )
    child.close()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("diff", "--plain"), "unrecognized arguments: --plain"),
        (("--plain", "diff", "--answers", "trial"), "--plain is for the wizard, diff asks no questions"),
        (("--plain", "--answers", "/dev/null", "--root", "r"), "is no file that answers could be kept in"),
        (("--plain", "--answers", "missing.toml", "--root", "r"), "missing.toml"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], what: str
) -> None:
    run = headless(tmp_path, *arguments)
    assert run.returncode == 2 and what in run.stderr.decode()
    assert len(run.stderr.decode().splitlines()) == 1


def test_of_several_installs_one_is_chosen(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("one", "two"):
        config = root / "srv" / name / "config"
        config.mkdir(parents=True)
        (config / "galaxy-setup.toml").write_text(
            f'schema = 1\n[groundwork]\nconfig_dir = "/srv/{name}/config"\nroot = "/srv/{name}"\n'
        )
    run = piped(tmp_path, ["5", "2", "continue", "goto groundwork.brand", "Second"])
    assert run.returncode == 0, run.stderr
    assert "Several installs are managed here:" in said(run) and "Type a number, 1 to 2, or quit." in said(
        run
    )
    named = (root / "srv/two/config/galaxy-setup.toml").read_text()
    assert ('brand = "Second"' in named) != (
        'brand = "Second"' in (root / "srv/one/config/galaxy-setup.toml").read_text()
    )
    ended = piped(tmp_path, [])
    assert ended.returncode == 2 and b"several installs found, and none was chosen" in ended.stderr


def test_a_log_is_kept_and_debug_does_not_disturb(tmp_path: Path) -> None:
    run = piped(tmp_path, ["trial", "quit"], "--debug", "--log", "run.log")
    assert run.returncode == 0 and b"galaxy-setup: debug: " in run.stderr and b"debug" not in run.stdout
    assert "exit status 0" in (tmp_path / "run.log").read_text()
