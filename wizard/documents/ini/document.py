"""An INI file as its consumer reads it: Galaxy under Paste, supervisord, uWSGI; edited at positions only.

ConfigUpdater is not used: it tells no columns and no spans to hide secrets by, and refuses texts that consumers read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from wizard.documents.ini.edit import edited
from wizard.documents.ini.lines import (
    PASTE,
    SUPERVISOR,
    UWSGI_INI,
    Block,
    Comment,
    Dialect,
    Lines,
    Option,
    commented_options,
    read,
)
from wizard.documents.tree import MISSING, REMOVE, Missing, Path, Remove
from wizard.problems import Problem, Refused

__all__ = [
    "MISSING",
    "PASTE",
    "REMOVE",
    "SUPERVISOR",
    "UWSGI_INI",
    "Comment",
    "Dialect",
    "IniDocument",
    "Missing",
    "Option",
    "Path",
    "Remove",
]


class IniDocument:
    """One INI file and its text. Paths are `(section,)` and `(section, option)`.

    Values are str, before any `%` is replaced, with the lines of a value joined as the consumer joins them.
    """

    def __init__(self, text: str, file: str, dialect: Dialect, lines: Lines, blocks: list[Block]) -> None:
        self.text = text
        self.file = file
        self.dialect = dialect
        self.text_lines = lines
        self.blocks = tuple(blocks)
        self._sections: dict[str, dict[str, list[Option]]] = {}
        for block in blocks:
            section = self._sections.setdefault(block.section, {})
            for option in block.options:
                section.setdefault(option.key, []).append(option)

    @classmethod
    def parse(cls, text: str, file: str = "text", dialect: Dialect = PASTE) -> IniDocument:
        """Read `text`. Raises Refused, with every line that the consumer would stop at, and its column."""
        lines = Lines(text, dialect)
        return cls(text, file, dialect, lines, read(lines, file, dialect))

    # -- reading

    def get(self, path: Path) -> Any:
        """The value at `path` (str; a dict of them for a section, a dict of sections for the whole), or MISSING.

        An option that a section lacks is that of the dialect's default section, where it has one. Of a repeated
        option it is the last value.
        """
        if not path:
            return {section: self.get((section,)) for section in self._sections}
        if path[0] not in self._sections:
            return MISSING
        if len(path) == 1:
            return {key: self.get((path[0], key)) for key in self.keys(path)}
        found = self._found(path)
        return found[-1].value if found else MISSING

    def values(self, path: Path) -> tuple[str, ...]:
        """All values of the option at `path`, in the order of the text: uWSGI takes an option as often as it stands.

        Where the dialect lets the last one win, that one alone.
        """
        found = self._found(path)
        return tuple(option.value for option in (found if self.dialect.repeats else found[-1:]))

    def keys(self, path: Path) -> tuple[str, ...]:
        """The names of the sections for `()`; those of a section's options, the inherited ones last."""
        if not path:
            return tuple(self._sections)
        if len(path) > 1 or path[0] not in self._sections:
            return ()
        return tuple(dict.fromkeys([*self._sections[str(path[0])], *self._inherited(str(path[0]))]))

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the option that counts, or of the section's first header."""
        if len(path) == 1:
            block = next((block for block in self.blocks if block.section == path[0]), None)
            return None if block is None else max(block.line, 0) + 1
        found = self._found(path)
        return found[-1].line + 1 if found else None

    def lines(self, path: Path) -> range | None:
        """The lines (from 1) of the option that counts, or of the section's first block to its last option."""
        first = self.line(path)
        if first is None:
            return None
        if len(path) == 1:
            return range(first, next(b for b in self.blocks if b.section == path[0]).last_line + 2)
        return range(first, self._found(path)[-1].last_line + 2)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of the value's text, from its first line to its last; None for a section."""
        found = self._found(path)
        return found[-1].span if found else None

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """The character offsets of the values of all commented-out lines that name the option, in any section.

        Meant for hiding secrets: rather one too many.
        """
        if len(path) != 2:
            return []
        key = self.dialect.fold(str(path[1]))
        return [comment.span for comment in self.comments if comment.key == key]

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: an INI value is text, whatever it holds."""
        return []

    @property
    def options(self) -> tuple[Option, ...]:
        """Every option of every section as it stands in the text, repeated ones too."""
        return tuple(option for block in self.blocks for option in block.options)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment line that reads as an option that is commented out."""
        return tuple(commented_options(self.text_lines, self.dialect, self.blocks))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of a character."""
        line = self.text_lines.at(offset)
        return line + 1, offset - self.text_lines.starts[line] + 1

    def own(self, section: str, key: str) -> list[Option]:
        """The options of that name that stand in the section itself."""
        return self._sections.get(section, {}).get(self.dialect.fold(key), [])

    def inherits(self, section: str, key: str) -> bool:
        """Whether the default section gives the option to `section`."""
        return self.dialect.fold(key) in self._inherited(section)

    def _inherited(self, section: str) -> Mapping[str, list[Option]]:
        default = self.dialect.default_section
        return {} if default is None or section == default else self._sections.get(default, {})

    def _found(self, path: Path) -> list[Option]:
        if len(path) != 2 or path[0] not in self._sections:
            return []
        section, key = str(path[0]), self.dialect.fold(str(path[1]))
        return self.own(section, key) or self._inherited(section).get(key, [])

    # -- editing

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made: an option takes a str (a tuple of them where options repeat) or REMOVE.

        A section takes a mapping, which is then all that stands in it, or REMOVE. What is already so is left alone.
        Raises Refused, naming the path, for what the syntax cannot hold.
        """
        text, expected = edited(self, changes)
        if text != self.text:
            self._verify(text, expected, list(changes))
        return text

    def _verify(
        self, text: str, expected: Mapping[str, Mapping[str, tuple[str, ...]]], paths: list[Path]
    ) -> None:
        """Read the new text: everything must be as asked, and nothing else different."""
        try:
            after = IniDocument.parse(text, self.file, self.dialect).content()
        except Refused as error:
            raise Refused(self._unreadable(paths)) from error
        wrong = [
            path
            for path in paths
            if after.get(str(path[0]), {}).get(self.dialect.fold(str(path[-1])))
            != expected.get(str(path[0]), {}).get(self.dialect.fold(str(path[-1])))
        ]
        if wrong or after != expected:
            raise Refused(self._unreadable(wrong or paths))

    def _unreadable(self, paths: list[Path]) -> Problem:
        name = ".".join(map(str, paths[0])) if len(paths) == 1 else "the file"
        what = f"{name} would not read back as asked after this change"
        return Problem(what, self.file, self.line(paths[0]), way_out="edit this place by hand")

    def content(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """All values by section and option, nothing inherited; of one that does not repeat, the value that counts."""
        return {
            section: {
                key: tuple(each.value for each in (found if self.dialect.repeats else found[-1:]))
                for key, found in options.items()
            }
            for section, options in self._sections.items()
        }
