"""The proxy section."""

from __future__ import annotations

from screens.section import SectionPage


class ProxyPage(SectionPage):
    section = "proxy"
    purpose = "How the world reaches Galaxy: the web server in front of it."
