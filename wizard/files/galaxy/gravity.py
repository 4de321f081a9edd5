"""The `gravity:` section of galaxy.yml: how Galaxy's processes run (22.01 and newer)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wizard.answers.question import Given
from wizard.answers.scaling import Handler
from wizard.documents.tree import Path, TreeDocument
from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.files.entry_lens import CONTAINER, Entries, Entry, EntryLens
from wizard.files.galaxy.gravity_unread import name_unread
from wizard.files.lens import Reading, Secrecy, Target
from wizard.files.places import main_config, sample_patterns
from wizard.files.secrecy import secret_comments, secret_leaves
from wizard.problems import Problem, Refused

MANAGER: Path = ("gravity", "process_manager")
BIND: Path = ("gravity", "gunicorn", "bind")
HANDLERS: Path = ("gravity", "handlers")
TUSD_ENABLE: Path = ("gravity", "tusd", "enable")
TUSD_STORE: Path = ("gravity", "tusd", "upload_dir")
INTERACTIVE: Path = ("gravity", "gx_it_proxy", "enable")

_LINK = ("proxy.link", "proxy.socket", "proxy.address")
_COMPOSED = frozenset(
    {
        *_LINK,
        "groundwork.service_manager",
        "proxy.interactive_tools",
        "proxy.upload_store",
        "proxy.uploads",
        "scaling.handlers",
        "scaling.strategy",
    }
)
_MANAGERS = {"gravity-systemd": "systemd", "gravity-supervisor": "supervisor"}
_SECTIONS = tuple(
    dict.fromkeys(
        [*one_to_one.sections("gravity"), *(path[:2] for path in (BIND, HANDLERS, TUSD_ENABLE, INTERACTIVE))]
    )
)
_SKELETON = """\
# Galaxy and its processes. Every option: https://docs.galaxyproject.org/en/master/admin/config.html
# galaxy-setup writes the options that answers are given for; the rest of this file is yours.
"""
_HANDLER_FIELDS = ("processes", "pools", "name_template", "memory_limit", "environment")


class GravitySection(EntryLens):
    """gunicorn, Celery, job handlers, tusd, reports and the interactive tools proxy."""

    name = "galaxy.yml (gravity)"

    def owns(self, question: str) -> bool:
        return question in one_to_one.mapped_questions("gravity") or question in _COMPOSED

    def target(self, given: Given) -> Target | None:
        path = main_config(given)
        return Target(path, 0o640) if path else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return sample_patterns(given, "galaxy.yml.sample")

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        if given.get("groundwork.service_manager") not in _MANAGERS:
            # Another manager than Gravity's does not say how Gravity is to run things.
            given = {path: value for path, value in given.items() if path != "groundwork.service_manager"}
        if "proxy.link" in given and given["proxy.link"] != read.get("proxy.link"):
            kept = {path: value for path, value in kept.items() if path not in _LINK}
        return {**kept, **given}

    def entries(self, given: Given) -> Entries:
        found = one_to_one.entries("gravity", given)
        manager = _MANAGERS.get(given.get("groundwork.service_manager", ""))
        if manager:
            found[MANAGER] = Entry(manager, ("groundwork.service_manager",))
        bind = bound_to(given)
        if bind:
            found[BIND] = Entry(bind, tuple(path for path in _LINK if path in given))
        if given.get("proxy.uploads") == "tusd":
            # Without tusd nothing is written: Gravity refuses a tusd section without an upload_dir, disabled or not.
            found[TUSD_ENABLE] = Entry(True, ("proxy.uploads",))
        if "proxy.upload_store" in given:
            found[TUSD_STORE] = Entry(given["proxy.upload_store"], ("proxy.upload_store",))
        if "proxy.interactive_tools" in given:
            wanted = given["proxy.interactive_tools"]
            found[INTERACTIVE] = Entry(wanted, ("proxy.interactive_tools",))
        if given.get("scaling.strategy") in (None, "dynamic-handlers"):
            found.update(_handler_entries(given.get("scaling.handlers") or ()))
        return found

    def answers(self, document: TreeDocument, file: str) -> Reading:
        found = Collector(document, file)
        for path in _SECTIONS:
            found.section(path)
        if isinstance(document.get(("gravity",)), dict):
            one_to_one.read("gravity", found)
            _read(found)
            name_unread(found, _HANDLER_FIELDS)
        return found.reading()

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        yield from secret_leaves(("gravity",), document.get(("gravity",)))
        for name, secrecy in sorted(secret_comments(document.text)):
            yield ("gravity", name), secrecy


def bound_to(given: Given) -> str | None:
    """Where gunicorn listens, as Gravity writes it: `unix:/path` or `HOST:PORT`; None when not answered.

    Raises Refused when the link is given without its end.
    """
    link = given.get("proxy.link")
    if link is None:
        return None
    question = "proxy.socket" if link == "socket" else "proxy.address"
    end = given.get(question)
    if not end:
        way_out = "answer it, or leave proxy.link unanswered"
        raise Refused(Problem(f"needed when proxy.link is {link}", question=question, way_out=way_out))
    return f"unix:{end}" if link == "socket" else str(end)


def _handler_entries(handlers: Iterable[Handler]) -> Entries:
    found: Entries = {}
    cause = ("scaling.handlers",)
    for handler in handlers:
        if handler.tags or handler.plugins:
            what = f"handler {handler.name}: Gravity's own handlers have pools, not tags or plugins"
            way_out = "leave them out, or take the strategy static-handlers"
            raise Refused(Problem(what, question="scaling.handlers", way_out=way_out))
        found[HANDLERS] = Entry(CONTAINER, cause)
        row = (*HANDLERS, handler.name)
        found[row] = Entry(CONTAINER, cause)
        for name in _HANDLER_FIELDS:
            value = getattr(handler, name)
            if value is not None:
                found.update({(*row, name): Entry(value, cause)})
    return found


def _read(found: Collector) -> None:
    get = found.document.get
    for answer, option in _MANAGERS.items():
        if get(MANAGER) == option:
            found.take(MANAGER, {"groundwork.service_manager": answer})
    bind = get(BIND)
    if isinstance(bind, str) and bind.startswith("unix:/"):
        found.take(BIND, {"proxy.link": "socket", "proxy.socket": bind.removeprefix("unix:")})
    elif isinstance(bind, str):
        found.take(BIND, {"proxy.link": "tcp", "proxy.address": bind})
    enabled = get(TUSD_ENABLE)
    if isinstance(enabled, bool):
        found.take(TUSD_ENABLE, {"proxy.uploads": "tusd" if enabled else "galaxy"})
    store = get(TUSD_STORE)
    if isinstance(store, str):
        found.take(TUSD_STORE, {"proxy.upload_store": store})
    interactive = get(INTERACTIVE)
    if isinstance(interactive, bool):
        found.take(INTERACTIVE, {"proxy.interactive_tools": interactive})
    handlers = get(HANDLERS)
    if isinstance(handlers, dict) and handlers:
        rows = {name: _handler(name, body) for name, body in handlers.items()}
        strategy = {"scaling.strategy": "dynamic-handlers"}
        unsaid = [name for name, row in rows.items() if row is None]
        found.take(HANDLERS, strategy if unsaid else {**strategy, "scaling.handlers": [*rows.values()]})
        for name in unsaid:
            found.leave((*HANDLERS, name), "scaling.handlers", "cannot be said by the answers")


def _handler(name: Any, body: Any) -> Handler | None:
    held = body if isinstance(body, dict) else {}
    fields = {field: held[field] for field in _HANDLER_FIELDS if held.get(field) is not None}
    try:
        return Handler.model_validate({"name": name, **fields})
    except ValueError:
        return None
