"""What suggestions read from the other answers. Pure; what is not given has its usual value or None."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from wizard.answers.question import Given

_RELEASE = re.compile(r"\D*(?:20)?(\d{2})\.(\d{1,2})(?!\d)")
_QUALIFIED = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def home(given: Given) -> PurePosixPath:
    """The directory that holds Galaxy's root, with configuration and data beside it: /srv/galaxy as a rule.

    A root directly below / is its own home, so that nothing is ever suggested at the top of the file system.
    """
    root = given.get("groundwork.root")
    if not isinstance(root, str):
        return PurePosixPath("/srv/galaxy")
    above = PurePosixPath(root).parent
    return above if above != above.parent else PurePosixPath(root)


def beside_root(given: Given, *parts: str) -> str:
    """The path of `parts` in Galaxy's home."""
    return str(home(given).joinpath(*parts))


def data_dir(given: Given) -> PurePosixPath:
    """Galaxy's data directory where it is given as an absolute path, else `data` in Galaxy's home."""
    told = PurePosixPath(str(given.get("groundwork.data_dir", "")))
    return told if told.is_absolute() else home(given) / "data"


def domain(given: Given) -> str | None:
    """The domain of the given host name: example.org of galaxy.example.org; None without one."""
    name = given.get("proxy.host_name")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+\.[A-Za-z]\w*", name, re.ASCII):
        return None
    rest = name.partition(".")[2]
    return rest if "." in rest else name


def release(given: Given) -> tuple[int, int] | None:
    """The given Galaxy release as a pair that compares by age, such as (26, 1); None when it is not given."""
    found = _RELEASE.match(str(given.get("groundwork.release", "")))
    return (int(found[1]), int(found[2])) if found else None


def is_qualified(name: str) -> bool:
    """Whether `name` is a host name with its domain, in small letters, such as galaxy.example.org."""
    return _QUALIFIED.fullmatch(name) is not None
