"""The help of the focused question: what and why, what is suggested, what the files hold, whence its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from screens.widgets.secret import HOW
from wizard.facts import ANYWHERE, brief, facts

if TYPE_CHECKING:
    from screens.widgets.question import QuestionRow
    from wizard.answers.questions import Asked
    from wizard.facts import Here

ABOVE = ("error", "warning", "note", "here", "suggested")
"""The facts that stand above the help, each on lines of its own; the others stand below, one after another."""

_COLOURS = {"error": "$error", "warning": "$warning"}

LABEL = 12
MORE = "  f1: more"
LEAST = 5
"""Lines that all that is known takes besides the help, at the least."""


class HelpPane(Widget, can_focus=False):
    """A few lines below the questions. Facts wrap and the help gives way to them; f1 has what finds no room.

    Where there is room it says all that is known.
    """

    DEFAULT_CSS = """
    HelpPane { height: 7; padding: 0 1 0 1; border-top: solid $line; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._help = ""
        self._asked: tuple[Asked, Here] | None = None
        self._above: list[Content] = []
        self._below: list[Content] = []
        self._painted: Content | None = None

    def tell(self, row: QuestionRow, here: Here = ANYWHERE) -> None:
        """Explain the question of `row`, as far as it is known `here`."""
        self.explain(row.asked, here)

    def explain(self, asked: Asked, here: Here = ANYWHERE) -> None:
        """Explain a question, as far as it is known `here`; what is said already is not painted again."""
        if self._asked is not None and self._asked[0] is asked and self._asked[1] == here:
            return
        known = list(brief(asked, here))
        self._asked = (asked, here)
        self._help = asked.question.help or asked.question.title
        self._above = [
            Content.assemble((f"{name} ", _COLOURS.get(name, "$accent")), text)
            for name, text in known
            if name in ABOVE
        ]
        below = [Content.assemble((f"{name} ", "$muted"), text) for name, text in known if name not in ABOVE]
        self._below = [_sentence([*below, Content.styled(asked.path, "$muted")])]
        if asked.shape == "secret":
            self._below.insert(0, Content.styled(HOW, "$muted"))
        self._paint()

    def say(self, text: str) -> None:
        """Say something else."""
        self._help, self._asked, self._above, self._below = text, None, [], []
        self._paint()

    def _paint(self) -> None:
        """Be painted again, unless all that has room here stands there already."""
        if self._painted is None or not self._painted.is_same(self._content()):
            self.refresh()

    def render(self) -> RenderResult:
        self._painted = self._content()
        return self._painted

    def _content(self) -> Content:
        width, room = max(1, self.size.width), self.size.height
        lines = Content(self._help).wrap(width)
        whole = self._whole(width, room) if len(lines) + LEAST <= room else []
        if whole:
            return Content("\n").join(whole)
        above = _wrapped(self._above, width)
        below = _wrapped(self._below, width)
        # One line of the help always stands there; what is suggested goes before the rest of the facts.
        above = above[: max(0, room - 1)]
        kept = below[: max(0, room - 1 - len(above))]
        shown = lines[: max(0, room - len(above) - len(kept))]
        parts = [*above, *shown, *kept]
        if (len(shown) < len(lines) or len(kept) < len(below)) and parts:
            end = len(above) + len(shown) - 1 if len(shown) < len(lines) else len(parts) - 1
            cut = parts[end].truncate(max(1, width - len(MORE)), ellipsis=True)
            parts[end] = Content.assemble(cut, (MORE, "$muted"))
        return Content("\n").join(parts)

    def _whole(self, width: int, room: int) -> list[Content]:
        """All that is known of the question, line by line; without choices and columns where they find no room."""
        if self._asked is None:
            return []
        asked, here = self._asked
        how = Content.styled(HOW, "$muted").wrap(width) if asked.shape == "secret" else []
        for every in (True, False):
            whole = [*full(asked, here, width, every).split("\n"), *how]
            if len(whole) <= room:
                return whole
        return []


def _sentence(parts: list[Content]) -> Content:
    return Content("   ").join(parts)


def _wrapped(parts: list[Content], width: int) -> list[Content]:
    return [line for part in parts for line in part.wrap(width)]


def full(asked: Asked, here: Here, width: int, every: bool = True) -> Content:
    """All that is known of a question, in the words of `explain`, `width` columns wide.

    Unless `every`, without the choices of a field and the columns of a table.
    """
    known, of = [], ""
    for label, value in facts(asked, here):
        of = label or of
        if every or of != "Choices":
            known.append((label, value))
    lines = [Content.assemble((asked.question.title, "bold $accent"), f"   {asked.path}"), Content("")]
    if asked.question.help:
        lines += [*Content(asked.question.help).wrap(width), Content("")]
    for label, value in known:
        lines += hung(Content.styled(f"{label:{LABEL}}", "$muted"), value, width)
    if not every:
        return Content("\n").join(lines)
    if asked.row:
        lines += [Content(""), Content.styled("Columns", "bold $accent")]
    for column in asked.row_questions:
        help_text = column.question.help or column.question.title
        lines += hung(Content.styled(f"{column.name:{LABEL}} ", "bold"), help_text, width)
    return Content("\n").join(lines)


def hung(label: Content, text: str, width: int) -> list[Content]:
    """`text` behind its label, in as many lines as it needs, each as far in as the first."""
    indent = label.cell_length
    lines = Content(text).wrap(max(8, width - indent)) or [Content("")]
    return [Content.assemble(label if n == 0 else " " * indent, line) for n, line in enumerate(lines)]
