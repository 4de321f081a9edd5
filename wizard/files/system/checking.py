"""Refusing, and making sure that a written text holds its answers: for the lenses of this folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wizard.answers.question import Given
from wizard.files.lens import Reading, same_answer
from wizard.files.needing import needed_answers
from wizard.problems import Problem, Refused

BY_HAND = "change it by hand, or leave the question unanswered"


def refusal(question: str, what: str, way_out: str, file: str | None = None) -> Refused:
    """The refusal of one answer."""
    return Refused(Problem(what, file, question=question, way_out=way_out))


def needed(given: Given, question: str, head: str, file: str | None = None) -> str:
    """The answer to `question` as text. Raises Refused, saying that `head` needs it, when it is not given."""
    return all_needed(given, (question,), head, file)[0]


def all_needed(given: Given, questions: Sequence[str], head: str, file: str | None = None) -> tuple[str, ...]:
    """The answers to `questions` as texts. Raises Refused with each that is not given."""
    reasons = dict.fromkeys(questions, f"needed for {head}")
    return tuple(map(str, needed_answers(given, reasons, f"answer it, or take {head} back", file)))


def at_most(given: Given, limits: Mapping[str, int], file: str) -> None:
    """Raise Refused for the first number above its limit: its consumer would not count so far."""
    for question, most in limits.items():
        if given.get(question, 0) > most:
            raise refusal(question, "more than its program can count", f"give at most {most}", file)


def make_sure(wanted: Given, held: Reading, file: str) -> None:
    """Raise Refused, naming each question whose answer the text does not hold after it was written there."""
    lost = [
        question
        for question, value in wanted.items()
        if question not in held.given or not same_answer(held.given[question], value)
    ]
    what = "this file says it in a way that cannot be changed here"
    if lost:
        raise Refused([Problem(what, file, question=one, way_out=BY_HAND) for one in sorted(lost)])
