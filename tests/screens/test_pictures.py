"""The eight main states as text: how it looks is a promise. `python -m tests.screens.pictures` takes new ones."""

from __future__ import annotations

import difflib
from xml.etree import ElementTree

import pytest

from tests.screens.pictures import (
    DRAWINGS,
    IN_README,
    SIZES,
    STATES,
    as_svg,
    as_text,
    text_file,
    the_same_everywhere,
)

MOST = 40_000
"""Bytes of a drawing in the README."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
async def test_picture(state: str, size: tuple[int, int]) -> None:
    with the_same_everywhere():
        now = await as_text(state, size)
    kept = text_file(state, size).read_text(encoding="utf-8")
    changes = difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", lineterm="")
    assert now == kept, "\n".join(changes)


async def test_the_readme_shows_drawings_that_the_script_makes() -> None:
    readme = (DRAWINGS.parents[1] / "README.md").read_text(encoding="utf-8")
    for state in IN_README:
        drawing = DRAWINGS / f"{state}.svg"
        assert f"docs/pictures/{drawing.name}" in readme
        assert drawing.stat().st_size < MOST
    assert {path.stem for path in DRAWINGS.glob("*")} == set(IN_README)
    with the_same_everywhere():
        svg = await as_svg("palette", (80, 24))
    texts = [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert "pool" in texts and len(texts) > 20
