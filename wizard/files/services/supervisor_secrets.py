"""Where secrets stand in supervisord's configuration: in the environments of programs, active or commented out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.documents.ini.document import IniDocument
from wizard.files.lens import SecretSpan
from wizard.files.secrecy import secrecy_by_key
from wizard.files.services.supervisor_group import secrecy

_VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\"[^\"]*\"?|'[^']*'?|[^,\s]*)")


def spans_of(document: IniDocument) -> tuple[SecretSpan, ...]:
    """The values that hold a secret, each as a whole."""
    commented = document.commented_spans(("program:galaxy-web", "environment"))
    return tuple(SecretSpan(*span) for span in (*_active(document), *commented))


def _active(document: IniDocument) -> Iterator[tuple[int, int]]:
    for section in document.keys(()):
        for key in document.keys((section,)):
            value, span = document.get((section, key)), document.value_span((section, key))
            if span is None or not isinstance(value, str):
                continue
            # A line that begins with a space continues the option above: an environment may have got into any.
            if secrecy(value, None) if key == "environment" else _has_secret_variable(value):
                yield span


def _has_secret_variable(value: str) -> bool:
    return any(secrecy_by_key((found[1],), found[2].strip("\"'")) for found in _VARIABLE.finditer(value))
