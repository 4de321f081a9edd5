"""Where a Galaxy looks for its tool data (galaxy.config and its config_schema.yml, release 26.1)."""

from __future__ import annotations

import posixpath

from wizard.answers.question import Given
from wizard.files.places import in_config_dir, named_config, release
from wizard.releases.release import Release

TOOL_DATA, BUILDS, LISTS = "data.tool_data_path", "data.builds_file", "data.tool_data_tables"
OWN_LIST = "tool_data_table_conf.xml"
"""The list that Galaxy reads without being told."""
_BUILDS_FILE = "shared/ucsc/builds.txt"
_GUNICORN = Release.parse("22.01")
"""From here on, surely: a relative path of builds.txt starts at the tool data directory, not at Galaxy's root, and
Galaxy reads its sample of the list besides the administrator's own, unless it is told otherwise (galaxy.config)."""


def tool_data_dir(given: Given) -> str | None:
    """The absolute path of the tool data directory; None when the answers do not say.

    A relative one starts at Galaxy's root. When none is given it is tool-data there, or, for the packages from PyPI,
    tool-data in the data directory.
    """
    told, root = given.get(TOOL_DATA), given.get("groundwork.root")
    if told is None and given.get("groundwork.install") == "packages":
        data = given.get("groundwork.data_dir")
        told = posixpath.join(data, "tool-data") if data else None
        return posixpath.normpath(told) if told and posixpath.isabs(told) else None
    path = posixpath.join(root or "", told or "tool-data")
    return posixpath.normpath(path) if posixpath.isabs(path) else None


def builds_file(given: Given) -> str | None:
    """The absolute path of builds.txt; None when the answers do not say, or not surely."""
    told, directory = given.get(BUILDS), tool_data_dir(given)
    if told is not None and not posixpath.isabs(told) and release(given) < _GUNICORN:
        return None
    path = posixpath.join(directory or "", told or _BUILDS_FILE)
    return posixpath.normpath(path) if posixpath.isabs(path) else None


def location(given: Given, name: str) -> str | None:
    """The absolute path of a .loc file in the tool data directory; None when the answers do not say."""
    directory = tool_data_dir(given)
    return posixpath.join(directory, name) if directory else None


def sample_is_read(given: Given) -> bool:
    """Whether Galaxy's own sample of the list counts, whatever else there is."""
    return given.get(LISTS) is None and release(given) >= _GUNICORN


def own_list(given: Given) -> str | None:
    """The absolute path of the administrator's own list of data tables; None when Galaxy is told to read none.

    It is the first of those that Galaxy reads which is neither on CVMFS nor a part of Galaxy.
    """
    told = given.get(LISTS)
    if told is None:
        return in_config_dir(given, OWN_LIST)
    root = given.get("groundwork.root")
    for name in told.split(","):
        path = named_config(given, name.strip()) if name.strip() else None
        if path is not None and not _delivered(path, root):
            return path
    return None


def on_cvmfs(path: str) -> bool:
    """Whether a path leads into a repository that CVMFS mounts."""
    return path.strip().startswith("/cvmfs/")


def _delivered(path: str, root: str | None) -> bool:
    """Whether a list came with Galaxy or from elsewhere, and is not to be edited."""
    inside = root is not None and path.startswith((f"{root}/lib/", f"{root}/.venv/"))
    return on_cvmfs(path) or inside or "/site-packages/" in path or path.endswith(".sample")
