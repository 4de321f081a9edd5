"""The answers file: what is asked and given, and giving an answer, which is on disk before `accept` returns."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wizard import statefile
from wizard.answers import Answers
from wizard.answers.question import Machine, Suggestion
from wizard.answers.questions import Asked, in_section, questions
from wizard.answers.standing import Standing, standings
from wizard.disk import Disk, decoded, unreadable
from wizard.documents.toml.document import line_of
from wizard.drafts import Draft, Drafts, RowBegun
from wizard.files.hosts import HOST, HOSTS, hosts_of, named_like, this_host
from wizard.machine import this_machine
from wizard.problems import Problem, Refused
from wizard.statefile import Loaded, Origin
from wizard.statefile_keys import entries_of, place_of
from wizard.storage import save_text
from wizard.undo import Step, Steps

if TYPE_CHECKING:
    from wizard.advice.advice import Advice

SectionState = Literal["untouched", "preset", "done", "advice", "problems"]


@dataclass(frozen=True)
class Foreseen:
    """What an apply would do: how many files change (None: it is refused), what is in its way, what is to be said."""

    changing: int | None = None
    problems: tuple[Problem, ...] = ()
    advice: tuple[Advice, ...] = ()


@dataclass
class Answering:
    """The answers file at `file`, its present `text`, and the disk that its answers are for."""

    file: Path
    disk: Disk
    text: str = field(default="", repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    draft: bool = False
    """Whether `file` is only a place for answers until the first apply puts them beside Galaxy's configuration."""
    host: str | None = None
    """For which of several hosts the files are, in this session: never saved."""
    named: bool = False
    """Whether the admin named these answers: no other install on the machine is then asked about."""
    ephemeral: bool = False
    """Whether the answers come from no file that could be changed: a preset, or a pipe."""
    notes: tuple[Problem, ...] = ()
    """What was said when the install was opened: of a run that was cut off."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    found: dict[str, tuple[Any, Origin]] = field(default_factory=dict, repr=False)
    """The answers that `adopt` brought, each with the place in the install's own files."""

    foreseen: Foreseen = field(default=Foreseen(), repr=False)
    """What the plan that was made last says; whoever makes one (`foresee`) puts it here."""

    def __post_init__(self) -> None:
        self.loaded: Loaded = statefile.load(self.text, str(self.file))
        self._on_disk = self._read()
        self._steps, self._settled = Steps(), self.text

    @cached_property
    def machine(self) -> Machine:
        """The machine that suggestions are for; looked at when the first one is asked for."""
        return this_machine()

    @cached_property
    def drafts(self) -> Drafts:
        """What was typed and is no answer yet, and where the admin was; read when it is first asked for."""
        return Drafts(self.file, self.ephemeral)

    # what is asked

    @property
    def answers(self) -> Answers:
        return self.loaded.answers

    @property
    def given(self) -> dict[str, Any]:
        """Every given answer by question path, the preset's included, and for which host the files are."""
        given = self.loaded.answers.given()
        if given.get(HOSTS) and (host := self.host or given.get(HOST) or self._own_host(given)):
            given[HOST] = host
        return given

    def _own_host(self, given: Mapping[str, Any]) -> str | None:
        """The host that is this very machine, unless the files are for a disk below some root."""
        return named_like(given, socket.gethostname()) if self.disk.root == Path("/") else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts that Galaxy is spread over."""
        return tuple(row.name for row in hosts_of(self.given))

    @property
    def this_host(self) -> str | None:
        """The host that the files are for; None where there is one machine, or when nothing says which."""
        row = this_host(self.given)
        return row.name if row is not None else None

    @property
    def preset(self) -> str | None:
        return self.loaded.preset

    def value(self, path: str) -> Any:
        """The given answer, or None."""
        return self.given.get(path)

    def origin(self, path: str) -> Origin | None:
        """Where the answer comes from; the file that it was found in until it is answered otherwise."""
        value, found = self.found.get(path, (None, None))
        return found if found is not None and value == self.value(path) else self.loaded.origins.get(path)

    def applicable(self, section: str) -> tuple[Asked, ...]:
        """The questions of `section` that apply after the other answers, in order."""
        given = self.given
        return tuple(asked for asked in in_section(section) if asked.question.applies(given))

    def suggestion(self, path: str) -> Suggestion | None:
        """What fits this server, unless just that is given already."""
        found = questions()[path].question.suggestion(self.given, self.machine)
        return None if found is None or found.value == self.value(path) else found

    def worth(self, path: str) -> dict[Any, Standing]:
        """What the values of a choice are worth in the answered release; nothing where none is answered."""
        asked = questions().get(path) if "groundwork.release" in self.given else None
        return standings(asked.question, self.given) if asked else {}

    def offers(self, asked: Asked, text: str) -> tuple[str, ...]:
        """What may complete `text` as the answer: names from other answers, or paths (a listing may take long)."""
        from wizard.completions import names, paths

        if asked.question.kind == "path":
            return paths(self.disk, text)
        wanted = text.lower()
        return tuple(
            name for name in names(asked.path, self.given) if wanted in name.lower() and name != text
        )

    def stand_ins(self) -> tuple[Problem, ...]:
        """The answers that are only a preset's example, in the place of the site's own."""
        given = self.given
        found = []
        for path, asked in questions().items():
            value = given.get(path)
            if value is None or not asked.question.applies(given):
                continue
            columns = [column for column in asked.row_questions if column.question.stand_in]
            rows = value if columns else ()
            inside = any(
                column.question.stands_in(getattr(row, column.name)) for row in rows for column in columns
            )
            if inside or asked.question.stands_in(value):
                what = "is still the preset's example" if self._of_preset(path) else "is still an example"
                found.append(Problem(what, question=path, way_out="give your own"))
        return tuple(found)

    def whose(self, path: str) -> str:
        """What is said beside an answer that only stands in for the site's own."""
        return "from the preset: your own?" if self._of_preset(path) else "an example: your own?"

    def _of_preset(self, path: str) -> bool:
        origin = self.origin(path)
        return origin is not None and origin.kind == "preset"

    def section_state(self, section: str) -> SectionState:
        """How far a section is.

        `problems`: something there is refused, by itself or by the plan that was made last; `advice`: a rule has
        something against an answer; `preset`: all answers are the preset's, and nobody has looked at them yet, or one
        is but an example; `done`: answered, or looked at; else `untouched`.
        """
        inside = section + "."
        if any(
            (one.question or "").startswith(inside) for one in (*self.unfinished, *self.foreseen.problems)
        ):
            return "problems"
        if any(one.level != "note" and one.section == section for one in self.foreseen.advice):
            return "advice"
        answered = [path for path in self.given if path.startswith(inside)]
        own = any(path in self.loaded.own for path in answered)
        if any((one.question or "").startswith(inside) for one in self.stand_ins()):
            return "preset"
        if section in self.drafts.seen or own or (answered and not self.draft):
            return "done"
        return "preset" if answered else "untouched"

    def advised(self, path: str) -> tuple[Advice, ...]:
        """What the rules say of the answer to a question, or of a row of its table; the worst first."""
        return tuple(one for one in self.foreseen.advice if one.asked == path)

    def located(self, problem: Problem) -> Problem:
        """The problem at the place of its answer, where it names a question; a managed file goes into the text."""
        path = place_of(problem.question or "")
        origin = self.origin(".".join(map(str, path[:2])))
        if origin is None or origin.line is None or problem.file == origin.file:
            return problem
        line = (
            line_of(self.text, path, entries_of(self.text))
            if origin.kind == "file" and len(path) > 2
            else None
        )
        what = problem.what
        if problem.file is not None:
            place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            what = f"{what} (for {place})"
        return replace(problem, what=what, file=origin.file, line=line or origin.line, column=None)

    # what is no answer yet

    @property
    def unfinished(self) -> tuple[Problem, ...]:
        """What is refused or half typed, with its question: an apply would pass it over in silence."""
        return tuple(self.drafts.problems())

    def held(self, path: str) -> Draft | None:
        """What was typed for a question and is not accepted."""
        return self.drafts.fields.get(path)

    def hold(self, path: str, text: str | None, problems: Iterable[Problem] = ()) -> None:
        """Keep what was typed for a question: refused for these problems, or (without any) not accepted yet."""
        self.drafts.hold(path, Draft(text, tuple(problems)))

    def drop(self, path: str) -> None:
        """Forget what was typed for a question and is not accepted."""
        self.drafts.drop(path)

    def begun(self, path: str) -> tuple[RowBegun, ...]:
        """The rows of a table that are not whole."""
        rows = self.drafts.rows.get(path, {})
        return tuple(rows[index] for index in sorted(rows))

    # answering

    def accept(self, path: str, value: Any) -> None:
        """Give an answer and save it. Raises Refused (nothing saved) when it does not fit."""
        before = self.value(path)
        self._save(statefile.set_answer(self._current(), path, value), path)
        self.drafts.drop(path)
        if path in self.drafts.rows:
            self.drafts.follow(path, before or [], self.value(path) or [])

    def accept_all(self, answers: Mapping[str, Any]) -> None:
        """Give several answers as one change, and save them. None takes one back, the preset's too.

        Raises Refused (nothing saved) when one does not fit.
        """
        text = self._current()
        for path, value in answers.items():
            text = statefile.disown(text, path) if value is None else statefile.set_answer(text, path, value)
        self._save(text, next(iter(answers)) if len(answers) == 1 else "answers")
        for path in answers:
            self.drafts.drop(path)

    def clear(self, path: str) -> None:
        """Take an answer back: the option belongs to its file again (or to the preset)."""
        self._save(statefile.unset_answer(self._current(), path), path)
        self.drafts.drop(path)

    def disown(self, path: str) -> None:
        """Leave the option of `path` to its file: neither these answers nor the preset's are written there."""
        self._save(statefile.disown(self._current(), path), path)
        self.drafts.drop(path)

    def adopt(self, text: str, origins: Mapping[str, Origin]) -> None:
        """Go on with `text`, the answers behind an existing install, unsaved until the next answer or an apply.

        `origins` says where each was found. Answers that were kept here already go beside, as FILE.previous. Raises
        Refused (nothing changed).
        """
        loaded = statefile.load(text, str(self.file))
        held = self._read()
        if held is not None and held != text:
            private = statefile.holds_literal_secret(held)
            save_text(self.file.with_name(f"{self.file.name}.previous"), held, private)
        self._steps.record("answers", self._settled, text)
        self.text, self.loaded, self._on_disk, self._settled = text, loaded, held, text
        self.found = {path: (self.value(path), origin) for path, origin in origins.items()}

    def save(self) -> None:
        """Put the answers on disk as they are now."""
        self._save(self.text)

    def use_preset(self, name: str) -> None:
        """Stand on a preset, pinned to its version."""
        self._save(statefile.set_preset(self._current(), name), "preset")

    def _current(self) -> str:
        """The answers' text as it stands now: another program may have written the file since. Raises Refused."""
        found = self._read()
        if found is None or found == self._on_disk:
            return self.text
        statefile.load(found, str(self.file))
        self._settled = found
        return found

    def _read(self) -> str | None:
        """The file's text; None where there is none, or a pipe, which gives its text only once."""
        try:
            return decoded(self.file.read_bytes(), str(self.file)) if self.file.is_file() else None
        except OSError as error:
            raise unreadable(str(self.file), error) from None

    def _save(self, text: str, what: str = "answers") -> None:
        self._put(text)
        self._steps.record(what, self._settled, text)
        self._settled = text
        self._tell()

    def _put(self, text: str) -> None:
        loaded = statefile.load(text, str(self.file))
        if not self.ephemeral:
            save_text(self.file, text, private=statefile.holds_literal_secret(loaded))
        self.text, self.loaded, self._on_disk = text, loaded, text

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()

    # going back

    @property
    def undoable(self) -> str | None:
        """The question whose change would be undone next (`preset`, or `answers` for several); None: there is none."""
        return self._steps.last.what if self._steps.last is not None else None

    @property
    def redoable(self) -> str | None:
        """The question whose change would be done again next, named as in `undoable`."""
        return self._steps.next.what if self._steps.next is not None else None

    def undo(self) -> Step | None:
        """Bring back the answers as they were before the last change, saved; None where there was none.

        Raises Refused (nothing changed) when another program has written the answers since: its change stays.
        """
        step = self._steps.last
        if step is not None:
            self._swap(step.after, step.before)
            self._steps.went_back()
            self._tell()
        return step

    def redo(self) -> Step | None:
        """Do again what was undone last, saved. None, and Refused, as for `undo`."""
        step = self._steps.next
        if step is not None:
            self._swap(step.before, step.after)
            self._steps.went_on()
            self._tell()
        return step

    def _swap(self, present: str, wanted: str) -> None:
        """Put `wanted` in the place of the answers, which must be `present`."""
        found = self._read()
        if (self.text if found is None or found == self._on_disk else found) != present:
            self._steps.forget()
            what = (
                "the answers were changed by another program since: that change stays, and nothing is undone"
            )
            raise Refused(Problem(what, file=str(self.file)))
        self._put(wanted)
        self._settled = wanted
