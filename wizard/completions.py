"""What a field may offer while it is typed into: names that other answers have, and paths on the disk."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from wizard.answers.question import Given
from wizard.disk import Disk

MOST = 200
"""Paths that are offered at once."""


def _column(question: str, name: str) -> Callable[[Given], Iterator[str]]:
    """The values in one column of a table; of a list, its items."""

    def values(given: Given) -> Iterator[str]:
        for row in given.get(question) or ():
            value = getattr(row, name)
            yield from value if isinstance(value, list) else [value] if value else []

    return values


def _either(*sources: Callable[[Given], Iterable[str]]) -> Callable[[Given], Iterable[str]]:
    return lambda given: chain.from_iterable(source(given) for source in sources)


_RUNNERS = _column("cluster.runners", "id")
_DESTINATIONS = _column("cluster.destinations", "id")
_DESTINATION_TAGS = _column("cluster.destinations", "tags")
_HANDLERS = _column("scaling.handlers", "name")
_POOLS = _column("scaling.handlers", "pools")
_HANDLER_TAGS = _column("scaling.handlers", "tags")
_TOOLS = _column("cluster.tools", "id")

NAMES: Mapping[str, Callable[[Given], Iterable[str]]] = {
    "cluster.default_destination": _either(_DESTINATIONS, _DESTINATION_TAGS),
    "cluster.destinations[].runner": _RUNNERS,
    "cluster.destinations[].tags": _DESTINATION_TAGS,
    "cluster.destinations[].resubmit_to": _either(_DESTINATIONS, _DESTINATION_TAGS),
    "cluster.tools[].id": lambda given: (*_TOOLS(given), "upload1", "__DATA_FETCH__"),
    "cluster.tools[].destination": _either(_DESTINATIONS, _DESTINATION_TAGS),
    "cluster.tools[].handler": _either(_HANDLERS, _POOLS, _HANDLER_TAGS),
    "cluster.limits[].id": _DESTINATIONS,
    "cluster.limits[].tag": _DESTINATION_TAGS,
    "scaling.handlers[].pools": _POOLS,
    "scaling.handlers[].tags": _HANDLER_TAGS,
    "scaling.hosts[].name": _column("scaling.hosts", "name"),
    "scaling.hosts[].handlers": _HANDLERS,
}
"""The questions and columns that name something which other answers have, and where these have it."""


def names(question: str, given: Given) -> tuple[str, ...]:
    """The names that the answer to `question` may be one of, each once, in the order of the answers."""
    source = NAMES.get(question)
    found: Iterable[Any] = source(given) if source else ()
    return tuple(dict.fromkeys(map(str, found)))


def paths(disk: Disk, text: str) -> tuple[str, ...]:
    """The paths on `disk` that begin with `text`, in order, a directory's with a slash behind; hidden ones if named.

    It lists a directory, which on a network file system may take long. None for a text that is no absolute path.
    """
    folder, start = posixpath.split(text)
    if not folder.startswith("/"):
        return ("/",) if not text else ()
    found = (name for name in disk.entries(folder) if name.startswith(start))
    shown = [name for name in found if start.startswith(".") or not name.startswith(".")]
    return tuple(posixpath.join(folder, name) for name in shown[:MOST])
