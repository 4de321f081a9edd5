"""What to start from: the answers that there are, an install that was found, a preset, or nothing."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard import presets
from wizard.adopting import Adoption, read_install
from wizard.answers.questions import questions
from wizard.offers import seen
from wizard.plain.finding import after, first, last_answered
from wizard.plain.lines import counted, printable
from wizard.plain.talk import Talk
from wizard.plain.words import Command, Word, listed, read
from wizard.problems import Problem, Refused
from wizard.session import Session
from wizard.survey.found import FACTS, Install

WORDS = (
    Word("help", "list what can be typed"),
    Word("review", "show what an apply would do"),
    Word("quit", "end; everything accepted is saved"),
)


@dataclass(frozen=True)
class Offer:
    """One thing to start from; `name` can be typed in place of its number."""

    name: str
    text: str
    start: Callable[[], bool]
    """Makes it so; False when it is not taken after all."""


class Welcome:
    """Offers what there is to start from, until one is taken."""

    def __init__(self, talk: Talk, session: Session) -> None:
        self._talk, self._session = talk, session

    def run(self) -> Command:
        """What to go on with: `goto` a question, or the word that was typed instead."""
        self._talk.say(f"galaxy-setup, line by line. You are {_who()}.")
        self._talk.say(f"The answers are kept in {self._session.file}, saved after each one.")
        offers = list(self._offers())
        self._show(offers)
        while True:
            line = self._talk.ask("Start from: ")
            command = read(line, WORDS)
            if command is not None and command.name != "help":
                return command
            if command is not None:
                self._talk.say(*listed(WORDS))
                self._show(offers)
                continue
            offer = _meant(line, offers)
            if offer is None:
                self._talk.say(f"Type a number, 1 to {len(offers)}, or one of the names.")
            elif self._taken(offer):
                return Command("goto", self._begin(offer))

    def _show(self, offers: Sequence[Offer]) -> None:
        self._talk.say("", "Start from one of these, by number or name; an empty line takes the first:")
        self._talk.say(*(f"  {number}: {offer.text}" for number, offer in enumerate(offers, 1)))

    def _taken(self, offer: Offer) -> bool:
        try:
            return offer.start()
        except Refused as refused:
            self._talk.say(*(f"Not done: {printable(str(problem))}" for problem in refused.problems))
            return False

    def _begin(self, offer: Offer) -> str:
        """The question to begin with: where a draft was left, else the first."""
        session, start = self._session, first(tuple(_sections()), self._session.given) or ""
        if offer.name != "continue" or not session.draft:
            return start
        last = last_answered(session.loaded.own)
        return (after(last, session.given) or last) if last is not None else start

    # what there is

    def _offers(self) -> Iterator[Offer]:
        session = self._session
        given = session.given
        if given:
            about = ", ".join(filter(None, (counted(len(given), "answer"), session.preset)))
            yield Offer("continue", f"continue, with the answers of {session.file} ({about})", lambda: True)
        for number, install in enumerate(self._unmanaged(), 1):
            place = session.disk.shown(install.config_dir)
            release = f"Galaxy {install.release}" if install.release else "Galaxy"
            name = "import" if number == 1 else f"import {number}"
            text = f"{name}, read the files of {printable(place)} ({release}, not managed yet)"
            yield Offer(name, text, lambda install=install: self._read(install))  # type: ignore[misc]
        for preset in _presets():
            stays = ". Your answers stay" if given else ""
            title = preset.title if preset.title.lower().replace(" ", "-") != preset.name else ""
            name = ", ".join(filter(None, (preset.name, title)))
            text = f"{name}: {preset.for_whom}{stays}"
            yield Offer(preset.name, text, lambda preset=preset: self._stand_on(preset.pinned))  # type: ignore[misc]
        if not given:
            yield Offer("empty", "empty, no preset: only what you answer is written", lambda: True)

    def _unmanaged(self) -> tuple[Install, ...]:
        found = seen(self._session) if self._session.draft else ()
        return tuple(install for install in found if not install.managed)

    def _stand_on(self, preset: str) -> bool:
        if preset != self._session.preset:
            self._session.use_preset(preset)
        return True

    def _read(self, install: Install) -> bool:
        """Read an install, say what was found, and go on with it where that is wanted."""
        self._talk.say("Reading the files.")
        adoption = read_install(self._session.disk, install)
        self._talk.say(*_survey_lines(adoption))
        if self._talk.ask("Go on with these answers? Type yes or no: ").strip().lower() not in ("y", "yes"):
            return False
        self._session.adopt(adoption.text, adoption.origins)
        self._session.save()
        return True


def choose_state(talk: Talk, files: Sequence[Path]) -> Path:
    """Which of several installs is meant, by its state file."""
    talk.say("Several installs are managed here:")
    talk.say(*(f"  {number}: {file}" for number, file in enumerate(files, 1)))
    while True:
        typed = talk.ask("Which one: ").strip()
        if typed == "quit":
            raise Refused(Problem("no install was chosen", way_out="name one with --state"))
        for number, file in enumerate(files, 1):
            if typed in (str(number), str(file)):
                return file
        talk.say(f"Type a number, 1 to {len(files)}, or quit.")


def _meant(line: str, offers: Sequence[Offer]) -> Offer | None:
    """The offer of that number or name; the first for an empty line."""
    text = line.strip()
    for number, offer in enumerate(offers, 1):
        if text in (str(number), offer.name) or not text:
            return offer
    return None


def _sections() -> dict[str, None]:
    return dict.fromkeys(asked.section for asked in questions().values())


def _presets() -> list[presets.Preset]:
    """The newest version of every preset: what most servers are first, a trial where nobody may write to the system."""
    usual = "single-server" if os.geteuid() == 0 else "trial"
    return sorted(map(presets.find, presets.names()), key=lambda preset: (preset.name != usual, preset.name))


def _who() -> str:
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return f"{name} on {socket.gethostname()}"


def _survey_lines(adoption: Adoption) -> Iterator[str]:
    """The install and its files, then what they disagree about, then what is left alone."""
    seen = adoption.seen
    for name, label in FACTS.items():
        fact = seen.facts.get(name)
        if fact is not None:
            yield f"  {label}: {printable(str(fact.value))} ({printable(fact.place)})"
    yield f"{counted(len(seen.found), 'answer')} from {counted(len(seen.files), 'file')}:"
    yield from (f"  {printable(file)}" for file in seen.files)
    if seen.disagreements:
        yield f"{counted(len(seen.disagreements), 'disagreement')}: these stay not given"
        yield from (f"  {printable(str(problem))}" for problem in seen.disagreements)
    if seen.unread:
        yield f"{counted(len(seen.unread), 'thing')} not understood, and left alone:"
        for problems in seen.unread_by_file().values():
            yield from (f"  {printable(str(problem))}" for problem in problems)
    yield "No file changes until you apply."
