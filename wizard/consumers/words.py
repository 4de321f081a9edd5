"""What a program said of a file: where, in its own words, and whose answer it is. Never with a secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.file_plan import FilePlan
from wizard.files import LENSES
from wizard.problems import Refused
from wizard.redaction import fingerprint, secret_lines

_LONGEST = 300
_QUOTED = re.compile(r"\"[^\"]*\"?|'[^']*'?|`[^`']*['`]?|“[^”]*”?")
_ABOVE = 5
"""A program names the line where a directive ends: the secret may stand so many lines above."""


@dataclass(frozen=True)
class Complaint:
    """One thing that a program has against its configuration: path below the root, line, the program's words."""

    words: str
    file: str | None = None
    line: int | None = None
    passing: bool = False
    """Whether the program only passes over it, as systemd does over a key of a newer systemd."""

    def same(self, other: Complaint) -> bool:
        """Whether both are the same but for the lines."""
        return (self.file, _numberless(self.words)) == (other.file, _numberless(other.words))


def _numberless(words: str) -> str:
    return re.sub(r"(?<=[:\s])\d+", "", words)


def questions(file: FilePlan, line: int | None) -> tuple[str, ...]:
    """The questions that own a line of the new text: of the change that it is in, else of the answer that it holds."""
    if line is None:
        return ()
    found = [
        question
        for change in file.changes
        if change.line_after is not None
        and change.line_after <= line < change.line_after + change.lines_after
        for question in change.questions
    ]
    return tuple(dict.fromkeys(found)) or tuple(_held(file, line))


def _held(file: FilePlan, line: int) -> Iterable[str]:
    for lens in LENSES:
        if lens.name in file.lenses:
            try:
                lines = lens.read(file.after, file.path).lines
            except Refused:
                continue
            yield from (question for question, place in lines.items() if place == line)


def told(complaint: Complaint, about: FilePlan | None, files: Sequence[FilePlan]) -> str:
    """The words, fit for a message.

    Of a line with a secret nothing is quoted, nor of a file that is none of `files`: nobody knows what it holds.
    """
    words = " ".join(complaint.words.split())
    words = "".join(letter if letter.isprintable() else "?" for letter in words)
    secrets = {secret for file in files for secret in _secrets(file)}
    if about is None or complaint.line is None:
        near = complaint.file is not None and about is None
    else:
        hidden = secret_lines(about.after, about.secrets_after)
        near = not hidden.isdisjoint(range(complaint.line - _ABOVE, complaint.line + 1))
    if near:
        words = _QUOTED.sub("…", words)
        if _quotes(words, secrets):
            return "its words are not shown, for they quote a secret"
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, fingerprint(secret))
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


def _secrets(file: FilePlan) -> Iterable[str]:
    yield from (file.after[span.start : span.end] for span in file.secrets_after if span.end > span.start)
    before = file.before.text if file.before is not None else ""
    yield from (before[span.start : span.end] for span in file.secrets_before if span.end > span.start)


def _quotes(words: str, secrets: Iterable[str]) -> bool:
    """Whether a part of a secret, cut at whatever cuts a value, stands in the words."""
    parts = {part for secret in secrets for part in re.split(r"\W+", secret) if len(part) > 2}
    return any(part in words for part in parts)
