"""Rules about where datasets are: what loses them, and what fills a disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import held_on_disk, is_loopback, is_whole
from wizard.answers.question import Given
from wizard.answers.storage import Backend
from wizard.releases.release import Release

STORE, BACKENDS, STORE_BY = "data.object_store", "data.backends", "data.store_by"
FILES, _DATA = "data.file_path", "groundwork.data_dir"
_METADATA = "cluster.metadata_strategy"
_NESTED = ("distributed", "hierarchical")
_SAMPLE = "Galaxy's sample of the object store's configuration"
_OBJECTS = Release.parse("20.05")
"""From here on datasets go to objects, by uuid, where nobody says otherwise; before to files, by id."""
_QUESTIONS = (STORE, BACKENDS, STORE_BY, FILES, _DATA)

Value = Callable[[str], Any]
Place = tuple[str, ...]
"""A directory, or a bucket with its service."""


def _places(value: Value, release: Release) -> dict[str, tuple[Place, str | None]]:
    """Where datasets are and how they are named there, by the id that Galaxy knows a place by ("" for the only one).

    What nothing says has no entry.
    """
    rows: list[Backend] = list(value(BACKENDS) or ())
    if value(STORE) in _NESTED:
        found = {
            row.id: (_place_of(row, value, release), row.store_by or _named(value, release)) for row in rows
        }
    elif rows:
        found = {"": (_place_of(rows[0], value, release), rows[0].store_by or _named(value, release))}
    else:
        found = {"": (_files(value, release), _named(value, release))}
    return {name: (place, named) for name, (place, named) in found.items() if place is not None}


def _place_of(row: Backend, value: Value, release: Release) -> Place | None:
    if row.kind == "disk":
        return (str(PurePosixPath(row.files_dir)),) if row.files_dir else _files(value, release)
    return (str(row.kind), (row.endpoint or "").rstrip("/"), row.bucket or "")


def _files(value: Value, release: Release) -> Place | None:
    """Galaxy's own dataset directory, where the answers lead to an absolute path."""
    told, data = value(FILES), value(_DATA)
    if told is None and release >= _OBJECTS:
        told = "objects"
    if told is None or not (told.startswith("/") or data):
        return None
    return (str(PurePosixPath(data or "/", told)),)


def _named(value: Value, release: Release) -> str | None:
    """How files are named where nothing else is said (Galaxy 26.1, _configure_dataset_storage)."""
    if value(STORE_BY):
        return str(value(STORE_BY))
    if value(FILES) is None:
        return None if release >= _OBJECTS else "id"
    return "uuid" if release >= _OBJECTS and PurePosixPath(value(FILES)).name == "objects" else "id"


def _before(scene: Scene) -> tuple[Given, Release]:
    """What the files hold before the apply, over the answers of the last one, and the release that they are of."""
    then = {question: scene.before[question] for question in _QUESTIONS if question in scene.before}
    told = scene.before.get("groundwork.release")
    return {**then, **held_on_disk(scene, _QUESTIONS)}, Release.parse(told) if told else scene.release


def _left(scene: Scene) -> Iterator[tuple[str, Place]]:
    """The places of datasets, with their ids, where Galaxy would look no more after the apply."""
    before, then = _before(scene)
    were, are = _places(before.get, then), _places(scene.value, scene.release)
    if not before or not are or not is_whole(scene, BACKENDS):
        return
    kept = {place for place, _ in are.values()}
    for name, (place, _) in were.items():
        if name == "" and (place in kept or (FILES not in before and _older_default(place) in kept)):
            continue
        if name != "" and are.get(name, (None, None))[0] == place:
            continue
        yield name, place


def directories_in_doubt(scene: Scene) -> frozenset[str]:
    """The directories whose datasets Galaxy would not find after the apply, if there are any."""
    given, _ = _before(scene)
    left = {path for name, place in _left(scene) for path in _directories(name, place, given)}
    renamed = {place[0] for place, _, _ in _renamed(scene) if len(place) == 1}
    return frozenset(left | renamed)


def _directories(name: str, place: Place, given: Given) -> tuple[str, ...]:
    """The directories in which datasets of a place may be; none for a bucket."""
    if len(place) > 1:
        return ()
    unnamed = name == "" and FILES not in given and not given.get(BACKENDS)
    return (*place, *(_older_default(place) if unnamed else ()))


# -- what would be lost


@rule("data.place-changed", "error", "galaxyproject/galaxy#16031")
def place_changed(scene: Scene) -> Iterator[Finding]:
    """Galaxy notes the place of a dataset nowhere, but for the id of a store among several. Of a directory on this
    machine that is empty, or not there, nothing is said: no dataset is in it yet."""
    before, _ = _before(scene)
    several = scene.value(STORE) in _NESTED
    for name, place in _left(scene):
        directories = _directories(name, place, before)
        if directories and scene.vacant.issuperset(directories):
            continue
        where = " ".join(part for part in place if part)
        way_out = (
            "keep it as one of the places of a distributed store, with weight 0 if nothing new is to go there"
        )
        yield Finding(
            f"datasets that are in {where} would not be found any more",
            "Galaxy looks for them at the new place, and shows them as if they were gone",
            f"{way_out}, or move the files first",
            BACKENDS if name or several else FILES,
            fix={FILES: before[FILES]} if not name and not several and FILES in before else {},
        )


