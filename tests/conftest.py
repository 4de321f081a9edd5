"""What tests share: the real programs, and the rule for when they are not there (tests/consumers)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import consumers
from tests.faults import table as faults
from tests.laws import table

# On CI the laws are tried on the same examples every time, so that a red run is reproducible; elsewhere on new ones.
settings.register_profile("ci", derandomize=True, print_blob=True)
if consumers.on_ci():
    settings.load_profile("ci")

Ask = Callable[..., dict[str, Any]]
CONSUMER_FIXTURES = {"galaxy", "nginx", "uwsgi", "httpd", "proftpd"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses a fixture below carries the marker `consumer`, so that `-m 'not consumer'` means it."""
    for item in items:
        if CONSUMER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.consumer)


@pytest.fixture(scope="session")
def galaxy() -> Ask:
    """`galaxy(NAME, FILE, ...)`: what the real Galaxy or Gravity says of a file (names: tests/consumers)."""
    consumers.galaxy_python()
    return consumers.ask


@pytest.fixture
def nginx(tmp_path: Path) -> Callable[[str], consumers.Verdict]:
    """`nginx(SITE_TEXT)`: what the real `nginx -t` says of a site."""
    consumers.need_tool("nginx")
    return lambda site_text: consumers.nginx_accepts(site_text, tmp_path)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The tables of what the laws and the judges found. Reports of other processes come with what they noted."""
    from tests.hostile import (
        counting as hostile,
    )  # these two know all files and programs: not before the tests
    from tests.verdicts import table as verdicts

    reports = [report for found in terminalreporter.stats.values() for report in found]
    tables = {
        "real files": table.lines(reports, os.environ),
        "files and consumers": verdicts.lines(reports),
        "hostile values": hostile.lines(reports),
        "runs that were cut off": faults.lines(reports),
    }
    for title, rows in tables.items():
        if rows:
            terminalreporter.section(title)
        for row in rows:
            terminalreporter.write_line(row)
