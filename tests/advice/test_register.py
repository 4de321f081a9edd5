"""The rules as a whole: no code twice, a source for each, and a bad case that fires it."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import tests.advice as room
from tests.advice.scenes import Bad, found
from wizard.advice.register import rules
from wizard.answers.questions import questions

_MODULES = [
    importlib.import_module(f"{room.__name__}.{one.name}") for one in pkgutil.iter_modules(room.__path__)
]
_TABLES: list[Bad] = [module.BAD for module in _MODULES if hasattr(module, "BAD")]
BAD = {code: case for table in _TABLES for code, case in table.items()}


def test_every_code_is_one_rules_own() -> None:
    codes = [one.code for one in rules()]
    assert len(codes) == len({*codes})
    assert all(re.fullmatch(r"[a-z]+\.[a-z0-9-]+", code) for code in codes)


def test_every_rule_says_where_it_comes_from_and_what_it_is_about() -> None:
    for one in rules():
        assert one.source and not one.source.endswith(".md"), one.code
        assert (one.look.__doc__ or "").strip(), one.code


def test_every_rule_has_a_bad_case() -> None:
    assert BAD.keys() == {one.code for one in rules()}


@pytest.mark.parametrize("code", sorted(BAD))
def test_its_bad_case_fires_it(code: str) -> None:
    findings = found(code, BAD[code]())
    assert findings
    for finding in findings:
        sentences = (finding.what, finding.why, finding.way_out)
        assert all(sentence and not sentence.endswith(".") for sentence in sentences)
        assert finding.question is None or finding.question in questions() or "options." in finding.question
        assert all(path in questions() or path.startswith("options.") for path in finding.fix)
