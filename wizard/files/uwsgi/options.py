"""uWSGI's options as a document of paths: ("uwsgi", option), whichever of its names an option stands under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from wizard.documents.tree import MISSING, Path, TreeDocument

SECTION = "uwsgi"

NAMES: dict[str, tuple[str, ...]] = {
    "chmod-socket": ("chmod",),
    "manage-script-name": (),
    "module": ("wsgi",),
    "plugin": ("plugins",),
    "processes": ("workers",),
    "pythonpath": ("python-path", "pp"),
    "socket": ("uwsgi-socket",),
    "socket-protocol": ("protocol",),
    "stats": ("stats-server",),
    "virtualenv": ("home", "venv", "pyhome"),
    "zerg-pool": ("zergpool",),
    "http": ("httprouter",),
}
"""The other names that uWSGI knows an option by (core/uwsgi.c, plugins/python, plugins/http of uWSGI 2.0)."""
_OPTION = {other: name for name, others in NAMES.items() for other in others}


class Repeating(TreeDocument, Protocol):
    """A section of uWSGI's in either syntax: an option counts as often as it stands."""

    def values(self, key: str) -> tuple[str, ...]:
        """All values of an option, in the order of the text."""
        ...


class Options:
    """A section of uWSGI's, with one name for each option. One that stands several times has a list of values."""

    def __init__(self, inner: Repeating) -> None:
        self.inner = inner
        self._spelled: dict[str, str] = {}
        for name in inner.keys((SECTION,)):
            self._spelled.setdefault(_OPTION.get(name, name), name)

    @property
    def text(self) -> str:
        return self.inner.text

    @property
    def file(self) -> str:
        return self.inner.file

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the section by their first names, in the order of the text."""
        return tuple(self._spelled)

    def values(self, option: str) -> tuple[str, ...]:
        """All values of an option, under whichever name it stands."""
        names = (option, *NAMES.get(option, ()))
        return tuple(value for name in names for value in self.inner.values(name))

    def mixed(self, option: str) -> bool:
        """Whether an option stands under more than one of its names."""
        names = (option, *NAMES.get(option, ()))
        return sum(bool(self.inner.values(name)) for name in names) > 1

    def get(self, path: Path) -> Any:
        if len(path) != 2 or path[0] != SECTION:
            return self.inner.get(path)
        values = self.values(str(path[1]))
        return [*values] if len(values) > 1 else values[0] if values else MISSING

    def keys(self, path: Path) -> tuple[str, ...]:
        return self.inner.keys(path)

    def line(self, path: Path) -> int | None:
        return self.inner.line(self._inner(path))

    def lines(self, path: Path) -> range | None:
        return self.inner.lines(self._inner(path))

    def value_span(self, path: Path) -> tuple[int, int] | None:
        return self.inner.value_span(self._inner(path))

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        return self.inner.commented_spans(self._inner(path))

    def unknown_tags(self) -> list[tuple[int, str]]:
        return self.inner.unknown_tags()

    def edit(self, changes: Mapping[Path, Any]) -> str:
        return self.inner.edit({self._inner(path): value for path, value in changes.items()})

    def _inner(self, path: Path) -> Path:
        if len(path) == 2 and path[0] == SECTION:
            return (SECTION, self._spelled.get(str(path[1]), path[1]))
        return path


def at(option: str) -> Path:
    """The path of an option."""
    return (SECTION, option)
