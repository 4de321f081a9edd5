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
        _explain(options)
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


def _explain(options: argparse.Namespace) -> None:
    """A question by itself; with answers or an install named also as they stand there. Or an advice, by its code."""
    if (text := _advice(options.question)) is not None:
        sys.stdout.write(text)
        return
    from wizard.reference import explain

    if not {"answers", "state", "root"} & vars(options).keys():
        sys.stdout.write(explain(options.question))
        return
    from wizard.commands.opening import looked_at

    work = looked_at(options)
    if work is None:
        sys.stdout.write(explain(options.question))
        return
    places = work.present()
    sys.stdout.write(explain(options.question, lambda path: work.here(path, places)))


def _advice(code: str) -> str | None:
    """What there is to know about an advice; None where a question or nothing at all has that name."""
    from wizard.answers.questions import questions

    if code in questions() or "." not in code:
        return None
    from wizard.advice.register import explained

    return explained(code)


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
