"""The options of the galaxy: and gravity: mappings, release by release: names, types, defaults, choices.

The data (options.json, made by build.py) comes from the schema of each release, or from a sample where no
schema was found. A sample shows names only: an option known from samples alone has the type "any", and for
a release older than 20.05, the first with a schema, the defaults are those of the oldest schema that has
the option. Types are those of the newest. Loaded at first use, once.
"""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from wizard.releases.release import NEWEST, Release
from wizard.releases.secret_options import SECRETS, Kind, kind_by_key

Type = Literal["str", "int", "float", "bool", "map", "seq", "any"]

_BY_HOST = "_by_host"


@dataclass(frozen=True)
class Option:
    """One option of the galaxy: mapping. `default` None: none is published (computed, or unset).

    `since` and `until` are the first and the last release it was seen in, `until` None when the newest has
    it.
    """

    name: str
    type: Type
    default: Any
    choices: tuple[str, ...] | None
    since: str
    until: str | None
    renamed_to: str | None = None
    """The newer name of the same option."""
    renamed_from: tuple[str, ...] = ()
    successor: str | None = None
    """Another option, or a dotted key in one, that serves the purpose now; not a mere new name."""
    resolves_to: str | None = None
    """The option that names the directory a relative path is resolved against."""
    reloadable: bool = False
    """Whether a running Galaxy takes a new value without a restart, as its schema says."""
    per_host: bool = False
    """Whether NAME_by_host may map host names to values of this option."""
    prose_default: bool = False
    """Whether the default is a longer text, which the catalogue does not hold (`default` is None then)."""
    unsafe: tuple[Any, ...] = ()
    """Values that Galaxy's own configuration check calls unsafe in production."""


class _Data:
    """options.json, taken apart."""

    def __init__(self, text: str) -> None:
        raw = json.loads(text)
        self.releases = tuple(Release.parse(release) for release in raw["releases"])
        self.observed = tuple(self.releases[place] for place in raw["observed"])
        self.counts: Mapping[str, int] = MappingProxyType(raw["counts"])
        self.rows: dict[str, list[Any]] = raw["options"]
        self.retired: dict[str, list[Any] | None] = raw["retired"]
        self.gravity: dict[str, list[Any]] = raw["gravity"]
        older: dict[str, list[str]] = {}
        for name, row in self.rows.items():
            if len(row) > 4 and "to" in row[4]:
                older.setdefault(row[4]["to"], []).append(name)
        for name, entry in self.retired.items():
            if entry:
                older.setdefault(entry[0], []).append(name)
        self.options = {name: self._option(name, row, older.get(name, [])) for name, row in self.rows.items()}

    def _option(self, name: str, row: list[Any], older: list[str]) -> Option:
        first, last, more = row[1], row[2], row[4] if len(row) > 4 else {}
        return Option(
            name=name,
            type=cast(Type, row[0]),
            default=row[3][-1][1] if "changed" in more else row[3],
            choices=tuple(more["choices"]) if "choices" in more else None,
            since=str(self.releases[first]),
            until=None if last == len(self.releases) - 1 else str(self.releases[last]),
            renamed_to=more.get("to"),
            renamed_from=tuple(sorted(older)),
            successor=more.get("successor"),
            resolves_to=more.get("resolves_to"),
            reloadable="reloadable" in more,
            per_host="per_host" in more,
            prose_default="prose" in more,
            unsafe=tuple(more.get("unsafe", ())),
        )

    def witnesses(self, release: Release) -> tuple[Release, ...]:
        """The observed releases that speak for `release`: itself, or the nearest before and after it."""
        if release in self.observed:
            return (release,)
        before = [seen for seen in self.observed if seen < release]
        after = [seen for seen in self.observed if seen > release]
        return (*before[-1:], *after[:1])

    def knows(self, row: list[Any], release: Release) -> bool:
        return any(self.releases[row[1]] <= seen <= self.releases[row[2]] for seen in self.witnesses(release))

    def in_force(self, history: list[list[Any]], release: Release) -> Any:
        """The value of [[from, value], …] that holds in `release`; the oldest one for anything older."""
        value = history[0][1]
        for first, later in history[1:]:
            if self.releases[first] <= release:
                value = later
        return value


@lru_cache(maxsize=1)
def _data() -> _Data:
    return _Data(Path(__file__).with_name("options.json").read_text(encoding="utf-8"))


def counts() -> Mapping[str, int]:
    """How many options the schema or sample of each observed release has."""
    return _data().counts


def option(name: str) -> Option | None:
    """The option of that name in any release, with the type and default of the newest that has it."""
    return _data().options.get(name)


