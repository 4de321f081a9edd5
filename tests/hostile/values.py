"""What is drawn: texts that mean something to some syntax, alone and in a row, and the frames that types want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from wizard.answers.questions import Asked
from wizard.answers.secret import Secret

TOKEN = "harmless7"
"""Means nothing anywhere: what a file says with it shows where a value lands."""

_SIGNS = [
    *"\"'`\\;#%$&|<>(){}[]*?!~^=:,@+-_./ \t\n\r\x00\x0b\x0c\x1b\x7f\x85\xa0\u2028\u2029\ufeff\u200f\u202e\ud800\udfff",
    *["''", '"""', "\\\\", "\r\n", "\n\n", "é", "😀", "\\\n", "\n ", " #", " ;", ": ", " - ", "%%", "$$"],
]
_WORDS = [
    # YAML
    *[
        "---",
        "...",
        "- a",
        "a: b",
        "&a b",
        "*a",
        "!a",
        "!!python/object/apply:os.system [id]",
        "<<: *a",
        "? x",
        "|",
        ">",
    ],
    *[
        "{a: b}",
        "[a, b]",
        "null",
        "~",
        "no",
        "0o17",
        "1_000",
        "12:30",
        "0x1f",
        "1e3",
        ".inf",
        "2020-01-01",
        "yes",
        "=",
        "<<",
    ],
    # XML and property lists
    *[
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&#10;",
        "<![CDATA[",
        '"/><x y="',
        "</param>",
        "<!DOCTYPE x>",
        "&x;",
        "<?x?>",
        "--",
    ],
    # INI, supervisord, Paste, uWSGI
    *[
        "[app:main]",
        "\n[program:x]",
        "%(x)s",
        "%(here)s",
        "%(ENV_HOME)s",
        "%d",
        "%%(x)s",
        "set x = y",
        "${x}",
        "$(HOME)",
    ],
    *["@(/etc/passwd)", "%v", "key=value", "\nkey = value", "; x", "\n;", '",X="y', "a,b", "@(exec://id)"],
    # nginx and Apache
    *[
        "; }",
        "{",
        "}",
        "; return 200;",
        "$host",
        "${host}",
        "~ ^/(.*)$",
        "%{HTTP_HOST}e",
        "${USER}",
        "</VirtualHost>",
    ],
    *[
        "\n<Location />",
        "expr=%{REMOTE_USER}",
        "exec:/bin/id",
        "#",
        '" x',
        "default",
        "*.a",
        "!",
        "|/bin/id",
        "%{x}",
    ],
    # the shell, cron, systemd, logrotate
    *[
        "$(id)",
        "`id`",
        "'; id; '",
        '"; id; "',
        "&& id",
        "| id",
        "> /dev/null",
        "\\",
        "a\\",
        "~root",
        "*",
        "?",
        "-rf",
        "--x",
        "!!",
    ],
    *[
        "%i",
        "%h",
        "%n",
        "$X",
        "$$",
        "@reboot root id",
        "\n* * * * * root id",
        "\n[Service]",
        "\nExecStart=/bin/id",
        "\\x41",
    ],
    *["\\n", "\\t", "\\040", "\\%", "\n}\n/x {", "prerotate", "endscript", "-", "+", "@", ":", ";"],
    # SQL, URLs, ProFTPD
    *[
        "'; DROP TABLE x; --",
        "\\'",
        "/*",
        "*/",
        "$$x$$",
        "E'\\n'",
        ":'x'",
        ':"x"',
        "\\! id",
        "\\gexec",
        "\\q",
        "??",
        "%%U",
    ],
    *[
        "%U",
        "%{env:HOME}",
        "a@b",
        "a:b@c/d?e#f",
        "%2F",
        "%",
        "//",
        "..",
        "../x",
        "a b",
        "@x/y",
        "?x=y",
        "&x=y",
    ],
    *[" lead", "trail ", "\ttab", "tab\t", "x" * 300, "é€😀", ""],
]

texts = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(_SIGNS),
    st.lists(st.sampled_from([*_SIGNS, *_WORDS, "a", "b1"]), min_size=2, max_size=6).map("".join),
    st.tuples(
        st.sampled_from(["a", "ab c"]), st.sampled_from([*_SIGNS, *_WORDS]), st.sampled_from(["", "b"])
    ).map("".join),
    st.text(st.characters(), max_size=12),
    st.text("abc019._-/:\"'\\$%{};# ", max_size=16),
    st.sampled_from(["\\", '"', "%", "a ", "é"]).flatmap(
        lambda one: st.integers(200, 2000).map(lambda many: one * many)
    ),
)
"""Hostile texts: about half of them without a line break or another control character, which few questions take."""

_PRINTABLE = texts.filter(lambda text: text.isprintable())


POOL, POOLS = 1000, 16


def drawn(count: int, turn: int) -> list[str]:
    """So many hostile texts, the same in every run for the same `turn`; most are such as a line can hold."""
    first = turn * count
    return [_pool(at // POOL % POOLS)[at % POOL] for at in range(first, first + count)]


@cache
def _pool(number: int) -> list[str]:
    """Some of the texts, so that no place has to draw its own."""
    found: list[str] = []

    @seed(number)
    @settings(
        max_examples=POOL,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(_PRINTABLE, _PRINTABLE, _PRINTABLE, texts))
    def draw(text: str) -> None:
        found.append(text)

    draw()
    return (found * POOL)[:POOL]


FRAMES = (
    *[
        "{}",
        "/srv/{}",
        "/srv/{}/x",
        "https://h.example.org/{}",
        "https://u:{}@h.example.org/x",
        "{}.example.org",
    ],
    *[
        "{}:8080",
        "unix:/run/{}.sock",
        "/{}",
        "galaxy.jobs.runners.{}:X",
        "{}_{{process}}",
        "DIRECT;{}",
        "http://{}:3128",
    ],
    *[
        "postgresql://{}@h/x",
        "{}.galaxyproject.org",
        "ldaps://h.example.org/dc={}?uid",
        "https://{}.example.org",
        "{}.yml",
        "/srv/{}.xml",
        "/srv/{}.yml",
        "{}@example.org",
        "a{}",
        "{}b",
        "a{}b",
    ],
)
"""What a text is put into, so that the type of a question takes it: a path, a URL, an address."""


def framed(frame: str, text: str) -> str:
    return (
        frame.replace("{}", text).replace("{{", "{").replace("}}", "}")
        if "{{" in frame
        else frame.replace("{}", text)
    )


def shaped(asked: Asked) -> Iterator[Callable[[str], Any]]:
    """The ways in which a text is an answer to the question: itself, an item of a list, a value or a key of a map."""
    if asked.shape == "secret":
        yield Secret
    elif asked.path == "data.tables[].columns":
        yield lambda text: ["value", text]
    elif asked.shape in ("list", "choices"):
        yield lambda text: [text]
    elif asked.shape == "map":
        yield lambda text: {"PLACE": text}  # no name that sounds like a secret's
        yield lambda text: {text: "harmless8"}
    else:
        yield lambda text: text


def taken(asked: Asked, value: Any) -> Any:
    """The answer as the model keeps it; None where the model refuses it."""
    try:
        return asked.parse(value)
    except ValidationError:
        return None
