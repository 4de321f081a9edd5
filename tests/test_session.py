"""One admin's work: every accepted answer is on disk, and what others wrote there meanwhile is not lost."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.session import READING, Session
from wizard.statefile import new


def session(tmp_path: Path, preset: str | None = None) -> Session:
    work = Session(tmp_path / "answers.toml", Disk(tmp_path / "root"), new(preset))
    work.accept("groundwork.brand", "Mine")
    return work


def test_an_accepted_answer_is_on_disk_before_accept_returns(tmp_path: Path) -> None:
    work = session(tmp_path)
    assert work.file.read_text() == work.text
    assert 'brand = "Mine"' in work.text


def test_what_another_program_wrote_meanwhile_stays(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.file.write_text(work.text + "\n# theirs\n[options]\nftp_upload_purge = false\n")
    work.accept("groundwork.debug", False)
    assert "# theirs" in work.file.read_text() and "ftp_upload_purge = false" in work.file.read_text()
    assert work.given["options.ftp_upload_purge"] is False and work.value("groundwork.brand") == "Mine"


def test_two_wizards_on_one_file_lose_nothing(tmp_path: Path) -> None:
    one = session(tmp_path)
    two = Session(one.file, one.disk, one.file.read_text())
    one.accept("groundwork.user", "galaxy")
    two.accept("groundwork.group", "galaxy")
    one.accept("scaling.workers", 4)
    text = one.file.read_text()
    assert all(part in text for part in ("user = ", "group = ", "workers = 4"))


def test_a_file_that_somebody_left_broken_is_refused_and_stays(tmp_path: Path) -> None:
    work = session(tmp_path)
    work.file.write_text("[groundwork\n")
    with pytest.raises(Refused) as refusal:
        work.accept("groundwork.debug", False)
    assert refusal.value.problems[0].file == str(work.file)
    assert work.file.read_text() == "[groundwork\n"


def test_a_refused_answer_changes_nothing(tmp_path: Path) -> None:
    work = session(tmp_path)
    before = work.file.read_text()
    with pytest.raises(Refused):
        work.accept("scaling.workers", 0)
    assert work.file.read_text() == before


def test_a_preset_answer_that_ones_own_make_moot_is_no_note(tmp_path: Path) -> None:
    work = session(tmp_path, "single-server@1")
    for path, value in {"connect": "tcp", "host": "db.example.org"}.items():
        work.accept(f"database.{path}", value)
    assert [problem.question for problem in work.plan().idle] == []


def test_a_generated_secret_in_a_row_stays_as_it_was_made(tmp_path: Path) -> None:
    text = """preset = "single-server@1"
[[cluster.runners]]
id = "pulsar"
kind = "pulsar-rest"
[[cluster.destinations]]
id = "local"
runner = "pulsar"
url = "https://pulsar.example.org:8913/"
private_token = { generate = true }
"""
    work = Session(tmp_path / "answers.toml", Disk(tmp_path / "root"), text)
    work.apply(work.plan())
    assert work.plan().pending == ()


def test_a_generated_secret_is_the_same_in_every_plan_until_it_is_written(tmp_path: Path) -> None:
    work = session(tmp_path, "single-server")

    def planned() -> str:
        return str(work.plan().given["groundwork.id_secret"].reference)

    first = planned()
    work.accept("groundwork.brand", "Other")
    assert planned() == first and first not in repr(work)
    work.accept("groundwork.id_secret", Secret("0123456789"))
    assert planned() == "0123456789"
    work.clear("groundwork.id_secret")
    again = planned()
    assert again not in (first, "0123456789")
    work.apply(work.plan())
    assert planned() == again and not work.made.keys() - {"groundwork.id_secret"}


def test_parsed_files_are_for_one_thread_at_a_time(tmp_path: Path) -> None:
    """The wizard works out advice, and what files hold, beside plans: all of it reads the same documents."""
    work = session(tmp_path, "single-server@1")
    plan = work.plan()
    for task in (lambda: work.advice(plan), work.present, work.plan):
        reading = Thread(target=task)
        with READING:
            reading.start()
            reading.join(0.3)
            assert reading.is_alive()
        reading.join(30)
        assert not reading.is_alive()
