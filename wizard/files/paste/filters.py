"""The filters that PasteDeploy puts around Galaxy in galaxy.ini: the prefix of its URLs, and compression.

`filter-with` names the first one, and may stand in that filter's own section for the next. Sources: Galaxy's sample
galaxy.ini until 17.09 (filter:proxy-prefix, filter:gzip, cookie_path); paste.deploy.config of PasteDeploy 3.1;
production.md on the gzip filter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.ini.document import IniDocument
from wizard.documents.tree import MISSING, REMOVE, Path, TreeDocument
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Target, Written
from wizard.files.paste import application
from wizard.files.paste.application import APPLICATION
from wizard.files.paste.servers import parsed, servers
from wizard.files.places import ini_samples, main_config, release
from wizard.files.uwsgi.ini import loads_galaxy
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

PREFIX, COMPRESSED = "proxy.url_prefix", "proxy.gzip"
WITH = "filter-with"
_USED_AS = "egg:PasteDeploy#prefix"
_PREFIXES = frozenset({"egg:pastedeploy#prefix", "egg:pastedeploy", "egg:paste.deploy#prefix"})
_GZIP = "egg:paste#gzip"
_NAMES = ("proxy-prefix", "galaxy-prefix")
_COOKIES_UNTIL = Release.parse("18.05")
"""The last release with cookie_path (galaxy-releases.md, "Admin-facing options that moved")."""
_COOKIE = (APPLICATION, "cookie_path")
_COMPRESSES = (
    "compresses pages, which breaks them once debug is off; answering proxy.gzip with yes takes it out, and has the "
    "proxy compress"
)


class PasteFilters(EntryLens):
    """The prefix that Galaxy is served under, wherever PasteDeploy loads it; and no compression beside the proxy's."""

    name = "galaxy.ini (filters)"

    def document(self, text: str, file: str) -> IniDocument:
        return parsed(text, file)

    def owns(self, question: str) -> bool:
        return question == PREFIX

    def target(self, given: Given) -> Target | None:
        path = main_config(given, "ini")
        loaded = served_by(given) != "gunicorn" and runs_here(given, *GALAXY)
        return Target(path, 0o640) if path and loaded else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ini_samples(given)

    def skeleton(self, given: Given) -> str:
        return application.SKELETON

    def entries(self, given: Given) -> Entries:
        """None: what a filter needs depends on those around it, see `completed`."""
        return {}

    def write(self, given: Given, text: str, file: str) -> Written:
        if served_by(given) == "uwsgi" and loads_galaxy(text, file):
            return Written(text)
        return super().write(given, text, file)

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        held = chain(document)
        kept = [name for name in held if not (given.get(COMPRESSED) and _is_gzip(document, name))]
        wanted = self._prefixed(document, kept, changes, given)
        found, rest, now = _links(held), _links(kept), _links(wanted)
        for section in dict.fromkeys([*now, *(f"filter:{name}" for name in wanted), *found]):
            compressed, prefixed = (
                found.get(section) != rest.get(section),
                rest.get(section) != now.get(section),
            )
            questions = (COMPRESSED,) * compressed + (PREFIX,) * prefixed
            begun = section.removeprefix("filter:") in wanted and section.removeprefix("filter:") not in held
            if questions or begun:
                changes[section, WITH] = Entry(now.get(section, REMOVE), questions or (PREFIX,))
        for name in held:
            if name not in kept and not _is_used_elsewhere(document, name, held):
                changes.pop((f"filter:{name}", WITH), None)
                changes[(f"filter:{name}",)] = Entry(REMOVE, (COMPRESSED,))
        application.complete(document, changes)

    def _prefixed(
        self, document: TreeDocument, filters: list[str], changes: dict[Path, Entry], given: Given
    ) -> list[str]:
        """The filters with that of the prefix, whose own options are added to `changes`; or without it."""
        prefix = given.get(PREFIX)
        ours = [name for name in filters if _is_prefix(document, name)]
        before = self.read(document.text, document.file).given.get(PREFIX)
        if prefix is None or prefix == before or (prefix == "/" and not ours):
            return filters
        if len(ours) > 1:
            what = f"{' and '.join(ours)} both put Galaxy under a prefix"
            line = document.line((f"filter:{ours[1]}",))
            raise Refused(Problem(what, document.file, line, question=PREFIX, way_out="take one of them out"))
        if prefix == "/":
            if document.get(_COOKIE) == before:
                changes[_COOKIE] = Entry(REMOVE, (PREFIX,))
            return [name for name in filters if name not in ours]
        name = ours[0] if ours else _free_name(document)
        if not ours:
            changes[f"filter:{name}", "use"] = Entry(_USED_AS, (PREFIX,))
        changes[f"filter:{name}", "prefix"] = Entry(prefix, (PREFIX,))
        if given.get("groundwork.release") and release(given) <= _COOKIES_UNTIL:
            changes[_COOKIE] = Entry(prefix, (PREFIX,))
        return filters if ours else [name, *filters]

    def answers(self, document: TreeDocument, file: str) -> Reading:
        found = Collector(document, file)
        before = APPLICATION
        for name in chain(document):
            if _is_gzip(document, name):
                found.leave((before, WITH), None, _COMPRESSES)
            before = f"filter:{name}"
        prefix = said_prefix(document)
        if prefix is not None:
            found.take((f"filter:{_prefix_filters(document)[0]}", "prefix"), {PREFIX: prefix})
        return found.reading()


