"""Who is who in a text: the Galaxy server among other servers, and the directive behind each item's role.

Nothing here depends on names that galaxy-setup would have chosen; a site written by hand is recognised by what it
does: its main location passes requests to Galaxy, and its neighbours serve what only Galaxy has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wizard.documents.nginx.document import Directive, Document
from wizard.files.nginx.items import X_ACCEL
from wizard.files.site import text
from wizard.files.site.items import ACME, TOOLS, TUS, Path

GALAXY: Path = ("server:galaxy",)
UPLOADED: Path = ("server:galaxy", "location:upload-done")
PLACE = "set:$galaxy-upload"
"""The variable with the place that a form with uploaded files is led to, whatever it is called."""
ROOT: Path = ("server:galaxy", "location:root")
_PASS = re.compile(r"(https?://|uwsgi://)?(unix:/*[^:]*|\[[^\]]*\](?::\d+)?|[^/:]+(?::\d+)?)(.*)", re.DOTALL)
_INHERITED = re.compile(
    r"client_max_body_size|(?:proxy|uwsgi)_(?:read|send)_timeout|gzip(?:_\w+)?|ssl_\w+|auth_basic(?:_user_file)?"
)
_GALAXY_NAME = re.compile(r"galaxy|gunicorn", re.IGNORECASE)
_ASKS = ("proxy_pass", "uwsgi_pass", "fastcgi_pass", "return", "rewrite")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Passing:
    """The parts of `proxy_pass SCHEME://TARGET URI` or `uwsgi_pass TARGET`."""

    scheme: str
    target: str
    uri: str


def passing(node: Directive | None) -> Passing | None:
    """The parts of a `proxy_pass` or `uwsgi_pass`, as written; None when it has none."""
    found = _PASS.fullmatch(node.args[0]) if node is not None and len(node.args) == 1 else None
    return Passing(found[1] or "", found[2], found[3]) if found else None


def path_of(location: Directive) -> str | None:
    """The path of a prefix or exact location; None for a regular expression or a named one."""
    if not location.args or location.args[0] in ("~", "~*") or location.args[-1].startswith("@"):
        return None
    return location.args[-1] if len(location.args) == 1 or location.args[0] in ("=", "^~") else None


def port_of(args: tuple[str, ...]) -> str:
    """The port of a `listen`."""
    address = args[0] if args else ""
    return address.rpartition(":")[2] if ":" in address and not address.endswith("]") else address


def first(node: Directive | None, *names: str) -> Directive | None:
    """The first child of one of these names."""
    found = node.named(*names) if node is not None else ()
    return found[0] if found else None


@dataclass(kw_only=True)
class Site(text.Site[Directive]):
    """A text with its Galaxy server, which stands in `holder` (None: in the file itself)."""

    document: Document
    server: Directive
    holder: Directive | None
    variables: dict[str, tuple[str, Directive]] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        return not any(
            not arg.endswith(("_params", "mime.types"))
            for node in self.server.walk()
            if node.name == "include"
            for arg in node.args
        )

    def resolve(self, text: str) -> str | None:
        text = self.filled(text)
        return None if "$" in text else text

    def filled(self, text: str) -> str:
        """`text` with the variables of `set` in place, and others as they are."""
        for _ in range(8):
            if "$" not in text:
                break
            text = _VARIABLE.sub(self._value, text)
        return text

    def _value(self, found: re.Match[str]) -> str:
        known = self.variables.get(found[1] or found[2])
        return known[0] if known else found[0]

    def find(self, path: Path) -> Directive | None:
        if path in self.bound:
            return self.bound[path]
        key = path[-1]
        for block in self._scopes(path):
            children = self.document.children if block is None else block.block or ()
            if (found := _leaf(children, key)) is not None:
                return found
        return None

    def _scopes(self, path: Path) -> list[Directive | None]:
        parent = self.bound.get(path[:-1])
        scopes: list[Directive | None] = [parent] if parent is not None else []
        if path[:-1] in (GALAXY, ROOT) and _INHERITED.fullmatch(path[-1]):
            root = self.bound.get(ROOT)
            inner: list[Directive | None] = [root] if root is not None else []
            scopes = [*inner, self.server, *([self.holder] if self.holder else [])]
        return scopes

    def holds(self, block: Directive | None, node: Directive) -> bool:
        """Whether `node` stands directly in `block` (None: in the file itself)."""
        return any(
            child is node for child in (self.document.children if block is None else block.block or ())
        )


def includes(node: Directive, name: str) -> bool:
    """Whether an `include` is of a file of this name, wherever that is."""
    return node.name == "include" and any(arg.rpartition("/")[2] == name for arg in node.args)


def header_name(text: str) -> str:
    """A header's name as WSGI sees it: `-` and `_` are one."""
    return text.lower().replace("_", "-")


