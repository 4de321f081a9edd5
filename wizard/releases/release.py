"""A Galaxy release, how it is written, and what an administrator's configuration may take for granted in it.

Source of every fact: the project's table of Galaxy releases (reference document galaxy-releases.md, section
"Table" unless a docstring names another), taken from Galaxy's release notes, schemas, samples and packages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn, TypeVar

T = TypeVar("T")
Era = Literal["paste", "uwsgi", "gunicorn"]

_MONTHS_UNTIL = (
    22  # 22.05 was the last release named after its month; 23.0 the first numbered within its year
)
_WRITTEN = re.compile(
    r"(?:release_|v)?"
    r"(?:20(?P<year>1[0-4])\.(?P<month>\d{2})\.(?P<day>\d{2})"
    r"|(?P<yy>\d{2})\.(?P<number>\d{1,2})(?:\.(?:\d+|dev\d*|rc\d+)){0,2})"
)


@dataclass(frozen=True, order=True)
class Release:
    """One release: its two-digit year, its month (before 23.0) or number in the year, and a day before 2015.

    Releases compare by age. `str` gives Galaxy's own spelling: "22.05", "23.0", "2014.06.02".
    """

    year: int
    number: int
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> Release:
        """Read "22.05", "release_22.05", "v23.0", "2014.06.02"; point releases ("26.1.2", "23.1.rc1") too.

        A point release is taken for its release. "22.5", as package indexes write it, is 22.05.
        Raises ValueError, naming the text and an accepted form.
        """
        return _read(text) if isinstance(text, str) else _refuse(text)

    def __str__(self) -> str:
        if self.day:
            return f"20{self.year}.{self.number:02}.{self.day:02}"
        return f"{self.year}.{self.number:02}" if self.year <= _MONTHS_UNTIL else f"{self.year}.{self.number}"

    @property
    def known(self) -> bool:
        """Whether the option catalogue lists this release."""
        return self in KNOWN


def _refuse(text: object) -> NoReturn:
    raise ValueError(f"{text!r} is not a Galaxy release; write it like 26.1, 22.05 or 2014.06.02")


@lru_cache(maxsize=256)
def _read(text: str) -> Release:
    """The release of a text. A plan asks for that of its answers hundreds of times."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        _refuse(text)
    if found["year"]:
        year, number, day = int(found["year"]), int(found["month"]), int(found["day"])
        if not (1 <= number <= 12 and 1 <= day <= 31):
            raise ValueError(f"{text!r} is not a Galaxy release: {number:02}.{day:02} is no month and day")
        return Release(year, number, day)
    year, number = int(found["yy"]), int(found["number"])
    if year <= _MONTHS_UNTIL and not 1 <= number <= 12:
        raise ValueError(
            f"{text!r} is not a Galaxy release: until 22.05 the second part is a month, 01 to 12"
        )
    if year > _MONTHS_UNTIL and len(found["number"]) > 1 and found["number"][0] == "0":
        raise ValueError(
            f"{text!r} is not a Galaxy release: from 23.0 on they are numbered {year}.0, {year}.1, …"
        )
    return Release(year, number)


_YEARS = {
    **{year: (1, 5, 9) for year in (18, 19, 20, 21)},
    **{22: (1, 5), 23: (0, 1, 2), 24: (0, 1, 2), 25: (0, 1), 26: (0, 1)},
}
KNOWN: tuple[Release, ...] = tuple(Release(year, number) for year in _YEARS for number in _YEARS[year])
"""Every release of the option catalogue, oldest first."""

NEWEST: Release = KNOWN[-1]


@dataclass(frozen=True)
class Facts:
    """What holds for one release. An empty tuple or None means: not stated, or it does not exist there."""

    era: Era
    """The application server it starts by default: Paste until 17.09, uWSGI until 21.09, then gunicorn."""
    app_servers: tuple[Era, ...]
    """The servers it can run under, the default first. 22.01 is the last for uWSGI and Paste."""
    minimum_python: tuple[int, int]
    """The oldest Python, as (major, minor). 19.09 still takes 2.7; for 20.01 that is deprecated: 3.5."""
    python_is_stated: bool
    """False where the table marks `minimum_python` as inferred from its neighbours."""
    config_file: Literal["galaxy.ini", "galaxy.yml"]
    process_manager: Literal["gravity"] | None
    """Gravity from 22.01; before, run.sh, supervisor or init scripts, whichever the administrator chose."""
    gravity: str | None
    """The oldest Gravity that goes with the release."""
    gravity_systemd: bool
    """Whether that Gravity drives systemd too (Gravity 1.0, hence Galaxy 23.0), not only supervisor."""
    sections: tuple[Literal["uwsgi", "gravity"], ...]
    """Sections of galaxy.yml beside `galaxy:`; 22.01 knows both ("Admin-facing options that moved")."""
    job_conf_default: Literal["job_conf.xml", "job_conf.yml"]
    """What is read when `job_config_file` is unset. From 23.0 an existing job_conf.xml is the fallback."""
    job_conf_yaml: bool
    """Whether a job configuration may be YAML: from 20.05, in a file without ".xml" anywhere in its path."""
    job_conf_inline: bool
    """Whether `job_config` in galaxy.yml may hold it: from 19.09."""
    handler_assignment: tuple[str, ...]
    """Methods that a job configuration may name under `assign`; configurable from 19.01 on."""
    assignment_from_database: bool
    """Whether an unset `assign` is chosen from what the database can do: from 21.05."""
    broker_option: str | None
    """Dotted galaxy: option for the Celery broker: from 22.05, under `celery_conf` from 23.0."""
    result_backend_option: str | None
    """Dotted galaxy: option for the Celery result backend, as `broker_option`."""
    mysql: bool
    """Whether MySQL is supported: dropped in 19.09 (section "Databases")."""
    minimum_postgresql: int | None
    """Oldest PostgreSQL, major version: 10 from 22.01, not stated before (section "Databases")."""


