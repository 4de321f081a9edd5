"""The cluster section."""

from __future__ import annotations

from screens.section import SectionPage


class ClusterPage(SectionPage):
    section = "cluster"
    purpose = "Where jobs run, and which tool goes where."
