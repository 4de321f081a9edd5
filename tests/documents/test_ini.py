"""What IniDocument promises: it reads as Galaxy, supervisord and uWSGI do, and an edit changes the lines of its option.

Where many texts are tried, Galaxy and supervisord are represented by the parser of the standard library that both
derive from, with their settings; that they agree with it is asked of themselves below.
"""

from __future__ import annotations

import configparser
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests import consumers
from wizard.documents.ini.document import MISSING, PASTE, REMOVE, SUPERVISOR, UWSGI_INI, Dialect, IniDocument
from wizard.documents.ini.edit import unsayable
from wizard.problems import Refused

SAMPLE = """\
# Galaxy, in short
[server:main]
use = egg:Paste#http
#port = 8080
; host = localhost

[app:main]

# What runs Galaxy
paste.app_factory = galaxy.web.buildapp:app_factory

# Where the data is: file_path
#file_path = database/files
# a word, and file_path = this
brand : Ours
log_format = %(asctime)s
   and more

   # said between the lines
   of it

#database_connection = sqlite:///x

[galaxy_amqp]
#password = galaxy
"""

Sections = dict[str, dict[str, str]]


def consumer(text: str, dialect: Dialect) -> Sections | None:
    """The sections with what they inherit, as the consumer's parser reads them; None when it refuses the text."""
    parser = configparser.RawConfigParser(
        strict=dialect is PASTE, inline_comment_prefixes=(";", "#") if dialect is SUPERVISOR else None
    )
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def read(text: str, dialect: Dialect = PASTE) -> Sections | None:
    """The same by our document."""
    try:
        document = IniDocument.parse(text, "galaxy.ini", dialect)
    except Refused as refusal:
        assert all(problem.line and problem.column for problem in refusal.problems)
        return None
    assert document.text == text
    found: Sections = document.get(())
    found.pop("DEFAULT", None)
    return found


def edit(text: str, path: tuple[str, ...], value: Any, dialect: Dialect = PASTE) -> str:
    return IniDocument.parse(text, "galaxy.ini", dialect).edit({path: value})


# -- reading


def test_values_are_read_as_galaxy_reads_them() -> None:
    document = IniDocument.parse(SAMPLE, "galaxy.ini")
    assert document.keys(()) == ("server:main", "app:main", "galaxy_amqp")
    assert document.keys(("app:main",)) == ("paste.app_factory", "brand", "log_format")
    assert document.get(("app:main", "log_format")) == "%(asctime)s\nand more\n\nof it"
    assert document.get(("app:main", "Brand")) == "Ours"
    assert document.get(("app:main", "file_path")) is MISSING
    assert document.get(("galaxy_amqp",)) == {}
    assert document.line(("app:main", "brand")) == 15
    assert document.lines(("app:main", "log_format")) == range(16, 21)
    assert document.line(("galaxy_amqp",)) == 24
    start, end = document.value_span(("app:main", "brand")) or (0, 0)
    assert SAMPLE[start:end] == "Ours"


def test_a_section_inherits_from_default() -> None:
    document = IniDocument.parse("[DEFAULT]\ndebug = a\nhost = x\n[app:main]\nhost = y\n", "galaxy.ini")
    assert document.get(("app:main",)) == {"host": "y", "debug": "a"}
    assert document.line(("app:main", "debug")) == 2
    assert document.edit({("app:main", "debug"): "a"}) == document.text
    assert document.edit({("app:main", "debug"): "b"}) == document.text + "debug = b\n"
    with pytest.raises(Refused, match="DEFAULT"):
        document.edit({("app:main", "debug"): REMOVE})


def test_supervisord_has_inline_comments_and_lets_the_last_one_win() -> None:
    text = "[program:a] ; first\ncommand = x;y ; run it\ncommand=z#1 #two\n[program:a]\numask = 022\n"
    document = IniDocument.parse(text, "supervisord.conf", SUPERVISOR)
    assert document.get(("program:a",)) == {"command": "z#1", "umask": "022"}
    assert edit(text, ("program:a", "command"), "q", SUPERVISOR) == text.replace("z#1", "q")
    gone = text.replace("command = x;y ; run it\n", "").replace("command=z#1 #two\n", "")
    assert edit(text, ("program:a", "command"), REMOVE, SUPERVISOR) == gone


