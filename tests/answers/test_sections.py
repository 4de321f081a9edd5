"""What the cluster, scaling, celery and data sections promise: what they take and what they refuse."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast

import pytest
import yaml
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tests.corpus import need_corpus
from wizard.answers import SECTIONS as ALL_SECTIONS
from wizard.answers import Answers
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.answers.questions import Asked, questions
from wizard.answers.reference_rows import DataTable, Genome, Reference, TwoBit
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
def test_a_help_is_two_to_four_sentences_under_a_heading(asked: Asked) -> None:
    assert 2 <= len(re.findall(r"[.!?](?=\s|$)", asked.question.help)) <= 4
    assert asked.question.group


@pytest.mark.parametrize("section", SECTIONS)
def test_the_questions_of_a_group_stand_together(section: str) -> None:
    groups = [asked.question.group for asked in ASKED if asked.section == section]
    headings = [group for before, group in zip([None, *groups], groups, strict=False) if group != before]
    assert len(headings) == len(set(headings))


# what is taken and what is refused


FULL_ROWS: dict[type[Any], dict[str, Any]] = {
    Runner: {
        "id": "pulsar",
        "kind": "other",
        "load": "galaxy.jobs.runners.pulsar:PulsarKubernetesJobRunner",
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
        "scheduler": "slurm",
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
        "name": "Objects",
        "jobs_dir": "/data/jobs",
        "temp_dir": "/data/tmp",
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
    Host: {"name": "jobs.example.org", "runs": ["handlers", "cleanup"], "handlers": ["handler0"]},
    Genome: {"dbkey": "hg38", "name": "Human Dec. 2013 (GRCh38/hg38) (hg38)"},
    Reference: {
        "value": "hg38full",
        "dbkey": "hg38",
        "name": "Human (hg38) full",
        "path": "/data/hg38/hg38full.fa",
    },
    TwoBit: {"value": "hg38", "path": "/data/hg38/hg38.2bit"},
    DataTable: {"name": "my_indexes", "columns": ["value", "path"], "file": "my_indexes.loc"},
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
        ("scaling.handlers[].name_template", "{name}_{process:02d}", True),
        ("scaling.handlers[].name_template", "{name:%}", False),
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


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\udc80"])
@pytest.mark.parametrize(
    "path",
    ["groundwork.root", "groundwork.data_dir", "data.file_path", "proxy.public_url", "proxy.certificate"],
)
def test_a_path_or_url_stands_on_one_line_and_can_be_written(path: str, sign: str) -> None:
    """Some consumers end a line at these signs, and half a character is none in any file."""
    asked = questions()[path]
    start = "https://galaxy.example.org/" if path == "proxy.public_url" else "/srv/"
    assert asked.parse(f"{start}é") == f"{start}é"
    with pytest.raises(ValidationError, match="line break or control character"):
        asked.parse(f"{start}{sign}")


@pytest.mark.parametrize("sign", ["\n", "\x00", "\u2028", "\udc80"])
@pytest.mark.parametrize(
    "path", ["scaling.web_environment", "celery.environment", "scaling.handlers[].environment"]
)
def test_the_name_of_a_variable_stands_on_one_line(path: str, sign: str) -> None:
    (asked,) = [asked for asked in EVERY if asked.path == path]
    assert accepts(asked, {"A-b.c": "x"})
    assert not accepts(asked, {f"A{sign}B": "x"})


def test_a_socket_of_an_upstream_stands_on_one_line() -> None:
    asked = questions()["proxy.more_upstreams"]
    assert accepts(asked, ["unix:/run/é.sock"])
    assert not accepts(asked, ["unix:/run/\udc80.sock"])


def test_processes_of_one_handler_have_different_names() -> None:
    assert Handler(name="handler0", name_template="{name}").name_template == "{name}"
    with pytest.raises(ValidationError, match=r"must hold \{process\}"):
        Handler(name="handler", processes=2, name_template="{name}")


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


@pytest.mark.parametrize(
    "path",
    [path for path, asked in questions().items() if asked.shape == "float"],
)
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), -1.0])
def test_a_limit_is_a_finite_number(path: str, value: float) -> None:
    assert questions()[path].parse(1.5) == 1.5
    with pytest.raises(ValidationError):
        questions()[path].parse(value)


@pytest.mark.parametrize("address", ["localhost:8080", "10.0.0.1:1", "[::1]:65535", "my_host:80"])
def test_an_address_has_a_host_and_a_port(address: str) -> None:
    for path, value in (("proxy.address", address), ("proxy.reports_address", address)):
        assert questions()[path].parse(value) == value
    assert questions()["proxy.more_upstreams"].parse([address, "unix:/run/x.sock"])


@pytest.mark.parametrize(
    "address",
    [
        "localhost",
        ":8080",
        "8080",
        "*:8080",
        "h:0",
        "h:65536",
        "h:99999",
        "[::1]",
        "h:",
        "unix:x",
        "h:80/x",
        "a b:1",
    ],
)
def test_an_address_without_a_host_or_a_port_in_range_is_none(address: str) -> None:
    for path, value in (("proxy.address", address), ("proxy.more_upstreams", [address])):
        with pytest.raises(ValidationError):
            questions()[path].parse(value)


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
    corpus = need_corpus()
    sample = yaml.safe_load((corpus / "job_conf_yml" / "upstream_26.1__job_conf.sample.yml").read_text())
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