@lru_cache(maxsize=8)
def options(release: Release) -> Mapping[str, Option]:
    """Name -> option, for every option known in `release`, each with its default in that release.

    No option list was found for 18.09, 19.01, 19.05, 20.01, 20.09 and 21.05. There an option counts as
    known when the nearest observed release before or after has it, so that nothing that may exist is called
    unknown. A release newer than the newest here is taken for the newest; older than 18.01, nothing is
    known: the mapping is empty.
    """
    data = _data()
    if release < data.releases[0]:
        return MappingProxyType({})
    found: dict[str, Option] = {}
    for name, row in data.rows.items():
        if data.knows(row, release):
            entry = data.options[name]
            changed = len(row) > 4 and "changed" in row[4]
            found[name] = replace(entry, default=data.in_force(row[3], release)) if changed else entry
    return MappingProxyType(found)


def alias_of(name: str, release: Release) -> str | None:
    """The option that `release` takes the outdated `name` for; None when it is current or no longer read."""
    data = _data()
    if name in options(release):
        return None
    at = min(release, NEWEST)
    row = data.rows.get(name)
    if row is not None and len(row) > 4 and "alias_until" in row[4]:
        more = row[4]
        return str(more["to"]) if data.releases[row[2]] < at <= data.releases[more["alias_until"]] else None
    entry = data.retired.get(name)
    if entry and len(entry) == 3 and data.releases[entry[1]] <= at <= data.releases[entry[2]]:
        return str(entry[0])
    return None


_UNLISTED = frozenset({"server_name"})
"""Options that Galaxy reads before its schema lists them (config/__init__.py in galaxy-config 22.1.1 and 24.2.4)."""


def missing(name: str, release: Release) -> str | None:
    """Why `release` has no option `name`, and which release has; None where it has one, or may have.

    Before 18.01 no list exists: an option that 18.01 has may be older, a newer one is not there. A name that is in no
    list is none of Galaxy's to judge here.
    """
    data, entry = _data(), option(name)
    at = max(release, data.releases[0])
    if entry is None or name in _UNLISTED or name in options(at) or alias_of(name, at) is not None:
        return None
    if Release.parse(entry.since) > at:
        return f"Galaxy {release} has no option {name}: the first with it is {entry.since}"
    return f"Galaxy {release} has no option {name}: the last with it was {entry.until}"


