"""Plans of presets and of answers, as `export` gets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.preset_hosts import answers_on
from wizard import statefile
from wizard.disk import Disk
from wizard.plan import Plan, make_plan
from wizard.reveal import reveal

NO_FILES = Disk(Path("/nonexistent-root"))
SECRET = "a-secret-of-twenty-one"


def plan_of(given: Mapping[str, Any]) -> Plan:
    """The plan for answers; every secret that is to be made, or stands in a file, is SECRET."""
    known = reveal(dict(given), {}, lambda path: SECRET, generate=lambda: SECRET)
    return make_plan(known, NO_FILES)


def preset_plan(name: str, host: str | None = None) -> Plan:
    return plan_of(answers_on(name, host))


def plan_with(text: str, preset: str = "single-server") -> Plan:
    """The plan of a preset with other answers over it."""
    own = statefile.load(f'preset = "{preset}"\n{text}', "a.toml")
    return plan_of(own.answers.given())
