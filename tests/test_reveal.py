"""Secrets are fetched from where the answers say; what cannot be had is said at once, without showing any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wizard.answers import answers_from
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.plan import held_secrets, make_plan
from wizard.problems import Refused
from wizard.releases.catalog import published_default
from wizard.reveal import random_secret, reveal

FILES = {
    "/run/secrets/db": "from the file\n",
    "/run/secrets/crlf": "from windows\r\n",
    "/run/secrets/bare": "no line end",
    "/run/secrets/two": "one\nhunter2\n",
    "/run/secrets/blank": "one\n\n",
    "/run/secrets/empty": "\n",
}


def read_file(path: str) -> str:
    if path == "/run/secrets/forbidden":
        raise PermissionError(13, "Permission denied", path)
    if path == "/run/secrets/binary":
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


def revealed(given: Given, found: dict[str, Any] | None = None) -> dict[str, Any]:
    return reveal(given, {"DB": "from the environment", "NONE": ""}, read_file, found, lambda: "newly made")


def problems(given: Given) -> list[str]:
    with pytest.raises(Refused) as refused:
        revealed(given)
    return list(map(str, refused.value.problems))


@pytest.mark.parametrize(
    ("secret", "value"),
    [
        (Secret("literal"), "literal"),
        (Secret(""), ""),
        (Secret("DB", "env"), "from the environment"),
        (Secret("/run/secrets/db", "file"), "from the file"),
        (Secret("/run/secrets/crlf", "file"), "from windows"),
        (Secret("/run/secrets/bare", "file"), "no line end"),
        (Secret(source="generate"), "newly made"),
    ],
)
def test_every_source_becomes_a_literal(secret: Secret, value: str) -> None:
    given = {"database.password": secret, "groundwork.brand": "x", "options.a": 1}
    assert revealed(given) == {**given, "database.password": Secret(value)}


def test_secrets_in_rows_and_in_maps_too() -> None:
    rows = [{"id": "a", "secret_key": {"env": "DB"}}, {"id": "b", "weight": 1}]
    given = answers_from({"data.backends": rows}).given()
    after = revealed({**given, "scaling.web_environment": {"A": Secret("DB", "env"), "B": "plain"}})
    assert [row.secret_key for row in after["data.backends"]] == [Secret("from the environment"), None]
    assert after["scaling.web_environment"] == {"A": Secret("from the environment"), "B": "plain"}
    assert given["data.backends"][0].secret_key == Secret("DB", "env")


def test_what_was_generated_once_is_kept() -> None:
    given = {"groundwork.id_secret": Secret(source="generate")}
    assert revealed(given, {"groundwork.id_secret": Secret("as it is")})["groundwork.id_secret"] == Secret(
        "as it is"
    )
    assert revealed(given, {"groundwork.id_secret": "as it is"})["groundwork.id_secret"] == Secret("as it is")


def test_galaxys_published_default_is_not_kept() -> None:
    for path, option in (
        ("groundwork.id_secret", "id_secret"),
        ("proxy.remote_user_secret", "remote_user_secret"),
    ):
        default = published_default(option)
        assert default
        assert revealed({path: Secret(source="generate")}, {path: Secret(default)})[path] == Secret(
            "newly made"
        )


def test_a_generated_secret_in_a_row_is_kept_by_the_id_of_the_row() -> None:
    rows = [{"id": "new", "secret_key": {"generate": True}}, {"id": "old", "secret_key": {"generate": True}}]
    given = answers_from({"data.backends": rows}).given()
    found = answers_from({"data.backends": [{"id": "old", "secret_key": "kept"}]}).given()
    keys = [row.secret_key for row in revealed(given, found)["data.backends"]]
    assert keys == [Secret("newly made"), Secret("kept")]


def test_generated_secrets_are_long_and_differ() -> None:
    assert len(random_secret()) == 56
    assert random_secret() != random_secret()


@pytest.mark.parametrize("unusable", ["a" * 57, "é" * 29, "abcd"])
def test_a_key_that_galaxy_does_not_start_with_is_refused_and_one_is_generated_in_its_place(
    unusable: str,
) -> None:
    path = "groundwork.id_secret"
    with pytest.raises(Refused) as refusal:
        revealed({path: Secret(unusable)})
    assert "bytes, where 5 to 56 are taken" in str(refusal.value)
    assert unusable not in str(refusal.value)
    assert revealed({path: Secret(source="generate")}, {path: Secret(unusable)})[path] == Secret("newly made")


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        (Secret("GALAXY_DB", "env"), "the environment variable GALAXY_DB is not set"),
        (Secret("NONE", "env"), "the env NONE is empty"),
        (Secret("/nowhere", "file"), "the file /nowhere is not there"),
        (Secret("/run/secrets/forbidden", "file"), "cannot be read: Permission denied"),
        (Secret("/run/secrets/binary", "file"), "is not UTF-8 text"),
        (Secret("/run/secrets/two", "file"), "more than one line"),
        (Secret("/run/secrets/blank", "file"), "more than one line"),
        (Secret("/run/secrets/empty", "file"), "is empty"),
        (Secret("hunter2\nx: y"), "line break"),
    ],
)
def test_what_cannot_be_had_is_said_with_the_question(secret: Secret, what: str) -> None:
    (problem,) = problems({"database.password": secret})
    assert problem.startswith("database.password: ")
    assert what in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("secret", [Secret("<secret 3f9a>"), Secret("postgresql://u:<secret 3f9a>@h/d")])
def test_what_a_diff_shows_in_the_place_of_a_secret_is_none(secret: Secret) -> None:
    (problem,) = problems({"database.password": secret})
    assert problem.startswith("database.password: the secret is only what a diff shows")
    kept = revealed({"database.password": Secret(source="generate")}, {"database.password": secret})
    assert kept == {"database.password": Secret("newly made")}


# options that hold a secret


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("literal", "literal"),
        ({"env": "DB"}, "from the environment"),
        ({"file": "/run/secrets/db"}, "from the file"),
        ({"generate": True}, "newly made"),
    ],
)
def test_an_option_that_is_a_secret_takes_every_source(value: Any, secret: str) -> None:
    given = {"options.smtp_password": value, "options.welcome_url": {"env": "DB"}, "options.brand": "x"}
    assert revealed(given) == {**given, "options.smtp_password": Secret(secret)}


def test_a_generated_secret_of_an_option_is_kept() -> None:
    given = {"options.smtp_password": {"generate": True}}
    assert revealed(given, {"options.smtp_password": Secret("kept")}) == {
        "options.smtp_password": Secret("kept")
    }


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"env": "GALAXY_DB"}, "the environment variable GALAXY_DB is not set"),
        ({"enw": "hunter2"}, "a secret is a text"),
        ({"env": "DB", "file": "/hunter2"}, "a secret is a text"),
        ("hunter2\n", "line break"),
    ],
)
def test_a_secret_option_that_cannot_be_had_is_said(value: Any, what: str) -> None:
    (problem,) = problems({"options.smtp_password": value})
    assert problem.startswith("options.smtp_password: ") and what in problem
    assert "hunter2" not in problem


def test_an_option_that_is_a_url_cannot_be_generated() -> None:
    (problem,) = problems({"options.install_database_connection": {"generate": True}})
    assert "a URL cannot be generated" in problem


def test_a_secret_option_reaches_its_file_and_a_generated_one_stays(tmp_path: Path) -> None:
    given = {
        "groundwork.config_dir": "/c",
        "options.smtp_password": {"generate": True},
        "options.ga_code": "x",
    }
    disk = Disk(tmp_path)
    first = make_plan(revealed(given), disk)
    assert first.idle == ()
    (tmp_path / "c").mkdir()
    (tmp_path / "c/galaxy.yml").write_text(first.files[0].after.replace("newly made", "as it is"))
    assert held_secrets(given, disk) == {"options.smtp_password": Secret("as it is")}
    assert make_plan(revealed(given, held_secrets(given, disk)), disk).pending == ()
    (tmp_path / "c/galaxy.yml").write_text("galaxy:\n  smtp_password: <secret 3f9a>\n")
    assert held_secrets(given, disk) == {}
    plain = {**given, "options.smtp_password": "literal"}
    assert make_plan(revealed(plain), disk).idle == ()


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_an_option_is_a_finite_number(number: float, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"options\.sentry_sloreq_threshold: must be a finite number"):
        make_plan({"groundwork.config_dir": "/c", "options.sentry_sloreq_threshold": number}, Disk(tmp_path))


def test_a_relative_config_dir_needs_the_root_that_it_is_below(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"groundwork\.config_dir: is a path below Galaxy's root"):
        make_plan({"groundwork.config_dir": "config"}, Disk(tmp_path))
    below_root = {"groundwork.config_dir": "config", "groundwork.root": "/srv/galaxy"}
    assert make_plan(below_root, Disk(tmp_path)).files[0].path == "/srv/galaxy/config/galaxy.yml"


def test_a_url_cannot_be_generated() -> None:
    (problem,) = problems({"database.url": Secret(source="generate")})
    assert problem.startswith("database.url: a URL cannot be generated")


def test_all_problems_are_said_at_once() -> None:
    rows = answers_from(
        {"data.backends": [{"id": "a"}, {"id": "b", "secret_key": {"env": "NOT_SET"}}]}
    ).given()
    found = problems({"database.password": Secret("/nowhere", "file"), **rows})
    assert [problem.split(": ")[0] for problem in found] == [
        "database.password",
        "data.backends[2].secret_key",
    ]
