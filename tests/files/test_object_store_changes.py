"""One answer changed in a file that somebody else wrote: only its own lines differ, and everything else stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.files.test_object_store import (
    BACKENDS,
    BOTH,
    KINDS,
    NESTED,
    STORE,
    TYPICAL,
    XML,
    YAML,
    typical,
    written,
)
from tests.laws.lines import touched_otherwise
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.files.storage.store import ObjectStore
from wizard.problems import Refused

THEIRS_YAML = """\
---
# Our store. Ask the storage group before you touch it.
type: distributed
global_max_percent_full: 90   # see ticket 12
search_for_missing: true
backends:
# the old disk
- id: old
  type: disk
  weight: 0
  files_dir: "/old/files"
  extra_dirs:
  - {type: job_work, path: /old/jobs}
  - type: scratch
    path: /old/scratch

# fast, and not backed up
- id: scratch
  type: disk
  store_by: uuid
  weight: 3
  allow_selection: true
  name: Scratch
  description: >
    Gone after a month.
  badges:
  - type: not_backed_up
  files_dir: /scratch/files  # NFS
  quota: {source: scratch}
- id: rods
  type: irods
  weight: 1
  auth: {username: rods, password: hunter3}
- id: s3
  type: generic_s3
  weight: 1
  auth:
    access_key: AKIA
    secret_key: hunter2
  bucket: {name: galaxy, max_chunk_size: 250}
  connection: {host: s3.example.org, multipart: true}
  cache:
    path: database/cache
    size: 1000
    cache_updated_data: true
# end
"""
THEIRS_XML = """\
<?xml version="1.0"?>
<!-- Our store. Ask the storage group before you touch it. -->
<object_store type="distributed">
    <backends maxpctfull="90" search_for_missing="true"> <!-- see ticket 12 -->
        <!-- the old disk -->
        <backend id="old" type="disk" weight="0">
            <files_dir path='/old/files' />
            <extra_dir type="job_work" path="/old/jobs"/> <extra_dir type="scratch" path="/old/scratch"/>
        </backend>

        <!-- fast, and not backed up -->
        <backend id="scratch" type="disk" store_by="uuid" weight="3" allow_selection="true"
                 name="Scratch">
            <description>Gone after a month.</description>
            <badges><not_backed_up/></badges>
            <quota source="scratch"/>
            <files_dir path="/scratch/files"/> <!-- NFS -->
        </backend>
        <backend id="rods" type="irods" weight="1"><auth username="rods" password="hunter3"/></backend>
        <backend id="s3" type="generic_s3" weight="1">
            <auth access_key="AKIA" secret_key="hunter2"/>
            <bucket name="galaxy" max_chunk_size="250"/>
            <connection host="s3.example.org" multipart="True"/>
            <cache path="database/cache" size="1000" cache_updated_data="True"/>
            <extra_dir type="job_work" path="database/jobs"/>
        </backend>
        <!-- end -->
    </backends>
