"""Rules about a cluster: what its nodes must see, and how Galaxy reaches its scheduler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import (
    DRMAA,
    RUNNERS,
    SHARING,
    going_to,
    job_paths,
    lies_in,
    runners,
)

_CONNECTING = "Galaxy documentation, Connecting to a Cluster"
_OF_EACH_HOST = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/var/run")  # noqa: S108 - places that are looked for
_MOUNT, _SHARED = "groundwork.shared_mount", "groundwork.shared_filesystem"
_TEMPORARY, _RETRY = "cluster.new_file_path", "cluster.retry_job_output_collection"


@rule("cluster.path-of-each-host", "error", _CONNECTING)
def path_of_each_host(scene: Scene) -> Iterator[Finding]:
    """Every host has a /tmp of its own, so that a node finds nothing of what Galaxy put there."""
    if not going_to(scene, SHARING):
        return
    for question, what, path in job_paths(scene):
        if lies_in(path, _OF_EACH_HOST):
            yield Finding(
                f"{what} would be in {path}, which every host has for itself",
                "a node of the cluster looks there and finds nothing, so that jobs fail",
                "choose a directory on the file system that the nodes see",
                question,
                fix=_elsewhere(scene, question),
            )


@rule("cluster.path-not-shared", "warning", _CONNECTING)
def path_not_shared(scene: Scene) -> Iterator[Finding]:
    """Once it is said where the shared file system is mounted, what nodes need belongs there."""
    mount = scene.value(_MOUNT)
    if not mount or scene.value(_SHARED) == "none" or not going_to(scene, SHARING):
        return
    for question, what, path in job_paths(scene):
        if not lies_in(path, (mount, *_OF_EACH_HOST)):
            yield Finding(
                f"{what} would be in {path}, outside of {mount}",
                "nodes of the cluster need the same path as this host, and are said to see that mount only",
                f"choose a directory below {mount}, or correct {_MOUNT}",
                question,
                fix=_elsewhere(scene, question),
            )


def _elsewhere(scene: Scene, question: str) -> dict[str, Any]:
    """The answer that moves temporary files; whatever else lies in a directory would have to move with it."""
    mount, data = scene.value(_MOUNT), str(scene.value("groundwork.data_dir") or "")
    if question != _TEMPORARY or (mount is None and not data.startswith("/")):
        return {}
    if mount is None:
        return {} if lies_in(data, _OF_EACH_HOST) else {_TEMPORARY: str(PurePosixPath(data, "tmp"))}
    place = PurePosixPath(data) if lies_in(data, (mount,)) else PurePosixPath(mount, "galaxy")
    return {_TEMPORARY: str(place / "tmp")}


@rule("cluster.nothing-shared", "note", _CONNECTING)
def nothing_shared(scene: Scene) -> Iterator[Finding]:
    """A scheduler's jobs read and write Galaxy's own paths."""
    found = going_to(scene, SHARING)
    if scene.value(_SHARED) == "none" and found:
        yield Finding(
            f"jobs of {found[0].id} need Galaxy's files, and no file system is shared",
            "this works only where the scheduler runs all jobs on this very host",
            "answer which file system the nodes share, or use Pulsar, which copies files",
            _SHARED,
        )


@rule("cluster.output-not-retried", "warning", "galaxyproject/galaxy#2598")
def output_not_retried(scene: Scene) -> Iterator[Finding]:
    """NFS keeps what it knows of a directory for some seconds; Galaxy by itself looks once for a job's output."""
    if scene.value(_SHARED) == "nfs" and going_to(scene, SHARING) and not scene.value(_RETRY):
        yield Finding(
            "Galaxy would look once for the output of a job",
            "NFS shows the files of a node some seconds late, and such jobs end as failed or as empty datasets",
            "have Galaxy look again, five times or more",
            _RETRY,
            fix={_RETRY: 5},
        )


@rule("cluster.drmaa-library", "error", "galaxyproject/galaxy#9979")
def drmaa_library(scene: Scene) -> Iterator[Finding]:
    """A service has no profile of a shell: what it is not told, it does not know.

    Silent where somebody starts Galaxy from a shell, whose variables nobody knows here.
    """
    if not _starts_as_service(scene) or any(_names_library(file.text) for file in scene.files):
        return
    used = {row.runner for row in going_to(scene, DRMAA)}
    for row in runners(scene):
        if row.id in used and row.drmaa_library_path is None:
            yield Finding(
                f"nothing tells job handlers where the DRMAA library of the runner {row.id} is",
                "the runner does not load without it, and its jobs stay new for ever",
                "give the runner its DRMAA library, such as /usr/lib/slurm-drmaa/lib/libdrmaa.so.1, or set "
                "DRMAA_LIBRARY_PATH in the environment of the handlers",
                RUNNERS,
            )


def _starts_as_service(scene: Scene) -> bool:
    """Whether files of this scene say all that the environment of a job handler has."""
    manager = scene.value("groundwork.service_manager")
    if manager == "gravity-systemd":
        return any("gravity" in name.lower() for file in scene.files for name in file.readings)
    return manager in ("systemd", "supervisord") and scene.value("groundwork.service_files") != "kept"


def _names_library(text: str) -> bool:
    return re.search(r"^(?!\s*#).*DRMAA_LIBRARY_PATH", text, re.MULTILINE) is not None


@rule("cluster.pbs-python", "note", "galaxyproject/galaxy#2500")
def pbs_python(scene: Scene) -> Iterator[Finding]:
    """pbs_python is bound to old releases of TORQUE."""
    used = {row.runner for row in going_to(scene, {"pbs"})}
    for row in runners(scene):
        if row.id in used:
            yield Finding(
                f"the runner {row.id} submits through pbs_python",
                "pbs_python was reported to fail with TORQUE from release 4 on, and it is not for PBS Pro",
                "choose the kind drmaa with the library pbs-drmaa, or the kind cli, which calls qsub",
                RUNNERS,
            )
