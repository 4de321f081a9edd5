"""The lens of a site file, for any server: its class says how the server spells what answers ask for.

The file may hold much more than Galaxy's server. What is not a role of the site is never touched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from wizard.answers.proxy_front import is_told, speaks
from wizard.answers.question import Given
from wizard.documents.directives.nodes import Directive, Document
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written, causes
from wizard.files.site.difference import Difference, Step, entering
from wizard.files.site.items import Facts, Item, Path
from wizard.files.site.text import AnySite, Found
from wizard.problems import Problem, Refused

_LINK, _PROTOCOL = "proxy.link", "proxy.protocol"

AnyDocument = TypeVar("AnyDocument", bound=Document[Any])
AnyFacts = TypeVar("AnyFacts", bound=Facts)


@dataclass(frozen=True)
class Turn(Generic[AnyFacts]):
    """What changes in a site: `answers` turn those that it holds `before` into those that hold `now`."""

    answers: dict[str, Any]
    before: dict[str, Any]
    now: dict[str, Any]
    old: AnyFacts
    new: AnyFacts
    olds: tuple[Item, ...]
    news: tuple[Item, ...]


@dataclass(frozen=True)
class Speech(Generic[AnyDocument, AnySite, AnyFacts]):
    """How a server's files are read and written."""

    parse: Callable[[str, str], AnyDocument]
    """The document of a text; the second word is its file's name."""
    edit: Callable[[Any, Sequence[Any]], str]
    """A document's text after some operations."""
    recognise: Callable[[AnyDocument], AnySite | None]
    """Galaxy's server in a text with everything that belongs to it; None when there is none."""
    read_site: Callable[[AnySite], Found[AnySite, Any]]
    """All answers of one site."""
    wanted: Callable[[AnyFacts], tuple[Item, ...]]
    """Every item of the site; what is missing or impossible is in the problems of the facts."""
    value_of: Callable[[Path, tuple[str, ...]], str]
    """The arguments of the directive in a role as a person reads them."""
    secret_words: Callable[[str], Iterable[tuple[int, int]]]
    """Where secrets stand in a text, by the words before them: also in comments, and in what cannot be parsed."""
    secret_tokens: Callable[[AnyDocument], Iterable[tuple[int, int]]]
    """Where secrets stand in a document, by their directives."""


