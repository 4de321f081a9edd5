"""Which Galaxy release an install has: from the checkout, or from the packages in a virtualenv."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from wizard.releases.release import Release
from wizard.survey.found import Found
from wizard.survey.looking import Looking

_VERSION = re.compile(
    r"""^(?:VERSION_MAJOR|VERSION)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*["'](?P<release>[0-9.]+)""", re.MULTILINE
)
"""The line of lib/galaxy/version.py that has been there since 2013, with either quote, annotated or not."""
_BRANCH = re.compile(r"^ref: refs/heads/(?P<release>release_[0-9.]+)\s*$")
_PACKAGE = re.compile(r"galaxy(?:_app)?-(?P<release>\d+\.\d+)[^/]*\.dist-info")


def find_release(looking: Looking, roots: Iterable[str], virtualenvs: Iterable[str]) -> Found | None:
    """The release, and the file that says so; None when nothing does."""
    for root in roots:
        if (release := checkout_release(looking, root)) is not None:
            return release
    for virtualenv in dict.fromkeys(virtualenvs):
        if (release := package_release(looking, virtualenv)) is not None:
            return release
    return None


def checkout_release(looking: Looking, root: str) -> Found | None:
    """The release of a checkout at `root`: by its version file, else by the branch that is checked out."""
    for name, pattern in (("lib/galaxy/version.py", _VERSION), (".git/HEAD", _BRANCH)):
        path = posixpath.join(root, name)
        text = looking.text(path) if looking.disk.is_file(path) or name.endswith(".py") else None
        match = pattern.search(text) if text else None
        release = _canonical(match["release"]) if match else None
        if text and match and release:
            line = text.count("\n", 0, match.start()) + 1
            return Found(release, looking.disk.shown(path), line)
    return None


def package_release(looking: Looking, virtualenv: str) -> Found | None:
    """The release of the Galaxy packages in a virtualenv; an index writes 22.5 for 22.05."""
    for path in looking.paths(f"{virtualenv}/lib/python*/site-packages/galaxy*-*.dist-info"):
        match = _PACKAGE.fullmatch(posixpath.basename(path))
        release = _canonical(match["release"]) if match else None
        if release:
            return Found(release, looking.disk.shown(path), None)
    return None


def _canonical(text: str) -> str | None:
    try:
        return str(Release.parse(text.rstrip(".")))
    except ValueError:
        return None
