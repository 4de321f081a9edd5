"""The answers about logins that a site holds: who checks them, and what Galaxy is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.answers.secret import Secret
from wizard.documents.apache.document import Directive
from wizard.files.apache.roles import GALAXY, ROOT, flat
from wizard.files.apache.values import header_value

if TYPE_CHECKING:
    from wizard.files.apache.reading import Found

_USER = re.compile(r"expr=%\{REMOTE_USER\}|%\{(?:REMOTE_USER|RU)\}[se]", re.IGNORECASE)
_FROM_HEADER = re.compile(r"expr=%\{HTTP:([^}]+)\}", re.IGNORECASE)


def read_logins(found: Found) -> None:
    """Who checks logins; a way that no choice describes is said."""
    site = found.site
    kind, user = site.find((*ROOT, "AuthType")), site.find((*ROOT, "header:remote-user"))
    scheme = kind.args[0].lower() if kind is not None and kind.args else "none"
    value = user.args[2] if user is not None and len(user.args) > 2 else None
    header = _FROM_HEADER.fullmatch(value or "")
    checked = site.find((*ROOT, "require:user")) is not None
    if user is None:
        if checked and scheme != "none":
            what = "a login is asked, but Galaxy is not told the user"
            found.miss(what, kind, "proxy.authentication")
        elif site.root is not None and scheme == "none":
            found.absent("authentication", "galaxy")
        return
    if scheme != "none" and checked and value is not None and _USER.fullmatch(value) and kind is not None:
        _asked(found, kind, scheme, user)
    elif header and scheme == "none":
        found.add("authentication", "header", user)
        found.add("upstream_header", header[1], user)
    else:
        what = "the user's name comes from neither a login that is known here nor a header"
        found.miss(what, user, "proxy.authentication")
    _secret(found)


def _asked(found: Found, kind: Directive, scheme: str, user: Directive) -> None:
    site = found.site
    provider = site.find((*ROOT, "AuthBasicProvider"))
    providers = [arg.lower() for arg in provider.args] if provider is not None else ["file"]
    if scheme == "gssapi":
        _kerberos(found, kind)
    elif scheme == "basic" and providers == ["file"]:
        found.add("authentication", "password-file", kind)
        file = site.find((*ROOT, "AuthUserFile"))
        if (path := found.text(file)) is not None:
            found.add("password_file", path, file)
    elif scheme == "basic" and providers == ["ldap"]:
        found.add("authentication", "ldap", kind)
        _ldap(found)
    else:
        found.miss("AuthType: this way to check logins is not known here", kind, "proxy.authentication")
        return
    found.known.add(user)
    _display(found)


def _ldap(found: Found) -> None:
    site = found.site
    for question, role in (("ldap_url", "AuthLDAPURL"), ("ldap_bind_dn", "AuthLDAPBindDN")):
        node = site.find((*ROOT, role))
        if node is not None and len(node.args) == 1 and (text := found.text(node)) is not None:
            found.add(question, text, node)
        elif node is not None:
            found.miss(f"{node.name}: more than an answer can hold", node, f"proxy.{question}")
    password = site.find((*ROOT, "AuthLDAPBindPassword"))
    if (text := found.text(password)) is not None:
        found.add("ldap_bind_password", Secret(text), password)


def _kerberos(found: Found, kind: Directive) -> None:
    site = found.site
    store = site.find((*ROOT, "GssapiCredStore"))
    found.add("authentication", "kerberos", kind)
    text = found.text(store)
    if text is not None and text.startswith("keytab:"):
        found.add("kerberos_keytab", text.removeprefix("keytab:"), store)
    cut = site.find((*ROOT, "cut:remote-user"))
    if cut is not None and len(cut.args) == 4 and not cut.args[3]:
        realm = re.fullmatch(r"@((?:[A-Za-z0-9_-]|\\\.)+)\$", cut.args[2])
        if realm is not None:
            found.add("kerberos_realm", realm[1].replace("\\.", "."), cut)


def _display(found: Found) -> None:
    section = found.site.bound.get((*GALAXY, "location:display"))
    hosts: list[str] = []
    nodes = [node for node in flat(section.block or ()) if node.name.lower() == "require"] if section else []
    for node in nodes:
        kind, words = node.args[0].lower() if node.args else "", node.args[1:]
        if kind in ("host", "ip"):
            hosts += [f"[{word}]" if ":" in word else word for word in words]
            found.known.add(node)
    if hosts and section is not None:
        found.add("display_sites", hosts, section)


def _secret(found: Found) -> None:
    node = found.site.find((*ROOT, "header:gx-secret"))
    text = found.text(node, 2)
    plain = header_value(text) if text is not None else None
    if plain is not None and "\0" not in plain and node is not None:
        found.add("remote_user_secret", Secret(plain), node)
