"""What makes the definitions of other service managers take effect: init script, launchd, SMF, run.sh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.answers.question import Given
from wizard.files.boot import BOOT
from wizard.files.boot.starter import Starter

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan


def starter(given: Given) -> Starter | None:
    """The one of these that is to start Galaxy."""
    return next((lens for lens in BOOT if lens.manager == given.get("groundwork.service_manager")), None)


def boot_commands(wanted: Starter, files: Sequence[FilePlan], restart: bool, given: Given) -> Iterator[str]:
    """The commands for the one that starts Galaxy; none where nothing of it, nor of Galaxy, changes."""
    for file in files:
        if wanted.name in file.lenses and (restart or file.action != "unchanged"):
            by = wanted.started if file.before is None else wanted.restarted
            yield from by(file.path, given)
            return
    if restart:
        yield "restart Galaxy"
