"""The job configuration in XML: job_conf.xml, which every release of Galaxy reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from wizard.answers.parameters import holds_secret
from wizard.answers.question import Given
from wizard.documents.xml.document import Document, Element, Span
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.jobs.assignments import assigned_spans, assigns_secret, merged, within
from wizard.files.jobs.conf import JobConf, is_xml, job_file
from wizard.files.jobs.reading import WHERE
from wizard.files.jobs.tree import secrecy_of
from wizard.files.jobs.xml import JobXmlDocument
from wizard.files.lens import Reading, Secrecy, SecretSpan, Target
from wizard.files.secrecy import password_spans, secrecy_by_key
from wizard.problems import Problem

_SKELETON = """\
<?xml version="1.0"?>
<!-- Where Galaxy runs jobs. Everything that can stand here is shown in Galaxy's job_conf.xml.sample_advanced. -->
<job_conf>
</job_conf>
"""
_COMMENTED_ELEMENT = re.compile(r"<[\w:.-]+(\s[^<>]*)>([^<]*)")
_COMMENTED_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]*://[^\s<\"']+")


@lru_cache(maxsize=8)
def parsed(text: str, file: str) -> JobXmlDocument:
    """The document of `text`; a plan asks for the same text more than once."""
    return JobXmlDocument.parse(text, file)


class JobConfXml(JobConf):
    """job_conf.xml: Galaxy reads a file as XML where `.xml` stands in its path."""

    name = "job_conf.xml"
    place = "xml"

    def meant(self, given: Given) -> bool:
        """`file` means XML as well, where its name says so or the release has no other."""
        return given.get(WHERE) in ("file", "xml")

    def document(self, text: str, file: str) -> JobXmlDocument:
        """The options of `text`, by the paths of job_conf.yml."""
        return parsed(text, file)

    def target(self, given: Given) -> Target | None:
        path = job_file(given)
        return Target(path, 0o640) if path and is_xml(path) and runs_here(given, *GALAXY) else None

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def read(self, text: str, file: str) -> Reading:
        reading = super().read(text, file)
        for found in (reading.given, reading.lines):
            found.pop(WHERE, None)  # `file` and `xml` can both mean this one
        notes = (
            Problem(f"{note.what}; it is left alone", file, note.line, question=note.question)
            for note in self.document(text, file).notes
        )
        unread = sorted((*reading.unread, *notes), key=lambda problem: problem.line or 0)
        return replace(reading, unread=tuple(unread))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        document = self.document(text, file).xml
        spans = {span for element in document.root.walk() for span in _element_secrets(document, element)}
        for start, end in document.comment_spans():
            spans.update(_comment_secrets(text, start, end))
        return merged(SecretSpan(*span) for span in spans)


def _element_secrets(document: Document, element: Element) -> Iterator[Span]:
    """Secrets in an element's text, by the name that it goes by, and in its attributes by theirs."""
    name = element.attributes.get("id") or element.attributes.get("name") or element.name
    if element.text.strip():
        span = document.text_span(element)
        yield from _secrets(document, span, _secrecy(name, element.text))
        yield from within(document.text, span) if span and assigns_secret(element.text) else ()
    for key, value in element.attributes.items():
        span = document.attribute_span(element, key)
        yield from within(document.text, span) if span and assigns_secret(value) else ()
        own = value if key in ("value", "default") else ""
        secrecy = _secrecy(name if own else key, value) if key not in ("id", "name") else None
        if secrecy is not None:
            yield from _secrets(document, span, secrecy)


def _secrets(document: Document, span: Span | None, secrecy: Secrecy | None) -> Iterator[Span]:
    if span is None or secrecy is None:
        return
    start, end = span
    found = password_spans(document.text[start:end]) if secrecy == "url" else ()
    if not found:
        yield start, end
    for first, last in found:
        yield start + first, start + last


def _comment_secrets(text: str, start: int, end: int) -> Iterator[Span]:
    """Secrets in what looks like an element in a comment, and the passwords of its URLs."""
    for found in _COMMENTED_ELEMENT.finditer(text, start, end):
        names = {key: one or other for key, one, other in _COMMENTED_ATTRIBUTE.findall(found[1])}
        name = names.get("id") or names.get("name") or ""
        if found[2].strip() and _secrecy(name, found[2]) == "whole":
            yield found.span(2)
        yield from assigned_spans(text, *found.span(2))
        for each in _COMMENTED_ATTRIBUTE.finditer(text, *found.span(1)):
            group = 2 if each[2] is not None else 3
            key = name if each[1] == "value" else each[1]
            yield from assigned_spans(text, *each.span(group))
            if each[1] not in ("id", "name") and _secrecy(key, each[group]) == "whole" and each[group]:
                yield each.span(group)
    for found in _URL.finditer(text, start, end):
        for first, last in password_spans(found[0]):
            yield found.start() + first, found.start() + last


def _secrecy(name: str, value: str) -> Secrecy | None:
    """How a value under a name is to be hidden, by the stricter of the rules for parameters and for keys."""
    general = secrecy_by_key((name,), value)
    if general == "whole" or not (holds_secret(name, value) or name == "amqp_url"):
        return general if general == "whole" or password_spans(value) else None
    return secrecy_of(name, value) or "whole"
