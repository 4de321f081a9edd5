"""Celery in galaxy.yml: where its URLs stand in which release, and what its answers need of each other.

Galaxy reads the broker and the result backend from `celery_broker` and `celery_backend` in 22.05 alone, and from
`celery_conf` since 23.0. Older releases that know Celery at all (21.09, 22.01) have no option for either: Celery takes
`amqp_internal_connection`, and keeps no results.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.answers.question import Given
from wizard.answers.questions import questions
from wizard.documents.tree import MISSING, REMOVE, Path, TreeDocument
from wizard.files.entry_lens import Entry
from wizard.files.galaxy.connections import BROKERS, CELERY_CONF, FORMER, given_in
from wizard.files.lens import same_answer
from wizard.files.places import release
from wizard.problems import Problem
from wizard.releases import catalog
from wizard.releases.release import Release

RELEASE = "groundwork.release"
METADATA = "cluster.metadata_strategy"
_BROKER_OPTIONS = Release.parse("22.05")
"""The first release with an option for Celery's broker, and with metadata set in a Celery task."""
_CELERY_CONF = Release.parse("23.0")
_OLDEST = "18.01"
"""The oldest release whose options are listed: what it has may be older still."""
_OWN_BACKEND = Release.parse("24.1")
"""From here on Galaxy takes a SQLite file where no result backend is given."""
_METADATA_NEEDS = ("celery.enable", "celery.backend")


def faults(given: Given, read: Given) -> Iterator[Problem]:
    """What is wrong with those of the `given` answers that the file does not hold yet."""
    new = {path for path, value in given.items() if path not in read or not same_answer(value, read[path])}
    at = release(given)
    for question in given:
        option = _option(question) if question in new and question.startswith("celery.") else None
        if option is not None and (what := _absent(question, option, at)) is not None:
            yield Problem(what, question=question, way_out=_way_out(question, at))
    if new & {METADATA, *_METADATA_NEEDS}:
        yield from _metadata({**read, **given}, at)


def _option(question: str) -> str | None:
    """The option of `galaxy:` that an answer of the celery section stands in."""
    if question in ("celery.broker", "celery.backend", "celery.task_routes"):
        return "celery_conf"
    asked = questions().get(question)
    section, _, name = ((asked.question.at if asked else None) or "").partition(".")
    return name.partition(".")[0] if section == "galaxy" else None


def _absent(question: str, option: str, at: Release) -> str | None:
    """Why Galaxy `at` that release has no place for the answer; None when it has."""
    if question in BROKERS and at >= _BROKER_OPTIONS:
        return None
    entry = catalog.option(option)
    if entry is None or option in catalog.options(at) or entry.since == _OLDEST:
        return None
    since = _BROKER_OPTIONS if question in BROKERS else entry.since
    return f"Galaxy {at} has no option for this: the first release with one is {since}"


def _way_out(question: str, at: Release) -> str:
    leave = f"leave it out (galaxy-setup disown {question} where a preset gives it)"
    if question == "celery.broker" and at < _BROKER_OPTIONS:
        return f"{leave}, and give celery.control_queue, which is Celery's broker up to 22.01"
    return f"{leave}, or give a newer groundwork.release"


def _metadata(now: Given, at: Release) -> Iterator[Problem]:
    """What metadata in a Celery task lacks (Galaxy 26.1, jobs.runners, _verify_celery_config)."""
    if "celery" not in str(now.get(METADATA)):
        return
    what, way_out = None, "give it, or take a form of metadata_strategy without celery"
    if at < _BROKER_OPTIONS:
        what = (
            f"Galaxy {at} sets no metadata in Celery tasks: the first release that does is {_BROKER_OPTIONS}"
        )
        way_out = "take a form without celery"
    elif now.get("celery.enable") is not True:
        what = (
            "a Celery task sets the metadata, and celery.enable is not true: every job would end in an error"
        )
    elif "celery.backend" not in now and at < _OWN_BACKEND:
        what = (
            "jobs wait for the result of the task that sets their metadata, and celery.backend is not given"
        )
    if what is not None:
        yield Problem(what, question=METADATA, way_out=way_out)


def place(document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
    """Let the URLs stand where the release reads them: `changes` has them below `celery_conf`.

    Where no release is given, they stay where the file has them. What stands in the place of another release is moved
    only when the answers behind it are given, for else it is the file's own.
    """
    at = release(given) if RELEASE in given else None
    for kind, path in BROKERS.items():
        former = FORMER[kind]
        causes = given_in(given, kind)
        change = changes.get(path)
        if (not causes and change is None) or (at is not None and at < _BROKER_OPTIONS):
            continue
        held = _held(document, path)
        if at < _CELERY_CONF if at is not None else held is None and _held(document, former) is not None:
            changes.pop(path, None)
            _move(document, changes, path, former, change, causes)
        elif at is not None:
            _move(document, changes, former, path, change, causes)


def _held(document: TreeDocument, path: Path) -> Any:
    value = document.get(path)
    return None if value is MISSING else value


def _move(
    document: TreeDocument,
    changes: dict[Path, Entry],
    old: Path,
    new: Path,
    change: Entry | None,
    causes: tuple[str, ...],
) -> None:
    """Let `change`, or else what is held, stand at `new` and no longer at `old`."""
    held = _held(document, old)
    if change is not None:
        changes[new] = change
    elif held is not None and (_held(document, new) is None or old[:2] == CELERY_CONF):
        changes[new] = Entry(held, causes, "url")
    if held is not None:
        changes[old] = Entry(REMOVE, change.questions if change else causes, "url")
