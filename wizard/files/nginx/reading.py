"""The answers that a recognised site holds, each with its line; what is seen and not understood is said."""

from __future__ import annotations

import re

from wizard.answers.secret import Secret
from wizard.documents.nginx.document import Directive
from wizard.files.nginx.items import X_ACCEL
from wizard.files.nginx.roles import GALAXY, ROOT, Site, first, passing, path_of
from wizard.files.nginx.unread import left_alone
from wizard.files.nginx.uploads import is_open
from wizard.files.nginx.values import CHECKS, seconds
from wizard.files.site import text
from wizard.files.site.items import TOOLS
from wizard.files.site.values import address_problem

_FROM_HEADER = re.compile(r"\$\{?http_([A-Za-z0-9_]+)\}?")


class Found(text.Found[Site, Directive]):
    """What reading one site collects."""

    checks = CHECKS

    def text(self, node: Directive | None) -> str | None:
        """The one argument of a directive, its variables resolved."""
        return self.site.resolve(node.args[0]) if node is not None and len(node.args) == 1 else None


def read_site(site: Site) -> Found:
    """All answers of one site."""
    found = Found(site)
    found.add("server", "nginx", site.server)
    root = site.bound.get(ROOT)
    if root is not None:
        found.add("url_prefix", site.prefix or "/", root)
    _names(found)
    _tls(found)
    _link(found)
    _limits(found)
    _offload(found)
    _tus(found)
    _uploads(found)
    _reports(found)
    _tools(found)
    _logins(found)
    found.leave(left_alone(site, found.given))
    return found


def _names(found: Found) -> None:
    names = found.site.find((*GALAXY, "server_name"))
    usable = [name for name in (names.args if names else ()) if name != "_" and not re.search(r"[~*$]", name)]
    if usable and not usable[0].startswith("."):
        found.add("host_name", usable[0], names)


def _tls(found: Found) -> None:
    site = found.site
    listens = site.server.named("listen")
    ssl = [node for node in listens if "ssl" in node.args]
    old = first(site.server, "ssl")
    if not ssl and (old is None or old.args != ("on",)):
        if not site.closed and not listens:
            return
        found.add("tls", "none", listens[0] if listens else None)
        return
    pair = [site.find((*GALAXY, name)) for name in ("ssl_certificate", "ssl_certificate_key")]
    found.certificate(pair, ssl[0] if ssl else old)
    found.switch("redirect", site.bound.get(("server:redirect",)))
    found.switch("hsts", site.find((*GALAXY, "add_header:strict-transport-security")))


def _link(found: Found) -> None:
    site = found.site
    node = first(site.bound.get(ROOT), "proxy_pass", "uwsgi_pass")
    target = passing(node)
    if node is None or target is None:
        return
    upstream = site.bound.get(("upstream:galaxy",))
    named = [(one, one.args[0]) for one in upstream.named("server") if one.args] if upstream else []
    direct = site.resolve(target.target)
    if not named and direct is not None and re.fullmatch(r"(?!localhost$)[A-Za-z0-9_-]+", direct):
        found.miss("the upstream is not in this file", node, "proxy.link")
    elif not named and direct is not None:
        named = [(node, direct)]
    if named:
        servers = [(one, _server(to)) for one, to in named]
        found.servers(servers, upstream, "uwsgi" if node.name == "uwsgi_pass" else "http", node)


def _server(text: str) -> str:
    """A server as an answer has it; some write unix:///path."""
    return re.sub(r"^unix:/+", "unix:/", text) if text.startswith("unix:") else _with_port(text)


def _with_port(text: str) -> str:
    return text if re.search(r":\d+$", text) else f"{text}:80"


def _limits(found: Found) -> None:
    site = found.site
    size = site.find((*GALAXY, "client_max_body_size"))
    if (text := found.text(size)) is not None:
        found.add("max_body_size", text, size)
    spoken = "uwsgi" if found.given.get("proxy.protocol") == "uwsgi" else "proxy"
    timeout = site.find((*GALAXY, f"{spoken}_read_timeout"))
    if (text := found.text(timeout)) is not None and timeout is not None:
        length = seconds(text)
        if length is None:
            found.miss(f"{timeout.name} is no whole number of seconds", timeout, "proxy.read_timeout")
        else:
            found.add("read_timeout", length, timeout)
    gzip = site.find((*GALAXY, "gzip"))
    if gzip is not None and gzip.args in (("on",), ("off",)):
        found.add("gzip", gzip.args == ("on",), gzip)


def _offload(found: Found) -> None:
    site = found.site
    static = site.bound.get((*GALAXY, "location:static"))
    alias, root = first(static, "alias"), first(static, "root")
    folder = found.text(alias or root)
    if static is None:
        found.absent("static_files", False)
    elif folder is not None:
        whole = (folder if alias else folder + (path_of(static) or "")).rstrip("/") or "/"
        found.add("static_dir", whole, alias or root)
        expires = first(static, "expires")
        if "proxy.static_dir" in found.given:
            found.add("static_files", True, static)
            if expires is not None:
                found.add("static_expires", " ".join(expires.args), expires)
    plugins = site.bound.get((*GALAXY, "location:plugins"))
    alias = first(plugins, "alias")
    base = site.resolve(alias.args[0].split("$plug_type")[0]) if alias is not None and alias.args else None
    if base is not None and alias is not None and "$plug_type" in alias.args[0] and len(base) > 1:
        if "proxy.static_files" in found.given:
            found.add("plugins_dir", base.rstrip("/"), alias)
    elif plugins is not None:
        found.miss(
            "static content of plugins comes from elsewhere than one directory", plugins, "proxy.plugins_dir"
        )
    for location in site.server.named("location"):
        if (path_of(location) or "").rstrip("/") in (
            f"{site.prefix}/static/style",
            f"{site.prefix}/static/scripts",
        ):
            found.miss(
                "releases since 20.05 have no such directory; below the static one is right",
                location,
                "proxy.static_dir",
            )
    _downloads(found)