def test_of_several_values_only_the_lines_of_those_that_differ_change() -> None:
    text = "[uwsgi]\nmule = a\n; of b\nmule = b\n\nmule = c\nlast = 1\n"
    document = IniDocument.parse(text, "uwsgi.ini", UWSGI_INI)
    path = ("uwsgi", "mule")
    assert document.edit({path: ("b", "c")}) == text.replace("mule = a\n", "")
    assert document.edit({path: ("a", "c")}) == text.replace("mule = b\n", "")
    assert document.edit({path: ("x", "a", "b", "c")}) == text.replace("mule = a", "mule = x\nmule = a")
    assert document.edit({path: ("a", "b", "x", "y", "c")}) == text.replace(
        "= b\n", "= b\nmule = x\nmule = y\n"
    )
    assert document.edit({path: ("a", "x", "y", "c")}) == text.replace("= b\n", "= x\nmule = y\n")
    assert document.edit({path: REMOVE}) == "[uwsgi]\n; of b\n\nlast = 1\n"


def test_galaxy_reads_what_uwsgi_has_twice_in_its_own_section_and_nowhere_else() -> None:
    text = "[uwsgi]\nmule = a\nmule = b\n[app:main]\nbrand = x\n"
    document = IniDocument.parse(text)
    assert document.edit({("app:main", "brand"): "y"}) == text.replace("= x", "= y")
    with pytest.raises(Refused):
        IniDocument.parse(text + "brand = y\n")
    with pytest.raises(Refused):
        IniDocument.parse(text + "[uwsgi]\n")


def test_uwsgi_takes_an_option_as_often_as_it_stands() -> None:
    text = (
        "stray = 1\n[uwsgi]\n  hook = a = b ; no comment \t\r\nmaster\n;hook = x\nHook = y\n[uwsgi]\nhook=c\n"
    )
    document = IniDocument.parse(text, "uwsgi.ini", UWSGI_INI)
    assert document.values(("uwsgi", "hook")) == ("a = b ; no comment", "c")
    assert document.get(("uwsgi", "hook")) == "c"
    assert document.get(("uwsgi", "master")) == "" and document.get(("uwsgi", "Hook")) == "y"
    assert document.edit({("uwsgi", "hook"): ("a = b ; no comment", "d", "e")}) == text.replace(
        "hook=c\n", "hook=d\nhook = e\n"
    )
    assert document.edit({("uwsgi", "hook"): ("z",)}) == text.replace("a = b ; no comment", "z").replace(
        "hook=c\n", ""
    )
    assert document.edit({("uwsgi", "master"): "true"}) == text.replace("master", "master = true")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("debug = true\n[app:main]\n", (1, 1)),
        ("\ufeff[app:main]\n", (1, 1)),
        ("[app:main]\n  debug\n", (2, 3)),
        ("[app:main]\n= true\n", (2, 1)),
        ("[app:main]\na = 1\n[app:main]\n", (3, 1)),
        ("[app:main]\na = 1\r\n\tb: 2\r A = 3\n", None),
        ("[app:main]\na = 1\r\n\r\nA = 3\n", (4, 1)),
        ("{% if x %}\n[app:main]\n{% endif %}\n", (1, 1)),
    ],
)
def test_what_galaxy_does_not_read_is_refused_by_line_and_column(
    text: str, place: tuple[int, int] | None
) -> None:
    assert (consumer(text, PASTE) is None) == (place is not None)
    if place is None:
        IniDocument.parse(text, "galaxy.ini")
        return
    with pytest.raises(Refused) as refusal:
        IniDocument.parse(text, "galaxy.ini")
    first = refusal.value.problems[0]
    assert (first.file, first.line, first.column) == ("galaxy.ini", *place)


