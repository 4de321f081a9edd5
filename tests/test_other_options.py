"""Options that no question asks for: their help as the install has it, and what may be given for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.other_options import OptionKeeper, installed_help, other_options, owner
from wizard.problems import Refused
from wizard.releases.installed_schema import help_of_sample, help_of_schema
from wizard.session import Session

GIVEN = {"groundwork.root": "/srv/galaxy", "groundwork.virtualenv": "/srv/venv", "groundwork.release": "26.1"}
SAMPLE = """\
galaxy:
  # Change this default when several instances run on one
  # host name.
  #
  # A second paragraph.
  #server_name: main

  # On.
  conda_auto_install: false
"""


def test_the_help_of_a_schema_is_what_a_yaml_parser_reads() -> None:
    consumers = os.environ.get("GALAXY_SETUP_CONSUMERS")
    if not consumers:
        pytest.skip("GALAXY_SETUP_CONSUMERS is not set: no schema of Galaxy is at hand")
    found = Path(consumers).parent.parent.glob(
        "lib/python3*/site-packages/galaxy/config/schemas/config_schema.yml"
    )
    text = next(found).read_text().replace("!include", "")
    schema = YAML(typ="safe", pure=True).load(text)["mapping"]["galaxy"]["mapping"]
    told = help_of_schema(text)
    for name, option in schema.items():
        described = " ".join(str(option.get("desc", "") if isinstance(option, dict) else "").split())
        assert " ".join(told.get(name, "").split()) == described, name
    assert set(told) <= set(schema) and len(told) > 400


def test_the_help_of_a_sample_is_the_comment_above_the_option() -> None:
    assert help_of_sample(SAMPLE) == {
        "server_name": "Change this default when several instances run on one host name.\n\nA second paragraph.",
        "conda_auto_install": "On.",
    }
    assert help_of_sample("[app:main]\n# Where.\n#file_path = database/files\n") == {"file_path": "Where."}


@pytest.mark.parametrize("text", ["", "galaxy", "\x00", "mapping:\n  galaxy:\n    mapping:\n", "a: [\n" * 99])
def test_what_is_no_schema_has_no_help(text: str) -> None:
    assert help_of_schema(text) == {} and help_of_sample(text) == {}


@pytest.mark.parametrize(
    "place",
    [
        "srv/galaxy/lib/galaxy/config/schemas",
        "srv/galaxy/lib/galaxy/webapps/galaxy",
        "srv/galaxy/.venv/lib/python3.11/site-packages/galaxy/config/schemas",
        "srv/venv/lib/python3.9/site-packages/galaxy/config/schemas",
    ],
)
def test_the_schema_is_found_wherever_an_install_has_it(tmp_path: Path, place: str) -> None:
    schema = tmp_path / place / "config_schema.yml"
    schema.parent.mkdir(parents=True)
    schema.write_text("mapping:\n  galaxy:\n    mapping:\n      brand:\n        desc: 'It''s a name.'\n")
    told = installed_help(GIVEN, Disk(tmp_path))
    assert told.texts == {"brand": "It's a name."} and told.file == str(schema)


def test_without_a_schema_the_sample_speaks_and_without_both_nobody(tmp_path: Path) -> None:
    assert installed_help(GIVEN, Disk(tmp_path)).texts == {}
    sample = tmp_path / "srv/galaxy/lib/galaxy/config/sample/galaxy.yml.sample"
    sample.parent.mkdir(parents=True)
    sample.write_text(SAMPLE)
    bad = tmp_path / "srv/galaxy/lib/galaxy/config/schemas/config_schema.yml"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"\xff\xfe")
    assert "server_name" in installed_help(GIVEN, Disk(tmp_path)).texts


@pytest.mark.parametrize(
    ("option", "question"),
    [
        ("brand", "groundwork.brand"),
        ("database_connection", "database.engine"),
        ("celery_conf", "celery.broker"),
        ("conda_auto_install", None),
    ],
)
def test_a_question_owns_its_option(option: str, question: str | None) -> None:
    assert owner(option) == question


def keeper(root: Path) -> tuple[OptionKeeper, Session]:
    file = root / "a.toml"
    session = Session(file, Disk(root), 'schema = 1\n[groundwork]\nrelease = "26.1"\n', draft=True)
    return OptionKeeper(session), session


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("conda_auto_install", True, True),
        ("user_library_import_dir_auto_creation", False, False),
        ("job_metrics", '[{ type = "core" }]', [{"type": "core"}]),
        ("logging", "{ version = 1 }", {"version": 1}),
        ("tool_config_file", "tool_conf.xml", "tool_conf.xml"),
        ("tool_config_file", '["a.xml", "b.xml"]', ["a.xml", "b.xml"]),
        (
            "citation_url",
            "https://galaxyproject.org/citing-galaxy",
            "https://galaxyproject.org/citing-galaxy",
        ),
    ],
)
def test_an_option_is_kept_as_its_type_and_shown_as_it_was_typed(
    tmp_path: Path, name: str, typed: object, kept: object
) -> None:
    keep, session = keeper(tmp_path)
    keep.accept(f"options.{name}", typed)
    assert session.given[f"options.{name}"] == kept
    assert keep.value(f"options.{name}") == typed
    keep.clear(f"options.{name}")
    assert keep.value(f"options.{name}") is None


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("brand", "Mine", "the question groundwork.brand answers this option"),
        ("job_metrics", "nothing", "is not a list"),
        ("job_metrics", "{ a = 1 }", "must be a list"),
        ("logging", "[1", "is not a table"),
        ("no_such_option", "x", "is not an option of Galaxy 26.1"),
        ("smtp_password", Secret("two\nlines"), "line"),
    ],
)
def test_what_galaxy_would_not_take_is_refused_and_not_kept(
    tmp_path: Path, name: str, typed: object, why: str
) -> None:
    keep, session = keeper(tmp_path)
    before = session.text
    with pytest.raises(Refused, match=why):
        keep.accept(f"options.{name}", typed)
    assert session.text == before


@pytest.mark.parametrize("secret", [Secret("hunter2"), Secret("MAIL", "env"), Secret(source="generate")])
def test_a_secret_option_keeps_where_the_secret_is(tmp_path: Path, secret: Secret) -> None:
    keep, session = keeper(tmp_path)
    keep.accept("options.smtp_password", secret)
    assert keep.value("options.smtp_password") == secret
    assert "hunter2" not in repr(keep.value("options.smtp_password"))
    if secret.is_literal:
        assert session.file.stat().st_mode & 0o777 == 0o600


def test_every_option_can_be_asked_as_a_question() -> None:
    every = other_options({"groundwork.release": "26.1"})
    assert len(every) > 400
    assert {asked.shape for asked in every.values()} >= {"bool", "int", "float", "text", "secret", "choice"}
    assert other_options({"groundwork.release": "18.01"}).keys() != every.keys()
