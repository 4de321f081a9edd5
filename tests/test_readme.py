"""What the README says is so: its commands are commands, and no exit status is missing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from wizard.commands.line import parser
from wizard.problems import Exit

README = Path(__file__).resolve().parent.parent / "README.md"


def commands() -> list[str]:
    """Every command line of galaxy-setup in the README: in its blocks of shell, and between backquotes."""
    text = README.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    lines = re.findall(r"^(?:.*\| )?(galaxy-setup .*)$", blocks, re.MULTILINE)
    return lines + re.findall(r"`(galaxy-setup [^`]+)`", text)


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_is_understood(command: str) -> None:
    words = shlex.split(command.partition(" > ")[0], comments=True)[1:]
    assert parser().parse_args(words)


def test_every_exit_status_stands_in_the_readme() -> None:
    table = re.findall(r"^\| (\d+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(status) for status in table] == [status.value for status in Exit]
