"""The answers file: TOML in, answers with their origins out; and edits of its text that keep the rest.

The state file that the wizard keeps is such a file too. Everything here is text to value and text to text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from wizard import presets
from wizard.answers import SCHEMA, SECTIONS, Answers, answers_from
from wizard.answers.question import Given
from wizard.answers.questions import Asked, at_top_level, questions
from wizard.answers.secret import Secret
from wizard.documents.line_ends import need_no_mark
from wizard.documents.toml.document import Entry, Path, TOMLDecodeError, line_of, loads
from wizard.documents.toml.edit import put, remove
from wizard.problems import Problem, Refused
from wizard.refusals import nearest, shown, unfitting
from wizard.releases.catalog import secret_kind
from wizard.releases.secret_options import kind_by_key
from wizard.statefile_keys import as_written, by_section, entries_of, keys_of, misplaced

_IDENTITY = MappingProxyType(
    {
        "cluster.runners": "id",
        "cluster.destinations": "id",
        "scaling.handlers": "name",
        "scaling.hosts": "name",
        "data.backends": "id",
    }
)
"""The tables whose rows are referred to, each with the column that must tell them apart."""

_URL_WITH_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]+@")

_HEADER = """\
# Answers for galaxy-setup: what is written here is what it manages, and nothing else.
# `galaxy-setup explain QUESTION` tells about one; `galaxy-setup diff` shows what a change here would do.
"""


@dataclass(frozen=True)
class Origin:
    """Where an answer comes from. `file` is the answers file, the preset's, or the one it was found in."""

    kind: Literal["wizard", "file", "preset", "found"]
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Loaded:
    """An answers file, understood.

    `answers` holds the preset's under the file's own; `own` only what the file itself gives, by path.
    `origins` has an entry for every given answer. `preset` is what the file names, such as `single-server@1`.
    """

    answers: Answers
    own: dict[str, Any]
    origins: dict[str, Origin]
    preset: str | None = None
    disowned: tuple[str, ...] = ()
    """The questions whose options are left to their files, whatever the preset answers."""
    ignored_advice: tuple[str, ...] = ()
    """The codes of advice that is not to be given."""


def load(text: str, file: str) -> Loaded:
    """The answers that `text` gives. `file` names it in problems; Refused carries all of them, by line."""
    raw = _parsed(text, file)
    entries = entries_of(text)
    preset_given, preset_origins, problems = _preset(raw, text, file, entries)
    problems += [*_version(raw, text, file, entries), *misplaced(raw, text, file, entries)]
    sections = _sections(raw)
    own: dict[str, Any] = {}
    try:
        own = Answers.model_validate(sections).given()
    except ValidationError as error:
        problems += map(as_written, unfitting(error, sections, text, file, entries))
    for path in _IDENTITY:
        section, name = path.split(".")
        rows = sections[section].get(name) if isinstance(sections.get(section), dict) else None
        problems += _duplicates(path, rows, text, file, entries)
    problems += _disowned(raw, own, text, file, entries)
    if problems:
        raise Refused(sorted(problems, key=lambda problem: problem.line or 0))
    disowned, ignored = tuple(raw.get("disowned", ())), tuple(raw.get("ignored_advice", ()))
    given = {path: value for path, value in {**preset_given, **own}.items() if path not in disowned}
    origins = {**preset_origins, **_origins(own, "file", file, entries)}
    preset = raw.get("preset")
    answers = answers_from(given).model_copy(update={"preset": preset})
    return Loaded(answers, own, {path: origins[path] for path in given}, preset, disowned, ignored)


def _sections(raw: Given) -> dict[str, Any]:
    """The answers in a file or a preset, by section."""
    return by_section({key: value for key, value in raw.items() if key not in ("schema", "preset")})


def _parsed(text: str, file: str | None) -> dict[str, Any]:
    need_no_mark(text, file, "TOML")
    try:
        raw: dict[str, Any] = loads(text)
        return raw
    except RecursionError:
        raise Refused(Problem("values stand too deep in each other to be read", file)) from None
    except (TOMLDecodeError, ValueError) as error:
        message = str(error)
        at = re.search(r"\(at line (\d+), column (\d+)\)", message)
        line, column = (int(at[1]), int(at[2])) if at else (text.count("\n") + 1, None)
        what = re.sub(r"\s*\(at [^)]*\)\s*$", "", message)
        raise Refused(
            Problem(f"this is not TOML: {what}", file, line, column, way_out="mend this line")
        ) from None


