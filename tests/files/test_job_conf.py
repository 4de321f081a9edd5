"""The two laws for the job configuration in YAML: as a file of its own, and inside galaxy.yml."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import given_answers, lines
from tests.corpus import need_corpus
from tests.files.job_confs import (
    BOTH,
    DESTINATIONS,
    FILE,
    INLINE,
    TEXT,
    TOOLS,
    located,
    placed,
    starts,
)
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.parameters import holds_secret
from wizard.answers.scaling import Handler
from wizard.answers.secret import Secret
from wizard.documents.yaml.document import YamlDocument
from wizard.files.jobs.conf import JobConf
from wizard.files.jobs.resources import JOB_PLUGINS, dialect
from wizard.files.jobs.rows import PLUGINS
from wizard.problems import Refused

slow = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


SLURM = Destination(
    id="slurm",
    runner="slurm",
    tags=["cluster", "small"],
    cores=2,
    memory=4096,
    native_specification="--nodes=1",
    env={"A": "one"},
    env_commands=["module load java"],
    resubmit_to="large",
    resubmit_when="memory_limit_reached",
    resubmit_delay="30",
)
"""A destination with a value of every kind that both spellings of the file have."""


# reading


def test_everything_that_the_answers_can_say_is_read() -> None:
    given = FILE.read(TEXT, "job_conf.yml").given
    assert given["cluster.job_config"] == "file"
    assert given["cluster.runners"] == [
        Runner(id="local", kind="local", workers=4),
        Runner(
            id="slurm",
            kind="slurm",
            drmaa_library_path="/usr/lib/libdrmaa.so",
            params={"internalexception_retries": 3},
        ),
        Runner(id="remote", kind="pulsar-mq", amqp_url=Secret("amqp://galaxy:hunter2@mq.example.org:5672//")),
    ]
    assert given["cluster.destinations"] == [
        Destination(id="local", runner="local", cores=2),
        SLURM,
        Destination(id="large", runner="slurm", memory=65536, container="docker"),
        Destination(id="nested", runner="local", cores=3, params={"other": [1, 2]}),
        Destination(id="secure", runner="remote", private_token=Secret("hunter3")),
    ]
    assert given["cluster.default_destination"] == "slurm"
    assert given["cluster.tools"] == [
        ToolMapping(id="upload1", destination="local"),
        ToolMapping(id="bwa", destination="slurm", resources="all"),
        ToolMapping(id="bwa", destination="large"),
    ]
    assert given["cluster.limits"] == [
        Limit(kind="registered_user_concurrent_jobs", value=5),
        Limit(kind="destination_user_concurrent_jobs", value="2", id="slurm"),
        Limit(kind="walltime", value="24:00:00"),
    ]
    assert (given["scaling.assign_with"], given["scaling.max_grab"]) == (["db-skip-locked"], 8)
    assert "scaling.strategy" not in given


def test_both_places_are_read_alike_and_tell_which_they_are() -> None:
    file, inline = FILE.read(TEXT, "").given, INLINE.read(placed(TEXT, INLINE), "").given
    assert (file.pop("cluster.job_config"), inline.pop("cluster.job_config")) == ("file", "inline")
    assert file == inline


def test_static_handlers_are_those_that_the_job_configuration_lists() -> None:
    text = (
        "handling:\n  processes:\n    handler0:\n    special:\n      tags: [large]\n      plugins: [slurm]\n"
    )
    given = FILE.read(text, "").given
    assert given["scaling.strategy"] == "static-handlers"
    assert given["scaling.handlers"] == [
        Handler(name="handler0"),
        Handler(name="special", tags=["large"], plugins=["slurm"]),
    ]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("{runner: local, env: [{execute: b}, {file: /a}]}", {"env": [{"execute": "b"}, {"file": "/a"}]}),
        (
            "{runner: local, env: [{name: A, value: '1', raw: true}]}",
            {"env": [{"name": "A", "value": "1", "raw": True}]},
        ),
        ("{runner: local, env: [{name: A, value: 1}]}", {"env": [{"name": "A", "value": 1}]}),
        ("{runner: slurm, native_specification: '--time=UNLIMITED'}", None),
        ("{runner: local, native_specification: '--mem=1'}", {"native_specification": "--mem=1"}),
        ("{runner: local, local_slots: '4'}", {"local_slots": "4"}),
        ("{runner: local, docker_enabled: 'true'}", {"docker_enabled": "true"}),
        ("{runner: local, tags: 'a,b'}", {"tags": "a,b"}),
        ("{runner: local, resubmit: [{delay: '30'}]}", {"resubmit": [{"delay": "30"}]}),
        ("{runner: local, app: {token: hunter2, kept: 1}, nothing: null}", {"app": {"kept": 1}}),
    ],
)
def test_what_no_other_question_can_say_is_a_parameter_as_it_stands(
    body: str, left: dict[str, Any] | None
) -> None:
    text = (
        "runners:\n  local: {load: 'galaxy.jobs.runners.local:LocalJobRunner'}\n"
        f"  slurm: {{load: 'galaxy.jobs.runners.slurm:SlurmJobRunner'}}\nexecution: {{environments: {{one: {body}}}}}\n"
    )
    (row,) = FILE.read(text, "").given["cluster.destinations"]
    assert row.params == left


def test_what_cannot_be_said_is_named_with_its_line_and_stays() -> None:
    limits = "limits:\n- {type: walltime, value: 24:00:00}\n- {type: output_size, value: 1GB}\n"
    text = f"runners:\n  my runner: {{load: x}}\n{limits}"
    reading = FILE.read(text, "job_conf.yml")
    assert [(problem.line, problem.question) for problem in reading.unread] == [
        (2, "cluster.runners"),
        (4, "cluster.limits"),
    ]
    given = {**reading.given, "cluster.limits": [], "cluster.runners": [Runner(id="local", kind="local")]}
    after = yaml.safe_load(FILE.write(given, text, "job_conf.yml").text)
    assert after["limits"] == [{"type": "walltime", "value": 86400}]
    assert list(after["runners"]) == ["my runner", "local"]


# the laws


@BOTH
def test_reading_and_writing_back_changes_no_byte(lens: JobConf) -> None:
    for text in starts(lens):
        given = lens.read(text, "x").given
        assert lens.write(given, text, "x").text == text
        assert lens.write({}, text, "x").text == text


def corpus(folder: str) -> list[Path]:
    return sorted((need_corpus() / folder).iterdir())


def test_real_files_are_given_back_byte_for_byte() -> None:
    for file in corpus("job_conf_yml"):
        text = file.read_bytes().decode()
        reading = FILE.read(text, str(file))
        assert reading.unread == (), file
        assert FILE.write(reading.given, text, str(file)).text == text, file
        inline = placed(text.replace("---\n", ""), INLINE)
        assert INLINE.write(INLINE.read(inline, "galaxy.yml").given, inline, "galaxy.yml").text == inline, (
            file
        )


def test_real_galaxy_yml_files_are_given_back_byte_for_byte() -> None:
    for file in corpus("galaxy_yml"):
        text = file.read_bytes().decode()
        assert INLINE.write(INLINE.read(text, str(file)).given, text, str(file)).text == text, file


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates(), lines),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(lines | st.integers(), inner, max_size=3),
    max_leaves=4,
)
said = st.one_of(
    anything, st.sampled_from(["local", "slurm", "--mem=4", "24:00:00", "a,b", True, 4, "4", "$HOME"])
)
entries = st.one_of(
    st.fixed_dictionaries({"name": said, "value": said}),
    st.fixed_dictionaries({"file": said}),
    st.fixed_dictionaries({"execute": said}),
    anything,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("runner", "tags", "url", "private_token", "params", "id", "shell", "kwds", "workers"), said
        ),
        **dict.fromkeys(
            ("load", "amqp_url", "native_specification", "local_slots", "job_plugin", "enabled"), said
        ),
        **dict.fromkeys(
            ("docker_enabled", "docker_volumes", "singularity_enabled", "metrics", "environment"), said
        ),
        "env": st.lists(entries, max_size=3) | anything,
        "resubmit": st.lists(
            st.fixed_dictionaries({}, optional={"delay": said, "condition": said}), max_size=2
        ),
    },
)
items = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("id", "type", "class", "environment", "value", "tag"), said)
)
rows_by_name = st.dictionaries(
    st.sampled_from(["local", "slurm", "a b", "dynamic", 5]), bodies | anything, max_size=3
)
foreign = st.fixed_dictionaries(
    {},
    optional={
        "runners": rows_by_name | anything,
        "handling": st.fixed_dictionaries(
            {}, optional={"assign": said, "max_grab": said, "processes": rows_by_name}
        ),
        "execution": st.fixed_dictionaries(
            {}, optional={"default": said, "environments": rows_by_name | anything}
        ),
        "tools": st.lists(items | anything, max_size=3) | anything,
        "limits": st.lists(items | anything, max_size=3) | anything,
    },
)


@slow
@generated(written=foreign, flow=st.booleans(), answers=given_answers(FILE.owns, most=3))
def test_whatever_others_wrote_is_given_back_and_never_a_traceback(
    written: dict[str, Any], flow: bool, answers: dict[str, Any]
) -> None:
    text = yaml.safe_dump(written, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    reading = FILE.read(text, "job_conf.yml")
    assert FILE.write(reading.given, text, "job_conf.yml").text == text
    assert FILE.write({}, text, "job_conf.yml").text == text
    FILE.secret_spans(text, "job_conf.yml")
    try:
        FILE.write(answers, text, "job_conf.yml")
    except Refused as refusal:
        assert all(problem.question or problem.way_out for problem in refusal.problems)


@st.composite
def fitting(draw: st.DrawFn) -> dict[str, Any]:
    """Runners of every kind and destinations that ask each for what it can give, with hostile texts and parameters."""
    names = st.from_regex(r"[a-z][a-z0-9_.-]{0,5}", fullmatch=True)
    texts = lines.filter(lambda text: "\t" not in text)
    keys = texts.filter(
        lambda text: (
            text.isprintable()
            and text != ""
            and not any(holds_secret(key, None) for key in (text, f"x{text}"))
        )
    )
    plain = st.one_of(st.booleans(), st.integers(-9, 2**40), texts, st.lists(texts, max_size=2))
    params = st.dictionaries(
        keys.map(lambda text: f"x{text}"), plain | st.dictionaries(keys, plain, max_size=2), max_size=3
    )
    kinds = draw(st.lists(st.sampled_from(sorted(PLUGINS)), min_size=1, max_size=4, unique=True))
    runners = [
        Runner.model_validate(
            {
                "id": kind,
                "kind": kind,
                "workers": draw(st.none() | st.integers(1, 9)),
                "params": draw(params) or None,
            }
        )
        for kind in kinds
    ]
    destinations = []
    for name in draw(st.lists(names, max_size=4, unique=True)):
        kind = draw(st.sampled_from(kinds))
        scheduler = draw(st.sampled_from(sorted(JOB_PLUGINS))) if kind == "cli" else None
        offered = {field for piece in dialect(kind, scheduler) for field in piece.fields}
        asked = {
            "cores": draw(st.integers(1, 99)),
            "memory": draw(st.integers(1, 10**6)),
            "queue": draw(names),
            "walltime": draw(st.sampled_from(["24:00:00", "1:30:00"])),
            "native_specification": f"--nodes=1 {draw(texts)}",
        }
        row = {
            "id": name,
            "runner": kind,
            "scheduler": scheduler,
            "tags": draw(st.lists(names, max_size=2, unique=True)) or None,
            **{field: asked[field] for field in draw(st.sets(st.sampled_from(sorted(offered))))},
            "container": draw(st.sampled_from([None, "none", "docker", "singularity"])),
            "env": draw(st.dictionaries(st.from_regex("[A-H_]{1,4}", fullmatch=True), texts, max_size=2))
            or None,
            "env_commands": draw(st.lists(texts, max_size=2)) or None,
            "private_token": draw(st.none() | texts.map(Secret)),
            "resubmit_delay": draw(st.sampled_from([None, "0", "30", "attempt * 30"])),
            "params": draw(params) or None,
        }
        destinations.append(Destination.model_validate(row))
    return {"cluster.runners": runners, **({"cluster.destinations": destinations} if destinations else {})}


@BOTH
@slow
@generated(data=st.data(), answers=fitting())
def test_rows_with_hostile_values_are_read_back_as_given(
    lens: JobConf, data: st.DataObject, answers: dict[str, Any]
) -> None:
    start = data.draw(st.sampled_from(starts(lens)))
    given = located(answers, lens)
    written = lens.write(given, start, "x")
    assert same_rows(lens.read(written.text, "x").given, given)
    again = lens.write(given, written.text, "x")
    assert (again.text, again.changes) == (written.text, ())


@BOTH
@slow
@generated(data=st.data())
def test_any_answers_are_read_back_as_given_or_refused_by_question(
    lens: JobConf, data: st.DataObject
) -> None:
    given = located(data.draw(given_answers(lens.owns)), lens)
    start = data.draw(st.sampled_from(starts(lens)))
    try:
        written = lens.write(given, start, "x")
    except Refused as refusal:
        assert all(problem.question and problem.way_out for problem in refusal.problems)
        return
    held = lens.read(written.text, "x").given
    static = given.get("scaling.strategy", held.get("scaling.strategy")) == "static-handlers"
    silent = {"scaling.strategy"} | (set() if static else {"scaling.handlers"})
    assert same_rows(
        held, {question: value for question, value in given.items() if question not in silent and value != []}
    )


def same_rows(held: dict[str, Any], given: dict[str, Any]) -> bool:
    """Every given answer is held. Rows may stand in another order: new ones go behind those that are there."""
    return all(_sorted(held.get(question)) == _sorted(value) for question, value in given.items())


def _sorted(value: Any) -> Any:
    if isinstance(value, list) and value and not isinstance(value[0], str):
        return sorted((_said(row) for row in value), key=repr)
    return value


@BOTH
@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("cluster.runners", Runner(id="local", kind="local", params={"a" * 1001: 1})),
        ("cluster.destinations", Destination(id="here", runner="local", params={"a" * 1001: 1})),
    ],
)
def test_a_name_that_yaml_cannot_hold_is_refused_by_its_question(
    lens: JobConf, question: str, row: Runner | Destination
) -> None:
    start = starts(lens)[0]
    with pytest.raises(Refused, match="more than 1000 characters") as refusal:
        lens.write(
            located({"cluster.runners": [Runner(id="local", kind="local")], question: [row]}, lens),
            start,
            "x",
        )
    assert [problem.question for problem in refusal.value.problems] == [question]


def _said(row: Any) -> dict[str, Any]:
    """What a row says: an empty list says nothing, and one process is what a handler is."""
    fields = {name: value for name, value in row if value is not None and value not in ({}, [])}
    if fields.get("processes") == 1:
        del fields["processes"]
    return {
        name: value.reference if isinstance(value, Secret) else value
        for name, value in sorted(fields.items())
    }


# time


def test_ten_thousand_tools_and_a_thousand_destinations_take_little_more_than_parsing_them() -> None:
    text = (
        "runners: {slurm: {load: 'galaxy.jobs.runners.slurm:SlurmJobRunner'}}\nexecution:\n  environments:\n"
    )
    text += "".join(
        f"    e{n}:\n      runner: slurm\n      native_specification: --mem={n + 1}\n" for n in range(1000)
    )
    text += "tools:\n" + "".join(f"- id: tool{n}\n  environment: e{n % 1000}\n" for n in range(10_000))
    began = time.process_time()
    YamlDocument.parse(text).get(())
    parsed = time.process_time() - began
    began = time.process_time()
    given = FILE.read(text, "job_conf.yml").given
    assert FILE.write(given, text, "job_conf.yml").text == text
    assert time.process_time() - began < 3 * parsed
    assert (len(given[DESTINATIONS]), len(given[TOOLS])) == (1000, 10_000)
