"""Other people's units and programs at the very places where galaxy-setup has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import need_corpus
from tests.survey.installs import GALAXY_YML, JOB_CONF_YML, NGINX_CONF, NGINX_SITE, put, seen
from tests.test_headless import setup, tree

PLACES = {
    "systemd": (
        "/etc/systemd/system/galaxy-web.service",
        "/etc/systemd/system/galaxy-handler@.service",
        "/etc/systemd/system/galaxy.service",
    ),
    "supervisor": ("/etc/supervisor/conf.d/galaxy.conf", "/etc/supervisor/conf.d/other.conf"),
}


def real(kind: str) -> list[Path]:
    return sorted((need_corpus() / kind).iterdir())


@pytest.mark.parametrize("kind", PLACES)
def test_real_services_are_left_as_they_are_and_nothing_else_is_lost(kind: str, tmp_path: Path) -> None:
    for number, file in enumerate(real(kind)):
        for turn, place in enumerate(PLACES[kind]):
            root = put(
                tmp_path / f"{number}-{turn}",
                {
                    "/srv/galaxy/config/galaxy.yml": GALAXY_YML,
                    "/srv/galaxy/config/job_conf.yml": JOB_CONF_YML,
                    "/etc/nginx/nginx.conf": NGINX_CONF,
                    "/etc/nginx/sites-enabled/galaxy": NGINX_SITE,
                },
            )
            without = seen(root, "/srv/galaxy").given
            put(root, {place: file.read_text(encoding="utf-8")})
            before = tree(root)
            given = seen(root, "/srv/galaxy").given
            lost = {path for path, value in without.items() if given.get(path) != value}
            assert lost == set(), (file.name, place)
            if turn:
                continue
            run = setup("import", "/srv/galaxy", "--root", str(root), "--to", f"{number}.toml", cwd=tmp_path)
            assert run.returncode == 0, (file.name, run.stderr)
            same = setup("diff", "--root", str(root), "--answers", f"{number}.toml", cwd=tmp_path)
            assert (same.returncode, same.stdout) == (0, ""), (file.name, same.stdout)
            assert "groundwork.service" not in same.stderr, (file.name, same.stderr)
            assert {name: text for name, text in tree(root).items() if name in before} == before


UNIT = "[Service]\nUser=galaxy\nWorkingDirectory=/srv/galaxy/server\nExecStart={}\n"


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"/etc/init.d/galaxy": "#!/bin/sh\n"}, "sysvinit"),
        ({"/Library/LaunchDaemons/org.galaxyproject.plist": "<plist/>"}, "launchd"),
        (
            {"/etc/systemd/system/a.service": UNIT.format("/bin/uwsgi -y /srv/galaxy/config/galaxy.yml")},
            "systemd",
        ),
    ],
)
def test_what_starts_galaxy_is_an_answer_and_its_files_are_kept(
    files: dict[str, str], manager: str, tmp_path: Path
) -> None:
    put(tmp_path, {"/srv/galaxy/config/galaxy.yml": "galaxy:\n  brand: x\n", **files})
    given = seen(tmp_path, "/srv/galaxy").given
    assert (given["groundwork.service_manager"], given["groundwork.service_files"]) == (manager, "kept")


def test_gravity_needs_no_such_answer(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/config/galaxy.yml": "gravity:\n  process_manager: systemd\n"})
    given = seen(tmp_path, "/srv/galaxy").given
    assert (
        given["groundwork.service_manager"] == "gravity-systemd" and "groundwork.service_files" not in given
    )
