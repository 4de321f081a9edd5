"""What a question is explained with on one server: what its files hold, where its answer comes from, no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.commands.line import main
from wizard.disk import Disk
from wizard.session import Session
from wizard.statefile import new


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A server that a preset was applied to."""
    work = Session(tmp_path / "galaxy-setup.toml", Disk(tmp_path), new("single-server"), draft=True)
    work.apply(work.plan())
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(("explain", *arguments)) == 0
    return " ".join(capsys.readouterr().out.split())


def test_an_explanation_has_the_value_on_disk_its_file_and_line_and_the_origin(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    lines = config.read_text().splitlines()
    line = 1 + next(n for n, text in enumerate(lines) if "database_engine_option_pool_size" in text)
    value = lines[line - 1].split()[-1]
    text = explained(capsys, "database.pool_size", "--root", str(root))
    assert f"On disk {value} in {config}:{line} " in text
    assert "Answer from preset single-server@1" in text
    assert "Default 5 (Galaxy 26.1)" in text


def test_an_option_that_is_commented_out_has_its_line_too(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    assert f"On disk not in {config}" in explained(capsys, "groundwork.brand", "--root", str(root))
    text = config.read_text() + "  #brand: null\n"
    config.write_text(text)
    line = text.count("\n")
    told = explained(capsys, "groundwork.brand", "--root", str(root))
    assert f"On disk commented out in {config}:{line} " in told
    assert "Answer not given: stays as the file has it" in told


def test_without_an_install_it_tells_what_holds_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = explained(capsys, "database.pool_size", "--root", str(tmp_path))
    assert text == explained(capsys, "database.pool_size")
    assert "On disk" not in text


def test_telling_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    explained(capsys, "database.pool_size", "--root", str(root))
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_no_explanation_shows_a_secret_that_stands_in_a_file(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    text = config.read_text()
    secret = next(line.split()[-1] for line in text.splitlines() if line.lstrip().startswith("id_secret:"))
    config.write_text(text + "  smtp_password: hunter2\n")
    work = Session(config.with_name("galaxy-setup.toml"), Disk(root), new("single-server"))
    places = work.present()
    assert secret not in str(places) and "hunter2" not in str(places)
    assert places["options.smtp_password"][0].value == places["groundwork.id_secret"][0].value == "a secret"
    assert "a secret in" in explained(capsys, "groundwork.id_secret", "--root", str(root))


def test_a_file_that_cannot_be_read_is_said_to_be_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    config.write_text("galaxy: [\n")
    told = explained(capsys, "groundwork.brand", "--root", str(root))
    assert f"On disk {config} cannot be read" in told
    config.unlink()
    assert f"On disk {config} is not there yet" in explained(capsys, "groundwork.brand", "--root", str(root))


def test_a_column_says_whether_every_row_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Needed in every row" in explained(capsys, "cluster.destinations.id")
    assert "Needed" not in explained(capsys, "cluster.destinations.cores")


def test_an_option_that_no_question_asks_for_is_told_as_well(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    text = config.read_text() + "  conda_auto_install: true\n  #ga_code: null\n  smtp_password: hunter2\n"
    config.write_text(text)
    lines = text.count("\n")
    for name, told in {
        "conda_auto_install": f"true in {config}:{lines - 2}",
        "ga_code": f"commented out in {config}:{lines - 1}",
        "smtp_password": f"a secret in {config}:{lines}",
        "statsd_host": f"not in {config}",
    }.items():
        assert f"On disk {told}" in explained(capsys, name, "--root", str(root))


def test_a_value_that_is_no_answer_is_shown_where_it_stands(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = root / "srv/galaxy/config/galaxy.yml"
    text = config.read_text() + "  brand: [1]\n  ga_code: null\n"
    config.write_text(text)
    lines = text.count("\n")
    told = explained(capsys, "groundwork.brand", "--root", str(root))
    assert f"On disk [1] in {config}:{lines - 1}" in told
    assert f"null in {config}:{lines}" in explained(capsys, "ga_code", "--root", str(root))
