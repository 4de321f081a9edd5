"""Where each question lands: a place is a question, in one file, among answers that need that file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tests import eras
from tests.hostile.reading import Reader, reader_of
from tests.hostile.values import FRAMES, TOKEN, framed, shaped
from tests.verdicts.cases import leaves, root_of
from tests.verdicts.companions import FURTHER
from tests.verdicts.judges import JUDGES
from tests.verdicts.judging import Judge
from tests.verdicts.seeing import Planned, readers
from wizard.answers.questions import Asked
from wizard.answers.secret import Secret, secret_fault
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.checks import problems as check_problems
from wizard.files.lens import Lens
from wizard.plan import Plan, unknown_options
from wizard.problems import Refused

NOWHERE = Disk(Path("/nowhere-at-all"))
"""A machine without a file."""
ALL = slice(None)
OF_PATHS = ("/srv/{}", "/srv/{}/x", "a{}b", "/srv/{}.xml", "/srv/{}.yml")


@dataclass(frozen=True)
class Place:
    """A question where it lands. `given` are all answers with the token in the question's; `text` the file then."""

    asked: Asked
    scene: str
    given: Mapping[str, Any] = field(repr=False)
    path: str
    lenses: tuple[Lens, ...] = field(repr=False)
    reader: Reader = field(repr=False)
    frame: str
    shape: int
    """Which of the ways of `shaped` it is."""
    text: str = field(repr=False)

    def answered(self, hostile: str) -> dict[str, Any] | None:
        """The answers with a hostile text in the question's; None where the model refuses it."""
        return with_answer(self.asked, self.given, self.value(hostile))

    def value(self, text: str) -> Any:
        return [*shaped(self.asked)][self.shape](framed(self.frame, text))

    @property
    def is_edited(self) -> bool:
        """Whether another answer changes a file that is there: not in files that only begin with it, nor where it
        names a row of a table, which is another row then."""
        owned = any(lens.owns(root_of(self.asked.path)) for lens in self.lenses)
        return owned and not ("[]" in self.asked.path and self.asked.name in ("id", "name", "value", "dbkey"))

    @property
    def is_path(self) -> bool:
        return self.asked.question.kind in ("path", "url") or self.asked.name == "config_dir"

    def fitted(self, text: str) -> str:
        """The text; where a path ends with it, without slashes: others stand in the directory above it.

        Gravity, and so do we, takes the space off the start of a template.
        """
        if self.asked.name == "name_template":
            return text.lstrip()
        is_last = self.is_path and self.frame.startswith("/srv/{}") and not self.frame.endswith("/x")
        return text.replace("/", "") if is_last else text

    @property
    def splits(self) -> bool:
        """Whether the text is several words on purpose."""
        return self.asked.name == "extra_args"

    def __str__(self) -> str:
        return f"{self.asked.path} in {self.path} ({self.scene}, {self.frame})"


def with_answer(asked: Asked, given: Mapping[str, Any], value: Any) -> dict[str, Any] | None:
    """The answers with this one; of a table its first row gets it. None where the model or the secret refuses it."""
    table = root_of(asked.path)
    if isinstance(value, Secret) and secret_fault(value.reference) is not None:
        return None  # said when secrets are looked up, before any file is
    try:
        parsed = asked.parse(value)
        if table == asked.path:
            return {**given, table: parsed}
        first, *others = given[table]
        fields = {name: getattr(first, name) for name in type(first).model_fields}
        row = type(first).model_validate({**fields, asked.name: parsed}, strict=True)
    except ValidationError:
        return None
    return {**given, table: [row, *others]}


def grouped(given: Mapping[str, Any]) -> dict[str, tuple[Lens, ...]]:
    """The lenses over each file that these answers need."""
    found: dict[str, tuple[Lens, ...]] = {}
    for lens in LENSES:
        target = lens.target(given)
        if target is not None:
            found[target.path] = (*found.get(target.path, ()), lens)
    return found


def written(given: Mapping[str, Any], path: str, lenses: Iterable[Lens], text: str | None = None) -> str:
    """The file with these answers, a new one or the `text` that is there. Raises Refused, also for its place."""
    lenses = tuple(lenses)
    if found := [*unknown_options(given), *check_problems(given)]:
        raise Refused(found)
    for lens in lenses:
        lens.target(given)
    after = lenses[0].skeleton(given) if text is None else text
    for lens in lenses:
        after = lens.write(given, after, path).text
    return after


