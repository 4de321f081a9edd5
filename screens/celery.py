"""The celery section."""

from __future__ import annotations

from screens.section import SectionPage


class CeleryPage(SectionPage):
    section = "celery"
    purpose = "Work in the background: broker, workers, and what runs on a clock."
