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
from wizard.record import AppliedFile


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


@dataclass(frozen=True)
class Reverted:
    """A text without the answers that were taken back, what that changed, and what had to be left."""

    text: str
    changes: tuple[Change, ...] = ()
    left: tuple[Problem, ...] = ()


def hand_edits(lenses: Sequence[Lens], then: Given, text: str, file: str) -> tuple[Change, ...]:
    """What has to change in `text` for it to hold the answers `then` again."""
    return tuple(change for lens in lenses for change in lens.write(then, text, file).changes)


def revert(
    lenses: Sequence[Lens], then: Given, gone: Collection[str], applied: AppliedFile, text: str, file: str
) -> Reverted:
    """`text` with each option that an answer of `gone` had set as it was before, where it still is as applied.

    `then` are all answers of the last apply.
    """
    kept = {path: value for path, value in then.items() if path not in gone}
    try:
        before, without = _written(lenses, then, applied.original, file), None
        without = _written(lenses, kept, applied.original, file)
    except Refused:
        if without is None:
            what = "stays as it is: the file cannot be put together without this answer"
            return Reverted(text, left=tuple(Problem(what, file, question=path) for path in sorted(gone)))
        raise
    if before == without:
        return Reverted(text)
    after = carry(before, without, text).text
    wanted = _of(gone, hand_edits(lenses, then, without, file))
    done = {change.option: change for change in _of(gone, hand_edits(lenses, then, after, file))}
    held = {change.option for change in _of(gone, hand_edits(lenses, then, text, file))}
    changes = [_inverse(done[one.option]) for one in wanted if one.option in done and one.option not in held]
    left = [
        Problem(
            f"{one.option} was edited by hand since the last apply; it is left as it is",
            file,
            one.line_after,
            question=", ".join(one.questions),
        )
        for one in wanted
        if one.option in held or one.option not in done
    ]
    return Reverted(after, tuple(changes), tuple(left))


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
    merged = {key: held.get(key) if key in edited else value for key, value in now.items()}
    merged.update({key: held[key] for key in edited if key in held})
    return {key: value for key, value in merged.items() if value is not None}


def _rows(rows: Any) -> dict[Any, Any]:
    return {next(value for _, value in row): row for row in rows or () if isinstance(row, Row)}
