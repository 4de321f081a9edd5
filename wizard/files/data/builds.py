"""The lens of builds.txt, the list of genome builds that users choose from (production.md, Local Data).

Each line is a key, a tab and a name; Galaxy 26.1 reads it with `read_dbnames` (galaxy.managers.dbkeys), whose rules of
grouping can hide a build: `listed` says which ones Galaxy shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from wizard.answers.question import Given
from wizard.answers.reference_rows import Genome
from wizard.documents.table.document import parse
from wizard.files.data import kept_rows
from wizard.files.data.kept_rows import Layout
from wizard.files.data.places import BUILDS, TOOL_DATA, builds_file
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, SecretSpan, Target, Written
from wizard.files.places import in_config_dir
from wizard.files.system.checking import make_sure, refusal

QUESTION = "data.genomes"
_DIGITS = "0123456789"


def _comment(line: str) -> bool:
    return line.startswith("#")


_LAYOUT = Layout(QUESTION, Genome, "genome builds", _comment)


class BuildsFile:
    """Answers <-> the genome builds that galaxy-setup keeps (the protocol `Lens`)."""

    name = "builds.txt"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question == QUESTION

    def target(self, given: Given) -> Target | None:
        """The file when genomes are given and a part of Galaxy runs on this host."""
        if given.get(QUESTION) is None or not runs_here(given, *GALAXY):
            return None
        path = builds_file(given) or in_config_dir(given, "builds.txt")
        return Target(path) if path else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy's checkout has UCSC's builds; a first start would copy them."""
        root = given.get("groundwork.root")
        return (f"{root}/tool-data/shared/ucsc/builds.txt.sample",) if root else ()

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is."""
        return "# Genome builds: a key, a tab, a name.\n"

    def read(self, text: str, file: str) -> Reading:
        """The genomes that are kept in `text`."""
        return kept_rows.read(text, file, _LAYOUT)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given genomes. Raises Refused, also for a genome that Galaxy would not list."""
        rows = given.get(QUESTION)
        if rows is None:
            return Written(text)
        written = kept_rows.write(rows, text, file, _LAYOUT)
        if not written.changes:
            return written
        if builds_file(given) is None:
            question = BUILDS if given.get(BUILDS) else TOOL_DATA
            raise refusal(question, f"needed for {QUESTION}: it does not say where", "give it from / on")
        _check_listed(rows, text, written.text, file)
        if rows:
            make_sure({QUESTION: rows}, self.read(written.text, file), file)
        return written

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """No answer here is a secret."""
        return ()


def _check_listed(rows: Sequence[Genome], before: str, after: str, file: str) -> None:
    """Raise Refused for a genome that Galaxy would not list, or that it would list others no more for."""
    shown = listed(after)
    way_out = "give each genome a name of its own"
    for row in rows:
        if (row.dbkey, row.name) not in shown:
            what = f"Galaxy would not list {row.dbkey}: another family of builds has the same first name"
            raise refusal(QUESTION, what, way_out, file)
    ours = {line.fields[0] for line in parse(before).inside()} | {row.dbkey for row in rows}
    hidden = sorted(key for key, _ in listed(before) - shown if key not in ours)
    if hidden:
        what = f"Galaxy would no longer list {hidden[0]}: a family of builds would have the same first name"
        raise refusal(QUESTION, what, way_out, file)


def listed(text: str) -> set[tuple[str, str]]:
    """The builds (key and name) that Galaxy shows of a builds.txt.

    Keys that are numbers stand for themselves. All others form families of one key without its last digits, and a
    family is shown by the name of its first line: of two families with the same one only the later is shown, and
    none whose first line has no name.
    """
    shown: set[tuple[str, str]] = set()
    families: dict[str, list[tuple[str, str]]] = {}
    shown_by: dict[str, str] = {}
    for line in parse(text).lines:
        if _comment(line.text):
            continue
        key, name = line.fields[0], (line.fields[1] if len(line.fields) > 1 else None)
        if key == "?" or (name is not None and _is_number(key)):
            shown.update([(key, name)] if name is not None else [])
            continue
        family = key.rstrip(_DIGITS)
        if family not in families and name is not None:
            shown_by[name] = family
        members = families.setdefault(family, [])
        if name is not None:
            members.append((key, name))
    return shown.union(*(families[family] for family in shown_by.values()))


def _is_number(key: str) -> bool:
    try:
        int(key)
    except ValueError:
        return False
    return True
