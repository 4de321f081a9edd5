"""Galaxy's code and virtualenv: seen on the files that an install has."""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.steps.scenes import REDHAT, codes, put, scene_of, seen, step
from wizard.consequences.packages import conditional
from wizard.disk import Disk
from wizard.releases.requirements import FILE
from wizard.steps.code import python_for
from wizard.steps.running import perform
from wizard.steps.script import script
from wizard.steps.step import Scene

PACKAGES = 'preset = "single-server@1"\n[groundwork]\ninstall = "packages"\n'
SITE = "/srv/galaxy/venv/lib/python3.11/site-packages"
VERSION = "/srv/galaxy/server/lib/galaxy/version.py"


def scene(root: Path, answers: str = 'preset = "single-server@1"\n') -> Scene:
    return scene_of(answers, root)


def installed(root: Path, *names: str) -> None:
    for name in names:
        (root / f"{SITE}/{name}.dist-info".lstrip("/")).mkdir(parents=True)


def test_a_checkout_is_known_by_its_version_and_another_one_is_left_to_a_person(tmp_path: Path) -> None:
    assert seen(scene(tmp_path), "code.checkout").state == "left"
    put(tmp_path, VERSION, 'VERSION_MAJOR = "25.1"\n')
    assert seen(scene(tmp_path), "code.checkout").because == (
        "/srv/galaxy/server holds Galaxy 25.1, the answers say 26.1"
    )
    assert seen(scene(tmp_path), "code.checkout").state == "unknown"
    put(tmp_path, VERSION, 'VERSION_MAJOR = "26.1"\n')
    assert seen(scene(tmp_path), "code.checkout").state == "done"
    assert "release_26.1" in step(scene(tmp_path), "code.checkout").commands[0].argv


def test_a_virtualenv_with_too_old_a_python_is_not_done(tmp_path: Path) -> None:
    assert seen(scene(tmp_path), "code.virtualenv").state == "left"
    put(tmp_path, "/srv/galaxy/venv/bin/pip", mode=0o755)
    (tmp_path / "srv/galaxy/venv/lib/python3.9/site-packages").mkdir(parents=True)
    assert (
        seen(scene(tmp_path), "code.virtualenv").because
        == "/srv/galaxy/venv has Python 3.9, Galaxy needs 3.10"
    )
    (tmp_path / "srv/galaxy/venv/lib/python3.9").rename(tmp_path / "srv/galaxy/venv/lib/python3.12")
    assert seen(scene(tmp_path), "code.virtualenv").state == "done"


def test_the_distributions_own_python_is_taken_where_the_release_takes_it(tmp_path: Path) -> None:
    assert python_for(scene(tmp_path)) == "/usr/bin/python3"
    put(tmp_path, "/usr/bin/python3.9")
    (tmp_path / "usr/bin/python3").symlink_to("python3.9")
    put(tmp_path, "/usr/bin/python3.11")
    put(tmp_path, "/usr/bin/python3.13")
    assert python_for(scene(tmp_path)) == "/usr/bin/python3.13"
    (tmp_path / "usr/bin/python3").unlink()
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    assert python_for(scene(tmp_path)) == "/usr/bin/python3"


def test_red_hats_nine_needs_a_python_of_its_own_and_its_ten_does_not(tmp_path: Path) -> None:
    for version, python in (("9.4", "/usr/bin/python3.12"), ("10.0", "/usr/bin/python3")):
        put(tmp_path, "/etc/os-release", f'ID="rhel"\nVERSION_ID="{version}"\n')
        assert python_for(scene_of(PACKAGES, tmp_path, REDHAT)) == python


def test_galaxys_packages_are_known_by_their_release(tmp_path: Path) -> None:
    assert step(scene(tmp_path, PACKAGES), "code.galaxy").commands[0].argv == (
        "/srv/galaxy/venv/bin/pip", "install", "galaxy==26.1.*",
    )  # fmt: skip
    assert seen(scene(tmp_path, PACKAGES), "code.galaxy").state == "left"
    installed(tmp_path, "galaxy_app-26.1.2", "galaxy-26.1.2")
    assert seen(scene(tmp_path, PACKAGES), "code.galaxy").state == "done"


