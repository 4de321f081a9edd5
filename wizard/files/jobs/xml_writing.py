"""From one tree in the shape of job_conf.yml to another, as changes to the elements of a job_conf.xml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from wizard.documents.tree import REMOVE, Path
from wizard.documents.xml.characters import writable
from wizard.documents.xml.document import Element
from wizard.documents.xml.edit import Change, Insert, New, Remove, SetAttribute, SetText
from wizard.documents.yaml.values import same
from wizard.files.jobs import xml_values as values
from wizard.files.jobs.tree import question_of
from wizard.files.jobs.xml_reading import ORDER, TAGS, Jobs
from wizard.files.jobs.xml_values import joined, parameters, text_of
from wizard.problems import Problem, Refused

Body = Mapping[str, Any]
Placed = tuple[New, "Element | None"]
"""A new row, and the one that it comes behind; None: the last."""
_LISTS = {
    "env": values.ENV_ATTRIBUTES,
    "resubmit": values.RESUBMIT_ATTRIBUTES,
    "plugins": {"id": "id"},
}


class Difference:
    """The changes that lead from the tree of `jobs` to another one. Raises Refused for what XML cannot say there.

    `behind` says for the paths of new rows which one they come behind.
    """

    def __init__(self, jobs: Jobs, wanted: Body, behind: Mapping[Path, str | int]) -> None:
        self.jobs, self.wanted, self.behind = jobs, wanted, behind
        self.changes: list[Change] = []

    def run(self) -> list[Change]:
        """The changes, in the order of the sections."""
        old, new = self.jobs.tree, self.wanted
        if old != new and self.jobs.root.name != "job_conf":
            self._refuse((), f"is no job configuration: it starts with <{self.jobs.root.name}>")
        for key in {**old, **new}:
            if key not in TAGS and old.get(key) != new.get(key):
                self._refuse((key,), "cannot be set in job_conf.xml")
        self._named(("runners",), old.get("runners"), new.get("runners"), self.jobs.plugins, self._plugin)
        self._handling(old.get("handling") or {}, new.get("handling") or {})
        self._execution(old.get("execution") or {}, new.get("execution") or {})
        self._items("tools", self.jobs.tools, self._tool)
        self._items("limits", self.jobs.limits, self._limit)
        return self.changes

    def _refuse(self, path: Path, what: str, way_out: str = "edit it by hand") -> NoReturn:
        places = [place] if (place := self.jobs.place(path)) is not None else []
        line = next((self.jobs.document.line(place.elements[0]) for place in places), None)
        name = ".".join(map(str, path)) or "the file"
        file = self.jobs.document.file
        raise Refused(Problem(f"{name} {what}", file, line, question=question_of(path), way_out=way_out))

    # -- sections

    def _section(self, key: str, attributes: Mapping[str, str | None], new: Sequence[Placed]) -> None:
        """Set attributes of a section and put rows behind others or its own, or make it where it belongs."""
        tag = TAGS[key]
        section = self.jobs.sections[tag]
        if section is not None:
            self.changes += [SetAttribute(section, name, value) for name, value in attributes.items()]
            named = section.findall(new[0][0].name) if new else []
            last = named[-1] if named else None
            self.changes += [Insert(section, each, after=above or last) for each, above in new]
            return
        filled = {name: value for name, value in attributes.items() if value is not None}
        if not filled and not new:
            return
        made = New(tag, filled, children=tuple(each for each, _ in new))
        present = [name for name in ORDER if self.jobs.sections[name] is not None]
        earlier = [name for name in present if ORDER.index(name) < ORDER.index(tag)]
        later = [name for name in present if ORDER.index(name) > ORDER.index(tag)]
        after = self.jobs.sections[earlier[-1]] if earlier else None
        before = self.jobs.sections[later[0]] if later and not earlier else None
        self.changes.append(Insert(self.jobs.root, made, after=after, before=before))

    def _named(
        self,
        path: Path,
        old: Any,
        new: Any,
        elements: Mapping[str, list[Element]],
        row: Callable[[Path, Element | None, Body, Body], New],
        attributes: Mapping[str, str | None] | None = None,
    ) -> None:
        """The rows of a section by name."""
        before, after = (dict(rows or {}) for rows in (old, new))
        made: list[Placed] = []
        for name, body in after.items():
            if name not in before:
                above = elements.get(str(self.behind.get((*path, name))))
                made.append((row((*path, name), None, {}, body or {}), above[-1] if above else None))
            elif not same(before[name], body):
                found = elements[name]
                element = found[0] if path[0] == "handling" else found[-1]
                row((*path, name), element, before[name] or {}, body or {})
        for name in before:
            if name not in after:
                self.changes += [Remove(element) for element in elements[name]]
        self._section(str(path[0]), attributes or {}, made)

    def _handling(self, old: Body, new: Body) -> None:
        known = {*values.HANDLING, "processes"}
        for key in {**old, **new}:
            if key not in known and old.get(key) != new.get(key):
                self._refuse(("handling", key), "cannot be set in job_conf.xml")
        attributes: dict[str, str | None] = {}
        for key, attribute in values.HANDLING.items():
            if old.get(key) != new.get(key):
                if key == "default":
                    self._open_default("handling", "handlers")
                value = new.get(key)
                written = joined(value) if isinstance(value, list) else value
                attributes[attribute] = None if key not in new else self._text(("handling", key), written)
        places = old.get("processes"), new.get("processes")
        self._named(("handling", "processes"), *places, self.jobs.handlers, self._handler, attributes)

    def _execution(self, old: Body, new: Body) -> None:
        attributes: dict[str, str | None] = {}
        if old.get("default") != new.get("default"):
            self._open_default("execution", "destinations")
            value = new.get("default", REMOVE)
            attributes["default"] = None if value is REMOVE else self._text(("execution", "default"), value)
        for key in {**old, **new}:
            if key not in ("default", "environments") and old.get(key) != new.get(key):
                self._refuse(("execution", key), "cannot be set in job_conf.xml")
        path: Path = ("execution", "environments")
        places = old.get("environments"), new.get("environments")
        self._named(path, *places, self.jobs.destinations, self._destination, attributes)

    def _open_default(self, key: str, tag: str) -> None:
        section = self.jobs.sections[tag]
        source = values.default_source(section) if section is not None else None
        if source is not None:
            self._refuse((key, "default"), source)

    def _items(
        self, key: str, elements: list[Element], item: Callable[[Path, Element | None, Body, Body], New]
    ) -> None:
        old, new = self.jobs.tree.get(key, []), self.wanted.get(key, [])
        made: list[Placed] = []
        for index, body in enumerate(new):
            path = (key, index)
            if body is REMOVE:
                self.changes += [Remove(elements[index])] if index < len(old) else []
            elif index >= len(old):
                above = self.behind.get(path)
                made.append((item(path, None, {}, body), elements[above] if isinstance(above, int) else None))
            elif not same(body, old[index]):
                item(path, elements[index], old[index], body)
        self._section(key, {}, made)

    # -- rows: the changes to an element, or a new one

    def _plugin(self, path: Path, element: Element | None, old: Body, new: Body) -> New:
        if element is None and "load" not in new:
            self._refuse(path, "needs its kind or its plugin", "give it, such as slurm")
        attributes = {"id": str(path[-1]), "type": "runner"}
        attributes |= self._attributes(path, element, old, new, {"load": "load", "workers": "workers"})
        return New("plugin", attributes, children=self._params(path, element, old, new, ("load", "workers")))

    def _destination(self, path: Path, element: Element | None, old: Body, new: Body) -> New:
        if "runner" not in new and (element is None or "runner" in old):
            self._refuse(path, "needs a runner", "give the runner that takes its jobs")
        names = {"runner": "runner", "tags": "tags"}
        attributes = {"id": str(path[-1]), **self._attributes(path, element, old, new, names)}
        top = ("runner", "tags", *values.DESTINATION_LISTS)
        before, after = _with_sudo(old), _with_sudo(new)
        if element is not None and new.get("docker_enabled") is not True and not _has_sudo(element):
            before = {key: value for key, value in old.items() if key != values.SUDO}
        children = self._params(path, element, before, after, top)
        for key in values.DESTINATION_LISTS:
            children += self._list((*path, key), element, old.get(key, []), new.get(key, []))
        return New("destination", attributes, children=children)

    def _handler(self, path: Path, element: Element | None, old: Body, new: Body) -> New:
        for key in {**old, **new}:
            if key not in ("tags", "plugins") and old.get(key) != new.get(key):
                self._refuse(
                    (*path, key), "cannot be set in job_conf.xml", "leave it out, or take job_conf.yml"
                )
        attributes = {"id": str(path[-1]), **self._attributes(path, element, old, new, {"tags": "tags"})}
        items = [[{"id": each} for each in body.get("plugins", [])] for body in (old, new)]
        return New("handler", attributes, children=self._list((*path, "plugins"), element, *items))

    def _tool(self, path: Path, element: Element | None, old: Body, new: Body) -> New:
        attributes = self._attributes(path, element, old, new, values.TOOL_ATTRIBUTES)
        self._known(path, {**old, **new}, {*values.TOOL_ATTRIBUTES, "params"})
        children = self._params((*path, "params"), element, old.get("params", {}), new.get("params", {}), ())
        return New("tool", attributes, children=children)

    def _limit(self, path: Path, element: Element | None, old: Body, new: Body) -> New:
        self._known(path, {**old, **new}, {*values.LIMIT_ATTRIBUTES, "value"})
        old, new = (
            {**body, "type": str(body.get("type")).replace("environment_", "destination_", 1)}
            for body in (old, new)
        )
        attributes = self._attributes(path, element, old, new, values.LIMIT_ATTRIBUTES)
        text = self._text((*path, "value"), new.get("value", ""))
        if element is not None and not same(old.get("value"), new.get("value")):
            self.changes.append(SetText(element, text))
        return New("limit", attributes, text)

    def _known(self, path: Path, body: Body, known: set[str]) -> None:
        for key in body:
            if key not in known:
                self._refuse((*path, key), "cannot be set in job_conf.xml")

    # -- parts of rows

    def _attributes(
        self, path: Path, element: Element | None, old: Body, new: Body, names: Mapping[str, str]
    ) -> dict[str, str]:
        """The attributes of a new row; for `element` the changes to those that differ."""
        written: dict[str, str] = {}
        for key, attribute in names.items():
            value = new.get(key, REMOVE)
            if same(old.get(key, REMOVE), value):
                continue
            if value is not REMOVE:
                written[attribute] = self._text((*path, key), joined(value) if key == "tags" else value)
            if element is not None:
                self.changes.append(SetAttribute(element, attribute, written.get(attribute)))
        return written

    def _params(
        self, path: Path, element: Element | None, old: Body, new: Body, top: Sequence[str]
    ) -> tuple[New, ...]:
        found = parameters(element) if element is not None else values.Parameters({}, {}, {})
        made: list[New] = []
        for key in {**old, **new}:
            value = new.get(key, REMOVE)
            if key in top or same(old.get(key, REMOVE), value):
                continue
            if key in found.closed:
                self._refuse((*path, key), found.closed[key])
            held = found.held.get(key, [])
            if value is REMOVE:
                self.changes += [Remove(param, close=True) for param in held]
                continue
            if key in values.RESERVED.get(_row_tag(path), ()):
                self._refuse((*path, key), "cannot be the name of a parameter in job_conf.xml")
            text = self._text((*path, key), value)
            if not held:
                made.append(New("param", {"id": self._text((*path, key), key)}, text))
            elif not same(values.value_of(key, held[-1].text), value):
                self.changes.append(SetText(held[-1], text))
        if element is not None:
            params = element.findall("param")
            self.changes += [Insert(element, each, after=params[-1] if params else None) for each in made]
        return tuple(made)

    def _list(self, path: Path, element: Element | None, old: Any, new: Any) -> tuple[New, ...]:
        """Elements that stand one behind the other: those that are the same at both ends stay."""
        key = str(path[-1])
        name = "plugin" if key == "plugins" else key
        if not isinstance(new, list) or not all(isinstance(item, Mapping) for item in new):
            self._refuse(path, "must be a list of entries")
        if element is None:
            return tuple(self._entry(path, name, item) for item in new)
        elements = element.findall(name)
        start = 0
        while start < min(len(old), len(new)) and same(old[start], new[start]):
            start += 1
        stop = 0
        while stop < min(len(old), len(new)) - start and same(old[-1 - stop], new[-1 - stop]):
            stop += 1
        olds = list(zip(elements, old, strict=True))[start : len(old) - stop]
        news = new[start : len(new) - stop]
        for (held, before), item in zip(olds, news, strict=False):
            self._change_entry(path, held, before, item)
        self.changes += [Remove(held, close=True) for held, _ in olds[len(news) :]]
        last = start + min(len(olds), len(news))
        behind = elements[last - 1] if last else None
        before_all = elements[0] if not last and elements else None
        for item in news[len(olds) :]:
            entry = self._entry(path, name, item)
            self.changes.append(Insert(element, entry, after=behind, before=before_all))
        return ()

    def _entry(self, path: Path, name: str, item: Body) -> New:
        names = _LISTS[str(path[-1])]
        self._known(path, item, {*names, *(("value",) if name == "env" else ())})
        attributes = {names[key]: self._text((*path, key), item[key]) for key in names if key in item}
        return New(name, attributes, self._text((*path, "value"), item.get("value", "")))

    def _change_entry(self, path: Path, held: Element, old: Body, new: Body) -> None:
        entry = self._entry(path, held.name, new)
        for key, attribute in _LISTS[str(path[-1])].items():
            if not same(old.get(key, REMOVE), new.get(key, REMOVE)):
                self.changes.append(SetAttribute(held, attribute, entry.attributes.get(attribute)))
        if not same(old.get("value", ""), new.get("value", "")):
            self.changes.append(SetText(held, entry.text))

    def _text(self, path: Path, value: Any) -> str:
        text = text_of(value)
        if text is None:
            self._refuse(path, "cannot be said in job_conf.xml: it must be a text, a number, true or false")
        if not writable(text):
            self._refuse(path, "holds a control character, which XML cannot say", "leave the character out")
        return text


def _row_tag(path: Path) -> str:
    return {"runners": "plugin", "execution": "destination"}.get(str(path[0]), "tool")


def _with_sudo(body: Body) -> Body:
    """A destination's parameters with what XML needs to say about sudo, which it otherwise takes for granted."""
    if body.get("docker_enabled") is not True or values.SUDO in body:
        return body
    said: dict[str, Any] = {}
    for key, value in body.items():
        said[key] = value
        if key == "docker_enabled":
            said[values.SUDO] = False
    return said


def _has_sudo(element: Element) -> bool:
    return values.SUDO in parameters(element).held
