"""One place of an object store: a row of answers as the mapping that the file holds, and back.

What Galaxy reads of each type of store is its own rule (galaxy.objectstore, its modules s3, s3_boto3 and azure_blob,
release 26.1); that `boto3` and a region came with 24.1 is from the samples of each release.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.documents.tree import MISSING, Path
from wizard.releases.release import Release

Body = dict[str, Any]
Syntax = Literal["yaml", "xml"]

NESTED = ("distributed", "hierarchical")
DIRS = "extra_dirs"
SECTIONS = ("auth", "bucket", "container", "connection", "cache", "quota")
_TYPES = {
    "disk": ("disk",),
    "s3": ("boto3", "aws_s3", "s3"),
    "generic-s3": ("boto3", "generic_s3"),
    "azure": ("azure_blob",),
    "swift": ("swift",),
}
"""The types of each kind, the one for a new place first."""
_LEGACY = {"s3": "aws_s3", "generic-s3": "generic_s3"}
_BOTO3 = Release.parse("24.1")
_HOSTED = ("generic_s3", "swift")
"""The types that take the parts of an endpoint one by one."""
_ENDPOINT = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[A-Za-z0-9._~%/-]*)?"
)
_WITH_ENDPOINT = ("generic-s3", "swift")
_PORTS = {"https": 443, "http": 80}
_DEFAULT_PORT = 6000
"""The port of a store whose connection names a host and no port."""


class Inexpressible(ValueError):
    """An answer that this place cannot have. `field` names it."""

    def __init__(self, field: str, why: str, way_out: str = "leave it out") -> None:
        super().__init__(why)
        self.field, self.way_out = field, way_out


@dataclass(frozen=True)
class Form:
    """How a place that is in the file already is written there."""

    type: str | None = None
    hosted: bool = False
    unnamed: str | None = None
    """The id that the answers know it by, where the file has none."""

    @classmethod
    def of(cls, raw: Mapping[str, Any], name: str) -> Form:
        connection = raw.get("connection")
        hosted = (
            isinstance(connection, Mapping) and "host" in connection and not connection.get("endpoint_url")
        )
        return cls(raw.get("type"), hosted, None if raw.get("id") is not None else name)


NEW = Form()


def moot(field: str, kind: str | None, store: str, syntax: Syntax) -> tuple[str, str] | None:
    """Why Galaxy does not take this field of such a place, and the way out; None where it does."""
    leave = "leave it out"
    if field == "weight" and store != "distributed":
        return "only a distributed store weighs its places", leave
    if kind == "disk" and field in ("bucket", "endpoint", "region", "access_key", "secret_key"):
        return "a directory has none", leave
    if kind == "disk" and field in ("cache_dir", "cache_size"):
        return "a directory needs no cache", leave
    if kind != "disk" and field == "files_dir":
        return "only a disk has one; a service's datasets stand in its bucket and its cache", leave
    if field == "endpoint" and kind in ("s3", "azure"):
        return "the service's own endpoint goes without saying", "leave it out, or take the kind generic-s3"
    if field == "region" and kind in ("azure", "swift"):
        return "the service has no region to choose", leave
    if field == "quota" and store == "hierarchical":
        return "Galaxy counts all places of a hierarchical store together", leave
    if field == "quota" and syntax == "xml" and kind != "disk":
        return "Galaxy reads it from XML only for a disk", "leave it out, or write the store as YAML"
    if field == "store_by" and syntax == "xml" and kind != "disk" and store != "distributed":
        way_out = "give data.store_by, or write the store as YAML"
        return "Galaxy reads it from XML only for a disk, and for places of a distributed store", way_out
    return None


# -- to the file


def check(row: Backend, store: str, syntax: Syntax) -> None:
    """Raises Inexpressible where Galaxy would not take such a place, or would not see all of it."""
    if row.kind is None:
        raise Inexpressible("kind", "is not given", "give it, such as disk")
    for field, value in row:
        reason = moot(field, row.kind, store, syntax) if value is not None else None
        if reason is not None:
            raise Inexpressible(field, *reason)
    if store == "distributed" and row.weight is None:
        raise Inexpressible("weight", "is not given", "give it: 1 for an equal share, 0 for nothing new")
    if row.kind == "disk":
        return
    if not row.bucket:
        raise Inexpressible("bucket", "is not given", "give the name of the bucket or container")
    if row.kind in _WITH_ENDPOINT and not _ENDPOINT.fullmatch(row.endpoint or ""):
        why = "is no address of a service" if row.endpoint else "is not given"
        raise Inexpressible("endpoint", why, "give it, such as https://s3.example.org")
    if syntax == "xml" and row.jobs_dir is None and row.temp_dir is None:
        way_out = "give it, such as /srv/galaxy/data/jobs_directory, or write the store as YAML"
        raise Inexpressible("jobs_dir", "is not given, and in XML Galaxy wants it for a service", way_out)


def body_of(row: Backend, form: Form, release: Release) -> Body:
    """The mapping of a place that can be said, with its directories by type. Raises Inexpressible."""
    kind = type_of(str(row.kind), form, release)
    body: Body = {} if row.id == form.unnamed else {"id": row.id}
    body["type"] = kind
    body.update(_filled({"name": row.name, "store_by": row.store_by, "weight": row.weight}))
    if row.kind == "disk":
        body.update(_filled({"files_dir": row.files_dir}))
    else:
        body.update(_service(row, kind, form, release))
    if row.quota is not None:
        body["quota"] = {"source": row.quota}
    dirs = _filled({"job_work": row.jobs_dir, "temp": row.temp_dir})
    return {**body, DIRS: dirs} if dirs else body


def type_of(kind: str, form: Form, release: Release) -> str:
    """Galaxy's type for a kind of place: the one that is in the file, else the best that the release has."""
    if form.type in _TYPES[kind]:
        return form.type
    return _LEGACY[kind] if kind in _LEGACY and release < _BOTO3 else _TYPES[kind][0]


