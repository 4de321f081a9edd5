"""A plan as text: a unified diff that `patch -p1` takes, and the table of options. No secret is ever shown.

A line that holds a secret stands in no hunk, neither as context nor as a change. The lines with a secret that come,
change or go are remarks below the hunks of their file; patch(1) passes over those, and leaves the old text's secrets as
they are. So a patched file is the new text without its new secrets: only `galaxy-setup apply` writes these.

Line ends are bytes of their line, as for patch(1): only a line feed ends one. A text with carriage returns, alone or
before the line feed, comes out of patch as it is meant (GNU patch 2.7 with or without --binary).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.file_plan import FilePlan
from wizard.files.lens import Change
from wizard.hunks import Hunk
from wizard.hunks import hunks as hunks_of
from wizard.plan import Plan
from wizard.redaction import shown

_NO_NEWLINE = "\\ No newline at end of file\n"
_C_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


@dataclass(frozen=True)
class OptionRow:
    """One changed option, redacted: where (`line` in the new text, else the old), what, and which questions ask it."""

    file: str
    line: int | None
    option: str
    before: str
    after: str
    questions: tuple[str, ...]


def options(plan: Plan) -> list[OptionRow]:
    """Every changed option of the plan, file by file."""
    return [_row(file.path, change) for file in plan.pending for change in file.changes]


def _row(path: str, change: Change) -> OptionRow:
    return OptionRow(
        path,
        change.line_after or change.line_before,
        change.option,
        shown(change.before, change.secrecy),
        shown(change.after, change.secrecy),
        change.questions,
    )


def unified(plan: Plan) -> str:
    """The unified diff of every file that would change; empty when none would."""
    return "".join(file_diff(file) for file in plan.pending)


def file_diff(file: FilePlan, hunks: Sequence[Hunk] | None = None) -> str:
    """One file's unified diff, redacted: hunks, then remarks on secrets; empty when the file stays as it is.

    `hunks` are those of the file, where they are at hand.
    """
    if file.before and file.before.text == file.after:
        return ""
    lines: list[str] = []
    remarks: list[str] = []
    for hunk in hunks_of(file) if hunks is None else hunks:
        into = remarks if hunk.on_secret else lines
        into.append(f"{hunk.head}\n")
        for line in hunk.lines:
            into += [f"{line.sign}{line.text}\n", *([] if line.ended else [_NO_NEWLINE])]
    path = posixpath.normpath("/" + file.path).lstrip("/")  # as Disk takes it; patch(1) refuses `..`
    if lines:
        old = _name("a/" + path) if file.before else "/dev/null"
        lines = [f"--- {old}\n", f"+++ {_name('b/' + path)}\n", *lines]
    if remarks or not lines:
        remarks.insert(0, _title(_quoted("/" + path), bool(lines), bool(remarks)))
    return "".join([*lines, *remarks])


def _title(path: str, hunks: bool, secrets: bool) -> str:
    if not secrets:
        return f"# {path} is new and empty; galaxy-setup apply writes it\n"
    if not hunks:
        return f"# only secrets change in {path}; galaxy-setup apply writes them\n"
    return f"# secrets of {path} stand in no hunk; galaxy-setup apply writes them\n"


def _name(path: str) -> str:
    """A name in a header. A tab ends one that has a space, for patch(1) takes a date to follow."""
    quoted = _quoted(path)
    return quoted + "\t" if " " in path and quoted == path else quoted


def _quoted(name: str) -> str:
    """A name as GNU diff and git write it.

    With a quote, a backslash, anything that does not print, or a space at its end it stands between quotes as in C, its
    bytes outside ASCII in octal.
    """
    if name.isprintable() and not name.endswith(" ") and not {'"', "\\"} & set(name):
        return name
    return '"' + "".join(_c_escape(byte) for byte in name.encode("utf-8", "surrogateescape")) + '"'


def _c_escape(byte: int) -> str:
    if byte in _C_ESCAPES:
        return "\\" + _C_ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
