"""The readers split words as the programs do that they stand for."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import need_tool
from tests.hostile import words

PIECES = [
    "a",
    '"b c"',
    "'d e'",
    "\\\\",
    "\\'",
    '\\"',
    "\\t",
    "f\\g",
    '"h\\"i"',
    "'j\\'k'",
    "'l\"m'",
    '"n\'o"',
    "é",
    "#p",
]
SPELLED = [one + other for one in PIECES for other in ("", "q", "\\\\r")]


def said(*command: str, **variables: str) -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
    run = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    return (run.stdout + run.stderr).decode(errors="replace")


def _first(tree: Any) -> str:
    ((word, _),) = tree
    return str(word)


@pytest.mark.consumer
def test_nginx(tmp_path: Path) -> None:
    """It names a directive that it does not know by the word that it read."""
    program, site = need_tool("nginx"), tmp_path / "site.conf"
    for spelled in SPELLED:
        site.write_text(f"{spelled} x;\n")
        told = said(program, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(site))
        try:
            word = _first(words.nginx(site.read_text()))
        except (words.Unreadable, ValueError):
            assert "unknown directive" not in told or spelled.startswith("#"), (spelled, told)
        else:
            assert f'unknown directive "{word}"' in told, (spelled, told)


@pytest.mark.consumer
def test_httpd(tmp_path: Path) -> None:
    program = need_tool("apache2")
    mpm = "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
    main = f"ServerRoot {tmp_path}\nServerName x\nPidFile pid\nErrorLog log\n{mpm}"
    spelled = [one for one in SPELLED if len([*words.apache_words(f"Define x {one}")]) == 3]
    assert len(spelled) > 20
    lines = [f"Define v{number} {one} \n" for number, one in enumerate(spelled)]
    (tmp_path / "main.conf").write_text(main + "".join(lines))
    told = said(program, "-t", "-D", "DUMP_RUN_CFG", "-f", str(tmp_path / "main.conf"))
    for number, line in enumerate(lines):
        _, _, word = words.apache_words(line)
        assert f"\nDefine: v{number}={word}\n" in told, (line, told)


@pytest.mark.consumer
def test_systemd(tmp_path: Path) -> None:
    """It names a word that sets no variable."""
    program, unit = need_tool("systemd-analyze"), tmp_path / "a.service"
    split = []
    for one in (f"Z{piece}" for piece in SPELLED):
        try:
            (word,) = words.systemd_words(one)
        except (words.Unreadable, ValueError):
            continue
        split.append((one, word))
    assert len(split) > 15
    lines = [f"Environment={one}\n" for one, _ in split]
    unit.write_text("[Service]\nExecStart=/bin/true\n" + "".join(lines))
    told = said(program, "verify", "--man=no", str(unit), SYSTEMD_UNIT_PATH=f"{tmp_path}:")
    named = dict(re.findall(r":(\d+): Invalid environment assignment, ignoring: (.*)", told))
    for line, (one, word) in enumerate(split, start=3):
        assert named.get(str(line)) == word, (one, told)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a $host;", [["a", f"{words.LIVE}host"]]),
        ("a '$'; b { c d; }", [["a", "$"], ["b", [["c", "d"]]]]),
        ("a # b\n c;", [["a", "c"]]),
    ],
)
def test_blocks_and_variables_of_nginx(text: str, found: list[object]) -> None:
    assert words.nginx(text) == found


@pytest.mark.parametrize("text", ["a", "a {", "}", ";", "a 'b'c;", "a 'b"])
def test_what_nginx_would_refuse(text: str) -> None:
    with pytest.raises(words.Unreadable):
        words.nginx(text)


def test_what_is_live() -> None:
    assert words.apache("A ${x}") == [["A", f"{words.LIVE}{{x}}"]]
    assert words.systemd("[S]\nExecStart=a %i %% $X $$") == [
        ["[S]"],
        ["ExecStart", ["a", f"{words.LIVE}i", "%", f"{words.LIVE}X", "$"]],
    ]
    assert words.crontab("1 2 * * * u a % b \\%\n")[0][-1] == f"a {words.LIVE} b %"
