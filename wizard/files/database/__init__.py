"""The SQL that makes Galaxy's database and its roles."""

from __future__ import annotations

from wizard.files.late import Late, answered
from wizard.files.lens import Lens

DATABASE: tuple[Lens, ...] = (
    Late("database.sql", "wizard.files.database.lens", "DatabaseSql", answered("database.setup_file")),
)