def chain(document: TreeDocument) -> list[str]:
    """The names of the filters around Galaxy, the innermost first."""
    found: list[str] = []
    section = APPLICATION
    while isinstance(name := document.get((section, WITH)), str) and name and name not in found:
        found.append(name)
        section = f"filter:{name}"
    return found


def sections_read(document: TreeDocument) -> set[str]:
    """The sections whose options are answers, or named one by one."""
    filters = [name for name in chain(document) if _is_gzip(document, name)]
    filters += _prefix_filters(document) if said_prefix(document) is not None else []
    return {*servers(document), *(f"filter:{name}" for name in filters)}


def said_prefix(document: TreeDocument) -> str | None:
    """The prefix that one filter around Galaxy puts it under, if it is an answer; PasteDeploy strips a slash behind."""
    names = _prefix_filters(document)
    value = document.get((f"filter:{names[0]}", "prefix")) if len(names) == 1 else None
    if not isinstance(value, str):
        return None
    prefix = value.rstrip("/")
    return prefix if prefix and fit_answers({PREFIX: prefix}) else None


def of_prefix(document: TreeDocument, cookie_path: Any) -> bool:
    """Whether a cookie_path is what the answer about the prefix wants."""
    return cookie_path is not None and cookie_path == said_prefix(document)


def _prefix_filters(document: TreeDocument) -> list[str]:
    return [name for name in chain(document) if _is_prefix(document, name)]


def _is_prefix(document: TreeDocument, name: str) -> bool:
    return str(document.get((f"filter:{name}", "use"))).lower() in _PREFIXES


def _is_gzip(document: TreeDocument, name: str) -> bool:
    return str(document.get((f"filter:{name}", "use"))).lower() == _GZIP


def _links(filters: Iterable[str]) -> dict[str, str]:
    """What `filter-with` says, by the section in which it stands."""
    found = {}
    section = APPLICATION
    for name in filters:
        found[section] = name
        section = f"filter:{name}"
    return found


def _is_used_elsewhere(document: TreeDocument, name: str, filters: list[str]) -> bool:
    """Whether another section than those around Galaxy names a filter."""
    around = {APPLICATION, *(f"filter:{one}" for one in filters)}
    others = [section for section in document.keys(()) if section not in around]
    return any(
        name in str(value).split() for other in others for value in dict(document.get((other,))).values()
    )


def _free_name(document: TreeDocument) -> str:
    """A name for the filter of the prefix: the sample's, unless that is something else here."""
    for name in _NAMES:
        if document.get((f"filter:{name}", "use")) is MISSING or _is_prefix(document, name):
            return name
    what = f"the filters {' and '.join(_NAMES)} are something else here"
    raise Refused(Problem(what, document.file, question=PREFIX, way_out="give one of them another name"))
