"""Any option of galaxy.yml that no question asks for: its help in the install's own words, and giving it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.answers.question import Given
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret, secret_fault
from wizard.disk import Disk
from wizard.documents.toml.document import TOMLDecodeError, inline, loads
from wizard.files.places import ini_samples, release, sample_patterns
from wizard.option_asked import PREFIX, WRITTEN, as_question
from wizard.plan import asked_by
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.releases.installed_schema import SCHEMAS, help_of_sample, help_of_schema
from wizard.releases.release import NEWEST, Release
from wizard.reveal import secret_option

if TYPE_CHECKING:
    from wizard.advice.advice import Advice
    from wizard.answering import Answering
    from wizard.answers.question import Suggestion
    from wizard.answers.standing import Standing
    from wizard.drafts import Draft, RowBegun

_TRUE = ("true", "yes", "on", "1")


@dataclass(frozen=True)
class InstalledHelp:
    """The help of options in an install's own words, and the file that it stands in; empty where none was found."""

    texts: Mapping[str, str]
    file: str | None = None


NO_HELP = InstalledHelp({})


def installed_help(given: Given, disk: Disk) -> InstalledHelp:
    """What the install says of its options: its schema, else its sample. Files that cannot be read are passed over."""
    samples = (*sample_patterns(given, "galaxy.yml.sample"), *ini_samples(given))
    for reader, patterns in ((help_of_schema, _schemas(given)), (help_of_sample, samples)):
        file = disk.first_that_exists(patterns)
        try:
            state = disk.read(file) if file is not None else None
        except Refused:
            continue
        texts = reader(state.text) if state is not None else {}
        if file is not None and texts:
            return InstalledHelp(texts, disk.shown(file))
    return NO_HELP


def _schemas(given: Given) -> tuple[str, ...]:
    """Where an install keeps its schema, best first; shell patterns."""
    root, virtualenv = given.get("groundwork.root"), given.get("groundwork.virtualenv")
    places = [f"{root}/lib", f"{root}/.venv/lib/python3*/site-packages"] if root else []
    places += [f"{virtualenv}/lib/python3*/site-packages"] if virtualenv else []
    return tuple(f"{place}/{schema}" for place in places for schema in SCHEMAS)


def other_options(given: Given, told: InstalledHelp | None = None) -> dict[str, Asked]:
    """Every option of the answered release by its name, those that a question owns too, in alphabetical order."""
    texts, known = told.texts if told is not None else {}, catalog.options(release(given))
    return {name: as_question(known[name], texts.get(name, "")) for name in sorted(known)}


def owner(name: str) -> str | None:
    """The question that answers this option, or the first of those that do."""
    return asked_by(name) or _landing().get(name)


@cache
def _landing() -> dict[str, str]:
    """The options that answers land in, or below."""
    found: dict[str, str] = {}
    for path, asked in questions().items():
        for place in (asked.question.at or "", *asked.question.lands):
            where, _, name = place.partition(".")
            if where == "galaxy" and name:
                found.setdefault(name.partition(".")[0], path)
    return found


class OptionKeeper:
    """Keeps the answers to options for a form, as `wizard.typed` and the fields know answers."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    @property
    def _release(self) -> Release:
        try:
            return release(self._answering.given)
        except Refused:
            return NEWEST

    def value(self, path: str) -> Any:
        """The given answer as its field takes it, or None."""
        raw, name = self._answering.value(path), path.removeprefix(PREFIX)
        option = catalog.option(name)
        if raw is None or option is None:
            return raw
        if catalog.secret_kind(name) is not None:
            return _secret(path, raw)
        if option.type == "bool":
            return str(raw).lower() in _TRUE
        if option.type == "float" and not isinstance(raw, str):
            return float(raw)
        return raw if isinstance(raw, str) and not _looks_structured(raw) else _written(raw)

    def suggestion(self, path: str) -> Suggestion | None:
        """None: the documents recommend nothing that no question asks for."""
        return None

    def accept(self, path: str, value: Any) -> None:
        """Keep an answer. Raises Refused, keeping nothing, when Galaxy would not take it or a question asks for it."""
        name = path.removeprefix(PREFIX)
        question = owner(name)
        if question is not None:
            way_out = f"answer {question} instead"
            raise Refused(
                Problem(f"the question {question} answers this option", question=path, way_out=way_out)
            )
        option = catalog.option(name)
        if isinstance(value, Secret):
            fault = secret_fault(value.reference) if value.is_literal else None
            faults = [fault] if fault else []
        else:
            value = _typed(option, value)
            faults = catalog.check(name, value, self._release)
        if faults:
            raise Refused(Problem(fault, question=path) for fault in faults)
        self._answering.accept(path, value)

    def clear(self, path: str) -> None:
        """Take an answer back."""
        self._answering.clear(path)

    def worth(self, path: str) -> Mapping[Any, Standing]:
        """Nothing: no document compares the values of such an option."""
        return {}

    def offers(self, asked: Asked, text: str) -> tuple[str, ...]:
        """None: what may stand there is not known."""
        return ()

    def whose(self, path: str) -> str:
        """What is said beside an answer that stands in for the site's own."""
        return self._answering.whose(path)

    def advised(self, path: str) -> tuple[Advice, ...]:
        """What the rules say of the option."""
        return self._answering.advised(path)

    def accept_all(self, answers: Mapping[str, Any]) -> None:
        """Give several answers as one change."""
        self._answering.accept_all(answers)

    def begun(self, path: str) -> tuple[RowBegun, ...]:
        """None: an option is no table with a form for its rows."""
        return ()

    def held(self, path: str) -> Draft | None:
        """What was typed for an option and is not accepted."""
        return self._answering.held(path)

    def hold(self, path: str, text: str | None, problems: Iterable[Problem] = ()) -> None:
        """Keep what was typed and is refused, or not accepted yet."""
        self._answering.hold(path, text, problems)

    def drop(self, path: str) -> None:
        """Forget what was typed and is not accepted."""
        self._answering.drop(path)


def _secret(path: str, raw: Any) -> Any:
    try:
        return secret_option(path, raw)
    except ValueError:
        return None


def _written(raw: Any) -> str | int | bool:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else inline(raw)


def _looks_structured(text: str) -> bool:
    return text.lstrip()[:1] in ("[", "{")


def _typed(option: catalog.Option | None, value: Any) -> Any:
    """What was typed for an option that may be a list or a table: those are written as in an answers file."""
    if option is None or option.type not in ("map", "seq", "any") or not isinstance(value, str):
        return value
    if option.type == "any" and not _looks_structured(value):
        return value
    try:
        return loads(f"value = {value}")["value"]
    except (TOMLDecodeError, ValueError, RecursionError):
        what = f"is not {'a table' if option.type == 'map' else 'a list'} as an answers file has it"
        example = WRITTEN.get(option.type, '["one"]')
        raise Refused(
            Problem(what, question=f"{PREFIX}{option.name}", way_out=f"write it like {example}")
        ) from None
