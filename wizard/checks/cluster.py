"""The schedulers that jobs are handed to: their commands are here and answer Galaxy's account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from shutil import which

from wizard.checks.accounts import galaxy_account, own_account
from wizard.checks.check import Result, Server, check
from wizard.checks.files_access import run_as
from wizard.consumers.running import PLACES, Account
from wizard.disk import reason
from wizard.files.hosts import runs_here

_RUNNERS = "cluster.runners"
_SECONDS = 10.0


@dataclass(frozen=True)
class Scheduler:
    """The commands that Galaxy calls, and a question that only a scheduler that is alive answers.

    Where Galaxy itself does without the commands, they are asked only if they are here.
    """

    name: str
    needed: tuple[str, ...]
    ask: tuple[str, ...]
    optional: bool = False


_ASK_SLURM = ("sinfo", "-h", "-o", "%a")
_PBS = (("qsub", "qstat", "qdel"), ("qstat", "-B"))
BY_PLUGIN = {
    "slurm": Scheduler("Slurm", ("sbatch", "squeue", "scancel"), _ASK_SLURM),
    "torque": Scheduler("TORQUE", *_PBS),
    "openpbs": Scheduler("OpenPBS", *_PBS),
    "slurm-torque": Scheduler("Slurm", ("qsub", "qstat", "qdel"), _ASK_SLURM),
    "lsf": Scheduler("LSF", ("bsub", "bjobs", "bkill"), ("lsid",)),
}
"""For the runner with commands, by the scheduler of a destination (Galaxy 26.1, runners/util/cli/job)."""
BY_KIND = {
    "slurm": Scheduler("Slurm", ("scontrol",), _ASK_SLURM),
    "univa": Scheduler("Grid Engine", ("qstat",), ("qstat", "-g", "c")),
    "condor": Scheduler("HTCondor", ("condor_submit", "condor_rm"), ("condor_q", "-totals")),
    "kubernetes": Scheduler(
        "Kubernetes", ("kubectl",), ("kubectl", "get", "--raw", "/version", "--request-timeout=5s"), True
    ),
}
"""For the other runners that call commands (Galaxy 26.1, jobs/runners), or have some to ask by."""


def _not_asked(server: Server) -> str | None:
    if not runs_here(server.values, "handlers", "web"):
        return "no job handler runs on this host"
    return None if _schedulers(server) else "no scheduler with commands is answered"


def asking(server: Server) -> Account | str:
    """The account to ask as: Galaxy's where root may become it, else our own; or why there is none."""
    if os.geteuid() != 0:
        return own_account()
    return (
        galaxy_account(server) or "there is no system user yet, and root runs nothing that others may change"
    )


def environment(server: Server) -> dict[str, str]:
    """The variables that job handlers get by the answers, and a PATH."""
    found: dict[str, str] = {}
    for row in server.value("scaling.handlers") or ():
        found |= {name: str(value) for name, value in (row.environment or {}).items()}
    path = found.get("PATH") or server.environ.get("PATH") or ":".join(PLACES)
    return {**found, "PATH": ":".join((path, *PLACES))}


def _schedulers(server: Server) -> list[Scheduler]:
    """The schedulers of the answers whose commands are called on this host, each once."""
    kinds = {row.id: row.kind for row in server.value(_RUNNERS) or ()}
    found = [BY_KIND[kind] for kind in kinds.values() if kind in BY_KIND]
    for row in server.value("cluster.destinations") or ():
        local = (row.params or {}).get("shell_plugin", "LocalShell") == "LocalShell"
        if kinds.get(row.runner or "") == "cli" and row.scheduler in BY_PLUGIN and local:
            found.append(BY_PLUGIN[row.scheduler])
    return list(dict.fromkeys(found))


@check(
    "cluster.commands", "cluster", "The scheduler's commands are here and answer", _not_asked, seconds=45.0
)
def commands(server: Server) -> Iterator[Result]:
    """Each scheduler of the answers is asked for its state, as Galaxy's account and with its handlers' variables."""
    account = asking(server)
    if isinstance(account, str):
        yield Result("skipped", "cluster.commands", account)
        return
    variables = environment(server)
    for scheduler in _schedulers(server):
        yield _asked(scheduler, account, variables)


def _asked(scheduler: Scheduler, account: Account, variables: dict[str, str]) -> Result:
    found = {name: which(name, path=variables["PATH"]) for name in (*scheduler.needed, scheduler.ask[0])}
    missing = [name for name, path in found.items() if path is None]
    if missing and scheduler.optional:
        return Result("skipped", "cluster.commands", f"{scheduler.name} cannot be asked without {missing[0]}")
    if missing:
        what = f"{', '.join(missing)} of {scheduler.name} is not on the PATH of the job handlers"
        way_out = "install the scheduler's client, or give the handlers a PATH with it (scaling.handlers, environment)"
        return Result("fail", "cluster.command-missing", what, _RUNNERS, way_out=way_out)
    asked, who = " ".join(scheduler.ask), account.name
    command = (str(found[scheduler.ask[0]]), *scheduler.ask[1:])
    try:
        said = run_as(account, command, variables, seconds=_SECONDS)
    except OSError as error:
        return Result("skipped", "cluster.commands", f"{asked} could not be run: {reason(error)}")
    if said is None:
        what = f"{asked} gave {who} no answer in {_SECONDS:g} seconds"
        way_out = "see whether the scheduler's server runs and can be reached from here"
        return Result("fail", "cluster.no-answer", what, _RUNNERS, way_out=way_out)
    if said.status != 0:
        words = next((line for line in said.text.splitlines() if line.strip()), f"exit status {said.status}")
        way_out = f"see to it until {asked} answers {who}: until then no job can be handed over"
        return Result(
            "fail", "cluster.refused", f"{asked} as {who}: {words[:200]}", _RUNNERS, way_out=way_out
        )
    return Result("ok", "cluster.commands", f"{scheduler.name} answers {who}")
