"""What uWSGI, or Galaxy under it, could not do with the answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.files.places import release
from wizard.files.uwsgi import listening, logs, mules
from wizard.files.uwsgi.application import FOLDER, PREFIX, STATIC
from wizard.files.uwsgi.listening import (
    ACCOUNT,
    CERTIFICATE,
    HTTP,
    HTTPS,
    LINK,
    PRIVILEGED,
    REDIRECT,
    ZERG,
)
from wizard.problems import Problem
from wizard.releases.release import Release

LAST = Release.parse("22.01")
"""The last release that uWSGI can serve (22.05 notes)."""
_MULES = Release.parse("18.01")
MOST_MULES = 100
_LARGEST = 2**31 - 1
_LONGEST = 107
"""Bytes in the path of a UNIX socket (unix(7))."""
_ADDRESS = re.compile(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])?:[0-9]{1,5}")
_STATS, _MASTER = "scaling.uwsgi_stats", "scaling.uwsgi_master"
_NUMBERS = (
    "scaling.workers",
    "scaling.threads",
    "scaling.uwsgi_offload_threads",
    "scaling.uwsgi_reload_mercy",
    "scaling.uwsgi_worker_reload_mercy",
    "scaling.uwsgi_mule_reload_mercy",
)
_STRAY = ("tags", "plugins", "pools", "environment", "memory_limit", "name_template")
"""What other kinds of handlers have, and mules do not."""


def faults(now: Given, given: Given, new: set[str]) -> Iterator[Problem]:
    """What is wrong with the answers `now` that hold when `given` ones are written, and that are `new` in part."""
    context = {**given, **now}

    def about(*questions: str) -> bool:
        return not new.isdisjoint(questions)

    known = context.get("groundwork.release")
    if known and served_by(context) == "uwsgi" and release(context) > LAST:
        what = f"Galaxy {release(context)} cannot be served by uWSGI: {LAST} is the last release that can"
        yield Problem(what, question="scaling.app_server", way_out="leave it out: gunicorn is its own server")
    for question in _NUMBERS:
        if about(question) and now.get(question, 0) > _LARGEST:
            yield Problem("is more than uWSGI counts to", question=question, way_out="give a smaller number")
    if about(*LINK) and now.get("proxy.link") and listening.end_of(now) is None:
        link = now["proxy.link"]
        question = "proxy.socket" if link == "socket" else "proxy.address"
        way_out = "answer it, or leave proxy.link unanswered"
        yield Problem(f"needed when proxy.link is {link}", question=question, way_out=way_out)
    for question in ("proxy.socket", "scaling.zerg_socket"):
        if about(question) and (what_of := socket_fault(now.get(question))) is not None:
            yield Problem(what_of, question=question, way_out="choose another path")
    if about(*ZERG, _MASTER) and now.get("scaling.zerg") and given.get(_MASTER) is False:
        what = "in zerg mode the master ends the old web processes without a loss"
        yield Problem(what, question=_MASTER, way_out="answer yes")
    if about(*ZERG, HTTP, HTTPS, _STATS, mules.STRATEGY) and now.get("scaling.zerg"):
        yield from _zerg(now)
    if about(*listening.BROWSERS, *ACCOUNT):
        yield from _browsers(now)
    if about(_STATS) and now.get(_STATS) == "":
        yield Problem("is empty", question=_STATS, way_out="give an address such as 127.0.0.1:9191")
    if about(logs.LOG, logs.LOG_FILE) and now.get(logs.LOG) and not now.get(logs.LOG_FILE):
        way_out = "give it, or leave scaling.uwsgi_log out"
        yield Problem("needed when scaling.uwsgi_log is given", question=logs.LOG_FILE, way_out=way_out)
    if about(STATIC, FOLDER) and now.get(STATIC) and now.get(FOLDER) == "":
        yield Problem("is empty", question=FOLDER, way_out="give a directory, or leave it out")
    if about(PREFIX) and "=" in str(now.get(PREFIX)):
        yield Problem("a prefix may hold no =", question=PREFIX, way_out="choose another prefix")
    if about(*mules.QUESTIONS, _MASTER):
        yield from mule_faults(context)
        if mules.rows(context) and given.get(_MASTER) is False:
            way_out = "answer yes: uWSGI's master starts the mules"
            yield Problem("mules need the master", question=_MASTER, way_out=way_out)


def socket_fault(path: str | None) -> str | None:
    """Why uWSGI would make no UNIX socket of a path; None where it does."""
    if path is None:
        return None
    if ":" in path or "," in path:
        return "uWSGI takes a path with : or , for something else"
    if len(path.encode()) > _LONGEST:
        return f"the path of a UNIX socket has {_LONGEST} bytes at most"
    return None


def _zerg(now: Given) -> Iterator[Problem]:
    if not now.get("scaling.zerg_socket"):
        way_out = "give it, such as /srv/galaxy/var/zergpool.sock"
        yield Problem("needed by zerg mode", question="scaling.zerg_socket", way_out=way_out)
    for question in (HTTP, HTTPS):
        if now.get(question):
            what = "in zerg mode the pool listens, and the second set of web processes would find this port taken"
            yield Problem(what, question=question, way_out="leave it out, and have a proxy in front")
    if now.get(_STATS) and not str(now[_STATS]).startswith("/"):
        what = "in zerg mode the second set of web processes would find this port taken"
        yield Problem(what, question=_STATS, way_out="give the path of a socket, or leave it out")
    if now.get(mules.STRATEGY) in (mules.MULES, "all-in-one"):
        what = "during a restart there would be two job handlers of each name, which take the same jobs"
        yield Problem(what, question="scaling.zerg", way_out="take the strategy static-handlers")


def _browsers(now: Given) -> Iterator[Problem]:
    for question in (HTTP, HTTPS):
        if now.get(question) and not _ADDRESS.fullmatch(now[question]):
            way_out = "write HOST:PORT, or :PORT for all addresses"
            yield Problem("is no address that uWSGI listens at", question=question, way_out=way_out)
    if now.get(HTTPS):
        for question in CERTIFICATE:
            if not now.get(question):
                yield Problem("needed by scaling.uwsgi_https", question=question, way_out="give its path")
            elif "," in now[question]:
                what = "uWSGI takes what is behind a comma for something else"
                yield Problem(what, question=question, way_out="choose a path without a comma")
    if now.get(PRIVILEGED):
        for question in ACCOUNT:
            if not now.get(question):
                what = "needed by scaling.uwsgi_privileged_ports: uWSGI would stay root"
                yield Problem(what, question=question, way_out="give it, such as galaxy")
        if not now.get(HTTP) and not now.get(HTTPS):
            way_out = "give scaling.uwsgi_http or scaling.uwsgi_https, or leave this out"
            yield Problem("there is no port to open as root", question=PRIVILEGED, way_out=way_out)
    if now.get(REDIRECT) and now.get(HTTPS) and not _ADDRESS.fullmatch(now[HTTPS]):
        yield Problem("has no port to lead to", question=HTTPS, way_out="write HOST:PORT")


def mule_faults(given: Given) -> Iterator[Problem]:
    """Why these handlers cannot be mules."""
    rows = mules.rows(given)
    if not rows:
        return
    if given.get("groundwork.release") and release(given) < _MULES:
        what = f"Galaxy has mules from {_MULES} on"
        yield Problem(what, question=mules.STRATEGY, way_out="take static-handlers")
    if sum(row.processes or 1 for row in rows) > MOST_MULES:
        way_out = f"take {MOST_MULES} at most"
        yield Problem("are too many mules", question=mules.HANDLERS, way_out=way_out)
    names = [row.name for row in rows]
    for row in rows:
        stray = [name for name in _STRAY if getattr(row, name)]
        if stray:
            what = f"handler {row.name}: mules have no {stray[0]}"
            yield Problem(what, question=mules.HANDLERS, way_out="leave it out, or take another strategy")
        if not mules.is_farm(row.name):
            what = f"Galaxy would give no job to a farm called {row.name}"
            way_out = "call it job-handlers, or job-handlers.TAG for jobs that tools send to a tag"
            yield Problem(what, question=mules.HANDLERS, way_out=way_out)
        if names.count(row.name) > 1:
            what = f"{row.name} stands twice"
            yield Problem(what, question=mules.HANDLERS, way_out="give the processes of both to one")
