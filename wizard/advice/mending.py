"""Answers that put right what advice is about: which of them are taken together, and what stands in their way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wizard.advice.advice import Advice


@dataclass(frozen=True)
class Mending:
    """The answers that mend `mended`, by question; None takes one back. `left` has a fix that contradicts another's."""

    answers: dict[str, Any] = field(default_factory=dict, repr=False)
    mended: tuple[Advice, ...] = ()
    left: tuple[Advice, ...] = ()


def mending(found: Iterable[Advice]) -> Mending:
    """What the fixes of `found` come to; of two that answer a question differently, the first is taken."""
    answers: dict[str, Any] = {}
    mended, left = [], []
    for one in found:
        fix = one.finding.fix
        if not fix:
            continue
        if any(path in answers and answers[path] != value for path, value in fix.items()):
            left.append(one)
            continue
        answers.update(fix)
        mended.append(one)
    return Mending(answers, tuple(mended), tuple(left))
