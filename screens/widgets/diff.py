"""A unified diff in colours; the signs at the line starts say the same without them."""

from __future__ import annotations

from textual.content import Content

_STYLE = {"+": "$success", "-": "$error", "@": "$accent", "#": "$muted", "\\": "$muted"}


def coloured(diff: str) -> Content:
    """The diff, line by line; its two header lines dim."""
    lines = []
    for line in diff.splitlines():
        header = line.startswith(("--- ", "+++ "))
        style = "$muted" if header else _STYLE.get(line[:1], "")
        lines.append(Content.styled(line, style) if style else Content(line))
    return Content("\n").join(lines)


def counts(diff: str) -> tuple[int, int]:
    """How many lines a unified diff adds and removes."""
    lines = [line for line in diff.splitlines() if not line.startswith(("--- a/", "--- /dev/null", "+++ b/"))]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)
