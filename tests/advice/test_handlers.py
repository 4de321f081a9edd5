"""Rules about job handlers."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import CONFIG, GUNICORN, UWSGI_ANSWERS, YML, Good, fixed, heard, imported, uwsgi

_JOB_XML = f"{CONFIG}/job_conf.xml"
_STATIC = {"scaling.strategy": "static-handlers", "scaling.assign_with": ["db-skip-locked"]}
_TWO = [{"name": "handler0"}, {"name": "handler1"}]
_TAGGED = [{"name": "handler0", "tags": ["a"]}, {"name": "handler1", "tags": ["a"]}]
_SQLITE = {"database.engine": "sqlite", "database.file": "/srv/galaxy/data/universe.sqlite"}
_BOTH_FILES = {
    YML: "uwsgi:\n  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()\n  master: true\n"
    "  mule: lib/galaxy/main.py\n  farm: job-handlers:1\ngalaxy:\n  job_config_file: job_conf.xml\n",
    _JOB_XML: '<job_conf><plugins><plugin id="local" type="runner" '
    'load="galaxy.jobs.runners.local:LocalJobRunner"/></plugins><handlers><handler id="main"/></handlers>'
    '<destinations><destination id="local" runner="local"/></destinations></job_conf>',
}


def _pools(*pools: str, processes: int = 1) -> dict[str, object]:
    return {"scaling.handlers": [{"name": "handler", "processes": processes, "pools": [*pools]}]}


_BESIDE = {"scaling.strategy": "static-handlers", "scaling.handlers": _TWO}
_HOSTS = [
    {
        "name": "one.example.org",
        "runs": ["web", "handlers", "proxy", "database"],
        "handlers": ["handler0", "handler1"],
    }
]

BAD: Bad = {
    "handlers.no-assignment": partial(GUNICORN, {"scaling.assign_with": None}),
    "handlers.needs-postgresql": partial(GUNICORN, _SQLITE),
    "handlers.unknown-pool": partial(GUNICORN, _pools("job-handler", "workflow-scheduler")),
    "handlers.jobs-for-nobody": partial(GUNICORN, _pools("job-handlers.special")),
    "handlers.mules-and-static": partial(imported, _BOTH_FILES, "21.09"),
    "handlers.default-without-handlers": partial(
        GUNICORN, {"scaling.strategy": "all-in-one", "scaling.default_handler": "x", "scaling.handlers": None}
    ),
    "handlers.default-unknown": partial(
        GUNICORN, {**_STATIC, "scaling.handlers": _TWO, "scaling.default_handler": "handlers"}
    ),
    "handlers.tool-handler-unknown": partial(GUNICORN, {"cluster.tools": [{"id": "bwa", "handler": "big"}]}),
    "handlers.no-default": partial(GUNICORN, {**_STATIC, "scaling.handlers": _TAGGED}),
    "handlers.removed": partial(scene_of, _pools("job-handlers"), preset="single-server", before={}),
    "handlers.web-runs-jobs": partial(GUNICORN, {"scaling.strategy": "all-in-one", "scaling.handlers": None}),
    "handlers.given-in-advance": partial(
        GUNICORN, {**_STATIC, "scaling.handlers": _TWO, "scaling.assign_with": ["db-preassign"]}
    ),
    "handlers.workflows-with-jobs": partial(
        GUNICORN, _pools("job-handlers", "workflow-schedulers", processes=4)
    ),
    "handlers.mules-preferred": partial(
        uwsgi, {"scaling.strategy": "static-handlers", "scaling.handlers": _TWO}
    ),
    "handlers.mule-messages": partial(uwsgi, {"groundwork.release": "20.09"}),
}
GOOD: Good = {
    "handlers.no-assignment": (
        partial(GUNICORN, {"scaling.assign_with": ["db-transaction-isolation"]}),
        partial(GUNICORN, {"scaling.strategy": "all-in-one", "scaling.handlers": None}),
    ),
    "handlers.needs-postgresql": (
        partial(GUNICORN, {**_SQLITE, "scaling.assign_with": ["db-transaction-isolation"]}),
    ),
    "handlers.unknown-pool": (partial(GUNICORN, _pools("job-handlers.special", "workflow-schedulers")),),
    "handlers.jobs-for-nobody": (
        partial(GUNICORN, {"scaling.handlers": [{"name": "handler"}]}),
        partial(GUNICORN, _pools("job-handlers.special", "job-handlers")),
    ),
    "handlers.mules-and-static": (partial(uwsgi),),
    "handlers.default-without-handlers": (
        partial(GUNICORN, {**_STATIC, "scaling.handlers": _TAGGED, "scaling.default_handler": "a"}),
    ),
    "handlers.default-unknown": (
        partial(GUNICORN, {**_STATIC, "scaling.handlers": _TAGGED, "scaling.default_handler": "a"}),
        partial(
            GUNICORN, {"scaling.default_handler": "special", **_pools("job-handlers.special", "job-handlers")}
        ),
    ),
    "handlers.tool-handler-unknown": (
        partial(GUNICORN, {"cluster.tools": [{"id": "bwa", "handler": "handler_1"}]}),
        partial(
            uwsgi,
            {"cluster.job_config": "xml", "cluster.tools": [{"id": "bwa", "handler": "main.job-handlers.1"}]},
        ),
    ),
    "handlers.no-default": (
        partial(GUNICORN, {**_STATIC, "scaling.handlers": [*_TAGGED, {"name": "handler2"}]}),
    ),
    "handlers.removed": (
        partial(scene_of, {}, preset="single-server", before={}),
        partial(GUNICORN, _pools("job-handlers")),
        partial(scene_of, _pools("job-handlers", processes=5), preset="single-server", before={}),
    ),
    "handlers.web-runs-jobs": (
        partial(
            GUNICORN, {"scaling.strategy": "all-in-one", "scaling.handlers": None, "proxy.server": "none"}
        ),
    ),
    "handlers.given-in-advance": (
        partial(GUNICORN, {**_STATIC, "scaling.handlers": _TWO, "scaling.assign_with": None}),
        partial(GUNICORN, {**_STATIC, "scaling.handlers": _TWO[:1], "scaling.assign_with": ["db-preassign"]}),
    ),
    "handlers.workflows-with-jobs": (
        partial(GUNICORN, _pools("job-handlers", "workflow-schedulers", processes=2)),
        partial(
            GUNICORN,
            {
                "scaling.handlers": [
                    {"name": "handler", "processes": 3, "pools": ["job-handlers"]},
                    {"name": "scheduler", "pools": ["workflow-schedulers"]},
                ]
            },
        ),
    ),
    "handlers.mules-preferred": (
        partial(uwsgi, {**_BESIDE, "scaling.hosts": _HOSTS}, host="one.example.org"),
        partial(uwsgi),
        partial(GUNICORN, {**_STATIC, "scaling.handlers": _TWO}),
    ),
    "handlers.mule-messages": (partial(uwsgi),),
}


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


@pytest.mark.parametrize(
    "code",
    [
        "no-assignment",
        "needs-postgresql",
        "unknown-pool",
        "default-without-handlers",
        "no-default",
        "given-in-advance",
    ],
)
def test_the_offered_answers_put_it_right(code: str) -> None:
    name = f"handlers.{code}"
    assert not found(name, fixed(name, BAD[name]))


def test_handlers_of_both_kinds_are_destinations_under_gravity() -> None:
    files = {
        YML: "gravity:\n  handlers:\n    dynamic:\n      processes: 2\ngalaxy:\n  job_config_file: job_conf.xml\n",
        _JOB_XML: _BOTH_FILES[_JOB_XML].replace(
            "<handlers>", '<handlers default="main" assign_with="db-skip-locked">'
        ),
    }
    assert not found("handlers.default-unknown", imported(files, "24.1"))


def test_a_default_that_comes_from_the_environment_is_one() -> None:
    static = '<handlers default_from_environ="X" default="a"><handler id="h0" tags="a"/><handler id="h1" tags="a"/>'
    text = _BOTH_FILES[_JOB_XML].replace('<handlers><handler id="main"/>', static)
    files = {YML: "galaxy:\n  job_config_file: job_conf.xml\n", _JOB_XML: text}
    assert not found("handlers.no-default", imported(files, "24.1"))
    plain = {**files, _JOB_XML: text.replace(' default_from_environ="X" default="a"', "")}
    assert found("handlers.no-default", imported(plain, "24.1"))


def test_an_imported_gravity_without_a_job_configuration_assigns_nothing() -> None:
    files = {YML: "gravity:\n  handlers:\n    handler:\n      processes: 2\ngalaxy: {}\n"}
    (finding,) = found("handlers.no-assignment", imported(files, "24.1"))
    assert finding.question == "scaling.assign_with"
    unread = {YML: files[YML].replace("{}", "\n  job_config_file: job_conf.xml"), _JOB_XML: "<job_conf"}
    assert not found("handlers.no-assignment", imported(unread, "24.1"))


def test_the_processes_that_go_are_named() -> None:
    (finding,) = found("handlers.removed", BAD["handlers.removed"]())
    assert "handler_1" in finding.what and "handler_0" not in finding.what


def test_a_default_keeps_mules_from_working() -> None:
    named = {**UWSGI_ANSWERS, "scaling.default_handler": "x", "cluster.job_config": "xml"}
    assert found("handlers.default-without-handlers", uwsgi(named))


@pytest.mark.parametrize(("release", "random"), [("18.09", False), ("20.05", True), ("21.05", False)])
def test_where_nothing_is_said_the_release_decides_who_gets_a_job(release: str, random: bool) -> None:
    told = uwsgi({**_BESIDE, "groundwork.release": release})
    assert bool(found("handlers.given-in-advance", told)) == random