</object_store>
"""
THEIRS = pytest.mark.parametrize(
    ("lens", "text"), [(YAML, THEIRS_YAML), (XML, THEIRS_XML)], ids=["yaml", "xml"]
)


def rows_of(lens: ObjectStore, text: str) -> dict[str, Backend]:
    return {row.id: row for row in lens.read(text, "x").given.get(BACKENDS, [])}


def changed(lens: ObjectStore, text: str, rows: list[Backend], moved: bool = False, **more: Any) -> str:
    """The text with these rows; every law that a change has to keep is tried. `moved`: whole places change sides."""
    given = {BACKENDS: rows, **{f"data.{name}": value for name, value in more.items()}}
    result = lens.write(given, text, "x")
    assert moved or touched_otherwise(text, result.text, result.changes) == []
    assert all(change.line_before or change.line_after for change in result.changes)
    reading = lens.read(result.text, "x")
    assert {row.id: row for row in reading.given.get(BACKENDS, [])} == {row.id: row for row in rows}
    assert lens.write(given, result.text, "x").text == result.text
    return result.text


@THEIRS
def test_it_is_read_as_it_is_meant(lens: ObjectStore, text: str) -> None:
    rows = rows_of(lens, text)
    jobs = "database/jobs" if lens is XML else None
    assert rows == {
        "old": Backend(id="old", kind="disk", weight=0, files_dir="/old/files", jobs_dir="/old/jobs"),
        "scratch": Backend(
            id="scratch",
            kind="disk",
            store_by="uuid",
            weight=3,
            name="Scratch",
            files_dir="/scratch/files",
            quota="scratch",
        ),
        "s3": Backend(
            id="s3",
            kind="generic-s3",
            weight=1,
            bucket="galaxy",
            endpoint="https://s3.example.org:6000",
            access_key=Secret("AKIA"),
            secret_key=Secret("hunter2"),
            cache_dir="database/cache",
            cache_size=1000,
            jobs_dir=jobs,
        ),
    }


FIELDS: list[tuple[str, str, Any]] = [
    ("old", "weight", 4),
    ("old", "files_dir", "/else where/'files\""),
    ("old", "files_dir", None),
    ("old", "name", "Alt: {x} #1"),
    ("old", "store_by", "id"),
    ("old", "quota", "slow"),
    ("old", "jobs_dir", "/jobs"),
    ("old", "jobs_dir", None),
    ("old", "temp_dir", "/tmp/x"),
    ("scratch", "name", None),
    ("scratch", "store_by", None),
    ("scratch", "quota", None),
    ("scratch", "quota", "other"),
    ("scratch", "jobs_dir", "/jobs"),
    ("s3", "bucket", "b&<>\"'"),
    ("s3", "endpoint", "https://other.example.org:6000"),
    ("s3", "endpoint", "http://s3.example.org/path"),
    ("s3", "region", "eu"),
    ("s3", "access_key", None),
    ("s3", "access_key", Secret("50%$\\ ")),
    ("s3", "secret_key", Secret("]]> -->")),
    ("s3", "cache_dir", None),
    ("s3", "cache_size", 5),
    ("s3", "cache_size", None),
    ("s3", "store_by", "id"),
    ("s3", "jobs_dir", "/jobs"),
]
_SPELLED = ("endpoint", "jobs_dir")
"""What may be said in another way when it comes back: with the port, as the last of the directories."""


@THEIRS
@pytest.mark.parametrize(("name", "field", "value"), FIELDS)
def test_one_field_changes_only_its_lines(
    lens: ObjectStore, text: str, name: str, field: str, value: Any
) -> None:
    rows = rows_of(lens, text)
    asked = [row.model_copy(update={field: value}) if row.id == name else row for row in rows.values()]
    after = changed(lens, text, asked)
    assert after != text
    changes = lens.write({BACKENDS: asked}, text, "x").changes
    assert {change.questions for change in changes} == {(BACKENDS,)}
    assert all(change.option.startswith(f"backends[{name}].") for change in changes)
    if field.endswith("_key"):
        assert {change.secrecy for change in changes} == {"whole"}
    back = changed(lens, after, list(rows.values()))
    assert lens.parse(back, "x").get(()) == lens.parse(text, "x").get(()) or field in _SPELLED


@THEIRS
@pytest.mark.parametrize("gone", ["old", "scratch", "s3"])
def test_a_place_goes_with_its_lines(lens: ObjectStore, text: str, gone: str) -> None:
    rows = rows_of(lens, text)
    kept = [row for row in rows.values() if row.id != gone]
    after = changed(lens, text, kept)
    assert gone not in rows_of(lens, after)
    assert "irods" in after
    assert "hunter3" in after


@THEIRS
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_place_of_a_distributed_store_comes_last(lens: ObjectStore, text: str, kind: str) -> None:
    rows = rows_of(lens, text)
    asked = [typical(kind, "distributed", "new"), *rows.values()]
    after = changed(lens, text, asked)
    assert list(rows_of(lens, after)) == [*rows, "new"]
    assert changed(lens, after, list(rows.values())) == text or lens is YAML


@THEIRS
def test_the_last_removed_and_another_new(lens: ObjectStore, text: str) -> None:
    rows = rows_of(lens, text)
    changed(
        lens,
        text,
        [rows["old"], typical("azure", "distributed", "one"), typical("disk", "distributed", "two")],
        moved=True,
    )


@THEIRS
def test_an_id_that_a_place_of_another_type_has_is_refused(lens: ObjectStore, text: str) -> None:
    asked = [*rows_of(lens, text).values(), typical("disk", "distributed", "rods")]
    with pytest.raises(Refused, match="the id rods stands here twice"):
        lens.write({BACKENDS: asked}, text, "x")


@THEIRS
def test_a_store_with_places_that_no_answer_says_does_not_become_one_place(
    lens: ObjectStore, text: str
) -> None:
    for given in ({STORE: "disk", BACKENDS: []}, {STORE: "azure", BACKENDS: [typical("azure", "azure")]}):
        with pytest.raises(Refused) as refusal:
            lens.write(given, text, "x")
        assert refusal.value.problems[0].question == STORE
        assert refusal.value.problems[0].line


@BOTH
def test_a_store_that_no_answer_says_is_not_overwritten(lens: ObjectStore) -> None:
    text = "type: irods\n" if lens is YAML else '<object_store type="irods"/>\n'
    with pytest.raises(
        Refused, match="has an object store of the type irods, which no answer says"
    ) as refusal:
        lens.write(TYPICAL, text, "x")
    assert refusal.value.problems[0].line == 1


# order

ORDERED: dict[str, Any] = {
    STORE: "hierarchical",
    BACKENDS: [typical("disk", "hierarchical", name, files_dir=f"/{name}") for name in ("a", "b", "c")],
}


@BOTH
@pytest.mark.parametrize("order", ["nabc", "anbc", "abcn", "cab", "cba", "bca", "cnb", "nc", "bnma"])
def test_places_of_a_hierarchical_store_stand_as_they_are_answered(lens: ObjectStore, order: str) -> None:
    text = written(ORDERED, lens)
    marked = text
    for name in "abc":  # what no answer says, and must stay with its place
        if lens is YAML:
            marked = marked.replace(f"- id: {name}\n", f"- id: {name}\n    device: of-{name}  # of {name}\n")
        else:
            marked = marked.replace(f'<backend id="{name}"', f'<backend device="of-{name}" id="{name}"')
    asked = [typical("disk", "hierarchical", name, files_dir=f"/{name}") for name in order]
    kept = [name for name in order if name in "abc"]
    after = changed(lens, marked, asked, moved=lens is YAML and kept != sorted(kept))
    assert "".join(rows_of(lens, after)) == order
    for name in order:
        held = next(place for place in _places(lens, after) if place["id"] == name)
        assert held.get("device") == (f"of-{name}" if name in "abc" else None)


def _places(lens: ObjectStore, text: str) -> list[dict[str, str]]:
    if lens is YAML:
        places: list[dict[str, str]] = lens.document(text, "x").get(("backends",))
        return places
    import xml.etree.ElementTree as ElementTree

    return [dict(place.attrib) for place in ElementTree.fromstring(text).iter("backend")]


def test_comments_move_with_their_place_and_the_rest_of_the_file_stays() -> None:
    text = """\
