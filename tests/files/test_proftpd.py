"""The ProFTPD lenses: what `proftpd -t` says of every file, the laws, and the files of others."""

from __future__ import annotations

import os
import string
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.files.proftpd_confs import LENS, TYPICAL, read, write
from tests.laws.lines import touched_otherwise
from wizard.answers.secret import Secret
from wizard.files.system.proftpd import SITE_FILE, ProftpdMain
from wizard.problems import Refused

GOLDEN = Path(__file__).parent.parent / "golden" / "proftpd-galaxy.conf"
MAIN = ProftpdMain()
DEBIAN = """\
# /etc/proftpd/proftpd.conf -- This is a basic ProFTPD configuration file.
Include /etc/proftpd/modules.conf
UseIPv6 on
ServerName\t\t\t"Debian"

# Port 21 is the standard FTP port.
Port\t\t\t\t21

<VirtualHost 10.0.0.1>
  Port 2222
</VirtualHost>
Include /etc/proftpd/conf.d/
"""

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/%\\\u2028\u2029\x85"),
    min_size=1,
    max_size=10,
).filter(lambda name: name.strip(".") != "")
paths = names.map("/srv/{}".format)
passwords = st.text(sorted(set(string.printable.strip() + " é") - set("'\\")), min_size=1, max_size=20).map(
    Secret
)
ANSWERS = st.fixed_dictionaries(
    {
        "data.ftp": st.just("proftpd"),
        "data.ftp_dir": paths,
        "data.ftp_uid": st.integers(1, 2**32 - 2),
        "data.ftp_database_user": st.sampled_from(["galaxyftp", "g$", "a-b.c"]),
        "data.ftp_certificate": paths,
        "data.ftp_certificate_key": paths,
        "database.engine": st.just("postgresql"),
        "database.name": st.sampled_from(["galaxy", 'g"x']),
    },
    optional={
        "data.ftp_gid": st.integers(1, 2**32 - 2),
        "data.ftp_database_password": passwords,
        "data.ftp_passive_ports": st.sampled_from(["1024-1025", "56000-60000"]),
        "database.connect": st.sampled_from(["tcp", "socket"]),
        "database.host": st.sampled_from(["localhost", "10.0.0.7", "db.example.org"]),
        "database.port": st.integers(1, 65535),
    },
)
HYPOTHESIS = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture
def accepts(tmp_path: Path) -> Callable[[str], str]:
    """`accepts(TEXT)`: what `proftpd -t` says of a site that a main file includes; it fails where ProFTPD complains.

    What is wrong in an included file is no failure to ProFTPD: it leaves the rest of that file out.
    """
    program = need_tool("proftpd")

    def ask(site: str) -> str:
        (tmp_path / "galaxy.conf").write_text(site)
        (tmp_path / "main.conf").write_text(
            f"ServerName x\nServerType standalone\nDefaultServer on\nPidFile {tmp_path}/pid\n"
            f"ScoreboardFile {tmp_path}/score\nInclude {tmp_path}/galaxy.conf\n"
        )
        command = [program, "-t", "-c", str(tmp_path / "main.conf")]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        said = run.stdout + run.stderr
        assert run.returncode == 0 and "fatal:" not in said and "warning:" not in said, said
        return said

    return ask


