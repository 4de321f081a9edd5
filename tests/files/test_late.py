"""A lens is loaded when an answer asks for its file, and is then the lens that it would have been all along."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import given_answers
from tests.files.boot_answers import TYPICAL
from wizard.files import LENSES
from wizard.files.boot import BOOT
from wizard.files.late import Late

LATE = [lens for lens in LENSES if isinstance(lens, Late)]


def id_of(lens: Late[Any]) -> str:
    return lens.name


@pytest.mark.parametrize("late", LATE, ids=id_of)
def test_it_has_the_name_of_its_lens(late: Late[Any]) -> None:
    assert late.name == late.lens.name


@pytest.mark.parametrize("late", LATE, ids=id_of)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_answer_wants_a_file_that_it_does_not_ask_for(late: Late[Any], data: st.DataObject) -> None:
    decide = data.draw(given_answers(_decides, most=25))
    own = data.draw(given_answers(late.owns))
    answers = {**TYPICAL, **decide, **own}
    assert late.target(answers) == late.lens.target(answers)


def _decides(question: str) -> bool:
    return question.partition(".")[0] in ("groundwork", "proxy", "database", "data")


@pytest.mark.parametrize("starter", BOOT, ids=id_of)
def test_what_starts_galaxy_has_the_manager_and_the_place_of_its_lens(starter: Any) -> None:
    assert (starter.manager, starter.file) == (starter.lens.manager, starter.lens.file)


def test_a_server_behind_nginx_loads_nothing_of_other_proxies_and_managers() -> None:
    script = (
        "import sys; from pathlib import Path; from wizard.session import Session; from wizard.disk import Disk;"
        "from wizard.statefile import new;"
        "Session(Path('answers.toml'), Disk(Path('/nowhere')), new('single-server@1'), ephemeral=True).plan();"
        "print(*sys.modules, sep='\\n')"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "wizard.files.nginx.lens" in loaded
    for room in ("wizard.files.apache", "wizard.documents.plist", "wizard.documents.sql.document"):
        assert not [module for module in loaded if module.startswith(room)], room
