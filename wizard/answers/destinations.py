"""The rows of the table of destinations: a runner, and what each job asks it for."""

from typing import Annotated, Literal

from wizard.answers.parameters import Parameters, Walltime
from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.runners import Runner, cluster_of, suggested_runners
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.answers.types import AnyPath, Count, Name, Text, VariableName

_SAMPLE = "job_conf sample, execution environments"
_Scheduler = Literal["slurm", "torque", "slurm-torque", "openpbs", "lsf"]
_COMMANDS: dict[str, _Scheduler] = {"sbatch": "slurm", "bsub": "lsf"}
_ASKED = frozenset({"slurm", "pbs", "condor", "htcondor", "kubernetes", "aws-batch", "google-batch"})
"""Kinds of runners that have a parameter of their own for cores and for memory."""
_CONTAINED = when("cluster.destinations[].container", "docker", "singularity")


class Destination(Row):
    """A destination (an environment, in job_conf.yml): a runner and what to ask it for."""

    id: Annotated[
        Name,
        Question(
            "Id",
            "The name by which tools, limits and the default refer to this destination. Every job records "
            "it, so do not rename one while jobs are queued there.",
            "Destination",
            example="slurm_large",
        ),
    ]
    runner: Annotated[
        Name | None,
        Question(
            "Runner",
            "The id of the runner that takes the jobs, or dynamic when a rule chooses among other "
            "destinations. Galaxy does not check the name at start: a misspelt one shows only when a job "
            "fails.",
            "Destination",
            example="slurm",
        ),
    ] = None
    tags: Annotated[
        list[Name] | None,
        Question(
            "Tags",
            "Names that several destinations may share. A tool or limit that names a tag means all of them, "
            "and a job takes one at random.",
            "Destination",
            example="longjobs",
        ),
    ] = None
    scheduler: Annotated[
        _Scheduler | None,
        Question(
            "Scheduler",
            "Which commands a runner of the kind with commands calls for this destination. Such a runner "
            "serves several schedulers, and fails every job of a destination that names none. Other runners "
            "take no scheduler here.",
            "Destination",
            choices={
                "slurm": "Slurm",
                "torque": "TORQUE",
                "slurm-torque": "Slurm as TORQUE",
                "openpbs": "OpenPBS, PBS Pro",
                "lsf": "LSF",
            },
            source=_SAMPLE,
        ),
    ] = None
    cores: Annotated[
        Count | None,
        Question(
            "Cores",
            "Processor cores that each job gets. Tools see the number as GALAXY_SLOTS and start that many "
            "threads. On this host it reserves nothing: a runner with four workers and two cores each needs "
            "eight cores.",
            "Resources",
            source=_SAMPLE,
        ),
    ] = None
    memory: Annotated[
        Count | None,
        Question(
            "Memory",
            "Memory that each job asks the scheduler for. Too little and the job is killed half way; too "
            "much and it waits in the queue for a large node.",
            "Resources",
            unit="MiB",
            example="8192",
        ),
    ] = None
    queue: Annotated[
        Text | None,
        Question(
            "Queue",
            "The partition or queue of the scheduler, or the job queue of a cloud service. When not given, "
            "the scheduler's default takes the jobs.",
            "Resources",
            example="main",
        ),
    ] = None
    walltime: Annotated[
        Walltime | None,
        Question(
            "Walltime",
            "How long a job may run before the scheduler ends it. A limit lets the scheduler fit short jobs "
            "into gaps; without one a hung tool holds its cores for ever. Resubmission can send what ran out "
            "of time elsewhere.",
            "Resources",
            example="24:00:00",
        ),
    ] = None
    native_specification: Annotated[
        Text | None,
        Question(
            "Native specification",
            "Options handed to the scheduler as they are, for what cores, memory, queue and walltime cannot "
            "say. Do not repeat those here: the scheduler would get them twice.",
            "Resources",
            example="--nodes=1 --constraint=avx2",
            source=_SAMPLE,
        ),
    ] = None
    container: Annotated[
        Literal["none", "docker", "singularity"] | None,
        Question(
            "Containers",
            "Whether tools run in a container that holds their dependencies. It spares installing them and "
            "keeps tools away from each other; the program must be installed where the jobs run. Docker "
            "needs rights close to root there, which is why clusters mostly have Singularity (Apptainer).",
            "Containers",
            choices={"none": "none", "docker": "Docker", "singularity": "Singularity"},
            source=_SAMPLE,
        ),
    ] = None
    volumes: Annotated[
        Text | None,
        Question(
            "Container volumes",
            "What of the file system the container sees. Keep $defaults in the list, for it stands for the "
            "job's own directories, and add libraries and reference data, with :ro where tools need not "
            "write.",
            "Containers",
            when=_CONTAINED,
            example="$defaults,/cvmfs/data.galaxyproject.org:ro",
            source=_SAMPLE,
        ),
    ] = None
    url: Annotated[
        Text | None,
        Question(
            "Service URL",
            "The address of the service that takes the job, where the destination names it: a Pulsar server "
            "reached over REST. Use https, since inputs and the token pass through it.",
            "Remote",
            kind="url",
            example="https://pulsar.example.org:8913/",
            source=_SAMPLE,
        ),
    ] = None
    private_token: Annotated[
        Secret | None,
        Question(
            "Private token",
            "The secret that a Pulsar server asks for, equal to private_token in its own configuration. "
            "Without one anybody who reaches the server can run commands there.",
            "Remote",
            secret=True,
            source=_SAMPLE,
        ),
    ] = None
    env: Annotated[
        dict[VariableName, Text] | None,
        Question(
            "Environment",
            "Variables set for every job here. Galaxy puts values between double quotes, so the shell of the "
            "job still replaces $HOME and the like. What tools depend on belongs in their packages, not here.",
            "Environment",
            example="_JAVA_OPTIONS = -Xmx6G",
            source=_SAMPLE,
        ),
    ] = None
    env_files: Annotated[
        list[AnyPath] | None,
        Question(
            "Scripts to source",
            "Shell files read before each job, after the variables. They must be there on the node; the "
            "Galaxy host need not have them.",
            "Environment",
            kind="lines",
            example="/etc/profile.d/cluster.sh",
            source=_SAMPLE,
        ),
    ] = None
    env_commands: Annotated[
        list[Text] | None,
        Question(
            "Commands before jobs",
            "Shell commands run on the node before each job, after the scripts: the usual place for module "
            "load. When one fails the job goes on, and its tool misses what it should have found.",
            "Environment",
            kind="lines",
            example="module load java/17",
            source=_SAMPLE,
        ),
    ] = None
    resubmit_to: Annotated[
        Name | None,
        Question(
            "Resubmit to",
            "The destination that a failed job is sent to instead of an error for the user: a longer queue, "
            "or more memory. Give the condition too, else every failure that Galaxy knows is tried there.",
            "Resubmission",
            example="slurm_large",
            source=_SAMPLE,
        ),
    ] = None
    resubmit_when: Annotated[
        Text | None,
        Question(
            "Resubmit when",
            "The failures that count: memory_limit_reached, walltime_reached, unknown_error, joined with "
            "and, or and attempt. Always bound attempt when a destination may send a job back to itself.",
            "Resubmission",
            example="memory_limit_reached and attempt <= 2",
            source=_SAMPLE,
        ),
    ] = None
    resubmit_delay: Annotated[
        Text | None,
        Question(
            "Resubmit after",
            "Seconds to wait before the job is sent again, as a number or a formula on attempt. A growing "
            "delay gives a file server or scheduler time to recover.",
            "Resubmission",
            unit="seconds",
            example="attempt * 30",
            source=_SAMPLE,
        ),
    ] = None
    params: Annotated[
        Parameters | None,
        Question(
            "Other parameters",
            "Any other setting of the destination, by its name in Galaxy's sample: require_container, "
            "docker_sudo, docker_default_container_id, tmp_dir, function, request_cpus. Values may be lists "
            "and tables; a list of several resubmit or env entries that the questions above cannot say also "
            "stands here.",
            "More",
            example="require_container = true",
            source=_SAMPLE,
        ),
    ] = None


