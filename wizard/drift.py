"""What happened to managed files since the last apply, and answers that were taken back: option by option.

Both follow from the lenses. Writing the answers that were applied into the file as it is now changes just those options
that somebody else has changed since. And the file as it was before us, written with and without an answer, shows what
the answer did there, commented lines included.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from wizard.answers.question import Given
from wizard.answers.section import Row
from wizard.files.lens import Change, Lens
from wizard.line_diff import carry
from wizard.problems import Problem, Refused


@dataclass(frozen=True)
class Drift:
    """One managed option that was edited by hand since the last apply; the whole file at `path` when there is none.

    `change` leads back: `before` is what the file holds now, `after` what was applied. `overwritten` when an apply
    would write over the edit.
    """

    path: str
    change: Change | None
    overwritten: bool = False

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What was done to the option."""
        if self.change is None:
            return "removed"
        if self.change.after is None:
            return "added"
        return "removed" if self.change.before is None else "changed"


def hand_edits(lenses: Sequence[Lens], then: Given, text: str, file: str) -> tuple[Change, ...]:
    """What has to change in `text` for it to hold the answers `then` again."""
    return tuple(change for lens in lenses for change in lens.write(then, text, file).changes)


def rebased(lenses: Sequence[Lens], then: Given, now: Given, original: str, text: str, file: str) -> str:
    """`text` with what leads from the answers `then` to `now`, as it would be on the original.

    An answer that was taken back or is again what the file said before us so gives its lines back as they were. Where
    somebody changed these lines, or the original cannot hold such answers, `text` stays.
    """
    try:
        before, after = _written(lenses, then, original, file), _written(lenses, now, original, file)
        carried = text if before == after else carry(before, after, text).text
        for lens in lenses:
            lens.read(carried, file)
    except Refused:
        return text
    return carried


def left_behind(
    lenses: Sequence[Lens], then: Given, now: Given, original: str, texts: tuple[str, str], file: str
) -> tuple[Problem, ...]:
    """What is still there of answers that were taken back, each with the reason.

    `texts` are the file as found, and as it will be.
    """
    gone = then.keys() - now.keys()
    found, after = texts
    held = {change.option: change for change in _of(gone, hand_edits(lenses, then, found, file))}
    undone = {change.option for change in _of(gone, hand_edits(lenses, then, after, file))}
    try:
        wanted = _of(gone, hand_edits(lenses, then, _written(lenses, now, original, file), file))
    except Refused:
        what = "was taken back, and stays as it is: the file cannot be put together without it"
        return tuple(Problem(what, file, question=path) for path in sorted(gone))
    return tuple(
        Problem(
            f"{one.option} {_why_left(one.option in held)}; it is left as it is",
            file,
            question=", ".join(one.questions),
        )
        for one in wanted
        if not _back(one, held.get(one.option)) and (one.option in held or one.option not in undone)
    )


def _back(wanted: Change, held: Change | None) -> bool:
    """Whether an option is already as it would be without the answer."""
    return held is not None and held.before == wanted.before


def _why_left(edited: bool) -> str:
    if edited:
        return "was edited by hand since the last apply"
    return "stands elsewhere, or beside other lines, than where galaxy-setup wrote it"


def taken_back(
    lenses: Sequence[Lens], then: Given, now: Given, found: str, after: str, file: str
) -> list[Change]:
    """The options that went back with their answers: from `found` to `after`."""
    gone = then.keys() - now.keys()
    held = {change.option for change in hand_edits(lenses, then, found, file)}
    undone = _of(gone, hand_edits(lenses, then, after, file))
    return [_inverse(change) for change in undone if change.option not in held]


def _written(lenses: Sequence[Lens], given: Given, text: str, file: str) -> str:
    for lens in lenses:
        text = lens.write(given, text, file).text
    return text


def _of(questions: Collection[str], changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if any(question in questions for question in change.questions)]


def _inverse(change: Change) -> Change:
    return replace(
        change,
        before=change.after,
        after=change.before,
        line_before=change.line_after,
        line_after=change.line_before,
        lines_after=1 if change.line_before else 0,
        lead=0,
    )


def kept(then: Any, held: Any, now: Any) -> Any:
    """The answer that keeps what was edited by hand: `now` with what differs between `then` and `held` (the file).

    Tables are taken row by row (by their first column), maps key by key, all else as a whole.
    """
    if held is None or not isinstance(now, type(held)):
        return held
    if isinstance(held, dict) and isinstance(then, dict):
        return _kept_parts(then, held, now)
    if isinstance(held, list) and any(isinstance(row, Row) for row in held):
        parts = _kept_parts(_rows(then), _rows(held), _rows(now))
        return list(parts.values())
    return held


def _kept_parts(then: Mapping[Any, Any], held: Mapping[Any, Any], now: Mapping[Any, Any]) -> dict[Any, Any]:
    edited = {key for key in {**then, **held} if then.get(key) != held.get(key)}
    merged = {
        key: _kept_row(then.get(key), held.get(key), value) if key in edited else value
        for key, value in now.items()
    }
    merged.update({key: held[key] for key in edited if key in held and key not in now})
    return {key: value for key, value in merged.items() if value is not None}


def _kept_row(then: Any, held: Any, now: Any) -> Any:
    """Of a row that was edited by hand in one column and answered anew in another, both."""
    if not (isinstance(then, Row) and isinstance(held, Row) and isinstance(now, Row)):
        return held
    edited = {name: value for name, value in held if value != getattr(then, name, None)}
    return now.model_copy(update=edited)


def _rows(rows: Any) -> dict[Any, Any]:
    return {next(value for _, value in row): row for row in rows or () if isinstance(row, Row)}
