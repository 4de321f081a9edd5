"""What an apply does not answer stays as it was found: owners, modes, access lists, labels, links, line ends, bytes."""

from __future__ import annotations

import difflib
import json
import os
import struct
from pathlib import Path

import pytest

from tests.faults.trees import Node, taken
from tests.test_headless import setup
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.session import Session
from wizard.storage import save_text

CONFIG = "srv/galaxy/config"
SITE = "etc/nginx/sites-available/galaxy"
ANSWERS = """\
preset = "single-server@1"

[groundwork]
service_manager = "systemd"
rotate_logs = true
brand = "{brand}"
virtualenv = "/srv/galaxy/{venv}"
id_secret = "kept-as-it-is-0123456789"

[database]
pool_size = {number}
setup_file = "/srv/galaxy/config/database.sql"

[proxy]
host_name = "{host}.example.org"

[data]
cleanup = "cron"
cvmfs = true

[[data.genomes]]
dbkey = "hg38"
name = "{host}"
"""
BEFORE = ANSWERS.format(brand="One", venv="venv", host="one", number=5)
AFTER = ANSWERS.format(brand="Two", venv="other", host="two", number=6)
ACCESS_LIST = struct.pack(
    "<I" + "HHI" * 5, 2, 1, 6, 2**32 - 1, 2, 4, 33, 4, 4, 2**32 - 1, 16, 4, 2**32 - 1, 32, 0, 2**32 - 1
)
"""The owner reads and writes, the group and account 33 read, nobody else does (linux/posix_acl_xattr.h)."""
DEFAULT = "system.posix_acl_default"
NOBODY_S = 64123
"""An account that no system has."""
CRLF = (f"{CONFIG}/galaxy.yml", f"{CONFIG}/job_conf.yml", SITE, f"{CONFIG}/database.sql")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to other accounts")


def session(root: Path, text: str) -> Session:
    return Session(root.parent / "answers.toml", Disk(root), text, environ={}, ephemeral=True)


def apply(root: Path, text: str) -> None:
    work = session(root, text)
    work.apply(work.plan())


def keeps_attributes(folder: Path) -> bool:
    try:
        os.setxattr(folder, "user.note", b"kept")
        os.setxattr(folder, DEFAULT, ACCESS_LIST)
        os.removexattr(folder, DEFAULT)
    except OSError:
        return False
    return True


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A server that somebody made in ways of their own, without anything of galaxy-setup's."""
    root = tmp_path / "x"
    root.mkdir()
    if not keeps_attributes(root):
        pytest.skip("the file system of the tests keeps no access lists and attributes of users")
    apply(root, BEFORE)
    for own in sorted((root / CONFIG / ".galaxy-setup").rglob("*"), reverse=True):
        own.rmdir() if own.is_dir() else own.unlink()
    (root / CONFIG / ".galaxy-setup").rmdir()
    (root / CONFIG / "galaxy-setup.toml").unlink()
    _made_odd(root)
    return root


def _made_odd(root: Path) -> None:
    for name in CRLF:
        place = root / name
        place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    galaxy = root / CONFIG / "galaxy.yml"
    galaxy.write_bytes(b"\xef\xbb\xbf" + galaxy.read_bytes().rstrip(b"\r\n"))
    # A file behind two links, one of them absolute; a directory behind one; a site that is enabled by one.
    (root / "srv/real").mkdir()
    galaxy.rename(root / "srv/real/galaxy.yml")
    (root / "srv/link.yml").symlink_to("/srv/real/galaxy.yml")
    galaxy.symlink_to("../../link.yml")
    (root / "etc/cron.d").rename(root / "etc/cron.real")
    (root / "etc/cron.d").symlink_to("cron.real")
    (root / "etc/nginx/sites-enabled").mkdir()
    (root / "etc/nginx/sites-enabled/galaxy").symlink_to("../sites-available/galaxy")
    modes = (0o440, 0o604, 0o660, 0o644, 0o600, 0o755)
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    for number, place in enumerate(files):
        if os.geteuid() == 0:
            os.chown(place, *((NOBODY_S, 34), (0, 33), (33, NOBODY_S))[number % 3])
        place.chmod(modes[number % len(modes)])
        os.setxattr(place, "user.note", b"of file %d\0" % number)
        if number % 2:
            os.setxattr(place, "system.posix_acl_access", ACCESS_LIST)
        if os.geteuid() == 0 and number % 3 == 0:
            _labelled(place)
    (root / "etc/logrotate.d").chmod(0o2755)
    os.setxattr(root / "etc/systemd/system", DEFAULT, ACCESS_LIST)


def _labelled(place: Path) -> None:
    try:
        os.setxattr(place, "security.selinux", b"system_u:object_r:etc_t:s0\0")
    except OSError:
        return  # a system with SELinux takes labels that it knows only, some file systems none


def _changed_lines(before: bytes, after: bytes) -> int:
    old, new = before.split(b"\n"), after.split(b"\n")
    return sum(1 for line in difflib.ndiff([repr(o) for o in old], [repr(n) for n in new]) if line[0] in "+-")


