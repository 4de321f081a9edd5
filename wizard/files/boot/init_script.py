"""An init script as options: the variables at its head that its body uses.

Scripts that others wrote call the user and the directory by other names; where their head sets one of those, it is the
same option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.documents.shell.document import ShellDocument
from wizard.documents.tree import Missing, Path
from wizard.files.boot.service import CONFIG_VARIABLE, LOG_VARIABLE, VIRTUALENV_VARIABLE

USER, GROUP, UMASK, ROOT = "GALAXY_USER", "GALAXY_GROUP", "GALAXY_UMASK", "GALAXY_ROOT"
_CALLED = {
    USER: (USER, "RUN_AS", "USER"),
    GROUP: (GROUP, "GROUP"),
    UMASK: (UMASK,),
    ROOT: (ROOT, "RUN_IN", "DIR"),
    CONFIG_VARIABLE: (CONFIG_VARIABLE,),
    VIRTUALENV_VARIABLE: (VIRTUALENV_VARIABLE,),
    LOG_VARIABLE: (LOG_VARIABLE,),
}
"""What a variable is called here, and in the scripts for Debian and Fedora of Galaxy's contrib directory."""


class InitScript:
    """The service's options in an init script."""

    def __init__(self, text: str, file: str) -> None:
        self.script = ShellDocument(text, file)
        self.text, self.file = text, file

    def obstacle(self, path: Path) -> str | None:
        """Why a variable of this name can be neither read nor written."""
        name = self._name(path)
        if name is None:
            return "is no variable of this script"
        place = self.script.unsure((name,))
        return None if place is None else f"is computed by the script (line {place})"

    def get(self, path: Path) -> str | dict[str, Any] | Missing:
        return self.script.get(self._path(path))

    def keys(self, path: Path) -> tuple[str, ...]:
        return self.script.keys(self._path(path))

    def line(self, path: Path) -> int | None:
        return self.script.line(self._path(path))

    def lines(self, path: Path) -> range | None:
        return self.script.lines(self._path(path))

    def value_span(self, path: Path) -> tuple[int, int] | None:
        return self.script.value_span(self._path(path))

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        return self.script.commented_spans(path)

    def unknown_tags(self) -> list[tuple[int, str]]:
        return []

    def edit(self, changes: Mapping[Path, Any]) -> str:
        return self.script.edit({self._path(path): value for path, value in changes.items()})

    def _path(self, path: Path) -> Path:
        name = self._name(path) if path else None
        return path if name is None else (name,)

    def _name(self, path: Path) -> str | None:
        """What the script calls the variable: a name that its head sets, else our own where the script uses it."""
        own = str(path[0])
        held = self.script.keys(())
        called = next((name for name in _CALLED.get(own, (own,)) if name in held), None)
        return called or (own if self._uses(own) else None)

    def _uses(self, name: str) -> bool:
        return re.search(rf"\$\{{?{name}\b|\bexport\b[^\n]*[ \t]{name}\b", self.text) is not None
