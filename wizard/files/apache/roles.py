"""Who is who in a text: Galaxy's virtual host among others, and the directive behind each item's role.

Nothing here depends on names that galaxy-setup would have chosen; a site written by hand is recognised by what it does:
it passes requests to Galaxy, by `ProxyPass` or by `RewriteRule … [P]`, and serves what only Galaxy has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wizard.documents.apache.document import Directive, Document
from wizard.files.apache.site import REPORTS_ROUTE
from wizard.files.apache.spelling import TO_HTTPS, Target, is_role, rewritten_path, target_of
from wizard.files.site import text
from wizard.files.site.items import ACME, TUS, Path

GALAXY: Path = ("vhost:galaxy",)
ROOT: Path = ("vhost:galaxy", "location:root")
_TRANSPARENT = frozenset({"ifmodule", "ifdefine", "ifversion", "ifdirective", "iffile"})
_HTTPD_WIDE = frozenset(
    {"LimitRequestBody", "ProxyTimeout", "ProxyPreserveHost", "XSendFile", "XSendFilePath", "hsts"}
)
_GALAXY_NAME = re.compile(r"galaxy|gunicorn", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Pass:
    """One way on: the URL path that it is for, and the directive that says where to, in its argument `index`."""

    path: str
    node: Directive
    index: int
    to: Target | None
    section: Directive | None = None


@dataclass(kw_only=True)
class Site(text.Site[Directive]):
    """A text with its Galaxy server, a virtual host or (None) the file. `root` is the way on to Galaxy itself."""

    document: Document
    root: Pass | None = None
    variables: dict[str, str] = field(default_factory=dict)
    passes: list[Pass] = field(default_factory=list)

    @property
    def inner(self) -> tuple[Directive, ...]:
        """What stands in the server."""
        return self.document.children if self.server is None else self.server.block or ()

    def walk(self) -> Iterator[Directive]:
        """Every directive of the server, in order."""
        return (one for child in self.inner for one in child.walk())

    @property
    def closed(self) -> bool:
        return self.server is not None and not any(
            node.name.lower() in ("include", "includeoptional", "use") for node in self.walk()
        )

    @property
    def line(self) -> int:
        return self.root.node.line if self.server is None and self.root is not None else super().line

    def resolve(self, text: str) -> str | None:
        for _ in range(8):
            if not _VARIABLE.search(text):
                return text
            known = _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), text)
            if known == text:
                return None
            text = known
        return None

    def find(self, path: Path) -> Directive | None:
        return next(iter(self.every(path)), None)

    def every(self, path: Path) -> list[Directive]:
        """All directives that play the role of the item at `path`, in the first section that has one."""
        if path in self.bound:
            return [self.bound[path]]
        role = path[-1]
        for children in self._scopes(path):
            if found := [node for node in flat(children) if is_role(role, node)]:
                return found[-1:] if role.startswith("header:") else found
        return []

    def _scopes(self, path: Path) -> Iterator[tuple[Directive, ...]]:
        parent = self.bound.get(path[:-1])
        if parent is not None:
            yield parent.block or ()
        if path[:-1] in (GALAXY, ROOT) and not path[-1].startswith(("location:", "alias:", "proxy:")):
            if path[:-1] == GALAXY and ROOT in self.bound:
                yield self.bound[ROOT].block or ()
            yield self.inner
            if path[-1] in _HTTPD_WIDE or path[-1].startswith(("gzip:", "limit:")):
                yield self.document.children

    def holds(self, node: Directive) -> bool:
        """Whether `node` stands anywhere in Galaxy's server."""
        return any(one is node for one in self.walk())


def flat(nodes: Iterable[Directive]) -> Iterator[Directive]:
    """The directives with those of `<IfModule>` and its like in place of it."""
    for node in nodes:
        if node.block is not None and node.name.lower() in _TRANSPARENT:
            yield from flat(node.block)
        else:
            yield node


def first(node: Directive | None, role: str) -> Directive | None:
    """The first directive of this role right in a section."""
    inner = flat(node.block or ()) if node is not None else ()
    return next((child for child in inner if is_role(role, child)), None)


def path_of(section: Directive) -> str | None:
    """The path of a `<Location>`; None for a regular expression or another section."""
    if section.name.lower() != "location" or len(section.args) != 1:
        return None
    return section.args[0]


def vhosts(document: Document) -> list[Directive]:
    """The virtual hosts of a text."""
    return [
        node
        for node in flat(document.children)
        if node.name.lower() == "virtualhost" and node.block is not None
    ]


def names(vhost: Directive | None) -> list[str]:
    """The host names of a virtual host, without scheme and port."""
    found = [
        arg
        for node in flat(vhost.block or () if vhost else ())
        if node.name.lower() in ("servername", "serveralias")
        for arg in node.args
    ]
    return [re.sub(r"^https?://|:\d+$", "", name) for name in found]


