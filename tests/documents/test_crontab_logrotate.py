"""Crontabs and logrotate files: read as cron and logrotate read them, refused where these refuse, never changed."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from wizard.documents import crontab, logrotate
from wizard.documents.crontab import Job, Variable
from wizard.problems import Refused

CRON = """\
# cleanup of Galaxy
MAILTO = "galaxy@example.org"
PATH=/usr/bin:/bin  \t
\t0 2 * * *  galaxy  /srv/cleanup.sh -d 30 > /dev/null
@daily galaxy date +\\%F%first%second
*/5 8-18 1,15 jan-mar mon-fri galaxy true
"""

ROTATE = """\
# defaults
weekly 1
rotate 4
include /etc/logrotate.d

/srv/galaxy/log/*.log "/srv/my logs/a.log"
'/srv/b.log' {
    missingok
    size = 100M
    su galaxy galaxy  \t
    postrotate
        echo } endscript
        /usr/bin/galaxyctl graceful
    endscript
}
/srv/c.log { daily compress
 nosuchoption 1
} trailing
"""


# -- crontabs


def test_jobs_and_variables_know_their_place() -> None:
    table = crontab.parse(CRON, "/etc/cron.d/galaxy", system=True)
    assert table.text == CRON
    mailto, path, cleanup, date, often = table.entries
    assert isinstance(mailto, Variable) and (mailto.name, mailto.value) == ("MAILTO", "galaxy@example.org")
    assert isinstance(path, Variable) and (path.value, path.line) == ("/usr/bin:/bin", 3)
    assert isinstance(cleanup, Job) and cleanup.schedule == ("0", "2", "*", "*", "*")
    assert (cleanup.user, cleanup.line) == ("galaxy", 4)
    assert cleanup.command == "/srv/cleanup.sh -d 30 > /dev/null"
    assert CRON[cleanup.start : cleanup.end].startswith("0 2 * * *  galaxy")
    assert isinstance(date, Job) and date.schedule == ("@daily",)
    assert (date.command, date.stdin) == ("date +%F", "first\nsecond\n")
    assert isinstance(often, Job) and (often.stdin, often.command) == (None, "true")
    assert table.environment(often) == {"MAILTO": "galaxy@example.org", "PATH": "/usr/bin:/bin"}


def test_a_crontab_of_a_user_has_no_column_for_one() -> None:
    (job,) = crontab.parse("5 4 * * * echo hi\n").jobs
    assert (job.user, job.command) == (None, "echo hi")


@pytest.mark.parametrize(
    ("text", "system", "line", "column"),
    [
        ("# c\n60 * * * * a\n", False, 2, 1),
        ("  * 24 * * * a\n", False, 1, 5),
        ("* * 0 * * a\n", False, 1, 5),
        ("* * * foo * a\n", False, 1, 7),
        ("* * * * 8 a\n", False, 1, 9),
        ("* * * * * * a\n", False, 1, 11),
        ("*/0 * * * * a\n", False, 1, 1),
        ("@dayly a\n", False, 1, 1),
        ("* * * * * a", False, 1, 12),
        ("A=1", False, 1, 4),
        ("* * *\n", False, 1, 6),
        ("\r\n", False, 1, 1),
        ("* * * * * galaxy\n", True, 1, 11),
    ],
)
def test_a_crontab_that_cron_ignores_is_refused_with_its_place(
    text: str, system: bool, line: int, column: int
) -> None:
    with pytest.raises(Refused) as refusal:
        crontab.parse(text, "/etc/cron.d/x", system)
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == ("/etc/cron.d/x", line, column)


@given(st.text(alphabet=" \t\r\n*/-,0159@=\"'#%\\aA", max_size=50), st.booleans())
@settings(max_examples=300)
def test_any_crontab_is_read_or_refused(text: str, system: bool) -> None:
    with contextlib.suppress(Refused):
        table = crontab.parse(text, "x", system)
        assert table.text == text
        for entry in table.entries:
            assert "\n" not in text[entry.start : entry.end]
            assert text.count("\n", 0, entry.start) + 1 == entry.line


@pytest.fixture(scope="module")
def cron(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bool]:
    """`cron(TEXT)`: whether `crontab -n` would install a text."""
    program, here = need_tool("crontab"), tmp_path_factory.mktemp("cron")

    def ask(text: str) -> bool:
        (here / "tab").write_bytes(text.encode())
        run = subprocess.run([program, "-n", str(here / "tab")], capture_output=True, timeout=60, check=False)
        said = run.stdout + run.stderr
        assert re.search(b"syntax|errors in crontab|missing newline", said), said
        return run.returncode == 0

    return ask


