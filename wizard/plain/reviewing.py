"""The review as a conversation: the plan, edits by hand decided one by one, the difference by page, and the apply."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from wizard.apply import Applied, exposed
from wizard.drift import Drift
from wizard.plain.lines import counted, fitting, printable
from wizard.plain.review import diff_lines, edit_lines, option_lines, review_lines, step_lines
from wizard.plain.talk import Ended, Talk
from wizard.plain.words import AT_REVIEW, EVERYWHERE, Command, listed, read
from wizard.plan import Plan
from wizard.problems import Exit, Problem, Refused
from wizard.session import Session

WORDS = (*EVERYWHERE, *AT_REVIEW)


class Reviewer:
    """Shows what an apply would do, and applies. `refused` are typed answers that are not kept, with the reason."""

    def __init__(
        self,
        talk: Talk,
        session: Session,
        refused: Mapping[str, str],
        aside: Callable[[Command, str], bool],
    ) -> None:
        self._talk, self._session, self._refused, self._aside = talk, session, refused, aside
        self._plan: Plan | None = None
        self._applied: Plan | None = None
        self.status = int(Exit.DONE)
        """How the last apply that was asked for ended."""

    def run(self, apply: bool = False) -> Command:
        """Review until something leads away from it: what was typed."""
        if self._session.hosts and self._session.this_host is None:
            self._choose_host()
        self._look()
        if apply:
            self._apply()
        while True:
            command = read(line := self._talk.ask("Review: "), WORDS)
            if command is None:
                self._talk.say(
                    "Type apply, diff, options, back, help or quit." if not line.strip() else _NO_WORD
                )
            elif command.name == "help":
                self._talk.say(*listed(WORDS))
            elif command.name in _HERE:
                self._do(command)
            elif not self._aside(command, ""):
                return command

    def show_diff(self, rest: str, anew: bool = True) -> None:
        """The difference, of all files or of the one that is counted `rest`; `anew` where no review has shown it."""
        if ((anew or self._plan is None) and not self._look(silent=True)) or self._plan is None:
            return
        files: Sequence[int] = range(len(self._plan.pending))
        if rest:
            number = self._number(rest, len(files), "file")
            if number is None:
                return
            files = (number,)
        lines = [*diff_lines([self._plan.pending[at] for at in files])]
        self._paged(lines or ["No file would change."])

    # what is typed here

    def _do(self, command: Command) -> None:
        name, rest = command.name, command.rest
        if name in ("review", "again"):
            self._look()
        elif name == "apply":
            self._apply()
        elif name == "diff":
            self.show_diff(rest, anew=False)
        elif name == "options":
            if self._plan is not None or self._look(silent=True):
                self._talk.say(*option_lines(self._plan) if self._plan is not None else ())
        elif name == "host":
            self._to_host(rest)
        elif name == "steps":
            self._steps()
        else:
            self._decide(name, rest)

    def _look(self, silent: bool = False) -> bool:
        """Make the plan, and say what it is; False, and why, when there is none."""
        try:
            self._plan = self._session.plan()
        except Refused as refused:
            self._plan = None
            self._talk.say("Nothing can be applied yet:", *_problems(refused.problems))
            return False
        if not silent:
            host = f", for the host {self._session.this_host}" if self._session.this_host else ""
            self._talk.say("", f"Review{host}.")
            self._say_refused()
            session, plan = self._session, self._plan
            self._talk.say(
                *review_lines(
                    plan, self._undecided(plan), session.disk, session.advice(plan), session.stand_ins()
                )
            )
        return True

    def _undecided(self, plan: Plan) -> tuple[Drift, ...]:
        return self._session.undecided(plan)

    def _say_refused(self) -> None:
        if self._refused:
            self._talk.say(f"{counted(len(self._refused), 'answer')} typed and not kept:")
            self._talk.say(*(f"  {path}: {why}" for path, why in self._refused.items()))

    def _number(self, text: str, most: int, what: str) -> int | None:
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
            return int(text) - 1
        self._talk.say(f"Name the {what} by its number, 1 to {most}." if most else f"There is no {what}.")
        return None

    # edits by hand

    def _decide(self, how: str, rest: str) -> None:
        """Keep, overwrite or leave alone what was edited by hand."""
        plan = self._plan
        number = self._number(rest, len(plan.drift) if plan is not None else 0, "edit by hand")
        if plan is None or number is None:
            return
        drift, session = plan.drift[number], self._session
        if how != "disown" and not drift.overwritten:
            self._talk.say("It is as answered now: there is nothing to decide.")
            return
        try:
            if how == "take":
                session.take(drift)
                self._talk.say(*edit_lines(plan, self._undecided(plan), session.disk))
                return
            left = session.keep([drift]) if how == "keep" else session.leave(drift)
            session.save()
        except Refused as refused:
            self._talk.say("Not done:", *_problems(refused.problems))
            return
        self._talk.say(*(f"{path} is left to its file from now on." for path in left))
        self._look()

    # hosts

    def _choose_host(self) -> None:
        names = self._session.hosts
        self._talk.say("", "For which host are the files?")
        for number, row in enumerate(self._session.value("scaling.hosts") or (), 1):
            self._talk.say(f"  {number}: {row.name}, {', '.join(row.runs)}")
        name = self._talk.ask("Host: ").strip()
        if name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(names):
            name = names[int(name) - 1]
        if name in names:
            self._session.host = name
        else:
            self._talk.say("None of them is chosen; host NAME chooses one.")

    def _to_host(self, name: str) -> None:
        names = self._session.hosts
        if not names:
            self._talk.say("These answers have one machine; the question scaling.hosts lists several.")
        elif name not in names:
            self._talk.say(f"Name one of {', '.join(names)}.")
        else:
            self._session.host = name
            self._look()

    # the difference

    def _paged(self, lines: list[str]) -> None:
        """Lines as they are; where a person reads, a screen at a time."""
        room = max(2, self._talk.height - 2) if self._talk.interactive else sys.maxsize
        while lines:
            page = lines[: fitting(lines, self._talk.width, room)]
            self._talk.copy(*page)
            lines = lines[len(page) :]
            if lines and self._talk.ask(f"{counted(len(lines), 'line')} more; q ends: ").strip():
                return

    # applying

    def _apply(self) -> None:
        """Write the files, once it is agreed; what is in the way is said."""
        self.status = int(Exit.TROUBLE)
        if self._refused:
            self._say_refused()
            self._talk.say("Nothing is written. goto each, and answer it anew or clear it; then apply.")
            return
        if self._plan is None:
            self._look()  # says why there is none, or shows what there is now
            return
        plan, session = self._plan, self._session
        if waiting := self._undecided(plan):
            self.status = int(Exit.DRIFTED)
            self._talk.say(*edit_lines(plan, waiting, session.disk))
            self._talk.say("Nothing is written. Decide each edit by hand, then apply.")
            return
        try:
            state = session.state(plan)
            if not self._agreed(plan, bool(state is not None and state.action != "unchanged")):
                self.status = int(Exit.DONE)
                self._talk.say("Nothing is written.")
                return
            notes = [*plan.idle, *plan.left, *exposed(plan, session.disk)]
            applied = session.apply(plan, state, progress=self._tell)
        except Refused as refused:
            self.status = int(refused.status)
            self._talk.say("Nothing is written; the apply was refused:", *_problems(refused.problems))
            return
        self.status = int(Exit.DONE)
        self._applied = plan
        self._report(applied, [*notes, *applied.notes])
        self._look(silent=True)

    def _agreed(self, plan: Plan, answers: bool) -> bool:
        """Whether the files may be written; not asked where there are none."""
        if not plan.pending and not answers:
            return True
        what = counted(len(plan.pending), "file") + (" and the answers" if answers else "")
        host = f" on {self._session.this_host}" if self._session.this_host else ""
        try:
            typed = self._talk.ask(f"Write {what}{host}? Type yes or no: ")
        except Ended:
            self._talk.say("Nothing is written: nobody said yes.")
            raise
        return typed.strip().lower() in ("y", "yes")

    def _tell(self, path: str) -> None:
        self._talk.copy(f"written: {printable(self._session.disk.shown(path))}")

    def _report(self, applied: Applied, notes: list[Problem]) -> None:
        count = len(applied.written)
        self._talk.say(
            f"Applied: {counted(count, 'file')} written." if count else "Nothing had to be written."
        )
        self._talk.say(*(f"Note: {printable(str(note))}" for note in notes))
        self._steps()

    def _steps(self) -> None:
        if self._applied is None:
            self._talk.say("Nothing was applied yet.")
        elif not self._applied.consequences:
            self._talk.say("Nothing is left to do.")
        else:
            self._talk.say("Left to do, in this order:")
            self._talk.copy(*step_lines(self._applied))


_HERE = frozenset(("review", "diff", "apply", *(word.name for word in AT_REVIEW)))
_NO_WORD = "That is no word here; help lists them."


def _problems(problems: Iterable[Problem]) -> list[str]:
    return [f"  {printable(str(problem))}" for problem in problems]
