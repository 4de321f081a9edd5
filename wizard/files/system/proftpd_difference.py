"""From answers before and now to the edits of a site in ProFTPD's configuration, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.documents.apache.document import Dialect, Directive, Document, parse
from wizard.documents.apache.edit import Insert, New, Operation, SetArgs, edit
from wizard.files.lens import Change, Secrecy, causes
from wizard.files.system.proftpd_login import (
    PLACE,
    Database,
    connect_word,
    directory_text,
    wanted_database,
)
from wizard.files.system.proftpd_site import CERTIFICATE, KEY, Site, load, passive_ports, tls

_LOWEST_ID = 999
"""SQLMinID when nothing sets it (ProFTPD's mod_sql)."""


def entering(after: Document, before: Document) -> tuple[Change, ...]:
    """One change for each directive and section of a new site."""
    found: list[Change] = []
    for node in after.children[len(before.children) :]:
        if node.name == "SQLConnectInfo":
            found.extend(_connect_changes((), node, None, node.line))
            continue
        option, value = _said(node)
        asked = _asked_by(option)
        found.append(
            Change(option, None, value, asked, line_after=node.line, lines_after=_lines(after, node))
        )
    return tuple(found)


def _asked_by(option: str, question: str | None = None) -> tuple[str, ...]:
    name = option.lower()
    if name.startswith("sqlnamedquery lookup") or name.startswith("sqlmin") or question == "data.ftp_dir":
        return ("data.ftp", "data.ftp_dir", "data.ftp_uid", "data.ftp_gid")
    if name == "passiveports":
        return ("data.ftp", "data.ftp_passive_ports")
    if "mod_tls" in name:
        return ("data.ftp_certificate", "data.ftp_certificate_key")
    return (question or "data.ftp",)


def plain(value: object) -> object:
    """A directory without the slash at its end, which means nothing."""
    return value.rstrip("/") or "/" if isinstance(value, str) else value


_CONNECT_PARTS = (
    ("database", ("data.ftp", *PLACE)),
    ("role", ("data.ftp", "data.ftp_database_user")),
    ("password", ("data.ftp", "data.ftp_database_password")),
)


def _connect_changes(
    before: tuple[str, ...], after: Directive, line_before: int | None, line_after: int
) -> Iterable[Change]:
    for at, (part, questions) in enumerate(_CONNECT_PARTS):
        old, new = (words[at] if len(words) > at else None for words in (before, after.args))
        if old != new:
            secrecy: Secrecy | None = "whole" if part == "password" else None
            yield Change(f"SQLConnectInfo {part}", old, new, questions, secrecy, line_before, line_after)


def changed(
    answers: Given, document: Document, site: Site, held: Given, file: str
) -> tuple[str, tuple[Change, ...]]:
    """The text of `site` with the answers that differ from those `held`, and the changes. Raises Refused."""
    now = {**held, **answers}
    operations = [
        *_query(answers, site, held, file),
        *_connect(answers, site, held, file),
        *_ports(answers, site, held),
        *_encryption(now, site, held, file),
    ]
    if not operations:
        return document.text, ()
    written = edit(document, operations)
    changes = _changes(document, parse(written, file, Dialect.PROFTPD), operations)
    return written, tuple(replace(one, questions=causes(one.questions, held, now)) for one in changes)


def _ports(answers: Given, site: Site, held: Given) -> Iterator[Operation]:
    question = "data.ftp_passive_ports"
    if question not in answers or answers[question] == held.get(question):
        return
    node, args = site.first("PassivePorts"), passive_ports(answers[question])
    if node is not None:
        yield SetArgs(node, args, question)
    else:
        yield Insert((New("PassivePorts", args, question=question),), "after", site.lookup)


def _query(answers: Given, site: Site, held: Given, file: str) -> list[Operation]:
    wanted: dict[str, str] = {}
    ids = {name: answers.get(f"data.ftp_{name}") for name in ("uid", "gid")}
    for name, value in ids.items():
        if value is not None and value != held.get(f"data.ftp_{name}"):
            wanted[name] = str(value)
    directory = answers.get("data.ftp_dir")
    if directory is not None and plain(directory) != held.get("data.ftp_dir"):
        wanted["directory"] = directory_text(directory, file)
    if not wanted or site.account is None:
        return []
    query = site.account.changed(site.lookup.args[2], wanted)
    found: list[Operation] = [
        SetArgs(site.lookup, (*site.lookup.args[:2], query, *site.lookup.args[3:]), "data.ftp_dir")
    ]
    lowest = min((value for value in ids.values() if value is not None), default=None)
    for node in site.minima if lowest is not None else ():
        if node.args and node.args[0].isdigit() and int(node.args[0]) > int(lowest or 0):
            found.append(SetArgs(node, (str(lowest), *node.args[1:])))
    if lowest is not None and lowest < _LOWEST_ID and not site.minima:
        found.append(Insert((New("SQLMinID", (str(lowest),)),), "after", site.lookup))
    return found


def _connect(answers: Given, site: Site, held: Given, file: str) -> list[Operation]:
    node = site.first("SQLConnectInfo")
    if node is None or not node.args:
        return []
    words = list(node.args)
    has_place = answers.get("database.engine") == "postgresql" and "database.name" in answers
    place = wanted_database(answers, file) if has_place else None
    if place is not None and not place.same(Database.parse(words[0])):
        words[0] = str(place)
    role, secret = answers.get("data.ftp_database_user"), answers.get("data.ftp_database_password")
    if role is not None and role != held.get("data.ftp_database_user"):
        words[1:2] = [role]
    if isinstance(secret, Secret) and secret != held.get("data.ftp_database_password") and len(words) > 1:
        words[2:3] = [connect_word(secret.reference, "data.ftp_database_password", file)]
    if tuple(words) == node.args:
        return []
    return [SetArgs(node, tuple(words), "data.ftp_database_password")]


def _encryption(now: Given, site: Site, held: Given, file: str) -> list[Operation]:
    wanted = tls(now, file)
    pairs = ((CERTIFICATE, "data.ftp_certificate"), (KEY, "data.ftp_certificate_key"))
    changed = [(name, question) for name, question in pairs if now.get(question) != held.get(question)]
    if wanted is None or not changed:
        return []
    nodes = [site.first(name) for name, _ in pairs]
    if nodes[0] is None and nodes[1] is None:
        return [Insert((load("mod_tls.c"), wanted), "after", site.lookup)]
    found: list[Operation] = []
    for name, question in changed:
        node = site.first(name)
        if node is not None:
            found.append(SetArgs(node, (now[question],), question))
        elif (other := nodes[0] or nodes[1]) is not None:
            found.append(Insert((New(name, (now[question],), question=question),), "after", other))
    return found


def _changes(document: Document, after: Document, operations: list[Operation]) -> Iterator[Change]:
    """What the operations did, with the lines of both texts."""
    replaced = {operation.node: operation for operation in operations if isinstance(operation, SetArgs)}
    inserted = {
        new.name: new for operation in operations if isinstance(operation, Insert) for new in operation.new
    }
    old, new = list(document.walk()), list(after.walk())
    fresh = _fresh(old, new, replaced)
    for node, now in zip(old, (node for node in new if node not in fresh), strict=True):
        if node not in replaced:
            continue
        if node.name.lower() == "sqlconnectinfo":
            yield from _connect_changes(node.args, now, node.line, now.line)
            continue
        option, value = _said(now)
        asked = _asked_by(option, replaced[node].question)
        yield Change(option, _said(node)[1], value, asked, None, node.line, now.line, _lines(after, now))
    for node in fresh:
        if node.name in inserted:
            option, value = _said(node)
            asked = _asked_by(option, inserted[node.name].question)
            yield Change(option, None, value, asked, None, None, node.line, _lines(after, node))


def _said(node: Directive) -> tuple[str, str]:
    """A directive or section as a person reads it: what it is called, and its value."""
    if node.name.lower() == "sqlnamedquery" and len(node.args) > 2:
        return f"SQLNamedQuery {node.args[0]}", node.args[2]
    if node.block is not None:
        inner = "; ".join(" ".join((one.name, *one.args)) for one in node.block)
        return " ".join((node.name, *node.args)), inner
    return node.name, " ".join(node.args)


def _lines(document: Document, node: Directive) -> int:
    return document.text.count("\n", node.start, node.end) + 1


def _fresh(old: list[Directive], new: list[Directive], replaced: dict[Directive, SetArgs]) -> list[Directive]:
    """The directives of `new` that are not those of `old`, of which some have other arguments now."""
    waiting = [(node.name, replaced[node].args if node in replaced else node.args) for node in old]
    fresh: list[Directive] = []
    for node in new:
        if waiting and (node.name, node.args) == waiting[0]:
            waiting.pop(0)
        else:
            fresh.append(node)
    return fresh
