"""Programs that are asked whether the syntax of a text is wrong: nginx, Apache, ProFTPD, systemd.

Only what they say of the syntax counts. A directive of a module that is not here, a certificate that is not there or a
place where a directive may not stand is no verdict on how the text is split into directives.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.consumers import SECONDS, need_tool


@dataclass(frozen=True)
class Refusal:
    """What a consumer says, and where, if it does."""

    said: str
    line: int | None = None
    column: int | None = None


# nginx stops at the first directive that it does not know or that may not stand where it stands, which says nothing of
# the text behind it. So what it has read of such a directive is taken out, and it is asked again, until it complains of
# the syntax or gets to the last line. That one it never takes, so that it opens no log and no socket.
_FRAME = "events {{}}\nhttp {{\n  server {{\n    include {site};\n    the_end;\n  }}\n}}\n"
_ROUNDS = 200
_NGINX = re.compile(r"\[emerg\] .*?: (?P<said>.*?)(?: in (?P<file>\S+):(?P<line>\d+))?$", re.MULTILINE)
_OF_SYNTAX = re.compile(r"unexpected |unterminated |too long|directive \".*\" is not terminated by")
_INCLUDE = re.compile(r"^\s*include\s+[^;{}\"'#]+;", re.MULTILINE)
_UP_TO_END = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\{|[^;{"'])*[;{]""")
_ENDED = re.compile(r"[;{}]\s*(#.*)?$|^\s*(#.*)?$")
_APACHE = re.compile(
    r"Syntax error on line .*?: (.*(?:not closed|Expected </|without matching|missing closing).*)"
)
_PROFTPD = re.compile(r"fatal: (.*)")
_SYSTEMD = re.compile(r":(\d+): (Invalid section header.*)")


def nginx(text: str, here: Path) -> Refusal | None:
    """What nginx has against the syntax of a text, wherever the text may belong. None: it read all of it."""
    site = here / "site.conf"
    (here / "nginx.conf").write_text(_FRAME.format(site=site))
    lines = _INCLUDE.sub("", text).split("\n")
    for _ in range(_ROUNDS):
        site.write_bytes("\n".join(lines).encode())
        said = _said("nginx", "-t", "-e", "stderr", "-p", here, "-c", here / "nginx.conf")
        found = _NGINX.search(said)
        assert found is not None, said
        if _OF_SYNTAX.match(found["said"]):
            return Refusal(found["said"])
        if 'unknown directive "the_end"' in found["said"]:
            return None
        assert found["file"] == str(site), said
        _take_out(lines, int(found["line"]) - 1)
    raise AssertionError(f"nginx got no further than {said}")


def _take_out(lines: list[str], at: int) -> None:
    """Take out the directive that nginx had read when it stopped at a line; a block becomes one of any content."""
    first = at
    while first > 0 and not _ENDED.search(lines[first - 1]):
        first -= 1
    end = _UP_TO_END.match(lines[at])
    assert end is not None, lines[at]
    lines[first:at] = [""] * (at - first)
    kept = lines[at][end.end() :]
    lines[at] = (f"location ~ x{at}_{len(kept)} {{" if end[0][-1] == "{" else "") + kept


def apache(text: str, here: Path) -> Refusal | None:
    """What httpd has against the nesting of sections: it looks at that before it looks at any directive."""
    (here / "site.conf").write_bytes(text.encode())
    found = _APACHE.search(_said("apache2", "-t", "-d", here, "-f", here / "site.conf"))
    return Refusal(found[1]) if found else None


def proftpd(text: str, here: Path) -> Refusal | None:
    (here / "proftpd.conf").write_bytes(text.encode())
    found = _PROFTPD.search(_said("proftpd", "-t", "-c", here / "proftpd.conf"))
    return Refusal(found[1]) if found else None


def systemd(text: str, here: Path) -> Refusal | None:
    """The line at which systemd gives the unit up."""
    (here / "a.service").write_bytes(text.encode())
    found = _SYSTEMD.search(_said("systemd-analyze", "verify", here / "a.service"))
    return Refusal(found[2], int(found[1])) if found else None


def _said(tool: str, *arguments: str | Path) -> str:
    command = [need_tool(tool), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return run.stdout + run.stderr
