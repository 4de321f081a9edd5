"""One admin's work on one install: the answers, and the plan that they lead to.

The wizard and the headless commands stand on this. It knows no screen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from wizard import statefile
from wizard.answering import Answering, Foreseen
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.apply import ORDINARY, Applied, Manner, StatePlan, apply_plan, exposed, linked, plan_state
from wizard.disk import Disk
from wizard.drift import Drift
from wizard.facts import Here
from wizard.file_plan import NOTHING_APPLIED, Since
from wizard.files import LENSES, host_checks
from wizard.files.hosts import needed_here
from wizard.files.lens import same_answer
from wizard.files.path_checks import too_long
from wizard.files.places import release
from wizard.host_record import last_apply, on_this_host, secrets_of_others
from wizard.plan import Plan, held_secrets, make_plan
from wizard.problems import Problem, Refused
from wizard.reveal import asks_for_generated, reveal
from wizard.storage import drop
from wizard.triage import kept_answers, make_sure_files_stay, make_sure_they_stay
from wizard.upgrading.noticing import newer_release, older_release

if TYPE_CHECKING:
    from wizard.advice.advice import Advice, Scene
    from wizard.checks.check import Result, Server
    from wizard.checks.running import Told
    from wizard.present import Places
    from wizard.steps.step import Scene as StepScene
    from wizard.upgrading.answers import Choices
    from wizard.upgrading.carrying import AtHand
    from wizard.upgrading.planning import UpgradePlan


READING = RLock()
"""Held by whoever plans or surveys: documents that were parsed are shared, and are for one thread at a time."""


@dataclass
class Session(Answering):
    """Answers, and what they come to on their disk."""

    taken: list[Drift] = field(default_factory=list, repr=False)
    """The edits by hand that an apply may write over; forgotten with the session."""
    made: dict[str, Any] = field(default_factory=dict, repr=False)
    """The secrets that were generated for plans and are in no file yet: the next plan has the same."""

    def read_again(self, file: Path) -> None:
        """Take the answers that the file holds now, or the install's `file` in a draft's stead. Raises Refused."""
        if self.draft and file.is_file():
            self.file, self.draft = file, False
        held = self._read()
        text = self.text if held is None else held
        self.loaded, self.text, self._on_disk = statefile.load(text, str(self.file)), text, held
        self.taken, self.found = [], {}

    # what is known

    def present(self) -> Places:
        """What the managed files hold of each question now; it reads them."""
        from wizard.present import present

        with READING:
            return present(self.given, self.disk)

    def here(self, path: str, places: Places | None = None) -> Here:
        """What is known here of a question or a table's column; `places` is what `present` found."""
        found = None if places is None else places.get(path, ())
        return Here(
            self.given, self.machine, self.origin(path), found, "[]" not in path, advice=self.advised(path)
        )

    # edits by hand

    def keep(self, drifts: Iterable[Drift]) -> tuple[str, ...]:
        """Make what was edited by hand the answers, unsaved until `save`; the questions that this disowns.

        An option that the file does not answer any more, or in words that no answer has, is left to the file.
        Raises Refused, and changes nothing, for a whole file that is gone, where files would be looked for
        elsewhere, and for what would be written over all the same.
        """
        edits = tuple(drifts)
        with READING:
            held, then = kept_answers(edits, self.revealed(), self.disk, self.since().record), []
        make_sure_files_stay([path for path, value in held.items() if value is None], self.given, self.disk)
        text = self._current()
        for path, value in held.items():
            if value is None:
                text = statefile.disown(text, path)
                then.append(path)
            else:
                text = statefile.set_answer(text, path, value)
        self._turn_to(text, edits)
        return tuple(then)

    def _turn_to(self, text: str, edits: Iterable[Drift]) -> None:
        """Go on with `text`, unsaved. Raises Refused, and changes nothing, where the edits would not stay."""
        before = self.text, self.loaded
        self.text, self.loaded = text, statefile.load(text, str(self.file))
        try:
            make_sure_they_stay(edits, self.plan(), self.disk)
        except Refused:
            self.text, self.loaded = before
            raise

    def take(self, drift: Drift) -> None:
        """Let an apply write over this edit by hand, as long as the file holds just that."""
        if drift not in self.taken:
            self.taken.append(drift)

    def leave(self, drift: Drift) -> tuple[str, ...]:
        """Leave an option that was edited by hand to its file, saved; the questions that this disowns.

        Raises Refused, and changes nothing, as `keep` does.
        """
        if drift.change is None:
            way_out = "let an apply write it again, or disown its questions one by one"
            what = "is gone: there is no option to leave to it"
            raise Refused(Problem(what, file=self.disk.shown(drift.path), way_out=way_out))
        text, given = self._current(), self.given
        paths = tuple(path for path in drift.change.questions if path in given)
        make_sure_files_stay(paths, given, self.disk)
        for path in paths:
            text = statefile.disown(text, path)
        self._turn_to(text, (drift,))
        self._save(text, paths[0] if len(paths) == 1 else "answers")
        return paths

    def undecided(self, plan: Plan) -> tuple[Drift, ...]:
        """The edits by hand that `plan` would write over without being let; with any, it is not to be applied."""
        return tuple(drift for drift in plan.conflicts if drift not in self.taken)

    # doing

    def revealed(self) -> dict[str, Any]:
        """The given answers with every secret resolved. Raises Refused for a secret that cannot be had."""
        given = needed_here(self.given, LENSES)
        wanted = {path for path, value in given.items() if asks_for_generated(path, value)}
        elsewhere = secrets_of_others(wanted, given, self.disk)
        held = {**elsewhere, **self._recorded_secrets(wanted), **held_secrets(given, self.disk)}
        if problems := [*host_checks.made_elsewhere(wanted - held.keys(), given)]:
            raise Refused(problems)
        revealed = reveal(given, self.environ, self.disk.text, {**self.made, **held})
        # Not those of rows: of these, some may have been given.
        self.made = {path: revealed[path] for path in wanted if isinstance(revealed[path], Secret)}
        return revealed

    def _recorded_secrets(self, wanted: Collection[str]) -> dict[str, Any]:
        """The generated secrets of the last apply: one that was removed by hand comes back, and no new one."""
        recorded = self.since().record if wanted else NOTHING_APPLIED.record
        return {path: value for path, value in recorded.given.items() if path in wanted}

    def plan(self) -> Plan:
        """What an apply would do now: an upgrade, where the answers say a newer release than the last apply."""
        with READING:
            return self._plan()

    def _plan(self) -> Plan:
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

    def scene(self, plan: Plan) -> Scene:
        """What rules may look at in `plan`, a plan of these answers."""
        from wizard.advice.scene import scene

        with READING:
            return scene(plan, self.disk, self.machine, self.since().record.given)

    def advice(self, plan: Plan) -> tuple[Advice, ...]:
        """What is to be said of `plan` and its answers, the worst first; it reads every planned file again."""
        from wizard.advice.advising import advice

        with READING:
            return advice(self.scene(plan), self.loaded.ignored_advice)

    def left_to_do(self, plan: Plan) -> StepScene:
        """What the steps of these answers may look at, `plan` being theirs."""
        from wizard.steps.step import Scene

        return Scene(
            plan.given,
            release(plan.given),
            self.machine,
            self.disk,
            tuple(file.path for file in plan.files if file.after or file.before is not None),
            tuple(file.path for file in plan.pending),
            self.environ,
        )

    def server(self) -> Server:
        """What checks may know of the running server. Raises Refused for a secret that cannot be had.

        A secret that is still to be generated is none yet: what stands in the files counts.
        """
        from wizard.checks.server import server_of

        made = {path for path, value in self.given.items() if asks_for_generated(path, value)}
        with READING:
            given = {path: value for path, value in self.revealed().items() if path not in made}
            return server_of(given, self.disk, self.machine, self.environ)

    def count_checks(self, sections: Collection[str] | None = None) -> int:
        """How many checks there are of these sections (None: of all)."""
        from wizard.checks.register import checks

        return sum(sections is None or one.section in sections for one in checks())

    def check(self, sections: Collection[str] | None = None, told: Told | None = None) -> tuple[Result, ...]:
        """Look at the running server; `told` hears of each check as it ends. Raises Refused as `server` does."""
        from wizard.checks.register import checks
        from wizard.checks.running import run_checks

        return run_checks(checks(), self.server(), sections, told)

    def foresee(self) -> Foreseen:
        """What an apply would do now, or what is in its way; and what the rules say of it."""
        try:
            plan = self.plan()
            return Foreseen(len(plan.pending), advice=self.advice(plan))
        except Refused as refusal:
            return Foreseen(None, refusal.problems)

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
        self.made.clear()
        if self.draft and (place := applied.state_file) is not None:
            if place != self.file:
                applied = replace(applied, notes=(*applied.notes, *drop(self.file)))
            self.file, self.draft = place, False
            self.drafts.move(self.file)
        if applied.state is not None and applied.state_file == self.file:
            self.text = applied.state.after
            self.loaded = statefile.load(self.text, str(self.file))
        elif text != before[0]:
            self.save()
        if self.text != self._settled:
            self._steps.forget()  # the apply pinned the preset, or led to another release's answers
            self._settled = self.text
        return applied
