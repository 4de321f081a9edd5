"""What can be asked: one pydantic model per section, and the whole that holds them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wizard.answers.celery import Celery
from wizard.answers.cluster import Cluster
from wizard.answers.data import Data
from wizard.answers.database import Database
from wizard.answers.groundwork import Groundwork
from wizard.answers.proxy import Proxy
from wizard.answers.question import Given
from wizard.answers.scaling import Scaling

SCHEMA = 1
"""The version of the answers format that this galaxy-setup reads and writes."""

SECTIONS = ("groundwork", "database", "proxy", "cluster", "scaling", "celery", "data")


# An empty table that Answers' own validator fills: a default instance would have every section built twice.
_EMPTY: Any = Field(default={}, validate_default=True)


class Answers(BaseModel):
    """An answers file: the sections, and any other option of galaxy.yml under `options`.

    `disowned` names questions whose options are left to their files, whatever the preset answers; `ignored_advice`
    the codes of advice that is not to be given.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    version: int = Field(default=SCHEMA, alias="schema", ge=1, le=SCHEMA)
    preset: str | None = None
    disowned: list[str] = []
    ignored_advice: list[str] = []
    groundwork: Groundwork = _EMPTY
    database: Database = _EMPTY
    proxy: Proxy = _EMPTY
    cluster: Cluster = _EMPTY
    scaling: Scaling = _EMPTY
    celery: Celery = _EMPTY
    data: Data = _EMPTY
    options: dict[str, Any] = {}

    def given(self) -> dict[str, Any]:
        """Every given answer by question path; rows stay models, options are `options.NAME`."""
        found: dict[str, Any] = {}
        for section in SECTIONS:
            model = getattr(self, section)
            for name in type(model).model_fields:
                value = getattr(model, name)
                if value is not None:
                    found[f"{section}.{name}"] = value
        found.update({f"options.{name}": value for name, value in self.options.items()})
        return found


def answers_from(given: Given) -> Answers:
    """The model that holds `given`. Raises pydantic's ValidationError for what does not fit."""
    raw: dict[str, dict[str, Any]] = {}
    for path, value in given.items():
        section, name = path.split(".", 1)
        raw.setdefault(section, {})[name] = value
    return Answers.model_validate(raw)


def fitting(candidates: Given) -> dict[str, Any]:
    """Those of `candidates` that are answers to their questions, as the model keeps them."""
    try:
        return answers_from(candidates).given()
    except ValidationError as error:
        unfit = {".".join(map(str, problem["loc"][:2])) for problem in error.errors(include_input=False)}
    return fitting({path: value for path, value in candidates.items() if path not in unfit})