def test_commented_values_are_found_in_every_section_for_hiding() -> None:
    text = SAMPLE + ";database_connection: postgresql://u:p@h\n#    /db\n"
    spans = IniDocument.parse(text, "galaxy.ini").commented_spans(("app:main", "database_connection"))
    assert [text[start:end] for start, end in spans] == ["sqlite:///x", "postgresql://u:p@h\n#    /db"]


# -- editing


def test_an_option_comes_back_from_its_comment() -> None:
    assert edit(SAMPLE, ("app:main", "file_path"), "/data") == SAMPLE.replace(
        "#file_path = database/files", "file_path = /data"
    )
    assert edit(SAMPLE, ("server:main", "host"), "::") == SAMPLE.replace("; host = localhost", "host = ::")


def test_a_comment_of_another_section_stays_one() -> None:
    assert edit(SAMPLE, ("app:main", "password"), "x") == SAMPLE.replace(
        "   of it\n", "   of it\npassword = x\n"
    )


def test_a_new_option_goes_behind_the_active_lines_of_its_section_and_a_new_section_to_the_end() -> None:
    assert edit(SAMPLE, ("server:main", "threadpool"), "5") == SAMPLE.replace(
        "http\n", "http\nthreadpool = 5\n", 1
    )
    assert edit(SAMPLE, ("filter:x", "use"), "egg:x") == SAMPLE + "\n[filter:x]\nuse = egg:x\n"
    assert edit("[a]\nb=1", ("a", "c"), "2") == "[a]\nb=1\nc=2"
    assert edit("", ("a", "c"), "2") == "[a]\nc = 2\n"


def test_a_changed_value_changes_its_own_lines_only() -> None:
    assert edit(SAMPLE, ("app:main", "brand"), "Mine") == SAMPLE.replace("Ours", "Mine")
    long = ("app:main", "log_format")
    assert edit(SAMPLE, long, "x\nand more\n\nof it") == SAMPLE.replace("%(asctime)s", "x")
    assert edit(SAMPLE, long, "%(asctime)s\nand more\n\nof it\nall") == SAMPLE.replace(
        "   of it\n", "   of it\n   all\n"
    )
    assert edit(SAMPLE, long, "x") == SAMPLE.replace("%(asctime)s\n   and more\n\n", "x\n").replace(
        "   of it\n", ""
    )


def test_a_removed_option_takes_its_own_lines_with_it_and_no_comment() -> None:
    assert edit(SAMPLE, ("app:main", "log_format"), REMOVE) == SAMPLE.replace(
        "log_format = %(asctime)s\n   and more\n\n", ""
    ).replace("   of it\n", "")
    assert edit(SAMPLE, ("app:main", "nothing"), REMOVE) == SAMPLE


def test_a_section_can_be_set_and_removed_as_a_whole() -> None:
    text = "[a]\nx = 1\n\n# about b\n[b]\ny = 2\n# inside\nz = 3\n\n# about c\n[c]\n"
    assert edit(text, ("b",), REMOVE) == "[a]\nx = 1\n\n# about b\n\n# about c\n[c]\n"
    assert edit(text, ("b",), {"z": "4", "q": "5"}) == text.replace("y = 2\n", "").replace(
        "z = 3\n", "z = 4\nq = 5\n"
    )
    assert edit(text, ("d",), {"q": "5"}) == text + "\n[d]\nq = 5\n"


def test_line_breaks_stay_those_of_the_file() -> None:
    text = SAMPLE.replace("\n", "\r\n")
    for path, value in [
        (("app:main", "file_path"), "x"),
        (("app:main", "new"), "a\nb"),
        (("app:main", "log_format"), "a\nb\nc\nd\ne"),
        (("new", "new"), "x"),
    ]:
        assert edit(text, path, value) == edit(SAMPLE, path, value).replace("\n", "\r\n")


