"""Signs of Jinja in a value: Ansible gives back the value itself; names that can be followed are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.consumers import ask
from wizard.documents.yaml.document import Tagged
from wizard.exporting.jinja import NOT_GIVEN, before_name, rendered, settled, sheltered

TEXTS = st.text(alphabet="{}%#' a\n-\\", max_size=20) | st.text(max_size=20)
HARD = [
    "{{ 7*7 }}",
    "{% raw %}",
    "{#",
    "{{{",
    "{{{{ x",
    "{%}{{%",
    "{% endraw %}{{ x }}",
    "'{{'",
    "a{",
    "{{ '{{' }}",
]


@given(TEXTS)
@example("{{ '{{' }}")
def test_what_is_sheltered_reads_back(text: str) -> None:
    assert rendered(sheltered(text), {}) == text


@given(TEXTS)
@example("{")
@example("{{{")
def test_a_name_right_behind_a_text_stays_a_name(text: str) -> None:
    assert rendered(before_name(text) + "{{ vault_x }}", {"vault_x": "S"}) == text + "S"


def test_jinja_itself_gives_back_what_was_sheltered(tmp_path: Path) -> None:
    texts = [sheltered(text) for text in HARD] + [before_name(text) + "{{ v }}" for text in HARD]
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps({"texts": texts, "variables": {"v": "S"}}))
    assert ask("jinja_texts", asked)["texts"] == HARD + [f"{text}S" for text in HARD]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ galaxy_root }}/server", "/srv/galaxy/server"),
        ("{{ galaxy_config.galaxy.brand }}", "Tuna"),
        ("{{ port }}", 8080),
        ("localhost:{{port}}", "localhost:8080"),
        ("{{ a_list }}", [1]),
        ("{{ taken_as_it_is }}", "{{ x }}"),
        ("{{ unknown }}/x", NOT_GIVEN),
        ("{{ galaxy_root | quote }}", NOT_GIVEN),
        ("{% if x %}y{% endif %}", NOT_GIVEN),
        ("x{{ a_list }}", NOT_GIVEN),
        ("{{ circle }}", NOT_GIVEN),
        ("{{ in_a_vault }}", NOT_GIVEN),
    ],
)
def test_names_that_can_be_followed_are(text: str, value: Any) -> None:
    variables = {
        "galaxy_root": "{{ srv }}/galaxy",
        "srv": "/srv",
        "port": 8080,
        "galaxy_config": {"galaxy": {"brand": "Tuna"}},
        "a_list": [1],
        "circle": "{{ circle }}",
        "taken_as_it_is": Tagged("!unsafe", "{{ x }}"),
        "in_a_vault": Tagged("!vault", "36"),
    }
    assert rendered(text, variables) == value


def test_what_cannot_be_told_is_left_out_and_named() -> None:
    value = {"a": "{{ x }}", "b": ["1", "{{ x }}"], "c": {"d": "{{ y }}", "e": 1}, "f": "{{ g }}"}
    found, left = settled(value, {"y": 2, "g": {"h": "{{ x }}", "i": "{{ y }}"}})
    assert found == {"c": {"d": 2, "e": 1}, "f": {"i": 2}}
    assert left == (("a",), ("b", 1), ("f", "h"))
