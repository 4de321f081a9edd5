"""What the plan that was made last changes: every section shows its part of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.hunks import Hunk, Hunks

    Changes = list[tuple[str, tuple[Hunk, ...]]]
    """By file, as a plan names them."""


@dataclass
class Planned:
    """Shared by the previews; whoever makes a plan puts here what it comes to."""

    text: str | None = None
    """The answers that it was made of; None: none was made yet."""
    changes: Changes | None = None
    problems: tuple[str, ...] = ()
    """What is in its way."""
    hunks: Hunks | None = None
    """What was worked out before; for threads that plan."""
