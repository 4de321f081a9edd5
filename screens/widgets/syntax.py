"""The colours of a line of configuration: names and comments, told by the line alone. Signs say all that they say."""

from __future__ import annotations

import re

from textual.content import Content

NAME = "$accent"
COMMENT = "$muted"

_YAML = re.compile(r"(?P<comment>\s*#.*)|\s*(?:- )*(?P<name>[\w.\"'/-]+)(?=\s*:(?:\s|$))")
_INI = re.compile(r"(?P<comment>\s*[#;].*)|(?P<name>\[.*\]|\s*[\w.:-]+(?=\s*=))")
_DIRECTIVES = re.compile(r"(?P<comment>\s*#.*)|\s*(?P<name></?\w+|[A-Za-z_]\w*)")
_LATER_COMMENT = re.compile(r"(?<=\s)#\s.*$")


def highlighted(text: str, path: str, style: str = "") -> Content:
    """`text`, a line of the file `path`, in `style` with its name and its comment in theirs."""
    content = Content.styled(text, style) if style else Content(text)
    pattern = _pattern(path)
    found = pattern.match(text) if pattern is not None else None
    if found is None:
        return content
    if found["comment"] is not None:
        return content.stylize(COMMENT)
    content = content.stylize(NAME, *found.span("name"))
    later = _LATER_COMMENT.search(text, found.end())
    return content.stylize(COMMENT, *later.span()) if later is not None else content


def _pattern(path: str) -> re.Pattern[str] | None:
    """How the lines of a file are told apart, by its name and place."""
    if path.endswith((".yml", ".yaml")):
        return _YAML
    if "/nginx" in path or "/apache2" in path or "/httpd" in path:
        return _DIRECTIVES
    return _INI if path.endswith((".ini", ".service", ".target", ".toml", ".cfg", ".conf")) else None
