"""Who checks logins, in the words of Apache, and how Galaxy is told the name.

WSGI and ASGI servers cannot tell `Remote-User` from `Remote_User`, and Apache passes both on: each is taken away from
what a browser sent before the checked name is set. An empty header would be a user too (Galaxy appends its mail domain
to it), so none is sent where nobody logged in. Source: Galaxy's remote user middleware, 26.1; mod_headers.
"""

from __future__ import annotations

from wizard.documents.apache.document import Expression
from wizard.files.apache.items import OWN_LOGINS, Facts, location
from wizard.files.apache.values import header_text
from wizard.files.site.items import Item, galaxy_servers, leaf

USER = "%{REMOTE_USER}"
API_KEY = "-n %{HTTP:X-API-Key} || %{QUERY_STRING} =~ /(?:^|&)key=[^&]/"
"""Whether a request has an API key, which Galaxy checks itself."""


def asks(facts: Facts) -> bool:
    """Whether Apache asks for a login."""
    return facts.get("authentication") in OWN_LOGINS


def login(facts: Facts) -> list[Item]:
    """The directives that ask for a login; none when Apache does not ask."""
    kind, q = facts.get("authentication"), "authentication"
    if kind not in OWN_LOGINS:
        return []
    scheme = "GSSAPI" if kind == "kerberos" else "Basic"
    items = [leaf("AuthType", scheme, q=q), leaf("AuthName", "Galaxy", q=q, companion=True)]
    if kind == "password-file":
        items.append(leaf("AuthBasicProvider", "file", q=q))
        if (file := facts.need("password_file", "the check of passwords")) is not None:
            items.append(leaf("AuthUserFile", file, q=("password_file", q)))
    elif kind == "ldap":
        items.append(leaf("AuthBasicProvider", "ldap", q=q))
        if (url := facts.need("ldap_url", "the check of passwords")) is not None:
            items.append(leaf("AuthLDAPURL", url, q=("ldap_url", q)))
        if (name := facts.get("ldap_bind_dn")) is not None:
            items.append(leaf("AuthLDAPBindDN", name, q=("ldap_bind_dn", q)))
        if (password := facts.get("ldap_bind_password")) is not None:
            items.append(leaf("AuthLDAPBindPassword", password.reference, q=("ldap_bind_password", q)))
    elif (keytab := facts.need("kerberos_keytab", "the check of tickets")) is not None:
        items.append(leaf("GssapiCredStore", f"keytab:{keytab}", q=("kerberos_keytab", q)))
    return [*items, valid_user()]


def valid_user() -> Item:
    return leaf("Require", "valid-user", q="authentication", key="require:user")


def granted(*q: str) -> Item:
    return leaf("Require", "all", "granted", q=q, key="require:granted")


def told(facts: Facts) -> list[Item]:
    """The headers that tell Galaxy who it is."""
    kind = facts.get("authentication")
    name = facts.need("upstream_header", "the user's name") if kind == "header" else None
    if kind not in OWN_LOGINS and name is None:
        return []
    q = ("upstream_header", "authentication") if name else ("authentication",)
    source = f"%{{HTTP:{name}}}" if name else USER
    own = (name or "").lower()
    replaced = []
    if own != "remote_user":
        replaced.append(leaf("RequestHeader", "unset", "Remote_User", q=q, key="unset:remote_user"))
    only_empty = (Expression(f"expr=-z {source}"),) if own == "remote-user" else ()
    replaced.append(leaf("RequestHeader", "unset", "Remote-User", *only_empty, q=q, key="unset:remote-user"))
    user = leaf(
        "RequestHeader",
        "set",
        "Remote-User",
        Expression(f"expr={source}"),
        Expression(f"expr=-n {source}"),
        q=q,
        key="header:remote-user",
    )
    replaced.append(user)
    if own == "remote_user":  # read before it goes
        spent = ("unset", "Remote_User", "expr=true")
        replaced.append(leaf("RequestHeader", *spent, q=q, key="spent:remote_user"))
    items = replaced
    if kind == "kerberos" and (realm := facts.get("kerberos_realm")) is not None:
        end = "@" + str(realm).replace(".", "\\.") + "$"
        q = ("kerberos_realm", "authentication")
        items.append(leaf("RequestHeader", "edit", "Remote-User", end, "", q=q, key="cut:remote-user"))
    if (secret := facts.get("remote_user_secret")) is not None:
        q = ("remote_user_secret", "authentication")
        text = header_text(secret.reference)
        items.append(leaf("RequestHeader", "unset", "GX_Secret", q=q, key="unset:gx_secret"))
        items.append(leaf("RequestHeader", "set", "GX-Secret", text, q=q, key="header:gx-secret"))
    return items


def exceptions(facts: Facts) -> list[Item]:
    """Where no login is asked: requests with an API key, tusd's hooks, sites that display datasets.

    Galaxy authorises them itself, and no user name comes in there: the headers of the section around hold here too.
    """
    if not asks(facts) or not galaxy_servers(facts):
        return []
    keyed = leaf("Require", "expr", API_KEY, q="authentication", key="require:api")
    found = [location(facts, "api", "/api", ("authentication",), [valid_user(), keyed])]
    if facts.get("uploads") == "tusd":
        q = ("authentication", "uploads")
        found.append(location(facts, "hooks", "/api/upload/hooks", q, [granted(*q)]))
    if sites := facts.get("display_sites"):
        found.append(
            location(
                facts,
                "display",
                "/root/display_as",
                ("display_sites", "authentication"),
                [valid_user(), *_sites(list(dict.fromkeys(sites)))],
                comment="these hosts need no login; Galaxy, too, knows them by their names",
            )
        )
    return found


def _sites(hosts: list[str]) -> list[Item]:
    """One line for each, in their order: the host before belongs to the role of a line."""
    return [
        leaf("Require", *site_args(host), q="display_sites", key=f"require:site:{host} after {before}")
        for before, host in zip(["", *hosts], hosts, strict=False)
    ]


def site_args(host: str) -> tuple[str, str]:
    """The words of `Require` for a host: by its address, or by its name in the DNS, looked up both ways."""
    bare = host.strip("[]")
    is_address = ":" in bare or (bare.count(".") == 3 and bare.replace(".", "").isdigit())
    return ("ip" if is_address else "host", bare)
