"""The database section."""

from __future__ import annotations

from screens.section import SectionPage


class DatabasePage(SectionPage):
    section = "database"
    purpose = "Where Galaxy keeps its records."
