"""`galaxy-setup [wizard]`: the Textual wizard, where there is a terminal for it; line by line with --plain."""

from __future__ import annotations

import argparse
import os
import sys

from wizard.problems import Problem, Refused


def run(options: argparse.Namespace) -> int:
    """Start the wizard; its exit status. Raises Refused where no terminal can hold its screens."""
    if "plain" in options:
        from wizard.commands import plain

        return plain.run(options)
    _need_terminal()
    if getattr(options, "ascii", False):
        os.environ["GALAXY_SETUP_ASCII"] = "1"
    from screens.app import run as run_app

    theme = getattr(options, "theme", "auto")
    return run_app(lambda: _session(options), color=_color(options), ground=theme)


def _need_terminal() -> None:
    way_out = "galaxy-setup --plain asks line by line, galaxy-setup --answers FILE asks nothing"
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Refused(Problem("the wizard needs a terminal", way_out=way_out))
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise Refused(Problem("this terminal (TERM=dumb) cannot hold the wizard", way_out=way_out))


def _color(options: argparse.Namespace) -> bool:
    choice = getattr(options, "color", "auto")
    return bool(choice == "always" or (choice == "auto" and not os.environ.get("NO_COLOR")))


def _session(options: argparse.Namespace) -> object:
    """Open or begin the answers; runs after the first frame, because it imports the whole engine."""
    from wizard.commands.opening import begin

    return begin(options)
