"""How programs that no Python package stands for split a text into words: written after what they do, not after ours.

A sign that the program would replace (a variable, a specifier) becomes `LIVE` and is told apart from the same sign that
stands for itself: a value that reaches such a place has escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LIVE = "\ue000"
"""In the place of a sign that the program gives a meaning."""
Tree = list[object]


_BLANKS = " \t\n\r\x0b\x0c"
"""What C takes for a space; Python takes more for one."""


class Unreadable(Exception):
    """The program would refuse the text."""


# --- nginx (ngx_conf_file.c)

_NGINX_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "t": "\t", "r": "\r", "n": "\n"}


def nginx(text: str) -> Tree:
    """Directives as lists of words, a block as a list behind them. A dollar that names a variable is live."""
    top: Tree = []
    words: Tree = []
    open_blocks, at = [top], 0
    while at < len(text):
        sign = text[at]
        if sign in " \t\r\n":
            at += 1
        elif sign == "#":
            at = text.find("\n", at) % (len(text) + 1)
        elif sign == ";":
            if not words:
                raise Unreadable('unexpected ";"')
            open_blocks[-1].append(words)
            words, at = [], at + 1
        elif sign == "{":
            if not words:
                raise Unreadable('unexpected "{"')
            block: Tree = []
            open_blocks[-1].append([*words, block])
            open_blocks.append(block)
            words, at = [], at + 1
        elif sign == "}":
            if words or len(open_blocks) == 1:
                raise Unreadable('unexpected "}"')
            open_blocks.pop()
            at += 1
        else:
            word, at = _nginx_word(text, at)
            words.append(word)
    if words or len(open_blocks) > 1:
        raise Unreadable("unexpected end of file")
    return top


def _nginx_word(text: str, at: int) -> tuple[str, int]:
    quote = text[at] if text[at] in "\"'" else ""
    start = at = at + len(quote)
    while True:
        if at >= len(text):
            raise Unreadable("unexpected end of file")
        sign = text[at]
        if sign == "\\":
            at += 2
        elif quote and sign == quote:
            if text[at + 1 : at + 2] not in tuple(" \t\r\n;{)"):
                raise Unreadable("a quoted word goes on")
            break
        elif not quote and (sign in " \t\r\n;" or (sign == "{" and text[at - 1] != "$")):
            break
        else:
            at += 1
    word = re.sub(r"\\([\"'\\trn])", lambda found: _NGINX_ESCAPES[found[1]], text[start:at])
    return re.sub(r"\$(?=[A-Za-z0-9_{])", LIVE, word), at + len(quote)


# --- Apache (ap_cfg_getline, ap_getword_conf) and ProFTPD


def _joined(text: str) -> list[str]:
    return re.sub(r"\\\r?\n", "", text).split("\n")


def apache(text: str) -> Tree:
    """Directives and sections as lists of words. A reference to a `Define` or a variable is live."""
    top: Tree = []
    opened: list[tuple[str, Tree]] = [("", top)]
    for line in (line.strip(" \t\r\x0b\x0c") for line in _joined(text)):
        if line.startswith("</"):
            if opened[-1][0] != line[2:-1].lower() or len(opened) == 1:
                raise Unreadable(line)
            opened.pop()
        elif line.startswith("<"):
            if not line.endswith(">"):
                raise Unreadable(line)
            words = _apache_values(["<" + line[1:-1].split()[0], *[*apache_words(line[1:-1])][1:]])
            block: Tree = []
            opened[-1][1].append([*words, block])
            opened.append((words[0][1:].lower(), block))
        elif line and not line.startswith("#"):
            opened[-1][1].append(_apache_values([*apache_words(line)]))
    if len(opened) > 1:
        raise Unreadable("a section is not closed")
    return top


_HEADER_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def _apache_values(words: list[str]) -> list[str]:
    """The words of a directive, as its module takes them (mod_headers.c: a format; mod_authnz_ldap: a program)."""
    if words[0] in ("RequestHeader", "Header") and "set" in words[:3] and words[3:]:
        at = words.index("set") + 2
        if not words[at].startswith("expr="):
            found = re.sub(r"\\([nrt\\])", lambda sign: _HEADER_ESCAPES[sign[1]], words[at])
            words[at] = re.sub(r"%(.?)", lambda sign: "%" if sign[1] == "%" else LIVE + sign[1], found)
    if words[0] == "<If":
        words[1:] = [
            re.sub(r"\[([^]^])\]", r"\1", word) for word in words[1:]
        ]  # a character of a regular expression
    if words[0] == "AuthLDAPBindPassword":
        words[1] = re.sub(r"^exec:", LIVE, words[1])
    return words


def apache_words(line: str) -> Iterator[str]:
    line, at = line.replace("${", LIVE + "{"), 0
    while at < len(line):
        if line[at] in _BLANKS:
            at += 1
            continue
        quote = line[at] if line[at] in "\"'" else ""
        at += len(quote)
        start = at
        while at < len(line) and not (line[at] == quote if quote else line[at] in _BLANKS):
            at += 2 if quote and line[at] == "\\" and line[at + 1 : at + 2] in (quote, "\\") else 1
        word = line[start:at]
        yield re.sub(rf"\\([\\{quote}])", r"\1", word)
        at += len(quote)


def proftpd(text: str) -> Tree:
    """Lines as lists of words; what goes on behind a backslash at the end of a line is one line."""
    found: Tree = []
    for line in _joined(text):
        *first, last = [*_proftpd_words(line)] or [""]
        if first[:1] == ["SQLNamedQuery"]:
            found.append([*first, _sql(last)])
        elif first or last:
            found.append([*first, last])
    return found


def _sql(query: str) -> list[list[str]]:
    """A query as mod_sql passes it on, split into literals without their quotes and what is between them."""
    plain = re.sub(r"%(.?)", lambda found: "%" if found[1] == "%" else LIVE + found[1], query)
    parts = re.findall(r"'(?:[^']|'')*'|[^']+|'", plain)
    return [["text", part[1:-1].replace("''", "'")] if part[:1] == "'" else ["code", part] for part in parts]


def _proftpd_words(line: str) -> Iterator[str]:
    at = 0
    while at < len(line):
        if line[at] in _BLANKS:
            at += 1
            continue
        if line[at] == "#":
            return
        quoted = line[at] == '"'
        at += quoted
        word = ""
        while at < len(line) and not (line[at] == '"' if quoted else line[at] in _BLANKS):
            at += quoted and line[at] == "\\" and at + 1 < len(line)
            word += line[at]
            at += 1
        yield re.sub(r"%\{env:", LIVE, word)
        at += quoted


# --- systemd (conf-parser.c, extract-word.c, specifier.c)

_C_ESCAPES = dict(zip("abfnrtvs\\\"'", "\a\b\f\n\r\t\v \\\"'", strict=True))
_OCTAL = re.compile(r"[0-7]{3}")
_LISTS = {"Environment": True, "PassEnvironment": True, "Wants": False, "After": False, "PartOf": False}
"""Settings that are lists of words; whether a backslash is an escape there (in names of units it is none)."""


def systemd(text: str) -> Tree:
    """Sections and their assignments; a command or a list of words is split. Specifiers and variables are live."""
    found: Tree = []
    waiting = ""
    for line in text.split("\n"):
        if line.strip(_BLANKS)[:1] in ("#", ";") or (not waiting and not line.strip(_BLANKS)):
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            waiting += line[:-1] + " "
            continue
        whole, waiting = (waiting + line).strip(" \t\r"), ""
        if whole.startswith("["):
            found.append([whole])
            continue
        key, equals, value = whole.partition("=")
        key, value = key.strip(_BLANKS), value.strip(_BLANKS)
        if not equals:
            raise Unreadable(whole)
        if key.startswith("Exec"):
            found.append([key, [*systemd_words(value, command=True)]])
        else:
            words = (
                [*systemd_words(value)] if _LISTS.get(key) else [_specified(word) for word in value.split()]
            )
            found.append([key, words if key in _LISTS else _specified(value)])
    return found


def _specified(text: str) -> str:
    return re.sub(r"%(.?)", lambda found: "%" if found[1] == "%" else LIVE + found[1], text)


def systemd_words(value: str, command: bool = False) -> Iterator[str]:
    at, number = 0, 0
    while True:
        while at < len(value) and value[at] in " \t\n\r":
            at += 1
        if at >= len(value):
            return
        ends = re.match(r";(?:\s|$)", value[at:])
        word, at = _systemd_word(value, at)
        if command:
            word = re.sub(r"\$(.?)", lambda found: "$" if found[1] == "$" else LIVE + found[1], word)
            word = LIVE if ends or (not number and word[:1] in tuple("-@:+!|")) else word
        yield word
        number += 1


def _systemd_word(value: str, at: int) -> tuple[str, int]:
    word, quote = "", ""
    while at < len(value):
        sign = value[at]
        if sign == "\\":
            some, at = _c_unescaped(value, at + 1)
            word += some
            continue
        if quote and sign == quote:
            quote = ""
        elif not quote and sign in "\"'":
            quote = sign
        elif not quote and sign in " \t\n\r":
            break
        else:
            word += sign
        at += 1
    if quote:
        raise Unreadable("a quote is not closed")
    return _specified(word), at


def _c_unescaped(value: str, at: int) -> tuple[str, int]:
    sign = value[at : at + 1]
    if sign in _C_ESCAPES and sign:
        return _C_ESCAPES[sign], at + 1
    for mark, digits in (("x", 2), ("u", 4), ("U", 8)):
        if sign == mark:
            return chr(int(value[at + 1 : at + 1 + digits], 16)), at + 1 + digits
    if octal := _OCTAL.match(value, at):
        return chr(int(octal[0], 8)), at + 3
    raise Unreadable(f"\\{sign} is no escape")


# --- cron, logrotate


def crontab(text: str) -> list[list[str]]:
    """Settings and jobs of a system's crontab; a bare percent sign, which ends a command, is live."""
    found: list[list[str]] = []
    for line in (line.lstrip(" \t") for line in text.split("\n")):
        if not line or line.startswith("#"):
            continue
        if line[0] in "*0123456789@":
            *times, user, command = re.split(r"[ \t]+", line, maxsplit=6)
            found.append(
                [*times, user, re.sub(r"\\%|%", lambda sign: "%" if len(sign[0]) > 1 else LIVE, command)]
            )
        else:
            name, _, value = line.partition("=")
            value = value.strip(_BLANKS)
            quoted = len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]
            found.append([name.strip(_BLANKS), value[1:-1] if quoted else value])
    return found


