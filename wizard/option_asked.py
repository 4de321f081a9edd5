"""An option of galaxy.yml that no question asks for, asked as a question of its own: `options.NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from wizard.answers.question import Question
from wizard.answers.questions import Asked, Shape, questions
from wizard.answers.secret import Secret
from wizard.releases import catalog

PREFIX = "options."
WRITTEN: Mapping[str, str] = {"map": "{ name = 1 }", "seq": '["one", "two"]'}
"""How what is no plain value is typed: as in an answers file."""

_SHAPES: Mapping[str, tuple[Any, Shape]] = {
    "bool": (bool | None, "bool"),
    "int": (int | None, "int"),
    "float": (float | None, "float"),
}


def asked_at(path: str) -> Asked | None:
    """The question with this path, or the option that `options.NAME` names; None where nothing is called so."""
    option = catalog.option(path[len(PREFIX) :]) if path.startswith(PREFIX) else None
    return questions().get(path) or (as_question(option) if option is not None else None)


def as_question(option: catalog.Option, told: str = "") -> Asked:
    """An option as a question: its type as a shape, `told` as its help. What may hold a secret is one."""
    name = option.name
    secret = catalog.secret_kind(name) is not None
    annotation, shape = _SHAPES.get(option.type, (str | None, "text"))
    if option.choices and option.type == "str":
        annotation, shape = Literal[option.choices] | None, "choice"
    if secret:
        annotation, shape = Secret | None, "secret"
    example = None if secret else WRITTEN.get(option.type)
    question = Question(name, told, at=f"galaxy.{name}", secret=secret, example=example)
    return Asked(f"{PREFIX}{name}", "options", name, question, annotation, shape)
