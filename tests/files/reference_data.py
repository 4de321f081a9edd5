"""What the tests of reference data share: answers, generators of hostile ones, and writing a whole install."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.answer_strategies import answers_to
from wizard.answers.reference_rows import DataTable, Genome, Reference, TwoBit
from wizard.disk import Disk
from wizard.file_plan import NOTHING_APPLIED, Since
from wizard.files import LENSES
from wizard.files.data import DATA
from wizard.files.lens import Lens
from wizard.plan import Plan, make_plan

PLACES: dict[str, Any] = {
    "groundwork.release": "26.1",
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "data.tool_data_path": "/srv/galaxy/tool-data",
}
HUMAN = Reference(value="hg38full", dbkey="hg38", name="Human (hg38) full", path="/data/hg38/seq/hg38full.fa")
MOUSE = Reference(value="mm39", dbkey="mm39", name="Mouse (mm39)", path="/data/mm39/seq/mm39.fa")
TYPICAL: dict[str, Any] = {
    **PLACES,
    "data.fasta": [HUMAN, MOUSE],
    "data.bowtie2": [HUMAN.model_copy(update={"path": "/data/hg38/bowtie2/hg38full"})],
    "data.twobit": [TwoBit(value="hg38", path="/data/hg38/seq/hg38.2bit")],
    "data.genomes": [
        Genome(dbkey="hg38", name="Human Dec. 2013 (GRCh38/hg38) (hg38)"),
        Genome(dbkey="mm39", name="Mouse Jun. 2020 (GRCm39/mm39) (mm39)"),
    ],
    "data.tables": [
        DataTable(name="lab_models", columns=["value", "name", "path"], file="lab_models.loc"),
    ],
}
LOCATIONS = ("data.fasta", "data.fasta_indexes", "data.twobit", "data.bowtie2", "data.bwa_mem", "data.hisat2")


def unique(rows: list[Any]) -> list[Any]:
    """The rows with each key once; a genome also with each name once."""
    found: dict[Any, Any] = {}
    names: set[str] = set()
    for row in rows:
        key = next(value for _, value in row)
        if key not in found and not (isinstance(row, Genome) and row.name in names):
            found[key] = row
            names.add(getattr(row, "name", ""))
    return [*found.values()]


_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
_files = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="$\u2028\u2029\x85"),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())
_tables = st.builds(
    DataTable,
    name=st.sampled_from(["lab_models", "free", "old"]) | _names,
    columns=st.lists(_names, unique=True, max_size=4).flatmap(
        lambda names: st.permutations([*(name for name in names if name != "value"), "value"])
    ),
    file=_files,
)


def rows_for(question: str) -> st.SearchStrategy[list[Any]]:
    """At least one row that the question takes, without keys or names twice."""
    if question == "data.tables":  # which must have one column called value: the schema cannot say so
        return st.lists(_tables, min_size=1, max_size=3).map(unique)
    return answers_to(question).map(unique).filter(bool)


def lens_for(question: str) -> Lens:
    """The lens that owns the question."""
    return next(lens for lens in DATA if lens.owns(question))


def planned(given: Mapping[str, Any], root: Path, since: Since = NOTHING_APPLIED) -> Plan:
    """The plan of all files below `root`, with reference data."""
    lenses = (*(lens for lens in LENSES if lens not in DATA), *DATA)
    return make_plan(given, Disk(root), lenses, since)


def applied(given: Mapping[str, Any], root: Path) -> Plan:
    """The same, and its files written."""
    plan = planned(given, root)
    for file in plan.files:
        path = Disk(root).path(file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.after.encode())
    return plan
