"""The Apache site that answers ask for, as a tree of items; each item names the questions that it answers.

Keys are roles (`vhost:galaxy`, `location:static`), not names or paths: the same item is found again in a text that
other people wrote. What belongs to a path stands in a `<Location>` of its own, and a `ProxyPass` in one goes before
those of the virtual host in any order. Facts: Galaxy's administrator documentation, "Proxying Galaxy with Apache"
(26.1), and httpd's own directive reference (2.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.documents.apache.document import Expression
from wizard.files.apache.items import Facts, location, origins
from wizard.files.apache.logins import asks, exceptions, granted, login, told
from wizard.files.apache.values import expires_args
from wizard.files.site.items import ACME, TOOLS, TUS, Item, block, certificate_files, leaf
from wizard.files.site.values import size_bytes

DEFLATED = (
    "text/html",
    "text/plain",
    "text/css",
    "text/xml",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/xml",
    "application/rss+xml",
    "image/svg+xml",
)
BALANCER = "galaxy"
REPORTS_ROUTE = "route=galaxy_reports"
"""Says which `ProxyPass` leads to the reports; Apache itself uses a route in balancers only."""
HTTPS = Expression("https://%{SERVER_NAME}%{REQUEST_URI}")
_KEPT = r"^/(?!\.well-known/acme-challenge/)"
_WEBROOT = f"/var/www/html{ACME}"
_RETRY = "retry=0"
"""Ask a Galaxy that restarts again at once; Apache alone waits a minute and answers 503."""


def wanted(facts: Facts) -> tuple[Item, ...]:
    """Every item of the site for these answers; what is missing or impossible is in `facts.problems`."""
    host = facts.get("host_name")
    name = [leaf("ServerName", host, q="host_name")] if host else []
    found = [_redirecting(facts, name)] if facts.tls and facts.get("redirect") else []
    galaxy = [*name, *_tls(facts), *_hsts(facts), *_front(facts), *_gzip(facts), *_aliases(facts)]
    sections = [*_locations(facts)]
    if facts.get("reports"):
        sections.append(_reports(facts, sections))
    galaxy += [*_limit(facts), *_balancer(facts), *sections]
    port = _port(facts)
    found.append(
        block(
            "vhost:galaxy",
            "VirtualHost",
            (f"*:{port}",),
            ("server", "tls"),
            galaxy,
            core=port,
            comment="Galaxy",
        )
    )
    if facts.get("interactive_tools"):
        found.append(_tools(facts, port))
    return tuple(found)


def _port(facts: Facts) -> str:
    return "443" if facts.tls else "80"


def _redirecting(facts: Facts, name: list[Item]) -> Item:
    children = list(name)
    if facts.get("tls") == "letsencrypt":
        children.append(leaf("Alias", ACME, _WEBROOT, q="tls", key="alias:acme"))
    children += [
        leaf("RewriteEngine", "On", q="redirect"),
        leaf("RewriteRule", _KEPT, HTTPS, "[R=301,L]", q="redirect", key="to"),
    ]
    if facts.get("tls") == "letsencrypt":
        children.append(block("location:acme", "Location", (ACME,), ("tls",), [granted("tls")]))
    q = ("redirect", "tls")
    comment = "plain HTTP goes to HTTPS"
    return block("vhost:redirect", "VirtualHost", ("*:80",), q, children, core="80", comment=comment)


def _tls(facts: Facts) -> list[Item]:
    if not facts.tls:
        return []
    items = [leaf("SSLEngine", "On", q="tls")]
    items += certificate_files(facts, "SSLCertificateFile", "SSLCertificateKeyFile")
    # Mozilla's "intermediate" recommendation; ciphers are left to OpenSSL's defaults.
    for line in ("SSLProtocol -all +TLSv1.2 +TLSv1.3", "SSLHonorCipherOrder Off", "SSLSessionTickets Off"):
        items.append(leaf(*line.split(), q="tls", companion=True))
    return items


def _hsts(facts: Facts) -> list[Item]:
    if not facts.tls or not facts.get("hsts"):
        return []
    words = ("always", "set", "Strict-Transport-Security", "max-age=31536000")
    return [leaf("Header", *words, q=("hsts", "tls"), key="hsts")]


def _front(facts: Facts) -> list[Item]:
    """What holds for all that is passed on."""
    items = []
    if facts.get("link"):
        proto = Expression("expr=%{REQUEST_SCHEME}")
        items = [
            *_unspoken(facts),
            leaf("AllowEncodedSlashes", "NoDecode", q="link"),
            leaf("ProxyPreserveHost", "On", q="link"),
            leaf(
                "RequestHeader", "set", "X-Forwarded-Proto", proto, q="link", key="header:x-forwarded-proto"
            ),
        ]
    if (timeout := facts.get("read_timeout")) is not None:
        items.append(leaf("ProxyTimeout", str(timeout), q="read_timeout"))
    return items


def _unspoken(facts: Facts) -> list[Item]:
    """What mod_proxy_http says by itself of the request, and mod_proxy_uwsgi does not."""
    if not facts.uwsgi:
        return []
    q = ("protocol", "link")
    host, address = Expression("expr=%{HTTP_HOST}"), Expression("expr=%{REMOTE_ADDR}")
    return [
        leaf("RequestHeader", "set", "X-Forwarded-Host", host, q=q, key="header:x-forwarded-host"),
        leaf("RequestHeader", "append", "X-Forwarded-For", address, q=q, key="more:x-forwarded-for"),
    ]


def _limit(facts: Facts) -> list[Item]:
    """What answers 413 to larger requests. Apache applies LimitRequestBody to none that it passes on.

    A body that comes in chunks does not say its length; it is not limited.
    """
    size = facts.get("max_body_size")
    if size is None:
        return []
    most = size_bytes(size)
    if most == 0:
        return [leaf("LimitRequestBody", "0", q="max_body_size", key="limit:none")]
    condition = f"%{{HTTP:Content-Length}} -gt {most}"
    if facts.get("uploads") == "tusd":
        path = (facts.prefix + TUS).replace(".", "[.]")
        condition += f" && ! %{{REQUEST_URI}} =~ m#^{path}(?:/|$)#"
    too_large = leaf("Redirect", "413", "/", q="max_body_size")
    q = ("max_body_size", "uploads", "url_prefix")
    args = (Expression(condition),)
    return [block("limit:size", "If", args, q, [too_large], comment="larger requests are refused")]


def _gzip(facts: Facts) -> list[Item]:
    gzip = facts.get("gzip")
    if gzip is None:
        return []
    if not gzip:
        return [leaf("SetEnv", "no-gzip", "1", q="gzip", key="gzip:off")]
    return [
        leaf("AddOutputFilterByType", "DEFLATE", *DEFLATED, q="gzip", key="gzip:on"),
        # A part of a file is a part of the file as it is, not of its compressed form.
        leaf("SetEnvIf", "Range", ".", "no-gzip", q="gzip", key="gzip:range", companion=True),
    ]


def balancer(facts: Facts) -> str | None:
    """The name of Galaxy's balancer, when requests go to one."""
    return facts.balancer or (BALANCER if len(origins(facts)) > 1 else None)


