"""The real files, each with its syntax and the lenses that may read it.

`GALAXY_SETUP_CORPUS` names a folder of other people's files (one folder for each kind of file, and `templated`),
`GALAXY_SETUP_SAMPLES` one of Galaxy's samples (one folder for each release). A file's name says only which parser is
its consumer's. Whether it is a fragment or a template that this parser does not read, the consumer decides.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.laws import samples

CORPUS = "GALAXY_SETUP_CORPUS"
SAMPLES = samples.ENVIRONMENT_VARIABLE

_BY_NAME = (
    (re.compile(r"\.ya?ml(\.sample|\.j2)?$"), "YAML"),
    (re.compile(r"\.xml(\.|$)"), "XML"),
    (re.compile(r"\.ini(\.|$)"), "INI"),
    (re.compile(r"\.(service|socket|timer)(\.j2)?$"), "systemd"),
)
_BY_FOLDER = {
    "nginx": "nginx",
    "apache": "Apache",
    "proftpd": "ProFTPD",
    "supervisor": "supervisord",
}
_UWSGI = re.compile(r"^uwsgi:", re.MULTILINE)
_LENSES: dict[str, dict[re.Pattern[str], tuple[str, ...]]] = {
    "YAML": {
        re.compile(r"^(galaxy|gravity):", re.M): (
            "galaxy.yml (gravity)",
            "galaxy.yml",
            "galaxy.yml (job_config)",
        ),
        re.compile(r"^(execution|runners|handling):", re.M): ("job_conf.yml",),
    },
    "XML": {re.compile(r"<job_conf[\s>]"): ("job_conf.xml",)},
    # Galaxy reads the same file, and no template with statements in it.
    "uWSGI YAML": {re.compile(r"\A(?!.*^ *\{%).*^uwsgi:", re.M | re.S): ("galaxy.yml (uwsgi)",)},
    "INI": {
        re.compile(r"^\[app:main\]", re.M): ("galaxy.ini", "galaxy.ini (uwsgi)"),
        re.compile(r"^\s*zerg-?pool\s*=", re.M): ("zergpool.ini",),
    },
    "nginx": {re.compile(r"^\s*server\s*\{", re.M): ("nginx site",)},
}


@dataclass(frozen=True)
class RealFile:
    """One file under one syntax. A galaxy.yml with a `uwsgi:` section is there twice: two programs read it."""

    name: str
    path: Path
    syntax: str

    @property
    def text(self) -> str:
        return _text(self.path)

    @property
    def lenses(self) -> tuple[str, ...]:
        """The names of the lenses over this kind of file."""
        kinds = _LENSES.get(self.syntax, {})
        return tuple(name for mark, names in kinds.items() if mark.search(self.text) for name in names)

    @property
    def era(self) -> tuple[str, ...]:
        """The kind of server that a galaxy.yml is for: of uWSGI, of gunicorn, or of 22.01, which took both."""
        return tuple(key for key in ("uwsgi", "gravity") if re.search(f"^{key}:", self.text, re.MULTILINE))

    @property
    def turn(self) -> int:
        """A number of the file's own, the same in every run."""
        return zlib.crc32(self.name.encode())

    def __str__(self) -> str:
        return f"{self.syntax}:{self.name}"


@cache
def _text(path: Path) -> str:
    return path.read_bytes().decode()


@cache
def real_files() -> tuple[RealFile, ...]:
    """Every file of both folders, as far as they are here."""
    return (*_below(CORPUS), *_below(SAMPLES))


@cache
def most_telling(lens: str) -> frozenset[RealFile]:
    """The largest file of each era under a lens: there, all questions are asked."""
    largest: dict[tuple[str, ...], RealFile] = {}
    for file in real_files():
        known = largest.get(file.era)
        if lens in file.lenses and (known is None or len(file.text) > len(known.text)):
            largest[file.era] = file
    return frozenset(largest.values())


def _below(variable: str) -> Iterator[RealFile]:
    folder = os.environ.get(variable)
    if not folder:
        return
    root = Path(folder)
    for path in sorted(root.glob("*/*")):
        syntax = _syntax(path)
        if syntax is None or not path.is_file():
            continue
        name = f"{path.parent.name}/{path.name}"
        yield RealFile(name, path, syntax)
        if syntax == "YAML" and _UWSGI.search(_text(path)):
            yield RealFile(name, path, "uWSGI YAML")


def _syntax(path: Path) -> str | None:
    """The syntax of the consumer that a file of this name is for; None for plain text and programs."""
    if path.name.startswith("."):
        return None
    for pattern, syntax in _BY_NAME:
        if pattern.search(path.name):
            return syntax
    kind = path.name.split("__")[0] if path.parent.name == "templated" else path.parent.name
    return _BY_FOLDER.get(kind)
