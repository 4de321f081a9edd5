"""What a consumer makes of a file: lists, maps and texts, with nothing of how they are spelled.

In-process readers are the parsers that the consumers use themselves (PyYAML, configparser, expat, plistlib) or, where
these are programs, ports of how they split words (`words.py`); the shell and supervisord's own reader answer for many
files in one call.
"""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import re
import shlex
import string
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests import consumers
from tests.hostile import words
from tests.hostile.words import LIVE, Unreadable
from wizard.documents.uwsgi_yaml.document import UwsgiSection


@dataclass(frozen=True)
class Reader:
    """How the files of a syntax are read. `many` answers in order; what it cannot read is an `Unreadable`."""

    syntax: str
    consumer: str
    many: Callable[[Sequence[str]], list[Any]]
    batched: bool = False


def _each(one: Callable[[str], Any]) -> Callable[[Sequence[str]], list[Any]]:
    def many(texts: Sequence[str]) -> list[Any]:
        found = []
        for text in texts:
            try:
                found.append(one(text))
            except (
                Unreadable,
                ValueError,
                yaml.YAMLError,
                configparser.Error,
                ElementTree.ParseError,
            ) as refusal:
                found.append(Unreadable(f"{type(refusal).__name__}: {refusal}"))
        return found

    return many


class _Galaxys(yaml.SafeLoader):
    """As Galaxy reads: of a key that stands twice the last one counts."""


def _yaml(text: str) -> Any:
    found = yaml.load(text, _Galaxys)  # noqa: S506
    if "\nuwsgi:" in text or text.startswith("uwsgi:"):
        found["uwsgi"] = [
            [one.key, _uwsgi_value(one.value)] for one in UwsgiSection.parse(text, "a file").entries
        ]
    _filled_in(found.get("gravity"))
    return found


def _filled_in(section: Any) -> None:
    """Gravity fills in the values of an environment as templates; what it puts there itself is live."""
    for name, value in section.items() if isinstance(section, dict) else ():
        if name == "environment":
            for variable, template in value.items():
                parts = string.Formatter().parse(template)
                value[variable] = "".join(
                    text + (LIVE if live is not None else "") for text, live, *_ in parts
                )
        for one in value if isinstance(value, list) else [value]:
            _filled_in(one)


def _uwsgi_value(value: str) -> str:
    """uWSGI replaces names of variables, files and numbers, in whatever syntax they were read."""
    return value.replace("$(", LIVE + "(").replace("@(", LIVE + "(")


def _uwsgi_lines(text: str) -> list[list[str]]:
    """The section [uwsgi] as uWSGI reads it: a percent sign takes the next character with it."""
    found, inside = [], False
    for line in text.split("\n"):
        line = line.strip(" \t\r")
        if line.startswith("["):
            inside = line == "[uwsgi]"
        elif inside and line and line[0] not in ";#":
            key, equals, value = line.partition("=")
            value = re.sub(r"%(.?)", lambda sign: "%" if sign[1] == "%" else LIVE + sign[1], value)
            found.append([key.strip(" \t"), equals, _uwsgi_value(value.strip(" \t\r"))])
    return found


def _ini(text: str) -> Any:
    """As PasteDeploy has it: a parser of configparser with `%(here)s`; a section of uWSGI's is uWSGI's."""
    parser = configparser.ConfigParser({"here": LIVE, "__file__": LIVE}, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    own = {name: dict(parser.items(name)) for name in parser.sections() if name != "uwsgi"}
    return {**own, "uwsgi": _uwsgi_lines(text)}


def _element(one: ElementTree.Element) -> Any:
    text = one.text or ""
    tail = (one.tail or "").strip()
    return [
        one.tag,
        dict(one.attrib),
        text if not len(one) else text.strip(),
        tail,
        [_element(inner) for inner in one],
    ]


def _xml(text: str) -> Any:
    return _element(ElementTree.fromstring(text.encode()))


def _smf(text: str) -> Any:
    """In a method's command, a percent sign leads in a token of SMF's; what is left is the shell's."""
    found = _xml(text)
    _shell_words(found)
    return found


def _shell_words(found: Any) -> None:
    tag, attributes, _, _, inner = found
    if tag == "exec_method":
        command = re.sub(r"%(.)", lambda sign: "%" if sign[1] == "%" else LIVE + sign[1], attributes["exec"])
        attributes["exec"] = [_deep_words(word) for word in shlex.split(command)]
    for one in inner:
        _shell_words(one)


def _deep_words(word: str) -> Any:
    """A command within a command, as `sh -c` gets it, is split too."""
    return shlex.split(word) if " && " in word or " exec " in word else word


def _plist(text: str) -> Any:
    found = plistlib.loads(text.encode())
    return json.loads(json.dumps(found, default=str))


def _table(text: str) -> Any:
    """Lines of columns, as Galaxy's data tables and builds have them; any line end ends a line."""
    lines = re.split(r"\r\n|\r|\n", text)
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _cron(text: str) -> Any:
    rows = []
    for row in words.crontab(text):
        *head, last = row
        lexer = shlex.shlex(last, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        rows.append([*head, [*lexer]] if len(head) > 1 else [*head, last])
    return rows


_PSQL_SET = re.compile(r"\\set (\w+) (.*)", re.DOTALL)
_MYSQL_SET = re.compile(r"SET (@\w+) = (.*);", re.DOTALL)
_PSQL_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}
_MYSQL_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "0": "\0", "Z": "\x1a"}


