"""The two laws for the object store's file in YAML and in XML, and where it belongs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import given_answers, lines, literal_answers_to
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.files.storage.store import ObjectStore, ObjectStoreXml, ObjectStoreYaml, is_xml
from wizard.problems import Refused

YAML, XML = ObjectStoreYaml(), ObjectStoreXml()
BOTH = pytest.mark.parametrize("lens", [YAML, XML], ids=["yaml", "xml"])
STORE, FORMAT, BACKENDS = "data.object_store", "data.object_store_format", "data.backends"
FILE = "data.object_store_file"
GOLDEN = Path(__file__).parent.parent / "golden"
KINDS = ("disk", "s3", "generic-s3", "azure", "swift")
NESTED = ("distributed", "hierarchical")
slow = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

SERVICE: dict[str, Any] = {
    "bucket": "galaxy-datasets",
    "access_key": Secret("AKIAEXAMPLE"),
    "secret_key": Secret("hunter2"),
    "cache_dir": "/srv/cache",
    "cache_size": 500,
    "jobs_dir": "/srv/jobs",
    "temp_dir": "/srv/tmp",
}
DISK = {"files_dir": "/data/one", "jobs_dir": "/data/jobs", "temp_dir": "/data/tmp"}
OWN: dict[str, dict[str, Any]] = {
    "disk": {**DISK, "store_by": "id"},
    "s3": {**SERVICE, "region": "eu-central-1"},
    "generic-s3": {**SERVICE, "endpoint": "https://s3.example.org:9000/path", "region": "here"},
    "azure": SERVICE,
    "swift": {**SERVICE, "endpoint": "http://swift.example.org:8080"},
}
"""For each kind all that it can be asked for, in a store of any type and in both syntaxes."""


def typical(kind: str, store: str, name: str | None = None, **more: Any) -> Backend:
    """A place of this kind with everything that it can have in such a store."""
    fields = {**OWN[kind], "name": f"The {kind}", **more}
    if store == "distributed":
        fields = {"weight": 2, "store_by": "uuid", **fields}
    return Backend.model_validate({"id": name or kind, "kind": kind, **fields})


TYPICAL: dict[str, Any] = {
    STORE: "distributed",
    BACKENDS: [
        typical("disk", "distributed", "files1", weight=0, quota="slow"),
        Backend(id="files2", kind="disk", files_dir="/data2/galaxy/objects", store_by="uuid", weight=3),
        typical("s3", "distributed"),
        typical("generic-s3", "distributed"),
        typical("azure", "distributed"),
        typical("swift", "distributed"),
    ],
}


def written(given: dict[str, Any], lens: ObjectStore, text: str | None = None) -> str:
    return lens.write(given, lens.skeleton(given) if text is None else text, "store").text


# stores that can be said


@st.composite
def stores(draw: st.DrawFn, syntax: str) -> dict[str, Any]:
    """Answers that a store in this syntax can hold, with any value in every field."""
    store = draw(st.sampled_from([*NESTED, *KINDS]))
    most = 4 if store in NESTED else 1
    rows = list({row.id: row for row in draw(literal_answers_to(BACKENDS).filter(bool))}.values())
    fitting = [_fit(draw, row, store, syntax) for row in rows[:most]]
    return {STORE: store, BACKENDS: fitting}


def _fit(draw: st.DrawFn, row: Backend, store: str, syntax: str) -> Backend:
    kind = store if store not in NESTED else row.kind or "disk"
    allowed = {"id", "name", "jobs_dir", "temp_dir", *({"weight"} if store == "distributed" else ())}
    allowed |= (
        {"files_dir"} if kind == "disk" else {"bucket", "access_key", "secret_key", "cache_dir", "cache_size"}
    )
    allowed |= {"region"} if kind in ("s3", "generic-s3") else set()
    if syntax == "yaml" or kind == "disk" or store == "distributed":
        allowed.add("store_by")
    if store != "hierarchical" and (syntax == "yaml" or kind == "disk"):
        allowed.add("quota")
    fields = {name: value for name, value in row if name in allowed and value is not None}
    if store == "distributed":
        fields.setdefault("weight", 1)
    if kind != "disk":
        fields["bucket"] = fields.get("bucket") or draw(lines.filter(bool))
        fields.setdefault("jobs_dir", "/jobs")
    if kind in ("generic-s3", "swift"):
        fields["endpoint"] = draw(
            st.sampled_from(["https://s3.example.org", "http://[::1]:9000/a", "http://h:1"])
        )
    return Backend.model_validate({**fields, "kind": kind})


@BOTH
@slow
@generated(st.data())
def test_what_is_written_is_read(lens: ObjectStore, data: st.DataObject) -> None:
    given = data.draw(stores(lens.syntax))
    try:
        text = written(given, lens)
    except Refused as refusal:
        assert "a character that XML cannot say" in str(refusal)
        assume(False)
    reading = lens.read(text, "store")
    assert reading.given == {**given, FORMAT: lens.syntax}
    assert reading.unread == ()
    assert written(reading.given, lens, text) == text


@BOTH
@slow
@generated(st.data())
def test_from_any_store_to_any_other(lens: ObjectStore, data: st.DataObject) -> None:
    """What is said of a store's own sets is nowhere left behind: the text says the second store, and only that."""
    first, second = data.draw(stores(lens.syntax)), data.draw(stores(lens.syntax))
    try:
        text = written(second, lens, written(first, lens))
    except Refused as refusal:
        assert "a character that XML cannot say" in str(refusal)
        assume(False)
    reading = lens.read(text, "store")
    assert reading.given[STORE] == second[STORE]
    held = reading.given[BACKENDS]
    if second[STORE] == "distributed":
        assert {row.id: row for row in held} == {row.id: row for row in second[BACKENDS]}
    else:
        assert held == second[BACKENDS]
    assert reading.unread == ()


