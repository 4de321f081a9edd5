"""The law: a hostile value is refused by its question's name, or its consumer reads it, and all else as before."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.hostile.places import Place, grouped, written
from tests.hostile.reading import Reader
from tests.hostile.values import TOKEN, drawn
from tests.hostile.words import Unreadable
from tests.verdicts.cases import root_of
from wizard.problems import Refused

Columns = Counter[str]
COLUMNS = ("places", "values", "written", "by the type", "by the file", "escapes", "crashes")


@dataclass
class Found:
    """What became of the values: counted by syntax and by question, and every fault in words."""

    syntaxes: dict[str, Columns] = field(default_factory=dict)
    questions: dict[str, Columns] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def count(self, place: Place, column: str, number: int = 1) -> None:
        self.syntaxes.setdefault(place.reader.syntax, Counter())[column] += number
        self.questions.setdefault(f"{place.asked.path}  {place.reader.syntax}", Counter())[column] += number

    def fault(self, place: Place, column: str, hostile: str, what: str) -> None:
        self.count(place, column)
        self.faults.append(f"{place}: {hostile!r}: {what}")


@dataclass(frozen=True)
class Waiting:
    """A file with a hostile value that its reader has still to be asked about."""

    place: Place
    hostile: str
    text: str
    fresh: bool


class Trial:
    """Tries places one by one; readers that are programs are asked about many files at once."""

    AT_ONCE = 2000

    def __init__(self) -> None:
        self.found = Found()
        self._waiting: dict[Reader, list[Waiting]] = {}

    def place(self, place: Place, count: int, turn: int) -> None:
        """Put so many hostile values there: by turns in a new file, and in one that holds a harmless value."""
        self.found.count(place, "places")
        for number, hostile in enumerate(drawn(count, turn)):
            hostile = place.fitted(hostile)
            if hostile == "" or TOKEN in hostile:
                continue
            self.found.count(place, "values")
            fresh = number % 2 == 0 or not place.is_edited
            text = self._written(place, hostile, fresh)
            if text is not None:
                self._waiting.setdefault(place.reader, []).append(Waiting(place, hostile, text, fresh))
        waiting = self._waiting.get(place.reader, [])
        if not place.reader.batched or len(waiting) >= self.AT_ONCE:
            self._read(place.reader)

    def finish(self) -> Found:
        for reader in list(self._waiting):
            self._read(reader)
        return self.found

    def _written(self, place: Place, hostile: str, fresh: bool) -> str | None:
        given = place.answered(hostile)
        if given is None:
            self.found.count(place, "by the type")
            return None
        try:
            return written(given, place.path, place.lenses, None if fresh else place.text)
        except Refused as refused:
            self.found.count(place, "by the file")
            if not named(place, refused):
                self.found.fault(place, "crashes", hostile, f"refused without its name: {refused}")
        except Exception as error:  # a crash is what is looked for
            self.found.fault(place, "crashes", hostile, f"{type(error).__name__}: {error}")
        return None

    def _read(self, reader: Reader) -> None:
        waiting = self._waiting.pop(reader, [])
        harmless = {place.text: place for place in (one.place for one in waiting)}
        texts = [*harmless, *(one.text for one in waiting)]
        said = reader.many(texts)
        usual = dict(zip(harmless, said, strict=False))
        for one, seen in zip(waiting, said[len(harmless) :], strict=True):
            what = compared(one).difference(usual[one.place.text], seen)
            if what is not None and refused_beside(one.place, one.hostile):
                self.found.count(one.place, "by the file")
                continue
            self.found.count(one.place, "written")
            if what is not None:
                self.found.fault(one.place, "escapes", one.hostile, what)


def compared(one: Waiting) -> Comparison:
    """How the file is to be compared with the harmless one."""
    words = _words(one.hostile) if one.place.splits else None
    return Comparison(one.hostile, words, one.place.is_path, edited=not one.fresh)


def refused_beside(place: Place, hostile: str) -> bool:
    """Whether another file of the same answers refuses the value: then none of them is written."""
    given = place.answered(hostile) or {}
    try:
        for path, lenses in grouped(given).items():
            written(given, path, lenses)
    except Refused as refused:
        return named(place, refused)
    return False


def named(place: Place, refused: Refused) -> bool:
    """Whether the refusal says which question it is about."""
    root = root_of(place.asked.path)
    return any(
        (problem.question or "").startswith(root) or root in str(problem) for problem in refused.problems
    )


def _words(text: str) -> list[str] | None:
    try:
        return shlex.split(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Comparison:
    """Compares what a consumer reads with a hostile text to what it reads with the harmless one.

    `words` are those of the text where a program gets it as several. In a path, a slash more or less is no difference.
    In a file that is edited, what is only suggested for a new one (a place of logs) stays; but something must differ.
    """

    hostile: str
    words: list[str] | None = None
    is_path: bool = False
    edited: bool = False

    def difference(self, usual: Any, seen: Any) -> str | None:
        """What differs beside the hostile text in the place of the harmless one; None where nothing does."""
        for side in (usual, seen):
            if isinstance(side, Unreadable):
                return f"its consumer refuses it: {side}"
        if self.edited and usual == seen:
            return "nothing of it is in the file"
        return next(self.of(usual, seen, ()), None)

    def of(self, usual: Any, seen: Any, at: tuple[str, ...]) -> Iterator[str]:
        if isinstance(usual, dict) and isinstance(seen, dict):
            names = {self.put(name): name for name in usual}
            if names.keys() != seen.keys():
                yield f"{'.'.join(at)} has {sorted(map(str, names.keys() ^ seen.keys()))} too many or too few"
            for name in names.keys() & seen.keys():
                yield from self.of(usual[names[name]], seen[name], (*at, str(names[name])))
        elif isinstance(usual, list) and isinstance(seen, list):
            usual = self._spread(usual)
            if len(usual) != len(seen):
                yield f"{'.'.join(at)} has {len(seen)} instead of {len(usual)}: {seen!r}"[:300]
            for number, (one, other) in enumerate(zip(usual, seen, strict=False)):
                yield from self.of(one, other, (*at, str(number)))
        elif at[-1:] == ("delay",) and self.put(usual) == str(seen):
            return  # a number of seconds, or an expression
        elif type(usual) is not type(seen) or not self._same(usual, seen, at):
            yield f"{'.'.join(at)} is {seen!r} instead of {self.put(usual)!r}"[:600]

    def _same(self, usual: Any, seen: Any, at: Sequence[str]) -> bool:
        """Whether a value is the expected one, as it stands, or as whoever gets it takes it apart."""
        if (
            self.put(usual) == seen
            or (self.edited and usual == seen)
            or (self.is_path and _slim(self.put(usual)) == _slim(seen))
        ):
            return True
        is_url = isinstance(usual, str) and "://" in usual and any(_URLS.match(name) for name in at)
        return is_url and bool(self.put(_url(usual)) == _url(seen))

    def put(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(TOKEN, self.hostile)
        return [self.put(one) for one in value] if isinstance(value, list) else value

    def _spread(self, usual: list[Any]) -> list[Any]:
        """The words of a command, with those of the text where the harmless one stands."""
        if self.words is None or TOKEN not in usual:
            return usual
        at = usual.index(TOKEN)
        return [*usual[:at], *self.words, *usual[at + 1 :]]


_URLS = re.compile(
    r"(database_connection|broker_url|result_backend|celery_(conf|broker|backend)|amqp.*|.*url)$"
)


def _slim(path: Any) -> Any:
    return "=".join(map(posixpath.normpath, path.split("="))) if isinstance(path, str) else path


def _url(text: str) -> Any:
    """The parts of a URL, each with nothing of its spelling left."""
    try:
        parts = urlsplit(text)
        user = [unquote(part or "") for part in (parts.username, parts.password)]
        return [
            parts.scheme,
            *user,
            parts.hostname,
            unquote(parts.path),
            [list(pair) for pair in parse_qsl(parts.query)],
        ]
    except ValueError as refusal:
        return [str(refusal)]


def tried(places: Iterable[Place], count: int, turn: int = 0) -> Trial:
    """Every place with so many values of its own, other ones with another `turn`."""
    trial = Trial()
    for number, place in enumerate(places):
        trial.place(place, count, turn + number)
    return trial
