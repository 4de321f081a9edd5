"""What UwsgiSection promises: it reads as uWSGI does, and an edit suits uWSGI and Galaxy's YAML reader."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests import consumers
from wizard.documents.uwsgi_yaml.document import MISSING, REMOVE, Path, UwsgiSection
from wizard.documents.yaml.document import YamlDocument
from wizard.problems import Refused

SAMPLE = """\
# Galaxy
uwsgi:

  # The address and port on which to listen.
  http: 127.0.0.1:8080

  # Mapping to serve static content.
  static-map: /static=static

  # Mapping to serve the favicon.
  static-map: /favicon.ico=static/favicon.ico

  # Mount the web application at the given URL prefix.
  #mount: /galaxy=galaxy.webapps.galaxy.buildapp:uwsgi_app()

  umask: 027

galaxy:
  #brand: null
  id_secret: '027'
"""

Asked = Callable[[str], list[tuple[str, str]]]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def edit(text: str, key: str, value: Any) -> str:
    """Edit one option, and check that uWSGI's values are as asked and Galaxy's as before."""
    before = UwsgiSection.parse(text, "galaxy.yml")
    result = before.edit({("uwsgi", key): value})
    after = UwsgiSection.parse(result, "galaxy.yml")
    assert after.values(key) == (
        () if value is REMOVE else (value,) if isinstance(value, str) else tuple(value)
    )
    assert [(e.key, e.value) for e in after.entries if e.key != key] == [
        (e.key, e.value) for e in before.entries if e.key != key
    ]
    was, now = (yaml.load(each, QUICK) or {} for each in (text, result))  # noqa: S506 - a SafeLoader
    assert {**was, "uwsgi": None} == {**now, "uwsgi": None}
    return result


# -- reading


def read(text: str) -> list[tuple[str, str]]:
    return [(entry.key, entry.value) for entry in UwsgiSection.parse(text).entries]


def test_repeated_keys_all_count_and_keep_their_order() -> None:
    section = UwsgiSection.parse(SAMPLE, "galaxy.yml")
    assert section.values("static-map") == ("/static=static", "/favicon.ico=static/favicon.ico")
    assert section.get(("uwsgi", "static-map")) == section.values("static-map")
    assert section.get(("uwsgi", "http")) == "127.0.0.1:8080"
    assert section.keys(("uwsgi",)) == ("http", "static-map", "umask")
    assert section.lines(("uwsgi", "static-map")) == range(8, 12)
    assert section.line(("uwsgi", "umask")) == 16
    assert [SAMPLE[start:end] for start, end in section.value_spans(("uwsgi", "static-map"))] == [
        "/static=static",
        "/favicon.ico=static/favicon.ico",
    ]
    assert [SAMPLE[slice(*span)] for span in section.commented_spans(("uwsgi", "mount"))] == [
        "/galaxy=galaxy.webapps.galaxy.buildapp:uwsgi_app()"
    ]
    assert section.get(("uwsgi", "mount")) is MISSING
    assert section.get(("galaxy", "id_secret")) is MISSING


# What uWSGI 2.0.31 prints for each with --show-config; the same texts are put to the real one below.
DIALECT: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "uwsgi:\n  a1: \"/a b\"  \n  a1: 'x'\n  a2: no\n  a3: 027\n",
        [("a1", '"/a b"'), ("a1", "'x'"), ("a2", "no"), ("a3", "027")],
    ),
    (
        'uwsgi:\n  a1: v#c\n  a2: "x # y"\n  a3: # c\n  a4: \n  a5: v\n',
        [("a1", "v"), ("a2", '"x'), ("a3", ""), ("a4", ""), ("a5", "v")],
    ),
    (
        "uwsgi:\n  a1 : b: c\n  a:b: c\n  a3:\tq\n  a4:\tb: c\n",
        [("a1", "b: c"), ("a:b", "c"), ("a3", "q"), ("a4:\tb", "c")],
    ),
    (
        "uwsgi:\n  a1: b\n\ta2: c\n a3: d\n# c\n\n   \n  a4: e",
        [("a1", "b"), ("a2", "c"), ("a3", "d"), ("a4", "e")],
    ),
    ("uwsgi:\n  a1: b\n  deep:\n    a2: c\n  a3: d\n", [("a1", "b")]),
    ("uwsgi:\n  a1: b\n  - a2: c\n  a3: d\n", [("a1", "b")]),
    ("uwsgi:\n  a1: b\n  {a2: c\n", [("a1", "b")]),
    ("uwsgi:\n  a1: |\n    a2: c\n", [("a1", "|"), ("a2", "c")]),
    ("uwsgi:\n  a1: b\ngalaxy:\n  a2: c\nuwsgi:\n  a3: d\n", [("a1", "b")]),
    ("uwsgi:\n  a1: b\n---\n  a2: c\n", [("a1", "b")]),
    ("---\nuwsgi:# x\n  a1: b\n", [("a1", "b")]),
    ("uwsgi: {}\n  a1: b\n", [("a1", "b")]),
    ("uwsgi :\n  a1: b\n", []),
    ('"uwsgi":\n  a1: b\n', []),
    ("\ufeffuwsgi:\n  a1: b\n", []),
    ("x:\n  uwsgi:\n    a1: b\n", []),
    ("uwsgi:\n  # 100%\n  a1: v\n  a2: 10% \n  a3: 50%\n  a4: q\n", [("a2", "10"), ("a3", "50  a4: q")]),
    (
        "uwsgi:\n  a1: 5%%|%y%#x\n  a2: %%%%\n  a3: v %# w # x %",
        [("a1", "5%|x"), ("a2", "%%"), ("a3", "v  w")],
    ),
    (
        "uwsgi:\r\n\r\n  a1: v\r\n  # x\r\n  a2: w # c\r\n \r\n  a3: \r\n",
        [("a1", "v\r"), ("a2", "w"), ("a3", "")],
    ),
    ("", []),
    ("galaxy:\n  a1: b\n", []),
]


@pytest.mark.parametrize(("text", "expected"), DIALECT)
def test_the_dialect(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected
    assert UwsgiSection.parse(text).text == text


def test_where_uwsgi_stops_reading_is_said() -> None:
    section = UwsgiSection.parse("uwsgi:\n  a: b\n  list:\n    - c\n  d: e\n")
    assert section.stopped_at == 3
    assert UwsgiSection.parse(SAMPLE).stopped_at is None


# -- editing


def test_a_changed_option_changes_its_value_only() -> None:
    assert edit(SAMPLE, "http", ":9090") == replaced(SAMPLE, ("127.0.0.1:8080", ":9090"))
    assert edit("uwsgi:\n  a:  b  # c\n", "a", "d") == "uwsgi:\n  a:  d  # c\n"
    assert edit("uwsgi:\n  a: # c\n", "a", "d") == "uwsgi:\n  a: d # c\n"
    assert edit("uwsgi:\n  a: \n", "a", "d") == "uwsgi:\n  a: d\n"
    assert edit("uwsgi:\n  a: d", "a", "") == "uwsgi:\n  a: "


def test_setting_what_is_already_so_changes_nothing() -> None:
    section = UwsgiSection.parse(SAMPLE)
    assert section.edit({("uwsgi", key): section.values(key) for key in section.keys(("uwsgi",))}) == SAMPLE
    assert section.edit({("uwsgi", "mount"): REMOVE, ("uwsgi", "http"): "127.0.0.1:8080"}) == SAMPLE


def test_of_repeated_keys_only_the_differing_lines_change() -> None:
    one, two = "/static=static", "/favicon.ico=static/favicon.ico"
    row = "  static-map: "
    assert edit(SAMPLE, "static-map", (one, "/x=y")) == replaced(SAMPLE, (two, "/x=y"))
    assert edit(SAMPLE, "static-map", (one, two, "/x=y")) == replaced(SAMPLE, (two, f"{two}\n{row}/x=y"))
    assert edit(SAMPLE, "static-map", (one, "/x=y", two)) == replaced(SAMPLE, (one, f"{one}\n{row}/x=y"))
    assert edit(SAMPLE, "static-map", ("/x=y", one, two)) == replaced(
        SAMPLE, (f"{row}{one}", f"{row}/x=y\n{row}{one}")
    )
    assert edit(SAMPLE, "static-map", (two,)) == replaced(SAMPLE, (f"{row}{one}\n", ""))
    assert edit(SAMPLE, "static-map", REMOVE) == replaced(
        SAMPLE, (f"{row}{one}\n", ""), (f"{row}{two}\n", "")
    )


def test_a_new_option_comes_to_life_where_it_is_commented_out() -> None:
    comment = "#mount: /galaxy=galaxy.webapps.galaxy.buildapp:uwsgi_app()"
    assert edit(SAMPLE, "mount", "/g=m:a") == replaced(SAMPLE, (comment, "mount: /g=m:a"))
    assert edit(SAMPLE, "mount", ("/g=m", "/h=n")) == replaced(
        SAMPLE, (comment, "mount: /g=m\n  mount: /h=n")
    )
    assert edit("uwsgi:\n  #a: b # c", "a", "d") == "uwsgi:\n  a: d # c"
    assert edit("uwsgi:\n  #a:", "a", "d") == "uwsgi:\n  a: d"


def test_a_new_option_without_a_commented_line_goes_behind_the_last_one() -> None:
    assert edit(SAMPLE, "master", "true") == replaced(
        SAMPLE, ("  umask: 027\n", "  umask: 027\n  master: true\n")
    )
    assert edit("uwsgi:\n    a: b", "c", "d") == "uwsgi:\n    a: b\n    c: d"
    assert edit("uwsgi:\n\n  # text\n", "c", "d") == "uwsgi:\n  c: d\n\n  # text\n"
    assert edit("galaxy:\n  a: b", "c", "d") == "galaxy:\n  a: b\n\nuwsgi:\n  c: d\n"


@pytest.mark.parametrize(
    "value",
    [
        "a # b",
        "a#b",
        "a\nb",
        " a",
        "a\t",
        "%(home)/x",
        "$(HOME)",
        "@(/etc/passwd)",
        "a: b",
        "[a",
        "@x",
        "*x",
        "a\0b",
    ],
)
def test_what_one_of_the_two_readers_would_misread_is_refused(value: str) -> None:
    for wanted in (value, ("127.0.0.1:80", value)):
        with pytest.raises(Refused, match=r"uwsgi\.http"):
            UwsgiSection.parse(SAMPLE, "galaxy.yml").edit({("uwsgi", "http"): wanted})


def test_a_percent_sign_is_written_so_that_uwsgi_reads_it() -> None:
    assert "http: 5%%\n" in edit(SAMPLE, "http", "5%")
    assert "http: a%%nb\n" in edit(SAMPLE, "http", "a%nb")


def test_other_paths_and_values_are_refused() -> None:
    section = UwsgiSection.parse(SAMPLE)
    for changes in (
        {("galaxy", "a"): "b"},
        {("uwsgi",): "a"},
        {("uwsgi", "a b"): "c"},
        {("uwsgi", "http"): 80},
    ):
        with pytest.raises(Refused):
            section.edit(changes)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="2 times"):
        section.edit({("uwsgi", "static-map"): "/x=y"})


def test_a_file_that_galaxy_cannot_read_is_not_written() -> None:
    with pytest.raises(Refused, match=r"galaxy\.yml:4:1"):
        UwsgiSection.parse("uwsgi:\n  a: b\ngalaxy: [\n", "galaxy.yml").edit({("uwsgi", "a"): "c"})


# -- any document

VALUES = st.one_of(
    st.sampled_from(
        ["", "no", "027", "a b", "/x=y", "'q'", '"q"', "a:b", "m:f()", "1:2 x", "50%%", "é", "-1"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
)
LINES = st.one_of(
    st.builds(
        "{}{}: {}{}\n".format,
        st.sampled_from(["  ", "  ", "   ", "\t"]),
        st.sampled_from(["a1", "a2", "a3"]),
        VALUES,
        st.sampled_from(["", "", "  ", " # c", "\r"]),
    ),
    st.sampled_from(
        [
            "\n",
            "  # text\n",
            "  #a1: x\n",
            "  #a4: x # y\n",
            "# c\n",
            "  \n",
            " \r\n",
            "  b1:\n",
            "  - c\n",
            "galaxy:\n",
            "uwsgi:\n",
            "\ta5:\tx\n",
        ]
    ),
)
DOCUMENTS = st.builds(
    lambda head, lines, end: head + "".join(lines) + end,
    st.sampled_from(["", "uwsgi:\n", "# c\n\nuwsgi: # c\n", "galaxy:\n  x: y\nuwsgi:\n"]),
    st.lists(LINES, max_size=8),
    st.sampled_from(["", "galaxy:\n  z: 1\n", "  a6: end"]),
)
# One line with its end, where each line for uWSGI is one of the file: no line ends in an odd number of `%`.
PLAIN_ROWS = st.lists(
    st.sampled_from(
        [
            "  a1: x\n",
            "  a1: y  # c\n",
            "  a2: 'z'\n",
            "  #a1: w\n",
            "  #a3: w\n",
            "  # text\n",
            "\n",
            "  a4: \n",
        ]
    ),
    max_size=10,
)
SAFE = st.text(st.sampled_from("abz09/=.:-_ 'é%"), min_size=1, max_size=10).filter(
    lambda text: text == text.strip()
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_any_document_is_kept_and_its_spans_hold_its_values(text: str) -> None:
    section = UwsgiSection.parse(text)
    assert section.text == text
    for entry in section.entries:
        assert text.count("\n", 0, entry.first) + 1 <= entry.line + text.count("\r")
        if "%" not in text[entry.start : entry.end]:
            assert text[entry.start : entry.end].rstrip("\r") == entry.value.rstrip("\r")
            assert entry.first <= entry.start <= entry.end <= entry.after


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(PLAIN_ROWS, st.sampled_from(["a1", "a2", "a3", "a9"]), st.lists(SAFE, max_size=4))
def test_an_edit_changes_lines_of_its_option_only(rows: list[str], key: str, values: list[str]) -> None:
    text = "# head\nuwsgi:\n" + "".join(rows) + "galaxy:\n  brand: 'x'\n"
    section = UwsgiSection.parse(text)
    try:
        result = section.edit({("uwsgi", key): tuple(values)})
    except Refused:
        for value in values:  # it is refused only where YAML would misread a value
            try:
                document = YamlDocument.parse(f"k: {value.replace('%', '%%')}\n")
                if not document.unknown_tags() and document.lines(("k",)) == range(1, 2):
                    continue
            except Refused:
                pass
            return
        raise
    assert UwsgiSection.parse(result).values(key) == tuple(values)
    others = [row for row in text.splitlines(True) if f"{key}:" not in row]
    assert [row for row in result.splitlines(True) if f"{key}:" not in row] == others
    assert yaml.safe_load(result)["galaxy"] == {"brand": "x"}
    assert UwsgiSection.parse(result).edit({("uwsgi", key): tuple(values)}) == result


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12))
def test_no_value_escapes(value: str) -> None:
    section = UwsgiSection.parse(SAMPLE)
    try:
        result = section.edit({("uwsgi", "http"): value})
    except Refused:
        return
    after = UwsgiSection.parse(result)
    assert after.values("http") == (value,)
    assert [entry for entry in read(result) if entry[0] != "http"] == [
        e for e in read(SAMPLE) if e[0] != "http"
    ]
    assert yaml.safe_load(result)["galaxy"] == {"id_secret": "027"}


# -- the real uWSGI


def test_a_text_of_comments_alone_gets_a_section() -> None:
    text = "# ours\n"
    assert UwsgiSection.parse(text).edit({("uwsgi", "threads"): "4"}) == "# ours\n\nuwsgi:\n  threads: 4\n"


@pytest.fixture(scope="module")
def uwsgi(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """`uwsgi(TEXT)`: the entries that the real uWSGI finds in a galaxy.yml, by its --show-config."""
    program = consumers.uwsgi_program()
    folder = tmp_path_factory.mktemp("uwsgi")

    def ask(text: str) -> list[tuple[str, str]]:
        file = folder / "galaxy.yml"
        file.write_bytes(text.encode())
        # An unknown clock ends uWSGI right after it has printed its configuration, before it opens anything.
        command = [program, "--show-config", "--yaml", str(file), "--clock", "none-such"]
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=30,
            check=False,
        )
        said = run.stdout.decode(errors="replace")
        assert "\n[uwsgi]\n" in said, said
        shown = said.split("\n[uwsgi]\n", 1)[1].split(";end of configuration")[0]
        rows = [row.partition(" = ") for row in shown.split("\n")[:-1]]
        own = [(key, value) for key, _, value in rows if (key, value) != ("show-config", "true")]
        assert own[0] == ("yaml", str(file)) and own[-1] == ("clock", "none-such"), said
        return own[1:-1]

    if ask("uwsgi:\n  k1: 'q'\n") != [("k1", "'q'")]:
        consumers.missing(
            "this uwsgi was built with libyaml, which reads other YAML than Galaxy's uWSGI; use PyPI's"
        )
    return ask


@pytest.mark.consumer
@pytest.mark.parametrize("text", [text for text, _ in DIALECT])
def test_uwsgi_reads_the_dialect_so(uwsgi: Asked, text: str) -> None:
    assert uwsgi(text) == read(text)


@pytest.mark.consumer
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCUMENTS)
def test_uwsgi_reads_any_document_so(uwsgi: Asked, text: str) -> None:
    found = read(text)
    # What uWSGI replaces from outside of the text (a file name, a variable) no parser can know.
    assume(
        not any(sign in value for _, value in found for sign in ("%", "$(", "@("))
        and "%" not in text.replace("%%", "")
    )
    assert uwsgi(text) == found


@pytest.mark.consumer
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAFE, min_size=1, max_size=3))
def test_uwsgi_reads_what_an_edit_writes(uwsgi: Asked, values: list[str]) -> None:
    try:
        result = UwsgiSection.parse("uwsgi:\n  a1: b\ngalaxy:\n  x: y\n").edit(
            {("uwsgi", "a2"): tuple(values)}
        )
    except Refused:
        assume(False)
    assert uwsgi(result) == [("a1", "b"), *(("a2", value) for value in values)]


# -- real files


def real_files() -> list[File]:
    folder = os.environ.get("GALAXY_SETUP_CORPUS")
    return sorted((File(folder) / "uwsgi_yml").iterdir()) if folder else []


REAL: list[File | None] = [*real_files()] or [None]


@pytest.fixture(params=REAL, ids=lambda file: file.name if file else "none")
def real(request: pytest.FixtureRequest) -> str:
    if request.param is None:
        pytest.skip("GALAXY_SETUP_CORPUS is not set: no real files here")
    return str(request.param.read_bytes().decode())


def test_every_option_of_a_real_file_can_be_changed_alone(real: str) -> None:
    section = UwsgiSection.parse(real, "galaxy.yml")
    assert section.text == real and section.stopped_at is None and len(section.entries) > 10
    for key in section.keys(("uwsgi",)):
        values = section.values(key)
        assert section.edit({("uwsgi", key): values}) == real
        for at, entry in enumerate(section.entries_of(key)):
            result = edit(real, key, (*values[:at], "other/" + values[at], *values[at + 1 :]))
            before, after = real.splitlines(True), result.splitlines(True)
            assert len(before) == len(after)
            assert [
                n for n, (one, other) in enumerate(zip(before, after, strict=True), 1) if one != other
            ] == [entry.line]
        gone = edit(real, key, REMOVE)
        own = {entry.line for entry in section.entries_of(key)}
        assert gone == "".join(row for n, row in enumerate(real.splitlines(True), 1) if n not in own)


def test_galaxys_own_options_can_be_changed_beside_a_uwsgi_section(real: str) -> None:
    path: Path = ("galaxy", "brand")
    result = YamlDocument.parse(real, "galaxy.yml").edit({path: "a # b"})
    assert UwsgiSection.parse(result).entries == UwsgiSection.parse(real).entries
    assert yaml.safe_load(result)["galaxy"]["brand"] == "a # b"
    assert [row for row in result.splitlines() if "brand:" not in row] == [
        row for row in real.splitlines() if "brand:" not in row
    ]


@pytest.mark.consumer
def test_uwsgi_reads_a_real_file_so(uwsgi: Asked, real: str) -> None:
    assert uwsgi(real) == read(real)