def facts(release: Release) -> Facts:
    """The facts of `release`. A release newer than `NEWEST` gets the newest facts known here."""
    python, stated = _at(release, _PYTHON)
    gravity = _at(release, _GRAVITY)
    return Facts(
        era=era(release),
        app_servers=_at(release, _APP_SERVERS),
        minimum_python=python,
        python_is_stated=stated,
        config_file=_at(release, (("", "galaxy.ini"), ("18.01", "galaxy.yml"))),
        process_manager="gravity" if gravity else None,
        gravity=gravity,
        gravity_systemd=_since(release, "23.0"),
        sections=_at(release, _SECTIONS),
        job_conf_default=_at(release, (("", "job_conf.xml"), ("23.0", "job_conf.yml"))),
        job_conf_yaml=_since(release, "20.05"),
        job_conf_inline=_since(release, "19.09"),
        handler_assignment=_at(release, _ASSIGNMENT),
        assignment_from_database=_since(release, "21.05"),
        broker_option=_at(
            release, (("", None), ("22.05", "celery_broker"), ("23.0", "celery_conf.broker_url"))
        ),
        result_backend_option=_at(
            release, (("", None), ("22.05", "celery_backend"), ("23.0", "celery_conf.result_backend"))
        ),
        mysql=not _since(release, "19.09"),
        minimum_postgresql=10 if _since(release, "22.01") else None,
    )


def documentation(release: Release | None) -> str:
    """The page on Galaxy's configuration in the documents of `release`; those of today if it is not known."""
    branch = f"release_{release}" if release is not None and release.known else "master"
    return f"https://docs.galaxyproject.org/en/{branch}/admin/config.html"


def era(release: Release) -> Era:
    """The era of `release`: "gunicorn" from 22.01, "uwsgi" from 18.01 to 21.09, "paste" before."""
    return _at(release, _ERA)


_ERA: tuple[tuple[str, Era], ...] = (("", "paste"), ("18.01", "uwsgi"), ("22.01", "gunicorn"))
_APP_SERVERS: tuple[tuple[str, tuple[Era, ...]], ...] = (
    ("", ("paste", "uwsgi")),
    ("18.01", ("uwsgi", "paste")),
    ("22.01", ("gunicorn", "uwsgi", "paste")),
    ("22.05", ("gunicorn",)),
)
_PYTHON: tuple[tuple[str, tuple[tuple[int, int], bool]], ...] = (
    ("", ((2, 7), False)),
    ("19.09", ((2, 7), True)),
    ("20.01", ((3, 5), True)),
    ("20.05", ((3, 5), False)),
    ("21.01", ((3, 6), True)),
    ("22.01", ((3, 7), True)),
    ("22.05", ((3, 7), False)),
    ("23.0", ((3, 7), True)),
    ("24.0", ((3, 8), True)),
    ("25.0", ((3, 9), True)),
    ("25.1", ((3, 10), True)),
)
_GRAVITY: tuple[tuple[str, str | None], ...] = (
    ("", None),
    ("22.01", "0.9"),
    ("22.05", "0.12"),
    ("23.0", "1.0"),
    ("25.0", "1.1"),
    ("26.0", "1.2.0"),
    ("26.1", "1.2.3"),
)
_SECTIONS: tuple[tuple[str, tuple[Literal["uwsgi", "gravity"], ...]], ...] = (
    ("", ()),
    ("18.01", ("uwsgi",)),
    ("22.01", ("uwsgi", "gravity")),
    ("22.05", ("gravity",)),
)
_FIVE = ("mem-self", "db-self", "db-preassign", "db-transaction-isolation", "db-skip-locked")
_ASSIGNMENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ()),
    ("19.01", (*_FIVE, "uwsgi-mule-message")),
    ("22.05", _FIVE),
)


def _since(release: Release, first: str) -> bool:
    return release >= Release.parse(first)


def _at(release: Release, table: Sequence[tuple[str, T]]) -> T:
    """The value in force: each row holds from its release on, the first (written "") from the beginning."""
    value = table[0][1]
    for first, later in table[1:]:
        if _since(release, first):
            value = later
    return value
