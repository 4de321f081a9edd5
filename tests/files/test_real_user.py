"""Cluster jobs as the real user: one answer and the commands that it hangs on, in galaxy.yml and galaxy.ini."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.answers.questions import questions
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.problems import Refused

Ask = Callable[..., dict[str, Any]]
GALAXY = GalaxySection()
REAL: dict[str, Any] = {
    "cluster.real_user": True,
    "cluster.real_system_username": "username",
    "cluster.external_runjob": "sudo -E scripts/drmaa_external_runner.py --assign_all_groups",
    "cluster.external_killjob": "sudo -E scripts/drmaa_external_killer.py",
    "cluster.external_chown": "sudo -E '/opt/our scripts/chown.py' 100%",
    "cluster.outputs_to_working_directory": True,
}


def test_galaxy_sees_the_commands_and_they_are_read_back(galaxy: Ask, tmp_path: Path) -> None:
    text = GALAXY.write(REAL, "galaxy:\n", "galaxy.yml").text
    assert GALAXY.read(text, "galaxy.yml").given == REAL
    file = tmp_path / "galaxy.yml"
    file.write_text(text)
    names = ["drmaa_external_runjob_script", "drmaa_external_killjob_script", "external_chown_script"]
    seen = galaxy("galaxy_yml", file, *names, "real_system_username")
    assert seen["problems"] == [] and seen["unknown"] == []
    assert list(seen["seen"].values()) == [
        *(REAL[f"cluster.external_{name}"] for name in ("runjob", "killjob", "chown")),
        "username",
    ]


def test_no_takes_the_commands_out() -> None:
    text = GALAXY.write(REAL, "galaxy:\n  brand: x\n", "galaxy.yml").text
    off = GALAXY.write({"cluster.real_user": False}, text, "galaxy.yml")
    assert off.text == "galaxy:\n  brand: x\n  outputs_to_working_directory: true\n"
    assert all("cluster.real_user" in change.questions for change in off.changes if "runjob" in change.option)


def test_without_a_command_it_means_nothing_and_is_refused() -> None:
    for lens, text in ((GALAXY, "galaxy:\n"), (GalaxyIni(), "[app:main]\n")):
        with pytest.raises(Refused) as refused:
            lens.write({"cluster.real_user": True}, text, "a file")
        (problem,) = refused.value.problems
        assert problem.question == "cluster.real_user" and "cluster.external_runjob" in str(problem.way_out)


def test_galaxy_ini_holds_it_too() -> None:
    given = {path: value for path, value in REAL.items() if "%" not in str(value)}
    ini = GalaxyIni()
    text = ini.write(given, "[app:main]\n", "galaxy.ini").text
    assert ini.read(text, "galaxy.ini").given == given


@pytest.mark.parametrize("text", ["sudo 'x", "sudo \\", "", "  "])
def test_what_is_no_command_is_named_and_left_alone(text: str) -> None:
    yml = GALAXY.write(
        {"options.brand": "x"}, f'galaxy:\n  external_chown_script: "{text}"\n'.replace("\\", "\\\\"), "f"
    )
    reading = GALAXY.read(yml.text, "f")
    assert "cluster.external_chown" not in reading.given
    assert [problem.question for problem in reading.unread] == ["cluster.external_chown"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029")), min_size=1
    )
)
def test_any_words_reach_galaxys_own_split(words: list[str]) -> None:
    value = shlex.join(words)
    assert questions()["cluster.external_chown"].parse(value) == value
    text = GALAXY.write({"cluster.external_chown": value}, "galaxy:\n", "f").text
    assert shlex.split(GALAXY.read(text, "f").given["cluster.external_chown"]) == words