@BOTH
@slow
@generated(st.data())
def test_any_answers_are_written_or_refused_with_their_question(
    lens: ObjectStore, data: st.DataObject
) -> None:
    given = data.draw(given_answers(lens.owns))
    try:
        text = written(given, lens)
    except Refused as refusal:
        assert all(problem.question and problem.way_out for problem in refusal.problems)
        return
    held = lens.read(text, "store").given
    for question, value in given.items():
        if question != FORMAT and value not in ([], "disk") and text != lens.skeleton(given):
            assert held.get(question) == value
    assert written(given, lens, text) == text


# real files


def real_stores() -> Iterator[Any]:
    for variable in ("GALAXY_SETUP_CORPUS", "GALAXY_SETUP_SAMPLES"):
        folder = os.environ.get(variable)
        files = sorted(Path(folder).glob("*/*object_store_conf*")) if folder else []
        yield from (pytest.param(file, id=f"{file.parent.name}-{file.name}") for file in files)
        if not folder:
            why = f"the real object stores are not here: {variable} is not set"
            yield pytest.param(None, id=variable, marks=pytest.mark.skip(reason=why))


@pytest.mark.parametrize("path", list(real_stores()))
def test_a_real_file_is_given_back_byte_for_byte(path: Path) -> None:
    lens = XML if ".xml" in path.name else YAML
    text = path.read_bytes().decode()
    reading = lens.read(text, path.name)
    assert reading.given[STORE] in (*NESTED, "disk")
    assert reading.given[BACKENDS]
    assert lens.write(reading.given, text, path.name).text == text
    assert lens.write({}, text, path.name).text == text


