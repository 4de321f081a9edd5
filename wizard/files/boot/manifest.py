"""A manifest of Solaris' service management as options: of the one service in it that has one method context.

A context above the methods holds for all of them (smf_method(7), service_bundle.dtd). Several contexts may differ, so
of a manifest with more than one nothing is taken for sure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Missing, Path
from wizard.documents.xml.document import Document, Element, parse
from wizard.documents.xml.edit import Change, Insert, New, Remove, SetAttribute, edit

CREDENTIAL, CONTEXT, ENVIRONMENT = "method_credential", "method_context", "method_environment"
USER: Path = (CREDENTIAL, "user")
GROUP: Path = (CREDENTIAL, "group")
DIRECTORY: Path = (CONTEXT, "working_directory")
START: Path = ("start", "exec")
STOP: Path = ("stop", "exec")
_OPEN = "is one of several services or method contexts"


class Manifest:
    """The service's options in a manifest."""

    def __init__(self, document: Document) -> None:
        self.document = document
        services = [element for element in document.root.walk() if element.name == "service"]
        contexts = [element for element in document.root.walk() if element.name == CONTEXT]
        self.service = services[0] if len(services) == 1 else None
        self.contexts = contexts
        self.context = contexts[0] if len(contexts) == 1 and self.service is not None else None

    @classmethod
    def parse(cls, text: str, file: str = "text") -> Manifest:
        """Read `text`. Raises Refused for what is no XML."""
        return cls(parse(text, file))

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def file(self) -> str:
        return self.document.file

    def obstacle(self, path: Path) -> str | None:
        """Why the option at `path` can be neither read nor written."""
        if self.service is None or len(self.contexts) > 1:
            return _OPEN
        if path in (START, STOP):
            return None if len(self._methods(str(path[0]))) == 1 else "is not the one method of its name"
        if self.context is None or self.context.parent is not self.service:
            return "has no method context of the whole service"
        return None

    def get(self, path: Path) -> str | dict[str, Any] | Missing:
        """The value at `path`; a dict of the variables at `(method_environment,)`."""
        if path == (ENVIRONMENT,):
            return {name: element.attributes.get("value", "") for name, element in self._variables().items()}
        element, attribute = self._place(path)
        if element is None or self.obstacle(path) is not None:
            return MISSING
        return element.attributes.get(attribute, MISSING)

    def keys(self, path: Path) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(self._variables()) if path == (ENVIRONMENT,) else ()

    def line(self, path: Path) -> int | None:
        """The line (from 1) of the attribute; of the element for a path of one step."""
        if len(path) == 1:
            above = self.context.find(str(path[0])) if self.context is not None else None
            return None if above is None else self.document.line(above)
        element, attribute = self._place(path)
        if element is None or attribute not in element.attributes:
            return None
        return self.document.attribute_line(element, attribute)

    def lines(self, path: Path) -> range | None:
        """The line of the attribute; those of the whole element for a variable."""
        line = self.line(path)
        if line is None:
            return None
        if path[0] == ENVIRONMENT:
            element, _ = self._place(path)
            return None if element is None else self.document.lines(element)
        return range(line, line + 1)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """The character offsets of the attribute's value."""
        element, attribute = self._place(path)
        return None if element is None else self.document.attribute_span(element, attribute)

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        """None: nothing is commented out option by option."""
        return []

    def unknown_tags(self) -> list[tuple[int, str]]:
        """None: an unknown element is refused by the DTD alone."""
        return []

    def variables(self) -> list[Element]:
        """Every variable of every context: for finding secrets."""
        return [element for element in self.document.root.walk() if element.name == "envvar"]

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made. Raises Refused for what XML cannot hold."""
        operations: list[Change] = []
        credential: dict[str, str] = {}
        variables: list[New] = []
        for path, value in changes.items():
            element, attribute = self._place(path)
            if path[0] == ENVIRONMENT and element is not None and value is REMOVE:
                operations += self._without(element, changes)
            elif element is not None:
                operations.append(SetAttribute(element, attribute, None if value is REMOVE else value))
            elif value is not REMOVE and path[0] == CREDENTIAL:
                credential[attribute] = value
            elif value is not REMOVE:
                variables.append(New("envvar", {"name": str(path[1]), "value": value}))
        return edit(self.document, [*operations, *self._new(credential, variables)])

    def _new(self, credential: Mapping[str, str], variables: list[New]) -> list[Change]:
        """New elements of the context: the credential comes before the environment."""
        operations: list[Change] = []
        if self.context is None:
            return operations
        environment = self.context.find(ENVIRONMENT)
        if credential:
            operations.append(Insert(self.context, New(CREDENTIAL, credential), before=environment))
        if environment is not None:
            operations += [Insert(environment, new) for new in variables]
        elif variables:
            operations.append(Insert(self.context, New(ENVIRONMENT, children=tuple(variables))))
        return operations

    def _without(self, element: Element, changes: Mapping[Path, Any]) -> list[Change]:
        """The environment goes with the last of its variables: an empty one is not valid."""
        gone = {path[1] for path, value in changes.items() if path[0] == ENVIRONMENT and value is REMOVE}
        stays = [name for name in self._variables() if name not in gone]
        added = any(path[0] == ENVIRONMENT and value is not REMOVE for path, value in changes.items())
        if stays or added or element.parent is None:
            return [Remove(element)]
        return [Remove(element.parent)] if element is next(iter(self._variables().values())) else []

    def _place(self, path: Path) -> tuple[Element | None, str]:
        """The element and attribute of an option."""
        name = str(path[-1])
        if path[0] == ENVIRONMENT:
            return self._variables().get(name), "value"
        if path in (START, STOP):
            methods = self._methods(str(path[0]))
            return (methods[0] if len(methods) == 1 else None), name
        if self.context is None:
            return None, name
        return (self.context if path[0] == CONTEXT else self.context.find(CREDENTIAL)), name

    def _methods(self, name: str) -> list[Element]:
        found = self.service.walk() if self.service is not None else ()
        return [each for each in found if each.name == "exec_method" and each.attributes.get("name") == name]

    def _variables(self) -> dict[str, Element]:
        environment = None if self.context is None else self.context.find(ENVIRONMENT)
        found = () if environment is None else environment.findall("envvar")
        return {element.attributes.get("name", ""): element for element in found}
