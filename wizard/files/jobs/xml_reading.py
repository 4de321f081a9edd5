"""job_conf.xml in the shape of job_conf.yml: what Galaxy makes of the elements, and where each value stands.

Which elements count is Galaxy's own rule (galaxy.jobs.job_config_xml_to_dict and galaxy.web_stack.handlers, release
26.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wizard.documents.tree import Path
from wizard.documents.xml.document import Document, Element
from wizard.documents.xml.tree import Place
from wizard.files.jobs.xml_values import (
    DESTINATION_LISTS,
    HANDLING,
    LIMIT_ATTRIBUTES,
    RUNNER_ATTRIBUTES,
    SUDO,
    TOOL_ATTRIBUTES,
    default_source,
    env_item,
    handler_body,
    integer,
    limit_item,
    parameters,
    resubmit_item,
    split,
)

TAGS = {"runners": "plugins", "handling": "handlers", "execution": "destinations", "tools": "tools"}
TAGS["limits"] = "limits"
ORDER = ("plugins", "handlers", "destinations", "resources", "tools", "limits")
"""The elements below the root, in the order of Galaxy's samples."""


@dataclass(frozen=True)
class Note:
    """Something that the questions cannot say."""

    line: int
    question: str
    what: str


class Jobs:
    """The tree that an XML text says, its elements by name, and what stands in it beside."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root = document.root
        self.sections = {tag: self.root.find(tag) for tag in ORDER}
        self.plugins: dict[str, list[Element]] = {}
        self.handlers: dict[str, list[Element]] = {}
        self.destinations: dict[str, list[Element]] = {}
        self.tools = self._all("tools", "tool")
        self.limits = [limit for limit in self._all("limits", "limit") if "type" in limit.attributes]
        self.notes: list[Note] = []
        self.tree: dict[str, Any] = {
            key: value
            for key, value in (
                ("runners", self._runners()),
                ("handling", self._handling()),
                ("execution", self._execution()),
                ("tools", [self._tool(tool) for tool in self.tools]),
                ("limits", [limit_item(limit) for limit in self.limits]),
            )
            if value
        }
        self._others()

    def note(self, element: Element, question: str, what: str) -> None:
        """Remember what is left alone."""
        self.notes.append(Note(self.document.line(element), question, what))

    def place(self, path: Path) -> Place | None:
        """Where the value at `path` stands."""
        section = self.sections.get(TAGS.get(str(path[0]), "")) if path else self.root
        if section is None:
            return None
        if len(path) < 2 or path[1:] in (("processes",), ("environments",)):
            return Place((section,))
        if path[0] == "runners":
            return self._row(self.plugins, path[1:], {key: key for key in RUNNER_ATTRIBUTES})
        if path[:2] == ("execution", "environments"):
            return self._row(self.destinations, path[2:], {"runner": "runner", "tags": "tags"})
        if path[:2] == ("handling", "processes"):
            return self._row(self.handlers, path[2:], {"tags": "tags"})
        if path[0] == "tools":
            return self._item(self.tools, path[1:], TOOL_ATTRIBUTES)
        if path[0] == "limits":
            return self._item(self.limits, path[1:], LIMIT_ATTRIBUTES)
        attribute = HANDLING.get(str(path[1]), "")
        return Place((section,), attribute) if attribute in section.attributes else None

    def rows(self, path: Path) -> list[Element]:
        """The elements that have the name at `path`; none where it is no row that goes by a name."""
        tables: dict[Path, dict[str, list[Element]]] = {
            ("runners",): self.plugins,
            ("handling", "processes"): self.handlers,
            ("execution", "environments"): self.destinations,
        }
        return tables.get(path[:-1], {}).get(str(path[-1]), [])

    def _row(self, rows: dict[str, list[Element]], path: Path, attributes: dict[str, str]) -> Place | None:
        found = rows.get(str(path[0]))
        if not found:
            return None
        element = found[0] if rows is self.handlers else found[-1]
        if len(path) == 1:
            return Place((element,))
        key = str(path[1])
        if key in attributes:
            return Place((element,), attributes[key]) if attributes[key] in element.attributes else None
        lists = DESTINATION_LISTS if element.name == "destination" else ("plugins",)
        if key in lists and element.name != "plugin":
            inner = element.findall("plugin" if key == "plugins" else key)
            inner = inner[int(path[2]) : int(path[2]) + 1] if len(path) > 2 else inner
            return Place(tuple(inner)) if inner else None
        params = parameters(element).held.get(key)
        return Place((params[-1],), text=True) if params else None

    def _item(self, items: list[Element], path: Path, attributes: dict[str, str]) -> Place | None:
        index = path[0]
        if not isinstance(index, int) or not 0 <= index < len(items):
            return None
        element = items[index]
        if len(path) == 1:
            return Place((element,))
        key = str(path[1])
        if key == "value" and element.name == "limit":
            return Place((element,), text=True)
        if key == "params":
            found = parameters(element).held.get(str(path[2]), []) if len(path) > 2 else []
            return Place((found[-1],), text=True) if found else Place((element,))
        attribute = attributes.get(key, "")
        return Place((element,), attribute) if attribute in element.attributes else None

    # -- sections

    def _all(self, tag: str, name: str) -> list[Element]:
        section = self.sections[tag]
        return section.findall(name) if section is not None else []

    def _named(self, tag: str, name: str, question: str, needed: tuple[str, ...]) -> dict[str, list[Element]]:
        """The rows of a section by their ids. Galaxy passes over those that lack what it needs."""
        found: dict[str, list[Element]] = {}
        for element in self._all(tag, name):
            missing = [key for key in ("id", *needed) if key not in element.attributes]
            if missing:
                self.note(element, question, f"<{name}> has no {missing[0]}, and Galaxy passes over it")
                continue
            rows = found.setdefault(element.attributes["id"], [])
            if rows:
                taken = "first" if name == "handler" else "last"
                same = f"<{name}> of the id {element.attributes['id']}"
                self.note(element, question, f"stands here as another {same}, and Galaxy takes the {taken}")
            rows.append(element)
        for element in self._all(tag, "expand"):
            self.note(element, question, "<expand> stands for elements of a macro")
        return found

    def _runners(self) -> dict[str, Any]:
        question = "cluster.runners"
        section = self.sections["plugins"]
        if section is not None and "workers" in section.attributes:
            self.note(section, question, "<plugins> has a number of workers for plugins without their own")
        for name, elements in self._named("plugins", "plugin", question, ("type",)).items():
            runners = [each for each in elements if each.attributes["type"] == "runner"]
            usable = [each for each in runners if name == "dynamic" or "load" in each.attributes]
            if usable:
                self.plugins[name] = usable
            else:
                self.note(elements[-1], question, f"<plugin> {name} is no runner that Galaxy loads")
        rows: dict[str, Any] = {}
        for name, usable in self.plugins.items():
            plugin = usable[-1]
            row: dict[str, Any] = {}
            if "load" in plugin.attributes:
                row["load"] = plugin.attributes["load"]
            if "workers" in plugin.attributes:
                row["workers"] = integer(plugin.attributes["workers"])
            rows[name] = {**row, **self._parameters(plugin, question)}
        return rows

    def _handling(self) -> dict[str, Any]:
        section = self.sections["handlers"]
        if section is None:
            return {}
        found: dict[str, Any] = {}
        self._default(section, "scaling.default_handler", found)
        methods = [each.strip() for each in section.attributes.get("assign_with", "").split(",")]
        if any(methods):
            found["assign"] = [each for each in methods if each]
        for key in ("max_grab", "ready_window_size"):
            if section.attributes.get(key):
                found[key] = integer(section.attributes[key])
        self.handlers = self._named("handlers", "handler", "scaling.handlers", ())
        processes = {name: handler_body(elements[0]) for name, elements in self.handlers.items()}
        return {**found, **({"processes": processes} if processes else {})}

    def _execution(self) -> dict[str, Any]:
        section = self.sections["destinations"]
        if section is None:
            return {}
        question, found = "cluster.destinations", dict[str, Any]()
        self._default(section, "cluster.default_destination", found)
        self.destinations = self._named("destinations", "destination", question, ("runner",))
        rows = {name: self._destination(elements[-1]) for name, elements in self.destinations.items()}
        return {**found, **({"environments": rows} if rows else {})}

    def _destination(self, element: Element) -> dict[str, Any]:
        question = "cluster.destinations"
        row: dict[str, Any] = {}
        if element.attributes["runner"]:
            row["runner"] = element.attributes["runner"]
        if "tags" in element.attributes:
            row["tags"] = split(element.attributes["tags"])
        row.update(self._parameters(element, question))
        # Galaxy runs Docker with sudo where XML does not say otherwise, and without where YAML does not.
        says = row.get("docker_enabled") is True and SUDO not in parameters(element).closed
        if says and row.setdefault(SUDO, True) is False:
            del row[SUDO]
        lists = (("env", env_item), ("resubmit", resubmit_item))
        for key, item_of in lists:
            items = [item_of(each) for each in element.findall(key)]
            if items:
                row[key] = items
        if "metrics" in element.attributes:
            self.note(element, question, f"destination {element.attributes['id']} has metrics of its own")
        for metrics in element.findall("job_metrics"):
            name = element.attributes["id"]
            self.note(metrics, question, f"<job_metrics> gives destination {name} metrics of its own")
        return row

    def _tool(self, element: Element) -> dict[str, Any]:
        item: dict[str, Any] = {
            key: element.attributes[attribute]
            for key, attribute in TOOL_ATTRIBUTES.items()
            if element.attributes.get(attribute)
        }
        if element.children:
            params = self._parameters(element, "cluster.tools")
            if params:
                item["params"] = params
                self.note(element, "cluster.tools", "<tool> has parameters of its own")
        return item

    def _parameters(self, element: Element, question: str) -> dict[str, Any]:
        found = parameters(element)
        for key, why in found.closed.items():
            params = [each for each in element.findall("param") if each.attributes.get("id") == key]
            self.note(params[-1], question, f"<param> {key} {why}")
        return found.values

    def _default(self, section: Element, question: str, found: dict[str, Any]) -> None:
        source = default_source(section)
        if source is not None:
            self.note(section, question, f"the default of <{section.name}> {source}")
        elif section.attributes.get("default"):
            found["default"] = section.attributes["default"]

    def _others(self) -> None:
        """What stands below the root and belongs to no question."""
        where = "cluster.job_config"
        if self.root.name != "job_conf":
            self.note(self.root, where, f"<{self.root.name}> is not <job_conf>")
            return
        for child in self.root.children:
            if child.name == "resources":
                self.note(child, "cluster.tools", "<resources> groups the fields of tool forms")
            elif child.name == "macros":
                self.note(child, where, "<macros> are put in by Galaxy where they are named")
            elif child.name not in ORDER:
                self.note(child, where, f"<{child.name}> is nothing that Galaxy reads here")
            elif self.sections[child.name] is not child:
                self.note(child, where, f"<{child.name}> stands here again, and Galaxy takes the first")
