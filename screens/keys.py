"""The keys and what they do, told from the bindings themselves: for the help, and for the palette's actions."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from textual.actions import parse
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.screen import Screen

from screens.widgets.key_line import drawable


@dataclass(frozen=True)
class Keys:
    """Keys that do one thing."""

    keys: tuple[str, ...]
    what: str
    name: str
    """What the line of keys calls it; empty where that does not show it."""


def keys_here(screen: Screen[Any]) -> list[Keys]:
    """What every key does where the focus of `screen` is, the nearest first."""
    active = sorted(screen.active_bindings.values(), key=lambda one: -len(one.node.ancestors))
    return _gathered(screen.app, ((type(_owner(one)), one.binding) for one in active if one.enabled))


def keys_of(app: App[Any], kind: type[DOMNode]) -> list[Keys]:
    """What the keys do that a widget or a screen of ours adds to what Textual's have."""
    bindings = [
        binding
        for base in kind.__mro__
        if base.__module__.startswith("screens.") and "BINDINGS" in vars(base)
        for binding in Binding.make_bindings(vars(base)["BINDINGS"])
    ]
    return _gathered(app, ((kind, binding) for binding in bindings))


def _owner(active: ActiveBinding) -> DOMNode:
    """Who has the action of a binding."""
    namespace = parse(active.binding.action)[0]
    if namespace == "app":
        return active.node.app
    return active.node.screen if namespace == "screen" else active.node


def _gathered(app: App[Any], bound: Iterable[tuple[type[Any], Binding]]) -> list[Keys]:
    """One entry for each action, with all of its keys."""
    found: dict[str, tuple[list[str], str]] = {}
    for kind, binding in bound:
        if binding.key.startswith("super+"):
            continue  # hardly a terminal sends it
        what = told(type(app) if parse(binding.action)[0] == "app" else kind, binding)
        if not what:
            continue
        keys = found.setdefault(what, ([], binding.description if binding.show else ""))[0]
        shown = drawable(app.get_key_display(replace(binding, key_display=None)))
        if shown not in keys:
            keys.append(shown)
    return [Keys(tuple(keys), what, name) for what, (keys, name) in found.items()]


def told(kind: type[Any], binding: Binding) -> str:
    """What a binding does: as it says itself, else as its action does, else as the line of keys has it."""
    if binding.tooltip:
        return binding.tooltip
    _, name, parameters = parse(binding.action)
    action = getattr(kind, f"action_{name}", None)
    if action is None or not action.__module__.startswith("screens.") or not action.__doc__:
        return binding.description
    sentence = " ".join(inspect.cleandoc(action.__doc__).partition("\n\n")[0].split())
    several = len(parameters) > 0 and isinstance(parameters[0], str)
    return f"{sentence} ({binding.description})" if several and binding.description else sentence


def elsewhere(app: App[Any], there: Iterable[tuple[str, type[DOMNode]]]) -> Iterator[tuple[str, list[Keys]]]:
    """The keys of other places, by what the place is called; what an earlier one has is not told again."""
    told_of: set[str] = set()
    for place, kind in there:
        keys = [one for one in keys_of(app, kind) if one.what not in told_of]
        told_of.update(one.what for one in keys)
        if keys:
            yield place, keys
