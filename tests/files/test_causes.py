"""Which questions a change names: those that are answered otherwise now, not their neighbours."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.lens import Lens
from wizard.files.nginx.lens import NginxSite
from wizard.problems import Refused

GALAXY = "galaxy:\n  database_connection: postgresql://galaxy:pw@db:5432/galaxy\n"
BROKER = GALAXY + "  celery_conf:\n    broker_url: sqlalchemy+postgresql://galaxy:pw@db:5432/galaxy\n"
SITE = """\
upstream galaxy {
    server unix:/run/galaxy/gunicorn.sock;
}
server {
    listen 80;
    server_name galaxy.example.org;
    location / {
        proxy_pass http://galaxy;
    }
}
"""


@pytest.mark.parametrize(
    ("lens", "text", "given", "causes"),
    [
        (GalaxySection(), GALAXY, {"database.user": "other"}, {"database.user"}),
        (
            GalaxySection(),
            GALAXY,
            {"database.engine": "postgresql", "database.name": "galaxy", "database.host": "new"},
            {"database.host"},
        ),
        (GalaxySection(), BROKER, {"database.user": "other"}, {"database.user"}),
        (
            GravitySection(),
            "gravity:\n  gunicorn: {bind: 'a:1'}\n",
            {"proxy.address": "a:2"},
            {"proxy.address"},
        ),
        (NginxSite(), SITE, {"proxy.link": "socket", "proxy.socket": "/run/new.sock"}, {"proxy.socket"}),
        (NginxSite(), SITE, {"proxy.host_name": "other.example.org"}, {"proxy.host_name"}),
    ],
)
def test_a_change_names_the_answers_that_differ(
    lens: Lens, text: str, given: dict[str, Any], causes: set[str]
) -> None:
    read = lens.read(text, "x").given
    changes = lens.write({**read, **given}, text, "x").changes
    assert changes
    assert {question for change in changes for question in change.questions} == causes


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({"database.engine": "url"}, "database.url"),
        ({"database.engine": "sqlite"}, "database.file"),
        ({"database.engine": "mysql"}, "database.name"),
        ({"celery.broker": "url"}, "celery.broker_url"),
        ({"celery.backend": "url"}, "celery.backend_url"),
    ],
)
def test_a_new_head_without_its_part_never_takes_the_option_away(
    given: dict[str, Any], question: str
) -> None:
    with pytest.raises(Refused) as refused:
        GalaxySection().write(given, BROKER, "galaxy.yml")
    (problem,) = refused.value.problems
    ((head, value),) = given.items()
    assert (problem.question, problem.what) == (question, f"needed when {head} is {value}")


def test_a_new_link_without_its_end_never_takes_the_old_one_away() -> None:
    with pytest.raises(Refused) as refused:
        GravitySection().write(
            {"proxy.link": "socket"}, "gravity:\n  gunicorn: {bind: 'a:1'}\n", "galaxy.yml"
        )
    assert refused.value.problems[0].question == "proxy.socket"
