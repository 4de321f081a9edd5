"""Changes to a unit file as splices of its text, and how to write a word of a command line or an environment.

A changed value takes its own lines only; a new one goes where a commented-out assignment of its section stands, else
behind the section's last assignment; a removed one goes with its own lines. Every result is read back.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.documents.systemd.lines import LINE_LIMIT, SPACE, Entry, Unit, counting, physical_lines, read
from wizard.documents.tree import REMOVE, Path
from wizard.problems import Problem, Refused

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_SECTION = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "%": "%%"}


def word(text: str, *, command: bool = False) -> str:
    """Any text as one word of `Environment=`, `ExecStart=` and others that systemd splits, as plain text.

    Quoted where it must be, `%` doubled; with `command` also `$`, which starts a variable in command lines only.
    Raises Refused for NUL and half characters.
    """
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Refused(Problem("a NUL or half a character cannot stand in a unit file"))
    if command:
        text = text.replace("$", "$$")
    if re.fullmatch(r"[^\s\x00-\x1f\x7f\\\"'%;]+", text):
        return text
    escaped = (_ESCAPES.get(char, char) for char in text)
    return (
        '"'
        + "".join(f"\\x{ord(char):02x}" if char < " " or char == "\x7f" else char for char in escaped)
        + '"'
    )


def edited(unit: Unit, changes: Mapping[Path, Any]) -> str:
    """The text of `unit` with `changes` made, see `SystemdDocument.edit`."""
    draft = _Draft(unit)
    wanted: dict[tuple[str, str], tuple[str, ...]] = {}
    for path, value in changes.items():
        section, key = _named(unit, path)
        asked = _asked(unit, section, key, value)
        wanted[section, key] = tuple(each for each in asked if each)
        if not _stands(unit, section, key, asked):
            draft.set(section, key, asked, whole=isinstance(value, str))
    text = draft.apply()
    if text != unit.text:
        _verify(unit, text, wanted)
    return text


def _named(unit: Unit, path: Path) -> tuple[str, str]:
    section, key = path if len(path) == 2 else (None, None)
    if isinstance(section, str) and isinstance(key, str):
        writable = _SECTION.fullmatch(section) and _KEY.fullmatch(key)
        if writable or unit.occurrences(section, key):
            return section, key
    what = f"{'.'.join(map(str, path))} is no section and key of a unit file"
    raise Refused(Problem(what, unit.file, way_out="name one such as Service.User"))


def _asked(unit: Unit, section: str, key: str, value: Any) -> tuple[str, ...]:
    """The asked values, each of them one that can be written; "" stands only in front of them, as a reset."""
    name, found = f"{section}.{key}", unit.occurrences(section, key)
    if value is REMOVE:
        return ()
    if isinstance(value, str):
        if len(found) > 1:
            lines = ", ".join(str(entry.line) for entry in found)
            raise Refused(
                Problem(
                    f"{name} stands on lines {lines}: one value cannot take their place",
                    unit.file,
                    found[0].line,
                    way_out="give all its values as a list",
                )
            )
        value = (value,)
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise Refused(Problem(f"{name} must be text or a list of texts", unit.file))
    for each in value:
        if what := _unwritable(key, each):
            line = found[0].line if found else None
            raise Refused(Problem(f"{name}: {what}", unit.file, line, way_out="choose another value"))
    last = max((at for at, each in enumerate(value) if not each), default=None)
    return tuple(value) if last is None else ("", *value[last + 1 :])


def _unwritable(key: str, value: str) -> str | None:
    if re.search(r"[\0\n\r]", value):
        return "a value of a unit file cannot hold a line end or NUL"
    if any("\ud800" <= char <= "\udfff" for char in value):
        return "a value of a unit file cannot hold half a character"
    if value != value.strip(SPACE):
        return "systemd cuts white space off both ends of a value"
    if (len(value) - len(value.rstrip("\\"))) % 2:
        return "a backslash at the end would join the next line"
    if len(key) + 1 + len(value.encode()) > LINE_LIMIT:
        return "longer than a line that systemd reads"
    return None


def _stands(unit: Unit, section: str, key: str, asked: tuple[str, ...]) -> bool:
    """Whether the file already says what is asked for."""
    found = unit.occurrences(section, key)
    if not asked:
        return not found
    reset = ("",) if "" in asked and any(not entry.value for entry in found) else ()
    return asked == (*reset, *(entry.value for _, entry in counting([unit], section, key)))


def aligned(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Which assignments become which, as difflib's opcodes: place by place where that touches fewer of them."""
    opcodes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    moved = sum(max(end - start, high - low) for kind, start, end, low, high in opcodes if kind != "equal")
    differing = [at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]]
    if len(old) != len(new) or len(differing) >= moved:
        return list(opcodes)
    return [("replace", at, at + 1, at, at + 1) for at in differing]


