"""The elements of a job_conf.xml one by one, as the entries of job_conf.yml that they are to Galaxy.

Names are mapped as Galaxy does (galaxy.jobs.job_config_xml_to_dict, release 26.1). Values are all text in XML, and
Galaxy takes a number or a switch out of it when it needs one. Here a text that is a number or a switch is one, except
where the parameter is known to be text, so that answers mean the same in both syntaxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wizard.documents.xml.document import Element
from wizard.files.jobs.resources import text_keys

RUNNER_ATTRIBUTES = ("load", "workers")
DESTINATION_LISTS = ("env", "resubmit")
LISTED = frozenset({*DESTINATION_LISTS, "tags", "plugins", "assign"})
"""What is a list in YAML. XML has no empty ones."""
HANDLING = {
    "default": "default",
    "assign": "assign_with",
    "max_grab": "max_grab",
    "ready_window_size": "ready_window_size",
}
TOOL_ATTRIBUTES = {
    "id": "id",
    "environment": "destination",
    "handler": "handler",
    "resources": "resources",
    "class": "class",
}
LIMIT_ATTRIBUTES = {"type": "type", "id": "id", "tag": "tag", "window": "window"}
ENV_ATTRIBUTES = {"name": "id", "file": "file", "execute": "exec", "raw": "raw"}
RESUBMIT_ATTRIBUTES = {
    "condition": "condition",
    "environment": "destination",
    "handler": "handler",
    "delay": "delay",
}
RESERVED = {
    "plugin": frozenset({"id", "load", "workers", "kwds"}),
    "destination": frozenset({"id", "runner", "tags", "shell", "env", "resubmit", "metrics", "params"}),
    "tool": frozenset[str](),
}
"""Keys of a row in YAML that are no parameters there, and so cannot stand for one."""
SUDO = "docker_sudo"

_INTEGER = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9]\d{0,15})\.\d{1,15}", re.ASCII)
_TOML_INTEGERS = range(-(2**63), 2**63)
_SECONDS = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_TEXTS = text_keys() | {
    "drmaa_library_path",
    "galaxy_url",
    "amqp_url",
    "url",
    "private_token",
    "docker_volumes",
    "singularity_volumes",
}
_SWITCHES = frozenset({"docker_enabled", "singularity_enabled"})
_TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "off", "0", "f", "n"})


@dataclass(frozen=True)
class Parameters:
    """The `<param>`s of an element. Of several with one id Galaxy takes the last. `closed` ones are not ours to say."""

    values: dict[str, Any]
    held: dict[str, list[Element]]
    closed: dict[str, str]


def parameters(element: Element) -> Parameters:
    """The parameters of a plugin, a destination or a tool."""
    values: dict[str, Any] = {}
    held: dict[str, list[Element]] = {}
    closed: dict[str, str] = {}
    for param in element.findall("param"):
        key = param.attributes.get("id")
        if key is None:
            continue
        held.setdefault(key, []).append(param)
        values.pop(key, None)
        closed.pop(key, None)
        if "from_environ" in param.attributes:
            closed[key] = f"is taken from the environment: {param.attributes['from_environ']}"
        elif "from_config" in param.attributes:
            closed[key] = f"is taken from galaxy.yml: {param.attributes['from_config']}"
        elif param.children:
            closed[key] = "holds other elements"
        elif key in RESERVED.get(element.name, ()):
            closed[key] = "has a name that is none of a parameter elsewhere"
        else:
            values[key] = value_of(key, param.text)
    return Parameters(values, held, closed)


def default_source(section: Element) -> str | None:
    """Where a default comes from when it does not stand here."""
    for attribute, source in (
        ("default_from_environ", "the environment"),
        ("default_from_config", "galaxy.yml"),
    ):
        if attribute in section.attributes:
            return f"is taken from {source}: {section.attributes[attribute]}"
    return None


def handler_body(element: Element) -> dict[str, Any]:
    """What a static handler says."""
    body: dict[str, Any] = {}
    if "tags" in element.attributes:
        body["tags"] = split(element.attributes["tags"])
    plugins = [each.attributes["id"] for each in element.findall("plugin") if "id" in each.attributes]
    return {**body, **({"plugins": plugins} if plugins else {})}


def env_item(element: Element) -> dict[str, Any]:
    """One entry of a destination's environment."""
    item: dict[str, Any] = {
        key: element.attributes[attribute]
        for key, attribute in ENV_ATTRIBUTES.items()
        if element.attributes.get(attribute) and key != "raw"
    }
    if element.text.strip() or (element.text and "name" in item):
        item["value"] = element.text
    if element.attributes.get("raw", "").strip().lower() in _TRUE:
        item["raw"] = True
    return item


def resubmit_item(element: Element) -> dict[str, Any]:
    """One entry of a destination's resubmissions."""
    item: dict[str, Any] = {
        key: element.attributes[attribute]
        for key, attribute in RESUBMIT_ATTRIBUTES.items()
        if element.attributes.get(attribute) is not None
    }
    if _SECONDS.fullmatch(str(item.get("delay", ""))):
        item["delay"] = int(item["delay"])
    return item


def limit_item(element: Element) -> dict[str, Any]:
    """One limit; destinations are called environments."""
    item: dict[str, Any] = {
        key: element.attributes[attribute]
        for key, attribute in LIMIT_ATTRIBUTES.items()
        if element.attributes.get(attribute)
    }
    item["type"] = item.get("type", "").replace("destination_", "environment_", 1)
    if element.text:
        counts = str(item["type"]).endswith("concurrent_jobs")
        item["value"] = integer(element.text) if counts else element.text
    if "window" in item:
        item["window"] = integer(item["window"])
    return item


def value_of(key: str, text: str) -> Any:
    """What the text of a parameter is: a number, a switch, a text; None for nothing, as Galaxy has it."""
    if not text:
        return None
    if key in _TEXTS:
        return text
    plain = text.strip().lower()
    if plain in ("true", "false") or (key in _SWITCHES and plain in _TRUE | _FALSE):
        return plain in _TRUE
    if _INTEGER.fullmatch(text) and int(text) in _TOML_INTEGERS:
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) and repr(float(text)) == text else text


def text_of(value: Any) -> str | None:
    """How a value is written, so that it is read as it was; None for what no text says."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    return None


def integer(text: str) -> Any:
    """A whole number where a text is one to Python's int(), as Galaxy takes it; else the text."""
    return int(text) if re.fullmatch(r"\s*\d{1,1000}\s*", text, re.ASCII) else text


def split(text: str) -> list[str]:
    """A list as Galaxy takes it out of an attribute."""
    return [each.strip() for each in text.split(",")]


def joined(values: Iterable[Any]) -> str:
    """A list as an attribute."""
    return ",".join(map(str, values))
