"""How each kind of runner is asked for cores, memory, a queue and a run time, and how to read that back.

The names are those that the runners of Galaxy 26.1 read (galaxy.jobs.runners, and its util.cli.job for the schedulers
of the command runner). What is read is taken apart only where composing it again gives the same value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]
NATIVE = "native_specification"
RESOURCES = ("cores", "memory", "queue", "walltime", NATIVE)


class Inexpressible(ValueError):
    """An answer that this kind of runner has no parameter for. `field` names it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True)
class Form:
    """How a field's value is written as a parameter, and read: None when it is no such value."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _read_number(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _read_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _matched(pattern: str, made: Callable[[str], Any]) -> Callable[[Any], Any]:
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any) -> Any:
        found = compiled.fullmatch(value) if isinstance(value, str) else None
        return made(found[1]) if found else None

    return read


def _clock(value: str) -> str:
    if not re.fullmatch(r"\d+:\d\d:\d\d", value, re.ASCII):
        raise Inexpressible("walltime", "this scheduler takes a run time as HH:MM:SS")
    return value


def _minutes(value: str) -> str:
    if not re.fullmatch(r"\d+:\d\d:00", value, re.ASCII):
        raise Inexpressible("walltime", "LSF takes a run time in whole minutes: HH:MM:00")
    return value.removesuffix(":00")


NUMBER = Form(int, _read_number)
TEXT = Form(str, _read_text)
DIGITS = Form(str, _matched(r"([1-9]\d*)", int))
MEBIBYTES = Form(lambda value: f"{value}Mi", _matched(r"([1-9]\d*)Mi", int))
PBS_MEMORY = Form(lambda value: f"{value}mb", _matched(r"([1-9]\d*)mb", int))
CLOCK = Form(_clock, _matched(r"(\d+:\d\d:\d\d)", str))
RUN_TIME = Form(str, _matched(r"((?:\d+-)?\d+(?::[0-5]?\d){0,2})", str))
MINUTES = Form(_minutes, _matched(r"(\d+:\d\d)", lambda value: f"{value}:00"))


@dataclass(frozen=True)
class Single:
    """A parameter that holds one field."""

    field: str
    key: str
    form: Form = NUMBER

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def compose(self, asked: Mapping[str, Any]) -> Values:
        return {self.key: self.form.write(asked[self.field])} if self.field in asked else {}

    def decompose(self, held: Mapping[str, Any]) -> Values:
        value = self.form.read(held.get(self.key))
        return {} if value is None else {self.field: value}


@dataclass(frozen=True)
class Part:
    """One field within a text of several: `--mem=4096`."""

    field: str
    prefix: str
    form: Form


@dataclass(frozen=True)
class Packed:
    """A parameter whose text holds several fields in a fixed order; `rest` takes what no part says."""

    key: str
    separator: str
    parts: tuple[Part, ...]
    rest: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return (*(part.field for part in self.parts), *((self.rest,) if self.rest else ()))

    def compose(self, asked: Mapping[str, Any]) -> Values:
        texts = [
            part.prefix + part.form.write(asked[part.field]) for part in self.parts if part.field in asked
        ]
        if self.rest is not None and self.rest in asked:
            texts.append(asked[self.rest])
        return {self.key: self.separator.join(texts)} if texts else {}

    def decompose(self, held: Mapping[str, Any]) -> Values:
        text = held.get(self.key)
        if not isinstance(text, str):
            return {}
        found: Values = {}
        texts = text.split(self.separator)
        for part in self.parts:
            if texts and texts[0].startswith(part.prefix):
                value = part.form.read(texts[0].removeprefix(part.prefix))
                if value is not None:
                    found[part.field] = value
                    texts.pop(0)
        if texts and self.rest:
            found[self.rest] = self.separator.join(texts)
        if self.compose(found) == {self.key: text}:
            return found
        return {self.rest: text} if self.rest else {}


Dialect = tuple["Single | Packed", ...]

_SLURM = Packed(
    NATIVE,
    " ",
    (
        Part("cores", "--cpus-per-task=", DIGITS),
        Part("memory", "--mem=", DIGITS),
        Part("queue", "--partition=", TEXT),
        Part("walltime", "--time=", RUN_TIME),
    ),
    NATIVE,
)
_PBS_PARTS = (Part("memory", "mem=", PBS_MEMORY), Part("walltime", "walltime=", CLOCK))
_NODES = Part("cores", "nodes=1:ppn=", DIGITS)
_TORQUE: Dialect = (
    Single("queue", "job_destination", TEXT),
    Packed("job_Resource_List", ",", (_NODES, *_PBS_PARTS)),
)
_PODS: Dialect = (Single("cores", "requests_cpu"), Single("memory", "requests_memory", MEBIBYTES))
_CONDOR: Dialect = (Single("cores", "request_cpus"), Single("memory", "request_memory"))
_PLAIN: Dialect = (Single(NATIVE, NATIVE, TEXT),)
_PULSAR: Dialect = (Single(NATIVE, "submit_native_specification", TEXT),)

JOB_PLUGINS = {
    "slurm": "Slurm",
    "torque": "Torque",
    "slurm-torque": "SlurmTorque",
    "openpbs": "OpenPBS",
    "lsf": "LSF",
}
"""The schedulers of the command runner, by the answer: the value of `job_plugin`."""

_COMMANDS: dict[str, Dialect] = {
    "slurm": (
        Single("cores", "job_ncpus"),
        Single("memory", "job_--mem"),
        Single("queue", "job_partition", TEXT),
        Single("walltime", "job_time", RUN_TIME),
    ),
    "torque": _TORQUE,
    "slurm-torque": _TORQUE,
    "openpbs": (
        Single("queue", "job_destination", TEXT),
        Packed("job_Resource_List", ",", (Part("cores", "ncpus=", DIGITS), *_PBS_PARTS)),
    ),
    "lsf": (
        Single("cores", "job_cores"),
        Single("memory", "job_memory"),
        Single("queue", "job_queue", TEXT),
        Single("walltime", "job_-W", MINUTES),
    ),
}
_KINDS: dict[str, Dialect] = {
    "local": (Single("cores", "local_slots"),),
    "slurm": (_SLURM,),
    "pbs": (Single("queue", "destination", TEXT), Packed("Resource_List", ",", (_NODES, *_PBS_PARTS))),
    "univa": (Single(NATIVE, "nativeSpecification", TEXT),),
    "condor": _CONDOR,
    "htcondor": (*_CONDOR, Single("walltime", "request_walltime", RUN_TIME)),
    "kubernetes": _PODS,
    "google-batch": _PODS,
    "aws-batch": (Single("cores", "vcpu"), Single("memory", "memory"), Single("queue", "job_queue", TEXT)),
    "tes": (Single("cores", "cpu_cores"),),
    "pulsar-rest": _PULSAR,
    "pulsar-mq": _PULSAR,
    "pulsar-embedded": _PULSAR,
}


def dialect(kind: str | None, scheduler: str | None) -> Dialect:
    """How destinations of a runner of this kind (None: unknown) say their resources; `scheduler` is for `cli`."""
    if kind == "cli":
        return _COMMANDS.get(scheduler or "", ())
    return _KINDS.get(kind or "", _PLAIN)


def compose(spoken: Dialect, asked: Mapping[str, Any]) -> Values:
    """The parameters that say `asked`. Raises Inexpressible for a field that has no place."""
    composed: Values = {}
    for piece in spoken:
        composed.update(piece.compose(asked))
    for field in asked:
        if not any(field in piece.fields for piece in spoken):
            raise Inexpressible(field, "this kind of runner has no such parameter")
    return composed


def decompose(spoken: Dialect, held: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """The fields that `held` says, each with its value and the parameter that says it."""
    return {field: (value, piece.key) for piece in spoken for field, value in piece.decompose(held).items()}


def text_keys() -> frozenset[str]:
    """The parameters whose values are texts to every kind of runner, also where they look like a number."""
    spoken = [_PLAIN, *_KINDS.values(), *_COMMANDS.values()]
    pieces = [piece for each in spoken for piece in each]
    numbers = {piece.key for piece in pieces if isinstance(piece, Single) and piece.form is NUMBER}
    return frozenset({piece.key for piece in pieces} - numbers)
