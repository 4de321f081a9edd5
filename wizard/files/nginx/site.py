"""The nginx site that answers ask for, as a tree of items; each item names the questions that it answers.

Keys are roles (`server:galaxy`, `location:static`), not names or paths: the same item is found again in a text
that other people wrote, whatever they call it. Facts: Galaxy's administrator documentation, "Proxying Galaxy with
nginx" (26.1), and nginx's own module reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.files.nginx.items import Facts, forwarded, header, variable
from wizard.files.nginx.locations import locations
from wizard.files.site.items import ACME, TOOLS, Item, block, certificate_files, galaxy_servers, leaf

GZIP_TYPES = (
    "text/plain",
    "text/css",
    "text/xml",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/xml",
    "application/xml+rss",
    "image/svg+xml",
)


def wanted(facts: Facts) -> tuple[Item, ...]:
    """Every item of the site for these answers; what is missing or impossible is in `facts.problems`."""
    return tuple(
        item
        for items in (_maps(facts), _upstreams(facts), _servers(facts))
        for item in items
        if item is not None
    )


def _maps(facts: Facts) -> Iterator[Item]:
    def entry(source: str, value: str) -> Item:
        return Item(f"entry:{source}", source, (value,))

    if facts.get("link") and not facts.uwsgi:
        yield block(
            "map:connection",
            "map",
            (variable("$http_upgrade"), variable("$galaxy_connection")),
            ("link", "protocol"),
            [entry("default", "upgrade"), entry("", "close")],
            companion=True,
        )
    if facts.get("authentication") == "password-file":
        key = variable("$http_x_api_key$arg_key")
        yield block(
            "map:realm",
            "map",
            (key, variable("$galaxy_realm")),
            ("authentication",),
            [entry("default", "off"), entry("", "Galaxy")],
            comment="Requests with an API key are checked by Galaxy itself.",
        )
        yield block(
            "map:user",
            "map",
            (key, variable("$galaxy_user")),
            ("authentication",),
            [entry("default", ""), entry("", variable("$remote_user"))],
        )


def _upstreams(facts: Facts) -> Iterator[Item]:
    if servers := galaxy_servers(facts):
        children = [
            leaf("server", one, q=(q, "link"), key=f"server:{n}") for n, (one, q) in enumerate(servers)
        ]
        yield block("upstream:galaxy", "upstream", ("galaxy",), ("link", "more_upstreams"), children)
    if facts.get("reports"):
        address = facts.get("reports_address", "localhost:9001")
        yield block(
            "upstream:reports",
            "upstream",
            ("galaxy_reports",),
            ("reports",),
            [leaf("server", address, q="reports_address", key="server:0")],
        )


def _servers(facts: Facts) -> Iterator[Item]:
    host = facts.get("host_name")
    name = [leaf("server_name", host, q="host_name")] if host else []
    if facts.tls and facts.get("redirect"):
        yield _redirect_server(facts, name)
    yield block(
        "server:galaxy",
        "server",
        (),
        ("server",),
        [*_listen(facts), *name, *_tls(facts), *_limits(facts), *_gzip(facts), *locations(facts)],
        comment="Galaxy",
    )
    if facts.get("interactive_tools"):
        yield _tools_server(facts)


def _listen(facts: Facts, port: str = "") -> list[Item]:
    args = (port or "443", "ssl") if facts.tls and not port else (port or "80",)
    return [
        leaf("listen", *args, q="tls", key="listen:4"),
        leaf("listen", f"[::]:{args[0]}", *args[1:], q="tls", key="listen:6"),
    ]


def _redirect_server(facts: Facts, name: list[Item]) -> Item:
    children = [*_listen(facts, "80"), *name]
    if facts.get("tls") == "letsencrypt":
        children.append(
            block(
                "location:acme",
                "location",
                (f"{ACME}/",),
                ("tls",),
                [leaf("root", "/var/www/html", companion=True)],
            )
        )
    to = leaf("return", "301", variable("https://$host$request_uri"), q="redirect")
    children.append(block("location:redirect", "location", ("/",), ("redirect",), [to]))
    return block(
        "server:redirect", "server", (), ("redirect", "tls"), children, comment="plain HTTP goes to HTTPS"
    )


def _tls(facts: Facts) -> list[Item]:
    if not facts.tls:
        return []
    items = certificate_files(facts, "ssl_certificate", "ssl_certificate_key")
    # Mozilla's "intermediate" recommendation; ciphers are left to OpenSSL's defaults.
    for line in (
        "ssl_protocols TLSv1.2 TLSv1.3",
        "ssl_prefer_server_ciphers off",
        "ssl_session_tickets off",
        "ssl_session_cache shared:galaxy_tls:10m",
        "ssl_session_timeout 1d",
    ):
        items.append(leaf(*line.split(), q="tls", companion=True))
    if facts.get("hsts"):
        items.append(
            leaf(
                "add_header",
                "Strict-Transport-Security",
                "max-age=31536000",
                "always",
                q=("hsts", "tls"),
                key="add_header:strict-transport-security",
            )
        )
    return items


def _limits(facts: Facts) -> list[Item]:
    items = []
    if (size := facts.get("max_body_size")) is not None:
        items.append(leaf("client_max_body_size", size, q="max_body_size"))
    if (timeout := facts.get("read_timeout")) is not None:
        q: tuple[str, ...] = ("read_timeout", "protocol")
        if facts.uwsgi:
            items.append(leaf("uwsgi_read_timeout", f"{timeout}s", q=q))
            items.append(leaf("uwsgi_send_timeout", f"{timeout}s", q=q))
        beside = facts.get("uploads") == "tusd" or facts.get("reports")
        if beside or not facts.uwsgi:
            q = (*q, "uploads", "reports") if facts.uwsgi else q
            items.append(leaf("proxy_read_timeout", f"{timeout}s", q=q))
            items.append(leaf("proxy_send_timeout", f"{timeout}s", q=q))
    return items


def _gzip(facts: Facts) -> list[Item]:
    gzip = facts.get("gzip")
    if gzip is None:
        return []
    items = [leaf("gzip", "on" if gzip else "off", q="gzip")]
    if gzip:
        for line in ("gzip_vary on", "gzip_proxied any", "gzip_comp_level 6", "gzip_min_length 1024"):
            items.append(leaf(*line.split(), q="gzip", companion=True))
        items.append(leaf("gzip_types", *GZIP_TYPES, q="gzip", companion=True))
    return items


def _tools_server(facts: Facts) -> Item:
    host = facts.get("interactive_tools_host") or facts.need("host_name", "the address of interactive tools")
    port = facts.get("interactive_tools_port", 4002)
    children = [
        leaf("proxy_pass", f"http://localhost:{port}", q="interactive_tools_port"),
        leaf("proxy_http_version", "1.1", q="interactive_tools"),
        leaf("proxy_buffering", "off", q="interactive_tools"),
        leaf("proxy_read_timeout", "1d", q="interactive_tools"),
        *forwarded("interactive_tools"),
        header("Upgrade", variable("$http_upgrade"), "interactive_tools"),
        header("Connection", "upgrade", "interactive_tools"),
    ]
    root = block("location:tools", "location", ("/",), ("interactive_tools",), children)
    if facts.tls:
        facts.get("tls")
    name = (
        [leaf("server_name", f"*.{TOOLS}.{host}", q=("interactive_tools_host", "host_name"))] if host else []
    )
    tls = [item for item in _tls(facts) if item.name != "add_header"]
    return block(
        "server:tools",
        "server",
        (),
        ("interactive_tools",),
        [*_listen(facts), *name, *tls, root],
        comment="interactive tools: a wildcard in the DNS and in the certificate leads here",
    )
