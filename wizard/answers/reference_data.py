"""The part of the data section about reference data: genomes, indexes and the tables that lead tools to them."""

from typing import Annotated, Any

from wizard.answers.question import Given, Machine, Question, Suggestion, when
from wizard.answers.reference_rows import (
    CacheSize,
    DataTable,
    Genome,
    ProxyGroup,
    Reference,
    RepositoryName,
    ServerUrl,
    TwoBit,
)
from wizard.answers.shared import on_shared
from wizard.answers.storage import Storage
from wizard.answers.types import AbsolutePath, AnyPath, Text

_LOCAL = "production.md, Local Data"
_CVMFS_SOURCE = "CernVM-FS documentation, Client Configuration"
_CVMFS_SERVERS = "galaxyproject/ansible-cvmfs, defaults"
_HERE = "Genomes here"
_CVMFS = when("data.cvmfs", True)
_REPOSITORY = "data.galaxyproject.org"
_CVMFS_TABLES = ",".join(
    f"/cvmfs/{_REPOSITORY}/{part}/location/tool_data_table_conf.xml" for part in ("byhand", "managed")
)
_OWN_TABLES = "tool_data_table_conf.xml"


LOCATIONS = ("fasta", "fasta_indexes", "twobit", "bowtie2", "bwa_mem", "hisat2")
"""The questions whose answer is a .loc file."""


def _tables(given: Given, machine: Machine) -> Suggestion | None:
    if not given.get("data.cvmfs"):
        return None
    if any(given.get(f"data.{name}") for name in ("tables", *LOCATIONS)):
        return Suggestion(f"{_OWN_TABLES},{_CVMFS_TABLES}", "your own list, and the two of CVMFS")
    return Suggestion(_CVMFS_TABLES, "the two lists that CVMFS holds")