def texts_of(given: Mapping[str, Any], judge: Judge | None) -> dict[str, tuple[tuple[Lens, ...], str]]:
    """Every file of these answers, or those of a judge. Empty where they are refused."""
    found: dict[str, tuple[tuple[Lens, ...], str]] = {}
    try:
        groups = grouped(given)
    except Refused:
        return found
    for path, lenses in groups.items():
        if judge is None or any(judge.reads(lens.name) for lens in lenses):
            try:
                found[path] = (lenses, written(given, path, lenses))
            except Refused:
                continue
    return found


def places_in(
    asked: Asked, given: Mapping[str, Any], scene: str, judge: Judge | None = None
) -> Iterator[Place]:
    """The places of a question among these answers: each file that its answer then stands in."""
    for shape, put in enumerate(shaped(asked)):
        tried = 0
        for frame in FRAMES:
            answered = with_answer(asked, given, put(framed(frame, TOKEN)))
            # A text alone would be a path below another one, or none, as it begins.
            if answered is None or (asked.question.kind == "path" and frame not in OF_PATHS):
                continue
            found = False
            for path, (lenses, text) in texts_of(answered, judge).items():
                if TOKEN in text:
                    found = True
                    reader = reader_of(lenses[-1].name)
                    yield Place(asked, scene, answered, path, lenses, reader, frame, shape, text)
            tried += found
            if tried == (3 if asked.question.kind == "path" else 1):
                break


def complete(asked: Asked, context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Complete answers among which the question is asked, for the first of its values that can be written."""
    for _, outcome in Planned(asked, NOWHERE).under(context):
        if isinstance(outcome, Plan):
            yield outcome.given
            return


def is_free(asked: Asked) -> bool:
    """Whether a text can be the answer, or a part of it."""
    return asked.shape in ("text", "secret", "list", "map")


def of_consumers(share: slice = ALL, further_too: bool = True) -> Iterator[Place]:
    """The places in each file that a question is said to land in; a share of these pairs of question and file."""
    pairs = [(asked, judge) for asked in leaves() if is_free(asked) for judge in readers(asked.path)]
    for asked, judge in pairs[share]:
        further = FURTHER.get(root_of(asked.path), {}).get(judge.file, {}) if further_too else {}
        for circumstances, context in {"": {}, **further}.items():
            for given in complete(asked, {**judge.context, **context}):
                yield from places_in(
                    asked, given, f"{judge.file}{circumstances and f', {circumstances}'}", judge
                )


def of_scenes(scenes: Mapping[str, Mapping[str, Any]], share: slice = ALL) -> Iterator[Place]:
    """The places of every answer in a share of these scenes, in whatever file."""
    for scene, given in [*scenes.items()][share]:
        for asked in leaves():
            if is_free(asked) and given.get(root_of(asked.path)):
                yield from places_in(asked, given, scene)


def era_scenes() -> dict[str, Mapping[str, Any]]:
    """Every strategy of the older releases under every service manager, behind nginx and behind Apache by turns."""
    found: dict[str, Mapping[str, Any]] = {}
    for one, strategy in enumerate(eras.STRATEGIES):
        for other, manager in enumerate(eras.MANAGERS):
            proxy = ("nginx", "apache")[(one + other) % 2]
            found[f"{strategy}, {manager}, {proxy}"] = {
                **eras.answers(strategy, manager),
                "proxy.server": proxy,
            }
    return found


def judge_scenes() -> dict[str, Mapping[str, Any]]:
    """A complete set of answers for each kind of file."""
    found: dict[str, Mapping[str, Any]] = {}
    for judge in JUDGES:
        for asked in (one for one in leaves() if judge in readers(one.path) and is_free(one)):
            if given := [*complete(asked, judge.context)]:
                found[judge.file] = given[0]
                break
    return found


def option_places() -> Iterator[Place]:
    """Options of Galaxy's that no question asks, in either of Galaxy's own files."""
    asked = next(one for one in leaves() if one.path == "groundwork.brand")
    for scene, context in (("galaxy.yml", {}), ("galaxy.ini", {"groundwork.config_file": "galaxy.ini"})):
        for given in complete(asked, context):
            for name in ("terms_url", "welcome_url"):
                option = Asked(f"options.{name}", "options", name, asked.question, asked.annotation, "text")
                yield from places_in(option, given, scene)
