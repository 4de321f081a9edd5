"""What the cluster, scaling, celery and data sections promise: what they take, what they refuse, what they suggest."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
import yaml
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from wizard.answers import SECTIONS as ALL_SECTIONS
from wizard.answers import Answers
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.handlers import Handler
from wizard.answers.question import Machine
from wizard.answers.questions import Asked, questions
from wizard.answers.storage import Backend

SECTIONS = ("cluster", "scaling", "celery", "data")
ASKED = [asked for asked in questions().values() if asked.section in SECTIONS]
COLUMNS = [column for asked in ASKED for column in asked.row_questions]
EVERY = ASKED + COLUMNS


def _fields() -> dict[str, FieldInfo]:
    found: dict[str, FieldInfo] = {}
    for section in ALL_SECTIONS:
        model: Any = Answers.model_fields[section].annotation
        found.update({f"{section}.{name}": info for name, info in model.model_fields.items()})
    for table in questions().values():
        columns = table.row.model_fields if table.row else {}
        found.update({f"{table.path}[].{name}": info for name, info in columns.items()})
    return found


FIELDS = _fields()


def accepts(asked: Asked, value: Any) -> bool:
    """Whether the field, or the column, takes `value`."""
    info = FIELDS[asked.path]
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(cast(Any, Annotated[info.annotation, info]))
        adapter.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


# every question teaches


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.path)
def test_a_question_says_what_it_is_and_fits_80_columns(asked: Asked) -> None:
    question = asked.question
    assert 0 < len(question.title) <= 22
    sentences = re.findall(r"[.!?](?=\s|$)", question.help)
    assert 2 <= len(sentences) <= 4
    assert question.group
    assert all(len(label) <= 22 for label in question.choices.values())
    if asked.shape == "choice":
        assert list(question.choices) == list(asked.values)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_questions_of_a_group_stand_together(section: str) -> None:
    groups = [asked.question.group for asked in ASKED if asked.section == section]
    headings = [group for before, group in zip([None, *groups], groups, strict=False) if group != before]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.path)
def test_an_example_is_an_answer(asked: Asked) -> None:
    example = asked.question.example
    if example is None or asked.shape in ("map", "secret"):
        return
    value: Any = example
    if asked.shape in ("int", "float"):
        value = int(example) if asked.shape == "int" else float(example)
    elif asked.shape == "list":
        value = [example]
    assert accepts(asked, value)


def test_every_condition_names_a_question_that_exists_and_values_that_it_has() -> None:
    known = {asked.path: asked for table in questions().values() for asked in (table, *table.row_questions)}

    def simple(condition: Any) -> Iterator[Any]:
        parts = getattr(condition, "conditions", None)
        if parts is None:
            yield condition
        for part in parts or ():
            yield from simple(part)

    for asked in EVERY:
        for condition in simple(asked.question.when) if asked.question.when else ():
            assert condition.question in known
            assert all(accepts(known[condition.question], value) for value in condition.values)


# what is taken and what is refused


FULL_ROWS: dict[type[Any], dict[str, Any]] = {
    Runner: {
        "id": "pulsar",
        "kind": "pulsar-mq",
        "load": "galaxy.jobs.runners.pulsar:PulsarMQJobRunner",
        "workers": 4,
        "drmaa_library_path": "/usr/lib/libdrmaa.so.1",
        "galaxy_url": "https://galaxy.example.org",
        "amqp_url": {"env": "AMQP_URL"},
        "params": {
            "amqp_acknowledge": True,
            "amqp_republish_time": 30,
            "app": {"managers": [{"name": "_default_"}]},
        },
    },
    Destination: {
        "id": "slurm_large",
        "runner": "slurm",
        "tags": ["longjobs"],
        "cores": 16,
        "memory": 65536,
        "queue": "main",
        "walltime": "2-12:00:00",
        "native_specification": "--constraint=avx2",
        "container": "singularity",
        "volumes": "$defaults,/cvmfs:ro",
        "url": "https://pulsar.example.org:8913/",
        "private_token": {"file": "/etc/galaxy/pulsar.token"},
        "env": {"_JAVA_OPTIONS": "-Xmx6G"},
        "env_files": ["/etc/profile.d/cluster.sh"],
        "env_commands": ["module load java/17"],
        "resubmit_to": "bigmem",
        "resubmit_when": "memory_limit_reached and attempt <= 2",
        "resubmit_delay": "attempt * 30",
        "params": {"require_container": True, "tpv_config_files": ["a.yml", "b.yml"]},
    },
    ToolMapping: {"id": "upload1", "destination": "slurm", "handler": "handler0", "resources": "all"},
    Limit: {"kind": "total_walltime", "value": "240:00:00", "id": "slurm", "tag": "longjobs", "window": 30},
    Handler: {
        "name": "handler",
        "processes": 3,
        "pools": ["job-handlers", "job-handlers.special"],
        "tags": ["special"],
        "plugins": ["slurm"],
        "name_template": "{name}_{process}",
        "memory_limit": 15.0,
        "environment": {"DRMAA_LIBRARY_PATH": "/usr/lib/libdrmaa.so"},
    },
    Backend: {
        "id": "s3",
        "kind": "generic-s3",
        "files_dir": "/data/objects",
        "store_by": "uuid",
        "weight": 0,
        "bucket": "galaxy-datasets",
        "endpoint": "https://s3.example.org",
        "region": "eu-central-1",
        "access_key": {"env": "S3_KEY"},
        "secret_key": {"env": "S3_SECRET"},
        "cache_dir": "/srv/cache",
        "cache_size": 500,
        "quota": "slow",
    },
}


@pytest.mark.parametrize("table", [asked for asked in ASKED if asked.row], ids=lambda asked: asked.path)
def test_a_row_may_have_every_column(table: Asked) -> None:
    assert table.row is not None
    full = FULL_ROWS[table.row]
    assert set(full) == set(table.row.model_fields)
    (row,) = table.parse([full])
    assert all(getattr(row, name) is not None for name in full)


@pytest.mark.parametrize("asked", [a for a in EVERY if a.shape == "choice"], ids=lambda asked: asked.path)
def test_each_value_of_a_choice_is_taken_and_no_other(asked: Asked) -> None:
    assert all(accepts(asked, value) for value in asked.values)
    assert not accepts(asked, "nonsense")


WRONG: dict[str, list[Any]] = {
    "bool": ["true", 1],
    "int": ["3", 2.5, True],
    "float": ["3", True],
    "text": [True, 2.5, ["a"], "two\nlines"],
    "choice": [True, ["a"]],
    "list": ["a", [True], {"a": "b"}],
    "choices": ["db-skip-locked", ["nonsense"]],
    "map": ["a", ["a"]],
    "rows": ["a", [{"no_such_column": 1}], {"id": "local"}],
    "secret": [True, 5, {"environment": "NAME"}],
}


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.path)
def test_a_value_of_the_wrong_type_is_refused(asked: Asked) -> None:
    assert [value for value in WRONG[asked.shape] if accepts(asked, value)] == []


@pytest.mark.parametrize(
    ("path", "value", "taken"),
    [
        ("cluster.destinations[].walltime", "90", True),
        ("cluster.destinations[].walltime", "02:00:00", True),
        ("cluster.destinations[].walltime", "1-00:00:00", True),
        ("cluster.destinations[].walltime", "a day", False),
        ("cluster.destinations[].walltime", "10:99:00", False),
        ("scaling.handlers[].name_template", "{name}-{process}-{instance_name}", True),
        ("scaling.handlers[].name_template", "{name}", False),
        ("scaling.handlers[].name_template", "{name}_{number}", False),
        ("scaling.handlers[].name_template", "{name.__class__}_{process}", False),
        ("scaling.handlers[].name_template", "{process", False),
        ("data.ftp_passive_ports", "56000-60000", True),
        ("data.ftp_passive_ports", "60000-56000", False),
        ("data.ftp_passive_ports", "20-30", False),
        ("data.ftp_passive_ports", "56000-70000", False),
        ("data.cleanup_time", "23:59", True),
        ("data.cleanup_time", "24:00", False),
        ("data.cleanup_time", "3:30", False),
        ("celery.user_rate_limit", -1.0, False),
    ],
)
def test_values_with_a_form_of_their_own(path: str, value: Any, taken: bool) -> None:
    (asked,) = [asked for asked in EVERY if asked.path == path]
    assert accepts(asked, value) is taken


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ({"kind": "walltime", "value": "24:00:00"}, None),
        ({"kind": "walltime", "value": 86400}, "HH:MM:SS"),
        ({"kind": "walltime", "value": "24:00"}, "HH:MM:SS"),
        ({"kind": "total_walltime", "value": "24:00:00", "window": 7}, None),
        ({"kind": "total_walltime", "value": "24:00:00"}, "window"),
        ({"kind": "output_size", "value": "10GB"}, None),
        ({"kind": "output_size", "value": "10240 Mb"}, None),
        ({"kind": "output_size", "value": 10737418240}, "such as 50GB"),
        ({"kind": "output_size", "value": "large"}, "such as 50GB"),
        ({"kind": "registered_user_concurrent_jobs", "value": 4}, None),
        ({"kind": "registered_user_concurrent_jobs", "value": "4"}, None),
        ({"kind": "registered_user_concurrent_jobs", "value": "four"}, "whole number"),
        ({"kind": "destination_total_concurrent_jobs", "value": 4, "tag": "longjobs"}, None),
        ({"kind": "destination_total_concurrent_jobs", "value": 4}, "a destination or a tag"),
    ],
)
def test_a_limit_that_galaxy_could_not_read_is_refused_with_the_way_out(
    limit: dict[str, Any], says: str | None
) -> None:
    if says is None:
        assert Limit.model_validate(limit).kind == limit["kind"]
    else:
        with pytest.raises(ValidationError, match=says):
            Limit.model_validate(limit)


# free parameters: anything that a file can hold, and no secret

plain = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("key", "secret", "token")
)
words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).filter(
    lambda text: "://" not in text
)
nested = st.recursive(
    plain | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@hypothesis_given(st.dictionaries(names, nested, max_size=4))
def test_parameters_may_be_nested_and_come_back_unchanged(parameters: dict[str, Any]) -> None:
    if any(word in repr(parameters) for word in ("password", "passwd", "passphrase", "apikey")):
        return
    assert Destination(id="any", params=parameters).params == parameters


@pytest.mark.parametrize("value", [None, float("nan"), 2**64, object(), "\x1b[2J", {"": 1}, [None]])
def test_parameters_hold_only_what_an_answers_file_can_hold(value: Any) -> None:
    with pytest.raises(ValidationError, match=r"params\s+Value error, app"):
        Runner.model_validate({"id": "any", "params": {"app": value}})


@pytest.mark.parametrize(
    "parameters",
    [
        {"password": "hunter2"},
        {"cloudlaunch_api_token": "hunter2"},
        {"aws_secret_access_key": "hunter2"},
        {"key": "hunter2"},
        {"basic_auth": {"username": "galaxy", "password": "hunter2"}},
        {"pulsar_app_config": {"message_queue_url": "amqp://galaxy:hunter2@broker:5672//"}},
    ],
)
def test_a_secret_among_parameters_is_refused_by_its_place_and_never_shown(
    parameters: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError) as refusal:
        Destination(id="any", params=parameters)
    assert "holds a secret" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_every_runner_destination_tool_and_limit_of_galaxys_own_sample_fits_the_tables() -> None:
    corpus = os.environ.get("GALAXY_SETUP_CORPUS")
    if not corpus:
        pytest.skip("GALAXY_SETUP_CORPUS does not name the corpus")
    sample = yaml.safe_load(
        (Path(corpus) / "job_conf_yml" / "upstream_26.1__job_conf.sample.yml").read_text()
    )
    secrets: list[str] = []

    def row(model: type[Any], name: str, found: dict[str, Any], columns: set[str]) -> None:
        rest = {key: value for key, value in found.items() if key not in columns}
        params = {key: value for key, value in rest.items() if not re.search("password|token|^key$", key)}
        secrets.extend(set(rest) - set(params))
        model.model_validate(
            {**{key: found[key] for key in columns & set(found)}, "id": name, "params": params}
        )

    for name, found in sample["runners"].items():
        row(Runner, name, found, {"load", "workers", "drmaa_library_path", "galaxy_url", "amqp_url"})
    for name, found in sample["execution"]["environments"].items():
        row(Destination, name, found, {"runner", "tags", "native_specification", "url", "private_token"})
    for found in sample["tools"]:
        if "class" not in found:
            ToolMapping(**{"destination" if key == "environment" else key: found[key] for key in found})
    for found in sample["limits"]:
        kind = str(found.pop("type")).replace("environment_", "destination_")
        Limit.model_validate({"kind": kind, **found})
    assert sorted(secrets) == ["cloudlaunch_api_token", "key", "password"]


# suggestions

SERVER: dict[str, Any] = {
    "groundwork.install": "git",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.data_dir": "/srv/galaxy/data",
    "groundwork.service_manager": "gravity-systemd",
    "database.engine": "postgresql",
    "proxy.link": "socket",
    "proxy.host_name": "galaxy.example.org",
}
REDIS = frozenset({"redis-server"})
SMALL = Machine(cores=2, memory_gib=4, commands=REDIS)
MIDDLE = Machine(cores=8, memory_gib=31.3, commands=REDIS)
LARGE = Machine(cores=64, memory_gib=512, commands=REDIS | {"sbatch", "cvmfs_config", "proftpd"})

GOLDEN: list[tuple[str, Any, Any, Any]] = [
    # question                      2 cores, 4 GiB  8 cores, 31 GiB 64 cores, 512 GiB, Slurm
    ("cluster.runners", "local:1", "local:3", "local:1 slurm"),
    ("cluster.destinations", "local", "local", "local slurm"),
    ("cluster.default_destination", "local", "local", "slurm"),
    ("cluster.limits", "1 1", "2 1", "10 1"),
    ("cluster.retry_metadata_internally", None, None, False),
    ("scaling.strategy", "dynamic-handlers", "dynamic-handlers", "dynamic-handlers"),
    ("scaling.workers", 1, 4, 12),
    ("scaling.preload", True, True, True),
    ("scaling.web_memory_limit", 2.0, 7.0, 32.0),
    ("scaling.handlers", "handler:1", "handler:2 scheduler:1", "handler:5 scheduler:1"),
    ("scaling.assign_with", ["db-skip-locked"], ["db-skip-locked"], ["db-skip-locked"]),
    ("scaling.max_grab", None, 8, 8),
    ("scaling.memory_limit", 2.0, 7.0, 16.0),
    ("scaling.memory_high", 1.6, 5.6, 12.8),
    ("celery.broker", "redis", "redis", "redis"),
    ("celery.concurrency", 2, 2, 8),
    ("celery.memory_limit", 2.0, 3.0, 16.0),
    ("data.object_store", "disk", "disk", "disk"),
    ("data.cvmfs", None, None, True),
    ("data.ftp", "none", "none", "proftpd"),
    ("data.ftp_passive_ports", None, None, "56000-60000"),
    ("data.cleanup", "cron", "cron", "cron"),
]


def accept_everything(machine: Machine, given: dict[str, Any]) -> dict[str, Any]:
    """The answers of an admin who accepts each suggestion in turn; each must fit its field and have a reason."""
    accepted = dict(given)
    for asked in ASKED:
        if asked.path in accepted or not asked.question.applies(accepted):
            continue
        suggestion = asked.question.suggestion(accepted, machine)
        if suggestion is None:
            continue
        assert 0 < len(suggestion.reason) <= 40, asked.path
        accepted[asked.path] = asked.parse(suggestion.value)
    return accepted


def in_short(value: Any) -> Any:
    """A table as `name:number` of each row; any other answer as it is."""
    if not isinstance(value, list) or isinstance(value[0], str):
        return value

    def words() -> Iterator[str]:
        for row in value:
            if isinstance(row, Limit):
                yield str(row.value)
                continue
            name = row.name if isinstance(row, Handler) else row.id
            number = getattr(row, "processes", None) or getattr(row, "workers", None)
            yield f"{name}:{number}" if number else name

    return " ".join(words())


@pytest.mark.parametrize(
    ("column", "machine"), [(1, SMALL), (2, MIDDLE), (3, LARGE)], ids=["small", "middle", "large"]
)
def test_what_is_suggested_to_machines_of_three_sizes(column: int, machine: Machine) -> None:
    accepted = accept_everything(machine, SERVER)
    assert {row[0]: in_short(accepted.get(row[0])) for row in GOLDEN} == {
        row[0]: row[column] for row in GOLDEN
    }


machines = st.builds(
    Machine,
    cores=st.integers(1, 256),
    memory_gib=st.floats(0.5, 4096),
    family=st.sampled_from(["debian", "redhat", "other"]),
    host_name=st.sampled_from(["localhost", "galaxy.example.org"]),
    commands=st.frozensets(
        st.sampled_from(["sbatch", "condor_submit", "redis-server", "rabbitmqctl", "cvmfs_config", "proftpd"])
    ),
)
servers = st.fixed_dictionaries(
    {},
    optional={
        "groundwork.install": st.sampled_from(["git", "packages"]),
        "groundwork.release": st.sampled_from(["22.05", "26.1"]),
        "groundwork.service_manager": st.sampled_from(["gravity-systemd", "gravity-supervisor", "systemd"]),
        "groundwork.data_dir": st.sampled_from(["/srv/galaxy/data", "/nfs/galaxy/data", "database"]),
        "groundwork.shared_filesystem": st.sampled_from(["none", "nfs", "lustre"]),
        "groundwork.shared_mount": st.just("/nfs"),
        "database.engine": st.sampled_from(["postgresql", "mysql", "sqlite", "url"]),
        "proxy.link": st.sampled_from(["socket", "tcp"]),
        "scaling.strategy": st.sampled_from(["all-in-one", "static-handlers", "dynamic-handlers"]),
        "scaling.gunicorns": st.integers(1, 3),
        "cluster.real_user": st.booleans(),
        "celery.enable": st.booleans(),
        "data.object_store": st.sampled_from(["disk", "distributed", "hierarchical", "s3", "azure"]),
        "data.file_path": st.sampled_from(["/srv/galaxy/data/objects", "/srv/galaxy/data/files"]),
    },
)


@hypothesis_given(machines, servers)
def test_whatever_is_suggested_fits_and_makes_valid_answers(machine: Machine, server: dict[str, Any]) -> None:
    accepted = accept_everything(machine, server)
    sections: dict[str, dict[str, Any]] = {}
    for path, value in accepted.items():
        section, name = path.split(".", 1)
        if section in SECTIONS:
            sections.setdefault(section, {})[name] = value
    Answers.model_validate(sections)


@hypothesis_given(machines)
def test_the_local_jobs_of_all_handlers_together_leave_cores_to_galaxy(machine: Machine) -> None:
    accepted = accept_everything(machine, SERVER)
    (local,) = [runner for runner in accepted["cluster.runners"] if runner.id == "local"]
    handlers = [row for row in accepted["scaling.handlers"] if "job-handlers" in row.pools]
    together = local.workers * sum(row.processes for row in handlers)
    assert together <= max(machine.cores - 2, len(handlers) * handlers[0].processes)


def suggested(path: str, given: dict[str, Any], machine: Machine = MIDDLE) -> Any:
    suggestion = questions()[path].question.suggestion(given, machine)
    return suggestion and suggestion.value


def test_pools_are_plural_as_galaxy_reads_them() -> None:
    for machine in (SMALL, MIDDLE, LARGE):
        rows = suggested("scaling.handlers", {"scaling.strategy": "dynamic-handlers"}, machine)
        assert {pool for row in rows for pool in row.pools} == {"job-handlers", "workflow-schedulers"}


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("scaling.extra_args", {"proxy.link": "socket"}, '--forwarded-allow-ips="*"'),
        ("scaling.extra_args", {"proxy.link": "tcp"}, None),
        ("scaling.preload", {"scaling.gunicorns": 2}, False),
        ("scaling.strategy", {"database.engine": "sqlite"}, "all-in-one"),
        ("scaling.workers", {"database.engine": "sqlite"}, 1),
        ("scaling.assign_with", {"database.engine": "postgresql", "scaling.strategy": "all-in-one"}, None),
        ("cluster.retry_job_output_collection", {"groundwork.shared_filesystem": "nfs"}, 5),
        ("cluster.retry_job_output_collection", {"groundwork.shared_filesystem": "lustre"}, None),
        ("cluster.outputs_to_working_directory", {"cluster.real_user": True}, True),
        ("cluster.retry_metadata_internally", {"cluster.outputs_to_working_directory": True}, False),
        ("cluster.new_file_path", {"groundwork.shared_mount": "/nfs"}, "/nfs/galaxy/tmp"),
        (
            "cluster.new_file_path",
            {"groundwork.shared_mount": "/nfs", "groundwork.data_dir": "/nfs/galaxy/data"},
            None,
        ),
        ("cluster.external_runjob", {"groundwork.install": "packages"}, None),
        ("celery.processes", {"celery.enable": False}, False),
        ("celery.queues", {}, ["celery", "galaxy.internal", "galaxy.external"]),
        ("celery.backend", {"database.engine": "postgresql", "celery.broker": "rabbitmq"}, "database"),
        ("celery.backend_number", {"celery.broker": "redis", "celery.broker_number": 0}, 1),
        ("data.object_store_format", {"groundwork.release": "23.2"}, "xml"),
        ("data.object_store_format", {"groundwork.release": "26.1"}, "yaml"),
        ("data.store_by", {"data.file_path": "/srv/galaxy/data/objects"}, "uuid"),
        ("data.store_by", {"data.file_path": "/srv/galaxy/data/files"}, None),
        ("data.cleanup", {"groundwork.install": "packages"}, "none"),
    ],
)
def test_a_suggestion_follows_from_the_other_answers(path: str, given: dict[str, Any], value: Any) -> None:
    assert suggested(path, given) == value
