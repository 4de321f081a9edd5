"""Documents of httpd and ProFTPD: the text survives, the structure is the servers' own, nothing escapes its word."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.directive_trees import new_directives, plain
from wizard.documents.apache.document import Dialect, Directive, Document, Expression, includes, parse, quote
from wizard.documents.apache.edit import Insert, New, Remove, SetArgs, edit, render
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")
HTTPD, PROFTPD = Dialect.HTTPD, Dialect.PROFTPD

SITE = """\
# the site
<VirtualHost *:80>
    ServerName galaxy.example.org

    # everything else
    <Location "/">
        Require all granted
    </Location>

    ProxyPass / http://galaxy/ \\
        timeout=60
</VirtualHost>
"""

FTP = """\
ServerName "Galaxy FTP"  # shown to users
Port 21
<Limit SITE_CHMOD>
  DenyAll
</Limit>
"""


def corpus() -> list[tuple[Path, Dialect]]:
    """The real files and templates of both servers; a skip that says so where there are none."""
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    httpd = [*Path(CORPUS, "apache").iterdir(), *Path(CORPUS, "templated").glob("apache__*")]
    proftpd = [*Path(CORPUS, "proftpd").iterdir(), *Path(CORPUS, "templated").glob("proftpd__*")]
    assert httpd and proftpd
    return [(path, HTTPD) for path in sorted(httpd)] + [(path, PROFTPD) for path in sorted(proftpd)]


def lines_outside(text: str, *nodes: Directive) -> list[str]:
    """The text line by line, without the lines of these directives (a section: its tags only)."""
    gone = {
        number
        for node in nodes
        for span in (node.header, node.footer)
        if span is not None
        for number in range(text.count("\n", 0, span.start), text.count("\n", 0, span.end - 1) + 1)
    }
    return [line for number, line in enumerate(text.split("\n")) if number not in gone]


# -- reading


def test_directives_know_their_place() -> None:
    (host,) = parse(SITE, "site").children
    assert (host.name, host.args, host.line) == ("VirtualHost", ("*:80",), 2)
    name, location, proxy = host.block or ()
    assert (name.name, name.args, name.line) == ("ServerName", ("galaxy.example.org",), 3)
    assert [child.name for child in location.block or ()] == ["Require"]
    assert SITE[location.start : location.end].startswith('<Location "/">')
    assert SITE[location.start : location.end].endswith("</Location>")
    assert (proxy.args, proxy.line) == (("/", "http://galaxy/", "timeout=60"), 10)
    assert [SITE[span.start : span.end] for span in proxy.tokens] == ["ProxyPass", *proxy.args]
    assert SITE[proxy.header.start : proxy.header.end].count("\n") == 2
    assert host.named("servername", "PROXYPASS") == (name, proxy)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("a b\\ c", ("b\\", "c")),
        ('a "b\\"c"d', ('b"c', "d")),
        ("a 'it\\'s'", ("it's",)),
        ('a "b\\n\\\\"', ("b\\n\\",)),
        ("a b\\\\c", ("b\\c",)),
        ("a b # c", ("b", "#", "c")),
        ('a "b c', ("b c",)),
        ("a b\\\n  c", ("b", "c")),
        ("a b\\\nc", ("bc",)),
        ("a b\\\r\nc\r\n", ("bc",)),
        ("a b \\", ("b", "\\")),
        ('a "b \\\n # c"', ("b  # c",)),
        ("a b\\\\\nc", ("b\\c",)),
        ('a ""', ("",)),
    ],
)
def test_words_are_split_as_httpd_splits_them(text: str, args: tuple[str, ...]) -> None:
    assert parse(text).children[0].args == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ('a "b c"d', ("b c", "d")),
        ("a 'b c'", ("'b", "c'")),
        ('a "b\\"\\c"', ('b"c',)),
        ("a b#c # d", ("b#c",)),
        ("a b\\\nc", ("bc",)),
        ("a b\\\r\nc", ("b\\",)),
        ("a b \\\n# dropped \\\n c", ("b", "c")),
        ('a ""', ("",)),
    ],
)
def test_words_are_split_as_proftpd_splits_them(text: str, args: tuple[str, ...]) -> None:
    assert parse(text, None, PROFTPD).children[0].args == args


def test_a_comment_goes_on_in_the_next_line_for_httpd_only() -> None:
    text = "# a \\\nPort 21\nUser x\n"
    assert [node.name for node in parse(text).walk()] == ["User"]
    assert [node.name for node in parse(text, None, PROFTPD).walk()] == ["Port", "User"]


def test_bodies_that_are_no_configuration_are_kept_raw() -> None:
    text = "<Macro a $b>\n<Directory $b>\n</Macro>\n<Perl>\n if (1 < 2) {\n</Perl>\nUse a\n"
    macro, perl, use = parse(text).children
    assert (macro.body, macro.args) == ("<Directory $b>\n", ("a", "$b"))
    assert perl.body == " if (1 < 2) {\n"
    assert use.line == 7


def test_includes_are_given_in_their_order() -> None:
    text = "Include a.conf\n<IfModule x>\n includeoptional 'b c/*.conf'\n</IfModule>\nInclude ${D}/d\n"
    assert [(each.pattern, each.optional, each.directive.line) for each in includes(parse(text))] == [
        ("a.conf", False, 1),
        ("b c/*.conf", True, 3),
        ("${D}/d", False, 5),
    ]


@pytest.mark.parametrize(
    ("text", "dialect", "line", "column"),
    [
        ("a b\n <VirtualHost *>\n", HTTPD, 2, 2),
        ("</If>\n", HTTPD, 1, 1),
        ("<If x>\n  </Else>\n</If>\n", HTTPD, 2, 3),
        ("<If x>\n</If\n", HTTPD, 2, 1),
        ("<If x>\n</If >\n", HTTPD, 2, 1),
        ("a\n <Directory /x\n</Directory>\n", HTTPD, 2, 2),
        ("<Macro x>\n</If>\n", HTTPD, 1, 1),
        ("\ufeffa b\n", HTTPD, 1, 1),
        ("a b\nc \0\n", HTTPD, 2, 3),
        ("<Limit X>\n", PROFTPD, 1, 1),
        ("<Limit X>\n</Global>\n", PROFTPD, 2, 1),
        ("<Limit X\n</Limit>\n", PROFTPD, 1, 1),
        ("<Limit X>\n</Limit> x\n", PROFTPD, 2, 10),
    ],
)
def test_a_broken_text_is_refused_with_its_place(text: str, dialect: Dialect, line: int, column: int) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text, "/etc/x.conf", dialect)
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.column) == ("/etc/x.conf", line, column)


@given(st.text(alphabet=" \t\r\n<>/#'\"\\aIf$", max_size=60), st.sampled_from(Dialect))
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text: str, dialect: Dialect) -> None:
    with contextlib.suppress(Refused):
        document = parse(text, None, dialect)
        assert document.text == text
        assert edit(document, ()) == text
        for node in document.walk():
            assert edit(document, [SetArgs(node, node.args)]) == text


def test_ten_thousand_lines_and_deep_nesting_are_read_at_once() -> None:
    started = time.process_time()
    assert len(parse("Alias /a /b\n" * 10_000).children) == 10_000
    assert len(parse("Alias \\\n" + " /a\\\n" * 10_000 + "\n").children[0].args) == 10_000
    deep = parse("<If x>\n" * 5_000 + "</If>\n" * 5_000)
    assert sum(1 for _ in deep.walk()) == 5_000
    assert edit(deep, [Insert((New("Alias"),), "end", deep.children[0])]).count("\n") == 10_001
    assert time.process_time() - started < 5


# -- the corpus


def test_every_file_of_the_corpus_comes_back_byte_for_byte() -> None:
    for path, dialect in corpus():
        text = path.read_bytes().decode()
        document = parse(text, path.name, dialect)
        assert document.text == text
        assert edit(document, ()) == text
        assert any(document.walk())


def test_changing_a_directive_of_the_corpus_touches_its_own_lines_only() -> None:
    for path, dialect in corpus():
        document = parse(path.read_bytes().decode(), path.name, dialect)
        for node in document.walk():
            assert edit(document, [SetArgs(node, node.args)]) == document.text
            args = (*node.args[:-1], "changed it") if node.args else ("changed it",)
            text = edit(document, [SetArgs(node, args)])
            again = parse(text, path.name, dialect)
            (changed,) = (other for other in again.walk() if other.start == node.start)
            assert changed.args == args
            assert lines_outside(text, changed) == lines_outside(document.text, node), path.name


def test_adding_to_the_corpus_and_removing_leaves_no_trace() -> None:
    new = New("Alias", ("/added", "here it is"))
    for path, dialect in corpus():
        document = parse(path.read_bytes().decode(), path.name, dialect)
        places: list[tuple[Any, Directive | None]] = [("end", None), ("start", None)]
        places += [(where, node) for node in document.walk() for where in ("before", "after")]
        places += [("end", node) for node in document.walk() if node.block is not None]
        for where, anchor in places:
            added = parse(edit(document, [Insert((new,), where, anchor)]), path.name, dialect)
            (node,) = [node for node in added.walk() if node.args == new.args]
            assert edit(added, [Remove(node)]) == document.text, (path.name, where, anchor)


# -- editing


def test_new_directives_look_like_their_neighbours() -> None:
    document = parse(SITE.replace("    ", "\t").replace("\n", "\r\n"))
    host = document.children[0]
    location = New("Location", ("/x y",), (New("Require", ("all", "denied")),), "closed")
    text = edit(
        document,
        [
            Insert((New("ServerAlias", ("g",)),), "after", host.named("ServerName")[0]),
            Insert((location,), "end", host),
        ],
    )
    assert "\tServerName galaxy.example.org\r\n\tServerAlias g\r\n\r\n" in text
    tail = (
        '\ttimeout=60\r\n\r\n\t# closed\r\n\t<Location "/x y">\r\n\t\tRequire all denied\r\n\t</Location>\r\n'
    )
    assert text.endswith(tail + "</VirtualHost>\r\n")
    assert text.count("\n") == text.count("\r\n")


def test_a_directive_added_and_removed_leaves_no_trace() -> None:
    document = parse(SITE)
    host = document.children[0]
    block = host.block or ()
    new = New("Location", ("/x",), (New("Require", ("all", "denied")),), "added")
    places: list[tuple[Any, Any]] = [("end", host), ("start", host), ("after", block[1]), ("before", host)]
    for where, anchor in places:
        added = parse(edit(document, [Insert((new,), where, anchor)]))
        (node,) = [node for node in added.walk() if node.args == ("/x",)]
        assert edit(added, [Remove(node, "added")]) == SITE


def test_removing_takes_the_own_lines_and_leaves_other_comments() -> None:
    document = parse(SITE)
    block = document.children[0].block or ()
    text = edit(document, [Remove(block[2]), Remove(block[1])])
    assert "timeout" not in text and "Location" not in text
    assert "# everything else" in text and "# the site" in text


def test_arguments_that_stay_keep_their_spelling() -> None:
    text = "  LogFormat  'main'   a\\\n      'b c'\n"
    document = parse(text)
    node = document.children[0]
    assert edit(document, [SetArgs(node, ("main", "x y", "b c"))]) == text.replace("a\\", '"x y"\\')
    assert edit(document, [SetArgs(node, ("main", "b c"))]) == text.replace("   a", "")
    ftp = parse(FTP, None, PROFTPD)
    assert edit(ftp, [SetArgs(ftp.children[0], ("x",))]) == FTP.replace('"Galaxy FTP"', "x")


def test_a_file_without_a_last_line_end_keeps_it_so() -> None:
    document = parse("Listen 80")
    assert edit(document, [Insert((New("Listen", ("81",)),))]) == "Listen 80\nListen 81"


def test_a_place_that_would_not_read_back_is_refused() -> None:
    document = parse("Listen 80\n# an open comment \\", "site")
    with pytest.raises(Refused, match="read back"):
        edit(document, [Insert((New("Listen", ("81",)),))])


@pytest.mark.parametrize("dialect", Dialect)
def test_what_has_no_spelling_is_refused_without_showing_it(dialect: Dialect) -> None:
    for bad in ("a\nb", "a\0b", "\ud800", f"secret{dialect.variable}X}}"):
        with pytest.raises(Refused) as refusal:
            quote(bad, dialect, "proxy.name")
        assert refusal.value.problems[0].question == "proxy.name"
        assert "secret" not in str(refusal.value)
    wanted = Expression(dialect.variable + "X}")
    assert quote(wanted, dialect) == wanted


def test_a_line_longer_than_proftpd_reads_is_refused() -> None:
    with pytest.raises(Refused, match="longer"):
        render([New("ServerName", ("x" * 4000,))], PROFTPD)
    document = parse(FTP, None, PROFTPD)
    with pytest.raises(Refused, match="longer"):
        edit(document, [SetArgs(document.children[0], ("x" * 4000,))])


variables = ("${", "%{env:")
words = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), max_size=20).filter(
    lambda text: not any(each in text for each in variables)
)
names = st.text("abcdefgh", min_size=1, max_size=8)
trees = new_directives(names, words, max_leaves=10)


@given(
    st.lists(trees, max_size=4),
    st.sampled_from(Dialect),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["\t", "  "]),
)
def test_what_is_rendered_is_what_is_read(new: list[New], dialect: Dialect, newline: str, unit: str) -> None:
    document = parse(render(new, dialect, newline, unit), None, dialect)
    assert tuple(map(plain, document.children)) == tuple(map(plain, new))


@given(st.lists(trees, min_size=1, max_size=3), trees, st.sampled_from(Dialect), st.data())
@settings(deadline=None)
def test_an_edit_changes_what_it_names_and_nothing_else(
    new: list[New], added: New, dialect: Dialect, data: st.DataObject
) -> None:
    document = parse(render(new, dialect), None, dialect)
    nodes = list(document.walk())
    node = data.draw(st.sampled_from(nodes))
    inner = ["start", "end"] if node.block is not None else []
    where: Any = data.draw(st.sampled_from(["before", "after", *inner]))
    inserted = parse(edit(document, [Insert((added,), where, node)]), None, dialect)
    assert len(list(inserted.walk())) == len(nodes) + len(list(parse(render([added])).walk()))
    removed = edit(document, [Remove(node)])
    assert len(list(parse(removed, None, dialect).walk())) == len(nodes) - sum(1 for _ in node.walk())
    text = edit(document, [SetArgs(node, ("1 2", *node.args))])
    (changed,) = [each for each in parse(text, None, dialect).walk() if each.start == node.start]
    assert changed.args == ("1 2", *node.args)
    assert lines_outside(text, changed) == lines_outside(document.text, node)


# -- the servers themselves

SYNTAX = re.compile(
    r"without matching <|missing closing '>'|Expected </|was not closed|before end of configuration"
)
MODULES = ("authz_core", "env", "info", "macro")


@pytest.fixture(scope="module")
def httpd(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """`httpd(TEXT, "-D", NAME, …)`: all that `apache2 -t` prints about a configuration that includes TEXT."""
    program, here = need_tool("apache2"), tmp_path_factory.mktemp("httpd")
    modules = Path("/usr/lib/apache2/modules")
    load = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in ("mpm_event", *MODULES))
    main = f"ServerRoot {here}\nServerName x\nPidFile pid\nErrorLog log\n{load}Include {here}/site.conf\n"
    (here / "main.conf").write_text(main)

    def ask(text: str, *options: str) -> str:
        (here / "site.conf").write_bytes(text.encode())
        command = [program, "-t", "-f", str(here / "main.conf"), *options]
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)
        return (run.stdout + run.stderr).decode(errors="replace")

    return ask


def dumped(output: str) -> Iterator[tuple[int, str]]:
    """What mod_info shows of the file behind the `Include`: line and text of each directive."""
    line = 0
    for text in output.partition("site.conf\n")[2].split("\n"):
        if found := re.fullmatch(r" *# +(\d+):", text):
            line = int(found[1])
        elif line and text.strip() and text.strip() != "Syntax OK":
            yield (0 if text.strip().startswith("</") else line), text.strip()


def read_by_us(document: Document) -> Iterator[tuple[int, str]]:
    """The same of our reading; httpd counts a directive's last line, and drops false conditions."""
    waiting: list[Directive | str] = list(reversed(document.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield 0, node
        elif node.name.lower() == "ifmodule":
            waiting.extend(reversed(node.block or ()) if node.args == ("mod_env.c",) else ())
        else:
            name = node.name if node.block is None else f"<{node.name}"
            close = "" if node.block is None else ">"
            head = f"{name} {node.raw}".rstrip() + close
            yield document.text.count("\n", 0, node.header.end - 1) + 1, head
            if node.block:  # it shows no end of an empty section
                waiting.extend((f"</{node.name}>", *reversed(node.block)))


raws = st.sampled_from(
    ["a", '"b c"', "'d\\'e'", "f\\\\g", '"#"', "#", "\\\n", "\\\n ", "\\\r\n", ">", '"', "'", "\\ "]
)
unsets = st.lists(raws, min_size=1, max_size=4).map(
    lambda parts: "UnsetEnv x" + " ".join(["", *parts]) + "\n"
)
fillers = st.sampled_from(["\n", "# c\n", "# c \\\n UnsetEnv no\n", "  \r\n", " \\\n\n", "#\\\\\n"])
sections = st.sampled_from(
    [("Directory", "/x"), ("Directory", '"/x>"'), ("IfModule", "mod_env.c"), ("IfModule", "!mod_env.c")]
)


def wrapped(section: tuple[str, str], body: list[str]) -> str:
    name, arg = section
    return f" <{name} {arg}>\n{''.join(body)}\t</{name.upper() if len(body) % 2 else name}>\n"


bodies = st.lists(unsets | fillers, max_size=4)
texts = st.lists(unsets | fillers | st.builds(wrapped, sections, bodies), max_size=5).map("".join)


@pytest.mark.consumer
@given(text=texts)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_httpd_reads_the_same_directives_on_the_same_lines(httpd: Callable[..., str], text: str) -> None:
    output = httpd(text, "-D", "DUMP_CONFIG")
    try:
        document = parse(text)
    except Refused as refusal:
        # Of a true condition httpd does not miss the end; of a false one it does.
        assert SYNTAX.search(output) or "<IfModule> was not closed" in str(refusal), refusal
        return
    assert "Syntax OK" in output, output
    assert list(dumped(output)) == [(line, head) for line, head in read_by_us(document)]


@pytest.mark.consumer
@given(
    text=st.lists(
        st.sampled_from(
            ["<If x>\n", "</If>\n", "<Files a>\n", "</files>\n", "</If\n", "<Files a\n", "UnsetEnv a\n"]
        ),
        max_size=6,
    ).map("".join)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_httpd_refuses_the_sections_that_we_refuse(httpd: Callable[..., str], text: str) -> None:
    output = httpd(text.replace("<If x>", '<If "true">'))
    try:
        parse(text)
    except Refused:
        assert SYNTAX.search(output), output
    else:
        assert not SYNTAX.search(output), output


@pytest.mark.consumer
@given(values=st.lists(words.filter(lambda word: word and "\r" not in word), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_httpd_itself_reads_back_every_hostile_word(httpd: Callable[..., str], values: list[str]) -> None:
    text = render([New("Define", (f"v{number}", value)) for number, value in enumerate(values)])
    output = httpd(text, "-D", "DUMP_RUN_CFG")
    for number, value in enumerate(values):
        assert f"\nDefine: v{number}={value}\n" in output


@pytest.mark.consumer
def test_httpd_agrees_on_the_syntax_of_the_corpus(httpd: Callable[..., str]) -> None:
    for path, dialect in corpus():
        if dialect is HTTPD:
            assert not SYNTAX.search(httpd(path.read_text())), path.name
            broken = path.read_text() + "\n<Directory /x>\n"
            with pytest.raises(Refused):
                parse(broken)
            said = httpd(broken)
            assert SYNTAX.search(said) or "Invalid command" in said or "Syntax error" in said, path.name


@pytest.fixture(scope="module")
def proftpd(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """`proftpd(TEXT)`: what `proftpd -t` has against a text; empty when it accepts it."""
    program, here = need_tool("proftpd"), tmp_path_factory.mktemp("proftpd")

    def ask(text: str) -> str:
        (here / "p.conf").write_bytes(text.encode())
        command = [program, "-t", "-c", str(here / "p.conf")]
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)
        said = (run.stdout + run.stderr).decode(errors="replace")
        assert (run.returncode != 0) == ("fatal" in said or "unclosed" in said), said
        return said if run.returncode else ""

    return ask


@pytest.mark.consumer
@given(
    text=st.lists(
        st.sampled_from(
            [
                "<Limit READ>\n", "</Limit>\n", "<global >\n", "</Global>\n", "</Limit >\n", "<Limit READ\n",
                "AllowAll\n", "# c \\\n", "</IfModule>\n", "</Limit> x\n", 'DisplayLogin "a b"c # d\n', " \\\n",
            ]
        ),
        max_size=6,
    ).map("".join)
)  # fmt: skip
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_proftpd_refuses_the_sections_that_we_refuse(proftpd: Callable[[str], str], text: str) -> None:
    said = proftpd(text)
    try:
        parse(text, None, PROFTPD)
    except Refused as refusal:
        assert said, refusal
    else:
        assert not said or "not allowed" in said, said


@pytest.mark.consumer
@given(value=words.filter(lambda word: word and word.isprintable()))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_proftpd_itself_reads_back_every_hostile_word(proftpd: Callable[[str], str], value: str) -> None:
    """It names the user that it does not find; the line after a value stays a line of its own."""
    said = proftpd(render([New("User", (f"no {value} one",))], PROFTPD))
    assert f"fatal: User: Unknown user 'no {value} one' on line 1 of" in said
    said = proftpd(render([New("ServerAdmin", (value,)), New("NotADirective")], PROFTPD))
    assert "unknown configuration directive 'NotADirective' on line 2" in said


def test_the_condition_that_is_open_is_named_before_what_it_holds() -> None:
    """httpd itself accepts this text, since it never misses the end of a condition; we do, and say which."""
    with pytest.raises(Refused, match="<IfModule> was not closed"):
        parse("<IfModule mod_env.c>\n<Directory /x>\n")
    with pytest.raises(Refused, match="<Directory> was not closed"):
        parse("<Directory /x>\n")
