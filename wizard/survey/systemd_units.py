"""systemd: the service units with their drop-ins, and the programs that they start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.documents.systemd.document import SystemdDocument, merged
from wizard.problems import Refused
from wizard.survey.looking import Looking
from wizard.survey.programs import Home, Program

DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Where the system's units are, what counts most first (systemd.unit)."""
_WORTH_READING = re.compile(r"galaxy|gravity|tusd|gx-it-proxy", re.IGNORECASE)
_BY_GRAVITY = "maintained by Gravity"
"""In the first lines of what Gravity writes (gravity.process_manager.systemd)."""


def systemd_programs(looking: Looking, home: Home) -> list[Program]:
    """The programs of all units that can have to do with Galaxy; a unit that has not is not even parsed."""
    found = []
    for name, path in _units(looking).items():
        texts = [(place, looking.text(place)) for place in (path, *_dropins(looking, name))]
        whole = "\n".join(text or "" for _, text in texts)
        if _WORTH_READING.search(whole) or home.named_in(whole):
            program = _program(looking, name, [(place, text) for place, text in texts if text is not None])
            if program is not None:
                found.append(program)
    return found


def _units(looking: Looking) -> dict[str, str]:
    """The path of each unit by its name; one that is masked by a link to /dev/null is none."""
    found: dict[str, str] = {}
    for directory in DIRECTORIES:
        for name in _names(looking, directory):
            if name.endswith(".service"):
                found.setdefault(name, f"{directory}/{name}")
    return {name: path for name, path in found.items() if not _is_masked(looking, path)}


def _names(looking: Looking, directory: str) -> list[str]:
    """What stands in a directory: links that lead nowhere too, as one to /dev/null below a root does."""
    try:
        return sorted(place.name for place in looking.disk.real(directory).iterdir())
    except (OSError, Refused):
        return []


def _is_masked(looking: Looking, path: str) -> bool:
    try:
        return looking.disk.inside(path) == "/dev/null"
    except Refused:
        return False


def _dropins(looking: Looking, name: str) -> list[str]:
    """The drop-ins of a unit in the order in which they are applied: by name, each name once."""
    found: dict[str, str] = {}
    for directory in DIRECTORIES:
        for folder in _folders(name):
            for file in _names(looking, f"{directory}/{folder}"):
                if file.endswith(".conf"):
                    found.setdefault(file, f"{directory}/{folder}/{file}")
    return [found[file] for file in sorted(found) if not _is_masked(looking, found[file])]


def _folders(name: str) -> Iterator[str]:
    """Also those of shorter names that end at a dash, and that of all services (systemd.unit)."""
    yield f"{name}.d"
    parts = name.removesuffix(".service").split("-")
    for length in range(len(parts) - 1, 0, -1):
        yield f"{'-'.join(parts[:length])}-.service.d"
    yield "service.d"


def _program(looking: Looking, name: str, texts: list[tuple[str, str]]) -> Program | None:
    documents: list[tuple[str, SystemdDocument]] = []
    for path, text in texts:
        try:
            documents.append((path, SystemdDocument.parse(text, looking.disk.shown(path))))
        except Refused as refusal:
            looking.leave_all(refusal.problems)
    if not documents or documents[0][0] != texts[0][0]:
        return None
    counts = merged(documents[0][1], [document for _, document in documents[1:]])

    path_of = {id(document): path for path, document in documents}
    places: dict[str, tuple[str, int]] = {}

    def last(key: str, what: str) -> str | None:
        values = counts.get(("Service", key), ())
        if values:
            places[what] = path_of[id(values[-1].document)], values[-1].line
        return values[-1].value if values else None

    commands = counts.get(("Service", "ExecStart"), ())
    variables = counts.get(("Service", "Environment"), ())
    for variable in variables:
        if "VIRTUAL_ENV=" in variable.value:
            places["environment"] = path_of[id(variable.document)], variable.line
    started = commands[-1] if commands else None
    return Program(
        manager="systemd",
        name=f"systemd unit {name}",
        file=path_of[id(started.document)] if started else documents[0][0],
        line=started.line if started else 1,
        command=" ".join(command.value for command in commands),
        directory=(last("WorkingDirectory", "directory") or "").lstrip("-") or None,
        environment=" ".join(variable.value for variable in variables),
        user=last("User", "user"),
        group=last("Group", "group"),
        option="ExecStart",
        generated=_BY_GRAVITY in texts[0][1][:400],
        files=tuple(path for path, _ in documents),
        places=places,
    )
