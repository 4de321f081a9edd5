"""Make options.json, the catalogue's data, from the collected option lists of all releases.

    python -m wizard.releases.build INPUT.json > wizard/releases/options.json

INPUT.json holds, per option, the releases whose schema or sample shows it, its type and default
(`options`), names that only Galaxy's conversion of old files knows
(`never_in_schema_but_handled_by_galaxy`), and the options of the gravity: samples
(`gravity_sample_options`).

The output, one option per line, is

    releases   every release, oldest first; all numbers below are places in this list
    observed   the releases whose own schema or sample was read
    counts     how many options each observed release has
    options    name -> [type, first, last, default, more]; with `more.changed`, default is [[from, value], …]
    retired    name -> [the option in its place, first, last release that still reads the name], or null
    gravity    dotted name -> [first, last, [[from, default], …]]
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PROSE = "<prose default, not copied>"
_UNSAFE = "ProductionUnsafe"


def build(reference: dict[str, Any]) -> dict[str, Any]:
    """The catalogue's data. Raises ValueError when an option goes and comes back: a range cannot say that."""
    meta = reference["meta"]
    releases: list[str] = meta["releases"]
    place = {release: number for number, release in enumerate(releases)}
    observed = sorted(place[release] for release in meta["observed"])
    entries: dict[str, dict[str, Any]] = reference["options"]
    renamed = dict(_renamed(entries))
    others = reference["never_in_schema_but_handled_by_galaxy"]
    options: dict[str, Any] = {}
    for name in sorted(entries):
        entry = entries[name]
        seen = [place[release] for release in entry["releases_seen"]]
        if [number for number in observed if seen[0] <= number <= seen[-1]] != seen:
            raise ValueError(f"{name} is missing in a release between its first and its last")
        more = _more(entry, place)
        if name in renamed:
            more["to"] = renamed[name]
            accepted = _accepted(name, entries)
            if accepted:
                more["alias_until"] = place[accepted[-1]]
        elif successor := _successor(meta["successors_by_hand"].get(name, ""), entries):
            more["successor"] = successor
        default: Any = None if entry.get("default") == _PROSE else entry.get("default")
        if "default_history" in entry:
            default = [[place[release], value] for release, value in entry["default_history"]]
        row = [entry["type"] or "any", seen[0], seen[-1], default]
        options[name] = [*row, more] if more else row
    return {
        "releases": releases,
        "observed": observed,
        "counts": meta["counts"],
        "options": options,
        "retired": {name: _retired(others[name], place) for name in sorted(others)},
        "gravity": _gravity(reference["gravity_sample_options"], place),
    }


def _renamed(entries: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(old, new) for every option whose entry, or whose successor's entry, says so."""
    for name, entry in entries.items():
        if "renamed_to" in entry:
            yield name, entry["renamed_to"]
        for old in entry.get("deprecated_aliases", {}):
            yield old, name


def _accepted(name: str, entries: dict[str, dict[str, Any]]) -> list[str]:
    """The releases that still read the old `name`."""
    for entry in entries.values():
        if name in entry.get("deprecated_aliases", {}):
            return list(entry["deprecated_aliases"][name])
    return list(entries[name].get("accepted_as_alias_in", []))


def _more(entry: dict[str, Any], place: dict[str, int]) -> dict[str, Any]:
    """What only some options have."""
    more: dict[str, Any] = {}
    if "enum" in entry:
        more["choices"] = entry["enum"]
    if "path_resolves_to" in entry:
        more["resolves_to"] = entry["path_resolves_to"]
    if entry.get("reloadable"):
        more["reloadable"] = True
    if entry.get("per_host"):
        more["per_host"] = True
    if entry.get("default") == _PROSE:
        more["prose"] = True
    if "default_history" in entry:
        more["changed"] = True
    unsafe: list[Any] = []
    for step in entry.get("config_manage", []):
        if step["action"] == _UNSAFE:
            unsafe += [value for value in step["args"] if value not in unsafe]
    if unsafe:
        more["unsafe"] = unsafe
    return more


def _successor(words: str, entries: dict[str, dict[str, Any]]) -> str | None:
    """The option that the hand-written remark begins with, dotted where it is a key inside one."""
    found = re.match(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*(?= |$)", words)
    return found[0] if found and found[0].partition(".")[0] in entries else None


def _retired(entry: dict[str, Any], place: dict[str, int]) -> list[Any] | None:
    """None where Galaxy's conversion of old files drops the name."""
    if "renamed_to" in entry:
        accepted = entry["accepted_as_alias_in"]
        return [entry["renamed_to"], place[accepted[0]], place[accepted[-1]]]
    for step in entry.get("config_manage", []):
        if step["action"] == "RenameAction":
            return [step["args"][0]]
    return None


def _gravity(samples: dict[str, dict[str, str | None]], place: dict[str, int]) -> dict[str, Any]:
    """Name -> range and defaults. A name that a sample between two others leaves out counts as there."""
    rows: dict[str, Any] = {}
    for release, sample in sorted(samples.items(), key=lambda item: place[item[0]]):
        for name, text in sample.items():
            number, value = place[release], _scalar(text)
            row = rows.setdefault(name, [number, number, [[number, value]]])
            row[1] = number
            if row[2][-1][1] != value:
                row[2].append([number, value])
    return {name: rows[name] for name in sorted(rows)}


def _scalar(text: str | None) -> Any:
    """The value of a plain or quoted YAML scalar; samples spell numbers, true, false and {} as JSON does."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text[1:-1] if text[:1] == text[-1:] == "'" else text


def render(data: dict[str, Any]) -> str:
    """The text of options.json: short lines, one option each, so that a change of one reads as one line."""
    parts = []
    for key, value in data.items():
        if isinstance(value, dict) and key != "counts":
            rows = ",\n".join(f"{json.dumps(name)}:{_compact(row)}" for name, row in value.items())
            parts.append(f"{json.dumps(key)}:{{\n{rows}\n}}")
        else:
            parts.append(f"{json.dumps(key)}:{_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def main(arguments: list[str]) -> int:
    """0, or 2 with one line on standard error when the input cannot be read or does not fit."""
    if len(arguments) != 1:
        print("usage: python -m wizard.releases.build INPUT.json > options.json", file=sys.stderr)
        return 2
    try:
        text = render(build(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))))
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        print(f"{arguments[0]}: {type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 2
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
