"""Whole ways through the line mode, each ending in the same bytes as the headless run on the same answers."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.plain.driving import headless, piped, said, state, tree

KEY = "0123456789abcdef0123456789abcdef"
CONFIG = Path("srv/galaxy/config")


def same_as_headless(cwd: Path, root: Path) -> None:
    """The files below `root` are what a headless run makes of its answers on another root."""
    answers, other = cwd / "answers.toml", cwd / "headless"
    shutil.copy(state(root), answers)
    run = headless(cwd, "--answers", str(answers), "--root", str(other))
    assert run.returncode == 0, run.stderr
    assert tree(root) == tree(other) != {}


def test_a_new_server_by_a_pipe_is_what_the_headless_run_writes(tmp_path: Path) -> None:
    lines = [
        "single-server",
        "goto groundwork.id_secret",
        f"= {KEY}",
        "goto groundwork.brand",
        "Walked, with 'quotes' [and] $signs; µ",
        "goto proxy.host_name",
        "galaxy.example.com",
        "goto cluster.destinations",
        "add",
        "second",
        "local",
        "done",
        "section data",
        "review",
        "apply",
        "yes",
        "quit",
    ]
    run = piped(tmp_path, lines)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == b""
    text = said(run)
    assert "3 of 3 files would change" in text and "Applied: 3 files written." in text
    assert "Left to do, in this order: /srv/galaxy/venv/bin/pip install" in text
    assert KEY not in run.stdout.decode()
    answers = state(tmp_path / "root").read_text()
    assert 'host_name = "galaxy.example.com"' in answers and 'id = "second"' in answers
    same_as_headless(tmp_path, tmp_path / "root")


def test_every_question_can_be_walked_by_empty_lines_and_nothing_is_answered(tmp_path: Path) -> None:
    run = piped(tmp_path, ["empty", *[""] * 300])
    assert run.returncode == 0, run.stderr
    text = said(run)
    for number, section in enumerate(
        ("groundwork", "database", "proxy", "cluster", "scaling", "celery", "data"), 1
    ):
        assert f"Section {number} of 7: {section}," in text
    assert "Review" in text and not (tmp_path / "root").exists()


def test_an_install_is_read_one_answer_changed_and_applied(tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = headless(tmp_path, "--answers", "single-server", "--root", str(root))
    assert made.returncode == 0, made.stderr
    state(root).unlink()
    shutil.rmtree(root / CONFIG / ".galaxy-setup")
    before = tree(root)
    lines = ["import", "yes", "review", "goto groundwork.log_level", "WARNING", "apply", "yes"]
    run = piped(tmp_path, lines)
    assert run.returncode == 0, run.stdout + run.stderr
    text = said(run)
    assert "No file changes until you apply." in text
    assert "Nothing to do: every file is as answered." in text
    assert "Applied: 1 file written." in text
    name = str(CONFIG / "galaxy.yml")
    changed = before[name].replace(b"log_level: INFO", b"log_level: WARNING")
    assert changed != before[name]
    assert tree(root) == {**before, name: changed}
    assert b'log_level = "WARNING"' in state(root).read_bytes()


def test_an_install_that_was_read_is_kept_when_the_input_ends(tmp_path: Path) -> None:
    root = tmp_path / "root"
    headless(tmp_path, "--answers", "single-server", "--root", str(root))
    state(root).unlink()
    before = tree(root)
    run = piped(tmp_path, ["import", "yes"])
    assert run.returncode == 0 and tree(root) == before
    assert "[groundwork]" in (root / "galaxy-setup.toml").read_text()


def test_an_install_that_is_not_taken_leaves_the_choice(tmp_path: Path) -> None:
    root = tmp_path / "root"
    headless(tmp_path, "--answers", "single-server", "--root", str(root))
    state(root).unlink()
    run = piped(tmp_path, ["import", "no", "empty"])
    assert run.returncode == 0 and "Section 1 of 7" in said(run)
    assert not (root / "galaxy-setup.toml").exists()


def test_edits_by_hand_are_kept_taken_and_disowned(tmp_path: Path) -> None:
    root = tmp_path / "root"
    headless(tmp_path, "--answers", "single-server", "--root", str(root))
    file = root / CONFIG / "galaxy.yml"
    applied = file.read_text()
    edits = {
        "cleanup_job: onsuccess": "cleanup_job: never",
        "log_level: INFO": "log_level: DEBUG",
        "database_engine_option_pool_size: 8": "database_engine_option_pool_size: 12",
    }
    edited = applied
    for old, new in edits.items():
        assert edited.count(old) == 1
        edited = edited.replace(old, new)
    file.write_text(edited)

    stopped = piped(tmp_path, ["continue", "apply"])
    text = said(stopped)
    assert stopped.returncode == 3 and file.read_text() == edited
    assert "3 edits by hand since the last apply, 3 to decide:" in text
    assert "Nothing is written. Decide each edit by hand, then apply." in text
    number = {
        option: next(n for n in "123" if f"{n}: galaxy.{option} in" in text)
        for option in ("cleanup_job", "log_level", "database_engine_option_pool_size")
    }
    assert "the file says never the answer is onsuccess" in text

    decided = piped(
        tmp_path,
        [
            "continue",
            "review",
            f"take {number['log_level']}",
            f"disown {number['database_engine_option_pool_size']}",
            "keep 1",
            "apply",
            "yes",
        ],
    )
    assert decided.returncode == 0, said(decided)
    assert "taken: an apply writes the answer over it" in said(decided)
    assert "database.pool_size is left to its file from now on." in said(decided)
    kept = edited.replace("log_level: DEBUG", "log_level: INFO")
    assert file.read_text() == kept
    answers = state(root).read_text()
    assert 'cleanup_job = "never"' in answers and 'disowned = ["database.pool_size"]' in answers
    again = headless(tmp_path, "diff", "--root", str(root))
    assert again.returncode == 0, again.stdout


def test_each_of_several_hosts_gets_its_files(tmp_path: Path) -> None:
    secrets = ("groundwork.id_secret", "database.password", "celery.broker_password")
    typed = [line for path in secrets for line in (f"goto {path}", KEY)]
    lines = ["multi-host", *typed, "review", "2", "host web.example.org", "apply", "yes"]
    run = piped(tmp_path, lines)
    text = said(run)
    assert run.returncode == 0, text
    assert "For which host are the files?" in text and "jobs.example.org" in text
    assert (
        "Review, for the host jobs.example.org." in text and "Review, for the host web.example.org." in text
    )
    assert "on web.example.org? Type yes or no:" in text
    assert (tmp_path / "root/etc/nginx/sites-available/galaxy").exists()
    answers = tmp_path / "answers.toml"
    shutil.copy(state(tmp_path / "root"), answers)
    other = tmp_path / "headless"
    made = headless(tmp_path, "--answers", str(answers), "--host", "web.example.org", "--root", str(other))
    assert made.returncode == 0, made.stderr
    assert tree(tmp_path / "root") == tree(other) != {}


def test_answers_of_a_file_are_continued_for_a_named_host(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "multi-host@1"\n')
    run = piped(tmp_path, ["", "review"], "--answers", str(file), "--host", "jobs.example.org")
    assert run.returncode == 0, run.stderr
    assert "For which host" not in said(run) and "Review, for the host jobs.example.org." in said(run)
