"""Answers that are one option of uWSGI's each: numbers, switches and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from wizard.answers.question import Given
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

_OFF = frozenset({"false", "off", "no", "0"})
"""What uWSGI takes for no; everything else switches on (uwsgi_opt_true of uWSGI 2.0)."""


@dataclass(frozen=True)
class Plain:
    """One option and its question."""

    option: str
    question: str
    kind: Literal["number", "switch", "text"]


PLAIN = (
    Plain("virtualenv", "groundwork.virtualenv", "text"),
    Plain("chdir", "groundwork.root", "text"),
    Plain("umask", "groundwork.umask", "text"),
    Plain("processes", "scaling.workers", "number"),
    Plain("threads", "scaling.threads", "number"),
    Plain("master", "scaling.uwsgi_master", "switch"),
    Plain("enable-threads", "scaling.uwsgi_enable_threads", "switch"),
    Plain("offload-threads", "scaling.uwsgi_offload_threads", "number"),
    Plain("die-on-term", "scaling.uwsgi_die_on_term", "switch"),
    Plain("reload-mercy", "scaling.uwsgi_reload_mercy", "number"),
    Plain("worker-reload-mercy", "scaling.uwsgi_worker_reload_mercy", "number"),
    Plain("mule-reload-mercy", "scaling.uwsgi_mule_reload_mercy", "number"),
    Plain("chmod-socket", "scaling.uwsgi_chmod_socket", "text"),
    Plain("stats", "scaling.uwsgi_stats", "text"),
    Plain("py-call-osafterfork", "scaling.uwsgi_osafterfork", "switch"),
)
CHMOD = "scaling.uwsgi_chmod_socket"
QUESTIONS = frozenset(plain.question for plain in PLAIN)


def entries(given: Given) -> Entries:
    """The options that these answers want. With zerg mode the pool makes the socket, and its rights."""
    found: Entries = {}
    for plain in PLAIN:
        value = given.get(plain.question)
        if value is None or (plain.question == CHMOD and given.get("scaling.zerg")):
            continue
        text = str(value).lower() if plain.kind == "switch" else str(value)
        found[at(plain.option)] = Entry(text, (plain.question,))
    return found


def read(found: Collector, options: Options) -> set[str]:
    """Take the answers; gives the options that were looked at."""
    candidates = {}
    looked_at = set()
    for plain in PLAIN:
        values = options.values(plain.option)
        if len(values) == 1:
            looked_at.add(plain.option)
            candidates[plain.question] = (at(plain.option), _answer(plain, values[0]))
    found.take_each(candidates)
    return looked_at


def _answer(plain: Plain, value: str) -> Any:
    if plain.kind == "switch":
        return value.lower() not in _OFF
    if plain.kind == "number" and value.isascii() and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value
