"""The modules that the directives of a site belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.answers.proxy_front import speaks
from wizard.answers.question import Given
from wizard.files.apache.items import Facts
from wizard.files.apache.site import wanted
from wizard.files.site.items import Item

_OF = {
    "Alias": ("alias",),
    "AliasMatch": ("alias",),
    "AddOutputFilterByType": ("deflate", "filter"),
    "AuthBasicProvider": ("auth_basic", "authn_core", "authz_user"),
    "AuthLDAPURL": ("authnz_ldap", "ldap"),
    "AuthUserFile": ("authn_file",),
    "BalancerMember": ("lbmethod_byrequests", "proxy_balancer", "slotmem_shm"),
    "ExpiresActive": ("expires",),
    "GssapiCredStore": ("auth_gssapi", "authn_core", "authz_user"),
    "Header": ("headers",),
    "ProxyPass": ("proxy",),
    "RequestHeader": ("headers",),
    "Redirect": ("alias",),
    "Require": ("authz_core",),
    "RewriteRule": ("rewrite",),
    "SSLEngine": ("socache_shmcb", "ssl"),
    "SetEnv": ("env",),
    "SetEnvIf": ("setenvif",),
    "XSendFile": ("xsendfile",),
}

_SPEAKERS = {"http": "proxy_http", "uwsgi": "proxy_uwsgi"}


def modules(given: Given) -> tuple[str, ...]:
    """The modules that the site of these answers needs, by the names that a2enmod knows, in alphabetical order.

    `xsendfile` and `auth_gssapi` are packages of their own (Debian: libapache2-mod-xsendfile,
    libapache2-mod-auth-gssapi; Red Hat: mod_xsendfile, mod_auth_gssapi), as are Red Hat's mod_ssl and mod_ldap.
    """
    answers = {question: value for question, value in given.items() if value is not None}
    answers["proxy.protocol"] = speaks(answers)
    return tuple(sorted(set(_needed(wanted(Facts(answers))))))


def _needed(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        yield from _OF.get(item.name, ())
        if item.name in ("ProxyPass", "BalancerMember"):
            yield from (name for scheme, name in _SPEAKERS.items() if f"{scheme}://" in item.args[0])
        if item.key.startswith("require:site:"):
            yield "authz_host"
        yield from _needed(item.children or ())
