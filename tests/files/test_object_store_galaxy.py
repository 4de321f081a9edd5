"""Galaxy's own builder takes every object store that is written, and sees in it what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.answer_strategies import _HOSTILE
from tests.conftest import Ask
from tests.files.test_object_store import (
    BACKENDS,
    BOTH,
    FILE,
    FORMAT,
    KINDS,
    NESTED,
    STORE,
    TYPICAL,
    XML,
    YAML,
    typical,
    written,
)
from tests.files.test_object_store_changes import THEIRS_XML, THEIRS_YAML, rows_of
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.storage.store import ObjectStore
from wizard.plan import make_plan

pytestmark = pytest.mark.consumer

TYPES = {"s3": "boto3", "generic-s3": "boto3", "azure": "azure_blob", "swift": "generic_s3"}
"""What the class of each kind calls itself."""


def expected(row: Backend) -> dict[str, Any]:
    """What Galaxy must see of a place, as far as it was answered."""
    kind = row.kind or ""
    said: dict[str, Any] = {"type": TYPES.get(kind, kind), "store_by": row.store_by, "name": row.name}
    said |= {"id": row.id, "weight": row.weight} if row.weight is not None else {}
    said |= {"files_dir": row.files_dir, "quota": row.quota and {"source": row.quota, "enabled": True}}
    dirs = {"job_work": row.jobs_dir, "temp": row.temp_dir}
    said["extra_dirs"] = {name: path for name, path in dirs.items() if path}
    if row.bucket:
        keys = [key.reference if key else None for key in (row.access_key, row.secret_key)]
        names = ("account_name", "account_key") if kind == "azure" else ("access_key", "secret_key")
        said["auth"] = dict(zip(names, keys, strict=True))
        said["container" if kind == "azure" else "bucket"] = {"name": row.bucket}
        said["cache"] = {"path": row.cache_dir, "size": row.cache_size}
    if kind in ("s3", "generic-s3"):
        said["connection"] = {"endpoint_url": row.endpoint, "region": row.region}
    return said


def sees(seen: Any, wanted: Any) -> bool:
    """Whether everything that is wanted is seen; None is not asked."""
    if isinstance(wanted, dict):
        return all(sees(seen.get(key), value) for key, value in wanted.items())
    return bool(wanted is None or seen == wanted)


def hostile() -> list[Backend]:
    """Places whose every text is one that some syntax could take for something else."""
    numbers = count()
    rows = []
    for text in [each for each in _HOSTILE if each]:
        keys: dict[str, Any] = {"access_key": Secret(text), "secret_key": Secret(text[::-1])}
        paths: dict[str, Any] = {"cache_dir": text, "jobs_dir": f"/{text}", "temp_dir": text}
        more = {"bucket": text, "name": text, "weight": 1, "region": text}
        rows.append(
            Backend.model_validate({"id": f"h{next(numbers)}", "kind": "s3", **more, **keys, **paths})
        )
        azure = {"bucket": text, "weight": 1, "jobs_dir": text, **keys}
        rows.append(Backend.model_validate({"id": f"h{next(numbers)}", "kind": "azure", **azure}))
        disk = {"files_dir": f"/x{text}", "name": text, "weight": 1}
        rows.append(Backend.model_validate({"id": f"h{next(numbers)}", "kind": "disk", **disk}))
    rows += [
        Backend(id=name, kind="disk", weight=1, quota=name, files_dir="/x")
        for name in ("no", "0640", "1_000", "0x1f", "1.5", "null", "true", "007", "_")
    ]
    return rows


def one_place(kind: str) -> Backend:
    row = typical(kind, kind)
    return row.model_copy(update={"quota": "slow"}) if kind == "disk" else row


def in_order(names: str) -> list[Backend]:
    return [Backend(id=name, kind="disk", files_dir=f"/{name}") for name in names]


def older(store: str) -> list[Backend]:
    return [typical(kind, store).model_copy(update={"region": None}) for kind in KINDS]


ORDERS = ("nab", "bna", "ban")
RELEASES = ("26.1", "22.01")


def texts(lens: ObjectStore) -> Iterator[tuple[str, str]]:
    """What Galaxy is to read, by name."""
    for store in NESTED:
        yield store, written({STORE: store, BACKENDS: [typical(kind, store) for kind in KINDS]}, lens)
        for release in RELEASES:
            asked = {STORE: store, BACKENDS: older(store), "groundwork.release": release}
            yield f"{store} {release}", written(asked, lens)
    for kind in KINDS:
        yield kind, written({STORE: kind, BACKENDS: [one_place(kind)]}, lens)
    yield "hostile", written({STORE: "distributed", BACKENDS: hostile()}, lens)
    start = written({STORE: "hierarchical", BACKENDS: in_order("ab")}, lens)
    for order in ORDERS:
        yield order, written({BACKENDS: in_order(order)}, lens, start)
    theirs, first, last = THEIRS_YAML, "- id: rods", "- id: s3"
    if lens is XML:
        theirs, first, last = THEIRS_XML, '        <backend id="rods"', '        <backend id="s3"'
    theirs = theirs[: theirs.index(first)] + theirs[theirs.index(last) :]  # its library is not everywhere
    rows = [row.model_copy(update={"weight": 7}) for row in rows_of(lens, theirs).values()]
    yield "theirs", written({BACKENDS: [*rows, typical("azure", "distributed", "new")]}, lens, theirs)


def planned(lens: ObjectStore, folder: Path) -> Path:
    """The galaxy.yml of a whole plan, written with all that belongs to it."""
    folder.mkdir()
    named: dict[str, Any] = {FILE: "object_store_conf.yml", FORMAT: "yaml"} if lens is YAML else {}
    named["data.quotas"] = True
    given = {"groundwork.config_dir": str(folder), "groundwork.root": str(folder), **named, **TYPICAL}
    plan = make_plan(given, Disk(), lenses=(*LENSES, YAML, XML))
    for file in plan.files:
        Path(file.path).write_text(file.after)
    assert {problem.question for problem in plan.idle} == set()
    return folder / "galaxy.yml"


Seen = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def seen(galaxy: Ask, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What Galaxy sees, by syntax and name: asked once for all."""
    files: dict[tuple[str, str], Path] = {}
    for lens in (YAML, XML):
        folder = tmp_path_factory.mktemp(lens.syntax)
        for name, text in texts(lens):
            files[lens.syntax, name] = folder / f"{name}.{'yml' if lens is YAML else 'xml'}"
            files[lens.syntax, name].write_bytes(text.encode())
        files[lens.syntax, "plan"] = planned(lens, folder / "plan")
    answer = galaxy("object_store", *files.values())
    assert answer["problems"] == []
    return dict(zip(files, answer["stores"], strict=True))


