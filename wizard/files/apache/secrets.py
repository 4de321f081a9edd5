"""Where secrets stand in a site's text: the header that Galaxy knows the proxy by, and the password for LDAP."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.documents.apache.document import Document
from wizard.files.apache.spelling import header_name

_WORD = r"""(?P<token>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[^\s"']\S*)"""
_PATTERNS = (
    re.compile(rf"""GX[-_]SECRET:?["']?[ \t]+{_WORD}""", re.IGNORECASE),
    re.compile(rf"""AuthLDAPBindPassword[ \t]+{_WORD}""", re.IGNORECASE),
)


def words(text: str) -> Iterator[tuple[int, int]]:
    """The values of secrets, in comments too."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            if not re.fullmatch(r"\$\{\w+\}", found["token"].strip("\"'")):
                yield found.start("token"), found.end("token")


def tokens(document: Document) -> Iterator[tuple[int, int]]:
    """The values of secrets, and of the variables that they name."""
    used: set[str] = set()
    for node in document.walk():
        name, index = node.name.lower(), None
        if name == "requestheader" and len(node.args) > 2 and header_name(node.args[1]) == "gx-secret":
            index = 2
        elif name == "authldapbindpassword" and node.args:
            index = 0
        if index is not None:
            used.update(re.findall(r"\$\{(\w+)\}", node.args[index]))
            if not re.fullmatch(r"\$\{\w+\}", node.args[index]):
                yield node.tokens[index + 1].start, node.tokens[index + 1].end
    for node in document.walk():
        if node.name.lower() == "define" and len(node.args) == 2 and node.args[0] in used:
            yield node.tokens[2].start, node.tokens[2].end
