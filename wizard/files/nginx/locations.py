"""The locations of Galaxy's server: Galaxy itself, what nginx serves in its place, and the programs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from wizard.documents.nginx.document import Expression, quote
from wizard.files.nginx.items import X_ACCEL, Facts, forwarded, header, parameter, told, variable
from wizard.files.nginx.uploads import uploads
from wizard.files.site.items import TUS, Item, block, galaxy_servers, leaf


def locations(facts: Facts) -> list[Item]:
    found = [_root(facts), *_password_exceptions(facts)]
    if facts.get("uploads") == "tusd":
        found.append(_tus(facts))
    if facts.get("static_files"):
        found.extend(_static(facts))
    if facts.get("downloads"):
        children = [leaf("internal", q="downloads"), leaf("alias", "/", q="downloads")]
        found.append(
            block(
                "location:downloads",
                "location",
                (f"{X_ACCEL}/",),
                ("downloads",),
                children,
                comment="downloads that Galaxy has authorised",
            )
        )
    for item in uploads(facts, _password(facts, variable("$galaxy_realm"))):
        if any(one.args == item.args for one in found):
            facts.taken("nginx_upload_path")
        found.append(item)
    if facts.get("reports"):
        reports = _reports(facts)
        if any(item.args == reports.args for item in found):
            facts.taken("reports_prefix")
        found.append(reports)
    return found


def _location(
    facts: Facts,
    key: str,
    path: str,
    q: tuple[str, ...],
    children: list[Item],
    *,
    exact: bool = False,
    slash: bool = False,
    comment: str | None = None,
) -> Item:
    core = facts.prefix + path
    args = ("=", core) if exact else (core + "/" if slash else core,)
    return block(key, "location", args, (*q, "url_prefix"), children, core=core, comment=comment)


def to_galaxy(facts: Facts, q: str) -> list[Item]:
    """The pass to Galaxy, and what it is told of the request."""
    if not galaxy_servers(facts):
        return []
    if facts.uwsgi:
        return _by_uwsgi(q)
    pass_on = leaf(
        "proxy_pass",
        "http://galaxy",
        q=("link", "url_prefix", "protocol"),
        core=facts.prefix,
        evicts=("uwsgi_pass", "uwsgi_param", "include:uwsgi_params"),
    )
    return [pass_on, *(replace(item, questions=_also(item)) for item in forwarded(q))]


def _by_uwsgi(q: str) -> list[Item]:
    """A pass by uWSGI's protocol. The Host header is among those that nginx sends on by itself."""
    both = (q, "protocol")
    pass_on = leaf("uwsgi_pass", "galaxy", q=("link", "protocol"), evicts=("proxy_pass",))
    forwarding = [
        parameter("HTTP_X_FORWARDED_FOR", variable("$proxy_add_x_forwarded_for"), both),
        parameter("HTTP_X_FORWARDED_PROTO", variable("$scheme"), both),
        parameter("HTTP_X_FORWARDED_HOST", variable("$http_host"), both),
    ]
    return [
        pass_on,
        leaf("include", "uwsgi_params", q=both, key="include:uwsgi_params"),
        parameter("UWSGI_SCHEME", variable("$scheme"), both),
        *forwarding,
    ]


def _also(item: Item) -> tuple[str, ...]:
    """The questions of an item that is spelled by the protocol."""
    return (*item.questions, "proxy.protocol")


def _password(facts: Facts, realm: str = "Galaxy") -> list[Item]:
    if facts.get("authentication") != "password-file":
        return []
    file = facts.need("password_file", "the check of passwords")
    items = [leaf("auth_basic", realm, q="authentication")]
    return (
        items
        if file is None
        else [*items, leaf("auth_basic_user_file", file, q=("password_file", "authentication"))]
    )


def _user(facts: Facts, value: str, q: str) -> list[Item]:
    """The headers that tell Galaxy who it is, under the names that replace what a browser may send itself.

    WSGI cannot tell `Remote-User` from `REMOTE_USER`; nginx drops the second from requests, so the first must be set.
    """
    items = [told(facts, "Remote-User", value, (q, "authentication", "protocol"))]
    if (secret := facts.get("remote_user_secret")) is not None:
        q = "remote_user_secret"
        items.append(told(facts, "GX-Secret", secret.reference, (q, "authentication", "protocol")))
    return items


def _root(facts: Facts) -> Item:
    children = to_galaxy(facts, "link")
    if children and not facts.uwsgi:
        q = ("link", "protocol")
        children[1:1] = [leaf("proxy_http_version", "1.1", q=q)]
        children += [
            header("Upgrade", variable("$http_upgrade"), q),
            header("Connection", variable("$galaxy_connection"), q),
        ]
    authentication = facts.get("authentication")
    if authentication == "password-file":
        children += [*_password(facts), *_user(facts, variable("$remote_user"), "password_file")]
    elif (
        authentication == "header" and (name := facts.need("upstream_header", "the user's name")) is not None
    ):
        children += _user(facts, variable(f"$http_{name.replace('-', '_')}"), "upstream_header")
    return block(
        "location:root",
        "location",
        (facts.prefix + "/",),
        ("url_prefix",),
        children,
        core=facts.prefix,
        comment="everything else is Galaxy's",
    )