def _service(row: Backend, kind: str, form: Form, release: Release) -> Body:
    azure = row.kind == "azure"
    names = ("account_name", "account_key") if azure else ("access_key", "secret_key")
    keys = (row.access_key, row.secret_key)
    body: Body = {"auth": {name: key.reference for name, key in zip(names, keys, strict=True) if key}}
    body["container" if azure else "bucket"] = _filled({"name": row.bucket})
    connection = _connection(row, kind in _HOSTED or (form.hosted and kind == form.type))
    if row.region is not None:
        connection["region"] = row.region
        if form is NEW and kind != "boto3" and release < _BOTO3:
            raise Inexpressible("region", f"is read by no store of Galaxy {release}")
    cache = _filled({"path": row.cache_dir, "size": row.cache_size})
    body.update({"connection": connection} if connection else {})
    body.update({"cache": cache} if cache else {})
    return body


def _connection(row: Backend, hosted: bool) -> Body:
    found = _ENDPOINT.fullmatch(row.endpoint) if row.endpoint else None
    if found is None:
        return {}
    if not hosted:
        return {"endpoint_url": row.endpoint}
    parts = {
        "host": found["host"],
        "port": int(found["port"] or _PORTS[found["scheme"]]),
        "is_secure": found["scheme"] == "https",
        "conn_path": found["path"] or "/",
    }
    said = _endpoint(parts)
    if said != row.endpoint:
        raise Inexpressible("endpoint", "is longer than it needs to be", f"give it as {said}")
    return parts


def _filled(fields: Mapping[str, Any]) -> Body:
    return {name: value for name, value in fields.items() if value is not None}


# -- from the file


def store_of(raw: Mapping[str, Any]) -> str | None:
    """The answer to data.object_store that a body says: its kind, or that it has places of its own."""
    return str(raw["type"]) if raw.get("type") in NESTED else kind_of(raw)


def kind_of(raw: Mapping[str, Any]) -> str | None:
    """The kind of place that a body is; None for those that no answer says."""
    if raw.get("type") == "boto3":
        connection = raw.get("connection")
        named = isinstance(connection, Mapping) and (connection.get("endpoint_url") or connection.get("host"))
        return "generic-s3" if named else "s3"
    return next((kind for kind, types in _TYPES.items() if raw.get("type") in types), None)


