"""Rules about uWSGI, which serves Galaxy from 18.01 to 22.01: its section, and how it starts and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.advice.advice import Finding, PlannedFile, Scene, rule
from wizard.advice.serving_known import manager, server, since, uwsgi_options, web_processes
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.files.uwsgi.mules import Farm, is_farm, is_handler
from wizard.files.uwsgi.options import SECTION, Options

_MASTER, _THREADS, _FORK = "scaling.uwsgi_master", "scaling.uwsgi_enable_threads", "scaling.uwsgi_osafterfork"
_TERM, _LOG, _PORTS = "scaling.uwsgi_die_on_term", "scaling.uwsgi_log", "scaling.uwsgi_privileged_ports"
_SCALING = "Galaxy documentation, Scaling and Load Balancing"
_COMMON = f"{_SCALING}: Configuration common to all uWSGI deployment styles"
_MINUTIAE = f"{_SCALING}: uWSGI Minutiae"
_LISTENING = f"{_SCALING}: Listening and proxy options"
_FOREGROUND = ("systemd", "supervisord")
"""They start uWSGI themselves: what run.sh would add to its command line is missing there."""
_BUFFER = 16384
_PORT = re.compile(r".*:([0-9]+)")
_QUOTED = re.compile(r"([\"']).*\1\s*")


def _section(scene: Scene) -> tuple[PlannedFile, Options] | None:
    """The section that uWSGI serves by; None where something else does, or it is told elsewhere how to."""
    found = uwsgi_options(scene) if server(scene) == "uwsgi" else None
    return found if found is not None and found[1].options else None


@rule("uwsgi.thunder-lock", "warning", "galaxyproject/galaxy#5743")
def thunder_lock(scene: Scene) -> Iterator[Finding]:
    """Several processes that wait for the same request. Said of a section that somebody else wrote: Galaxy's documents
    ask for no lock, and galaxy-setup writes none by itself."""
    found, others = _section(scene), uwsgi_options(scene, original=True)
    if found is None or others is None or not others[1].options:
        return
    if web_processes(scene) > 1 and not found[1].values("thunder-lock"):
        yield Finding(
            f"{web_processes(scene)} processes of uWSGI wait for requests without a lock",
            "each request wakes them all up, and some get far more than the others",
            "write thunder-lock: true into uWSGI's section",
            file=found[0].shown,
            line=found[1].line((SECTION,)),
        )


@rule("uwsgi.after-fork", "warning", "Galaxy's notes on release 21.01, Administration")
def after_fork(scene: Scene) -> Iterator[Finding]:
    """With Python 3.7.2 and newer it makes processes hang."""
    if server(scene) == "uwsgi" and scene.value(_FORK) is True and since(scene, "21.01"):
        yield Finding(
            "py-call-osafterfork is switched on",
            "with Python 3.7.2 and newer, processes of uWSGI hang when they start",
            "switch it off",
            _FORK,
            fix={_FORK: False},
        )


@rule("uwsgi.no-master", "warning", _COMMON)
def no_master(scene: Scene) -> Iterator[Finding]:
    """On a server that people use, something must replace processes that die."""
    if _section(scene) is not None and manager(scene) in _FOREGROUND and not scene.value(_MASTER):
        yield Finding(
            "uWSGI runs without its master process",
            "a process that dies is not replaced, and mules and a restart without a gap need it",
            "switch the master on",
            _MASTER,
            fix={_MASTER: True},
        )


@rule("uwsgi.no-threads", "error", _MINUTIAE)
def no_threads(scene: Scene) -> Iterator[Finding]:
    """Galaxy starts threads of its own for nearly everything in the background."""
    off = not scene.value("scaling.threads") and not scene.value(_THREADS)
    if _section(scene) is not None and manager(scene) in _FOREGROUND and off:
        yield Finding(
            "uWSGI keeps Galaxy from starting threads of its own",
            "all that Galaxy does in the background stands still: jobs are not started, and nothing says why",
            "switch threads on",
            _THREADS,
            fix={_THREADS: True},
        )


@rule("uwsgi.restarts-on-term", "warning", _MINUTIAE)
def restarts_on_term(scene: Scene) -> Iterator[Finding]:
    """Left to itself uWSGI begins anew where it is asked to end."""
    ends = scene.value(_TERM) or scene.value("scaling.uwsgi_on_terminate")
    if _section(scene) is not None and manager(scene) == "systemd" and not ends:
        yield Finding(
            "uWSGI restarts at the signal by which systemd asks it to end",
            "a stop takes until systemd loses patience and kills it, in the midst of its work",
            "have it end at that signal",
            _TERM,
            fix={_TERM: True},
        )


@rule("uwsgi.daemon-twice", "error", _MINUTIAE)
def daemon_twice(scene: Scene) -> Iterator[Finding]:
    """A daemon leaves whoever started it."""
    daemon = str(scene.value(_LOG) or "").startswith("daemonize")
    if server(scene) == "uwsgi" and daemon and manager(scene) in (*_FOREGROUND, "run.sh"):
        by_hand = manager(scene) == "run.sh"
        yield Finding(
            f"uWSGI makes itself a daemon, and {manager(scene)} starts it",
            "run.sh --daemon does that already, and then two tell uWSGI where its log is"
            if by_hand
            else f"{manager(scene)} thinks that it ended at once, and starts another one, again and again",
            "leave it out: run.sh sees to it"
            if by_hand
            else "let it write its log in the foreground: answer logto",
            _LOG,
            fix={_LOG: None if by_hand else "logto"},
        )


@rule("uwsgi.low-port", "error", _LISTENING)
def low_port(scene: Scene) -> Iterator[Finding]:
    """Ports below 1024 are root's."""
    for question in ("scaling.uwsgi_http", "scaling.uwsgi_https"):
        port = _PORT.fullmatch(str(scene.value(question) or ""))
        if server(scene) == "uwsgi" and port and int(port[1]) < 1024 and not scene.value(_PORTS):
            yield Finding(
                f"uWSGI is to listen at port {port[1]}",
                "only root may open ports below 1024, and Galaxy must not run as root: uWSGI does not start",
                "let a proxy listen there, or have uWSGI open the port as root and become Galaxy's account then",
                question,
            )


