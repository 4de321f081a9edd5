"""The cron lens: what cron and the shell make of its jobs, and the laws, for every answer and for files of others."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.consumers import need_tool
from tests.laws.lines import touched_otherwise
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.documents import crontab
from wizard.files.lens import Written
from wizard.files.system.cron import FILE, CleanupCron
from wizard.problems import Refused

LENS = CleanupCron()
GOLDEN = Path(__file__).parent.parent / "golden" / "cron-galaxy"
TYPICAL: dict[str, Any] = {
    "data.cleanup": "cron",
    "data.cleanup_days": 30,
    "data.cleanup_time": "03:30",
    "data.temporary_days": 14,
    "groundwork.root": "/srv/galaxy/server",
    "groundwork.config_dir": "/srv/galaxy/config",
    "groundwork.data_dir": "/srv/galaxy/data",
    "groundwork.virtualenv": "/srv/galaxy/venv",
    "groundwork.log_dir": "/srv/galaxy/log",
    "groundwork.user": "galaxy",
    "database.engine": "postgresql",
}
FOREIGN = """\
MAILTO=galaxy@example.org
# nightly
5 2 * * *\tgalaxy  cd /home/galaxy && python scripts/cleanup_datasets/pgcleanup.py -o 60 purge_datasets > $(date +\\%F)
@daily root tmpwatch -m 240 /home/galaxy/database/tmp
"""
STEPS = [
    "delete_userless_histories",
    "delete_exported_histories",
    "purge_deleted_histories",
    "purge_deleted_hdas",
    "purge_historyless_hdas",
    "purge_hdas_of_purged_histories",
    "delete_datasets",
    "purge_datasets",
]

WHAT = "data.cleanup_what"
PGCLEANUP = {
    "userless-histories": STEPS[:1],
    "exported-histories": STEPS[1:2],
    "histories": STEPS[2:6],
    "datasets": STEPS[6:],
}
SERIES = {
    "userless-histories": [["-1"]],
    "histories": [["-2", "-r"]],
    "libraries": [["-4", "-r"], ["-5", "-r"]],
    "datasets": [["-6", "-r"], ["-3", "-r"]],
}
STEPS_OF: dict[str, Any] = {"sqlite": SERIES, "postgresql": PGCLEANUP}
"""What each way of cleaning up runs, for each thing that it can clean, in the order in which it does."""


def leftovers(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Some of `names`, each once, in any order."""
    return st.lists(st.sampled_from([*names]), min_size=1, unique=True)


names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\\u2028\u2029\x85"),
    min_size=1,
    max_size=10,
).filter(lambda name: name.strip(".") != "")
ANSWERS = st.fixed_dictionaries(
    {
        "data.cleanup": st.just("cron"),
        "groundwork.root": names.map("/srv/{}/server".format),
        "groundwork.config_dir": st.just("/srv/galaxy/config"),
        "groundwork.data_dir": st.just("/data"),
        "groundwork.user": st.sampled_from(["galaxy", "g-1"]),
    },
    optional={
        "data.cleanup_days": st.integers(1, 99999),
        "data.cleanup_time": st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
        "data.temporary_days": st.integers(1, 99999),
        "groundwork.virtualenv": names.map("/srv/{}".format),
        "groundwork.log_dir": names.map("/var/log/{}".format),
        "cluster.new_file_path": names.map("/scratch/{}".format),
        "database.engine": st.sampled_from(["postgresql", "sqlite", "mysql"]),
        "groundwork.release": st.sampled_from(["19.05", "22.05", "26.1"]),
        WHAT: leftovers([*PGCLEANUP, "libraries"]).map(questions()[WHAT].parse),
    },
)
HYPOTHESIS = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))


def write(answers: dict[str, Any], text: str | None = None) -> Written:
    return LENS.write(answers, LENS.skeleton(answers) if text is None else text, FILE)


