"""Crontabs: jobs and variables in their order, each with its line.

The rules are those of Vixie cron as Debian ships it (3.0pl1: crontab(5), `load_env` and `load_entry`). A file that cron
refuses as a whole is refused here: a bad time field, a last line without its end.
A job without a command is one to cron.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.problems import Problem, Refused

BLANK = " \t"
SPACE = " \t\n\r\f\v"

_MONTHS = {
    name: at for at, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), start=1)
}
_DAYS = {name: at for at, name in enumerate(re.findall("...", "sunmontuewedthufrisat"))}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_NICKNAMES = ("reboot", "yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
_VARIABLE = re.compile(
    r"""(?:"(?P<dq>[^"=]*)"|'(?P<sq>[^'=]*)'|(?P<name>(?:[^\s"'=][^\s=]*)?))
    [ \t\r\f\v]*=[ \t\r\f\v]*
    (?:"(?P<dv>[^"]*)"[ \t\r\f\v]*|'(?P<sv>[^']*)'[ \t\r\f\v]*|(?P<value>[^\s"'].*))""",
    re.VERBOSE,
)
_ITEM = re.compile(
    r"(?:(?P<all>\*)|(?P<low>[A-Za-z0-9]+)(?:-(?P<high>[A-Za-z0-9]+))?)(?:/(?P<step>[A-Za-z0-9]+))?"
)


@dataclass(frozen=True)
class Variable:
    """`NAME = value`, for the jobs below it. `start` and `end` enclose it in the text."""

    name: str
    value: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Job:
    """One job. `schedule` is its five time fields, or one nickname such as `@daily`; `user` that of a system crontab.

    `command` is what the shell gets and `stdin` what follows the first `%` (each further one is a line end; `\\%` is
    a percent sign); `raw` is both as written.
    """

    schedule: tuple[str, ...]
    user: str | None
    command: str
    stdin: str | None
    raw: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class CrontabDocument:
    """A parsed crontab. `text` is exactly what was parsed; `entries` are in its order."""

    text: str
    file: str
    system: bool
    entries: tuple[Variable | Job, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Job))

    def environment(self, job: Job) -> dict[str, str]:
        """The variables that stand above `job`."""
        above = (entry for entry in self.entries if isinstance(entry, Variable) and entry.start < job.start)
        return {entry.name: entry.value for entry in above}


def parse(text: str, file: str = "text", system: bool = False) -> CrontabDocument:
    """Read a crontab; with `system` one of /etc/crontab and /etc/cron.d, whose jobs name a user.

    Raises Refused (file, line, column) where cron would not take the file.
    """
    entries: list[Variable | Job] = []
    place = 0
    for number, line in enumerate(text.split("\n"), 1):
        start = place + len(line) - len(line.lstrip(BLANK))
        content, place = line.lstrip(BLANK), place + len(line) + 1
        if not content or content.startswith("#"):
            continue
        one = _Line(file, number, start - (place - len(line) - 1), content, start)
        entries.append(one.variable() or one.job(system))
    if entries and entries[-1].end == len(text):
        column = len(text) - text.rfind("\n")
        what, way_out = "the last line has no end", "cron ignores such a file"
        raise Refused(Problem(what, file, text.count("\n") + 1, column, way_out=way_out))
    return CrontabDocument(text, file, system, tuple(entries))


@dataclass(frozen=True)
class _Line:
    """One line that is neither blank nor a comment, without the blanks before it."""

    file: str
    number: int
    indent: int
    text: str
    start: int

    def refuse(self, what: str, at: int, way_out: str | None = None) -> Refused:
        return Refused(Problem(what, self.file, self.number, self.indent + at + 1, way_out=way_out))

    def variable(self) -> Variable | None:
        found = _VARIABLE.fullmatch(self.text)
        if found is None:
            return None
        name = next(found[group] for group in ("dq", "sq", "name") if found[group] is not None)
        value = next(found[group] for group in ("dv", "sv", "value") if found[group] is not None)
        if found["value"] is not None:
            value = value.rstrip(SPACE)
        return Variable(name, value, self.number, self.start, self.start + len(self.text))

    def job(self, system: bool) -> Job:
        schedule, place = self.nickname() if self.text.startswith("@") else self.fields()
        user = None
        if self.text.startswith("*", place):
            raise self.refuse("a '*' where the command starts", place, "five time fields stand before it")
        if system:
            found = re.compile(r"[^ \t]+").match(self.text, place)
            if found is None or found.end() == len(self.text):
                raise self.refuse(
                    "no user and command behind the time", place, "crontab(5) of a system crontab"
                )
            user, place = found.group(), self.blanks(found.end())
        raw = self.text[place:]
        command, stdin = taken_apart(raw)
        return Job(schedule, user, command, stdin, raw, self.number, self.start, self.start + len(self.text))

    def blanks(self, at: int) -> int:
        return len(self.text) - len(self.text[at:].lstrip(BLANK))

    def nickname(self) -> tuple[tuple[str, ...], int]:
        found = re.match(r"@([^ \t]*)", self.text)
        name, end = (found[1], found.end()) if found else ("", 0)
        if name not in _NICKNAMES:
            raise self.refuse(f"no such time: @{name}", 0, f"cron knows {', '.join(_NICKNAMES)}")
        return (f"@{name}",), self.blanks(end)

    def fields(self) -> tuple[tuple[str, ...], int]:
        place = 0
        fields: list[str] = []
        for name, low, high, names in _FIELDS:
            found = re.compile(r"[^ \t]+").match(self.text, place)
            end = found.end() if found else place
            field = self.text[place:end]
            if not field or not _is_list(field, low, high, names):
                raise self.refuse(f"bad {name}", place, f"numbers from {low} to {high}, ranges and lists")
            fields.append(field)
            place = self.blanks(end)
        return tuple(fields), place


def _is_list(field: str, low: int, high: int, names: dict[str, int]) -> bool:
    """Whether cron takes a time field: numbers or names, ranges, `*`, each with a step, parted by commas.

    Like cron, it does not look at what stands behind such a list in the same field.
    """
    place = 0
    while True:
        found = _ITEM.match(field, place)
        if found is None or not _is_item(found, low, high, names):
            return False
        place = found.end()
        following = field[place : place + 1]
        if following == "/" and found["step"] is None:
            return False
        if following == "-" and found["low"] and not found["high"] and not found["step"]:
            return False
        if following != ",":
            return True
        place += 1


def _is_item(found: re.Match[str], low: int, high: int, names: dict[str, int]) -> bool:
    ends = [_number(found[group], names) for group in ("low", "high") if found[group] is not None]
    if None in ends:
        return False
    numbers = [end for end in ends if end is not None]
    backwards = len(numbers) == 2 and numbers[0] > numbers[1]  # cron takes it, and it never comes
    if not backwards and not all(low <= number <= high for number in numbers):
        return False
    step = found["step"]
    if step is None:
        return True
    return (bool(found["all"]) or len(ends) == 2) and step.isdigit() and int(step) > 0


def _number(text: str, names: dict[str, int]) -> int | None:
    return int(text) if text.isdigit() else names.get(text.lower())


def taken_apart(raw: str) -> tuple[str, str | None]:
    """The command and its standard input: the first `%` that no backslash protects parts them."""
    parts = re.split(r"(?<!\\)%", raw)
    command, rest = (part.replace("\\%", "%") for part in (parts[0], "\n".join(parts[1:])))
    return command, rest + "\n" if len(parts) > 1 else None
