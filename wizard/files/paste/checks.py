"""What Paste could not do with the answers, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.files.paste.servers import STACK, is_stacked
from wizard.files.places import main_config_name
from wizard.problems import Problem

CONFIG_FILE = "groundwork.config_file"


def problems(given: Given) -> Iterator[Problem]:
    """Servers of Paste stand in an INI file, and Galaxy's configuration is to be none."""
    name = main_config_name(given)
    if name.endswith(".ini"):
        return
    if served_by(given) == "paste":
        what = f"Paste finds its servers in an INI file only, and Galaxy's configuration is {name}"
        yield Problem(
            what, question=CONFIG_FILE, way_out="answer galaxy.ini, or take another scaling.app_server"
        )
    elif served_by(given) == "uwsgi" and is_stacked(given):
        what = f"handlers that are servers of Paste's need an INI file, and Galaxy's configuration is {name}"
        yield Problem(
            what, question=CONFIG_FILE, way_out=f"answer galaxy.ini, or answer {STACK} with webless"
        )
