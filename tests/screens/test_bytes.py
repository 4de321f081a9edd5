"""What a key sends to the terminal: over a slow line it is what an admin waits for. Counted, so any machine agrees."""

from __future__ import annotations

import sys

import pytest

from benchmarks import keys

pytestmark = pytest.mark.terminal

MOST = {
    "typed key": keys.TYPED_BYTES,
    "choice": 20_000,
    "tab": 20_000,
    "typed answer, accepted": 45_000,
    "section, first visit": 45_000,
    "section, later visits": 45_000,
}
"""Bytes that one key may send: of a typed key the aim, of the others what they send and as much again."""


@pytest.mark.parametrize("size", keys.SIZES)
def test_no_key_sends_more_than_a_slow_line_bears(size: tuple[int, int]) -> None:
    rows = list(keys.walked([sys.executable, "-m", "wizard.cli"], size, look=0.8))
    for row in rows:
        assert 0 < row.bytes <= MOST[row.name.partition(" ")[2]], f"{row.name}: {row.bytes} bytes"
    assert len(rows) == len(MOST)