class SiteLens(ABC, Generic[AnyDocument, AnySite, AnyFacts]):
    """Answers <-> the text of one site (the protocol `Lens`). A text without a Galaxy server gets a new one."""

    name: str
    server: ClassVar[str]
    """The answer to `proxy.server` that this lens is for."""
    files: ClassVar[Mapping[str, str]]
    """Where each family of distributions keeps sites."""
    layout: ClassVar[str]
    """The family whose place is taken where no answer says it."""
    questions: ClassVar[frozenset[str]]
    secrets: ClassVar[frozenset[str]]
    """Questions whose answers make a file that only root may read."""
    secret_roles: ClassVar[frozenset[str]]
    """Roles of directives whose values are secrets."""
    blocks: ClassVar[tuple[str, ...]]
    """Kinds of blocks that a person knows by their name and their role."""
    by_absence: ClassVar[tuple[Any, ...]]
    """Answers that mean "not here"."""

    def __init__(self, speech: Speech[AnyDocument, AnySite, AnyFacts]) -> None:
        self.speech = speech

    # -- what each server says

    @abstractmethod
    def facts(self, answers: Given, site: AnySite | None) -> AnyFacts:
        """The answers for composing a site, `site` or a new one."""

    @abstractmethod
    def inserted(self, document: AnyDocument, items: Sequence[Item]) -> str:
        """The text with these items as a new site."""

    @abstractmethod
    def difference(self, site: AnySite, turn: Turn[AnyFacts]) -> Difference[AnySite, Any, Any]:
        """The edits that make this turn."""

    @abstractmethod
    def alike(self, step: Step, after: AnySite) -> Iterator[Directive]:
        """Where a step may have led to, when its role is not bound to it: directives, the likely ones first."""

    def held(self, site: AnySite) -> dict[str, Any]:
        """The answers of `site` that a change of it starts from."""
        return dict(self.speech.read_site(site).given)

    def overlaid(self, held: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
        """The answers that a site holds after a change.

        Where the answers say what runs Galaxy and how it is reached, they say what is spoken too.
        """
        now = {**held, **answers}
        if _PROTOCOL not in answers and _LINK in answers and (is_told(answers) or not held):
            now[_PROTOCOL] = speaks(answers)
        return now

    # -- the protocol

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to the site."""
        return question in self.questions

    def target(self, given: Given) -> Target | None:
        """The site file when this server is the proxy; only root may read one that holds a secret."""
        if given.get("proxy.server") != self.server or not runs_here(given, "proxy"):
            return None
        default = self.files[given.get("proxy.layout") or self.layout]
        secret = any(given.get(question) is not None for question in self.secrets)
        return Target(str(given.get("proxy.site_file") or default), 0o600 if secret else 0o644)

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of a site."""
        return ()

    @abstractmethod
    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is; `write` puts the rest below."""

    def read(self, text: str, file: str) -> Reading:
        """The answers of the Galaxy server in `text`; none when there is no such server."""
        return _reading(self, text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change.

        Raises Refused naming each question whose answer the server cannot express, or without which the site is none.
        """
        document: AnyDocument = _parsed(self, text, file)
        site = self.speech.recognise(document)
        answers = {question: value for question, value in given.items() if value is not None}
        if answers.get(_PROTOCOL, speaks(answers)) != speaks(answers):  # asked of uWSGI alone
            del answers[_PROTOCOL]
        if answers.get("proxy.server", self.server) != self.server or (
            site is None and "proxy.server" not in answers
        ):
            return Written(text)
        if site is None:
            return self._new_site(answers, document, file)
        return self._changed_site(answers, site, text, file)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """Where secrets stand in `text`, in comments too, and in the variables that directives name for them."""
        spans = set(self.speech.secret_words(text))
        with suppress(Refused):  # a text that cannot be parsed has its words
            spans.update(self.speech.secret_tokens(_parsed(self, text, file)))
        outer = [
            span
            for span in spans
            if not any(one != span and one[0] <= span[0] and span[1] <= one[1] for one in spans)
        ]
        return tuple(SecretSpan(start, end) for start, end in sorted(outer))

    # -- writing

    def _new_site(self, answers: dict[str, Any], document: AnyDocument, file: str) -> Written:
        facts = self.facts(self.overlaid({}, answers), None)
        items = self.speech.wanted(facts)
        if "proxy.link" not in answers:
            facts.need("link", "a new site")
        refuse(facts.problems.values(), file)
        written = self.inserted(document, items)
        after = self._checked(answers, facts.used, written, file, answers.keys())
        steps = [step for item in items for step in entering((), item)]
        return Written(written, tuple(self._changes(steps, after)))

    def _changed_site(self, answers: dict[str, Any], site: AnySite, text: str, file: str) -> Written:
        before = self.held(site)
        now = self.overlaid(before, answers)
        old, new = self.facts(before, site), self.facts(now, site)
        turn = Turn(answers, before, now, old, new, self.speech.wanted(old), self.speech.wanted(new))
        refuse((problem for path, problem in new.problems.items() if old.problems.get(path) != problem), file)
        difference = self.difference(site, turn)
        refuse(
            (
                replace(problem, question=causes(questions, before, now)[0])
                for problem, questions in difference.problems
            ),
            file,
        )
        changed = {question for question in answers if before.get(question) != answers[question]}
        if not difference.operations:
            kept = {path: answers[path] for path in changed & before.keys()}
            self._checked(kept, new.used, text, file, changed)
            return Written(text)
        written = self.speech.edit(site.document, difference.operations)
        after = self._checked(answers, new.used, written, file, changed)
        steps = [replace(step, questions=causes(step.questions, before, now)) for step in difference.steps]
        return Written(written, tuple(self._changes(steps, after)))

    def _checked(
        self, answers: dict[str, Any], used: set[str], written: str, file: str, changed: Collection[str]
    ) -> AnySite | None:
        """The site that was written, after making sure that it holds the answers it was given.

        An answer that means "not here" is held by absence, which a server with an include cannot prove. A change that
        costs other answers too is laid to those that `changed`.
        """
        site = self.speech.recognise(_parsed(self, written, file))
        held = self.speech.read_site(site).given if site is not None else {}
        lost = {
            question
            for question in used & self.questions & answers.keys()
            if _plain(held.get(question)) != _plain(answers[question])
            and (question in held or answers[question] not in self.by_absence)
        }
        what = "this file says it in a way that cannot be changed here"
        way_out = "change it by hand, or leave the question unanswered"
        own = self.questions & set(changed)
        blamed = sorted((lost & set(changed) or own) if lost else ())
        refuse([Problem(what, question=question, way_out=way_out) for question in blamed], file)
        return site

    def _changes(self, steps: Iterable[Step], after: AnySite | None) -> Iterator[Change]:
        named: set[Directive] = set()
        for step in steps:
            before, value = (
                None if args is None else self.speech.value_of(step.path, args)
                for args in (step.before, step.after)
            )
            node = self._place(step, value, after, named) if after is not None and value is not None else None
            lines = 1
            if after is not None and node is not None:
                named.add(node)
                lines = after.document.text.count("\n", node.start, node.end) + 1
            yield Change(
                option=" / ".join(self._shown(key) for key in step.path),
                before=before,
                after=value,
                questions=step.questions,
                secrecy="whole" if step.path[-1] in self.secret_roles else None,
                line_before=step.line,
                line_after=node.line if node is not None else None,
                lines_after=lines,
            )

    def _shown(self, key: str) -> str:
        for kind in self.blocks:
            key = key.replace(f"{kind}:", f"{kind} ")
        return key

    def _place(self, step: Step, value: str, after: AnySite, named: set[Directive]) -> Directive | None:
        """The directive that a step led to. One role may stand in several places: the first not yet named is meant."""
        node: Directive | None = after.find(step.path)
        if node is not None and node not in named and self.speech.value_of(step.path, node.args) == value:
            return node
        same = (one for one in self.alike(step, after) if self.speech.value_of(step.path, one.args) == value)
        return next((one for one in same if one not in named), node)


def refuse(problems: Iterable[Problem], file: str | None) -> None:
    """Raise Refused for these problems of a file, if there are any."""
    found = [
        Problem(one.what, file, one.line, question=one.question, way_out=one.way_out) for one in problems
    ]
    if found:
        raise Refused(found)


def _plain(value: Any) -> Any:
    """A value without the slash at its end, which means nothing in a directory's name."""
    return value.rstrip("/") if isinstance(value, str) else value


@lru_cache(maxsize=32)
def _parsed(lens: SiteLens[Any, Any, Any], text: str, file: str) -> Any:
    """The document of `text`: a plan looks at the same text more than once."""
    return lens.speech.parse(text, file)


@lru_cache(maxsize=32)
def _reading(lens: SiteLens[Any, Any, Any], text: str, file: str) -> Reading:
    site = lens.speech.recognise(_parsed(lens, text, file))
    if site is None:
        return Reading()
    found = lens.speech.read_site(site)
    return Reading(dict(found.given), dict(found.lines), tuple(found.unread))
