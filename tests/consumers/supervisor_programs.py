"""Which programs does supervisord make of these files? Its own reader, on paths and accounts that need not be here.

usage: supervisor_programs.py FILE

FILE holds a JSON list of paths. prints: ok, problems, and answers: for each path `problem` (why it is refused, or null)
and `programs`, each with its settings as texts and the words of its command.
"""

from __future__ import annotations

import json
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def here_or_not() -> None:
    """Neither the directories nor the accounts of that server are on this machine."""
    for name in ("supervisor.datatypes", "supervisor.options"):
        module = import_module(name).__dict__
        module.update(existing_dirpath=lambda path: path, existing_directory=lambda path: path)
        module.update(name_to_uid=lambda account: f"uid of {account}")


def said_of(path: str) -> dict[str, Any]:
    options = import_module("supervisor.options").ServerOptions()
    options.configfile = path
    options.expansions = {"ENV_HOME": "live", "here": "live", "host_node_name": "live"}
    problem: list[str] = []

    def usage(message: str) -> None:
        raise ValueError(message)

    options.usage = usage
    try:
        options.process_config_file(do_usage=False)
    except ValueError as refusal:
        problem.append(str(refusal))
    groups = [] if problem else options.configroot.supervisord.process_group_configs
    found = []
    for group in groups:
        for one in group.process_configs:
            settings = {name: _plain(value) for name, value in vars(one).items() if name != "options"}
            try:
                settings["command"] = shlex.split(one.command)
            except ValueError as refusal:
                problem.append(f"command: {refusal}")
            found.append([group.name, settings])
    return {"problem": problem[0] if problem else None, "programs": found}


def _plain(value: Any) -> Any:
    return {str(name): str(one) for name, one in value.items()} if isinstance(value, dict) else str(value)


if __name__ == "__main__":
    here_or_not()
    answers = [said_of(path) for path in json.loads(Path(sys.argv[1]).read_text())]
    problems = [answer["problem"] for answer in answers if answer["problem"]]
    print(json.dumps({"ok": not problems, "problems": problems, "answers": answers}))
    sys.exit(0 if not problems else 1)
