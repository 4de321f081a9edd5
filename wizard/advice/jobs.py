"""Rules about where jobs go, and how much they may take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import (
    DEFAULT,
    DESTINATIONS,
    RUNNERS,
    SHARING,
    TOOLS,
    chooses_later,
    destinations,
    going_to,
    is_local,
    is_whole,
    kinds,
    listed,
    runners,
    tools,
)
from wizard.answers.destinations import Destination
from wizard.answers.limits import DATA_SOURCES, Limit, suggested_limits

_LIMITS = "cluster.limits"
_UNLOADING = "Galaxy documentation, Production: unloading even more work"
_JOBS = "Galaxy documentation, Job configuration"
_OF_A_USER = frozenset({"registered_user_concurrent_jobs", "destination_user_concurrent_jobs"})
_TIMED = SHARING - {"condor", "htcondor"}
"""Kinds whose scheduler takes a run time."""
_TIME = re.compile(r"(?:^|[\s,])(?:--?time\b|-t[\s=]|-W[\s=])|h_rt|s_rt|walltime|h_cpu", re.IGNORECASE)


# -- names that lead nowhere


@rule("jobs.no-default", "error", _JOBS)
def no_default(scene: Scene) -> Iterator[Finding]:
    """Galaxy takes the only destination by itself; among several it wants to be told."""
    names = [name for row in destinations(scene) for name in (row.id, *(row.tags or ()))]
    known = is_whole(scene, DESTINATIONS, DEFAULT)
    if known and runners(scene) and scene.value(DEFAULT) is None and len({*names}) != 1:
        yield Finding(
            "no destination is the default" if names else "there is no destination for jobs",
            "Galaxy does not start with such a job configuration",
            "say where tools go that are mapped nowhere else"
            if names
            else "add a destination for one of the runners",
            DEFAULT if names else DESTINATIONS,
            fix={DEFAULT: names[0]} if names else {},
        )


@rule("jobs.unknown-destination", "error", _JOBS)
def unknown_destination(scene: Scene) -> Iterator[Finding]:
    """Every reference to a destination must be an id or a tag."""
    rows = destinations(scene)
    if not rows or not is_whole(scene, DESTINATIONS):
        return
    names = {name for row in rows for name in (row.id, *(row.tags or ()))}
    default = scene.value(DEFAULT)
    if default is not None and default not in names:
        yield Finding(
            f"the default destination is {default}, which is not among the destinations",
            "Galaxy does not start",
            _one_of(rows),
            DEFAULT,
        )
    lost = [row for row in tools(scene) if row.destination is not None and row.destination not in names]
    for place in dict.fromkeys(row.destination for row in lost):
        sent = listed(row.id for row in lost if row.destination == place)
        yield Finding(
            f"tools are sent to {place}, which is not among the destinations: {sent}",
            "each of their jobs fails before it starts",
            _one_of(rows),
            TOOLS,
        )
    for row in rows:
        if row.resubmit_to is not None and row.resubmit_to not in names:
            yield Finding(
                f"jobs that fail at {row.id} are sent on to {row.resubmit_to}, which is not among the destinations",
                "what was to be tried again ends in an error",
                _one_of(rows),
                DESTINATIONS,
            )


def _one_of(rows: tuple[Destination, ...]) -> str:
    return f"name one of them: {listed(row.id for row in rows)}"


@rule("jobs.unknown-runner", "error", _JOBS)
def unknown_runner(scene: Scene) -> Iterator[Finding]:
    """Galaxy looks for a runner when the first job comes."""
    known = kinds(scene)
    if not known or not is_whole(scene, RUNNERS):
        return
    lost = [row for row in destinations(scene) if row.runner is not None and row.runner not in known]
    for runner in dict.fromkeys(str(row.runner) for row in lost):
        if not runner.startswith("dynamic"):
            yield Finding(
                f"there is no runner {runner}, which destinations name: "
                f"{listed(row.id for row in lost if row.runner == runner)}",
                "Galaxy starts, and every job that is sent there fails",
                f"name one of them: {listed(known)}",
                DESTINATIONS,
            )


@rule("jobs.runner-unused", "warning", _JOBS)
def runner_unused(scene: Scene) -> Iterator[Finding]:
    """A cluster that no destination names gets no job."""
    rows = destinations(scene)
    if not rows or chooses_later(scene) or not is_whole(scene, RUNNERS, DESTINATIONS):
        return
    used = {row.runner for row in rows}
    for runner in runners(scene):
        if runner.kind not in ("local", "other") and runner.id not in used:
            yield Finding(
                f"no destination has the runner {runner.id}",
                "nothing is ever sent there: jobs run at the other destinations",
                f"add a destination with it, or take the runner {runner.id} out",
                DESTINATIONS,
            )


@rule("jobs.resubmitted-for-ever", "warning", "Galaxy's sample of the job configuration, resubmit")
def resubmitted_for_ever(scene: Scene) -> Iterator[Finding]:
    """A job that always fails goes round, unless its attempts are counted."""
    onward = {row.id: row for row in destinations(scene)}
    for row in onward.values():
        if _comes_back(row, onward) and "attempt" not in (row.resubmit_when or ""):
            yield Finding(
                f"a job that fails at {row.id} is sent on, and comes back there without end",
                "a job that always fails never ends, and takes its place in the queue again and again",
                "bound it in the condition, such as memory_limit_reached and attempt <= 2",
                DESTINATIONS,
            )


def _comes_back(row: Destination, onward: dict[str, Destination]) -> bool:
    """Whether following the resubmissions from `row` leads to it again, with no count of attempts on the way."""
    seen, at = set(), row.resubmit_to
    while at is not None and at in onward and at not in seen:
        if at == row.id:
            return True
        seen.add(at)
        if "attempt" in (onward[at].resubmit_when or ""):
            return False
        at = onward[at].resubmit_to
    return False


# -- this host or the cluster


@rule("jobs.on-this-host", "warning", _UNLOADING)
def on_this_host(scene: Scene) -> Iterator[Finding]:
    """With a cluster at hand, what is mapped nowhere should go there."""
    away = going_to(scene, SHARING)
    default = scene.value(DEFAULT)
    if away and default is not None and is_local(scene, default):
        yield Finding(
            f"tools that are mapped nowhere run on Galaxy's own host ({default}), though there is {away[0].id}",
            "they compete with the web server for its cores, and end when Galaxy is restarted",
            "make the cluster the default, and map to this host only the few tools that must run here",
            DEFAULT,
            fix={DEFAULT: away[0].id} if len(away) == 1 else {},
        )


@rule("jobs.uploads-on-this-host", "warning", _UNLOADING)
def uploads_on_this_host(scene: Scene) -> Iterator[Finding]:
    """Tools that fetch data move more of it than any other."""
    default = scene.value(DEFAULT)
    if not going_to(scene, SHARING) or default is None or is_local(scene, default):
        return
    held = [
        row.id
        for row in tools(scene)
        if row.id in DATA_SOURCES and row.destination and is_local(scene, row.destination)
    ]
    if held:
        rows = [
            row.model_copy(update={"destination": default}) if row.id in held else row for row in tools(scene)
        ]
        yield Finding(
            f"tools that fetch data run on Galaxy's own host: {listed(held)}",
            "they move much data, and compete with the web server for its cores and its network",
            "send them to the cluster too, if its nodes reach the internet",
            TOOLS,
            fix={TOOLS: rows},
        )


# -- limits


@rule("jobs.no-user-limit", "note", "Galaxy's sample of the job configuration, limits")
def no_user_limit(scene: Scene) -> Iterator[Finding]:
    """Without a limit the first to come takes all. Rules that choose destinations may have limits of their own."""
    if not runners(scene) or chooses_later(scene) or not is_whole(scene, _LIMITS):
        return
    limits: list[Limit] = list(scene.value(_LIMITS) or ())
    if not any(row.kind in _OF_A_USER for row in limits):
        fit: Limit = suggested_limits(scene.given, scene.machine).value[0]
        yield Finding(
            "one user may have any number of jobs at the same time",
            "one large workflow fills the queue, and everybody else waits until it is done",
            f"limit the jobs of a user, such as to {fit.value} at a time",
            _LIMITS,
            fix={_LIMITS: [*limits, fit]},
        )


@rule("jobs.no-walltime", "note", "Galaxy's sample of the job configuration, limits")
def no_walltime(scene: Scene) -> Iterator[Finding]:
    """A tool that hangs holds what it was given."""
    limits: list[Limit] = list(scene.value(_LIMITS) or ())
    if any(row.kind == "walltime" for row in limits) or not is_whole(scene, _LIMITS):
        return
    endless = [row.id for row in going_to(scene, _TIMED) if not _is_timed(row)]
    if endless:
        yield Finding(
            f"jobs of {listed(endless)} ask for no run time, and no limit ends them",
            "a tool that hangs holds its cores until somebody sees it, unless the queue has a limit of its own",
            "give these destinations a walltime, or add a limit of the kind walltime",
            DESTINATIONS,
        )


def _is_timed(row: Destination) -> bool:
    said = [row.native_specification, *(str(value) for value in (row.params or {}).values())]
    by_name = any(name.lower().endswith(("time", "h_rt")) for name in row.params or {})
    return row.walltime is not None or by_name or any(_TIME.search(text) for text in said if text)