def test_an_uncommented_option_never_becomes_part_of_a_value() -> None:
    indented = "[a]\nx = 1\n    #y = 2\n"
    assert edit(indented, ("a", "y"), "3") == "[a]\nx = 1\ny = 3\n"
    between = "[a]\nx = 1\n#y = 2\n    more\n"
    assert edit(between, ("a", "y"), "3") == between + "y = 3\n"


@pytest.mark.parametrize(
    "value",
    [" lead", "trail ", "a\n#b", "a\n;b", "a\n b", "a\n", "a\rb", "\n", 5, None, True, ["a"], {"a": "b"}],
)
def test_what_an_ini_file_cannot_say_is_refused_by_its_path(value: Any) -> None:
    with pytest.raises(Refused, match=r"app:main\.brand") as refusal:
        edit(SAMPLE, ("app:main", "brand"), value)
    assert "lead" not in str(refusal.value)


def test_supervisord_cannot_say_a_comment_sign_behind_a_space() -> None:
    text = "[program:a]\ncommand=x\n"
    for value in ("run ; rm", "run #2", "#x", ";"):
        with pytest.raises(Refused, match=r"program:a\.command"):
            edit(text, ("program:a", "command"), value, SUPERVISOR)
    assert edit(text, ("program:a", "command"), "a;b#c", SUPERVISOR) == text.replace("x", "a;b#c")


@pytest.mark.parametrize("name", ["a=b", "a:b", "[x]", "#x", "", " x", "x\ny = 1"])
def test_a_name_cannot_break_out(name: str) -> None:
    with pytest.raises(Refused):
        edit(SAMPLE, ("app:main", name), "v")
    if name not in ("a=b", "a:b", "#x", " x", "[x]"):
        with pytest.raises(Refused):
            edit(SAMPLE, (name, "option"), "v")


def test_ten_thousand_lines_are_read_and_changed_in_no_time() -> None:
    rows = [f"#note {n}\noption_{n} = {n}\n    more\n  # {' ' * 200}x\n" for n in range(5_000)]
    text = "[app:main]\n" + "".join(rows) + "a" + " " * 100_000 + "= 1\n"
    start = time.process_time()
    document = IniDocument.parse(text, "galaxy.ini")
    after = document.edit({("app:main", f"option_{n}"): "x" for n in range(0, 5_000, 2)})
    assert time.process_time() - start < 4
    assert IniDocument.parse(after, "galaxy.ini").get(("app:main", "option_4998")) == "x"


# -- laws

PIECES = st.sampled_from(
    [
        *["[a]", "[b]\n", "[DEFAULT]\n", "[a] x", "[]", "[", "key", "k2", "K2", " ", "  ", "\t", "=", ":"],
        *[
            "\n",
            "\n",
            "\r\n",
            "\r",
            ";",
            "#",
            "value",
            " ; c",
            " #d",
            "%",
            "%(here)s",
            "\x0b",
            "\xa0",
            "\x85",
        ],
        *["k = 1\n", "k2 = v\n", "\n    cont\n", "\n#k2 = 5\n", "\ufeff", "\u2028", "é"],
    ]
)
TEXTS = st.tuples(st.sampled_from(["", "[a]\n"]), st.lists(PIECES, max_size=25)).map(
    lambda parts: parts[0] + "".join(parts[1])
)
VALUES = st.one_of(
    st.sampled_from(["", "[b]", "k2 = 1", "a\nb", "a\n[b]\nk2 = 1", "\na", "a\n\nb", "x ;y", "x;y ;z #q", "#", "%"]),
    st.text("ab \n\r\t;#=:[]%\"'\\$\x0b\x85\u2028é", max_size=12),
)  # fmt: skip
BOTH = pytest.mark.parametrize("dialect", [PASTE, SUPERVISOR], ids=lambda dialect: dialect.name)
law = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def plain(text: str) -> bool:
    """Whether every Python reads the inline comments so: 3.13 looks for them in another order where both signs are."""
    return sys.version_info < (3, 13) or not any("#" in row and ";" in row for row in text.splitlines())