def published_default(name: str) -> Any:
    """The default that everybody can read in Galaxy's schema (newest release that has the option), or None.

    For `id_secret` and `remote_user_secret` it is the value that must never stay. The caller owns the result.
    """
    entry = option(name)
    return copy.deepcopy(entry.default) if entry else None


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` most likely meant, or None when none is near."""
    known = {candidate.lower().replace("-", "_"): candidate for candidate in names}
    found = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.75)
    return known[found[0]] if found else None


def check(name: str, value: Any, release: Release) -> list[str]:
    """What is wrong with `name: value` below galaxy: in `release`, a sentence each; empty when nothing is.

    `value` is what YAML or TOML gives; None (unset) fits every type. No sentence shows it. An outdated name
    that Galaxy still reads is a sentence too (`alias_of` tells it apart). Before 18.01, where no list of
    options exists, only the values of options known later are judged.
    """
    known = options(release)
    entry = known.get(name)
    if entry is None and name.endswith(_BY_HOST):
        base = known.get(name.removesuffix(_BY_HOST))
        if base is not None and base.per_host:
            return [] if value is None or _is_map(value) else [f"{name} must map host names to values"]
    if entry is not None:
        return _value(entry, value)
    renamed = alias_of(name, release)
    if renamed is not None:
        sentence = f"{name} was renamed to {renamed}; Galaxy {release} still reads the old name"
        return [sentence, *_value(known[renamed], value)]
    entry = option(name)
    if release < _data().releases[0]:
        return [] if entry is None else _value(entry, value)
    return [_absent(name, entry, release)]


def _absent(name: str, entry: Option | None, release: Release) -> str:
    """Why `name` is not an option of `release`, and what to write instead."""
    known = options(release)
    if entry is not None and Release.parse(entry.since) > release:
        before = "; ".join(f"there it is {old}" for old in entry.renamed_from if old in known)
        early = f"{name} is not in Galaxy {release}: it first appears in {entry.since}"
        return f"{early}; {before}" if before else early
    if entry is not None:
        gone = f"{name} is not in Galaxy {release}: it was last seen in {entry.until}"
        if entry.renamed_to:
            return f"{gone} and is now {entry.renamed_to}"
        return f"{gone}; use {entry.successor} instead" if entry.successor else gone
    retired = _data().retired
    if name in retired:
        to = retired[name]
        if to:
            return f"{name} is not in Galaxy {release}: it is now {to[0]}"
        return f"{name} is not in Galaxy {release}: its conversion of old files drops it"
    meant = nearest(name, known)
    return f"{name} is not an option of Galaxy {release}" + (f"; did you mean {meant}?" if meant else "")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_seq(value: Any) -> bool:
    return isinstance(value, (list, tuple))


_BOOLEAN_WORDS = frozenset(("true", "yes", "on", "1", "false", "no", "off", "0"))
"""What Galaxy's `string_as_bool` takes for true (case ignored), and the opposites that people write."""

_FITS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "str": (lambda value: isinstance(value, str), "text (in quotes where YAML would read something else)"),
    "int": (_is_int, "a whole number"),
    "float": (lambda value: _is_int(value) or isinstance(value, float), "a number"),
    "bool": (
        lambda value: isinstance(value, bool) or (isinstance(value, str) and value.lower() in _BOOLEAN_WORDS),
        "true or false",
    ),
    "map": (_is_map, "a mapping"),
    "seq": (_is_seq, "a list"),
    "any": (lambda value: True, "anything"),
}
_ALSO: Mapping[str, tuple[Any, ...]] = {"job_metrics": (False,)}
"""Values outside the type that the schema's own description (26.1) offers: false turns job metrics off."""


def _value(entry: Option, value: Any) -> list[str]:
    fits, wanted = _FITS[entry.type]
    if value is None or any(value is extra for extra in _ALSO.get(entry.name, ())):
        return []
    if not fits(value):
        choices = f", one of {', '.join(entry.choices)}" if entry.choices else ""
        return [f"{entry.name} must be {wanted}{choices}, not {_described(value)}"]
    if entry.choices is not None and value not in entry.choices:
        meant = nearest(value, entry.choices)
        return [
            f"{entry.name} must be one of {', '.join(entry.choices)}"
            + (f"; did you mean {meant}?" if meant else "")
        ]
    return []


def _described(value: Any) -> str:
    """The type of a value in words; never the value."""
    if isinstance(value, bool):
        return "true or false"
    for test, words in ((_is_int, "a whole number"), (_is_map, "a mapping"), (_is_seq, "a list")):
        if test(value):
            return words
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def secret_options(kind: Kind | None = None) -> frozenset[str]:
    """The dotted galaxy: paths that hold a secret: all, or those of one kind ("whole" or "url")."""
    return frozenset(path for path, its_kind in SECRETS.items() if kind in (None, its_kind))


def secret_kind(path: str) -> Kind | None:
    """Whether the value at a dotted path below galaxy: is a secret, "whole" or "url" (a password in a URL).

    Goes beyond `secret_options`. Inside an option that holds a structure (list indices are parts of the
    path: `file_sources.0.password`) the names of the keys decide. So they do for a name that no Galaxy
    knows, which is also taken for the secret that it is nearest to: a misspelt `smtp_pasword` holds a
    password all the same.
    """
    if path in SECRETS:
        return SECRETS[path]
    name, *below = path.split(".")
    if SECRETS.get(name) == "whole":
        return "whole"
    if option(name) is not None:
        return kind_by_key(tuple(below)) if below else None
    meant = nearest(name, SECRETS)
    return kind_by_key((name, *below)) or (SECRETS[meant] if meant else None)


def gravity_options(release: Release) -> tuple[str, ...]:
    """Dotted names of the gravity: options in `release`, sorted, groups such as "gunicorn" included.

    From Galaxy's sample of that release, or the nearest earlier one; nothing before 22.01. `handlers` is
    free-form: its keys are the administrator's.
    """
    data = _data()
    at = min(release, NEWEST)
    return tuple(name for name, row in data.gravity.items() if _in_sample(row, at))


def gravity_default(name: str, release: Release) -> Any:
    """The value that the sample of `release` shows for a dotted gravity: option; None where it shows none.

    Raises KeyError when the section has no such option in that release.
    """
    data = _data()
    row = data.gravity.get(name)
    at = min(release, NEWEST)
    if row is None or not _in_sample(row, at):
        raise KeyError(f"gravity.{name} is not an option in Galaxy {release}")
    return copy.deepcopy(data.in_force(row[2], at))


def _in_sample(row: list[Any], release: Release) -> bool:
    releases = _data().releases
    first, last = releases[int(row[0])], releases[int(row[1])]
    return first <= release <= last