def _older_default(place: Place) -> Place:
    """Where Galaxy looks first when nothing is said: datasets of older releases may be there."""
    return (str(PurePosixPath(place[0]).parent / "files"),)


@rule("data.naming-changed", "error", "galaxyproject/galaxy#9197")
def naming_changed(scene: Scene) -> Iterator[Finding]:
    """A place keeps the way in which it was filled; what is empty has none yet."""
    for place, named, now in _renamed(scene):
        if len(place) == 1 and scene.vacant.issuperset(place):
            continue
        where = " ".join(part for part in place if part)
        yield Finding(
            f"datasets in {where} are named by {named}, and would be looked for by {now}",
            "Galaxy finds none of those that are there",
            "leave it, and add a place that stores by uuid to a distributed store",
            BACKENDS if scene.value(BACKENDS) else STORE_BY,
            fix={} if scene.value(BACKENDS) else {STORE_BY: named},
        )


def _renamed(scene: Scene) -> Iterator[tuple[Place, str, str]]:
    """The places that stay whose datasets would be looked for by another name: how they were named, and would be."""
    before, then = _before(scene)
    were, are = _places(before.get, then), _places(scene.value, scene.release)
    now_at = {place: named for place, named in are.values()}
    for place, named in were.values() if is_whole(scene, BACKENDS) else ():
        now = now_at.get(place)
        if named is not None and now is not None and now != named:
            yield place, named, now


@rule("data.extended-by-id", "error", "galaxyproject/galaxy#17694")
def extended_by_id(scene: Scene) -> Iterator[Finding]:
    """A job that writes to the object store by itself knows the uuid of a dataset, and no number yet."""
    if not str(scene.value(_METADATA) or "").startswith("extended"):
        return
    rows: list[Backend] = list(scene.value(BACKENDS) or ())
    if scene.value(STORE) == "distributed":
        rows = [row for row in rows if row.weight != 0]
    elif scene.value(STORE) == "hierarchical":
        rows = rows[:1]
    usual = _named(scene.value, scene.release)
    named = [row.store_by or usual for row in rows] or [usual]
    if "id" in named:
        yield Finding(
            "jobs set metadata by themselves (extended), and new datasets are named by id",
            "a job cannot know the number of its datasets before it is over, so that their files are not found",
            "take the strategy directory, or add a place that stores by uuid and let new datasets go there",
            _METADATA,
            fix={_METADATA: "directory"},
        )


# -- several places


@rule("data.no-place-for-new", "error", _SAMPLE)
def no_place_for_new(scene: Scene) -> Iterator[Finding]:
    """With weight 0 nothing new comes."""
    rows: list[Backend] = list(scene.value(BACKENDS) or ())
    weighed = scene.value(STORE) == "distributed" and is_whole(scene, BACKENDS)
    if weighed and rows and all(row.weight == 0 for row in rows):
        yield Finding(
            "every place of the distributed store has the weight 0",
            "no new dataset can be made, so that every job fails",
            "give one place the weight 1",
            BACKENDS,
        )


@rule("data.same-place-twice", "warning", _SAMPLE)
def same_place_twice(scene: Scene) -> Iterator[Finding]:
    """Two names of one directory count it twice, and nobody can retire one of them."""
    seen: dict[Place, str] = {}
    for row in scene.value(BACKENDS) or () if scene.value(STORE) in _NESTED else ():
        place = _place_of(row, scene.value, scene.release)
        if place is None:
            continue
        other = seen.setdefault(place, row.id)
        if other != row.id:
            yield Finding(
                f"{other} and {row.id} are the same place",
                "datasets of both lie among each other, so that neither can be moved or retired",
                "give each its own directory or bucket, and a larger weight to what shall get more",
                BACKENDS,
            )


# -- services


@rule("data.cache-unlimited", "warning", _SAMPLE)
def cache_unlimited(scene: Scene) -> Iterator[Finding]:
    """What Galaxy reads from a bucket stays in its cache until a limit says otherwise."""
    size = scene.value("options.object_store_cache_size")
    if isinstance(size, int) and size > 0:
        return
    for row in scene.value(BACKENDS) or ():
        if row.kind not in ("disk", None) and row.cache_size is None:
            yield Finding(
                f"the cache of {row.id} may grow without end",
                "a copy of each dataset that was ever used stays on this disk until it is full",
                "give it a size: what the largest jobs need at the same time, and some room",
                BACKENDS,
            )


@rule("data.service-without-tls", "warning", _SAMPLE)
def service_without_tls(scene: Scene) -> Iterator[Finding]:
    """Keys and datasets go to the service with each request."""
    for row in scene.value(BACKENDS) or ():
        parts = urlsplit(row.endpoint or "")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            yield Finding(
                f"the service of {row.id} is spoken to without TLS",
                "whoever is on the way can read and change datasets",
                "write https, if the service offers it",
                BACKENDS,
            )