def test_only_the_answered_lines_change(root: Path) -> None:
    before = taken(root)
    apply(root, AFTER)
    after = taken(root)
    written = {path for path in before if before[path].data != after[path].data}
    assert len(written) >= 9, written
    assert {path for path in after if path not in before and ".galaxy-setup" not in path} == {
        f"{CONFIG}/galaxy-setup.toml"
    }
    for path, node in before.items():
        now = after[path]
        assert (now.kind, now.mode, now.owner, now.extended) == (
            node.kind,
            node.mode,
            node.owner,
            node.extended,
        ), path
        assert _ends(now) == _ends(node), path
        assert _changed_lines(node.data, now.data) <= 40, path
    assert after["srv/real/galaxy.yml"].data.startswith(b"\xef\xbb\xbf")
    assert after[f"{CONFIG}/galaxy.yml"].data == b"../../link.yml"


def _ends(node: Node) -> tuple[bool, bool, bool]:
    """Whether every line ends with CR LF, some do, and whether the last one has an end."""
    returned, lines = node.data.count(b"\r\n"), node.data.count(b"\n")
    return returned == lines, returned > 0, node.data.endswith(b"\n")


def test_a_second_apply_finds_nothing_to_do(root: Path) -> None:
    apply(root, AFTER)
    work = session(root, AFTER)
    assert [file.path for file in work.plan().pending] == []


def test_a_file_in_another_encoding_is_refused_by_its_line(root: Path) -> None:
    place = root / SITE
    place.write_bytes(b"# caf\xe9\r\n" + place.read_bytes())
    before = taken(root)
    with pytest.raises(Refused, match=r"sites-available/galaxy:1: is not UTF-8 text; convert it with iconv"):
        apply(root, AFTER)
    assert taken(root) == before


def test_an_access_list_of_the_directory_is_for_new_files_alone(root: Path) -> None:
    """The files below etc/systemd/system had none: their directory's is for those that come."""
    units = root / "etc/systemd/system"
    before = {unit.name: dict.fromkeys(os.listxattr(unit)) for unit in units.iterdir()}
    for unit in units.iterdir():
        if "system.posix_acl_access" in os.listxattr(unit):
            os.removexattr(unit, "system.posix_acl_access")
            unit.chmod(0o640)
    apply(root, AFTER)
    for unit in units.iterdir():
        assert "system.posix_acl_access" not in os.listxattr(unit), unit.name
    assert before


# more than one name


def test_another_name_keeps_the_old_text_and_it_is_said(root: Path, tmp_path: Path) -> None:
    site, (one, two) = root / SITE, (root / "etc/nginx/one", root / "srv/two")
    for name in (one, two):
        name.hardlink_to(site)
    then = site.read_bytes()
    (tmp_path / "a.toml").write_text(AFTER)
    (tmp_path / "a.toml").chmod(0o600)
    what = ["--answers", "a.toml", "--root", "x"]
    said = f"note: x/{SITE}: has 2 other names (hard links), which keep the text of before"
    looked = setup("diff", *what, cwd=tmp_path)
    assert looked.returncode == 1 and said in looked.stderr
    assert f"-inum {site.stat().st_ino}" in looked.stderr
    files = json.loads(setup("diff", "--json", *what, cwd=tmp_path).stdout)["files"]
    assert {file["path"]: file["other_names"] for file in files if file["other_names"]} == {f"/{SITE}": 2}
    run = setup("apply", "--yes", *what, cwd=tmp_path)
    assert run.returncode == 0 and said in run.stderr, run.stderr
    assert one.read_bytes() == two.read_bytes() == then != site.read_bytes()
    assert site.stat().st_nlink == 1
    again = setup("diff", *what, cwd=tmp_path)
    assert "other name" not in again.stderr


# answers that are saved


@needs_root
def test_a_saved_file_keeps_owner_link_and_label(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "galaxy-setup.toml"
    real.write_text("a = 1\n")
    os.chown(real, NOBODY_S, 33)
    real.chmod(0o640)
    link.symlink_to("real.toml")
    save_text(link, "a = 2\n", private=False)
    status = real.stat()
    assert (real.read_text(), link.is_symlink()) == ("a = 2\n", True)
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (NOBODY_S, 33, 0o640)
    save_text(link, 'a = "secret"\n', private=True)
    assert real.stat().st_mode & 0o7777 == 0o600 and real.stat().st_uid == NOBODY_S


def test_a_full_disk_loses_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "galaxy-setup.toml"
    work = Session(file, Disk(tmp_path), environ={})
    work.accept("groundwork.brand", "One")
    held = file.read_bytes()
    flush = os.fsync

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="cannot be written: no space left on device"):
        work.accept("groundwork.brand", "Two")
    assert (file.read_bytes(), work.value("groundwork.brand")) == (held, "One")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    monkeypatch.setattr(os, "fsync", flush)
    work.accept("groundwork.brand", "Two")
    assert b"Two" in file.read_bytes()


def test_a_draft_that_cannot_be_removed_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, root = tmp_path / "draft.toml", tmp_path / "x"
    root.mkdir()
    work = Session(draft, Disk(root), BEFORE, environ={}, draft=True)
    work.save()

    def fails(place: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system", str(place))

    monkeypatch.setattr(Path, "unlink", fails)
    applied = work.apply(work.plan())
    assert [note.file for note in applied.notes if "cannot be removed" in str(note)] == [str(draft)]
    assert work.file == root / CONFIG / "galaxy-setup.toml"