@dataclass
class _Draft:
    """The splices of one edit. What is inserted at one offset keeps the order of the calls."""

    unit: Unit
    splices: list[tuple[int, int, str]] = field(default_factory=list)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lines = list(physical_lines(self.unit.text))
        self.starts = [line.start for line in lines] + [len(self.unit.text)]
        self.afters = [line.after for line in lines]
        first = lines[0] if lines else None
        self.newline = self.unit.text[first.end : first.after] if first and first.after > first.end else "\n"

    def set(self, section: str, key: str, asked: tuple[str, ...], whole: bool) -> None:
        """Write `asked`; `whole`: it takes the place of the one assignment that may stand, a reset too."""
        found = self.unit.occurrences(section, key)
        if not asked:
            for entry in found:
                self.remove(entry)
            return
        if len(found) == 1 and len(asked) == 1 and (whole or found[0].value):
            self.replace(found[0], asked[0])
            return
        kept = [entry for _, entry in counting([self.unit], section, key)]
        if not found:
            self.new(section, key, list(asked))
            return
        reset = any(not entry.value for entry in found)
        values = [each for each in asked if each or not reset]
        for kind, start, end, low, high in aligned([entry.value for entry in kept], values):
            if kind == "equal":
                continue
            shared = min(end - start, high - low)
            for offset in range(shared):
                self.replace(kept[start + offset], values[low + offset])
            for entry in kept[start + shared : end]:
                self.remove(entry)
            if added := values[low + shared : high]:
                at = start + shared
                beside = kept[at - 1] if at else (kept[0] if kept else found[-1])
                self.beside(beside, added, before=bool(kept) and at == 0)

    def replace(self, entry: Entry, value: str) -> None:
        self.splices.append((entry.value_start, entry.end, value))

    def remove(self, entry: Entry) -> None:
        start, end = self.starts[entry.line - 1], self.afters[entry.last_line - 1]
        self.splices.append((start, end, ""))

    def beside(self, entry: Entry, values: list[str], before: bool) -> None:
        """Put assignments to the key of `entry` on the lines before or after its own, spelled alike."""
        start = self.starts[entry.line - 1]
        indent = (
            self.unit.text[start : entry.start] if not self.unit.text[start : entry.start].strip() else ""
        )
        lead = indent + _lead(self.unit, entry)
        self.lines(start if before else self.afters[entry.last_line - 1], [lead + each for each in values])

    def new(self, section: str, key: str, values: list[str]) -> None:
        """Where a comment offers it, else behind the last assignment of its section, else in a new section."""
        entries = [entry for entry in self.unit.entries if entry.section == section]
        lead = f"{key}{_equals(self.unit, entries[-1])}" if entries else f"{key}="
        lines = [lead + value for value in values]
        offered = [each for each in self.unit.commented if (each.section, each.key) == (section, key)]
        if offered:
            each = next((each for each in offered if each.value == values[-1]), offered[-1])
            self.splices.append((each.start, each.end, self.newline.join(lines)))
            return
        headers = [header for header in self.unit.headers if header.section == section]
        if entries:
            self.lines(self.afters[entries[-1].last_line - 1], lines)
        elif headers:
            self.lines(self.afters[headers[-1].line - 1], lines)
        else:
            self.sections.setdefault(section, []).extend(lines)

    def lines(self, at: int, lines: list[str]) -> None:
        """Insert whole lines; behind a last line without an end, the new last line has none either."""
        text = self.unit.text
        if at and at == len(text) and not _ended(text):
            self.splices.append((at, at, "".join(self.newline + line for line in lines)))
        else:
            self.splices.append((at, at, "".join(line + self.newline for line in lines)))

    def apply(self) -> str:
        pieces: list[str] = []
        place = 0
        text = self.unit.text
        for start, end, added in sorted(self.splices, key=lambda splice: (splice[0], splice[1] != splice[0])):
            pieces.extend((text[place : max(place, start)], added))
            place = max(place, end)
        pieces.append(text[place:])
        result = "".join(pieces)
        for section, lines in self.sections.items():
            parted = self.newline if result.strip(SPACE) else ""
            result += "" if not result or _ended(result) else self.newline
            result += parted + "".join(line + self.newline for line in (f"[{section}]", *lines))
        return result


def _ended(text: str) -> bool:
    return text.endswith(("\n", "\r", "\0"))


def _equals(unit: Unit, entry: Entry) -> str:
    """The `=` of an assignment with the blanks around it; plain where its value stands on another line."""
    between = unit.text[entry.start + len(entry.key) : entry.value_start]
    return between if re.fullmatch(r"[ \t]*=[ \t]*", between) and entry.value else "="


def _lead(unit: Unit, entry: Entry) -> str:
    return entry.key + _equals(unit, entry)


def _verify(unit: Unit, text: str, wanted: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
    """Read the result: it must hold what was asked for and everything else as it was."""

    def others(one: Unit) -> list[tuple[str, str, str]]:
        return [(e.section, e.key, e.value) for e in one.entries if (e.section, e.key) not in wanted]

    wrong = None
    try:
        after = read(text, unit.file)
        for (section, key), values in wanted.items():
            if tuple(entry.value for _, entry in counting([after], section, key)) != values:
                wrong = f"{section}.{key}"
        same = [unread.what for unread in after.unread] == [unread.what for unread in unit.unread]
        if wrong is None and same and others(after) == others(unit):
            return
    except Refused as error:
        raise Refused(_unreadable(unit, wrong)) from error
    raise Refused(_unreadable(unit, wrong))


def _unreadable(unit: Unit, wrong: str | None) -> Problem:
    what = f"{wrong or 'the file'} would not read back as asked after this change"
    return Problem(what, unit.file, way_out="edit this place by hand")
