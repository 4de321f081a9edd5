"""What the consumers see of each question: every value among complete answers, told apart by those who read it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.verdicts.cases import Case, above, cases, is_older, leaves, root_of, values_of
from tests.verdicts.companions import FURTHER
from tests.verdicts.galaxy_judges import OfGalaxy, ask_together
from tests.verdicts.judges import JUDGES, judge_of
from tests.verdicts.judging import NOT_ASKED, Judge, Verdict
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.galaxy.absent import why_nowhere
from wizard.plan import Plan, make_plan
from wizard.problems import Refused

Places = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tried:
    """One value of a question before one judge. Without a bundle no file was written; `refused` says what was."""

    value: Any
    bundle: Places | None
    files: frozenset[str] = frozenset()
    """The kinds of files that there are, this judge's and others'."""
    refused: tuple[str, ...] = ()
    verdict: Verdict = NOT_ASKED
    lacking: bool = False
    """Whether the release has no option for the answer."""
    older: bool = False
    """Whether the release is one before the gunicorn era: what it lacks it lacks with all that hangs on it."""

    @property
    def seen(self) -> Any:
        """What tells the value apart: the view of the consumer, and which consumers have a file at all."""
        return (self.verdict.seen if self.bundle is not None else None, self.files)


Where = tuple[str, str]
"""A file, and the further circumstances under which it was written (empty: the usual ones)."""


@dataclass
class Found:
    """What became of one question: the trials before each judge that reads it."""

    asked: Asked
    owned: bool
    """Whether a lens says that the question lands in its file; else every file is looked at."""
    trials: dict[Where, list[Tried]] = field(default_factory=dict)
    judges: dict[Where, Judge] = field(default_factory=dict)

    def complaints(self) -> Iterator[str]:
        """What a consumer did not accept, and what was refused without the question's name."""
        root = root_of(self.asked.path)
        hanging = {root, *map(root_of, above(self.asked))}
        for (file, circumstances), trials in self.trials.items():
            for tried in trials:
                named = f"{file}{circumstances and f' ({circumstances})'}: {self.asked.path} = {shown(tried.value)}"
                for complaint in tried.verdict.complaints:
                    yield f"{named}: {complaint}"
                if (
                    tried.refused
                    and self.owned
                    and not {text.split()[0] for text in tried.refused} & (hanging if tried.older else {root})
                ):
                    yield f"{named}: refused without its name: {'; '.join(tried.refused)}"

    def misread(self) -> Iterator[str]:
        """Where the option that the question names has another value for its consumer than the answer."""
        section, _, option = (self.asked.question.at or "").partition(".")
        file = {"galaxy": "galaxy.yml, galaxy:", "gravity": "galaxy.yml, gravity:"}.get(section)
        for tried in self.trials.get((file or "", ""), ()):
            value = _at(tried.verdict.seen, option) if tried.bundle else None
            if value is not None and not same_value(tried.value, value):
                yield f"{file}: {self.asked.path} = {shown(tried.value)}: {option} is {value!r}"

    def seen_by(self) -> list[Where]:
        """Where consumers tell any two values apart."""
        return [
            where
            for where, trials in self.trials.items()
            if any(one.seen != other.seen for one, other in _pairs(trials))
        ]

    def silent(self) -> list[Where]:
        """Where the question is said to land, nothing of it is refused, and yet no consumer tells its values apart."""
        seen = self.seen_by()
        return [
            where
            for where, trials in self.trials.items()
            if self.owned
            and where not in seen
            and any(tried.bundle for tried in trials)
            and not any(tried.refused or tried.lacking for tried in trials)
        ]

    def tells(self, where: Where, tried: Tried) -> bool:
        """Whether the consumer tells this value from another one."""
        return any(_apart(tried, other) for other in self.trials[where])

    def alike(self) -> list[tuple[Any, Any]]:
        """The pairs of values that no consumer tells apart."""
        values = [tried.value for tried in next(iter(self.trials.values()), ())]
        pairs = itertools.combinations(range(len(values)), 2)
        return [
            (values[one], values[other])
            for one, other in pairs
            if not any(_apart(trials[one], trials[other]) for trials in self.trials.values())
            and not self._never_meet(one, other)
        ]

    def _never_meet(self, one: int, other: int) -> bool:
        """Whether each file refuses one of two values, and yet each of them is told from a third one somewhere."""
        return all(trials[one].refused or trials[other].refused for trials in self.trials.values()) and all(
            any(self.tells(where, trials[at]) for where, trials in self.trials.items()) for at in (one, other)
        )

    def refused_everywhere(self) -> list[Any]:
        """The values that every lens refuses."""
        columns = zip(*self.trials.values(), strict=True)
        return [column[0].value for column in columns if all(tried.refused for tried in column)]


def _at(settings: Any, option: str) -> Any:
    """The value of a dotted option; None where it is Galaxy's default, which is not told."""
    for name in option.split("."):
        settings = settings[0] if isinstance(settings, list) else settings
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings


def same_value(answer: Any, seen: Any) -> bool:
    """Whether a consumer's value is the answer, apart from how each writes lists, numbers and relative paths."""
    plain = answer.reference if isinstance(answer, Secret) else answer
    if isinstance(seen, list) and len(seen) == 1 and not isinstance(plain, list):
        return same_value(plain, seen[0])
    if isinstance(plain, list):
        return seen in (plain, ",".join(plain))
    if isinstance(plain, str) and isinstance(seen, str):
        return seen == plain or seen.endswith((f"/{plain}", f"sqlite:///{plain}"))
    return bool(plain == seen or str(plain) == seen)


