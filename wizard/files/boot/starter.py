"""The lens of a file that starts Galaxy, loaded when that is how Galaxy is to be started."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.question import Given
from wizard.files.boot.service import ServiceLens
from wizard.files.late import Late, says


class Starter(Late[ServiceLens]):
    """What starts Galaxy under `manager`, by the lens `of` in `module`; `file` is its place, if it has but one."""

    def __init__(self, name: str, manager: str, module: str, of: str, file: str = "") -> None:
        super().__init__(name, f"wizard.files.boot.{module}", of, says("groundwork.service_manager", manager))
        self.manager, self.file = manager, file

    def started(self, path: str, given: Given) -> Iterator[str]:
        """The commands that start Galaxy by a new file at `path`."""
        return self.lens.started(path, given)

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        """The commands that start Galaxy again where the file or Galaxy changed."""
        return self.lens.restarted(path, given)

    def ended(self, given: Given) -> str | None:
        """The command that ends it for good; None where nothing starts Galaxy by itself."""
        return self.lens.ended(given)
