"""Servers put together from files that other people wrote: each thing that a rule says of them was judged by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.advice.servers import CONFIG, INI, PROGRAMS, UNITS, YML, codes, imported
from tests.corpus import need_corpus

_JOBS = f"{CONFIG}/job_conf.xml"
_HOME, _SILENT = "serving.home-of-root", "database.unsaid"
_UNIT = f"{UNITS}/galaxy.service"
_PASTE = {INI: "galaxy_ini/ncgas__galaxy.ini"}
_MINE = ("serving.", "handlers.", "uwsgi.", "celery.", "database.")
SERVERS: dict[str, tuple[dict[str, str], str, set[str]]] = {
    "uWSGI whose section was written for older Pythons": (
        {YML: "uwsgi_yml/linnil1__galaxy.yml", _JOBS: "job_conf_xml/linnil1__job_conf.xml"},
        "21.09",
        {"uwsgi.after-fork"},
    ),
    "the same before that did harm": ({YML: "uwsgi_yml/linnil1__galaxy.yml"}, "20.05", set()),
    "uWSGI without a database": ({YML: "uwsgi_yml/naturalis__galaxy.yml"}, "20.05", {_SILENT}),
    "a sample of its time, as it comes": ({YML: "uwsgi_yml/upstream_21.09__galaxy.yml.sample"}, "21.09", {_SILENT}),
    "a sample of today, as it comes": ({YML: "galaxy_yml/upstream_26.1__galaxy.yml.sample"}, "26.1", {_SILENT}),
    "Gravity with an option that is gone": (
        {YML: "galaxy_yml/elixir-oslo__galaxy.yml"},
        "23.0",
        {_SILENT, "celery.workers-idle", "serving.dead-options"},
    ),
    "Gravity whose Celery nobody uses": (
        {YML: "galaxy_yml/johnnas12__galaxy.yml"}, "24.1", {"celery.workers-idle"}
    ),
    "Paste with PostgreSQL's short name": (
        {INI: "galaxy_ini/bribioinformatics__universe_wsgi.ini"}, "15.10", {"database.postgres-scheme"}
    ),
    "Paste with ten threads, its own default": ({INI: "galaxy_ini/najoshi__universe_wsgi.ini"}, "15.10", set()),
    "Paste with PostgreSQL": ({INI: "galaxy_ini/adefelicibus__galaxy.ini"}, "17.09", set()),
    "uWSGI and handlers by supervisord, as a course teaches it": (
        {**_PASTE, PROGRAMS: "supervisor/dagobah__supervisor_galaxy.conf"}, "17.09", {_SILENT, _HOME}
    ),
    "supervisord's programs of another install": (
        {**_PASTE, PROGRAMS: "supervisor/bgruening__2014_supervisor.conf"}, "17.09", {_SILENT}
    ),
    "a unit of the documents": (
        {YML: "galaxy_yml/johnnas12__galaxy.yml", _UNIT: "systemd/docs_22.01_scaling_block1.service"},
        "24.1",
        {"celery.workers-idle"},
    ),
}  # fmt: skip


@pytest.fixture
def corpus() -> Path:
    return need_corpus()


@pytest.mark.parametrize("name", SERVERS)
def test_rules_say_what_an_expert_would(name: str, corpus: Path) -> None:
    files, release, expected = SERVERS[name]
    texts = {path: (corpus / file).read_text(encoding="utf-8") for path, file in files.items()}
    told = codes(imported(texts, release))
    assert {code for code in told if code.startswith(_MINE)} == expected


def test_static_handlers_of_any_job_configuration_have_their_default(corpus: Path) -> None:
    """Whatever people's files look like, they ran: none sends jobs to a handler that does not exist."""
    section = "uwsgi:\n  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()\n  thunder-lock: true\n"
    main = f"{section}galaxy:\n  database_connection: postgresql:///galaxy\n  job_config_file: job_conf.xml\n"
    wrong = {"handlers.no-default", "handlers.default-unknown", "handlers.tool-handler-unknown"}
    for path in sorted((corpus / "job_conf_xml").iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not wrong & codes(imported({YML: main, _JOBS: text}, "21.01")), path.name