def _version(raw: Given, text: str, file: str, entries: list[Entry]) -> list[Problem]:
    version = raw.get("schema", SCHEMA)
    if type(version) is int and 1 <= version <= SCHEMA:
        return []
    what = f"must be a whole number from 1 to {SCHEMA}"
    way_out = f"write schema = {SCHEMA}"
    if type(version) is int and version > SCHEMA:
        what = f"the file is written for answers format {version}, this galaxy-setup reads up to {SCHEMA}"
        way_out = "use the newer galaxy-setup that wrote it"
    line = line_of(text, ("schema",), entries)
    return [Problem(what, file, line, question="schema", way_out=way_out)]


def _preset(
    raw: Given, text: str, file: str, entries: list[Entry]
) -> tuple[dict[str, Any], dict[str, Origin], list[Problem]]:
    name = raw.get("preset")
    if name is None:
        return {}, {}, []
    line = line_of(text, ("preset",), entries)
    if not isinstance(name, str):
        what = "must be the name of a preset in quotes"
        return {}, {}, [Problem(what, file, line, question="preset", way_out="see galaxy-setup presets")]
    try:
        given, origins = _preset_answers(presets.find(name))
    except Refused as refused:
        found = [
            Problem(
                problem.what,
                problem.file or file,
                problem.line or line,
                None,
                problem.question,
                problem.way_out,
            )
            for problem in refused.problems
        ]
        return {}, {}, found
    return given, origins, []


def _disowned(raw: Given, own: Given, text: str, file: str, entries: list[Entry]) -> Iterable[Problem]:
    """What is wrong with the list of disowned questions, if it is one."""
    listed = raw.get("disowned")
    line = line_of(text, ("disowned",), entries)
    for path in listed if isinstance(listed, list) else ():
        if isinstance(path, str) and path not in questions() and not path.startswith("options."):
            near = nearest(path, questions())
            way_out = f"did you mean {near}?" if near else "galaxy-setup explain lists all"
            yield Problem(
                f"there is no question {shown(path)}", file, line, question="disowned", way_out=way_out
            )
        elif path in own:
            what = "is answered in this file and disowned in it"
            yield Problem(what, file, line, question=path, way_out="take out one of the two")


@cache
def _preset_answers(preset: presets.Preset) -> tuple[dict[str, Any], dict[str, Origin]]:
    raw = _parsed(preset.text, preset.file)
    entries, sections = entries_of(preset.text), _sections(raw)
    try:
        given = Answers.model_validate(sections).given()
    except ValidationError as error:
        raise Refused(unfitting(error, sections, preset.text, preset.file, entries)) from None
    return given, _origins(given, "preset", preset.file, entries)


def _origins(
    given: Given, kind: Literal["file", "preset"], file: str, entries: list[Entry]
) -> dict[str, Origin]:
    """The line of every answer. Only an answer inside an inline section has that section's."""
    lines: dict[Path, int] = {}
    for entry in entries:
        for depth in range(1, min(len(entry.path), 2) + 1):
            lines.setdefault(entry.path[:depth], entry.line)
    origins = {}
    for path in given:
        keys = tuple(path.split(".", 1))
        origins[path] = Origin(kind, file, lines.get(keys, lines.get(keys[:1])))
    return origins