def jobs(text: str) -> tuple[crontab.Job, ...]:
    return crontab.parse(text, FILE, system=True).jobs


def test_a_typical_file_runs_the_steps_as_galaxys_user() -> None:
    text = write(TYPICAL).text
    assert text == GOLDEN.read_text()
    cleaning, temporary = jobs(text)
    assert cleaning.user == temporary.user == "galaxy"
    assert cleaning.schedule == temporary.schedule == ("30", "3", "*", "*", "*")
    assert " ".join(STEPS) in cleaning.command
    environment = crontab.parse(text, FILE, system=True).environment(cleaning)
    assert environment["SHELL"] == "/bin/sh" and "/usr/bin" in environment["PATH"]


def test_no_file_unless_cron_cleans_up() -> None:
    assert LENS.target({}) is None
    assert LENS.target({"data.cleanup": "none"}) is None
    target = LENS.target(TYPICAL)
    assert target is not None and (target.path, target.mode) == (FILE, 0o644)


@pytest.mark.consumer
@pytest.mark.parametrize("what", [None, ["datasets"], ["userless-histories", "histories"]])
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_cron_takes_the_file(engine: str, what: list[str] | None, tmp_path: Path) -> None:
    """crontab(1) reads what has no column of users, so that column is taken out after it was looked at."""
    program = need_tool("crontab")
    text = write(
        {**TYPICAL, "database.engine": engine, "groundwork.log_dir": "/srv/50%/log", WHAT: what}
    ).text
    file = tmp_path / "table"
    file.write_text(text.replace(" * * * galaxy ", " * * * "))
    assert file.read_text().count("\n") == text.count("\n") and "* galaxy" not in file.read_text()
    verdicts = [
        subprocess.run([program, flag, str(file)], capture_output=True, text=True, timeout=30, check=False)
        for flag in ("-n", "-T")  # Debian's and cronie's
    ]
    assert any(run.returncode == 0 for run in verdicts), [run.stderr for run in verdicts]


SHIM = """\
#!{python}
import json, os, sys
with open(os.environ["SEEN"], "a") as seen:
    seen.write(json.dumps([os.getcwd(), sys.argv[1:]]) + "\\n")
"""


@pytest.mark.consumer
@pytest.mark.parametrize(
    "name", ["plain", "a b", "it's", '"; touch x; "', "$HOME `id`", "100%", "é#!*?~", "-n"]
)
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_the_shell_runs_the_script_with_these_very_words(name: str, engine: str, tmp_path: Path) -> None:
    """What cron hands to /bin/sh is run, with a program in the place of the virtualenv's Python."""
    home = tmp_path / name
    for folder in ("server", "venv/bin", "log"):
        (home / folder).mkdir(parents=True)
    python = home / "venv" / "bin" / "python"
    python.write_text(SHIM.format(python=sys.executable))
    python.chmod(0o755)
    answers = {
        **TYPICAL,
        "database.engine": engine,
        "groundwork.root": f"{home}/server",
        "groundwork.virtualenv": f"{home}/venv",
        "groundwork.config_dir": f"{home}/config",
        "groundwork.log_dir": f"{home}/log",
    }
    command = jobs(write(answers).text)[0].command
    seen = tmp_path / "seen"
    subprocess.run(["/bin/sh", "-c", command], env={"SEEN": str(seen)}, check=True, timeout=60, cwd="/")
    runs = [json.loads(line) for line in seen.read_text().splitlines()]
    assert {folder for folder, _ in runs} == {f"{home}/server"}
    config = ["-c", f"{home}/config/galaxy.yml"]
    if engine == "postgresql":
        script = "scripts/cleanup_datasets/pgcleanup.py"
        assert [words for _, words in runs] == [
            [script, *config, "-U", "-o", "30", "-l", f"{home}/log", *STEPS]
        ]
    else:
        script = "scripts/cleanup_datasets/cleanup_datasets.py"
        steps = [["-1"], ["-2", "-r"], ["-4", "-r"], ["-5", "-r"], ["-6", "-r"], ["-3", "-r"]]
        assert [words for _, words in runs] == [[script, *config, "-d", "30", *step] for step in steps]
    assert (home / "log" / "cleanup.log").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, "seen"])