def _cvmfs(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion(True, "cvmfs_config is installed") if "cvmfs_config" in machine.commands else None


def _repositories(given: Given, machine: Machine) -> Suggestion:
    if machine.commands & {"apptainer", "singularity"}:
        return Suggestion([_REPOSITORY, "singularity.galaxyproject.org"], "genomes, and images of tools")
    return Suggestion([_REPOSITORY], "the reference genomes")


def _genomes(given: Given, machine: Machine) -> Suggestion | None:
    """The genomes that the other tables name, each once."""
    found: dict[str, Genome] = {}
    for location in LOCATIONS:
        for row in given.get(f"data.{location}") or ():
            if isinstance(row, Reference):
                found.setdefault(row.dbkey, Genome(dbkey=row.dbkey, name=f"{row.name} ({row.dbkey})"))
    return Suggestion([*found.values()], "the genomes of your tables") if found else None


def _location(title: str, what: str, table: str, **more: Any) -> Question:
    return Question(title, what, _HERE, lands=(f"{table} table",), source=_LOCAL, **more)


class ReferenceData(Storage):
    """Reference genomes and their indexes."""

    tool_data_path: Annotated[
        AnyPath | None,
        Question(
            "Tool data",
            "The directory of the .loc files, small tables that tell tools where genomes and indexes stand. "
            "Tools from the Tool Shed add theirs here. The nodes must see it, and the data that it names.",
            "Reference data",
            at="galaxy.tool_data_path",
            kind="path",
            suggest=on_shared("tool-data"),
            source=_LOCAL,
        ),
    ] = None
    tool_data_tables: Annotated[
        Text | None,
        Question(
            "Data tables",
            "The files that say which .loc file belongs to which table, with commas between them. A table "
            "that stands in several of them has the entries of all, so your own list and a shared one go "
            "together. Of two entries with the same id the one of the list named first counts.",
            "Reference data",
            at="galaxy.tool_data_table_config_path",
            kind="path",
            suggest=_tables,
            example="tool_data_table_conf.xml",
            source=_LOCAL,
        ),
    ] = None
    builds_file: Annotated[
        AnyPath | None,
        Question(
            "builds.txt",
            "The list of genome builds that users choose from. A genome on this server that is not in it "
            "cannot be chosen for a dataset, and tools will not offer its index. A relative path starts at "
            "the tool data directory.",
            "Reference data",
            at="galaxy.builds_file_path",
            kind="path",
            example="shared/ucsc/builds.txt",
            source=_LOCAL,
        ),
    ] = None
    fasta: Annotated[
        list[Reference] | None,
        _location(
            "Sequences",
            "Genome sequences on this server, as FASTA files: the table all_fasta. Tools that build an index "
            "take them from here.",
            "all_fasta",
        ),
    ] = None
    fasta_indexes: Annotated[
        list[Reference] | None,
        _location(
            "SAMtools indexes",
            "Sequences with a .fai index beside them, for SAMtools and tools built on it: the table "
            "fasta_indexes. The path is that of the FASTA file.",
            "fasta_indexes",
        ),
    ] = None
    twobit: Annotated[
        list[TwoBit] | None,
        _location(
            "2bit sequences",
            "Sequences in the .2bit format, which tools that cut pieces out of a genome read: the table "
            "twobit. The files can be as large as the genomes.",
            "twobit",
        ),
    ] = None
    bowtie2: Annotated[
        list[Reference] | None,
        _location(
            "Bowtie 2 indexes",
            "Indexes for Bowtie 2: the table bowtie2_indexes. The path is what the names of the .bt2 files "
            "begin with.",
            "bowtie2_indexes",
        ),
    ] = None
    bwa_mem: Annotated[
        list[Reference] | None,
        _location(
            "BWA indexes",
            "Indexes for BWA and BWA-MEM: the table bwa_mem_indexes. The path is that of the FASTA file which "
            "the index files stand beside.",
            "bwa_mem_indexes",
        ),
    ] = None
    hisat2: Annotated[
        list[Reference] | None,
        _location(
            "HISAT2 indexes",
            "Indexes for HISAT2: the table hisat2_indexes. The path is what the names of the .ht2 files begin "
            "with.",
            "hisat2_indexes",
        ),
    ] = None
    genomes: Annotated[
        list[Genome] | None,
        Question(
            "Genomes",
            "Genome builds to have in builds.txt. Put in each genome that this server has data for; those "
            "that are in the file already stay.",
            _HERE,
            lands=("builds.txt",),
            suggest=_genomes,
            source=_LOCAL,
        ),
    ] = None
    tables: Annotated[
        list[DataTable] | None,
        Question(
            "More tables",
            "Tables of your own, for tools that no list knows yet. They go into the first file of the data "
            "tables that is neither CVMFS's nor part of Galaxy; its other tables stay. Tools from the Tool "
            "Shed bring theirs along.",
            _HERE,
            lands=("data tables",),
            source=_LOCAL,
        ),
    ] = None
    cvmfs: Annotated[
        bool | None,
        Question(
            "CVMFS",
            "Uses the reference genomes and indexes that the Galaxy project publishes, several terabytes "
            "which a node fetches only as it reads them. The CernVM file system must be installed on this "
            "host and every node, with a cache on local disk.",
            "CVMFS",
            lands=("CVMFS client",),
            suggest=_cvmfs,
            source=_LOCAL,
        ),
    ] = None
    cvmfs_repositories: Annotated[
        list[RepositoryName] | None,
        Question(
            "Repositories",
            "What this host mounts below /cvmfs. Reference data is in data.galaxyproject.org; "
            "singularity.galaxyproject.org has images of tools for jobs in containers.",
            "CVMFS",
            example=_REPOSITORY,
            lands=("CVMFS client",),
            when=_CVMFS,
            suggest=_repositories,
            source=_CVMFS_SERVERS,
        ),
    ] = None
    cvmfs_proxy: Annotated[
        list[ProxyGroup] | None,
        Question(
            "CVMFS proxies",
            "The web proxies that files are fetched through, in the order they are tried; | between those of "
            "equal rank. A cluster should have a proxy of its own: its nodes read the same files. DIRECT "
            "fetches without one. Nothing is mounted when no proxy is named.",
            "CVMFS",
            example="http://squid.example.org:3128",
            lands=("CVMFS client",),
            when=_CVMFS,
            suggest=Suggestion(["DIRECT"], "right for a single server"),
            source=_CVMFS_SOURCE,
        ),
    ] = None
    cvmfs_cache_dir: Annotated[
        AbsolutePath | None,
        Question(
            "CVMFS cache",
            "Where fetched files are kept. It must be on a local disk of each host, never on a shared file "
            "system, with a fifth more space than the cache may grow to.",
            "CVMFS",
            kind="path",
            lands=("CVMFS client",),
            when=_CVMFS,
            suggest=Suggestion("/var/lib/cvmfs", "where the package puts it"),
            source=_CVMFS_SOURCE,
        ),
    ] = None
    cvmfs_cache_size: Annotated[
        CacheSize | None,
        Question(
            "CVMFS cache size",
            "How large the cache may grow, all repositories together. Jobs read whole indexes, of which one of "
            "the human genome takes some gigabytes: a cache that is too small fetches them again for each job.",
            "CVMFS",
            unit="MB",
            lands=("CVMFS client",),
            when=_CVMFS,
            suggest=Suggestion(50_000, "several large indexes fit in"),
            source=_CVMFS_SOURCE,
        ),
    ] = None
    cvmfs_servers: Annotated[
        list[ServerUrl] | None,
        Question(
            "CVMFS servers",
            "The servers of galaxyproject.org's repositories, the nearest first; @fqrn@ stands for the "
            "repository. Needed where no configuration package or repository names them.",
            "CVMFS",
            kind="url",
            example="http://cvmfs1-psu0.galaxyproject.org/cvmfs/@fqrn@",
            lands=("CVMFS domain",),
            when=_CVMFS,
            suggest=Suggestion(
                [
                    f"http://{host}/cvmfs/@fqrn@"
                    for host in (
                        "cvmfs1-psu0.galaxyproject.org",
                        "cvmfs1-iu0.galaxyproject.org",
                        "cvmfs1-tacc0.galaxyproject.org",
                        "cvmfs1-ufr0.galaxyproject.eu",
                        "cvmfs1-mel0.gvl.org.au",
                    )
                ],
                "the Galaxy project's servers",
            ),
            source=_CVMFS_SERVERS,
        ),
    ] = None
    cvmfs_keys_dir: Annotated[
        AbsolutePath | None,
        Question(
            "CVMFS keys",
            "The directory of the public keys by which the client knows the repositories, such as "
            "data.galaxyproject.org.pub. The Galaxy project publishes them; put them there by hand.",
            "CVMFS",
            kind="path",
            lands=("CVMFS domain",),
            when=_CVMFS,
            suggest=Suggestion("/etc/cvmfs/keys/galaxyproject.org", "where CVMFS keeps a domain's keys"),
            source=_CVMFS_SERVERS,
        ),
    ] = None
