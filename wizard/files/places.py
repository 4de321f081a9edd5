"""Where things are on a Galaxy server, from the answers."""

from __future__ import annotations

import posixpath
from typing import Literal

from wizard.answers.question import Given
from wizard.problems import Problem, Refused
from wizard.releases.release import NEWEST, Release, documentation, facts


def config_dir(given: Given) -> str | None:
    """The directory of galaxy.yml, absolute; None when the answers do not say: a relative one is below the root."""
    root = given.get("groundwork.root")
    directory = given.get("groundwork.config_dir") or (f"{root}/config" if root else None)
    if directory is None or not (root or posixpath.isabs(directory)):
        return None
    return posixpath.normpath(posixpath.join(root or "/", directory))


def in_config_dir(given: Given, name: str) -> str | None:
    """The absolute path of `name`, which may be relative to the configuration directory."""
    directory = config_dir(given)
    return None if directory is None else posixpath.normpath(posixpath.join(directory, name))


_BESIDE_GALAXY_YML = Release.parse("19.09")
"""From here on Galaxy looks for the files that its options name beside galaxy.yml, before in its root (19.09 notes)."""


def named_config(given: Given, name: str) -> str | None:
    """The absolute path of a file that an option of Galaxy's configuration names."""
    root = given.get("groundwork.root")
    if root and given.get("groundwork.release") and release(given) < _BESIDE_GALAXY_YML:
        return posixpath.normpath(posixpath.join(root, name))
    return in_config_dir(given, name)


MAIN_CONFIG = "galaxy.yml"


def main_config_name(given: Given) -> str:
    """What Galaxy's own configuration file is called: as answered, else as the release looks for it."""
    told: str | None = given.get("groundwork.config_file")
    if told or not given.get("groundwork.release"):
        return told or MAIN_CONFIG
    return facts(release(given)).config_file


def main_config(given: Given, syntax: Literal["yaml", "ini"] = "yaml") -> str | None:
    """The absolute path of Galaxy's own configuration file, if it is of this syntax."""
    name = main_config_name(given)
    return in_config_dir(given, name) if name.endswith(".ini") == (syntax == "ini") else None


def documentation_of(given: Given) -> str:
    """Where Galaxy's options are explained, for the release that is answered."""
    return documentation(release(given) if given.get("groundwork.release") else None)


def sample_patterns(given: Given, name: str) -> tuple[str, ...]:
    """Where an install keeps its own sample called `name`, best first; shell patterns."""
    root, virtualenv = given.get("groundwork.root"), given.get("groundwork.virtualenv")
    found = []
    if root:
        found += [f"{root}/lib/galaxy/config/sample/{name}", f"{root}/config/{name}"]
        found += [f"{root}/.venv/lib/python3*/site-packages/galaxy/config/sample/{name}"]
    if virtualenv:
        found.append(f"{virtualenv}/lib/python3*/site-packages/galaxy/config/sample/{name}")
    return tuple(found)


def ini_samples(given: Given) -> tuple[str, ...]:
    """Where an install keeps its own sample of the older syntax, best first; shell patterns."""
    root = given.get("groundwork.root")
    older = (f"{root}/universe_wsgi.ini.sample",) if root else ()
    return (*sample_patterns(given, "galaxy.ini.sample"), *older)


def release(given: Given) -> Release:
    """The Galaxy release that the files are for; the newest known when not given. Raises Refused for none such."""
    answer = given.get("groundwork.release")
    try:
        return Release.parse(answer) if answer else NEWEST
    except ValueError as error:
        raise Refused(Problem(str(error), question="groundwork.release")) from None
