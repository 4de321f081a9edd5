"""The programs themselves, asked about a few of the files: none complains, and what they tell holds the very value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.hostile.places import Place, complete, is_free, places_in, texts_of
from tests.hostile.trying import Comparison
from tests.hostile.values import drawn
from tests.verdicts.cases import leaves
from tests.verdicts.galaxy_judges import OfGalaxy, ask_together
from tests.verdicts.judges import JUDGES
from tests.verdicts.judging import Bundle, Judge, Verdict
from tests.verdicts.seeing import readers

QUESTIONS, VALUES = 2, 2
"""So many questions of each file, and values of each."""
TELLING = ("Galaxy", "Gravity", "jobs", "object store", "Paste", "local data", "uWSGI")
"""The programs that tell values, not words as they are spelled."""
ELSEWHERE = ("groundwork.user", "groundwork.group", "certificate", "host", "address", "umask", "cleanup_time")
"""Parts of the names of questions whose values must also be there on this machine, or take few characters."""

IN_COMMANDS = ("groundwork.root", "groundwork.virtualenv")
"""What a file of commands says although no question lands there."""


@dataclass(frozen=True)
class Asked:
    """A file with a hostile value, to be told from the same one with a harmless value."""

    place: Place
    hostile: str
    usual: Bundle
    bundle: Bundle


def bundle_of(given: Any, judge: Judge) -> Bundle:
    return {path: text for path, (_, text) in texts_of(given, judge).items()}


def some_places(judge: Judge) -> Iterator[Place]:
    mine = [one for one in leaves() if is_free(one) and judge in readers(one.path)]
    mine = [one for one in mine if not any(part in one.path for part in ELSEWHERE)]
    mine = mine or [one for one in leaves() if one.path in IN_COMMANDS]
    for asked in mine[:: max(1, len(mine) // (2 * QUESTIONS))]:
        for given in complete(asked, judge.context):
            yield from islice(places_in(asked, given, judge.file, judge), 1)


def some_files(judge: Judge) -> Iterator[Asked]:
    for turn, place in enumerate(islice(some_places(judge), QUESTIONS)):
        usual = bundle_of(place.given, judge)
        found = 0
        for hostile in (place.fitted(text) for text in drawn(60, turn)):
            given = place.answered(hostile) if hostile else None
            bundle = bundle_of(given, judge) if given is not None else {}
            if bundle.keys() == usual.keys() and found < VALUES:
                found += 1
                yield Asked(place, hostile, usual, bundle)


def verdicts(judge: Judge, bundles: list[Bundle]) -> list[Verdict]:
    with TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        if isinstance(judge.ask, OfGalaxy):
            return ask_together([(judge.ask, bundle) for bundle in bundles], place / "galaxy")
        return judge.ask(bundles, place)


@pytest.mark.consumer
@pytest.mark.parametrize(
    "judge", [one for one in JUDGES if one.system != "database"], ids=lambda judge: judge.file
)
def test_the_program_reads_what_was_answered(judge: Judge) -> None:
    asked = [*some_files(judge)]
    assert asked
    # Of the first file that it reads, Galaxy tells some defaults otherwise than of the rest.
    bundles = [asked[0].usual, *(bundle for one in asked for bundle in (one.usual, one.bundle))]
    _, *said = verdicts(judge, bundles)
    for one, usual, seen in zip(asked, said[::2], said[1::2], strict=True):
        assert usual.complaints == seen.complaints == (), (one.place, one.hostile)
        if judge.system in TELLING:
            compared = Comparison(one.hostile, is_path=one.place.is_path)
            assert compared.difference(usual.seen, seen.seen) is None, (one.place, one.hostile)
