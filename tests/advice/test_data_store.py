"""Rules about where datasets are: what loses them, and what fills a disk."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.storage import Backend

CONFIG = "/srv/galaxy/config"
SERVER = {
    "groundwork.config_dir": CONFIG,
    "groundwork.release": "26.1",
    "groundwork.data_dir": "/srv/galaxy/data",
}
ONE_DISK = {**SERVER, "data.object_store": "disk", "data.file_path": "/data/objects", "data.store_by": "uuid"}
DEFAULT = {**SERVER, "data.object_store": "disk"}
OLD, NEW = (
    Backend(id="old", kind="disk", files_dir="/data/objects", store_by="uuid", weight=0),
    Backend(id="new", kind="disk", files_dir="/data2/objects", store_by="uuid", weight=1),
)
BUCKET = Backend(
    id="main",
    kind="generic-s3",
    bucket="galaxy",
    endpoint="https://s3.example.org",
    cache_dir="/data/cache",
    cache_size=500,
    store_by="uuid",
)


HELD = {
    f"{folder}/0/a/dataset_1.dat": "ACGT"
    for folder in ("/data/objects", "/data2/objects", "/old/objects", "/srv/galaxy/data/objects")
}
"""Datasets of a server that has been used."""
used = partial(scene_of, disk_files=HELD)


def places(*rows: Backend, store: str = "distributed") -> dict[str, Any]:
    """A store with these places."""
    return {
        **SERVER,
        "data.object_store": store,
        "data.object_store_format": "yaml",
        "data.object_store_file": f"{CONFIG}/object_store_conf.yml",
        "data.backends": list(rows),
    }


def but(row: Backend, **fields: Any) -> Backend:
    return row.model_copy(update=fields)


BAD: Bad = {
    "data.place-changed": partial(used, {**ONE_DISK, "data.file_path": "/new/objects"}, before=ONE_DISK),
    "data.naming-changed": partial(used, {**ONE_DISK, "data.store_by": "id"}, before=ONE_DISK),
    "data.extended-by-id": partial(
        scene_of, {**ONE_DISK, "data.store_by": "id", "cluster.metadata_strategy": "extended"}
    ),
    "data.no-place-for-new": partial(scene_of, places(OLD, but(NEW, weight=0))),
    "data.same-place-twice": partial(scene_of, places(NEW, but(NEW, id="again"))),
    "data.cache-unlimited": partial(scene_of, places(but(BUCKET, cache_size=None), store="generic-s3")),
    "data.service-without-tls": partial(
        scene_of, places(but(BUCKET, endpoint="http://s3.example.org"), store="generic-s3")
    ),
}


@pytest.mark.parametrize(
    "answers",
    [ONE_DISK, places(OLD, NEW), places(BUCKET, store="generic-s3"), SERVER],
    ids=["one disk", "distributed", "bucket", "nothing said"],
)
def test_a_store_that_is_well_and_stays_hears_nothing(answers: dict[str, Any]) -> None:
    extended = {**answers, "cluster.metadata_strategy": "extended"}
    new, later = scene_of(extended), used({**extended, "groundwork.brand": "New"}, before=extended)
    assert [code for code in BAD if found(code, new) or found(code, later)] == []


def test_the_old_directory_is_offered_back() -> None:
    (finding,) = found("data.place-changed", BAD["data.place-changed"]())
    assert finding.fix == {"data.file_path": "/data/objects"} and "/data/objects" in finding.what


def test_more_places_are_no_loss_while_the_first_stays() -> None:
    assert not found("data.place-changed", used(places(OLD, NEW), before=ONE_DISK))
    (finding,) = found("data.place-changed", used(places(NEW), before=ONE_DISK))
    assert finding.question == "data.backends" and not finding.fix


@pytest.mark.parametrize("now", [[NEW], [but(OLD, id="older"), NEW], [but(OLD, files_dir="/moved"), NEW]])
def test_a_place_among_several_keeps_its_id_and_its_directory(now: list[Backend]) -> None:
    (finding,) = found("data.place-changed", used(places(*now), before=places(OLD, NEW)))
    assert "/data/objects" in finding.what


def test_a_weight_may_change_at_any_time() -> None:
    retired = places(but(OLD, weight=1), but(NEW, weight=0))
    assert not found("data.place-changed", used(retired, before=places(OLD, NEW)))


def test_a_server_that_was_never_applied_is_compared_with_its_files() -> None:
    files = {f"{CONFIG}/galaxy.yml": "galaxy:\n  file_path: /old/objects\n  data_dir: /srv/galaxy/data\n"}
    (finding,) = found("data.place-changed", scene_of(ONE_DISK, disk_files=HELD | files))
    assert "/old/objects" in finding.what


def test_a_relative_directory_moves_with_the_data() -> None:
    before = {**ONE_DISK, "data.file_path": "objects"}
    moved = {**before, "groundwork.data_dir": "/other"}
    (finding,) = found("data.place-changed", used(moved, before=before))
    assert "/srv/galaxy/data/objects" in finding.what


def test_a_directory_without_datasets_may_name_them_in_another_way() -> None:
    by_id = {**ONE_DISK, "data.store_by": "id"}
    assert not found("data.naming-changed", scene_of(by_id, before=ONE_DISK))
    assert not found(
        "data.naming-changed", scene_of(by_id, before=ONE_DISK, disk_files={"/data/objects/": ""})
    )
    assert found("data.naming-changed", used(by_id, before=ONE_DISK))


def test_a_new_server_has_nothing_to_lose() -> None:
    assert not found("data.place-changed", used(ONE_DISK))


MOVED = {**ONE_DISK, "data.file_path": "/new/objects"}


def place_changed(answers: dict[str, Any], before: dict[str, Any], *held: str, **more: Any) -> bool:
    """Whether the rule speaks where the disk holds these files alone."""
    files = dict.fromkeys(held, "")
    return bool(found("data.place-changed", scene_of(answers, before=before, disk_files=files, **more)))


def test_a_directory_without_datasets_may_be_left() -> None:
    assert not place_changed(MOVED, ONE_DISK)
    assert not place_changed(MOVED, ONE_DISK, "/data/objects/")
    assert place_changed(MOVED, ONE_DISK, "/data/objects/0/dataset_1.dat")
    assert place_changed(MOVED, ONE_DISK, "/data/objects"), "what is no directory is none that is empty"


def test_a_directory_that_nobody_named_is_empty_where_the_older_one_is_too() -> None:
    moved = {**DEFAULT, "groundwork.data_dir": "/new"}
    assert not place_changed(moved, DEFAULT, "/srv/galaxy/data/objects/", "/srv/galaxy/data/files/")
    assert place_changed(
        moved, DEFAULT, "/srv/galaxy/data/objects/", "/srv/galaxy/data/files/000/dataset_1.dat"
    )


def test_a_disk_as_a_whole_is_an_odd_directory_and_stops_no_plan() -> None:
    whole = places(but(OLD, files_dir="/", weight=None), store="disk")
    (finding,) = found("data.place-changed", scene_of(ONE_DISK, before=whole))
    assert "in / would not" in finding.what


def test_each_of_several_places_is_looked_at_by_itself() -> None:
    both_moved = places(but(OLD, files_dir="/a"), but(NEW, files_dir="/b"))
    scene = scene_of(both_moved, before=places(OLD, NEW), disk_files={"/data2/objects/0/dataset_1.dat": ""})
    (finding,) = found("data.place-changed", scene)
    assert "/data2/objects" in finding.what


def test_a_bucket_is_never_known_to_be_empty() -> None:
    assert place_changed(ONE_DISK, places(BUCKET, store="generic-s3"))


def test_of_several_machines_one_does_not_know_what_another_has() -> None:
    hosts = {"scaling.hosts": [{"name": "web", "runs": ["web"]}, {"name": "jobs", "runs": ["handlers"]}]}
    assert place_changed(MOVED | hosts, ONE_DISK | hosts, host="web")


@pytest.mark.parametrize("name", ["files", "objects"])
def test_the_name_of_the_directory_says_how_files_are_named(name: str) -> None:
    answers = {**SERVER, "data.file_path": f"/data/{name}", "cluster.metadata_strategy": "extended"}
    assert bool(found("data.extended-by-id", scene_of(answers))) == (name == "files")


def test_only_places_that_take_new_datasets_must_store_by_uuid() -> None:
    extended = {"cluster.metadata_strategy": "extended"}
    retired = places(but(OLD, store_by="id"), NEW)
    assert not found("data.extended-by-id", scene_of(retired | extended))
    assert found("data.extended-by-id", scene_of(places(but(OLD, store_by="id", weight=1), NEW) | extended))


def test_a_way_of_naming_may_not_change_place_by_place_either() -> None:
    now = places(but(OLD, store_by="id"), NEW)
    (finding,) = found("data.naming-changed", used(now, before=places(OLD, NEW)))
    assert finding.question == "data.backends"


def test_a_size_for_all_caches_is_enough() -> None:
    answers = {
        **places(but(BUCKET, cache_size=None), store="generic-s3"),
        "options.object_store_cache_size": 800,
    }
    assert not found("data.cache-unlimited", scene_of(answers))


def test_a_service_on_this_host_needs_no_tls() -> None:
    answers = places(but(BUCKET, endpoint="http://localhost:9000"), store="generic-s3")
    assert not found("data.service-without-tls", scene_of(answers))


def test_the_directory_that_nobody_named_is_a_place_too() -> None:
    (finding,) = found("data.place-changed", used(ONE_DISK, before=DEFAULT))
    assert "/srv/galaxy/data/objects" in finding.what and not finding.fix
    (moved,) = found("data.place-changed", used({**DEFAULT, "groundwork.data_dir": "/new"}, before=DEFAULT))
    assert "/srv/galaxy/data/objects" in moved.what


@pytest.mark.parametrize("name", ["objects", "files"])
def test_to_name_the_directory_that_is_there_loses_nothing(name: str) -> None:
    """Galaxy takes files, where an older release left it, before objects."""
    named = {**DEFAULT, "data.file_path": f"/srv/galaxy/data/{name}"}
    assert not found("data.place-changed", used(named, before=DEFAULT))


def test_a_relative_directory_of_unknown_data_is_not_judged() -> None:
    before = {"groundwork.config_dir": CONFIG, "groundwork.release": "26.1", "data.file_path": "objects"}
    now = {**before, "groundwork.data_dir": "/srv/galaxy/server/database"}
    assert not found("data.place-changed", used(now, before=before))


def test_a_newer_release_names_files_in_objects_otherwise() -> None:
    before = {**SERVER, "groundwork.release": "19.09", "data.file_path": "/data/objects"}
    now = {**before, "groundwork.release": "26.1"}
    (finding,) = found("data.naming-changed", used(now, before=before))
    assert finding.fix == {"data.store_by": "id"}
    assert not found("data.naming-changed", used(now | {"data.store_by": "id"}, before=before))


def test_other_strategies_take_any_way_of_naming() -> None:
    by_id = {**ONE_DISK, "data.store_by": "id", "cluster.metadata_strategy": "directory"}
    assert not found("data.extended-by-id", scene_of(by_id))


@pytest.mark.parametrize("first", ["id", "uuid"])
def test_a_hierarchical_store_writes_to_its_first_place(first: str) -> None:
    rows = [
        but(OLD, store_by=first, weight=None),
        but(NEW, store_by="id" if first == "uuid" else "uuid", weight=None),
    ]
    answers = {**places(*rows, store="hierarchical"), "cluster.metadata_strategy": "extended"}
    assert bool(found("data.extended-by-id", scene_of(answers))) == (first == "id")


def test_a_directory_that_was_named_has_no_older_default() -> None:
    moved = {**ONE_DISK, "data.file_path": "/data/files"}
    assert found("data.place-changed", used(moved, before=ONE_DISK))


def test_a_cache_that_is_said_to_have_no_limit_has_none() -> None:
    answers = {
        **places(but(BUCKET, cache_size=None), store="generic-s3"),
        "options.object_store_cache_size": -1,
    }
    assert found("data.cache-unlimited", scene_of(answers))