def suggested_destinations(given: Given, machine: Machine) -> Suggestion:
    """One destination for each runner: those given, else those that the machine shows."""
    runners = given.get("cluster.runners")
    if runners:
        return Suggestion([_destination(runner, machine) for runner in runners], "one for each runner")
    rows = [_destination(runner, machine) for runner in suggested_runners(given, machine).value]
    found = cluster_of(machine)
    return Suggestion(rows, f"{found[0]} is installed" if found else "jobs on this host")


def suggested_default(given: Given, machine: Machine) -> Suggestion | None:
    """The first destination that is not this host, for everything; this host when there is no other."""
    rows: list[Destination] = (
        given.get("cluster.destinations") or suggested_destinations(given, machine).value
    )
    remote = [row.id for row in rows if row.runner not in ("local", "dynamic", None)]
    if remote:
        return Suggestion(remote[0], "all tools there, data sources too")
    return Suggestion(rows[0].id, "the first destination" if rows[1:] else "the only one")


def _destination(runner: Runner, machine: Machine) -> "Destination":
    """A destination named as its runner. A scheduler is asked for one core and 4 GiB where that can be said."""
    scheduler = next((name for command, name in _COMMANDS.items() if command in machine.commands), None)
    if runner.kind == "cli" and scheduler is not None:
        return Destination(id=runner.id, runner=runner.id, scheduler=scheduler, cores=1, memory=4096)
    if runner.kind in _ASKED:
        return Destination(id=runner.id, runner=runner.id, cores=1, memory=4096)
    return Destination(id=runner.id, runner=runner.id)
