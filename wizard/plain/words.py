"""The words that are no answers: what can be typed at a prompt to do something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Word:
    """A word, what may follow it (nothing where `usage` is the word alone), and what it does."""

    usage: str
    what: str

    @property
    def name(self) -> str:
        return self.usage.partition(" ")[0]

    @property
    def takes(self) -> bool:
        """Whether anything may follow; with more behind it, a word that takes nothing is no command."""
        return " " in self.usage


@dataclass(frozen=True)
class Command:
    """A word that was typed, and what stood behind it."""

    name: str
    rest: str = ""


ON = Command("next")
"""What an empty line comes to: nothing changes, on to what follows."""

EVERYWHERE = (
    Word("? [NAME]", "explain this question, or another question or option"),
    Word("help", "list these words"),
    Word("back", "go back to what was before"),
    Word("section [NAME]", "go to a section, or list them"),
    Word("find TEXT", "find questions by their title, path, option or help"),
    Word("goto PATH", "go to a question, such as goto proxy.host_name"),
    Word("review", "show what an apply would do"),
    Word("diff [N]", "show the difference, of all files or of one in the review's list"),
    Word("apply", "write the files; asks before"),
    Word("undo", "take the last answer back, as it was before"),
    Word("redo", "give it again"),
    Word("quit", "end; everything accepted is saved"),
)
AT_QUESTION = (
    Word("clear", "not given: the option belongs to its file, or to the preset, again"),
    Word("suggest", "take the suggestion"),
    Word("= VALUE", "give VALUE as it stands, also when it is one of these words"),
)
OF_SECRET = (Word("generate", "have one made at the first apply"),)
AT_TABLE = (
    Word("add", "begin a new row"),
    Word("edit N", "change row N"),
    Word("copy N", "begin a new row with what row N holds"),
    Word("remove N", "take row N out"),
    Word("move N M", "put row N in the place of row M"),
)
AT_MAP = (Word("remove NAME", "take one name out"),)
IN_ROW = (
    Word("done", "the rest of the row stays as it is"),
    Word("cancel", "leave the row as it was before"),
)
AT_REVIEW = (
    Word("options", "list the changes option by option, each with its question"),
    Word("keep N", "make the file's value of edit N the answer"),
    Word("take N", "let an apply write the answer over edit N"),
    Word("disown N", "leave the option of edit N to its file from now on"),
    Word("host NAME", "the files of another host"),
    Word("again", "look at the files again"),
    Word("steps", "what is left to do after the last apply here"),
)

_ANSWERS = frozenset({"=", "generate"})
"""Words that are listed with the others, and give an answer."""

_LEADING = MappingProxyType({"table": AT_TABLE})
"""Words that may stand before another: `table add` is `add`."""


def read(line: str, words: Iterable[Word]) -> Command | None:
    """The command that a line is, among `words`; None for what is an answer."""
    known: Mapping[str, Word] = {word.name: word for word in words}
    name, _, rest = line.strip().partition(" ")
    if name in _LEADING and rest:
        inner = read(rest, _LEADING[name])
        return inner if inner is None or inner.name in known else Command(name, rest)
    word = known.get(name)
    rest = rest.strip()
    if word is None or name in _ANSWERS or (rest and not word.takes):
        return None
    return Command(name, rest)


def listed(words: Iterable[Word]) -> list[str]:
    """The words as lines of help."""
    return [f"  {word.usage}: {word.what}" for word in words]
