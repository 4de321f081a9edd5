"""The scaling section."""

from __future__ import annotations

from screens.section import SectionPage


class ScalingPage(SectionPage):
    section = "scaling"
    purpose = "How many processes serve the web and handle jobs."
