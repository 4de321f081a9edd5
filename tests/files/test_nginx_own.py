"""What people wrote into a site is theirs: an answer that goes takes its own directives along, and nothing else."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consumers import Verdict
from tests.files.nginx_sites import BY_HAND, OF_THE_HOUSE, SINGLE_SERVER, read, write
from tests.files.sites import changed_lines
from tests.laws.lines import touched_otherwise
from wizard.answers.questions import questions
from wizard.documents.nginx.document import parse
from wizard.files.lens import Written
from wizard.files.nginx.ownership import comments
from wizard.problems import Problem, Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")
_REDIRECT = {"server", "listen", "server_name", "return", "rewrite", "location"}
_STATIC = {"location", "alias", "root", "expires"}
_BESIDE = {"location", "proxy_pass"}
OWNED: dict[str, set[str]] = {
    "proxy.tls": {
        *_REDIRECT,
        "ssl_certificate",
        "ssl_certificate_key",
        "add_header Strict-Transport-Security",
    },
    "proxy.redirect": _REDIRECT,
    "proxy.hsts": {"add_header Strict-Transport-Security"},
    "proxy.link": {"server", "proxy_pass", "uwsgi_pass"},
    "proxy.protocol": {
        *(
            "proxy_pass",
            "uwsgi_pass",
            "proxy_http_version",
            "map",
            "default",
            "include",
            "uwsgi_param UWSGI_SCHEME",
        ),
        *(f"{one}_{way}_timeout" for one in ("proxy", "uwsgi") for way in ("read", "send")),
        *(
            f"proxy_set_header {one}"
            for one in (
                "Host",
                "Upgrade",
                "Connection",
                "X-Forwarded-For",
                "X-Forwarded-Proto",
                "X-Forwarded-Host",
            )
        ),
    },
    "proxy.static_files": _STATIC,
    "proxy.downloads": {"location", "internal", "alias"},
    "proxy.gzip": {"gzip"},
    "proxy.uploads": _BESIDE,
    "proxy.reports": _BESIDE | {"upstream", "server"},
    "proxy.interactive_tools": {"server", *_BESIDE},
    "proxy.authentication": {
        "location",
        "auth_basic",
        "auth_basic_user_file",
        "proxy_set_header Remote-User",
    },
}
"""What each question may take out of a site that somebody wrote, by name, or by name and first argument."""
COMPANY: dict[str, dict[str, Any]] = {
    "proxy.tls": {"proxy.certificate": "/etc/ssl/new.pem", "proxy.certificate_key": "/etc/ssl/new.key"},
    "proxy.link": {"proxy.address": "localhost:8080", "proxy.socket": "/run/new.sock"},
    "proxy.static_files": {"proxy.static_dir": "/srv/new/static"},
    "proxy.authentication": {"proxy.password_file": "/etc/users", "proxy.upstream_header": "X-User"},
}
"""What the other choices need beside them."""


def sites() -> Iterator[tuple[str, str]]:
    yield from {"by hand": BY_HAND, "of the house": OF_THE_HOUSE, "ours": write(SINGLE_SERVER).text}.items()
    for path in sorted(Path(CORPUS, "nginx").iterdir()) if CORPUS else ():
        text = path.read_bytes().decode()
        try:
            held = read(text)
        except Refused:
            continue
        if held:
            yield path.name, text


def other_values(question: str, value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    choices = questions()[question].question.choices or {}
    return [choice for choice in choices if choice not in (value, "ldap", "kerberos")]


def switches() -> Iterator[Any]:
    for name, text in sites():
        for question, value in read(text).items():
            if question != "proxy.server":
                for other in other_values(question, value):
                    yield pytest.param(text, question, other, id=f"{name}, {question} {other}")


def said(text: str) -> Counter[tuple[str, ...]]:
    return Counter((node.name, *node.args) for node in parse(text).walk())


def remarks(text: str) -> Counter[str]:
    document = parse(text)
    found: Counter[str] = Counter()
    for row in text.splitlines():
        found.update(re.findall(r"^\s*#\s*(.*?)\s*$", row))
    for node in document.children:
        found.update(
            one
            for line, one in comments(document, node)
            if not text.splitlines()[line - 1].lstrip().startswith("#")
        )
    return found


def lost(before: str, after: str, question: str) -> list[tuple[str, ...]]:
    """The directives and comments that are gone and were not the question's."""
    own = OWNED[question]
    gone = [one for one in said(before) - said(after) if not own & {one[0], " ".join(one[:2])}]
    return [*gone, *(("#", one) for one in remarks(before) - remarks(after))]


