"""Batches of changes to a logrotate file, as splices of its text: what no operation names stays as it is.

Every result is read back: a batch that would change anything else than asked is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wizard.documents.logrotate import Directive, LogrotateDocument, Stanza, parse
from wizard.documents.read_back import make_sure
from wizard.problems import Problem, Refused

_PLAIN = re.compile(r"[~/][^\s\"'\\{}]*")
_Body = list[tuple[str, str | None]]


@dataclass(frozen=True)
class SetDirective:
    """Give `node`, of `stanza`, another name and value."""

    stanza: Stanza
    node: Directive
    name: str
    value: str | None
    question: str


@dataclass(frozen=True)
class AddDirective:
    """Put a directive last into `stanza`."""

    stanza: Stanza
    name: str
    value: str | None
    question: str


@dataclass(frozen=True)
class SetPatterns:
    """Give `stanza` these logs. Those that it has already keep their place and spelling."""

    stanza: Stanza
    patterns: tuple[str, ...]
    question: str


@dataclass(frozen=True)
class AddStanza:
    """A new stanza at the end of the file; each directive is a name and its value."""

    patterns: tuple[str, ...]
    directives: tuple[tuple[str, str | None], ...]
    question: str


Operation = SetDirective | AddDirective | SetPatterns | AddStanza


def edit(document: LogrotateDocument, operations: Sequence[Operation]) -> str:
    """The document's text after all operations, of which no two change the same thing. Raises Refused."""
    splices = [splice for operation in operations for splice in _splices(document, operation)]
    text = document.text
    for start, end, added in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        text = text[:start] + added + text[end:]
    if text != document.text:
        _verify(document, operations, text)
    return text


def quoted(pattern: str, question: str) -> str:
    """A path or pattern as logrotate reads it back. Raises Refused for what it has no spelling for."""
    escaped = pattern.replace('"', '\\"')
    for spelled in (pattern, f'"{pattern}"', f"'{pattern}'", f'"{escaped}"'):
        fits = _PLAIN.fullmatch(spelled) or spelled != pattern
        if fits and "\n" not in pattern and _reads_as(spelled, pattern):
            return spelled
    what = "logrotate cannot be told of a file with such a name"
    raise Refused(Problem(what, question=question, way_out="leave out braces, and mixed or trailing quotes"))


def _reads_as(spelled: str, pattern: str) -> bool:
    try:
        stanzas = parse(f"{spelled} {{\n}}\n").stanzas
    except Refused:
        return False
    return len(stanzas) == 1 and stanzas[0].patterns == (pattern,)


def _splices(document: LogrotateDocument, operation: Operation) -> Iterator[tuple[int, int, str]]:
    text = document.text
    if isinstance(operation, SetDirective):
        node = operation.node
        if node.name != operation.name or node.value is None or operation.value is None:
            yield node.start, node.end, _directive(operation.name, operation.value)
        else:
            yield node.end - len(node.value), node.end, operation.value
    elif isinstance(operation, AddDirective):
        yield _added(text, operation.stanza, _directive(operation.name, operation.value))
    elif isinstance(operation, SetPatterns):
        yield from _patterns(text, operation)
    else:
        yield len(text), len(text), _stanza(text, operation)


def _directive(name: str, value: str | None) -> str:
    return name if value is None else f"{name} {value}"


def _added(text: str, stanza: Stanza, directive: str) -> tuple[int, int, str]:
    close = stanza.end - 1
    start = text.rfind("\n", 0, close) + 1
    first = next(iter(stanza.directives), None)
    indent = "    "
    if first is not None:
        lead = text[text.rfind("\n", 0, first.start) + 1 : first.start]
        indent = lead if not lead.strip() else indent
    if start > stanza.body - 1 and not text[start:close].strip():
        return start, start, f"{indent}{directive}\n"
    return close, close, f"\n{indent}{directive}\n"


def _patterns(text: str, operation: SetPatterns) -> Iterator[tuple[int, int, str]]:
    stanza, wanted = operation.stanza, list(operation.patterns)
    gone = []
    for pattern, span in zip(stanza.patterns, stanza.spans, strict=True):
        if pattern in wanted:
            wanted.remove(pattern)
        else:
            gone.append(span)
    fresh = [quoted(pattern, operation.question) for pattern in wanted]
    for (start, end), spelled in zip(gone, fresh, strict=False):
        yield start, end, spelled
    for start, end in gone[len(fresh) :]:
        below = re.compile(r"[ \t]*\n?[ \t]*").match(text, end)
        if start == stanza.start:
            yield start, below.end() if below else end, ""
        else:
            yield _above(text, stanza.start, start), end, ""
    last = stanza.spans[-1][1]
    for spelled in fresh[len(gone) :]:
        yield last, last, f"\n{spelled}"


def _above(text: str, floor: int, at: int) -> int:
    """Where the white space before `at` begins; behind the end of a comment, which would swallow what follows."""
    start = len(text[floor:at].rstrip(" \t")) + floor
    if text[start - 1] != "\n":
        return start
    line = text[text.rfind("\n", 0, start - 1) + 1 : start]
    return start if line.lstrip().startswith("#") else start - 1


def _stanza(text: str, operation: AddStanza) -> str:
    lead = "" if not text or text.endswith("\n\n") or text.endswith("# \n") else "\n"
    if text.rstrip("\n").rpartition("\n")[2].startswith("#") and text.endswith("\n"):
        lead = ""
    lead = "\n" + lead if text and not text.endswith("\n") else lead
    patterns = "\n".join(quoted(pattern, operation.question) for pattern in operation.patterns)
    body = "".join(f"    {_directive(name, value)}\n" for name, value in operation.directives)
    return f"{lead}{patterns} {{\n{body}}}\n"


def _verify(document: LogrotateDocument, operations: Sequence[Operation], text: str) -> None:
    def as_asked() -> bool:
        held = parse(text, document.file)
        return (
            [(sorted(one.patterns), _body(one)) for one in held.stanzas] == _asked(document, operations)
            and [(one.name, one.value) for one in held.directives]
            == [(one.name, one.value) for one in document.directives]
            and len(held.unread) == len(document.unread)
        )

    make_sure(as_asked, document.file, operations[0].question)


def _body(stanza: Stanza) -> _Body:
    return [(one.name, one.script if one.script is not None else one.value) for one in stanza.directives]


def _asked(document: LogrotateDocument, operations: Sequence[Operation]) -> list[tuple[list[str], _Body]]:
    found = []
    for stanza in document.stanzas:
        patterns, body = list(stanza.patterns), _body(stanza)
        for one in operations:
            if isinstance(one, SetPatterns) and one.stanza is stanza:
                patterns = list(one.patterns)
            elif isinstance(one, SetDirective) and one.stanza is stanza:
                body[stanza.directives.index(one.node)] = (one.name, one.value)
            elif isinstance(one, AddDirective) and one.stanza is stanza:
                body.append((one.name, one.value))
        found.append((sorted(patterns), body))
    new = (one for one in operations if isinstance(one, AddStanza))
    return found + [(sorted(one.patterns), list(one.directives)) for one in new]
