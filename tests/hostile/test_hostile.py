"""A hostile value is refused by its question's name, or it is read back and nothing else in the file differs."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.hostile import counting
from tests.hostile.places import Place, era_scenes, of_consumers, of_scenes
from tests.hostile.reading import reader_of
from tests.hostile.trying import Comparison, Found, tried
from tests.hostile.values import FRAMES, TOKEN, drawn, framed, shaped, taken
from tests.hostile.words import LIVE, Unreadable
from tests.verdicts.cases import leaves
from wizard.answers.questions import Asked, questions
from wizard.files import LENSES
from wizard.problems import Refused
from wizard.statefile import load, new, plain, set_answer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PARTS, TRIED = 36, range(0, 36, 4)
"""Of so many parts of all places, those that a run tries; `python -m tests.hostile --large` tries all."""
VALUES = 12
IN_A_FILE = [
    asked for asked in leaves() if asked.shape in ("text", "secret", "list", "map") and "[]" not in asked.path
]


def hold(places: list[Place], request: pytest.FixtureRequest, turn: int = 0) -> None:
    found: Found = tried(places, VALUES, turn).finish()
    counted = {syntax: dict(columns) for syntax, columns in found.syntaxes.items()}
    request.node.user_properties.append((counting.PROPERTY, counted))
    assert sum(columns["written"] for columns in found.syntaxes.values()) > len(places)
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.consumer
@pytest.mark.parametrize("part", TRIED)
def test_no_value_escapes_from_a_file_of_its_question(part: int, request: pytest.FixtureRequest) -> None:
    hold([*of_consumers(slice(part, None, PARTS), False)], request, turn=part)


@pytest.mark.consumer
@pytest.mark.parametrize("part", [3, 22])
def test_no_value_escapes_from_a_server_of_an_older_release(
    part: int, request: pytest.FixtureRequest
) -> None:
    scenes = era_scenes()
    hold([*of_scenes(scenes, slice(part, part + 1))], request, turn=1000 + part)


def test_every_file_has_a_reader() -> None:
    assert {reader_of(lens.name).syntax for lens in LENSES}


@pytest.mark.parametrize("asked", IN_A_FILE, ids=lambda asked: str(asked.path))
def test_the_answers_file_holds_a_value_or_it_is_refused_by_name(asked: Asked) -> None:
    """TOML's own parser reads what is written; what is refused is refused in a file written by hand, too."""
    for turn, put in enumerate(shaped(asked)):
        for hostile in drawn(VALUES, turn):
            for frame in FRAMES[:4]:
                keep_or_refuse(asked, put(framed(frame, hostile)))


def keep_or_refuse(asked: Asked, value: Any) -> None:
    text, answer = new(), taken(asked, value)
    if answer is not None:
        told = tomllib.loads(set_answer(text, asked.path, answer))
        *tables, name = asked.keys
        for table in tables:
            told = told[table]
        assert told == {name: plain(answer)}
        return
    written = f"{text}\n[{asked.section}]\n{asked.name} = {_toml(plain(value))}\n"
    try:
        tomllib.loads(written)
    except (tomllib.TOMLDecodeError, UnicodeEncodeError):
        return  # no TOML file holds this one
    with pytest.raises(Refused) as refused:
        load(written, "answers.toml")
    assert all((problem.question or "").startswith(asked.path) for problem in refused.value.problems)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    escaped = "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08x}" for char in value)
    return f'"{escaped}"'


USUAL = {"a": [TOKEN, "x"], "b": f"--to={TOKEN}", "c": {"d": "1"}}


@pytest.mark.parametrize(
    ("hostile", "seen"),
    [
        ("v", {"a": ["v", "x"], "b": "--to=v", "c": {"d": "1"}}),
        ("a b", {"a": ["a b", "x"], "b": "--to=a b", "c": {"d": "1"}}),
    ],
)
def test_a_value_in_its_place_is_no_difference(hostile: str, seen: Any) -> None:
    assert Comparison(hostile).difference(USUAL, seen) is None


