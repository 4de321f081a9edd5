"""A shell script as options: its paths are `(NAME,)`, for the variables that its head sets to a value that is sure.

Whatever else stands in the script keeps its bytes. `("umask",)` is the command of that name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from wizard.documents.line_ends import need_line_feeds, need_no_mark
from wizard.documents.shell.lines import UMASK, Head, Setting, head_of, set_in
from wizard.documents.shell.words import quoted
from wizard.documents.tree import MISSING, REMOVE, Missing, Path
from wizard.problems import Problem, Refused


class ShellDocument:
    """The settings at the head of a script. `exporting`: whether a new variable is exported.

    Raises Refused for a byte order mark, and for a carriage return at the end of the line that it begins with.
    """

    def __init__(self, text: str, file: str = "text", exporting: bool = False) -> None:
        self.text, self.file, self.exporting = text, file, exporting
        self.head: Head = head_of(text)
        need_no_mark(text, file, "the shell")
        if text.startswith(
            "#"
        ):  # in a script of other line ends they all are so; a single one is its line's matter
            need_line_feeds(text, file, "the shell", 0, text.find("\n") + 1)

    def get(self, path: Path) -> str | dict[str, Any] | Missing:
        """The value of a variable; MISSING where the head gives it none, or none that is sure. A dict for `()`."""
        if not path:
            return {name: self.get((name,)) for name in self.keys(()) if self.get((name,)) is not MISSING}
        setting = self._setting(path)
        if setting is None or setting.value is None or self.unsure(path) is not None:
            return MISSING
        return setting.value

    def keys(self, path: Path) -> tuple[str, ...]:
        """The names that the head sets, each once, in the order of the text."""
        return () if path else tuple(dict.fromkeys(setting.name for setting in self.head.settings))

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the assignment that counts: the last."""
        setting = self._setting(path)
        return None if setting is None else self._line(setting.start)

    def lines(self, path: Path) -> range | None:
        """All lines (from 1) of that assignment."""
        setting = self._setting(path)
        if setting is None:
            return None
        return range(self._line(setting.start), self._line(max(setting.start, setting.end - 1)) + 1)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of its word."""
        setting = self._setting(path)
        return None if setting is None else (setting.word.start, setting.word.end)

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """None: what a commented line would mean is not said here."""
        return []

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: the syntax has no tags."""
        return []

    def unsure(self, path: Path) -> int | None:
        """The line (from 1) that makes a variable's value uncertain: it computes it, or sets it below the head."""
        name = str(path[0])
        setting = self._setting(path)
        if setting is not None and setting.value is None:
            return self._line(setting.start)
        below = setting.start if setting is not None else self.head.end
        for start, end in self.head.others:
            if start > below and next(set_in(self.text[:end], name, start), None) is not None:
                return self._line(start)
        return next((self._line(place) for place in set_in(self.text, name, self.head.end)), None)

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made: `(NAME,)` to a str or REMOVE. Raises Refused for what the script computes."""
        splices: list[tuple[int, int, str]] = []
        added: list[str] = []
        for path, value in changes.items():
            place = self.unsure(path)
            if place is not None:
                what = f"{path[0]} is computed by the script"
                raise Refused(Problem(what, self.file, place, way_out="edit this line by hand"))
            setting = self._setting(path)
            if value is REMOVE:
                splices += [
                    (one.start, self._behind(one), "") for one in self.head.settings if one.name == path[0]
                ]
            elif setting is not None:
                splices.append((setting.word.start, setting.word.end, quoted(value)))
            else:
                added.append(self._assignment(str(path[0]), value))
        if added:
            splices.append(
                self._inserted(added, {path for path, value in changes.items() if value is REMOVE})
            )
        text = self.text
        for start, end, new in reversed(sorted(splices, key=lambda splice: splice[:2])):
            text = text[:start] + new + text[end:]
        return text

    def _assignment(self, name: str, value: str) -> str:
        if name == UMASK:
            return f"{UMASK} {quoted(value)}"
        return f"{'export ' if self.exporting else ''}{name}={quoted(value)}"

    def _inserted(self, lines: list[str], removed: set[Path]) -> tuple[int, int, str]:
        """New lines: behind the last setting or command that stays; else where a setting was, or at the head's end."""
        stays = [setting.end for setting in self.head.settings if (setting.name,) not in removed]
        if stays:
            place = max(*stays, *(end for _, end in self.head.others), 0)
            return place, place, "".join(f"\n{line}" for line in lines)
        place = self.head.settings[0].start if self.head.settings else self.head.end
        lead = "\n" if place and self.text[place - 1] != "\n" else ""
        return place, place, lead + "".join(f"{line}\n" for line in lines)

    def _behind(self, setting: Setting) -> int:
        return min(setting.end + 1, len(self.text))

    def _setting(self, path: Path) -> Setting | None:
        found = [setting for setting in self.head.settings if path and setting.name == path[0]]
        return found[-1] if found else None

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(at + 1 for at, char in enumerate(self.text) if char == "\n")]
