"""Galaxy's account and directories: seen on real files, made least-privilege."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.steps.scenes import accounts, codes, put, scene_of, seen, step
from wizard.steps.accounts import directories
from wizard.steps.step import Scene

ANSWERS = 'preset = "single-server@1"\n'
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other accounts")


def scene(root: Path, more: str = "") -> Scene:
    return scene_of(ANSWERS + more, root)


def test_group_and_account_are_seen_in_the_files_below_the_root(tmp_path: Path) -> None:
    accounts(tmp_path)
    assert seen(scene(tmp_path), "account.group").state == "left"
    assert seen(scene(tmp_path), "account.user").state == "left"
    accounts(tmp_path, "galaxy")
    assert seen(scene(tmp_path), "account.group").state == "done"
    assert seen(scene(tmp_path), "account.user").state == "done"


def test_an_account_of_another_group_is_made_a_member_and_not_made_anew(tmp_path: Path) -> None:
    accounts(tmp_path, "galaxy")
    put(tmp_path, "/etc/group", "root:x:0:\nscience:x:77:\n")
    one = scene(tmp_path, '[groundwork]\ngroup = "science"\n')
    assert seen(one, "account.user").because == "galaxy is no member of science"
    assert step(one, "account.user").commands[0].argv == (
        "usermod",
        "--append",
        "--groups",
        "science",
        "galaxy",
    )
    put(tmp_path, "/etc/group", "root:x:0:\nscience:x:77:galaxy\n")
    assert seen(one, "account.user").state == "done"


def test_the_account_is_a_system_account_without_a_home_of_a_person(tmp_path: Path) -> None:
    words = step(scene(tmp_path), "account.user").commands[0].argv
    assert "--system" in words and words[words.index("--home-dir") + 1] == "/srv/galaxy/home"


def test_nobody_but_owner_and_group_may_write_whatever_the_umask(tmp_path: Path) -> None:
    for umask, data in (("022", 0o755), ("027", 0o750), ("077", 0o700), ("000", 0o755), ("002", 0o755)):
        found = directories(scene(tmp_path, f'[groundwork]\numask = "{umask}"\n'))
        assert not [one for one in found if one.mode & 0o022], umask
        assert {one.path: one.mode for one in found}["/srv/galaxy/data"] == data
    closed = {one.path: one.mode for one in found}
    assert closed["/srv/galaxy/var"] == closed["/srv/galaxy/log"] == closed["/srv/galaxy/data/tus"] == 0o750


def test_below_a_directory_of_galaxys_its_own_account_makes_them(tmp_path: Path) -> None:
    """Root would follow a link that this account put in their place."""
    commands = {one.argv[-1]: one for one in step(scene(tmp_path), "directories").commands}
    assert commands["/srv/galaxy/data"].user is None
    for path in ("/srv/galaxy/data/tmp", "/srv/galaxy/data/objects", "/srv/galaxy/var/config"):
        assert commands[path].user == "galaxy", path


@ROOT
def test_a_directory_that_is_missing_or_not_galaxys_is_named(tmp_path: Path) -> None:
    accounts(tmp_path, "galaxy", uid=990)
    one = scene(tmp_path)
    for wanted in directories(one):
        place = tmp_path / wanted.path.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        os.chown(place, 990 if wanted.owner else 0, 990 if wanted.group else 0)
    assert seen(one, "directories").state == "done"
    data = tmp_path / "srv/galaxy/data"
    os.chown(data, 5, 5)
    assert seen(scene(tmp_path), "directories").because == "galaxy may not write to /srv/galaxy/data"
    os.chown(data, 5, 990)
    data.chmod(0o775)
    assert seen(one, "directories").state == "done"  # by its group
    data.chmod(0o777)
    assert seen(one, "directories").because == "everybody may write to /srv/galaxy/data"
    (tmp_path / "srv/galaxy/log").rmdir()
    put(tmp_path, "/srv/galaxy/log")
    assert "/srv/galaxy/log is no directory" in seen(one, "directories").because


def test_only_what_is_wrong_is_made(tmp_path: Path) -> None:
    one = scene(tmp_path)
    for wanted in directories(one):
        (tmp_path / wanted.path.lstrip("/")).mkdir(parents=True, exist_ok=True)
    (tmp_path / "srv/galaxy/data/tus").rmdir()
    accounts(tmp_path)
    assert [command.argv[-1] for command in step(scene(tmp_path), "directories").commands] == [
        "/srv/galaxy/data/tus"
    ]


@ROOT
def test_configuration_written_before_there_was_a_group_is_given_to_it(tmp_path: Path) -> None:
    accounts(tmp_path, "galaxy", uid=990)
    config = put(tmp_path, "/srv/galaxy/config/galaxy.yml", "galaxy:\n", 0o640)
    config.parent.chmod(0o750)
    one = scene(tmp_path)
    assert seen(one, "files.readable").state == "left"
    assert step(one, "files.readable").commands[0].argv == (
        "chgrp", "galaxy", "/srv/galaxy/config", "/srv/galaxy/config/galaxy.yml",
    )  # fmt: skip
    os.chown(config, 0, 990)
    assert seen(one, "files.readable").state == "left"
    os.chown(config.parent, 0, 990)
    assert seen(one, "files.readable").state == "done"


def test_a_host_that_runs_nothing_of_galaxys_needs_no_account(tmp_path: Path) -> None:
    hosts = '[[hosts]]\nname = "a.example.org"\nruns = ["database"]\n[[hosts]]\nname = "b.example.org"\n'
    hosts += 'runs = ["web", "handlers", "proxy", "celery", "celery-beat", "uploads"]\n'
    tcp = '[database]\nconnect = "tcp"\nhost = "a.example.org"\npassword = "x"\n'
    tcp += '[celery]\nbroker_host = "c.example.org"\nbackend_host = "c.example.org"\n'
    tcp += 'control_queue = "redis://c.example.org/1"\n'
    assert "account.user" not in codes(scene_of(ANSWERS + tcp + hosts, tmp_path, host="a.example.org"))
    assert "account.user" in codes(scene_of(ANSWERS + tcp + hosts, tmp_path, host="b.example.org"))
