"""What is mounted where, and how full: read from mountinfo as real machines have it, and from statvfs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import looked, only, open_place, server_of, states
from wizard.answers.runners import Runner
from wizard.checks import files_mounts
from wizard.checks.check import Server
from wizard.checks.files_mounts import Mount, live_mounts, mount_of, mounts, room

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
24 22 0:22 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1048576k
30 22 0:40 / {root} rw,relatime shared:9 - {kind} nas.example.org:/export{options}
31 22 0:41 / /mnt/with\\040space rw - nfs4 nas:/a\\040b rw
"""


def test_lines_of_mountinfo_are_read_with_their_escapes_and_both_kinds_of_options() -> None:
    found = mounts(TABLE.format(root="/srv/galaxy", kind="nfs4", options=" rw,vers=4.2,actimeo=0"))
    assert found[2] == Mount(
        "/srv/galaxy",
        "nfs4",
        "nas.example.org:/export",
        frozenset({"rw", "relatime", "vers=4.2", "actimeo=0"}),
    )
    assert (found[3].point, found[3].source) == ("/mnt/with space", "nas:/a b")
    assert [one.is_local for one in found] == [True, True, False, False]


def test_a_path_is_on_the_nearest_mount_and_on_the_last_of_several() -> None:
    found = mounts(TABLE.format(root="/srv", kind="nfs", options=" rw"))
    hidden = [*found, Mount("/srv", "ext4", "/dev/sdb", frozenset())]
    assert mount_of("/srv/galaxy/data", found) == found[2]
    assert mount_of("/srvx", found) == found[0]
    assert mount_of("/srv/galaxy", hidden) == hidden[-1]


def test_the_mounts_of_this_machine_hold_its_root() -> None:
    assert mount_of("/", live_mounts()) is not None


# Shared by the nodes


@pytest.fixture
def root() -> Iterator[Path]:
    with open_place() as place:
        (place / "data").mkdir()
        yield place


def server(root: Path, **more: Any) -> Server:
    values = {
        "groundwork.data_dir": f"{root}/data",
        "groundwork.shared_filesystem": "nfs",
        "cluster.runners": [Runner(id="s", kind="slurm")],
        "cluster.retry_job_output_collection": 5,
    }
    return server_of({**values, **{name.replace("__", "."): value for name, value in more.items()}})


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, root: Path) -> Any:
    """Gives this machine another table of mounts: nobody can mount NFS in a test."""

    def mounted(kind: str, options: str = " rw,vers=4.2") -> None:
        text = TABLE.format(root=root, kind=kind, options=options)
        monkeypatch.setattr(files_mounts, "live_mounts", lambda: mounts(text))

    return mounted


def test_data_on_the_shared_file_system_is_well(root: Path, table: Any) -> None:
    table("nfs4")
    assert states(looked(files_mounts.shared, server(root))) == {"files.shared": "ok"}


@pytest.mark.parametrize("told", ["nfs", "none", None])
def test_data_on_a_local_disk_is_not_shared(root: Path, table: Any, told: str | None) -> None:
    table("ext4")
    found = looked(files_mounts.shared, server(root, groundwork__shared_filesystem=told))
    assert {(one.state, one.code) for one in found} == {("fail", "files.not-shared")}
    assert (found[0].question, found[0].file) == ("groundwork.data_dir", f"{root}/data")


