"""How advice is told: a block of lines, a line beside a plan, or JSON."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from typing import Any

from wizard.advice.advice import Advice
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.files.secrecy import secrecy_by_key
from wizard.redaction import shown as redacted
from wizard.typed import readable

_WIDTH = 100


def text_of(one: Advice, answered: str | None) -> str:
    """Advice as a block of lines, its place first; `answered` is where its question is answered."""
    finding = one.finding
    head = "  ".join(part for part in (one.level, one.code, finding.question, place_of(one)) if part)
    fix = f" (galaxy-setup check --fix {one.code})" if finding.fix else ""
    lines = [
        finding.what,
        f"why: {finding.why}",
        f"way out: {finding.way_out}{fix}",
        *([f"answered at: {answered}"] if answered else []),
        f"source: {one.source}",
    ]
    return "\n".join([head, *(_wrapped(line) for line in lines)])


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def place_of(one: Advice) -> str | None:
    """The file and line that advice is about."""
    finding = one.finding
    return f"{finding.file}:{finding.line}" if finding.file and finding.line else finding.file


def as_json(found: Iterable[Advice]) -> list[dict[str, Any]]:
    """Advice for programs; of a fix the answers, but for secrets."""
    return [
        {
            "code": one.code,
            "level": one.level,
            "question": one.finding.question,
            "file": one.finding.file,
            "line": one.finding.line,
            "what": one.finding.what,
            "why": one.finding.why,
            "way_out": one.finding.way_out,
            "source": one.source,
            "fix": {path: answer(path, value) for path, value in one.finding.fix.items()},
        }
        for one in found
    ]


def warn(found: Iterable[Advice]) -> None:
    """A line on standard error for each error and warning, for commands that show a plan."""
    for one in found:
        if one.level != "note":
            about = f"{one.finding.question}: " if one.finding.question else ""
            more = f"galaxy-setup explain {one.code} says more"
            print(f"galaxy-setup: {one.level}: {about}{one.finding.what}; {more}", file=sys.stderr)


def answer(path: str, value: Any) -> str:
    """An answer in one line, without a secret."""
    asked = questions().get(path)
    if value is None:
        return "not given"
    if asked is None:
        return redacted(value, secrecy_by_key((path.rpartition(".")[2],), value))
    if asked.shape == "secret" and not isinstance(value, Secret):
        value = asked.parse(value)
    return readable(asked, value)
