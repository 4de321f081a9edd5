"""Rules about where jobs go, and how much they may take."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.destinations import Destination
from wizard.answers.limits import Limit, ToolMapping
from wizard.answers.runners import Runner

PLACE = {"groundwork.config_dir": "/srv/galaxy/config", "groundwork.release": "26.1"}
CONFIG = "/srv/galaxy/config/galaxy.yml"
JOBS = "/srv/galaxy/config/job_conf.yml"
LOCAL, SLURM = Runner(id="local", kind="local"), Runner(id="slurm", kind="slurm")
HERE = Destination(id="here", runner="local")
THERE = Destination(id="there", runner="slurm", walltime="24:00:00")
A_USER = Limit(kind="registered_user_concurrent_jobs", value=4)
WELL: dict[str, Any] = {
    **PLACE,
    "cluster.job_config": "file",
    "cluster.runners": [LOCAL, SLURM],
    "cluster.destinations": [HERE, THERE],
    "cluster.default_destination": "there",
    "cluster.limits": [A_USER],
}
FOUND = """\
runners:
  local: {load: "galaxy.jobs.runners.local:LocalJobRunner"}
execution:
  default: local
  environments:
    local: {runner: local}
tools:
  - {id: bwa, environment: big}
  - {id: bowtie2, environment: big}
