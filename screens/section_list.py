"""The sections as a short list over the screen, where there is no room for them beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.widgets.key_line import KeyLine
from screens.widgets.menu import Menu
from screens.widgets.sidebar import ORDER, line

if TYPE_CHECKING:
    from screens.app import Wizard


class SectionList(ModalScreen[str]):
    """Dismissed with the name of the section that was chosen."""

    DEFAULT_CSS = """
    SectionList { background: $background 0%; align: left top; }
    SectionList > Vertical { width: 20; height: auto; max-height: 100%; background: $background; margin-top: 1; }
    SectionList Menu { height: auto; }
    """

    BINDINGS = [
        *(
            Binding(
                str(number), f"open({number - 1})", "jump", key_display=f"1-{len(ORDER)}", show=number == 1
            )
            for number in range(1, len(ORDER) + 1)
        ),
        Binding("escape,f6", "close", "close", key_display="esc"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    def compose(self) -> ComposeResult:
        wizard = cast("Wizard", self.app)
        with Vertical():
            self.list = Menu(
                *(
                    Option(Content.assemble(" ", (f"{number} ", "$muted"), line(wizard, name)), id=name)
                    for number, name in enumerate(ORDER, 1)
                )
            )
            yield self.list
        yield KeyLine()

    def on_mount(self) -> None:
        place = cast("Wizard", self.app).place
        self.list.highlighted = ORDER.index(place) if place in ORDER else 0
        self.list.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_open(self, index: int) -> None:
        """Go to the section with this number."""
        self.dismiss(ORDER[index])

    def action_close(self) -> None:
        """Stay where one was."""
        self.dismiss()