@pytest.mark.parametrize(
    "seen",
    [
        {"a": ["a", "b", "x"], "b": "--to=a b", "c": {"d": "1"}},
        {"a": ["a b", "x"], "b": "--to=a b", "c": {"d": "1", "e": "2"}},
        {"a": ["a b", "x"], "b": "--to=a b", "c": {"d": "2"}},
        {"a": ["a b", "x"], "b": "--to=a  b", "c": {"d": "1"}},
        {"a": [f"a{LIVE}b", "x"], "b": "--to=a b", "c": {"d": "1"}},
        {"a": ["a b", "x"], "b": None, "c": {"d": "1"}},
        Unreadable("a quote is not closed"),
    ],
)
def test_anything_else_is_an_escape(seen: Any) -> None:
    assert Comparison("a b").difference(USUAL, seen) is not None


def test_an_edited_file_keeps_what_was_suggested_but_holds_the_value() -> None:
    edited = Comparison("a b", edited=True)
    assert edited.difference(["--log", TOKEN, TOKEN], ["--log", "a b", TOKEN]) is None
    assert edited.difference(["--log", TOKEN, TOKEN], ["--log", TOKEN, TOKEN]) is not None
    assert edited.difference(["--log", TOKEN, TOKEN], ["--log", "a b", "a"]) is not None


def test_words_of_an_answer_that_is_several_stand_one_by_one() -> None:
    spread = Comparison("-a 'b c'", ["-a", "b c"])
    assert spread.difference(["run", TOKEN], ["run", "-a", "b c"]) is None
    assert spread.difference(["run", TOKEN], ["run", "-a", "b", "c"]) is not None


@pytest.mark.parametrize(
    ("syntax", "escaped"),
    [
        ("nginx site", f"server {{ root '{TOKEN}'; }}"),
        ("apache site", f'<If "true">\nDocumentRoot "{TOKEN}"\n</If>\n'),
        ("proftpd.conf", f'DisplayLogin "{TOKEN}"\n'),
        ("systemd unit galaxy-web.service", f"[Service]\nEnvironment=A={TOKEN}\n"),
        ("galaxy.yml", f"galaxy:\n  brand: '{TOKEN}'\n"),
        ("galaxy.ini", f"[app:main]\nbrand = {TOKEN}\n"),
        ("job_conf.xml", f"<job_conf><param>{TOKEN}</param></job_conf>"),
        ("cron", f"1 2 * * * galaxy run '{TOKEN}'\n"),
        ("logrotate", f'"/{TOKEN}" {{\n  daily\n}}\n'),
        ("SMF manifest", f'<service><exec_method exec="run {TOKEN}"/></service>'),
        ("database.sql", f"SET @a = '{TOKEN}';\n"),
        ("builds.txt", f"a\t{TOKEN}\n"),
        ("local_env.sh", f"A='{TOKEN}'\n"),
        ("zergpool.ini", f"[uwsgi]\nmaster = {TOKEN}\n"),
    ],
)
def test_a_value_that_nobody_quotes_is_found(syntax: str, escaped: str) -> None:
    """Each reader tells some hostile value that is put there as it stands."""
    reader = reader_of(syntax)
    hostile = [
        '"',
        "'",
        "\\x41\\",
        "a\nb",
        "\n  b: c",
        "%(x)s",
        "%h",
        "<b/>",
        "a\tb",
        "' 'b",
        "$x ${x}",
        "; }",
    ]
    (usual,) = reader.many([escaped])
    assert not isinstance(usual, Unreadable)
    seen = reader.many([escaped.replace(TOKEN, value) for value in hostile])
    assert any(Comparison(value).difference(usual, one) for value, one in zip(hostile, seen, strict=True))


def test_the_values_are_the_same_in_every_run() -> None:
    assert drawn(20, 3) == drawn(20, 3) != drawn(20, 4)


def test_values_are_tried_in_every_question_that_takes_text() -> None:
    """A question of another shape takes no text of one's own."""
    free = {asked.path for asked in questions().values() if asked.shape in ("text", "secret", "list", "map")}
    assert free == {asked.path for asked in IN_A_FILE}
