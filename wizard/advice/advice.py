"""What a rule sees, and what it says: `Scene` in, `Advice` out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.answers.question import Given, Machine
from wizard.files.lens import Reading
from wizard.releases.release import Release

Level = Literal["error", "warning", "note"]
"""`error`: it will not work, or harms; `warning`: it will not work well; `note`: to be known."""


@dataclass(frozen=True)
class PlannedFile:
    """A managed file as an apply would leave it.

    `path` is below the root, `shown` as messages name it; `before` is the text on disk, None where there is no file.
    `original` is the text as it would be without any answer: what others wrote in the file, or a sample says.
    `readings` are the answers in `text`, by the name of the lens that finds them.
    """

    path: str
    shown: str
    before: str | None = field(repr=False)
    text: str = field(repr=False)
    original: str = field(repr=False)
    readings: Mapping[str, Reading] = field(repr=False)

    def line_of(self, question: str) -> int | None:
        """The 1-based line that holds the answer to `question`."""
        lines = (reading.lines.get(question) for reading in self.readings.values())
        return next((line for line in lines if line is not None), None)


@dataclass(frozen=True)
class Started:
    """A program of this Galaxy that a service manager of the machine starts, as its file stands after an apply."""

    what: str
    """What of Galaxy it is: `gunicorn`, `uWSGI`, `a job handler`, `a Celery worker`, `Gravity` …"""
    manager: str
    """What starts it: `systemd` or `supervisord`."""
    name: str
    """As messages call it, with its kind: `systemd unit galaxy.service`."""
    file: str
    line: int
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment_is_whole: bool = True
    """False where a file that was not read says more (EnvironmentFile=)."""
    environment_line: int | None = None
    user: str | None = None
    by_gravity: bool = False
    """Whether Gravity writes its file."""


@dataclass(frozen=True)
class Scene:
    """All that a rule may look at. Nothing here is read while a rule runs."""

    given: Given = field(repr=False)
    """The given answers, secrets literal."""
    release: Release
    machine: Machine
    files: tuple[PlannedFile, ...] = ()
    before: Given = field(default_factory=dict, repr=False)
    """The answers of the last apply (or import); empty where there was none."""
    programs: tuple[Started, ...] = ()
    """What service managers start of this Galaxy, whoever wrote their files."""
    vacant: frozenset[str] = frozenset()
    """Of the directories that datasets would be looked for in no more, those that hold none yet."""

    def value(self, question: str, default: Any = None) -> Any:
        """The answer in effect: the given one, else what the planned files hold, else `default`."""
        if question in self.given:
            return self.given[question]
        for file in self.files:
            for reading in file.readings.values():
                if question in reading.given:
                    return reading.given[question]
        return default

    def held(self, question: str) -> Iterator[tuple[PlannedFile, str, Any]]:
        """Each planned file that holds an answer to `question`, with the lens that finds it and the value."""
        for file in self.files:
            for name, reading in file.readings.items():
                if question in reading.given:
                    yield file, name, reading.given[question]

    def place(self, question: str) -> tuple[str | None, int | None]:
        """The first file (as shown) and line that hold the answer to `question`."""
        for file in self.files:
            if (line := file.line_of(question)) is not None:
                return file.shown, line
        return None, None


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found. No text here ever holds a secret.

    `what` is wrong, `why` it matters, `way_out` what to do about it, each one sentence without its full stop.
    `fix` holds answers that put it right, by question; None takes an answer back.
    """

    what: str
    why: str
    way_out: str
    question: str | None = None
    file: str | None = None
    line: int | None = None
    fix: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Advice:
    """A finding with its rule's code, level and source."""

    code: str
    level: Level
    finding: Finding
    source: str

    @property
    def asked(self) -> str | None:
        """The question that it is about; of a column, its table's."""
        return self.finding.question.partition("[")[0] if self.finding.question else None

    @property
    def section(self) -> str:
        """The section that it belongs to: its question's, else its code's."""
        return (self.finding.question or self.code).partition(".")[0]


@dataclass(frozen=True)
class Rule:
    """A small pure function over a scene. `code` is stable: people search for it and switch it off by it."""

    code: str
    level: Level
    source: str
    look: Callable[[Scene], Iterable[Finding]]

    def advice(self, scene: Scene) -> Iterator[Advice]:
        """What this rule says about a scene; a file and line are added to a finding that names a question alone."""
        for found in self.look(scene):
            yield Advice(self.code, self.level, found, self.source)


def rule(code: str, level: Level, source: str) -> Callable[[Callable[[Scene], Iterable[Finding]]], Rule]:
    """Make a function the rule `code` (such as `proxy.accel-half`): `source` is the document and section, or thread."""

    def made(look: Callable[[Scene], Iterable[Finding]]) -> Rule:
        return Rule(code, level, source, look)

    return made
