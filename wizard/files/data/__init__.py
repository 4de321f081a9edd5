"""Reference data: builds.txt, .loc files, the list of data tables, and the CernVM-FS client.

The list of tables comes before the .loc files that it names.
"""

from __future__ import annotations

from wizard.files.data.known import KNOWN_TABLES
from wizard.files.late import Late, answered, says
from wizard.files.lens import Lens

_TABLES = (table.question for table in KNOWN_TABLES)
_CVMFS = says("data.cvmfs", True)

DATA: tuple[Lens, ...] = (
    Late("builds.txt", "wizard.files.data.builds", "BuildsFile", answered("data.genomes")),
    Late("data tables", "wizard.files.data.tables", "DataTables", answered("data.tables", *_TABLES)),
    *(
        Late(table.file, "wizard.files.data.loc", "LocFile", answered(table.question), table)
        for table in KNOWN_TABLES
    ),
    Late("CVMFS client", "wizard.files.data.cvmfs", "CvmfsDefaults", _CVMFS),
    Late("CVMFS domain", "wizard.files.data.cvmfs", "CvmfsDomain", _CVMFS),
)
