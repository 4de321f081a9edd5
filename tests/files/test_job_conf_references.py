"""The default and the tools go to destinations that there are: else Galaxy does not start, or fails jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.files.job_confs import DESTINATIONS, FILE, FULL, RUNNERS, TEXT, TOOLS
from wizard.answers.cluster import Destination, Runner, ToolMapping
from wizard.disk import Disk
from wizard.plan import make_plan
from wizard.problems import Refused

DEFAULT = "cluster.default_destination"
PLACES = [
    pytest.param("file", id="job_conf.yml"),
    pytest.param("xml", id="job_conf.xml"),
    pytest.param("inline", id="galaxy.yml"),
]
CONFIG = "srv/galaxy/config"
ONE: dict[str, Any] = {
    "groundwork.root": "/srv/galaxy",
    RUNNERS: [Runner(id="slurm", kind="slurm"), Runner(id="local", kind="local")],
    DESTINATIONS: [
        Destination(id="slurm", runner="slurm", tags=["cluster"]),
        Destination(id="rule", runner="dynamic", params={"type": "python", "function": "choose"}),
    ],
    DEFAULT: "slurm",
}


def refused(given: dict[str, Any], root: Path) -> list[str]:
    """What a plan of `given` is refused for; nothing where it is not."""
    try:
        make_plan(given, Disk(root))
    except Refused as refusal:
        return list(map(str, refusal.problems))
    return []


def holding(root: Path, text: str) -> Path:
    """The root of a server with this job configuration."""
    (root / CONFIG).mkdir(parents=True)
    (root / CONFIG / "job_conf.yml").write_text(text)
    return root


@pytest.mark.parametrize("place", PLACES)
def test_a_name_that_nothing_has_is_refused_with_those_there_are(place: str, tmp_path: Path) -> None:
    given = {**ONE, "cluster.job_config": place, DEFAULT: "slrum"}
    given[TOOLS] = [
        ToolMapping(id="bwa", destination="cluster"),
        ToolMapping(id="sort1"),
        ToolMapping(id="upload1", destination="local"),
    ]
    nothing, there = "there is no destination {}, and none with that tag", "; there are slurm, rule, cluster"
    assert refused(given, tmp_path) == [
        f"{DEFAULT}: {nothing.format('slrum')}{there}",
        f"{TOOLS}[3].destination: {nothing.format('local')}, to send the tool upload1 to{there}",
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["slurm", "cluster", "rule"])
def test_an_id_a_tag_and_a_dynamic_destination_all_do(name: str, place: str, tmp_path: Path) -> None:
    tools = [ToolMapping(id="bwa", destination=name)]
    assert refused({**ONE, "cluster.job_config": place, DEFAULT: name, TOOLS: tools}, tmp_path) == []


def test_without_any_destination_there_is_none_to_name(tmp_path: Path) -> None:
    assert refused({**ONE, DESTINATIONS: []}, tmp_path) == [
        f"{DEFAULT}: there is no destination slurm, and none with that tag; list it in {DESTINATIONS}"
    ]


def test_what_the_answers_leave_in_the_file_is_there_too(tmp_path: Path) -> None:
    odd = "    odd name?:\n      runner: [1, 2]\n      tags: [theirs]\n    local:\n"
    root = holding(tmp_path, TEXT.replace("    local:\n", odd, 1))
    assert DESTINATIONS in FILE.read((root / CONFIG / "job_conf.yml").read_text(), "job_conf.yml").given
    tools = [ToolMapping(id="bwa", destination="theirs")]
    assert refused({**ONE, TOOLS: tools}, root) == []


def test_where_no_destinations_are_given_the_file_answers_for_its_own(tmp_path: Path) -> None:
    given = {"groundwork.root": "/srv/galaxy", DEFAULT: "elsewhere"}
    assert refused(given, holding(tmp_path, TEXT)) == []


def test_a_destination_that_the_file_still_needs_does_not_go_away(tmp_path: Path) -> None:
    given = {"groundwork.root": "/srv/galaxy", DESTINATIONS: [Destination(id="slurm", runner="slurm")]}
    problems = refused(given, holding(tmp_path, TEXT))
    assert problems == [
        f"{TOOLS}: there is no destination {name}, and none with that tag, to send the tool {tool} to;"
        " there are slurm"
        for tool, name in (("upload1", "local"), ("bwa", "large"))
    ]


def test_what_already_led_nowhere_stays_as_it_is(tmp_path: Path) -> None:
    """An import gives every row, also one that never worked: it changes nothing then, and refuses nothing."""
    text = TEXT.replace("- id: upload1\n  environment: local", "- id: upload1\n  environment: gone")
    given = {"groundwork.root": "/srv/galaxy", **FILE.read(text, "job_conf.yml").given}
    assert refused(given, holding(tmp_path, text)) == []
    given[TOOLS] = [*given[TOOLS], ToolMapping(id="cat1", destination="gone")]
    assert [problem.split(":")[0] for problem in refused(given, tmp_path)] == [
        f"{TOOLS}[{len(given[TOOLS])}].destination"
    ]


@pytest.mark.consumer
@pytest.mark.parametrize("name", ["slurm", "cluster", "tpv", "nowhere"])
def test_galaxy_refuses_what_is_refused_and_nothing_else(name: str, galaxy: Ask, tmp_path: Path) -> None:
    given = {**FULL, "groundwork.root": "/srv/galaxy", DEFAULT: name}
    file = tmp_path / "job_conf.yml"
    file.write_text(FILE.write(given, FILE.skeleton(given), str(file)).text)
    problems = galaxy("job_conf", file)["problems"]
    assert bool(problems) == bool(refused(given, tmp_path)), problems
    given = {**given, DEFAULT: "slurm", TOOLS: [ToolMapping(id="bwa", destination=name)]}
    file.write_text(FILE.write(given, FILE.skeleton(given), str(file)).text)
    problems = galaxy("job_conf", file)["problems"]
    assert bool(problems) == bool(refused(given, tmp_path)), problems
