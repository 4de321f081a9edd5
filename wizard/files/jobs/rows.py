"""Runners, destinations and static job handlers: rows of answers to what stands in a job configuration, and back.

A body is the mapping under a row's id. Composing the row that was read from a body gives a part of that body, value by
value; what no question can say stays out of the row, and so stays as it is in the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.parameters import holds_secret
from wizard.answers.runners import Runner
from wizard.answers.secret import Secret, secret_fault
from wizard.answers.section import Row
from wizard.documents.yaml.values import same
from wizard.files.jobs import resources as job_resources
from wizard.files.jobs.assignments import assigns_secret
from wizard.files.jobs.resources import JOB_PLUGINS, dialect

Body = Mapping[str, Any]
Claims = dict[str, tuple[Any, str]]
"""Fields of a row: the value of each, and the key of the body that says it."""

AnyRow = TypeVar("AnyRow", bound=Row)

PLUGINS = {
    "local": "galaxy.jobs.runners.local:LocalJobRunner",
    "slurm": "galaxy.jobs.runners.slurm:SlurmJobRunner",
    "drmaa": "galaxy.jobs.runners.drmaa:DRMAAJobRunner",
    "cli": "galaxy.jobs.runners.cli:ShellJobRunner",
    "pbs": "galaxy.jobs.runners.pbs:PBSJobRunner",
    "univa": "galaxy.jobs.runners.univa:UnivaJobRunner",
    "condor": "galaxy.jobs.runners.condor:CondorJobRunner",
    "htcondor": "galaxy.jobs.runners.htcondor:HTCondorJobRunner",
    "kubernetes": "galaxy.jobs.runners.kubernetes:KubernetesJobRunner",
    "pulsar-rest": "galaxy.jobs.runners.pulsar:PulsarRESTJobRunner",
    "pulsar-mq": "galaxy.jobs.runners.pulsar:PulsarMQJobRunner",
    "pulsar-embedded": "galaxy.jobs.runners.pulsar:PulsarEmbeddedJobRunner",
    "aws-batch": "galaxy.jobs.runners.aws:AWSBatchJobRunner",
    "google-batch": "galaxy.jobs.runners.gcp_batch:GoogleCloudBatchJobRunner",
    "tes": "galaxy.jobs.runners.pulsar:PulsarTesJobRunner",
}
"""The class of each kind of runner (Galaxy 26.1)."""

_KINDS = {load: kind for kind, load in PLUGINS.items()}
_SCHEDULERS = {plugin: scheduler for scheduler, plugin in JOB_PLUGINS.items()}
_RUNNER_FIELDS = ("drmaa_library_path", "galaxy_url")
_HANDLER_FIELDS = ("tags", "plugins", "environment")
_RUNNER_TOP = ("load", "workers")
_DESTINATION_TOP = ("runner", "tags", "env", "resubmit")
_ENGINES = ("docker", "singularity")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_SECONDS = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_NOTHING = object()


# rows to bodies


def runner_body(row: Runner, nested: bool = False) -> dict[str, Any]:
    """The body of a runner. `nested`: its parameters stand under `kwds`, and Galaxy reads no others."""
    top: dict[str, Any] = {}
    load = row.load if row.load is not None else PLUGINS.get(row.kind or "")
    if load is not None:
        top["load"] = load
    if row.workers is not None:
        top["workers"] = row.workers
    said = {
        name: _shown(name, name, value)
        for name in _RUNNER_FIELDS
        if (value := getattr(row, name)) is not None
    }
    if row.amqp_url is not None:
        said["amqp_url"] = row.amqp_url.reference
    return _body(top, {**said, **_spare(row, {*top, *said})}, "kwds" if nested else None)


def destination_body(row: Destination, kind: str | None, nested: bool = False) -> dict[str, Any]:
    """The body of a destination whose runner is of `kind`. `nested`: its parameters stand under `params`.

    Raises Inexpressible for what this kind of runner cannot be asked.
    """
    top: dict[str, Any] = {
        name: value for name in ("runner", "tags") if (value := getattr(row, name)) is not None
    }
    said: dict[str, Any] = {}
    if row.scheduler is not None:
        if kind != "cli":
            raise job_resources.Inexpressible("scheduler", "only runners that call commands take one")
        said["job_plugin"] = JOB_PLUGINS[row.scheduler]
    asked = {name: value for name in job_resources.RESOURCES if (value := getattr(row, name)) is not None}
    said.update(job_resources.compose(dialect(kind, row.scheduler), asked))
    said.update(_container_keys(row))
    if row.url is not None:
        said["url"] = _shown("url", "url", row.url)
    if row.private_token is not None:
        said["private_token"] = row.private_token.reference
    last = {name: value for name, value in (("env", _env(row)), ("resubmit", _resubmit(row))) if value}
    spare = _spare(row, {*top, *said, *last})
    if nested:
        return {**_body(top, {**said, **spare}, "params"), **last}
    return {**top, **said, **spare, **last}


def handler_body(row: Handler) -> dict[str, Any]:
    """The body of a static handler: one process. Raises Inexpressible for what only Gravity's own handlers have."""
    if (row.processes or 1) > 1:
        raise job_resources.Inexpressible(
            "processes", "a static handler is one process: list each by its name"
        )
    for field in ("pools", "name_template", "memory_limit"):
        if getattr(row, field) is not None:
            raise job_resources.Inexpressible(field, "static handlers have none; dynamic handlers do")
    return {name: value for name in _HANDLER_FIELDS if (value := getattr(row, name)) is not None}


