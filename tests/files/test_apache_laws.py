"""The laws of the Apache lens, over generated answers to every question that lands in the site."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.files.apache_sites import BY_HAND, LENS, LOADED, Apache, read, write
from wizard.answers.proxy import Proxy
from wizard.answers.question import Question
from wizard.answers.secret import Secret
from wizard.files.apache.modules import modules
from wizard.files.lens import Written
from wizard.problems import Refused

path_text = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="/\x85"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip(".") and "${" not in text)
paths = path_text.map(lambda text: f"/srv/{text}")
sockets = paths.filter(lambda path: not set(path) & set("|?#%$="))
plugins = paths.filter(lambda path: not set(path) & set("$\\"))
hosts = st.sampled_from(["galaxy.example.org", "usegalaxy.org", "g", "10.0.0.7", "x-y.z_1.org"])
addresses = st.builds("{}:{}".format, hosts | st.just("[::1]") | st.just("127.0.0.1"), st.integers(1, 65535))
times = st.sampled_from(
    ["24h", "1d", "1h30m", "3600", "3600s", "modified 2h", "modified 60", "1y", "2M", "05m"]
)
hostile = st.text(
    string.ascii_letters + string.digits + string.punctuation + " ", min_size=1, max_size=20
).filter(lambda text: text == text.strip() and "${" not in text)
yes_no = st.booleans()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "host_name": hosts,
    "url_prefix": st.sampled_from(["/", "/galaxy", "/a.b/c~d", "/reports", "/static", "/api"]),
    "tls": st.sampled_from(["none", "certificate", "letsencrypt"]),
    "certificate": paths,
    "certificate_key": paths,
    "redirect": yes_no,
    "hsts": yes_no,
    "link": st.sampled_from(["socket", "tcp"]),
    "socket": sockets,
    "address": addresses,
    "more_upstreams": st.lists(addresses | st.sampled_from(["unix:/srv/a.sock", "unix:/b"]), max_size=3),
    "static_files": yes_no,
    "static_dir": paths,
    "plugins_dir": plugins,
    "static_expires": times,
    "gzip": yes_no,
    "downloads": yes_no,
    "uploads": st.sampled_from(["galaxy", "tusd"]),
    "tusd_host": hosts | st.just("[::1]"),
    "tusd_port": st.integers(1, 65535),
    "max_body_size": st.sampled_from(["0", "10g", "500m", "1k", "1023"]),
    "read_timeout": st.integers(1, 10**6),
    "authentication": st.sampled_from(["galaxy", "password-file", "header", "ldap", "kerberos"]),
    "password_file": paths,
    "upstream_header": st.sampled_from(
        ["X-Remote-User", "x_user", "REMOTEUSER", "remote-user", "Remote_User", "a.b"]
    ),
    "ldap_url": st.sampled_from(
        [
            "ldaps://ldap.example.org/ou=People,dc=example,dc=org?uid",
            "ldap://[::1]:389/",
            "ldap://x/dc=a%20b?cn,mail?one?(&(a=b)(!(c=d*)))",
            "ldaps://l.org:636/o='x';$y?uid?sub",
        ]
    ),
    "ldap_bind_dn": hostile,
    "ldap_bind_password": hostile.filter(lambda text: not text.startswith("exec:")).map(Secret),
    "kerberos_keytab": paths,
    "kerberos_realm": st.sampled_from(["EXAMPLE.ORG", "a-b_c", "X"]),
    "remote_user_secret": hostile.filter(lambda text: not text.startswith("expr=")).map(Secret),
    "display_sites": st.lists(hosts | st.just("[::1]"), max_size=3, unique=True),
    "reports": yes_no,
    "reports_address": addresses,
    "reports_prefix": st.sampled_from(["/reports", "/stats", "/galaxy/usage", "/x.y"]),
    "interactive_tools": yes_no,
    "interactive_tools_host": hosts,
    "interactive_tools_port": st.integers(1, 65535),
}
NEEDED = {
    "host_name",
    "tls",
    "certificate",
    "certificate_key",
    "link",
    "socket",
    "address",
    "static_dir",
    "password_file",
    "upstream_header",
    "ldap_url",
    "kerberos_keytab",
}
ANSWERS = st.fixed_dictionaries(
    {name: VALUES[name] for name in VALUES if name in NEEDED},
    optional={name: VALUES[name] for name in VALUES if name not in NEEDED},
).map(lambda drawn: {"proxy.server": "apache", **{f"proxy.{name}": value for name, value in drawn.items()}})


def question(path: str) -> Question:
    (found,) = [
        one for one in Proxy.model_fields[path.removeprefix("proxy.")].metadata if isinstance(one, Question)
    ]
    return found


def expected(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that this file is to hold: its own, where they apply; an empty list is held by absence."""
    return {
        path: value
        for path, value in answers.items()
        if LENS.owns(path)
        and question(path).applies(answers)
        and (path != "proxy.static_dir" or answers.get("proxy.static_files"))
        and (path != "proxy.display_sites" or (value and answers.get("proxy.authentication") != "header"))
    }


