"""The data section."""

from __future__ import annotations

from screens.section import SectionPage


class DataPage(SectionPage):
    section = "data"
    purpose = "Where datasets live, how they come in, and how they go."
