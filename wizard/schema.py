"""The JSON Schema of the answers file, for editors and for checks without galaxy-setup; made from the models.

`python -m wizard.schema > docs/answers.schema.json` writes the copy that is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from wizard.answers import SCHEMA, SECTIONS, Answers
from wizard.answers.questions import Asked, at_top_level, in_section

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema, in the 2020-12 dialect. What it cannot say (a duplicate id, say) galaxy-setup still refuses."""
    sections = {section: _section(section) for section in SECTIONS}
    tables = {
        key: _property(asked, _types(asked.section)[asked.name]) for key, asked in at_top_level().items()
    }
    return {
        "$schema": _DIALECT,
        "title": "Answers for galaxy-setup",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "schema": {
                "title": "Format",
                "description": "The version of the answers format.",
                "type": "integer",
                "minimum": 1,
                "maximum": SCHEMA,
            },
            "preset": {
                "title": "Preset",
                "description": "The preset whose answers hold where this file gives none.",
                "type": "string",
                "examples": ["single-server@1"],
            },
            "disowned": {
                "title": "Disowned",
                "description": "Questions whose options are left to their files, whatever the preset answers.",
                "type": "array",
                "items": {"type": "string"},
                "examples": [["database.pool_size"]],
            },
            "ignored_advice": {
                "title": "Ignored advice",
                "description": "Codes of advice that is not to be given here.",
                "type": "array",
                "items": {"type": "string"},
                "examples": [["proxy.hsts-off"]],
            },
            **sections,
            **tables,
            "options": {
                "title": "Other options",
                "description": "Any other option of galaxy.yml, by its name there.",
                "type": "object",
            },
        },
    }


def schema_text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _section(section: str) -> dict[str, Any]:
    model: Any = Answers.model_fields[section].annotation
    inside = [asked for asked in in_section(section) if not asked.question.key]
    return {"title": section, "description": model.__doc__, **_table(model, inside)}


def _types(section: str) -> dict[str, Any]:
    """pydantic's schema of each question in a section."""
    model: Any = Answers.model_fields[section].annotation
    types: dict[str, Any] = model.model_json_schema()["properties"]
    return types


def _table(model: type[BaseModel], columns: Iterable[Asked]) -> dict[str, Any]:
    types = model.model_json_schema()["properties"]
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    table: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {column.name: _property(column, types[column.name]) for column in columns},
    }
    return {**table, "required": required} if required else table


def _property(asked: Asked, made: dict[str, Any]) -> dict[str, Any]:
    """The schema of one question; `made` is what pydantic makes of its type."""
    question = asked.question
    found: dict[str, Any] = {"title": question.title}
    unit = f"Unit: {question.unit}." if question.unit else ""
    if description := " ".join(part for part in (question.help, unit) if part):
        found["description"] = description
    if asked.row:
        found |= {"type": "array", "items": _table(asked.row, asked.row_questions)}
    else:
        found |= _labelled(_type(made), asked)
    if question.at:
        found["x-galaxy-option"] = question.at
    if question.example is not None:
        found["examples"] = [_example(asked)]
    return found


def _type(made: dict[str, Any]) -> dict[str, Any]:
    """pydantic's schema of a type, without its own title, and without the null that TOML has no word for."""
    bare = {key: value for key, value in made.items() if key not in ("title", "default")}
    kinds = [kind for kind in bare.get("anyOf", [bare]) if kind != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else {"anyOf": kinds}


def _labelled(kind: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """A choice with the labels that the wizard shows."""
    labels = asked.question.choices
    if "enum" not in kind or not labels:
        return kind
    return {"oneOf": [{"const": value, "title": labels.get(value, value)} for value in kind["enum"]]}


def _example(asked: Asked) -> Any:
    """An example as the answer's own type has it."""
    example = asked.question.example
    if asked.shape in ("int", "float", "bool"):
        return json.loads(str(example))
    return [example] if asked.shape in ("list", "choices") else example


if __name__ == "__main__":
    sys.stdout.write(schema_text())