def _duplicates(
    path: str, rows: Any, text: str = "", file: str | None = None, entries: list[Entry] | None = None
) -> list[Problem]:
    """The rows (as TOML has them, well-formed or not) that an earlier row of the table makes ambiguous."""
    column = _IDENTITY.get(path)
    if column is None or not isinstance(rows, list):
        return []
    seen: dict[str, int] = {}
    problems = []
    for number, row in enumerate(rows):
        name = row.get(column) if isinstance(row, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            line = line_of(text, (*path.split("."), number, column), entries)
            what = f"{column} {shown(name)} is taken by row {seen[name]} already"
            question = f"{path}[{number + 1}].{column}"
            problem = Problem(what, file, line, question=question, way_out="give it another")
            problems.append(as_written(problem))
        seen.setdefault(name, number + 1)
    return problems


def set_answer(text: str, path: str, value: Any) -> str:
    """`text` with the answer to `path` in it; other lines stay as they are. None takes the answer back.

    Raises Refused when there is no such question or the value does not fit it.
    """
    if value is None:
        return unset_answer(text, path)
    keys = _place(text, path)
    asked = questions().get(path)
    if asked is None:
        written = plain(value)
        _writable(path, written)
        return put(_reclaimed(text, path), keys, written, _rank)
    try:
        parsed = asked.parse(value)
    except ValidationError as error:
        above = tuple(path.split("."))
        raise Refused(map(as_written, unfitting(error, value, "", None, [], above))) from None
    written = plain(parsed)
    if problems := _duplicates(path, written):
        raise Refused(problems)
    return put(_reclaimed(text, path), keys, written, _rank)


def unset_answer(text: str, path: str) -> str:
    """`text` without an own answer to `path`; where the preset gives one, that holds again."""
    return remove(text, _place(text, path))


def disown(text: str, path: str) -> str:
    """`text` that leaves the option of `path` to its file: no own answer, and none of the preset's."""
    kept = unset_answer(text, path)
    listed = _parsed(kept, None).get("disowned", [])
    return kept if path in listed else put(kept, ("disowned",), [*listed, path], _rank)


def _reclaimed(text: str, path: str) -> str:
    """`text` without `path` among the disowned: who answers a question manages its option again."""
    listed = _parsed(text, None).get("disowned", [])
    if path not in listed:
        return text
    rest = [each for each in listed if each != path]
    return put(text, ("disowned",), rest, _rank) if rest else remove(text, ("disowned",))


def set_preset(text: str, name: str) -> str:
    """`text` standing on the preset `name`, pinned to its newest version when `name` has none."""
    _parsed(text, None)
    return put(text, ("preset",), presets.find(name).pinned, _rank)


def pin(text: str) -> str:
    """`text` with the preset that it names pinned to the version that it stands on now; all else stays.

    A newer galaxy-setup with a newer version of the preset then changes nothing by itself.
    """
    name = _parsed(text, None).get("preset")
    return text if not isinstance(name, str) or "@" in name else set_preset(text, name)


def new(preset: str | None = None) -> str:
    """The text of a fresh answers file, standing on `preset` when one is named."""
    text = f"{_HEADER}schema = {SCHEMA}\n"
    return set_preset(text, preset) if preset else text


def holds_literal_secret(source: str | Loaded) -> bool:
    """Whether a secret itself stands in the answers file, which must then be 0600. In doubt: yes."""
    own = source.own if isinstance(source, Loaded) else load(source, "answers").own
    return any(is_secret(path, value) for path, value in own.items())


def is_secret(path: str, value: Any) -> bool:
    """Whether a secret itself stands in this answer."""
    if isinstance(value, Secret):
        return value.is_literal
    if isinstance(value, BaseModel):
        return any(is_secret(f"{path}.{name}", part) for name, part in value)
    if isinstance(value, dict):
        return any(is_secret(f"{path}.{name}", part) for name, part in value.items())
    if isinstance(value, list):
        return any(is_secret(f"{path}.{number}", part) for number, part in enumerate(value))
    if not isinstance(value, str) or not value:
        return False
    if _URL_WITH_PASSWORD.search(value):
        return True
    section, *keys = path.split(".")
    if section == "options":
        return secret_kind(".".join(keys)) == "whole"
    return len(keys) > 1 and kind_by_key(tuple(keys[1:])) == "whole"


def _place(text: str, path: str) -> Path:
    """The keys of a question, after a look that `text` can hold them."""
    section, _, name = path.partition(".")
    if path not in questions() and not (section == "options" and name):
        near = nearest(path, questions())
        way_out = f"did you mean {near}?" if near else "galaxy-setup explain lists all"
        raise Refused(Problem("there is no such question", question=path, way_out=way_out))
    keys = keys_of(path)
    if len(keys) > 1 and not isinstance(_parsed(text, None).get(section, {}), dict):
        raise Refused(Problem(f"must be a table: [{section}]", question=section))
    return keys


def plain(value: Any) -> Any:
    """The TOML form of a parsed answer."""
    if isinstance(value, Secret):
        return value.to_toml()
    if isinstance(value, BaseModel):
        return {name: plain(part) for name, part in value if part is not None}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def _writable(path: str, value: Any) -> None:
    """Refuse what TOML has no form for."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        for key, part in value.items():
            _writable(path, key)
            _writable(f"{path}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            _writable(path, part)
    elif isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):
            raise Refused(Problem("holds half a character, which no file can keep", question=path))
    elif not isinstance(value, (bool, int, float, datetime, date, time)):
        raise Refused(Problem(f"TOML has no form for a {type(value).__name__}", question=path))


@cache
def _order() -> dict[tuple[str, ...], int]:
    """The order of everything in an answers file: as the sections and the models have it."""
    roots = ["schema", "preset", "disowned", "ignored_advice", *SECTIONS, "options"]
    for key, asked in at_top_level().items():
        roots.insert(roots.index(asked.section) + 1, key)
    order: dict[tuple[str, ...], int] = {(name,): place for place, name in enumerate(roots)}
    for place, asked in enumerate(questions().values()):
        order.setdefault(asked.keys, place)
        columns: tuple[Asked, ...] = asked.row_questions
        order.update({(*asked.keys, column.name): n for n, column in enumerate(columns)})
    return order


def _rank(names: tuple[str, ...]) -> tuple[int, ...]:
    order = _order()
    return tuple(order.get(names[:depth], len(order)) for depth in range(1, min(len(names), 3) + 1))
