"""One admin's work on one install: the answers file, what it holds, and the plan it leads to.

The wizard and the headless commands stand on this. It knows no screen; every accepted answer is on disk
before `accept` returns.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wizard import statefile
from wizard.answers import Answers
from wizard.answers.question import Machine, Suggestion
from wizard.answers.questions import Asked, in_section, questions
from wizard.answers.standing import Standing, standings
from wizard.apply import ORDINARY, Applied, Manner, StatePlan, apply_plan, exposed, linked, plan_state
from wizard.disk import Disk, decoded, unreadable
from wizard.documents.toml.document import line_of
from wizard.drift import Drift
from wizard.file_plan import NOTHING_APPLIED, Since
from wizard.files import LENSES, host_checks
from wizard.files.hosts import HOST, HOSTS, hosts_of, named_like, needed_here, this_host
from wizard.files.lens import same_answer
from wizard.files.path_checks import too_long
from wizard.host_record import last_apply, on_this_host, secrets_of_others
from wizard.machine import this_machine
from wizard.plan import Plan, held_secrets, kept_answers, make_plan
from wizard.problems import Problem, Refused
from wizard.reveal import asks_for_generated, reveal
from wizard.statefile import Loaded, Origin
from wizard.statefile_keys import entries_of, place_of
from wizard.storage import drop, save_text
from wizard.upgrading.noticing import newer_release, older_release

if TYPE_CHECKING:
    from wizard.upgrading.answers import Choices
    from wizard.upgrading.carrying import AtHand
    from wizard.upgrading.planning import UpgradePlan

SectionState = Literal["untouched", "done", "problems"]


@dataclass
class Session:
    """The answers file at `file`, its present `text`, and the disk that its answers are for."""

    file: Path
    disk: Disk
    text: str = field(default="", repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    draft: bool = False
    """Whether `file` is only a place for answers until the first apply puts them beside Galaxy's configuration."""
    host: str | None = None
    """For which of several hosts the files are, in this session: never saved."""
    ephemeral: bool = False
    """Whether the answers come from no file that could be changed: a preset, or a pipe."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    taken: list[Drift] = field(default_factory=list, repr=False)
    """The edits by hand that an apply may write over; forgotten with the session."""
    found: dict[str, tuple[Any, Origin]] = field(default_factory=dict, repr=False)
    """The answers that `adopt` brought, each with the place in the install's own files."""

    def __post_init__(self) -> None:
        self.loaded: Loaded = statefile.load(self.text, str(self.file))
        self._on_disk = self._read()

    @cached_property
    def machine(self) -> Machine:
        """The machine that suggestions are for; looked at when the first one is asked for."""
        return this_machine()

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

    def section_state(self, section: str) -> SectionState:
        """`done` when any question of the section is answered."""
        given = self.given
        answered = any(path.startswith(section + ".") for path in given)
        return "done" if answered else "untouched"

    # answering

    def accept(self, path: str, value: Any) -> None:
        """Give an answer and save it. Raises Refused (nothing saved) when it does not fit."""
        self._save(statefile.set_answer(self._current(), path, value))

    def clear(self, path: str) -> None:
        """Take an answer back: the option belongs to its file again (or to the preset)."""
        self._save(statefile.unset_answer(self._current(), path))

    def disown(self, path: str) -> None:
        """Leave the option of `path` to its file: neither these answers nor the preset's are written there."""
        self._save(statefile.disown(self._current(), path))

    def keep(self, drifts: Iterable[Drift]) -> tuple[str, ...]:
        """Make what was edited by hand the answers, unsaved until `save`; the questions that this disowns.

        An option that the file does not answer any more, or in words that no answer has, is left to the file.
        Raises Refused for a whole file that is gone.
        """
        held, then = kept_answers(tuple(drifts), self.revealed(), self.disk, self.since().record), []
        text = self._current()
        for path, value in held.items():
            if value is None:
                text = statefile.disown(text, path)
                then.append(path)
            else:
                text = statefile.set_answer(text, path, value)
        self.text, self.loaded = text, statefile.load(text, str(self.file))
        return tuple(then)

    def take(self, drift: Drift) -> None:
        """Let an apply write over this edit by hand, as long as the file holds just that."""
        if drift not in self.taken:
            self.taken.append(drift)

    def leave(self, drift: Drift) -> tuple[str, ...]:
        """Leave an option that was edited by hand to its file, saved; the questions that this disowns.

        Raises Refused for a whole file that is gone.
        """
        if drift.change is None:
            way_out = "let an apply write it again, or disown its questions one by one"
            what = "is gone: there is no option to leave to it"
            raise Refused(Problem(what, file=self.disk.shown(drift.path), way_out=way_out))
        text, given = self._current(), self.given
        paths = tuple(path for path in drift.change.questions if path in given)
        for path in paths:
            text = statefile.disown(text, path)
        self._save(text)
        return paths

    def undecided(self, plan: Plan) -> tuple[Drift, ...]:
        """The edits by hand that `plan` would write over without being let; with any, it is not to be applied."""
        return tuple(drift for drift in plan.conflicts if drift not in self.taken)

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
        self.text, self.loaded, self._on_disk = text, loaded, held
        self.found = {path: (self.value(path), origin) for path, origin in origins.items()}

    def save(self) -> None:
        """Put the answers on disk as they are now."""
        self._save(self.text)

    def use_preset(self, name: str) -> None:
        """Stand on a preset, pinned to its version."""
        self._save(statefile.set_preset(self._current(), name))

    def _current(self) -> str:
        """The answers' text as it stands now: another program may have written the file since. Raises Refused."""
        found = self._read()
        if found is None or found == self._on_disk:
            return self.text
        statefile.load(found, str(self.file))
        return found

    def _read(self) -> str | None:
        """The file's text; None where there is none, or a pipe, which gives its text only once."""
        try:
            return decoded(self.file.read_bytes(), str(self.file)) if self.file.is_file() else None
        except OSError as error:
            raise unreadable(str(self.file), error) from None

    def _save(self, text: str) -> None:
        loaded = statefile.load(text, str(self.file))
        if not self.ephemeral:
            save_text(self.file, text, private=statefile.holds_literal_secret(loaded))
        self.text, self.loaded, self._on_disk = text, loaded, text
        for listener in self.listeners:
            listener()

    # doing

    def revealed(self) -> dict[str, Any]:
        """The given answers with every secret resolved. Raises Refused for a secret that cannot be had."""
        given = needed_here(self.given, LENSES)
        wanted = {path for path, value in given.items() if asks_for_generated(path, value)}
        elsewhere = secrets_of_others(wanted, given, self.disk)
        held = {**elsewhere, **self._recorded_secrets(wanted), **held_secrets(given, self.disk)}
        if problems := [*host_checks.made_elsewhere(wanted - held.keys(), given)]:
            raise Refused(problems)
        return reveal(given, self.environ, self.disk.text, held)

    def _recorded_secrets(self, wanted: Collection[str]) -> dict[str, Any]:
        """The generated secrets of the last apply: one that was removed by hand comes back, and no new one."""
        recorded = self.since().record if wanted else NOTHING_APPLIED.record
        return {path: value for path, value in recorded.given.items() if path in wanted}

    def plan(self) -> Plan:
        """What an apply would do now: an upgrade, where the answers say a newer release than the last apply."""
        try:
            if problems := [*too_long(self.given), *host_checks.chosen(self.given), *self._generated()]:
                raise Refused(problems)
            since = self.since()
            if (newer := newer_release(self.given, since.record)) is not None:
                from wizard.upgrading.carrying import changed_release

                return changed_release(self._at_hand(), newer)
            plan = make_plan(self.revealed(), self.disk, since=since)
            plan = on_this_host(plan, self.given, since, self.disk)
        except Refused as refusal:
            raise Refused(map(self.located, refusal.problems), refusal.status) from None
        idle = (problem for problem in plan.idle if not self._overridden(problem))
        return replace(plan, idle=(*idle, *older_release(self.given, since.record)))

    def upgrade(self, to: str, choices: Choices) -> UpgradePlan:
        """What leads to the release `to`: the plan, a report, and the answers of that release. Raises Refused."""
        from wizard.upgrading.carrying import carried

        try:
            return carried(self._at_hand(), to, choices)
        except Refused as refusal:
            raise Refused(map(self.located, refusal.problems), refusal.status) from None

    @property
    def newer_release(self) -> str | None:
        """The release of the answers, where the files are of an older one: a plan is an upgrade then."""
        return newer_release(self.given, self.since().record)

    def _at_hand(self) -> AtHand:
        from wizard.upgrading.carrying import AtHand

        text = self._current()
        return AtHand(text, str(self.file), self.revealed(), self.disk, self.since().record, self._later)

    def _later(self, text: str, disk: Disk) -> dict[str, Any]:
        return Session(self.file, disk, text, self.environ, host=self.host).revealed()

    def _generated(self) -> Iterable[Problem]:
        given = self.given
        for path, value in given.items() if self.hosts else ():
            if asks_for_generated(path, value):
                yield from host_checks.generated(path, given, LENSES)

    def since(self) -> Since:
        """What is known of the last apply. Raises Refused for a record that cannot be read."""
        given = self.given
        record = last_apply(given, self.disk)
        if record is None:
            return NOTHING_APPLIED
        return Since(record, frozenset(record.answers.keys() - given.keys() - set(self.loaded.disowned)))

    def _overridden(self, problem: Problem) -> bool:
        """Whether the answer is only the preset's, to a question that the admin's own answers made moot."""
        path = problem.question or ""
        origin, asked = self.origin(path), questions().get(path)
        moot = asked is not None and not asked.question.applies(self.given)
        return moot and origin is not None and origin.kind == "preset"

    def state(self, plan: Plan | None = None) -> StatePlan | None:
        """What an apply would make of the install's state file now: these answers, their preset pinned.

        With the `plan` of an upgrade: the answers that this leads to.
        """
        text = self._text_after(plan)
        loaded = statefile.load(text, str(self.file))
        private = statefile.holds_literal_secret(loaded)
        return plan_state(self.given, self.disk, statefile.pin(text), private)

    def cautions(self, plan: Plan) -> tuple[Problem, ...]:
        """What is to be known of the files that `plan` replaces: who may read them, which other names they have."""
        return (*exposed(plan, self.disk), *linked(plan, self.state(plan), self.disk))

    def _text_after(self, plan: Plan | None) -> str:
        return self.text if plan is None or plan.answers is None else plan.answers

    def differing(self) -> tuple[str, ...]:
        """The questions that the install's own answers answer otherwise than these. Raises Refused for bad ones."""
        state = self.state()
        if state is None or state.before is None or state.action == "unchanged":
            return ()
        held = statefile.load(state.before.text, self.disk.shown(state.path)).answers.given()
        given = self.loaded.answers.given()
        return tuple(path for path in {**held, **given} if not same_answer(held.get(path), given.get(path)))

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

    def apply(
        self,
        plan: Plan,
        state: StatePlan | None = None,
        progress: Callable[[str], None] | None = None,
        manner: Manner = ORDINARY,
    ) -> Applied:
        """Write the plan's files, and the answers beside them as the install's state file.

        `state` is what the admin was shown of that; without it, it is looked at now. `progress` is told each path
        (below the root) as it is written; it must not raise. The answers that an upgrade leads to are saved.
        """
        state, text = state or self.state(plan), self._text_after(plan)
        before = self.text, self.loaded
        self.text, self.loaded = text, statefile.load(text, str(self.file))
        try:
            applied = apply_plan(plan, state, self.disk, self.given, progress, manner)
        except BaseException:
            self.text, self.loaded = before  # nothing was written: the answers are those of before
            raise
        self.taken.clear()
        self.found.clear()
        if self.draft and (place := applied.state_file) is not None:
            if place != self.file:
                applied = replace(applied, notes=(*applied.notes, *drop(self.file)))
            self.file, self.draft = place, False
        if applied.state is not None and applied.state_file == self.file:
            self.text = applied.state.after
            self.loaded = statefile.load(self.text, str(self.file))
        elif text != before[0]:
            self.save()
        return applied