def recognise(document: Document) -> Site | None:
    """Galaxy's server in this text with everything that belongs to it; None when there is none."""
    best: tuple[int, Site] | None = None
    for vhost in (*vhosts(document), None):
        if any(".interactivetool" in f".{name}" for name in names(vhost)):
            continue
        site = Site(document=document, server=vhost)
        for node in document.walk():
            if node.name.lower() == "define" and len(node.args) == 2:
                site.variables.setdefault(node.args[0], node.args[1])
        score = _bind_server(site)
        if score >= 3 and (best is None or score > best[0]):
            best = (score, site)
    if best is None:
        return None
    _bind_neighbours(best[1])
    return best[1]


def passes(site: Site) -> Iterator[Pass]:
    """Every way on from this server, in the order of the text."""
    for node in flat(site.inner):
        name = node.name.lower()
        if name == "proxypass" and len(node.args) >= 2:
            yield Pass(node.args[0], node, 1, _target(site, node.args[1]))
        elif name == "rewriterule" and len(node.args) >= 3 and _has_flag(node.args[2], "p"):
            if (path := rewritten_path(node.args[0])) is not None:
                yield Pass(path, node, 1, _target(site, re.sub(r"\$1$", "", node.args[1])))
        elif (path := path_of(node)) is not None:
            inner = next((one for one in flat(node.block or ()) if one.name.lower() == "proxypass"), None)
            if inner is not None and inner.args:
                yield Pass(path, inner, 0, _target(site, inner.args[0]), node)
            elif (handled := _handled(site, path, node)) is not None:
                yield handled


def _handled(site: Site, path: str, section: Directive) -> Pass | None:
    """The way on of a section that mod_uwsgi handles, as uWSGI's own module for Apache does: it names the socket."""
    handler, socket = first(section, "SetHandler"), first(section, "uWSGISocket")
    if handler is None or socket is None or not socket.args or handler.args != ("uwsgi-handler",):
        return None
    server = site.resolve(socket.args[0])
    if server is None:
        return None
    return Pass(path, socket, 0, Target("uwsgi", server, socket.args[0], path), section)


def _target(site: Site, url: str) -> Target | None:
    resolved = site.resolve(url)
    return None if resolved is None else target_of(resolved)


def _has_flag(flags: str, flag: str) -> bool:
    return flag in [one.strip().lower() for one in flags.strip("[]").split(",")]


def _bind_server(site: Site) -> int:
    """Give the parts of this server their roles; returns how much it looks like Galaxy's."""
    site.passes = [one for one in passes(site)]
    score = 0
    roles: dict[str, Pass] = {}
    for one in site.passes:
        if (role := _fixed_role(one)) is not None:
            roles.setdefault(role, one)
            score += 2 if role == "tus" else 0
    site.root, likeness = _root(site, [one for one in site.passes if one not in roles.values()])
    score += likeness
    if site.root is not None:
        site.prefix = site.root.path.rstrip("/")
    elif "tus" in roles:
        site.prefix = roles["tus"].path.rstrip("/").removesuffix(TUS)
    if site.server is not None:
        site.bound[GALAXY] = site.server
    for role, one in roles.items():
        _bind_pass(site, role, one)
    _bind_sections(site)
    if site.root is not None:
        _bind_pass(site, "root", site.root)
    _bind_files(site)
    return score + (2 if (*GALAXY, "alias:static") in site.bound and site.root is not None else 0)


def _bind_pass(site: Site, role: str, one: Pass) -> None:
    key: Path = (*GALAXY, f"location:{role}")
    if one.section is not None:
        site.bound[key] = one.section
    key = (*key, "ProxyPass")
    site.bound[key] = one.node


def _fixed_role(one: Pass) -> str | None:
    """The role of a pass that says by itself what it is for."""
    path = one.path.rstrip("/")
    if one.to is None:
        return None
    if path.endswith(TUS):
        return "tus"
    if "nocanon" in one.node.args or one.to.scheme == "uwsgi":
        return None  # Galaxy's own wish: its paths hold encoded slashes; and only it is spoken to so
    named = path.endswith("/reports") and one.to.scheme != "balancer"
    marked = REPORTS_ROUTE in one.node.args or named
    return "reports" if marked or one.to.server.endswith(":9001") else None


def _root(site: Site, candidates: list[Pass]) -> tuple[Pass | None, int]:
    strict = any(
        is_role("AllowEncodedSlashes", node) and "nodecode" in node.args[0].lower()
        for node in flat(site.inner)
        if node.args
    )
    best: tuple[int, int, Pass] | None = None
    for one in candidates:
        if one.to is None or one.path.count("/") > 4 or one.to.scheme == "!":
            continue
        likeness = 4 if _GALAXY_NAME.search(one.to.server) else 0
        likeness += 1 if re.search(r":(?:8080|4001|5555)$", one.to.server) else 0
        place = {"": 3, "/galaxy": 2}.get(one.path.rstrip("/"), 0)
        if likeness + place + strict > 0 and (best is None or likeness + place > best[0]):
            best = (likeness + place, likeness + bool(place), one)
    if best is None:
        return None, 0
    return best[2], best[1] + (3 if strict else 0)


