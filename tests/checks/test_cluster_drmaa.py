"""DRMAA libraries: one that loads, and each way in which one does not, with real libraries."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import GALAXY, looked, needs_root, only, open_place, own, server_of, states
from tests.consumers import need_tool
from wizard.answers.handlers import Handler
from wizard.answers.runners import Runner
from wizard.checks import cluster_drmaa
from wizard.checks.check import Server

pytestmark = needs_root


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as found:
        yield found


def library(place: Path, name: str, body: str, *more: str) -> Path:
    """A library of this one function."""
    source = place / "x.c"
    source.write_text(f"{body}\n")
    target = place / name
    command = [need_tool("cc"), "-shared", "-fPIC", "-o", str(target), str(source), *more]
    subprocess.run(command, check=True, timeout=60)
    return target


def server(path: Path | str | None, **more: Any) -> Server:
    row = Runner(id="s", kind="slurm", drmaa_library_path=str(path) if path else None)
    return server_of({"groundwork.user": GALAXY, "cluster.runners": [row], **more})


def test_a_library_that_loads_is_well(place: Path) -> None:
    found = library(place, "libdrmaa.so.1", "int drmaa_init(void) { return 0; }")
    assert states(looked(cluster_drmaa.drmaa, server(found))) == {"cluster.drmaa": "ok"}


def test_it_is_loaded_and_not_called(place: Path) -> None:
    made = place / "made"
    found = library(
        place,
        "libdrmaa.so.1",
        f'#include <stdio.h>\nint drmaa_init(void) {{ return !fopen("{made}", "w"); }}',
    )
    place.chmod(0o777)
    looked(cluster_drmaa.drmaa, server(found))
    assert not made.exists()


def test_a_library_built_for_another_slurm_names_the_one_that_it_misses(place: Path) -> None:
    library(place, "libslurm.so.38", "int slurm_version(void) { return 38; }", "-Wl,-soname,libslurm.so.38")
    body = "int slurm_version(void); int drmaa_init(void) { return slurm_version(); }"
    found = library(place, "libdrmaa.so.1", body, f"-L{place}", "-l:libslurm.so.38", f"-Wl,-rpath,{place}")
    assert states(looked(cluster_drmaa.drmaa, server(found))) == {"cluster.drmaa": "ok"}
    (place / "libslurm.so.38").rename(place / "libslurm.so.39")
    told = only(looked(cluster_drmaa.drmaa, server(found)))
    assert (told.state, told.code, told.file) == ("fail", "cluster.drmaa-other-release", str(found))
    assert "needs libslurm.so.38, which is not there" in told.what


def test_a_library_that_is_not_there_is_named(place: Path) -> None:
    assert states(looked(cluster_drmaa.drmaa, server(place / "libdrmaa.so"))) == {
        "cluster.drmaa-missing": "fail"
    }


def test_a_library_that_galaxy_cannot_read_is_named(place: Path) -> None:
    found = own(library(place, "libdrmaa.so", "int drmaa_init(void) { return 0; }"), "root", "root", 0o700)
    assert states(looked(cluster_drmaa.drmaa, server(found))) == {"cluster.drmaa-unreadable": "fail"}


def test_another_library_is_no_drmaa_library(place: Path) -> None:
    told = only(
        looked(cluster_drmaa.drmaa, server(library(place, "libz.so", "int deflate(void) { return 0; }")))
    )
    assert (told.code, told.what.rpartition(" is ")[2]) == ("cluster.drmaa-unloadable", "no DRMAA library")


def test_a_file_that_is_no_library_is_named(place: Path) -> None:
    (place / "libdrmaa.so").write_text(
        "not ELF at all, but long enough to be looked at as a header of one ........"
    )
    told = only(looked(cluster_drmaa.drmaa, server(place / "libdrmaa.so")))
    assert (told.state, told.code) == ("fail", "cluster.drmaa-unloadable")
    assert "invalid ELF header" in told.what


def test_the_handlers_variable_names_it_where_the_runner_does_not(place: Path) -> None:
    path = library(place, "libdrmaa.so", "int drmaa_init(void) { return 0; }")
    rows = [Handler(name="h", environment={"DRMAA_LIBRARY_PATH": str(path)})]
    told = only(looked(cluster_drmaa.drmaa, server(None, **{"scaling.handlers": rows})))
    assert (told.state, told.question) == ("ok", "scaling.handlers")


def test_a_runner_for_which_nothing_names_one_is_told() -> None:
    assert states(looked(cluster_drmaa.drmaa, server(None))) == {"cluster.drmaa-unset": "warn"}


def test_without_drmaa_nothing_is_loaded(place: Path) -> None:
    rows = [Runner(id="c", kind="cli")]
    assert only(looked(cluster_drmaa.drmaa, server("/x", **{"cluster.runners": rows}))).state == "skipped"


def test_a_library_that_hangs_is_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_drmaa, "_SECONDS", 0.5)
    body = "#include <unistd.h>\n__attribute__((constructor)) static void load(void) { sleep(60); }"
    found = library(place, "libdrmaa.so", f"{body}\nint drmaa_init(void) {{ return 0; }}")
    assert states(looked(cluster_drmaa.drmaa, server(found))) == {"cluster.drmaa-hangs": "fail"}
