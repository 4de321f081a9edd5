"""What suggestions read from the other answers. Pure; what is not given has its usual value or None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

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


def release_of(text: str) -> tuple[int, int]:
    """A release as a pair that compares by age. Raises ValueError for a text that is none."""
    found = _RELEASE.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no release")
    return int(found[1]), int(found[2])


def is_qualified(name: str) -> bool:
    """Whether `name` is a host name with its domain, in small letters, such as galaxy.example.org."""
    return _QUALIFIED.fullmatch(name) is not None


AppServer = Literal["gunicorn", "uwsgi", "paste"]
_NAMES: dict[AppServer, str] = {"gunicorn": "gunicorn", "uwsgi": "uWSGI", "paste": "Paste"}


def served_by(given: Given) -> AppServer:
    """The program that runs Galaxy's web workers: as answered, else that of the release, else today's.

    Paste until 17.09, uWSGI from 18.01 to 21.09, then gunicorn (Galaxy's notes on 18.01 and 22.01).
    """
    answered: AppServer | None = given.get("scaling.app_server")
    told = release(given)
    if answered is not None or told is None:
        return answered or "gunicorn"
    if told < (18, 1):
        return "paste"
    return "uwsgi" if told < (22, 1) else "gunicorn"


@dataclass(frozen=True)
class ServedBy:
    """The condition that this program runs Galaxy's web workers."""

    server: AppServer

    def holds(self, given: Given) -> bool:
        return served_by(given) == self.server

    def __str__(self) -> str:
        return f"{_NAMES[self.server]} serves Galaxy"
