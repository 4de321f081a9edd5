"""A unified diff in colours; the signs at the line starts say the same without them."""

from __future__ import annotations

from textual.content import Content

_STYLE = {"+": "$success", "-": "$error", "@": "$accent", "#": "$muted", "\\": "$muted"}


def coloured(diff: str) -> Content:
    """The diff of one file, line by line; what stands before its first hunk dim, control characters spelled out."""
    lines = []
    header = True
    for line in _lines(diff):
        header = header and not line.startswith("@@ ")
        style = "$muted" if header else _STYLE.get(line[:1], "")
        text = printable(line)
        lines.append(Content.styled(text, style) if style else Content(text))
    return Content("\n").join(lines)


def printable(text: str) -> str:
    """`text` with control characters spelled out."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def counts(diff: str) -> tuple[int, int]:
    """How many lines the hunks of one file's unified diff add and remove."""
    lines = _lines(diff)
    first = next((number for number, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    hunks = lines[first:]
    return sum(line.startswith("+") for line in hunks), sum(line.startswith("-") for line in hunks)


def _lines(diff: str) -> list[str]:
    """Lines as patch(1) counts them: only a line feed ends one."""
    return diff.removesuffix("\n").split("\n") if diff else []
