"""The rows of the table of job handlers, and how many of them fit a machine."""

from collections.abc import Sequence
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, model_validator

from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.section import Row
from wizard.answers.types import Count, Gibibytes, Name, Text

_STATIC = when("scaling.strategy", "static-handlers")
_DYNAMIC = when("scaling.strategy", "dynamic-handlers")
_FIELDS = frozenset({"name", "process", "instance_name"})
_SOURCE = "scaling.md, uWSGI for web serving and Webless Galaxy applications as job handlers"


def _template(value: str) -> str:
    try:
        fields = {field for _, field, _, _ in Formatter().parse(value) if field is not None}
        if fields <= _FIELDS and value.format(name="handler", process=0, instance_name="main"):
            return value
    except (ValueError, LookupError):
        raise ValueError("is no template that Gravity could fill in: write {name}_{process}") from None
    raise ValueError("may hold {name}, {process} and {instance_name}, and no other field")


NameTemplate = Annotated[Text, AfterValidator(_template)]
"""How Gravity names the processes of a handler."""


class Handler(Row):
    """A kind of job handler: how many processes, and which jobs they take."""

    name: Annotated[
        Name,
        Question(
            "Name",
            "The name of this kind of handler. Its processes are called after it, handler_0, handler_1 and "
            "on; Galaxy stores the name of the process with each job. A handler that is renamed or removed "
            "leaves its unfinished jobs with nobody: drain it first.",
            "Handler",
            example="handler",
            source="scaling.md, Configuration",
        ),
    ]
    processes: Annotated[
        Count | None,
        Question(
            "Processes",
            "How many processes of this kind run. Each is held to one core by Python's lock, so several "
            "prepare and finish more jobs at a time; each takes about 0.7 GiB of memory when idle.",
            "Handler",
            source="scaling.md, introduction",
        ),
    ] = None
    pools: Annotated[
        list[Name] | None,
        Question(
            "Pools",
            "What the processes take on: job-handlers for jobs, workflow-schedulers for steps of workflows, "
            "and job-handlers.TAG for jobs that tools send to a tag. Mind the plural: with any other name "
            "all looks healthy and every job stays new.",
            "Handler",
            when=_DYNAMIC,
            example="job-handlers",
            source="galaxyproject/gravity#103",
        ),
    ] = None
    tags: Annotated[
        list[Name] | None,
        Question(
            "Tags",
            "Names shared by several static handlers. Tools and the default may name a tag; a job then goes "
            "to one of the handlers that carry it.",
            "Handler",
            when=_STATIC,
            example="handlers",
            source="scaling.md, uWSGI + Webless job handling",
        ),
    ] = None
    plugins: Annotated[
        list[Name] | None,
        Question(
            "Runners",
            "The ids of the runners that this handler loads. When not given it loads all of them, which is "
            "what you want unless a scheduler's library must stay out of some processes.",
            "Handler",
            when=_STATIC,
            example="slurm",
            source="job_conf sample, handling",
        ),
    ] = None
    name_template: Annotated[
        NameTemplate | None,
        Question(
            "Name template",
            "How processes are named, from {name}, {process} and {instance_name}. Change it when several "
            "hosts share one database, for two processes of one name would take the same jobs.",
            "Handler",
            when=_DYNAMIC,
            example="{name}_{process}",
            source="Gravity 1.2, config_manager",
        ),
    ] = None
    memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Memory limit",
            "systemd ends a process that grows beyond this, and starts it anew; its jobs on a cluster go on. "
            "Large workflows need room: a public server found 10 GiB too little for its workflow schedulers "
            "and went to 15.",
            "Limits",
            unit="GiB",
            when=when("groundwork.service_manager", "gravity-systemd", "systemd"),
            source="usegalaxy-eu/infrastructure-playbook#213",
        ),
    ] = None
    environment: Annotated[
        dict[Text, Text] | None,
        Question(
            "Environment",
            "Variables for these processes alone, such as DRMAA_LIBRARY_PATH for those that submit to a "
            "scheduler. A service does not read the profile of your shell, so what works when you start it "
            "by hand may be missing here.",
            "Limits",
            example="DRMAA_LIBRARY_PATH = /usr/lib/libdrmaa.so.1",
            source="galaxyproject/galaxy#9979",
        ),
    ] = None

    def __eq__(self, other: object) -> bool:
        """One process is one, whether it is said or not."""
        if not isinstance(other, Handler):
            return NotImplemented
        return {**dict(self), "processes": self.processes or 1} == {
            **dict(other),
            "processes": other.processes or 1,
        }

    @model_validator(mode="after")
    def _names_differ(self) -> "Handler":
        if self.name_template and "{process" not in self.name_template and (self.processes or 1) > 1:
            raise ValueError("the name template must hold {process}, else all processes have the same name")
        return self


def size_of(machine: Machine) -> str:
    """The machine in the words of a reason: "8 cores, 31 GiB"."""
    return f"{machine.cores} cores, {machine.memory_gib:.0f} GiB"


def count_processes(handlers: Sequence[Handler]) -> int:
    """How many processes the rows make."""
    return sum(handler.processes or 1 for handler in handlers)


def job_processes(given: Given, machine: Machine) -> int:
    """How many processes start jobs: the handlers given, else those suggested; web workers when all is in one."""
    if given.get("scaling.strategy") == "all-in-one":
        return int(given.get("scaling.workers") or 1)
    rows: Sequence[Handler] = given.get("scaling.handlers") or suggested_handlers(given, machine).value
    return max(1, count_processes([row for row in rows if _takes_jobs(row)]))


def _takes_jobs(handler: Handler) -> bool:
    return not handler.pools or any(pool.split(".")[0] == "job-handlers" for pool in handler.pools)


def suggested_handlers(given: Given, machine: Machine) -> Suggestion:
    """One handler for every 4 cores and 8 GiB, at most 5; from 16 GiB on workflows have a process of their own."""
    jobs = max(1, min(machine.cores // 4, int(machine.memory_gib // 8), 5))
    reason = size_of(machine)
    if given.get("scaling.strategy") == "static-handlers":
        return Suggestion([Handler(name=f"handler{number}") for number in range(jobs)], reason)
    if given.get("scaling.strategy") == "mules":
        return Suggestion([Handler(name="job-handlers", processes=jobs)], reason)
    if machine.memory_gib < 16:
        both = ["job-handlers", "workflow-schedulers"]
        return Suggestion([Handler(name="handler", processes=jobs, pools=both)], reason)
    return Suggestion(
        [
            Handler(name="handler", processes=jobs, pools=["job-handlers"]),
            Handler(name="scheduler", processes=1, pools=["workflow-schedulers"]),
        ],
        reason,
    )
