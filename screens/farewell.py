"""What is said on the plain terminal when the wizard has ended."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.session import Session


def left_over(session: Session) -> Iterable[str]:
    """What is no answer yet at the end, and where it is kept."""
    unfinished, drafts = session.unfinished, session.drafts
    if unfinished:
        kept = f"kept in {drafts.file}" if drafts.trouble is None else "lost"
        yield f"typed and not accepted, {kept}: {', '.join(str(one.question) for one in unfinished)}"
        if drafts.trouble is not None:
            yield str(drafts.trouble)


def crash_line(error: Exception, session: Session | None) -> str:
    """What happened and where, in one line without values."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    kept = f"; the answers are saved in {session.file}" if session is not None else ""
    return f"galaxy-setup: the wizard stopped: {type(error).__name__}{place}{kept}"
