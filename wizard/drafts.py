"""What was typed and is no answer (yet): refused texts, rows that are not whole, and the place where the admin stopped.

They are kept beside the answers file, as FILE.drafts (0600), and shown again when it is opened. No secret is in that
file: what may be one is held in memory alone. The file is gone as soon as there is nothing to keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.option_asked import asked_at
from wizard.problems import Problem, Refused
from wizard.storage import save_text
from wizard.typed import shown

if TYPE_CHECKING:
    from wizard.answers.questions import Asked

FORMAT = 1
NEW = -1
"""The index of a row that the table does not have yet; there is one at a time."""
_LARGEST = 1 << 20
_NAMED = re.compile(
    r"(pass(word|wd|phrase|code)?|secret|token|_key|apikey|credentials?|_pwd?|signature|sas|sig|auth\w*)\W|^key\W",
    re.I | re.M,
)
_URL_WITH_NAME = re.compile(r"://[^/\s]*:")
_HOST_AND_PORT = re.compile(r"https?://(localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-f:]+\]):[0-9]{1,5}(/\S*)?", re.I)


@dataclass(frozen=True)
class Draft:
    """What stands in a field: its text (None: it has none), and why it is refused (nothing: not accepted yet)."""

    text: str | None = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class RowBegun:
    """A row of a table that is not kept as it stands in its form; `index` is NEW for one that the table has not."""

    index: int
    given: Mapping[str, Any] = field(repr=False)
    """The columns that are given, by name."""
    typed: Mapping[str, Draft] = field(default_factory=dict, repr=False)
    """The columns whose text is refused, by name."""
    why: str = ""

    @property
    def said(self) -> str:
        """Which row, and what keeps it out of the table."""
        return f"{'a new row' if self.index == NEW else f'row {self.index + 1}'} was begun: {self.why}"


@dataclass(frozen=True)
class Place:
    """Where the admin was: a section (or `review`), and the question there."""

    section: str
    question: str | None = None


class Drafts:
    """The drafts of one answers file. `trouble` says why they cannot be kept on disk, when they cannot."""

    def __init__(self, answers: Path, ephemeral: bool = False) -> None:
        self.answers = answers
        self.fields: dict[str, Draft] = {}
        self.rows: dict[str, dict[int, RowBegun]] = {}
        self.place: Place | None = None
        self.seen: set[str] = set()
        self.trouble: Problem | None = None
        self._ephemeral = ephemeral
        self._writing = RLock()
        """Held while they are written: an apply moves them in its thread, and a timer saves them in another."""
        self._on_disk: str | None = None
        self._read()

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return self.answers.with_name(f"{self.answers.name}.drafts")

    # what is held

    def hold(self, path: str, draft: Draft) -> None:
        """Keep what was typed for a question, in place of what was typed before."""
        self.fields[path] = draft
        self.save()

    def drop(self, path: str) -> Draft | None:
        """Forget what was typed for a question: it is answered, or it was taken back."""
        found = self.fields.pop(path, None)
        if found is not None:
            self.save()
        return found

    def hold_row(self, path: str, row: RowBegun) -> None:
        """Keep a row of the table `path` that is not whole."""
        self.rows.setdefault(path, {})[row.index] = row
        self.save()

    def drop_row(self, path: str, index: int) -> None:
        """Forget a row: it is kept in the table, or it was thrown away."""
        if self.rows.get(path, {}).pop(index, None) is not None:
            self.rows = {table: rows for table, rows in self.rows.items() if rows}
            self.save()

    def follow(self, path: str, before: list[Any], after: list[Any]) -> None:
        """Have the rows that were begun follow theirs, after rows of the table were moved, added or deleted."""
        moved: dict[int, RowBegun] = {}
        for index, row in self.rows.get(path, {}).items():
            if index == NEW or index >= len(before):
                new = index
            elif index < len(after) and (len(after) == len(before) and before[index] not in after):
                new = index  # the row itself was edited
            elif before[index] in after:
                new = after.index(before[index])
            else:
                continue  # deleted
            moved[new] = replace(row, index=new)
        if moved != self.rows.get(path, {}):
            self.rows = (
                {**self.rows, path: moved} if moved else {k: v for k, v in self.rows.items() if k != path}
            )
            self.save()

    def stand(self, place: Place | None, seen: Iterable[str] = ()) -> None:
        """Keep where the admin is now, and which sections were looked at."""
        self.place = place
        self.seen |= set(seen)
        self.save()

    def problems(self) -> list[Problem]:
        """One for every draft: what is refused, or not accepted yet, or not whole."""
        found = []
        for path, draft in self.fields.items():
            what = "; ".join(problem.what for problem in draft.problems)
            said = f"what was typed is refused: {what}" if what else "what was typed is not accepted yet"
            found.append(Problem(said, question=path, way_out="mend it, or take it back"))
        for path, rows in self.rows.items():
            found += [Problem(row.said, question=path) for row in rows.values()]
        return found

    # on disk

    def move(self, answers: Path) -> None:
        """Go with the answers file to another place."""
        with self._writing:
            if answers != self.answers:
                self._put("")
                self.answers, self._on_disk = answers, None
                self.save()

    def save(self) -> None:
        """Put everything on disk that no secret can be in; what stands in the way is `trouble` from now on."""
        with self._writing:
            if not self._ephemeral and (self.trouble is None or self.trouble.file != str(self.file)):
                self._put(self._text())

    def _put(self, text: str) -> None:
        if text == (self._on_disk or ""):
            return
        try:
            if text:
                save_text(self.file, text, private=True)
            else:
                self.file.unlink(missing_ok=True)
        except (Refused, OSError) as error:
            what = (
                error.problems[0].what
                if isinstance(error, Refused)
                else f"cannot be removed: {error.strerror}"
            )
            self.trouble = Problem(f"drafts are not kept: {what}", question=None)
            return
        self._on_disk, self.trouble = text, None

    def _text(self) -> str:
        fields = {path: _written(asked_at(path), draft) for path, draft in self.fields.items()}
        rows = {
            path: [_row_written(path, row) for row in begun.values()] for path, begun in self.rows.items()
        }
        kept: dict[str, Any] = {"fields": {path: one for path, one in fields.items() if one}, "rows": rows}
        if any(kept.values()) or self.answers.exists():
            kept["place"] = [self.place.section, self.place.question] if self.place else None
            kept["seen"] = sorted(self.seen) if self.place else []
        kept = {name: value for name, value in kept.items() if value}
        return json.dumps({"drafts": FORMAT, **kept}, ensure_ascii=False, indent=1) + "\n" if kept else ""

    def _read(self) -> None:
        """What was kept before. A file that is none of ours is left alone, and nothing is kept then."""
        try:
            if self._ephemeral or not self.file.is_file():
                return
            with self.file.open("rb") as stream:
                text = stream.read(_LARGEST).decode("utf-8")
            self._take(json.loads(text))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            self.fields, self.rows, self.place, self.seen = {}, {}, None, set()
            self.trouble = Problem(
                "cannot be read: no drafts are kept", str(self.file), way_out="move it away"
            )
            return
        self._on_disk = text

    def _take(self, raw: Any) -> None:
        if raw["drafts"] != FORMAT:
            raise ValueError
        known = questions()
        fields = raw.get("fields", {}).items()
        self.fields = {path: _read_draft(one) for path, one in fields if asked_at(path) is not None}
        for path, rows in raw.get("rows", {}).items():
            if path in known and known[path].row:
                found = (_read_row(known[path], one) for one in rows)
                self.rows[path] = {row.index: row for row in found}
        if place := raw.get("place"):
            self.place = Place(str(place[0]), place[1] if place[1] in known else None)
        self.seen = set(map(str, raw.get("seen", ())))


def may_be_secret(asked: Asked | None, text: str) -> bool:
    """Whether a secret may stand in what was typed for a question. In doubt: yes."""
    if asked is None:
        return True
    if asked.shape == "secret" or asked.question.secret:
        return not text.startswith(("env:", "file:"))
    return bool(
        _NAMED.search(f"{text} ") or (_URL_WITH_NAME.search(text) and not _HOST_AND_PORT.fullmatch(text))
    )


NOT_KEPT = "what was typed here may be a secret, which no draft keeps; type it again"


def _written(asked: Asked | None, draft: Draft) -> dict[str, Any]:
    """A draft as JSON; nothing for what is no text."""
    if draft.text is None:
        return {}
    if may_be_secret(asked, draft.text):
        return {"text": "", "why": [[NOT_KEPT, None]]}
    # What is wrong may name what is wrong in it: no more is said than the field's own text.
    return {"text": draft.text, "why": [[problem.what, problem.way_out] for problem in draft.problems]}


def _read_draft(raw: Any) -> Draft:
    return Draft(str(raw["text"]), tuple(Problem(str(what), way_out=way_out) for what, way_out in raw["why"]))


def _row_written(path: str, row: RowBegun) -> dict[str, Any]:
    columns = {column.name: column for column in questions()[path].row_questions}
    given = {
        name: value
        for name, value in row.given.items()
        if name in columns and not _holds_secret(columns[name], value)
    }
    typed = {name: _written(columns.get(name), draft) for name, draft in row.typed.items()}
    lost = {name: {"text": "", "why": [[NOT_KEPT, None]]} for name in row.given if name not in given}
    return {
        "index": row.index,
        "why": row.why,
        "given": {
            name: value.to_toml() if isinstance(value, Secret) else value for name, value in given.items()
        },
        "typed": {**lost, **{name: one for name, one in typed.items() if one}},
    }


def _holds_secret(column: Asked, value: Any) -> bool:
    if isinstance(value, Secret):
        return value.is_literal
    return may_be_secret(column, shown(column, value))


def _read_row(table: Asked, raw: Any) -> RowBegun:
    columns = {column.name: column for column in table.row_questions}
    typed = {name: _read_draft(one) for name, one in raw["typed"].items() if name in columns}
    given: dict[str, Any] = {}
    for name, value in raw["given"].items():
        if name in columns and name not in typed:
            try:
                given[name] = columns[name].parse(value)
            except ValidationError:
                typed[name] = Draft(shown(columns[name], value))
    return RowBegun(int(raw["index"]), given, typed, str(raw["why"]))
