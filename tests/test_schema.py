"""The JSON Schema of the answers file: what it accepts and refuses is what galaxy-setup accepts and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers, lines
from wizard import presets, statefile
from wizard.answers.questions import questions
from wizard.documents.toml.document import inline, loads
from wizard.problems import Refused
from wizard.schema import schema, schema_text

KEPT = Path(__file__).parent.parent / "docs" / "answers.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def accepted(text: str) -> bool:
    try:
        statefile.load(text, "f")
    except Refused:
        return False
    return True


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_kept_copy_is_that_of_these_questions() -> None:
    assert KEPT.read_text(encoding="utf-8") == schema_text(), (
        "python -m wizard.schema > docs/answers.schema.json"
    )


def test_every_question_and_column_is_in_it_with_its_title() -> None:
    whole = schema()
    for asked in questions().values():
        about = whole
        for key in asked.keys:
            about = about["properties"][key]
        assert about["title"] == asked.question.title
        assert about.get("x-galaxy-option") == asked.question.at
        for column in asked.row_questions:
            assert about["items"]["properties"][column.name]["title"] == column.question.title


@pytest.mark.parametrize("name", presets.names())
def test_presets_are_valid(name: str) -> None:
    answers_of_preset = loads(presets.find(name).text)
    del answers_of_preset["preset"]
    VALIDATOR.validate(answers_of_preset)
    VALIDATOR.validate(loads(statefile.new(name)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers())
def test_what_the_models_accept_the_schema_accepts(answer: tuple[str, Any]) -> None:
    VALIDATOR.validate(loads(statefile.set_answer("", *answer)))


ANYTHING = st.one_of(
    lines.filter(str.isprintable),
    st.booleans(),
    st.integers(-5, 70000),
    st.floats(0.1, 0.9),
    st.sampled_from([{"env": "X"}, {"env": ""}, {"file": "/x"}, {"file": "x"}, {"generate": False}, {}, []]),
    st.lists(lines.filter(str.isprintable), max_size=2),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(questions())), ANYTHING)
def test_both_say_the_same_of_anything(path: str, value: Any) -> None:
    *above, name = questions()[path].keys
    text = "".join(f"[{section}]\n" for section in above) + f"{name} = {inline(value)}\n"
    if VALIDATOR.is_valid(loads(text)) != accepted(text):
        # The schema may be the milder one, where a rule has no pattern; never the stricter.
        assert not accepted(text)
        assert isinstance(value, (str, list))
        inside = schema()["properties"][above[0]] if above else schema()
        assert "pattern" not in inside["properties"][name]


@pytest.mark.parametrize(
    "text",
    [
        "schema = 2\n",
        "preset = 1\n",
        "unknown = 1\n",
        "[unknown]\n",
        "[groundwork]\nbrnd = 'x'\n",
        "[groundwork]\nbrand = 3\n",
        "[groundwork]\ncleanup_job = 'alwys'\n",
        "[groundwork]\nid_secret = { env = '' }\n",
        "[groundwork]\nid_secret = { generate = false }\n",
        "[groundwork]\nid_secret = { file = 'relative' }\n",
        "[groundwork]\nroot = 'relative'\n",
        "[groundwork]\nuser = 'a b'\n",
        "[database]\nport = 0\n",
        "[database]\npool_size = 2.5\n",
        "[[hosts]]\nname = 'a'\n",
        "[[hosts]]\nname = 'a'\nruns = ['wbe']\n",
        "[[scaling.hosts]]\nname = 'a'\nruns = ['web']\n",
        "[scaling]\nhosts = []\n",
        "[hosts]\nname = 'a'\nruns = ['web']\n",
        "hosts = 1\n",
        "[[cluster.destinations]]\ncores = 1\n",
        "[[cluster.destinations]]\nid = 'a b'\n",
        "[[cluster.destinations]]\nid = 'a'\nenv = { A = 1 }\n",
        "[[groundwork]]\n",
    ],
)
def test_both_refuse_what_is_wrong(text: str) -> None:
    assert not VALIDATOR.is_valid(loads(text))
    assert not accepted(text)
