"""Presets: found by name, pinned by version, and laid under the answers of the file that names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard import presets, statefile
from wizard.problems import Refused

ALL = [f"{name}@{version}" for name in presets.names() for version in presets.versions(name)]


def folder_with(tmp_path: Path, *files: str) -> Path:
    for file in files:
        text = (
            f'[preset]\ntitle = "Title of {file}"\nfor_whom = "anybody"\n\n[groundwork]\nbrand = "{file}"\n'
        )
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_presets_that_are_promised_are_there() -> None:
    assert {"single-server@1", "trial@1"} <= set(ALL)


@pytest.mark.parametrize("reference", ALL)
def test_every_preset_can_be_stood_on(reference: str) -> None:
    preset = presets.find(reference)
    assert preset.pinned == reference
    assert preset.title
    assert preset.for_whom
    loaded = statefile.load(statefile.new(reference), "f")
    assert loaded.preset == reference
    assert loaded.own == {}
    assert loaded.answers.given()
    lines = preset.text.splitlines()
    for path, origin in loaded.origins.items():
        assert (origin.kind, origin.file) == ("preset", f"{reference}.toml")
        assert origin.line is not None
        assert path.split(".")[1] in lines[origin.line - 1]


def test_without_a_version_the_newest_is_meant(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, "small@1.toml", "small@2.toml", "small@10.toml", "large@1.toml", "notes.toml"
    )
    assert presets.names(folder) == ("large", "small")
    assert presets.versions("small", folder) == (1, 2, 10)
    assert presets.find("small", folder).pinned == "small@10"
    assert presets.find("small@2", folder).title == "Title of small@2.toml"


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("smal", "there is no preset smal; did you mean small?"),
        ("zzz", "there is no preset zzz; there are large, small"),
        ("small@7", "no such version of the preset small; there is small@1, small@2"),
        ("small@x", "no such version"),
        ("small@", "no such version"),
        ("../small@1", "there is no preset ../small"),
        ("", "there is no preset"),
    ],
)
def test_a_preset_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, reference: str, what: str
) -> None:
    folder = folder_with(tmp_path, "small@1.toml", "small@2.toml", "large@1.toml")
    with pytest.raises(Refused) as refused:
        presets.find(reference, folder)
    assert what in str(refused.value)


def test_the_answers_of_the_file_lie_over_those_of_the_preset() -> None:
    loaded = statefile.load('preset = "single-server@1"\n[groundwork]\nbrand = "Ours"\ndebug = true\n', "f")
    given = loaded.answers.given()
    assert given["groundwork.debug"] is True
    assert given["database.engine"] == "postgresql"
    assert loaded.own == {"groundwork.brand": "Ours", "groundwork.debug": True}
    assert loaded.origins["groundwork.debug"] == statefile.Origin("file", "f", 4)
    assert loaded.origins["database.engine"].kind == "preset"
    assert loaded.answers.preset == "single-server@1"


def test_an_answer_taken_back_is_the_presets_again() -> None:
    text = statefile.set_answer(statefile.new("single-server"), "database.engine", "sqlite")
    assert statefile.load(text, "f").answers.database.engine == "sqlite"
    text = statefile.unset_answer(text, "database.engine")
    assert statefile.load(text, "f").answers.database.engine == "postgresql"


def test_a_preset_is_pinned_when_it_is_written_and_replaces_another() -> None:
    text = "# ours\nschema = 1\n\n# brand\n[groundwork]\nbrand = 'x'\n"
    pinned = statefile.set_preset(text, "trial")
    assert pinned == text.replace("schema = 1\n", f'schema = 1\npreset = "{presets.find("trial").pinned}"\n')
    assert statefile.set_preset(pinned, "single-server@1") == text.replace(
        "schema = 1\n", 'schema = 1\npreset = "single-server@1"\n'
    )
    assert statefile.set_preset("", "single-server@1") == 'preset = "single-server@1"\n'
    above = statefile.set_preset("# about us\n\n# groundwork\n[groundwork]\n", "single-server@1")
    assert above == '# about us\n\npreset = "single-server@1"\n\n# groundwork\n[groundwork]\n'
