"""The register of all questions, by path, made from the models themselves."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter

from wizard.answers import SECTIONS, Answers
from wizard.answers.question import Question
from wizard.answers.secret import Secret
from wizard.answers.section import Row

Shape = Literal["bool", "int", "float", "text", "secret", "choice", "list", "choices", "map", "rows"]


@dataclass(frozen=True)
class Asked:
    """One question in its place: `path` is `section.name`, or `section.name[].field` in a table's row."""

    path: str
    section: str
    name: str
    question: Question
    annotation: Any
    shape: Shape
    row: type[Row] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Where a question's answer stands in an answers file, from the root."""
        return (self.question.key,) if self.question.key else (self.section, self.name)

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a choice, in the order of the model; empty for other shapes."""
        return tuple(get_args(_without_none(get_args(self.annotation)[0]))) if self.shape == "choice" else ()

    @property
    def row_questions(self) -> tuple[Asked, ...]:
        """The questions of a table's columns; empty when it is no table."""
        return _columns(self.row, self.path, self.section) if self.row else ()

    def parse(self, value: Any) -> Any:
        """`value` as the model keeps it. Raises pydantic's ValidationError when it does not fit."""
        return TypeAdapter(self.annotation).validate_python(value, strict=True)


def _without_none(annotation: Any) -> Any:
    parts = get_args(annotation)
    options = [part for part in parts if part is not type(None)]
    plain = options[0] if len(options) == 1 and len(parts) == 2 else annotation
    while hasattr(plain, "__metadata__"):
        plain = plain.__origin__
    return plain


def _shape(annotation: Any) -> tuple[Shape, type[Row] | None]:
    plain = _without_none(annotation)
    simple: dict[Any, Shape] = {bool: "bool", int: "int", float: "float", str: "text", Secret: "secret"}
    if plain in simple:
        return simple[plain], None
    origin = get_origin(plain)
    if origin is Literal:
        return "choice", None
    if origin is dict:
        return "map", None
    if origin is list:
        (item,) = get_args(plain)
        if isinstance(item, type) and issubclass(item, Row):
            return "rows", item
        return ("choices" if get_origin(item) is Literal else "list"), None
    return "text", None


def _asked_of(model: Any, prefix: str, section: str) -> list[Asked]:
    found = []
    for name, info in model.model_fields.items():
        question = next(part for part in info.metadata if isinstance(part, Question))
        # A required column's own validators stand beside its annotation.
        annotation = operator.getitem(Annotated, (info.annotation, *info.metadata))
        shape, row = _shape(info.annotation)
        found.append(Asked(f"{prefix}.{name}", section, name, question, annotation, shape, row))
    return found


@cache
def _columns(row: type[Row], table: str, section: str) -> tuple[Asked, ...]:
    return tuple(_asked_of(row, f"{table}[]", section))


@cache
def questions() -> Mapping[str, Asked]:
    """Every question of every section, in the order it is asked, by path."""
    found: dict[str, Asked] = {}
    for section in SECTIONS:
        model = Answers.model_fields[section].annotation
        found.update({asked.path: asked for asked in _asked_of(model, section, section)})
    return MappingProxyType(found)


def in_section(section: str) -> tuple[Asked, ...]:
    """The questions of one section, in order."""
    return tuple(asked for asked in questions().values() if asked.section == section)


@cache
def at_top_level() -> Mapping[str, Asked]:
    """The questions whose answers stand at the top level of an answers file, by their key there."""
    return MappingProxyType(
        {asked.question.key: asked for asked in questions().values() if asked.question.key}
    )
