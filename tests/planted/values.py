"""The values that are planted, and the forms in which a file or an output could hold them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import tomlkit

Source = Literal["value", "env", "file"]
SOURCES: tuple[Source, ...] = ("value", "env", "file")


@dataclass(frozen=True)
class Planted:
    """A place for a secret in the answers of a scene; `{}` in `around` is where it stands.

    A `referable` one may be answered by naming a variable or a file; a `plain` one is of letters and digits.
    """

    around: str = "{}"
    referable: bool = True
    plain: bool = False


@dataclass
class Garden:
    """The secrets of one scene as they are planted: their values by question, and what names them elsewhere."""

    source: Source
    room: Path
    """Where the files are that the answers name."""
    first: int = 0
    """The number of its first secret."""
    values: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def text(self, answers: dict[str, Any]) -> str:
        """The answers as an answers file, with a secret of its own in each place."""
        return tomlkit.dumps(self._planted(answers, ""))

    def _planted(self, part: Any, path: str) -> Any:
        if isinstance(part, dict):
            return {key: self._planted(one, f"{path}.{key}" if path else key) for key, one in part.items()}
        if isinstance(part, list):
            return [self._planted(one, f"{path}[{number}]") for number, one in enumerate(part, 1)]
        return self._answer(part, path) if isinstance(part, Planted) else part

    def _answer(self, place: Planted, path: str) -> Any:
        number = self.first + len(self.values)
        secret = made(number, plain=place.plain)
        self.values[path] = secret
        whole = place.around.replace("{}", quote(secret, safe="") if "://" in place.around else secret)
        if self.source == "value" or not place.referable:
            return whole
        name = f"PLANTED_{number}"
        if self.source == "env":
            self.environment[name] = whole
            return {"env": name}
        file = self.room / name
        file.write_text(whole + "\n")
        file.chmod(0o600)
        return {"file": f"/run/planted/{name}"}


def made(number: int, plain: bool = False) -> str:
    """A secret: two words that no encoding of text changes, around signs that every syntax has to treat."""
    between = "-" if plain else "-é'\"%;$&<>"
    return f"hEad{number:03}pLnt{between}tAil{number:03}pLnt"


_WORD = re.compile(rb"(?:hEad|tAil)\d{3}pLnt")


def found_in(data: bytes, secrets: Iterable[str]) -> list[str]:
    """The parts of these secrets, or of any like them, that stand in `data`.

    As they are, in base64 at any offset, in hexadecimal digits. What was not planted (a generated secret) counts whole.
    """
    shown = {match.decode() for match in _WORD.findall(data)}
    for secret in secrets:
        for word in _WORD.findall(secret.encode()) or [secret.encode()]:
            shown.update(form.decode() for form in _forms(word) if form in data)
    return sorted(shown)


@cache
def _forms(word: bytes) -> tuple[bytes, ...]:
    forms = {word, word.hex().encode(), word.hex().upper().encode()}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + word).rstrip(b"=")
        inner = coded[-(-offset * 8 // 6) : (offset + len(word)) * 8 // 6]
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return tuple(forms)
