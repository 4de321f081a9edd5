"""Galaxy's own options in the newer release: as before, under a newer name, or gone. In place, or from INI to YAML."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.yaml.document import YamlDocument
from wizard.files.galaxy.gravity import SKELETON as OF_GRAVITY
from wizard.files.galaxy.ini_document import SECTION, GalaxyIniDocument, PlaceOfFile, typed
from wizard.files.uwsgi.section import SKELETON as OF_UWSGI
from wizard.releases import catalog
from wizard.releases.release import KNOWN, Release, documentation
from wizard.upgrading.report import Row

_BY_HOST = "_by_host"
_COMMENTED_OUT = re.compile(r"[\w.-]+\s*=|[\w.-]*_[\w.-]*\s*:")
_START = """\
# Galaxy and its processes. Every option: {documentation}
# Made from {old}, which stays as it is and is not read any more.
galaxy: {{}}
"""


@dataclass(frozen=True)
class Converted:
    """The text of galaxy.yml for the newer release, and what became of every option."""

    text: str = field(repr=False)
    rows: tuple[Row, ...]


def current_name(name: str, target: Release) -> str | None:
    """What `target` calls an option: the name itself, or its newer one; None for what it has not."""
    known = catalog.options(target)
    if name in known:
        return name
    base = known.get(name.removesuffix(_BY_HOST)) if name.endswith(_BY_HOST) else None
    if base is not None and base.per_host:
        return name
    alias = catalog.alias_of(name, target)
    if alias is not None:
        return alias
    seen = {name}
    while True:
        held = catalog.option(name)
        newer = held.renamed_to if held is not None else None
        newer = newer or next((each.name for each in known.values() if name in each.renamed_from), None)
        if newer is None or newer in seen:
            return None
        if newer in known:
            return newer
        seen.add(newer)
        name = newer


def is_to_come(name: str, target: Release) -> bool:
    """Whether only releases after `target` have an option: its answer is said elsewhere, and it was not lost."""
    held = catalog.option(name)
    return held is not None and Release.parse(held.since) > target


def why_gone(name: str, target: Release) -> str:
    """Why `target` does not know an option, and what serves its purpose, as far as that is known."""
    sentence = next(iter(catalog.check(name, None, target)), f"is not in Galaxy {target}")
    said, _, _ = sentence.partition("; did you mean")  # an old option is rarely a misspelt one
    return said.removeprefix(f"{name} ")


def in_place(text: str, file: str, target: Release, remove_gone: bool) -> Converted:
    """galaxy.yml with its outdated names replaced where they stand; what is gone stays, or is taken out."""
    document = YamlDocument.parse(text, file)
    rows: list[Row] = []
    names: dict[Path, str] = {}
    gone: dict[Path, Any] = {}
    held = document.keys(("galaxy",))
    for name in held:
        path: Path = ("galaxy", name)
        place = (file, document.line(path))
        now = current_name(name, target)
        if now == name:
            rows.append(Row(f"galaxy.{name}", *_as_before(name, document.get(path), target), *place))
            continue
        if now is not None and now not in held and now not in names.values():
            names[path] = now
            rows.append(Row(f"galaxy.{name}", "renamed", f"is {now} now", *place))
            continue
        what = f"{now} stands here too, and counts" if now is not None else why_gone(name, target)
        if remove_gone:
            gone[path] = REMOVE
        rows.append(Row(f"galaxy.{name}", "dropped" if remove_gone else "left", what, *place))
    if gone:
        document = YamlDocument.parse(document.edit(gone), file)
    return Converted(document.renamed(names) if names else document.text, tuple(rows))


def _as_before(name: str, value: Any, target: Release) -> tuple[Any, str]:
    faults = catalog.check(name, value, target)
    return ("left", f"its value does not fit any more: {faults[0]}") if faults else ("carried", "")


def without_uwsgi(text: str, file: str, target: Release) -> str:
    """galaxy.yml without the section of uWSGI, and without the words of galaxy-setup that speak of it."""
    document = YamlDocument.parse(text, file)
    if document.get(("uwsgi",)) is MISSING:
        return text
    left = document.edit({("uwsgi",): REMOVE})
    heads = (OF_UWSGI.format(documentation=documentation(one)) for one in (None, *KNOWN))
    head = next((head for head in heads if left.startswith(f"{head}\n")), None)
    if head is None:
        return left
    return OF_GRAVITY.format(documentation=documentation(target)) + left.removeprefix(f"{head}\n")


def from_ini(text: str, path: str, file: str, target: Release) -> Converted:
    """A galaxy.yml with the options of the INI file at `path` (absolute), each with the type that `target` gives it."""
    document = GalaxyIniDocument.parse(text, file)
    wanted: dict[Path, Any] = {}
    said: dict[Path, list[str]] = {}
    rows: list[Row] = []
    for name in document.keys(("galaxy",)):
        row, now, value = _option(document, name, path, target)
        if now is not None and ("galaxy", now) in wanted and now != name:
            row = Row(row.option, "dropped", f"{now} stands here too, and counts", row.file, row.line)
        elif now is not None:
            wanted["galaxy", now] = value
            said["galaxy", now] = _comments(document, name)
        rows.append(row)
    rows += _of_paste(document.ini, file)
    head = _START.format(old=posixpath.basename(path), documentation=documentation(target))
    start = YamlDocument.parse(head, file)
    return Converted(_commented(start.edit(wanted), file, said), tuple(rows))


def _comments(document: GalaxyIniDocument, name: str) -> list[str]:
    """What the lines right above an option say of it; an option that is commented out says nothing."""
    line = document.line(("galaxy", name))
    above = document.ini.text.splitlines()[: line - 1] if line is not None else []
    found: list[str] = []
    while above and above[-1].startswith(("#", ";")):
        found.insert(0, " ".join(above.pop().lstrip("#;").split()))
    return [text for text in found if text and text.isprintable() and not _COMMENTED_OUT.match(text)]


def _commented(text: str, file: str, said: Mapping[Path, list[str]]) -> str:
    """The galaxy.yml with these comments above its options."""
    document, lines = YamlDocument.parse(text, file), text.splitlines(keepends=True)
    places = {line: found for path, found in said.items() if (line := document.line(path)) is not None}
    for line, found in sorted(places.items(), reverse=True):
        lines[line - 1 : line - 1] = [f"  # {comment}\n" for comment in found]
    return "".join(lines)


def _option(
    document: GalaxyIniDocument, name: str, path: str, target: Release
) -> tuple[Row, str | None, Any]:
    """The row of an option, its name in YAML (None: it is not carried over) and its value."""
    value = document.get(("galaxy", name))
    if isinstance(value, PlaceOfFile):
        value = _placed(value.text, path)
    place = (document.file, document.line(("galaxy", name)))
    option = f"[{SECTION}] {name}"
    now = current_name(name, target)
    if now is None:
        return Row(option, "dropped", why_gone(name, target), *place), None, None
    if now != name and isinstance(value, str):
        value = typed(now, value)  # nobody published a type for the older name
    faults = catalog.check(now, value, target)
    if faults and value == "":
        return Row(option, "dropped", "is empty, which means not set", *place), None, None
    if faults:
        return Row(option, "dropped", f"its value does not fit: {faults[0]}", *place), None, None
    if now != name:
        return Row(option, "renamed", f"is {now} now", *place), now, value
    return Row(option, "carried", "", *place), now, value


def _placed(text: str, path: str) -> str:
    """A value with the place of the file in it: YAML has no names for that."""
    for name, value in (("here", posixpath.dirname(path)), ("__file__", path)):
        text = text.replace(f"%({name})s", value.replace("%", "%%"))
    return text.replace("%%", "%")


def _of_paste(document: IniDocument, file: str) -> Iterator[Row]:
    """What stands beside Galaxy's options for Paste alone."""
    galaxy = set(GalaxyIniDocument(document).keys(("galaxy",)))
    sections = (SECTION, PASTE.default_section)
    for option in document.options:
        if option.section in sections and option.key not in galaxy and option.key != "filter-with":
            what = "is Paste's, which the newer release does not use"
            yield Row(f"[{option.section}] {option.key}", "dropped", what, file, option.line + 1)
