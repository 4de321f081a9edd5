"""Options that stand several times: which of their values are answers, and where new values go among the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from wizard.answers.question import Given
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

HOOK = "hook-master-start"
PLUGIN = "plugin"
SIGNALS = {"scaling.uwsgi_on_interrupt": 2, "scaling.uwsgi_on_terminate": 15}
QUESTIONS = frozenset({*SIGNALS, "scaling.uwsgi_plugin"})
_ENDS = {"gracefully": "gracefully_kill_them_all", "at-once": "kill_them_all"}
_HOOK = re.compile(r"unix_signal:(2|15) +(\S+)")
_PYTHON = re.compile(r"python3?")

Mark = Callable[[str], str | None]
"""What a value is about, if it is about an answer: two values about the same cannot both stand."""


def hook_mark(value: str) -> str | None:
    match = _HOOK.fullmatch(value)
    return match[1] if match else None


def plugin_mark(value: str) -> str | None:
    return "python" if _PYTHON.fullmatch(value) else None


def merged(held: Sequence[str], wanted: Sequence[str], mark: Mark) -> tuple[str, ...]:
    """The values with those that are `wanted`: each in the place of the one that it is for, others stay."""
    places = {mark(value): value for value in wanted}
    found: list[str] = []
    last = len(held)
    for value in held:
        what = mark(value)
        if what is None:
            found.append(value)
        elif what in places:
            found.append(places.pop(what))
        if what is not None:
            last = len(found)
    found[last:last] = [value for value in wanted if mark(value) in places]
    return tuple(found)


def entries(given: Given) -> Entries:
    """The hooks that end the master, and the plugin; each as the values that are answers, without foreign ones."""
    found: Entries = {}
    hooks = {question: given[question] for question in SIGNALS if question in given}
    if hooks:
        values = tuple(
            f"unix_signal:{SIGNALS[question]} {_ENDS[end]}" for question, end in sorted(hooks.items())
        )
        found[at(HOOK)] = Entry(values, tuple(hooks))
    if "scaling.uwsgi_plugin" in given:
        found[at(PLUGIN)] = Entry((given["scaling.uwsgi_plugin"],), ("scaling.uwsgi_plugin",))
    return found


def read(found: Collector, options: Options) -> dict[str, set[str]]:
    """Take the answers; gives the values that were understood, by option."""
    understood: dict[str, set[str]] = {HOOK: set(), PLUGIN: set()}
    ends = {function: answer for answer, function in _ENDS.items()}
    for question, signal in SIGNALS.items():
        hooks = [value for value in options.values(HOOK) if hook_mark(value) == str(signal)]
        match = _HOOK.fullmatch(hooks[0]) if len(hooks) == 1 else None
        if match is not None and match[2] in ends:
            found.take(at(HOOK), {question: ends[match[2]]})
            understood[HOOK].update(hooks)
    plugins = [value for value in options.values(PLUGIN) if plugin_mark(value)]
    if len(plugins) == 1:
        found.take(at(PLUGIN), {"scaling.uwsgi_plugin": plugins[0]})
        understood[PLUGIN].update(plugins)
    return understood
