"""The help of Galaxy's options in an install's own words: from its schema, or from its sample file.

Both are large and regular, so they are read line by line: a YAML parser takes seconds for what a search box needs at
once. What does not look as expected has no help. Nothing of it is executed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SCHEMAS = ("galaxy/config/schemas/config_schema.yml", "galaxy/webapps/galaxy/config_schema.yml")
"""Where Galaxy's packages have the schema: since 22.01, and before (galaxy-config, lib/ of the checkouts)."""

_KEY = re.compile(r"( *)([A-Za-z_][\w.-]*):(?:\s+(.*))?$")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?$")
_SAMPLE_OPTION = re.compile(r"\s*#?([A-Za-z_]\w*)\s*[:=](?:\s|$)")
_SAMPLE_PROSE = re.compile(r"\s*#(?: (.*)|\s*)$")


def help_of_schema(text: str) -> Mapping[str, str]:
    """Option -> help, from config_schema.yml. Paragraphs are single lines, an empty line between two."""
    lines = text.splitlines()
    start = _line_of(lines, 0, "galaxy", 2)
    start = _line_of(lines, start + 1, "mapping", 4) if start is not None else None
    if start is None:
        return {}
    found: dict[str, str] = {}
    option, number = "", start + 1
    while number < len(lines):
        line = lines[number]
        number += 1
        key = _KEY.match(line)
        depth = len(line) - len(line.lstrip())
        if line.strip() and not line.lstrip().startswith("#") and depth < 6:
            break
        if key is None:
            continue
        if depth == 6:
            option = key[2]
        elif depth == 8 and key[2] == "desc" and option:
            told, number = _told(lines, number, key[3] or "")
            found[option] = _filled(told)
    return found


def _line_of(lines: list[str], start: int, name: str, depth: int) -> int | None:
    """The number of the line with the key `name`, so far in."""
    wanted = f"{' ' * depth}{name}:"
    return next((number for number in range(start, len(lines)) if lines[number].rstrip() == wanted), None)


def _told(lines: list[str], number: int, first: str) -> tuple[list[str], int]:
    """The lines of a description that begins with `first`, and the number of the line behind it."""
    body: list[str] = []
    while number < len(lines) and (not lines[number].strip() or lines[number].startswith(" " * 9)):
        body.append(lines[number])
        number += 1
    margin = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    body = [line[margin:].rstrip() for line in body]
    if _BLOCK.match(first):
        return body, number
    whole = " ".join([first, *(line.strip() for line in body)]).strip()
    if len(whole) > 1 and whole[0] == whole[-1] and whole[0] in "'\"":
        quote = whole[0]
        whole = whole[1:-1].replace("''", "'") if quote == "'" else whole[1:-1].replace('\\"', '"')
    return [whole], number


def help_of_sample(text: str) -> Mapping[str, str]:
    """Option -> help, from galaxy.yml.sample or galaxy.ini.sample: the comment above each option."""
    found: dict[str, str] = {}
    prose: list[str] = []
    for line in text.splitlines():
        told = _SAMPLE_PROSE.match(line)
        if told is not None:
            prose.append(told[1] or "")
            continue
        option = _SAMPLE_OPTION.match(line)
        if option is not None and any(prose):
            found.setdefault(option[1], _filled(prose))
        prose = []
    return found


def _filled(lines: list[str]) -> str:
    """Lines that go on joined; those that stand farther in, and the points of a list, by themselves."""
    filled: list[str] = []
    for line in lines:
        alone = line.startswith((" ", "* ", "- "))
        if filled and line and filled[-1] and not alone and not filled[-1].startswith(" "):
            filled[-1] += f" {line}"
        elif line or (filled and filled[-1]):
            filled.append(line)
    return "\n".join(filled).strip("\n")
