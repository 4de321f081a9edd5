"""Which of several hosts the files are for: asked once, before the first review, and whenever it is to be another."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.widgets.key_line import KeyLine
from screens.widgets.menu import Menu
from screens.window import Window

if TYPE_CHECKING:
    from screens.app import Wizard


class HostChoice(Window[None]):
    """The hosts as a list, each with what runs there. The choice holds for this session and is not saved."""

    DEFAULT_CSS = """
    HostChoice > .frame { max-width: 100; height: auto; max-height: 90%; }
    HostChoice .title { height: auto; padding: 0 0 1 0; }
    HostChoice Menu { height: auto; max-height: 16; }
    """

    BINDINGS = [
        Binding("escape", "dismiss", "back"),
        Binding("ctrl+q", "app.quit", "quit", priority=True),
    ]

    AUTO_FOCUS = "Menu"

    def compose(self) -> ComposeResult:
        session = cast("Wizard", self.app).session
        with Vertical(classes="frame"):
            yield Static("For which host are the files?", classes="title", markup=False)
            yield Menu(
                *(
                    Option(
                        Content.assemble("  ", (row.name, "bold"), f"\n    {', '.join(row.runs)}"),
                        id=row.name,
                    )
                    for row in session.value("scaling.hosts") or ()
                )
            )
        yield KeyLine()

    def on_mount(self) -> None:
        session = cast("Wizard", self.app).session
        names = session.hosts
        menu = self.query_one(Menu)
        menu.highlighted = names.index(session.this_host) if session.this_host in names else 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The files are for this one from now on."""
        cast("Wizard", self.app).session.host = event.option.id
        self.dismiss()
