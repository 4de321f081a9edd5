"""The lenses of .loc files: the lines of one data table each (production.md, Local Data).

Galaxy 26.1 reads them with `TabularToolDataTable.parse_file_fields` (galaxy.tool_util.data): a line is a comment when #
comes first in it, spaces apart; others need a field for each column; and words that begin with $ are a template.
"""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.files.data import kept_rows
from wizard.files.data.kept_rows import Layout
from wizard.files.data.known import KnownTable
from wizard.files.data.places import TOOL_DATA, location, tool_data_dir
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, SecretSpan, Target, Written
from wizard.files.places import in_config_dir
from wizard.files.system.checking import make_sure, refusal


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _sure(field: str) -> bool:
    """Whether Galaxy's template leaves the field as it is, in releases that have it and in those that do not."""
    return not any(word in field for word in ("$$", "$__HERE__", "${__HERE__}"))


class LocFile:
    """Answers <-> the lines that galaxy-setup keeps in the .loc file of one table (the protocol `Lens`)."""

    def __init__(self, table: KnownTable) -> None:
        self.table = table
        self.name = table.file
        self._layout = Layout(table.question, table.row, f"entries of {table.name}", _comment, _sure)

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question == self.table.question

    def target(self, given: Given) -> Target | None:
        """The file when there are lines for it and a part of Galaxy runs on this host."""
        if given.get(self.table.question) is None or not runs_here(given, *GALAXY):
            return None
        path = location(given, self.table.file) or in_config_dir(given, self.table.file)
        return Target(path) if path else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy reads the sample of a .loc file that is not there: a new one starts as that."""
        directory, root = tool_data_dir(given), given.get("groundwork.root")
        places = [directory, *([f"{root}/tool-data"] if root else [])]
        return tuple(f"{place}/{self.table.file}.sample" for place in dict.fromkeys(places) if place)

    def skeleton(self, given: Given) -> str:
        """A new file starts with its columns."""
        return f"# {self.table.name}, tabs between: {', '.join(self.table.columns)}\n"

    def read(self, text: str, file: str) -> Reading:
        """The lines that are kept in `text`."""
        return kept_rows.read(text, file, self._layout)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given lines. Raises Refused."""
        question = self.table.question
        rows = given.get(question)
        if rows is None:
            return Written(text)
        written = kept_rows.write(rows, text, file, self._layout)
        if written.changes and location(given, self.table.file) is None:
            raise refusal(TOOL_DATA, f"needed for {question}: it does not say where", "give it from / on")
        if rows:
            make_sure({question: rows}, self.read(written.text, file), file)
        return written

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """No answer here is a secret."""
        return ()
