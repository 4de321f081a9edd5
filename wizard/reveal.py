"""Secrets, fetched from where the answers say they are."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.answers.question import Given, Question
from wizard.answers.questions import Asked, questions
from wizard.answers.secret import Secret, secret_fault, size_fault
from wizard.answers.section import Row
from wizard.problems import Problem, Refused
from wizard.releases.catalog import published_default, secret_kind


def random_secret() -> str:
    """224 random bits, as 56 hexadecimal digits: the longest key that Galaxy's cipher of ids takes (Blowfish)."""
    return secrets.token_hex(28)


@dataclass
class _Sources:
    environ: Mapping[str, str]
    read_file: Callable[[str], str]
    generate: Callable[[], str]
    problems: list[Problem] = field(default_factory=list)

    def resolve(self, path: str, question: Question, secret: Secret, found: Any) -> Secret:
        """The literal secret. What is wrong goes to `problems`, which never hold a secret."""
        value, what, way_out = self._fetch(question, secret, found)
        if what is None and not value and not secret.is_literal:
            what, way_out = f"the {secret.source} {secret.reference} is empty", "put the secret there"
        if what is None and (fault := secret_fault(value)):
            what, way_out = f"the secret {fault}", "give the secret itself, on one line"
        if what is None and question.size and (fault := size_fault(value, question.size)):
            what, way_out = f"the secret {fault}", "give another, or take { generate = true }"
        if what is not None:
            self.problems.append(Problem(what, question=path, way_out=way_out))
        return Secret(value)

    def _fetch(self, question: Question, secret: Secret, found: Any) -> tuple[str, str | None, str | None]:
        """Value, and when it cannot be had: what is wrong and the way out."""
        if secret.source == "env":
            way_out = f"set it: export {secret.reference}=…"
            value = self.environ.get(secret.reference)
            what = f"the environment variable {secret.reference} is not set"
            return ("", what, way_out) if value is None else (value, None, None)
        if secret.source == "file":
            return self._from_file(secret.reference)
        if secret.source == "generate":
            return self._made(question, found)
        return secret.reference, None, None

    def _from_file(self, file: str) -> tuple[str, str | None, str | None]:
        try:
            text = self.read_file(file)
        except FileNotFoundError:
            return "", f"the file {file} is not there", "write the secret into it, mode 0600"
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return "", f"the file {file} cannot be read: {reason}", "make it readable for this user"
        except UnicodeDecodeError:
            return "", f"the file {file} is not UTF-8 text", "write the secret into it as one line of text"
        value = re.sub(r"\r?\n\Z", "", text)
        if "\n" in value or "\r" in value:
            return "", f"the file {file} has more than one line", "leave one line in it: the secret"
        return value, None, None

    def _made(self, question: Question, found: Any) -> tuple[str, str | None, str | None]:
        present = found.reference if isinstance(found, Secret) and found.is_literal else found
        if isinstance(present, str) and present and _is_kept(present, question):
            return present, None, None
        if question.kind == "url":
            way_out = 'give the URL itself, { env = "NAME" } or { file = "/path" }'
            return "", "a URL cannot be generated", way_out
        return self.generate(), None, None


def _is_kept(present: str, question: Question) -> bool:
    """Whether what stands in the file is a secret already: no published default, no diff's placeholder, no misfit."""
    if question.size and size_fault(present, question.size):
        return False  # nothing ever ran with it
    return present != _published(question) and secret_fault(present) is None


def secret_option(path: str, value: Any) -> Any:
    """The answer to `options.NAME` as a `Secret` when that option is one; any other answer as it is.

    Raises ValueError (without the value) when it is a table that does not say where the secret is.
    """
    name = path.removeprefix("options.")
    if name == path or not isinstance(value, (str, dict)) or secret_kind(name) is None:
        return value
    return Secret.from_toml(value)


def asks_for_generated(path: str, value: Any) -> bool:
    """Whether this answer is a secret that is made at the first apply and kept from then on."""
    if path.startswith("options."):
        return value == {"generate": True} and secret_kind(path.removeprefix("options.")) is not None
    return _has_generated(value)


def _has_generated(value: Any) -> bool:
    if isinstance(value, Secret):
        return value.source == "generate"
    if isinstance(value, dict):
        return any(map(_has_generated, value.values()))
    if isinstance(value, list):
        return any(map(_has_generated, value))
    return isinstance(value, Row) and any(
        _has_generated(getattr(value, name)) for name in type(value).model_fields
    )


def _published(question: Question) -> Any:
    """The value that everybody can read in Galaxy's own schema, and that is therefore no secret."""
    option = question.at or ""
    return published_default(option.removeprefix("galaxy.")) if option.startswith("galaxy.") else None


def reveal(
    given: Given,
    environ: Mapping[str, str],
    read_file: Callable[[str], str],
    found: Mapping[str, Any] | None = None,
    generate: Callable[[], str] = random_secret,
) -> dict[str, Any]:
    """`given` with every secret a literal one, those in the rows of tables included.

    `found` is what the server's present files hold: a secret to be generated stays what it is there, unless
    that is the default which Galaxy publishes. Rows are found by their id. `read_file` gives the text of an
    absolute path and may raise OSError or UnicodeDecodeError. Raises Refused with every secret that cannot
    be had.
    """
    sources = _Sources(environ, read_file, generate)
    known = found or {}
    revealed = {}
    for path, value in given.items():
        asked = questions().get(path)
        if asked is not None:
            revealed[path] = _revealed(sources, path, asked, value, known.get(path))
        else:
            revealed[path] = _revealed_option(sources, path, value, known.get(path))
    if sources.problems:
        raise Refused(sources.problems)
    return revealed


def _revealed_option(sources: _Sources, path: str, value: Any, found: Any) -> Any:
    name = path.removeprefix("options.")
    try:
        secret = secret_option(path, value)
    except ValueError as error:
        sources.problems.append(Problem(str(error), question=path))
        return value
    if not isinstance(secret, Secret):
        return value
    kind: Literal["url", "text"] = "url" if secret_kind(name) == "url" else "text"
    return sources.resolve(
        path, Question(name, "", at=f"galaxy.{name}", secret=True, kind=kind), secret, found
    )


def _revealed(sources: _Sources, path: str, asked: Asked, value: Any, found: Any) -> Any:
    """`value` with every secret in it literal; `found` is the same answer as the server has it now."""
    if isinstance(value, Secret):
        return sources.resolve(path, asked.question, value, found)
    if isinstance(value, dict):
        present = found if isinstance(found, dict) else {}
        return {
            name: _revealed(sources, f"{path}.{name}", asked, part, present.get(name))
            for name, part in value.items()
        }
    if asked.shape == "rows":
        rows = {_identity(row): row for row in found or ()}
        return [
            _row(sources, f"{path}[{number}]", asked, row, rows.get(_identity(row)))
            for number, row in enumerate(value, 1)
        ]
    return value


def _row(sources: _Sources, path: str, asked: Asked, row: Row, found: Row | None) -> Row:
    update = {}
    for column in asked.row_questions:
        value, present = getattr(row, column.name), getattr(found, column.name, None)
        update[column.name] = _revealed(sources, f"{path}.{column.name}", column, value, present)
    return row.model_copy(update=update)


def _identity(row: Row) -> str | None:
    return getattr(row, "id", None) or getattr(row, "name", None)
