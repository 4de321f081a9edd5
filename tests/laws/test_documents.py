"""What documents promise of every real file: it is read as its consumer reads it, and an edit keeps to its lines.

All options of a file are set to what they are. Another value is given to at most `EACH_ALONE` of them, one at a time:
every n-th, starting at one that depends on the file's name, so that all files together try every kind of place.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.laws import samples
from tests.laws.conftest import Count
from tests.laws.documents import Opened
from tests.laws.files import CORPUS, RealFile, real_files
from tests.laws.syntaxes import SYNTAXES
from wizard.problems import Refused

EACH_ALONE = 3
PLAIN_TEXT = ("disposable_email_",)


def opened(file: RealFile) -> Opened | None:
    """The document; None where it is refused, which is for the first law to judge: it is never written."""
    try:
        return SYNTAXES[file.syntax].open(file.text)
    except Refused:
        return None


def test_it_is_read_or_refused_as_by_its_consumer(file: RealFile, count: Count, tmp_path: Path) -> None:
    syntax = SYNTAXES[file.syntax]
    try:
        document = syntax.open(file.text)
    except Refused as refused:
        count(file, tried=1)
        for problem in refused.problems:
            assert problem.line is not None and problem.column is not None, problem
        refusal = syntax.refusal(file.text, tmp_path)
        assert refusal is not None, f"its consumer reads what is refused here: {refused}"
        first = refused.problems[0]
        assert refusal.line in (None, first.line) and refusal.column in (None, first.column), refusal
        count(file, refused_as_consumer=1)
        return
    count(file, tried=1, read=1, options=len(document.options))
    assert document.text == file.text
    if syntax.decides:
        assert syntax.refusal(file.text, tmp_path) is None, "its consumer refuses what is read here"


def test_setting_every_option_to_what_it_is_changes_no_byte(file: RealFile, count: Count) -> None:
    document = opened(file)
    if document is None:
        return
    exact = document.set({at: option.value for at, option in enumerate(document.options)}) == file.text
    count(file, GetPut_exact=int(exact and document.set({}) == file.text))
    assert exact


def test_an_option_set_anew_changes_its_own_lines_only(file: RealFile, count: Count) -> None:
    document = opened(file)
    if document is None:
        return
    options = document.options
    step = 1 + len(options) // EACH_ALONE
    for at in range(file.turn % step, len(options), step):
        name = options[at].name
        try:
            text = document.set({at: options[at].another})
        except Refused as refused:
            assert all(problem.way_out or problem.line for problem in refused.problems), name
            continue
        after = SYNTAXES[file.syntax].open(text).options
        assert [one.name for one in after] == [one.name for one in options], name
        assert after[at].value == options[at].another, name
        others = [one.value for one in options[:at]] + [one.value for one in options[at + 1 :]]
        assert [one.value for one in after[:at]] + [one.value for one in after[at + 1 :]] == others, name
        assert outside(text, after[at].lines) == outside(file.text, options[at].lines), name
        count(file, set_anew=1)


def outside(text: str, lines: frozenset[int]) -> list[str]:
    """The lines of a text, line ends included, without those of these numbers."""
    return [line for number, line in enumerate(text.split("\n"), 1) if number not in lines]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.consumer] if syntax.program else [])
        for name, syntax in SYNTAXES.items()
        if syntax.broken
    ],
)
def test_the_consumer_that_judges_refusals_does_refuse(name: str, tmp_path: Path) -> None:
    syntax = SYNTAXES[name]
    assert syntax.broken is not None
    with pytest.raises(Refused):
        syntax.open(syntax.broken)
    assert syntax.refusal(syntax.broken, tmp_path)


@pytest.mark.consumer
def test_the_samples_of_every_release_are_there(samples_folder: str) -> None:
    for release in samples.RELEASES:
        assert (Path(samples_folder) / release / "galaxy.yml.sample").is_file(), release


def test_no_file_is_passed_over() -> None:
    known = {file.path for file in real_files()}
    for variable in (CORPUS, samples.ENVIRONMENT_VARIABLE):
        for path in Path(os.environ[variable]).glob("*/*") if os.environ.get(variable) else ():
            plain = path.name.startswith((".", *PLAIN_TEXT))
            assert plain or path in known, f"{path.name} has no syntax"