Leave = Callable[[Path, str], None]
"""Told of what is in the file and no answer says: where, and what it is."""


def row_of(raw: Any, name: str, store: str, syntax: Syntax, leave: Leave) -> Backend | None:
    """The place that a body says, known as `name` where it has no id; None when no answer says it.

    Single values that no answer says are left to the file.
    """
    kind = kind_of(raw) if isinstance(raw, Mapping) else None
    if kind is None:
        return None
    fields: dict[str, Any] = {"kind": kind}
    for field, (path, value) in _fields(raw, kind).items():
        if value is MISSING or value is None:
            continue
        reason = moot(field, kind, store, syntax)
        if reason is not None:
            leave(path, f"says nothing to Galaxy: {reason[0]}")
        elif _is_answer(field, value):
            fields[field] = value
        else:
            leave(path, "holds a value that is no answer to this question")
    if isinstance(raw.get("id"), str) or raw.get("id") is None:
        try:
            return Backend.model_validate({"id": raw.get("id") or name, **fields})
        except ValidationError:
            return None
    return None


def _fields(raw: Mapping[str, Any], kind: str) -> dict[str, tuple[Path, Any]]:
    """Where each field of such a place stands in its body, and what stands there."""
    azure = kind == "azure"
    key, secret = ("account_name", "account_key") if azure else ("access_key", "secret_key")
    places: dict[str, Path] = {
        "name": ("name",),
        "store_by": ("store_by",),
        "weight": ("weight",),
        "files_dir": ("files_dir",),
        "bucket": ("container" if azure else "bucket", "name"),
        "region": ("connection", "region"),
        "access_key": ("auth", key),
        "secret_key": ("auth", secret),
        "cache_dir": ("cache", "path"),
        "cache_size": ("cache", "size"),
        "quota": ("quota", "source"),
    }
    found = {field: (path, inside(raw, path)) for field, path in places.items()}
    for field in ("access_key", "secret_key"):
        path, value = found[field]
        found[field] = (path, Secret(value) if isinstance(value, str) else value)
    for field, name in (("jobs_dir", "job_work"), ("temp_dir", "temp")):
        at = dir_index(raw.get(DIRS), name)
        path = (DIRS, at if at is not None else 0, "path")
        found[field] = (path, MISSING if at is None else inside(raw, path))
    if kind in _WITH_ENDPOINT:
        connection = raw.get("connection")
        found["endpoint"] = (
            ("connection",),
            _endpoint(connection if isinstance(connection, Mapping) else {}),
        )
    return found


def _endpoint(connection: Mapping[str, Any]) -> Any:
    """The address that a connection says; None where it is not to be said in one."""
    if connection.get("endpoint_url") is not None:
        return connection["endpoint_url"]
    host, port = connection.get("host"), connection.get("port", _DEFAULT_PORT)
    secure, path = connection.get("is_secure", True), connection.get("conn_path", "/")
    if host is None or not isinstance(secure, bool):
        return host
    scheme = "https" if secure else "http"
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{'' if path == '/' else path}"


def inside(raw: Any, path: Path) -> Any:
    """What stands at `path` of a body; MISSING where there is nothing."""
    for step in path:
        if isinstance(raw, Mapping) and step in raw:
            raw = raw[step]
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            raw = raw[int(step)]
        else:
            return MISSING
    return raw


def dir_index(dirs: Any, name: str) -> int | None:
    """Which entry of `extra_dirs` counts for this type: the last one."""
    if not isinstance(dirs, list):
        return None
    found = [
        index for index, each in enumerate(dirs) if isinstance(each, Mapping) and each.get("type") == name
    ]
    return found[-1] if found else None


def _is_answer(field: str, value: Any) -> bool:
    if field == "endpoint":
        return isinstance(value, str) and _ENDPOINT.fullmatch(value) is not None
    if field == "bucket" and value == "":
        return False
    try:
        Backend.model_validate({"id": "place", field: value})
    except ValidationError:
        return False
    return True
