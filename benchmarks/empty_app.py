"""The floor of a first frame: a Textual app that shows one line and does nothing else."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("nothing but Textual")


if __name__ == "__main__":
    EmptyApp().run()