def elsewhere(before: str, written: Written) -> list[str]:
    """The new lines that no change owns, and that are no old ones, whole or shortened by a directive."""
    old = [_parts(row) for row in before.splitlines()]
    found = touched_otherwise(before, written.text, written.changes)
    return [row for row in found if row[0] == "+" and not any(_parts(row[1:]) <= one for one in old)]


def _parts(row: str) -> set[str]:
    """The directives on a line, and its indentation."""
    return {*map(str.strip, row.split(";")), row[: len(row) - len(row.lstrip())] + ";"}


def alone(text: str) -> str:
    """What stands in the http block of a site, as a file that such a block includes."""
    for node in parse(text).children:
        if node.name == "http":
            return text[node.opened + 1 : node.closed]
    return text


@pytest.mark.parametrize(("text", "question", "other"), list(switches()))
def test_a_switch_that_is_turned_and_turned_back_costs_nobody_anything(
    nginx: Callable[[str], Verdict], text: str, question: str, other: Any
) -> None:
    held = read(text)
    try:
        there = write({**COMPANY.get(question, {}), **held, question: other}, text)
        back = write(held, there.text)
    except Refused as refusal:
        assert all(problem.question and problem.way_out for problem in refusal.problems), refusal
        return
    if text == write(SINGLE_SERVER).text:
        assert back.text == text
    else:
        for start, written in ((text, there), (there.text, back)):
            assert elsewhere(start, written) == []
            assert lost(text, written.text, question) == []
    if nginx(alone(text)):
        for written in (there, back):
            verdict = nginx(alone(written.text))
            assert verdict, verdict.said


def refused(answers: dict[str, Any], text: str = OF_THE_HOUSE) -> Problem:
    with pytest.raises(Refused) as refusal:
        write({**read(text), **{f"proxy.{name}": value for name, value in answers.items()}}, text)
    (problem,) = refusal.value.problems
    assert problem.file == "galaxy.conf" and problem.way_out
    return problem


def line_of(part: str, text: str = OF_THE_HOUSE) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("question", "value", "part"),
    [
        ("redirect", False, "# plain"),
        ("tls", "none", "# plain"),
        ("static_files", False, "# the client"),
        ("downloads", False, "add_header X-Download"),
    ],
)
def test_a_block_with_something_of_somebodys_own_does_not_go(question: str, value: Any, part: str) -> None:
    problem = refused({question: value})
    assert (problem.question, problem.line) == (f"proxy.{question}", line_of(part))
    assert f"(line {problem.line})" in problem.what


@pytest.mark.parametrize(
    ("inside", "goes"),
    [
        ("", True),
        ("listen [::]:80;", True),
        ("server_name other.example.org;", False),
        ("listen 8080;", False),
        ("access_log off;", False),
        ("# why", False),
        ("location /health { return 204; }", False),
    ],
)
def test_a_redirecting_server_goes_when_it_does_nothing_else(inside: str, goes: bool) -> None:
    plain = "server { listen 80 default_server; server_name _; "
    text = BY_HAND.replace(plain, f"{plain}{inside}\n")
    assert read(text)["proxy.redirect"] is True
    if goes:
        assert "return 301" not in write({**read(text), "proxy.redirect": False}, text).text
    else:
        assert refused({"redirect": False}, text).question == "proxy.redirect"


def test_a_server_that_sends_one_old_address_on_is_no_redirect() -> None:
    text = BY_HAND.replace("return 301 https", "location /old/ { return 301 https").replace(
        "uri; }", "uri; } }"
    )
    assert read(text)["proxy.redirect"] is False


