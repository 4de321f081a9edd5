"""The application server of the scaling section: gunicorn, or uWSGI and Paste, which served Galaxy before."""

from typing import Annotated, Literal

from wizard.answers.hints import ServedBy, release, served_by
from wizard.answers.question import Given, Machine, Question, Suggestion, either, every, when
from wizard.answers.section import Section
from wizard.answers.strategies import APP_SERVERS, HANDLER_STACKS
from wizard.answers.types import Count, Port

_UWSGI, _PASTE = ServedBy("uwsgi"), ServedBy("paste")
_OLDER = either(_UWSGI, _PASTE)
_OPTIONS = "scaling.md, Deployment Options"
_COMMON = "scaling.md, Configuration common to all uWSGI deployment styles"
_REASONS = {
    "paste": "Galaxy's own until 17.09",
    "uwsgi": "Galaxy's own from 18.01 to 21.09",
    "gunicorn": "Galaxy's own from 22.01 on",
}


def _app_server(given: Given, machine: Machine) -> Suggestion | None:
    if release(given) is None:
        return None
    own = served_by({"groundwork.release": given["groundwork.release"]})
    return Suggestion(own, _REASONS[own])


class AppServer(Section):
    """What runs Galaxy's own code, and what Paste needs to know."""

    app_server: Annotated[
        Literal["gunicorn", "uwsgi", "paste"] | None,
        Question(
            "App server",
            "The program that runs Galaxy's web workers. Each release brings its own: Paste until 17.09, uWSGI from "
            "18.01 to 21.09, gunicorn since; 22.01 is the last that knows all three. Without an answer it is that "
            "of the release.",
            "App server",
            choices={"gunicorn": "gunicorn", "uwsgi": "uWSGI", "paste": "Paste"},
            standings=APP_SERVERS,
            suggest=_app_server,
            local=True,
            source=_OPTIONS,
        ),
    ] = None
    threads: Annotated[
        Count | None,
        Question(
            "Threads",
            "Threads of each web worker. Python runs one of them at a time, so they only help while others wait for "
            "the disk or the database; for more work at a time add web workers. Four are a good start.",
            "App server",
            lands=("uwsgi.threads", "server:main.threadpool_workers"),
            when=_OLDER,
            suggest=Suggestion(4, "as the documents begin"),
            source=_COMMON,
        ),
    ] = None
    handler_stack: Annotated[
        Literal["webless", "paste"] | None,
        Question(
            "Handlers run",
            "Whether the static job handlers are started without a web server, which is all they need, or as Paste "
            "servers as before 18.01. Paste is for servers that still have it: each handler loads a web server "
            "that nobody calls.",
            "App server",
            choices={"webless": "without web server", "paste": "as Paste servers"},
            standings=HANDLER_STACKS,
            when=every(_OLDER, when("scaling.strategy", "static-handlers")),
            suggest=Suggestion("webless", "a handler serves no pages"),
            silent=("webless",),
            lands=("server:HANDLER", "supervisord", "systemd"),
            source="scaling.md, Legacy Deployment Options",
        ),
    ] = None
    paste_handler_port: Annotated[
        Port | None,
        Question(
            "Handlers' first port",
            "Paste gives every handler a web server, and each needs a port that nobody calls. The first handler "
            "takes this one, the others those that follow.",
            "Paste",
            lands=("server:HANDLER.port",),
            when=every(_OLDER, when("scaling.handler_stack", "paste")),
            suggest=Suggestion(8090, "beside the web servers' 8080"),
            source="scaling.md, Legacy Deployment Options",
        ),
    ] = None
    paste_kill_thread_limit: Annotated[
        Count | None,
        Question(
            "Kill threads after",
            "Ends a thread of Paste that has worked on one request for so long. Large downloads and uploads without "
            "a proxy's help take that long, so it must be generous.",
            "Paste",
            unit="seconds",
            lands=("server:main.threadpool_kill_thread_limit",),
            when=_PASTE,
            source="Galaxy's sample galaxy.ini, server:main",
        ),
    ] = None
