"""Each fix does what it says: with its answers, the rule has nothing left to say of that."""

from __future__ import annotations

import importlib
import pkgutil
from functools import partial
from typing import Any

import pytest

import tests.advice as room
from tests.advice.scenes import Bad, found, scene_of, text_of
from wizard import statefile

_NAMES = {one.name for one in pkgutil.iter_modules(room.__path__)} - {"test_fixes", "test_register"}
_MODULES = [importlib.import_module(f"{room.__name__}.{name}") for name in sorted(_NAMES)]
_TABLES: list[Bad] = [module.BAD for module in _MODULES if hasattr(module, "BAD")]
_ALL = {code: case for table in _TABLES for code, case in table.items()}
_CASES = {code: case for code, case in _ALL.items() if isinstance(case, partial) and case.func is scene_of}


def _with(case: partial[Any], fix: dict[str, Any]) -> Any:
    """The scene of a case, with the answers of a fix laid over its own."""
    named = dict(case.keywords)
    preset = named.pop("preset", None)
    if named.get("before") is not None:
        named["before"] = text_of(named["before"], preset)
    text = text_of(case.args[0], preset)
    for question, value in fix.items():
        text = (
            statefile.disown(text, question) if value is None else statefile.set_answer(text, question, value)
        )
    return scene_of(text, **named)


@pytest.mark.parametrize("code", sorted(_CASES))
def test_a_fix_ends_what_it_is_for(code: str) -> None:
    case = _CASES[code]
    for finding in found(code, case()):
        if finding.fix:
            left = found(code, _with(case, dict(finding.fix)))
            assert finding.what not in [one.what for one in left]
