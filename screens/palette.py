"""The palette: finds any question by its title, its path or the option that it answers, and goes there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from screens.signs import SIGNS
from screens.widgets.sidebar import ORDER

if TYPE_CHECKING:
    from screens.app import Wizard
    from wizard.answers.questions import Asked


PLACES = (*ORDER, "history")


class QuestionsProvider(Provider):
    """Every question of every section; the sections themselves, and the history, before anything is typed."""

    @property
    def _wizard(self) -> Wizard:
        return cast("Wizard", self.app)

    async def discover(self) -> Hits:
        if self._wizard.ready:
            for name in PLACES:
                yield DiscoveryHit(Content(name.capitalize()), partial(self._wizard.go, name), name)

    async def search(self, query: str) -> Hits:
        if not self._wizard.ready:
            return
        from wizard.answers.questions import questions

        for name in PLACES:
            if query.lower() in name:
                yield Hit(200, Content(name.capitalize()), partial(self._wizard.go, name), name)
        matcher = self.matcher(query)
        given = self._wizard.session.given
        for asked in questions().values():
            score = max(_exactness(query, text) or matcher.match(text) for text in names(asked))
            if score > 0:
                applies = asked.question.applies(given)
                about = asked.path if applies else f"{asked.path}, asked when {asked.question.when}"
                about += f"  {SIGNS.arrow} {asked.question.at}" if asked.question.at else ""
                title = Content(f"{asked.section.capitalize()}: {asked.question.title}")
                yield Hit(score, title, partial(self._wizard.jump, asked.path), asked.path, about)


def names(asked: Asked) -> tuple[str, ...]:
    """What a question can be found by."""
    question = asked.question
    return (question.title, asked.path, *((question.at,) if question.at else ()), *question.lands)


def _exactness(query: str, text: str) -> float:
    """Whole words found as they are come before letters found apart."""
    return 100 * (1 + len(query) / len(text)) if query.lower() in text.lower() else 0.0
