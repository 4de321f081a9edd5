"""The lenses of ProFTPD: Galaxy's part in a file of its own, and the port in ProFTPD's main file.

Of a directive that stands twice ProFTPD takes the first, and the main file includes `conf.d` at its end: what the main
file sets cannot be set later. Debian's sets `Port`, so the port is written there. The role's password stands in
Galaxy's own file, which only root may read.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from wizard.answers.question import Given
from wizard.documents.apache.document import Dialect, Directive, Document, parse
from wizard.documents.apache.edit import Insert, New, SetArgs, edit
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written
from wizard.files.system.checking import at_most, make_sure
from wizard.files.system.proftpd_difference import changed, entering, plain
from wizard.files.system.proftpd_site import find_site, new_site, of_server, read_site
from wizard.problems import Refused

SITE_FILE = "/etc/proftpd/conf.d/galaxy.conf"
"""Debian's main file includes this folder, and so does that of Red Hat's (EPEL's) package."""
MAIN_FILES = {"debian": "/etc/proftpd/proftpd.conf", "redhat": "/etc/proftpd.conf"}
_HELD = """
ftp ftp_dir ftp_passive_ports ftp_database_user ftp_database_password ftp_uid ftp_gid
ftp_certificate ftp_certificate_key
"""
QUESTIONS = frozenset(f"data.{name}" for name in _HELD.split())
_HIGHEST_ID = 2**32 - 2
_PORT = "data.ftp_port"
_WORD = r'(?:"(?:\\.|[^"\n])*"?|[^\s"]\S*)'
_CONNECT = re.compile(rf"\bSQLConnectInfo[ \t]+{_WORD}[ \t]+{_WORD}[ \t]+(?P<token>{_WORD})", re.IGNORECASE)


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> Document:
    """The document of `text`: a plan looks at the same text more than once."""
    return parse(text, file, Dialect.PROFTPD)


class ProftpdConf:
    """Answers <-> the directives that log Galaxy's users in (the protocol `Lens`)."""

    name = "proftpd.conf"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question in QUESTIONS

    def target(self, given: Given) -> Target | None:
        """The file in `conf.d` when ProFTPD takes uploads."""
        wanted = given.get("data.ftp") == "proftpd" and runs_here(given, "ftp")
        return Target(SITE_FILE, 0o600) if wanted else None

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of it."""
        return ()

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is; `write` puts the rest below."""
        return "# Uploads by FTP for the users of a Galaxy server; included by ProFTPD's main file.\n\n"

    def read(self, text: str, file: str) -> Reading:
        """The answers in `text`; none where nothing logs Galaxy's users in."""
        site = find_site(_parsed(text, file))
        return read_site(site, file) if site is not None else Reading()

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change. Raises Refused."""
        answers = {question: value for question, value in given.items() if value is not None}
        document = _parsed(text, file)
        site = find_site(document)
        if answers.get("data.ftp", "proftpd") != "proftpd" or (site is None and "data.ftp" not in answers):
            return Written(text)
        at_most(answers, {"data.ftp_uid": _HIGHEST_ID, "data.ftp_gid": _HIGHEST_ID}, file)
        if site is None:
            written = edit(document, [Insert(new_site(answers, file))])
            changes = entering(_parsed(written, file), document)
        else:
            written, changes = changed(answers, document, site, read_site(site, file).given, file)
        held = self.read(written, file)
        make_sure({path: plain(value) for path, value in answers.items() if self.owns(path)}, held, file)
        return Written(written, changes)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """The passwords of SQLConnectInfo, in comments too."""
        spans = {found.span("token") for found in _CONNECT.finditer(text)}
        with suppress(Refused):  # a text that cannot be parsed has the pattern above
            for node in _parsed(text, file).walk():
                if node.name.lower() == "sqlconnectinfo" and len(node.args) > 2:
                    spans.add((node.tokens[3].start, node.tokens[3].end))
        outer = (a for a in spans if not any(a != b and b[0] <= a[0] and a[1] <= b[1] for b in spans))
        return tuple(SecretSpan(start, end) for start, end in sorted(outer))


class ProftpdMain:
    """`data.ftp_port` <-> the `Port` of ProFTPD's main file (the protocol `Lens`)."""

    name = "ProFTPD's main file"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to this file."""
        return question == _PORT

    def target(self, given: Given) -> Target | None:
        """The main file of this family of distributions, when a port is given for ProFTPD."""
        if given.get("data.ftp") != "proftpd" or given.get(_PORT) is None or not runs_here(given, "ftp"):
            return None
        return Target(MAIN_FILES[given.get("proxy.layout") or "debian"])

    def samples(self, given: Given) -> tuple[str, ...]:
        """The package brings the file itself."""
        return ()

    def skeleton(self, given: Given) -> str:
        """A whole main file, for where ProFTPD is not installed yet."""
        debian = given.get("proxy.layout") != "redhat"
        modules = "Include /etc/proftpd/modules.conf\n" if debian else ""
        return (
            f"# Main file of ProFTPD.\n{modules}"
            'ServerName "Galaxy"\n'
            "ServerType standalone\n"
            "DefaultServer on\n"
            "User nobody\n"
            f"Group {'nogroup' if debian else 'nobody'}\n"
            "Include /etc/proftpd/conf.d/*.conf\n"
        )

    def read(self, text: str, file: str) -> Reading:
        """The first port of the server itself."""
        node = _port(_parsed(text, file))
        if node is None or not re.fullmatch(r"[1-9][0-9]{0,4}", node.args[0]) or int(node.args[0]) > 65535:
            return Reading()
        return Reading({_PORT: int(node.args[0])}, {_PORT: node.line})

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given port. Raises Refused when the text does not parse."""
        port = given.get(_PORT)
        if port is None or self.read(text, file).given.get(_PORT) == port:
            return Written(text)
        document = _parsed(text, file)
        node = _port(document)
        args = (str(port),)
        if node is not None:
            operation: SetArgs | Insert = SetArgs(node, args, _PORT)
        else:
            first = next((one for one in document.children if one.name.lower() == "include"), None)
            new = (New("Port", args, question=_PORT),)
            operation = Insert(new, "start") if first is None else Insert(new, "before", first)
        written = edit(document, [operation])
        after = _port(_parsed(written, file))
        change = Change(
            "Port",
            node.args[0] if node else None,
            str(port),
            (_PORT,),
            line_before=node.line if node else None,
            line_after=after.line if after else None,
        )
        make_sure({_PORT: port}, self.read(written, file), file)
        return Written(written, (change,))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """The main file may hold the database's password, where somebody keeps everything in it."""
        return ProftpdConf().secret_spans(text, file)


def _port(document: Document) -> Directive | None:
    return next((node for node in of_server(document) if node.name.lower() == "port" and node.args), None)
