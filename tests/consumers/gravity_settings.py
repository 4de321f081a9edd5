"""Does Gravity accept the `gravity:` section of this file?

usage: gravity_settings.py GALAXY_YML

Gravity checks types and choices, and ignores keys that it does not know; those are reported here as problems,
since nobody writes a setting in order to have it ignored.

prints: ok, problems, unknown (dotted keys), settings (the section as Gravity reads it, with its defaults; a
list of them where the section is a list).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What Gravity reads of one handler (gravity.config_manager, gravity.state); it checks none of it.
HANDLER_KEYS = {
    *("processes", "pools", "name_template", "environment", "umask"),
    *("memory_limit", "memory_high", "start_timeout", "stop_timeout"),
}


def unknown_keys(given: Any, read: Any, path: str = "") -> Iterator[str]:
    """Keys of `given` (plain data) that the model instance `read` has no field for, as dotted paths."""
    from pydantic import BaseModel

    if isinstance(given, list):
        instances = read if isinstance(read, list) else [read] * len(given)
        for number, (one, instance) in enumerate(zip(given, instances, strict=True)):
            yield from unknown_keys(one, instance, f"{path}{number}.")
    elif isinstance(given, dict) and isinstance(read, BaseModel):
        for key, value in given.items():
            if key not in type(read).model_fields:
                yield f"{path}{key}"
            else:
                yield from unknown_keys(value, getattr(read, key), f"{path}{key}.")


def unknown_handler_keys(handlers: dict[str, Any]) -> Iterator[str]:
    for name, handler in handlers.items():
        yield from (f"handlers.{name}.{key}" for key in handler if key not in HANDLER_KEYS)


def main(path: Path) -> dict[str, Any]:
    # Root may run Gravity under systemd only; what is asked here is the section, not who is asking.
    os.environ["GRAVITY_SKIP_SYSTEMD"] = "1"
    import yaml
    from gravity.settings import Settings
    from pydantic import ValidationError

    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        return {"problems": [f"not YAML: {error}"]}
    section = (document or {}).get("gravity") or {}
    problems: list[str] = []
    unknown: list[str] = []
    settings: list[Any] = []
    for one in section if isinstance(section, list) else [section]:
        try:
            read = Settings(**one)
        except ValidationError as refusal:
            problems += [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in refusal.errors()]
            continue
        unknown += [*unknown_keys(one, read), *unknown_handler_keys(one.get("handlers") or {})]
        settings.append(read.model_dump(mode="json"))
    problems += [f"unknown key: {key}" for key in unknown]
    seen = settings if isinstance(section, list) else (settings or [None])[0]
    return {"problems": problems, "unknown": unknown, "settings": seen}


if __name__ == "__main__":
    verdict = main(Path(sys.argv[1]).absolute())
    print(json.dumps({"ok": not verdict["problems"], **verdict}))
    sys.exit(0 if not verdict["problems"] else 1)