def _password_exceptions(facts: Facts) -> list[Item]:
    """Where a password is not asked: requests with an API key, tusd's hooks, sites that display datasets.

    Galaxy authorises them itself. No user name may come in there: what the request says about it is unchecked.
    """
    if facts.get("authentication") != "password-file" or not galaxy_servers(facts):
        return []
    free = [*to_galaxy(facts, "authentication"), leaf("auth_basic", "off", q="authentication")]
    nobody = _user(facts, "", "authentication")
    keyed = [
        *to_galaxy(facts, "authentication"),
        *_password(facts, variable("$galaxy_realm")),
        *_user(facts, variable("$galaxy_user"), "authentication"),
    ]
    found = [_location(facts, "location:api", "/api", ("authentication",), keyed, slash=True)]
    if facts.get("uploads") == "tusd":
        found.append(
            _location(
                facts, "location:hooks", "/api/upload/hooks", ("authentication", "uploads"), [*free, *nobody]
            )
        )
    if facts.given.get("proxy.display_sites") or facts.given.get("proxy._display"):
        found.append(
            _location(
                facts,
                "location:display",
                "/root/display_as",
                ("display_sites", "authentication"),
                [*free, *nobody],
                comment="Galaxy lets its display servers in by their host names",
            )
        )
    return found


def _tus(facts: Facts) -> Item:
    host, port = facts.get("tusd_host", "localhost"), facts.get("tusd_port", 1080)
    back = Expression(f"$scheme://$http_host{facts.prefix}{TUS}$1")
    children = [
        leaf("proxy_pass", f"http://{host}:{port}/files", q=("tusd_port", "tusd_host", "uploads")),
        leaf("proxy_http_version", "1.1", q="uploads"),
        leaf("proxy_request_buffering", "off", q="uploads"),
        leaf("proxy_buffering", "off", q="uploads"),
        leaf("client_max_body_size", "0", q="uploads"),
        leaf(
            "proxy_redirect",
            Expression("~^(?:https?://[^/]+)?/files(/.*)?$"),
            back,
            q=("uploads", "url_prefix"),
        ),
        *forwarded("uploads"),
        header("Upgrade", variable("$http_upgrade"), "uploads"),
        header("Connection", "upgrade", "uploads"),
        *_password(facts, variable("$galaxy_realm")),
    ]
    return _location(
        facts, "location:tus", TUS, ("uploads",), children, comment="resumable uploads go to tusd"
    )


def _static(facts: Facts) -> Iterator[Item]:
    folder = facts.need("static_dir", "serving static files")
    expires = facts.get("static_expires")
    last = [leaf("expires", *str(expires).split(" "), q="static_expires")] if expires is not None else []
    q = ("static_files",)
    if folder is not None:
        base = str(folder).rstrip("/")
        alias = leaf("alias", f"{base}/", q="static_dir", evicts=("root",))
        yield _location(
            facts,
            "location:static",
            "/static",
            q,
            [alias, *last],
            slash=True,
            comment="static files, without asking Galaxy",
        )
        for role, file in (("favicon", "favicon.ico"), ("robots", "robots.txt")):
            alias = leaf("alias", f"{base}/{file}", q="static_dir", evicts=("root",))
            yield _location(facts, f"location:{role}", f"/{file}", q, [alias, *last], exact=True)
    if (plugins := facts.get("plugins_dir")) is not None:
        quote(plugins, "proxy.plugins_dir")  # refuses a '$', which the expression below would let through
        core = "^" + re.sub(r"[^A-Za-z0-9/_~-]", r"\\\g<0>", facts.prefix) + "/plugins/"
        pattern = core + "(?<plug_type>[^/]+)/(?<vis_name>[^/]+)/static/(?<static_file>.*)$"
        path = Expression(f"{str(plugins).rstrip('/')}/$plug_type/$vis_name/static/$static_file")
        alias = leaf("alias", path, q="plugins_dir", evicts=("try_files",))
        yield block(
            "location:plugins",
            "location",
            ("~", Expression(pattern)),
            ("plugins_dir", "url_prefix", "static_files"),
            [alias, *last],
            core=core,
        )


def _reports(facts: Facts) -> Item:
    prefix = facts.get("reports_prefix", "/reports")
    prefix = prefix.rstrip("/")
    children = [
        leaf("proxy_pass", "http://galaxy_reports", q="reports"),
        *forwarded("reports"),
        *_password(facts),
    ]
    return block(
        "location:reports",
        "location",
        (f"{prefix}/",),
        ("reports_prefix", "reports"),
        children,
        core=prefix,
        comment="the reports server",
    )
