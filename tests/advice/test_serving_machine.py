"""Rules about numbers: processes, threads, cores and memory."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import GUNICORN, Good, fixed, heard, paste, uwsgi
from wizard.answers.question import Machine

_SLURM = [{"id": "local", "kind": "local"}, {"id": "slurm", "kind": "slurm", "workers": 11}]
_TEN = [*_SLURM[:1], {"id": "slurm", "kind": "slurm", "workers": 10}]
_LOCAL = [{"id": "local", "kind": "local", "workers": 20}]
_ONE = [{"name": "handler", "processes": 1}]
_SMALL = Machine(cores=2, memory_gib=2.0)

BAD: Bad = {
    "serving.threads-for-processes": partial(uwsgi, {"scaling.threads": 40}),
    "serving.plugin-workers": partial(GUNICORN, {"cluster.runners": _SLURM, "scaling.handlers": _ONE}),
    "serving.local-jobs-over-cores": partial(GUNICORN, {"cluster.runners": _LOCAL}),
    "serving.workers-over-cores": partial(GUNICORN, {}, machine=Machine(cores=1, memory_gib=32.0)),
    "serving.memory-short": partial(GUNICORN, {}, machine=_SMALL),
    "serving.limit-too-low": partial(GUNICORN, {"celery.memory_limit": 0.5}),
    "serving.limit-without-effect": partial(GUNICORN, {"scaling.web_memory_limit": 64.0}),
}
GOOD: Good = {
    "serving.threads-for-processes": (
        partial(uwsgi, {"scaling.threads": 8}),
        partial(paste, {"scaling.threads": 10}),
    ),
    "serving.plugin-workers": (
        partial(
            GUNICORN, {"cluster.runners": _SLURM, "scaling.handlers": [{"name": "handler", "processes": 3}]}
        ),
        partial(
            GUNICORN, {"cluster.runners": [*_SLURM[:1], {"id": "slurm", "kind": "slurm", "workers": 10}]}
        ),
    ),
    "serving.local-jobs-over-cores": (
        partial(GUNICORN, {"cluster.runners": [{"id": "local", "kind": "local", "workers": 4}]}),
        partial(scene_of, {}, preset="slurm-cluster"),
    ),
    "serving.workers-over-cores": (
        partial(scene_of, {}, preset="multi-host", host="web.example.org", machine=_SMALL),
    ),
    "serving.memory-short": (partial(scene_of, {}, preset="trial", machine=_SMALL),),
    "serving.limit-too-low": (
        partial(GUNICORN, {"celery.memory_limit": 1.0}),
        partial(GUNICORN, {"celery.memory_limit": 0.5, "groundwork.service_manager": "gravity-supervisor"}),
    ),
    "serving.limit-without-effect": (
        partial(scene_of, {"scaling.web_memory_limit": 64.0}, preset="multi-host", host="web.example.org"),
    ),
}


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


def test_the_offered_threads_put_it_right() -> None:
    name = "serving.threads-for-processes"
    assert not found(name, fixed(name, BAD[name]))


def test_forked_tasks_each_need_their_memory() -> None:
    forked = {"celery.pool": "prefork", "celery.concurrency": 8, "celery.memory_limit": 4.0}
    assert found("serving.limit-too-low", GUNICORN(forked))
    assert not found("serving.limit-too-low", GUNICORN({**forked, "celery.pool": "threads"}))


def test_a_handler_with_too_little_is_named() -> None:
    rows = [{"name": "handler", "memory_limit": 8.0}, {"name": "scheduler", "memory_limit": 0.5}]
    (finding,) = found("serving.limit-too-low", GUNICORN({"scaling.handlers": rows}))
    assert "scheduler" in finding.what