def _spare(row: Runner | Destination, taken: set[str]) -> dict[str, Any]:
    return {name: value for name, value in (row.params or {}).items() if name not in taken}


def _body(top: dict[str, Any], spare: dict[str, Any], nest: str | None) -> dict[str, Any]:
    return {**top, **({nest: spare} if nest else spare)}


def _container_keys(row: Destination) -> dict[str, Any]:
    if row.container in _ENGINES:
        volumes = {} if row.volumes is None else {f"{row.container}_volumes": row.volumes}
        return {f"{row.container}_enabled": True, **volumes}
    if row.volumes is not None:
        raise job_resources.Inexpressible(
            "volumes", "only containers have volumes: say which, docker or singularity"
        )
    return {"docker_enabled": False} if row.container == "none" else {}


def _env(row: Destination) -> list[dict[str, str]]:
    named = [{"name": name, "value": _shown("env", name, value)} for name, value in (row.env or {}).items()]
    files = [{"file": _shown("env_files", "", file)} for file in row.env_files or ()]
    commands = [{"execute": _shown("env_commands", "", command)} for command in row.env_commands or ()]
    return [*named, *files, *commands]


def _shown(field: str, name: str, value: str) -> str:
    """`value`, if it may be shown. Raises Inexpressible for a secret."""
    if holds_secret(name, value) or assigns_secret(value):
        raise job_resources.Inexpressible(
            field, "a secret in it would be shown; it goes into the file by hand"
        )
    return value


def _resubmit(row: Destination) -> list[dict[str, Any]]:
    delay: Any = row.resubmit_delay
    if delay is not None and _SECONDS.fullmatch(delay):
        delay = int(delay)
    said = {"condition": row.resubmit_when, "environment": row.resubmit_to, "delay": delay}
    one = {name: value for name, value in said.items() if value is not None}
    return [one] if one else []


# bodies to rows


def runner_of(name: Any, body: Any) -> Runner | None:
    """The runner that stands under `name`; None when no answer can say it."""
    if name == "dynamic" or not isinstance(body, Mapping):
        return None
    top, spare = _split(body, _RUNNER_TOP, "kwds")
    claims = {field: (spare[field], field) for field in _RUNNER_FIELDS if _open(spare, field)}
    if "load" in top:
        load = top["load"]
        known = _KINDS.get(load) if isinstance(load, str) else None
        claims["kind"] = (known or "other", "load")
        if known is None:
            claims["load"] = (load, "load")
    if "workers" in top:
        claims["workers"] = (top["workers"], "workers")
    _claim_secret(claims, spare, "amqp_url")
    row = _row(Runner, {"id": name}, claims, {**top, **spare})
    return row if row is not None and within(runner_body(row, is_nested(body, "kwds")), body) else None