def logrotate(text: str) -> Tree:
    """Directives outside and inside of stanzas; the logs of a stanza as popt splits them."""
    found: Tree = []
    logs, inside = "", False
    for line in text.split("\n"):
        plain = line.strip(_BLANKS)
        if not plain or plain.startswith("#"):
            continue
        if inside:
            inside = plain != "}"
            found.append(plain.split())
        elif plain.startswith(("/", '"', "'", "\\")) or logs or plain == "{":
            head, opens, _ = plain.rpartition("{") if plain.endswith("{") else (plain, "", "")
            logs += " " + head
            if opens:
                found.append([*_popt(logs)])
                logs, inside = "", True
        else:
            found.append(plain.split())
    if inside or logs:
        raise Unreadable("a stanza is not closed")
    return found


def _popt(text: str) -> Iterator[str]:
    word, quote, began, at = "", "", False, 0
    while at < len(text):
        sign = text[at]
        if quote:
            if sign == quote:
                quote = ""
            elif sign == "\\":
                at += 1
                word += ("" if text[at : at + 1] == quote else "\\") + text[at : at + 1]
            else:
                word += sign
        elif sign in _BLANKS:
            if began:
                yield word
            word, began = "", False
        elif sign in "\"'":
            quote, began = sign, True
        else:
            at += sign == "\\"
            word, began = word + text[at : at + 1], True
        at += 1
    if quote:
        raise Unreadable("a quote is not closed")
    if began:
        yield word
