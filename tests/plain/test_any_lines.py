"""Whatever lines come, the conversation goes on to its end: no line is a crash, and every answer kept is one."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard import presets
from wizard.answers import SECTIONS
from wizard.answers.questions import questions
from wizard.disk import Disk
from wizard.plain.loop import run
from wizard.plain.talk import Talk
from wizard.plain.words import AT_MAP, AT_QUESTION, AT_REVIEW, AT_TABLE, EVERYWHERE, IN_ROW
from wizard.session import Session
from wizard.statefile import load, new

_WORDS = [
    word.name
    for word in (*EVERYWHERE, *AT_QUESTION, *AT_TABLE, *AT_MAP, *IN_ROW, *AT_REVIEW)
    if word.name != "="
]
LINES = st.one_of(
    st.just(""),
    st.sampled_from(_WORDS),
    st.builds("{} {}".format, st.sampled_from(_WORDS), st.sampled_from(["1", "2 1", "A", *SECTIONS])),
    st.builds("goto {}".format, st.sampled_from(list(questions()))),
    st.sampled_from(
        ["1", "2", "yes", "no", "local", "slurm", "26.1", "21.05", "/srv/x", "A=1", "generate", "= back"]
    ),
    st.text(max_size=8).filter(lambda text: "\n" not in text),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["empty", *presets.names()]), st.lists(LINES, max_size=40))
def test_any_lines_are_a_conversation(start: str, lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        session = Session(root / "galaxy-setup.toml", Disk(root), new(None), environ={}, draft=True)
        said = io.StringIO()
        status = run(session, Talk(io.StringIO("\n".join([start, *lines])), said))
        assert 0 <= status <= 5
        if session.file.exists():
            assert load(session.file.read_text(), "answers").own == session.loaded.own
        assert all(sign.isprintable() or sign == "\n" for sign in said.getvalue())
