"""Collecting the answers that a YAML file holds: what fits its question is taken, the rest is named and left alone."""

from __future__ import annotations

from typing import Any

from wizard.answers import fitting
from wizard.answers.question import Given
from wizard.answers.secret import Secret, secret_fault
from wizard.documents.tree import MISSING, Path, TreeDocument
from wizard.files.lens import Reading
from wizard.problems import Problem


class Collector:
    """The reading of one document, as it grows."""

    def __init__(self, document: TreeDocument, file: str) -> None:
        self.document, self.file = document, file
        self.given: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.unread: list[Problem] = []

    def reading(self) -> Reading:
        return Reading(self.given, self.lines, tuple(self.unread))

    def take(self, path: Path, *forms: Given) -> None:
        """The answers that the value at `path` gives together: the first of `forms` that fits as a whole.

        Where none does, none is taken, and what did not fit is named.
        """
        for form in forms:
            fit = fit_answers(form)
            if len(fit) == len(form):
                self._add(path, fit)
                return
        for question in form:
            if question not in fit:
                self.leave(path, question, why(form[question]))

    def take_each(self, candidates: dict[str, tuple[Path, Any]]) -> None:
        """Answers of which each stands for itself, by question."""
        fit = fit_answers({question: value for question, (_, value) in candidates.items()})
        for question, (path, value) in candidates.items():
            if question in fit:
                self._add(path, {question: fit[question]})
            else:
                self.leave(path, question, why(value))

    def _add(self, path: Path, answers: Given) -> None:
        self.given.update(answers)
        line = self.document.line(path)
        if line is not None:
            self.lines.update(dict.fromkeys(answers, line))

    def leave(self, path: Path, question: str | None, what: str) -> None:
        """Name a place that holds what no answer can say."""
        name = ".".join(map(str, path))
        line = self.document.line(path)
        self.unread.append(Problem(f"{name} {what}; it is left alone", self.file, line, question=question))

    def section(self, path: Path) -> None:
        """Name what stands where a section of options belongs and is none."""
        value = self.document.get(path)
        if isinstance(value, list):
            self.leave(path, None, "is a list; galaxy-setup reads one instance only")
        elif value is not MISSING and value is not None and not isinstance(value, dict):
            self.leave(path, None, "is no section of options")


def fit_answers(candidates: Given) -> dict[str, Any]:
    """Those of `candidates` that are answers to their questions, and that a file can hold if they are secrets."""
    return fitting({path: value for path, value in candidates.items() if not _unfit_secret(value)})


def why(value: Any) -> str:
    """What is wrong with a value that did not fit, without the value."""
    fault = secret_fault(value.reference) if isinstance(value, Secret) and value.is_literal else None
    return fault or "holds a value that is no answer to this question"


def _unfit_secret(value: Any) -> bool:
    return isinstance(value, Secret) and value.is_literal and secret_fault(value.reference) is not None