def self_signed(folder: Path) -> tuple[str, str]:
    certificate, key = str(folder / "full chain.pem"), str(folder / "key.pem")
    request = [need_tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"]
    command = [*request, "/CN=localhost", "-keyout", key, "-out", certificate]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    return certificate, key


def test_a_typical_file() -> None:
    assert write(TYPICAL).text == GOLDEN.read_text()


def test_the_file_is_for_root_alone_and_only_where_proftpd_takes_uploads() -> None:
    target = LENS.target(TYPICAL)
    assert target is not None and (target.path, target.mode) == (SITE_FILE, 0o600)
    assert LENS.target({}) is None and LENS.target({"data.ftp": "elsewhere"}) is None


@pytest.mark.consumer
def test_proftpd_accepts_the_file(accepts: Callable[[str], str], tmp_path: Path) -> None:
    accepts(write(TYPICAL).text)
    certificate, key = self_signed(tmp_path)
    encrypted = {**TYPICAL, "data.ftp_certificate": certificate, "data.ftp_certificate_key": key}
    accepts(write(encrypted).text)
    with pytest.raises(AssertionError, match="missing"):
        accepts(write({**encrypted, "data.ftp_certificate": "/missing"}).text)


@pytest.mark.consumer
@pytest.mark.parametrize("value", ['a"b', "a b", "'; DROP TABLE x; --", "#x", "<x>", "é", "$x{y}"])
def test_proftpd_accepts_hostile_values(value: str, accepts: Callable[[str], str]) -> None:
    answers = {
        **TYPICAL,
        "data.ftp_dir": f"/srv/{value}",
        "data.ftp_database_password": Secret(value.replace("'", "") + "%"),
    }
    text = write(answers).text
    accepts(text)
    assert read(text)["data.ftp_dir"] == f"/srv/{value}"


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"data.ftp_dir": None}, "data.ftp_dir"),
        ({"data.ftp_dir": "ftp"}, "data.ftp_dir"),
        ({"data.ftp_dir": "/srv/100%"}, "data.ftp_dir"),
        ({"data.ftp_dir": "/srv/a\\b"}, "data.ftp_dir"),
        ({"data.ftp_uid": None}, "data.ftp_uid"),
        ({"data.ftp_uid": 2**32}, "data.ftp_uid"),
        ({"data.ftp_database_user": None}, "data.ftp_database_user"),
        ({"data.ftp_database_password": Secret("%{env:HOME}")}, "data.ftp_database_password"),
        ({"data.ftp_database_password": Secret("it's")}, "data.ftp_database_password"),
        ({"data.ftp_database_password": Secret("a\\b")}, "data.ftp_database_password"),
        ({"database.name": "g'x"}, "database.name"),
        ({"data.ftp_certificate": "/c"}, "data.ftp_certificate_key"),
        ({"data.ftp_certificate_key": "/k"}, "data.ftp_certificate_key"),
        ({"database.engine": None}, "database.engine"),
        ({"database.engine": "sqlite"}, "data.ftp"),
        ({"database.engine": "mysql"}, "data.ftp"),
        ({"database.name": "a@b"}, "database.name"),
        ({"database.host": "[::1]"}, "database.host"),
    ],
)
def test_what_cannot_work_is_refused_by_name(answers: dict[str, Any], question: str) -> None:
    with pytest.raises(Refused) as refused:
        write({**TYPICAL, **answers})
    assert [problem.question for problem in refused.value.problems] == [question]
    assert refused.value.problems[0].way_out
    assert "%{env:HOME}" not in str(refused.value)


def test_all_that_is_missing_is_said_at_once() -> None:
    lacking = ("data.ftp_dir", "data.ftp_uid", "data.ftp_database_user")
    with pytest.raises(Refused) as refused:
        write({**TYPICAL, **dict.fromkeys(lacking)})
    assert [problem.question for problem in refused.value.problems] == list(lacking)


def test_the_password_is_a_secret_also_in_a_comment() -> None:
    text = write(TYPICAL).text + "#SQLConnectInfo galaxy@h me  old-one\n"
    spans = [text[span.start : span.end] for span in LENS.secret_spans(text, SITE_FILE)]
    assert spans == ["not-a-secret", "old-one"]
    broken = 'SQLConnectInfo g@h me "two words"\n<IfModule x>\n'
    assert [broken[one.start : one.end] for one in LENS.secret_spans(broken, SITE_FILE)] == ['"two words"']
    changed = write({**TYPICAL, "data.ftp_database_password": Secret("new")}, text)
    (change,) = changed.changes
    assert (change.option, change.secrecy) == ("SQLConnectInfo password", "whole")
    assert change.questions == ("data.ftp_database_password",)
    assert "not-a-secret" not in repr(change) and "new" not in repr(change)


def test_a_socket_of_galaxys_own_is_reached_over_the_loopback() -> None:
    """A role that logs in by password has no account of the host to be its peer on the socket."""
    text = write({**TYPICAL, "database.connect": "socket", "database.host": None}).text
    assert "SQLConnectInfo galaxy@localhost galaxyftp" in text
    for host in ("localhost", "127.0.0.1"):
        same = {**TYPICAL, "database.host": host, "database.port": 5432}
        assert write(same, text).text == text
    other = write(TYPICAL, text)
    assert "SQLConnectInfo galaxy@db.example.org:5433 galaxyftp" in other.text


