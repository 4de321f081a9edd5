"""From two trees of wanted items, before and after, to the smallest batch of edits in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from wizard.documents.nginx.document import Directive, Expression
from wizard.documents.nginx.edit import Insert, New, Operation, Remove, SetArgs
from wizard.files.nginx.items import Facts, header, parameter
from wizard.files.nginx.locations import to_galaxy
from wizard.files.nginx.ownership import in_the_way, is_used, somebodys
from wizard.files.nginx.roles import GALAXY, ROOT, Site, first, header_name, includes, passing, port_of
from wizard.files.nginx.spelling import listen_args, merged
from wizard.files.site import difference
from wizard.files.site.difference import Step
from wizard.files.site.items import Item, Path
from wizard.problems import Problem

_LOGINS = (
    *("auth_basic", "auth_basic_user_file", "proxy_set_header:remote-user", "proxy_set_header:gx-secret"),
    *("uwsgi_param:http-remote-user", "uwsgi_param:http-gx-secret"),
)
_TO_GALAXY = ("location:api", "location:hooks", "location:display")
_ICONS = ("location:favicon", "location:robots")


@dataclass
class Difference(difference.Difference[Site, Directive, Operation]):
    """The edits that lead from some wanted items to others in the text of `site`, and what they mean.

    `told` says whether Galaxy believes the proxy's name of the user afterwards.
    """

    told: bool = False
    copied: set[Directive] = field(default_factory=set)
    unneeded: list[tuple[Path, Item, Directive]] = field(default_factory=list)

    def compare(self, parent: Path, old: Sequence[Item], new: Sequence[Item]) -> None:
        before = {item.key: item for item in old}
        after = {item.key for item in new}
        for item in old:
            if item.key not in after:
                self._leave(parent, item, old)
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
        if args != node.args and item.name == "location":
            block = self.site.bound.get(parent)
            if not self._has_room(block, item.name, args, item):
                return
        self._set((*parent, item.key), node, args, item.questions)
        self._evict(parent, item)
        if item.children is not None and node.block is not None:
            self.compare((*parent, item.key), was.children or () if was else (), item.children)

    def _set(self, path: Path, node: Directive, args: tuple[str, ...], questions: tuple[str, ...]) -> None:
        if args != node.args and node not in self.gone:
            question = questions[0] if questions else None
            self.operations.append(SetArgs(node, args, question))
            self.steps.append(Step(path, node.args, args, questions, node.line))

    def _remove(self, path: Path, node: Directive, comment: str | None, questions: tuple[str, ...]) -> None:
        if node not in self.gone:
            self.gone.add(node)
            self.operations.append(Remove(node, comment, keep_remark=True))
            self.steps.append(Step(path, node.args, None, questions, node.line))

    def _leave(self, parent: Path, item: Item, old: Sequence[Item]) -> None:
        """Take away what is no longer wanted, unless somebody has put things of their own into it."""
        path = (*parent, item.key)
        node = self.site.find(path)
        block = self.site.bound.get(parent) if parent else self.site.holder
        if item.name == "listen" or node is None:
            return
        if not self.site.holds(block, node) and not (parent == GALAXY and self._in_root(node)):
            return
        if item.companion and not self._as_it_came(parent, item, old):
            return
        if (line := somebodys(self.site, path, item, node)) is not None:
            self._leave_in_part(path, item, node, line)
        elif item.name in ("map", "upstream"):
            self.unneeded.append((path, item, node))
        else:
            self._remove(path, node, item.comment, item.questions)

    def _leave_in_part(self, path: Path, item: Item, node: Directive, line: int) -> None:
        """What is to become of a directive with something of somebody's own in it, on this line."""
        if item.key in _TO_GALAXY and not self.told:
            for child in item.children or ():
                if child.key in _LOGINS:
                    self._leave(path, child, ())
        elif (
            item.name != "map" and item.key != "location:acme"
        ):  # these do no harm where nobody asks for them
            said = " ".join((node.name, *node.args)) if item.name == "location" else f"the {node.name}"
            what = f"{said} would have to go, and holds something of your own (line {line})"
            self._refuse(what, line, "take that out of it first, or change it by hand", item.questions)

    def _refuse(self, what: str, line: int, way_out: str, questions: tuple[str, ...]) -> None:
        self.problems.append((Problem(what, self.site.document.file, line, way_out=way_out), questions))

    def _companions(self, item: Item, siblings: Sequence[Item]) -> list[Item]:
        return [one for one in siblings if one.companion and one.questions == item.questions]

    def _as_it_came(self, parent: Path, item: Item, old: Sequence[Item]) -> bool:
        """Whether a companion and all that came with it are there as they came: then they are not somebody's own."""
        block = self.site.bound.get(parent) if parent else self.site.holder
        for one in self._companions(item, old):
            node = self.site.find((*parent, one.key))
            if (
                node is None
                or not self.site.holds(block, node)
                or (item.children is None and node.args != one.args)
            ):
                return False
        return True

    def _have_their_own(self, parent: Path, item: Item, siblings: Sequence[Item]) -> bool:
        """Whether somebody has chosen among the companions that `item` would come with."""
        block = self.site.bound.get(parent) if parent else self.site.holder
        lead = next(
            (one for one in siblings if not one.companion and set(one.questions) & set(item.questions)), None
        )
        there = lead is not None and self.site.find((*parent, lead.key)) is not None
        found = [self.site.find((*parent, one.key)) for one in self._companions(item, siblings)]
        return any(node is not None and (there or self.site.holds(block, node)) for node in found)

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
        if item.companion and item.children is None and self._have_their_own(parent, item, siblings):
            return
        if item.children is not None and not self._has_room(block, item.name, item.args, item):
            return
        self._evict(parent, item)
        new = (*self._inherited(parent, block, item), item.new())
        self.operations.append(Insert(new, *self.beside(parent, block, position, siblings)))
        path = (*parent, item.key)
        self.steps.append(Step(path, None, item.args, item.questions))

    def _has_room(self, block: Directive | None, name: str, args: tuple[str, ...], item: Item) -> bool:
        """Whether nothing of somebody's own stands where `item` would; the icons of others are as good as Galaxy's."""
        other = in_the_way(self.site, block, name, args) if name in ("location", "upstream") else None
        if other is not None and item.key not in _ICONS:
            what = f"{' '.join((name, *args))} stands here already, and it is something of your own"
            self._refuse(what, other.line, "take it out first, or change it by hand", item.questions)
        return other is None

    def stands_in(self, block: Directive | None, node: Directive) -> bool:
        return self.site.holds(block, node)

    def _inherited(self, parent: Path, block: Directive | None, item: Item) -> list[New]:
        """Headers of the blocks around, which a first header in this block would switch off."""
        if (
            item.name not in ("proxy_set_header", "add_header", "uwsgi_param")
            or block is None
            or block in self.copied
        ):
            return []
        self.copied.add(block)
        if block.named(item.name, "include") or block is self.site.server:
            return []
        for outer in (self.site.server, self.site.holder):
            found = outer.named(item.name) if outer is not None else ()
            if item.name == "uwsgi_param" and outer is not None:
                found += tuple(one for one in outer.named("include") if includes(one, "uwsgi_params"))
            if found:
                own = item.args[0].lower()
                copied = [one for one in found if one.args and one.args[0].lower() != own]
                for one in copied:
                    path = (*parent, f"{one.name}:{header_name(one.args[0])}")
                    self.steps.append(Step(path, None, one.args, item.questions))
                return [New(one.name, tuple(Expression(arg) for arg in one.args)) for one in copied]
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
            self.steps.extend(Step((*parent, item.key), None, item.args, item.questions) for item in after)

    def plain_listens_leave(self) -> None:
        """Where plain HTTP gets a server of its own, Galaxy's server no longer listens for it."""
        nodes = self.site.server.named("listen")
        if any("ssl" in node.args for node in nodes):
            for node in nodes:
                if "ssl" not in node.args and port_of(node.args) == "80":
                    self._remove((*GALAXY, "listen"), node, None, ("proxy.redirect",))

    def nobody_elsewhere(self) -> None:
        """Where the proxy vouches for users, the file's own locations of Galaxy pass on no claimed name."""
        for location, node in self._own_ways():
            if node in self.gone:
                continue
            spoken = "uwsgi_param" if node.name == "uwsgi_pass" else "proxy_set_header"
            names = {header_name(child.args[0]) for child in location.named(spoken) if child.args}
            if not names & {"remote-user", "http-remote-user"}:
                item = (
                    parameter("HTTP_REMOTE_USER", "", "authentication")
                    if spoken == "uwsgi_param"
                    else header("Remote-User", "", "authentication")
                )
                place = (*GALAXY, " ".join(("location", *location.args)))
                path = (*place, item.key)
                new = (*self._inherited(place, location, item), item.new())
                self.operations.append(Insert(new, "after", node))
                self.steps.append(Step(path, None, item.args, ("proxy.authentication",)))

    def _own_ways(self) -> Iterator[tuple[Directive, Directive]]:
        """The file's own locations that pass requests to Galaxy, each with the directive that does."""
        own = self._target()
        for location in self.site.server.walk():
            if location.name == "location" and location not in self.site.bound.values():
                node = first(location, "proxy_pass", "uwsgi_pass")
                there = passing(node)
                if node is not None and own is not None and there is not None and there.target == own:
                    yield location, node

    def _target(self) -> str | None:
        there = passing(first(self.site.bound.get(ROOT), "proxy_pass", "uwsgi_pass"))
        return there.target if there is not None else None

    def speak(self, facts: Facts, news: Sequence[Item]) -> None:
        """Let the file's own locations speak to Galaxy in the protocol that its main one will."""
        root = _at(news, (*ROOT, "uwsgi_pass" if facts.uwsgi else "proxy_pass"))
        wished = passing(Directive(root.name, root.args, 0, 0, 0, ())) if root is not None else None
        for location, node in self._own_ways():
            there = passing(node)
            if root is None or wished is None or there is None or node.name == root.name:
                continue
            place = (*GALAXY, " ".join(("location", *location.args)))
            self._remove((*place, node.name), node, None, root.questions)
            to = replace(root, args=(Expression(f"{wished.scheme}{wished.target}"),))
            items = [to, *(one for one in to_galaxy(facts, "link")[1:] if not self._says(location, one))]
            self.operations.append(Insert(tuple(item.new() for item in items), "after", node))
            self.steps.extend(Step((*place, item.key), None, item.args, root.questions) for item in items)

    def _says(self, location: Directive, item: Item) -> bool:
        """Whether a location of the file's own says already what this item is about."""
        first_word = header_name(item.args[0]) if item.args else ""
        return any(
            header_name(one.args[0]) == first_word for one in location.named(item.name) if one.args
        ) or any(includes(one, "uwsgi_params") for one in location.named(item.name))

    def finish(self) -> None:
        """Take away the maps and upstreams that no answer wants and that nothing else in the file uses."""
        changed = {one.node: one.args for one in self.operations if isinstance(one, SetArgs)}
        nodes = [node for _, _, node in self.unneeded]
        for path, item, node in self.unneeded:
            word = node.args[-1].strip("${}")
            if not is_used(self.site.document, [*self.gone, *nodes], changed, word):
                self._remove(path, node, item.comment, item.questions)

    def retarget(self, target: str, questions: tuple[str, ...]) -> None:
        """Lead every pass of the Galaxy server that goes where its main location goes to `target`."""
        own = self._target()
        for node in self.site.server.walk():
            there = passing(node) if node.name in ("proxy_pass", "uwsgi_pass") else None
            if own is not None and there is not None and there.target == own:
                args = (Expression(f"{there.scheme}{target}{there.uri}"),)
                self._set((*ROOT, node.name), node, args, questions)


def _at(items: Sequence[Item], path: Path) -> Item | None:
    """The item at a path in a tree of wanted ones."""
    found = next((item for item in items if item.key == path[0]), None)
    return found if found is None or len(path) == 1 else _at(found.children or (), path[1:])
