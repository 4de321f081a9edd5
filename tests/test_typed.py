"""The text of a field and the answer it stands for, both ways."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.typed import hidden_keys, parsed, readable, shown

ALL = tuple(questions().values())
ROWS = tuple(column for asked in ALL for column in asked.row_questions)

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def values_of(asked: Asked) -> st.SearchStrategy[Any]:
    """Any answer of the question's shape; whether the model takes it does not matter here."""
    texts = WORDS.filter(lambda text: text == text.strip() and text != '""')
    if "int" in str(asked.annotation) and asked.shape == "text":
        texts = texts.filter(lambda text: not text.lstrip("+-").isdecimal())
    scalars = st.one_of(
        WORDS, st.integers(-(10**9), 10**9), st.booleans(), st.integers(-99, 99).map(lambda n: n / 8)
    )
    by_shape: dict[str, st.SearchStrategy[Any]] = {
        "int": st.integers(),
        "float": st.integers(0, 10**6).map(lambda n: n / 16),
        "text": texts,
        "list": st.lists(WORDS, min_size=1, max_size=4),
        "map": st.dictionaries(
            KEYS, scalars if "int" in str(asked.annotation) else WORDS, min_size=1, max_size=4
        ),
    }
    return by_shape.get(asked.shape, st.none())


@given(st.sampled_from(ALL + ROWS).flatmap(lambda asked: st.tuples(st.just(asked), values_of(asked))))
def test_what_is_shown_reads_back_as_the_same_answer(case: tuple[Asked, Any]) -> None:
    asked, value = case
    again = parsed(asked, shown(asked, value))
    assert again == value
    assert type(again) is type(value)


def test_an_empty_field_is_not_given() -> None:
    for asked in ALL + ROWS:
        assert parsed(asked, "  ") is None, asked.path
        assert shown(asked, None) == "", asked.path


@given(st.sampled_from(ALL + ROWS), st.text(max_size=20))
def test_any_text_is_an_answer_or_a_sentence(asked: Asked, text: str) -> None:
    try:
        parsed(asked, text)
    except ValueError as error:
        assert str(error).startswith(("must", "each", "a value"))


def test_a_secret_is_never_text() -> None:
    asked = questions()["groundwork.id_secret"]
    assert shown(asked, Secret("hunter2")) == ""
    assert "hunter2" not in readable(asked, Secret("hunter2"))
    params = next(column for column in ROWS if column.path == "cluster.runners[].params")
    kept = {"private_token": "hunter2", "amqp_url": "amqp://u:hunter2@host//", "port": 1}
    assert set(hidden_keys(params, kept)) == {"private_token", "amqp_url"}
    assert "hunter2" not in readable(params, kept)


def test_blanks_around_the_equals_sign_are_not_of_the_value() -> None:
    asked = questions()["scaling.web_environment"]
    assert parsed(asked, 'PORT = web \n NAME =" kept "') == {"PORT": "web", "NAME": " kept "}
