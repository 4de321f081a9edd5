"""`[uwsgi]` of galaxy.ini: the same options as in galaxy.yml, by uWSGI's reader of INI files."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.ini.document import UWSGI_INI, IniDocument
from wizard.documents.line_ends import need_no_mark
from wizard.documents.tree import REMOVE, Path
from wizard.files.entry_lens import Entry
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Target, Written
from wizard.files.places import main_config, release
from wizard.files.uwsgi import application
from wizard.files.uwsgi.options import SECTION, Options
from wizard.files.uwsgi.section import UwsgiLens
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

_REPLACED = ("%(", "$(", "@(")
"""What uWSGI replaces by an option, a variable, a file (core/config.c of uWSGI 2.0)."""
_ONCE = Release.parse("20.01")
"""From here on Galaxy runs under Python 3 alone, whose reader of INI files refuses an option that stands twice."""


class UwsgiIniDocument:
    """The options of uWSGI in an INI file, as it reads them: `%%` is one `%`, other replacements stay as written."""

    def __init__(self, ini: IniDocument) -> None:
        self.ini = ini

    @classmethod
    def parse(cls, text: str, file: str) -> UwsgiIniDocument:
        return cls(IniDocument.parse(text, file, UWSGI_INI))

    @property
    def text(self) -> str:
        return self.ini.text

    @property
    def file(self) -> str:
        return self.ini.file

    def values(self, key: str) -> tuple[str, ...]:
        return tuple(map(_read, self.ini.values((SECTION, key))))

    def get(self, path: Path) -> Any:
        return self.ini.get(path)

    def keys(self, path: Path) -> tuple[str, ...]:
        return self.ini.keys(path) if path == (SECTION,) else ()

    def line(self, path: Path) -> int | None:
        lines = self.lines(path)
        return lines.start if lines is not None else None

    def lines(self, path: Path) -> range | None:
        """The lines from the first to the last value of an option."""
        if len(path) != 2:
            return self.ini.lines(path)
        own = self.ini.own(str(path[0]), str(path[1]))
        return range(own[0].line + 1, own[-1].last_line + 2) if own else None

    def value_span(self, path: Path) -> tuple[int, int] | None:
        return self.ini.value_span(path)

    def commented_spans(self, path: Path) -> list[tuple[int, int]]:
        return self.ini.commented_spans(path)

    def unknown_tags(self) -> list[tuple[int, str]]:
        return []

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made. Raises Refused for what uWSGI would replace by something else."""
        return self.ini.edit(
            {
                path: value if value is REMOVE else self._written(path, value)
                for path, value in changes.items()
            }
        )

    def _written(self, path: Path, value: Any) -> tuple[str, ...]:
        """The values as they must stand in the file; those that are there stay as they are written."""
        wanted = (value,) if isinstance(value, str) else tuple(value)
        raw = self.ini.values(path)
        matcher = SequenceMatcher(None, tuple(map(_read, raw)), wanted, autojunk=False)
        found: list[str] = []
        for kind, first, last, new_first, new_last in matcher.get_opcodes():
            new = wanted[new_first:new_last]
            found += raw[first:last] if kind == "equal" else [self._escaped(path, each) for each in new]
        return tuple(found)

    def _escaped(self, path: Path, value: str) -> str:
        for sign in _REPLACED:
            if sign in value:
                what = (
                    f"{'.'.join(map(str, path))} would hold {sign}…), which uWSGI replaces by something else"
                )
                raise Refused(Problem(what, self.file, self.line(path), way_out="leave it out"))
        return value.replace("%", "%%")


def _read(raw: str) -> str:
    return raw.replace("%%", "%")


@lru_cache(maxsize=16)
def parsed_ini(text: str, file: str) -> Options:
    """The options of `[uwsgi]`; several lenses look at the same file."""
    need_no_mark(text, file, "uWSGI")
    return Options(UwsgiIniDocument.parse(text, file))


def loads_galaxy(text: str, file: str) -> bool:
    """Whether uWSGI is told here what to load, and where, instead of leaving it to PasteDeploy."""
    try:
        options = parsed_ini(text, file)
    except Refused:  # uWSGI does not read the file, and something else serves
        return False
    return any(map(options.values, ("module", application.MOUNT)))


class UwsgiIni(UwsgiLens):
    """The section in galaxy.ini. Galaxy reads the file as well, since 20.01 by rules that know no repeated options."""

    name = "galaxy.ini (uwsgi)"

    def document(self, text: str, file: str) -> Options:
        return parsed_ini(text, file)

    def target(self, given: Given) -> Target | None:
        path = main_config(given, "ini")
        if path is None or served_by(given) != "uwsgi" or not runs_here(given, *GALAXY):
            return None
        return Target(path, 0o640)

    def loads(self, given: Given) -> bool:
        """Galaxy's own starter hands such a file to uWSGI as --ini-paste: PasteDeploy loads Galaxy."""
        return False

    def write(self, given: Given, text: str, file: str) -> Written:
        if not loads_galaxy(text, file):  # then a filter of Paste's puts it under its prefix
            given = {path: value for path, value in given.items() if path != application.PREFIX}
        return super().write(given, text, file)

    def check(self, options: Options, path: Path, entry: Entry, given: Given) -> None:
        if isinstance(entry.value, tuple) and len(entry.value) > 1 and release(given) >= _ONCE:
            what = (
                f"Galaxy {release(given)} does not read an INI file with uwsgi.{path[1]} in it more than once"
            )
            way_out = "keep Galaxy's options in galaxy.yml, or leave this unanswered"
            line = options.line(path)
            raise Refused(
                [
                    Problem(what, options.file, line, question=each, way_out=way_out)
                    for each in entry.questions
                ]
            )
        super().check(options, path, entry, given)
