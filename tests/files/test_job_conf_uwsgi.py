"""Handlers of job_conf.xml under uWSGI: none, or those that tools are mapped to; static ones with a default."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.eras import statically
from wizard.answers.handlers import Handler
from wizard.answers.limits import ToolMapping
from wizard.files.jobs.conf_xml import JobConfXml

LENS = JobConfXml()
SERVER: dict[str, Any] = {"groundwork.release": "19.09", "cluster.job_config": "xml"}
MULES = {
    **SERVER,
    "scaling.strategy": "mules",
    "scaling.handlers": [Handler(name="job-handlers", processes=3)],
}
WEBLESS = {
    **SERVER,
    **statically("handler3", "handler1", "handler2"),
    "cluster.tools": [ToolMapping(id="test1", handler="handler3")],
}


def mapped(given: dict[str, Any], handler: str) -> dict[str, Any]:
    return {**given, "cluster.tools": [ToolMapping(id="test1", handler=handler)]}


def written(given: dict[str, Any], text: str | None = None) -> str:
    return LENS.write(given, LENS.skeleton(given) if text is None else text, "job_conf.xml").text


def handlers(text: str) -> tuple[dict[str, str] | None, list[dict[str, str]]]:
    """The attributes of <handlers> (None: there is none), and of each handler in it."""
    section = ElementTree.fromstring(text).find("handlers")
    return (None, []) if section is None else (dict(section.attrib), [dict(one.attrib) for one in section])


@pytest.mark.parametrize("given", [MULES, {**SERVER, "scaling.strategy": "all-in-one"}], ids=["mules", "all"])
def test_handlers_that_uwsgi_starts_are_not_listed(given: dict[str, Any]) -> None:
    assert handlers(written(given)) == (None, [])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (MULES, "main.job-handlers.2"),
        (MULES, "main.job-handlers.big.1"),
        ({**SERVER, "scaling.strategy": "all-in-one"}, "main.web.3"),
    ],
)
def test_those_that_tools_are_mapped_to_are_listed_without_a_default(
    given: dict[str, Any], name: str
) -> None:
    given = mapped(given, name)
    text = written(given)
    assert handlers(text) == ({}, [{"id": name}])
    read = LENS.read(text, "job_conf.xml").given
    assert read["cluster.tools"] == given["cluster.tools"]
    assert not {"scaling.strategy", "scaling.handlers"} & read.keys(), "uWSGI's are said by its own section"
    assert written(read, text) == text
    assert written(given, text) == text
    assert handlers(written({**given, "cluster.tools": []}, text))[1] == []


def test_webless_handlers_have_a_default_and_tags() -> None:
    text = written(WEBLESS)
    section, rows = handlers(text)
    assert section == {"default": "handlers"}
    assert rows == [
        {"id": "handler1", "tags": "handlers"},
        {"id": "handler2", "tags": "handlers"},
        {"id": "handler3"},
    ]
    assert written(LENS.read(text, "job_conf.xml").given, text) == text


def test_from_webless_handlers_to_mules_and_back() -> None:
    text = written(WEBLESS)
    mules = written(mapped(MULES, "main.job-handlers.2"), text)
    assert handlers(mules) == ({}, [{"id": "main.job-handlers.2"}])
    assert handlers(written(WEBLESS, mules)) == handlers(text)
