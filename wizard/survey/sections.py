"""What stands beside Galaxy's own options in its configuration file: how it is served, and other programs' sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.documents.ini.document import PASTE, UWSGI_INI, IniDocument
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.files.entry_lens import parsed
from wizard.problems import Refused
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile

_READ = frozenset({"galaxy", "gravity", "app:main"})
_VIRTUALENV = ("virtualenv", "venv", "home", "pyhome")
"""uWSGI has four names for it."""


@dataclass(frozen=True)
class Served:
    """What the uWSGI section says, each with its line: uWSGI's key to its last value."""

    values: Mapping[str, tuple[str, int]]

    def first(self, *keys: str) -> tuple[str, int] | None:
        return next((self.values[key] for key in keys if key in self.values), None)


def know_served(looking: Looking, main: MainFile, text: str) -> None:
    """Take the facts that uWSGI's section states."""
    served = _served(text, main)
    for fact, keys in (
        ("root", ("chdir",)),
        ("virtualenv", _VIRTUALENV),
        ("user", ("uid",)),
        ("group", ("gid",)),
    ):
        said = served.first(*keys)
        if said is not None and said[0] != "root":
            looking.know(fact, said[0], main.path, said[1])


def name_sections(
    looking: Looking, main: MainFile, text: str, uwsgi_is_read: bool, read: frozenset[str] = frozenset()
) -> None:
    """Name each section that is not among those `read`, and each option of uWSGI's where its section is not either."""
    named = {problem.line for problem in looking.seen.unread}
    for key, (_, line) in _served(text, main).values.items() if not uwsgi_is_read else ():
        if line not in named:
            looking.leave(main.path, line, f"uwsgi {key}: no question is answered from it; it is left alone")
    for section, line in _others(text, main, looking.disk.shown(main.path)):
        if line not in named and section.strip("[]") not in read:
            what = f"section {section}: no question is answered from it; it is left alone"
            looking.leave(main.path, line, what)


def _served(text: str, main: MainFile) -> Served:
    return _uwsgi_ini(text) if main.name.endswith(".ini") else _uwsgi_yaml(text)


def _uwsgi_yaml(text: str) -> Served:
    return Served({entry.key: (entry.value, entry.line) for entry in UwsgiSection.parse(text).entries})


def _uwsgi_ini(text: str) -> Served:
    try:
        document = IniDocument.parse(text, dialect=UWSGI_INI)
    except Refused:  # Galaxy read it, and that is what counts here
        return Served({})
    options = (option for option in document.options if option.section == "uwsgi")
    return Served({option.key: (option.value, option.line + 1) for option in options})


def _others(text: str, main: MainFile, shown: str) -> Iterator[tuple[str, int]]:
    """The sections that are neither Galaxy's, Gravity's nor uWSGI's, each with its line."""
    if main.name.endswith(".ini"):
        document = IniDocument.parse(text, shown, PASTE)
        names = [(name, f"[{name}]") for name in document.keys(()) if name not in ("DEFAULT", "uwsgi")]
        lines = {name: document.line((name,)) for name, _ in names}
    else:
        yaml = parsed(text, shown)
        names = [(name, name) for name in yaml.keys(()) if name != "uwsgi"]
        lines = {name: yaml.line((name,)) for name, _ in names}
    for name, told in names:
        if name not in _READ:
            yield told, lines[name] or 1