def test_what_the_answers_need_is_there_in_a_version_that_galaxy_takes(tmp_path: Path) -> None:
    wanted = "code.requirements"
    assert (
        seen(scene(tmp_path), wanted).because == "not in /srv/galaxy/venv: psycopg2-binary, redis>=5.3.0,<6"
    )
    installed(tmp_path, "psycopg2_binary-2.9.10", "redis-8.1.0")
    assert seen(scene(tmp_path), wanted).because == "not in /srv/galaxy/venv: redis>=5.3.0,<6"
    installed(tmp_path, "redis-5.3.1")
    (tmp_path / f"{SITE}/redis-8.1.0.dist-info".lstrip("/")).rmdir()
    assert seen(scene(tmp_path), wanted).state == "done"


PLAIN = {"PATH": os.defpath, "LANG": "C"}
"""What root's shell may have: none of the variables by which pip would look elsewhere."""
LISTED = "# comment\nPsycopg2_Binary=={}\npsycopg[binary]\nredis>=5.3.0,<6  # why\n"


def wheel(folder: Path, name: str, version: str) -> None:
    """A package for pip that holds nothing."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as made:
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")


def names(folder: Path) -> set[str]:
    return {place.name for place in folder.iterdir()}


def test_the_release_that_an_earlier_step_installed_says_which_version_it_takes(tmp_path: Path) -> None:
    virtualenv, server, wheels = (tmp_path / name for name in ("venv", "server", "wheels"))
    places = {"groundwork.virtualenv": str(virtualenv), "groundwork.root": str(server)}
    one = scene_of('preset = "single-server@1"\n', tmp_path, given=places)
    before = step(replace(one, disk=Disk()), "code.requirements")  # Galaxy comes only now
    printed = script((before,))
    venv.create(virtualenv, with_pip=True)
    wheels.mkdir()
    for version in ("2.9.9", "2.9.10", "2.9.11"):
        wheel(wheels, "psycopg2_binary", version)
    for version in ("5.3.1", "8.1.0"):
        wheel(wheels, "redis", version)
    (virtualenv / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {wheels}\n")
    (site,) = virtualenv.glob("lib/python3*/site-packages")

    put(site, FILE, LISTED.format("2.9.10"))
    said = subprocess.run(["sh"], input=printed, env=PLAIN, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert {"psycopg2_binary-2.9.10.dist-info", "redis-5.3.1.dist-info"} <= names(site)
    assert before.look().state == "done"

    (site / FILE).unlink()
    put(server / "lib", FILE, LISTED.format("2.9.9"))  # of a checkout
    assert [perform(command) for command in before.commands] == [None]
    assert "psycopg2_binary-2.9.9.dist-info" in names(site)


def test_what_is_left_is_named_as_the_installed_release_lists_it(tmp_path: Path) -> None:
    wanted = step(scene(tmp_path), "code.requirements")
    put(tmp_path, f"{SITE}/{FILE}", LISTED.format("2.9.10"))
    assert wanted.look().because.endswith(": Psycopg2_Binary==2.9.10, redis>=5.3.0,<6")


@pytest.mark.parametrize(
    ("preset", "needs"),
    [
        ("slurm-cluster", {"psycopg2-binary", "redis>=5.3.0,<6"}),
        ("kubernetes", {"pykube-ng"}),
        ("grid-engine-cluster", {"drmaa"}),
    ],
)
def test_runners_have_needs_of_their_own(preset: str, needs: set[str], tmp_path: Path) -> None:
    found = set(conditional(scene(tmp_path, f'preset = "{preset}@1"\n').given))
    assert needs <= found, found


def test_a_server_without_postgresql_redis_and_cluster_needs_nothing(tmp_path: Path) -> None:
    assert conditional({"database.engine": "sqlite", "celery.enable": False}) == ()
    assert "code.requirements" not in codes(scene(tmp_path, 'preset = "trial@1"\n'))


def test_the_client_is_there_once_its_files_are(tmp_path: Path) -> None:
    assert seen(scene(tmp_path), "code.client").state == "left"
    (tmp_path / "srv/galaxy/server/static").mkdir(parents=True)
    (tmp_path / "srv/galaxy/server/static/dist").symlink_to("/nowhere")
    assert seen(scene(tmp_path), "code.client").state == "left"
    (tmp_path / "nowhere").mkdir()
    assert seen(scene(tmp_path), "code.client").state == "done"
