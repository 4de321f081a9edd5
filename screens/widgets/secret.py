"""The field of a secret. A kept secret is never put into it; what is typed is masked until asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from screens.signs import SIGNS
from screens.widgets.entry import Entry
from screens.widgets.field import Edited, ghost
from wizard.typed import readable

if TYPE_CHECKING:
    from wizard.answers.question import Suggestion
    from wizard.answers.questions import Asked

HOW = "Type it, or name where it stands: env:NAME, file:/PATH. A kept secret is never shown."


class SecretEntry(Entry):
    """The secret itself, `env:NAME` or `file:/PATH`; ctrl+g has one generated at the first apply."""

    BINDINGS = [
        Binding("ctrl+r", "reveal", "reveal"),
        Binding("ctrl+g", "generate", "generate"),
    ]

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self.password = True
        self._generate = False

    @property
    def changed(self) -> bool:
        return self._generate or bool(self.value)

    def show(self, value: Any, suggestion: Suggestion | None) -> None:
        self._generate = False
        self.value = ""
        if value is None:
            self.haunt(ghost(self.asked, suggestion))
        elif value.is_literal:
            self.haunt(f"{SIGNS.mask * 8} given")
        else:
            self.haunt(readable(self.asked, value))

    def draft(self) -> Any:
        from wizard.answers.secret import Secret

        if self._generate:
            return Secret(source="generate")
        if self.value.startswith("env:"):
            if not self.value[4:].strip():
                raise ValueError("env: needs the name of a variable, such as env:GALAXY_DB_PASSWORD")
            return Secret(self.value[4:].strip(), "env")
        if self.value.startswith("file:"):
            if not self.value[5:].startswith("/"):
                raise ValueError("file: needs an absolute path, such as file:/etc/galaxy/secret")
            return Secret(self.value[5:], "file")
        return Secret(self.value) if self.value else None

    def action_reveal(self) -> None:
        """Show or mask what is being typed; never what is kept."""
        self.password = not self.password

    def action_generate(self) -> None:
        """Answer with a secret that is made at the first apply."""
        self._generate = True
        self.post_message(Edited())

    def _on_blur(self, event: object) -> None:
        self.password = True