def _apart(one: Tried, other: Tried) -> bool:
    return not (one.refused or other.refused) and one.seen != other.seen


def _pairs(trials: Sequence[Tried]) -> Iterable[tuple[Tried, Tried]]:
    return itertools.combinations([tried for tried in trials if not tried.refused], 2)


def shown(value: Any) -> str:
    """A value for a message; the secrets here are none."""
    return repr(value.reference if isinstance(value, Secret) else value)


def readers(path: str) -> list[Judge]:
    """The judges of the files that the question lands in."""
    lenses = [lens.name for lens in LENSES if lens.owns(root_of(path))]
    return [judge for judge in JUDGES if any(judge.reads(lens) for lens in lenses)]


def present() -> list[Judge]:
    """The judges whose lenses are in the register."""
    return [judge for judge in JUDGES if any(judge.reads(lens.name) for lens in LENSES)]


def tried_questions(section: str, place: Path) -> list[Found]:
    """Every question of a section with all of its values, judged; the files go below `place`, an empty folder."""
    found = []
    for asked in leaves():
        if asked.section == section:
            owners = readers(asked.path)
            one = Found(asked, bool(owners))
            planned = Planned(asked, Disk(place / "root"))
            for judge in owners or (present() if questions()[root_of(asked.path)].question.local else ()):
                _written(one, judge, planned)
            found.append(one)
    _judged(found, place)
    return found


def _written(found: Found, judge: Judge, planned: Planned) -> None:
    further = FURTHER.get(root_of(found.asked.path), {}).get(judge.file, {})
    for circumstances, context in {"": {}, **further}.items():
        where = (judge.file, circumstances)
        found.judges[where] = judge
        plans = planned.under({**judge.context, **context})
        found.trials[where] = [_tried(found, case, outcome, judge) for case, outcome in plans]


def _tried(found: Found, case: Case, outcome: Plan | Refused, judge: Judge) -> Tried:
    if isinstance(outcome, Refused):
        said = tuple(f"{problem.question} {problem}" for problem in outcome.problems)
        return Tried(case.value, None, refused=said, older=is_older(case.given))
    files = {
        file.path: file.after for file in outcome.files if any(judge.reads(lens) for lens in file.lenses)
    }
    kinds = frozenset(kind.file for file in outcome.files for kind in map(judge_of, file.lenses) if kind)
    path = root_of(found.asked.path)
    lacking = why_nowhere(path, outcome.given) is not None
    return Tried(case.value, tuple(sorted(files.items())) if files else None, kinds, lacking=lacking)


class Planned:
    """The plans for each value of one question; several judges share them where they need no answers of their own."""

    def __init__(self, asked: Asked, disk: Disk) -> None:
        self.asked, self.disk = asked, disk
        self.known: list[tuple[Mapping[str, Any], list[tuple[Case, Plan | Refused]]]] = []

    def under(self, context: Mapping[str, Any]) -> list[tuple[Case, Plan | Refused]]:
        """The case of each value, and the plan or what was refused, among answers that hold `context`."""
        for same, plans in self.known:
            if same == context:
                return plans
        made: list[tuple[Case, Plan | Refused]] = []
        for case in cases(self.asked, context):
            try:
                made.append((case, _planned(case, self.disk)))
            except Refused as refused:
                made.append((case, refused))
        self.known.append((context, made))
        return made


def _planned(case: Case, disk: Disk) -> Plan:
    """The plan, after whatever else it asks for was answered too. Raises Refused.

    What a preset answers and an older release does not have is left out, as its refusal says.
    """
    given, added = dict(case.given), set[str]()
    while True:
        try:
            return make_plan(given, disk, LENSES)
        except Refused as refused:
            asked = {problem.question or "" for problem in refused.problems}
            wanted = [path for path in questions() if path in asked and path not in given]
            more = {path: values_of(questions()[path])[0] for path in wanted}
            unknown = asked & given.keys() - case.kept - added if is_older(given) else set()
            added |= more.keys()
            if not more and not unknown:
                raise
            given = {path: value for path, value in given.items() if path not in unknown} | more


def _judged(found: Sequence[Found], place: Path) -> None:
    """Ask each judge about all files at once, about the same text only once, and all of Galaxy's in one process."""
    trials = [
        (one.trials[where], at, one.judges[where])
        for one in found
        for where in one.trials
        for at in range(len(one.trials[where]))
    ]
    asked = dict.fromkeys((judge.file, tried[at].bundle) for tried, at, judge in trials if tried[at].bundle)
    said: dict[tuple[str, Places | None], Verdict] = {}
    together = []
    for number, judge in enumerate(JUDGES):
        mine = [key for key in asked if key[0] == judge.file]
        if isinstance(judge.ask, OfGalaxy):
            together += [(key, judge.ask) for key in mine]
        elif mine:
            here = place / str(number)
            here.mkdir()
            said |= zip(mine, judge.ask([dict(bundle or ()) for _, bundle in mine], here), strict=True)
    if together:
        verdicts = ask_together(
            [(judge, dict(bundle or ())) for (_, bundle), judge in together], place / "galaxy"
        )
        said |= zip([key for key, _ in together], verdicts, strict=True)
    for tried, at, judge in trials:
        if tried[at].bundle:
            tried[at] = replace(tried[at], verdict=said[judge.file, tried[at].bundle])


def unjudged() -> list[str]:
    """The lenses that nobody judges."""
    return [lens.name for lens in LENSES if judge_of(lens.name) is None]