def test_galaxys_own_spelling_of_everything_is_read() -> None:
    text = """\
<?xml version="1.0"?>
<object_store type="distributed" id="primary">
    <backends search_for_missing="false" maxpctfull="90">
        <backend id="old">
            <files_dir path="database/files"/>
            <extra_dir type="job_work" path="database/jobs"/>
        </backend>
        <backend id="s3" type="s3" weight="0" device="x">
            <auth access_key="a" secret_key="b" />
            <bucket name="c" use_reduced_redundancy="False"/>
            <cache path="d" size="1000" cache_updated_data="True"/>
            <extra_dir type="temp" path="e"/>
        </backend>
        <backend id="swift" type="swift" weight="1">
            <auth access_key="a" secret_key="b" />
            <bucket name="c"/>
            <connection host="h.example.org" is_secure="no" conn_path="/x"/>
            <extra_dir type="temp" path="e"/>
        </backend>
        <backend id="rods" type="irods" weight="1"><auth username="rods" password="hunter3"/></backend>
        <object_store id="passed over"/>
    </backends>
</object_store>
"""
    reading = XML.read(text, "object_store_conf.xml")
    keys: dict[str, Any] = {
        "access_key": Secret("a"),
        "secret_key": Secret("b"),
        "bucket": "c",
        "temp_dir": "e",
    }
    assert reading.given == {
        STORE: "distributed",
        FORMAT: "xml",
        BACKENDS: [
            Backend(id="old", kind="disk", weight=1, files_dir="database/files", jobs_dir="database/jobs"),
            Backend(id="s3", kind="s3", weight=0, cache_dir="d", cache_size=1000, **keys),
            Backend(id="swift", kind="swift", weight=1, endpoint="http://h.example.org:6000/x", **keys),
        ],
    }
    assert [(problem.line, problem.what) for problem in reading.unread] == [
        (20, "backends.3 cannot be said by the answers; it is left alone"),
        (21, "<object_store> is no <backend>, and Galaxy passes over it; it is left alone"),
    ]


def test_places_of_a_hierarchical_store_are_read_in_their_order_and_need_no_id() -> None:
    text = """\
<object_store type="hierarchical"><backends>
<object_store type="disk" order="2"><files_dir path="/c"/></object_store>
<backend type="disk" order="0"><files_dir path="/a"/></backend>
<backend type="disk" order="1" id="b" weight="5"><files_dir path="/b"/></backend>
</backends></object_store>
"""
    reading = XML.read(text, "x")
    assert [(row.id, row.files_dir, row.weight) for row in reading.given[BACKENDS]] == [
        ("backend1", "/a", None),
        ("b", "/b", None),
        ("backend3", "/c", None),
    ]
    (unread,) = reading.unread
    assert (unread.line, unread.what) == (
        4,
        "backends.1.weight says nothing to Galaxy: only a distributed store weighs its places; it is left alone",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type: disk\nname: !x y\nid: a\n", None),
        ("type: irods\nauth: {}\n", "type is irods, which no answer says; it is left alone"),
        ("- 1\n", "the object store is no mapping of a type and its settings; it is left alone"),
        ("type: distributed\nbackends: 4\n", "backends is no list of places; it is left alone"),
        (
            "type: disk\nfiles_dir: 4\n",
            "files_dir holds a value that is no answer to this question; it is left alone",
        ),
        (
            "type: distributed\nbackends:\n- {type: disk, weight: 1}\n",
            "backends.0 cannot be said by the answers; it is left alone",
        ),
    ],
)
def test_what_no_answer_says_is_named(text: str, said: str | None) -> None:
    reading = YAML.read(text, "x")
    expected = (
        [said]
        if said
        else [
            "name holds a value that is no answer to this question; it is left alone",
            "!x is a YAML tag that Galaxy cannot read; it is left alone",
        ]
    )
    assert [problem.what for problem in reading.unread] == expected
    assert YAML.write(reading.given, text, "x").text == text


@BOTH
def test_a_plain_disk_is_one_without_places(lens: ObjectStore) -> None:
    text = written({STORE: "disk"}, lens)
    assert lens.read(text, "x").given == {STORE: "disk", FORMAT: lens.syntax}
    placed = written({BACKENDS: [Backend(id="main", kind="disk")]}, lens, text)
    assert lens.read(placed, "x").given[BACKENDS] == [Backend(id="main", kind="disk")]
    assert written({BACKENDS: []}, lens, placed) == text


# where it belongs

