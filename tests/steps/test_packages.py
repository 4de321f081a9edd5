"""Packages of the system: what the answers need, by what one sees it, by which names it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.steps.scenes import REDHAT, codes, put, scene_of, seen, step
from wizard.answers.question import Machine
from wizard.steps import packages
from wizard.steps.step import Scene

ANSWERS = 'preset = "single-server@1"\n'
INSTALLED = (
    "/usr/bin/git", "/usr/lib/python3.11/ensurepip/__init__.py", "/usr/lib/postgresql/15/bin/postgres",
    "/usr/bin/redis-server", "/usr/sbin/nginx", "/usr/bin/certbot",
)  # fmt: skip


def test_what_is_missing_is_named_and_installed_and_nothing_else(tmp_path: Path) -> None:
    one = scene_of(ANSWERS, tmp_path)
    assert step(one, "system.packages").commands[-1].argv[-6:] == (
        "git", "python3-venv", "postgresql", "redis-server", "nginx", "certbot",
    )  # fmt: skip
    for path in INSTALLED[:-1]:
        put(tmp_path, path)
    assert seen(one, "system.packages").because == "not installed: certbot"
    update, install = step(scene_of(ANSWERS, tmp_path), "system.packages").commands
    assert update.argv == ("apt-get", "update")
    assert install.argv == ("apt-get", "install", "-y", "--no-upgrade", "certbot")
    assert dict(install.environ) == {"DEBIAN_FRONTEND": "noninteractive"}
    put(tmp_path, INSTALLED[-1])
    assert seen(one, "system.packages").state == "done"


def test_a_program_that_came_in_another_way_is_as_good(tmp_path: Path) -> None:
    for path in INSTALLED:
        put(
            tmp_path,
            path.replace("redis-server", "valkey-server").replace("/usr/bin/certbot", "/snap/bin/certbot"),
        )
    assert seen(scene_of(ANSWERS, tmp_path), "system.packages").state == "done"


def test_red_hat_names_them_otherwise_and_its_ten_has_valkey(tmp_path: Path) -> None:
    layout = '[proxy]\nlayout = "redhat"\nsite_file = "/etc/nginx/conf.d/galaxy.conf"\n'
    found = {}
    for version in ("9.4", "10.0"):
        put(tmp_path, "/etc/os-release", f'ID="almalinux"\nVERSION_ID="{version}"\n')
        found[version] = step(scene_of(ANSWERS + layout, tmp_path, REDHAT), "system.packages")
    assert found["9.4"].commands[0].argv == (
        "dnf", "install", "-y", "git", "python3.12", "postgresql-server", "redis", "nginx", "certbot",
    )  # fmt: skip
    assert found["10.0"].commands[0].argv[4:7] == ("python3", "postgresql-server", "valkey")
    assert "From EPEL, which has to be enabled before: certbot" in found["9.4"].why


def test_what_runs_elsewhere_is_not_installed_here(tmp_path: Path) -> None:
    elsewhere = '[database]\nconnect = "tcp"\nhost = "db.example.org"\npassword = "not-a-secret"\n'
    elsewhere += '[celery]\nbroker_host = "mq.example.org"\nbackend_host = "mq.example.org"\n'
    elsewhere += 'control_queue = "redis://mq.example.org:6379/1"\n'
    one = scene_of(ANSWERS + elsewhere, tmp_path)
    assert not {"postgresql", "redis-server"} & set(step(one, "system.packages").commands[-1].argv)
    assert not {"database.server", "broker.server"} & set(codes(one))
    here = elsewhere.replace("mq.example.org", "galaxy")  # the machine's own name
    assert "redis-server" in step(scene_of(ANSWERS + here, tmp_path), "system.packages").commands[-1].argv


SLURM = """\
[cluster]
default_destination = "jobs"
[[cluster.runners]]
id = "jobs"
kind = "cli"
[[cluster.destinations]]
id = "jobs"
runner = "jobs"
scheduler = "{}"
"""
COMMANDS = {"slurm": ("sbatch", "squeue", "scancel"), "slurm-torque": ("qsub", "qstat", "qdel")}
PACKAGES = {
    "slurm": (["slurm-client"], ["slurm"]),
    "slurm-torque": (["slurm-client", "slurm-wlm-torque"], ["slurm", "slurm-torque"]),
}


def of_clusters(scene: Scene) -> list[str]:
    """The packages that would be installed for a scheduler."""
    found = (one for one in packages.steps(scene) if one.code == packages.CODE)
    words = next(found).commands[-1].argv
    return [word for word in words if word.startswith(("slurm", "gridengine"))]


@pytest.mark.parametrize("scheduler", COMMANDS)
def test_the_commands_of_a_scheduler_are_installed_where_there_are_none(
    scheduler: str, tmp_path: Path
) -> None:
    answers = ANSWERS + SLURM.format(scheduler)
    debian, redhat = PACKAGES[scheduler]
    assert of_clusters(scene_of(answers, tmp_path, REDHAT)) == redhat
    one = scene_of(answers, tmp_path)
    assert of_clusters(one) == debian
    assert "cluster's configuration" in step(one, packages.CODE).why
    for path in INSTALLED:
        put(tmp_path, path)
    for name in COMMANDS[scheduler]:
        assert seen(one, packages.CODE).state == "left", name
        put(tmp_path, f"/usr/bin/{name}")
    assert seen(one, packages.CODE).state == "done"


@pytest.mark.parametrize("folder", ["/opt/slurm/bin", "/usr/local/bin", "/cluster/bin"])
def test_a_cluster_may_have_put_its_commands_elsewhere(folder: str, tmp_path: Path) -> None:
    put(tmp_path, INSTALLED[0])
    for name in COMMANDS["slurm"]:
        put(tmp_path, f"{folder}/{name}")
    path = '[[scaling.handlers]]\nname = "handler"\nprocesses = 1\n'
    path += 'environment = { PATH = "/cluster/bin:/usr/bin" }\n'
    assert of_clusters(scene_of(ANSWERS + path + SLURM.format("slurm"), tmp_path)) == []


@pytest.mark.parametrize(
    "answers",
    [
        SLURM.format("slurm") + 'params = { shell_plugin = "SecureShell" }\n',
        SLURM.format("lsf"),
        SLURM.format("torque"),
    ],
    ids=["over ssh", "no package", "none any more"],
)
def test_no_package_is_made_up(answers: str, tmp_path: Path) -> None:
    assert of_clusters(scene_of(ANSWERS + answers, tmp_path)) == []


def test_grid_engine_is_debians_where_its_library_is(tmp_path: Path) -> None:
    preset = 'preset = "grid-engine-cluster@1"\n'
    one = scene_of(preset, tmp_path)
    assert of_clusters(one) == ["gridengine-client", "gridengine-drmaa1.0"]
    assert of_clusters(scene_of(preset, tmp_path, REDHAT)) == []
    put(tmp_path, "/usr/lib/gridengine-drmaa/lib/libdrmaa.so.1.0")
    assert of_clusters(one) == ["gridengine-client", "gridengine-drmaa1.0"]
    put(tmp_path, "/usr/bin/qsub")
    assert of_clusters(one) == []


def test_slurm_by_its_library_needs_its_commands_once(tmp_path: Path) -> None:
    both = 'preset = "slurm-cluster@1"\n'
    assert of_clusters(scene_of(both, tmp_path)) == ["slurm-client"]


def test_another_system_is_left_to_a_person(tmp_path: Path) -> None:
    one = step(scene_of(ANSWERS, tmp_path, Machine(family="other")), "system.packages")
    assert one.commands == () and "PostgreSQL" in str(one.by_hand)