@BOTH
@pytest.mark.parametrize("store", NESTED)
def test_galaxy_sees_every_kind_of_place_with_all_that_it_was_given(
    lens: ObjectStore, store: str, seen: Seen
) -> None:
    found = seen[lens.syntax, store]
    assert found["type"] == store
    for kind, place in zip(KINDS, found["backends"], strict=True):
        assert sees(place, expected(typical(kind, store))), place
    swift, like = (found["backends"][KINDS.index(kind)] for kind in ("swift", "generic-s3"))
    assert swift["client"] == {"host": "swift.example.org", "port": 8080, "secure": False, "path": "/"}
    assert like["client"] == {"endpoint": "https://s3.example.org:9000/path", "region": "here"}


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_galaxy_sees_a_store_of_one_place(lens: ObjectStore, kind: str, seen: Seen) -> None:
    assert sees(seen[lens.syntax, kind], expected(one_place(kind))), seen[lens.syntax, kind]


@pytest.mark.parametrize("store", NESTED)
@pytest.mark.parametrize("release", RELEASES)
def test_the_same_answers_are_the_same_store_in_yaml_and_xml(store: str, release: str, seen: Seen) -> None:
    one, other = ({**seen[syntax, f"{store} {release}"]} for syntax in ("yaml", "xml"))
    assert one.pop("source") != other.pop("source")
    for each in (one, other):  # the places of the whole server, which no answer gave here
        for place in (each, *each["backends"]):
            place["extra_dirs"] = {
                name: path for name, path in place["extra_dirs"].items() if "pytest" not in path
            }
    assert one == other
    types = [place["type"] for place in one["backends"]]
    assert types[1:3] == (["boto3"] * 2 if release == "26.1" else ["aws_s3", "generic_s3"])


@BOTH
def test_galaxy_sees_hostile_values_as_they_are(lens: ObjectStore, seen: Seen) -> None:
    places = {place["id"]: place for place in seen[lens.syntax, "hostile"]["backends"]}
    for row in hostile():
        assert sees(places[row.id], expected(row)), (places[row.id], expected(row))


@BOTH
def test_after_a_change_galaxy_sees_it_and_all_that_was_there(lens: ObjectStore, seen: Seen) -> None:
    found = seen[lens.syntax, "theirs"]
    weights = [(place["id"], place["weight"]) for place in found["backends"]]
    assert weights == [("old", 7), ("scratch", 7), ("s3", 7), ("new", 2)]
    assert found["global_max_percent_full"] == 90
    old, scratch, legacy = found["backends"][:3]
    assert old["extra_dirs"]["scratch"] == "/old/scratch"
    assert scratch["description"].strip() == "Gone after a month."
    assert [badge["type"] for badge in scratch["badges"]][:1] == ["not_backed_up"]
    assert legacy["type"] == "generic_s3"
    assert legacy["client"]["port"] == 6000


@BOTH
@pytest.mark.parametrize("order", ORDERS)
def test_galaxy_looks_through_places_in_the_order_of_the_answers(
    lens: ObjectStore, order: str, seen: Seen
) -> None:
    places = seen[lens.syntax, order]["backends"]
    assert "".join(place["files_dir"].strip("/") for place in places) == order


@BOTH
def test_galaxy_finds_the_file_of_a_whole_plan(lens: ObjectStore, seen: Seen) -> None:
    """galaxy.yml names the file, or Galaxy looks for it by itself."""
    found = seen[lens.syntax, "plan"]
    assert Path(found["source"]).name == f"object_store_conf.{'yml' if lens is YAML else 'xml'}"
    rows: list[Backend] = TYPICAL[BACKENDS]
    for row, place in zip(rows, found["backends"], strict=True):
        assert sees(place, expected(row)), place
