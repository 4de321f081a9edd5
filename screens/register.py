"""The screens by name. Imported after the first frame, with the engine."""

from __future__ import annotations

from screens.applied import AppliedPage
from screens.celery import CeleryPage
from screens.cluster import ClusterPage
from screens.data import DataPage
from screens.database import DatabasePage
from screens.groundwork import GroundworkPage
from screens.history import HistoryPage
from screens.page import Page
from screens.proxy import ProxyPage
from screens.review import ReviewPage
from screens.scaling import ScalingPage
from screens.surveyed import SurveyedPage
from wizard.answers.questions import questions

_PAGES: dict[str, type[Page]] = {
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
}


def load() -> None:
    """Make the register of questions now, where it keeps no key waiting."""
    questions()


def page(name: str) -> Page:
    """A new screen."""
    return _PAGES[name]()