def as_pgcleanup(words: list[str]) -> argparse.Namespace:
    """The command line as pgcleanup.py takes it apart."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-c", dest="config")
    parser.add_argument("-o", dest="days", type=int, default=14)
    parser.add_argument("-U", dest="update_time", action="store_false")
    parser.add_argument("-l", dest="log_dir")
    parser.add_argument("steps", nargs="*", choices=STEPS)
    return parser.parse_args(words)


def as_cleanup_datasets(words: list[str]) -> argparse.Namespace:
    """The command line as cleanup_datasets.py takes it apart: exactly one step to a run."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-c", dest="config")
    parser.add_argument("-d", dest="days", type=int, default=60)
    parser.add_argument("-r", dest="remove", action="store_true")
    steps = parser.add_mutually_exclusive_group(required=True)
    for number in range(1, 7):
        steps.add_argument(f"-{number}", dest="step", action="store_const", const=str(number))
    return parser.parse_args(words)


@pytest.mark.consumer
@settings(HYPOTHESIS, max_examples=12)
@given(st.data())
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_the_scripts_see_the_steps_of_what_is_answered_and_no_other(engine: str, data: st.DataObject) -> None:
    """Whatever the order of the answer: first what marks, then what takes from the disk."""
    what = data.draw(leftovers([*STEPS_OF[engine]]))
    wanted = [step for one, steps in STEPS_OF[engine].items() if one in what for step in steps]
    with TemporaryDirectory() as place:
        home = Path(place)
        for folder in ("server", "venv/bin", "log"):
            (home / folder).mkdir(parents=True)
        python = home / "venv" / "bin" / "python"
        python.write_text('#!/bin/sh\nprintf "%s\\t" "$@" >> "$SEEN"; echo >> "$SEEN"\n')
        python.chmod(0o755)
        answers = {
            **TYPICAL,
            "database.engine": engine,
            "groundwork.root": f"{home}/server",
            "groundwork.virtualenv": f"{home}/venv",
            WHAT: what,
        }
        command = jobs(write({**answers, "groundwork.log_dir": f"{home}/log"}).text)[0].command
        environment = {"SEEN": f"{home}/seen"}
        subprocess.run(["/bin/sh", "-c", command], env=environment, check=True, timeout=60, cwd="/")
        runs = [line.split("\t")[:-1] for line in (home / "seen").read_text().splitlines()]
    if engine == "postgresql":
        (run,) = map(as_pgcleanup, (words[1:] for words in runs))
        assert run.steps == wanted and run.days == 30 and not run.update_time
    else:
        took = [as_cleanup_datasets(words[1:]) for words in runs]
        assert [[f"-{run.step}", *(["-r"] if run.remove else [])] for run in took] == wanted
        assert {run.days for run in took} == {30}


