"""The file systems below Galaxy's directories: shared where the nodes need it, with room, and alive."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.checks.check import Result, Server, check
from wizard.checks.files_places import Place, cluster_runners, not_asked, places
from wizard.consumers.running import find, run

_LOCAL = frozenset({
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "ramfs", "overlay", "f2fs", "jfs", "reiserfs", "vfat",
})  # fmt: skip
_KINDS = {"nfs": ("nfs", "nfs4"), "gpfs": ("gpfs",), "lustre": ("lustre",)}
_EXPORTS = ("/var/lib/nfs/etab", "/etc/exports")
_GIB = 1 << 30
_FULL, _LOW, _SHARE = 1, 10, 0.02
"""GiB below which nothing works any more, and below which (or below this share) it is time to see to it."""
_FEW_INODES = 1000
_PATIENCE = 5.0
"""Seconds in which a file system must answer."""
_SMALL_TMP = 2
"""GiB free in /tmp: jobs on this host and many tools write there (Galaxy's sample galaxy.yml, new_file_path)."""


@dataclass(frozen=True)
class Mount:
    """One line of /proc/self/mountinfo (proc(5))."""

    point: str
    kind: str
    source: str
    options: frozenset[str]

    @property
    def is_local(self) -> bool:
        return self.kind in _LOCAL


def mounts(text: str) -> list[Mount]:
    """The mounts that a mountinfo lists, in its order."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        words, more = before.split(), after.split()
        if len(words) >= 6 and len(more) >= 3:
            options = frozenset((*words[5].split(","), *more[2].split(",")))
            found.append(Mount(_plain(words[4]), more[0], _plain(more[1]), options))
    return found


def _plain(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)


def mount_of(path: str, among: list[Mount]) -> Mount | None:
    """The mount that holds `path` (free of links); of several on one place the last, which hides the others."""
    above = [one for one in among if Path(path).is_relative_to(one.point)]
    longest = max((len(one.point) for one in above), default=0)
    return next((one for one in reversed(above) if len(one.point) == longest), None)


def live_mounts() -> list[Mount]:
    """The mounts that this process sees."""
    try:
        return mounts(Path("/proc/self/mountinfo").read_text(errors="replace"))
    except OSError:
        return []


def _shared_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    if cluster_runners(server) or server.value("groundwork.shared_filesystem") not in (None, "none"):
        return None
    return "no other host needs Galaxy's files"


@check(
    "files.shared",
    "cluster",
    "What the nodes need is on the shared file system",
    _shared_not_asked,
    seconds=40.0,
)
def shared(server: Server) -> Iterator[Result]:
    """The kind of file system below each path that jobs need, by the mounts of this machine, and that it answers."""
    told, table = server.value("groundwork.shared_filesystem", "none"), live_mounts()
    point = server.value("groundwork.shared_mount")
    faults = 0
    if told != "none" and point and not _is_mounted(server, point, table):
        faults += 1
        what = f"nothing is mounted at {point}, which is to be the shared file system"
        way_out = f"mount {shlex.quote(point)}, or correct groundwork.shared_mount"
        yield Result("fail", "files.not-mounted", what, "groundwork.shared_mount", point, way_out)
    asked: set[str] = set()
    for place in places(server):
        real = os.path.realpath(server.disk.path(place.path)) if place.nodes else None
        mount = mount_of(real, table) if real is not None else None
        if real is None or mount is None:
            continue
        for fault in _mount_faults(server, place, real, mount, str(told), asked):
            faults += 1
            yield fault
    if not faults:
        yield Result("ok", "files.shared", "every path that the nodes need is on a shared file system")


def _is_mounted(server: Server, point: str, table: list[Mount]) -> bool:
    mount = mount_of(os.path.realpath(server.disk.path(point)), table)
    return mount is not None and (not mount.is_local or _is_exported(server, point) or mount.point == point)


def _mount_faults(
    server: Server, place: Place, real: str, mount: Mount, told: str, asked: set[str]
) -> Iterator[Result]:
    first, question = mount.point not in asked, "groundwork.shared_filesystem"
    asked.add(mount.point)
    if mount.is_local:
        if not _is_exported(server, real):
            what = f"{place.path} is on {mount.kind} of this machine alone ({mount.point}), and no NFS export"
            way_out = "put it on the shared file system: jobs on other hosts do not find it"
            yield Result("fail", "files.not-shared", what, place.question, place.path, way_out)
        return
    if first and not _answers(mount):
        what = f"{mount.point} ({mount.kind} from {mount.source}) gives no answer"
        way_out = "see to its server and the network: whatever touches it hangs"
        yield Result("fail", "files.mount-hangs", what, question, mount.point, way_out)
        return
    kinds = _KINDS.get(told)
    if first and kinds is not None and mount.kind not in kinds:
        what = f"{mount.point} is {mount.kind}, and the answer is {told}"
        yield Result("warn", "files.other-filesystem", what, question, mount.point, "correct the answer")
    if first and "ro" in mount.options and place.need == "write":
        what = f"{mount.point} is mounted read-only, and Galaxy writes to {place.path}"
        way_out = f"mount -o remount,rw {shlex.quote(mount.point)}"
        yield Result("fail", "files.read-only", what, place.question, mount.point, way_out)
    if (
        first
        and mount.kind in _KINDS["nfs"]
        and _caches(mount)
        and not server.value("cluster.retry_job_output_collection")
    ):
        what = (
            f"{mount.point} is NFS and caches what is there: outputs of jobs that just ended can look missing"
        )
        way_out = (
            "set cluster.retry_job_output_collection to 5, or mount it with actimeo=0 or lookupcache=none"
        )
        yield Result(
            "warn", "files.nfs-cache", what, "cluster.retry_job_output_collection", mount.point, way_out
        )


def _caches(mount: Mount) -> bool:
    """Whether this NFS keeps attributes, or that a file is not there (nfs(5))."""
    return mount.options.isdisjoint(
        {"noac", "actimeo=0", "lookupcache=none", "lookupcache=pos", "lookupcache=positive"}
    )


def _is_exported(server: Server, path: str) -> bool:
    """Whether this machine exports `path` over NFS itself: then it is local here, and shared all the same."""
    for file in _EXPORTS:
        try:
            lines = server.disk.text(file).splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            name = _plain(line.split()[0].strip('"')) if line.split() and not line.startswith("#") else ""
            if name.startswith("/") and Path(path).is_relative_to(name):
                return True
    return False


def _answers(mount: Mount) -> bool:
    """Whether a file system answers in time; it is asked by a child, which can be given up."""
    program = find(("stat",))
    if program is None:
        return True
    said = run((program, "-f", "--", mount.point), seconds=_PATIENCE)
    return said is not None


@check("files.space", "groundwork", "There is room on the disks", not_asked)
def space(server: Server) -> Iterator[Result]:
    """Free space and inodes below every path that grows, each file system once; also of a database on this host."""
    seen: set[int] = set()
    faults = 0
    for question, path in (*_growing(server), *_databases(server)):
        place = next((one for one in (path, *path.parents) if one.exists()), None)
        if place is None or place.stat().st_dev in seen:
            continue
        seen.add(place.stat().st_dev)
        for fault in room(os.statvfs(place), str(place), question):
            faults += 1
            yield fault
    if not seen:
        yield Result("skipped", "files.space", "no directory that grows is known")
    elif not faults:
        yield Result("ok", "files.space", f"there is room on {len(seen)} file systems")
    yield from _tmp(Path(server.environ.get("TMPDIR") or "/tmp"))  # noqa: S108 (looked at, never written)


def _growing(server: Server) -> Iterator[tuple[str, Path]]:
    for place in places(server):
        if place.need == "write":
            yield place.question, server.disk.path(place.path)


def _databases(server: Server) -> Iterator[tuple[str, Path]]:
    if server.value("database.engine") == "sqlite" and server.value("database.file"):
        yield "database.file", server.disk.path(server.value("database.file"))
    local = server.value("database.connect") == "socket" or server.value("database.host") in (
        "localhost",
        "127.0.0.1",
    )
    if server.value("database.engine") == "postgresql" and local:
        for folder in ("/var/lib/postgresql", "/var/lib/pgsql"):
            if server.disk.exists(folder):
                yield "database.engine", server.disk.path(folder)


def room(found: os.statvfs_result, path: str, question: str) -> Iterator[Result]:
    """What is wrong with the room that statvfs(3) reports for a file system."""
    free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    left = f"{free / _GIB:.1f} GiB of {size / _GIB:.0f} GiB are free at {path}"
    way_out = "make room: clean up deleted datasets and old job directories, or give it a larger disk"
    if free < _FULL * _GIB:
        yield Result("fail", "files.disk-full", left, question, path, way_out)
    elif free < _LOW * _GIB or free < _SHARE * size:
        yield Result("warn", "files.disk-low", left, question, path, way_out)
    if found.f_files:
        left = f"{found.f_favail} of {found.f_files} inodes are free at {path}"
        way_out = "remove small files that nobody needs: old job directories, temporary files"
        if found.f_favail < _FEW_INODES:
            yield Result("fail", "files.inodes", left, question, path, way_out)
        elif found.f_favail < _SHARE * found.f_files:
            yield Result("warn", "files.inodes", left, question, path, way_out)


def _tmp(path: Path) -> Iterator[Result]:
    try:
        found = os.statvfs(path)
    except OSError:
        return
    free = found.f_bavail * found.f_frsize
    if free < _SMALL_TMP * _GIB:
        what = f"{free / _GIB:.1f} GiB are free in {path}, where local jobs and many tools write"
        way_out = "make room, or give the services a TMPDIR on a larger disk"
        yield Result("warn", "files.tmp-small", what, "cluster.new_file_path", str(path), way_out)
