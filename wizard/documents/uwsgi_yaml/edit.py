"""Edits of a `uwsgi:` section: values in place, lines more or less, and Galaxy's YAML reader asked afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, NoReturn

from wizard.documents.uwsgi_yaml.section import SECTION, Section, UwsgiEntry
from wizard.documents.yaml.document import MISSING, REMOVE, Path, YamlDocument
from wizard.documents.yaml.values import same
from wizard.problems import Problem, Refused

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_BY_HAND = "edit this place by hand"

Splice = tuple[int, int, str]


def edited(section: Section, changes: Mapping[Path, Any]) -> str:
    """The text of `section` with `changes` made to it."""
    wanted: dict[str, tuple[str, ...]] = {}
    for path, value in changes.items():
        if value is not MISSING:
            key = _key(section, path)
            wanted[key] = _values(section, key, value)
    splices: list[Splice] = []
    added: list[str] = []
    for key, values in wanted.items():
        _change(section, key, values, splices, added)
    if not splices and not added:
        return section.text
    text = _spliced(section.text, splices + _placed(section, added))
    _verify(section, text, wanted)
    return text


def _refuse(section: Section, key: str, what: str, way_out: str = _BY_HAND) -> NoReturn:
    name = f"{SECTION}.{key}"
    raise Refused(Problem(f"{name} {what}", section.file, section.line((SECTION, key)), way_out=way_out))


def _key(section: Section, path: Path) -> str:
    key = path[1] if len(path) == 2 and path[0] == SECTION else None
    if not isinstance(key, str):
        raise Refused(Problem("only options of the uwsgi section can be changed here", section.file))
    if not section.entries_of(key) and not _KEY.fullmatch(key):
        raise Refused(Problem("an option of uWSGI has a name of letters, digits and -", section.file))
    return key


def _values(section: Section, key: str, value: Any) -> tuple[str, ...]:
    """The wanted values of `key`; none to remove it."""
    if value is REMOVE:
        return ()
    held = section.values(key)
    if isinstance(value, str):
        if len(held) > 1:
            _refuse(section, key, f"stands {len(held)} times", "give all of its values as a list")
        return (value,)
    if isinstance(value, (tuple, list)) and all(isinstance(each, str) for each in value):
        return tuple(value)
    _refuse(section, key, "is a text for uWSGI, or a list of texts", "give it as text")


def _written(section: Section, key: str, value: str) -> str:
    """`value` as it must stand in the file. Refuses what uWSGI has no way to write."""
    for sign in ("%(", "$(", "@("):
        if sign in value:
            _refuse(section, key, f"would hold {sign}…), which uWSGI replaces by something else")
    if "#" in value:
        _refuse(section, key, "would hold a #, which starts a comment for uWSGI even in quotes")
    if "\n" in value or "\0" in value:
        _refuse(section, key, "would hold the end of a line", "give it as one line")
    if value.strip(" \t") != value or value.startswith("\r"):
        _refuse(section, key, "would start or end with a blank, which uWSGI drops", "leave the blank out")
    return value.replace("%", "%%")


def _change(
    section: Section, key: str, values: tuple[str, ...], splices: list[Splice], added: list[str]
) -> None:
    """Turn the values of `key` into `values`; what is to stand on new lines of a new key goes to `added`."""
    entries = section.entries_of(key)
    if not entries:
        _bring(section, key, values, splices, added)
        return
    held = [entry.value for entry in entries]
    for kind, first, last, new_first, new_last in SequenceMatcher(None, held, values, False).get_opcodes():
        if kind == "equal":
            continue
        new = [_written(section, key, value) for value in values[new_first:new_last]]
        changed = min(last - first, len(new))
        for entry, value in zip(entries[first:last], new, strict=False):
            gap = " " if section.text[entry.end : entry.end + 1] == "#" and entry.start == entry.end else ""
            splices.append((entry.start, entry.end, value + gap))
        for entry in entries[first + changed : last]:
            splices.append((entry.first, entry.after, ""))
        if new[changed:]:
            _insert(section, key, entries, first + changed, new[changed:], splices)


def _insert(
    section: Section,
    key: str,
    entries: tuple[UwsgiEntry, ...],
    position: int,
    values: list[str],
    splices: list[Splice],
) -> None:
    """New lines for more values of a key that has some: below its entry before them, or above its first."""
    indentation = _own_indentation(section, entries[max(0, position - 1)])
    rows = [f"{indentation}{key}: {value}" for value in values]
    if position == 0:
        at = entries[0].first
        splices.append((at, at, "".join(row + "\n" for row in rows)))
    else:
        splices.append(_below(section.text, entries[position - 1].after, rows))


def _own_indentation(section: Section, entry: UwsgiEntry) -> str:
    row = section.text[entry.first : entry.after]
    return row[: len(row) - len(row.lstrip(" \t"))]


def _below(text: str, at: int, rows: list[str]) -> Splice:
    """Rows below the line that ends at `at`, with a line end before them if it has none itself."""
    if at and text[at - 1] != "\n":
        return at, at, "".join("\n" + row for row in rows)
    return at, at, "".join(row + "\n" for row in rows)


def _bring(
    section: Section, key: str, values: tuple[str, ...], splices: list[Splice], added: list[str]
) -> None:
    """A key that the section has not: on its commented-out line, else at the end of the section."""
    new = [_written(section, key, value) for value in values]
    option = section.candidate(key) if new else None
    if option is None:
        added += [f"{section.indentation()}{key}: {value}" for value in new]
        return
    start, after_sign = section.comment_sign(option)
    end = option.end
    comment = section.text.find("#", option.start, end)
    if comment >= 0:
        end = comment - (
            len(section.text[option.start : comment]) - len(section.text[option.start : comment].rstrip())
        )
    line_end = section.text.find("\n", option.end)
    line_end = len(section.text) if line_end < 0 else line_end
    splices.append((start, after_sign, ""))
    gap = "" if section.text[option.start - 1 : option.start] in (" ", "\t") else " "
    splices.append((option.start, max(end, option.start), gap + new[0]))
    indentation = section.text[start - option.column : start]
    if new[1:]:
        rows = [f"\n{indentation}{key}: {value}" for value in new[1:]]
        splices.append((line_end, line_end, "".join(rows)))


def _placed(section: Section, rows: list[str]) -> list[Splice]:
    """The rows of new keys, below the last entry; a section of their own at the end of a text that has none."""
    if not rows:
        return []
    text = section.text
    if section.header is None:
        gap = "\n" if text.strip() else ""
        line_end = "\n" if text and not text.endswith("\n") else ""
        return [(len(text), len(text), f"{line_end}{gap}{SECTION}:\n" + "".join(row + "\n" for row in rows))]
    at = section.entries[-1].after if section.entries else section.header[1]
    return [_below(text, at, rows)]


def _spliced(text: str, splices: list[Splice]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        parts += [text[done:start], new]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _verify(section: Section, text: str, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Read the new text as uWSGI and as Galaxy do: as asked here, and as before everywhere else."""
    after = Section.parse(text, section.file)
    for key in {*section.keys((SECTION,)), *after.keys((SECTION,)), *wanted}:
        if after.values(key) != wanted.get(key, section.values(key)):
            _refuse(section, key, "would not read back as asked after this change")
    before = YamlDocument.parse(section.text, section.file)
    first = next(iter(wanted))
    try:
        now = YamlDocument.parse(text, section.file)
        if [tag for _, tag in now.unknown_tags()] == [tag for _, tag in before.unknown_tags()] and same(
            _others(before, wanted), _others(now, wanted)
        ):
            return
    except Refused:
        pass
    _refuse(section, first, "would make this file something else for Galaxy, which reads it as YAML")


def _others(document: YamlDocument, wanted: Mapping[str, tuple[str, ...]]) -> Any:
    """What Galaxy reads in the file, without the options that are changed and a section that holds none else."""
    value = document.get(())
    if value in (None, MISSING):
        value = {}  # a text of comments alone
    if not isinstance(value, dict):
        return {}
    others = dict(value)
    inside = others.pop(SECTION, None)
    rest = (
        {key: each for key, each in inside.items() if key not in wanted}
        if isinstance(inside, dict)
        else inside
    )
    return {"file": others, "section": rest or None}
