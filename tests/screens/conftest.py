"""The screens are tested with the signs that most terminals can draw, wherever the tests run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.screens.journeys.tmux import COMMAND, Tmux

os.environ["GALAXY_SETUP_ASCII"] = "0"


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., Tmux]]:
    """`tmux(OPTION, ...)` starts the wizard with these options."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened: list[Tmux] = []

    def start(*options: str) -> Tmux:
        opened.append(Tmux(tmp_path / f"socket{len(opened)}", [*COMMAND, *options], tmp_path))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
