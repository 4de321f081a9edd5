"""zergpool.ini: the process that holds the proxy's socket in zerg mode, and hands it to each set of web processes.

Galaxy's own configuration cannot hold it: it is another uWSGI, with no Galaxy in it.
"""

from __future__ import annotations

from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.tree import Path, TreeDocument
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.hosts import runs_here
from wizard.files.lens import Reading, Target, Written, owned, same_answer
from wizard.files.places import in_config_dir
from wizard.files.uwsgi.checks import socket_fault
from wizard.files.uwsgi.ini import parsed_ini
from wizard.files.uwsgi.listening import LINK, ZERG, causes_of, end_of, link_of
from wizard.files.uwsgi.options import Options, at
from wizard.files.uwsgi.plain import CHMOD
from wizard.problems import Problem, Refused

FILE = "zergpool.ini"
POOL = "zerg-pool"
_SKELETON = """\
; The pool of uWSGI's zerg mode: it holds the socket that the proxy talks to. Start it before Galaxy, with
; uwsgi --ini zergpool.ini, and leave it running while Galaxy restarts.
[uwsgi]
master = true
die-on-term = true
"""
_QUESTIONS = frozenset({*ZERG, *LINK, CHMOD})
_PARTS = (*ZERG, *LINK)


class ZergPool(EntryLens):
    """The pool's own file, beside Galaxy's configuration."""

    name = FILE

    def document(self, text: str, file: str) -> Options:
        return parsed_ini(text, file)

    def owns(self, question: str) -> bool:
        return question in _QUESTIONS

    def target(self, given: Given) -> Target | None:
        path = in_config_dir(given, FILE)
        if path is None or served_by(given) != "uwsgi" or not runs_here(given, "web"):
            return None
        return Target(path, 0o640) if given.get("scaling.zerg") else None

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        changed = "proxy.link" in given and given["proxy.link"] != read.get("proxy.link")
        return {**({path: read[path] for path in read if not changed or path not in LINK}), **given}

    def entries(self, given: Given) -> Entries:
        found: Entries = {}
        end = end_of(given)
        if given.get("scaling.zerg") and given.get("scaling.zerg_socket") and end:
            value = f"{given['scaling.zerg_socket']}:{end}"
            found[at(POOL)] = Entry(value, (*ZERG, *causes_of(given)))
        if CHMOD in given:
            found[at("chmod-socket")] = Entry(given[CHMOD], (CHMOD,))
        return found

    def write(self, given: Given, text: str, file: str) -> Written:
        read = self.read(text, file).given
        now = self.overlaid(read, owned(self, given))
        new = {path for path, value in given.items() if not same_answer(value, read.get(path))}
        problems = []
        if now.get("scaling.zerg") and new.intersection(_PARTS):
            for question in ("scaling.zerg_socket", "proxy.socket"):
                fault = socket_fault(now.get(question))
                if fault is not None and (question != "proxy.socket" or now.get("proxy.link") == "socket"):
                    problems.append(Problem(fault, question=question, way_out="choose another path"))
            if not now.get("scaling.zerg_socket"):
                way_out = "give it, such as /srv/galaxy/var/zergpool.sock"
                problems.append(
                    Problem("needed by zerg mode", question="scaling.zerg_socket", way_out=way_out)
                )
            if end_of(now) is None:
                question = causes_of(now)[1] if "proxy.link" in now else "proxy.link"
                way_out = "give the socket or the address that the proxy talks to"
                problems.append(
                    Problem("needed by zerg mode: the pool listens there", question=question, way_out=way_out)
                )
        if problems:
            raise Refused(problems)
        return super().write(given, text, file)

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        options = self.document(document.text, document.file)
        for path, entry in changes.items():
            if len(options.values(str(path[1]))) > 1:
                what = f"{FILE} has several of uwsgi.{path[1]}"
                line, way_out = options.line(path), "edit this place by hand"
                raise Refused(
                    [
                        Problem(what, options.file, line, question=each, way_out=way_out)
                        for each in entry.questions
                    ]
                )
            _sayable(options, path, entry)

    def answers(self, document: TreeDocument, file: str) -> Reading:
        options = self.document(document.text, document.file)
        found = Collector(options, file)
        pools, modes = options.values(POOL), options.values("chmod-socket")
        understood = {"master", "die-on-term"}
        if len(pools) == 1:
            pool, _, end = pools[0].partition(":")
            form = {"scaling.zerg": True, "scaling.zerg_socket": pool, **link_of(end)}
            if len(fit_answers(form)) == len(form):
                found.take(at(POOL), form)
                understood.add(POOL)
        if len(modes) == 1:
            found.take(at("chmod-socket"), {CHMOD: modes[0]})
            understood.add("chmod-socket")
        for option in options.options:
            if option not in understood:
                found.leave(at(option), None, "is for uWSGI, and no question is answered from it")
        return found.reading()


def _sayable(options: Options, path: Path, entry: Entry) -> None:
    """Refuse, by its questions, a value that uWSGI would not read back."""
    try:
        options.edit({path: entry.value})
    except Refused as refusal:
        what = refusal.problems[0].what
        raise Refused(
            [
                Problem(what, options.file, question=each, way_out="choose another value")
                for each in entry.questions
            ]
        ) from refusal
