"""object_store_conf.yml: a YAML document whose list of places can be put in another order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.documents.tree import Path
from wizard.documents.yaml.document import YamlDocument
from wizard.documents.yaml.nodes import Lines, compose
from wizard.documents.yaml.values import same
from wizard.files.storage.reading import PLACES
from wizard.problems import Problem, Refused


class StoreYamlDocument(YamlDocument):
    """An object_store_conf.yml."""

    @classmethod
    def parse(cls, text: str, file: str = "object_store_conf.yml") -> StoreYamlDocument:
        """Read `text`. Raises Refused, with its line, for what PyYAML would not read."""
        lines = Lines(text)
        return cls(text, file, compose(text, file, lines), lines)

    def notes(self) -> list[tuple[int, str]]:
        """Lines, and the tags there that Galaxy's loader does not know: it then refuses the whole file."""
        return [(line, f"{tag} is a YAML tag that Galaxy cannot read") for line, tag in self.unknown_tags()]

    def shares_line(self, path: Path) -> bool:
        """Whether something else stands in the lines of the entry at `path`, as in a mapping in braces."""
        line = self.line(path)
        row = self.text.splitlines()[line - 1].lstrip() if line is not None else ""
        if not path or isinstance(path[-1], int):
            return not row.startswith("-")
        return re.match(rf"(?:-\s+)*[\"']?{re.escape(str(path[-1]))}[\"']?\s*:", row) is None

    def arrange(self, order: Sequence[int]) -> str:
        """The text with its places in this order, each with its comments. Raises Refused where that cannot be done."""
        places = self.get(PLACES)
        wanted = [places[index] for index in order]
        text = self._blocks(order)
        if text is None or not self._is_arranged(text, wanted):
            text = self.edit({PLACES: wanted})
        if not self._is_arranged(text, wanted):
            what = "the places cannot be put in this order here"
            raise Refused(Problem(what, self.file, self.line(PLACES), way_out="put them in order by hand"))
        return text

    def _is_arranged(self, text: str, wanted: list[object]) -> bool:
        try:
            after = StoreYamlDocument.parse(text, self.file).get(())
        except Refused:
            return False
        return same(after, {**self.get(()), PLACES[0]: wanted})

    def _blocks(self, order: Sequence[int]) -> str | None:
        """The text with the lines of each place moved; None where places share lines."""
        lines = self.text.splitlines(keepends=True)
        starts = [self._start(lines, index) for index in range(len(order))]
        last = self.lines((*PLACES, len(order) - 1))
        if last is None or None in starts:
            return None
        known = [start for start in starts if start is not None]
        if known != sorted(set(known)):
            return None
        end = last.stop - 1
        while end > known[-1] + 1 and not lines[end - 1].strip():
            end -= 1
        newline = "\r\n" if "\r\n" in self.text else "\n"
        ended = [line if line.endswith(("\n", "\r")) else line + newline for line in lines[:end]]
        bounds = [*known, end]
        moved = [line for index in order for line in ended[bounds[index] : bounds[index + 1]]]
        text = "".join([*ended[: known[0]], *moved, *lines[end:]])
        return text if self.text.endswith(("\n", "\r")) or end < len(lines) else text.removesuffix(newline)

    def _start(self, lines: Sequence[str], index: int) -> int | None:
        """The first line (from 0) of a place: its dash, or the comment lines right above it."""
        line = self.line((*PLACES, index))
        at = -1 if line is None else line - 1
        while at >= 0 and not lines[at].lstrip().startswith("-"):
            at -= 1
        while at > 0 and lines[at - 1].lstrip().startswith("#"):
            at -= 1
        return at if at >= 0 else None