def _balancer(facts: Facts) -> list[Item]:
    name = balancer(facts)
    if name is None or not origins(facts):
        return []
    members = [
        leaf("BalancerMember", one, _RETRY, q=(q, "link", "protocol"), key=f"BalancerMember:{n}", core=one)
        for n, (one, q) in enumerate(origins(facts))
    ]
    return [block("proxy:galaxy", "Proxy", (f"balancer://{name}",), ("more_upstreams", "link"), members)]


def passing(facts: Facts) -> list[Item]:
    """The `ProxyPass` that leads to Galaxy."""
    servers = origins(facts)
    if not servers:
        return []
    name = balancer(facts)
    to = f"balancer://{name}" if name else servers[0][0]
    # In uWSGI's protocol mod_proxy_uwsgi decodes the path itself, and refuses one that it is to leave as it is.
    words = (*(() if facts.uwsgi else ("nocanon",)), *(() if name else (_RETRY,)))
    q = ("more_upstreams", "link", "protocol") if name else (servers[0][1], "link", "protocol")
    return [leaf("ProxyPass", f"{to}{facts.prefix or '/'}", *words, q=(*q, "url_prefix"), core=to)]


def _locations(facts: Facts) -> Iterator[Item]:
    children = passing(facts)
    if facts.get("downloads"):
        children += [leaf("XSendFile", "On", q="downloads"), leaf("XSendFilePath", "/", q="downloads")]
    children += [*login(facts), *told(facts)]
    yield location(facts, "root", "", (), children, comment="everything else is Galaxy's")
    yield from exceptions(facts)
    if facts.get("uploads") == "tusd":
        yield _tus(facts)
    if facts.get("static_files"):
        yield from _static(facts)


def _tus(facts: Facts) -> Item:
    host, port = facts.get("tusd_host", "localhost"), facts.get("tusd_port", 1080)
    to = f"http://{host}:{port}"
    back = (Expression("^(?:https?://[^/]+)?/files"), f"{facts.prefix}{TUS}")
    children = [
        leaf("ProxyPass", f"{to}/files", _RETRY, q=("tusd_port", "tusd_host", "uploads"), core=to),
        leaf("Header", "edit", "Location", *back, q=("uploads", "url_prefix"), key="back"),
    ]
    return location(facts, "tus", TUS, ("uploads",), children, comment="resumable uploads go to tusd")