def _leaf(children: tuple[Directive, ...], key: str) -> Directive | None:
    """The child behind a leaf's key: `name`, `name:first argument` or, for `server:0`, the place in order."""
    name, _, detail = key.partition(":")
    if name == "entry":
        return next((child for child in children if child.name == detail), None)
    named = [child for child in children if child.name == name and child.block is None]
    if name == "include":
        return next((child for child in named if includes(child, detail)), None)
    if name == "server" and detail.isdigit():
        return named[int(detail)] if int(detail) < len(named) else None
    if name == "listen":
        wanted = "[" if detail == "6" else ""
        named = [node for node in named if node.args and node.args[0].startswith("[") == bool(wanted)]
    elif detail:
        named = [node for node in named if node.args and header_name(node.args[0]) == detail]
    return (
        named[-1]
        if named and name in ("proxy_set_header", "add_header", "uwsgi_param")
        else (named[0] if named else None)
    )


def recognise(document: Document) -> Site | None:
    """The Galaxy server of this text with everything that belongs to it; None when there is none."""
    holders = [node for node in document.children if node.name == "http" and node.block is not None]
    candidates: list[tuple[Directive | None, Directive]] = [(None, node) for node in document.children]
    candidates += [(holder, node) for holder in holders for node in holder.block or ()]
    best: tuple[int, Site] | None = None
    for holder, server in candidates:
        if server.name != "server" or server.block is None:
            continue
        site = Site(document=document, server=server, holder=holder)
        for node in server.named("set"):
            if len(node.args) == 2:
                site.variables[node.args[0].lstrip("$")] = (node.args[1], node)
        score = _bind_server(site)
        if score >= 3 and (best is None or score > best[0]):
            best = (score, site)
    if best is None:
        return None
    _bind_neighbours(best[1])
    _bind_uploads(best[1])
    return best[1]


def _bind_server(site: Site) -> int:
    """Give the locations of this server their roles; returns how much it looks like Galaxy's."""
    locations = [node for node in site.server.named("location") if node.block is not None]
    named = " ".join(
        site.server.args + tuple(arg for node in site.server.named("server_name") for arg in node.args)
    )
    if ".interactivetool" in named or "\\.interactivetool" in named:
        return 0
    root, score = _root(locations)
    roles: dict[str, Directive] = {}
    by_name = sorted(locations, key=lambda one: not (path_of(one) or "").rstrip("/").endswith("/reports"))
    for location in by_name:
        if (role := _fixed_role(location)) is not None:
            roles.setdefault(role, location)
    score += sum(2 for role in ("downloads", "tus", "plugins") if role in roles)
    site.prefix = (path_of(root) or "/").rstrip("/") if root is not None else _guessed_prefix(roles)
    for location in locations:
        path = (path_of(location) or "").rstrip("/")
        for role, below in (("static", "/static"), ("api", "/api"), ("display", "/root/display_as")):
            fits = folder_of(site, location) is not None if role == "static" else _goes_with(location, root)
            if path == site.prefix + below and fits and location.args[0] != "=":
                roles.setdefault(role, location)
    for location in locations if "static" in roles else ():
        path = (path_of(location) or "").rstrip("/")
        for role, below in (("favicon", "/favicon.ico"), ("robots", "/robots.txt")):
            own = f"{folder_of(site, roles['static'])}{below}"
            if path in (below, site.prefix + below) and folder_of(site, location) == own:
                roles.setdefault(role, location)
    score += 2 if "static" in roles else 0
    if root is not None and site.prefix == "" and _pass_score(root) == 0 and score < 4:
        score = min(score, 2)  # one trait alone does not make a server Galaxy's
    site.bound[GALAXY] = site.server
    site.bound.update({(*GALAXY, f"location:{role}"): location for role, location in roles.items()})
    if root is not None:
        site.bound[ROOT] = root
    return score


def folder_of(site: Site, location: Directive) -> str | None:
    """Where nginx takes what this location serves from; None when it serves no files or asks somebody else."""
    node = first(location, "alias", "root")
    if node is None or len(node.args) != 1 or first(location, *_ASKS) is not None:
        return None
    folder = (site.resolve(node.args[0]) or node.args[0]).rstrip("/")
    return folder if node.name == "alias" else folder + (path_of(location) or "").rstrip("/")


def _goes_with(location: Directive, root: Directive | None) -> bool:
    """Whether a location passes requests to where the main one does."""
    one, other = (passing(first(node, "proxy_pass", "uwsgi_pass")) for node in (location, root))
    return one is not None and other is not None and one.target == other.target


def _guessed_prefix(roles: dict[str, Directive]) -> str:
    tus = path_of(roles["tus"]) if "tus" in roles else None
    return tus.rstrip("/").removesuffix(TUS) if tus else ""


