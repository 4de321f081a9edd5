"""The characters that XML 1.0 has."""

from __future__ import annotations

import re
from functools import cache


def writable(value: str) -> bool:
    """Whether XML 1.0 can hold every character of `value`."""
    return _unwritable().search(value) is None


@cache
def _unwritable() -> re.Pattern[str]:
    """What XML 1.0 cannot hold: made at need, for so large a set takes milliseconds."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
