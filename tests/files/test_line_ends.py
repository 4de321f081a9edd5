"""Line ends, a byte order mark and an end without a line feed stay as they are in every kind of file, or are refused.

Each lens changes an answer in a text that it wrote before; the text is tried as written on other systems.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from tests import eras
from tests.verdicts.cases import cases, leaves, start
from wizard import statefile
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files import LENSES
from wizard.files.lens import Lens
from wizard.problems import Problem, Refused

MARK = "\ufeff"
OTHER: tuple[dict[str, Any], ...] = (
    {"groundwork.virtualenv": "/srv/other"},
    {"groundwork.brand": "Other"},
    {"groundwork.user": "other"},
    {"groundwork.root": "/srv/elsewhere"},
    {"database.name": "other"},
    {"database.pool_size": 3},
    {"proxy.host_name": "other.example.org"},
    {"scaling.workers": 3},
    {"celery.concurrency": 3},
    {"data.ftp_port": 2121},
    {"cluster.job_working_directory": "/srv/other"},
    {"proxy.url_prefix": "/other"},
    {"data.file_path": "/srv/other"},
)
RUNNERS = {
    "cluster.runners": questions()["cluster.runners"].parse([{"id": "local", "kind": "local", "workers": 7}])
}
REFUSED = {
    "carriage returns": {
        "CVMFS client": "plain assignment",
        "CVMFS domain": "plain assignment",
        "cron": "carriage return",
        "galaxy.yml (uwsgi)": "carriage return",
        "init script": "carriage return",
        "local_env.sh": "carriage return",
        "logrotate": "must begin with",
    },
    "byte order mark": {
        "CVMFS client": "plain assignment",
        "CVMFS domain": "plain assignment",
        "ProFTPD's main file": "byte order mark",
        "proftpd.conf": "byte order mark",
        "apache site": "byte order mark",
        "cron": "bad minute",
        "galaxy.ini": "before the first",
        "galaxy.ini (Paste)": "before the first",
        "galaxy.ini (filters)": "before the first",
        "galaxy.ini (uwsgi)": "byte order mark",
        "zergpool.ini": "byte order mark",
        "init script": "byte order mark",
        "local_env.sh": "byte order mark",
        "logrotate": "must begin with",
        "nginx site": "byte order mark",
        "supervisord programs": "before the first",
    },
    "no line feed at the end": {"cron": "last line has no end"},
}
"""The files whose own reader takes these bytes for something else: what is said of them. All others keep them."""
WHOLE = {
    "object store (YAML)",
    "data tables",
    "object store (XML)",
    "launchd property list",
    "SMF manifest",
    "job_conf.xml",
}
"""In these a part that gets other parts is written as a whole."""
ELSEWHERE = {
    "galaxy.yml (gravity, this host)",  # the same text as Gravity's section on one host
    "systemd unit galaxy-gx-it-proxy.service",  # units of one make
    "systemd unit galaxy-reports.service",
}


NAMES = sorted({lens.name for lens in LENSES} - ELSEWHERE)


@dataclass(frozen=True)
class Change:
    """A text with one set of answers, and what another one makes of it."""

    lens: Lens
    path: str
    before: str
    after: str
    given: Mapping[str, Any]

    def on(self, text: str) -> str:
        return self.lens.write(self.given, text, self.path).text


@cache
def changes() -> dict[str, Change]:
    """A change for every lens, as far as one is found."""
    found: dict[str, Change] = {}
    wanted = {*NAMES}
    for given, other in _pairs():
        for lens in LENSES:
            if lens.name in wanted and (change := _change(lens, given, other)) is not None:
                found[lens.name] = change
                wanted.remove(lens.name)
        if not wanted:
            break
    return found


def _pairs() -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    inline = {**start(), "cluster.job_config": "inline"}
    del inline["cluster.job_config_file"]
    yield inline, {**inline, **RUNNERS}
    tcp = {
        "database.connect": "tcp",
        "database.host": "db.example.org",
        "database.password": Secret("hidden"),
    }
    more: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({"database.setup_file": "/srv/galaxy/config/database.sql", **tcp}, {"database.name": "other"}),
        (
            {
                "data.ftp": "proftpd",
                "data.ftp_uid": 99,
                "data.ftp_gid": 99,
                "data.ftp_database_user": "ftp",
                "data.ftp_database_password": Secret("hidden-too-0123"),
                "data.ftp_dir": "/srv/one",
                **tcp,
            },
            {"data.ftp_dir": "/srv/two"},
        ),
        ({"proxy.server": "apache", "proxy.uploads": None}, {"proxy.host_name": "other.example.org"}),
    )
    for beside, change in more:
        yield {**start(), **beside}, {**start(), **beside, **change}
    servers: list[Mapping[str, Any]] = [
        eras.answers(strategy, manager) for strategy in eras.STRATEGIES for manager in eras.MANAGERS
    ]
    for server in servers:
        yield from ((server, {**server, **other}) for other in OTHER)
    tried = [case.given for asked in leaves() for case in cases(asked, {})]
    yaml = {"data.object_store_format": "yaml", "data.object_store_file": "object_store_conf.yml"}
    stores = [{**given, **yaml} for given in tried if "data.backends" in given]
    yield from pairwise(stores)
    for given in tried:
        if given.get("data.ftp") == "proftpd":
            yield {**given, "data.ftp_dir": "/srv/one"}, {**given, "data.ftp_dir": "/srv/two"}
        if given.get("cluster.job_config") == "xml":
            yield given, {**given, **RUNNERS}
    yield from pairwise(tried)
    for given in tried:
        yield given, {**given, **OTHER[0], **OTHER[1]}


def _change(lens: Lens, given: Mapping[str, Any], other: Mapping[str, Any]) -> Change | None:
    try:
        target = lens.target(given)
        if target is None or lens.target(other) is None:
            return None
        before = lens.write(given, lens.skeleton(given), target.path).text
        after = lens.write(other, before, target.path).text
    except Refused:
        return None  # these answers do not go together
    changed = before != after and before.count("\n") > 1
    return Change(lens, target.path, before, after, other) if changed else None


def returned(text: str) -> str:
    return text.replace("\n", "\r\n")


def every_other(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(
        line.replace("\n", "\r\n") if number % 2 == 0 else line for number, line in enumerate(lines)
    )


def test_every_kind_of_file_is_tried() -> None:
    assert sorted(changes()) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["carriage returns", "byte order mark", "no line feed at the end"])
def test_they_stay_or_are_refused(kind: str, name: str) -> None:
    change = changes()[name]
    text, wanted = {
        "carriage returns": (returned(change.before), returned(change.after)),
        "byte order mark": (MARK + change.before, MARK + change.after),
        "no line feed at the end": (change.before.rstrip("\n"), change.after.rstrip("\n")),
    }[kind]
    said = REFUSED[kind].get(name)
    if said is not None:
        _refused(change, text, said)
    elif kind == "no line feed at the end":
        assert change.on(text).rstrip("\n") == wanted
    else:
        assert change.on(text) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_of_mixed_line_ends_every_line_keeps_its_own(name: str) -> None:
    change = changes()[name]
    mixed = every_other(change.before)
    try:
        written = change.on(mixed)
    except Refused as refusal:
        assert name in REFUSED["carriage returns"]
        _named(change, refusal.problems[0])
        return
    assert written.replace("\r\n", "\n") == change.after
    old, new = mixed.split("\n"), written.split("\n")
    plain = change.before.split("\n"), change.after.split("\n")
    lost = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, *plain, autojunk=False).get_opcodes():
        if kind == "equal":
            lost += [pair for pair in zip(old[i1:i2], new[j1:j2], strict=True) if pair[0] != pair[1]]
    assert not lost or name in WHOLE, lost


def _refused(change: Change, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        change.on(text)
    _named(change, refusal.value.problems[0])


def _named(change: Change, problem: Problem) -> None:
    assert problem.file == change.path and problem.line


ANSWERS = '# ours\npreset = "trial@1"\n\n[groundwork]\nbrand = "One" # so far\n'


@pytest.mark.parametrize(
    ("question", "value"), [("groundwork.brand", "Two"), ("proxy.host_name", "a.example.org")]
)
def test_the_answers_keep_theirs_too(question: str, value: str) -> None:
    after = statefile.set_answer(ANSWERS, question, value)
    assert statefile.set_answer(returned(ANSWERS), question, value) == returned(after)
    assert statefile.set_answer(ANSWERS.rstrip("\n"), question, value).rstrip("\n") == after.rstrip("\n")
    with pytest.raises(Refused, match="byte order mark"):
        statefile.set_answer(MARK + ANSWERS, question, value)
