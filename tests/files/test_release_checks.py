"""What the answered release cannot run is refused before a file is written; what it has no option for is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wizard.answers.handlers import Handler
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.answers.standing import standing, worth
from wizard.disk import Disk
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.release_checks import problems
from wizard.plan import Plan, make_plan
from wizard.problems import Refused
from wizard.releases import catalog
from wizard.releases.release import Release, facts

HERE = {"groundwork.root": "/srv/galaxy/server", "groundwork.config_dir": "/srv/galaxy/config"}
RELEASES = ("17.09", "18.01", "20.05", "21.09", "22.01", "22.05", "26.1")


def planned(place: Path, release: str, **answers: Any) -> Plan:
    given = {**HERE, "groundwork.release": release}
    return make_plan(
        {**given, **{name.replace("__", "."): value for name, value in answers.items()}}, Disk(place)
    )


def value_of(plan: Plan) -> str:
    (file,) = [file for file in plan.files if file.path.endswith(("galaxy.yml", "galaxy.ini"))]
    return file.after


# -- strategies


@pytest.mark.parametrize(
    ("release", "given", "words"),
    [
        ("17.09", {}, {"all-in-one": "default", "mules": "impossible", "static-handlers": "legacy"}),
        ("17.09", {"scaling.app_server": "uwsgi"}, {"mules": "impossible", "static-handlers": "recommended"}),
        ("18.01", {}, {"all-in-one": "default", "mules": "recommended", "dynamic-handlers": "impossible"}),
        ("18.01", {"scaling.app_server": "paste"}, {"all-in-one": "legacy", "static-handlers": "legacy"}),
        ("21.09", {}, {"mules": "recommended", "static-handlers": "recommended"}),
        ("22.01", {}, {"mules": "impossible", "dynamic-handlers": "recommended", "all-in-one": "default"}),
        (
            "22.01",
            {"scaling.app_server": "uwsgi"},
            {"mules": "recommended", "dynamic-handlers": "impossible"},
        ),
        ("26.1", {}, {"mules": "impossible", "dynamic-handlers": "recommended"}),
    ],
)
def test_a_strategy_is_what_the_documents_call_it(
    release: str, given: dict[str, Any], words: dict[str, str]
) -> None:
    question = questions()["scaling.strategy"].question
    rows = {value: standing(question, value, {**given, "groundwork.release": release}) for value in words}
    assert {value: row.word if row else None for value, row in rows.items()} == words


@pytest.mark.parametrize("release", RELEASES)
def test_an_application_server_is_impossible_where_the_release_has_it_not(release: str) -> None:
    question = questions()["scaling.app_server"].question
    given = {"groundwork.release": release}
    words = {server: standing(question, server, given) for server in ("gunicorn", "uwsgi", "paste")}
    possible = {server for server, row in words.items() if row and row.word != "impossible"}
    assert possible == set(facts(Release.parse(release)).app_servers)
    defaults = [server for server, row in words.items() if row and row.word == "default"]
    assert defaults == [facts(Release.parse(release)).era]


@pytest.mark.parametrize("path", [path for path, asked in questions().items() if asked.question.standings])
def test_what_is_said_of_a_value_is_about_a_value_and_has_a_way_out(path: str) -> None:
    asked = questions()[path]
    values = (True, False) if asked.shape == "bool" else tuple(asked.question.choices)
    for row in asked.question.standings:
        assert row.value in values
        assert (row.word == "impossible") == bool(row.way_out)
        assert row.note or row.word == "default"


@pytest.mark.parametrize(
    ("release", "answers", "question"),
    [
        ("26.1", {"scaling.strategy": "mules"}, "scaling.strategy"),
        ("17.09", {"scaling.app_server": "uwsgi", "scaling.strategy": "mules"}, "scaling.strategy"),
        ("20.05", {"scaling.strategy": "dynamic-handlers"}, "scaling.strategy"),
        (
            "22.01",
            {"scaling.app_server": "uwsgi", "scaling.strategy": "dynamic-handlers"},
            "scaling.strategy",
        ),
        ("21.09", {"scaling.app_server": "gunicorn"}, "scaling.app_server"),
        ("22.05", {"scaling.app_server": "uwsgi"}, "scaling.app_server"),
        ("23.0", {"scaling.app_server": "paste"}, "scaling.app_server"),
        ("23.0", {"scaling.handler_stack": "paste"}, "scaling.handler_stack"),
        ("23.0", {"scaling.zerg": True}, "scaling.zerg"),
        ("18.05", {"scaling.assign_with": ["db-preassign"]}, "scaling.assign_with"),
        ("18.05", {"cluster.job_config": "inline"}, "cluster.job_config"),
        ("20.01", {"cluster.job_config_file": "config/job_conf.yml"}, "cluster.job_config_file"),
        (
            "20.05",
            {"scaling.strategy": "mules", "scaling.track_jobs_in_database": False},
            "scaling.track_jobs_in_database",
        ),
    ],
)
def test_what_a_release_cannot_run_is_refused_with_its_question_and_a_way_out(
    tmp_path: Path, release: str, answers: dict[str, Any], question: str
) -> None:
    given = {**HERE, "groundwork.release": release, **answers}
    with pytest.raises(Refused) as refusal:
        make_plan(given, Disk(tmp_path))
    (problem,) = [problem for problem in refusal.value.problems if problem.question == question]
    assert problem.way_out
    assert release in problem.what or question == "scaling.track_jobs_in_database"


@pytest.mark.parametrize(
    ("release", "answers"),
    [
        ("17.09", {"scaling.app_server": "uwsgi", "scaling.strategy": "static-handlers"}),
        ("18.01", {"scaling.strategy": "mules"}),
        ("19.01", {"scaling.assign_with": ["db-preassign"]}),
        ("19.09", {"cluster.job_config": "inline"}),
        ("20.05", {"cluster.job_config_file": "job_conf.yml"}),
        ("22.01", {"scaling.app_server": "paste", "scaling.handler_stack": "paste"}),
        ("22.01", {"scaling.app_server": "uwsgi", "scaling.zerg": True}),
        ("22.01", {"scaling.strategy": "dynamic-handlers"}),
        ("20.05", {"scaling.strategy": "all-in-one", "scaling.track_jobs_in_database": False}),
        (None, {"scaling.app_server": "uwsgi", "scaling.strategy": "mules"}),
        (None, {"scaling.app_server": "paste"}),
    ],
)
def test_what_a_release_can_run_is_not(release: str | None, answers: dict[str, Any]) -> None:
    told = {"groundwork.release": release} if release else {}
    assert list(problems({**HERE, **told, **answers})) == []


def test_an_explanation_tells_what_holds_in_which_release_or_in_the_answered_one() -> None:
    question = questions()["scaling.strategy"].question
    everywhere = "\n".join(worth(question, {}))
    assert "mules: not under gunicorn" in everywhere
    assert "recommended under uWSGI from 18.01 (handlers on the web server's host)" in everywhere
    here = list(worth(question, {"groundwork.release": "20.09"}))
    assert "mules: recommended (handlers on the web server's host)" in here
    assert any(line.startswith("dynamic-handlers: impossible") for line in here)


# -- options


@pytest.mark.parametrize(
    ("name", "release", "said"),
    [
        (
            "galaxy_url_prefix",
            "20.09",
            "Galaxy 20.09 has no option galaxy_url_prefix: the first with it is 22.01",
        ),
        ("server_name", "22.01", None),  # read, though its schema does not list it
        (
            "galaxy_url_prefix",
            "17.09",
            "Galaxy 17.09 has no option galaxy_url_prefix: the first with it is 22.01",
        ),
        ("galaxy_url_prefix", "22.01", None),
        (
            "use_interactive",
            "22.01",
            "Galaxy 22.01 has no option use_interactive: the last with it was 19.09",
        ),
        ("use_interactive", "18.05", None),
        ("use_interactive", "20.01", None),  # a gap between 19.09, which has it, and 20.05, which has not
        ("enable_celery_tasks", "21.05", None),  # a gap before 21.09, which has it
        ("data_dir", "18.09", None),
        ("brand", "14.08", None),
        ("activation_email", "26.1", None),
        ("nobody_knows_this", "26.1", None),
    ],
)
def test_the_catalogue_knows_what_a_release_lacks(name: str, release: str, said: str | None) -> None:
    assert catalog.missing(name, Release.parse(release)) == said


@pytest.mark.parametrize(
    ("release", "question", "value", "option"),
    [
        ("26.1", "groundwork.use_interactive", False, "use_interactive"),
        ("18.05", "groundwork.data_dir", "/srv/galaxy/data", "data_dir"),
        ("20.05", "cluster.metadata_strategy", "extended", "metadata_strategy"),
        ("20.05", "proxy.upload_store", "/srv/galaxy/data/tus", "tus_upload_store"),
        ("26.1", "database.strategy", "threadlocal", "database_engine_option_strategy"),
    ],
)
def test_an_option_that_a_release_lacks_is_not_written_and_the_plan_says_so(
    tmp_path: Path, release: str, question: str, value: Any, option: str
) -> None:
    given = {**HERE, "groundwork.release": release, "groundwork.brand": "Lab", question: value}
    plan = make_plan(given, Disk(tmp_path))
    assert option not in value_of(plan)
    (told,) = [problem for problem in plan.idle if problem.question == question]
    assert told.what.startswith(f"Galaxy {release} has no option {option}: the ")


@pytest.mark.parametrize("text", ["galaxy:\n  galaxy_url_prefix: /old\n", "galaxy:\n  brand: Lab\n"])
def test_what_a_file_says_of_it_stays(text: str) -> None:
    given = {"groundwork.release": "20.09", "proxy.url_prefix": "/new"}
    assert GalaxySection().write(given, text, "galaxy.yml").text == text


def test_the_same_holds_for_galaxy_ini() -> None:
    text = "[app:main]\npaste.app_factory = galaxy.web.buildapp:app_factory\n"
    given = {"groundwork.release": "17.09", "proxy.url_prefix": "/new", "groundwork.brand": "Lab"}
    after = GalaxyIni().write(given, text, "galaxy.ini").text
    assert after == text + "brand = Lab\n"


def test_an_answer_that_another_file_carries_is_no_matter(tmp_path: Path) -> None:
    plan = planned(tmp_path, "20.09", proxy__url_prefix="/galaxy", scaling__workers=2)
    assert "mount: /galaxy=" in value_of(plan)
    assert "galaxy_url_prefix" not in value_of(plan)
    assert not [problem for problem in plan.idle if problem.question == "proxy.url_prefix"]


def test_where_no_release_is_answered_everything_is_written() -> None:
    text = GalaxySection().write({"groundwork.use_interactive": False}, "galaxy:\n  brand: Lab\n", "x").text
    assert "use_interactive: false" in text


def test_an_option_of_a_question_has_one_name_in_every_release() -> None:
    """Else an older release would need the answer under the older name."""
    for path, asked in questions().items():
        section, _, name = (asked.question.at or "").partition(".")
        option = catalog.option(name) if section == "galaxy" else None
        for older in option.renamed_from if option else ():
            entry = catalog.option(older)
            assert entry is None or Release.parse(option.since if option else "") <= Release.parse(
                entry.since
            ), path


# -- the options of older releases


def test_threads_keep_their_connections_up_to_2014() -> None:
    given = {"groundwork.release": "2014.06.02", "database.strategy": "threadlocal"}
    text = GalaxyIni().write(given, "[app:main]\nbrand = Lab\n", "galaxy.ini").text
    assert "database_engine_option_strategy = threadlocal\n" in text
    assert GalaxyIni().read(text, "galaxy.ini").given["database.strategy"] == "threadlocal"


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("database.strategy", {"groundwork.release": "2014.06.02"}, "threadlocal"),
        ("database.strategy", {"groundwork.release": "2014.08.11"}, None),
        ("groundwork.use_interactive", {"groundwork.release": "18.05"}, False),
        ("groundwork.use_interactive", {"groundwork.release": "20.05"}, None),
        ("scaling.strategy", {"groundwork.release": "20.05"}, "mules"),
        ("scaling.strategy", {"groundwork.release": "20.05", "scaling.zerg": True}, "static-handlers"),
        ("scaling.strategy", {"groundwork.release": "17.09"}, "static-handlers"),
        ("scaling.strategy", {"groundwork.release": "26.1"}, "dynamic-handlers"),
        ("cluster.job_config", {"groundwork.release": "18.05"}, "xml"),
        ("cluster.job_config", {"groundwork.release": "26.1"}, "file"),
        (
            "scaling.track_jobs_in_database",
            {"groundwork.release": "17.09", "scaling.strategy": "static-handlers"},
            True,
        ),
        (
            "scaling.track_jobs_in_database",
            {"groundwork.release": "18.01", "scaling.strategy": "static-handlers"},
            None,
        ),
        (
            "scaling.assign_with",
            {
                "groundwork.release": "18.05",
                "database.engine": "postgresql",
                "scaling.strategy": "static-handlers",
            },
            None,
        ),
    ],
)
def test_what_is_suggested_fits_the_release(path: str, given: dict[str, Any], value: Any) -> None:
    found = questions()[path].question.suggestion(given, Machine())
    assert (found.value if found else None) == value


# -- job handlers of each strategy


@pytest.mark.parametrize("release", ["18.01", "20.05", "21.09"])
@pytest.mark.parametrize("strategy", ["all-in-one", "mules"])
def test_handlers_of_uwsgis_own_are_in_no_job_configuration(
    tmp_path: Path, release: str, strategy: str
) -> None:
    plan = planned(tmp_path, release, scaling__strategy=strategy, scaling__workers=2)
    assert not [file for file in plan.files if "job_conf" in file.path]


def test_static_handlers_stand_there_with_tags_and_a_default(tmp_path: Path) -> None:
    rows = [Handler(name="handler0", tags=["handlers"]), Handler(name="special")]
    plan = planned(
        tmp_path,
        "18.05",
        scaling__strategy="static-handlers",
        scaling__handlers=rows,
        scaling__default_handler="handlers",
    )
    (file,) = [file for file in plan.files if file.path.endswith("job_conf.xml")]
    for line in (
        '<handlers default="handlers">',
        '<handler id="handler0" tags="handlers"/>',
        '<handler id="special"/>',
    ):
        assert line in file.after
