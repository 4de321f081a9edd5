"""What answers cannot have together, wherever they land: asked once, before a file is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.question import Given
from wizard.files import host_checks, release_checks
from wizard.files.paste import checks as paste_checks
from wizard.files.site import checks as site_checks
from wizard.problems import Problem


def problems(given: Given) -> Iterator[Problem]:
    """What stands in the way of a plan for these answers, each with its question and the way out."""
    yield from release_checks.problems(given)
    yield from host_checks.problems(given)
    yield from paste_checks.problems(given)
    yield from site_checks.problems(given)
