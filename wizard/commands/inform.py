"""The commands that only tell: explain, presets, schema, completion."""

from __future__ import annotations

import argparse
import json
import sys

from wizard.commands.shown import write_text
from wizard.problems import Exit


def run(options: argparse.Namespace) -> int:
    """Print what was asked for."""
    if options.command == "explain":
        from wizard.reference import explain

        sys.stdout.write(explain(options.question))
    elif options.command == "presets":
        _presets(options)
    elif options.command == "schema":
        from wizard.schema import schema_text

        write_text(schema_text())
    else:
        import shtab

        from wizard.commands.line import parser

        write_text(shtab.complete(parser(), options.shell) + "\n")
    return int(Exit.DONE)


def _presets(options: argparse.Namespace) -> None:
    from wizard import presets

    if options.name:
        one = presets.find(options.name)
        about = {"name": one.pinned, "title": one.title, "for_whom": one.for_whom, "text": one.text}
        write_text(json.dumps(about, indent=2) + "\n" if options.json else one.text)
        return
    found = [presets.find(name) for name in presets.names()]
    if options.json:
        rows = [
            {"name": f"{one.name}@{one.version}", "title": one.title, "for_whom": one.for_whom}
            for one in found
        ]
        print(json.dumps(rows, indent=2))
    else:
        for one in found:
            print(f"{one.name}@{one.version:<4} {one.title}: {one.for_whom}")
