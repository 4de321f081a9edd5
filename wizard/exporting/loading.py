"""A playbook's variables and files, from disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.disk import decoded, unreadable
from wizard.documents.tree import MISSING
from wizard.documents.yaml.document import YamlDocument
from wizard.exporting.ansible_reading import Playbook, is_galaxys
from wizard.problems import Problem, Refused

_FOLDERS = ("group_vars", "host_vars")
_ENDINGS = ("", ".yml", ".yaml")
"""Ansible reads files of these endings in a group's folder; it knows `.json` too, which is YAML as well."""
_ENCRYPTED = "$ANSIBLE_VAULT"
_LARGEST = 4 << 20


@dataclass
class Loaded:
    """The playbook, where its variables were read, and what could not be."""

    playbook: Playbook
    files: list[Path] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def is_ansible(place: Path) -> bool:
    """Whether this is a file of variables, or a directory that has them: `group_vars`, one in it, one around it."""
    if place.is_file():
        return place.suffix in _ENDINGS[1:] and bool(_holds_role(place))
    return place.is_dir() and (
        place.name in _FOLDERS
        or place.parent.name in _FOLDERS
        or any((place / name).is_dir() for name in _FOLDERS)
    )


def load(place: Path) -> Loaded:
    """The variables of one group of hosts, those for all under them. Raises Refused for none, or several groups."""
    found = Loaded(Playbook({}))
    variables: dict[str, Any] = {}
    for path in _chosen(place):
        text = _text(path)
        if text.startswith(_ENCRYPTED):
            found.notes.append(Problem("is encrypted, and nothing is read from it", file=str(path)))
            continue
        held = YamlDocument.parse(text, str(path)).get(())
        if isinstance(held, dict):
            variables |= {str(name): value for name, value in held.items()}
            found.files.append(path)
        elif held not in (MISSING, None):
            found.notes.append(Problem("holds no variables", file=str(path)))
    if not is_galaxys(variables):
        way_out = "name the file or folder of the group that has galaxy_config"
        raise Refused(
            Problem("no variables of the role galaxyproject.galaxy here", str(place), way_out=way_out)
        )
    found.playbook = Playbook(variables, Beside(_playbook(place)))
    return found


def _chosen(place: Path) -> list[Path]:
    """The files to read, in the order in which a later one counts more."""
    around = place if place.name not in _FOLDERS and place.parent.name not in _FOLDERS else None
    if place.is_file():
        return [place]
    if around is None and place.name not in _FOLDERS:
        return _files_in(place)
    folders = [place] if around is None else [around / name for name in _FOLDERS]
    groups = [group for folder in folders if folder.is_dir() for group in sorted(folder.iterdir())]
    shared = [group for group in groups if group.stem == "all"]
    about: dict[str, list[Path]] = {}
    for group in groups:
        if group.stem != "all" and any(_holds_role(path) for path in _files_in(group)):
            about.setdefault(group.stem if group.suffix in _ENDINGS[1:] else group.name, []).append(group)
    if len(about) > 1:
        way_out = "name one of them"
        raise Refused(
            Problem(f"several groups have a Galaxy: {', '.join(about)}", file=str(place), way_out=way_out)
        )
    chosen = [*shared, *(group for found in about.values() for group in found)]
    return [path for group in chosen for path in _files_in(group)]


def _files_in(group: Path) -> list[Path]:
    if group.is_file():
        return [group] if group.suffix in _ENDINGS else []
    return sorted(
        path
        for path in group.rglob("*")
        if path.is_file() and path.suffix in _ENDINGS and not path.name.startswith(".")
    )


def _holds_role(path: Path) -> bool:
    try:
        held = YamlDocument.parse(_text(path), str(path)).get(())
    except Refused:
        return False
    return isinstance(held, dict) and is_galaxys(held)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise unreadable(str(path), error) from None
    if len(data) > _LARGEST:
        raise Refused(Problem(f"is larger than {_LARGEST >> 20} MiB", str(path), way_out="name another"))
    return decoded(data, str(path))


def _playbook(place: Path) -> Path:
    """The directory that holds `group_vars`, else the one that the file stands in."""
    absolute = place.absolute()
    for folder in (absolute, *absolute.parents):
        if folder.name in _FOLDERS:
            return folder.parent
    return absolute if absolute.is_dir() else absolute.parent


class Beside(Mapping[str, str]):
    """The texts in a playbook's directory, by their path in it; read when they are asked for."""

    def __init__(self, playbook: Path) -> None:
        self.playbook = playbook

    def __getitem__(self, name: str) -> str:
        if name.startswith(("/", "..")) or not (self.playbook / name).is_file():
            raise KeyError(name)
        try:
            return _text(self.playbook / name)
        except Refused:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        for path in self.playbook.rglob("*"):
            if path.is_file():
                yield path.relative_to(self.playbook).as_posix()

    def __len__(self) -> int:
        return sum(1 for _ in self)