fields = st.sampled_from(
    ["*", "0", "*/5", "1-5", "7-5", "1,2", "60", "jan", "SUN", "mon-fri", "sat-sun", "1/2", "*/0", "1-5/2", "32", "08",
     "-", "1-", ",", "1,", "@daily", "@x", "A=b", "=", "'A'=", '"c"', "\\%", "x", "\r", "#", "1-5-7", "*-2", "*x",
      "1_", "*/2-", "1-2/2/", "1/", "*/", "1-3,x", "1_x,99"]
)  # fmt: skip
blanks = st.sampled_from([" ", "\t", "  "])
jobs = st.builds(lambda blank, words: blank.join(words), blanks, st.lists(fields, min_size=1, max_size=8))
pairs = st.lists(st.sampled_from(["A", "=", "'", '"', " ", "b", "\t", "\r", "1"]), max_size=8).map("".join)
sane = st.builds(
    lambda words, at, odd: " ".join([*words[:at], odd, *words[at + 1 :]]),
    st.just(["*", "0", "1", "*/2", "1-5", "echo"]),
    st.integers(0, 6),
    fields,
)


@pytest.mark.consumer
@given(line=jobs | pairs | sane, end=st.sampled_from(["\n", "\n", ""]))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cron_takes_the_crontabs_that_we_read(cron: Callable[[str], bool], line: str, end: str) -> None:
    text = line + end
    try:
        crontab.parse(text)
    except Refused:
        assert not cron(text)
    else:
        assert cron(text)


# -- logrotate


def test_stanzas_know_their_logs_and_directives() -> None:
    document = logrotate.parse(ROTATE, "/etc/logrotate.conf")
    assert document.text == ROTATE
    assert [(each.name, each.value, each.line) for each in document.directives] == [
        ("weekly", "1", 2),
        ("rotate", "4", 3),
        ("include", "/etc/logrotate.d", 4),
    ]
    assert [each.value for each in document.includes] == ["/etc/logrotate.d"]
    galaxy, other = document.stanzas
    assert galaxy.patterns == ("/srv/galaxy/log/*.log", "/srv/my logs/a.log", "/srv/b.log")
    assert (galaxy.line, ROTATE[galaxy.start], ROTATE[galaxy.end - 1]) == (6, "/", "}")
    missing, size, su, script = galaxy.directives
    assert (missing.name, missing.value, missing.line) == ("missingok", None, 8)
    assert (size.value, su.value) == ("100M", "galaxy galaxy")
    assert ROTATE[size.start : size.end] == "size = 100M"
    assert script.script == "        echo } endscript\n        /usr/bin/galaxyctl graceful\n"
    assert ROTATE[script.start : script.end].endswith("    endscript")
    assert (galaxy.value("size"), galaxy.value("missingok"), galaxy.value("rotate")) == ("100M", "", None)
    assert [(each.name, each.line) for each in other.directives] == [("daily", 16), ("compress", 16)]
    assert [(each.line, each.what) for each in document.unread] == [
        (17, "unknown option 'nosuchoption'"),
        (18, "text behind '}'"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("}\n", 1, 1),
        ("/a\n", 1, 1),
        ("/a }\n", 1, 4),
        ("/a {\n /b {\n}\n}\n", 2, 2),
        ("/a {\n postrotate\n x\n}\n", 2, 2),
        ("/a {\n rotate x\n}\n", 2, 9),
        ("/a {\n rotate\n}\n", 2, 8),
        ("/a {\n rotate5\n}\n", 2, 8),
        ("/a {\n size 5q\n}\n", 2, 7),
        ("/a {\r\n daily\r\n}\r\n", 1, 5),
        ("/a {\n tabooext .x\n}\n", 2, 2),
        ("a/b {\n}\n", 1, 2),
        ('"" {\n}\n', 1, 1),
    ],
)
def test_a_file_that_logrotate_stumbles_over_is_refused_with_its_place(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(Refused) as refusal:
        logrotate.parse(text, "/etc/logrotate.d/x")
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == ("/etc/logrotate.d/x", line, column)


@given(
    st.lists(st.sampled_from(["/a", " ", "\n", "{", "}", "daily", "rotate", "5", "#", '"', "'", "\\", "postrotate",
                              "endscript", "size", "=", "x"]), max_size=25).map("".join)
)  # fmt: skip
@settings(max_examples=400)
def test_any_file_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        document = logrotate.parse(text)
        assert document.text == text
        for stanza in document.stanzas:
            assert text.count("\n", 0, stanza.start) + 1 == stanza.line
            for each in stanza.directives:
                assert text[each.start : each.end].startswith(each.name)
                assert text.count("\n", 0, each.start) + 1 == each.line


def test_ten_thousand_lines_are_read_at_once() -> None:
    started = time.process_time()
    stanzas = logrotate.parse("/a {\n daily\n postrotate\n x\n endscript\n}\n" * 2_000).stanzas
    assert len(stanzas) == 2_000
    assert len(crontab.parse("* * * * * true\n" * 10_000).jobs) == 10_000
    assert time.process_time() - started < 3


@pytest.fixture(scope="module")
def rotates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """`rotates(TEXT)`: the errors for which `logrotate -d` fails; empty when it accepts the text."""
    program, here = need_tool("logrotate"), tmp_path_factory.mktemp("rotate")

    def ask(text: str) -> str:
        file = here / "rotate.conf"
        file.write_bytes(text.encode())
        file.chmod(0o600)
        command = [program, "-d", "-s", str(here / "state"), str(file)]
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)
        said = run.stderr.decode(errors="replace")
        errors = [line for line in said.splitlines() if line.startswith("error")]
        return "\n".join(errors) if run.returncode else ""

    return ask


