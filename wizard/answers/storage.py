"""The first part of the data section: where datasets are kept, and who may fill or empty them."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from wizard.answers.hints import data_dir, release
from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.secret import Secret
from wizard.answers.section import Row, Section
from wizard.answers.shared import on_shared
from wizard.answers.types import AnyPath, Name, Text

Weight = Annotated[int, Field(ge=0, le=10_000)]
"""A share of new datasets. Galaxy keeps a list with as many entries as all weights together."""
CacheSize = Annotated[int, Field(ge=1, le=1_000_000_000)]

_CONFIGURED = when("data.object_store", "distributed", "hierarchical", "s3", "generic-s3", "azure", "swift")
_REGIONAL = when("data.backends[].kind", "s3", "generic-s3")
_COUNTED = when("data.object_store", "distributed", "s3", "generic-s3", "azure", "swift")
_DISK = when("data.backends[].kind", "disk")
_REMOTE = when("data.backends[].kind", "s3", "generic-s3", "azure", "swift")
_SERVICE = when("data.backends[].kind", "generic-s3", "swift")
_DISTRIBUTING = "production.md, Distributing Data"
_SAMPLE = "object_store_conf sample"
_STORED = ("object store configuration",)


class Backend(Row):
    """One place of the object store."""

    id: Annotated[
        Name,
        Question(
            "Id",
            "The name of this place. A distributed store writes it into the record of every dataset, so it "
            "must never change once datasets are here.",
            "Place",
            example="files1",
            source=_SAMPLE,
        ),
    ]
    kind: Annotated[
        Literal["disk", "s3", "generic-s3", "azure", "swift"] | None,
        Question(
            "Kind",
            "A directory, or a bucket at a service. Tools read files, so a bucket works through a cache on "
            "disk: the first use of each dataset is a download.",
            "Place",
            choices={
                "disk": "disk",
                "s3": "AWS S3",
                "generic-s3": "S3-like",
                "azure": "Azure",
                "swift": "Swift",
            },
            source=_SAMPLE,
        ),
    ] = None
    name: Annotated[
        Text | None,
        Question(
            "Name",
            "What users read of where their datasets are, such as the name of a file system. Unlike the id it "
            "may change at any time.",
            "Place",
            example="Fast storage",
            source=_SAMPLE,
        ),
    ] = None
    files_dir: Annotated[
        AnyPath | None,
        Question(
            "Directory",
            "Where the datasets of this place stand. The nodes must see it under the same path. When you "
            "distribute an existing server, its present directory must be one of the places.",
            "Place",
            kind="path",
            when=_DISK,
            example="/data2/galaxy/objects",
            source=_SAMPLE,
        ),
    ] = None
    store_by: Annotated[
        Literal["uuid", "id"] | None,
        Question(
            "Store by",
            "How files are named here. Old servers stored by id, new ones by uuid; a place keeps the way in "
            "which it was filled, or its datasets are not found.",
            "Place",
            choices={"uuid": "uuid", "id": "id, old servers"},
            source=_SAMPLE,
        ),
    ] = None
    weight: Annotated[
        Weight | None,
        Question(
            "Weight",
            "The share of new datasets that come here: 2 gets twice as many as 1. With 0 nothing new comes "
            "and what is here stays readable, which is how a full or old disk is retired.",
            "Place",
            when=when("data.object_store", "distributed"),
            source=_SAMPLE,
        ),
    ] = None
    bucket: Annotated[
        Text | None,
        Question(
            "Bucket",
            "The bucket or container at the service. Make it before Galaxy starts, and let nothing else "
            "write to it.",
            "Service",
            when=_REMOTE,
            example="galaxy-datasets",
            source=_SAMPLE,
        ),
    ] = None
    endpoint: Annotated[
        Text | None,
        Question(
            "Endpoint",
            "The address of a service that speaks S3 or Swift without being Amazon's. Use https: the keys "
            "and all data pass through it.",
            "Service",
            kind="url",
            when=_SERVICE,
            example="https://s3.example.org",
            source=_SAMPLE,
        ),
    ] = None
    region: Annotated[
        Text | None,
        Question(
            "Region",
            "The region of the bucket. Data that crosses regions is slow and is paid for. Galaxy reads it from "
            "24.1 on.",
            "Service",
            when=_REGIONAL,
            example="eu-central-1",
            source=_SAMPLE,
        ),
    ] = None
    access_key: Annotated[
        Secret | None,
        Question(
            "Access key",
            "The id of the key, or the account's name at Azure. Give Galaxy a key of its own that may do "
            "nothing but use this bucket.",
            "Service",
            secret=True,
            when=_REMOTE,
            source=_SAMPLE,
        ),
    ] = None
    secret_key: Annotated[
        Secret | None,
        Question(
            "Secret key",
            "The secret part of the key. Whoever has it can read and delete every dataset in the bucket.",
            "Service",
            secret=True,
            when=_REMOTE,
            source=_SAMPLE,
        ),
    ] = None
    cache_dir: Annotated[
        AnyPath | None,
        Question(
            "Cache directory",
            "Where copies of datasets stand while tools use them. It wants a fast disk which the nodes see "
            "too.",
            "Cache",
            kind="path",
            when=_REMOTE,
            example="/srv/galaxy/data/object_store_cache",
            source=_SAMPLE,
        ),
    ] = None
    cache_size: Annotated[
        CacheSize | None,
        Question(
            "Cache size",
            "How large the cache may grow before the oldest copies go. It must hold all inputs and outputs "
            "of the jobs that run at the same time, or they push each other out.",
            "Cache",
            unit="GiB",
            when=_REMOTE,
            source=_SAMPLE,
        ),
    ] = None
    jobs_dir: Annotated[
        AnyPath | None,
        Question(
            "Job directory",
            "Where jobs work whose outputs come here, when it is not the job directory of the whole server: on "
            "the same disk, outputs are moved and not copied. In XML a service needs this or a temporary directory.",
            "Directories",
            kind="path",
            example="/srv/galaxy/data/jobs_directory",
            source=_SAMPLE,
        ),
    ] = None
    temp_dir: Annotated[
        AnyPath | None,
        Question(
            "Temporary directory",
            "Where temporary files of this place go, when it is not the temporary directory of the whole server. "
            "In XML a service needs this or a job directory.",
            "Directories",
            kind="path",
            example="/srv/galaxy/data/tmp",
            source=_SAMPLE,
        ),
    ] = None
    quota: Annotated[
        Name | None,
        Question(
            "Quota label",
            "Counts datasets here under a quota of this name, apart from the rest. So users can have a small "
            "quota on fast disks and a large one on slow ones.",
            "Place",
            when=_COUNTED,
            example="slow",
            source=_SAMPLE,
        ),
    ] = None


def _format(given: Given, machine: Machine) -> Suggestion:
    told = release(given)
    if told is not None and told < (24, 0):
        return Suggestion("xml", "the sample of this release is XML")
    return Suggestion("yaml", "read since long, the form of new samples")


def _file(given: Given, machine: Machine) -> Suggestion:
    name = "object_store_conf." + ("xml" if given.get("data.object_store_format") == "xml" else "yml")
    folder = PurePosixPath(str(given.get("groundwork.config_dir", "")))
    return Suggestion(str(folder / name) if folder.is_absolute() else name, "beside galaxy.yml")


def _backends(given: Given, machine: Machine) -> Suggestion | None:
    """What the server has now as the first place of a distributed store; else the one service that was named."""
    store, data = given.get("data.object_store"), data_dir(given)
    if store in ("distributed", "hierarchical"):
        told = PurePosixPath(str(given.get("data.file_path", "")))
        place = told if told.is_absolute() else data / "objects"
        first = Backend(
            id="files1", kind="disk", files_dir=str(place), weight=1 if store == "distributed" else None
        )
        return Suggestion([first], "what is there now comes first")
    if store in ("s3", "generic-s3", "azure", "swift"):
        xml = given.get("data.object_store_format") == "xml"
        bucket = Backend(
            id="main",
            kind=store,
            cache_dir=str(data / "object_store_cache"),
            jobs_dir=str(data / "jobs_directory") if xml else None,
        )
        return Suggestion([bucket], "one bucket, cached on disk")
    return None


def _store_by(given: Given, machine: Machine) -> Suggestion | None:
    if PurePosixPath(str(given.get("data.file_path", ""))).name == "objects":
        return Suggestion("uuid", "as Galaxy does for objects")
    return None


class Storage(Section):
    """Where datasets are kept."""

    object_store: Annotated[
        Literal["disk", "distributed", "hierarchical", "s3", "generic-s3", "azure", "swift"] | None,
        Question(
            "Object store",
            "Where datasets go. One disk is right for most servers. Distributed spreads new datasets over "
            "several places and knows where each one is; hierarchical looks through places in order and "
            "writes to the first. Going from one disk to several is possible later, when the first disk "
            "stays one of them.",
            "Datasets",
            lands=_STORED,
            choices={
                "disk": "one disk",
                "distributed": "distributed",
                "hierarchical": "hierarchical",
                "s3": "AWS S3",
                "generic-s3": "S3-like",
                "azure": "Azure",
                "swift": "Swift",
            },
            suggest=Suggestion("disk", "more places can be added later"),
            source=_DISTRIBUTING,
            silent=("disk",),
        ),
    ] = None
    object_store_format: Annotated[
        Literal["yaml", "xml"] | None,
        Question(
            "Store file format",
            "How the object store's file is written. Galaxy delivers its sample as YAML from 24.0 on, and "
            "reads XML still.",
            "Datasets",
            lands=_STORED,
            choices={"yaml": "YAML", "xml": "XML"},
            when=_CONFIGURED,
            suggest=_format,
            source=_DISTRIBUTING,
        ),
    ] = None
    object_store_file: Annotated[
        AnyPath | None,
        Question(
            "Store file",
            "The file with the places of datasets. When it exists it comes before every other setting of "
            "storage, the dataset directory below included.",
            "Datasets",
            at="galaxy.object_store_config_file",
            kind="path",
            when=_CONFIGURED,
            suggest=_file,
            source=_DISTRIBUTING,
        ),
    ] = None
    backends: Annotated[
        list[Backend] | None,
        Question(
            "Backends",
            "The places of the object store, in order. Never remove one that still holds datasets: give it "
            "the weight 0 instead, else its datasets are lost to Galaxy.",
            "Datasets",
            lands=_STORED,
            when=_CONFIGURED,
            suggest=_backends,
            source=_DISTRIBUTING,
        ),
    ] = None
    file_path: Annotated[
        AnyPath | None,
        Question(
            "Dataset directory",
            "Where datasets stand, the largest directory of the server. The nodes must see it under the same "
            "path. Set it once, before the first dataset: a later change makes all earlier datasets "
            "disappear from Galaxy.",
            "Datasets",
            at="galaxy.file_path",
            kind="path",
            suggest=on_shared("objects"),
            source="galaxyproject/galaxy#16031",
        ),
    ] = None
    store_by: Annotated[
        Literal["uuid", "id"] | None,
        Question(
            "Store by",
            "How files of datasets are named: by number on old servers, by uuid on new ones. Extended "
            "metadata needs uuid. Like the directory it must not change once there are datasets.",
            "Datasets",
            at="galaxy.object_store_store_by",
            choices={"uuid": "uuid", "id": "id, old servers"},
            suggest=_store_by,
            source="galaxyproject/galaxy#17694",
        ),
    ] = None
    quotas: Annotated[
        bool | None,
        Question(
            "Quotas",
            "Lets you set how much each user or group may keep, in the administration pages. Nothing is "
            "limited until you do; without quotas one user can fill the disk for all.",
            "Datasets",
            at="galaxy.enable_quotas",
            suggest=Suggestion(True, "one user cannot fill the disk"),
        ),
    ] = None
    purge_by_users: Annotated[
        bool | None,
        Question(
            "Users may purge",
            "Lets users remove their datasets from disk at once, which frees their quota. Off, space comes "
            "back only when the cleaning scripts have run.",
            "Datasets",
            at="galaxy.allow_user_dataset_purge",
            suggest=Suggestion(True, "space comes back at once"),
            source="production.md, Cleaning up datasets",
        ),
    ] = None
