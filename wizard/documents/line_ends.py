"""Bytes that most readers pass over and some take for part of the text: carriage returns, and a byte order mark."""

from __future__ import annotations

from wizard.problems import Problem, Refused

MARK = "\ufeff"


def need_no_mark(text: str, file: str | None, reader: str) -> None:
    """Raise Refused where `text` begins with a byte order mark, which `reader` takes for part of the first word."""
    if text.startswith(MARK):
        what = f"a byte order mark, which {reader} takes for part of the first word"
        raise Refused(Problem(what, file, 1, 1, way_out="remove it: sed -i '1s/^\\xef\\xbb\\xbf//'"))


def need_line_feeds(text: str, file: str, reader: str, start: int = 0, end: int | None = None) -> None:
    """Raise Refused for the first line of `text[start:end]` that ends with a carriage return.

    For a `reader` that takes it for part of the line.
    """
    place = text.find("\r\n", start, end)
    if place >= 0:
        raise returned(file, text.count("\n", 0, place) + 1, reader)


def returned(file: str, line: int, reader: str) -> Refused:
    """The refusal for a line that ends with a carriage return."""
    what = f"ends with a carriage return, which {reader} takes for part of the line"
    return Refused(Problem(what, file, line, way_out="remove them: sed -i 's/\\r$//'"))
