"""Whose rules an SQL file follows."""

from __future__ import annotations

from enum import Enum


class Dialect(Enum):
    """The program that reads the file."""

    PSQL = "psql"
    MYSQL = "mysql"
