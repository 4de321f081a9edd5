"""Hypothesis strategies for answers: any value that a question takes, hostile ones before all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from wizard.answers import Answers
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret, size_fault

_HOSTILE = [
    '"',
    "'",
    "\\",
    '"""',
    "'''",
    "# no comment",
    "a = 1",
    "[x]",
    "]]",
    "{",
    "é€😀",
    "",
    " ",
    "%s;$x",
    "x,y",
    # what YAML 1.1 or 1.2 would take for something else than text
    *[
        "no",
        "NO",
        "~",
        "null",
        "0640",
        "12:30",
        "1e3",
        "1_000",
        "=",
        "<<",
        "true",
        "yes",
        "on",
        ".5",
        "0x1f",
        "-",
    ],
    *[
        "--",
        "...",
        "---",
        "2020-01-01",
        "|",
        ">",
        "&a",
        "*a",
        "!a",
        "@",
        "`",
        "?",
        "a: b",
        "a #b",
        "- a",
        "? x",
    ],
    *[" lead", "trail ", "{a}", "[a]", "'x", "''", "%(here)s", "<b>", "]]>", "-->"],
]

lines = st.one_of(
    st.sampled_from(_HOSTILE),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), max_size=20),
)

secrets = st.one_of(
    lines.map(Secret),
    st.builds(Secret, st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), st.just("env")),
    st.builds(Secret, lines.map(lambda text: f"/{text}"), st.just("file")),
    st.just(Secret(source="generate")),
)

options = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), lines),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(lines, inner, max_size=3),
    max_leaves=5,
)


@cache
def answers_to(path: str) -> st.SearchStrategy[Any]:
    """Values that the question takes, as the model keeps them."""
    asked = questions()[path]
    if asked.row:
        name = next(iter(asked.row.model_fields))  # rows are told apart by their first column
        rows = st.lists(_rows(asked.row), max_size=3, unique_by=lambda row: str(row.get(name)))
        return _that_fit(rows, asked.parse)
    return _that_fit(_values(_section(asked), asked.name), asked.parse)


def _section(asked: Asked) -> type[BaseModel]:
    return cast("type[BaseModel]", Answers.model_fields[asked.section].annotation)


def _rows(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    required = {name: info.is_required() for name, info in model.model_fields.items()}
    columns = {name: _values(model, name) for name in required}
    return st.fixed_dictionaries(
        {name: values for name, values in columns.items() if required[name]},
        optional={name: values for name, values in columns.items() if not required[name]},
    )


def _that_fit(values: st.SearchStrategy[Any], parse: Callable[[Any], Any]) -> st.SearchStrategy[Any]:
    """The schema cannot say everything: leave out what the model refuses."""

    def parsed(value: Any) -> Any:
        try:
            return parse(value)
        except ValidationError:
            return None

    return values.map(parsed).filter(lambda value: value is not None)


def _values(model: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    return _of_schema(model.model_json_schema()["properties"][name])


def _words(pattern: str) -> st.SearchStrategy[str]:
    """Without the anchors, since Python's $ lets a line break pass."""
    return st.from_regex(pattern.removeprefix("^").removesuffix("$"), fullmatch=True)


def _of_schema(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        if any(kind.get("properties") for kind in schema["anyOf"]):
            return secrets
        return st.one_of([_of_schema(kind) for kind in schema["anyOf"] if kind != {"type": "null"}])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "string":
        return _words(schema["pattern"]) if "pattern" in schema else lines
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum"), schema.get("maximum"))
    if schema["type"] == "number":
        return st.floats(
            schema.get("exclusiveMinimum"), exclude_min="exclusiveMinimum" in schema, allow_nan=False
        )
    if schema["type"] == "array":
        return st.lists(_of_schema(schema["items"]), max_size=3)
    if schema["type"] == "object":
        named = schema.get("patternProperties") or {None: schema["additionalProperties"]}
        ((pattern, value),) = named.items()
        keys = _words(pattern) if pattern else lines
        return st.dictionaries(keys, lines if value is True else _of_schema(value), max_size=3)
    return st.booleans()


def given_answers(
    owns: Callable[[str], bool], least: int = 0, most: int = 10
) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to some of the questions that `owns` holds for, as a lens gets them: every secret is literal."""
    paths = sorted(path for path in questions() if owns(path))
    chosen = st.lists(st.sampled_from(paths), min_size=min(least, len(paths)), max_size=most, unique=True)
    return chosen.flatmap(
        lambda some: st.fixed_dictionaries({path: literal_answers_to(path) for path in some})
    )


def literal_answers_to(path: str) -> st.SearchStrategy[Any]:
    """As `answers_to`, without secrets that stand elsewhere."""
    asked = questions()[path]
    if asked.shape == "secret":
        size = asked.question.size
        texts = lines.filter(lambda text: size_fault(text, size) is None) if size else lines.filter(bool)
        return texts.map(Secret)
    return answers_to(path).map(_literal)


def _literal(value: Any) -> Any:
    """`value` with every secret in its rows made a literal one."""
    if isinstance(value, Secret):
        return Secret(value.reference or "generated")
    if isinstance(value, list):
        return [_literal(item) for item in value]
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        return value.model_copy(update={name: _literal(item) for name, item in fields.items()})
    return value


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, Any]:
    """A question path and an answer to it."""
    path = draw(st.sampled_from([*questions(), "options.some_option"]))
    if path.startswith("options."):
        return path, draw(options)
    return path, draw(answers_to(path))
