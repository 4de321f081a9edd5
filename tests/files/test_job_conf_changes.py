"""A changed answer of the job configuration changes its own lines; what the file cannot say is refused."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.files.job_confs import (
    BOTH,
    DESTINATIONS,
    FILE,
    FULL,
    INLINE,
    LIMITS,
    RUNNERS,
    TEXT,
    TOOLS,
    located,
    placed,
    starts,
)
from tests.files.test_job_conf import corpus
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.scaling import Handler
from wizard.files.jobs.conf import JobConf
from wizard.problems import Refused
from wizard.redaction import redacted, shown

GOLDEN = Path(__file__).parent.parent / "golden" / "job_conf.yml"


def differing(before: str, after: str) -> list[str]:
    """The lines that two texts differ by, with - or + before each."""
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [row[0] + row[1:].strip() for row in list(rows)[2:] if not row.startswith("@@")]


# one change


def rows(question: str) -> list[Any]:
    return list(FILE.read(TEXT, "").given[question])


def replaced(question: str, index: int, **fields: Any) -> dict[str, Any]:
    changed = rows(question)
    changed[index] = changed[index].model_copy(update=fields)
    return {question: changed}


ONE_CHANGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a runner's workers": (
        replaced(RUNNERS, 0, workers=8),
        ["-workers: 4   # of 16 cores", "+workers: 8   # of 16 cores"],
    ),
    "a runner's kind": (
        {**replaced(RUNNERS, 2, kind="pulsar-rest")},
        [
            "-load: galaxy.jobs.runners.pulsar:PulsarMQJobRunner",
            "+load: galaxy.jobs.runners.pulsar:PulsarRESTJobRunner",
        ],
    ),
    "a parameter of a runner": (
        replaced(RUNNERS, 1, params={"internalexception_retries": 5}),
        ["-internalexception_retries: 3", "+internalexception_retries: 5"],
    ),
    "a runner more": (
        {RUNNERS: [*rows(RUNNERS), Runner(id="k8s", kind="kubernetes", params={"k8s_namespace": "galaxy"})]},
        [
            "+k8s:",
            "+load: galaxy.jobs.runners.kubernetes:KubernetesJobRunner",
            "+k8s_namespace: galaxy",
        ],
    ),
    "memory of a destination": (
        replaced(DESTINATIONS, 1, memory=8192),
        [
            "-native_specification: --cpus-per-task=2 --mem=4096 --nodes=1",
            "+native_specification: --cpus-per-task=2 --mem=8192 --nodes=1",
        ],
    ),
    "memory of a destination on one line": (
        replaced(DESTINATIONS, 2, memory=131072),
        [
            "-large: {runner: slurm, native_specification: '--mem=65536', docker_enabled: true}",
            "+large: {runner: slurm, native_specification: '--mem=131072', docker_enabled: true}",
        ],
    ),
    "a parameter under params": (replaced(DESTINATIONS, 3, cores=6), ["-local_slots: 3", "+local_slots: 6"]),
    "a new parameter under params": (
        replaced(DESTINATIONS, 3, url="https://a.example.org"),
        ["+url: https://a.example.org"],
    ),
    "a variable": (replaced(DESTINATIONS, 1, env={"A": "two"}), ["-value: 'one'", "+value: 'two'"]),
    "a delay": (replaced(DESTINATIONS, 1, resubmit_delay="60"), ["-delay: 30", "+delay: 60"]),
    "a tag": (
        replaced(DESTINATIONS, 1, tags=["cluster", "small", "new"]),
        ["-tags: [cluster, small]", "+tags: [cluster, small, new]"],
    ),
    "a destination less": (
        {DESTINATIONS: [row for row in rows(DESTINATIONS) if row.id != "local"]},
        ["-local:", "-runner: local", "-local_slots: 2"],
    ),
    "the default": ({"cluster.default_destination": "large"}, ["-default: slurm", "+default: large"]),
    "assignment": (
        {"scaling.assign_with": ["db-preassign"]},
        ["-assign: [db-skip-locked]   # PostgreSQL", "+assign: [db-preassign]   # PostgreSQL"],
    ),
    "a number": ({"scaling.max_grab": 16}, ["-max_grab: 8", "+max_grab: 16"]),
    "a number more": ({"scaling.ready_window_size": 50}, ["+ready_window_size: 50"]),
    "a tool's destination": (
        replaced(TOOLS, 2, destination="slurm"),
        ["-environment: large", "+environment: slurm"],
    ),
    "a tool less": ({TOOLS: rows(TOOLS)[1:]}, ["-- id: upload1", "-environment: local"]),
    "a tool more": (
        {TOOLS: [ToolMapping(id="trinity", destination="large"), *rows(TOOLS)]},
        ["+- id: trinity", "+environment: large"],
    ),
    "a limit's value": (replaced(LIMITS, 0, value=9), ["-value: 5", "+value: 9"]),
    "the middle limit less": (
        {LIMITS: [rows(LIMITS)[0], rows(LIMITS)[2]]},
        ["-- {type: environment_user_concurrent_jobs, id: slurm, value: '2'}"],
    ),
}


@BOTH
@pytest.mark.parametrize("case", ONE_CHANGE)
def test_one_change_touches_only_its_own_lines(lens: JobConf, case: str) -> None:
    answers, expected = ONE_CHANGE[case]
    text = placed(TEXT, lens)
    written = lens.write({**lens.read(text, "x").given, **answers}, text, "x")
    assert differing(text, written.text) == expected
    assert {question for change in written.changes for question in change.questions} == set(answers)
    lone = lens.write(answers, text, "x")
    assert lone.text == written.text, "answers that are not given play no part"


def test_each_change_says_what_was_and_where_it_is_now() -> None:
    answers = {TOOLS: [rows(TOOLS)[1], rows(TOOLS)[2].model_copy(update={"destination": "local"})]}
    written = FILE.write(answers, TEXT, "job_conf.yml")
    found = [(change.option, change.before, change.after) for change in written.changes]
    removed = {"id": "upload1", "environment": "local"}
    assert found == [("tools[upload1]", removed, None), ("tools[bwa].environment", "large", "local")]
    (changed,) = [change for change in written.changes if change.after]
    assert written.text.splitlines()[(changed.line_after or 0) - 1].strip() == "environment: local"


def test_rows_in_another_order_are_the_same_rows() -> None:
    turned = {question: list(reversed(rows(question))) for question in (RUNNERS, DESTINATIONS, LIMITS)}
    assert FILE.write(turned, TEXT, "x").text == TEXT


def test_what_becomes_empty_can_still_be_loaded() -> None:
    after = yaml.safe_load(
        FILE.write(
            {TOOLS: [], LIMITS: [], RUNNERS: []},
            "runners: {a: {load: x}}\nlimits:\n- {type: output_size, value: 1GB}\n",
            "x",
        ).text
    )
    assert after == {"runners": {}}


# refusals


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({DESTINATIONS: [Destination(id="a", runner="nowhere", cores=2)]}, "its runner nowhere is not among"),
        ({DESTINATIONS: [Destination(id="a", runner="local", queue="q")]}, "queue cannot be written"),
        (
            {DESTINATIONS: [Destination(id="a", runner="slurm", scheduler="lsf")]},
            "scheduler cannot be written",
        ),
        ({DESTINATIONS: [Destination(id="a", runner="local", volumes="/x")]}, "volumes cannot be written"),
        (
            {DESTINATIONS: [Destination(id="a", runner="slurm", queue="a b")]},
            "not be read back as answered (queue",
        ),
        ({DESTINATIONS: [Destination(id="a", runner="slurm", native_specification="--mem=1")]}, ", memory)"),
        (
            {DESTINATIONS: [Destination(id="a", env={"S3_SECRET": "hunter2"})]},
            "env cannot be written: a secret",
        ),
        (
            {RUNNERS: [Runner(id="a", galaxy_url="https://u:hunter2@x/")]},
            "galaxy_url cannot be written: a secret",
        ),
        ({DESTINATIONS: [Destination(id="a", params={"runner": "x"})]}, "not be read back as answered"),
        ({DESTINATIONS: [Destination(id="a"), Destination(id="a")]}, "a stands here twice"),
        ({RUNNERS: [Runner(id="dynamic", kind="local")]}, "dynamic has a name that Galaxy keeps"),
        (
            {DESTINATIONS: [Destination(id="secure", env={"A": "1"})]},
            "secure.env holds what no question can say",
        ),
        (
            {"scaling.strategy": "static-handlers", "scaling.handlers": [Handler(name="a", processes=2)]},
            "processes cannot be written",
        ),
    ],
)
def test_what_the_file_cannot_say_is_refused_with_the_way_out(answers: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        FILE.write(answers, TEXT, "job_conf.yml")
    assert said in str(refusal.value)
    assert "hunter" not in str(refusal.value)
    assert all(problem.question in answers and problem.way_out for problem in refusal.value.problems)


def test_a_list_of_environments_is_not_replaced() -> None:
    text = "execution:\n  environments:\n  - {id: a, runner: local}\n"
    with pytest.raises(Refused, match=r"execution\.environments holds what no question can say"):
        FILE.write({DESTINATIONS: [Destination(id="b")]}, text, "job_conf.yml")


def test_a_file_is_refused_while_galaxy_yml_holds_a_job_configuration() -> None:
    text = placed(TEXT, INLINE)
    with pytest.raises(Refused, match=r"galaxy.yml:5: .*takes it before any file"):
        INLINE.write({"cluster.job_config": "file"}, text, "galaxy.yml")
    assert (
        INLINE.write(
            {"cluster.job_config": "file", "scaling.max_grab": 1}, "galaxy:\n  brand: x\n", "x"
        ).changes
        == ()
    )


# new files, targets


def test_a_new_file_is_the_golden_one() -> None:
    written = FILE.write(FULL, FILE.skeleton(FULL), "job_conf.yml")
    assert written.text == GOLDEN.read_text()
    assert {question for change in written.changes for question in change.questions} == FULL.keys() - {
        "cluster.job_config"
    }


@BOTH
def test_a_job_configuration_that_is_only_asked_for_is_what_galaxy_has_without_one(lens: JobConf) -> None:
    text = lens.write({"cluster.job_config": lens.place}, lens.skeleton({}), "x").text
    held = yaml.safe_load(text)
    for key in lens.root:
        held = held[key]
    assert held == {
        "runners": {"local": {"load": "galaxy.jobs.runners.local:LocalJobRunner", "workers": 4}},
        "execution": {"default": "local", "environments": {"local": {"runner": "local"}}},
    }


NOT_YET_ONE = [
    "",
    "# todo\n",
    "---\n",
    "{}\n",
    "galaxy_jobconf:\n  plugin_workers: 8\n  plugins:\n  - id: local\n",
    "limits:\n- {type: walltime, value: '1:00:00'}\n",
    "- a\n",
]
"""Files that Galaxy could not run jobs with, as they stand on real disks."""


@pytest.mark.parametrize("text", NOT_YET_ONE)
def test_a_file_that_is_there_is_not_completed_by_saying_that_it_is_there(text: str) -> None:
    given = FILE.read(text, "x").given
    assert given["cluster.job_config"] == "file"
    for answers in ({"cluster.job_config": "file"}, given, {**given, "scaling.strategy": "webless"}):
        written = FILE.write(answers, text, "x")
        assert (written.text, written.changes) == (text, ())


@pytest.mark.parametrize("text", NOT_YET_ONE[:-2])
def test_a_file_that_is_there_is_completed_with_the_first_answer_that_needs_it(text: str) -> None:
    given = {"cluster.job_config": "file", LIMITS: [Limit(kind="walltime", value="2:00:00")]}
    held = yaml.safe_load(FILE.write(given, text, "x").text)
    assert held["runners"]["local"]["load"] == "galaxy.jobs.runners.local:LocalJobRunner"
    assert held["execution"]["environments"] == {"local": {"runner": "local"}}


def test_a_real_file_of_another_form_is_left_alone() -> None:
    for file in corpus("job_conf_yml"):
        text = file.read_bytes().decode()
        assert FILE.write({"cluster.job_config": "file"}, text, file.name).text == text


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({}, None),
        ({"cluster.job_config": "file"}, "/srv/galaxy/config/job_conf.yml"),
        ({"scaling.assign_with": ["db-skip-locked"]}, "/srv/galaxy/config/job_conf.yml"),
        ({"cluster.job_config": "inline", "scaling.max_grab": 1}, None),
        (
            {"cluster.job_config": "file", "cluster.job_config_file": "jobs/own.yml"},
            "/srv/galaxy/config/jobs/own.yml",
        ),
        (
            {"cluster.job_config": "file", "cluster.job_config_file": "/etc/galaxy/jobs.yml"},
            "/etc/galaxy/jobs.yml",
        ),
        ({"cluster.job_config": "file", "cluster.job_config_file": "/etc/job_conf.xml"}, None),
    ],
)
def test_the_file_stands_where_galaxy_looks_for_it(answers: dict[str, Any], path: str | None) -> None:
    target = FILE.target({"groundwork.config_dir": "/srv/galaxy/config", **answers})
    assert (target.path if target else None) == path
    assert target is None or target.mode == 0o640


def test_handlers_leave_the_file_when_they_are_static_no_more() -> None:
    text = "runners: {}\nhandling:\n  processes:\n    handler0: {}\n  assign: [db-preassign]\n"
    written = FILE.write({"scaling.strategy": "dynamic-handlers"}, text, "x")
    assert written.text == "runners: {}\nhandling:\n  assign: [db-preassign]\n"
    assert FILE.write({"scaling.strategy": "static-handlers"}, text, "x").text == text


# secrets


@BOTH
def test_no_secret_is_shown_whoever_wrote_it(lens: JobConf) -> None:
    text = placed(TEXT, lens)
    hidden = redacted(text, lens.secret_spans(text, "x"))
    assert "hunter" in text
    assert "hunter" not in hidden
    assert "galaxy:<secret" in hidden, "of a URL only the password is hidden"


@BOTH
def test_no_change_shows_a_secret(lens: JobConf) -> None:
    given = located(FULL, lens)
    texts = [placed(TEXT, lens), starts(lens)[0]]
    for text in texts:
        for change in lens.write(given, text, "x").changes:
            assert "hunter" not in shown(change.before, change.secrecy)
            assert "hunter" not in shown(change.after, change.secrecy)


SET_IN_PASSING = """\
execution:
  environments:
    a:
      runner: local
      env:
      - execute: export PASSWORD=hunter1
      - execute: 'cd /srv && DB_PASSWORD=''hunter 2 hunter3'' run'
      - execute: "export API_TOKEN=\\"hunter 4 hunter5\\""
      - {name: OPTIONS, value: '-e TOKEN=hunter6 --mem=4'}
      - execute: |
          module load java
          export CLUSTER_SECRET=hunter7; other
      # - execute: export PASSWORD=hunter8
      docker_run_extra_arguments: --env API_TOKEN=hunter9 --shm-size=1g
    b: {runner: local, env: [{execute: export S3_SECRET=hunter10}]}  # was TOKEN=hunter11
"""


@BOTH
def test_a_secret_that_a_command_sets_is_hidden_and_no_answer(lens: JobConf) -> None:
    text = placed(SET_IN_PASSING, lens)
    hidden = redacted(text, lens.secret_spans(text, "x"))
    assert "hunter" not in hidden
    for shown_still in ("export PASSWORD=<secret", "-e TOKEN=<secret", "--mem=4", "; other", "--shm-size=1g"):
        assert shown_still in hidden
    given = lens.read(text, "x").given
    assert "hunter" not in str(given)
    gone = lens.write({DESTINATIONS: []}, text, "x")
    assert "hunter" not in "".join(shown(change.before, change.secrecy) for change in gone.changes)
    with pytest.raises(Refused, match="a secret in it would be shown"):
        lens.write({DESTINATIONS: [Destination(id="c", env_commands=["export PASSWORD=x"])]}, text, "x")