"""


def jobs(**changes: Any) -> partial[Any]:
    """A server with a cluster, all in order but for these answers of the section."""
    answers = {**WELL, **{f"cluster.{name}": value for name, value in changes.items()}}
    return partial(scene_of, {path: value for path, value in answers.items() if value is not None})


BAD: Bad = {
    "jobs.no-default": jobs(default_destination=None),
    "jobs.unknown-destination": partial(
        scene_of, PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: FOUND}
    ),
    "jobs.unknown-runner": jobs(destinations=[HERE, THERE, Destination(id="big", runner="slrum")]),
    "jobs.runner-unused": jobs(destinations=[HERE], default_destination="here"),
    "jobs.resubmitted-for-ever": jobs(
        destinations=[
            THERE.model_copy(update={"resubmit_to": "there", "resubmit_when": "memory_limit_reached"})
        ]
    ),
    "jobs.on-this-host": jobs(default_destination="here"),
    "jobs.uploads-on-this-host": jobs(tools=[ToolMapping(id="upload1", destination="here")]),
    "jobs.no-user-limit": jobs(limits=None),
    "jobs.no-walltime": jobs(destinations=[HERE, Destination(id="there", runner="slurm")]),
}


@pytest.mark.parametrize(
    "case",
    [jobs(), partial(scene_of, PLACE), partial(scene_of, {}, preset="slurm-cluster")],
    ids=["well", "not known", "resubmitting"],
)
def test_a_cluster_that_is_well_or_not_known_hears_nothing(case: partial[Any]) -> None:
    scene = case()
    assert [code for code in BAD if found(code, scene)] == []


def test_the_only_destination_is_the_default_by_itself() -> None:
    assert not found("jobs.no-default", jobs(destinations=[THERE], default_destination=None)())
    none = "runners:\n  local: {load: galaxy.jobs.runners.local:LocalJobRunner}\n"
    scene = scene_of(PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: none})
    (finding,) = found("jobs.no-default", scene)
    assert finding.question == "cluster.destinations"


def test_tools_of_one_lost_destination_are_said_together() -> None:
    (finding,) = found("jobs.unknown-destination", BAD["jobs.unknown-destination"]())
    assert "big" in finding.what and "bwa, bowtie2" in finding.what
    assert finding.file is not None and finding.file.endswith("job_conf.yml")


def test_a_tag_is_a_destination_too() -> None:
    tagged = FOUND.replace("{runner: local}", "{runner: local, tags: [big]}")
    scene = scene_of(PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: tagged})
    assert not found("jobs.unknown-destination", scene)


def test_a_destination_that_jobs_are_sent_on_to_must_be_there() -> None:
    onward = THERE.model_copy(update={"resubmit_to": "larger", "resubmit_when": "attempt <= 2"})
    (finding,) = found("jobs.unknown-destination", jobs(destinations=[HERE, onward])())
    assert "larger" in finding.what


def test_what_is_not_understood_may_hold_the_missing_one() -> None:
    odd = FOUND.replace("{runner: local}", "{runner: local}\n    big: [odd]")
    scene = scene_of(PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: odd})
    assert not found("jobs.unknown-destination", scene)


def test_a_rule_that_chooses_is_no_runner_that_is_missing() -> None:
    ruled = [HERE, THERE, Destination(id="rules", runner="dynamic", params={"function": "choose"})]
    assert not found("jobs.unknown-runner", jobs(destinations=ruled)())
    chosen = jobs(destinations=[HERE, ruled[2]], default_destination="rules")
    assert not found("jobs.runner-unused", chosen()), "the rule may name it"


def test_attempts_that_are_counted_come_to_an_end() -> None:
    bounded = THERE.model_copy(update={"resubmit_to": "there", "resubmit_when": "attempt <= 3"})
    assert not found("jobs.resubmitted-for-ever", jobs(destinations=[bounded])())


def test_a_circle_of_two_is_a_circle() -> None:
    one = THERE.model_copy(update={"resubmit_to": "other"})
    two = THERE.model_copy(update={"id": "other", "resubmit_to": "there"})
    assert len(found("jobs.resubmitted-for-ever", jobs(destinations=[one, two])())) == 2
    bounded = two.model_copy(update={"resubmit_when": "attempt <= 2"})
    assert not found("jobs.resubmitted-for-ever", jobs(destinations=[one, bounded])())


def test_uploads_are_sent_to_the_default_and_other_tools_stay() -> None:
    rows = [ToolMapping(id="upload1", destination="here"), ToolMapping(id="Cut1", destination="here")]
    (finding,) = found("jobs.uploads-on-this-host", jobs(tools=rows)())
    assert [row.destination for row in finding.fix["cluster.tools"]] == ["there", "here"]


def test_a_far_pulsar_is_no_reason_to_move_uploads() -> None:
    assert not found("jobs.uploads-on-this-host", scene_of({}, preset="pulsar"))


def test_other_limits_stay_beside_the_new_one() -> None:
    size = Limit(kind="output_size", value="50GB")
    (finding,) = found("jobs.no-user-limit", jobs(limits=[size])())
    assert finding.fix["cluster.limits"][0] == size and len(finding.fix["cluster.limits"]) == 2


@pytest.mark.parametrize(
    "said", ["--time=1:00:00", "-q all.q -l h_rt=24:00:00", "-l walltime=2:00:00", "-t 60"]
)
def test_a_run_time_may_be_said_in_the_schedulers_own_words(said: str) -> None:
    grid = Runner(id="grid", kind="drmaa", drmaa_library_path="/usr/lib/libdrmaa.so")
    row = Destination(id="there", runner="grid", native_specification=said)
    assert not found("jobs.no-walltime", jobs(runners=[LOCAL, grid], destinations=[HERE, row])())
    untimed = row.model_copy(update={"native_specification": "-q all.q"})
    assert found("jobs.no-walltime", jobs(runners=[LOCAL, grid], destinations=[HERE, untimed])())


def test_one_limit_for_all_jobs_is_enough() -> None:
    row = Destination(id="there", runner="slurm")
    limits = [A_USER, Limit(kind="walltime", value="72:00:00")]
    assert not found("jobs.no-walltime", jobs(destinations=[HERE, row], limits=limits)())


def test_a_default_that_is_not_there_keeps_galaxy_from_starting() -> None:
    lost = FOUND.replace("default: local", "default: cluster").replace(
        "environment: big", "environment: local"
    )
    scene = scene_of(PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: lost})
    (finding,) = found("jobs.unknown-destination", scene)
    assert finding.question == "cluster.default_destination" and "does not start" in finding.why


def test_a_default_that_is_not_understood_is_not_missed() -> None:
    odd = FOUND.replace("default: local", "default: [odd]").replace("environment: big", "environment: local")
    two = odd.replace("{runner: local}", "{runner: local}\n    other: {runner: local}")
    scene = scene_of(PLACE | {"cluster.job_config": "file"}, disk_files={JOBS: two})
    assert not found("jobs.no-default", scene)


def test_a_server_without_a_cluster_runs_its_jobs_here() -> None:
    scene = jobs(runners=[LOCAL], destinations=[HERE], default_destination="here")()
    assert [code for code in BAD if found(code, scene)] == []


def test_nothing_need_run_on_this_host() -> None:
    assert not found("jobs.runner-unused", jobs(destinations=[THERE])())


def test_uploads_follow_a_default_that_is_this_host() -> None:
    rows = [ToolMapping(id="upload1", destination="here")]
    assert not found("jobs.uploads-on-this-host", jobs(tools=rows, default_destination="here")())


def test_rules_may_have_limits_of_their_own() -> None:
    ruled = [HERE, THERE, Destination(id="rules", runner="dynamic", params={"function": "choose"})]
    assert not found("jobs.no-user-limit", jobs(destinations=ruled, limits=None)())


@pytest.mark.parametrize("code", ["jobs.no-user-limit", "jobs.no-walltime"])
def test_limits_that_are_not_understood_may_be_these(code: str) -> None:
    slurm = FOUND.replace("runners.local:Local", "runners.slurm:Slurm")
    answers = PLACE | {"cluster.job_config": "file"}
    assert found(code, scene_of(answers, disk_files={JOBS: slurm}))
    odd = f"{slurm}limits:\n  - [odd]\n"
    assert not found(code, scene_of(answers, disk_files={JOBS: odd}))
