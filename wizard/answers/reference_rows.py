"""The rows of the tables about reference data, and what their cells can hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator

from wizard.answers.question import Question
from wizard.answers.section import Row
from wizard.answers.types import AbsolutePath

_BUILDS = "galaxy.managers.dbkeys, release 26.1"
_LOCATIONS = "galaxy.tool_util.data, release 26.1"


def _typed(pattern: str, what: str) -> tuple[AfterValidator, WithJsonSchema]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(what)
        return value

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"})


_CONTROL = r"\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff"

_dbkey = _typed(
    r"[A-Za-z0-9_][A-Za-z0-9_.()+:-]*", "must be a key without spaces, such as hg38, of letters and digits"
)
Dbkey = Annotated[str, _dbkey[0], _dbkey[1]]
"""The key of a genome build. Galaxy also makes names of files from it, where it lets few other characters through."""

_identifier = _typed(rf"[^\s#{_CONTROL}][^\s{_CONTROL}]*", "must be one word that does not begin with #")
Identifier = Annotated[str, _identifier[0], _identifier[1]]
"""What begins a line of a .loc file: with # it would be a comment."""

_label = _typed(
    rf"[^\s{_CONTROL}](?:[^{_CONTROL}]*[^\s{_CONTROL}])?", "must be one line without spaces around it"
)
Label = Annotated[str, _label[0], _label[1]]
"""What users read in a list: one line without tabs."""

_table = _typed(r"[A-Za-z_][A-Za-z0-9_.-]*", "must be a name of letters, digits, dot, dash and underscore")
TableName = Annotated[str, _table[0], _table[1]]

_table_file = _typed(rf"[^\s${_CONTROL}](?:[^${_CONTROL}]*[^\s${_CONTROL}])?", "must be a path without $")
TableFile = Annotated[str, _table_file[0], _table_file[1]]
"""The .loc file of a table. Galaxy replaces words that begin with $ in it."""

_fqrn = _typed(
    r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+",
    "must be a whole repository name, such as data.galaxyproject.org",
)
RepositoryName = Annotated[str, _fqrn[0], _fqrn[1]]

_HOST = r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_ONE_PROXY = rf"(?:DIRECT|auto|https?://{_HOST}/?)"
_proxies = _typed(
    rf"{_ONE_PROXY}(?:\|{_ONE_PROXY})*",
    "must be DIRECT, auto, or addresses such as http://squid:3128 with | between",
)
ProxyGroup = Annotated[str, _proxies[0], _proxies[1]]
"""Proxies of equal rank. A login is not taken: the file is readable for everybody."""

_server = _typed(
    rf"https?://{_HOST}(?:/[A-Za-z0-9_.~@/-]*)?",
    "must be an address such as http://cvmfs1.example.org/cvmfs/@fqrn@",
)
ServerUrl = Annotated[str, _server[0], _server[1]]

CacheSize = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Genome(Row):
    """One line of builds.txt."""

    dbkey: Annotated[
        Dbkey,
        Question(
            "Key",
            "The short name under which datasets and indexes know the genome. Take UCSC's where it has one: tools "
            "from elsewhere expect it.",
            "Genome",
            example="hg38",
            source=_BUILDS,
        ),
    ]
    name: Annotated[
        Label,
        Question(
            "Name",
            "What users read in the list. Each genome needs a name of its own: of two families of builds "
            "with the same first name Galaxy lists only one.",
            "Genome",
            example="Human Dec. 2013 (GRCh38/hg38) (hg38)",
            source=_BUILDS,
        ),
    ]


class Reference(Row):
    """One line of a .loc file whose table has the usual four columns."""

    value: Annotated[
        Identifier,
        Question(
            "Id",
            "Names this line; jobs and workflows remember it, so it must never change. Often the key of the "
            "genome, and more when there are several of one genome.",
            "Entry",
            example="hg38full",
            source=_LOCATIONS,
        ),
    ]
    dbkey: Annotated[
        Dbkey,
        Question(
            "Genome",
            "The key of its genome, as in builds.txt. Tools offer the entry for datasets with this key.",
            "Entry",
            example="hg38",
            source=_LOCATIONS,
        ),
    ]
    name: Annotated[
        Label,
        Question(
            "Name",
            "What users read in the tool's form. It may change at any time.",
            "Entry",
            example="Human (hg38) full",
            source=_LOCATIONS,
        ),
    ]
    path: Annotated[
        AbsolutePath,
        Question(
            "Path",
            "Where it stands: the file, or for an index of several files what their names begin with. The "
            "nodes must see it under the same path.",
            "Entry",
            kind="path",
            example="/data/genomes/hg38/seq/hg38full.fa",
            source=_LOCATIONS,
        ),
    ]


class TwoBit(Row):
    """One line of twobit.loc."""

    value: Annotated[
        Identifier,
        Question(
            "Genome",
            "The key of the genome, as in builds.txt. Tools find the file by it.",
            "Entry",
            example="hg38",
            source=_LOCATIONS,
        ),
    ]
    path: Annotated[
        AbsolutePath,
        Question(
            "Path",
            "The .2bit file. The nodes must see it under the same path.",
            "Entry",
            kind="path",
            example="/data/genomes/hg38/seq/hg38.2bit",
            source=_LOCATIONS,
        ),
    ]


class DataTable(Row):
    """One table in Galaxy's list of data tables."""

    name: Annotated[
        TableName,
        Question(
            "Name",
            "The name by which tools ask for the table. It stands in the tool's own file.",
            "Table",
            example="my_indexes",
            source=_LOCATIONS,
        ),
    ]
    columns: Annotated[
        list[TableName],
        Question(
            "Columns",
            "The columns of its .loc file, in order. One must be called value. Where another list has a table "
            "of this name the columns must be the same: otherwise Galaxy does not start.",
            "Table",
            example="value",
            source=_LOCATIONS,
        ),
    ]
    file: Annotated[
        TableFile,
        Question(
            "File",
            "The .loc file with its lines, separated by tabs. A name without a directory is looked for in the "
            "tool data directory.",
            "Table",
            kind="path",
            example="my_indexes.loc",
            source=_LOCATIONS,
        ),
    ]

    @field_validator("columns")
    @classmethod
    def _has_value(cls, columns: list[str]) -> list[str]:
        if "value" not in columns:
            raise ValueError("must have a column called value")
        if len(set(columns)) < len(columns):
            raise ValueError("has a column twice")
        return columns
