"""The answers that a recognised site holds, each with its line; what is seen and not understood is said."""

from __future__ import annotations

import re

from wizard.documents.apache.document import Directive
from wizard.files.apache.reading_logins import read_logins
from wizard.files.apache.roles import GALAXY, ROOT, Pass, Site, first, flat, names
from wizard.files.apache.spelling import LIMIT, Target, is_role, target_of
from wizard.files.apache.unread import left_alone
from wizard.files.apache.values import CHECKS, expires_time, size_text
from wizard.files.site import text
from wizard.files.site.items import TOOLS
from wizard.files.site.values import address_problem

_PORTS = {"http": "80", "https": "443"}


class Found(text.Found[Site, Directive]):
    """What reading one site collects."""

    checks = CHECKS

    def text(self, node: Directive | None, index: int = 0) -> str | None:
        """An argument of a directive, its variables resolved."""
        return self.site.resolve(node.args[index]) if node is not None and len(node.args) > index else None


def read_site(site: Site) -> Found:
    """All answers of one site."""
    found = Found(site)
    found.add("server", "apache", site.server or (site.root.node if site.root else None))
    if site.root is not None:
        found.add("url_prefix", site.prefix or "/", site.root.section or site.root.node)
    _name(found)
    _tls(found)
    _link(found)
    _limits(found)
    _static(found)
    _downloads(found)
    _tus(found)
    _reports(found)
    _tools(found)
    read_logins(found)
    found.leave(left_alone(site, found.given, found.known))
    return found


def _name(found: Found) -> None:
    node = next(
        (one for one in flat(found.site.inner) if one.name.lower() == "servername" and one.args), None
    )
    text = found.text(node)
    if text is not None and "*" not in text:
        found.add("host_name", re.sub(r"^https?://|:\d+$", "", text), node)


def _tls(found: Found) -> None:
    site = found.site
    engine = site.find((*GALAXY, "SSLEngine"))
    if engine is None or engine.args[:1] == () or engine.args[0].lower() != "on":
        if site.closed:
            found.add("tls", "none", engine or site.server)
        return
    roles = ("SSLCertificateFile", "SSLCertificateKeyFile")
    pair = [site.find((*GALAXY, role)) for role in roles]
    found.certificate(pair, engine)
    found.switch("redirect", site.bound.get(("vhost:redirect", "to")))
    found.switch("hsts", site.find((*GALAXY, "hsts")))


def _link(found: Found) -> None:
    site = found.site
    if site.root is None:
        return
    root = site.root
    node, to = root.node, root.to
    servers = [(node, to)]
    group = site.bound.get((*GALAXY, "proxy:galaxy"))
    if to is not None and to.scheme == "balancer":
        members = (
            [one for one in flat(group.block or ()) if one.name.lower() == "balancermember" and one.args]
            if group
            else []
        )
        if not members:
            found.miss("the balancer's members are not in this file", node, "proxy.link")
            return
        servers = [(one, target_of(site.resolve(one.args[0]) or "")) for one in members]
    kinds = {one.scheme if one is not None else "" for _, one in servers}
    uwsgi = kinds == {"uwsgi"}
    if not uwsgi and not kinds <= {"http", "https", "unix"}:
        what = "talks to something else than Galaxy's web servers do"
        found.miss(
            f"{node.name} {what}" if "" not in kinds else f"{node.name}: where to is not known here",
            node,
            "proxy.link",
        )
        return
    if "https" in kinds or _stray_path(site, root):
        found.miss(f"{node.name} does not pass the path on as it is, or in HTTPS", node, "proxy.link")
        return
    held = [(one, _server(target)) for one, target in servers if target is not None]
    found.servers(held, None, "uwsgi" if uwsgi else "http", node)
    if uwsgi and root.section is not None:
        found.known.update(one for one in flat(root.section.block or ()) if is_role("SetHandler", one))


def _stray_path(site: Site, root: Pass) -> bool:
    """Whether Galaxy gets another path than the browser asked for."""
    return root.to is not None and root.to.path.rstrip("/") not in (site.prefix, f"{site.prefix}/$1")


def _server(target: Target) -> str:
    if target.server.startswith("/"):
        return f"unix:{target.server}"
    return _with_port(target)


def _with_port(target: Target) -> str:
    return (
        target.server
        if re.search(r":\d+$", target.server)
        else f"{target.server}:{_PORTS.get(target.scheme, '80')}"
    )


def _limits(found: Found) -> None:
    site = found.site
    size, none = site.find((*GALAXY, "limit:size")), site.find((*GALAXY, "limit:none"))
    other = site.find((*GALAXY, "LimitRequestBody"))
    limit = LIMIT.match(" ".join(size.args)) if size is not None else None
    if size is not None and limit is not None and (first(size, "Redirect") is not None):
        found.add("max_body_size", size_text(int(limit[1])), size)
    elif none is not None:
        found.add("max_body_size", "0", none)
    elif other is not None:
        what = "LimitRequestBody: Apache does not apply it to requests that it passes on"
        found.miss(what, other, "proxy.max_body_size")
    timeout = site.find((*GALAXY, "ProxyTimeout"))
    if (text := found.text(timeout)) is not None and text.isascii() and text.isdigit():
        found.add("read_timeout", int(text), timeout)
    on, off = site.every((*GALAXY, "gzip:on")), site.find((*GALAXY, "gzip:off"))
    if off is not None:
        found.add("gzip", False, off)
    elif on:
        found.add("gzip", True, on[0])
        found.known.update(on)


