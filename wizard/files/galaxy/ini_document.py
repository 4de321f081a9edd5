"""galaxy.ini as Galaxy's options: `[app:main]` seen as the mapping `galaxy`, its text as values of their types.

Sources: galaxy.util.properties (the section, `%(name)s`) and galaxy.config (the type of an option decides how its text
is read) of Galaxy 26.1.
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wizard.documents.ini.document import MISSING, PASTE, REMOVE, IniDocument, Path
from wizard.documents.ini.edit import unsayable
from wizard.problems import Problem, Refused
from wizard.releases import catalog

SECTION = "app:main"
_TRUE = frozenset({"true", "yes", "on", "1"})
_HERE = ("here", "__file__")
_PASTE_KEYS = frozenset({"use", "filter-with", "require"})
_MARK = "\0"


@dataclass(frozen=True)
class PlaceOfFile:
    """A value that Galaxy completes with the place of the file itself: another text wherever the file stands."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.text


class GalaxyIniDocument:
    """The options of Galaxy in an INI file. Paths are `("galaxy", option)`; other sections cannot be reached."""

    def __init__(self, ini: IniDocument) -> None:
        self.ini = ini

    @classmethod
    def parse(cls, text: str, file: str) -> GalaxyIniDocument:
        """Read `text`. Raises Refused for what Galaxy does not read, a `%` that it cannot interpolate included."""
        document = cls(IniDocument.parse(text, file, PASTE))
        problems = [
            document._broken(name, error)
            for name in document.ini.keys((document._section,))
            if isinstance(error := document._interpolated.get(name), configparser.InterpolationError)
        ]
        if problems:
            raise Refused(problems)
        return document

    @property
    def text(self) -> str:
        return self.ini.text

    @property
    def file(self) -> str:
        return self.ini.file

    def get(self, path: Path) -> Any:
        """The value at `path`, typed and interpolated as by Galaxy; MISSING for what is deeper than an option."""
        if len(path) < 2:
            section = {name: self.get(("galaxy", name)) for name in self.keys(("galaxy",))}
            return {"galaxy": section} if not path else section if path == ("galaxy",) else MISSING
        if len(path) > 2 or path[0] != "galaxy":
            return MISSING
        value = self._interpolated.get(str(path[1]).lower(), MISSING)
        return typed(str(path[1]), value) if isinstance(value, str) else value

    def keys(self, path: Path) -> tuple[str, ...]:
        """The options of Galaxy for `("galaxy",)`: what Paste alone reads is not among them."""
        if not path:
            return ("galaxy",)
        names = self.ini.keys((self._section,)) if path == ("galaxy",) else ()
        return tuple(name for name in names if name not in _PASTE_KEYS and not name.startswith("paste."))

    def line(self, path: Path) -> int | None:
        return self.ini.line(self._inner(path))

    def lines(self, path: Path) -> range | None:
        return self.ini.lines(self._inner(path))

    def value_span(self, path: Path) -> tuple[int, int] | None:
        return self.ini.value_span(self._inner(path))

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        return self.ini.commented_spans(self._inner(path))

    def unknown_tags(self) -> list[tuple[int, str]]:
        return []

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made: bool, int, float and str, or REMOVE."""
        written: dict[Path, Any] = {}
        for path, value in changes.items():
            fault = self.fault(path, value)
            if fault is not None:
                raise Refused(Problem(f"{'.'.join(map(str, path))} {fault}", self.file, self.line(path)))
            written[SECTION, path[1]] = value if value is REMOVE else self._written(path, value)
        return self.ini.edit(written)

    def fault(self, path: Path, value: Any) -> str | None:
        """What keeps `value` from being written at `path`, in words that go on from its name; None: nothing."""
        if value is REMOVE and len(path) == 2:
            return None
        if len(path) != 2:
            return "is inside of another option, for which an INI file has no place"
        if not isinstance(value, bool | int | float | str):
            return "holds more than one value, which an INI file cannot"
        fault = unsayable(self._written(path, value), PASTE)
        return None if fault is None else f"holds {fault}, which an INI file cannot"

    def _written(self, path: Path, value: Any) -> str:
        """The text of a value; true and false in the case that the line has."""
        if isinstance(value, bool):
            held = self.ini.get(self._inner(path))
            return str(value).lower() if isinstance(held, str) and held.islower() else str(value)
        return str(value).replace("%", "%%")

    @cached_property
    def _section(self) -> str:
        # Without its section, Galaxy takes the defaults.
        return SECTION if SECTION in self.ini.keys(()) else "DEFAULT"

    def _inner(self, path: Path) -> Path:
        return (self._section, *path[1:]) if path[:1] == ("galaxy",) else ("", "", *path)

    @cached_property
    def _interpolated(self) -> dict[str, Any]:
        """Each value with its `%(name)s` replaced by the code that Galaxy uses for it, or its error."""
        raw = self.ini.get((self._section,))
        raw = raw if isinstance(raw, dict) else {}
        # Neither name has a value that could be known here: a mark finds out where they are used.
        names = {**dict.fromkeys(_HERE, _MARK), **raw}
        parser, interpolation = configparser.RawConfigParser(), configparser.BasicInterpolation()
        found: dict[str, Any] = {}
        for name, value in raw.items():
            try:
                made = interpolation.before_get(parser, SECTION, name, value, names)
            except configparser.InterpolationError as error:
                found[name] = error
            else:
                found[name] = PlaceOfFile(value) if _MARK in made and _MARK not in value else made
        return found

    def _broken(self, name: str, error: configparser.InterpolationError) -> Problem:
        span = self.ini.value_span((self._section, name)) or (0, 0)
        line, column = self.ini.place(span[0])
        what = "a % that is no %(name)s" if isinstance(error, configparser.InterpolationSyntaxError) else ""
        what = what or "a %(name)s that leads to no value"
        way_out = "write %% where a % is meant"
        return Problem(
            f"{name} holds {what}; Galaxy does not read it", self.file, line, column, way_out=way_out
        )


def typed(name: str, text: str) -> Any:
    """The text of an option as Galaxy takes it: by the option's type, where that is known.

    Of an option whose type nobody published, only what can hardly be text is something else. What its type cannot
    be stays text; Galaxy would refuse to start with it.
    """
    option = catalog.option(name)
    if option is None:
        return text
    if option.type == "bool":
        return text.lower() in _TRUE
    if option.type == "any":
        return _guessed(text)
    kinds: dict[str, Callable[[str], float]] = {"int": int, "float": float}
    number = _number(text, kinds[option.type]) if option.type in kinds else None
    return text if number is None else number


def _guessed(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    number = _number(text, int)
    return number if number is not None and str(number) == text else text


def _number(text: str, kind: Callable[[str], float]) -> float | None:
    try:
        number = kind(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