def written_or_dropped(answers: dict[str, Any], text: str | None = None) -> Written:
    """Two paths may collide: that is refused by name, and no case for the laws."""
    try:
        return write(answers, text)
    except Refused as refusal:
        assert {problem.question for problem in refusal.problems} <= {
            "proxy.reports_prefix",
            "proxy.certificate",
        }
        assume(False)
        raise


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(ANSWERS)
def test_put_get_and_get_put_hold_for_every_new_site(answers: dict[str, Any]) -> None:
    text = written_or_dropped(answers).text
    reading = LENS.read(text, "galaxy.conf")
    held = reading.given
    assert {path: held.get(path) for path in expected(answers)} == expected(answers)
    assert reading.unread == ()
    assert write(held, text).text == text
    assert write(answers, text).text == text


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(ANSWERS, ANSWERS)
def test_put_get_holds_when_answers_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = written_or_dropped(before).text
    now = {**before, **after}
    changed = written_or_dropped(now, text).text
    held = read(changed)
    assert {path: held.get(path) for path in expected(now)} == expected(now)
    assert write(held, changed).text == changed


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(ANSWERS, st.data())
def test_a_changed_answer_changes_its_own_lines(answers: dict[str, Any], data: st.DataObject) -> None:
    text = written_or_dropped(answers).text
    name = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[name])
    written = written_or_dropped({**answers, f"proxy.{name}": value}, text)
    for change in written.changes:
        assert f"proxy.{name}" in change.questions, change
    before, after = text.splitlines(), written.text.splitlines()
    named = {
        change.line_after + offset
        for change in written.changes
        if change.line_after
        for offset in range(change.lines_after)
    }
    old = iter(before)
    for number, line in enumerate(after, 1):
        bare = line.strip()
        if number not in named and bare and not bare.startswith(("#", "</")):
            assert line in old, f"line {number} belongs to no change and is not where it was: {bare}"
    if value == answers.get(f"proxy.{name}"):
        assert written.text == text and not written.changes


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apache")


@pytest.mark.consumer
@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(ANSWERS, ANSWERS)
def test_apache_accepts_every_site_with_the_modules_that_it_is_said_to_need(
    here: Path, answers: dict[str, Any], others: dict[str, Any]
) -> None:
    now = {**answers, **others}
    new = written_or_dropped(answers).text
    for all_of_them, text in ((answers, new), (now, written_or_dropped(now, new).text)):
        assert_accepted(Apache(here, ["mpm_event", *modules(all_of_them)]), text)
        assert set(modules(all_of_them)) <= set(LOADED)


@pytest.mark.consumer
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(ANSWERS, st.data())
def test_apache_accepts_a_site_written_by_hand_after_one_answer(
    here: Path, answers: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(set(answers) - {"proxy.server"})))
    try:
        written = write({name: answers[name]}, BY_HAND)
    except Refused as refusal:
        assert refusal.problems
        return
    held = read(written.text)
    assert name not in held or held[name] == answers[name]
    assert_accepted(Apache(here), written.text)


def assert_accepted(apache: Apache, text: str) -> None:
    """Apache accepts this site; only certificates are replaced by some that are there."""
    certificate, key = apache.certificate()
    text = re.sub(r"(SSLCertificateFile) .*", rf"\1 {certificate}", text)
    text = re.sub(r"(SSLCertificateKeyFile) .*", rf"\1 {key}", text)
    verdict = apache.accepts(text)
    assert verdict, verdict.said
