"""The laws for uWSGI's files: for generated answers to every question, on texts of others, and with the real uWSGI."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.consumers import uwsgi_program
from tests.files.uwsgi_answers import (
    ERA,
    INI,
    LENSES,
    POOL,
    TYPICAL,
    YAML,
    answers,
    differing,
    due,
    foreign_lines,
    one_answer,
    sayable,
    shown,
)
from tests.laws import files
from wizard.answers.questions import questions
from wizard.files.lens import Lens
from wizard.files.uwsgi import mules
from wizard.files.uwsgi.options import NAMES, Options
from wizard.problems import Refused

law = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

SAMPLE = """\
uwsgi:

  # The address and port on which to listen.
  http: 127.0.0.1:8080
  buffer-size: 16384

  # Number of processes.
  processes: 1
  threads: 4
  static-map: /static/style=static/style/blue
  static-map: /static=static

  # Mapping to serve the favicon.
  static-map: /favicon.ico=static/favicon.ico
  master: false
  virtualenv: .venv
  pythonpath: lib
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  #mount: /galaxy=galaxy.webapps.galaxy.buildapp:uwsgi_app()
  manage-script-name: false
  die-on-term: true

  # Ends gracefully.
  hook-master-start: unix_signal:2 gracefully_kill_them_all
  hook-master-start: unix_signal:15 gracefully_kill_them_all
  umask: 027

galaxy:
  brand: x  # ours
"""
FOREIGN = """\
uwsgi:
  hook-master-start: exec:touch /srv/up # says that it runs
  hook-master-start: unix_signal:15 gracefully_kill_them_all
  hook-master-start: unix_signal:1 gracefully_kill_them_all
  static-map: /downloads=/srv/downloads
  static-map: /static=/srv/old
  static-map: /favicon.ico=/srv/own.ico
  mule: /srv/watch.py
  mule: lib/galaxy/main.py
  mule: /srv/count.py
  farm: watchers:1,3
  farm: job-handlers:2
  plugin: logfile
  workers: 3
  home: /srv/venv
  mount: /reports=galaxy.webapps.reports.buildapp:uwsgi_app()
