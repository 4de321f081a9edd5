"""Galaxy over several hosts: which one the files are for, what runs there, and what could not work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host, Role
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.host_checks import generated, problems
from wizard.files.hosts import (
    as_on,
    handlers_here,
    may_be_shared,
    named_like,
    needed_here,
    record_folder,
    runs_here,
    this_host,
)
from wizard.files.lens import Lens
from wizard.plan import make_plan
from wizard.problems import Refused

HANDLERS = [
    Handler(name="handler", processes=2, pools=["job-handlers"]),
    Handler(name="scheduler", pools=["workflow-schedulers"]),
]


def spread(**runs: list[Role]) -> list[Host]:
    return [Host(name=name, runs=roles) for name, roles in runs.items()]


WORKING: dict[str, Any] = {
    "groundwork.root": "/srv/galaxy",
    "groundwork.service_manager": "systemd",
    "database.engine": "postgresql",
    "database.connect": "tcp",
    "database.host": "db",
    "proxy.server": "nginx",
    "proxy.link": "tcp",
    "proxy.address": "web:8080",
    "proxy.uploads": "tusd",
    "proxy.tusd_host": "web",
    "scaling.strategy": "dynamic-handlers",
    "scaling.handlers": HANDLERS,
    "scaling.hosts": spread(
        front=["proxy"],
        web=["web", "uploads"],
        jobs=["handlers", "cleanup"],
        tasks=["celery", "celery-beat"],
        db=["database"],
    ),
    "scaling.host": "web",
    "celery.enable": True,
    "celery.broker": "redis",
    "celery.broker_host": "db",
    "celery.backend": "redis",
    "celery.backend_host": "db",
}


def found(**other: Any) -> list[tuple[str | None, str, str | None]]:
    """The problems of the working answers with others in their place (`database__connect="socket"`)."""
    answers = {**WORKING, **{path.replace("__", "."): value for path, value in other.items()}}
    return [(problem.question, problem.what, problem.way_out) for problem in problems(answers)]


def only(**other: Any) -> tuple[str | None, str, str | None]:
    (problem,) = found(**other)
    return problem


# which host


def test_answers_that_work_have_no_problem_on_any_host() -> None:
    for row in WORKING["scaling.hosts"]:
        assert found(scaling__host=row.name) == []


def test_without_hosts_everything_is_here_and_nothing_is_checked() -> None:
    alone = {**WORKING, "scaling.hosts": None, "database.host": "localhost"}
    assert this_host(alone) is None and runs_here(alone, "ftp")
    assert list(problems(alone)) == []
    assert record_folder(alone) == "/srv/galaxy/config/.galaxy-setup"


def test_each_host_keeps_a_record_of_its_own() -> None:
    folders = {record_folder(as_on(WORKING, row.name)) for row in WORKING["scaling.hosts"]}
    assert len(folders) == 5
    assert record_folder(WORKING) == "/srv/galaxy/config/.galaxy-setup/hosts/web"


def test_one_must_be_chosen_and_be_among_them() -> None:
    names = "front, web, jobs, tasks, db"
    assert only(scaling__host="elsewhere") == (
        "scaling.host",
        "there is no host elsewhere",
        f"there are {names}",
    )
    unsaid = {path: value for path, value in WORKING.items() if path != "scaling.host"}
    (problem,) = problems(unsaid)
    assert problem.way_out == f"give --host and one of {names}"


@pytest.mark.parametrize(
    ("machine", "names", "expected"),
    [
        ("web.example.org", ["web.example.org", "jobs.example.org"], "web.example.org"),
        ("web", ["web.example.org", "jobs.example.org"], "web.example.org"),
        ("web.example.org", ["web", "jobs"], "web"),
        ("WEB.example.org.", ["web.Example.org"], "web.Example.org"),
        ("web.example.org", ["web.example.com"], None),
        ("web", ["web.a.org", "web.b.org"], None),
        ("web.a.org", ["web", "web.a.org"], "web.a.org"),
        ("other", ["web", "jobs"], None),
        ("10", ["10.0.0.1"], None),
        ("10.0.0.1", ["10.0.0.1", "10"], "10.0.0.1"),
    ],
)
def test_a_machine_is_the_host_of_its_name_in_full_or_short(
    machine: str, names: list[str], expected: str | None
) -> None:
    assert (
        named_like({"scaling.hosts": [Host(name=name, runs=["web"]) for name in names]}, machine) == expected
    )


def test_a_handler_runs_where_it_is_named() -> None:
    rows = [
        Host(name="a", runs=["handlers"], handlers=["handler"]),
        Host(name="b", runs=["handlers"], handlers=["scheduler"]),
        Host(name="c", runs=["web"]),
    ]
    answers = {**WORKING, "scaling.hosts": rows}
    assert [[row.name for row in handlers_here(as_on(answers, name), HANDLERS)] for name in "abc"] == [
        ["handler"],
        ["scheduler"],
        [],
    ]


# what could not work


def test_what_must_run_once_runs_once() -> None:
    for role in ("celery-beat", "cleanup", "database"):
        rows = [
            *WORKING["scaling.hosts"][:4],
            Host(name="db", runs=["database"]),
            Host(name="z", runs=[role]),
        ]
        rows[3] = Host(name="tasks", runs=["celery", "celery-beat"])
        question, what, _ = next(one for one in found(scaling__hosts=rows) if f"would run {role}:" in one[1])
        assert question == "scaling.hosts" and "and z would run" in what


def test_a_handler_of_two_hosts_or_of_none_is_refused() -> None:
    both = spread(web=["web", "proxy", "uploads"], jobs=["handlers"], more=["handlers"], db=["database"])
    assert [what for _, what, _ in found(scaling__hosts=both)] == [
        "job handler handler would run on jobs and more, and take each job there",
        "job handler scheduler would run on jobs and more, and take each job there",
    ]
    none = [
        *spread(web=["web", "proxy", "uploads"], db=["database"]),
        Host(name="jobs", runs=["handlers"], handlers=["handler", "worker"]),
    ]
    assert found(scaling__hosts=none) == [
        ("scaling.hosts[3].handlers", "there is no job handler worker", "there are handler, scheduler"),
        (
            "scaling.hosts",
            "no host runs the job handler scheduler",
            "add it to a host's handlers, or take it out of scaling.handlers",
        ),
    ]


def test_two_processes_of_one_name_are_refused_wherever_they_run() -> None:
    rows = [
        Handler(name="one", pools=["job-handlers"], name_template="h{process}"),
        Handler(name="two", pools=["job-handlers"], name_template="h{process}"),
    ]
    hosts = [
        *spread(web=["web", "proxy", "uploads"], db=["database"]),
        Host(name="a", runs=["handlers"], handlers=["one"]),
        Host(name="b", runs=["handlers"], handlers=["two"]),
    ]
    question, what, _ = only(scaling__handlers=rows, scaling__hosts=hosts)
    assert (question, what) == (
        "scaling.handlers",
        "handlers one and two would both have a process called h0",
    )
    rows[1] = Handler(name="two", pools=["job-handlers"], name_template="b{process}")
    assert found(scaling__handlers=rows, scaling__hosts=hosts) == []


def test_gravity_needs_a_galaxy_yml_for_each_host() -> None:
    shared = {"groundwork__service_manager": "gravity-systemd", "groundwork__shared_mount": "/srv/"}
    assert only(**shared)[0] == "groundwork.service_manager"
    assert found(**{**shared, "groundwork__shared_mount": "/srv/galaxy/data"}) == []
    one = spread(web=["web", "handlers", "celery", "uploads", "proxy"], db=["database"])
    assert found(**shared, scaling__hosts=one) == []


def test_mules_run_with_the_web_host() -> None:
    served = {
        "groundwork__release": "21.09",
        "scaling__strategy": "mules",
        "scaling__handlers": [Handler(name="job-handlers", processes=3)],
    }

    def hosts(**runs: list[Role]) -> list[Host]:
        return spread(front=["proxy"], db=["database"], up=["uploads"], **runs)

    fine = hosts(web=["web", "celery", "celery-beat"])
    served["proxy__tusd_host"] = "up"
    assert found(**served, scaling__hosts=fine) == []
    named = [Host(name="web", runs=["web", "handlers"], handlers=["job-handlers"]), *fine[:3]]
    assert found(**served, scaling__hosts=named) == []
    question, what, way_out = only(**served, scaling__hosts=hosts(web=["web"], jobs=["handlers"]))
    assert question == "scaling.hosts" and what == "jobs would run no job handler: mules run with web"
    assert way_out is not None and "static-handlers" in way_out
    two = hosts(web=["web", "proxy"], other=["web", "proxy"])[1:]
    assert any(
        what.startswith("mules of web and other would") for _, what, _ in found(**served, scaling__hosts=two)
    )
    none = found(**served, scaling__hosts=hosts(jobs=["celery"]))
    assert any(what.startswith("no host runs web") for _, what, _ in none)
    other = [Host(name="web", runs=["web", "handlers"], handlers=["another"]), *fine[:3]]
    assert only(**served, scaling__hosts=other)[0] == "scaling.hosts[1].handlers"


def test_hosts_that_uwsgi_serves_may_share_what_gravity_could_not() -> None:
    shared = {"groundwork__service_manager": "gravity-systemd", "groundwork__shared_mount": "/srv/"}
    assert found(**shared, groundwork__release="21.09") == []


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"database__connect": "socket"}, "database.connect"),
        ({"database__host": "localhost"}, "database.host"),
        ({"database__host": "127.0.0.1"}, "database.host"),
        ({"database__host": "[::1]"}, "database.host"),
        ({"database__host": None}, "database.host"),
        ({"database__engine": "sqlite"}, "database.engine"),
        ({"proxy__link": "socket"}, "proxy.link"),
        ({"proxy__address": "localhost:8080"}, "proxy.address"),
        ({"proxy__address": "0.0.0.0:8080"}, "proxy.address"),
        ({"proxy__tusd_host": "localhost"}, "proxy.tusd_host"),
        ({"proxy__tusd_host": None}, "proxy.tusd_host"),
        ({"celery__broker_host": "localhost"}, "celery.broker_host"),
        ({"celery__broker_host": None}, "celery.broker_host"),
        ({"celery__backend_host": "localhost"}, "celery.backend_host"),
        ({"celery__control_queue": Secret("redis://localhost:6379/1")}, "celery.control_queue"),
        ({"celery__broker_url": Secret("amqp://galaxy:x@[::1]//")}, "celery.broker_url"),
    ],
    ids=str,
)
def test_what_ends_at_one_host_is_refused_with_the_way_out(answers: dict[str, Any], question: str) -> None:
    named, _, way_out = only(**answers)
    assert named == question and way_out


def test_the_way_out_names_the_host_that_is_meant() -> None:
    assert only(database__connect="socket")[2] == 'give database.connect = "tcp" and database.host = "db"'
    assert only(proxy__link="socket")[2] == 'give proxy.link = "tcp" and proxy.address = "web:8080"'


def test_what_ends_at_one_host_is_fine_where_both_are_on_it() -> None:
    beside = spread(
        web=["web", "proxy", "uploads", "handlers", "celery", "celery-beat", "cleanup", "database"],
        ftp=["ftp"],
    )
    for answers in (
        {"database__connect": "socket"},
        {"database__host": "localhost"},
        {"proxy__link": "socket"},
        {"proxy__address": "localhost:8080"},
        {"proxy__tusd_host": "localhost"},
        {"celery__broker_host": "localhost"},
    ):
        assert found(scaling__hosts=beside, **answers) == []
    assert (
        only(scaling__hosts=beside, data__ftp="proftpd", database__connect="socket")[0] == "database.connect"
    )


def test_a_proxy_on_each_web_host_may_use_sockets_and_one_for_two_cannot() -> None:
    rows: dict[str, list[Role]] = {"a": ["web", "proxy", "uploads"], "b": ["web", "proxy", "uploads"]}
    rest: dict[str, list[Role]] = {"jobs": ["handlers"], "db": ["database"]}
    each = spread(**rows, **rest)
    assert found(scaling__hosts=each, scaling__host="a", proxy__link="socket") == []
    rows["b"] = ["web"]
    shared = spread(**rows, **rest)
    assert only(scaling__hosts=shared, scaling__host="a", proxy__address="a:8080")[0] == "proxy.address"


def test_reports_and_tools_are_looked_for_beside_the_proxy() -> None:
    rows = spread(web=["web", "uploads"], front=["proxy"], jobs=["handlers", "reports", "interactive-tools"])
    assert only(scaling__hosts=rows, proxy__reports=True)[0] == "proxy.reports_address"
    assert found(scaling__hosts=rows, proxy__reports=True, proxy__reports_address="jobs:9001") == []
    assert only(scaling__hosts=rows, proxy__interactive_tools=True)[0] == "scaling.hosts"


def test_a_plan_is_refused_for_what_could_not_work() -> None:
    with pytest.raises(Refused) as refused:
        make_plan({**WORKING, "database.connect": "socket", "scaling.host": "nowhere"}, Disk())
    assert {problem.question for problem in refused.value.problems} == {"database.connect", "scaling.host"}


ROLES: list[Role] = [
    "web", "handlers", "celery", "celery-beat", "proxy", "uploads", "reports", "ftp", "cleanup", "database",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@drawn(
    st.lists(st.sets(st.sampled_from(ROLES)), min_size=1, max_size=4),
    st.fixed_dictionaries(
        {},
        optional={
            "database.engine": st.sampled_from(["postgresql", "mysql", "sqlite", "url"]),
            "database.connect": st.sampled_from(["socket", "tcp"]),
            "database.host": st.sampled_from(["localhost", "h0", "db"]),
            "proxy.link": st.sampled_from(["socket", "tcp"]),
            "proxy.address": st.sampled_from(["localhost:1", "h0:8080"]),
            "celery.broker": st.sampled_from(["redis", "database", "url"]),
        },
    ),
)
def test_one_host_for_everything_has_no_problem_of_distance(roles: list[set[Role]], more: Given) -> None:
    """The checks raise for no answers, and answers of one host never fail for what is far away."""
    rows = [Host(name=f"h{number}", runs=sorted(one)) for number, one in enumerate(roles)]
    list(problems({"scaling.hosts": rows, "scaling.host": "h0", **more}))
    alone = [Host(name="h0", runs=sorted(set().union(*roles)))]
    assert list(problems({"scaling.hosts": alone, "scaling.host": "h0", **more})) == []


# secrets, and answers of other hosts


def test_a_secret_is_generated_once_or_where_all_hosts_find_it() -> None:
    (problem,) = generated("groundwork.id_secret", WORKING, LENSES)
    assert problem.question == "groundwork.id_secret" and "groundwork.shared_mount" in str(problem.way_out)
    shared = {**WORKING, "groundwork.shared_mount": "/srv"}
    assert list(generated("groundwork.id_secret", shared, LENSES)) == []
    assert list(generated("groundwork.id_secret", {**shared, "groundwork.shared_mount": "/sr"}, LENSES)) != []
    one = spread(web=["web", "handlers"], db=["database"], front=["proxy"])
    assert list(generated("groundwork.id_secret", {**WORKING, "scaling.hosts": one}, LENSES)) == []


def test_a_host_needs_no_secret_that_only_other_hosts_keep() -> None:
    secret = Secret("/run/secret", "file")
    answers = {**WORKING, "groundwork.id_secret": secret, "options.fernet": {"file": "/run/x"}}
    assert {"groundwork.id_secret", "options.fernet"} <= needed_here(answers, LENSES).keys()
    front = needed_here(as_on(answers, "front"), LENSES)
    assert front.keys() == answers.keys() - {"groundwork.id_secret", "options.fernet"}
    literal = {**answers, "groundwork.id_secret": Secret("literal")}
    assert "groundwork.id_secret" in needed_here(as_on(literal, "front"), LENSES)


def test_only_files_beside_galaxy_yml_may_be_shared() -> None:
    assert may_be_shared(WORKING, "/srv/galaxy/config/galaxy.yml")
    assert may_be_shared(WORKING, "/srv/galaxy/config/more/x")
    assert not may_be_shared(WORKING, "/srv/galaxy/config2/galaxy.yml")
    assert not may_be_shared(WORKING, "/etc/nginx/sites-available/galaxy")


def test_what_another_host_would_write_is_asked_of_the_lenses_of_the_plan(tmp_path: Path) -> None:
    given = {**WORKING, "database.name": "galaxy", "database.user": "galaxy"}
    given |= {"groundwork.service_manager": "gravity", "scaling.strategy": "all-in-one"}
    given |= {"proxy.host_name": "galaxy.example.org", "proxy.read_timeout": 300}

    def idle(lenses: Sequence[Lens]) -> bool:
        plan = make_plan(given, Disk(tmp_path), lenses)
        return "proxy.read_timeout" in {problem.question for problem in plan.idle}

    assert not idle(LENSES), "it stands in the site of the proxy's host"
    assert idle([lens for lens in LENSES if lens.name != "nginx site"])
