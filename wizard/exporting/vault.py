"""Secrets taken out of what is exported: a variable stands in the place of each, to be kept in a vault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.documents.tree import Path
from wizard.documents.yaml.document import YamlDocument
from wizard.exporting.jinja import before_name, sheltered
from wizard.files.lens import SecretSpan
from wizard.files.secrecy import password_spans

_URL = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*://")


@dataclass
class Vault:
    """The variables that stand for secrets, each with the secret. It never prints one."""

    held: dict[str, str] = field(default_factory=dict, repr=False)
    places: dict[str, str] = field(default_factory=dict)
    """What each variable is, in words."""

    def put(self, name: str, secret: str, place: str) -> str:
        """A reference to `secret`, in a variable of a name like this one; the same secret at one name once."""
        wanted = "vault_" + re.sub(r"\W+", "_", name).strip("_").lower()
        found, number = wanted, 1
        while self.held.get(found, secret) != secret:
            number += 1
            found = f"{wanted}_{number}"
        self.held[found] = secret
        self.places.setdefault(found, place)
        return f"{{{{ {found} }}}}"


def without_secrets(text: str, file: str, spans: Sequence[SecretSpan], vault: Vault) -> dict[str, Any]:
    """The values of a YAML text, ready for Ansible: a secret is a reference into `vault`, Jinja's signs are sheltered.

    Whatever shares a character with one of `spans` is a secret, as a whole where it is no URL with a password in it.
    """
    document = YamlDocument.parse(text, file)
    value = _Values(document, spans, vault).cleaned((), document.get(()))
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class _Values:
    document: YamlDocument
    spans: Sequence[SecretSpan]
    vault: Vault

    def cleaned(self, path: Path, value: Any) -> Any:
        if isinstance(value, dict) and value:
            return {key: self.cleaned((*path, key), part) for key, part in value.items()}
        if isinstance(value, list) and value:
            return [self.cleaned((*path, number), part) for number, part in enumerate(value)]
        if value is None or isinstance(value, bool) or not self._is_secret(path):
            return sheltered(value) if isinstance(value, str) else value
        name = "_".join(str(step) for step in path[path[:1] == ("galaxy",) :])
        place = ".".join(map(str, path))
        if isinstance(value, str) and _URL.match(value):
            return self._url(value, name, place)
        return self.vault.put(name, str(value), place)

    def _is_secret(self, path: Path) -> bool:
        place = self.document.value_span(path)
        return place is None or any(span.start < place[1] and place[0] < span.end for span in self.spans)

    def _url(self, url: str, name: str, place: str) -> str:
        found = password_spans(url)
        if not found:
            return self.vault.put(name, url, place)
        parts, position = [], 0
        for start, end in found:
            parts += [before_name(url[position:start])]
            parts += [self.vault.put(f"{name}_password", url[start:end], f"the password in {place}")]
            position = end
        return "".join(parts) + sheltered(url[position:])


def template(text: str, name: str, spans: Sequence[SecretSpan], vault: Vault) -> str:
    """`text` as a template of Ansible's: rendered, it is the same text; secrets are references into `vault`."""
    return "".join(_template(text, name, spans, vault))


def _template(text: str, name: str, spans: Sequence[SecretSpan], vault: Vault) -> Iterator[str]:
    position = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < position:
            continue
        yield before_name(text[position : span.start])
        line = text.count("\n", 0, span.start) + 1
        yield vault.put(name, text[span.start : span.end], f"line {line} of {name}")
        position = span.end
    yield sheltered(text[position:])
