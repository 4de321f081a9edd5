"""Servers of the uWSGI and Paste eras, of every strategy: imported they answer what they were made of, and stay as
they are but for the lines of an answer that is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.eras import MANAGERS, STRATEGIES, answers, installed
from tests.survey.installs import remarks, seen
from wizard.disk import Disk
from wizard.plan import make_plan
from wizard.survey.found import Survey

UNSAID: dict[str, frozenset[str]] = {
    "systemd": frozenset(),
    "sysvinit": frozenset(),
    "supervisord": frozenset({"groundwork.group"}),
    "run.sh": frozenset({"groundwork.group", "groundwork.user", "groundwork.service_manager"}),
}
"""What no file says: supervisord takes the group of its user, and who starts run.sh by hand is written nowhere."""
SILENT = ("scaling.strategy", "all-in-one")
"""Neither mules nor handlers anywhere."""
MORE = frozenset(
    {
        "cluster.default_destination",
        "cluster.destinations",
        "cluster.job_config",
        "cluster.runners",
        "proxy.downloads",
        "proxy.interactive_tools",
        "proxy.more_upstreams",
        "proxy.protocol",
        "proxy.reports",
        "proxy.site_file",
        "proxy.static_files",
        "proxy.tls",
        "proxy.uploads",
        "scaling.default_handler",
        "scaling.uwsgi_on_interrupt",
        "scaling.workers",
    }
)
"""What files say beside what they were made of: a site says what it has not, job_conf.xml needs a runner,
and zerg mode a graceful end."""
CHANGES: dict[str, tuple[Any, Any]] = {
    "groundwork.brand": ("Ours", "Theirs"),
    "database.name": ("galaxy?", "other?"),
    "proxy.host_name": ("galaxy.example.org", "other.example.org"),
    "scaling.threads": ("4", "9"),
    "cluster.new_file_path": ("/srv/galaxy/tmp", "/scratch"),
    "data.file_path": ("/srv/galaxy/data/files", "/data/files"),
}
"""An answer of each section: what its lines held, and what they are to hold."""


@pytest.fixture(
    params=[(strategy, manager) for strategy in STRATEGIES for manager in MANAGERS], ids=" by ".join
)
def given(request: pytest.FixtureRequest) -> dict[str, Any]:
    return answers(*request.param)


def imported(root: Path, given: dict[str, Any]) -> Survey:
    return seen(installed(root, given), "/srv/galaxy")


def test_every_strategy_is_imported_as_it_was_answered(given: dict[str, Any], tmp_path: Path) -> None:
    found = imported(tmp_path, given)
    unsaid = UNSAID[given["groundwork.service_manager"]]
    wanted = {
        question: value
        for question, value in given.items()
        if question not in unsaid and (question, value) != SILENT
    }
    assert {question: found.given.get(question) for question in wanted} == wanted
    assert found.given.keys() - given.keys() <= MORE
    assert ("proxy.protocol" in found.given) == ("scaling.uwsgi_master" in given), "Paste knows one only"
    assert remarks(found) == "" and found.disagreements == []
    plan = make_plan(found.given, Disk(tmp_path))
    assert plan.pending == () and plan.idle == ()


def test_an_answer_that_changes_changes_its_lines_alone(given: dict[str, Any], tmp_path: Path) -> None:
    found = imported(tmp_path, given).given
    for question, (old, new) in CHANGES.items():
        answer = int(new) if question == "scaling.threads" else new.rstrip("?")
        pending = make_plan({**found, question: answer}, Disk(tmp_path)).pending
        assert pending, question
        for file in pending:
            before, after = (file.before.text if file.before else "").splitlines(), file.after.splitlines()
            assert len(before) == len(after), (question, file.path)
            for was, now in zip(before, after, strict=True):
                assert now in (was, was.replace(old, new)), (question, file.path)


def test_a_handler_without_a_web_server_is_none_of_paste_s(tmp_path: Path) -> None:
    """Sections that an older server left behind do not say how handlers are started."""
    webless = answers("Paste + webless", "supervisord")
    installed(tmp_path, webless)
    left = installed(tmp_path / "before", answers("Paste + Paste handlers", "supervisord"))
    (tmp_path / "srv/galaxy/config/galaxy.ini").write_text(
        (left / "srv/galaxy/config/galaxy.ini").read_text()
    )
    found = seen(tmp_path, "/srv/galaxy")
    assert "scaling.handler_stack" not in found.given and "groundwork.service_files" not in found.given
    assert make_plan(found.given, Disk(tmp_path)).pending == ()


def test_handlers_are_paste_s_only_where_each_has_its_section(tmp_path: Path) -> None:
    given = answers("uWSGI + Paste handlers", "run.sh")
    file = installed(tmp_path, given) / "srv/galaxy/config/galaxy.ini"
    file.write_text(file.read_text().replace("[server:handler1]", "[server:another]"))
    found = seen(tmp_path, "/srv/galaxy")
    assert "scaling.handler_stack" not in found.given
    assert "section [server:handler0]: no question is answered from it" in remarks(found)
