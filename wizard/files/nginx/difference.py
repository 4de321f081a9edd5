"""From two trees of wanted items, before and after, to the smallest batch of edits in a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from wizard.documents.nginx.document import Directive, Expression
from wizard.documents.nginx.edit import Insert, New, Operation, Remove, SetArgs
from wizard.files.nginx.items import Item
from wizard.files.nginx.roles import GALAXY, ROOT, Path, Site, header_name, passing

Kind = Literal["set", "insert", "remove"]


@dataclass(frozen=True)
class Step:
    """One option that an edit changes: its role, its values as a person reads them, the questions that caused it."""

    path: Path
    kind: Kind
    before: str | None
    after: str | None
    questions: tuple[str, ...]
    line: int | None = None


@dataclass
class Difference:
    """The edits that lead from `old` to `new` in the text of `site`, and what they mean."""

    site: Site
    operations: list[Operation] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    gone: set[Directive] = field(default_factory=set)
    copied: set[Directive] = field(default_factory=set)

    def compare(self, parent: Path, old: Sequence[Item], new: Sequence[Item]) -> None:
        """Compare the items of one block, then those of the blocks in it."""
        before = {item.key: item for item in old}
        after = {item.key for item in new}
        for item in old:
            if item.key not in after:
                self._leave(parent, item)
        if parent and any(item.name == "listen" for item in (*old, *new)):
            self._listen(parent, old, new)
        for position, item in enumerate(new):
            was = before.get(item.key)
            if was == item or item.name == "listen":
                continue
            node = self.site.find((*parent, item.key))
            if node is not None:
                self._keep(parent, node, was, item)
            elif was is None or self._rivals(parent, item):
                self._enter(parent, item, position, new)

    def _keep(self, parent: Path, node: Directive, was: Item | None, item: Item) -> None:
        """Bring a directive that is there to what is wanted."""
        if item.companion and was is None and item.children is None:
            return
        args = merged(node, was, item)
        self._set((*parent, item.key), node, args, item.questions)
        self._evict(parent, item)
        if item.children is not None and node.block is not None:
            self.compare((*parent, item.key), was.children or () if was else (), item.children)

    def _set(self, path: Path, node: Directive, args: tuple[str, ...], questions: tuple[str, ...]) -> None:
        if args != node.args and node not in self.gone:
            question = questions[0] if questions else None
            self.operations.append(SetArgs(node, args, question))
            self.steps.append(
                Step(path, "set", value_of(path, node.args), value_of(path, args), questions, node.line)
            )

    def _remove(self, path: Path, node: Directive, comment: str | None, questions: tuple[str, ...]) -> None:
        if node not in self.gone:
            self.gone.add(node)
            self.operations.append(Remove(node, comment))
            self.steps.append(Step(path, "remove", value_of(path, node.args), None, questions, node.line))

    def _leave(self, parent: Path, item: Item) -> None:
        """Take away what is no longer wanted; a companion only while it is still as it came."""
        path = (*parent, item.key)
        node = self.site.find(path)
        block = self.site.bound.get(parent) if parent else self.site.holder
        if item.name == "listen" or node is None:
            return
        if not self.site.holds(block, node) and not (parent == GALAXY and self._in_root(node)):
            return
        if not item.companion or node.args == item.args:
            self._remove(path, node, item.comment, item.questions)

    def _in_root(self, node: Directive) -> bool:
        root = self.site.bound.get(ROOT)
        return root is not None and self.site.holds(root, node)

    def _rivals(self, parent: Path, item: Item) -> list[Directive]:
        """The directives that say the same as `item` in another way."""
        block = self.site.bound.get(parent)
        return [
            child
            for child in (block.block or () if block is not None else ())
            if child.name in item.evicts or f"{child.name}:{' '.join(child.args)}" in item.evicts
        ]

    def _evict(self, parent: Path, item: Item) -> None:
        for child in self._rivals(parent, item):
            self._remove((*parent, child.name), child, None, item.questions)

    def _enter(self, parent: Path, item: Item, position: int, siblings: Sequence[Item]) -> None:
        """Put a new item where a reader would look for it: after the sibling that comes before it."""
        block = self.site.bound.get(parent) if parent else self.site.holder
        if parent and block is None:
            return
        if item.key == "location:acme" and (*parent, "location:redirect") not in self.site.bound:
            return  # the server answers with its redirect before it looks at locations
        self._evict(parent, item)
        new = (*self._inherited(block, item), item.new())
        self.operations.append(self._beside(parent, block, position, siblings, new))
        path = (*parent, item.key)
        self.steps.append(Step(path, "insert", None, value_of(path, item.args), item.questions))

    def _beside(
        self,
        parent: Path,
        block: Directive | None,
        position: int,
        siblings: Sequence[Item],
        new: tuple[New, ...],
    ) -> Insert:
        for item in reversed(siblings[:position]):
            node = self.site.find((*parent, item.key))
            if node is not None and self.site.holds(block, node):
                return Insert(new, "after", node)
        for item in siblings[position + 1 :]:
            node = self.site.find((*parent, item.key))
            if node is not None and self.site.holds(block, node):
                return Insert(new, "before", node)
        return Insert(new, "end", block)

    def _inherited(self, block: Directive | None, item: Item) -> list[New]:
        """Headers of the blocks around, which a first header in this block would switch off."""
        if item.name not in ("proxy_set_header", "add_header") or block is None or block in self.copied:
            return []
        self.copied.add(block)
        if block.named(item.name, "include") or block is self.site.server:
            return []
        for outer in (self.site.server, self.site.holder):
            if outer is not None and (found := outer.named(item.name)):
                own = item.args[0].lower()
                return [
                    New(one.name, tuple(Expression(arg) for arg in one.args))
                    for one in found
                    if one.args and one.args[0].lower() != own
                ]
        return []

    def _listen(self, parent: Path, old: Sequence[Item], new: Sequence[Item]) -> None:
        """Turn TLS on or off in the `listen` directives that are there, keeping their addresses and flags."""
        before = [item for item in old if item.name == "listen"]
        after = [item for item in new if item.name == "listen"]
        block = self.site.bound.get(parent)
        if before == after or block is None or not after:
            return
        nodes = block.named("listen")
        tls = "ssl" in after[0].args
        taken: set[str] = set()
        for node in nodes:
            args = listen_args(node.args, tls)
            if not args or args[0] in taken:
                self._remove((*parent, "listen"), node, None, after[0].questions)
            else:
                taken.add(args[0])
                self._set(
                    (*parent, "listen:6" if args[0].startswith("[") else "listen:4"),
                    node,
                    args,
                    after[0].questions,
                )
        if not nodes:
            new_ones = tuple(item.new() for item in after)
            self.operations.append(Insert(new_ones, "start", block))
            self.steps.extend(
                Step(
                    (*parent, item.key),
                    "insert",
                    None,
                    value_of((*parent, item.key), item.args),
                    item.questions,
                )
                for item in after
            )

    def plain_listens_leave(self) -> None:
        """Where plain HTTP gets a server of its own, Galaxy's server no longer listens for it."""
        nodes = self.site.server.named("listen")
        if any("ssl" in node.args for node in nodes):
            for node in nodes:
                if "ssl" not in node.args and port_of(node.args) == "80":
                    self._remove((*GALAXY, "listen"), node, None, ("proxy.redirect",))

    def nobody_elsewhere(self) -> None:
        """Where the proxy vouches for users, the file's own locations of Galaxy pass on no claimed name."""
        own = (
            passing(next(iter(self.site.bound[ROOT].named("proxy_pass")), None))
            if ROOT in self.site.bound
            else None
        )
        for location in self.site.server.walk():
            if location.name != "location" or location in self.site.bound.values():
                continue
            node = next(iter(location.named("proxy_pass")), None)
            there = passing(node)
            if node is None or own is None or there is None or there.target != own.target:
                continue
            if not any(
                header_name(child.args[0]) == "remote-user" for child in location.named("proxy_set_header")
            ):
                item = Item("proxy_set_header:remote-user", "proxy_set_header", ("Remote-User", ""))
                self.operations.append(Insert((*self._inherited(location, item), item.new()), "after", node))
                path = (*GALAXY, " ".join(("location", *location.args)), item.key)
                self.steps.append(Step(path, "insert", None, "", ("proxy.authentication",)))

    def retarget(self, target: str, questions: tuple[str, ...]) -> None:
        """Lead every `proxy_pass` of the Galaxy server that goes where its main location goes to `target`."""
        own = passing(next(iter(self.site.bound[ROOT].named("proxy_pass")), None))
        for node in self.site.server.walk():
            there = passing(node) if node.name == "proxy_pass" else None
            if own is not None and there is not None and there.target == own.target:
                args = (Expression(f"{there.scheme}{target}{there.uri}"),)
                self._set((*ROOT, "proxy_pass"), node, args, questions)


