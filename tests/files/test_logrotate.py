"""The logrotate lens: what logrotate makes of its files, and the laws, for every answer and for files of others."""

from __future__ import annotations

import grp
import os
import pwd
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.laws.lines import touched_otherwise
from wizard.files.lens import Written
from wizard.files.system.logrotate import FILE, LogrotateFile
from wizard.problems import Refused

LENS = LogrotateFile()
GOLDEN = Path(__file__).parent.parent / "golden" / "logrotate-galaxy"
TYPICAL: dict[str, Any] = {
    "groundwork.rotate_logs": True,
    "groundwork.log_dir": "/srv/galaxy/log",
    "groundwork.log_file": "/var/log/galaxy.log",
    "groundwork.user": "galaxy",
}
FOREIGN = """\
# on this host since 2014
/home/galaxy/galaxy-dist/*.log
# handlers, too
/home/galaxy/logs/handler?.log {
\tweekly 1
\trotate 010   \n\
\tcopytruncate
\tsu www-data adm
\tpostrotate
\t\t/usr/bin/true } # not the end
\tendscript
}

/var/log/nginx/galaxy*.log { daily
rotate 3
}
"""

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/*?[]\u2028\u2029\x85"),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(".") != "")
ANSWERS = st.fixed_dictionaries(
    {
        "groundwork.rotate_logs": st.just(True),
        "groundwork.rotate_files": st.lists(names.map("/srv/{}".format), min_size=1, max_size=3, unique=True),
    },
    optional={
        "groundwork.rotate_every": st.sampled_from(["daily", "weekly", "monthly"]),
        "groundwork.rotate_keep": st.integers(1, 2**31 - 1),
        "groundwork.user": st.sampled_from(["galaxy", "g-1"]),
        "groundwork.group": st.sampled_from(["galaxy", "users"]),
    },
)
HYPOTHESIS = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))


def write(answers: dict[str, Any], text: str | None = None) -> Written:
    return LENS.write(answers, LENS.skeleton(answers) if text is None else text, FILE)


def written_or_dropped(answers: dict[str, Any], text: str | None = None) -> Written:
    """Braces and mixed quotes have no spelling; that is refused by name, and no case for the laws."""
    try:
        return write(answers, text)
    except Refused as refused:
        assert {problem.question for problem in refused.problems} == {"groundwork.rotate_files"}
        assume(False)
        raise


@pytest.fixture
def logrotate(tmp_path: Path) -> Callable[[str], str]:
    """`logrotate(TEXT)`: what `logrotate -d` says; it fails where logrotate finds an error."""
    program = need_tool("logrotate")

    def ask(text: str) -> str:
        file = tmp_path / "galaxy.conf"
        file.write_text(text)
        file.chmod(0o644)
        command = [program, "-d", "-s", str(tmp_path / "state"), str(file)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        said = run.stdout + run.stderr
        assert run.returncode == 0 and not re.search(r"^error:", said, re.MULTILINE), said
        return said

    return ask


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody reaches and may write to, as logrotate dislikes them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_typical_file_is_what_the_documents_advise() -> None:
    assert write(TYPICAL).text == GOLDEN.read_text()


def test_no_file_unless_logs_are_to_be_rotated() -> None:
    assert LENS.target({}) is None
    assert LENS.target({"groundwork.rotate_logs": False}) is None
    target = LENS.target(TYPICAL)
    assert target is not None and (target.path, target.mode) == (FILE, 0o644)


@pytest.mark.consumer
@pytest.mark.parametrize("every", ["daily", "weekly", "monthly"])
def test_logrotate_sees_every_interval(every: str, logrotate: Callable[[str], str], shared: Path) -> None:
    me = pwd.getpwuid(os.geteuid())
    answers = {
        **TYPICAL,
        "groundwork.rotate_files": [f"{shared}/*.log"],
        "groundwork.rotate_every": every,
        "groundwork.rotate_keep": 5,
        "groundwork.user": "nobody" if me.pw_uid == 0 else me.pw_name,
        "groundwork.group": grp.getgrgid(
            pwd.getpwnam("nobody").pw_gid if me.pw_uid == 0 else me.pw_gid
        ).gr_name,
    }
    (shared / "galaxy.log").write_text("x")
    text = write(answers).text
    said = logrotate(text)
    period = {"daily": "after 1 days", "weekly": "weekly", "monthly": "monthly"}[every]
    assert f"{period} (5 rotations)" in said
    assert f"considering log {shared}/galaxy.log" in said
    assert "insecure permissions" not in said
    with pytest.raises(AssertionError, match="insecure permissions"):
        logrotate(re.sub(r".*su .*\n", "", text))


@pytest.mark.consumer
@pytest.mark.parametrize(
    "name", ["a b.log", 'q".log', "q'.log", "#c.log", "$x;%.log", "-é€.log", "a \"b' c.log", "x=1 rotate 2"]
)
def test_logrotate_finds_a_log_of_any_name(
    name: str, logrotate: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text("x")
    tmp_path.chmod(0o700)
    said = logrotate(write({"groundwork.rotate_logs": True, "groundwork.rotate_files": [str(path)]}).text)
    assert f"considering log {path}\n" in said


@pytest.mark.consumer
@pytest.mark.parametrize(
    "files", [["{tmp}/*.log", "{tmp}/a.log"], ["{tmp}/a.log", "{tmp}/a.log"]], ids=["pattern", "twice"]
)
def test_a_log_named_twice_is_refused_as_logrotate_would(
    files: list[str], logrotate: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text("x")
    tmp_path.chmod(0o700)
    paths = [file.format(tmp=tmp_path) for file in files]
    with pytest.raises(Refused) as refused:
        write({"groundwork.rotate_logs": True, "groundwork.rotate_files": paths})
    assert refused.value.problems[0].question == "groundwork.rotate_files"
    with pytest.raises(AssertionError, match="duplicate log entry"):
        logrotate("\n".join(paths) + " {\n daily\n}\n")


def test_the_logs_are_those_that_other_answers_name() -> None:
    files = "groundwork.rotate_files"
    told = LENS.read(write({**TYPICAL, "groundwork.log_file": "/srv/galaxy/log/galaxy.log"}).text, FILE).given
    assert told[files] == ["/srv/galaxy/log/*.log"]
    moved = write({**TYPICAL, "groundwork.log_dir": "/data/log"}, write(TYPICAL).text)
    assert LENS.read(moved.text, FILE).given[files] == ["/data/log/*.log", "/var/log/galaxy.log"]
    assert [change.questions for change in moved.changes] == [("groundwork.log_dir", "groundwork.log_file")]


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"groundwork.rotate_logs": True}, "groundwork.rotate_files"),
        ({**TYPICAL, "groundwork.rotate_files": []}, "groundwork.rotate_files"),
        ({**TYPICAL, "groundwork.rotate_files": ["/a{b"]}, "groundwork.rotate_files"),
        ({**TYPICAL, "groundwork.rotate_files": ["/a\"b'c d"]}, None),
        ({**TYPICAL, "groundwork.rotate_keep": 2**31}, "groundwork.rotate_keep"),
    ],
)
def test_what_logrotate_cannot_be_told_is_refused_by_name(
    answers: dict[str, Any], question: str | None
) -> None:
    if question is None:
        files = LENS.read(write(answers).text, FILE).given["groundwork.rotate_files"]
        assert files == answers["groundwork.rotate_files"]
        return
    with pytest.raises(Refused) as refused:
        write(answers)
    assert [problem.question for problem in refused.value.problems] == [question]
    assert refused.value.problems[0].way_out


def test_a_file_of_others_is_read_and_keeps_its_shape() -> None:
    reading = LENS.read(FOREIGN, FILE)
    assert reading.given == {
        "groundwork.rotate_logs": True,
        "groundwork.rotate_files": ["/home/galaxy/galaxy-dist/*.log", "/home/galaxy/logs/handler?.log"],
        "groundwork.rotate_every": "weekly",
        "groundwork.rotate_keep": 8,
    }
    assert reading.lines["groundwork.rotate_every"] == 5
    assert [problem.line for problem in reading.unread] == [14]
    assert write(reading.given, FOREIGN) == Written(FOREIGN)
    changed = write(
        {**reading.given, "groundwork.rotate_keep": 3, "groundwork.rotate_every": "daily"}, FOREIGN
    )
    assert changed.text == FOREIGN.replace("rotate 010", "rotate 3").replace("weekly 1", "daily")
    assert [(change.line_before, change.line_after) for change in changed.changes] == [(5, 5), (6, 6)]


@pytest.mark.parametrize("line", ["hourly", "size 100M", "yearly"])
def test_an_interval_that_no_answer_has_is_named_and_left_alone(line: str) -> None:
    text = f"/srv/a.log {{\n  {line}\n  rotate -1\n}}\n"
    reading = LENS.read(text, FILE)
    assert set(reading.given) == {"groundwork.rotate_logs", "groundwork.rotate_files"}
    assert [problem.question for problem in reading.unread] == [
        "groundwork.rotate_every",
        "groundwork.rotate_keep",
    ]
    assert write(reading.given, text).text == text


def test_the_user_follows_the_answer_and_root_stays() -> None:
    assert "su other other" in write({**TYPICAL, "groundwork.user": "other"}, write(TYPICAL).text).text
    text = "/srv/a.log {\n  su root adm\n}\n"
    answers = {"groundwork.rotate_files": ["/srv/a.log"], "groundwork.user": "galaxy"}
    assert write(answers, text).text == text


@HYPOTHESIS
@given(ANSWERS, ANSWERS)
def test_the_laws_hold_when_answers_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = written_or_dropped(before).text
    held = LENS.read(text, FILE).given
    assert {path: held[path] for path in before if LENS.owns(path)} == {
        path: value for path, value in before.items() if LENS.owns(path)
    }
    assert write(held, text).text == text and write(before, text).text == text
    changed = written_or_dropped(after, text)
    again = LENS.read(changed.text, FILE).given
    for path in filter(LENS.owns, after):
        same = sorted if path == "groundwork.rotate_files" else (lambda value: value)
        assert same(again[path]) == same(after[path])
    assert not touched_otherwise(text, changed.text, changed.changes)
    for change in changed.changes:
        assert set(change.questions) <= set(after)


@HYPOTHESIS
@given(ANSWERS)
def test_the_laws_hold_in_a_file_of_others(answers: dict[str, Any]) -> None:
    changed = written_or_dropped(answers, FOREIGN)
    held = LENS.read(changed.text, FILE).given
    assert sorted(held["groundwork.rotate_files"]) == sorted(answers["groundwork.rotate_files"])
    assert not touched_otherwise(FOREIGN, changed.text, changed.changes)
    assert FOREIGN[FOREIGN.index("\tcopytruncate") : FOREIGN.index("\tsu ")] in changed.text
    assert FOREIGN[FOREIGN.index("\tpostrotate") :] in changed.text
