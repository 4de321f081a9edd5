"""What an answer needs and nobody gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.problems import Problem, Refused


def needed_answers(
    given: Mapping[str, Any], reasons: Mapping[str, str], way_out: str, file: str | None = None
) -> tuple[Any, ...]:
    """The answers to the questions of `reasons`, in this order.

    Raises Refused with each that is not given, the reason for it, and `way_out`, where `{question}` stands for it.
    """
    missing = [question for question in reasons if given.get(question) in (None, "")]
    if missing:
        raise Refused(
            [
                Problem(reasons[one], file, question=one, way_out=way_out.format(question=one))
                for one in missing
            ]
        )
    return tuple(given[question] for question in reasons)
