"""The directives of a ProFTPD that takes uploads for Galaxy: found in a text, and as a new text needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.documents.apache.document import Directive, Document
from wizard.documents.apache.edit import New
from wizard.files.collecting import fit_answers, why
from wizard.files.lens import Reading
from wizard.files.system.checking import all_needed, needed, refusal
from wizard.files.system.proftpd_login import (
    COLUMNS,
    LOOKUP,
    ROUNDS,
    SALT,
    Account,
    connect_word,
    directory_text,
    lookup_query,
    rounds_query,
    salt_query,
    wanted_database,
)
from wizard.problems import Problem

DEFAULT_PORTS = "56000-60000"
CERTIFICATE, KEY = "TLSRSACertificateFile", "TLSRSACertificateKeyFile"
_OPEN = ("ifmodule", "ifdefine", "global")
"""Sections whose directives are the server's."""
_MINIMA = ("sqlminid", "sqlminuseruid", "sqlminusergid")


def of_server(document: Document) -> Iterator[Directive]:
    """The directives of the server itself, in order; not those of virtual hosts, directories and limits."""
    waiting = list(reversed(document.children))
    while waiting:
        node = waiting.pop()
        if node.block is None:
            yield node
        elif node.name.lower() in _OPEN:
            waiting.extend(reversed(node.block))


@dataclass
class Site:
    """What a text says of uploads for Galaxy. Of directives that stand twice ProFTPD takes the first."""

    lookup: Directive
    account: Account | None
    named: dict[str, Directive] = field(default_factory=dict)

    def first(self, name: str) -> Directive | None:
        return self.named.get(name.lower())

    @property
    def minima(self) -> list[Directive]:
        return [self.named[name] for name in _MINIMA if name in self.named]


def find_site(document: Document) -> Site | None:
    """The site in a text; None when nothing in it logs Galaxy's users in."""
    named: dict[str, Directive] = {}
    queries: dict[str, Directive] = {}
    for node in of_server(document):
        if node.name.lower() == "sqlnamedquery" and len(node.args) >= 3:
            queries.setdefault(node.args[0], node)
        else:
            named.setdefault(node.name.lower(), node)
    info = named.get("sqluserinfo")
    chosen = info.args[0].removeprefix("custom:/").split("/")[0] if info is not None and info.args else ""
    candidates = [queries[chosen]] if chosen in queries else list(queries.values())
    lookup = next((node for node in candidates if "galaxy_user" in node.args[2]), None)
    if lookup is None:
        return None
    named |= {f"query {name}".lower(): node for name, node in queries.items()}
    return Site(lookup, Account.find(lookup.args[2]), named)


def read_site(site: Site, file: str) -> Reading:
    """The answers of a site, and what in it no answer can say."""
    reading = Reading({"data.ftp": "proftpd"}, {"data.ftp": site.lookup.line}, ())
    unread: list[Problem] = []

    def take(node: Directive, answers: dict[str, Any]) -> None:
        fit = fit_answers(answers)
        reading.given.update(fit)
        reading.lines.update(dict.fromkeys(fit, node.line))
        for question in answers.keys() - fit.keys():
            what = f"{node.name} {why(answers[question])}; it is left alone"
            unread.append(Problem(what, file, node.line, question=question))

    if site.account is not None:
        take(site.lookup, site.account.answers())
    ports = site.first("PassivePorts")
    if ports is not None and len(ports.args) == 2:
        take(ports, {"data.ftp_passive_ports": "-".join(ports.args)})
    connect = site.first("SQLConnectInfo")
    if connect is not None:
        words = zip(("data.ftp_database_user", "data.ftp_database_password"), connect.args[1:3], strict=False)
        plain = {question: word for question, word in words if word}
        secret = "data.ftp_database_password"  # noqa: S105 - a question's name
        take(connect, {path: Secret(word) if path == secret else word for path, word in plain.items()})
    for name, question in ((CERTIFICATE, "ftp_certificate"), (KEY, "ftp_certificate_key")):
        node = site.first(name)
        if node is not None and len(node.args) == 1:
            take(node, {f"data.{question}": node.args[0]})
    unread.extend(_traps(site, file))
    return Reading(reading.given, reading.lines, tuple(unread))


def _traps(site: Site, file: str) -> Iterator[Problem]:
    """What is copied widely and lets nobody in."""
    queries = [node for name, node in site.named.items() if name.startswith("query ")]
    for node in queries:
        if "galaxy_user" in node.args[2] and re.search(r"\bsubstring\b", node.args[2], re.IGNORECASE):
            what = (
                f"SQLNamedQuery {node.args[0]} counts characters of the password, "
                "which works for one number of rounds only; it is left alone"
            )
            way_out = "compare with the passwords in galaxy_user, or split at the dollar signs (split_part)"
            yield Problem(what, file, node.line, question="data.ftp", way_out=way_out)
    if site.account is not None:
        names = [place.value for place in (site.account.uid, site.account.gid) if "'" in place.value]
        if names and not re.fullmatch(r"'\d+'", names[0]):
            what = f"SQLNamedQuery {site.lookup.args[0]} gives a name where ProFTPD takes a number; it is left alone"
            yield Problem(
                what, file, site.lookup.line, question="data.ftp_uid", way_out="give the ids as numbers"
            )


