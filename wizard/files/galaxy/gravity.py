"""The `gravity:` section of galaxy.yml: how Galaxy's processes run (22.01 and newer)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.answers.scaling import Handler
from wizard.documents.tree import Path, TreeDocument
from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.files.entry_lens import CONTAINER, Entries, Entry, EntryLens, parsed
from wizard.files.galaxy import gravity_web
from wizard.files.galaxy.gravity_checks import faults
from wizard.files.galaxy.gravity_hosts import said_here
from wizard.files.galaxy.gravity_instances import GUNICORN, TUSD, Instances, reshape
from wizard.files.galaxy.gravity_templates import escaped, escaped_text, plain_text, unescape
from wizard.files.galaxy.gravity_unread import name_unread
from wizard.files.galaxy.gravity_web import LINK
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Secrecy, Target, Written, owned
from wizard.files.places import documentation_of, main_config, sample_patterns
from wizard.files.secrecy import secret_comments, secret_leaves
from wizard.files.services.managing import own_services
from wizard.problems import Problem, Refused

MANAGER: Path = ("gravity", "process_manager")
HANDLERS: Path = ("gravity", "handlers")
TUSD_ENABLE: Path = (*TUSD, "enable")
TUSD_STORE: Path = (*TUSD, "upload_dir")
INTERACTIVE: Path = ("gravity", "gx_it_proxy", "enable")

_COMPOSED = frozenset(
    {
        *gravity_web.QUESTIONS,
        "groundwork.service_manager",
        "proxy.interactive_tools",
        "proxy.upload_store",
        "proxy.uploads",
        "scaling.handlers",
        "scaling.strategy",
    }
)
_STARTS_GRAVITY = frozenset({"sysvinit", "smf", "launchd", "run.sh"})
_MANAGERS = {"gravity-systemd": "systemd", "gravity-supervisor": "supervisor"}
_SECTIONS = tuple(
    dict.fromkeys(
        [*one_to_one.sections("gravity"), *(path[:2] for path in (HANDLERS, TUSD_ENABLE, INTERACTIVE))]
    )
)
SKELETON = """\
# Galaxy and its processes. Every option: {documentation}
# galaxy-setup writes the options that answers are given for; the rest of this file is yours.
"""
_HANDLER_FIELDS = ("processes", "pools", "name_template", "memory_limit", "environment")


class GravitySection(EntryLens):
    """gunicorn, Celery, job handlers, tusd, reports and the interactive tools proxy."""

    name = "galaxy.yml (gravity)"

    def document(self, text: str, file: str) -> Instances:
        return Instances(parsed(text, file))

    def owns(self, question: str) -> bool:
        return question in one_to_one.mapped_questions("gravity") or question in _COMPOSED

    def target(self, given: Given) -> Target | None:
        path = main_config(given) if served_by(given) == "gunicorn" else None
        return Target(path, 0o640) if path and runs_here(given, *GALAXY) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return sample_patterns(given, "galaxy.yml.sample")

    def skeleton(self, given: Given) -> str:
        return SKELETON.format(documentation=documentation_of(given))

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        if given.get("groundwork.service_manager") not in _MANAGERS:
            # Another manager than Gravity's does not say how Gravity is to run things.
            manager = given.get("groundwork.service_manager")
            given = {path: value for path, value in given.items() if path != "groundwork.service_manager"}
            if manager in _STARTS_GRAVITY and read.get("groundwork.service_manager") == "gravity-systemd":
                # They start Gravity as the system user, who may not write units: its own default is supervisor.
                del kept["groundwork.service_manager"]
        if "proxy.link" in given and given["proxy.link"] != read.get("proxy.link"):
            kept = {path: value for path, value in kept.items() if path not in LINK}
        return {**kept, **given}

    def entries(self, given: Given) -> Entries:
        options = escaped(one_to_one.entries("gravity", given))
        web = {path: options.pop(path) for path in list(options) if path[:2] == GUNICORN}
        found = {**options, **gravity_web.entries(given, web)}
        manager = _MANAGERS.get(given.get("groundwork.service_manager", ""))
        if manager:
            found[MANAGER] = Entry(manager, ("groundwork.service_manager",))
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
        document = Instances.of(document)
        found = Collector(document, file)
        for path in _SECTIONS:
            if path != GUNICORN or document.rows(path) is None:
                found.section(path)
        if isinstance(document.get(("gravity",)), dict):
            one_to_one.read("gravity", found)
            gravity_web.read(found, document)
            unescape(found)
            _read(found)
            name_unread(found, _HANDLER_FIELDS)
        return found.reading()

    def write(self, given: Given, text: str, file: str) -> Written:
        read = self.read(text, file).given
        if own_services(given) is not None:
            # They hold these answers; a section that is there stays as it is, and nobody starts anything by it.
            return Written(text)
        given = said_here(given)
        _refuse_what_is_no_list(self.document(text, file), owned(self, given), read)
        problems = [*faults({**read, **given}, read)]
        if problems:
            raise Refused(problems)
        return super().write(given, text, file)

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        reshape(Instances.of(document), changes, GUNICORN, "bind")

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        yield from secret_leaves(("gravity",), document.get(("gravity",)))
        for name, secrecy in sorted(secret_comments(document.text)):
            yield ("gravity", name), secrecy


def _refuse_what_is_no_list(document: Instances, given: Given, read: Given) -> None:
    """Of gunicorns that cannot be told from each other no option can be changed."""
    rows = document.rows(GUNICORN)
    if rows is None or (len(rows) == 1 and isinstance(rows[0], dict)) or "scaling.gunicorns" in read:
        return
    asked = {one.path for path, one in one_to_one.mapped("gravity").items() if path[:2] == GUNICORN}
    for question in given:
        if question in asked | gravity_web.QUESTIONS - {"proxy.more_upstreams"}:
            what = "gravity.gunicorn is a list, and not each has an address of its own"
            way_out = "give each a bind of its own, or leave this unanswered"
            place = document.line(GUNICORN)
            raise Refused(Problem(what, document.file, place, question=question, way_out=way_out))


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
                plain = escaped_text(value) if name == "environment" else value
                found.update({(*row, name): Entry(plain, cause)})
    return found


def _read(found: Collector) -> None:
    get = found.document.get
    for answer, option in _MANAGERS.items():
        if get(MANAGER) == option:
            found.take(MANAGER, {"groundwork.service_manager": answer})
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
    if isinstance(fields.get("environment"), dict):
        fields["environment"] = plain_text(fields["environment"])
        if fields["environment"] is None:
            return None
    try:
        return Handler.model_validate({"name": name, **fields})
    except ValueError:
        return None
