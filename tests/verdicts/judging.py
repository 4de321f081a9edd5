"""What a judge is: the real program that reads certain files, and what it says of them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import consumers

if TYPE_CHECKING:
    from tests.verdicts.galaxy_judges import OfGalaxy

Bundle = Mapping[str, str]
"""Files that a program reads together: text by path."""


@dataclass(frozen=True)
class Verdict:
    """What a program said: its complaints, and what it understood, in whatever shape it tells it.

    `seen` must not hold the text as it is, else a comment would count as understood.
    """

    complaints: tuple[str, ...] = ()
    seen: Any = None


NOT_ASKED = Verdict()
Ask = Callable[[Sequence[Bundle], Path], list[Verdict]]
"""Judges many bundles at once, in an empty folder of its own."""


@dataclass(frozen=True)
class Judge:
    """The consumer of the files of some lenses.

    `lenses` are names, or shell patterns of names. `context` are answers under which the files
    are written at all.
    """

    lenses: tuple[str, ...]
    system: str
    file: str
    consumer: str
    ask: Ask | OfGalaxy
    context: Mapping[str, Any] = field(default_factory=dict)

    def reads(self, lens: str) -> bool:
        """Whether the file of a lens of this name is one of its files."""
        return any(fnmatchcase(lens, name) for name in self.lenses)


def each(judge: Callable[[str, Path], Verdict]) -> Ask:
    """Asks about one file after another, for programs that start quickly."""

    def ask(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
        verdicts = []
        for number, bundle in enumerate(bundles):
            (text,) = bundle.values()
            here = place / str(number)
            here.mkdir(parents=True)
            verdicts.append(judge(text, here))
        return verdicts

    return ask


def run(*command: str, kept: Sequence[int] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """A program that has done its work, with what it said; the file descriptors `kept` are its own as well."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment, pass_fds=kept
    )


_CERTIFICATE = re.compile(r"(?<=[\s\"',])/[^\s;\"',]+\.(?:pem|crt|key)(?=[\s;\"',])")


def with_certificates(text: str, place: Path) -> tuple[str, dict[str, str]]:
    """The text with a real certificate at another path in the place of each that it names, and these paths."""
    names: dict[str, str] = {}
    for path in dict.fromkeys(_CERTIFICATE.findall(text)):
        certificate, key = consumers.self_signed(place)
        here = place / f"certificates{path}"
        if not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to(key if "key" in here.name else certificate)
        names[str(here)] = path
    return _CERTIFICATE.sub(lambda found: f"{place}/certificates{found[0]}", text), names


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with the paths that `with_certificates` put in place of others turned back."""
    for here, path in names.items():
        text = text.replace(here, path)
    return text
