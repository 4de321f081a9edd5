"""The lens of the cron file that cleans up after Galaxy's users (production.md, Cleaning up datasets).

Jobs run as Galaxy's user: what they make and remove is Galaxy's. Lines that others wrote keep their shape; of them only
the time and the number of days are changed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wizard.answers.data import Leftover
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.documents.crontab import CrontabDocument, Job, parse
from wizard.documents.crontab_edit import Append, Operation, SetJob, edit
from wizard.documents.line_ends import returned
from wizard.files.collecting import fit_answers
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, Written, causes
from wizard.files.places import config_dir, main_config, release
from wizard.files.system.checking import BY_HAND, at_most, make_sure, needed, refusal
from wizard.files.system.cron_commands import (
    Cleaning,
    cleans_up,
    days_of,
    everything,
    temporary_command,
    temporary_parts,
    with_days,
)
from wizard.files.system.etc_file import EtcFile
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

FILE = "/etc/cron.d/galaxy"
_HEAD, _WHAT, _DAYS, _TIME, _TEMPORARY = (
    f"data.{name}" for name in ("cleanup", "cleanup_what", "cleanup_days", "cleanup_time", "temporary_days")
)
QUESTIONS = frozenset({_HEAD, _WHAT, _DAYS, _TIME, _TEMPORARY})
_USER = "groundwork.user"
_CAUSES = {
    "root": ("groundwork.root",),
    "python": ("groundwork.virtualenv", "groundwork.root"),
    "config": ("groundwork.config_dir", "groundwork.config_file"),
    "days": (_DAYS,),
    "postgresql": ("database.engine", "database.url", "groundwork.release"),
    "what": (_WHAT, "database.engine", "database.url", "groundwork.release"),
    "log_dir": ("groundwork.log_dir",),
}
"""The facts of a job, each with the answers that it follows."""
_FOLDER = ("cluster.new_file_path", "groundwork.data_dir")
_PATHS = tuple(f"groundwork.{name}" for name in ("root", "config_dir", "virtualenv", "log_dir")) + _FOLDER
"""What the words of the jobs are made of."""
_KEPT = (
    "groundwork.root",
    "groundwork.config_dir",
    "groundwork.data_dir",
    "groundwork.virtualenv",
    "groundwork.log_dir",
    "data.file_path",
    "data.ftp_dir",
    "data.tool_data_path",
)
"""Directories that must never lie in the one that is emptied."""
_ENVIRONMENT = (
    ("SHELL", "/bin/sh"),
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
)
_MOST_DAYS = 99999
_ACTIONS_AS_WORDS = Release.parse("21.01")
"""From here on pgcleanup.py surely takes all of its steps as words; before, cleanup_datasets.py does the work."""


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> CrontabDocument:
    """The document of `text`: a plan looks at the same text more than once."""
    return parse(text, file, system=True)


@dataclass(frozen=True)
class _Step:
    """One job that is changed or added, and why."""

    option: str
    before: str | None
    after: str
    questions: tuple[str, ...]
    job: Job | None = None


class CleanupCron(EtcFile):
    """Answers <-> the jobs that clean up (the protocol `Lens`)."""

    name = "cron"
    file = FILE
    questions = QUESTIONS
    comment = "Cleaning up after the users of a Galaxy server."

    def needed(self, given: Given) -> bool:
        return given.get(_HEAD) == "cron" and runs_here(given, "cleanup")

    def read(self, text: str, file: str) -> Reading:
        """The answers of the jobs in `text`. Raises Refused when cron would not take the file."""
        reading = Reading()
        jobs = _parsed(text, file).jobs
        cleaning = [job for job in jobs if cleans_up(job.command)]
        temporary = [job for job in jobs if temporary_parts(job.command)]
        unread: list[Problem] = []
        if cleaning:
            _take(reading, _HEAD, "cron", cleaning[0])
            _agreed(reading, unread, file, _DAYS, {job: days_of(job.command) for job in cleaning})
            _agreed(reading, unread, file, _TIME, {job: _time(job.schedule) for job in cleaning})
            parts = {job: (temporary_parts(job.command) or ("", 0))[1] for job in temporary}
            _agreed(reading, unread, file, _TEMPORARY, parts)
            _cleaned(reading, unread, file, cleaning)
        for job in jobs:
            if job not in cleaning and not (cleaning and job in temporary):
                what = f"a cron job of {job.user}; it is left alone"
                unread.append(Problem(what, file, job.line))
        return Reading(reading.given, reading.lines, tuple(unread))

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {question: value for question, value in given.items() if value is not None}
        if _WHAT in answers:
            answers |= fit_answers({_WHAT: answers[_WHAT]})  # in the order of the work
        document = _parsed(text, file)
        held = self.read(text, file).given
        if (job := next((job for job in document.jobs if job.command.endswith("\r")), None)) is not None:
            raise returned(file, job.line, "cron")
        if answers.get(_HEAD, "cron") != "cron" or (_HEAD not in held and _HEAD not in answers):
            return Written(text)
        at_most(answers, {_DAYS: _MOST_DAYS, _TEMPORARY: _MOST_DAYS}, file)
        operations: list[Operation] = []
        steps: list[_Step] = []
        for operation, step in _work(answers, document, held, file):
            operations.append(operation)
            steps.append(step)
        if not operations:
            return Written(text)
        written = _edited(document, operations, answers)
        make_sure(
            {path: answers[path] for path in QUESTIONS & answers.keys()}, self.read(written, file), file
        )
        now = {**held, **answers}
        return Written(written, tuple(_changes(steps, document, _parsed(written, file), held, now)))


def _edited(document: CrontabDocument, operations: list[Operation], answers: Given) -> str:
    """The text with the operations done; a job that cron cannot hold is refused with the paths that make it so."""
    try:
        return edit(document, operations)
    except Refused as refusal:
        problems = refusal.problems
    paths = {path: str(answers[path]) for path in _PATHS if path in answers}
    odd = [path for path, text in paths.items() if "\\" in text] or sorted(
        paths, key=lambda at: len(paths[at])
    )[-1:]
    way_out = f"choose shorter, plainer paths: {', '.join(odd)}"
    raise Refused(replace(one, way_out=way_out) if one.question == _HEAD else one for one in problems)


def _take(reading: Reading, question: str, value: Any, job: Job) -> None:
    answer = [*value] if isinstance(value, tuple) else value
    for path, fit in fit_answers({question: answer}).items():
        reading.given[path] = fit
        reading.lines[path] = job.line


def _agreed(reading: Reading, unread: list[Problem], file: str, question: str, said: dict[Job, Any]) -> None:
    """Take what all jobs say; where they differ or say nothing, name them."""
    if len(set(said.values())) == 1 and None not in said.values():
        job, value = next(iter(said.items()))
        _take(reading, question, value, job)
        return
    for job in said:
        what = "this job says it in its own way, or another one says otherwise; it is left alone"
        unread.append(Problem(what, file, job.line, question=question))


def _cleaned(reading: Reading, unread: list[Problem], file: str, cleaning: list[Job]) -> None:
    """Take what the jobs clean; a job that is named for another answer already is not named again."""
    facts = {job: Cleaning.parse(job.command) for job in cleaning}
    named = {problem.line for problem in unread}
    more: list[Problem] = []
    _agreed(reading, more, file, _WHAT, {job: fact.what if fact else None for job, fact in facts.items()})
    unread += [problem for problem in more if problem.line not in named]


def _time(schedule: tuple[str, ...]) -> str | None:
    """HH:MM of a job that runs once each day."""
    if schedule in (("@daily",), ("@midnight",)):
        return "00:00"
    if schedule[2:] != ("*", "*", "*") or not all(re.fullmatch(r"\d{1,2}", part) for part in schedule[:2]):
        return None
    return f"{int(schedule[1]):02}:{int(schedule[0]):02}"


def _schedule(time: str) -> tuple[str, ...]:
    hour, _, minute = time.partition(":")
    return (str(int(minute)), str(int(hour)), "*", "*", "*")


def _work(
    answers: Given, document: CrontabDocument, held: Given, file: str
) -> Iterator[tuple[Operation, _Step]]:
    """The operations, each with the steps that it takes; an `Append` is one step for each of its jobs."""
    cleaning = [job for job in document.jobs if cleans_up(job.command)]
    temporary = [job for job in document.jobs if temporary_parts(job.command)] if cleaning else []
    if _TIME in answers and _TIME not in held and len(cleaning) > 1:
        raise refusal(_TIME, "this file cleans up in jobs at several times", BY_HAND, file)
    if _WHAT in answers and _WHAT not in held and cleaning:
        raise refusal(_WHAT, "this file cleans up in its own way", BY_HAND, file)
    for job in (*cleaning, *temporary):
        yield from _on_job(job, answers, held, file)
    schedule = (
        cleaning[0].schedule if cleaning and _TIME not in answers else _schedule(answers.get(_TIME, "03:30"))
    )
    user = (
        answers.get(_USER) or (cleaning[0].user if cleaning else None) or needed(answers, _USER, _HEAD, file)
    )
    if not cleaning:
        facts = _new_facts(answers, file)
        facts_of = dict.fromkeys(question for questions in _CAUSES.values() for question in questions)
        asked = (_HEAD, _TIME, _USER, *facts_of)
        step = _Step("clean-up", None, _said(schedule, user, facts.command()), _given(asked, answers))
        comment = "What users deleted longer ago than these days is removed for good."
        yield Append(_ENVIRONMENT, ((schedule, user, facts.command()),), _HEAD, (comment,)), step
    days = answers.get(_TEMPORARY)
    if days is not None and not temporary:
        command = temporary_command(_folder(answers, file), days)
        asked = (_TEMPORARY, _TIME, _USER, *_FOLDER)
        step = _Step("temporary files", None, _said(schedule, user, command), _given(asked, answers))
        comment = "Temporary files that were not written to for longer than these days."
        yield Append((), ((schedule, user, command),), _TEMPORARY, (comment,)), step


def _on_job(job: Job, answers: Given, held: Given, file: str) -> Iterator[tuple[Operation, _Step]]:
    facts, parts = Cleaning.parse(job.command), temporary_parts(job.command)
    option = "temporary files" if parts else "clean-up"
    schedule = (
        _schedule(answers[_TIME]) if _TIME in answers and _time(job.schedule) != answers[_TIME] else None
    )
    user = answers.get(_USER) if facts or parts else None
    user = user if user != job.user else None
    raw = command = None
    asked: tuple[str, ...] = (_DAYS,)
    if facts is not None:
        now = _facts_now(facts, answers, file)
        command = now.command() if now != facts else None
        differing = [name for name in _CAUSES if getattr(now, name) != getattr(facts, name)]
        asked = tuple(dict.fromkeys(question for name in differing for question in _CAUSES[name]))
    elif parts is not None:
        folder = (
            parts[0] if _FOLDER[0] not in answers and _FOLDER[1] not in answers else _folder(answers, file)
        )
        wanted = temporary_command(folder, answers.get(_TEMPORARY, parts[1]))
        command = wanted if wanted != job.command else None
        asked = (_TEMPORARY, *(_FOLDER if folder != parts[0] else ()))
    elif _DAYS in answers and held.get(_DAYS) != answers[_DAYS]:
        raw = with_days(job.raw, answers[_DAYS])
        raw = raw if raw != job.raw else None
    if schedule is None and user is None and command is None and raw is None:
        return
    questions = (
        *((_TIME,) if schedule else ()),
        *((_USER,) if user else ()),
        *(_given(asked, answers) if command or raw else ()),
    )
    before = _said(job.schedule, job.user, job.raw)
    after = _said(schedule or job.schedule, user or job.user, command or raw or job.raw)
    yield (
        SetJob(job, questions[0], schedule, user, command, raw),
        _Step(option, before, after, questions, job),
    )


def _new_facts(answers: Given, file: str) -> Cleaning:
    if answers.get("groundwork.install") == "packages":
        what = "the PyPI packages of Galaxy have none of the scripts that clean up"
        raise refusal(_HEAD, what, "answer none, or install Galaxy from git", file)
    root = needed(answers, "groundwork.root", _HEAD, file)
    config = _config(answers)
    if config is None:
        raise refusal("groundwork.config_dir", f"needed for {_HEAD}", "say where galaxy.yml is", file)
    python = f"{answers.get('groundwork.virtualenv') or f'{root}/.venv'}/bin/python"
    days, postgresql = answers.get(_DAYS) or 30, _by_pgcleanup(answers)
    cleaned = _possible(tuple(answers.get(_WHAT) or everything(postgresql)), postgresql, file)
    return Cleaning(root, python, config, days, postgresql, cleaned, answers.get("groundwork.log_dir"))


def _config(answers: Given) -> str | None:
    return main_config(answers) or main_config(answers, "ini")


def _by_pgcleanup(answers: Given) -> bool:
    engine, url = answers.get("database.engine"), answers.get("database.url")
    postgresql = engine == "postgresql" or (
        engine == "url" and isinstance(url, Secret) and url.reference.startswith("postgres")
    )
    return postgresql and release(answers) >= _ACTIONS_AS_WORDS


def _possible(what: tuple[Leftover, ...], postgresql: bool, file: str) -> tuple[Leftover, ...]:
    """`what`, when the script of this database has steps for all of it. Raises Refused."""
    lacking = [one for one in what if one not in everything(postgresql)]
    if not lacking:
        return what
    if postgresql:
        said = "pgcleanup.py, which cleans up in PostgreSQL from release 21.01 on, has no step for libraries"
        way_out = "leave libraries out, and run purge_libraries.sh and purge_folders.sh by hand"
    else:
        said = "cleanup_datasets.py has no step for exported histories, and pgcleanup.py cannot be used here"
        way_out = "leave exported-histories out, or let Galaxy 21.01 or newer have its database in PostgreSQL"
    raise refusal(_WHAT, said, way_out, file)


def _facts_now(facts: Cleaning, answers: Given, file: str) -> Cleaning:
    """The facts of a job with those that are answered otherwise now."""
    root = answers.get("groundwork.root") or facts.root
    python = f"{root}/.venv/bin/python" if facts.python == f"{facts.root}/.venv/bin/python" else facts.python
    if virtualenv := answers.get("groundwork.virtualenv"):
        python = f"{virtualenv}/bin/python"
    postgresql = _by_pgcleanup(answers) if "database.engine" in answers else facts.postgresql
    whole = facts.what == everything(facts.postgresql)
    what = tuple(answers.get(_WHAT) or (everything(postgresql) if whole else facts.what))
    return Cleaning(
        root,
        python,
        (_config(answers) if config_dir(answers) else None) or facts.config,
        answers.get(_DAYS) or facts.days,
        postgresql,
        _possible(what, postgresql, file),
        answers.get("groundwork.log_dir") or facts.log_dir,
    )


def _folder(answers: Given, file: str) -> str:
    """The directory of temporary files, which must hold nothing else."""
    told, data = (answers.get(question) for question in _FOLDER)
    folder = posixpath.normpath(posixpath.join(data or "", told or "tmp"))
    if not folder.startswith("/") or not (told or data):
        way_out = "give it from / on"
        raise refusal(_FOLDER[0], f"needed for {_TEMPORARY}: no answer says where they are", way_out, file)
    if not folder.startswith("//") and folder == "/":
        raise refusal(_FOLDER[0], "everything lies below /", "give a directory for nothing else", file)
    for question in _KEPT:
        kept = answers.get(question)
        if kept and f"{posixpath.normpath(kept)}/".startswith(f"{folder}/"):
            what = f"{question} lies in it, and files there would be removed when they get old"
            raise refusal(_FOLDER[0], what, "give a directory for nothing else", file)
    return folder


def _said(schedule: tuple[str, ...], user: str | None, command: str) -> str:
    return " ".join((*schedule, *([user] if user else []), command))


def _given(questions: tuple[str, ...], answers: Given) -> tuple[str, ...]:
    return tuple(question for question in questions if question in answers)


def _changes(
    steps: list[_Step], document: CrontabDocument, after: CrontabDocument, held: Given, now: Given
) -> Iterator[Change]:
    """Jobs that were there keep their order; new ones follow them, the first below its variables."""
    new = list(after.jobs[len(document.jobs) :])
    for step in steps:
        questions = causes(step.questions, held, now)
        if step.job is not None:
            job = after.jobs[document.jobs.index(step.job)]
            yield Change(step.option, step.before, step.after, questions, None, step.job.line, job.line)
        else:
            job = new.pop(0)
            lead = 1 + (len(_ENVIRONMENT) if step.option == "clean-up" else 0)
            yield Change(step.option, None, step.after, questions, line_after=job.line, lead=lead)
