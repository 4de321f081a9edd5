"""A secret answer: a value, `{ env = … }`, `{ file = … }` or `{ generate = true }`. It never prints itself."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import AfterValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Source = Literal["value", "env", "file", "generate"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"<secret [0-9a-f]+>")


def secret_fault(text: str) -> str | None:
    """Why no file may hold `text` as a secret, in words that follow its name; None when nothing is wrong."""
    if _CONTROL.search(text):
        return "holds a line break or a control character"
    if _PLACEHOLDER.search(text):
        return "is only what a diff shows in the place of a secret"
    return None


class Secret:
    """Where a secret comes from (`source`) and, for `value`, the secret itself.

    `reference` is the value, the name of the environment variable or the absolute path of the file.
    `generate` asks for one made with `secrets` at the first apply and kept from then on.
    Two secrets are equal when source and reference are. `str`, `repr` and formatting show no secret.
    """

    __slots__ = ("reference", "source")

    def __init__(self, reference: str = "", source: Source = "value") -> None:
        self.reference = reference
        self.source: Source = source

    @property
    def is_literal(self) -> bool:
        return self.source == "value"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.source, self.reference) == (other.source, other.reference)

    def __hash__(self) -> int:
        return hash((self.source, self.reference))

    def __str__(self) -> str:
        if self.source == "value":
            return "<secret>"
        if self.source == "generate":
            return "<secret: generated>"
        return f"<secret from {self.source} {self.reference}>"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def to_toml(self) -> str | dict[str, Any]:
        """What stands in the answers file: the string, or a table naming the source."""
        if self.source == "value":
            return self.reference
        return {self.source: True if self.source == "generate" else self.reference}

    @classmethod
    def from_toml(cls, raw: Any) -> Secret:
        """Read the TOML form. Raises ValueError (without the value) when it has another form."""
        if isinstance(raw, Secret):
            return raw
        if isinstance(raw, str):
            return cls(raw)
        if isinstance(raw, dict) and len(raw) == 1:
            ((source, reference),) = raw.items()
            if source == "generate" and reference is True:
                return cls(source="generate")
            if source == "env" and isinstance(reference, str) and reference:
                return cls(reference, "env")
            if source == "file" and isinstance(reference, str) and reference.startswith("/"):
                return cls(reference, "file")
        raise ValueError(
            'a secret is a text, { env = "NAME" }, { file = "/absolute/path" } or { generate = true }'
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.from_toml,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        def table(key: str, value: dict[str, Any]) -> dict[str, Any]:
            return {
                "type": "object",
                "properties": {key: value},
                "required": [key],
                "additionalProperties": False,
            }

        return {
            "anyOf": [
                {"type": "string"},
                table("env", {"type": "string", "minLength": 1}),
                table("file", {"type": "string", "pattern": "^/"}),
                table("generate", {"const": True}),
            ]
        }


Size = tuple[int, int]
"""The least and the most bytes of UTF-8 that a secret may have."""


def size_fault(text: str, size: Size) -> str | None:
    """Why a secret of this length is none, in words that follow its name; None when it is one."""
    length = len(text.encode("utf-8", "surrogatepass"))
    least, most = size
    return None if least <= length <= most else f"has {length} bytes, where {least} to {most} are taken"


def sized(size: Size) -> AfterValidator:
    """Of a secret that is given as it is: its length."""

    def check(secret: Secret) -> Secret:
        if secret.is_literal and (fault := size_fault(secret.reference, size)):
            raise ValueError(fault)
        return secret

    return AfterValidator(check)