def test_only_galaxys_own_icons_follow_galaxy() -> None:
    robots = 'location = /robots.txt { return 200 "User-agent: *"; }'
    text = BY_HAND.replace("\t\tlocation /grafana/", f"\t\t{robots}\n\t\tlocation /grafana/")
    assert robots in write({**read(text), "proxy.static_files": False}, text).text
    moved = write({**read(text), "proxy.url_prefix": "/gx"}, text).text
    assert robots in moved and "location /gx/static {" in moved
    without = write({**read(text), "proxy.static_files": False}, text).text
    again = write(read(text), without).text
    assert again.count("/robots.txt") == 1 and "location = /favicon.ico {" in again
    icon = "location = /favicon.ico { alias /srv/house/favicon.ico; }"
    assert icon in write({**read(text), "proxy.static_files": False}, text.replace(robots, icon)).text


def test_nothing_is_put_where_something_else_is_served() -> None:
    text = BY_HAND.replace("location /grafana/", "location /stats/ { return 204; }\n\t\tlocation /grafana/")
    problem = refused({"reports": True, "reports_prefix": "/stats"}, text)
    assert (problem.line, "reports" in str(problem.question)) == (line_of("/stats/", text), True)


def test_the_lines_of_a_site_stay_the_lines_that_they_are() -> None:
    text = BY_HAND.replace(
        "ssl_certificate_key /etc/ssl/galaxy.key;\n",
        "ssl_certificate_key /etc/ssl/galaxy.key; # of 2024\n\t\tssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH;\n",
    )
    there = write({**read(text), "proxy.tls": "none", "proxy.redirect": False}, text).text
    assert "\n\t\t# of 2024\n\t\tssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH;\n\t\tset $root" in there
    one_line = text.replace("galaxy.crt;\n\t\tssl", "galaxy.crt; ssl")
    assert one_line.count("\n") == text.count("\n") - 1
    assert write({**read(text), "proxy.tls": "none", "proxy.redirect": False}, one_line).text == there


def test_what_came_along_goes_only_as_a_whole() -> None:
    house = BY_HAND.replace("\tssl_protocols TLSv1.2;\n", "\tgzip on; gzip_min_length 1024; # odd\n")
    off = write({**read(house), "proxy.gzip": False}, house).text
    assert changed_lines(house, off) == [
        "-\tgzip on; gzip_min_length 1024; # odd",
        "+\tgzip off; gzip_min_length 1024; # odd",
    ]
    assert write(read(house), off).text == house
    ours = write(SINGLE_SERVER).text
    off = write({**SINGLE_SERVER, "proxy.gzip": False}, ours).text
    assert "gzip_types" not in off
    assert write(SINGLE_SERVER, off).text == ours


@pytest.mark.parametrize("spelled", ["600", "10m", "'600s'", "600s"])
def test_a_time_is_left_as_it_is_spelled(spelled: str) -> None:
    text = BY_HAND.replace(
        "expires 24h;",
        f"expires 24h;\n\t\t}}\n\t\tlocation /x {{ }}\n\t\tproxy_read_timeout {spelled};\n\t\tlocation /y {{",
    )
    assert read(text)["proxy.read_timeout"] == 600
    assert write({"proxy.read_timeout": 600}, text).text == text
    other = write({"proxy.read_timeout": 30}, text).text
    assert f"proxy_read_timeout {'30' if spelled == '600' else '30s'};" in other
    if spelled in ("600", "600s"):
        assert write({"proxy.read_timeout": 600}, other).text == text


def test_a_challenge_of_somebodys_own_stays_as_it_is() -> None:
    text = OF_THE_HOUSE
    there = write({**read(text), "proxy.tls": "letsencrypt"}, text).text
    part = text[text.index("# certbot") : text.index("access_log")]
    assert part in there
    back = write(read(text), there).text
    assert back == text


def test_static_files_go_only_when_an_answer_can_bring_them_back() -> None:
    held = read(BY_HAND)
    assert held["proxy.static_dir"] == "/opt/galaxy/static"
    problem = refused_alone({"proxy.static_files": False})
    assert problem.question == "proxy.static_dir" and "/opt/galaxy/static" in str(problem.way_out)
    there = write({"proxy.static_files": False, "proxy.static_dir": "/opt/galaxy/static"}, BY_HAND).text
    assert read(write(held, there).text) == held
    ours = {**SINGLE_SERVER, "proxy.static_files": False}
    del ours["proxy.static_dir"]
    assert "alias /srv/galaxy/server/static" not in write(ours, write(SINGLE_SERVER).text).text
    for folder in ("static", "$document_root/static"):
        unclear = read(BY_HAND.replace("$root/static", folder))
        assert not {"proxy.static_files", "proxy.static_dir"} & unclear.keys()