CONFIG = {"groundwork.config_dir": "/srv/galaxy/config", "groundwork.root": "/srv/galaxy"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, None),
        ({STORE: "disk"}, None),
        ({STORE: "disk", BACKENDS: []}, None),
        ({FILE: "store.yml"}, None),
        ({FORMAT: "yaml"}, None),
        ({STORE: "distributed"}, "/srv/galaxy/config/object_store_conf.xml"),
        ({STORE: "disk", BACKENDS: [Backend(id="a")]}, "/srv/galaxy/config/object_store_conf.xml"),
        ({STORE: "s3", FORMAT: "xml"}, "/srv/galaxy/config/object_store_conf.xml"),
        ({STORE: "s3", FORMAT: "yaml", FILE: "store.yml"}, "/srv/galaxy/config/store.yml"),
        ({STORE: "s3", FILE: "/etc/galaxy/store"}, "/etc/galaxy/store"),
        ({STORE: "disk", FILE: "a.xml"}, "/srv/galaxy/config/a.xml"),
    ],
)
def test_the_file_is_where_galaxy_looks_for_it(given: dict[str, Any], path: str | None) -> None:
    targets = [lens.target({**CONFIG, **given}) for lens in (YAML, XML)]
    found = [target for target in targets if target is not None]
    assert [target.path for target in found] == ([path] if path else [])
    assert all(target.mode == 0o640 for target in found)
    assert (targets[1] is not None) == (path is not None and is_xml(path))


@pytest.mark.parametrize(
    ("given", "question", "way_out"),
    [
        ({FORMAT: "yaml"}, FILE, "give it: object_store_conf.yml"),
        ({FORMAT: "yaml", FILE: "a.xml"}, FILE, "name it object_store_conf.yml"),
        ({FORMAT: "xml", FILE: "a.yml"}, FILE, "name it object_store_conf.xml"),
    ],
)
def test_a_file_that_galaxy_would_not_read_so_is_refused(
    given: dict[str, Any], question: str, way_out: str
) -> None:
    with pytest.raises(Refused) as refusal:
        YAML.target({**CONFIG, STORE: "s3", **given})
    (problem,) = refusal.value.problems
    assert (problem.question, problem.way_out) == (question, way_out)


@BOTH
def test_a_typical_file_for_review(lens: ObjectStore) -> None:
    name = "object_store_conf.yml" if lens is YAML else "object_store_conf.xml"
    assert written(TYPICAL, lens) == (GOLDEN / name).read_text()


# what cannot be said


@pytest.mark.parametrize(
    ("lens", "store", "fields", "said"),
    [
        (YAML, "distributed", {"kind": "disk"}, "a: weight cannot be written: it is not given"),
        (YAML, "distributed", {"weight": 1}, "a: kind cannot be written: it is not given"),
        (YAML, "hierarchical", {"kind": "disk", "weight": 1}, "only a distributed store weighs its places"),
        (
            YAML,
            "hierarchical",
            {"kind": "disk", "quota": "q"},
            "counts all places of a hierarchical store together",
        ),
        (YAML, "s3", {"kind": "s3"}, "a: bucket cannot be written: it is not given"),
        (YAML, "s3", {"kind": "s3", "bucket": "b", "files_dir": "/x"}, "only a disk has one"),
        (YAML, "disk", {"kind": "disk", "bucket": "b"}, "a directory has none"),
        (YAML, "disk", {"kind": "disk", "cache_size": 4}, "a directory needs no cache"),
        (
            YAML,
            "azure",
            {"kind": "azure", "bucket": "b", "region": "r"},
            "the service has no region to choose",
        ),
        (YAML, "s3", {"kind": "s3", "bucket": "b", "endpoint": "https://h"}, "goes without saying"),
        (
            YAML,
            "generic-s3",
            {"kind": "generic-s3", "bucket": "b"},
            "a: endpoint cannot be written: it is not given",
        ),
        (
            YAML,
            "swift",
            {"kind": "swift", "bucket": "b", "endpoint": "https://user:pw@h"},
            "a: endpoint cannot be written: it is no address of a service",
        ),
        (
            YAML,
            "swift",
            {"kind": "swift", "bucket": "b", "endpoint": "https://h:443/"},
            "a: endpoint cannot be written: it is longer than it needs to be",
        ),
        (YAML, "s3", {"kind": "disk"}, "the place is of the kind disk, the object store of the kind s3"),
        (XML, "s3", {"kind": "s3", "bucket": "b"}, "in XML Galaxy wants it for a service"),
        (XML, "s3", {"kind": "s3", "bucket": "b", "jobs_dir": "/", "quota": "q"}, "from XML only for a disk"),
        (
            XML,
            "s3",
            {"kind": "s3", "bucket": "b", "jobs_dir": "/", "store_by": "id"},
            "from XML only for a disk",
        ),
        (XML, "disk", {"kind": "disk", "files_dir": "/\ufffe"}, "files_dir"),
    ],
)
def test_what_galaxy_would_not_see_is_refused(
    lens: ObjectStore, store: str, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refusal:
        written({STORE: store, BACKENDS: [Backend.model_validate({"id": "a", **fields})]}, lens)
    (problem,) = refusal.value.problems
    assert said in problem.what or (said == "files_dir" and "XML cannot say" in problem.what)
    assert problem.question == BACKENDS
    assert problem.way_out
    assert "pw" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({BACKENDS: [typical("disk", "disk")]}, STORE),
        ({STORE: "distributed"}, BACKENDS),
        ({STORE: "distributed", BACKENDS: []}, BACKENDS),
        ({STORE: "s3"}, BACKENDS),
        ({STORE: "s3", BACKENDS: [typical("s3", "s3", "a"), typical("s3", "s3", "b")]}, BACKENDS),
        ({STORE: "distributed", BACKENDS: [typical("disk", "distributed")] * 2}, BACKENDS),
    ],
)
@BOTH
def test_a_store_that_is_none_is_refused(lens: ObjectStore, given: dict[str, Any], question: str) -> None:
    with pytest.raises(Refused) as refusal:
        written(given, lens)
    assert [problem.question for problem in refusal.value.problems] == [question]


