"""Answers that the answered release cannot run, such as mules under gunicorn: said before a file is written."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.answers.standing import standing
from wizard.files.jobs.conf import is_xml
from wizard.files.places import release
from wizard.problems import Problem
from wizard.releases.release import facts

_RELEASE = "groundwork.release"
_TRACKING = "scaling.track_jobs_in_database"
_JOB_FILE = "cluster.job_config_file"


def problems(given: Given) -> Iterator[Problem]:
    """What neither the answered release nor the other answers leave possible."""
    yield from _impossible(given)
    yield from _untracked(given)
    yield from _not_xml(given)


def _untracked(given: Given) -> Iterator[Problem]:
    """Jobs in memory alone are found by the process that has them, which handles them too (all in one)."""
    strategy = given.get("scaling.strategy")
    if given.get(_TRACKING) is False and strategy not in (None, "all-in-one"):
        what = f"{strategy} find their jobs in the database"
        yield Problem(what, question=_TRACKING, way_out="leave it out, or take the strategy all-in-one")


def _not_xml(given: Given) -> Iterator[Problem]:
    """Releases before 20.05 read each file as XML, whatever its name is."""
    named = given.get(_JOB_FILE)
    if named and _RELEASE in given and not facts(release(given)).job_conf_yaml and not is_xml(named):
        what = f"Galaxy {release(given)} reads a job configuration as XML only"
        yield Problem(what, question=_JOB_FILE, way_out="name it job_conf.xml")


def _impossible(given: Given) -> Iterator[Problem]:
    """Every answer whose question calls it impossible, with the way out.

    Where no release is answered, only what holds in each of them is said.
    """
    known = _RELEASE in given
    where = f"in Galaxy {release(given)}: " if known else ""
    for path, asked in questions().items():
        if path not in given or not asked.question.standings:
            continue
        answer = given[path]
        for value in answer if isinstance(answer, list) else [answer]:
            row = standing(asked.question, value, given)
            if row is not None and row.word == "impossible" and (known or row.of_any_release):
                shown = value if isinstance(value, str) else asked.question.title
                yield Problem(f"{where}{shown} {row.note}", question=path, way_out=row.way_out)