@BOTH
@law
@given(TEXTS)
def test_any_text_is_read_or_refused_as_by_its_consumer(dialect: Dialect, text: str) -> None:
    assume(dialect is PASTE or plain(text))
    assert read(text, dialect) == consumer(text, dialect)


@BOTH
@law
@given(
    text=TEXTS,
    section=st.sampled_from(["a", "b", "c"]),
    key=st.sampled_from(["k", "k2", "key", "new"]),
    value=VALUES | st.just(REMOVE),
)
def test_any_value_reads_back_by_its_consumer_and_no_other_is_touched(
    dialect: Dialect, text: str, section: str, key: str, value: Any
) -> None:
    assume(dialect is PASTE or plain(text))
    before = consumer(text, dialect)
    assume(before is not None)
    assert before is not None
    try:
        after = edit(text, (section, key), value, dialect)
    except Refused:
        inherited = key in (IniDocument.parse(text, "", dialect).get(("DEFAULT",)) or {})
        assert dialect is SUPERVISOR or (inherited if value is REMOVE else unsayable(value, dialect))
        return
    if value is REMOVE:
        before.get(section, {}).pop(key, None)
    else:
        defaults = IniDocument.parse(text, "", dialect).get(("DEFAULT",)) or {}
        before.setdefault(section, dict(defaults))[key] = value
    assert consumer(after, dialect) == before
    assert edit(after, (section, key), value, dialect) == after


@law
@given(TEXTS, st.lists(VALUES, max_size=3))
def test_any_text_is_read_by_uwsgi_and_values_read_back(text: str, values: list[str]) -> None:
    document = IniDocument.parse(text, "uwsgi.ini", UWSGI_INI)
    assert document.text == text
    try:
        after = document.edit({("a", "k2"): tuple(values)})
    except Refused:
        assert any(unsayable(value, UWSGI_INI) for value in values)
        return
    again = IniDocument.parse(after, "uwsgi.ini", UWSGI_INI)
    assert again.values(("a", "k2")) == tuple(values)
    assert all(
        again.values(("a", key)) == document.values(("a", key))
        for key in document.keys(("a",))
        if key != "k2"
    )


# -- the consumers themselves


@pytest.mark.consumer
def test_galaxy_and_supervisord_read_so(galaxy: Callable[..., dict[str, Any]], tmp_path: File) -> None:
    file = tmp_path / "texts.json"
    pieces = [
        "[a]\n",
        "[b]\n",
        "[DEFAULT]\n",
        "k = 1\n",
        "K: 2\n",
        "m = x ; y #z\n",
        "  more\n",
        "\n",
        "#c\n",
        " ;d\n",
    ]
    pieces += ["n = a;b;c #d ;e\n", "[a] #x\n", "o = %(here)s %\r\n", "p\n", "\x0c q = 1\n", "= 1\n"]
    texts = [
        SAMPLE, "", "\ufeff[a]\n", *pieces,
        *(f"[a]\n{one}{two}{three}" for one in pieces for two in pieces for three in pieces[::4]),
    ]  # fmt: skip
    file.write_text(json.dumps(texts))
    seen = galaxy("ini_texts", file)
    assert [read(text, PASTE) for text in texts] == seen["galaxy"]
    assert [read(text, SUPERVISOR) for text in texts] == seen["supervisord"]


@pytest.fixture(scope="module")
def uwsgi(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """`uwsgi(TEXT)`: the options that the real uWSGI finds in `[uwsgi]`, as `key = value`."""
    program = consumers.uwsgi_program()
    file = tmp_path_factory.mktemp("uwsgi") / "uwsgi.ini"

    def ask(text: str) -> list[str]:
        file.write_bytes(text.encode())
        # An unknown clock ends uWSGI right after it has printed its configuration, before it opens anything.
        command = [program, "--show-config", "--ini", str(file), "--clock", "none-such"]
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        said = (run.stdout + run.stderr).decode(errors="replace")
        shown = said.split("\n[uwsgi]\n", 1)[1].split(";end of configuration")[0].split("\n")[:-1]
        assert shown[0] == "show-config = true" and shown[-1] == "clock = none-such", said
        return shown[2:-1]

    return ask


@pytest.mark.consumer
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS.filter(lambda text: "%" not in text))
def test_uwsgi_reads_so(uwsgi: Callable[[str], list[str]], text: str) -> None:
    text = "[uwsgi]\nfirst = 1\n" + text
    options = IniDocument.parse(text, "uwsgi.ini", UWSGI_INI).options
    assert uwsgi(text) == [f"{each.key} = {each.value}" for each in options if each.section == "uwsgi"]