def destination_of(name: Any, body: Any, kinds: Mapping[str, str | None]) -> Destination | None:
    """The destination that stands under `name`; None when no answer can say it. `kinds` are those of the runners."""
    body = {} if body is None else body
    if not isinstance(body, Mapping):
        return None
    top, spare = _split(body, _DESTINATION_TOP, "params")
    runner = top.get("runner")
    kind = kinds.get(runner) if isinstance(runner, str) else None
    claims: Claims = {field: (top[field], field) for field in ("runner", "tags") if field in top}
    claims |= {field: (value, "env") for field, value in _env_fields(top.get("env")).items()}
    claims |= {field: (value, "resubmit") for field, value in _resubmit_fields(top.get("resubmit")).items()}
    scheduler = _SCHEDULERS.get(str(spare.get("job_plugin"))) if kind == "cli" else None
    if scheduler is not None:
        claims["scheduler"] = (scheduler, "job_plugin")
    claims |= job_resources.decompose(dialect(kind, scheduler), spare)
    claims |= _container_fields(spare)
    if _open(spare, "url"):
        claims["url"] = (spare["url"], "url")
    _claim_secret(claims, spare, "private_token")
    row = _row(Destination, {"id": name}, claims, {**top, **spare})
    if row is None or not within(destination_body(row, kind, is_nested(body, "params")), body):
        return None
    return row


def handler_of(name: Any, body: Any) -> Handler | None:
    """The static handler that stands under `name`; None when no answer can say it."""
    body = {} if body is None else body
    if not isinstance(body, Mapping):
        return None
    claims: Claims = {field: (body[field], field) for field in _HANDLER_FIELDS if _open(body, field)}
    environment = body.get("environment")
    if not isinstance(environment, Mapping) or kept("environment", environment) != environment:
        claims.pop("environment", None)
    row = _row(Handler, {"name": name}, claims, None)
    return row if row is not None and within(handler_body(row), body) else None


def is_nested(body: Any, nest: str) -> bool:
    """Whether the parameters of this body stand under a key of their own, so that Galaxy reads no others."""
    return isinstance(body, Mapping) and isinstance(body.get(nest), Mapping)


def within(part: Any, whole: Any) -> bool:
    """Whether `part` stands in `whole`, value by value."""
    if isinstance(part, Mapping) and part and isinstance(whole, Mapping):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    return same(part, whole) or (part == {} and whole is None)


def kept(name: str, value: Any) -> Any:
    """What an answer can hold of a parameter: no secret, no null, no date; `_NOTHING` when nothing is left."""
    if holds_secret(name, value) or (isinstance(value, str) and assigns_secret(value)):
        return _NOTHING
    if isinstance(value, Mapping):
        parts = {
            key: kept(key, part) for key, part in value.items() if isinstance(key, str) and _is_name(key)
        }
        left = {key: part for key, part in parts.items() if part is not _NOTHING}
        return left if left or not value else _NOTHING
    if isinstance(value, list):
        parts_of_list = [kept(name, part) for part in value]
        whole = all(part is not _NOTHING for part in parts_of_list) and same(parts_of_list, list(value))
        return value if whole and not _names_secret(value) else _NOTHING
    if isinstance(value, str):
        return _NOTHING if _UNPRINTABLE.search(value) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOTHING
    fits = isinstance(value, bool) or (isinstance(value, int) and -(2**63) <= value < 2**63)
    return value if fits else _NOTHING


def _names_secret(items: list[Any]) -> bool:
    return any(
        isinstance(item, Mapping) and isinstance(item.get("name"), str) and holds_secret(item["name"], None)
        for item in items
    )