def test_the_port_is_that_of_the_main_file() -> None:
    target = MAIN.target({**TYPICAL, "data.ftp_port": 2121})
    assert target is not None and target.path == "/etc/proftpd/proftpd.conf"
    target = MAIN.target({**TYPICAL, "data.ftp_port": 21, "proxy.layout": "redhat"})
    assert target is not None and target.path == "/etc/proftpd.conf"
    assert MAIN.target(TYPICAL) is None
    assert MAIN.read(DEBIAN, "main").given == {"data.ftp_port": 21}
    assert MAIN.write({"data.ftp_port": 21}, DEBIAN, "main").text == DEBIAN
    changed = MAIN.write({"data.ftp_port": 2121}, DEBIAN, "main")
    assert changed.text == DEBIAN.replace("\t21\n", "\t2121\n")
    assert not touched_otherwise(DEBIAN, changed.text, changed.changes)


@pytest.mark.consumer
@pytest.mark.parametrize("layout", ["debian", "redhat"])
def test_proftpd_accepts_a_main_file_of_ours(layout: str, tmp_path: Path) -> None:
    answers = {"data.ftp_port": 2121, "proxy.layout": layout}
    text = MAIN.write(answers, MAIN.skeleton(answers), "main").text
    assert text.index("Port 2121") < text.index("Include")
    (tmp_path / "main.conf").write_text(
        text.replace("/etc/proftpd/conf.d", str(tmp_path / "none")).replace("Group nobody", "Group nogroup")
        + f"PidFile {tmp_path}/pid\nScoreboardFile {tmp_path}/score\n"
    )
    command = [need_tool("proftpd"), "-t", "-c", str(tmp_path / "main.conf")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def corpus() -> list[Path]:
    place = os.environ.get("GALAXY_SETUP_CORPUS")
    return sorted((Path(place) / "proftpd").iterdir()) if place else []


@pytest.mark.skipif(not corpus(), reason="GALAXY_SETUP_CORPUS is not set: no files of other people's servers")
@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_a_file_of_others_is_read_and_keeps_its_shape(file: Path) -> None:
    text = file.read_text()
    reading = LENS.read(text, file.name)
    assert {"data.ftp", "data.ftp_dir", "data.ftp_passive_ports", "data.ftp_database_user"} <= set(
        reading.given
    )
    assert MAIN.read(text, file.name).given == {"data.ftp_port": 21}
    assert reading.unread, "both lock today's users out, which is said"
    assert write(reading.given, text).text == text
    answers = {
        **reading.given,
        "data.ftp_dir": "/new/o'clock",
        "data.ftp_uid": 500,
        "data.ftp_gid": 600,
        "data.ftp_passive_ports": "3000-4000",
        "data.ftp_database_password": Secret('a "b"'),
        "data.ftp_certificate": "/c c",
        "data.ftp_certificate_key": "/k",
    }
    changed = write(answers, text)
    assert {path: value for path, value in read(changed.text).items() if path in answers} == answers
    assert not touched_otherwise(text, changed.text, changed.changes)
    assert write(reading.given | answers, changed.text).text == changed.text


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("email, substring(password from 38 for 69), 5, 5, '/f/%U', '/bin/sh' FROM galaxy_user", "counts"),
        ("email, password, 'galaxy', 'galaxy', '/f/%U', '/bin/sh' FROM galaxy_user", "gives a name"),
    ],
)
def test_recipes_that_let_nobody_in_are_named(query: str, what: str) -> None:
    text = f'SQLUserInfo custom:/Q\nSQLNamedQuery Q SELECT "{query}"\n'
    (problem,) = LENS.read(text, SITE_FILE).unread
    assert what in problem.what and problem.line == 2 and problem.way_out


def test_a_lower_id_lowers_the_least_id_that_proftpd_takes() -> None:
    changed = write({**TYPICAL, "data.ftp_uid": 104, "data.ftp_gid": 105}, write(TYPICAL).text)
    assert "SQLMinID 104\n" in changed.text
    higher = write({**TYPICAL, "data.ftp_uid": 5000, "data.ftp_gid": 5000}, write(TYPICAL).text)
    assert "SQLMinID 997\n" in higher.text


@HYPOTHESIS
@given(ANSWERS, ANSWERS)
def test_the_laws_hold_when_answers_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    written = write(before)
    text, held = written.text, read(written.text)
    for path in filter(LENS.owns, before):
        assert held[path] == before[path], path
    assert write(held, text).text == text and write(before, text).text == text
    assert not touched_otherwise(LENS.skeleton(before), text, written.changes)
    changed = write(after, text)
    again = read(changed.text)
    for path in filter(LENS.owns, after):
        assert again[path] == after[path], path
    assert not touched_otherwise(text, changed.text, changed.changes)
    for change in changed.changes:
        assert set(change.questions) & set(after), change.option
