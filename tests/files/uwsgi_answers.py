"""Answers for a server under uWSGI, generated ones for every question of its files, and what uWSGI itself reads."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.answer_strategies import given_answers, literal_answers_to
from tests.laws.lines import touched_otherwise
from wizard.answers.questions import questions
from wizard.answers.scaling import Handler
from wizard.files.entry_lens import EntryLens
from wizard.files.lens import Written, same_answer
from wizard.files.uwsgi.ini import UwsgiIni, loads_galaxy
from wizard.files.uwsgi.options import SECTION, Options
from wizard.files.uwsgi.section import UwsgiLens, UwsgiYaml
from wizard.files.uwsgi.zergpool import ZergPool
from wizard.plan import speaks_by_silence
from wizard.problems import Refused

YAML, INI, POOL = UwsgiYaml(), UwsgiIni(), ZergPool()
LENSES: tuple[UwsgiLens | ZergPool, ...] = (YAML, INI, POOL)
ERA: dict[str, Any] = {"groundwork.release": "19.09"}
"""Served by uWSGI, and read by Python 2 as well, so that an option may stand twice in an INI file."""
TYPICAL: dict[str, Any] = {
    **ERA,
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.umask": "022",
    "groundwork.log_file": "/srv/galaxy/log/galaxy.log",
    "proxy.link": "socket",
    "proxy.socket": "/srv/galaxy/var/uwsgi.sock",
    "scaling.workers": 4,
    "scaling.threads": 4,
    "scaling.uwsgi_master": True,
    "scaling.uwsgi_enable_threads": True,
    "scaling.uwsgi_offload_threads": 1,
    "scaling.uwsgi_die_on_term": True,
    "scaling.uwsgi_on_interrupt": "gracefully",
    "scaling.uwsgi_on_terminate": "gracefully",
    "scaling.uwsgi_chmod_socket": "660",
    "scaling.uwsgi_log": "logto",
    "scaling.uwsgi_stats": "127.0.0.1:9191",
}

FARMS = ["job-handlers", "job-handlers.big", "workflow-schedulers", "job-handlers.a.b-c"]
_handlers = st.lists(
    st.builds(Handler, name=st.sampled_from(FARMS), processes=st.none() | st.integers(1, 5)),
    min_size=1,
    max_size=3,
    unique_by=lambda row: row.name,
)
_addresses = st.builds(
    "{}:{}".format, st.sampled_from(["", "127.0.0.1", "localhost", "[::1]"]), st.integers(1, 65535)
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "scaling.handlers": _handlers,
    "scaling.uwsgi_http": _addresses,
    "scaling.uwsgi_https": _addresses,
    "scaling.strategy": st.sampled_from(["mules", "mules", "static-handlers", "all-in-one"]),
}
"""Values that the files can hold, for questions of whose values they can hold few."""
_NEEDED: dict[str, dict[str, Any]] = {
    "proxy.link": {"proxy.socket": "/srv/g.sock", "proxy.address": "localhost:4001"},
    "proxy.protocol": {"proxy.link": "tcp", "proxy.address": "localhost:4001"},
    "scaling.uwsgi_https": {"proxy.certificate": "/srv/c.pem", "proxy.certificate_key": "/srv/k.pem"},
    "scaling.uwsgi_log": {"groundwork.log_file": "/srv/g.log"},
    "scaling.zerg": {"scaling.zerg_socket": "/srv/z.sock", "proxy.link": "tcp", "proxy.address": "localhost:4001"},
    "scaling.uwsgi_privileged_ports": {"groundwork.user": "galaxy", "groundwork.group": "galaxy"},
}  # fmt: skip


def answers(lens: EntryLens, least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Answers that the file can hold, with what they need beside them."""
    few = [path for path in _VALUES if lens.owns(path)]
    tame = st.fixed_dictionaries({}, optional={path: _VALUES[path] for path in few})
    return st.builds(
        lambda given, more: sayable(lens, complete(lens, {**ERA, **given, **more})),
        given_answers(lens.owns, least),
        tame,
    )


