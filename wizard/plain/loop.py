"""One run of the wizard line by line: which question comes next, and the words that are known at every prompt."""

from __future__ import annotations

from wizard.answers import SECTIONS
from wizard.answers.questions import Asked, questions
from wizard.plain.finding import about, after, first, found, order, question_meant, section_meant
from wizard.plain.keeping import Keeping
from wizard.plain.lines import counted, printable
from wizard.plain.questioning import Questioner
from wizard.plain.reviewing import Reviewer
from wizard.plain.talk import Ended, Talk
from wizard.plain.welcome import Welcome
from wizard.plain.words import Command
from wizard.problems import Exit, Problem, Refused
from wizard.reference import explain
from wizard.session import Session

_REVIEW = "review"
_HELLO = (
    "An empty line keeps what is there. ? explains a question, help lists the other words: "
    "back, find, section, review, quit."
)


def run(session: Session, talk: Talk) -> int:
    """Ask, show, apply; the exit status: that of the last apply, 2 when typed answers were refused and left so.

    The end of the input ends it as `quit` does. Raises KeyboardInterrupt, after a word on where the answers are.
    """
    walk = Walk(session, talk)
    try:
        walk.walk()
    except Ended:
        pass
    except KeyboardInterrupt:
        talk.say("")
        walk.farewell()
        raise
    walk.farewell()
    return walk.status


class Walk:
    """Goes from prompt to prompt."""

    def __init__(self, session: Session, talk: Talk) -> None:
        self._session, self._talk = session, talk
        self._keeping = Keeping(session)
        self._questioner = Questioner(talk, self._keeping, self._aside)
        self._reviewer = Reviewer(talk, session, self._questioner.refused, self._aside)
        self._behind: list[str] = []
        self._heading = ("", "")

    @property
    def status(self) -> int:
        """The exit status as things stand."""
        if self._reviewer.status:
            return self._reviewer.status
        return int(Exit.TROUBLE if self._questioner.refused else Exit.DONE)

    def farewell(self) -> None:
        """Say what is not kept, and where the rest is."""
        for path, why in self._questioner.refused.items():
            self._talk.say(f"Not kept: {path}: {why}.")
        if self._session.file.exists():
            self._talk.say(f"The answers are in {self._session.file}.")

    def walk(self) -> None:
        """Until it is left."""
        place = self._welcome()
        while place:
            place = self._at(place)

    def _welcome(self) -> str:
        """Where to begin; empty to leave."""
        command = Welcome(self._talk, self._session).run()
        if command.name == "quit":
            return ""
        self._talk.say("", _HELLO)
        return command.rest if command.name == "goto" else _REVIEW

    def _at(self, place: str) -> str:
        """Ask or review at a place; the next place."""
        if place == _REVIEW:
            return self._onward(place, self._reviewer.run())
        asked = questions()[place]
        if self._moot(asked):
            return after(place, self._session.given) or _REVIEW
        self._head(asked.section, asked.question.group)
        return self._onward(place, self._questioner.ask(asked))

    def _head(self, section: str, group: str) -> None:
        """Say where we are, where that is another section or group than before."""
        if section != self._heading[0]:
            number, asked = SECTIONS.index(section) + 1, len(order(section, self._session.given))
            self._talk.say(
                "", f"Section {number} of {len(SECTIONS)}: {section}, {counted(asked, 'question')}."
            )
            self._talk.say(about(section))
        if group and (section, group) != self._heading:
            self._talk.say("", f"{group}:")
        self._heading = (section, group)

    # leaving a place

    def _onward(self, place: str, command: Command) -> str:
        """The place that a command leads to from here; the same one when it leads nowhere."""
        name, rest = command.name, command.rest
        if name == "quit":
            return ""
        if name == "back":
            return self._back(place)
        if name == "apply":
            return self._applied(place)
        try:
            target = self._target(place, name, rest)
        except Refused as refused:
            self._say_problems(refused)
            return place
        if target != place:
            self._behind.append(place)
        return target

    def _target(self, place: str, name: str, rest: str) -> str:
        if name == "next":
            return after(place, self._session.given) or _REVIEW
        if name == "goto":
            return question_meant(rest).path
        if name == "section":
            return self._first_of(section_meant(rest))
        if name in ("undo", "redo"):
            return self._undone(name) or place
        return _REVIEW

    def _first_of(self, section: str) -> str:
        self._heading = ("", "")
        return first((section,), self._session.given) or _REVIEW

    def _back(self, place: str) -> str:
        if self._behind:
            return self._behind.pop()
        if place == _REVIEW:
            return first(SECTIONS, self._session.given) or _REVIEW
        self._talk.say("This is where you began.")
        return place

    def _applied(self, place: str) -> str:
        self._behind.append(place)
        return self._onward(_REVIEW, self._reviewer.run(apply=True))

    def _undone(self, name: str) -> str | None:
        path = self._keeping.undo() if name == "undo" else self._keeping.redo()
        if path is None:
            self._talk.say(f"There is nothing to {name}.")
            return None
        self._questioner.refused.pop(path, None)
        self._talk.say(f"{'Undone' if name == 'undo' else 'Given again'}: {path}.")
        return path

    # without leaving a place

    def _aside(self, command: Command, path: str) -> bool:
        """Do what needs no other place; False for what does."""
        name, rest = command.name, command.rest
        try:
            if name == "?":
                self._explain(rest or path)
            elif name == "find":
                self._find(rest)
            elif name == "section" and not rest:
                self._list_sections()
            elif name == "goto" and not rest:
                self._talk.say("Type goto and a question's path, such as goto proxy.host_name.")
            elif name == "goto":
                return self._moot(question_meant(rest))
            elif name == "section":
                section_meant(rest)
                return False
            elif name == "diff":
                self._reviewer.show_diff(rest)
            elif name == "table":
                self._talk.say("This question is no table, or that is no word of a table: help lists them.")
            else:
                return False
        except Refused as refused:
            self._say_problems(refused)
        return True

    def _moot(self, asked: Asked) -> bool:
        """Say when a question would be asked, where it does not apply."""
        question = asked.question
        if question.applies(self._session.given):
            return False
        self._talk.say(f"{question.title} ({asked.path}) is asked when {question.when}.")
        return True

    def _explain(self, name: str) -> None:
        if not name:
            self._talk.say("Type ? and the path of a question, or an option's name.")
            return
        places = self._session.present()
        text = explain(name, lambda path: self._session.here(path, places))
        self._talk.say("", *text.splitlines())

    def _find(self, text: str) -> None:
        if text:
            self._talk.say(*found(text, self._session.given))
        else:
            self._talk.say("Type find and what to look for.")

    def _list_sections(self) -> None:
        for section in SECTIONS:
            path = f"{section}."
            refused = sum(each.startswith(path) for each in self._questioner.refused)
            own = sum(each.startswith(path) for each in self._session.loaded.own)
            given = sum(each.startswith(path) for each in self._session.given)
            state = f"{counted(given, 'answer')}, {own} of your own"
            if refused:
                state += f", {refused} refused"
            self._talk.say(f"  {section}: {state}. {about(section)}")

    def _say_problems(self, refused: Refused) -> None:
        problems: tuple[Problem, ...] = refused.problems
        self._talk.say(*(printable(str(problem)) for problem in problems))
