"""Files that cannot be read or parsed are named and left alone; nothing hangs, nothing crashes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.survey.installs import by_hand, of_old, put, remarks, seen
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.survey.installs import installs
from wizard.survey.looking import LARGEST

BESIDE = [
    "/srv/galaxy/config/job_conf.yml",
    "/srv/galaxy/config/object_store_conf.xml",
    "/etc/nginx/nginx.conf",
    "/etc/nginx/conf.d/other.conf",
    "/etc/nginx/sites-available/galaxy",
    "/etc/systemd/system/galaxy-web.service",
    "/etc/systemd/system/galaxy-handler@.service.d/memory.conf",
    "/etc/logrotate.d/galaxy",
    "/etc/proftpd/proftpd.conf",
    "/etc/cron.d/galaxy",
    "/etc/passwd",
    "/srv/galaxy/server/lib/galaxy/version.py",
]
"""Every file of the tree but Galaxy's own configuration."""
REGULAR_ONLY = ("/etc/logrotate.d", "/etc/cron.d")
"""Where the programs themselves pass over what is no regular file."""


def is_fifo(path: Path) -> None:
    os.mkfifo(path)


def is_directory(path: Path) -> None:
    path.mkdir()


def is_loop(path: Path) -> None:
    path.symlink_to(path.name)


def is_huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(LARGEST + 1)


def is_binary(path: Path) -> None:
    path.write_bytes(b"galaxy \xff\xfe\x00")


def is_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name)
    finally:
        os.chdir(here)


KINDS = [is_fifo, is_directory, is_loop, is_huge, is_binary, is_socket]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BESIDE)
def test_whatever_stands_in_the_place_of_a_file_the_rest_is_read(
    name: str, kind: object, tmp_path: Path
) -> None:
    assert callable(kind)
    by_hand(tmp_path)
    path = tmp_path / name.lstrip("/")
    path.unlink()
    kind(path)
    found = seen(tmp_path, "/srv/galaxy")
    assert found.given["groundwork.brand"] == "Example"
    if kind in (is_huge, is_binary) or (kind is not is_directory and not name.startswith(REGULAR_ONLY)):
        # What sites-enabled links to is named by the link.
        names = {path.name for path in (path, tmp_path / "etc/nginx/sites-enabled/galaxy")}
        assert any(Path(str(problem.file)).name in names for problem in found.unread)


@pytest.mark.parametrize("kind", KINDS)
def test_galaxy_s_own_configuration_must_be_readable(kind: object, tmp_path: Path) -> None:
    assert callable(kind)
    (tmp_path / "g").mkdir()
    kind(tmp_path / "g/galaxy.yml")
    with pytest.raises(Refused) as refused:
        seen(tmp_path, "/g")
    (problem,) = refused.value.problems
    assert problem.file == f"{tmp_path}/g/galaxy.yml"


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("/srv/galaxy/config/job_conf.yml", "runners:\n  a: [\n", "job_conf.yml:3:1"),
        ("/srv/galaxy/config/object_store_conf.xml", "<a>\n", "object_store_conf.xml:2:1"),
        ("/etc/nginx/conf.d/other.conf", "server {\n", "other.conf:1:8"),
        (
            "/etc/systemd/system/galaxy-web.service",
            "[Service\nExecStart=galaxyctl\n",
            "galaxy-web.service:1:1",
        ),
        ("/etc/logrotate.d/galaxy", "/srv/galaxy/log/a.log {\n  rotate x\n}\n", "galaxy:2:10"),
        ("/etc/proftpd/proftpd.conf", "<Limit X>\n", "proftpd.conf:1:1"),
        ("/etc/cron.d/galaxy", "0 galaxy\n", "galaxy:1:3"),
    ],
)
def test_a_broken_file_is_named_with_line_and_column(
    name: str, text: str, place: str, tmp_path: Path
) -> None:
    by_hand(tmp_path)
    put(tmp_path, {name: text})
    found = seen(tmp_path, "/srv/galaxy")
    assert f"/{place}: " in remarks(found)
    assert found.given["groundwork.brand"] == "Example"


def test_a_broken_file_of_supervisord_or_apache_is_named(tmp_path: Path) -> None:
    of_old(tmp_path)
    put(
        tmp_path,
        {
            "/etc/supervisor/conf.d/galaxy.conf": "[program:a\n",
            "/etc/apache2/sites-enabled/galaxy.conf": "<A>\n",
        },
    )
    said = remarks(seen(tmp_path, "/srv/galaxy/galaxy-dist"))
    assert "conf.d/galaxy.conf:1:" in said and "sites-enabled/galaxy.conf:1:1:" in said


def test_a_broken_configuration_of_galaxy_is_refused_with_its_line(tmp_path: Path) -> None:
    put(tmp_path, {"/g/galaxy.yml": "galaxy:\n  a: [\n"})
    with pytest.raises(Refused) as refused:
        seen(tmp_path, "/g")
    assert refused.value.problems[0].line is not None