def one_answer(lens: EntryLens, question: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any answer to one question, with what it needs."""
    values = literal_answers_to(question)
    if question in _VALUES:
        values = values | _VALUES[question]
    return values.map(lambda value: complete(lens, {**ERA, question: value}))


def complete(lens: EntryLens, given: dict[str, Any]) -> dict[str, Any]:
    needed: dict[str, Any] = {}
    for question, others in _NEEDED.items():
        if given.get(question):
            needed.update({path: value for path, value in others.items() if lens.owns(path)})
    return {**needed, **given}


def sayable(lens: EntryLens, given: dict[str, Any]) -> dict[str, Any]:
    """The answers without those that are refused; each refusal names a question that is given, and a way out."""
    for _ in range(40):
        try:
            lens.write(given, "", "file")
        except Refused as refusal:
            named = {str(problem.question) for problem in refusal.problems}
            assert all(problem.way_out for problem in refusal.problems), (given, refusal)
            assert named <= {path for path in questions() if lens.owns(path)} | {"scaling.app_server"}, given
            asked_for = {path for path, others in _NEEDED.items() if named & others.keys()}
            given = {path: value for path, value in given.items() if path not in named | asked_for}
        else:
            return given
    raise AssertionError(given)


def due(lens: EntryLens, given: dict[str, Any], text: str) -> dict[str, Any]:
    """The answers that a written file says."""
    now = lens.overlaid(
        lens.read(text, "file").given, {path: given[path] for path in given if lens.owns(path)}
    )
    causes = {question for entry in lens.entries(now).values() for question in entry.questions}
    if lens is INI and not loads_galaxy(text, "file"):
        causes -= {"proxy.url_prefix"}  # a filter of Paste's says it
    found = {}
    for path in causes & given.keys():
        silent = speaks_by_silence(path, given[path]) or given[path] in ("", [])
        if not silent and (path, given[path]) not in _ELSEWHERE and not _stays(lens, path, text):
            found[path] = given[path]
    return found


_ELSEWHERE = (("proxy.static_dir", "static"), ("scaling.strategy", "all-in-one"))
"""What the section says without words: the usual folder stands in it whether it is answered or not."""


def _stays(lens: EntryLens, path: str, text: str) -> bool:
    """A section that works from where it is started is not told the root."""
    options = lens.document(text, "file")
    assert isinstance(options, Options)
    return (
        path == "groundwork.root"
        and not options.values("chdir")
        and any(map(options.values, ("module", "mount")))
    )


def differing(held: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The wanted answers that are not held."""
    return {path: value for path, value in wanted.items() if not same_answer(value, held.get(path))}


def foreign_lines(lens: EntryLens, text: str, written: Written) -> list[str]:
    """The lines that differ and that no change owns; an option owns every line that it stands in."""
    before = lens.document(text, "file")
    changes = []
    for change in written.changes:
        path = (SECTION, change.option.partition(".")[2])
        changes += [replace(change, line_before=line) for line in before.lines(path) or [None]]
    return [
        line for line in touched_otherwise(text, written.text, changes) if line not in ("+uwsgi:", "+[uwsgi]")
    ]


def shown(program: str, file: Path) -> list[tuple[str, str]]:
    """The options that the real uWSGI reads in a file, in their order, without opening anything."""
    # An unknown clock ends uWSGI right after it has printed its configuration.
    option = "--yaml" if file.suffix == ".yml" else "--ini"
    command = [program, "--show-config", option, str(file), "--clock", "none-such"]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    said = (run.stdout + run.stderr).decode(errors="replace")
    rows = said.split("\n[uwsgi]\n", 1)[1].split(";end of configuration")[0].split("\n")[:-1]
    pairs = [row.partition(" = ") for row in rows]
    given = {("show-config", "true"), (option[2:], str(file)), ("clock", "none-such")}
    return [(key, value) for key, _, value in pairs if (key, value) not in given]