"""


def as_ini(text: str) -> str:
    """A section of galaxy.yml as one of galaxy.ini."""
    section = text.split("galaxy:\n  brand")[0].removeprefix("uwsgi:\n")
    section = re.sub(r"^  (#?[\w-]+): ", r"\1 = ", section, flags=re.M).replace(" # says that it runs", "")
    return "[uwsgi]\n" + re.sub(r"^  ", "", section, flags=re.M) + "\n[app:main]\nbrand = x\n"


TEXTS: dict[str, list[str]] = {
    YAML.name: ["", "galaxy:\n  brand: x\n", "uwsgi:\n", SAMPLE, FOREIGN, SAMPLE.rstrip("\n")],
    INI.name: ["", "[app:main]\nbrand = x", as_ini(SAMPLE), as_ini(FOREIGN)],
    POOL.name: ["", POOL.skeleton({}), "[uwsgi]\nlisten = 100\nzergpool = /srv/p:/srv/w.sock\n"],
}
STARTS = [(lens, start) for lens in LENSES for start in TEXTS[lens.name]]
starts = st.sampled_from(STARTS)


def id_of(lens: Lens) -> str:
    return lens.name


@law
@given(data=st.data(), of=starts)
def test_what_is_written_is_read_and_reading_it_back_changes_nothing(data: st.DataObject, of: Any) -> None:
    lens, start = of
    given = data.draw(answers(lens))
    try:
        text = lens.write(given, start, "file").text
    except Refused as refusal:  # what stands here already cannot be beside some of these answers
        assert all(problem.question and problem.way_out for problem in refusal.problems)
        assume(False)
    held = lens.read(text, "file").given
    assert differing(held, due(lens, given, text)) == {}, text
    assert lens.write({**ERA, **held}, text, "file").text == text
    assert lens.write(given, text, "file").text == text


@pytest.mark.parametrize(
    ("lens", "question"),
    [(lens, path) for lens in LENSES for path in questions() if lens.owns(path)],
    ids=lambda value: getattr(value, "name", value),
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_answer_to_any_question_is_held_or_refused_by_its_name(
    lens: Any, question: str, data: st.DataObject
) -> None:
    given = data.draw(one_answer(lens, question))
    start = data.draw(st.sampled_from(TEXTS[lens.name]))
    try:
        written = lens.write(given, start, "file")
    except Refused as refusal:
        assert {problem.question for problem in refusal.problems} & {question, *_PARTNERS.get(question, ())}
        assert all(problem.way_out for problem in refusal.problems)
        return
    held = lens.read(written.text, "file").given
    assert differing(held, due(lens, given, written.text)) == {}, written.text
    assert foreign_lines(lens, start, written) == []
    assert lens.write({**ERA, **held}, written.text, "file").text == written.text


_PARTNERS: dict[str, tuple[str, ...]] = {
    "scaling.zerg_socket": ("scaling.zerg",),
    "scaling.zerg": ("scaling.zerg_socket", "scaling.uwsgi_http"),
    "proxy.socket": ("proxy.link",),
    "scaling.strategy": ("scaling.handlers",),
    "scaling.uwsgi_privileged_ports": ("scaling.uwsgi_http",),
    "proxy.certificate": ("scaling.uwsgi_https",),
    "proxy.certificate_key": ("scaling.uwsgi_https",),
    "scaling.uwsgi_https": ("proxy.certificate", "proxy.certificate_key"),
}
"""Whose name a refusal may bear as well: the two are about one thing."""


@law
@given(data=st.data(), of=starts)
def test_only_its_own_lines_change(data: st.DataObject, of: Any) -> None:
    lens, start = of
    given = data.draw(answers(lens))
    try:
        written = lens.write(given, start, "file")
    except Refused:
        assume(False)
    assert foreign_lines(lens, start, written) == []
    assert all(change.questions for change in written.changes)


@law
@given(data=st.data(), lens=st.sampled_from(LENSES[:2]))
def test_what_is_foreign_stays_in_its_order_and_its_mules_in_their_farms(
    data: st.DataObject, lens: Any
) -> None:
    start = TEXTS[lens.name][-2 if lens.name == YAML.name else -1]
    assert "watchers" in start
    given = data.draw(answers(lens))
    try:
        text = lens.write(given, start, "file").text
    except Refused:
        assume(False)
    before, after = lens.document(start, "file"), lens.document(text, "file")
    for option in before.options:
        kept = [value for value in before.values(option) if _is_foreign(option, value)]
        assert [value for value in after.values(option) if value in kept] == kept
    for farm, watching in (("watchers", ["/srv/watch.py", "/srv/count.py"]),):
        assert _mules_of(after, farm) == watching


def _is_foreign(option: str, value: str) -> bool:
    told = (
        "exec:",
        "unix_signal:1 ",
        "/downloads=",
        "/favicon.ico=/srv/own",
        "/srv/watch",
        "/srv/count",
        "/reports=",
    )
    return value.startswith(told) or (option, value) == ("plugin", "logfile")


def _mules_of(options: Options, name: str) -> list[str]:
    (farm,) = [
        farm for value in options.values("farm") if (farm := mules.Farm.parse(value)) and farm.name == name
    ]
    return [options.values("mule")[number - 1] for number in farm.mules]


_KEYS = """
http https http-to-https shared-socket uid gid mule farm mules socket zerg mount module manage-script-name static-map
hook-master-start plugin plugins workers processes logto logto2 pidfile pidfile2 zerg-pool chmod virtualenv home umask
chdir chmod-socket master die-on-term stats harakiri
"""
_VALUES = """
:80 =0 =1 =7 =0,443 :443,/c.pem,/k.pem =1,/c,/k =1,/c galaxy root 2 lib/galaxy/main.py /x/galaxy/main.py job-handlers:1
job-handlers:1,2 a:1 b:2,1 c /galaxy=galaxy.webapps.galaxy.buildapp:uwsgi_app() true false /static=static /static=
/static=/srv/s /favicon.ico=static/favicon.ico python 027 /srv/a relative 0 /srv/p:/srv/w 127.0.0.1:4001 660 %d/x a%%b
$(HOME) workflow-schedulers:2 007
"""
HOOKS = (
    "unix_signal:2 kill_them_all",
    "unix_signal:15 reap_them_all",
    "unix_signal:15 gracefully_kill_them_all",
)
_section = st.lists(
    st.tuples(st.sampled_from(_KEYS.split()), st.sampled_from([*_VALUES.split(), *HOOKS])), max_size=9
)


@pytest.mark.parametrize("lens", LENSES, ids=id_of)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_section)
def test_any_section_is_read_and_writing_what_was_read_changes_nothing(
    lens: Any, rows: list[tuple[str, str]]
) -> None:
    if lens is YAML:
        text = "uwsgi:\n" + "".join(f"  {key}: {value}\n" for key, value in rows)
    else:
        text = "[uwsgi]\n" + "".join(f"{key} = {value}\n" for key, value in rows)
    reading = lens.read(text, "file")
    assert lens.write({**ERA, **reading.given}, text, "file").text == text
    assert lens.write({**ERA}, text, "file").text == text
    told = {problem.line for problem in reading.unread} | set(reading.lines.values())
    said = {first_name(key) for line, (key, _) in enumerate(rows, 2) if line in told}
    assert {first_name(key) for key, _ in rows} - said <= _QUIET


_QUIET = {
    "module",
    "manage-script-name",
    "master",
    "die-on-term",
    "uid",
    "gid",
    "shared-socket",
    "mule",
    "mount",
}
"""What may be part of an answer that stands in another line, or be as it always is."""


def first_name(key: str) -> str:
    return next((name for name, others in NAMES.items() if key in others), key)


@law
@given(text=st.text(st.sampled_from("uwsgi:= \n\t#%;[]farmle1,/-\r{}'\""), max_size=60))
def test_a_text_of_any_kind_is_read(text: str) -> None:
    for lens in LENSES:
        for whole in (text, "uwsgi:\n" + text, "[uwsgi]\n" + text):
            reading = lens.read(whole, "file")
            assert lens.write({**ERA, **reading.given}, whole, "file").text == whole


def real(names: re.Pattern[str]) -> list[Path]:
    folders = [os.environ.get(variable) for variable in (files.CORPUS, files.SAMPLES)]
    return sorted(
        path for folder in folders if folder for path in Path(folder).glob("*/*") if names.search(str(path))
    )


@pytest.mark.parametrize(
    "path", real(re.compile(r"uwsgi_yml/|galaxy\.yml(\.sample)?$")), ids=lambda path: path.name
)
def test_writing_what_a_real_galaxy_yml_says_changes_nothing(path: Path) -> None:
    text = path.read_text()
    reading = YAML.read(text, path.name)
    assert YAML.write({**ERA, **reading.given}, text, path.name).text == text
    if "uwsgi_yml" in str(path):
        assert reading.given["scaling.workers"] == 1 and reading.given["scaling.uwsgi_die_on_term"] is True
        assert {problem.line for problem in reading.unread} <= set(range(1, len(text.split("\n")) + 1))
        changed = YAML.write({**ERA, "scaling.strategy": "mules", "scaling.workers": 3}, text, path.name)
        assert foreign_lines(YAML, text, changed) == []
        assert YAML.read(changed.text, path.name).given["scaling.handlers"] == [mules.DEFAULT]


@pytest.mark.parametrize("path", real(re.compile(r"galaxy_ini/")), ids=lambda path: path.name)
def test_a_real_galaxy_ini_gets_its_section_and_nothing_else(path: Path) -> None:
    text = path.read_text()
    reading = INI.read(text, path.name)
    assert INI.write({**ERA, **reading.given}, text, path.name).text == text
    given = sayable(INI, {**TYPICAL, "scaling.strategy": "mules"})
    written = INI.write(given, text, path.name)
    assert foreign_lines(INI, text, written) == []
    assert differing(INI.read(written.text, path.name).given, due(INI, given, written.text)) == {}


def test_the_real_files_are_here() -> None:
    if not os.environ.get(files.CORPUS):
        pytest.skip(f"{files.CORPUS} is not set: other people's files are not here")
    assert len(real(re.compile(r"uwsgi_yml/"))) >= 6 and len(real(re.compile(r"galaxy_ini/"))) >= 12


@pytest.mark.consumer
@pytest.mark.parametrize("lens", LENSES, ids=id_of)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_uwsgi_reads_every_value_as_it_was_meant(lens: Any, data: st.DataObject, tmp_path: Path) -> None:
    given = data.draw(answers(lens, least=6))
    start = data.draw(st.sampled_from(TEXTS[lens.name]))
    try:
        text = lens.write(given, start, "file").text
    except Refused:
        assume(False)
    file = tmp_path / ("galaxy.yml" if lens is YAML else "galaxy.ini")
    # Options of no meaning: the names say nothing of how a value is read, and these would be obeyed.
    text = re.sub(r"^([ \t]*)([\w-]+)(: | ?= ?)", r"\1x-\2\3", text, flags=re.MULTILINE)
    file.write_bytes(text.encode())
    document = lens.document(text, "file").inner
    wanted = sorted((key, value) for key in document.keys(("uwsgi",)) for value in document.values(key))
    assert sorted(shown(uwsgi_program(), file)) == wanted