# -- the files of other people


def corpus(*folders: str) -> list[File]:
    place = os.environ.get("GALAXY_SETUP_CORPUS")
    return sorted(file for folder in folders for file in File(place, folder).iterdir()) if place else []


def dialect_of(file: File) -> Dialect:
    return SUPERVISOR if "supervisor" in str(file.relative_to(file.parents[1])) else PASTE


REAL = corpus("galaxy_ini", "supervisor")
TEMPLATES = [file for file in corpus("templated") if ".ini" in file.name or "supervisor" in file.name]
needs_corpus = pytest.mark.skipif(not REAL, reason="GALAXY_SETUP_CORPUS names no folder of real files")


@needs_corpus
@pytest.mark.parametrize("file", [*REAL, *TEMPLATES], ids=lambda file: file.name)
def test_a_real_file_reads_as_its_consumer_reads_it(file: File) -> None:
    text = file.read_bytes().decode()
    found = read(text, dialect_of(file))
    assert found == consumer(text, dialect_of(file))
    assert found or file in TEMPLATES


@needs_corpus
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_every_option_of_a_real_file_can_be_set_in_its_own_lines(file: File) -> None:
    text, dialect = file.read_bytes().decode(), dialect_of(file)
    document = IniDocument.parse(text, file.name, dialect)
    sections = consumer(text, dialect) or {}
    paths = [(section, key) for section in sections for key in document.keys((section,))]
    assert document.edit({path: document.get(path) for path in paths}) == text
    for path in paths:
        assert document.edit({path: document.get(path)}) == text
        after = document.edit({path: "changed"})
        lines = document.lines(path)
        assert lines is not None
        old, new = text.split("\n"), after.split("\n")
        assert new[: lines.start - 1] == old[: lines.start - 1]
        assert new[lines.start :] == old[lines.stop - 1 :]
        changed = {section: dict(options) for section, options in sections.items()}
        changed[path[0]][path[1]] = "changed"
        assert consumer(after, dialect) == changed
        removed = document.edit({path: REMOVE}).split("\n")
        own = {
            part.line
            for option in document.options
            if (option.section, option.key) == path
            for part in option.parts
        }
        assert removed == [row for line, row in enumerate(old) if line not in own]


@needs_corpus
@pytest.mark.parametrize("file", corpus("galaxy_ini"), ids=lambda file: file.name)
def test_every_option_that_a_real_file_comments_out_can_be_set_in_its_place(file: File) -> None:
    text = file.read_bytes().decode()
    document = IniDocument.parse(text, file.name)
    old = text.split("\n")
    section = range(old.index("[app:main]"), old.index("[galaxy_amqp]"))
    held = document.keys(("app:main",))
    tight: dict[str, int] = {}
    for line in section:
        if old[line].startswith("#") and "=" in old[line] and (name := old[line][1:].split("=")[0]).strip():
            tight.setdefault(name.strip(), line)
    names = [name for name in tight if " " not in name and ":" not in name and name.lower() not in held]
    assert names
    for name in names:
        after = document.edit({("app:main", name): "value"}).split("\n")
        assert [line for line in range(len(old)) if after[line] != old[line]] == [tight[name]]
    everything = document.edit({("app:main", name): "value" for name in names})
    assert (consumer(everything, PASTE) or {})["app:main"].items() >= dict.fromkeys(
        map(str.lower, names), "value"
    ).items()