type: hierarchical
backends:
  # the first
  - type: disk
    id: one
    files_dir: /one

  # the second
  - type: disk
    id: two
    files_dir: /two
private: true"""
    rows = rows_of(YAML, text)
    assert (
        changed(YAML, text, [rows["two"], rows["one"]])
        == """\
type: hierarchical
backends:
  # the second
  - type: disk
    id: two
    files_dir: /two
  # the first
  - type: disk
    id: one
    files_dir: /one

private: true"""
    )


@pytest.mark.parametrize(
    "text",
    [
        "type: hierarchical\nbackends: [{id: one, type: disk, device: x}, {id: two, type: disk}]\n",
        "type: hierarchical\r\nbackends:\r\n- id: one\r\n  type: disk\r\n-\r\n  id: two\r\n  type: disk",
        "{type: hierarchical, backends: [\n{id: one, type: disk},\n{id: two, type: disk}]}\n",
    ],
)
def test_order_in_any_spelling(text: str) -> None:
    rows = rows_of(YAML, text)
    new = Backend(id="new", kind="disk")
    after = YAML.write({BACKENDS: [new, rows["two"], rows["one"]]}, text, "x").text
    assert list(rows_of(YAML, after)) == ["new", "two", "one"]
    assert after.count("\r\n") == (after.count("\n") if "\r" in text else 0)
    assert ("device: x" in after) == ("device: x" in text)


def test_a_place_that_no_answer_says_keeps_its_turn() -> None:
    text = """\
