"""The directories that the answers name, what Galaxy's account needs there, and which of them the nodes must see."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wizard.checks.check import Server
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.places import config_dir
from wizard.releases.release import Release

_DATA_DIR = Release.parse("20.05")
"""From here on datasets are in `objects` below the data directory; before, in database/files (table of releases)."""
_NO_SHARED_FILES = (
    "local",
    "kubernetes",
    "pulsar-rest",
    "pulsar-mq",
    "aws-batch",
    "google-batch",
    "tes",
    None,
)
"""Kinds of runners whose jobs see none of our files, or come by them in another way."""


@dataclass(frozen=True)
class Place:
    """A directory (or the one of a file) with the question that names it, absolute below the root."""

    question: str
    path: str
    need: Literal["read", "write"]
    made: bool = False
    """Whether Galaxy, or what starts it, makes it where it may."""
    nodes: bool = False
    """Whether jobs on other hosts need it under the same path."""


def not_asked(server: Server) -> str | None:
    """Why Galaxy's files are not looked at: no part of Galaxy runs on this host."""
    return None if runs_here(server.values, *GALAXY) else "no part of Galaxy runs on this host"


def places(server: Server) -> list[Place]:
    """Every place that the answers name, each path once: the one with the greater need."""
    found: dict[str, Place] = {}
    for place in _places(server):
        held = found.get(place.path)
        if held is None or (place.need, place.nodes) > (held.need, held.nodes):
            found[place.path] = place
    return list(found.values())


def _places(server: Server) -> Iterator[Place]:
    for question, need, made, nodes in _DIRECTORIES:
        path = _absolute(server, question)
        if path is not None:
            yield Place(question, path, need, made, nodes)
    folder = config_dir(server.values)
    if folder is not None:
        yield Place("groundwork.config_dir", folder, "read")
    for question in ("proxy.socket", "groundwork.log_file", "proxy.interactive_tools_map"):
        path = server.value(question)
        if path and posixpath.isabs(path) and _is_used(server, question):
            yield Place(question, posixpath.dirname(path), "write", question == "proxy.interactive_tools_map")
    for question, path in dataset_dirs(server):
        yield Place(question, path, "write", True, True)
    yield from _of_backends(server.value("data.backends") or ())


_DIRECTORIES: tuple[tuple[str, Literal["read", "write"], bool, bool], ...] = (
    ("groundwork.root", "read", False, True),
    ("groundwork.virtualenv", "read", False, True),
    ("groundwork.data_dir", "write", True, True),
    ("groundwork.managed_config_dir", "write", True, False),
    ("groundwork.log_dir", "write", True, False),
    ("cluster.new_file_path", "write", True, True),
    ("cluster.job_working_directory", "write", True, True),
    ("cluster.tool_dependency_dir", "write", True, True),
    ("cluster.conda_prefix", "write", True, True),
    ("proxy.upload_store", "write", True, False),
    ("data.ftp_dir", "write", False, False),
    ("data.tool_data_path", "read", False, True),
)
_BELOW_DATA = (
    "cluster.new_file_path",
    "cluster.job_working_directory",
    "cluster.tool_dependency_dir",
    "data.file_path",
)
"""What Galaxy takes from its data directory on where it is relative (Galaxy's config_schema.yml, 26.1)."""


def _absolute(server: Server, question: str) -> str | None:
    path = server.value(question)
    if not isinstance(path, str) or not _is_used(server, question):
        return None
    if not posixpath.isabs(path) and question in _BELOW_DATA and server.value("groundwork.data_dir"):
        path = posixpath.join(server.value("groundwork.data_dir"), path)
    return posixpath.normpath(path) if posixpath.isabs(path) else None


def _is_used(server: Server, question: str) -> bool:
    used: dict[str, bool] = {
        "proxy.socket": server.value("proxy.link") == "socket" and runs_here(server.values, "web"),
        "proxy.upload_store": server.value("proxy.uploads") == "tusd",
        "data.ftp_dir": server.value("data.ftp") not in (None, "none"),
        "proxy.interactive_tools_map": bool(server.value("proxy.interactive_tools")),
    }
    return used.get(question, True)


def _of_backends(rows: Any) -> Iterator[Place]:
    for number, row in enumerate(rows, 1):
        for field, nodes in (("cache_dir", True), ("jobs_dir", True), ("temp_dir", True)):
            path = getattr(row, field)
            if path and posixpath.isabs(path):
                yield Place(f"data.backends[{number}].{field}", path, "write", True, nodes)


def dataset_dirs(server: Server) -> list[tuple[str, str]]:
    """The absolute directories with datasets, each with the question that names it."""
    rows = server.value("data.backends") or ()
    named = [(f"data.backends[{number}].files_dir", row.files_dir) for number, row in enumerate(rows, 1)]
    found = [(question, path) for question, path in named if path and posixpath.isabs(path)]
    if rows:
        return found
    told, data = _absolute(server, "data.file_path"), server.value("groundwork.data_dir")
    if told is not None:
        return [("data.file_path", told)]
    if data and posixpath.isabs(data) and server.release >= _DATA_DIR:
        return [("groundwork.data_dir", posixpath.join(data, "objects"))]
    root = server.value("groundwork.root")
    if root and server.release < _DATA_DIR:
        return [("groundwork.root", posixpath.join(root, "database/files"))]
    return []


def cluster_runners(server: Server) -> list[str]:
    """The ids of the runners whose jobs run on other hosts and see our files under the same paths."""
    return [row.id for row in server.value("cluster.runners") or () if row.kind not in _NO_SHARED_FILES]
