"""The `galaxy:` section of galaxy.yml."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from wizard.answers.question import Given
from wizard.documents.tree import MISSING, Path, TreeDocument
from wizard.files import one_to_one
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.galaxy import absent, celery, real_user
from wizard.files.galaxy import connections as galaxy_connections
from wizard.files.galaxy import options as galaxy_options
from wizard.files.galaxy import proxy as galaxy_proxy
from wizard.files.galaxy.connections import CELERY_CONF
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Secrecy, Target, Written
from wizard.files.places import main_config, sample_patterns
from wizard.files.secrecy import secrecy_by_key, secret_leaves
from wizard.problems import Problem, Refused
from wizard.releases import catalog

TASK_ROUTES: Path = (*CELERY_CONF, "task_routes")
_SECTIONS = tuple(dict.fromkeys([*one_to_one.sections("galaxy"), CELERY_CONF, TASK_ROUTES]))


class GalaxySection(EntryLens):
    """Options of Galaxy itself: one to one, the connection URLs, and what the proxy has to agree with."""

    name = "galaxy.yml"
    looks_at = frozenset({galaxy_proxy.SERVER})

    def owns(self, question: str) -> bool:
        return (
            question in one_to_one.mapped_questions("galaxy")
            or question in galaxy_proxy.QUESTIONS
            or question in ("celery.task_routes", real_user.QUESTION)
            or question.startswith("options.")
            or galaxy_connections.owns(question)
        )

    def target(self, given: Given) -> Target | None:
        path = main_config(given)
        return Target(path, 0o640) if path and runs_here(given, *GALAXY) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return sample_patterns(given, "galaxy.yml.sample")

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        return real_user.overlaid(galaxy_connections.overlaid(read, given))

    def entries(self, given: Given) -> Entries:
        found = one_to_one.entries("galaxy", given)
        found.update(galaxy_connections.entries(given))
        for task, queue in (given.get("celery.task_routes") or {}).items():
            route = (*TASK_ROUTES, task)
            found[route] = Entry(queue, ("celery.task_routes",))
        found.update(galaxy_proxy.entries(given))
        found.update(galaxy_options.entries(given))
        real_user.entries(given, found)
        return found

    def held(self, document: TreeDocument, read: Given, given: Given) -> Given:
        return {**read, **galaxy_proxy.held(document)}

    def write(self, given: Given, text: str, file: str) -> Written:
        problems = [*celery.faults(given, self.read(text, file).given)]
        if problems:
            raise Refused(problems)
        return super().write(given, text, file)

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        celery.place(document, changes, given)
        absent.leave_out(changes, given)
        galaxy_proxy.completed(document, changes, given)
        # A celery_conf replaces Galaxy's own default as a whole, its task routes included.
        causes = [entry for path, entry in changes.items() if path[:2] == CELERY_CONF]
        if not causes or "celery.task_routes" in given or isinstance(document.get(CELERY_CONF), dict):
            return
        routes = (catalog.published_default("celery_conf") or {}).get("task_routes", {})
        for task, queue in routes.items():
            changes.setdefault((*TASK_ROUTES, task), Entry(queue, causes[0].questions))

    def answers(self, document: TreeDocument, file: str) -> Reading:
        found = Collector(document, file)
        for path in _SECTIONS:
            found.section(path)
        _tags(found)
        one_to_one.read("galaxy", found)
        galaxy_connections.read(found)
        _routes(found)
        galaxy_proxy.read(found)
        real_user.read(found)
        galaxy_options.read(found)
        return found.reading()

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        listed = {("galaxy", *name.split(".")) for name in catalog.secret_options()}
        found = dict(secret_leaves(("galaxy",), document.get(("galaxy",)), _secrecy))
        for path in listed | one_to_one.mapped("galaxy").keys():
            secrecy = one_to_one.secrecy_of(path, one_to_one.mapped("galaxy").get(path))
            if secrecy is not None:
                found[path] = secrecy
        for path, secrecy in found.items():
            if not _is_published(document, path):
                yield path, secrecy


def _secrecy(keys: tuple[str, ...], value: Any) -> Secrecy | None:
    """How to hide a value below galaxy: as its option is known, else as its keys and its text suggest."""
    return (_catalog_kind(".".join(keys)) if keys else None) or secrecy_by_key(keys[1:], value)


@cache
def _catalog_kind(path: str) -> Secrecy | None:
    """`catalog.secret_kind`, remembered: a text is looked at many times."""
    return catalog.secret_kind(path)


def _tags(found: Collector) -> None:
    """A tag that Galaxy's or Gravity's loader does not know stops it from reading the whole file."""
    for line, tag in found.document.unknown_tags():
        who, more = ("Gravity", "") if tag == "!include" else ("Galaxy", "; quote a text that begins with !")
        found.unread.append(Problem(f"a YAML tag (!…) that {who} cannot read{more}", found.file, line))


def _routes(found: Collector) -> None:
    routes = found.document.get(TASK_ROUTES)
    if isinstance(routes, dict):
        if all(isinstance(part, str) for pair in routes.items() for part in pair):
            found.take(TASK_ROUTES, {"celery.task_routes": routes})
        else:
            found.leave(
                TASK_ROUTES, "celery.task_routes", "holds a route that is more than the name of a queue"
            )


def _is_published(document: TreeDocument, path: Path) -> bool:
    if len(path) != 2:
        return False
    published = catalog.published_default(str(path[1]))
    return published is not None and document.get(path) in (MISSING, published)