def _sql(text: str) -> Any:
    """The settings at the head of the file without their quotes, and every other line but comments as it is."""
    rows: list[Any] = []
    for line in text.split("\n"):
        if line.startswith("--"):
            continue
        for form, escapes in ((_PSQL_SET, _PSQL_ESCAPES), (_MYSQL_SET, _MYSQL_ESCAPES)):
            found = form.fullmatch(line)
            if found and found[2].startswith("'"):
                value = _unquoted(found[2], escapes)
                rows.append([found[1], "SCRAM" if value.startswith("SCRAM-SHA-256$") else value])
                break
        else:
            rows.append(line)
    return rows


def _unquoted(literal: str, escapes: dict[str, str]) -> str:
    if not re.fullmatch(r"'(?:[^'\\]|\\.|'')*'", literal, re.DOTALL):
        raise Unreadable(f"{literal!r} is no literal")
    return re.sub(
        r"\\(.)|''",
        lambda sign: escapes.get(sign[1], sign[1]) if sign[1] else "'",
        literal[1:-1],
        flags=re.DOTALL,
    )


_SOURCE = """\
for file in "$@"; do
    ( set -a; . "$file"; umask; env -0 ) >"$file.out" 2>"$file.err" || echo "status $?" >>"$file.err"
done
"""
_SETTINGS_END = '\n\n: "${'


def _sh(texts: Sequence[str]) -> list[Any]:
    """What the shell has set after each file; of an init script its settings are run, the rest is only read."""
    with TemporaryDirectory() as name:
        files, rests = [], []
        for number, text in enumerate(texts):
            head, end, rest = text.partition(_SETTINGS_END)
            file = Path(name) / str(number)
            file.write_bytes(head.encode(errors="surrogatepass") + b"\n")
            files.append(str(file))
            rests.append(end + rest)
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        for start in range(0, len(files), 500):
            command = ["/bin/sh", "-c", _SOURCE, "sh", *files[start : start + 500]]
            subprocess.run(
                command, env=environment, cwd=name, check=False, timeout=300, stdin=subprocess.DEVNULL
            )
        return [_said(Path(file), rest) for file, rest in zip(files, rests, strict=True)]


def _said(file: Path, rest: str) -> Any:
    if complaint := Path(f"{file}.err").read_text(errors="replace"):
        return Unreadable(complaint.replace(str(file), "file"))
    told = Path(f"{file}.out").read_bytes().decode(errors="surrogateescape")
    mask, _, settings = told.partition("\n")
    kept = [one for one in settings.split("\0") if one and not one.startswith(("PWD=", "OLDPWD=", "_="))]
    return [mask, sorted(kept), rest]


def _supervisord(texts: Sequence[str]) -> list[Any]:
    """supervisord's own reader, and the words of its commands as it starts them."""
    with TemporaryDirectory() as name:
        files = []
        for number, text in enumerate(texts):
            file = Path(name) / f"{number}.conf"
            file.write_bytes(b"[supervisord]\n" + text.encode(errors="surrogatepass"))
            files.append(str(file))
        (Path(name) / "asked.json").write_text(json.dumps(files))
        answers = consumers.ask("supervisor_programs", Path(name) / "asked.json")["answers"]
    return [Unreadable(one["problem"]) if one["problem"] else one["programs"] for one in answers]


READERS: tuple[tuple[str, Reader], ...] = (
    (r"galaxy\.yml( .*)?", Reader("galaxy.yml", "PyYAML", _each(_yaml))),
    (r"galaxy\.ini( .*)?", Reader("galaxy.ini", "configparser", _each(_ini))),
    (r"zergpool\.ini", Reader("zergpool.ini", "as uWSGI", _each(_uwsgi_lines))),
    (r"job_conf\.yml", Reader("job_conf.yml", "PyYAML", _each(_yaml))),
    (r"job_conf\.xml", Reader("job_conf.xml", "expat", _each(_xml))),
    (r"object store \(YAML\)", Reader("object_store_conf.yml", "PyYAML", _each(_yaml))),
    (r"object store \(XML\)", Reader("object_store_conf.xml", "expat", _each(_xml))),
    (r"nginx site", Reader("nginx site", "as nginx", _each(words.nginx))),
    (r"apache site", Reader("Apache site", "as httpd", _each(words.apache))),
    (r"logrotate", Reader("logrotate", "as popt", _each(words.logrotate))),
    (r"cron", Reader("crontab", "as cron, shlex", _each(_cron))),
    (r"(ProFTPD's main file|proftpd\.conf)", Reader("ProFTPD", "as ProFTPD", _each(words.proftpd))),
    (r"systemd unit.*", Reader("systemd units", "as systemd", _each(words.systemd))),
    (r"supervisord programs", Reader("supervisord", "supervisor", _supervisord, True)),
    (r"init script", Reader("init script", "sh", _sh, True)),
    (r"local_env\.sh", Reader("local_env.sh", "sh", _sh, True)),
    (r"launchd.*", Reader("launchd", "plistlib", _each(_plist))),
    (r"SMF.*", Reader("SMF", "expat, shlex", _each(_smf))),
    (r"database\.sql", Reader("database.sql", "as psql, mysql", _each(_sql))),
    (r"(builds\.txt|.*\.loc)", Reader("builds.txt, .loc", "as Galaxy", _each(_table))),
    (r"data tables", Reader("data tables", "expat", _each(_xml))),
    (r"CVMFS.*", Reader("CernVM-FS", "sh", _sh, True)),
)


def reader_of(lens: str) -> Reader:
    """The reader of the file of a lens; one for every file, else the tests fail."""
    for pattern, reader in READERS:
        if re.fullmatch(pattern, lens):
            return reader
    raise AssertionError(f"nobody reads the file of {lens!r}")
