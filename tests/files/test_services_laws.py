"""Units and supervisord's programs obey the laws: for every value of every question, and for any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import literal_answers_to
from tests.files.service_answers import server_of
from tests.laws.lines import touched_otherwise
from wizard.answers.questions import questions
from wizard.files.lens import Lens, same_answer
from wizard.files.services import SERVICES
from wizard.problems import Refused

SILENT: dict[str, tuple[Any, ...]] = {
    "scaling.strategy": ("static-handlers", "all-in-one", "mules"),
    "scaling.handler_stack": ("webless", "paste"),
    "scaling.zerg": (True, False),
    "proxy.uploads": ("galaxy",),
    "celery.enable": (False,),
    "celery.beat": (False,),
    "proxy.reports": (False,),
    "proxy.interactive_tools": (False,),
}
"""Answers by which a program does not run, or stands in the job configuration: no service says them."""


def id_of(lens: Lens) -> str:
    return lens.name


def asked(lens: Lens) -> list[str]:
    return [path for path in questions() if lens.owns(path) and path != "groundwork.service_manager"]


def company(question: str, value: Any) -> dict[str, Any]:
    """What an answer needs beside it."""
    if question == "proxy.address":
        return {"proxy.link": "tcp"}
    if question == "proxy.link":
        return {"proxy.socket": "/run/g.sock", "proxy.address": "localhost:8080"}
    return {}


def is_said(lens: Lens, question: str, value: Any) -> bool:
    """Whether the file can say it: in supervisord's, a umask of the web server that is that of all is not its own."""
    if question.endswith("umask") and lens.name.startswith("supervisord"):
        return value not in (server_of(lens)["groundwork.umask"], server_of(lens)["scaling.web_umask"])
    return value not in ("", [], {}) and value not in SILENT.get(question, ())


def said(lens: Lens, question: str, value: Any) -> Any:
    """What is read back of an answer: blanks are no arguments, and supervisord limits nobody's memory."""
    if question.endswith("extra_args"):
        return value.strip() or None
    if question == "scaling.handlers" and lens.name.startswith("supervisord"):
        return [row.model_copy(update={"memory_limit": None}) for row in value]
    return value


@pytest.mark.parametrize("lens", SERVICES, ids=id_of)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_is_read_and_reading_it_back_changes_nothing(lens: Lens, data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(asked(lens)))
    value = data.draw(literal_answers_to(question).filter(lambda value: is_said(lens, question, value)))
    holds(lens, question, value)


@pytest.mark.parametrize("lens", SERVICES, ids=id_of)
def test_every_value_of_every_choice_is_written_and_read(lens: Lens) -> None:
    for question in asked(lens):
        for value in (True, False) if questions()[question].shape == "bool" else questions()[question].values:
            if is_said(lens, question, value):
                holds(lens, question, value)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("scaling.memory_limit", 8.0),  # Celery's own limit, on the line below
        ("scaling.memory_limit", 16.0),  # the web server's
        ("celery.memory_limit", 4.0),  # that of all
        ("scaling.web_memory_limit", 4.0),
        ("groundwork.umask", "022"),
        ("scaling.web_umask", "027"),
        ("celery.extra_args", " "),
        ("scaling.extra_args", " "),
    ],
)
def test_a_limit_of_its_own_may_be_that_of_all(question: str, value: Any) -> None:
    for lens in SERVICES[:-1]:
        if lens.owns(question):
            holds(lens, question, value)


def holds(lens: Lens, question: str, value: Any) -> None:
    """Assert both laws for one answer, given beside those of a whole server that is written already."""
    server = server_of(lens)
    text = lens.write(server, lens.skeleton(server), "file").text
    asking = {**server, **company(question, value), question: value}
    try:
        written = lens.write(asking, text, "file")
    except Refused as refusal:
        for problem in refusal.problems:
            assert problem.question == question, problem
            assert problem.way_out, problem
        return
    held = lens.read(written.text, "file")
    assert same_answer(held.given.get(question), said(lens, question, value)), written.text
    for path, other in server.items():
        if lens.owns(path) and path not in asking.keys() - server.keys() and path not in SILENT:
            if path.startswith("proxy.") and question.startswith("proxy."):
                continue
            if path == question:
                continue
            assert same_answer(held.given.get(path), other), (path, written.text)
    assert lens.write(held.given, written.text, "file").text == written.text
    assert lens.write(asking, written.text, "file").text == written.text
    assert touched_otherwise(text, written.text, written.changes) == []
    assert all(change.questions for change in written.changes)


ODD = st.sampled_from(
    [
        "[Service]", "[Unit]", "ExecStart=/srv/v/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory() -w 3",
        "ExecStart=", "ExecStart=/bin/bash -c 'x'", "User=%u", "User=galaxy", "User=", "UMask=0022", "UMask=022",
        "MemoryMax=80%", "MemoryMax=2G", "MemoryMax=", "WorkingDirectory=~", "WorkingDirectory=/a%%b", "# a = 1",
        "Environment=A=1 B=2", "Environment='A=x y'", "Environment=VIRTUAL_ENV=/v PATH=/v/bin:/bin",
        "Environment=POOLS_a_0=--attach-to-pool=x", "Environment=POOLS_a_1=y", "Wants=galaxy-web.service a.service",
        "Wants=galaxy-celery.service", "ExecStart=/v/bin/celery --app galaxy.celery worker -c 2 --loglevel info",
        "ExecStart=/v/bin/galaxy-main -c /c.yml --server-name=%i $POOLS_%i", "Environment=\"broken",
        "ExecStart=/v/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory() -b 1 -b 2 --preload $X",
    ]
)  # fmt: skip
ODD_INI = st.sampled_from(
    [
        "[program:web]", "[program:galaxy-web]", "[group:gx]", "programs=web,handler", "[program:handler]",
        "command=/v/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory() -w 3 ; note",
        "command=python ./scripts/galaxy-main -c /c.yml --server-name=handler%(process_num)s",
        "command=/v/bin/galaxy-main --server-name=handler_%(process_num)d --attach-to-pool=job-handlers",
        "command=/v/bin/celery --app galaxy.celery worker --loglevel=info -Q a,b", "numprocs=3", "user=galaxy",
        "user=other", "process_name=handler%(process_num)s", "umask=022", "umask=027", "directory=/srv/g",
        "environment=A=1,VIRTUAL_ENV=\"/v\"", "environment=PATH=\"/v/bin:%(ENV_PATH)s\"", "environment=A=b c",
        "stdout_logfile=/l/x.log", "; environment=SECRET=x", "[program:beat]", "[program:other]", "command=/bin/x",
    ]
)  # fmt: skip


@pytest.mark.parametrize("lens", SERVICES, ids=id_of)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_writing_what_was_read_changes_no_byte_of_any_text(lens: Lens, data: st.DataObject) -> None:
    odd, head = (ODD_INI, "[program:web]\n") if lens.name.startswith("supervisord") else (ODD, "[Service]\n")
    text = head + "\n".join(data.draw(st.lists(odd, max_size=12)))
    held = lens.read(text, "file")
    assert lens.write(held.given, text, "file").text == text
    assert all(line >= 1 for line in held.lines.values())
    assert held.lines.keys() == held.given.keys()
    lens.secret_spans(text, "file")
