"""Answers to try on a file: for each question values other than the one that is there, and what must go with it."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.answer_strategies import literal_answers_to
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.hints import ServedBy
from wizard.answers.question import Condition, Either, Every, Given, When
from wizard.answers.questions import questions
from wizard.answers.scaling import Handler
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.files.lens import same_answer
from wizard.plan import speaks_by_silence

DRAWN = 15

# What an answer needs beside it to be written at all: an address, say, is made of several answers.
_CERTIFICATE = {"proxy.certificate": "/etc/ssl/laws.pem", "proxy.certificate_key": "/etc/ssl/laws.key"}
_NEEDED: dict[tuple[str, Any], dict[str, Any]] = {
    ("database.engine", "url"): {"database.url": Secret("postgresql://db/g?sslmode=require")},
    ("database.engine", "sqlite"): {"database.file": "/srv/galaxy.sqlite"},
    ("database.engine", "postgresql"): {"database.name": "galaxy"},
    ("database.engine", "mysql"): {"database.name": "galaxy"},
    ("celery.broker", "url"): {"celery.broker_url": Secret("redis+socket:///run/redis.sock")},
    ("celery.broker", "database"): {"database.engine": "postgresql"},
    ("celery.backend", "url"): {"celery.backend_url": Secret("rpc://")},
    ("celery.backend", "database"): {"database.engine": "postgresql"},
    ("scaling.uwsgi_log", "logto"): {"groundwork.log_file": "/srv/laws/galaxy.log"},
    ("scaling.uwsgi_log", "logto2"): {"groundwork.log_file": "/srv/laws/galaxy.log"},
    ("scaling.uwsgi_log", "daemonize"): {"groundwork.log_file": "/srv/laws/galaxy.log"},
    ("scaling.uwsgi_log", "daemonize2"): {"groundwork.log_file": "/srv/laws/galaxy.log"},
    ("proxy.link", "socket"): {"proxy.socket": "/run/galaxy/gunicorn.sock"},
    ("proxy.link", "tcp"): {"proxy.address": "localhost:8080"},
    ("proxy.tls", "certificate"): _CERTIFICATE,
    ("proxy.tls", "letsencrypt"): _CERTIFICATE,
}

# Answers that mean something everywhere, for questions whose type takes much that a file then cannot hold.
TAME: dict[str, Any] = {
    "database.name": "laws",
    "proxy.host_name": "laws.example.org",
    "proxy.address": "localhost:8181",
    "proxy.socket": "/run/laws/gunicorn.sock",
    "proxy.more_upstreams": ["localhost:8182"],
    "proxy.certificate": "/srv/laws/cert.pem",
    "proxy.certificate_key": "/srv/laws/key.pem",
    "proxy.static_dir": "/srv/laws/static",
    "proxy.plugins_dir": "/srv/laws/plugins",
    "proxy.static_expires": "12h",
    "proxy.max_body_size": "11g",
    "proxy.read_timeout": 181,
    "proxy.password_file": "/srv/laws/passwords",
    "proxy.upstream_header": "X-Laws",
    "proxy.remote_user_secret": Secret("laws-and-orders"),
    "proxy.reports_address": "localhost:9191",
    "proxy.reports_prefix": "/laws",
    "proxy.interactive_tools_host": "laws.example.org",
    "proxy.url_prefix": "/laws",
    "cluster.runners": [Runner(id="laws", kind="slurm", workers=3)],
    "cluster.destinations": [Destination(id="laws", runner="local")],
    "cluster.tools": [ToolMapping(id="laws", destination="local")],
    "cluster.limits": [Limit(kind="registered_user_concurrent_jobs", value=7)],
    "scaling.handlers": [Handler(name="laws")],
    "scaling.gunicorns": 2,
    "scaling.uwsgi_http": ":8181",
    "scaling.uwsgi_https": ":8443",
    "scaling.uwsgi_stats": "127.0.0.1:9192",
    "scaling.max_grab": 17,
    "scaling.ready_window_size": 170,
}

# Of several answers that a question may hang on, those that the server in question can do.
_EASY = ("header",)

_MAIN, _INI = "galaxy.yml", "galaxy.ini"
_GRAVITY, _INLINE = "galaxy.yml (gravity)", "galaxy.yml (job_config)"
_UWSGI = ("galaxy.yml (uwsgi)", "galaxy.ini (uwsgi)", "zergpool.ini")
_ERA = {"groundwork.release": "19.09"}
"""uWSGI serves it, and it reads an INI file in which an option stands twice."""
_PASTE_ERA = {"groundwork.release": "17.09"}
_PLACES = {_INLINE: "inline", "job_conf.yml": "file", "job_conf.xml": "xml"}
_STATIC = ("proxy.plugins_dir", "proxy.static_expires")
_LINKED = ("proxy.protocol", "proxy.more_upstreams")
"""Said where requests are passed on, which a site may leave to a file that it includes."""
_GRAVITY_COMPANY: dict[str, dict[str, Any]] = {
    "scaling.handlers": {"scaling.strategy": "dynamic-handlers"},
    "scaling.gunicorns": {
        "proxy.link": "tcp",
        "proxy.address": "localhost:8080",
        "proxy.more_upstreams": ["localhost:8081"],
    },
}
_PORTS = {"scaling.uwsgi_http": ":80", "groundwork.user": "laws", "groundwork.group": "laws"}
_TLS = {"scaling.uwsgi_https": ":8443", **_CERTIFICATE}
_POOL = {
    "scaling.zerg": True,
    "scaling.zerg_socket": "/srv/laws/pool.sock",
    "proxy.link": "tcp",
    "proxy.address": "localhost:4001",
}
_UWSGI_COMPANY: dict[str, dict[str, Any]] = {
    "groundwork.user": {**_PORTS, "scaling.uwsgi_privileged_ports": True},
    "groundwork.group": {**_PORTS, "scaling.uwsgi_privileged_ports": True},
    "groundwork.log_file": {"scaling.uwsgi_log": "logto"},
    "proxy.certificate": _TLS,
    "proxy.certificate_key": _TLS,
    "proxy.redirect": {**_TLS, "scaling.uwsgi_http": ":8080"},
    "proxy.protocol": {"proxy.link": "tcp", "proxy.address": "localhost:4001"},
    "proxy.static_dir": {"scaling.uwsgi_static_map": True},
    "scaling.handlers": {"scaling.strategy": "mules"},
    "scaling.uwsgi_https": _CERTIFICATE,
    "scaling.uwsgi_privileged_ports": _PORTS,
    "scaling.zerg": _POOL,
    "scaling.zerg_socket": _POOL,
}
_MANAGERS = ("gravity-systemd", "gravity-supervisor")


def company(lens: str, question: str, read: Given) -> dict[str, Any]:
    """Answers without which this lens leaves the question to another file, or has no place to put it."""
    if lens == "nginx site":
        static = {"proxy.static_dir": "/srv/galaxy/static"} if question in _STATIC else {}
        needed = "proxy.link" if question in _LINKED else "proxy.server"
        site = {} if needed in read else {"proxy.link": "tcp", "proxy.address": "localhost:8080"}
        return {
            "proxy.server": "nginx",
            **site,
            **{path: each for path, each in static.items() if path not in read},
        }
    if lens == _GRAVITY:
        return _GRAVITY_COMPANY.get(question, {})
    if lens in _UWSGI:
        pool = _POOL if lens == "zergpool.ini" else {}
        beside = {**pool, **_UWSGI_COMPANY.get(question, {})}
        return {**_ERA, **{path: each for path, each in beside.items() if path not in read}}
    if lens in _PLACES:
        static = {"scaling.strategy": "static-handlers"} if question == "scaling.handlers" else {}
        return {"cluster.job_config": _PLACES[lens], **static}
    return {}


def said_elsewhere(lens: str, question: str, value: Any) -> bool:
    """Whether it is not this file that says so: then nothing is to be read back from it."""
    if lens in _UWSGI and question == "groundwork.root":  # it works where it is started
        return True
    if lens in _UWSGI and question == "proxy.url_prefix":  # at the root there is no mount
        return bool(value == "/") or lens == "galaxy.ini (uwsgi)"  # there a filter of Paste's says it
    if question == "scaling.strategy":  # the one that has handlers says it
        return True
    if question == "proxy.more_upstreams":  # Gravity has as many of them as there are gunicorns
        return lens == _GRAVITY
    if question == "groundwork.service_manager":
        return str(value) not in _MANAGERS
    if question == "proxy.authentication":  # Galaxy only knows that it does not check logins itself
        return lens in (_MAIN, _INI)
    if question == "cluster.job_config":
        return bool(value != _PLACES[lens])
    return question == "proxy.server" and str(value) != "nginx"


@cache
def drawn(question: str) -> tuple[Any, ...]:
    """Values that the question takes, the same ones in every run."""
    found: list[Any] = []

    @settings(
        max_examples=DRAWN,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(literal_answers_to(question))
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return tuple([_telling(row) for row in value] if _is_table(value) else value for value in found)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Row)


def _telling(row: Row) -> Row:
    """A row without the fields that say nothing, and a handler as Gravity and Galaxy both have it: those of Gravity
    have no tags, and no plugins."""
    fields = type(row).model_fields
    silent = {name: None for name, value in row if value in ("", [], {}) and not fields[name].is_required()}
    return row.model_copy(
        update={**silent, **({"tags": None, "plugins": None} if isinstance(row, Handler) else {})}
    )


def others(question: str, read: Given, turn: int) -> list[Any]:
    """Values other than the one that is read, which something must be written for: one of those drawn, a tame one.

    `turn` chooses among those drawn. A table keeps its rows and gets one more, or loses its first.
    """
    held = read.get(question)
    hostile = [
        value
        for value in _grown(held, drawn(question))
        if value != "" and not speaks_by_silence(question, value) and not same_answer(value, held)
    ]
    tame = [value for value in _grown(held, (TAME[question],)) if value != held] if question in TAME else []
    return [*hostile[turn % len(hostile) :][:1], *tame[:1]] if hostile else tame[:1]


def _grown(held: Any, values: tuple[Any, ...]) -> list[Any]:
    if not _is_table(held):
        return list(values)
    names = {_name(row) for row in held}
    return [*([*held, row] for rows in values for row in rows if _name(row) not in names), held[1:]]


def _name(row: Row) -> Any:
    return next(iter(row.model_dump().values()))


def with_company(question: str, value: Any, read: Given) -> dict[str, Any]:
    """The answer with those that it needs: to be asked at all, and to be written."""
    wanted = {question: value}
    for _ in range(4):  # what is needed may need something itself
        for path in list(wanted):
            now = {**read, **wanted}
            condition = questions()[path].question.when
            if condition is not None and not condition.holds(now):
                wanted = {**_met(condition), **wanted}
            needed = _NEEDED.get((path, wanted[path]), {}) if isinstance(wanted[path], str) else {}
            wanted.update({other: each for other, each in needed.items() if other not in now})
    return wanted


def _met(condition: Condition) -> dict[str, Any]:
    """Answers under which a condition holds."""
    if isinstance(condition, When):
        easy = [value for value in condition.values if value in _EASY]
        return {condition.question: [*easy, *condition.values, *drawn(condition.question)[-1:]][0]}
    if isinstance(condition, ServedBy):
        return _PASTE_ERA if condition.server == "paste" else _ERA
    if isinstance(condition, Every):
        return {path: value for each in condition.conditions for path, value in _met(each).items()}
    assert isinstance(condition, Either), condition
    return _met(condition.conditions[0])