@pytest.mark.consumer
def test_only_old_temporary_files_go(tmp_path: Path) -> None:
    need_tool("find")
    folder = tmp_path / "data" / "tm'p $x %"
    (folder / "job" / "deep").mkdir(parents=True)
    (folder / "kept").mkdir()
    old, new = folder / "job" / "deep" / "old file", folder / "kept" / "new"
    for file in (old, new):
        file.write_text("x")
    long_ago = time.time() - 16 * 86400
    for path in (old, folder / "kept", folder):
        os.utime(path, (long_ago, long_ago))
    answers = {**TYPICAL, "cluster.new_file_path": str(folder)}
    command = jobs(write(answers).text)[1].command
    subprocess.run(["/bin/sh", "-c", command], check=True, timeout=60, cwd="/")
    assert not old.exists() and new.exists() and folder.exists()


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"groundwork.install": "packages"}, "data.cleanup"),
        ({"groundwork.root": None}, "groundwork.root"),
        ({"groundwork.user": None}, "groundwork.user"),
        ({"groundwork.root": "/srv/a\\b"}, "data.cleanup"),
        ({"groundwork.root": "/srv/" + "x" * 990}, "data.cleanup"),
        ({"groundwork.data_dir": None}, "cluster.new_file_path"),
        ({"cluster.new_file_path": "/"}, "cluster.new_file_path"),
        ({"cluster.new_file_path": "/srv/galaxy"}, "cluster.new_file_path"),
        ({"data.ftp_dir": "/srv/galaxy/data/tmp/ftp"}, "cluster.new_file_path"),
        ({"data.cleanup_days": 100000}, "data.cleanup_days"),
        ({WHAT: ["libraries"]}, WHAT),
        ({WHAT: ["histories", "libraries", "datasets"]}, WHAT),
        ({WHAT: ["exported-histories"], "database.engine": "sqlite"}, WHAT),
        ({WHAT: ["exported-histories", "datasets"], "groundwork.release": "19.05"}, WHAT),
    ],
)
def test_what_cannot_or_must_not_run_is_refused_by_name(answers: dict[str, Any], question: str) -> None:
    with pytest.raises(Refused) as refused:
        write({**TYPICAL, **answers})
    assert [problem.question for problem in refused.value.problems] == [question]
    assert refused.value.problems[0].way_out


@pytest.mark.parametrize(
    ("answers", "script"),
    [
        ({"database.engine": "url", "database.url": Secret("postgresql+psycopg2://x/y")}, "pgcleanup.py"),
        ({"database.engine": "url", "database.url": Secret("oracle://x/y")}, "cleanup_datasets.py"),
        ({"groundwork.release": "19.05"}, "cleanup_datasets.py"),
        ({"database.engine": "mysql"}, "cleanup_datasets.py"),
    ],
)
def test_the_script_is_one_that_the_database_and_the_release_have(
    answers: dict[str, Any], script: str
) -> None:
    assert f"/{script} " in write({**TYPICAL, **answers}).text


def test_without_a_log_directory_cron_mails_what_the_scripts_say() -> None:
    text = write({**TYPICAL, "groundwork.log_dir": None}).text
    assert ">>" not in text and " -l " not in text
    assert write(LENS.read(text, FILE).given, text).text == text


def test_jobs_follow_the_install_when_it_moves() -> None:
    answers = {**TYPICAL, "groundwork.virtualenv": None}
    moved = write({**answers, "groundwork.root": "/opt/galaxy"}, write(answers).text)
    assert "cd /opt/galaxy && /opt/galaxy/.venv/bin/python" in moved.text
    assert [change.questions for change in moved.changes] == [("groundwork.root",)]
    other = write({**answers, "groundwork.user": "other"}, write(answers).text)
    assert {job.user for job in jobs(other.text)} == {"other"}


def test_a_file_of_others_is_read_and_keeps_its_shape() -> None:
    reading = LENS.read(FOREIGN, FILE)
    assert reading.given == {
        "data.cleanup": "cron",
        "data.cleanup_days": 60,
        "data.cleanup_time": "02:05",
    }
    assert [(problem.line, problem.question) for problem in reading.unread] == [(3, WHAT), (4, None)]
    assert write(reading.given, FOREIGN) == Written(FOREIGN)
    with pytest.raises(Refused) as refused:
        write({WHAT: ["datasets"]}, FOREIGN)
    assert [problem.question for problem in refused.value.problems] == [WHAT]
    changed = write({**reading.given, "data.cleanup_days": 7, "data.cleanup_time": "23:00"}, FOREIGN)
    assert changed.text == FOREIGN.replace("-o 60", "-o 7").replace("5 2 * * *", "0 23 * * *")
    assert [(change.line_before, change.line_after) for change in changed.changes] == [(3, 3)]