def refused_alone(answers: dict[str, Any]) -> Problem:
    with pytest.raises(Refused) as refusal:
        write(answers, BY_HAND)
    (problem,) = refusal.value.problems
    return problem


def test_what_somebodys_own_location_needs_stays() -> None:
    """A password for a page of the house, by the map that came with Galaxy's; the reports' upstream in another page."""
    answers = {**SINGLE_SERVER, "proxy.authentication": "password-file", "proxy.password_file": "/etc/users"}
    answers["proxy.reports"] = True
    text = write(answers).text
    house = "    location /house/ { auth_basic $galaxy_realm; root /srv/house; }\n"
    other = "server { server_name other.example.org; location / { proxy_pass http://galaxy_reports; } }\n"
    text = text.replace(
        "    # everything else is Galaxy's\n", f"{house}\n    # everything else is Galaxy's\n"
    )
    text += other
    there = write({**answers, "proxy.authentication": "galaxy", "proxy.reports": False}, text).text
    assert house in there and other in there and "$galaxy_user" not in there
    assert "map $http_x_api_key$arg_key $galaxy_realm {" in there and "upstream galaxy_reports {" in there
    again = write(answers, there).text
    assert again.count("upstream galaxy_reports") == 1
    assert read(again) == read(text)


def test_a_location_that_passes_to_galaxy_loses_only_the_password() -> None:
    answers = {**SINGLE_SERVER, "proxy.authentication": "password-file", "proxy.password_file": "/etc/users"}
    text = write(answers).text.replace(
        "location /api/ {", "location /api/ {\n        limit_rate 1m; # slowly"
    )
    there = write({**answers, "proxy.authentication": "galaxy"}, text).text
    api = there[there.index("location /api/") :]
    api = api[: api.index("}")]
    assert "limit_rate 1m; # slowly" in api and "proxy_pass http://galaxy;" in api
    assert "auth_basic" not in there and "Remote-User" not in there
    upstream = {**answers, "proxy.authentication": "header", "proxy.upstream_header": "X-User"}
    with pytest.raises(Refused) as refusal:
        write(upstream, text)
    assert [problem.question for problem in refusal.value.problems] == ["proxy.authentication"]


EVERYTHING = {
    **SINGLE_SERVER,
    "proxy.authentication": "password-file",
    "proxy.password_file": "/etc/nginx/users",
    "proxy.display_sites": ["genome.ucsc.edu"],
    "proxy.reports": True,
    "proxy.interactive_tools": True,
}
FULL = write(EVERYTHING).text
PLACES = [found.end() for found in re.finditer(r"[;{}](?=\n)", FULL)]
SWITCHED: dict[str, Any] = {
    **{path: not value for path, value in EVERYTHING.items() if isinstance(value, bool)},
    "proxy.tls": "none",
    "proxy.uploads": "galaxy",
    "proxy.authentication": "galaxy",
    "proxy.link": "tcp",
    "proxy.url_prefix": "/gx",
    "proxy.display_sites": [],
}


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(PLACES),
    st.sampled_from([" # mine", "\n# mine", "\nmine 1;", " mine 1;", "\nmine { is 1; }"]),
    st.sampled_from(sorted(SWITCHED)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_put_anywhere_in_a_site_of_ours_is_not_lost(
    place: int, mine: str, question: str, newline: str
) -> None:
    text = (FULL[:place] + mine + FULL[place:]).replace("\n", newline)
    there = {**EVERYTHING, "proxy.address": "localhost:8080", question: SWITCHED[question]}
    try:
        changed = write(there, text).text
        back = write(EVERYTHING, changed).text
    except Refused as refusal:
        assert all(problem.question and problem.way_out for problem in refusal.problems), refusal
        return
    for after in (changed, back):
        assert sum(map(after.count, ("# mine", "mine 1;", "mine {"))) == 1
        assert not re.search(r"#[^\n]*mine[^\n]*[;{}]", after)