def passive_ports(value: str) -> tuple[str, ...]:
    """The arguments of PassivePorts."""
    return tuple(value.split("-"))


def tls(given: Given, file: str) -> New | None:
    """The directives for TLS, when a certificate is given."""
    certificate = given.get("data.ftp_certificate")
    if certificate is None:
        if given.get("data.ftp_certificate_key") is not None:
            what = "a key without its certificate"
            raise refusal("data.ftp_certificate_key", what, "give data.ftp_certificate too", file)
        return None
    key = needed(given, "data.ftp_certificate_key", "data.ftp_certificate", file)
    children = (
        New("TLSEngine", ("on",)),
        New("TLSRequired", ("on",)),
        New("TLSProtocol", ("TLSv1.2", "TLSv1.3")),
        New(CERTIFICATE, (certificate,), question="data.ftp_certificate"),
        New(KEY, (key,), question="data.ftp_certificate_key"),
        New(
            "TLSOptions", ("NoSessionReuseRequired",), comment="many clients open a new session for each file"
        ),
    )
    return New("IfModule", ("mod_tls.c",), children)


def load(module: str) -> New:
    """Load a module that the main file may have loaded already."""
    return New("IfModule", (f"!{module}",), (New("LoadModule", (module,)),))


_NEEDED = ("data.ftp_dir", "data.ftp_uid", "data.ftp_database_user")


def new_site(given: Given, file: str) -> tuple[New, ...]:
    """All directives of a new text. Raises Refused naming what is missing, or the first answer that is impossible."""
    database = wanted_database(given, file)
    if database is None:
        raise refusal("database.engine", "needed for data.ftp", "say where Galaxy's database is", file)
    place, uid, role = all_needed(given, _NEEDED, "data.ftp", file)
    directory = directory_text(place, file)
    gid = str(given.get("data.ftp_gid") or uid)
    secret = given.get("data.ftp_database_password")
    question = "data.ftp_database_password"
    password = (connect_word(secret.reference, question, file),) if isinstance(secret, Secret) else ()
    encrypted = tls(given, file)
    modules = ["mod_sql.c", "mod_sql_postgres.c", "mod_sql_passwd.c", *(["mod_tls.c"] if encrypted else [])]
    ports = passive_ports(given.get("data.ftp_passive_ports") or DEFAULT_PORTS)
    return (
        *map(load, modules),
        New("PassivePorts", ports, comment="to be open in the firewall", question="data.ftp_passive_ports"),
        New("MaxInstances", ("30",)),
        New("Umask", ("022", "022"), comment="Galaxy, as the owner, reads and removes what comes in."),
        New(
            "DefaultRoot",
            ("~",),
            comment="Each user sees the own directory only; it is made at the first login.",
        ),
        New("CreateHome", ("on", "700", "dirmode", "755")),
        New("AllowOverwrite", ("on",)),
        New("AllowStoreRestart", ("on",), comment="An interrupted upload goes on where it stopped."),
        New("RequireValidShell", ("off",)),
        New("AuthOrder", ("mod_sql.c",), comment="Only accounts of Galaxy, none of this host."),
        New("SQLEngine", ("on",)),
        New("SQLBackend", ("postgres",)),
        New(
            "SQLConnectInfo",
            (str(database), role, *password),
            comment=f"A role that may do no more than: GRANT SELECT ({COLUMNS}) ON galaxy_user TO {role}",
            question=question,
        ),
        New("SQLAuthenticate", ("users",)),
        New("SQLMinID", (str(min(int(uid), int(gid))),)),
        New("SQLPasswordEngine", ("on",)),
        New("SQLPasswordEncoding", ("base64",)),
        New("SQLAuthTypes", ("PBKDF2", "SHA1")),
        New("SQLPasswordPBKDF2", (f"sql:/{ROUNDS}",)),
        New("SQLPasswordUserSalt", (f"sql:/{SALT}",)),
        New("SQLUserInfo", (f"custom:/{LOOKUP}",)),
        New("SQLNamedQuery", (LOOKUP, "SELECT", lookup_query(uid, gid, directory)), question="data.ftp_dir"),
        New("SQLNamedQuery", (SALT, "SELECT", salt_query())),
        New("SQLNamedQuery", (ROUNDS, "SELECT", rounds_query())),
        *([encrypted] if encrypted else []),
        New("IfModule", ("mod_auth_pam.c",), (New("AuthPAM", ("off",)),)),
        New(
            "Limit", ("RETR", "SITE_CHMOD"), (New("DenyAll"),), comment="For uploads, not for fetching files."
        ),
    )
