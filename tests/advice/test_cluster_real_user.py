"""Rules about cluster jobs that run under the accounts of those who started them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.destinations import Destination
from wizard.answers.runners import Runner

PYTHON = "/cluster/galaxy/venv/bin/python"
WELL: dict[str, Any] = {
    "cluster.real_user": True,
    "cluster.real_system_username": "user_email",
    "cluster.external_runjob": f"sudo -E {PYTHON} scripts/drmaa_external_runner.py --assign_all_groups",
    "cluster.external_killjob": f"sudo -E {PYTHON} scripts/drmaa_external_killer.py",
    "cluster.external_chown": f"sudo -E {PYTHON} scripts/external_chown_script.py",
    "cluster.outputs_to_working_directory": True,
    "proxy.authentication": "header",
    "proxy.upstream_header": "X-User",
}
LDAP = {"proxy.authentication": "galaxy", "options.auth_config_file": "auth_conf.xml"}


def real_users(**changes: Any) -> partial[Any]:
    """Slurm with real users, all in order but for these answers (a dot is written as two underscores)."""
    answers = {**WELL, **{name.replace("__", "."): value for name, value in changes.items()}}
    return partial(scene_of, answers, preset="slurm-cluster")


PLAIN_DRMAA = [
    Runner(id="local", kind="local"),
    Runner(id="slurm", kind="drmaa", drmaa_library_path="/usr/lib/libdrmaa.so"),
]
ALL_DRMAA = [
    Destination(id="local", runner="local"),
    Destination(id="slurm", runner="slurm"),
    Destination(id="slurm_large", runner="slurm"),
]

BAD: Bad = {
    "cluster.real-user-outputs": real_users(cluster__outputs_to_working_directory=False),
    "cluster.real-user-commands": real_users(cluster__external_chown=None),
    "cluster.real-user-sudo": real_users(cluster__external_killjob="sudo scripts/drmaa_external_killer.py"),
    "cluster.real-user-python": real_users(
        cluster__external_runjob="sudo -E scripts/drmaa_external_runner.py --assign_all_groups"
    ),
    "cluster.real-user-reach": real_users(groundwork__umask="077"),
    "cluster.real-user-runner": real_users(cluster__runners=PLAIN_DRMAA, cluster__destinations=ALL_DRMAA),
    "cluster.real-user-is-galaxy": real_users(cluster__real_system_username="galaxy"),
    "cluster.real-user-registers": real_users(proxy__authentication="galaxy"),
}


def test_all_four_conditions_met() -> None:
    scene = real_users()()
    assert [code for code in BAD if found(code, scene)] == []


def test_jobs_of_galaxys_own_account_are_no_matter() -> None:
    off = {"cluster.real_user": False, "cluster.outputs_to_working_directory": False}
    scene = scene_of(off, preset="slurm-cluster")
    assert [code for code in BAD if found(code, scene)] == []


def test_every_command_that_is_missing_is_named() -> None:
    scene = real_users(cluster__external_chown=None, cluster__external_killjob=None)()
    missing = {finding.question for finding in found("cluster.real-user-commands", scene)}
    assert missing == {"cluster.external_chown", "cluster.external_killjob"}


@pytest.mark.parametrize(
    "command", ["sudo --preserve-env x", "sudo -nE x", "sudo PATH=/a LD_LIBRARY_PATH=/b x"]
)
def test_the_environment_may_be_kept_in_several_ways(command: str) -> None:
    assert not found("cluster.real-user-sudo", real_users(cluster__external_killjob=command)())


def test_a_command_without_sudo_has_no_simple_fix() -> None:
    (finding,) = found("cluster.real-user-sudo", real_users(cluster__external_killjob="scripts/killer.py")())
    assert not finding.fix and "not run through sudo" in finding.what


def test_a_group_that_all_users_share_will_do() -> None:
    assert not found("cluster.real-user-reach", real_users(groundwork__umask="027")())


def test_nobody_enters_the_home_of_root() -> None:
    scene = real_users(cluster__job_working_directory="/root/jobs")()
    (finding,) = found("cluster.real-user-reach", scene)
    assert finding.question == "cluster.job_working_directory"


def test_no_destination_for_real_users_at_all() -> None:
    local = {
        "cluster__runners": [Runner(id="local", kind="local")],
        "cluster__destinations": [Destination(id="local", runner="local")],
        "cluster__default_destination": "local",
        "cluster__tools": None,
        "cluster__limits": None,
    }
    (finding,) = found("cluster.real-user-runner", real_users(**local)())
    assert finding.question == "cluster.real_user"


def test_logins_that_galaxy_checks_elsewhere_are_no_own_accounts() -> None:
    answers = {**WELL, **LDAP, "proxy.upstream_header": None}
    assert not found("cluster.real-user-registers", scene_of(answers, preset="slurm-cluster"))


def test_a_command_that_is_missing_is_no_matter_of_sudo() -> None:
    assert not found("cluster.real-user-sudo", real_users(cluster__external_killjob=None)())


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster__external_runjob": "sudo -E PATH=/venv/bin scripts/drmaa_external_runner.py"},
        {"cluster__external_runjob": "sudo -E /opt/submit.sh"},
        {
            "cluster__external_runjob": "sudo -E scripts/drmaa_external_runner.py",
            "groundwork__virtualenv": None,
            "proxy__tusd_path": "/usr/bin/tusd",
        },
    ],
    ids=["PATH is given", "another script", "no virtualenv is known"],
)
def test_where_the_right_python_is_found_or_unknown(changes: dict[str, Any]) -> None:
    assert not found("cluster.real-user-python", real_users(**changes)())