directives = st.sampled_from(
    ["daily", "rotate 5", "rotate a", "rotate=3", "rotate", "rotate -1", "rotate -2", "rotate 010", "rotate 09",
     "size 5k", "size 5q", "size", "weekly", "weekly 3", "weekly 9", "missingok", "foo bar", "}", "{", "/zz/x {",
     "postrotate\n echo }\n endscript", "postrotate", "endscript", "# c }", "create", "dateformat -%Y", "maxage -1",
     "tabooext + .x", "mail a@b", "mail a b", "su root root", "su root root root", "compressoptions -9",
     "compressoptions", "5", "'", "shredcycles 3", "include", "\r", "endscript foo", "extension .log", "_x", "a_b",
     "daily=", "daily x", "compresscmd /bin/x", "compresscmd a b"]
)  # fmt: skip
logs = st.sampled_from(
    [
        "/zz/1",
        "/zz/1 /zz/2",
        '"/zz/z z"',
        "'/zz/z*'",
        "/zz/1\n\n/zz/3\n",
        "/zz/1\n# x {\n/zz/3\n",
        "/zz/a\\ b",
    ]
)
globals_ = st.sampled_from(
    ["", "", "daily\n", "rotate x\n", "tabooext + .k\n", "# }\n", "foo x\n", "size\n", "}\n"]
)


@pytest.mark.consumer
@given(
    before=globals_,
    log=logs,
    opened=st.sampled_from([" {\n missingok\n", " { missingok\n", "\n{\nmissingok\n"]),
    body=st.lists(directives, max_size=4).map(lambda each: "".join(f" {one}\n" for one in each)),
    closed=st.sampled_from(["}\n", "}\n", "} x\n", "}"]),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_logrotate_stumbles_over_the_files_that_we_refuse(
    rotates: Callable[[str], str], before: str, log: str, opened: str, body: str, closed: str
) -> None:
    text = before + log + opened + body + closed
    errors = rotates(text)
    try:
        logrotate.parse(text)
    except Refused as refusal:
        assert errors, refusal
    else:
        syntax = [line for line in errors.splitlines() if not re.search(r"stat of|No such file", line)]
        assert not syntax or not errors, errors


@pytest.mark.consumer
def test_the_files_of_this_system_are_read(rotates: Callable[[str], str]) -> None:
    for path in sorted(Path("/etc/logrotate.d").glob("*")):
        document = logrotate.parse(path.read_text(), str(path))
        assert document.stanzas, path
        assert all(stanza.patterns[0].startswith("/") for stanza in document.stanzas)
    for path in [Path("/etc/crontab"), *sorted(Path("/etc/cron.d").glob("[a-z]*"))]:
        if path.exists():
            assert all(job.user for job in crontab.parse(path.read_text(), str(path), system=True).jobs)
