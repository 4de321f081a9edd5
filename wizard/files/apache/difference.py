"""From two trees of wanted items, before and after, to the smallest batch of edits in a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from wizard.documents.apache.document import Directive, Expression
from wizard.documents.apache.edit import Insert, Operation, Remove, SetArgs
from wizard.files.apache.merging import merged
from wizard.files.apache.roles import GALAXY, ROOT, Site, flat
from wizard.files.site import difference
from wizard.files.site.difference import Step, entering
from wizard.files.site.items import Item, Path
from wizard.problems import Problem, Refused

_LEADING = frozenset({"proxypass", "proxypassmatch", "proxypassreverse", "rewriterule", "balancermember"})


def _is_uwsgi(item: Item) -> bool:
    """Whether a ProxyPass leads to one server in uWSGI's protocol."""
    return "uwsgi://" in item.core


@dataclass
class Difference(difference.Difference[Site, Directive, Operation]):
    """The edits that lead from some wanted items to others in the text of `site`, and what they mean."""

    changed: set[Directive] = field(default_factory=set)

    def compare(self, parent: Path, old: Sequence[Item], new: Sequence[Item]) -> None:
        before = {item.key: item for item in old}
        after = {item.key for item in new}
        for item in old:
            if item.key not in after:
                self._leave(parent, item)
        for position, item in enumerate(new):
            was = before.get(item.key)
            if was == item:
                continue
            node = self.site.find((*parent, item.key))
            if node is not None and node not in self.gone:
                self._keep(parent, node, was, item)
            elif item.key == "vhost:galaxy":
                self.compare(GALAXY, was.children or () if was else (), item.children or ())
            elif item.children is not None:
                self._enter_section(parent, item, was, position, new)
            elif was is None:
                self._enter(parent, item, position, new)

    def _keep(self, parent: Path, node: Directive, was: Item | None, item: Item) -> None:
        """Bring a directive that is there to what is wanted."""
        if item.companion and was is None:
            return
        path = (*parent, item.key)
        if node.name.lower() == "uwsgisocket" and item.name == "ProxyPass" and not _is_uwsgi(item):
            self._stop_handling(path, node, item)
            return
        self._set(path, node, merged(node, was, item), item.questions)
        if item.children is not None:
            self._move_pass(path, was, item)
            self.compare(path, was.children or () if was else (), item.children)

    def _stop_handling(self, path: Path, node: Directive, item: Item) -> None:
        """Let Apache's own proxy take the place of mod_uwsgi in a section, which could not lead to this target."""
        section = self.site.bound.get(path[:-1])
        for one in flat((section.block if section else None) or ()):
            if one.name.lower() == "sethandler" or one.name.lower().startswith("uwsgi"):
                self._remove((*path[:-1], one.name), one, None, item.questions)
        self.operations.append(Insert((item.new(),), "after", node))
        self.steps.append(Step(path, None, item.args, item.questions))

    def _move_pass(self, path: Path, was: Item | None, item: Item) -> None:
        """A ProxyPass that names the path of its section itself, outside of it, follows the path."""
        node = self.site.bound.get((*path, "ProxyPass"))
        inside = {child.key: child for child in item.children or ()}.get("ProxyPass")
        if was is None or node is None or len(node.args) < 2 or inside not in (was.children or ()):
            return
        if node.args[0].rstrip("/") == was.core != item.core:
            slash = "/" if node.args[0].endswith("/") else ""
            self._set((*path, "ProxyPass"), node, (item.core + slash, *node.args[1:]), ("proxy.url_prefix",))

    def _set(self, path: Path, node: Directive, args: tuple[str, ...], questions: tuple[str, ...]) -> None:
        if args != node.args and node not in self.gone and node not in self.changed:
            self.changed.add(node)
            question = questions[0] if questions else None
            self.operations.append(SetArgs(node, args, question))
            self.steps.append(Step(path, node.args, args, questions, node.line))

    def _leave(self, parent: Path, item: Item) -> None:
        """Take away what is no longer wanted; a companion only while it is still as it came."""
        path = (*parent, item.key)
        nodes = self.site.every(path)
        if not nodes and item.children is not None:
            for child in item.children:
                if (*path, child.key) in self.site.bound:
                    self._leave(path, child)
        for node in nodes:
            inside = path[0] != GALAXY[0] or self.site.holds(node)
            if inside and (not item.companion or node.args == item.args):
                self._remove(path, node, item.comment, item.questions)

    def _remove(self, path: Path, node: Directive, comment: str | None, questions: tuple[str, ...]) -> None:
        if not any(node is one for block in self.gone for one in block.walk()):
            self.gone.add(node)
            self.operations.append(Remove(node, comment))
            self.steps.append(Step(path, node.args, None, questions, node.line))

    def _enter_section(
        self, parent: Path, item: Item, was: Item | None, position: int, siblings: Sequence[Item]
    ) -> None:
        """Put in a section, with what of it the file does not yet say outside of one."""
        path = (*parent, item.key)
        self._move_pass(path, was, item)
        before = {child.key: child for child in (was.children or () if was else ())}
        for key, child in before.items():
            if key not in {one.key for one in item.children or ()}:
                self._leave(path, child)
        missing = []
        for child in item.children or ():
            if before.get(child.key) == child:
                continue
            node = self.site.find((*path, child.key))
            if node is not None and node not in self.gone:
                self._keep(path, node, before.get(child.key), child)
            elif child.key not in before:
                missing.append(child)
        if missing:
            questions = item.questions
            if was is not None:
                questions = tuple(dict.fromkeys(one for child in missing for one in child.questions))
            new = replace(item, children=tuple(missing), questions=questions)
            self._past_rewriting(new)
            self._enter(parent, new, position, siblings)

    def _past_rewriting(self, item: Item) -> None:
        """A RewriteRule that passes everything on comes before any `<Location>`: what is not Galaxy's never arrives."""
        root = self.site.root
        passes = any(child.name.startswith("ProxyPass") for child in item.children or ())
        if root is not None and root.node.name.lower() == "rewriterule" and passes:
            what = "a RewriteRule passes all requests to Galaxy before Apache looks at other paths"
            way_out = "replace it by a ProxyPass by hand"
            raise Refused(
                Problem(
                    what, self.site.document.file, root.node.line, question=item.questions[0], way_out=way_out
                )
            )

    def _enter(self, parent: Path, item: Item, position: int, siblings: Sequence[Item]) -> None:
        """Put a new item where a reader would look for it: after the sibling that comes before it."""
        block = self.site.bound.get(parent) if parent else None
        if parent and block is None and (parent != GALAXY or self.site.server is not None):
            return
        where, anchor = self.beside(parent, block, position, siblings)
        self.operations.append(Insert((item.new(),), where, anchor))
        self.steps.append(Step((*parent, item.key), None, item.args, item.questions))

    def stands_in(self, block: Directive | None, node: Directive) -> bool:
        around = flat(self.site.document.children if block is None else block.block or ())
        return node not in self.gone and any(node is one for one in around)

    def retarget(self, old: str, new: str, questions: tuple[str, ...]) -> None:
        """Lead every other directive that passes on to where Galaxy's own does, as this text spells it, to `new`."""
        for node in self.site.walk():
            if node.name.lower() not in _LEADING or node in self.changed or node in self.site.bound.values():
                continue
            args = tuple(
                Expression(new + arg[len(old) :])
                if arg.startswith(old) and arg[len(old) :][:1] in ("", "/", "$")
                else arg
                for arg in node.args
            )
            self._set((*ROOT, "ProxyPass"), node, args, questions)

    def move_directory(self, old: str, new: str) -> None:
        """Let what a `<Directory>` says of the static files hold for their new place."""
        for node in self.site.document.walk():
            own = node.name.lower() == "directory" and len(node.args) == 1
            if own and (self.site.resolve(node.args[0]) or "").rstrip("/") == old.rstrip("/"):
                path = (*GALAXY, "directory:static")
                slash = "/" if node.args[0].endswith("/") else ""
                self._set(path, node, (new.rstrip("/") + slash or "/",), ("proxy.static_dir",))

    def nobody_elsewhere(self) -> None:
        """Where the proxy vouches for users, the file's own ways to Galaxy outside of its prefix pass on no name."""
        root = self.site.root
        if root is None or root.to is None:
            return
        for one in self.site.passes:
            below = one.path.rstrip("/") == self.site.prefix or one.path.startswith(f"{self.site.prefix}/")
            if below or one.to is None or one.to.origin != root.to.origin:
                continue
            items = tuple(
                Item(f"unset:{name.lower()}", "RequestHeader", ("unset", name), ("proxy.authentication",))
                for name in ("Remote_User", "Remote-User")
            )
            key = f"location:{one.path}"
            if one.section is None:
                items = (Item(key, "Location", (one.path,), ("proxy.authentication",), items),)
            self.operations.append(Insert(tuple(item.new() for item in items), "after", one.node))
            parent = GALAXY if one.section is None else (*GALAXY, key)
            for item in items:
                self.steps.extend(entering(parent, item))