def test_an_older_galaxy_gets_the_types_that_it_has() -> None:
    rows = [typical(kind, "distributed") for kind in KINDS]
    asked = {STORE: "distributed", BACKENDS: rows, "groundwork.release": "24.0"}
    with pytest.raises(Refused, match=r"region cannot be written: it is read by no store of Galaxy 24\.0"):
        written(asked, YAML)
    asked[BACKENDS] = [row.model_copy(update={"region": None}) for row in rows]
    text = written(asked, YAML)
    types = [place["type"] for place in YAML.document(text, "x").get(("backends",))]
    assert types == ["disk", "aws_s3", "generic_s3", "azure_blob", "swift"]
    assert YAML.read(text, "x").given[BACKENDS] == asked[BACKENDS]
    newer = {**asked, "groundwork.release": "26.1"}
    assert written(newer, YAML, text) == text  # a place keeps the type that it has


# secrets


def hidden(lens: ObjectStore, text: str) -> list[str]:
    return [text[span.start : span.end] for span in lens.secret_spans(text, "x")]


@BOTH
def test_keys_are_secret(lens: ObjectStore) -> None:
    text = written(TYPICAL, lens)
    assert hidden(lens, text) == ["AKIAEXAMPLE", "hunter2"] * 4
    changes = lens.write(TYPICAL, lens.skeleton({}), "x").changes
    for change in changes:
        assert (change.after in ("AKIAEXAMPLE", "hunter2")) == (change.secrecy == "whole")
    assert "hunter2" not in repr(changes) + repr(lens.read(text, "x"))


def test_secrets_of_stores_that_no_answer_says_and_in_comments_are_found_too() -> None:
    yaml = """\
type: irods
auth: {username: rods, password: one}
#auth:
#  access_key: two
# auth: {account_key: three}
auth:
  username: rods
  password: "four"
connection:
  endpoint_url: https://user:five@h
"""
    found = hidden(YAML, yaml)
    assert [each for each in ("two", "three", '"four"', "five") if any(each in span for span in found)] == [
        "two",
        "three",
        '"four"',
        "five",
    ]
    xml = """\
<object_store type="pithos">
<auth url="https://user:one@h/x" token="two"/>
<!-- <auth account_name='three' account_key="four"/> <x url="https://u:five@h"/> -->
</object_store>
"""
    assert hidden(XML, xml) == ["one", "two", "three", "four", "five"]
