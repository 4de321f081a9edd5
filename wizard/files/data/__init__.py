"""Reference data: builds.txt, .loc files, the list of data tables, and the CernVM-FS client.

The list of tables comes before the .loc files that it names.
"""

from __future__ import annotations

from wizard.files.data.builds import BuildsFile
from wizard.files.data.cvmfs import CvmfsDefaults, CvmfsDomain
from wizard.files.data.loc import LOC_FILES
from wizard.files.data.tables import DataTables
from wizard.files.lens import Lens

DATA: tuple[Lens, ...] = (BuildsFile(), DataTables(), *LOC_FILES, CvmfsDefaults(), CvmfsDomain())