def _is_name(key: str) -> bool:
    return bool(key) and key.isprintable()


def _open(body: Body, key: str) -> bool:
    """Whether the value under `key` is there and no secret."""
    return body.get(key) is not None and not holds_secret(key, body[key])


def _claim_secret(claims: Claims, spare: dict[str, Any], key: str) -> None:
    value = spare.get(key)
    if isinstance(value, str) and secret_fault(value) is None:
        claims[key] = (Secret(value), key)
    else:
        spare.pop(key, None)


def _split(body: Body, top: tuple[str, ...], nest: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Galaxy reads at the top of a body, and its parameters."""
    inner = (
        body[nest] if is_nested(body, nest) else {key: value for key, value in body.items() if key not in top}
    )
    spare = {key: value for key, value in inner.items() if isinstance(key, str) and key != "id"}
    return {key: body[key] for key in top if key in body}, spare


def _row(model: type[AnyRow], head: dict[str, Any], claims: Claims, rest: Body | None) -> AnyRow | None:
    """The row that fits: fields that the model refuses go back among the parameters (`rest`; None: it has none)."""
    while True:
        fields = {**head, **{field: value for field, (value, _) in claims.items()}}
        taken = {key for _, key in claims.values()}
        if rest is not None:
            params = kept("", {key: value for key, value in rest.items() if key not in taken})
            fields |= {"params": params} if params and params is not _NOTHING else {}
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            misfit = {claims[field][1] for each in error.errors() if (field := _field(each)) in claims}
            if not misfit:
                return None
            claims = {field: claim for field, claim in claims.items() if claim[1] not in misfit}


def _field(error: Any) -> str:
    return str(error["loc"][0]) if error["loc"] else ""


def _env_fields(items: Any) -> dict[str, Any]:
    """The three questions on the environment, if they can say the list: variables, then scripts, then commands."""
    if not isinstance(items, list) or not items:
        return {}
    variables: dict[str, str] = {}
    files: list[str] = []
    commands: list[str] = []
    for item in items:
        texts = (
            item if isinstance(item, Mapping) and all(isinstance(text, str) for text in item.values()) else {}
        )
        keys = set(texts)
        if any(holds_secret(texts.get("name", ""), text) or assigns_secret(text) for text in texts.values()):
            return {}
        if keys == {"name", "value"} and not files and not commands and texts["name"] not in variables:
            variables[texts["name"]] = texts["value"]
        elif keys == {"file"} and not commands:
            files.append(texts["file"])
        elif keys == {"execute"}:
            commands.append(texts["execute"])
        else:
            return {}
    said = {"env": variables, "env_files": files, "env_commands": commands}
    return {field: value for field, value in said.items() if value}


def _resubmit_fields(items: Any) -> dict[str, Any]:
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], Mapping):
        return {}
    fields = {"condition": "resubmit_when", "environment": "resubmit_to", "delay": "resubmit_delay"}
    one = items[0]
    if not one or not set(one) <= set(fields):
        return {}
    said = {fields[key]: value for key, value in one.items()}
    delay = said.get("resubmit_delay")
    if type(delay) is int:
        said["resubmit_delay"] = str(delay)
    elif isinstance(delay, str) and _SECONDS.fullmatch(delay):
        return {}
    return said if all(isinstance(value, str) for value in said.values()) else {}


def _container_fields(spare: Body) -> Claims:
    switched = [engine for engine in _ENGINES if spare.get(f"{engine}_enabled") is True]
    if len(switched) == 1:
        engine = switched[0]
        found: Claims = {"container": (engine, f"{engine}_enabled")}
        if _open(spare, f"{engine}_volumes"):
            found["volumes"] = (spare[f"{engine}_volumes"], f"{engine}_volumes")
        return found
    off = not switched and spare.get("docker_enabled") is False
    return {"container": ("none", "docker_enabled")} if off else {}
