"""What several rules ask of a scene: its runners and destinations, Galaxy's own file, and where the rest lies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from wizard.advice.advice import PlannedFile, Scene
from wizard.answers.destinations import Destination
from wizard.answers.limits import DATA_SOURCES, ToolMapping
from wizard.answers.runners import Runner
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.files import LENSES
from wizard.problems import Refused

RUNNERS, DESTINATIONS = "cluster.runners", "cluster.destinations"
DEFAULT, TOOLS = "cluster.default_destination", "cluster.tools"
SHARING = frozenset({"slurm", "cli", "drmaa", "pbs", "univa", "condor", "htcondor"})
"""Kinds of runners whose jobs read and write Galaxy's own paths, on another machine as a rule. Pulsar copies files, a
cloud service has places of its own, and Kubernetes mounts claims."""
DRMAA = frozenset({"slurm", "drmaa", "univa"})
"""Kinds that load the scheduler's DRMAA library (Galaxy 26.1, jobs/runners/drmaa.py)."""
_LOOPBACK = frozenset({"localhost", "localhost.localdomain", "::1", "0.0.0.0"})  # noqa: S104 - an address that is looked for
_PATHS = (
    ("groundwork.root", "Galaxy's code"),
    ("groundwork.virtualenv", "the virtualenv"),
    ("groundwork.data_dir", "Galaxy's data"),
    ("cluster.new_file_path", "temporary files"),
    ("cluster.job_working_directory", "the job directory"),
    ("cluster.tool_dependency_dir", "tool dependencies"),
    ("cluster.conda_prefix", "Conda's environments"),
    ("data.file_path", "the dataset directory"),
)
_OF_UPLOADS = (("data.ftp_dir", "the FTP directory"), ("proxy.upload_store", "the upload store"))


def main_file(scene: Scene) -> PlannedFile | None:
    """Galaxy's own configuration file, where the answers have one."""
    names = ("galaxy.yml", "galaxy.ini")
    return next((file for file in scene.files if any(name in file.readings for name in names)), None)


def is_new(scene: Scene) -> bool:
    """Whether these answers set a server up: of one that is there already, somebody may look after the rest."""
    main = main_file(scene)
    return main is not None and main.before is None


def held_on_disk(scene: Scene, questions: Collection[str]) -> dict[str, Any]:
    """What the files say of these questions as they are, before an apply."""
    found: dict[str, Any] = {}
    for file in scene.files:
        for lens in LENSES if file.before is not None else ():
            if lens.name in file.readings and any(map(lens.owns, questions)):
                try:
                    held = lens.read(file.before or "", file.shown).given
                except Refused:
                    continue
                found.update({question: held[question] for question in questions if question in held})
    return found


def taken_out(scene: Scene, question: str) -> dict[str, Any]:
    """The fix that takes an option out: taking an answer back leaves what was in a file before, so it is emptied."""
    return {question: "" if held_on_disk(scene, (question,)) else None}


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them, at most eight."""
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{', '.join(found[:8])}{more}"


def runners(scene: Scene) -> tuple[Runner, ...]:
    return tuple(scene.value(RUNNERS) or ())


def destinations(scene: Scene) -> tuple[Destination, ...]:
    return tuple(scene.value(DESTINATIONS) or ())


def tools(scene: Scene) -> tuple[ToolMapping, ...]:
    return tuple(scene.value(TOOLS) or ())


def kinds(scene: Scene) -> dict[str, str | None]:
    """The kind of each runner, by its id."""
    return {row.id: row.kind for row in runners(scene)}


def going_to(scene: Scene, wanted: Iterable[str]) -> list[Destination]:
    """The destinations whose runner is of one of these kinds."""
    known, kinds_wanted = kinds(scene), set(wanted)
    return [row for row in destinations(scene) if known.get(row.runner or "") in kinds_wanted]


def chooses_later(scene: Scene) -> bool:
    """Whether a rule chooses the place of a job when it comes: nobody can tell from here where jobs go."""
    return any(str(row.runner).startswith("dynamic") for row in destinations(scene))


def used_runners(scene: Scene) -> list[Runner]:
    """The runners that jobs are sent to, or may be."""
    used = {row.runner for row in destinations(scene)}
    return [row for row in runners(scene) if row.id in used or chooses_later(scene)]


def is_local(scene: Scene, name: str) -> bool:
    """Whether every destination of this id or tag runs its jobs on Galaxy's own host."""
    known = kinds(scene)
    meant = [row for row in destinations(scene) if row.id == name or name in (row.tags or ())]
    return bool(meant) and all(known.get(row.runner or "") == "local" for row in meant)


def is_whole(scene: Scene, *questions: str) -> bool:
    """Whether every file was understood as far as these questions go: nothing is missing from their answers."""
    return not any(
        problem.question in questions
        for file in scene.files
        for reading in file.readings.values()
        for problem in reading.unread
    )


def param(row: Runner | Destination, name: str) -> Any:
    """Another parameter of a runner or destination."""
    return (row.params or {}).get(name)


def is_true(value: Any) -> bool:
    """Whether Galaxy takes a parameter for true."""
    return value is True or str(value).lower() in ("true", "yes", "on", "1")


def job_paths(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """The absolute paths that nodes need, each with its question and what is there.

    What is relative, or not said, lies below the data directory.
    """
    asked = (*_PATHS, *_OF_UPLOADS) if uploads_leave(scene) else _PATHS
    for question, what in asked:
        value = scene.value(question)
        if isinstance(value, str) and value.startswith("/"):
            yield question, what, value
    for row in scene.value("data.backends") or ():
        for path, what in ((row.files_dir, "datasets"), (row.cache_dir, "the cache")):
            if path and path.startswith("/"):
                yield "data.backends", f"{what} of {row.id}", path


def uploads_leave(scene: Scene) -> bool:
    """Whether jobs that fetch data run on the cluster."""
    mapped = {row.id: row.destination for row in tools(scene)}
    default = scene.value(DEFAULT)
    places = [mapped.get(tool) or default for tool in DATA_SOURCES[:2]]
    return any(place is not None and not is_local(scene, place) for place in places)


def lies_in(path: str, folders: Iterable[str]) -> bool:
    """Whether `path` is one of `folders`, or below one."""
    place = PurePosixPath(path)
    return any(place == PurePosixPath(one) or PurePosixPath(one) in place.parents for one in folders)


def is_loopback(host: str | None) -> bool:
    """Whether a host name means the very machine that uses it."""
    return host is not None and (host.strip("[]").lower() in _LOOPBACK or host.startswith("127."))


def host_of(url: str | None) -> str | None:
    """The host that a URL names, None where there is none."""
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def holds_secret(rows: Iterable[Row]) -> bool:
    """Whether a row holds a secret: it must not get into a fix, for its value is known here."""
    return any(isinstance(value, Secret) for row in rows for _, value in row)


def with_row(question: str, rows: Iterable[Row], row: Row, **fields: Any) -> dict[str, Any]:
    """The answer that changes these fields of one row of a table; nothing where that would copy a secret."""
    whole = list(rows)
    if holds_secret(whole):
        return {}
    return {question: [one.model_copy(update=fields) if one == row else one for one in whole]}