def value_of(path: Path, args: tuple[str, ...]) -> str:
    """The arguments as a person reads them; of a header only its value, as the path has its name."""
    return " ".join(
        args[1:] if ":" in path[-1] and path[-1].startswith(("proxy_set_header", "add_header")) else args
    )


def port_of(args: tuple[str, ...]) -> str:
    """The port of a `listen`."""
    address = args[0] if args else ""
    return address.rpartition(":")[2] if ":" in address and not address.endswith("]") else address


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
    if item.name in ("proxy_set_header", "add_header") and node.args:
        return (node.args[0], *item.args[1:])
    if item.name == "server_name":
        names = node.args
        if was is not None:
            return tuple(item.args[0] if name == was.args[0] else name for name in names)
        return (*item.args, *(name for name in names if name not in ("_", item.args[0])))
    if item.name == "server" and item.children is None:
        return (*item.args, *node.args[1:])
    if item.name == "proxy_pass":
        return _merged_pass(node, was, item)
    if item.name == "location":
        return _merged_location(node, was, item)
    if item.name == "alias" and was is not None and node.args and "$" not in item.args[0]:
        slash = "/" if node.args[0].endswith("/") else ""
        return (item.args[0].rstrip("/") + slash,) if item.args[0] != "/" else item.args
    if item.name in ("map", "upstream", "server"):
        return node.args
    return item.args


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
    if was is None or not node.args or was.core == item.core:
        return node.args if was is not None else item.args
    path = node.args[-1]
    if not was.core and path in ("", "/"):
        return (*node.args[:-1], f"{item.core}/" if item.core else "/")
    if was.core and path.rstrip("/") == was.core and not item.core:
        return (*node.args[:-1], "/")
    if was.core and was.core in path:
        changed = path.replace(was.core, item.core, 1)
        return (*node.args[:-1], Expression(changed) if node.args[0] in ("~", "~*") else changed)
    return node.args
