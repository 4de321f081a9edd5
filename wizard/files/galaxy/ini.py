"""`[app:main]` of galaxy.ini or universe_wsgi.ini: the same answers as in galaxy.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.ini.document import IniDocument
from wizard.documents.tree import Path, TreeDocument
from wizard.files.entry_lens import Entry
from wizard.files.galaxy.ini_document import SECTION, GalaxyIniDocument, PlaceOfFile
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Secrecy, SecretSpan, Target, Written
from wizard.files.paste.application import APP_FACTORY, FACTORY
from wizard.files.paste.filters import PREFIX, of_prefix
from wizard.files.places import ini_samples, main_config, release
from wizard.files.secrecy import password_spans, secrecy_by_key
from wizard.problems import Problem, Refused
from wizard.releases import catalog
from wizard.releases.release import Release

_URL_PREFIX = Release.parse("22.01")
"""The first release with galaxy_url_prefix (22.01 notes)."""
_COOKIE_PATH = "options.cookie_path"


class GalaxyIni(GalaxySection):
    """Options of Galaxy itself in the older syntax: an option holds one value there."""

    name = "galaxy.ini"

    def document(self, text: str, file: str) -> GalaxyIniDocument:
        return _parsed(text, file)

    def target(self, given: Given) -> Target | None:
        path = main_config(given, "ini")
        return Target(path, 0o640) if path and runs_here(given, *GALAXY) else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ini_samples(given)

    def skeleton(self, given: Given) -> str:
        return f"[{SECTION}]\n{FACTORY} = {APP_FACTORY}\n"

    def write(self, given: Given, text: str, file: str) -> Written:
        """Before galaxy_url_prefix, the prefix was a filter's or uWSGI's: as it is taken to be under either."""
        known = bool(given.get("groundwork.release"))
        if (known and release(given) < _URL_PREFIX) or (not known and served_by(given) != "gunicorn"):
            given = {question: value for question, value in given.items() if question != PREFIX}
        return super().write(given, text, file)

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        """Refuse what an INI file cannot hold, by the questions that want it."""
        super().completed(document, changes, given)
        ini = self.document(document.text, document.file)
        problems = [
            Problem(
                f"{'.'.join(map(str, path))} {fault}",
                document.file,
                document.line(path[:2]),
                question=question,
                way_out="leave this unanswered, or keep Galaxy's options in galaxy.yml",
            )
            for path, entry in changes.items()
            if (fault := ini.fault(path, entry.value)) is not None
            for question in entry.questions
        ]
        if problems:
            raise Refused(problems)

    def answers(self, document: TreeDocument, file: str) -> Reading:
        reading = super().answers(document, file)
        if of_prefix(self.document(document.text, file).ini, reading.given.get(_COOKIE_PATH)):
            reading = replace(
                reading,
                given={
                    question: value for question, value in reading.given.items() if question != _COOKIE_PATH
                },
                lines={
                    question: line for question, line in reading.lines.items() if question != _COOKIE_PATH
                },
            )
        named = {problem.line for problem in reading.unread}
        places = [
            Problem(f"galaxy.{name} names the place of this file; it is left alone", file, line)
            for name in document.keys(("galaxy",))
            if isinstance(document.get(("galaxy", name)), PlaceOfFile)
            and (line := document.line(("galaxy", name))) not in named
        ]
        return replace(reading, unread=(*reading.unread, *places))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """The secrets of all sections: other applications in the file have passwords of their own."""
        return tuple(_secrets(self.document(text, file).ini))


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> GalaxyIniDocument:
    return GalaxyIniDocument.parse(text, file)


def _secrets(ini: IniDocument) -> Iterator[SecretSpan]:
    places = [(option.key, option.span) for option in ini.options]
    places += [(comment.key, comment.span) for comment in ini.comments]
    for key, (start, end) in places:
        value = ini.text[start:end]
        secrecy = _secrecy(key, value)
        if secrecy is None or value.strip() in ("", str(catalog.published_default(key))):
            continue
        if secrecy == "whole":
            yield SecretSpan(start, end)
        else:
            yield from (SecretSpan(start + first, start + last) for first, last in password_spans(value))


def _secrecy(key: str, value: str) -> Secrecy | None:
    """How to hide a value: as the option is known, else as its name and its text suggest."""
    return _secret_kind(key) or secrecy_by_key(() if catalog.option(key) else (key,), value)


@cache
def _secret_kind(key: str) -> Secrecy | None:
    """`catalog.secret_kind`, remembered: a text is looked at many times."""
    return catalog.secret_kind(key)
