"""The groundwork section."""

from __future__ import annotations

from screens.section import SectionPage


class GroundworkPage(SectionPage):
    section = "groundwork"
    purpose = "Where Galaxy is, who runs it, and its production switches."
