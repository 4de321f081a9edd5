"""The configuration files that other people wrote, where GALAXY_SETUP_CORPUS names a folder of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def need_corpus() -> Path:
    """The folder, with one folder in it for each kind of file; a test that asks is skipped where there is none."""
    place = os.environ.get("GALAXY_SETUP_CORPUS")
    if not place:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    return Path(place)
