"""Where passwords stand in a file of SQL, whoever wrote it, commented out too."""

from __future__ import annotations

import re

from wizard.files.lens import SecretSpan

_TEXT = r"""(?:[eE]?'(?:[^'\\]|''|\\.)*'?|"(?:[^"\\]|""|\\.)*"?)"""
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"\\set[ \t]+\w*(?:password|secret)\w*[ \t]+(?P<secret>[^\r\n]*[^\s])",
        rf"@\w*(?:password|secret)\w*\s*:?=\s*(?P<secret>{_TEXT})",
        rf"\bpassword\s*(?:\(\s*|=\s*)?(?P<secret>{_TEXT})",
        rf"\bidentified\s+(?:by|(?:with|via)\s+\S+\s+(?:as|by|using))\s+(?P<secret>{_TEXT})",
        r"\bpassword=(?P<secret>[^\s'\"]+)",
        r"://[^\s:/'\"]*:(?P<secret>[^\s'\"]+)@",
        r"(?P<secret>SCRAM-SHA-256\$[^\s'\"]+|\bmd5[0-9a-f]{32}\b)",
    )
)


def secret_spans(text: str) -> tuple[SecretSpan, ...]:
    """The spans of the secrets in `text`, of which none lies in another."""
    found = {
        match.span("secret")
        for pattern in _PLACES
        for match in pattern.finditer(text)
        if match["secret"] not in ("''", '""')
    }
    spans: list[SecretSpan] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not spans or end > spans[-1].end:
            spans.append(SecretSpan(max(start, spans[-1].end) if spans else start, end))
    return tuple(spans)
