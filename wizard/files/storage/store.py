"""The object store's configuration: object_store_conf.yml and object_store_conf.xml.

Galaxy reads a file as XML where its name ends with .xml (or .xml.sample), any other as YAML, and looks by itself for
object_store_conf.xml only (galaxy.objectstore.build_object_store_from_config; object_store_config_file in the schema).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from wizard.answers.question import Given
from wizard.documents.tree import Path, TreeDocument
from wizard.files.entry_lens import EntryLens
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Secrecy, SecretSpan, Target, Written, owned
from wizard.files.places import in_config_dir, named_config
from wizard.files.storage import secrets
from wizard.files.storage.arranging import StoreYamlDocument
from wizard.files.storage.bodies import Syntax
from wizard.files.storage.changes import changes_of
from wizard.files.storage.reading import BACKENDS, FORMAT, STORE, StoreDocument, seen
from wizard.files.storage.writing import Writing
from wizard.files.storage.xml import StoreXmlDocument
from wizard.problems import Problem, Refused

FILE = "data.object_store_file"
_DEFAULT = "object_store_conf.xml"
_YAML_SKELETON = """\
# Where Galaxy keeps datasets. Everything that can stand here is shown in Galaxy's object_store_conf.sample.yml.
"""
_XML_SKELETON = """\
<?xml version="1.0"?>
<!-- Where Galaxy keeps datasets. Much of what can stand here is shown in Galaxy's object_store_conf.xml.sample. -->
<object_store>
</object_store>
"""


@lru_cache(maxsize=8)
def parsed_yaml(text: str, file: str) -> StoreYamlDocument:
    """The document of `text`; a plan asks for the same text more than once."""
    return StoreYamlDocument.parse(text, file)


@lru_cache(maxsize=8)
def parsed_xml(text: str, file: str) -> StoreXmlDocument:
    """The document of `text`; a plan asks for the same text more than once."""
    return StoreXmlDocument.parse(text, file)


class ObjectStore(EntryLens):
    """What both syntaxes share."""

    syntax: Syntax

    def parse(self, text: str, file: str) -> StoreDocument:
        """The document of `text`. Raises Refused when Galaxy could not read it."""
        raise LookupError(self.name)

    def owns(self, question: str) -> bool:
        return question in (STORE, FORMAT, BACKENDS)

    def target(self, given: Given) -> Target | None:
        path = store_file(given)
        wanted = path and is_xml(path) == (self.syntax == "xml") and runs_here(given, *GALAXY)
        return Target(path, 0o640) if path and wanted else None

    def read(self, text: str, file: str) -> Reading:
        reading = seen(self.parse, text, file, self.syntax).reading
        return Reading(dict(reading.given), dict(reading.lines), reading.unread)

    def write(self, given: Given, text: str, file: str) -> Written:
        if not owned(self, given):
            return Written(text)
        writing = Writing(seen(self.parse, text, file, self.syntax), given, file, self.syntax)
        writing.run()
        after = writing.text(self.parse)
        if after == text:
            return Written(text)
        return Written(after, changes_of(writing, self.parse(after, file)))


class ObjectStoreYaml(ObjectStore):
    """object_store_conf.yml, or a file of any name that is none of XML."""

    name = "object store (YAML)"
    syntax: Syntax = "yaml"

    def parse(self, text: str, file: str) -> StoreDocument:
        return parsed_yaml(text, file)

    def document(self, text: str, file: str) -> TreeDocument:
        return parsed_yaml(text, file)

    def skeleton(self, given: Given) -> str:
        return _YAML_SKELETON

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        return secrets.in_yaml(document)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        found = super().secret_spans(text, file)
        more = (SecretSpan(*span) for span in secrets.in_yaml_lines(text))
        apart = (
            span for span in more if all(span.end <= one.start or one.end <= span.start for one in found)
        )
        return tuple(sorted((*found, *apart), key=lambda span: span.start))


class ObjectStoreXml(ObjectStore):
    """object_store_conf.xml."""

    name = "object store (XML)"
    syntax: Syntax = "xml"

    def parse(self, text: str, file: str) -> StoreDocument:
        return parsed_xml(text, file)

    def skeleton(self, given: Given) -> str:
        return _XML_SKELETON

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        found = set(secrets.in_xml(parsed_xml(text, file).xml))
        return tuple(SecretSpan(*span) for span in sorted(found))


def store_file(given: Given) -> str | None:
    """The absolute path of the object store's file; None when these answers need none: one disk is Galaxy's own
    default. Raises Refused where Galaxy would not read the file, or not in this format."""
    named, wanted = given.get(FILE), given.get(FORMAT)
    store = given.get(STORE)
    if store in (None, "disk") and not given.get(BACKENDS) and not (named and store):
        return None
    if named:
        if wanted is not None and is_xml(named) != (wanted == "xml"):
            what = (
                f"Galaxy would not read this file as {wanted.upper()}: it goes by .xml at the end of the name"
            )
            raise Refused(Problem(what, question=FILE, way_out=f"name it object_store_conf.{_END[wanted]}"))
        return named_config(given, named)
    if wanted == "yaml":
        what = "Galaxy finds an object store in YAML only by this answer"
        raise Refused(Problem(what, question=FILE, way_out="give it: object_store_conf.yml"))
    return in_config_dir(given, _DEFAULT)


_END = {"yaml": "yml", "xml": "xml"}


def is_xml(path: str) -> bool:
    """Whether Galaxy reads an object store at `path` as XML."""
    return path.endswith((".xml", ".xml.sample"))
