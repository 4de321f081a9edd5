"""Servers of Paste's in galaxy.ini that serve nobody's pages: job handlers, or sections that were left behind."""

from __future__ import annotations

from wizard.answers.hints import served_by
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.files.paste.servers import (
    HANDLERS,
    PORT,
    STACK,
    STRATEGY,
    WORKERS,
    names_of,
    servers,
)
from wizard.problems import Problem
from wizard.survey.facts import Ours
from wizard.survey.found import Found
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile


def read_paste_handlers(looking: Looking, main: MainFile, ours: Ours) -> None:
    """Take that the handlers of the job configuration are started as Paste's, where each of them has its section and no
    program is started as a handler without a web server. Else the port of their sections is no answer; name the
    sections of servers that nobody is known to start.
    """
    if not main.name.endswith(".ini"):
        return
    seen = looking.seen
    given = seen.given
    text, shown = looking.text(main.path) or "", looking.disk.shown(main.path)
    document = IniDocument.parse(text, shown, PASTE)
    here = {name: document.line((name,)) for name in servers(document)}
    count = int(given.get(WORKERS) or 1) if served_by(given) == "paste" else 0
    web = {f"server:{name}" for name in (names_of(count) if count else ())}
    handlers = [f"server:{row.name}" for row in given.get(HANDLERS) or []]
    if handlers and web.issuperset(handlers):
        _leave_web_servers(looking)
        handlers = []
    webless = given.get(STACK) == "webless" or any(what == "a job handler" for _, what in ours)
    is_static = given.get(STRATEGY) == "static-handlers" and served_by(given) != "gunicorn"
    if handlers and is_static and not webless and web.isdisjoint(handlers) and here.keys() >= set(handlers):
        seen.found.setdefault(STACK, Found("paste", shown, here[handlers[0]]))
    elif STACK not in seen.found:
        handlers = []
        seen.found.pop(PORT, None)
    used = {*handlers, *web}
    kept = [f"section [{name}]" for name in used]
    seen.unread[:] = [
        one for one in seen.unread if one.file != shown or one.what.partition(":")[0] not in kept
    ]
    named = {problem.line for problem in seen.unread if problem.file == shown}
    for name, line in here.items():
        if name not in used and line not in named:
            what = f"section [{name}]: no question is answered from it; it is left alone"
            looking.leave(main.path, line, what)


def _leave_web_servers(looking: Looking) -> None:
    """Handlers that are the web servers themselves are no others: who lists them has jobs and pages in one."""
    found = looking.seen.found
    listed = found[HANDLERS]
    what = "the handlers here are the web servers themselves; they are left alone"
    looking.leave_all([Problem(what, listed.file, listed.line, question=HANDLERS)])
    for question in (HANDLERS, STRATEGY, "scaling.default_handler"):
        found.pop(question, None)
