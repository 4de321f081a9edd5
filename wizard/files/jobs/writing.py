"""Putting answers into a job configuration: the edits, and the changes that they are to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.question import Given
from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.yaml.values import same
from wizard.files.entry_lens import first_line
from wizard.files.jobs.assignments import assigns_secret
from wizard.files.jobs.lists import LISTS, ItemEdit, ListKind, item_edits
from wizard.files.jobs.reading import STATIC, STRATEGY, WHERE, JobDocument, Seen, is_of_uwsgi
from wizard.files.jobs.rows import PLUGINS, handler_of
from wizard.files.jobs.tree import (
    PLACES,
    PROCESSES,
    RUNNERS,
    SECTIONS,
    TABLES,
    Composer,
    Edits,
    Shape,
    Tree,
    Unreadable,
    differ,
    inner,
    kinds_of,
    leaves,
    name_of,
    question_of,
    secrecy_of,
)
from wizard.files.lens import Change, Secrecy
from wizard.problems import Problem, Refused

DEFAULT = "scaling.default_handler"
_LOCAL: Tree = {"load": PLUGINS["local"], "workers": 4}
"""The runner that Galaxy has without a job configuration."""


class Writing:
    """The edits that put answers into a job configuration below `root`."""

    def __init__(
        self, configuration: Seen, root: Path, file: str, renamed: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.document = configuration.document
        self.raw: Mapping[str, Any] = configuration.raw or {}
        self.read = configuration.reading.given
        self.root, self.file, self.renamed = root, file, renamed
        self.given: Given = {}
        self.edits: Edits = {}
        self.items: list[tuple[str, ItemEdit]] = []

    def run(self, given: Given, completed: bool) -> None:
        """Collect the edits for `given`. `completed`: even where nothing else changes, Galaxy must be able to start.

        Raises Refused with what cannot be written.
        """
        self.given = given
        lists = {question: kind for question, kind in LISTS.items() if self._differs(question, given)}
        try:
            self._trees(given, completed or bool(lists))
        except Unreadable as error:
            self._refuse(error.path, self._question(error.path), str(error))
        for question, kind in lists.items():
            self._list(question, kind, [kind.item_of(row) for row in given[question]])
        foreign = not self.raw and self.document.get(self.root) not in (MISSING, None, {})
        if foreign and (self.edits or self.items):
            self._refuse(self.root, WHERE, "is no mapping of runners, execution and so on")

    def _differs(self, question: str, given: Given) -> bool:
        if question not in given:
            return False
        asked, held = given[question], self.read.get(question)
        return asked != held or any(not same(*pair) for pair in _parameters(asked, held))

    def _refuse(self, path: Path, question: str, what: str) -> None:
        name = ".".join(map(str, path)) or "the file"
        line = self.document.line(path) if path else None
        raise Refused(
            Problem(f"{name} {what}", self.file, line, question=question, way_out="edit it by hand")
        )

    def _trees(self, given: Given, completed: bool) -> None:
        read_kinds = kinds_of(self.read.get("cluster.runners") or ())
        kinds = kinds_of(given.get("cluster.runners", self.read.get("cluster.runners")) or ())
        changed = {question: given[question] for question in PLACES if self._differs(question, given)}
        if kinds != read_kinds and "cluster.destinations" in given:
            changed["cluster.destinations"] = given["cluster.destinations"]
        changed.pop("scaling.handlers", None)
        held = {question: self.read[question] for question in changed if question in self.read}
        self._handlers(given, changed, held)
        shape = Shape.of(self.raw)
        composer = Composer(shape, kinds, self.read)
        wanted_tree = composer.tree(changed)
        if composer.problems:
            raise Refused(composer.problems)
        held_tree = Composer(shape, read_kinds, self.read).tree(held)
        if changed or held or completed:
            self._complete(wanted_tree, given)
        for section in SECTIONS:
            if section not in held_tree and section not in wanted_tree:
                continue
            raw = self.raw.get(section, MISSING)
            wanted = wanted_tree.get(section, {})
            differ((*self.root, section), raw, held_tree.get(section, MISSING), wanted, self.edits)

    def _handlers(self, given: Given, changed: dict[str, Any], held: dict[str, Any]) -> None:
        """Handlers stand here when they are static; those of other strategies are Gravity's."""
        both = {**self.read, **given}
        wanted = both.get("scaling.handlers") if both.get(STRATEGY) == STATIC else None
        present = self.read.get("scaling.handlers") or self._of_uwsgi()
        asked = "scaling.handlers" in given or STRATEGY in given
        if both.get(STRATEGY) in ("all-in-one", "mules"):
            mapped = [str(row.handler) for row in both.get("cluster.tools") or () if row.handler]
            wanted = [Handler(name=name) for name in dict.fromkeys(mapped) if is_of_uwsgi([name])]
            asked = asked or "cluster.tools" in given
            if both[STRATEGY] == "mules" and DEFAULT in self.read and DEFAULT not in given:
                held[DEFAULT] = self.read[DEFAULT]
        if asked and wanted != present:
            changed.update({"scaling.handlers": wanted} if wanted else {})
            held.update({"scaling.handlers": present} if present else {})

    def _of_uwsgi(self) -> list[Handler]:
        """The handlers that are uWSGI's own, which no answer is read from."""
        listed = [handler_of(name, body) for name, body in inner(self.raw, PROCESSES).items()]
        return [row for row in listed if row is not None and is_of_uwsgi([row.name])]

    def _complete(self, wanted: Tree, given: Given) -> None:
        """Galaxy starts neither without runners nor without a destination: what it has without a file goes in."""
        if "runners" in self.raw or "execution" in self.raw:
            return
        if "cluster.runners" not in given and "cluster.destinations" not in given:
            wanted["runners"] = {"local": dict(_LOCAL)}
        runners = inner(wanted, RUNNERS)
        local = next((name for name, body in runners.items() if body.get("load") == _LOCAL["load"]), None)
        if local is not None and "cluster.destinations" not in given:
            execution = wanted.setdefault("execution", {})
            execution.setdefault("default", local)
            execution["environments"] = {execution["default"]: {"runner": local}}

    def _list(self, question: str, kind: ListKind, wanted: list[Any]) -> None:
        path, items = (*self.root, kind.key), self.raw.get(kind.key)
        if items is not None and not isinstance(items, list):
            self._refuse(path, question, "is no list")
        if not items:
            self.edits.update({path: wanted} if wanted else {})
        elif not wanted and len(kind.held(items)) == len(items):
            self.edits[path] = REMOVE
        else:
            self.items += [(question, edit) for edit in item_edits(kind, items, wanted, self.renamed)]

    def text(self) -> str:
        """The text with the edits made; without any, the text as it is.

        Items keep their numbers until all is done; new ones have those after.
        """
        if not self.edits and not self.items:
            return self.document.text
        edits = dict(self.edits)
        behind: dict[Path, str | int] = dict(self._behind())
        ends = {question: self.raw.get(kind.key) for question, kind in LISTS.items()}
        free = {question: count(len(end) if isinstance(end, list) else 0) for question, end in ends.items()}
        for question, edit in self.items:
            before, after = self._places(question, edit)
            if before is None and after is not None:
                before = (*after[:-1], next(free[question]))
                behind.update({before: edit.behind} if edit.behind is not None else {})
            if before is not None:
                edits[before] = edit.value
        try:
            return self.document.edit(edits, behind)
        except Refused as refusal:
            if all(one.question for one in refusal.problems):
                raise
            named = (
                self._question(leaf)
                for path, value in edits.items()
                for leaf, one in ([] if value is REMOVE else leaves(path, value))
                if self._refuses(leaf, one)
            )
            asked = next(named, WHERE)
            raise Refused(replace(one, question=one.question or asked) for one in refusal.problems) from None

    def _refuses(self, path: Path, value: Any) -> bool:
        """Whether the syntax cannot hold this value."""
        try:
            self.document.edit({path: value})
        except Refused:
            return True
        return False

    def _behind(self) -> Iterator[tuple[Path, str]]:
        """For new rows that go by a name, the row before them that is in the file."""
        for question in TABLES:
            held, path = inner(self.raw, PLACES[question]), (*self.root, *PLACES[question])
            above: str | None = None
            for name in map(name_of, self.given.get(question) or ()):
                if name in held:
                    above = name
                elif above is not None and (*path, name) in self.edits:
                    yield (*path, name), above

    def _question(self, path: Path) -> str:
        """The question that a change at `path` answers."""
        return question_of(path[len(self.root) :]) or WHERE

    def changes(self, after: JobDocument) -> tuple[Change, ...]:
        """The edits as a person reads them, one for each value, in the order of the new text."""
        found: list[tuple[Change, Path | None]] = []
        for path, value in self.edits.items():
            old = {} if (before := self.document.get(path)) is MISSING else dict(leaves(path, before))
            new = {} if value is REMOVE else dict(leaves(path, value))
            for leaf in {**old, **new}:
                places = (leaf if leaf in old else None, leaf if leaf in new else None)
                found.append(self._change(".".join(map(str, leaf)), *places, after, self._question(leaf)))
        for question, edit in self.items:
            found.append(self._item_change(question, edit, after))
        made = [each for each in found if each[0].line_before or each[0].line_after]
        made.sort(key=lambda each: each[0].line_after or each[0].line_before or 0)
        return tuple(self._led(made, after))

    def _led(self, made: list[tuple[Change, Path | None]], after: JobDocument) -> Iterator[Change]:
        """The changes, each with the lines of the sections that came with it."""
        claimed: set[Path] = set()
        for change, path in made:
            first = first_line(path, self.document, after, claimed) if path is not None else None
            lead = change.line_after - first if change.line_after and first else 0
            yield replace(change, lead=max(lead, 0))

    def _places(self, question: str, edit: ItemEdit) -> tuple[Path | None, Path | None]:
        """Where an item, or a key of it, stands before and after."""
        path = (*self.root, LISTS[question].key)
        tail = () if edit.key is None else (edit.key,)
        before = None if edit.before is None else (*path, edit.before, *tail)
        return before, None if edit.after is None else (*path, edit.after, *tail)

    def _item_change(self, question: str, edit: ItemEdit, after: JobDocument) -> tuple[Change, Path | None]:
        item = f"{LISTS[question].key}[{edit.label}]"
        option = ".".join([*map(str, self.root), item, *([] if edit.key is None else [edit.key])])
        before, later = self._places(question, edit)
        return self._change(option, before, None if edit.value is REMOVE else later, after, question)

    def _change(
        self, option: str, old: Path | None, new: Path | None, after: JobDocument, question: str
    ) -> tuple[Change, Path | None]:
        before = None if old is None or (value := self.document.get(old)) is MISSING else value
        later = None if new is None or (value := after.get(new)) is MISSING else value
        name = (old or new or ("",))[-1]
        lines = after.lines(new) if new is not None else None
        change = Change(
            option,
            before,
            later,
            (question,),
            _secrecy(name, before) or _secrecy(name, later),
            None if old is None else self.document.line(old),
            lines.start if lines else None,
            len(lines) if lines else 0,
        )
        return change, new


def _secrecy(name: Any, value: Any) -> Secrecy | None:
    """How a value is to be hidden, also where it sets a secret in passing."""
    return "whole" if assigns_secret(value) else secrecy_of(name, value)


def _parameters(asked: Any, held: Any) -> Iterator[tuple[Any, Any]]:
    """The free parameters of rows that Python takes for equal: 1 and true are not the same parameter."""
    if isinstance(asked, list) and isinstance(held, list):
        for one, other in zip(asked, held, strict=True):
            if getattr(one, "params", None):
                yield one.params, other.params
