"""nginx documents: the text survives, the structure is nginx's own, and nothing written escapes its token."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.directive_trees import new_directives, plain
from wizard.documents.nginx.document import Expression, parse, quote
from wizard.documents.nginx.edit import Insert, New, Remove, SetArgs, edit, render
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")

SITE = """\
# the site
server {
    listen 80;  # plain
    server_name galaxy.example.org;

    # everything else
    location / {
        proxy_pass http://galaxy;
    }

    location /static {
        alias /srv/static;
    }
}
"""


def corpus() -> list[Path]:
    return sorted(Path(CORPUS, "nginx").iterdir()) if CORPUS else []


def test_the_corpus_comes_back_byte_for_byte() -> None:
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    refused = {}
    for path in corpus():
        text = path.read_bytes().decode()
        try:
            document = parse(text, path.name)
        except Refused as refusal:
            refused[path.name] = str(refusal)
            continue
        assert document.text == text
        assert edit(document, ()) == text
        for node in document.walk():
            assert text[node.start :].startswith(text[node.tokens[0].start : node.tokens[0].end])
            assert text[node.end - 1] in ";}"
    # Two excerpts of documentation lack a closing brace and one file is prose: nginx refuses them as well.
    assert sorted(refused) == [
        "docs_22.01_nginx_block3.conf",
        "docs_22.01_nginx_block4.conf",
        "vazovn__nginx-conf",
    ]
    assert all("never ends" in message for message in refused.values())


def test_directives_know_their_place() -> None:
    document = parse(SITE, "site")
    (server,) = document.children
    assert (server.name, server.args, server.line) == ("server", (), 2)
    listen, _, root, _ = server.block or ()
    assert (listen.name, listen.args, listen.line) == ("listen", ("80",), 3)
    assert SITE[listen.start : listen.end] == "listen 80;"
    assert (root.args, [child.name for child in root.block or ()]) == (("/",), ["proxy_pass"])
    assert SITE[root.opened] == "{" and SITE[root.closed] == "}"


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("a b\\ c;", ("b\\ c",)),
        ('a "b;{}#";', ("b;{}#",)),
        ("a 'it''';", None),
        ("a 'it\\'s';", ("it's",)),
        ('a "tab\\there";', ("tab\there",)),
        ("a b#c;", ("b#c",)),
        ("a # comment ; {\n b;", ("b",)),
        ("a ${var}x;", ("${var}x",)),
        ("a b'c';", ("b'c'",)),
        ("a 'b'c;", None),
        ('a "b"{}', ("b",)),
        ("a ('x') y;", ("('x')", "y")),
        ("a ('x' = y);", ("('x'", "=", "y)")),
        ("if ( 'x') {}", ("(", "x", ")")),
        ("a }x;", None),
        ("a b}x;", ("b}x",)),
        ("a \\;b;", ("\\;b",)),
        ("a\r\nb\tc;", ("b", "c")),
        ("'' close;", ("close",)),
    ],
)
def test_words_are_split_as_nginx_splits_them(text: str, args: tuple[str, ...] | None) -> None:
    if args is None:
        with pytest.raises(Refused):
            parse(text)
    else:
        assert parse(text).children[0].args == args


def test_lua_is_kept_raw_up_to_its_own_brace() -> None:
    body = ' local t = { ["}"] = "}" } -- }\n --[[ } ]] return [==[ } ]==] '
    document = parse("location /x { content_by_lua_block {" + body + "} deny all; }")
    lua, deny = document.children[0].block or ()
    assert lua.lua == body and deny.name == "deny"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("server {\n  listen 80\n}\n", 3, 1),
        ("server {\n", 1, 8),
        ("}\n", 1, 1),
        ("a b;\n;", 2, 1),
        ("a 'b;\n", 1, 3),
        ("a b\n", 1, 1),
        ("{}", 1, 1),
        ("x a\\", 1, 4),
        ("a { b_by_lua_block { '\n", 1, 20),
    ],
)
def test_a_broken_text_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text, "/etc/nginx/site")
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line) == ("/etc/nginx/site", line)
    assert problem.column == column


@given(st.text(alphabet=" \t\r\n;{}#'\"\\$ab/~)", max_size=60))
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert edit(parse(text), ()) == text


words = st.text(st.characters(exclude_characters="\0$", exclude_categories=["Cs"]), max_size=20)
names = st.text("abcdefgh_", min_size=1, max_size=8)
trees = new_directives(names, words, max_leaves=12)


@given(st.lists(trees, max_size=4), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["\t", "  ", "    "]))
def test_what_is_rendered_is_what_is_read(new: list[New], newline: str, unit: str) -> None:
    text = render(new, newline, unit)
    document = parse(text)
    assert tuple(map(plain, document.children)) == tuple(map(plain, new))
    assert document.text == text


@given(st.lists(trees, min_size=1, max_size=3), trees, st.data())
def test_an_edit_changes_what_it_names_and_nothing_else(
    new: list[New], added: New, data: st.DataObject
) -> None:
    document = parse(render(new))
    nodes = list(document.walk())
    node = data.draw(st.sampled_from(nodes))
    where: Any = data.draw(
        st.sampled_from(["before", "after"] + (["start", "end"] if node.block is not None else []))
    )
    inserted = edit(document, [Insert((added,), where, node)])
    again = list(parse(inserted).walk())
    assert len(again) == len(nodes) + sum(1 for _ in parse(render([added])).walk())
    same = [other for other in again if plain(other) == plain(added)]
    assert same
    removed = edit(document, [Remove(node)])
    assert len(list(parse(removed).walk())) == len(nodes) - sum(1 for _ in node.walk())
    renamed = edit(document, [SetArgs(node, ("1 2", *node.args))])
    assert [other.args for other in parse(renamed).walk() if other.start == node.start] == [
        ("1 2", *node.args)
    ]


def test_new_directives_look_like_their_neighbours() -> None:
    document = parse(SITE.replace("    ", "\t").replace("\n", "\r\n"))
    server = document.children[0]
    location = New("location", ("/favicon.ico",), (New("alias", ("/srv/favicon.ico",)),), "the icon")
    text = edit(
        document,
        [
            Insert((New("gzip", ("on",)),), "after", server.named("listen")[0]),
            Insert((location,), "end", server),
        ],
    )
    assert "\tlisten 80;  # plain\r\n\tgzip on;\r\n\tserver_name" in text
    assert text.endswith(
        "\t}\r\n\r\n\t# the icon\r\n\tlocation /favicon.ico {\r\n\t\talias /srv/favicon.ico;\r\n\t}\r\n}\r\n"
    )
    assert text.count("\n") == text.count("\r\n")


def test_a_directive_added_and_removed_leaves_no_trace() -> None:
    document = parse(SITE)
    server = document.children[0]
    location = New("location", ("/x",), (New("deny", ("all",)),), "added")
    for anchor, where in [(server, "end"), (server, "start"), (server.block[2], "after"), (server, "before")]:  # type: ignore[index]
        added = parse(edit(document, [Insert((location,), where, anchor)]))  # type: ignore[arg-type]
        (node,) = [node for node in added.walk() if node.args == ("/x",)]
        assert edit(added, [Remove(node, "added")]) == SITE


def test_removing_takes_the_own_line_and_leaves_other_comments() -> None:
    document = parse(SITE)
    server = document.children[0]
    text = edit(document, [Remove(server.named("listen")[0]), Remove(server.named("location")[0])])
    assert "plain" not in text and "# everything else" in text and "# the site" in text
    inline = parse("server { listen 80; deny all; }")
    assert edit(inline, [Remove(inline.children[0].named("listen")[0])]) == "server { deny all; }"


def test_arguments_that_stay_keep_their_spelling() -> None:
    text = "location / { log_format  'main'   a\n      'b c'; }"
    document = parse(text)
    node = next(node for node in document.walk() if node.name == "log_format")
    assert edit(document, [SetArgs(node, ("main", "x;", "b c"))]) == text.replace("a\n", '"x;"\n')
    assert edit(document, [SetArgs(node, ("main", "b c"))]) == text.replace("   a", "")


def test_a_dollar_is_refused_unless_it_is_wanted() -> None:
    with pytest.raises(Refused) as refusal:
        quote("/srv/$galaxy", "proxy.static_dir")
    assert refusal.value.problems[0].question == "proxy.static_dir"
    assert "/srv/" not in str(refusal.value)
    assert quote(Expression("$host${uri}")) == "$host${uri}"
    assert quote(Expression("^/x{2}$")) == '"^/x{2}$"'
    for bad in ("a\0b", "\ud800", "x" * 5000):
        with pytest.raises(Refused):
            quote(bad)


class _Unix(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: the path of a UNIX socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ng") as name:
        yield Path(name)


HOSTILE = [
    '"',
    "'",
    ";",
    "{",
    "}",
    "#",
    "\\",
    " ",
    "a b",
    "x\ny",
    "x\r\ny",
    "\t",
    "a;}\n server { listen 1;",
    "\\n",
    "\\\\",
    '\\"',
    "\\'",
    "a\\",
    "#c",
    "}",
    "'; #",
    "ü",
    "\u2028",
    "%s%n",
    "~x",
    ")",
    "a'b\"c",
    "\\\n",
]


@pytest.mark.consumer
def test_nginx_itself_reads_back_every_hostile_text(folder: Path) -> None:
    """A running nginx answers with the very text that was quoted for it."""
    locations = tuple(
        New("location", ("=", f"/{number}"), (New("return", ("200", text)),))
        for number, text in enumerate(HOSTILE)
    )
    server = New("server", (), (New("listen", (f"unix:{folder}/s",)), *locations))
    temporary = tuple(
        New(f"{kind}_temp_path", (str(folder / kind),))
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = render(
        [
            New("daemon", ("off",)),
            New("pid", (str(folder / "pid"),)),
            New("error_log", (str(folder / "log"),)),
            New("events", (), ()),
            New("http", (), (New("access_log", ("off",)), *temporary, server)),
        ]
    )
    (folder / "nginx.conf").write_text(text, newline="")
    process = subprocess.Popen(
        [need_tool("nginx"), "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "log"]
    )
    try:
        while not (folder / "s").exists():
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
        for number, sent in enumerate(HOSTILE):
            connection = _Unix(str(folder / "s"))
            connection.request("GET", f"/{number}", headers={"Host": "x"})
            assert connection.getresponse().read() == sent.encode(), sent
            connection.close()
    finally:
        process.terminate()
        process.wait()
