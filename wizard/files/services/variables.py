"""The environment of a service: what Galaxy needs there, and the variables that answers add.

Source: Gravity 1.2 (gravity.state, `_default_environment`); a service does not read the profile of a shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.answers.hints import home
from wizard.answers.question import Given
from wizard.files.services.programs import (
    SYSTEM_PATH,
    VIRTUALENV,
    Program,
    environment,
    executable,
    says_config,
)
from wizard.files.services.words import SPECIFIER
from wizard.problems import Problem, Refused

Variables = Mapping[str, str]

POOLS = "POOLS_"
"""What comes before a handler's name in the variable that holds its pools."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN_QUESTION = {
    "VIRTUAL_ENV": VIRTUALENV,
    "GALAXY_CONFIG_FILE": "groundwork.config_dir",
    "GALAXY_REPORTS_CONFIG": "proxy.reports_config",
}
"""Variables that other questions answer."""
_FOLLOWS = {**_OWN_QUESTION, "PATH": VIRTUALENV, "HOME": "groundwork.root"}
"""Variables whose values come of other answers, unless an answer sets them itself."""


def behind(name: str, asked: str | None) -> str | None:
    """The question whose answer a variable's value comes of; `asked` for one that an answer adds."""
    return _FOLLOWS.get(name, asked)


def ordinary(variables: Variables, root: str | None) -> dict[str, str]:
    """The values of a new service for variables that answers may give others to."""
    found = {"PYTHONPATH": "lib", "npm_config_yes": "true"}
    if "VIRTUAL_ENV" in variables:
        found["PATH"] = f"{variables['VIRTUAL_ENV']}/bin:{SYSTEM_PATH}"
    if root:
        found["HOME"] = str(home({"groundwork.root": root}))
    return found


def answers(program: Program, variables: Variables, root: str | None) -> list[dict[str, Any]]:
    """What the variables of a service answer, each form by itself."""
    forms: list[dict[str, Any]] = []
    virtualenv = variables.get("VIRTUAL_ENV", "")
    if virtualenv.startswith("/") and SPECIFIER not in virtualenv:
        forms.append({VIRTUALENV: virtualenv})
    usual = ordinary(variables, root)
    own = {
        name: value
        for name, value in variables.items()
        if name not in _OWN_QUESTION
        and not name.startswith(POOLS)
        and usual.get(name) != value
        and SPECIFIER not in value
    }
    if program.variables and own:
        forms.append({program.variables: own})
    return forms


def wanted(
    program: Program, actual: Variables, held: Given, given: Given, new: bool, with_home: bool = False
) -> dict[str, str | None]:
    """The variables to set, and those to take out (None). Raises Refused."""
    own = _own(program, given)
    if new:
        needed = environment(program, given)
        if with_home:
            needed["HOME"] = str(home(given))
        return {**needed, **own}
    changes: dict[str, str | None] = {}
    old, virtualenv = held.get(VIRTUALENV), given.get(VIRTUALENV)
    if virtualenv is not None and virtualenv != old:
        executable(VIRTUALENV, str(virtualenv))
        changes["VIRTUAL_ENV"] = str(virtualenv)
        path = actual.get("PATH")
        if path is None:
            changes["PATH"] = f"{virtualenv}/bin:{SYSTEM_PATH}"
        elif old is not None and path.startswith(f"{old}/bin:"):
            changes["PATH"] = f"{virtualenv}{path.removeprefix(old)}"
    if held.get("groundwork.root") and actual.get("HOME") == str(home(held)):
        changes["HOME"] = str(home(given))
    if says_config(given):
        for name, value in program.environment(given).items():
            # A program that does not say it finds the file by itself, as it did before.
            if name in actual and name in ("GALAXY_CONFIG_FILE", "GALAXY_REPORTS_CONFIG"):
                changes[name] = value
    if program.variables and program.variables in given:
        before = held.get(program.variables) or {}
        changes.update({name: value for name, value in own.items() if before.get(name) != value})
        usual = ordinary({**actual, **{n: v for n, v in changes.items() if v is not None}}, None)
        changes.update({name: usual.get(name) for name in before if name not in own})
    return {name: value for name, value in changes.items() if actual.get(name) != value}


def _own(program: Program, given: Given) -> dict[str, str]:
    own = dict(given.get(program.variables) or {}) if program.variables else {}
    question = _asked(program.variables)
    for name in own:
        if name in _OWN_QUESTION or name.startswith(POOLS):
            way_out = f"answer {_OWN_QUESTION.get(name, 'scaling.handlers')} instead"
            raise Refused(Problem(f"{name} is set by another answer", question=question, way_out=way_out))
        if not _NAME.fullmatch(name):
            what = "holds a name that no variable of a service can have"
            way_out = "use letters, digits and underscores, no digit first"
            raise Refused(Problem(what, question=question, way_out=way_out))
    return own


def _asked(question: str | None) -> str | None:
    """The question itself, for one that is a column of a table."""
    return question and ".".join(question.split(".")[:2])
