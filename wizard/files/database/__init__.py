"""The SQL that makes Galaxy's database and its roles."""

from wizard.files.database.lens import DatabaseSql
from wizard.files.lens import Lens

DATABASE: tuple[Lens, ...] = (DatabaseSql(),)
