"""The rows of the table of runners: what Galaxy hands jobs to, and which of them this machine shows."""

from typing import Annotated, Any, Literal

from pydantic import model_validator

from wizard.answers.handlers import job_processes, size_of
from wizard.answers.parameters import Parameters
from wizard.answers.question import Given, Machine, Question, Suggestion
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.answers.types import AbsolutePath, Count, Name, Text

RunnerKind = Literal[
    "local", "slurm", "cli", "drmaa", "pbs", "univa", "condor", "htcondor", "kubernetes", "pulsar-rest", "pulsar-mq",
    "pulsar-embedded", "aws-batch", "google-batch", "tes", "other",
]  # fmt: skip
"""One for each plugin of Galaxy that is asked for by its class."""

_KINDS = {
    "local": "this host",
    "slurm": "Slurm, DRMAA",
    "cli": "a scheduler, commands",
    "drmaa": "LSF, SGE, PBS: DRMAA",
    "pbs": "TORQUE, pbs_python",
    "univa": "Univa Grid Engine",
    "condor": "HTCondor, commands",
    "htcondor": "HTCondor, Python",
    "kubernetes": "Kubernetes",
    "pulsar-rest": "Pulsar, REST",
    "pulsar-mq": "Pulsar, queue",
    "pulsar-embedded": "Pulsar, embedded",
    "aws-batch": "AWS Batch",
    "google-batch": "Google Batch",
    "tes": "GA4GH TES",
    "other": "another plugin",
}
_SUBMITTERS: tuple[tuple[str, Name, RunnerKind], ...] = (
    ("sbatch", "slurm", "cli"),
    ("bsub", "lsf", "cli"),
    ("condor_submit", "condor", "condor"),
)
"""What works as soon as its commands do: nobody can tell from here where a DRMAA library is."""
_CLUSTER = "production.md, Using a compute cluster"


class Runner(Row):
    """A job runner plugin: what Galaxy talks to."""

    id: Annotated[
        Name,
        Question(
            "Id",
            "The name by which destinations refer to this runner. Keep it once jobs have run: Galaxy stores "
            "it with every job and needs it to find running jobs again after a restart.",
            "Runner",
            example="slurm",
        ),
    ]
    kind: Annotated[
        RunnerKind | None,
        Question(
            "Kind",
            "The system that runs the jobs. Jobs on this host are children of Galaxy and die with it at a "
            "restart; a scheduler keeps them alive and Galaxy picks them up again. The DRMAA kinds need the "
            "scheduler's DRMAA library on the host. The kind with commands calls sbatch, bsub or qsub, here or "
            "over ssh, and each destination says which scheduler it is.",
            "Runner",
            choices=_KINDS,
            source=_CLUSTER,
        ),
    ] = None
    load: Annotated[
        Text | None,
        Question(
            "Plugin",
            "The Python class that is loaded, as module:Class. It follows from the kind; give it for another "
            "plugin, and only there.",
            "Runner",
            example="galaxy.jobs.runners.godocker:GodockerJobRunner",
        ),
    ] = None
    workers: Annotated[
        Count | None,
        Question(
            "Plugin workers",
            "Threads of this runner in each job handler. For jobs on this host it is the number of jobs that "
            "run at once per handler, so keep it within the cores. For a scheduler it only sets how many "
            "jobs are prepared and finished at a time: a higher number does not make Galaxy faster, more "
            "handlers do.",
            "Runner",
            source="scaling.md, introduction",
        ),
    ] = None
    drmaa_library_path: Annotated[
        AbsolutePath | None,
        Question(
            "DRMAA library",
            "The scheduler's libdrmaa on the Galaxy host. The handlers load it to submit jobs; without it, "
            "or without DRMAA_LIBRARY_PATH in their environment, the plugin fails at start and the jobs stay "
            "new. It must be built for the very release of the scheduler that runs.",
            "Connection",
            kind="path",
            example="/usr/lib/slurm-drmaa/lib/libdrmaa.so.1",
        ),
    ] = None
    galaxy_url: Annotated[
        Text | None,
        Question(
            "Galaxy URL",
            "For Pulsar: the address at which the remote side fetches inputs and returns results. It must be "
            "reachable from there, so never localhost. When not given, the server's public URL is used.",
            "Connection",
            kind="url",
            example="https://galaxy.example.org",
            stand_in="example.org",
        ),
    ] = None
    amqp_url: Annotated[
        Secret | None,
        Question(
            "AMQP URL",
            "For Pulsar over a message queue: the broker that both sides reach, with user and password. The "
            "virtual host comes after the port and has a slash of its own, so the default one is written as "
            "two slashes. Also set amqp_acknowledge among the other parameters, or lost messages leave jobs "
            "hanging.",
            "Connection",
            secret=True,
            kind="url",
            stand_in="example.org",
        ),
    ] = None
    params: Annotated[
        Parameters | None,
        Question(
            "Other parameters",
            "Any other setting of the plugin, by its name in Galaxy's sample: k8s_namespace, "
            "amqp_acknowledge, persistence_directory, rules_module and so on. Values may be lists and "
            "tables, as for Pulsar's app.",
            "More",
            example="k8s_namespace = galaxy",
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: Any) -> Any:
        """A plugin that is given by its class alone is of the kind "other"."""
        if isinstance(values, dict) and values.get("load") is not None and values.get("kind") is None:
            return {**values, "kind": "other"}
        return values

    @model_validator(mode="after")
    def _fits(self) -> "Runner":
        if self.load is not None and self.kind != "other":
            raise ValueError('a plugin class is given for the kind "other", and only there')
        return self


def cluster_of(machine: Machine) -> tuple[str, Runner] | None:
    """The submit command found on the machine and the runner that fits it; None without one."""
    for command, name, kind in _SUBMITTERS:
        if command in machine.commands:
            return command, Runner(id=name, kind=kind)
    return None


def local_slots(machine: Machine) -> int:
    """Jobs that this host can run at once beside Galaxy: two cores stay free, 4 GiB for each job."""
    return max(1, min(machine.cores - 2, int(machine.memory_gib // 4)))


def suggested_runners(given: Given, machine: Machine) -> Suggestion:
    """Jobs on this host, shared out to the handlers, and the scheduler whose submit command is here."""
    found = cluster_of(machine)
    if found:
        command, runner = found
        return Suggestion([Runner(id="local", kind="local", workers=1), runner], f"{command} is installed")
    handlers = job_processes(given, machine)
    local = Runner(id="local", kind="local", workers=max(1, local_slots(machine) // handlers))
    reason = size_of(machine) if handlers == 1 else f"{size_of(machine)}, {handlers} handlers"
    return Suggestion([local], reason)
