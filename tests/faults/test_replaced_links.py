"""Somebody else swaps links while root applies: nothing outside of the install is ever written."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wizard.disk import Disk
from wizard.problems import Exit, Refused
from wizard.session import Session
from wizard.writing.contents import Content
from wizard.writing.places import Untrusted, real_place
from wizard.writing.replacing import replace_file
from wizard.writing.transaction import Write, carry_out

ROUNDS = 400
OTHER = 64123
"""An account that no system has."""
ANSWERS = '[groundwork]\nconfig_dir = "/srv/galaxy/config"\nbrand = "{}"\n'

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can be led astray, and be another account"
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    place.mkdir()
    (place / "galaxy.yml").write_text("root's own\n")
    os.utime(place, (0, 0))
    return place


@contextmanager
def _meanwhile(swap: Callable[[], None]) -> Iterator[None]:
    """Another account's process that calls `swap` over and over."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(OTHER)
        os.setuid(OTHER)
        while True:
            try:
                swap()
            except OSError:
                continue  # the other side was quicker
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _theirs(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    os.chown(place, OTHER, OTHER)
    return place


def _untouched(outside: Path) -> tuple[dict[Path, bytes], int]:
    """What is there, and when a name last came or went: a file that was there for a moment shows in that."""
    return {path: path.read_bytes() for path in outside.iterdir()}, outside.stat().st_mtime_ns


def _open_way(tmp_path: Path) -> None:
    for place in (tmp_path, *tmp_path.parents[:3]):
        place.chmod(place.stat().st_mode | 0o011)


@needs_root
@pytest.mark.parametrize("what", ["the directory", "the file"])
def test_a_link_that_is_swapped_all_the_time_leads_nowhere(what: str, tmp_path: Path, outside: Path) -> None:
    """Galaxy's account owns /srv/galaxy and puts a link to root's own in the place of what root writes."""
    _open_way(tmp_path)
    home = _theirs(tmp_path / "x/srv/galaxy")
    config = _theirs(home / "config")
    (config / "galaxy.yml").write_text("galaxy:\n  brand: None\n")
    os.chown(config / "galaxy.yml", OTHER, OTHER)

    def directory() -> None:
        (home / "config").rename(home / "away")
        (home / "config").symlink_to(outside)
        (home / "config").unlink()
        (home / "away").rename(home / "config")

    def file() -> None:
        (config / "link").symlink_to(outside / "galaxy.yml")
        (config / "link").rename(config / "galaxy.yml")
        (config / "galaxy.yml").unlink()
        (config / "galaxy.yml").write_text("galaxy:\n  brand: Theirs\n")

    before = _untouched(outside)
    done = refused = 0
    with _meanwhile(directory if what == "the directory" else file):
        while (number := done + refused) < ROUNDS or (not refused and number < 20 * ROUNDS):
            place = config / "galaxy.yml"
            write = Write(place, "galaxy.yml", Content(b"galaxy:\n  brand: %d\n" % number, 0o640))
            folder = tmp_path / f"record{number % 7}"
            folder.mkdir(exist_ok=True)
            try:
                carry_out(folder, [write], {}, lambda journal, _: journal.unlink())
                done += 1
            except Refused:
                refused += 1
            for left in folder.iterdir():
                left.unlink()
            time.sleep(0.0005)
    assert _untouched(outside) == before
    assert done + refused >= ROUNDS and refused


@needs_root
def test_a_whole_apply_below_another_account_s_directory(tmp_path: Path, outside: Path) -> None:
    _open_way(tmp_path)
    home = _theirs(tmp_path / "x/srv/galaxy")
    config = _theirs(home / "config")

    def swap() -> None:
        (home / "config").rename(home / "away")
        (home / "config").symlink_to(outside)
        time.sleep(0.002)
        (home / "config").unlink()
        (home / "away").rename(home / "config")
        time.sleep(0.01)

    before = _untouched(outside)
    with _meanwhile(swap):
        for number in range(60):
            text = ANSWERS.format(number)
            work = Session(tmp_path / "a.toml", Disk(tmp_path / "x"), text, ephemeral=True)
            try:
                work.apply(work.plan())
            except Refused as refusal:
                assert refusal.status in (Exit.TROUBLE, Exit.NOT_PERMITTED)
    assert _untouched(outside) == before
    assert config.parent == home


# directories that are everybody's


@needs_root
@pytest.mark.parametrize(
    ("mode", "owner", "said"),
    [
        (0o0777, 0, "everybody may replace"),
        (0o1777, OTHER, "another user put this"),
        (0o1777, 0, None),
    ],
)
def test_in_a_directory_that_is_everybodys(mode: int, owner: int, said: str | None, tmp_path: Path) -> None:
    """As /tmp is (sticky), or as one that somebody made so: a file there is root's own, or is not written."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    place = shared / "galaxy.yml"
    place.write_text("old\n")
    os.chown(place, owner, 0)
    if said is None:
        replace_file(place, b"new\n", 0o600)
        assert place.read_text() == "new\n"
        return
    with pytest.raises(Untrusted, match=said):
        replace_file(place, b"new\n", 0o600)
    assert place.read_text() == "old\n"
    assert [path.name for path in shared.iterdir()] == ["galaxy.yml"]


@needs_root
def test_a_link_of_another_account_may_lead_to_its_own_only(tmp_path: Path, outside: Path) -> None:
    home = _theirs(tmp_path / "home")
    (home / "mine.yml").write_text("theirs\n")
    os.chown(home / "mine.yml", OTHER, OTHER)
    for name, target in (("good", home / "mine.yml"), ("bad", outside / "galaxy.yml")):
        (home / name).symlink_to(target)
        os.lchown(home / name, OTHER, OTHER)
    assert real_place(home / "good") == home / "mine.yml"
    with pytest.raises(Untrusted, match="leads to what is not that user's"):
        real_place(home / "bad")