def test_a_machine_that_exports_its_disk_shares_it(
    root: Path, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table("ext4")
    exports = root / "exports"
    monkeypatch.setattr(files_mounts, "_EXPORTS", (str(exports),))
    exports.write_text(f"# all of it\n{root} nodes.example.org(rw,sync)\n")
    assert states(looked(files_mounts.shared, server(root))) == {"files.shared": "ok"}
    exports.write_text(f"{root}x nodes.example.org(rw)\n#{root} *(rw)\n")
    assert "files.not-shared" in states(looked(files_mounts.shared, server(root)))


def test_without_a_cluster_nobody_asks(root: Path) -> None:
    answers = {"cluster__runners": [Runner(id="l", kind="local")], "groundwork__shared_filesystem": "none"}
    assert states(looked(files_mounts.shared, server(root, **answers))) == {"files.shared": "skipped"}


def test_another_kind_than_the_answer_is_named(root: Path, table: Any) -> None:
    table("lustre")
    found = only(looked(files_mounts.shared, server(root)))
    assert (found.state, found.code) == ("warn", "files.other-filesystem")


def test_a_mount_point_with_nothing_on_it_is_named(root: Path) -> None:
    answers = {"groundwork__shared_mount": f"{root}/data", "groundwork__data_dir": None}
    found = only(looked(files_mounts.shared, server(root, **answers)))
    assert (found.state, found.code, found.question) == (
        "fail",
        "files.not-mounted",
        "groundwork.shared_mount",
    )


def test_a_mount_point_that_is_one_is_well(root: Path, table: Any) -> None:
    table("nfs4")
    assert states(looked(files_mounts.shared, server(root, groundwork__shared_mount=str(root)))) == {
        "files.shared": "ok"
    }


def test_a_mount_that_is_read_only_is_named(root: Path, table: Any) -> None:
    table("nfs4", " ro,vers=4.2")
    assert states(looked(files_mounts.shared, server(root))) == {"files.read-only": "fail"}


@pytest.mark.parametrize(
    ("options", "retries", "told"),
    [
        (" rw,vers=4.2", 0, {"files.nfs-cache": "warn"}),
        (" rw,vers=4.2", 5, {"files.shared": "ok"}),
        (" rw,actimeo=0", 0, {"files.shared": "ok"}),
        (" rw,lookupcache=none", None, {"files.shared": "ok"}),
        (" rw,noac", None, {"files.shared": "ok"}),
    ],
)
def test_the_cache_of_nfs_is_named_unless_galaxy_looks_again(
    root: Path, table: Any, options: str, retries: int | None, told: dict[str, str]
) -> None:
    table("nfs4", options)
    answers = {"cluster__retry_job_output_collection": retries}
    assert states(looked(files_mounts.shared, server(root, **answers))) == told


def test_a_file_system_that_hangs_is_named(root: Path, table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table("nfs4")
    sleeper = root / "stat"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(files_mounts, "find", lambda names: str(sleeper))
    monkeypatch.setattr(files_mounts, "_PATIENCE", 0.3)
    assert states(looked(files_mounts.shared, server(root))) == {"files.mount-hangs": "fail"}


# Room


def filesystem(
    free: int, size: int, inodes: int = 1_000_000, free_inodes: int = 900_000
) -> os.statvfs_result:
    """What statvfs(3) says of a file system with so many GiB."""
    blocks = 1 << 18
    return os.statvfs_result(
        (4096, 4096, size * blocks, free * blocks, free * blocks, inodes, 0, free_inodes, 0, 255)
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (filesystem(500, 1000), []),
        (filesystem(30, 40), []),
        (filesystem(9, 40), [("warn", "files.disk-low")]),
        (filesystem(15, 1000), [("warn", "files.disk-low")]),
        (filesystem(0, 1000), [("fail", "files.disk-full")]),
        (filesystem(500, 1000, 1_000_000, 999), [("fail", "files.inodes")]),
        (filesystem(500, 1000, 1_000_000, 10_000), [("warn", "files.inodes")]),
        (filesystem(500, 1000, 0, 0), []),
    ],
)
def test_what_too_little_room_is(found: os.statvfs_result, told: list[tuple[str, str]]) -> None:
    assert [(one.state, one.code) for one in room(found, "/srv", "groundwork.data_dir")] == told


def test_every_file_system_is_asked_once_and_those_of_databases_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def asking(place: Path) -> os.statvfs_result:
        asked.append(str(place))
        return filesystem(0 if place != Path("/tmp") else 50, 100)

    monkeypatch.setattr(os, "statvfs", asking)
    found = looked(files_mounts.space, server(root, cluster__new_file_path=f"{root}/data/not/yet"))
    assert states(found) == {"files.disk-full": "fail"}
    assert asked == [f"{root}/data", "/tmp"], "one file system, and /tmp for what jobs write there"
    asked.clear()
    answers = {
        "groundwork.release": "26.1",
        "database.engine": "sqlite",
        "database.file": f"{root}/data/x.sqlite",
    }
    assert only(looked(files_mounts.space, server_of(answers))).question == "database.file"


def test_a_small_tmp_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {str(root): filesystem(1, 1)}
    monkeypatch.setattr(os, "statvfs", lambda place: sizes.get(str(place), filesystem(500, 1000)))
    found = looked(files_mounts.space, server_of(server(root).values, environ={"TMPDIR": str(root)}))
    assert states(found) == {"files.space": "ok", "files.tmp-small": "warn"}
    assert states(looked(files_mounts.space, server(root))) == {"files.space": "ok"}
