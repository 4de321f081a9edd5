"""How a directive is spelled: the arguments of an item as the file that holds it would write them."""

from __future__ import annotations

from wizard.documents.nginx.document import Directive, Expression
from wizard.files.nginx.roles import passing, path_of
from wizard.files.nginx.values import seconds
from wizard.files.site.items import Item, Path


def value_of(path: Path, args: tuple[str, ...]) -> str:
    """The arguments as a person reads them; of a header only its value, as the path has its name."""
    return " ".join(
        args[1:]
        if ":" in path[-1] and path[-1].startswith(("proxy_set_header", "add_header", "uwsgi_param"))
        else args
    )


def listen_args(args: tuple[str, ...], tls: bool) -> tuple[str, ...]:
    """The arguments of a `listen` with TLS on or off; ports 80 and 443 follow, others stay."""
    if not args or args[0].startswith("unix:"):
        return args
    host, colon, port = args[0].rpartition(":")
    if not port.isdigit():
        host, colon, port = args[0], ":", "80"
    port = {"80": "443"}.get(port, port) if tls else {"443": "80"}.get(port, port)
    rest = [arg for arg in args[1:] if arg not in ("ssl", "http2")]
    flags = [arg for arg in args[1:] if arg in ("ssl", "http2")] if tls else []
    return (f"{host}{colon}{port}", *(flags or (["ssl"] if tls else [])), *rest)


def merged(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    """The arguments of `item` as the file that holds `node` would spell them."""
    if item.args == (was.args if was else None) and item.core == (was.core if was else ""):
        return node.args
    if item.name in ("proxy_set_header", "add_header", "uwsgi_param") and node.args:
        return (node.args[0], *item.args[1:])
    if item.name == "server_name":
        names = node.args
        if was is not None:
            return tuple(item.args[0] if name == was.args[0] else name for name in names)
        return (*item.args, *(name for name in names if name not in ("_", item.args[0])))
    if item.name == "server" and item.children is None:
        return (*item.args, *node.args[1:])
    if item.name in ("proxy_pass", "uwsgi_pass"):
        return _merged_pass(node, was, item)
    if item.name == "location":
        return _merged_location(node, was, item)
    if item.name == "alias" and was is not None and node.args and "$" not in item.args[0]:
        slash = "/" if node.args[0].endswith("/") else ""
        return (item.args[0].rstrip("/") + slash,) if item.args[0] != "/" else item.args
    if item.name == "set":
        return (node.args[0], *item.args[1:])
    if item.name in ("map", "upstream", "server"):
        return node.args
    if item.name.endswith(("_read_timeout", "_send_timeout")) and len(node.args) == 1:
        return _merged_time(node, was, item)
    return item.args


def _merged_time(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    """A time without a unit stays so; one for sending that somebody chose by itself stays what it is."""
    held = seconds(node.args[0])
    chosen = was is not None and held != seconds(was.args[0]) and item.name.endswith("_send_timeout")
    if chosen or held == seconds(item.args[0]):
        return node.args
    return (item.args[0].removesuffix("s"),) if node.args[0].isdigit() else item.args


def _merged_pass(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    there, wished = passing(node), passing(_as_directive(item))
    if there is None or wished is None or was is None:
        return item.args
    target = there.target if was.args == item.args else wished.target
    uri = there.uri
    if was.core != item.core and uri.lstrip(":").rstrip("/") == was.core and was.core:
        colon = ":" if target.startswith("unix:") else ""
        uri = f"{colon}{item.core or '/'}{'/' if uri.endswith('/') and item.core else ''}"
    if was.args != item.args and there.target.rpartition(":")[0] and target.rpartition(":")[0] == "localhost":
        same_host = passing(_as_directive(was))
        if same_host is not None and same_host.target.rpartition(":")[0] == "localhost":
            target = f"{there.target.rpartition(':')[0]}:{target.rpartition(':')[2]}"
    return (Expression(f"{there.scheme}{target}{uri}"),)


def _as_directive(item: Item) -> Directive:
    """The item as a directive, to be taken apart as one."""
    return Directive(item.name, item.args, 0, 0, 0, ())


def _merged_location(node: Directive, was: Item | None, item: Item) -> tuple[str, ...]:
    if was is None:
        same = path_of(node) == item.args[-1] and ("=" in node.args) == ("=" in item.args)
        return node.args if same else item.args
    if not node.args or was.core == item.core:
        return node.args
    path = node.args[-1]
    if not was.core and path in ("", "/"):
        return (*node.args[:-1], f"{item.core}/" if item.core else "/")
    if was.core and path.rstrip("/") == was.core and not item.core:
        return (*node.args[:-1], "/")
    if was.core and was.core in path:
        changed = path.replace(was.core, item.core, 1)
        return (*node.args[:-1], Expression(changed) if node.args[0] in ("~", "~*") else changed)
    return node.args
