"""The data tables that questions of their own fill: their names, columns and files.

all_fasta and twobit are as in Galaxy's own sample, the others as the tools in the Tool Shed that read them declare
them: tables of one name must have the same columns in all lists.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.answers.reference_rows import Reference, TwoBit
from wizard.answers.section import Row


@dataclass(frozen=True)
class KnownTable:
    """A table, the question that answers its lines, and its file in the tool data directory."""

    question: str
    name: str
    file: str
    row: type[Row] = Reference
    in_sample: bool = False
    """Whether Galaxy's sample has the table, with this file."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns: those of the rows."""
        return tuple(self.row.model_fields)


KNOWN_TABLES = (
    KnownTable("data.fasta", "all_fasta", "all_fasta.loc", in_sample=True),
    KnownTable("data.fasta_indexes", "fasta_indexes", "fasta_indexes.loc"),
    KnownTable("data.twobit", "twobit", "twobit.loc", TwoBit, in_sample=True),
    KnownTable("data.bowtie2", "bowtie2_indexes", "bowtie2_indices.loc"),
    KnownTable("data.bwa_mem", "bwa_mem_indexes", "bwa_mem_index.loc"),
    KnownTable("data.hisat2", "hisat2_indexes", "hisat2_indexes.loc"),
)


_COLUMNS = {
    "value, dbkey, name, path": "all_fasta bowtie2_indexes bwa_indexes bwa_indexes_color bwa_mem_indexes fasta_indexes "
    "hisat2_indexes mosaik_indexes ngs_sim_fasta picard_indexes srma_indexes",
    "value, name, path": "blastdb blastdb_d blastdb_p perm_base_indexes perm_color_indexes",
    "value, name, url": "bam_iobio biom_simple_display icn3d_simple_display intermine_simple_display q2view_display "
    "vcf_iobio",
    "value, dbkey, formats, name, path": "bfast_indexes",
    "value, name, len_path": "__dbkeys__",
    "value, path": "twobit",
    "name, value, dbkey, species": "indexed_maf_files",
    "name, url, value": "igv_broad_genomes",
    "dbkey, name, value": "liftOver",
    "dbkey, value": "sift_db",
}
SAMPLE = {name: tuple(columns.split(", ")) for columns, names in _COLUMNS.items() for name in names.split()}
"""The columns of each table in Galaxy's sample of the list: where a table is in one, the same from 22.01 to 26.1."""
