"""Where the secret stands that Galaxy knows the proxy by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.documents.nginx.document import Directive, Document
from wizard.files.nginx.roles import header_name

_SECRET_HEADER = re.compile(
    r"""GX[-_]SECRET["']?[ \t]+(?P<token>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s;"']+)""", re.IGNORECASE
)


def words(text: str) -> Iterator[tuple[int, int]]:
    """The values of GX_SECRET headers, in comments too."""
    for found in _SECRET_HEADER.finditer(text):
        if not found["token"].startswith("$"):
            yield found.start("token"), found.end("token")


def tokens(document: Document) -> Iterator[tuple[int, int]]:
    """The values of GX_SECRET headers, and of the variables that they name."""
    variables: set[str] = set()
    sets: list[Directive] = []
    for node in document.walk():
        if node.name == "set" and len(node.args) == 2:
            sets.append(node)
        for position, arg in enumerate(node.args[:-1]):
            if header_name(arg) in ("gx-secret", "http-gx-secret"):
                value = node.args[position + 1]
                if value.startswith("$"):
                    variables.add(value.strip("${}"))
                else:
                    yield node.tokens[position + 2].start, node.tokens[position + 2].end
    for node in sets:
        if node.args[0].lstrip("$") in variables:
            yield node.tokens[2].start, node.tokens[2].end