<object_store type="hierarchical">
  <backends>
    <backend type="disk" id="b" order="5"/>
    <object_store type="pithos" id="p" order="2"><auth url="u" token="t"/></object_store>
    <backend type="disk" id="a" order="1"/>
  </backends>
</object_store>
"""
    rows = rows_of(XML, text)
    new = Backend(id="new", kind="disk")
    after = XML.write({BACKENDS: [new, rows["a"], rows["b"]]}, text, "x").text
    orders = {place.attributes["id"]: int(place.attributes["order"]) for place in _elements(after)}
    assert sorted(orders, key=lambda name: orders[name]) == ["new", "a", "p", "b"]
    assert XML.write({BACKENDS: [rows["a"], rows["b"], new]}, text, "x").text.replace(
        "\n", ""
    ) == text.replace(
        '<backend type="disk" id="a" order="1"/>',
        '<backend type="disk" id="a" order="1"/>    <backend id="new" type="disk" order="6"/>',
    ).replace("\n", "")


def _elements(text: str) -> list[Any]:
    from wizard.documents.xml.document import parse

    return [each for each in parse(text).root.walk() if "order" in each.attributes]


def test_places_without_a_number_are_not_put_in_order() -> None:
    text = '<object_store type="hierarchical"><backends><backend type="disk"/></backends></object_store>'
    reading = XML.read(text, "x")
    assert reading.unread[0].what.startswith("<backends> has a place without a number as its order")
    with pytest.raises(Refused, match="without a number"):
        XML.write({BACKENDS: [Backend(id="a", kind="disk")]}, text, "x")


# from one kind of store to another


@BOTH
@pytest.mark.parametrize("nested", NESTED)
def test_one_disk_becomes_the_first_of_several(lens: ObjectStore, nested: str) -> None:
    one: dict[str, Any] = {STORE: "disk", BACKENDS: [typical("disk", "disk", "files1")]}
    text = written(one, lens)
    asked = [typical("disk", nested, "files1"), typical("disk", nested, "files2", files_dir="/new")]
    after = changed(lens, text, asked, object_store=nested)
    assert lens.read(after, "x").given[STORE] == nested
    back = changed(lens, after, one[BACKENDS], object_store="disk")
    assert lens.parse(back, "x").get(()) == lens.parse(text, "x").get(())


def test_a_distributed_store_of_which_much_goes_without_saying_becomes_a_hierarchical_one() -> None:
    places = '<backend id="a"/>\n<backend id="b"/>'
    text = f'<object_store type="distributed"><backends>\n{places}\n</backends></object_store>\n'
    rows = [row.model_copy(update={"weight": None}) for row in rows_of(XML, text).values()]
    after = XML.write({STORE: "hierarchical", BACKENDS: rows[::-1]}, text, "x").text
    assert after == (
        '<object_store type="hierarchical"><backends>\n<backend id="a" type="disk" order="1"/>\n'
        '<backend id="b" type="disk" order="0"/>\n</backends></object_store>\n'
    )


def test_a_backend_of_a_boto3_store_changes_its_kind_with_its_endpoint() -> None:
    text = written({STORE: "s3", BACKENDS: [typical("s3", "s3")]}, YAML)
    row = typical("s3", "s3").model_copy(update={"kind": "generic-s3", "endpoint": "https://s3.example.org"})
    after = changed(YAML, text, [row], object_store="generic-s3")
    assert after == text.replace(
        "  region: eu-central-1\n", "  region: eu-central-1\n  endpoint_url: https://s3.example.org\n"
    )
