"""Rules about numbers: processes, threads, cores and memory."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import (
    alone,
    celery_processes,
    handler_processes,
    handlers,
    manager,
    processes,
    server,
    web_processes,
)

_WORKERS, _THREADS, _RUNNERS = "scaling.workers", "scaling.threads", "cluster.runners"
_SCALING = "Galaxy documentation, Scaling and Load Balancing"
_MANY_THREADS = {"paste": 10, "uwsgi": 8}
"""Paste's own default; twice what the documents begin with."""
_MANY_PLUGIN_WORKERS = 10
_EACH = 0.7
"""GiB that a process of Galaxy takes when idle."""


@rule(
    "serving.threads-for-processes",
    "warning",
    f"{_SCALING}: Configuration common to all uWSGI deployment styles",
)
def threads_for_processes(scene: Scene) -> Iterator[Finding]:
    """Python runs one thread at a time, however many there are."""
    threads, most = scene.value(_THREADS), _MANY_THREADS.get(server(scene))
    if most is not None and isinstance(threads, int) and threads > most:
        yield Finding(
            f"each web worker has {threads} threads",
            "Python runs one of them at a time: beyond a few they cost memory and make nothing faster",
            "take about 4, and more web workers: each of those has a core of its own",
            _THREADS,
            fix={_THREADS: 4},
        )


@rule("serving.plugin-workers", "note", f"{_SCALING}, introduction")
def plugin_workers(scene: Scene) -> Iterator[Finding]:
    """Workers of a runner are threads of one handler."""
    for row in scene.value(_RUNNERS) or ():
        many = row.workers is not None and row.workers > _MANY_PLUGIN_WORKERS
        if many and row.kind not in ("local", None) and handler_processes(scene) < 2:
            yield Finding(
                f"the runner {row.id} has {row.workers} workers",
                "they are threads of one process, and only one of them is at work at a time: Galaxy gets no faster",
                "take 4 or so, and more job handlers instead",
                _RUNNERS,
            )


@rule(
    "serving.local-jobs-over-cores",
    "warning",
    "Galaxy documentation, Production Environments: Using a compute cluster",
)
def local_jobs_over_cores(scene: Scene) -> Iterator[Finding]:
    """Jobs on this host share its cores with Galaxy."""
    rows = [row for row in scene.value(_RUNNERS) or () if row.kind == "local"]
    used = {row.runner for row in scene.value("cluster.destinations") or ()}
    slots = sum((row.workers or 4) * max(1, handler_processes(scene)) for row in rows if row.id in used)
    if alone(scene) and slots > 2 * scene.machine.cores and any(row.workers for row in rows):
        yield Finding(
            f"up to {slots} jobs run at once on this host, which has {scene.machine.cores} cores",
            "each handler runs that many by itself: jobs and web workers then wait for a core, and for memory",
            "give the runner fewer workers, counted for each handler, or send jobs to a cluster",
            _RUNNERS,
        )


@rule("serving.workers-over-cores", "warning", f"{_SCALING}, introduction")
def workers_over_cores(scene: Scene) -> Iterator[Finding]:
    """More web workers than cores only cost memory."""
    count, cores = web_processes(scene), scene.machine.cores
    if alone(scene) and count > 2 * cores + 1:
        yield Finding(
            f"there are {count} web workers, and {cores} cores",
            "each uses one core at most: those beyond that wait for each other, and take memory from jobs",
            f"take {max(1, cores // 2)} to {cores}, and leave cores to handlers and jobs",
            _WORKERS,
        )


@rule("serving.memory-short", "warning", f"{_SCALING}, introduction")
def memory_short(scene: Scene) -> Iterator[Finding]:
    """Every process holds a Galaxy of its own."""
    least = round(processes(scene) * _EACH, 1)
    if alone(scene) and least > scene.machine.memory_gib:
        yield Finding(
            f"{processes(scene)} processes of Galaxy take {least} GiB when idle, and this host has "
            f"{scene.machine.memory_gib:g}",
            "the system ends processes at random, or swaps until nothing moves",
            "start fewer web workers and handlers",
            _WORKERS if web_processes(scene) >= handler_processes(scene) else "scaling.handlers",
        )


def _limits(scene: Scene) -> Iterator[tuple[str, str, float, int]]:
    """Each limit of memory: its question, what it is for, its GiB, and how many processes must fit."""
    for question, whose, count in (
        ("scaling.memory_limit", "services without a limit of their own", 1),
        ("scaling.web_memory_limit", "a gunicorn", 1),
        ("celery.memory_limit", "Celery", celery_processes(scene)),
    ):
        if (limit := scene.value(question)) is not None:
            yield question, whose, limit, count
    for row in handlers(scene):
        if row.memory_limit is not None:
            yield "scaling.handlers", f"handler {row.name}", row.memory_limit, 1


@rule("serving.limit-too-low", "error", "usegalaxy-eu/infrastructure-playbook#213")
def limit_too_low(scene: Scene) -> Iterator[Finding]:
    """A limit below what an idle process takes ends it for ever."""
    if manager(scene) not in ("gravity-systemd", "systemd"):
        return
    for question, whose, limit, count in _limits(scene):
        least = _EACH * max(1, count)
        if limit < least:
            yield Finding(
                f"the memory limit of {whose} is {limit:g} GiB",
                f"it takes {least:.1f} GiB before it does anything, so that systemd ends it again and again",
                "take several times that",
                question,
            )


@rule("serving.limit-without-effect", "warning", "usegalaxy-eu/infrastructure-playbook#213")
def limit_without_effect(scene: Scene) -> Iterator[Finding]:
    """A limit that is larger than the machine limits nothing."""
    if manager(scene) not in ("gravity-systemd", "systemd") or not alone(scene):
        return
    for question, whose, limit, _ in _limits(scene):
        if limit > scene.machine.memory_gib:
            yield Finding(
                f"the memory limit of {whose} is {limit:g} GiB, and this host has {scene.machine.memory_gib:g}",
                "it is never reached: what leaks takes the memory of the database and of all others first",
                "take a part of what the host has",
                question,
            )
