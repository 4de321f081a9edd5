"""What does Paste load of galaxy.ini? PasteDeploy reads it, with an application of this name in Galaxy's place.

usage: paste_ini.py FILE

FILE holds a JSON list of paths. prints: ok, problems, and answers: for each path what was wrong, what the application
main is told, and what each server is. A section [uwsgi] is none of Paste's.
"""

from __future__ import annotations

import json
import sys
import types
import warnings
from configparser import Error
from importlib import import_module
from pathlib import Path
from typing import Any


def in_galaxys_place() -> None:
    """Galaxy of the era is not here: whatever Paste loads by these names does nothing."""
    for name in ("galaxy", "galaxy.web", "galaxy.web.buildapp"):
        module = sys.modules[name] = types.ModuleType(name)
        module.__dict__["__path__"] = []
    sys.modules["galaxy.web.buildapp"].__dict__["app_factory"] = lambda global_conf, **options: options


def said_of(path: str) -> dict[str, Any]:
    loadwsgi = import_module("paste.deploy.loadwsgi")

    answer: dict[str, Any] = {"problems": [], "application": {}, "filters": [], "servers": {}}
    loader = loadwsgi.ConfigLoader(path)
    try:
        context = loader.get_context(loadwsgi.APP, "main")
        while context.object_type is loadwsgi.FILTER_WITH:
            around = context.filter_context
            answer["filters"].append({"local": around.local_conf, "of": str(around.object)})
            context = context.next_context
        answer["application"] = {**context.global_conf, **context.local_conf}
        for section in loader.parser.sections():
            kind, _, name = section.partition(":")
            if kind == "server":
                server = loader.get_context(loadwsgi.SERVER, name)
                answer["servers"][name] = {"local": server.local_conf, "of": server.object.__name__}
    except (LookupError, ImportError, ValueError, Error) as error:
        answer["problems"] = [f"{type(error).__name__}: {error}"]
    answer["application"] = {
        name: value for name, value in answer["application"].items() if name not in _PLACES
    }
    return answer


_PLACES = ("here", "__file__")

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    in_galaxys_place()
    answers = [said_of(path) for path in json.loads(Path(sys.argv[1]).read_text())]
    problems = [problem for answer in answers for problem in answer["problems"]]
    print(json.dumps({"ok": not problems, "problems": problems, "answers": answers}))
    sys.exit(0 if not problems else 1)
