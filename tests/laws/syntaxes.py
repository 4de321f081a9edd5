"""Each syntax under one surface: the options of a text with their lines, edits, and what its consumer says of a text.

A consumer is the parser that the program itself uses where this Python has it (PyYAML; expat by xml.etree; configparser
with the settings of Galaxy and of supervisord, which tests/documents shows to be theirs), else the program.
"""

from __future__ import annotations

import configparser
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import yaml

from tests.laws import programs
from tests.laws.documents import Directives, Elements, Opened, Tree, ini_paths, section_paths, yaml_paths
from tests.laws.programs import Refusal
from wizard.documents.apache import document as apache
from wizard.documents.apache import edit as apache_edit
from wizard.documents.apache.lines import Dialect as ApacheDialect
from wizard.documents.ini.document import PASTE, SUPERVISOR, Dialect, IniDocument
from wizard.documents.nginx import document as nginx
from wizard.documents.nginx import edit as nginx_edit
from wizard.documents.systemd.document import SystemdDocument
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.documents.xml.document import parse as parse_xml
from wizard.documents.yaml.document import YamlDocument

Ask = Callable[[str, Path], "Refusal | None"]
"""What a consumer has against a text, if anything; the folder is for its own files."""


class Open(Protocol):
    def __call__(self, text: str) -> Opened: ...


@dataclass(frozen=True)
class Syntax:
    """A syntax. `broken` is a text that neither we nor the consumer read.

    `decides` says whether the consumer can be asked of any text: it then accepts what we accept, too. One that must
    know every directive, and the files that they name, can only be asked whether it refuses what we refuse.
    """

    open: Open
    refusal: Ask
    broken: str | None
    decides: bool = True
    program: bool = False


def _yaml(text: str, here: Path) -> Refusal | None:
    try:
        yaml.safe_load(text)
    except yaml.constructor.ConstructorError:
        return (
            None  # read as YAML; a tag or a key that Galaxy cannot make a value of is told by `unknown_tags`
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        assert mark is not None
        return Refusal(str(error), mark.line + 1, mark.column + 1)
    return None


def _xml(text: str, here: Path) -> Refusal | None:
    try:
        ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        line, column = error.position
        return Refusal(str(error), line, column + 1)
    return None


def _ini(dialect: Dialect, text: str, here: Path) -> Refusal | None:
    parser = configparser.RawConfigParser(
        strict=dialect is PASTE, inline_comment_prefixes=(";", "#") if dialect is SUPERVISOR else None
    )
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except (
        configparser.MissingSectionHeaderError,
        configparser.DuplicateOptionError,
        configparser.DuplicateSectionError,
    ) as error:
        return Refusal(str(error), error.lineno)
    except configparser.ParsingError as error:
        return Refusal(str(error), next((line for line, _ in error.errors), None))
    return None


def _never(text: str, here: Path) -> Refusal | None:
    """uWSGI refuses no text."""
    return None


def _open_yaml(text: str) -> Opened:
    document = YamlDocument.parse(text, "a file")
    return Tree(document, yaml_paths(document), YamlDocument.parse)


def _open_uwsgi(text: str) -> Opened:
    document = UwsgiSection.parse(text, "a file")
    return Tree(document, section_paths(document), UwsgiSection.parse)


def _open_ini(dialect: Dialect, text: str) -> Opened:
    document = IniDocument.parse(text, "a file", dialect)
    return Tree(document, ini_paths(document), partial(IniDocument.parse, dialect=dialect))


def _open_unit(text: str) -> Opened:
    document = SystemdDocument.parse(text, "a file")
    return Tree(document, section_paths(document), SystemdDocument.parse)


def _open_xml(text: str) -> Opened:
    return Elements(parse_xml(text, "a file"))


def _open_nginx(text: str) -> Opened:
    document = nginx.parse(text, "a file")

    def edit(changes: Mapping[int, tuple[str, ...]]) -> str:
        nodes = list(document.walk())
        return nginx_edit.edit(document, [nginx_edit.SetArgs(nodes[at], new) for at, new in changes.items()])

    return Directives(text, list(document.walk()), edit)


def _open_apache(dialect: ApacheDialect, text: str) -> Opened:
    document = apache.parse(text, "a file", dialect)

    def edit(changes: Mapping[int, tuple[str, ...]]) -> str:
        nodes = list(document.walk())
        return apache_edit.edit(
            document, [apache_edit.SetArgs(nodes[at], new) for at, new in changes.items()]
        )

    return Directives(text, list(document.walk()), edit)


SYNTAXES: dict[str, Syntax] = {
    "YAML": Syntax(_open_yaml, _yaml, "galaxy:\n  brand: a: b\n"),
    "uWSGI YAML": Syntax(_open_uwsgi, _never, None),
    "INI": Syntax(partial(_open_ini, PASTE), partial(_ini, PASTE), "[app:main]\nbrand\n"),
    "supervisord": Syntax(partial(_open_ini, SUPERVISOR), partial(_ini, SUPERVISOR), "[program:a]\nbrand\n"),
    "XML": Syntax(_open_xml, _xml, "<job_conf>\n"),
    "nginx": Syntax(_open_nginx, programs.nginx, "server {\n", program=True),
    "Apache": Syntax(
        partial(_open_apache, ApacheDialect.HTTPD),
        programs.apache,
        "<VirtualHost *:80>\n",
        decides=False,
        program=True,
    ),
    "ProFTPD": Syntax(
        partial(_open_apache, ApacheDialect.PROFTPD),
        programs.proftpd,
        "<Global>\n",
        decides=False,
        program=True,
    ),
    "systemd": Syntax(_open_unit, programs.systemd, "[Service\nUser=galaxy\n", decides=False, program=True),
}
