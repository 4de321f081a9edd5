"""The screens by name. Imported after the first frame, with the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from screens.app import Wizard
from screens.applied import AppliedPage
from screens.celery import CeleryPage
from screens.checking import CheckingPage
from screens.cluster import ClusterPage
from screens.data import DataPage
from screens.database import DatabasePage
from screens.groundwork import GroundworkPage
from screens.history import HistoryPage
from screens.options import OptionForm, OptionsPage
from screens.page import Page
from screens.palette import Palette
from screens.proxy import ProxyPage
from screens.review import ReviewPage
from screens.row_form import RowForm
from screens.scaling import ScalingPage
from screens.section import SectionPage
from screens.section_list import SectionList
from screens.steps import StepsPage
from screens.surveyed import SurveyedPage
from screens.welcome import Welcome
from screens.widgets.offering import OfferingEntry
from screens.widgets.question import FIELDS
from screens.widgets.questions import Questions
from screens.widgets.sidebar import Sidebar
from wizard.answers.questions import questions
from wizard.facts import SHAPES

if TYPE_CHECKING:
    from textual.dom import DOMNode

_PAGES: dict[str, type[Page]] = {
    "checks": CheckingPage,
    "steps": StepsPage,
    "surveyed": SurveyedPage,
    "groundwork": GroundworkPage,
    "database": DatabasePage,
    "proxy": ProxyPage,
    "cluster": ClusterPage,
    "scaling": ScalingPage,
    "celery": CeleryPage,
    "data": DataPage,
    "review": ReviewPage,
    "applied": AppliedPage,
    "history": HistoryPage,
    "options": OptionsPage,
}


def load() -> None:
    """Make the register of questions now, where it keeps no key waiting."""
    questions()


def purpose(name: str) -> str:
    """What a section is for, in a line; nothing for other screens."""
    return getattr(_PAGES.get(name), "purpose", "")


def with_keys() -> Iterator[tuple[str, type[DOMNode]]]:
    """Everything that has keys of its own, and what the help calls it."""
    yield "every section", SectionPage
    yield "its questions", Questions
    for kind in dict.fromkeys(FIELDS.values()):
        shapes = (SHAPES[shape] for shape, its in FIELDS.items() if its is kind)
        yield f"a field: {' or '.join(shapes)}", kind
    yield "a field: path, or a name", OfferingEntry
    yield "the list of sections", Sidebar
    yield "the list of sections over the screen", SectionList
    yield "the row of a table", RowForm
    yield "an option", OptionForm
    yield "the palette", Palette
    yield "Welcome", Welcome
    for name, kind in _PAGES.items():
        if not issubclass(kind, SectionPage):
            yield f"{name.capitalize()}", kind
    yield "every place", Wizard


def page(name: str) -> Page:
    """A new screen."""
    return _PAGES[name]()
