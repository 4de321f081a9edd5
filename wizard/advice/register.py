"""Every rule there is: those of the modules named here, in their order."""

from __future__ import annotations

import textwrap
from functools import cache
from importlib import import_module

from wizard.advice.advice import Rule
from wizard.refusals import nearest

_WIDTH = 80
RULES_OF = (
    *("proxy", "proxy_agree", "proxy_words", "proxy_offload", "proxy_trust", "proxy_tools"),
    *("serving", "serving_environment", "serving_machine", "handlers", "uwsgi", "celery", "database"),
    *(
        "cluster",
        "cluster_real_user",
        "cluster_remote",
        "jobs",
        "jobs_files",
        "data",
        "data_store",
        "accounts",
    ),
)
"""The modules of this room that hold rules."""


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of all modules, in the order in which they stand there; loaded when they are first asked for."""
    modules = (import_module(f"wizard.advice.{name}") for name in RULES_OF)
    return tuple(one for module in modules for one in vars(module).values() if isinstance(one, Rule))


def nearest_code(code: str) -> str | None:
    """What to say of a code that no rule has."""
    near = nearest(code, [one.code for one in rules()])
    return f"did you mean {near}?" if near else None


def explained(code: str) -> str | None:
    """The text on the rule of this code, which ends with a newline; None where there is none."""
    one = find(code)
    if one is None:
        return None
    said = "\n\n".join(
        textwrap.fill(" ".join(part.split()), _WIDTH) for part in (one.look.__doc__ or "").split("\n\n")
    )
    return f"{one.code}: {one.level}\n\n{said}\n\nSource: {one.source}\n"


def find(code: str) -> Rule | None:
    """The rule of this code, or None."""
    return next((one for one in rules() if one.code == code), None)
