"""One question as lines, and what was typed as its answer: without a process, a terminal or a file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.answers import SECTIONS
from wizard.answers.question import Suggestion
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.plain.asking import default_of, question_lines, typed
from wizard.plain.finding import after, first, found, order, question_meant, section_meant
from wizard.plain.lines import in_letters_of, printable, wrapped
from wizard.plain.words import AT_QUESTION, AT_TABLE, EVERYWHERE, Command, read
from wizard.problems import Refused
from wizard.statefile import Origin
from wizard.typed import choice_values

ALL = tuple(questions().values())
ROWS = tuple(column for asked in ALL for column in asked.row_questions)
WORDS = (*EVERYWHERE, *AT_QUESTION)


def text_of(path: str, value: Any = None, **more: Any) -> str:
    return "\n".join(question_lines(questions()[path], value, **more))


# what is asked


def test_a_question_says_all_that_an_answer_needs() -> None:
    text = text_of(
        "database.engine",
        "sqlite",
        origin=Origin("preset", "presets/trial@1.toml", 7),
        suggestion=Suggestion("postgresql", "psql is installed"),
    )
    assert text.splitlines()[0] == f"{questions()['database.engine'].question.title} (database.engine)"
    assert "Now: SQLite, from the preset trial@1" in text
    assert "Suggested: PostgreSQL: psql is installed" in text
    assert "1: postgresql" in text and "Type a number or a name." in text


def test_galaxys_default_is_said_where_nothing_is_given() -> None:
    asked = questions()["groundwork.log_level"]
    default = default_of(asked, {})
    assert default == "Galaxy's default, DEBUG"
    assert f"Without an answer: {default}" in text_of(asked.path, None, default=default)
    assert "Without" not in text_of(asked.path, "INFO", default=default)


@pytest.mark.parametrize(
    "asked", [asked for asked in ALL + ROWS if asked.shape == "secret"], ids=lambda a: a.path
)
def test_no_line_of_a_question_holds_its_secret(asked: Asked) -> None:
    lines = question_lines(asked, Secret("hunter2"), default=default_of(asked, {}))
    assert "hunter2" not in "\n".join(lines)


def test_no_password_in_a_url_and_no_secret_of_a_map_is_shown() -> None:
    assert "hunter2" not in text_of("proxy.logout_url", "https://me:hunter2@example.org/out")
    text = text_of("scaling.web_environment", {"A": "1", "DB_PASSWORD": "hunter2"})
    assert "A=1" in text and "DB_PASSWORD=<secret>" in text and "hunter2" not in text


# what was typed


@pytest.mark.parametrize(
    "asked", [asked for asked in ALL + ROWS if asked.shape == "choice"], ids=lambda a: a.path
)
def test_a_choice_is_taken_by_number_name_or_meaning(asked: Asked) -> None:
    for number, value in enumerate(choice_values(asked), 1):
        assert typed(asked, str(number)) == value
        assert typed(asked, f" {value.upper()} ") == value
        assert typed(asked, asked.question.choices.get(value, value)) == value
    with pytest.raises(ValueError, match="numbered 1 to"):
        typed(asked, "99")
    with pytest.raises(ValueError, match="is not a choice"):
        typed(asked, "= 1")


def test_yes_and_no_have_several_spellings() -> None:
    asked = next(asked for asked in ALL if asked.shape == "bool")
    assert [typed(asked, text) for text in ("yes", "Y", "true", "no", "n", "False", "")] == [
        True, True, True, False, False, False, None,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="neither yes nor no"):
        typed(asked, "perhaps")


def test_several_are_taken_in_the_order_in_which_they_are_typed() -> None:
    asked = questions()["data.cleanup_what"]
    values = choice_values(asked)
    assert typed(asked, f"2, {values[0]}") == [values[1], values[0]]
    assert typed(asked, '""') == []
    with pytest.raises(ValueError, match="is not a choice"):
        typed(asked, f"{values[0]}, nonsense")


def test_a_secret_is_itself_or_where_it_stands() -> None:
    asked = questions()["database.password"]
    assert typed(asked, "open sesame") == Secret("open sesame")
    assert typed(asked, "env:DB") == Secret("DB", "env")
    assert typed(asked, "file:/etc/secret") == Secret("/etc/secret", "file")
    assert typed(asked, "generate") == Secret(source="generate")
    for text in ("generate", "env:DB", "back", " spaced "):
        assert typed(asked, f"= {text}") == Secret(text)
    for text in ("env:", "file:relative"):
        with pytest.raises(ValueError, match="needs"):
            typed(asked, text)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"))))
def test_after_the_sign_any_text_is_an_answer_letter_by_letter(text: str) -> None:
    line = f"= {text}"
    assert read(line, WORDS) is None
    assert typed(questions()["groundwork.brand"], line) == text
    assert typed(questions()["database.password"], line) == Secret(text)


@given(st.sampled_from(ALL + ROWS), st.text(max_size=20))
def test_any_line_is_a_command_an_answer_or_a_sentence(asked: Asked, line: str) -> None:
    if read(line, WORDS) is None:
        try:
            typed(asked, line)
        except ValueError as error:
            assert str(error) and printable(str(error)) == str(error)


@pytest.mark.parametrize("line", ["\x1b[A", "a\x00b", "caf\udce9", "a\x7fb", "\u2028"])
def test_an_arrow_key_or_bytes_that_are_no_text_are_no_answer(line: str) -> None:
    for path in ("groundwork.brand", "database.password", "scaling.web_environment"):
        with pytest.raises(ValueError, match="holds a control character"):
            typed(questions()[path], line)


# words


def test_a_word_with_more_behind_it_is_an_answer_unless_it_takes_more() -> None:
    assert read(" back ", WORDS) == Command("back")
    assert read("back to the roots", WORDS) is None
    assert read("Back", WORDS) is None
    assert read("find pool size", WORDS) == Command("find", "pool size")
    assert read("? database.engine", WORDS) == Command("?", "database.engine")
    assert read("generate", WORDS) is None


def test_the_words_of_a_table_may_stand_behind_its_name() -> None:
    table = (*WORDS, *AT_TABLE)
    assert read("table add", table) == read("add", table) == Command("add")
    assert read("table move 2 1", table) == Command("move", "2 1")
    assert read("table manners", WORDS) is None


def test_no_choice_is_one_of_the_words() -> None:
    words = {word.name for word in (*WORDS, *AT_TABLE)}
    for asked in ALL + ROWS:
        assert words.isdisjoint(choice_values(asked)), asked.path


# which question is next


def test_from_the_first_question_on_every_one_that_applies_is_asked_once() -> None:
    path, walked = first(SECTIONS, {}), []
    while path is not None:
        walked.append(path)
        path = after(path, {})
    assert walked == [each for section in SECTIONS for each in order(section, {})]
    assert len(set(walked)) == len(walked) > 50


def test_after_a_question_that_an_answer_made_moot_comes_what_stood_behind_it() -> None:
    with_socket = {"database.engine": "postgresql", "database.connect": "tcp"}
    assert "database.host" in order("database", with_socket)
    following = after("database.host", {"database.engine": "sqlite"})
    assert following is not None and following not in order("database", {})[:1]
    assert questions()[following].question.applies({"database.engine": "sqlite"})


def test_a_question_is_meant_by_its_path_name_or_option() -> None:
    for name in ("database.pool_size", "pool_size", "galaxy.database_engine_option_pool_size"):
        assert question_meant(name).path == "database.pool_size"
    assert question_meant("cluster.destinations[2].cores").path == "cluster.destinations"
    assert [section_meant(name) for name in ("gr", "data", " Database ")] == [
        "groundwork",
        "data",
        "database",
    ]
    with pytest.raises(Refused, match=r"did you mean database\.pool_size"):
        question_meant("database.pool_sise")
    with pytest.raises(Refused, match=r"log_level.*celery\.log_level"):
        question_meant("log_level")
    with pytest.raises(Refused, match="there is no section c"):
        section_meant("c")


def test_a_word_is_found_in_names_before_helps() -> None:
    lines = list(found("QueuePool", {}))
    assert any("database." in line for line in lines) and lines[-1] == "goto PATH goes to one."
    lines = list(found("pool_size", {"database.engine": "postgresql"}))
    assert lines[0] == "  database.pool_size: Pool size"
    assert "asked when" in "\n".join(found("cleanup_what", {}))
    assert list(found("xyzzy", {})) == ["Nothing has xyzzy in it."]


# lines


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.integers(20, 100))
def test_lines_fit_unless_a_single_word_does_not(text: str, width: int) -> None:
    for line in wrapped(text, width):
        assert len(line) <= width or " " not in line.strip()
    assert "".join(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")


def test_what_the_encoding_cannot_say_is_said_in_ascii() -> None:
    assert in_letters_of("ascii", "a \u2192 b\u2026 \u00b5") == "a -> b... \\xb5"
    assert in_letters_of("utf-8", "a \u2192 b") == "a \u2192 b"
    assert in_letters_of(None, "\u00e9") == "\\xe9"
