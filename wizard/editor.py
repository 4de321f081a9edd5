"""A text in the editor of the person at the terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from wizard.problems import Problem, Refused

_USUAL = ("editor", "nano", "vi")
"""Tried in this order where the environment names none."""


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command that VISUAL or EDITOR names, else a usual one. Raises Refused where there is none."""
    for name in ("VISUAL", "EDITOR"):
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                raise Refused(
                    Problem(f"{name} has a quote that does not end", way_out=f"set {name} anew")
                ) from None
    found = next(filter(None, map(shutil.which, _USUAL)), None)
    if found is None:
        raise Refused(Problem("no editor was found", way_out="set EDITOR to one"))
    return [found]


def edited(text: str, environ: Mapping[str, str] | None = None) -> str:
    """`text` after a visit to the editor, which has the terminal meanwhile. Raises Refused when it fails.

    The text is in a folder of its own that nobody else may look into (0700, the file 0600), and both are gone
    afterwards, with whatever the editor left beside it. A text with a secret in it must not come here.
    """
    command = editor(os.environ if environ is None else environ)
    folder = Path(tempfile.mkdtemp(prefix="galaxy-setup-"))
    try:
        file = folder / "answer.txt"
        file.touch(0o600)
        file.write_text(text + "\n" if text else "", encoding="utf-8")
        try:
            status = subprocess.run([*command, str(file)], check=False).returncode
            if status:
                what = f"{command[0]} ended with status {status}: the answer is as it was"
                raise Refused(Problem(what))
            return file.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            what = f"cannot run {command[0]}: {error.strerror}"
            raise Refused(Problem(what, way_out="set EDITOR to another editor")) from None
        except UnicodeDecodeError:
            raise Refused(Problem("what the editor saved is not UTF-8 text")) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