def _aliases(facts: Facts) -> Iterator[Item]:
    if not facts.get("static_files"):
        return
    if (folder := facts.need("static_dir", "serving static files")) is not None:
        base = str(folder).rstrip("/")
        for role, path in (("static", "/static"), ("favicon", "/favicon.ico"), ("robots", "/robots.txt")):
            real = (base or "/") if role == "static" else base + path
            q = ("static_dir", "static_files", "url_prefix")
            yield leaf("Alias", facts.prefix + path, real, q=q, key=f"alias:{role}", core=facts.prefix + path)
    if (plugins := facts.get("plugins_dir")) is not None:
        pattern = plugins_pattern(facts) + "(.*)$"
        real = f"{str(plugins).rstrip('/')}/$1/$2/static/$3"
        q = ("plugins_dir", "static_files", "url_prefix")
        yield leaf("AliasMatch", pattern, real, q=q, key="alias:plugins", core=facts.prefix)


def plugins_pattern(facts: Facts) -> str:
    """The regular expression of the static files of plugins, up to the name of the file."""
    return "^" + facts.prefix.replace(".", "[.]") + "/plugins/([^/]+)/([^/]+)/static/"


def _static(facts: Facts) -> Iterator[Item]:
    def children(*q: str) -> list[Item]:
        expires = facts.get("static_expires")
        words = expires_args(str(expires)) if expires is not None else None
        kept = (
            []
            if words is None
            else [
                leaf("ExpiresActive", "On", q="static_expires"),
                leaf("ExpiresDefault", words, q="static_expires"),
            ]
        )
        return [leaf("ProxyPass", "!", q=q), granted(*q), *kept]

    if facts.get("static_dir") is not None:
        comment = "static files, without asking Galaxy"
        q: tuple[str, ...] = ("static_files",)
        yield location(facts, "static", "/static", q, children(*q), comment=comment)
        for role, path in (("favicon", "/favicon.ico"), ("robots", "/robots.txt")):
            yield location(facts, role, path, q, children(*q))
    if facts.get("plugins_dir") is not None:
        q = ("plugins_dir", "static_files")
        inner = [
            Item("ProxyPass", "ProxyPassMatch", one.args, one.questions) if one.name == "ProxyPass" else one
            for one in children(*q)
        ]
        args = (Expression(plugins_pattern(facts)),)
        yield block("location:plugins", "LocationMatch", args, (*q, "url_prefix"), inner, core=facts.prefix)


def _reports(facts: Facts, others: list[Item]) -> Item:
    prefix = str(facts.get("reports_prefix", "/reports")).rstrip("/")
    to = f"http://{facts.get('reports_address', 'localhost:9001')}"
    path = prefix or "/"
    if any(_covers(path, other.args[0], other.key) for other in others):
        facts.taken("reports_prefix")
    children = [
        leaf(
            "ProxyPass",
            f"{to}{path}",
            _RETRY,
            REPORTS_ROUTE,
            q=("reports_address", "reports_prefix", "reports"),
            core=to,
        ),
        *(login(facts) if asks(facts) else []),
    ]
    q = ("reports", "reports_prefix")
    return block(
        "location:reports", "Location", (path,), q, children, core=prefix, comment="the reports server"
    )


def _covers(path: str, other: str, key: str) -> bool:
    """Whether a section for `path`, which comes later, would take over what `other` is for."""
    return key != "location:plugins" and (other == path or path == "/" or other.startswith(f"{path}/"))


def _tools(facts: Facts, port: str) -> Item:
    host = facts.get("interactive_tools_host") or facts.need("host_name", "the address of interactive tools")
    to = f"http://localhost:{facts.get('interactive_tools_port', 4002)}"
    q = ("interactive_tools",)
    pass_on = leaf("ProxyPass", f"{to}/", "upgrade=websocket", _RETRY, q="interactive_tools_port", core=to)
    proto = Expression("expr=%{REQUEST_SCHEME}")
    named = ("interactive_tools_host", "host_name")
    children = [
        leaf("ServerName", f"{TOOLS}.{host}", q=named),
        leaf("ServerAlias", f"*.{TOOLS}.{host}", q=named),
        *_tls(facts),
        leaf("AllowEncodedSlashes", "NoDecode", q=q),
        leaf("ProxyPreserveHost", "On", q=q),
        leaf("RequestHeader", "set", "X-Forwarded-Proto", proto, q=q, key="header:x-forwarded-proto"),
        leaf("ProxyTimeout", "86400", q=q),
        block("location:tools", "Location", ("/",), q, [pass_on]),
    ]
    comment = "interactive tools: a wildcard in the DNS and in the certificate leads here"
    return block(
        "vhost:tools", "VirtualHost", (f"*:{port}",), (*q, "tls"), children, core=port, comment=comment
    )