def _fixed_role(location: Directive) -> str | None:
    """The role of a location that says by itself what it is for."""
    path = path_of(location)
    if path is None:
        pattern = location.args[-1] if location.args else ""
        return "plugins" if "/plugins/" in pattern and "static" in pattern else None
    bare = path.rstrip("/")
    for end, role in (
        (X_ACCEL, "downloads"),
        (TUS, "tus"),
        ("/api/upload/hooks", "hooks"),
        (ACME, "acme"),
    ):
        if bare.endswith(end):
            return role
    if first(location, "uwsgi_pass") is not None:  # only Galaxy itself is spoken to so
        return None
    target = passing(first(location, "proxy_pass"))
    if target is None or target.target == "galaxy":
        return None
    if bare.endswith("/reports") or ("reports" in target.target and not target.target.startswith("unix:")):
        return "reports"
    return None


def _pass_score(location: Directive) -> int:
    """How much a location looks like the one that passes everything to Galaxy."""
    node = first(location, "proxy_pass", "uwsgi_pass")
    target = passing(node)
    if node is None or target is None or location.args[-1].startswith("@"):
        return 0
    named = 4 if _GALAXY_NAME.search(target.target + target.uri) else 0
    return named + (1 if re.search(r":(?:8080|4001|5555)$", target.target) else 0)


def _root(locations: list[Directive]) -> tuple[Directive | None, int]:
    best: tuple[int, Directive] | None = None
    for location in locations:
        path = path_of(location)
        if path is None or location.args[0] == "=" or _fixed_role(location) is not None:
            continue
        if first(location, "proxy_pass", "uwsgi_pass") is None or path.count("/") > 4:
            continue
        score = _pass_score(location)
        place = {"": 3, "/galaxy": 2}.get(path.rstrip("/"), 0)
        if score + place > 0 and (best is None or score + place > best[0]):
            best = (score + place, location)
    if best is None:
        return None, 0
    score = _pass_score(best[1])
    return best[1], score + (1 if best[0] > score else 0)


def _bind_neighbours(site: Site) -> None:
    """Find what stands beside the Galaxy server: upstreams, the redirecting server, interactive tools, maps."""
    around = site.document.children if site.holder is None else site.holder.block or ()
    _bind_upstreams(site, around)
    for node in around:
        if node.name == "map" and len(node.args) == 2 and node.args[1].startswith("$galaxy_"):
            site.bound[(f"map:{node.args[1].removeprefix('$galaxy_')}",)] = node
        if node.name == "server" and node.block is not None and node is not site.server:
            _bind_other_server(site, node)


def _bind_upstreams(site: Site, around: tuple[Directive, ...]) -> None:
    for role, location in (("galaxy", ROOT), ("reports", (*GALAXY, "location:reports"))):
        target = passing(first(site.bound.get(location), "proxy_pass", "uwsgi_pass"))
        name = "galaxy_reports" if target is None and role == "reports" else target.target if target else None
        for node in around:
            if node.name == "upstream" and node.args == (name,):
                site.bound[(f"upstream:{role}",)] = node


def _bind_other_server(site: Site, node: Directive) -> None:
    names = [name for one in node.named("server_name") for name in one.args]
    if any(TOOLS in name or ".interactivetool" in name for name in names):
        site.bound.setdefault(("server:tools",), node)
        inner = [child for child in node.named("location") if path_of(child) == "/"]
        if inner:
            site.bound.setdefault(("server:tools", "location:tools"), inner[0])
        return
    own = {name for one in site.server.named("server_name") for name in one.args}
    if own and names and not own.intersection(names) and "_" not in names and "_" not in own:
        return
    for block in (node, *(child for child in node.named("location") if path_of(child) == "/")):
        to = first(block, "return", "rewrite")
        if to is not None and any(arg.startswith("https://") for arg in to.args):
            site.bound.setdefault(("server:redirect",), node)
            if block is not node:
                site.bound.setdefault(("server:redirect", "location:redirect"), block)
    for child in node.named("location"):
        if path_of(child) == f"{ACME}/" and site.bound.get(("server:redirect",)) is node:
            site.bound[("server:redirect", "location:acme")] = child


def _bind_uploads(site: Site) -> None:
    """Find the locations of the upload module, by what they do."""
    for location in site.server.named("location"):
        passed = first(location, "upload_pass")
        if passed is None or not passed.args or path_of(location) is None:
            continue
        site.bound.setdefault((*GALAXY, "location:upload"), location)
        for other in site.server.named("location"):
            if path_of(other) == passed.args[0]:
                site.bound.setdefault(UPLOADED, other)
                asked = next(
                    (node for node in other.named("if") if "nginx_redir" in " ".join(node.args)), None
                )
                for path, node in ((UPLOADED, other), ((*UPLOADED, "if:place"), asked)):
                    if node is not None:
                        site.bound.setdefault(path, node)
                    if (place := first(node, "set")) is not None:
                        site.bound.setdefault((*path, PLACE), place)
