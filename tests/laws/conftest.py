"""What the laws are tried on: one test for each real file, and how a test counts what it found."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests import consumers
from tests.laws import table
from tests.laws.files import CORPUS, SAMPLES, RealFile, real_files
from tests.laws.syntaxes import SYNTAXES

Count = Callable[..., None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`file` is every real file; `written` those of a kind that answers are written to."""
    for name, files in (
        ("file", real_files()),
        ("written", [file for file in real_files() if file.lenses]),
    ):
        if name in metafunc.fixturenames:
            found: list[RealFile | None] = [*files]
            metafunc.parametrize(name, [_parameter(file) for file in found or [None]], indirect=True)


def _parameter(file: RealFile | None) -> object:
    if file is None:
        return pytest.param(None, id="none")
    marks = [pytest.mark.consumer] if SYNTAXES[file.syntax].program else []
    return pytest.param(file, id=str(file), marks=marks)


@pytest.fixture
def file(request: pytest.FixtureRequest) -> RealFile:
    if request.param is None:
        pytest.skip(f"{CORPUS} and {SAMPLES} are not set: no real files here")
    found: RealFile = request.param
    return found


@pytest.fixture
def written(request: pytest.FixtureRequest) -> RealFile:
    if request.param is None:
        pytest.skip(f"{CORPUS} and {SAMPLES} are not set: no real files here")
    found: RealFile = request.param
    return found


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """`count(file, column=n)`: add to the table that the run ends with."""

    def add(file: RealFile, **counted: int) -> None:
        table.note(request.node.user_properties, file.syntax, file.name, **counted)

    return add


@pytest.fixture
def samples_folder() -> str:
    """The folder of Galaxy's samples, which `python3 -m tests` fetches and names."""
    folder = os.environ.get(SAMPLES)
    return folder or consumers.missing(
        f"Galaxy's samples are not here: {SAMPLES} is not set; `python3 -m tests` sets it"
    )
