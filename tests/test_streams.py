"""Standard streams as bad as they come: another encoding, full, closed, gone; and signals. Never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.consumers import need_tool
from tests.test_headless import CONFIG, ROOT, setup, tree

COMMAND = f"{sys.executable} -m wizard.cli"
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `galaxy-setup` is the tool."""
    function = f'galaxy-setup() {{ {COMMAND} "$@"; }}\nset -o pipefail\n'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [need_tool("bash"), "-c", function + script],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    """Answers with letters that ASCII has no room for."""
    file = tmp_path / "brand.toml"
    file.write_text('preset = "trial@1"\n[groundwork]\nbrand = "é☃"\n', encoding="utf-8")
    return file


def test_a_patch_is_utf_8_whatever_the_locale(brand: Path, tmp_path: Path) -> None:
    environment = {**os.environ, **POSIX, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [*COMMAND.split(), "diff", "--answers", brand.name, "--root", "x"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, b"")
    assert "brand: é☃".encode() in run.stdout
    (tmp_path / "x").mkdir()
    subprocess.run([need_tool("patch"), "-p1", "-s"], input=run.stdout, cwd=tmp_path / "x", check=True)
    assert "brand: é☃" in (tmp_path / "x" / CONFIG / "galaxy.yml").read_text(encoding="utf-8")


def test_what_the_terminal_cannot_show_is_escaped(brand: Path, tmp_path: Path) -> None:
    table = setup("diff", "--options", "--answers", brand.name, "--root", "x", cwd=tmp_path, env=POSIX)
    assert (table.returncode, table.stderr) == (1, "")
    assert "\\xe9\\u2603" in table.stdout
    listed = setup("diff", "--json", "--answers", brand.name, "--root", "x", cwd=tmp_path, env=POSIX)
    assert "é☃" in json.loads(listed.stdout)["files"][0]["diff"]
    brand.write_text('[groundwork]\n"é☃" = 1\n', encoding="utf-8")
    refused = setup("diff", "--answers", brand.name, cwd=tmp_path, env=POSIX)
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["schema", "presets trial", "completion bash"])
def test_what_a_program_reads_does_not_depend_on_the_locale(name: str, tmp_path: Path) -> None:
    plain, posix = setup(*name.split(), cwd=tmp_path), setup(*name.split(), cwd=tmp_path, env=POSIX)
    assert plain.returncode == posix.returncode == 0
    assert plain.stdout == posix.stdout


SAYING = (
    "--version",
    "--help",
    "diff --help",
    "presets",
    "schema",
    "explain database.engine",
    "completion bash",
    "diff --answers trial --root x",
    "diff --answers trial --root x --json",
)


@pytest.mark.parametrize("arguments", SAYING)
def test_a_full_or_closed_output_is_one_line(arguments: str, tmp_path: Path) -> None:
    for stream, reason in ((">/dev/full", "no space left on device"), (">&-", "bad file descriptor")):
        run = shell(f"galaxy-setup {arguments} {stream}", tmp_path)
        expected = f"galaxy-setup: standard output: cannot be used: {reason}\n"
        assert (run.returncode, run.stderr) == (2, expected), stream


@pytest.mark.parametrize("arguments", SAYING)
def test_a_reader_that_goes_away_is_no_news(arguments: str, tmp_path: Path) -> None:
    # The reader is gone before anything is written: the pipe's only reading end is closed first.
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [*COMMAND.split(), *arguments.split()],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (run.returncode, run.stderr) == (141, b"")


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_an_apply_without_streams_writes_its_files_whole(streams: str, tmp_path: Path) -> None:
    usual = shell("galaxy-setup apply --yes --quiet --answers trial --root y", tmp_path)
    assert (usual.returncode, usual.stderr) == (0, "")
    run = shell(f"galaxy-setup apply --yes --quiet --answers trial --root x {streams}", tmp_path)
    assert run.returncode == 0 and "Traceback" not in run.stderr
    assert set(tree(tmp_path / "x")) == set(tree(tmp_path / "y"))
    job_conf = str(CONFIG / "job_conf.yml")
    assert tree(tmp_path / "x")[job_conf] == tree(tmp_path / "y")[job_conf]


def test_an_apply_whose_report_cannot_be_written_has_applied(tmp_path: Path) -> None:
    for arguments in ("", "--json"):
        root = f"x{arguments}"
        run = shell(
            f"galaxy-setup apply --yes {arguments} --answers trial --root {root} >/dev/full", tmp_path
        )
        assert run.returncode == 2 and len(run.stderr.splitlines()) == 1
        assert str(CONFIG / "galaxy-setup.toml") in tree(tmp_path / root)


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null"])
def test_without_a_stream_there_is_no_terminal(streams: str, tmp_path: Path) -> None:
    for command in ("", "apply --answers trial --root x"):
        run = shell(f"galaxy-setup {command} {streams}", tmp_path)
        assert run.returncode == 2 and "Traceback" not in run.stderr
        assert "terminal" in run.stderr or "2>&-" in streams
    assert list(tmp_path.iterdir()) == []


def test_trouble_that_cannot_be_told_is_still_trouble(tmp_path: Path) -> None:
    for stream in ("2>/dev/full", "2>&-"):
        assert shell(f"galaxy-setup diff --answers none.toml {stream}", tmp_path).returncode == 2


def test_a_directory_that_is_gone_is_no_traceback(tmp_path: Path) -> None:
    script = f"mkdir d; cd d; rmdir ../d; galaxy-setup diff --root {tmp_path}; echo $?; galaxy-setup import d --root r"
    run = shell(script, tmp_path)
    assert run.returncode == 2 and run.stdout == "2\n"
    assert len(run.stderr.splitlines()) == 2 and "Traceback" not in run.stderr


def heed_signals() -> None:
    """Whoever started the tests may have had signals ignored, as a shell does for what runs in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_at_the_prompt_ends_it_with_nothing_written(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONDONTWRITEBYTECODE": "1"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wizard.cli", "apply", "--answers", "trial", "--root", "x"],
        cwd=str(tmp_path),
        env=environment,
        timeout=30,
        preexec_fn=heed_signals,
    )
    child.expect_exact("[y/N]")
    child.kill(number)
    said = child.read()
    child.close()
    assert child.exitstatus == status
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_130_without_a_word(tmp_path: Path) -> None:
    """While it waits for answers that never come."""
    os.mkfifo(tmp_path / "never.toml")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.Popen(
        [*COMMAND.split(), "diff", "--answers", "never.toml"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=heed_signals,
    )
    writer = os.open(tmp_path / "never.toml", os.O_WRONLY)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=30)
    os.close(writer)
    assert (run.returncode, said) == (130, b"")
