"""The rows of two tables: which tool goes where, and how many jobs, how long and how large they may be."""

import re
from typing import Annotated, Literal

from pydantic import model_validator

from wizard.answers.handlers import job_processes
from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.runners import Runner, suggested_runners
from wizard.answers.section import Row
from wizard.answers.types import Count, Name, Text

_SAMPLE = "job_conf sample, limits"
_TOOLS = "job_conf sample, tools"
_PLACES = ("destination_user_concurrent_jobs", "destination_total_concurrent_jobs")
_SIZE = re.compile(r"\d+(?:\.\d+)?\s*(?:[kmgtpe]i?b?|b(?:ytes?)?)?")
_AT_PLACE = when("cluster.limits[].kind", *_PLACES)


class ToolMapping(Row):
    """Which destination or handler a tool goes to."""

    id: Annotated[
        Text,
        Question(
            "Tool id",
            "The tool, by its short id such as upload1, or by the long id that the Tool Shed gave it. A long "
            "id without the version at its end covers all versions.",
            "Tool",
            example="toolshed.g2.bx.psu.edu/repos/devteam/bwa/bwa",
            source=_TOOLS,
        ),
    ]
    destination: Annotated[
        Name | None,
        Question(
            "Destination",
            "The destination, or a tag of several, that runs this tool instead of the default. Send tools "
            "here that need more cores, memory or time than the rest.",
            "Tool",
            source=_TOOLS,
        ),
    ] = None
    handler: Annotated[
        Name | None,
        Question(
            "Handler",
            "The handler, or a tag of several, that looks after jobs of this tool. It is a way to keep "
            "thousands of small jobs from delaying the others; the handler of that name or tag must run.",
            "Tool",
            source="scaling.md, uWSGI + Webless job handling",
        ),
    ] = None
    resources: Annotated[
        Name | None,
        Question(
            "Resource group",
            "A group of extra fields on the tool's form, such as cores or time, which a dynamic destination "
            "reads. The group is defined under resources in the job configuration.",
            "Tool",
            source=_TOOLS,
        ),
    ] = None


DATA_SOURCES = (
    "upload1",
    "__DATA_FETCH__",
    "ucsc_table_direct1",
    "ucsc_table_direct_archaea1",
    "sra_source",
    "ebi_sra_main",
)
"""Tools that fetch data, by id: uploads, and the usual sources of Galaxy's own tool panel (its tool_conf sample)."""


def suggested_tools(given: Given, machine: Machine) -> Suggestion | None:
    """Tools that fetch data to the first destination on the cluster, where the default is this host."""
    rows = {row.id: row for row in given.get("cluster.destinations") or ()}
    local = {row.id for row in given.get("cluster.runners") or () if row.kind == "local"}
    default = rows.get(given.get("cluster.default_destination", ""))
    if default is None or default.runner not in local:
        return None
    for row in rows.values():
        if row.runner is not None and row.runner not in (*local, "dynamic"):
            mapped = [ToolMapping(id=tool, destination=row.id) for tool in DATA_SOURCES]
            return Suggestion(mapped, "uploads would load this host")
    return None


class Limit(Row):
    """A limit on jobs."""

    kind: Annotated[
        Literal[
            "registered_user_concurrent_jobs",
            "anonymous_user_concurrent_jobs",
            "destination_user_concurrent_jobs",
            "destination_total_concurrent_jobs",
            "walltime",
            "total_walltime",
            "output_size",
        ],
        Question(
            "Limit",
            "What is limited. Limits on active jobs make the rest wait, so that one user cannot fill the "
            "queue; the limits on time and size end a job. With several handlers a limit on a destination "
            "may be passed by a few jobs, since handlers count at the same time.",
            "Limit",
            choices={
                "registered_user_concurrent_jobs": "jobs of one user",
                "anonymous_user_concurrent_jobs": "jobs of a guest",
                "destination_user_concurrent_jobs": "one user's jobs there",
                "destination_total_concurrent_jobs": "all jobs there",
                "walltime": "run time of a job",
                "total_walltime": "run time of one user",
                "output_size": "size of an output",
            },
            source=_SAMPLE,
        ),
    ]
    value: Annotated[
        Text | int,
        Question(
            "Value",
            "A number for limits on jobs, HH:MM:SS for run times, a size such as 50GB for outputs. Galaxy "
            "does not start when a run time has another form.",
            "Limit",
            example="24:00:00",
            source=_SAMPLE,
        ),
    ]
    id: Annotated[
        Name | None,
        Question(
            "Destination",
            "The destination whose jobs are counted. Each destination has its own count; to count several "
            "together, give them a tag.",
            "Limit",
            when=_AT_PLACE,
            source=_SAMPLE,
        ),
    ] = None
    tag: Annotated[
        Name | None,
        Question(
            "Tag",
            "Counts the jobs of all destinations with this tag together. It comes before the destination "
            "when both are given.",
            "Limit",
            when=_AT_PLACE,
            source=_SAMPLE,
        ),
    ] = None
    window: Annotated[
        Count | None,
        Question(
            "Window",
            "The past days over which the run time of a user is summed; whoever is over the limit sees new "
            "jobs paused. Galaxy does not start when it is missing.",
            "Limit",
            unit="days",
            when=when("cluster.limits[].kind", "total_walltime"),
            source=_SAMPLE,
        ),
    ] = None

    @model_validator(mode="after")
    def _fits(self) -> "Limit":
        fault = _fault(self)
        if fault:
            raise ValueError(fault)
        return self


def _fault(limit: Limit) -> str | None:
    """What Galaxy (JobConfiguration, release 26.1) could not read in this limit; None when it can."""
    value = str(limit.value)
    if limit.kind.endswith("walltime") and not re.fullmatch(r"\d+:\d{1,2}:\d{1,2}", value):
        return "a run time must be HH:MM:SS, such as 24:00:00"
    if limit.kind == "output_size" and not (isinstance(limit.value, str) and _SIZE.fullmatch(value.lower())):
        return "an output size must be a text with a number and a unit, such as 50GB"
    if limit.kind.endswith("concurrent_jobs") and not value.isdecimal():
        return "a limit on jobs must be a whole number"
    if limit.kind in _PLACES and limit.id is None and limit.tag is None:
        return "this limit needs a destination or a tag"
    if limit.kind == "total_walltime" and limit.window is None:
        return "this limit needs a window in days"
    return None


def suggested_limits(given: Given, machine: Machine) -> Suggestion:
    """A share for each user: a third of the local slots, or 10 jobs where a scheduler does the sharing."""
    runners: list[Runner] = given.get("cluster.runners") or suggested_runners(given, machine).value
    if any(row.kind not in ("local", None) for row in runners):
        share, reason = 10, "the scheduler shares out the rest"
    else:
        slots = sum(row.workers or 4 for row in runners) * job_processes(given, machine)
        share, reason = max(1, slots // 3), f"room for {slots} jobs on this host"
    user = Limit(kind="registered_user_concurrent_jobs", value=share)
    return Suggestion([user, Limit(kind="anonymous_user_concurrent_jobs", value=1)], reason)