@rule("uwsgi.root-by-run-sh", "error", _LISTENING)
def root_by_run_sh(scene: Scene) -> Iterator[Finding]:
    """run.sh does more than to start uWSGI, and must not do that as root."""
    if server(scene) == "uwsgi" and scene.value(_PORTS) and manager(scene) == "run.sh":
        yield Finding(
            "run.sh would have to be started as root, for ports below 1024",
            "it sets Galaxy up first: files that root then owns stop Galaxy at the next start",
            "let a service manager start uWSGI itself, or leave the ports to a proxy",
            _PORTS,
        )


@rule("uwsgi.quoted", "error", f"{_SCALING}: Configuration, uWSGI")
def quoted(scene: Scene) -> Iterator[Finding]:
    """uWSGI's reader takes quotes for a part of the value."""
    found = _section(scene)
    section = found[1].inner if found is not None else None
    for entry in section.entries if isinstance(section, UwsgiSection) else ():
        if found is not None and _QUOTED.fullmatch(entry.value):
            yield Finding(
                f"the value of uwsgi.{entry.key} stands in quotes",
                "uWSGI reads no YAML but lines: for it the quotes belong to the value, which is wrong then",
                "take the quotes out",
                file=found[0].shown,
                line=entry.line,
            )


@rule("uwsgi.stray-farm", "error", f"{_SCALING}: uWSGI + Mule job handling")
def stray_farm(scene: Scene) -> Iterator[Finding]:
    """Galaxy gives jobs to farms of certain names only."""
    found = _section(scene)
    if found is None:
        return
    mules = found[1].values("mule")
    handlers = {number for number, mule in enumerate(mules, 1) if is_handler(mule)}
    for farm in filter(None, map(Farm.parse, found[1].values("farm"))):
        if handlers & {*farm.mules} and not is_farm(farm.name):
            yield Finding(
                f"Galaxy gives no jobs to a farm called {farm.name}",
                "its mules start, look healthy, and never get a job",
                "call it job-handlers, or job-handlers.TAG for jobs that tools send to a tag",
                "scaling.handlers",
                found[0].shown,
                found[1].line((SECTION, "farm")),
            )


@rule("uwsgi.small-buffer", "warning", "galaxyproject/galaxy#5658")
def small_buffer(scene: Scene) -> Iterator[Finding]:
    """uWSGI's own buffer for a request's headers is too small for Galaxy."""
    found = _section(scene)
    if found is None:
        return
    sizes = [int(value) for value in found[1].values("buffer-size") if value.strip().isdecimal()]
    unsaid = not found[1].values("buffer-size") and manager(scene) in _FOREGROUND
    if unsaid or (sizes and sizes[-1] < _BUFFER):
        yield Finding(
            f"uWSGI takes {sizes[-1] if sizes else 4096} bytes of headers with a request",
            "long addresses and cookies are more: invalid request block size, and people see error 502",
            f"write buffer-size: {_BUFFER} into uWSGI's section",
            file=found[0].shown,
            line=found[1].line((SECTION, "buffer-size")) or found[1].line((SECTION,)),
        )
