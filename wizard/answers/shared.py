"""Directories that cluster nodes must see: suggested on the shared file system."""

from __future__ import annotations

from pathlib import PurePosixPath

from wizard.answers.question import Given, Machine, Suggest, Suggestion


def on_shared(name: str) -> Suggest:
    """Suggests the directory `name` on the shared file system, unless Galaxy's data directory is there already."""

    def suggest(given: Given, machine: Machine) -> Suggestion | None:
        mount, data = given.get("groundwork.shared_mount"), given.get("groundwork.data_dir")
        if mount is None or (data is not None and PurePosixPath(data).is_relative_to(mount)):
            return None
        return Suggestion(str(PurePosixPath(mount, "galaxy", name)), f"nodes see {mount}")

    return suggest
