"""The laws of the nginx lens, over generated answers to every question that lands in the site."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.files.nginx_sites import LENS, read, write
from wizard.answers.proxy import Proxy
from wizard.answers.question import Question
from wizard.answers.secret import Secret
from wizard.files.lens import Written
from wizard.problems import Refused

path_text = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="$:/\x85"),
    min_size=1,
    max_size=12,
)
paths = path_text.map(lambda text: f"/srv/{text}")
hosts = st.sampled_from(["galaxy.example.org", "usegalaxy.org", "g", "10.0.0.7", "x-y.z_1.org"])
addresses = st.builds("{}:{}".format, hosts | st.just("[::1]") | st.just("127.0.0.1"), st.integers(1, 65535))
times = st.sampled_from(["24h", "1d", "1h30m", "3600", "-1", "max", "epoch", "off", "modified 2h"])
secrets = (
    st.text(
        string.ascii_letters + string.digits + string.punctuation.replace("$", "") + " ",
        min_size=1,
        max_size=20,
    )
    .filter(lambda text: text == text.strip())
    .map(Secret)
)
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
    "socket": paths,
    "address": addresses,
    "more_upstreams": st.lists(addresses | st.sampled_from(["unix:/srv/a.sock", "unix:/b"]), max_size=3),
    "static_files": yes_no,
    "static_dir": paths,
    "plugins_dir": paths,
    "static_expires": times,
    "gzip": yes_no,
    "downloads": yes_no,
    "uploads": st.sampled_from(["galaxy", "tusd"]),
    "tusd_host": hosts | st.just("[::1]"),
    "tusd_port": st.integers(1, 65535),
    "max_body_size": st.sampled_from(["0", "10g", "500M", "1k"]),
    "read_timeout": st.integers(0, 10**6),
    "authentication": st.sampled_from(["galaxy", "password-file", "header"]),
    "password_file": paths,
    "upstream_header": st.sampled_from(["X-Remote-User", "x-user", "REMOTEUSER", "a--b"]),
    "remote_user_secret": secrets,
    "display_sites": st.lists(hosts, max_size=2),
    "reports": yes_no,
    "reports_address": addresses,
    "reports_prefix": st.sampled_from(["/reports", "/stats", "/galaxy/usage"]),
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
}
ANSWERS = st.fixed_dictionaries(
    {name: VALUES[name] for name in VALUES if name in NEEDED},
    optional={name: VALUES[name] for name in VALUES if name not in NEEDED},
).map(lambda drawn: {"proxy.server": "nginx", **{f"proxy.{name}": value for name, value in drawn.items()}})


def question(path: str) -> Question:
    (found,) = [
        one for one in Proxy.model_fields[path.removeprefix("proxy.")].metadata if isinstance(one, Question)
    ]
    return found


def expected(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that this file is to hold: its own, where they apply."""
    return {
        path: value
        for path, value in answers.items()
        if LENS.owns(path)
        and question(path).applies(answers)
        and (path != "proxy.static_dir" or answers.get("proxy.static_files"))
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
    held = read(text)
    assert {path: held.get(path) for path in expected(answers)} == expected(answers)
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
        if number not in named and bare not in ("", "}") and not bare.startswith("#"):
            assert line in old, f"line {number} belongs to no change and is not where it was: {bare}"
    if value == answers.get(f"proxy.{name}"):
        assert written.text == text and not written.changes
