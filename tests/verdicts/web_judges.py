"""nginx and Apache as judges: each dumps its configuration as it read it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests import consumers
from tests.files.apache_sites import LOADED, Apache
from tests.verdicts.judging import Bundle, Verdict, renamed, with_certificates

_WORD = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:\$\{[^}\s]*\}|[^\s;{}\"'])+)"
_OF_A_MODULE = re.compile(rf"(?m)^([ \t]*)(upload_[a-z_]+(?:[ \t]+{_WORD})*)[ \t]*;")
"""Directives of nginx's upload module, which no distribution's nginx has; the location around them is nginx's own."""


def _without_module(site: str) -> str:
    """The site with the words of these directives where nginx reads any words, so that it tells them."""
    return _OF_A_MODULE.sub(
        lambda found: "".join(f"{found[1]}proxy_hide_header {word};" for word in re.findall(_WORD, found[2])),
        site,
    )


def nginx(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """`nginx -T`: the directives that it read, without comments."""
    return [_nginx(bundle, place) for bundle in bundles]


def _nginx(bundle: Bundle, place: Path) -> Verdict:
    (site,) = bundle.values()
    text, names = with_certificates(_without_module(site), place)
    said = consumers.nginx_dumps(text, place)
    if not said:
        return Verdict((said.said,))
    dump = said.said.partition(f"# configuration file {place}/nginx/site.conf:\n")[2]
    dump = dump.partition("\n# configuration file ")[0]
    tokens = re.findall(
        r"#[^\n]*|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{};]|[^\s{};]+", renamed(dump, names)
    )
    return Verdict((), [token for token in tokens if not token.startswith("#")])


def apache(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """`apache2 -t -D DUMP_CONFIG`: the tree of directives that it made."""
    server = Apache(place, (*LOADED, "info"))
    return [_apache(server, bundle, place) for bundle in bundles]


def _apache(server: Apache, bundle: Bundle, place: Path) -> Verdict:
    (site,) = bundle.values()
    text, names = with_certificates(site, place)
    server.configure(text)
    command = [*server.command, "-t", "-D", "DUMP_CONFIG"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if run.returncode != 0 or "Syntax OK" not in run.stderr:
        return Verdict((run.stderr,))
    tree = run.stdout.partition(f"# In file: {place}/site.conf\n")[2]
    lines = (line.strip() for line in renamed(tree, names).splitlines())
    return Verdict((), [line for line in lines if line and not line.startswith("#")])
