"""Making sure of an edit: what was written must read back as asked, or it is refused."""

from __future__ import annotations

from collections.abc import Callable

from wizard.problems import Problem, Refused


def make_sure(
    as_asked: Callable[[], bool], file: str | None, question: str | None, line: int | None = None
) -> None:
    """Raise Refused, about this question and line, unless `as_asked` reads the new text and finds what was asked for.

    A text that it cannot read, for which it raises Refused itself, is none that was asked for.
    """
    what = "this place would not read back as asked after the change"
    problem = Problem(what, file, line, question=question, way_out="edit it by hand")
    try:
        if as_asked():
            return
    except Refused as error:
        raise Refused(problem) from error
    raise Refused(problem)