def test_jobs_at_several_times_or_ages_are_named_and_left_alone() -> None:
    lines = ("0 1 * * * g sh /g/scripts/cleanup_datasets/purge_histories.sh -d 10\n", "@weekly g ")
    text = lines[0] + lines[1] + "sh /g/scripts/cleanup_datasets/purge_datasets.sh\n"
    reading = LENS.read(text, FILE)
    assert reading.given == {"data.cleanup": "cron"}
    assert {problem.question for problem in reading.unread} == {"data.cleanup_days", "data.cleanup_time"}
    for answer in ({"data.cleanup_time": "01:00"}, {"data.cleanup_days": 5}, {WHAT: ["datasets"]}):
        with pytest.raises(Refused) as refused:
            write(answer, text)
        assert [problem.question for problem in refused.value.problems] == list(answer)


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_everything_is_cleaned_when_nothing_is_named(engine: str) -> None:
    """All that the database's script can do, in the very words that it was written in before it was asked."""
    answers = {**TYPICAL, "database.engine": engine}
    text = write(answers).text
    series = "for step in -1 '-2 -r' '-4 -r' '-5 -r' '-6 -r' '-3 -r'; do /srv/galaxy/venv/bin/python "
    assert text == GOLDEN.read_text() if engine == "postgresql" else series in text
    everything = [*STEPS_OF[engine]]
    assert write({**answers, WHAT: everything[::-1]}).text == text
    assert LENS.read(text, FILE).given[WHAT] == everything


def test_everything_stays_everything_when_the_database_becomes_another() -> None:
    sqlite = {**TYPICAL, "database.engine": "sqlite"}
    moved = write(sqlite, write(TYPICAL).text)
    assert moved.text == write(sqlite).text
    assert [change.questions for change in moved.changes] == [("database.engine",)]
    assert write(TYPICAL, moved.text).text == GOLDEN.read_text()


def test_what_the_other_script_cannot_clean_is_refused_when_the_database_becomes_another() -> None:
    exports = write({**TYPICAL, WHAT: ["exported-histories"]}).text
    with pytest.raises(Refused) as refused:
        write({**TYPICAL, "database.engine": "sqlite"}, exports)
    assert [problem.question for problem in refused.value.problems] == [WHAT]


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ("purge_datasets", None),  # half of a thing
        ("purge_deleted_histories purge_datasets", None),
        ("purge_datasets delete_datasets", None),  # the wrong way round
        ("delete_datasets purge_datasets purge_old_hdas", None),
        ("delete_datasets delete_datasets purge_datasets", None),
        ("delete_datasets purge_datasets", ["datasets"]),
        ("delete_exported_histories delete_datasets purge_datasets", ["exported-histories", "datasets"]),
    ],
)
def test_a_job_written_by_hand_is_understood_when_it_cleans_whole_things(
    steps: str, what: list[str] | None
) -> None:
    text = GOLDEN.read_text().replace(" ".join(STEPS), steps)
    reading = LENS.read(text, FILE)
    assert reading.given.get(WHAT) == what
    named = [(problem.line, problem.question) for problem in reading.unread]
    assert named == ([] if what else [(5, WHAT)])
    assert write(reading.given, text) == Written(text)
    assert "-o 7 " in write({"data.cleanup_days": 7}, text).text and steps in text
    answer = {WHAT: ["histories"]}
    if what:
        written = write(answer, text)
        assert written.text == text.replace(steps, " ".join(PGCLEANUP["histories"]))
        assert [(change.line_before, change.questions) for change in written.changes] == [(5, (WHAT,))]
    else:
        with pytest.raises(Refused) as refused:
            write(answer, text)
        assert [problem.question for problem in refused.value.problems] == [WHAT]


