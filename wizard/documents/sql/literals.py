r"""Texts in quotes: what psql's `\set` and MySQL's strings mean, and how to write a text so that they mean it."""

from __future__ import annotations

import re

_PSQL_PART = re.compile(
    r"'(?P<quoted>(?:[^'\\\n]|''|\\.)*)'|(?P<plain>[^\s\\'\"`:]+)|(?P<blank>\s+)", re.ASCII
)
_ESCAPE = re.compile(r"''|\\(?P<char>.)", re.DOTALL)
_PSQL = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}
_MYSQL = {"0": "\0", "n": "\n", "t": "\t", "b": "\b", "r": "\r", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def psql_text(value: str) -> str | None:
    r"""What `\set NAME value` assigns: its words without the blanks between them.

    None for what is no plain text: variables, commands in backquotes, double quotes, characters by number.
    """
    parts, at = [], 0
    while at < len(value):
        found = _PSQL_PART.match(value, at)
        quoted = found["quoted"] if found is not None else None
        if found is None or (quoted is not None and re.search(r"(?<!\\)(?:\\\\)*\\[0-9x]", quoted)):
            return None
        parts.append(found["plain"] or "" if quoted is None else _unescaped(quoted, _PSQL))
        at = found.end()
    return "".join(parts)


def mysql_text(literal: str) -> str:
    """What a string in single or double quotes means."""
    body, quote = literal[1:-1], literal[0]
    if quote == '"':
        body = re.sub(r'\\.|""|\'', lambda found: {'""': '"', "'": "''"}.get(found[0], found[0]), body)
    return _unescaped(body, _MYSQL)


def _unescaped(body: str, meanings: dict[str, str]) -> str:
    return _ESCAPE.sub(
        lambda found: meanings.get(found["char"], found["char"]) if found["char"] else "'", body
    )


def quoted(value: str) -> str:
    r"""`value` for `\set` and for MySQL alike: both double a quote, and take a backslash for an escape."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
