"""The schema in the database against the one that the install's code wants, both by the revisions of Alembic."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from wizard.checks.check import Result, Server
from wizard.checks.database_asking import Answer
from wizard.checks.programs import virtualenv_of
from wizard.files.places import main_config

_PLACE = "galaxy/model/migrations/alembic/versions_{branch}/*.py"
_GALAXY, _TOOLS = "gxy", "tsi"
"""The branches of the schema: Galaxy's own tables, and those of installed tools, which may be in another database."""


@dataclass(frozen=True)
class Revisions:
    """The revisions that scripts know: all of them, and those that no other one follows."""

    known: frozenset[str]
    newest: frozenset[str]


def revisions(texts: Iterable[str]) -> Revisions:
    """What migration scripts say of themselves; a text that is none says nothing."""
    known: set[str] = set()
    followed: set[str] = set()
    for text in texts:
        try:
            said = dict(_said(ast.parse(text)))
        except (SyntaxError, ValueError):
            continue
        revision, before = said.get("revision"), said.get("down_revision")
        if isinstance(revision, str):
            known.add(revision)
            followed.update([before] if isinstance(before, str) else before or ())
    return Revisions(frozenset(known), frozenset(known - followed))


def _said(module: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in module.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                    yield target.id, ast.literal_eval(node.value)


def of_the_code(server: Server) -> Revisions:
    """What the install's migration scripts know; nothing before 22.05, which brought Alembic (its release notes)."""
    root, virtualenv = server.value("groundwork.root"), virtualenv_of(server)
    places = [f"{root}/lib"] if root else []
    places += [f"{virtualenv}/lib/python*/site-packages"] if virtualenv else []
    for place in places:
        galaxy = revisions(_texts(server, f"{place}/{_PLACE.format(branch=_GALAXY)}"))
        if galaxy.known:
            tools = revisions(_texts(server, f"{place}/{_PLACE.format(branch=_TOOLS)}"))
            return Revisions(galaxy.known | tools.known, galaxy.newest)
    return Revisions(frozenset(), frozenset())


def _texts(server: Server, pattern: str) -> Iterator[str]:
    for file in server.disk.glob(pattern):
        try:
            yield server.disk.text(file)
        except (OSError, UnicodeDecodeError):
            continue


def schema(answer: Answer, server: Server) -> Result:
    """Whether the tables are those that the code wants (galaxyproject/galaxy#14537).

    `answer` holds the rows of `tables` (how many), `revisions` (Alembic's) and `older` (the version of before).
    """
    held = {row[0] for row in answer.rows.get("revisions") or ()}
    code = of_the_code(server)
    if not answer.one("tables"):
        what = "the database holds no table yet: processes that start together would all try to make them"
        way_out = "make the tables before the first start, or start one process alone"
        return Result("warn", "database.empty", what, "database.name", way_out=way_out)
    if not held and answer.one("older") is not None and not code.known:
        return Result("ok", "database.schema", f"the schema is version {answer.one('older')}")
    if not held:
        what = "the database has tables of which nothing says the version: Galaxy will not start with them"
        way_out = "answer Galaxy's own database, or upgrade this one from the release that it belongs to"
        return Result("fail", "database.no-version", what, "database.name", way_out=way_out)
    if not code.known:
        what = "the install's migrations are not found, so nothing says which schema the code wants"
        return Result("skipped", "database.schema", what)
    if strange := sorted(held - code.known):
        what = f"the schema is of a newer Galaxy than the code, which does not know revision {', '.join(strange)}"
        way_out = "install the release that the database belongs to, or put back its backup"
        return Result("fail", "database.schema-newer", what, "groundwork.release", way_out=way_out)
    if missing := ", ".join(sorted(code.newest - held)):
        return _older(server, missing)
    return Result("ok", "database.schema", "the schema is the one that the code wants")


def _older(server: Server, missing: str) -> Result:
    if server.value("database.auto_migrate"):
        what = f"the schema is older than the code, and Galaxy changes it (to {missing}) when it starts next"
        way_out = "back the database up before you start Galaxy"
        return Result("warn", "database.schema-older", what, "database.auto_migrate", way_out=way_out)
    what = f"the schema is older than the code, which wants revision {missing}: Galaxy will not start"
    upgrade = "sh manage_db.sh upgrade"
    if server.value("groundwork.install") == "packages":
        file = main_config(server.values) or "galaxy.yml"
        upgrade = f"{virtualenv_of(server)}/bin/galaxy-manage-db --galaxy-config {file} upgrade heads"
    way_out = f"stop Galaxy, back the database up, then {upgrade}"
    return Result("fail", "database.schema-older", what, "groundwork.release", way_out=way_out)
