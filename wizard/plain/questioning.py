"""Asks one question until it is answered, kept or left; a table by its rows, a row by its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wizard.answers.questions import Asked
from wizard.plain.asking import default_of, how, parts, question_lines, row_line, told, typed
from wizard.plain.keeping import Keeper, Keeping
from wizard.plain.tables import RowDraft, copied, fields, moved, numbered, removed
from wizard.plain.talk import Ended, Talk
from wizard.plain.words import (
    AT_MAP,
    AT_QUESTION,
    AT_TABLE,
    EVERYWHERE,
    IN_ROW,
    OF_SECRET,
    ON,
    Command,
    Word,
    listed,
    read,
)
from wizard.problems import Problem, Refused

Aside = Callable[[Command, str], bool]
"""Does what a command asks without leaving the question (whose path it gets); False when it is to be left."""


class Questioner:
    """Asks with the words that a question has; whoever owns it knows the other ones (`aside`)."""

    def __init__(self, talk: Talk, keeping: Keeping, aside: Aside) -> None:
        self._talk, self._keeping, self._aside = talk, keeping, aside
        self.refused: dict[str, str] = {}
        """Why what was typed last to a question is not kept, by its path."""

    def ask(self, asked: Asked) -> Command:
        """Ask one question of a section; `ON` once it is settled, else what was typed to leave it."""
        if asked.shape == "rows":
            return self._table(asked)
        return self._one(asked, self._keeping, ())

    # one question

    def _one(self, asked: Asked, keeper: Keeper, more: Sequence[Word]) -> Command:
        words = (*_of(asked), *more)
        self._show(asked, keeper)
        while True:
            unseen = asked.shape == "secret"
            line = self._talk.ask(f"{asked.question.title}: ", unseen)
            command = read(line, words)
            if command is None and line.strip():
                if self._answer(asked, keeper, line):
                    return ON
                continue
            if command is None:
                self._let_be(asked)
                return ON
            if command.name == "help":
                self._talk.say(*listed(words))
            elif command.name == "remove":
                self._taken_out(asked, keeper, command.rest)
            elif command.name in _GIVING:
                if self._give(asked, keeper, _GIVING[command.name](asked, keeper)):
                    return ON
            elif not self._aside(command, asked.path):
                return command

    def _show(self, asked: Asked, keeper: Keeper) -> None:
        session, in_row = self._keeping.session, "[]" in asked.path
        self._talk.say(
            "",
            *question_lines(
                asked,
                keeper.value(asked.path),
                origin=None if in_row else session.origin(asked.path),
                suggestion=keeper.suggestion(asked.path),
                worth=session.worth(asked.path),
                default=default_of(asked, session.given),
            ),
        )

    def _let_be(self, asked: Asked) -> None:
        """An empty line: what is given stays. From a pipe it may have been meant for another question."""
        if self._talk.interactive:
            self.refused.pop(asked.path, None)

    def _answer(self, asked: Asked, keeper: Keeper, line: str) -> bool:
        """Have what was typed kept; whether the question is settled."""
        try:
            value = typed(asked, line)
        except ValueError as error:
            self._complain(asked.path, [Problem(str(error))])
            return False
        if asked.shape != "map":
            return self._give(asked, keeper, value)
        if value is not None:
            self._give(asked, keeper, {**(keeper.value(asked.path) or {}), **value})
        return False

    def _taken_out(self, asked: Asked, keeper: Keeper, name: str) -> None:
        held = keeper.value(asked.path) or {}
        if name not in held:
            self._talk.say(f"There is no {name or 'name'} to take out.")
            return
        self._give(asked, keeper, {key: value for key, value in held.items() if key != name} or None)

    def _give(self, asked: Asked, keeper: Keeper, value: Any) -> bool:
        """Have `value` kept (None: take the answer back); False, and why is said, when it is refused."""
        if value is _NONE:
            self._talk.say("There is no suggestion.")
            return False
        try:
            if value is None:
                keeper.clear(asked.path)
            else:
                keeper.accept(asked.path, value)
        except Refused as refused:
            self._complain(asked.path, refused.problems)
            return False
        self.refused.pop(asked.path, None)
        kept = "Cleared, now" if value is None else "In the row:" if "[]" in asked.path else "Kept:"
        self._talk.say(f"{kept} {told(asked, keeper.value(asked.path))}.")
        return True

    def _complain(self, path: str, problems: Sequence[Problem]) -> None:
        reasons = [_said(problem) for problem in problems]
        self.refused[path] = "; ".join(reasons)
        self._talk.say(*(f"Not kept: {reason.rstrip('.')}." for reason in reasons))

    # tables

    def _table(self, asked: Asked) -> Command:
        words = (*_of(asked), *AT_TABLE)
        self._show(asked, self._keeping)
        while True:
            line = self._talk.ask(f"{asked.question.title}: ")
            command = read(line, words)
            if command is None and not line.strip():
                self._let_be(asked)
                return ON
            if command is None:
                self._complain(asked.path, [Problem("that is no word of a table", way_out=how(asked))])
            elif command.name == "help":
                self._talk.say(*listed(words))
            elif command.name in ("clear", "suggest"):
                if self._give(asked, self._keeping, _GIVING[command.name](asked, self._keeping)):
                    return ON
            elif command.name in _ON_ROWS:
                self.refused.pop(asked.path, None)
                left = self._edited(asked, command)
                if left is not ON:
                    return left
            elif not self._aside(command, asked.path):
                return command

    def _edited(self, asked: Asked, command: Command) -> Command:
        """Do what a command says to the rows; what was typed to leave, or `ON` to stay."""
        rows = list(self._keeping.value(asked.path) or ())
        left = ON
        try:
            if command.name == "add":
                left = self._row(RowDraft(asked, rows, len(rows), {}, self._keeping))
            elif command.name in ("edit", "copy"):
                at = numbered(command.rest, rows)
                edit = command.name == "edit"
                start = fields(rows[at]) if edit else copied(asked, rows[at])
                left = self._row(RowDraft(asked, rows, at if edit else len(rows), start, self._keeping))
            else:
                change = removed if command.name == "remove" else moved
                self._give(asked, self._keeping, change(rows, command.rest) or None)
        except ValueError as error:
            self._complain(asked.path, [Problem(str(error))])
            return ON
        if left is ON:
            self._talk.say(*(f"    {line}" for line in parts(asked, self._keeping.value(asked.path))))
        return left

    def _row(self, draft: RowDraft) -> Command:
        """Ask the columns of a row; `ON` when it is done, else what was typed to leave all of it."""
        self._talk.say("", f"A row of {draft.table.question.title}.")
        try:
            return self._columns(draft)
        except Ended:
            if draft.changed and (refusal := draft.refusal()) is not None:
                self._complain(draft.table.path, refusal.problems)
            raise

    def _columns(self, draft: RowDraft) -> Command:
        at = 0
        while True:
            columns = draft.applying()
            command = self._one(columns[at], draft, IN_ROW) if at < len(columns) else Command("done")
            if command.name == "next":
                at += 1
            elif command.name == "back" and at > 0:
                at -= 1
            elif command.name == "cancel":
                self._cancel(draft)
                return ON
            elif not draft.changed:
                return ON if command.name in ("back", "done") else command
            else:
                refusal = draft.refusal()
                if refusal is None:
                    return self._row_kept(draft, command)
                self._complain(draft.table.path, refusal.problems)
                if command.name == "quit":
                    return command
                self._talk.say("Mend it, or cancel leaves the row as it was before.")
                at = 0

    def _row_kept(self, draft: RowDraft, command: Command) -> Command:
        self.refused.pop(draft.table.path, None)
        draft.close()
        row = draft.table.row.model_validate(draft.raw) if draft.table.row is not None else None
        self._talk.say(f"The row is kept: {row_line(draft.table, row)}.")
        return ON if command.name in ("back", "done") else command

    def _cancel(self, draft: RowDraft) -> None:
        for column in draft.table.row_questions:
            self.refused.pop(column.path, None)
        self.refused.pop(draft.table.path, None)
        try:
            draft.cancel()
        except Refused as refused:
            self._complain(draft.table.path, refused.problems)
            return
        self._talk.say("The row is left as it was before.")


_NONE = object()
_ON_ROWS = frozenset(word.name for word in AT_TABLE)


def _suggested(asked: Asked, keeper: Keeper) -> Any:
    found = keeper.suggestion(asked.path)
    return _NONE if found is None else found.value


_GIVING: dict[str, Callable[[Asked, Keeper], Any]] = {
    "clear": lambda asked, keeper: None,
    "suggest": _suggested,
}


def _of(asked: Asked) -> tuple[Word, ...]:
    """The words at a question."""
    own = OF_SECRET if asked.shape == "secret" else AT_MAP if asked.shape == "map" else ()
    return (*EVERYWHERE, *AT_QUESTION, *own)


def _said(problem: Problem) -> str:
    """A problem where its question is plain, and its help one word away."""
    way_out = problem.way_out or ""
    return problem.what if not way_out or "galaxy-setup explain" in way_out else f"{problem.what}; {way_out}"
