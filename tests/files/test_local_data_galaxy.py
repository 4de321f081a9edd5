"""Galaxy itself sees the genomes, the tables and their lines, of every answer.

It is asked once about all cases, for it takes seconds to be imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import consumers
from tests.conftest import Ask
from tests.files.reference_data import LOCATIONS, PLACES, TYPICAL, applied, lens_for, rows_for
from wizard.answers.reference_rows import DataTable, Genome
from wizard.files.data.builds import listed
from wizard.files.data.kept_rows import fields_of
from wizard.files.data.known import KNOWN_TABLES, SAMPLE
from wizard.problems import Refused

pytestmark = pytest.mark.consumer

LISTS = ("tool_data_table_conf.xml", "tool_data_table_conf.xml, other.xml")
TABLES = [
    DataTable(name="lab_models", columns=["value", "name", "path"], file="lab_models.loc"),
    DataTable(name="with-gtf.1", columns=["dbkey", "with-gtf", "value"], file="sub/é & <x>.loc"),
]
MISTAKES = {
    "twobit": "<tables></tables>",
    "free": '<tables><table name="free"><columns>value</columns><file path="f.loc"/></table></tables>',
}
"""Lists beside which a table of that name, with other columns, is one too many: Galaxy's sample has a twobit."""
GATHERING = settings(
    deadline=None, max_examples=20, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


@dataclass
class Cases:
    """Installs below `root`, by name: where the configuration is, what was answered, and what Galaxy sees."""

    root: Path
    places: dict[str, Path] = field(default_factory=dict)
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def install(self, name: str, answers: Mapping[str, Any]) -> Path:
        """Write the files for these answers into a folder that their paths lead into. Raises Refused."""
        root = self.root / f"{name}-root"
        applied({**PLACES, **answers}, root)
        place = consumers.installed(root, self.root / name)
        self.places[name], self.answers[name] = place / "srv/galaxy/config/galaxy.yml", answers
        return place / "srv/galaxy"

    def write(self, name: str, **files: bytes) -> None:
        """Write files of others, as they are, `_` for the dot in a name; the folder is the tool data directory."""
        place = self.root / name
        place.mkdir()
        for file, data in files.items():
            (place / file.replace("__", ".")).write_bytes(data)
        (place / "galaxy.yml").write_text(
            f"galaxy:\n  tool_data_path: {place}\n  builds_file_path: builds.txt\n"
        )
        self.places[name] = place / "galaxy.yml"

    def lines(self, name: str, table: str) -> list[list[str]]:
        """The lines of a data table, as Galaxy has them."""
        assert self.seen[name]["problems"] == []
        found: list[list[str]] = self.seen[name]["tables"][table]["lines"]
        return found


@pytest.fixture(scope="module")
def cases(galaxy: Ask, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """All cases, with what Galaxy sees of them."""
    all_cases = Cases(tmp_path_factory.mktemp("installs"))
    all_cases.install("typical", TYPICAL)
    all_cases.install("nothing", {})
    for lists in LISTS:
        place = all_cases.install(lists, {**TYPICAL, "data.tool_data_tables": lists})
        (place / "config/other.xml").write_text(
            '<tables><table name="all_fasta"><columns>value, dbkey, name, path</columns>'
            '<file path="more.loc"/></table></tables>'
        )
        (place / "tool-data/more.loc").write_text("ce11\tce11\tWorm\t/data/ce11.fa\n")
    place = all_cases.install("tables", {"data.tables": TABLES})
    (place / "tool-data").mkdir()
    for table in TABLES:
        (place / "tool-data" / Path(table.file).name).write_text("a\tb\tc\n")
    spaces = all_cases.install("spaces", {"data.fasta": TYPICAL["data.fasta"]}) / "tool-data/all_fasta.loc"
    spaces.write_text(spaces.read_text().replace("\t", " "))
    for name, theirs in MISTAKES.items():
        other = f'<table name="{name}"><columns>value, name</columns><file path="x.loc"/></table></tables>'
        all_cases.write(
            f"mistake-{name}", tool_data_table_conf__xml=theirs.replace("</tables>", other).encode()
        )
    gather_rows(all_cases)
    gather_builds(all_cases)
    answer = galaxy("local_data", *all_cases.places.values())
    all_cases.seen = dict(zip(all_cases.places, answer["installs"], strict=True))
    return all_cases


def gather_rows(cases: Cases) -> None:
    """Installs with rows of hostile values in all tables."""

    @GATHERING
    @given(st.fixed_dictionaries({question: rows_for(question) for question in ("data.genomes", *LOCATIONS)}))
    def gather(answers: dict[str, Any]) -> None:
        # The paths of hostile rows must not be taken for paths of the install.
        kept = {question: [elsewhere(row) for row in rows] for question, rows in answers.items()}
        try:
            cases.install(f"rows-{len(cases.places)}", kept)
        except Refused as refused:
            assert {problem.question for problem in refused.problems} <= answers.keys()

    gather()


def elsewhere(row: Any) -> Any:
    path = getattr(row, "path", None)
    return row.model_copy(update={"path": f"/elsewhere{path}"}) if path else row


keys = st.sampled_from(["hg38", "hg19", "hg", "GRCh38", "?", "16", "1_0", "", "a", "b2", "#c", "٣"])
names = st.sampled_from(["Human", "Mouse", "", "a b", "\x0b"])
builds_lines = st.one_of(
    st.tuples(keys, names).map("\t".join), keys, st.tuples(keys, names, names).map("\t".join)
)


def gather_builds(cases: Cases) -> None:
    """Files of any lines in the place of builds.txt."""

    @settings(GATHERING, max_examples=150)
    @given(st.lists(builds_lines, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
    def gather(rows: list[str], end: str) -> None:
        lists = {"tool_data_table_conf__xml": b"<tables/>"}
        cases.write(f"builds-{len(cases.places)}", builds__txt=end.join(rows).encode(), **lists)

    gather()


def test_a_typical_server_has_its_genomes_and_indexes(cases: Cases) -> None:
    found = cases.seen["typical"]
    place = cases.places["typical"].parent.parent
    assert found["builds_file"] == f"{place}/tool-data/shared/ucsc/builds.txt"
    assert found["lists"][0] == f"{place}/config/tool_data_table_conf.xml"
    assert sorted(map(tuple, found["builds"])) == [(row.dbkey, row.name) for row in TYPICAL["data.genomes"]]
    assert found["tables"]["lab_models"]["columns"] == ["value", "name", "path"]
    for table in KNOWN_TABLES:
        rows = TYPICAL.get(table.question, [])
        assert cases.lines("typical", table.name) == [list(fields_of(row)) for row in rows]


def test_galaxys_sample_has_the_tables_that_are_known(cases: Cases) -> None:
    tables = cases.seen["nothing"]["tables"]
    assert {name: tuple(table["columns"]) for name, table in tables.items()} == SAMPLE


@pytest.mark.parametrize("lists", LISTS)
def test_tables_that_only_galaxys_sample_has_are_put_into_a_list_of_ones_own(
    lists: str, cases: Cases
) -> None:
    """Told of a list, Galaxy does not read its sample."""
    more = [["ce11", "ce11", "Worm", "/data/ce11.fa"]] if "other" in lists else []
    ours = [list(fields_of(row)) for row in TYPICAL["data.fasta"]]
    assert cases.lines(lists, "all_fasta") == ours + more
    assert cases.lines(lists, "twobit") == [list(fields_of(row)) for row in TYPICAL["data.twobit"]]
    assert set(cases.seen[lists]["tables"]) == {"all_fasta", "twobit", "bowtie2_indexes", "lab_models"}


def test_galaxy_sees_every_row_of_hostile_values(cases: Cases) -> None:
    found = [name for name in cases.places if name.startswith("rows-")]
    assert len(found) > 8
    for name in found:
        rows = cases.answers[name]
        builds: list[Genome] = rows["data.genomes"]
        assert {tuple(build) for build in cases.seen[name]["builds"]} == {
            (row.dbkey, row.name) for row in builds
        }
        for table in KNOWN_TABLES:
            assert cases.lines(name, table.name) == [list(fields_of(row)) for row in rows[table.question]]


def test_galaxy_lists_the_builds_that_we_think_it_lists(cases: Cases) -> None:
    found = [name for name in cases.places if name.startswith("builds-")]
    assert len(found) > 100
    for name in found:
        text = (cases.root / name / "builds.txt").read_bytes().decode()
        assert {tuple(build) for build in cases.seen[name]["builds"]} == listed(text), text


def test_galaxy_reads_tables_of_ones_own_with_their_lines(cases: Cases) -> None:
    for table in TABLES:
        assert cases.lines("tables", table.name) == [["a", "b", "c"]]
        assert cases.seen["tables"]["tables"][table.name]["columns"] == table.columns


@pytest.mark.parametrize("name", MISTAKES)
def test_galaxy_would_not_start_with_what_is_refused(name: str, cases: Cases) -> None:
    """Two tables of one name with other columns: in one list, and in Galaxy's sample."""
    row = DataTable(name=name, columns=["value", "name"], file="x.loc")
    with pytest.raises(Refused, match="would not start") as refused:
        lens_for("data.tables").write({**PLACES, "data.tables": [row]}, MISTAKES[name], "list")
    assert refused.value.problems[0].question == "data.tables"
    assert "non matching columns" in cases.seen[f"mistake-{name}"]["problems"][0]


def test_spaces_in_place_of_tabs_are_a_mistake_that_galaxy_only_logs(cases: Cases) -> None:
    assert "is invalid" in cases.seen["spaces"]["problems"][0]