def _downloads(found: Found) -> None:
    node = found.site.bound.get((*GALAXY, "location:downloads"))
    if node is None:
        found.absent("downloads", False)
    elif (path_of(node) or "").rstrip("/") != X_ACCEL:
        found.miss(f"downloads need the location {X_ACCEL}, without the URL prefix", node, "proxy.downloads")
    elif first(node, "internal") is None or found.text(first(node, "alias")) != "/":
        found.miss("downloads need an internal location with `alias /`", node, "proxy.downloads")
    else:
        found.add("downloads", True, node)


def _tus(found: Found) -> None:
    location = found.site.bound.get((*GALAXY, "location:tus"))
    if location is None:
        found.absent("uploads", "galaxy")
        return
    node = first(location, "proxy_pass")
    target = passing(node)
    if node is None or target is None or address_problem(target.target) is not None:
        found.miss("uploads go to something that is no HOST:PORT", location, "proxy.uploads")
        return
    found.tusd(target.target, node, location)


def _uploads(found: Found) -> None:
    location = found.site.bound.get((*GALAXY, "location:upload"))
    if location is None:
        return
    store = first(location, "upload_store")
    if store is None or not store.args:
        found.miss("uploads need a directory, in upload_store", location, "proxy.nginx_upload")
        return
    found.add("nginx_upload", True, location)
    found.add("nginx_upload_path", (path_of(location) or "").rstrip("/"), location)
    if len(store.args) == 1 and (folder := found.text(store)) is not None:
        found.add("nginx_upload_store", folder, store)
    if (node := is_open(found.site)) is not None:
        what = "whoever names a place in nginx_redir can read any file that nginx can, by the location of downloads"
        found.miss(what, node, "proxy.nginx_upload")


def _reports(found: Found) -> None:
    site = found.site
    location = site.bound.get((*GALAXY, "location:reports"))
    if location is None:
        found.absent("reports", False)
        return
    found.add("reports", True, location)
    found.add("reports_prefix", (path_of(location) or "").rstrip("/") or "/", location)
    node = first(location, "proxy_pass")
    server = first(site.bound.get(("upstream:reports",)), "server")
    target = passing(node)
    address = server.args[0] if server is not None and server.args else target.target if target else ""
    if address:
        found.add("reports_address", _with_port(address), server or node)


def _tools(found: Found) -> None:
    site = found.site
    server = site.bound.get(("server:tools",))
    if server is None:
        found.absent("interactive_tools", False)
        return
    found.add("interactive_tools", True, server)
    names = first(server, "server_name")
    for name in names.args if names is not None else ():
        if name.startswith(f"*.{TOOLS}."):
            found.add("interactive_tools_host", name.removeprefix(f"*.{TOOLS}."), names)
            break
    node = first(site.bound.get(("server:tools", "location:tools")), "proxy_pass")
    target = passing(node)
    if target is not None and address_problem(target.target) is None:
        found.add("interactive_tools_port", int(target.target.rpartition(":")[2]), node)


def _value(node: Directive | None) -> str | None:
    """The value of a header, in either protocol."""
    return (
        node.args[1]
        if node is not None and node.args[2:] in ((), ("if_not_empty",)) and node.args[1:]
        else None
    )


def _logins(found: Found) -> None:
    site = found.site
    basic = site.find((*ROOT, "auth_basic"))
    prefix = "uwsgi_param:http-" if first(site.bound.get(ROOT), "uwsgi_pass") else "proxy_set_header:"
    user = site.find((*ROOT, f"{prefix}remote-user"))
    file = site.find((*ROOT, "auth_basic_user_file"))
    asks = basic is not None and basic.args != ("off",)
    value = _value(user)
    header = _FROM_HEADER.fullmatch(value or "")
    if asks and value in ("$remote_user", "${remote_user}", "$galaxy_user") and file is not None:
        found.add("authentication", "password-file", basic)
        if (path := found.text(file)) is not None:
            found.add("password_file", path, file)
    elif header and not asks and user is not None:
        found.add("authentication", "header", user)
        found.add("upstream_header", header[1].replace("_", "-"), user)
    elif user is not None:
        found.miss(
            "the user's name comes from neither a password file nor a header", user, "proxy.authentication"
        )
    elif asks and basic is not None:
        found.miss("a password is asked, but Galaxy is not told the user", basic, "proxy.authentication")
    elif site.bound.get(ROOT) is not None:
        found.absent("authentication", "galaxy")
    secret = site.find((*ROOT, f"{prefix}gx-secret"))
    if secret is not None and (text := site.resolve(_value(secret) or "")):
        found.add("remote_user_secret", Secret(text), secret)
