"""What is to be said of answers that are written and still do not do what they say.

Each rule stands beside its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.answers.question import Given
from wizard.files.data.cvmfs_answers import unused_cvmfs
from wizard.files.services.handlers import unlimited_handlers
from wizard.problems import Problem

_REMARKS: tuple[Callable[[Given], Problem | None], ...] = (unused_cvmfs, unlimited_handlers)


def remarks(given: Given) -> Iterator[Problem]:
    """Those that hold for these answers."""
    for remark in _REMARKS:
        said = remark(given)
        if said is not None:
            yield said