def _bind_sections(site: Site) -> None:
    """The `<Location>` sections by their paths. Of several for one path, the one that passes on, or the first."""
    by_path = {
        site.prefix: "root",
        f"{site.prefix}/api": "api",
        f"{site.prefix}/api/upload/hooks": "hooks",
        f"{site.prefix}/root/display_as": "display",
        f"{site.prefix}/static": "static",
        f"{site.prefix}/favicon.ico": "favicon",
        f"{site.prefix}/robots.txt": "robots",
    }
    for node in flat(site.inner):
        if is_role("limit:size", node):
            site.bound.setdefault((*GALAXY, "limit:size"), node)
        path = path_of(node)
        role = by_path.get(path.rstrip("/")) if path is not None else None
        if (
            node.name.lower() == "locationmatch"
            and "/plugins/" in " ".join(node.args)
            and node.block is not None
        ):
            role = "plugins"
        if role is None or (role == "root" and path == ""):
            continue
        key = (*GALAXY, f"location:{role}")
        site.bound.setdefault(key, node)
        passing = [
            one for one in flat(node.block or ()) if one.name.lower() in ("proxypass", "proxypassmatch")
        ]
        if passing and role != "root":
            site.bound.setdefault((*key, "ProxyPass"), passing[0])


def _bind_files(site: Site) -> None:
    """`Alias`, `AliasMatch` and `RewriteRule` directives that lead to files, and exceptions from passing on."""
    paths = {"static": "/static", "favicon": "/favicon.ico", "robots": "/robots.txt"}
    for node in flat(site.inner):
        name = node.name.lower()
        if name == "alias" and len(node.args) == 2:
            found = node.args[0].rstrip("/")
            role = next((role for role, path in paths.items() if found == site.prefix + path), None)
        elif name == "aliasmatch" and len(node.args) == 2:
            role = "plugins" if "/plugins/" in node.args[0] else None
        elif name == "rewriterule" and len(node.args) >= 2 and not _has_flag("".join(node.args[2:]), "p"):
            path = rewritten_path(node.args[0])
            role = next((role for role, end in paths.items() if path == site.prefix + end), None)
            if role is None and "/plugins/" in node.args[0] and "/static/" in node.args[0]:
                role = "plugins"
        elif name == "proxypass" and len(node.args) == 2 and node.args[1] == "!":
            path = node.args[0].rstrip("/")
            role = next((role for role, end in paths.items() if path == site.prefix + end), None)
            if role is not None:
                site.bound.setdefault((*GALAXY, f"location:{role}", "ProxyPass"), node)
            continue
        else:
            continue
        if role is not None:
            site.bound.setdefault((*GALAXY, f"alias:{role}"), node)


def _bind_neighbours(site: Site) -> None:
    """Find what stands beside Galaxy's own directives: its balancer, the redirecting server, interactive tools."""
    if site.root is not None and site.root.to is not None and site.root.to.scheme == "balancer":
        for node in (*flat(site.inner), *flat(site.document.children)):
            if node.name.lower() == "proxy" and node.args == (f"balancer://{site.root.to.server}",):
                site.bound.setdefault((*GALAXY, "proxy:galaxy"), node)
        group = site.bound.get((*GALAXY, "proxy:galaxy"))
        members = [one for one in flat((group.block if group else None) or ()) if one.args]
        for number, node in enumerate(one for one in members if one.name.lower() == "balancermember"):
            key = (*GALAXY, "proxy:galaxy", f"BalancerMember:{number}")
            site.bound[key] = node
    for vhost in vhosts(site.document):
        if vhost is not site.server:
            _bind_other(site, vhost)


def _bind_other(site: Site, vhost: Directive) -> None:
    inner = list(flat(vhost.block or ()))
    if any(".interactivetool" in f".{name}" for name in names(vhost)):
        site.bound.setdefault(("vhost:tools",), vhost)
        if site.bound[("vhost:tools",)] is vhost:
            for one in passes(Site(document=site.document, server=vhost)):
                if one.path == "/":
                    key = ("vhost:tools", "location:tools")
                    if one.section is not None:
                        site.bound.setdefault(key, one.section)
                    site.bound.setdefault((*key, "ProxyPass"), one.node)
        return
    own, other = set(names(site.server)), set(names(vhost))
    if own and other and not own & other:
        return
    to = next(
        (node for node in inner if node.name.lower() in TO_HTTPS and "https://" in " ".join(node.args)), None
    )
    if to is not None and ("vhost:redirect",) not in site.bound:
        site.bound[("vhost:redirect",)] = vhost
        site.bound[("vhost:redirect", "to")] = to
        for node in inner:
            if is_role("Alias", node) and node.args and node.args[0].rstrip("/") == ACME:
                site.bound[("vhost:redirect", "alias:acme")] = node
            if (path_of(node) or "").rstrip("/") == ACME:
                site.bound[("vhost:redirect", "location:acme")] = node
