"""What nginx's account can reach, with nginx itself running as that account."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.live import (
    GALAXY,
    OTHERS,
    PROXY,
    Nginx,
    listening,
    looked,
    needs_root,
    only,
    open_place,
    own,
    states,
    strangers,
)
from wizard.answers.storage import Backend
from wizard.checks import galaxy, proxy_reach

pytestmark = needs_root


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    with open_place() as root:
        yield Nginx(root)


# The socket


@pytest.mark.parametrize("runs", [True, False])
def test_a_socket_of_the_right_group_is_reached(nginx: Nginx, runs: bool) -> None:
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY):
        if runs:
            with nginx.runs():
                found = looked(proxy_reach.galaxy_socket, nginx.server())
        else:
            found = looked(proxy_reach.galaxy_socket, nginx.server())
    assert states(found) == {"proxy.socket": "ok"}


def test_a_socket_of_the_wrong_group_is_not(nginx: Nginx) -> None:
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, OTHERS), nginx.runs():
        found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert (found.state, found.code, found.question) == ("fail", "proxy.socket-permission", "proxy.socket")
    assert (
        f"{PROXY} may not write {nginx.root}/var/gunicorn.sock (srwxrwx--- {GALAXY}:{OTHERS})" in found.what
    )
    assert f"usermod -aG {OTHERS} {PROXY}" in (found.way_out or "")


def test_a_closed_directory_on_the_way_is_named(nginx: Nginx) -> None:
    own(nginx.root / "var", GALAXY, GALAXY, 0o700)
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY, 0o777):
        found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert found.code == "proxy.socket-permission"
    assert f"may not enter {nginx.root}/var (drwx------" in found.what


def test_a_group_that_the_running_proxy_does_not_have_yet_is_named(nginx: Nginx) -> None:
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, OTHERS), nginx.runs():
        nginx.configure(f"{PROXY} {OTHERS}")
        found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.groups-stale")
    assert "reload the proxy" in (found.way_out or "")


def test_a_socket_that_the_proxy_s_own_file_system_lacks_is_named(nginx: Nginx) -> None:
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "-m", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no mount namespaces here")
    hide = f'mount -t tmpfs -o mode=755 none {nginx.root}/var && exec "$@"'
    starts = nginx.runs(unshare, "-m", "sh", "-c", hide, "sh")
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY), starts:
        found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.socket-hidden")


def test_a_socket_that_is_not_there_or_no_socket_is_named(nginx: Nginx) -> None:
    assert states(looked(proxy_reach.galaxy_socket, nginx.server())) == {"proxy.socket-missing": "fail"}
    (nginx.root / "var/gunicorn.sock").write_text("x")
    found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert (found.code, found.what.rpartition(" is ")[2]) == ("proxy.socket-missing", "no socket")


def test_a_socket_that_was_left_behind_is_named(nginx: Nginx) -> None:
    path = nginx.root / "var/gunicorn.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    own(path, GALAXY, PROXY, 0o770)
    found = only(looked(proxy_reach.galaxy_socket, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.socket-dead")


def test_every_further_socket_is_looked_at(nginx: Nginx) -> None:
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY):
        more = ["unix:/var/second.sock", "localhost:1"]
        found = looked(proxy_reach.galaxy_socket, nginx.server(proxy__more_upstreams=more))
    assert states(found) == {"proxy.socket": "ok", "proxy.socket-missing": "fail"}


def test_over_tcp_there_is_no_socket_to_reach(nginx: Nginx) -> None:
    assert only(looked(proxy_reach.galaxy_socket, nginx.server(proxy__link="tcp"))).state == "skipped"


def test_an_account_that_is_not_there_is_named_once(nginx: Nginx) -> None:
    nginx.configure("no-such-account")
    with listening(nginx.root / "var/gunicorn.sock"):
        found = looked(proxy_reach.galaxy_socket, nginx.server())
    assert states(found) == {"proxy.socket": "skipped"}
    assert states(looked(proxy_reach.static_files, nginx.server())) == {"proxy.static": "skipped"}
    assert states(looked(proxy_reach.account_there, nginx.server())) == {"proxy.no-account": "fail"}
    nginx.configure(PROXY)
    assert states(looked(proxy_reach.account_there, nginx.server())) == {"proxy.account": "ok"}


# Static files. The site has the paths of this machine, as nginx serves them: the root of these checks is /.


def here(nginx: Nginx) -> Nginx:
    """The same tree with static files where both nginx and the checks find them."""
    site = nginx.site.read_text()
    nginx.site.write_text(site.replace(f"{nginx.root}/static", "/static"))
    return nginx


def test_static_files_that_the_proxy_reads_are_well(nginx: Nginx) -> None:
    found = only(looked(proxy_reach.static_files, here(nginx).server()))
    assert (found.state, found.what) == ("ok", f"{PROXY} reads all static files (2 places)")


def test_a_static_directory_that_is_not_there_is_named_with_its_line(nginx: Nginx) -> None:
    shutil.rmtree(nginx.root / "static")
    found = only(looked(proxy_reach.static_files, here(nginx).server()))
    assert (found.state, found.code) == ("fail", "proxy.static-missing")
    assert (found.question, found.file) == ("proxy.static_dir", f"{nginx.site}:6")
    said = f"{nginx.root}/static is not there, and the site serves it (lines 6 and 7 of the site)"
    assert found.what == said, "what belongs there is missing with it"


def test_what_is_above_the_static_directory_is_the_fault_where_that_is_missing(nginx: Nginx) -> None:
    site = nginx.site.read_text()
    nginx.site.write_text(site.replace(f"{nginx.root}/static", "/galaxy/server/static"))
    found = only(looked(proxy_reach.static_files, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.static-missing")
    assert found.what.startswith(f"{nginx.root}/galaxy is not there, and the site serves what is below it (")


def test_files_that_are_missing_are_faults_of_their_own(nginx: Nginx) -> None:
    site = here(nginx).site.read_text()
    more = "    location = /robots.txt { alias /static/robots.txt; }\n}\n"
    nginx.site.write_text(site.rstrip().removesuffix("}") + more)
    (nginx.root / "static/favicon.ico").unlink()
    found = looked(proxy_reach.static_files, nginx.server())
    assert [(one.state, one.code) for one in found] == [("warn", "proxy.static-missing")] * 2
    assert [one.what.partition(" is not there")[0] for one in found] == [
        f"{nginx.root}/static/favicon.ico",
        f"{nginx.root}/static/robots.txt",
    ]


def test_an_empty_static_directory_is_named(nginx: Nginx) -> None:
    shutil.rmtree(nginx.root / "static")
    (nginx.root / "static").mkdir()
    found = looked(proxy_reach.static_files, here(nginx).server())
    assert only(found).what == f"{nginx.root}/static is empty (lines 6 and 7 of the site)"


@pytest.mark.parametrize("empty", [True, False])
def test_static_files_that_are_not_there_are_told_of_once(nginx: Nginx, empty: bool) -> None:
    shutil.rmtree(nginx.root / "static")
    if empty:
        (nginx.root / "static").mkdir()
    server = here(nginx).server()
    assert states(looked(proxy_reach.static_files, server)) == {"proxy.static-missing": "fail"}
    assert states(looked(galaxy.static, server)) == {"galaxy.static": "skipped"}


def test_a_wrong_alias_is_named_under_the_site(nginx: Nginx) -> None:
    here(nginx).site.write_text(nginx.site.read_text().replace("alias /static;", "alias /static/blue;"))
    found = only(looked(proxy_reach.static_files, nginx.server(proxy__static_dir="/elsewhere")))
    assert (found.code, found.question) == ("proxy.static-missing", "proxy.site_file")


@pytest.mark.parametrize("closed", ["static", "static/dist", "static/dist/app.js", "static/base.css"])
def test_what_the_proxy_cannot_read_is_named(nginx: Nginx, closed: str) -> None:
    own(nginx.root / closed, GALAXY, GALAXY, 0o700)
    found = only(looked(proxy_reach.static_files, here(nginx).server()))
    assert found.code == "proxy.static-unreadable"
    assert f"{nginx.root}/{closed} (" in found.what
    assert ("lines 6 and 7" in found.what) is (closed == "static"), (
        "a fault is told once, with all of its places"
    )


def test_a_site_without_static_files_is_skipped(nginx: Nginx) -> None:
    nginx.site.write_text("server { location / { proxy_pass http://unix:/x; } }\n")
    assert only(looked(proxy_reach.static_files, nginx.server())).state == "skipped"


# Datasets


def filled(root: Path, name: str = "data/objects") -> Path:
    folder = root / name / "0/0/0"
    folder.mkdir(parents=True)
    (folder / "dataset_1.dat").write_text("ACGT")
    return folder / "dataset_1.dat"


def test_datasets_that_the_proxy_reads_are_well(nginx: Nginx) -> None:
    filled(nginx.root)
    assert states(looked(proxy_reach.datasets, nginx.server())) == {"proxy.datasets": "ok"}


@pytest.mark.parametrize(
    "closed", ["data", "data/objects", "data/objects/0/0", "data/objects/0/0/0/dataset_1.dat"]
)
def test_closed_datasets_are_named(nginx: Nginx, closed: str) -> None:
    filled(nginx.root)
    own(nginx.root / closed, GALAXY, GALAXY, 0o700)
    found = only(looked(proxy_reach.datasets, nginx.server()))
    assert (found.state, found.code, found.question) == (
        "fail",
        "proxy.datasets-unreadable",
        "groundwork.data_dir",
    )
    assert f"{nginx.root}/{closed} (" in found.what


def test_every_place_of_an_object_store_is_looked_at(nginx: Nginx) -> None:
    filled(nginx.root, "one")
    own(filled(nginx.root, "two"), GALAXY, GALAXY, 0o600)
    rows = [Backend(id=name, kind="disk", files_dir=f"/{name}") for name in ("one", "two", "three")]
    found = looked(proxy_reach.datasets, nginx.server(data__backends=rows))
    assert [(one.state, one.question) for one in found] == [
        ("ok", "data.backends[1].files_dir"),
        ("fail", "data.backends[2].files_dir"),
        ("skipped", "data.backends[3].files_dir"),
    ]


def test_an_older_release_has_its_datasets_elsewhere(nginx: Nginx) -> None:
    filled(nginx.root, "galaxy/database/files")
    server = nginx.server(groundwork__release="19.09", groundwork__root="/galaxy")
    assert only(looked(proxy_reach.datasets, server)).what.endswith("/galaxy/database/files")


def test_where_galaxy_sends_downloads_itself_the_proxy_needs_none(nginx: Nginx) -> None:
    assert only(looked(proxy_reach.datasets, nginx.server(proxy__downloads=False))).state == "skipped"


# Uploads by nginx


def test_both_accounts_must_write_to_the_store_of_uploads(nginx: Nginx) -> None:
    answers = {"proxy__nginx_upload": True, "proxy__nginx_upload_store": "/up"}
    server, store = nginx.server(**answers), nginx.root / "up"
    assert states(looked(proxy_reach.upload_store, server)) == {"proxy.upload-store-missing": "fail"}
    store.mkdir()
    own(store, PROXY, GALAXY, 0o770)
    assert states(looked(proxy_reach.upload_store, server)) == {"proxy.upload-store": "ok"}
    own(store, PROXY, PROXY, 0o755)
    found = only(looked(proxy_reach.upload_store, server))
    assert (found.code, found.what.split()[0]) == ("proxy.upload-store-permission", GALAXY)
    own(store, GALAXY, GALAXY, 0o755)
    assert only(looked(proxy_reach.upload_store, server)).what.split()[0] == PROXY
    assert not list(store.iterdir()), "nothing was written to find out"


# Another root, whose accounts are other ones than those of this machine


def test_below_another_root_the_accounts_are_its_own(nginx: Nginx) -> None:
    _, galaxy = strangers(nginx.root)
    folder = filled(nginx.root).parent
    os.chown(folder, galaxy, 41060)
    folder.chmod(0o750)
    reads = looked(proxy_reach.datasets, nginx.server())
    assert states(reads) == {"proxy.datasets": "ok"}, (
        "the proxy's account is in that group there, and not here"
    )
    folder.chmod(0o700)
    found = only(looked(proxy_reach.datasets, nginx.server()))
    assert found.code == "proxy.datasets-unreadable"
    assert found.what.endswith(f"(drwx------ {GALAXY}:{OTHERS})"), "numbers have the names of that root"
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY):
        assert states(looked(proxy_reach.galaxy_socket, nginx.server())) == {
            "proxy.socket-permission": "fail"
        }
    uploads = nginx.server(proxy__nginx_upload=True, proxy__nginx_upload_store="/up")
    (nginx.root / "up").mkdir()
    os.chown(nginx.root / "up", galaxy, 41060)
    (nginx.root / "up").chmod(0o770)
    assert states(looked(proxy_reach.upload_store, uploads)) == {"proxy.upload-store": "ok"}


@pytest.mark.parametrize("name", ["passwd", "group"])
def test_a_root_that_says_no_accounts_is_skipped_with_the_reason(nginx: Nginx, name: str) -> None:
    (nginx.root / "etc" / name).unlink()
    filled(nginx.root)
    (nginx.root / "up").mkdir()
    server = nginx.server(proxy__nginx_upload=True, proxy__nginx_upload_store="/up")
    with listening(nginx.root / "var/gunicorn.sock", GALAXY, PROXY):
        for check in (
            proxy_reach.galaxy_socket,
            proxy_reach.static_files,
            proxy_reach.datasets,
            proxy_reach.upload_store,
        ):
            found = only(looked(check, server))
            assert (found.state, found.code) == ("skipped", check.code)
            assert f"{nginx.root}/etc/{name} is not there" in found.what
