"""job_conf.xml as a tree document: the paths and values of job_conf.yml, over the elements of an XML text."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Path
from wizard.documents.xml import document as xml
from wizard.documents.xml import edit as xml_edit
from wizard.documents.xml.tree import Place, XmlTree, inside
from wizard.documents.yaml.values import same
from wizard.files.jobs.tree import question_of
from wizard.files.jobs.xml_reading import Jobs, Note
from wizard.files.jobs.xml_values import LISTED, SUDO
from wizard.files.jobs.xml_writing import Difference
from wizard.problems import Problem, Refused


class JobXmlDocument(XmlTree):
    """A job_conf.xml. Paths are those of job_conf.yml; what they cannot name stays as it is."""

    usual = "job_conf.xml"

    def __init__(self, document: xml.Document) -> None:
        super().__init__(document)
        self.jobs = Jobs(document)

    @property
    def tree(self) -> dict[str, Any]:
        return self.jobs.tree

    def place(self, path: Path) -> Place | None:
        return self.jobs.place(path)

    @property
    def notes(self) -> list[Note]:
        """What stands in the text and no path can name."""
        return self.jobs.notes

    def lines(self, path: Path) -> range | None:
        """All lines of the entry at `path`; with Docker goes what XML has to say of sudo, where it follows."""
        found, sudo = super().lines(path), (*path[:-1], SUDO)
        place = self.place(sudo) if path[-1:] == ("docker_enabled",) and self.get(sudo) is MISSING else None
        if found is not None and place is not None and self.xml.line(place.elements[0]) == found.stop:
            return range(found.start, self.xml.lines(place.elements[-1]).stop)
        return found

    # -- editing

    def renamed(self, names: Mapping[Path, str]) -> str:
        """The text with new ids for the rows at these paths; the rest of it keeps its bytes.

        Raises Refused for what XML cannot say.
        """
        changes = [
            xml_edit.SetAttribute(element, "id", name)
            for path, name in names.items()
            for element in self.jobs.rows(path)
        ]
        return xml_edit.edit(self.xml, changes)

    def name_line(self, path: Path) -> int | None:
        """The line (from 1) of the id of the row at `path`."""
        rows = self.jobs.rows(path)
        return self.xml.attribute_line(rows[-1], "id") if rows else None

    def edit(self, changes: Mapping[Path, Any], behind: Mapping[Path, str | int] | None = None) -> str:
        """The text with `changes` made, as in YAML; REMOVE takes an entry out, items keep their indexes until then.

        Raises Refused for what XML cannot say in that place, or would not say as asked.
        """
        behind = behind or {}
        wanted = _pruned(_changed(self.tree, changes))
        try:
            text = xml_edit.edit(self.xml, Difference(self.jobs, wanted, behind).run())
        except Refused as refusal:
            question = next((question_of(path) for path in changes), None)
            named = [replace(each, question=each.question or question) for each in refusal.problems]
            raise Refused(named) from refusal
        if text != self.text or changes:
            self._verify(JobXmlDocument.parse(text, self.file), wanted, behind)
        return text

    def _verify(
        self, after: JobXmlDocument, wanted: dict[str, Any], behind: Mapping[Path, str | int]
    ) -> None:
        for key in ("tools", "limits"):
            if key in wanted:
                wanted[key] = _in_order(key, wanted[key], len(self.tree.get(key, [])), behind)
        path = _difference(after.tree, _pruned(wanted))
        if path is None:
            return
        name = ".".join(map(str, path))
        asked, found = inside(wanted, path), after.get(path)
        what, way_out = f"{name} would not read back as asked after this change", "edit this place by hand"
        if path[-1:] == ("docker_sudo",):
            what, way_out = f"{name} is what goes without saying", "leave it out"
        elif isinstance(asked, str) and isinstance(found, (bool, int, float)):
            what = f"{name} is a text that XML cannot tell from a number, or from true and false"
            way_out = "give it without quotes"
        elif asked == "":
            what, way_out = f"{name} is an empty text, which Galaxy takes for none here", "leave it out"
        raise Refused(Problem(what, self.file, self.line(path), question=question_of(path), way_out=way_out))


def _changed(tree: dict[str, Any], changes: Mapping[Path, Any]) -> dict[str, Any]:
    """`tree` with the changes made; an item that goes leaves REMOVE in its place."""
    changed: dict[str, Any] = deepcopy(tree)
    for path, value in changes.items():
        node: Any = changed
        for step in path[:-1]:
            if isinstance(node, list):
                node = node[int(step)]
            else:
                if not isinstance(node.get(step), (dict, list)):
                    node[step] = {}
                node = node[step]
        last = path[-1]
        if isinstance(node, list):
            node += [REMOVE] * (int(last) + 1 - len(node))
            node[int(last)] = deepcopy(value)
        elif value is REMOVE and last in ("tools", "limits") and node is changed:
            node[last] = [REMOVE] * len(node.get(last, []))
        elif value is REMOVE:
            node.pop(last, None)
        else:
            node[last] = deepcopy(value)
    return changed


def _in_order(key: str, items: list[Any], count: int, behind: Mapping[Path, str | int]) -> list[Any]:
    """What is left of `items`: those behind the first `count` are new, and stand where `behind` puts them."""
    places: list[list[Any]] = [[item] for item in items[:count]]
    end: list[Any] = []
    for index, item in enumerate(items[count:], count):
        at = behind.get((key, index))
        (places[at] if isinstance(at, int) and at < count else end).append(item)
    return [item for place in (*places, end) for item in place if item is not REMOVE]


def _pruned(tree: dict[str, Any]) -> dict[str, Any]:
    """`tree` without what holds nothing: an element without rows, or a list without entries, says as much as none."""

    def filled(body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {key: part for key, part in body.items() if part != [] or key not in LISTED}

    def rows(bodies: Any) -> Any:
        return {name: filled(body) for name, body in bodies.items()} if isinstance(bodies, dict) else bodies

    pruned = {}
    for key, value in tree.items():
        inner = {"handling": "processes", "execution": "environments"}.get(key, "")
        if key == "runners":
            value = rows(value)
        elif inner and isinstance(value, dict):
            value = filled({**value, **({inner: rows(value[inner])} if inner in value else {})})
            value = {name: part for name, part in value.items() if name != inner or part != {}}
        if value not in ({}, []):
            pruned[key] = value
    return pruned


def _difference(one: Any, other: Any, path: Path = ()) -> Path | None:
    """The path of the first difference; None without any."""
    if same(one, other):
        return None
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**other, **one}:
            found = _difference(one.get(key, MISSING), other.get(key, MISSING), (*path, key))
            if found is not None:
                return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            found = _difference(left, right, (*path, index))
            if found is not None:
                return found
    return path