INCLUDES = {
    "/etc/nginx/nginx.conf": "http {\n include /etc/nginx/a.conf;\n include nginx.conf;\n}\n",
    "/etc/nginx/a.conf": "include b.conf;\n",
    "/etc/nginx/b.conf": "include a.conf;\ninclude *;\n",
    "/etc/apache2/apache2.conf": "Include apache2.conf\nInclude a\n",
    "/etc/apache2/a/b.conf": "Include a\nIncludeOptional a/*\n",
    "/etc/supervisord.conf": "[include]\nfiles = supervisord.conf supervisord.con[f]\n",
    "/etc/logrotate.conf": "include /etc/logrotate.d\ninclude /etc/logrotate.conf\n",
    "/etc/logrotate.d/a": "include /etc/logrotate.d\n",
    "/etc/proftpd.conf": "Include /etc/proftpd.conf\n",
}


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    put(tmp_path, {"/g/galaxy.yml": "galaxy:\n  brand: x\n", **INCLUDES})
    (tmp_path / "etc/nginx/c.conf").symlink_to("/etc/nginx/b.conf")
    found = seen(tmp_path, "/g")
    assert found.given["groundwork.brand"] == "x" and found.unread == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read_are_named(tmp_path: Path) -> None:
    by_hand(tmp_path)
    for name in ("/etc/nginx/nginx.conf", "/srv/galaxy/config/job_conf.yml"):
        (tmp_path / name.lstrip("/")).chmod(0)
    found = seen(tmp_path, "/srv/galaxy")
    assert remarks(found).count("permission denied") == 2


def test_links_lead_below_the_root_only(tmp_path: Path) -> None:
    outside = tmp_path / "secret.conf"
    outside.write_text("server { never ends")
    root = by_hand(tmp_path / "root")
    (root / "etc/nginx/conf.d/out.conf").symlink_to(outside)
    (root / "etc/nginx/conf.d/up.conf").symlink_to("../../../../../../secret.conf")
    assert "conf.d/" not in remarks(seen(root, "/srv/galaxy"))


def test_a_directory_that_is_not_there_is_not_looked_for_above(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/config/galaxy.yml": "galaxy:\n"})
    with pytest.raises(Refused):
        seen(tmp_path, "/srv/galaxy/typo")


# installs()


@pytest.mark.parametrize(
    ("tree", "where", "name", "release"),
    [
        (by_hand, "srv/galaxy/config", "galaxy.yml", "26.1"),
        (of_old, "srv/galaxy/galaxy-dist/config", "galaxy.ini", "15.10"),
    ],
)
def test_an_install_is_seen_with_what_the_wizard_shows(
    tree: object, where: str, name: str, release: str, tmp_path: Path
) -> None:
    assert callable(tree)
    tree(tmp_path)
    for here in (tmp_path, tmp_path / where, tmp_path / where / "..", Path("/")):
        (install,) = installs(Disk(tmp_path), here)
        assert (install.config_dir, install.main_file) == (f"/{where}", name)
        assert (install.release, install.managed) == (release, False)
    (tmp_path / where / "galaxy-setup.toml").write_text("")
    assert installs(Disk(tmp_path), tmp_path)[0].managed


@pytest.mark.parametrize(
    "place", ["opt/galaxy/universe_wsgi.ini", "home/galaxy/galaxy-dist/universe_wsgi.ini"]
)
def test_an_old_install_is_seen_at_its_root(place: str, tmp_path: Path) -> None:
    put(tmp_path, {f"/{place}": "[app:main]\n"})
    (install,) = installs(Disk(tmp_path), Path("/"))
    assert f"{install.config_dir}/{install.main_file}" == f"/{place}"


def test_nothing_is_seen_in_an_empty_root(tmp_path: Path) -> None:
    assert installs(Disk(tmp_path), tmp_path) == []


@pytest.mark.parametrize("kind", KINDS)
def test_looking_around_meets_anything(kind: object, tmp_path: Path) -> None:
    assert callable(kind)
    for name in ("galaxy.yml", "lib/galaxy/version.py"):
        path = tmp_path / "srv/galaxy/config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        kind(path)
    put(tmp_path, {"/opt/gx/config/galaxy.yml": ""})
    found = [install.config_dir for install in installs(Disk(tmp_path), tmp_path)]
    assert "/opt/gx/config" in found


def test_what_cannot_be_read_above_the_named_directory_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/config/galaxy.yml": "galaxy:\n  brand: x\n"})
    (tmp_path / "srv/galaxy/server/config").mkdir(parents=True)
    is_fifo(tmp_path / "srv/galaxy/galaxy.yml")
    assert seen(tmp_path, "/srv/galaxy/server").given["groundwork.brand"] == "x"


def test_a_file_of_nothing_but_unknown_names_is_read_in_time(tmp_path: Path) -> None:
    options = "".join(f"  unheard_of_{number}: x\n" for number in range(2000))
    put(tmp_path, {"/g/galaxy.yml": f"galaxy:\n{options}"})
    assert len(seen(tmp_path, "/g").unread) == 2000
