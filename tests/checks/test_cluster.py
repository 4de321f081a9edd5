"""Schedulers, asked with their own commands as Galaxy's account asks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import GALAXY, looked, needs_root, only, open_place, server_of, states
from tests.consumers import need_tool
from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.answers.runners import Runner
from wizard.checks import cluster
from wizard.checks.check import Server
from wizard.checks.cluster import BY_KIND, BY_PLUGIN, environment

pytestmark = needs_root


@pytest.fixture
def bin(tmp_path: Path) -> Iterator[Path]:
    with open_place() as place:
        yield place


def program(bin: Path, name: str, script: str = "exit 0") -> None:
    (bin / name).write_text(f"#!/bin/sh\n{script}\n")
    (bin / name).chmod(0o755)


def slurm(bin: Path, kind: str = "cli", **more: Any) -> Server:
    values = {
        "groundwork.user": GALAXY,
        "cluster.runners": [Runner(id="s", kind=kind)],  # type: ignore[arg-type]
        "cluster.destinations": [
            Destination(id="d", runner="s", scheduler="slurm" if kind == "cli" else None)
        ],
    }
    return server_of({**values, **more}, environ={"PATH": f"{bin}:/usr/bin:/bin"})


def commands_of_slurm(bin: Path, sinfo: str) -> None:
    for name in ("sbatch", "squeue", "scancel", "scontrol"):
        program(bin, name)
    program(bin, "sinfo", sinfo)


@pytest.mark.parametrize("kind", ["cli", "slurm"])
def test_a_scheduler_that_answers_is_well(bin: Path, kind: str) -> None:
    commands_of_slurm(bin, f'test "$(id -un)" = {GALAXY} && echo up')
    found = only(looked(cluster.commands, slurm(bin, kind)))
    assert (found.state, found.what) == ("ok", f"Slurm answers {GALAXY}")


def test_commands_that_are_not_there_are_named(bin: Path) -> None:
    commands_of_slurm(bin, "echo up")
    (bin / "scancel").unlink()
    (bin / "sbatch").unlink()
    found = only(looked(cluster.commands, slurm(bin)))
    assert (found.state, found.code, found.question) == ("fail", "cluster.command-missing", "cluster.runners")
    assert found.what.startswith("sbatch, scancel of Slurm")


def test_a_scheduler_that_refuses_is_named_with_its_words(bin: Path) -> None:
    commands_of_slurm(bin, "echo 'slurm_load_partitions: Unable to contact slurm controller' >&2; exit 1")
    found = only(looked(cluster.commands, slurm(bin)))
    assert (found.state, found.code) == ("fail", "cluster.refused")
    assert "Unable to contact slurm controller" in found.what


def test_a_scheduler_that_says_nothing_in_time_is_given_up(
    bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_SECONDS", 0.3)
    commands_of_slurm(bin, "sleep 60")
    assert states(looked(cluster.commands, slurm(bin))) == {"cluster.no-answer": "fail"}


def test_the_handlers_variables_reach_the_commands(bin: Path) -> None:
    commands_of_slurm(bin, 'test "$SLURM_CONF" = /opt/slurm/etc/slurm.conf')
    assert states(looked(cluster.commands, slurm(bin))) == {"cluster.refused": "fail"}
    row = Handler(name="h", environment={"SLURM_CONF": "/opt/slurm/etc/slurm.conf", "PATH": str(bin)})
    more: dict[str, Any] = {"scaling.handlers": [row]}
    server = slurm(bin, **more)
    assert states(looked(cluster.commands, server)) == {"cluster.commands": "ok"}
    assert environment(server)["PATH"].startswith(f"{bin}:/usr/local/sbin:")


def test_kubernetes_itself_is_asked_where_kubectl_is() -> None:
    need_tool("kubectl")
    answers = {"groundwork.user": GALAXY, "cluster.runners": [Runner(id="k", kind="kubernetes")]}
    nowhere = Handler(name="h", environment={"KUBECONFIG": "/nonexistent"})
    found = only(looked(cluster.commands, server_of({**answers, "scaling.handlers": [nowhere]})))
    assert (found.state, found.code) == ("fail", "cluster.refused")
    assert found.what.startswith(f"kubectl get --raw /version --request-timeout=5s as {GALAXY}: ")


def test_galaxy_does_without_kubectl(bin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PLACES", ())
    answers = {"groundwork.user": GALAXY, "cluster.runners": [Runner(id="k", kind="kubernetes")]}
    found = only(looked(cluster.commands, server_of(answers, environ={"PATH": str(bin)})))
    assert (found.state, found.what) == ("skipped", "Kubernetes cannot be asked without kubectl")


def test_without_the_account_root_runs_nothing(bin: Path) -> None:
    commands_of_slurm(bin, f"touch {bin}/ran")
    server = slurm(bin, **{"groundwork.user": "no-such-account"})
    assert states(looked(cluster.commands, server)) == {"cluster.commands": "skipped"}
    assert not (bin / "ran").exists()


@pytest.mark.parametrize(
    "answers",
    [
        {"cluster.runners": [Runner(id="l", kind="local")]},
        {"cluster.runners": [Runner(id="p", kind="pulsar-mq")]},
        {"cluster.runners": None},
        {"cluster.destinations": [Destination(id="d", runner="s")]},
        {
            "cluster.destinations": [
                Destination(id="d", runner="s", scheduler="slurm", params={"shell_plugin": "SecureShell"})
            ]
        },
        {"scaling.hosts": [Host(name="p", runs=["proxy"])], "scaling.host": "p"},
    ],
    ids=["local", "pulsar", "none", "no scheduler", "over ssh", "another host"],
)
def test_where_no_commands_are_called_here_none_are_asked(bin: Path, answers: dict[str, Any]) -> None:
    assert only(looked(cluster.commands, slurm(bin, **answers))).state == "skipped"


@pytest.mark.parametrize("scheduler", [*BY_PLUGIN.values(), *BY_KIND.values()], ids=[*BY_PLUGIN, *BY_KIND])
def test_every_scheduler_is_asked_by_its_own_commands(bin: Path, scheduler: cluster.Scheduler) -> None:
    plugin = next((name for name, one in BY_PLUGIN.items() if one is scheduler), None)
    kind = next((name for name, one in BY_KIND.items() if one is scheduler), "cli")
    rows = [Destination(id="d", runner="s", scheduler=plugin)]  # type: ignore[arg-type]
    for name in (*scheduler.needed, scheduler.ask[0]):
        program(bin, name, f'test "$*" = "{" ".join(scheduler.ask[1:])}"')
    server = slurm(bin, kind, **{"cluster.destinations": rows})
    assert only(looked(cluster.commands, server)).what == f"{scheduler.name} answers {GALAXY}"
