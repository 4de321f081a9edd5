"""Galaxy's directories and managed files: there, with fitting owners and modes, and each fault by its code."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import (
    GALAXY,
    OTHERS,
    looked,
    needs_root,
    only,
    open_place,
    own,
    server_of,
    states,
    strangers,
)
from wizard.answers.destinations import Destination
from wizard.answers.hosts import Host
from wizard.answers.runners import Runner
from wizard.answers.storage import Backend
from wizard.checks import cluster, files
from wizard.checks.check import Server
from wizard.checks.files_places import Place, cluster_runners, dataset_dirs, places


@pytest.fixture
def root() -> Iterator[Path]:
    with open_place() as place:
        for name in ("server", "config", "venv", "data", "log", "var"):
            (place / name).mkdir()
        for name in ("data", "log", "var"):
            own(place / name, GALAXY, GALAXY, 0o755)
        yield place


def server(root: Path, **more: Any) -> Server:
    values = {
        "groundwork.user": GALAXY,
        "groundwork.root": f"{root}/server",
        "groundwork.config_dir": f"{root}/config",
        "groundwork.data_dir": f"{root}/data",
        "groundwork.virtualenv": f"{root}/venv",
        "groundwork.log_dir": f"{root}/log",
        "proxy.link": "socket",
        "proxy.socket": f"{root}/var/gunicorn.sock",
        "data.tool_data_path": f"{root}/server",
    }
    return server_of({**values, **{name.replace("__", "."): value for name, value in more.items()}})


@needs_root
def test_what_is_as_it_should_be_is_well(root: Path) -> None:
    assert states(looked(files.paths, server(root))) == {"files.paths": "ok"}


@needs_root
def test_without_the_account_there_is_nothing_to_ask_for(root: Path) -> None:
    assert states(looked(files.paths, server(root, groundwork__user="no-such-account"))) == {
        "files.paths": "skipped"
    }
    assert states(looked(files.paths, server(root, groundwork__user=None))) == {"files.paths": "skipped"}


@needs_root
@pytest.mark.parametrize("name", ["server", "venv", "config", "var"])
def test_what_galaxy_does_not_make_itself_must_be_there(root: Path, name: str) -> None:
    (root / name).rmdir()
    found = looked(files.paths, server(root))
    assert set(states(found).items()) == {("files.missing", "fail")}
    assert f"{root}/{name} is not there" in found[0].what


@needs_root
def test_a_data_directory_may_be_made_by_galaxy_where_it_may_write(root: Path) -> None:
    answers = {"cluster__new_file_path": f"{root}/data/tmp", "cluster__job_working_directory": "jobs"}
    assert states(looked(files.paths, server(root, **answers))) == {"files.paths": "ok"}
    found = only(looked(files.paths, server(root, cluster__new_file_path=f"{root}/other/tmp")))
    assert (found.state, found.code, found.question) == ("fail", "files.missing", "cluster.new_file_path")
    assert found.way_out == f"install -d -o {GALAXY} -g {GALAXY} {root}/other/tmp"


@needs_root
def test_what_galaxy_cannot_write_is_named(root: Path) -> None:
    own(root / "data", "root", "root", 0o755)
    found = only(looked(files.paths, server(root)))
    assert (found.state, found.code, found.question) == ("fail", "files.unwritable", "groundwork.data_dir")
    assert f"{GALAXY} may not write {root}/data (drwxr-xr-x root:root)" in found.what
    assert found.way_out == f"chown {GALAXY}:{GALAXY} {root}/data"


@needs_root
def test_what_galaxy_cannot_read_is_named(root: Path) -> None:
    own(root / "venv", "root", "root", 0o700)
    found = only(looked(files.paths, server(root)))
    assert (found.state, found.code, found.question) == ("fail", "files.unreadable", "groundwork.virtualenv")


@needs_root
def test_a_file_in_the_place_of_a_directory_is_named(root: Path) -> None:
    (root / "venv").rmdir()
    (root / "venv").write_text("x")
    assert states(looked(files.paths, server(root))) == {"files.no-directory": "fail"}


@needs_root
def test_a_directory_that_everybody_writes_is_named(root: Path) -> None:
    (root / "data").chmod(0o777)
    found = only(looked(files.paths, server(root)))
    assert (found.state, found.code) == ("warn", "files.world-writable")
    (root / "data").chmod(0o1777)
    assert states(looked(files.paths, server(root))) == {"files.paths": "ok"}, (
        "nobody takes another's files away"
    )


@needs_root
@pytest.mark.parametrize("name", ["tmp", "gravity/supervisor"])
def test_what_root_left_in_galaxy_s_directories_is_named(root: Path, name: str) -> None:
    (root / "data" / name).mkdir(parents=True)
    own(root / "data" / name.partition("/")[0], GALAXY, GALAXY, 0o755)
    own(root / "data" / name, "root", "root", 0o755)
    found = only(looked(files.paths, server(root)))
    assert (found.state, found.code) == ("warn", "files.foreign-owner")
    assert f"{root}/data/{name} belongs to root" in found.what
    own(root / "data" / name, "root", GALAXY, 0o775)
    assert states(looked(files.paths, server(root))) == {"files.paths": "ok"}, "the group may write it"


# Managed files

GALAXY_YML = "galaxy:\n  brand: x\n  #id_secret: published\n"


@pytest.fixture
def config(root: Path) -> Path:
    file = root / "config/galaxy.yml"
    file.write_text(GALAXY_YML)
    return own(file, "root", GALAXY, 0o644)


@needs_root
def test_configuration_without_a_secret_may_be_read_by_all(root: Path, config: Path) -> None:
    assert states(looked(files.configuration, server(root))) == {"files.configuration": "ok"}


@needs_root
@pytest.mark.parametrize(
    "line", ["id_secret: s3cr3t-s3cr3t", "database_connection: postgresql://galaxy:s3cr3t-s3cr3t@db/galaxy"]
)
def test_a_secret_that_everybody_can_read_is_named_and_not_told(root: Path, config: Path, line: str) -> None:
    config.write_text(f"{GALAXY_YML}  {line}\n")
    found = only(looked(files.configuration, server(root)))
    assert (found.state, found.code, found.file) == ("warn", "files.config-exposed", str(config))
    assert "s3cr3t" not in repr(found)
    assert (found.way_out or "").startswith("chmod 0640 ")
    config.chmod(0o640)
    assert states(looked(files.configuration, server(root))) == {"files.configuration": "ok"}
    config.chmod(0o644)
    own(config.parent, "root", GALAXY, 0o750)
    assert states(looked(files.configuration, server(root))) == {"files.configuration": "ok"}, (
        "its directory is closed"
    )


@needs_root
def test_a_file_that_everybody_may_change_is_named(root: Path, config: Path) -> None:
    config.chmod(0o666)
    found = only(looked(files.configuration, server(root)))
    assert (found.state, found.code) == ("fail", "files.world-writable")


@needs_root
def test_configuration_that_galaxy_cannot_read_is_named(root: Path, config: Path) -> None:
    own(config, "root", OTHERS, 0o640)
    found = only(looked(files.configuration, server(root)))
    assert (found.state, found.code, found.question) == (
        "fail",
        "files.config-unreadable",
        "groundwork.group",
    )
    assert found.way_out == f"chgrp {GALAXY} {config} and chmod g+r"


@needs_root
def test_the_proxy_s_site_is_no_file_that_galaxy_must_read(root: Path) -> None:
    site = root / "galaxy.conf"
    site.write_text("server { listen 80; }\n")
    own(site, "root", "root", 0o600)
    answers = {"proxy__server": "nginx", "proxy__site_file": str(site)}
    assert states(looked(files.configuration, server(root, **answers))) == {"files.configuration": "ok"}


def test_before_the_first_apply_there_is_nothing_to_look_at(root: Path) -> None:
    assert states(looked(files.configuration, server(root))) == {"files.configuration": "skipped"}


# The places


def test_a_path_that_two_questions_name_is_looked_at_once_with_the_greater_need(root: Path) -> None:
    found = [
        one
        for one in places(server(root, cluster__new_file_path=f"{root}/server"))
        if one.path == f"{root}/server"
    ]
    assert [(one.need, one.question) for one in found] == [("write", "cluster.new_file_path")]


def test_relative_paths_start_at_the_data_directory() -> None:
    answers = {
        "groundwork.data_dir": "/d",
        "cluster.job_working_directory": "jobs",
        "data.file_path": "files",
    }
    paths = {one.question: one.path for one in places(server_of(answers))}
    assert (paths["cluster.job_working_directory"], paths["data.file_path"]) == ("/d/jobs", "/d/files")
    assert "cluster.job_working_directory" not in {
        one.question for one in places(server_of({"cluster.job_working_directory": "jobs"}))
    }


def test_what_is_not_used_is_not_looked_at() -> None:
    stores = {"proxy.upload_store": "/tus", "data.ftp_dir": "/ftp", "proxy.socket": "/run/g/s"}
    assert places(server_of(stores)) == []
    used = {**stores, "proxy.uploads": "tusd", "data.ftp": "proftpd", "proxy.link": "socket"}
    assert {one.path for one in places(server_of(used))} == {"/tus", "/ftp", "/run/g"}
    row = Host(name="w", runs=["handlers"])
    elsewhere = {**used, "scaling.hosts": [row], "scaling.host": "w"}
    assert "/run/g" not in {one.path for one in places(server_of(elsewhere))}, "the socket is another host's"


def test_directories_of_an_object_store_are_places() -> None:
    rows = [
        Backend(id="a", kind="disk", files_dir="/a", jobs_dir="/jobs"),
        Backend(id="b", kind="s3", cache_dir="/c"),
    ]
    found = places(server_of({"data.backends": rows}))
    assert [(one.question, one.path) for one in found] == [
        ("data.backends[1].files_dir", "/a"),
        ("data.backends[1].jobs_dir", "/jobs"),
        ("data.backends[2].cache_dir", "/c"),
    ]
    assert all(isinstance(one, Place) and one.nodes for one in found)


@pytest.mark.parametrize(
    ("release", "answers", "told"),
    [
        ("26.1", {"groundwork.data_dir": "/d"}, [("groundwork.data_dir", "/d/objects")]),
        (
            "19.09",
            {"groundwork.root": "/g", "groundwork.data_dir": "/d"},
            [("groundwork.root", "/g/database/files")],
        ),
        ("26.1", {"data.file_path": "/f", "groundwork.data_dir": "/d"}, [("data.file_path", "/f")]),
        ("26.1", {}, []),
    ],
)
def test_where_datasets_are(release: str, answers: dict[str, str], told: list[tuple[str, str]]) -> None:
    assert dataset_dirs(server_of({"groundwork.release": release, **answers})) == told


def test_only_jobs_of_a_cluster_need_our_files() -> None:
    rows = [Runner(id="local", kind="local"), Runner(id="p", kind="pulsar-mq"), Runner(id="s", kind="slurm")]
    assert cluster_runners(server_of({"cluster.runners": rows})) == ["s"]
    assert (
        cluster_runners(
            server_of({"cluster.runners": rows[:2], "cluster.destinations": [Destination(id="d")]})
        )
        == []
    )


# Another root, whose accounts are other ones than those of this machine


def below(root: Path, **more: Any) -> Server:
    """The same server, looked at from outside of its root."""
    values = server(Path("/"), **more).values
    return server_of({name: _flat(value) for name, value in values.items()}, root)


def _flat(value: Any) -> Any:
    return value.replace("//", "/") if isinstance(value, str) else value


@needs_root
def test_below_another_root_the_accounts_are_its_own(root: Path) -> None:
    _, galaxy = strangers(root)
    for name in ("data", "log", "var"):
        os.chown(root / name, galaxy, galaxy)
    assert states(looked(files.paths, below(root))) == {"files.paths": "ok"}
    own(root / "data", GALAXY, GALAXY, 0o755)
    found = only(looked(files.paths, below(root)))
    assert (found.code, found.question) == ("files.unwritable", "groundwork.data_dir")
    assert found.what == f"{GALAXY} may not write {root}/data (drwxr-xr-x 1:1)", (
        "nobody has these numbers there"
    )
    absent = looked(files.paths, below(root, groundwork__user=OTHERS))
    assert only(absent).what == "the system user is not there yet", "that this machine has one says nothing"


@needs_root
def test_below_another_root_its_group_reads_the_configuration(root: Path) -> None:
    _, galaxy = strangers(root)
    file = root / "config/galaxy.yml"
    file.write_text("galaxy: {}\n")
    os.chown(file, 0, galaxy)
    file.chmod(0o640)
    assert states(looked(files.configuration, below(root))) == {"files.configuration": "ok"}
    own(file, "root", GALAXY, 0o640)
    found = only(looked(files.configuration, below(root)))
    assert (found.code, found.what.rpartition(" (")[2]) == ("files.config-unreadable", "-rw-r----- root:1)")


@needs_root
@pytest.mark.parametrize("name", ["passwd", "group"])
def test_a_root_that_says_no_accounts_is_skipped_with_the_reason(root: Path, name: str) -> None:
    strangers(root)
    (root / "etc" / name).unlink()
    (root / "config/galaxy.yml").write_text("galaxy: {}\n")
    (root / "config/galaxy.yml").chmod(0o666)
    found = only(looked(files.paths, below(root)))
    assert (found.state, found.code) == ("skipped", "files.paths")
    assert found.what.startswith(f"{root}/etc/{name} is not there")
    seen = states(looked(files.configuration, below(root)))
    assert seen == {"files.configuration": "skipped", "files.world-writable": "fail"}, "modes need no names"


@needs_root
def test_programs_run_as_accounts_of_this_machine_whatever_a_root_says(root: Path) -> None:
    """A number that some tree gives to Galaxy may be anybody's here: root's, too."""
    strangers(root)
    text = (root / "etc/passwd").read_text()
    (root / "etc/passwd").write_text(text.replace(":41001:41001:", ":0:0:"))
    account = cluster.asking(below(root))
    assert not isinstance(account, str)
    assert account.uid == pwd.getpwnam(GALAXY).pw_uid