def _static(found: Found) -> None:
    site = found.site
    alias = site.bound.get((*GALAXY, "alias:static"))
    folder = real_path(found, alias, "static")
    if alias is None:
        if (*GALAXY, "location:static", "ProxyPass") not in site.bound:
            found.absent("static_files", False)
    elif folder is None:
        found.miss(f"{alias.name}: static files come from more than one directory", alias, "proxy.static_dir")
    else:
        found.add("static_files", True, alias)
        found.add("static_dir", folder, alias)
        section = site.bound.get((*GALAXY, "location:static"))
        active, expires = first(section, "ExpiresActive"), first(section, "ExpiresDefault")
        if expires is not None and (active is None or "off" not in map(str.lower, active.args)):
            time = expires_time(expires.args)
            if time is None:
                what = "ExpiresDefault: this time cannot be an answer"
                found.miss(what, expires, "proxy.static_expires")
            else:
                found.add("static_expires", time, expires)
                found.known.update(node for node in (active,) if node is not None)
        plugins = site.bound.get((*GALAXY, "alias:plugins"))
        base = real_path(found, plugins, "plugins")
        if plugins is not None and base is not None:
            found.add("plugins_dir", base, plugins)
        elif plugins is not None:
            what = "static content of plugins comes from elsewhere than one directory"
            found.miss(what, plugins, "proxy.plugins_dir")


def real_path(found: Found, node: Directive | None, role: str) -> str | None:
    """The directory that an `Alias` or a `RewriteRule` leads to."""
    text = found.text(node, 1)
    if node is None or text is None:
        return None
    if role == "plugins":
        base, found_end, _ = text.partition("/$1/$2/static/$3")
        return base if found_end and "$" not in base and "\\" not in base else None
    if node.name.lower() == "alias":
        return text.rstrip("/") or "/"
    if not text.endswith("/$1") or re.search(r"[$%\\]", text[:-2]):
        return None
    return text[: -len("/$1")] or "/"


def _downloads(found: Found) -> None:
    site = found.site
    node, path = site.find((*ROOT, "XSendFile")), site.find((*ROOT, "XSendFilePath"))
    if node is None or node.args[:1] == () or node.args[0].lower() != "on":
        found.absent("downloads", False)
    elif path is None:
        what = "XSendFile sends nothing without an XSendFilePath"
        found.miss(what, node, "proxy.downloads")
    else:
        found.add("downloads", True, node)
        found.known.update(site.every((*ROOT, "XSendFilePath")))


def _tus(found: Found) -> None:
    node = found.site.bound.get((*GALAXY, "location:tus", "ProxyPass"))
    if node is None:
        found.absent("uploads", "galaxy")
        return
    to = next(one.to for one in found.site.passes if one.node is node)
    if (
        to is None
        or to.scheme != "http"
        or to.path.rstrip("/") != "/files"
        or address_problem(_with_port(to))
    ):
        found.miss(
            f"{node.name}: uploads go to something else than tusd's http://HOST:PORT/files",
            node,
            "proxy.uploads",
        )
        return
    found.tusd(_with_port(to), node, node)


def _reports(found: Found) -> None:
    node = found.site.bound.get((*GALAXY, "location:reports", "ProxyPass"))
    if node is None:
        found.absent("reports", False)
        return
    one = next(one for one in found.site.passes if one.node is node)
    if one.to is None or one.to.scheme != "http":
        found.miss(f"{node.name}: the reports are not reached by HTTP on TCP", node, "proxy.reports")
        return
    found.add("reports", True, node)
    found.add("reports_prefix", one.path.rstrip("/") or "/", one.section or node)
    found.add("reports_address", _with_port(one.to), node)


def _tools(found: Found) -> None:
    site = found.site
    vhost = site.bound.get(("vhost:tools",))
    if vhost is None:
        found.absent("interactive_tools", False)
        return
    found.add("interactive_tools", True, vhost)
    host = next((name for name in names(vhost) if name.startswith(f"*.{TOOLS}.")), None)
    node = next((one for one in flat(vhost.block or ()) if one.name.lower() == "serveralias"), None)
    if host is not None:
        found.add("interactive_tools_host", host.removeprefix(f"*.{TOOLS}."), node)
    pass_on = site.bound.get(("vhost:tools", "location:tools", "ProxyPass"))
    text = found.text(
        pass_on, -1 + len(pass_on.args[:2]) if pass_on and pass_on.args[0].startswith("/") else 0
    )
    to = target_of(text) if text else None
    if to is not None and to.scheme == "http" and address_problem(_with_port(to)) is None:
        found.add("interactive_tools_port", int(_with_port(to).rpartition(":")[2]), pass_on)
