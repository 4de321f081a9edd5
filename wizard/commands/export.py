"""`galaxy-setup export`: the answers as variables of Ansible's role for Galaxy, or those of one of several hosts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from wizard import statefile
from wizard.commands import shown
from wizard.commands.opening import one_host, planned, session
from wizard.exporting.ansible_variables import export, notes_on
from wizard.exporting.one_host import answers_text, narrowed
from wizard.exporting.playbook import variables_file, variables_text, vault_file, vault_text
from wizard.files import LENSES
from wizard.problems import Exit, Problem, Refused
from wizard.storage import save_text


def run(options: argparse.Namespace) -> int:
    """Write the export to standard output or below --to; what it cannot carry is named on standard error."""
    return _ansible(options) if options.what == "ansible" else _answers(options)


def _ansible(options: argparse.Namespace) -> int:
    target = _directory(options)
    work = one_host(session(options))
    done = export(planned(work))
    texts = {variables_file(work.this_host): variables_text(done), **done.files}
    if options.with_secrets and target is None:
        way_out = "name the playbook's directory with --to"
        raise Refused(Problem("--with-secrets writes a file, and standard output is none", way_out=way_out))
    if target is None:
        shown.write_text(variables_text(done))
        shown.notes(
            Problem("is named by the variables, and not written", file=name, way_out="give --to DIR")
            for name in done.files
        )
    else:
        secrets = {vault_file(work.this_host): vault_text(done)} if options.with_secrets else {}
        _write(options, target, {**texts, **(secrets if done.vault.held else {})}, private=secrets)
    shown.notes(notes_on(done))
    return int(Exit.DONE)


def _answers(options: argparse.Namespace) -> int:
    """The answers in effect, whatever preset they stand on; for one host, without the others' secrets."""
    work = one_host(session(options))
    if options.with_secrets:
        raise Refused(Problem("--with-secrets is for ansible", way_out="answers bring theirs; leave it out"))
    given, host = work.given, work.this_host
    kept = narrowed(given, host, LENSES) if host is not None else dict(given)
    text = answers_text(kept, work.loaded.disowned)
    if options.to in (None, "-"):
        shown.write_text(text)
    else:
        private = statefile.holds_literal_secret(text)
        _write(options, Path(), {options.to: text}, private={options.to: text} if private else {})
    shown.notes(
        Problem("no file of this host takes this secret; left out", question=path)
        for path in given
        if path not in kept
    )
    return int(Exit.DONE)


def _directory(options: argparse.Namespace) -> Path | None:
    """The playbook's directory; None for standard output."""
    if options.to in (None, "-"):
        return None
    place = Path(options.to)
    if place.exists() and not place.is_dir():
        raise Refused(Problem("is no directory", file=options.to, way_out="name the playbook's with --to"))
    return place


def _write(
    options: argparse.Namespace, below: Path, texts: Mapping[str, str], private: Mapping[str, str]
) -> None:
    """Write the texts, or none of them where somebody else's would be lost."""
    taken = [name for name, text in texts.items() if _differs(below / name, text)]
    if taken and not options.force:
        raise Refused(
            Problem(
                "is there already, and says something else", file=str(below / name), way_out="give --force"
            )
            for name in taken
        )
    for name, text in texts.items():
        save_text(below / name, text, private=name in private)
        shown.say(options, f"wrote {below / name}")


def _differs(file: Path, text: str) -> bool:
    if not os.path.lexists(file):
        return False
    try:
        return file.read_bytes() != text.encode("utf-8", "surrogateescape")
    except OSError:
        return True
