"""What stands below `gravity:` and no question is about: named, and left alone."""

from __future__ import annotations

from functools import cache
from typing import Any

from wizard.documents.tree import Path
from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.releases import catalog
from wizard.releases.release import KNOWN

_COMPOSED: frozenset[Path] = frozenset(
    {
        ("gravity", "process_manager"),
        ("gravity", "gunicorn", "bind"),
        ("gravity", "tusd", "enable"),
        ("gravity", "tusd", "upload_dir"),
        ("gravity", "gx_it_proxy", "enable"),
    }
)
_HANDLERS = "handlers"


def name_unread(found: Collector, handler_fields: tuple[str, ...]) -> None:
    """Name the options of the section that are no answer; `handler_fields` are those of a handler that can be."""
    held = found.document.get(("gravity",))
    if not isinstance(held, dict):
        return
    for name, value in held.items():
        if name == _HANDLERS:
            _name_fields(found, value, handler_fields)
        else:
            _name_below(found, ("gravity", str(name)), value)


def _name_below(found: Collector, path: Path, value: Any) -> None:
    option = tuple(step for step in path if not isinstance(step, int))
    if value is None or option in _COMPOSED or option in one_to_one.mapped("gravity"):
        return
    if path[-1] in _groups() and isinstance(value, list):
        for number, part in enumerate(value):
            _name_below(found, (*path, number), part)
    elif len(option) == 2 and option[1] in _groups():
        for name, part in value.items() if isinstance(value, dict) else ():
            _name_below(found, (*path, str(name)), part)
    elif ".".join(map(str, option[1:])) in _known():
        found.leave(path, None, "is Gravity's, and no question asks for it")
    else:
        found.leave(path, None, "is no option that a Gravity known here has")


def _name_fields(found: Collector, handlers: Any, fields: tuple[str, ...]) -> None:
    for name, body in handlers.items() if isinstance(handlers, dict) else ():
        for field, value in body.items() if isinstance(body, dict) else ():
            if field not in fields and value is not None:
                found.leave(("gravity", _HANDLERS, name, field), None, "is no field that handlers have here")


@cache
def _known() -> frozenset[str]:
    """Every option of the section in any release."""
    return frozenset(name for release in KNOWN for name in catalog.gravity_options(release))


@cache
def _groups() -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in _known() if "." in name)
