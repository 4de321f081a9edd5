"""A runner that the release cannot start is refused by the question's name; one that stands in the file stays."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.answers.cluster import Destination, Runner
from wizard.answers.limits import DATA_SOURCES
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.files.jobs.conf import JobConfFile
from wizard.files.jobs.conf_xml import JobConfXml
from wizard.problems import Refused

FIRST_WITH = {
    "aws-batch": ("22.01", "23.0"),
    "tes": ("22.01", "23.0"),
    "google-batch": ("25.1", "26.0"),
    "htcondor": ("26.0", "26.1"),
}


def answers(kind: str, release: str, where: str = "file") -> dict[str, Any]:
    return {
        "groundwork.release": release,
        "groundwork.config_dir": "/srv/galaxy/config",
        "cluster.job_config": where,
        "cluster.runners": [Runner.model_validate({"id": "far", "kind": kind})],
        "cluster.destinations": [Destination(id="far", runner="far")],
        "cluster.default_destination": "far",
    }


@pytest.mark.parametrize("kind", FIRST_WITH)
def test_a_runner_that_the_release_lacks_is_refused_and_the_next_release_takes_it(kind: str) -> None:
    without, first = FIRST_WITH[kind]
    lens = JobConfFile()
    with pytest.raises(Refused) as refused:
        lens.write(answers(kind, without), lens.skeleton({}), "job_conf.yml")
    (problem,) = refused.value.problems
    assert problem.question == "cluster.runners[1].kind"
    assert without in problem.what and kind in problem.what
    assert "far" in lens.write(answers(kind, first), lens.skeleton({}), "job_conf.yml").text


def test_it_is_refused_in_xml_too() -> None:
    lens = JobConfXml()
    with pytest.raises(Refused):
        lens.write(answers("tes", "22.01", "xml"), lens.skeleton({}), "job_conf.xml")


def test_openpbs_by_commands_came_with_22_01() -> None:
    lens = JobConfXml()
    given = answers("cli", "21.09", "xml")
    given["cluster.destinations"] = [Destination(id="far", runner="far", scheduler="openpbs")]
    with pytest.raises(Refused) as refused:
        lens.write(given, lens.skeleton({}), "job_conf.xml")
    assert refused.value.problems[0].question == "cluster.destinations[1].scheduler"
    lens.write({**given, "groundwork.release": "22.01"}, lens.skeleton({}), "job_conf.xml")


def test_what_stands_in_the_file_already_is_not_questioned() -> None:
    lens = JobConfFile()
    text = lens.write(answers("htcondor", "26.1"), lens.skeleton({}), "job_conf.yml").text
    given = {**answers("htcondor", "26.0"), "cluster.default_destination": "far"}
    assert lens.write(given, text, "job_conf.yml").text == text


def test_tools_that_fetch_data_are_suggested_for_the_cluster_when_the_default_is_this_host() -> None:
    """production.md, Unloading even more work: all tools on the cluster, data sources too."""
    asked = questions()["cluster.tools"].question
    given = {
        "cluster.runners": [Runner(id="local", kind="local"), Runner(id="slurm", kind="slurm")],
        "cluster.destinations": [
            Destination(id="here", runner="local"),
            Destination(id="there", runner="slurm"),
        ],
    }
    suggestion = asked.suggestion({**given, "cluster.default_destination": "here"}, Machine())
    assert suggestion is not None
    assert {row.id: row.destination for row in suggestion.value} == dict.fromkeys(DATA_SOURCES, "there")
    assert asked.suggestion({**given, "cluster.default_destination": "there"}, Machine()) is None
