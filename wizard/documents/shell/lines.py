"""The head of a shell script: comments, settings and plain commands, up to the first line that opens anything larger.

In the head no function, loop or condition is open: each assignment is sure to take place, in the order of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.documents.shell.words import Word, word_at

_NAMED = re.compile(r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=")
_UMASK = re.compile(r"[ \t]*umask[ \t]+(?=[^\s-])")
_REST = re.compile(
    r"[ \t]*(?:;[ \t]*export[ \t]+(?P<export>[A-Za-z_][A-Za-z0-9_]*)[ \t]*)?;?[ \t]*(?P<comment>#[^\n]*)?(?=\n|\Z)"
)
_REMARK = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?=\n|\Z)")
_PLAIN = re.compile(
    r"[ \t]*(?:export(?:[ \t]+[A-Za-z_][A-Za-z0-9_]*)+|set[ \t]+[-+][a-z]+|(?:\.|source)[ \t]+[^\s;&|<>()\"'\\`$#]+)"
    r"[ \t]*(?=\n|\Z)"
)
UMASK = "umask"
"""The name under which the command that sets the umask is found; a variable of that name is none of Galaxy's."""


@dataclass(frozen=True)
class Setting:
    """One assignment of the head, or `umask`: a name, its word, and the offsets of its line or lines."""

    name: str
    word: Word
    start: int
    end: int
    exported: bool

    @property
    def value(self) -> str | None:
        """What the name has after it; None where that is not sure."""
        return self.word.as_argument() if self.exported or self.name == UMASK else self.word.value


@dataclass(frozen=True)
class Head:
    """The settings of a head in their order, and the offset where it ends."""

    settings: tuple[Setting, ...]
    end: int
    others: tuple[tuple[int, int], ...]
    """The offsets of the lines of the head that are plain commands."""


def head_of(text: str) -> Head:
    """The head of `text`."""
    settings: list[Setting] = []
    others: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        if remark := _REMARK.match(text, at):
            end = remark.end()
        elif (setting := _setting(text, at)) is not None:
            settings.append(setting)
            end = setting.end
        elif plain := _PLAIN.match(text, at):
            others.append(plain.span())
            end = plain.end()
        else:
            break
        at = end + 1
    return Head(tuple(settings), min(at, len(text)), tuple(others))


def _setting(text: str, start: int) -> Setting | None:
    named = _NAMED.match(text, start)
    begun = named or _UMASK.match(text, start)
    if begun is None:
        return None
    word = word_at(text, begun.end())
    if word is None or (named is None and word.start == word.end):
        return None
    rest = _REST.match(text, word.end)
    if rest is None or (rest["comment"] and text[rest.start("comment") - 1] not in " \t;"):
        return None
    if named is None:
        return None if rest["export"] else Setting(UMASK, word, start, rest.end(), False)
    if rest["export"] not in (None, named["name"]):
        return None
    return Setting(named["name"], word, start, rest.end(), named["export"] is not None)


_SET = r"(?<![A-Za-z0-9_]){name}\+?=|\b(?:unset|read|for|readonly|local|getopts)[ \t][^\n;]*\b{name}\b"
_SOURCED = r"(?<![^\s;&|(])(?:\.|source)[ \t]+[^\s;&|]*(?:galaxy|default/|sysconfig/)(?![^\s;&|]*activate)"


def set_in(text: str, name: str, start: int) -> Iterator[int]:
    """The offsets from `start` on where a script may give `name` another value, by itself or in a file of settings."""
    pattern = r"(?<![\w.-])umask[ \t]" if name == UMASK else _SET.format(name=re.escape(name))
    for found in re.compile(f"{pattern}|{_SOURCED}", re.IGNORECASE).finditer(text, start):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not line.lstrip().startswith("#"):
            yield found.start()
