"""YAML scalars: what PyYAML makes of one, and how to write one that YAML 1.1 and 1.2 both read back.

The rules for plain scalars are those of YAML 1.1's type repository (yaml.org/type) as PyYAML's SafeLoader applies
them: an exponent needs its sign, a float needs its dot, `y` and `n` are strings.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

CORE = "tag:yaml.org,2002:"

_BOOLS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_INT = re.compile(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)", re.ASCII
)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?",
    re.ASCII,
)
# What YAML 1.2 (ruamel's resolver) takes for a number beyond the above: 0o17, 1e3, 1.5e3, 08, _1.
_NUMBER_12 = re.compile(
    r"[-+]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?|[-+]?0[box][0-9a-fA-F_]+", re.ASCII
)


def implicit_tag(text: str) -> str:
    """Short name of the type that YAML 1.1 gives the plain scalar `text`: str, int, float, bool, null, …"""
    if text in _NULLS:
        return "null"
    first = text[0]
    if (
        first in "yYnNtTfFoO"
        and text.lower() in _BOOLS
        and text in (text.lower(), text.upper(), text.title())
    ):
        return "bool"
    if first in "-+.0123456789":
        if _FLOAT.fullmatch(text):
            return "float"
        if _INT.fullmatch(text):
            return "int"
        if _DAY.fullmatch(text) or _MOMENT.fullmatch(text):
            return "timestamp"
    return {"<<": "merge", "=": "value"}.get(text, "str")


def construct(kind: str, text: str) -> Any:
    """The Python value of a scalar of the core type `kind`. Raises ValueError where PyYAML would fail too."""
    if kind not in _CONSTRUCTORS:
        raise KeyError(kind)
    return _CONSTRUCTORS[kind](text)


def constructible(kind: str) -> bool:
    """Whether SafeLoader can build values of this type: a short core type, or a whole tag."""
    return kind in _CONSTRUCTORS or kind in ("map", "seq", "omap", "pairs", "set")


def _bool(text: str) -> bool:
    if text.lower() not in _BOOLS:
        raise ValueError("not a boolean")
    return _BOOLS[text.lower()]


def _signed(text: str) -> tuple[int, str]:
    text = text.replace("_", "")
    if text[:1] in ("-", "+"):
        return (-1 if text[0] == "-" else 1), text[1:]
    return 1, text


def _sixty(text: str, number: Callable[[str], Any]) -> Any:
    total: Any = 0
    for part in text.split(":"):
        total = total * 60 + number(part)
    return total


def _int(text: str) -> int:
    sign, digits = _signed(text)
    if digits.startswith("0b"):
        return sign * int(digits[2:], 2)
    if digits.startswith("0x"):
        return sign * int(digits[2:], 16)
    if digits != "0" and digits.startswith("0"):
        return sign * int(digits, 8)
    return sign * int(_sixty(digits, int))


def _float(text: str) -> float:
    sign, digits = _signed(text.lower())
    if digits == ".inf":
        return sign * math.inf
    if digits == ".nan":
        return math.nan
    return sign * float(_sixty(digits, float))


def _timestamp(text: str) -> date | datetime:
    day = _DAY.fullmatch(text)
    if day:
        return date(*(int(part) for part in day.groups()))
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError("not a timestamp")
    year, month, dom, hour, minute, second = (int(part) for part in match.groups()[:6])
    micro = int((match[7] or "")[:6].ljust(6, "0"))
    zone: timezone | None = None
    if match[9]:
        offset = timedelta(hours=int(match[10]), minutes=int(match[11] or 0))
        zone = timezone(-offset if match[9] == "-" else offset)
    elif match[8]:
        zone = timezone.utc
    return datetime(year, month, dom, hour, minute, second, micro, tzinfo=zone)


def _binary(text: str) -> bytes:
    try:
        return base64.decodebytes(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error


_CONSTRUCTORS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda text: None,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "timestamp": _timestamp,
    "binary": _binary,
}


def is_plain(text: str, flow: bool) -> bool:
    """True if `text`, unquoted, is that same string for YAML 1.1 and 1.2 readers (in a flow collection, if `flow`)."""
    if not text or not text.isprintable() or text != text.strip(" "):
        return False
    if implicit_tag(text) != "str" or _NUMBER_12.fullmatch(text) or text.lower() in ("y", "n"):
        return False
    if text[0] in "?:,[]{}#&*!|>'\"%@`=<" or text.startswith(("---", "...")):
        return False
    if text[0] == "-" and not (text[1:2].isalnum() or text[1:2] == "-"):
        return False
    if ": " in text or text.endswith(":") or " #" in text:
        return False
    return not (flow and (re.search(r"[,\[\]{}?]", text) or re.search(r":(?![\w/])", text)))


def write_string(text: str, flow: bool = False, quote: str = "") -> str:
    """`text` as one line of YAML: plain, else single-quoted, else double-quoted; `quote` asks for ' or \" if it can."""
    if not quote and is_plain(text, flow):
        return text
    if quote != '"' and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def write_scalar(value: Any, flow: bool = False, quote: str = "") -> str:
    """A str, int, float, bool or None as one line of YAML."""
    if isinstance(value, str):
        return write_string(value, flow, quote)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _write_float(value)
    return str(int(value))


def _write_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    if "e" in text:  # 1e+16 has no dot: YAML 1.1 would read a string
        mantissa, exponent = text.split("e")
        text = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return text