def test_jobs_that_clean_different_things_are_named_and_left_alone() -> None:
    lines = GOLDEN.read_text().splitlines(keepends=True)
    one, other = (
        lines[4].replace(" ".join(STEPS), " ".join(PGCLEANUP[what])) for what in ("histories", "datasets")
    )
    text = "".join([*lines[:4], one, other])
    reading = LENS.read(text, FILE)
    assert WHAT not in reading.given and reading.given["data.cleanup_days"] == 30
    assert [(problem.line, problem.question) for problem in reading.unread] == [(5, WHAT), (6, WHAT)]
    assert write(reading.given, text) == Written(text)
    with pytest.raises(Refused) as refused:
        write({WHAT: ["datasets"]}, text)
    assert [problem.question for problem in refused.value.problems] == [WHAT]


@given(leftovers([*PGCLEANUP, "libraries"]))
def test_an_answer_keeps_the_order_of_the_work(what: list[str]) -> None:
    order = ["userless-histories", "exported-histories", "histories", "libraries", "datasets"]
    parse = questions()[WHAT].parse
    assert parse(what) == sorted(what, key=order.index)
    for wrong in ([*what, what[0]], [], [*what, "users"]):
        with pytest.raises(ValidationError):
            parse(wrong)


def lacks(what: Sequence[str], postgresql: bool) -> bool:
    return not set(what) <= STEPS_OF["postgresql" if postgresql else "sqlite"].keys()


def by_pgcleanup(answers: dict[str, Any]) -> bool:
    new = answers.get("groundwork.release") != "19.05"
    return answers.get("database.engine") == "postgresql" and new


def cannot_follow(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the script that cleans up `after` has no steps for what is to be cleaned then."""
    was = by_pgcleanup(before)
    now = by_pgcleanup(after) if "database.engine" in after else was
    held = before.get(WHAT, [])
    whole = set(held) == set(STEPS_OF["postgresql" if was else "sqlite"])
    return lacks(after.get(WHAT) or ([] if whole else held), now)


@HYPOTHESIS
@given(ANSWERS, ANSWERS)
def test_the_laws_hold_when_answers_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    try:
        text = write(before).text
    except Refused as refused:
        asked = {problem.question for problem in refused.problems}
        longer_than_cron_takes = asked == {"data.cleanup"}
        assert longer_than_cron_takes or (asked == {WHAT} and lacks(before[WHAT], by_pgcleanup(before)))
        assume(False)
        raise
    assert not lacks(before.get(WHAT, []), by_pgcleanup(before))
    held = LENS.read(text, FILE).given
    for path in filter(LENS.owns, before):
        assert held[path] == before[path]
    assert write(held, text).text == text and write(before, text).text == text
    if cannot_follow(before, after):
        with pytest.raises(Refused) as never:
            write(after, text)
        assert [problem.question for problem in never.value.problems] == [WHAT]
        return
    changed = write(after, text)
    again = LENS.read(changed.text, FILE).given
    for path in filter(LENS.owns, after):
        assert again[path] == after[path]
    assert not touched_otherwise(text, changed.text, changed.changes)
    for job in jobs(changed.text):
        assert job.user == after["groundwork.user"] and job.stdin is None
    for change in changed.changes:
        assert set(change.questions) <= set(after)


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"groundwork.root": "/srv/a\\b"}, "groundwork.root"),
        ({"groundwork.virtualenv": "/srv/a\\b"}, "groundwork.virtualenv"),
        ({"groundwork.root": "/srv/" + "x" * 990}, "groundwork.root"),
        ({"groundwork.log_dir": "/srv/" + "x" * 990}, "groundwork.log_dir"),
    ],
)
def test_the_way_out_names_the_path_that_cron_cannot_hold(answers: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refused:
        write({**TYPICAL, **answers})
    (problem,) = refused.value.problems
    assert (problem.way_out or "").endswith(f": {named}")
