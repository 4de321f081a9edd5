"""Batches of changes to a crontab, as splices of its text: what no operation names stays as it is.

Every result is read back: a batch that would change anything else than asked is refused. A `%` is a line end to cron
and is written with a backslash; a backslash of a command's own means one thing to one cron and another to the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.documents.crontab import CrontabDocument, Job, Variable, parse, taken_apart
from wizard.documents.read_back import make_sure
from wizard.problems import Problem, Refused

LONGEST = 998
"""Bytes of a command that every cron takes; Debian's reads up to 1000 (MAX_COMMAND)."""


@dataclass(frozen=True)
class SetJob:
    """Give `job` another time, user or command; None keeps what it has. `raw` is a command as cron reads it."""

    job: Job
    question: str
    schedule: tuple[str, ...] | None = None
    user: str | None = None
    command: str | None = None
    raw: str | None = None


@dataclass(frozen=True)
class Append:
    """New entries at the end: `NAME=VALUE` pairs, then jobs as time, user and command."""

    variables: tuple[tuple[str, str], ...]
    jobs: tuple[tuple[tuple[str, ...], str, str], ...]
    question: str
    comments: tuple[str, ...] = ()
    """One above each job."""


Operation = SetJob | Append
_Entry = tuple[object, ...]


def escaped(command: str, question: str) -> str:
    """A command as it stands in a crontab. Raises Refused for what no line of every cron can say."""
    what = None
    if "\n" in command or "\0" in command:
        what = "a line end or a NUL ends a cron job"
    elif "\\" in command:
        what = "a backslash in a cron job means different things to different crons"
    elif len((escaped_text := command.replace("%", "\\%")).encode(errors="replace")) > LONGEST:
        what = f"the job gets longer than the {LONGEST} bytes that cron takes"
    else:
        return escaped_text
    raise Refused(Problem(what, question=question, way_out="choose shorter, plainer paths"))


def edit(document: CrontabDocument, operations: Sequence[Operation]) -> str:
    """The text after all operations, at most one for each job. Raises Refused."""
    added = "".join(_appended(document, one) for one in operations if isinstance(one, Append))
    parted = "\n" if added and document.text and not document.text.endswith("\n") else ""
    text = document.text + parted + added
    splices = (_splice(document, one) for one in operations if isinstance(one, SetJob))
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    if text != document.text:
        _verify(document, operations, text)
    return text


def _splice(document: CrontabDocument, operation: SetJob) -> tuple[int, int, str]:
    text = document.text
    job = operation.job
    header = text[job.start : job.end - len(job.raw)]
    words = list(re.finditer(r"\S+", header))
    spans = [(word.start(), word.end()) for word in words]
    fields = len(job.schedule)
    new = header
    if operation.user is not None and job.user is not None:
        start, end = spans[fields]
        new = new[:start] + operation.user + new[end:]
    if operation.schedule is not None:
        if len(operation.schedule) == fields:
            for (start, end), field in list(zip(spans, operation.schedule, strict=False))[::-1]:
                new = new[:start] + field + new[end:]
        else:
            new = " ".join(operation.schedule) + new[spans[fields - 1][1] :]
    return job.start, job.end, new + (_raw(operation) or job.raw)


def _raw(operation: SetJob) -> str | None:
    if operation.command is None:
        return operation.raw
    return escaped(operation.command, operation.question)


def _appended(document: CrontabDocument, operation: Append) -> str:
    lines = [f"{name}={value}" for name, value in operation.variables]
    comments = [*operation.comments, *[""] * len(operation.jobs)]
    for comment, (schedule, user, command) in zip(comments, operation.jobs, strict=False):
        if comment:
            lines.append("# " + " ".join(comment.split()))
        column = f"{user} " if document.system else ""
        lines.append(f"{' '.join(schedule)} {column}{escaped(command, operation.question)}")
    return "".join(line + "\n" for line in lines)


def _verify(document: CrontabDocument, operations: Sequence[Operation], text: str) -> None:
    def as_asked() -> bool:
        after = parse(text, document.file, document.system)
        return [_told(entry) for entry in after.entries] == _asked(document, operations)

    make_sure(as_asked, document.file, operations[0].question)


def _told(entry: Variable | Job) -> _Entry:
    if isinstance(entry, Variable):
        return entry.name, entry.value
    return entry.schedule, entry.user, entry.command, entry.stdin


def _asked(document: CrontabDocument, operations: Sequence[Operation]) -> list[_Entry]:
    by_job = {one.job: one for one in operations if isinstance(one, SetJob)}
    found: list[_Entry] = []
    for entry in document.entries:
        one = by_job.get(entry) if isinstance(entry, Job) else None
        if one is not None and isinstance(entry, Job):
            user = entry.user if one.user is None or entry.user is None else one.user
            found.append((one.schedule or entry.schedule, user, *taken_apart(_raw(one) or entry.raw)))
        else:
            found.append(_told(entry))
    for added in operations:
        if isinstance(added, Append):
            found += added.variables
            users = ((job, job[1] if document.system else None) for job in added.jobs)
            found += [(job[0], user, job[2], None) for job, user in users]
    return found
