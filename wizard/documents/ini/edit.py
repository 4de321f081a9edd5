"""From changes of an INI file to the splices that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from wizard.documents.ini.lines import Block, Comment, Dialect, Option, Part
from wizard.documents.tree import REMOVE, Path
from wizard.problems import Problem, Refused

if TYPE_CHECKING:
    from wizard.documents.ini.document import IniDocument

Content = dict[str, dict[str, tuple[str, ...]]]

_SEPARATORS = ("=", " = ", "= ", ":", ": ", " : ")
_CONTINUED = "    "


@dataclass(frozen=True)
class _Wanted:
    """The values that an option is to have; none: it goes."""

    section: str
    name: str
    values: tuple[str, ...]


def edited(document: IniDocument, changes: Mapping[Path, Any]) -> tuple[str, Content]:
    """The text with `changes` made, and what it must read as. Raises Refused, naming the path."""
    editor = _Editor(document)
    for path, value in changes.items():
        if len(path) == 1:
            editor.section(str(path[0]), value)
        else:
            editor.option(_wanted(document, path, value))
    return editor.finish()


def unsayable(value: str, dialect: Dialect) -> str | None:
    """What keeps `value` from standing in a file of that dialect, in words; None: nothing does."""
    if "\r" in value or (not dialect.continues and "\n" in value):
        return "a line break"
    first, *more = value.split("\n")
    if first != first.strip(dialect.spaces) or any(part != part.strip() for part in more):
        return "white space at the end or the beginning of a line"
    if any(part[:1] in ("#", ";") for part in more):
        return "a line that would be a comment"
    if more and not more[-1]:
        return "an empty line at its end"
    for part in (first, *more):
        for place, sign in enumerate(part):
            if sign in dialect.inline_comments and (place == 0 or part[place - 1].isspace()):
                return f"a {sign} behind white space, which would begin a comment"
    return None


def _wanted(document: IniDocument, path: Path, value: Any) -> _Wanted:
    name = ".".join(map(str, path))
    if len(path) != 2 or not all(isinstance(step, str) for step in path):
        raise Refused(Problem(f"{name or 'the file'} is no option of a section", document.file))
    section, key = map(str, path)
    if value is REMOVE:
        return _Wanted(section, key, ())
    values = value if isinstance(value, (tuple, list)) and document.dialect.repeats else (value,)
    for each in values:
        if not isinstance(each, str):
            raise Refused(
                Problem(
                    f"{name}: an INI file holds text, and no such value", document.file, document.line(path)
                )
            )
        fault = unsayable(each, document.dialect)
        if fault is not None:
            raise Refused(
                Problem(
                    f"{name} holds {fault}; {document.dialect.consumer} has no way to write it", document.file
                )
            )
    return _Wanted(section, key, tuple(values))


class _Editor:
    """Collects splices (start, end, new text). Those at one place keep the order in which they came."""

    def __init__(self, document: IniDocument) -> None:
        self.document, self.lines = document, document.text_lines
        self.content = document.content()
        self._splices: list[tuple[int, int, str]] = []
        self._new: dict[str, list[str]] = {}
        self._taken: set[int] = set()

    def finish(self) -> tuple[str, Content]:
        text = self.document.text
        pieces, last = [], 0
        for start, end, new in sorted(self._splices, key=lambda splice: splice[:2]):
            if start < last and end <= last:
                continue  # inside of what already goes
            pieces += [text[last:start], new]
            last = end
        made = "".join([*pieces, text[last:]])
        for section, options in self._new.items():
            made += self._eol_after(made) + (self.lines.eol if made else "")
            made += "".join(line + self.lines.eol for line in (f"[{section}]", *options))
        return made, self.content

    def _eol_after(self, text: str) -> str:
        return "" if not text or text.endswith(("\n", "\r")) else self.lines.eol

    # -- sections

    def section(self, name: str, value: Any) -> None:
        blocks = [block for block in self.document.blocks if block.section == name and block.line >= 0]
        if value is REMOVE:
            for block in blocks:
                self._cut(block.line, block.last_line)
            self.content.pop(name, None)
            return
        if not isinstance(value, Mapping):
            raise Refused(Problem(f"{name} is a section, and takes options", self.document.file))
        for key in [
            key for key in self.content.get(name, {}) if key not in map(self.document.dialect.fold, value)
        ]:
            self.option(_Wanted(name, key, ()))
        if not blocks and name not in self._new:
            self._new[name] = []
            self.content.setdefault(name, {})
        for key, each in value.items():
            self.option(_wanted(self.document, (name, key), each))

    # -- options

    def option(self, wanted: _Wanted) -> None:
        document, section, name = self.document, wanted.section, wanted.name
        own = document.own(section, name)
        if not wanted.values and document.inherits(section, name):
            default = document.dialect.default_section
            raise Refused(
                Problem(
                    f"{section}.{name} comes from [{default}], for other sections too",
                    document.file,
                    document.line((str(default), name)),
                    way_out="take it out there by hand",
                )
            )
        if document.values((section, name)) == wanted.values:
            return
        if not document.dialect.repeats:
            own = own[-1:] if wanted.values else own
        held = [option.value for option in own]
        matcher = SequenceMatcher(None, held, wanted.values, autojunk=False)
        for kind, first, last, new_first, new_last in matcher.get_opcodes():
            new = wanted.values[new_first:new_last] if kind != "equal" else ()
            for option, value in zip(own[first:last], new, strict=False):
                self._change(option, value)
            for option in own[first + len(new) : last] if kind != "equal" else ():
                for part in option.parts:
                    self._cut(part.line, part.line)
            if first == 0 and own and last == 0:
                self._insert(own[0].line - 1, self._more(new, own[0]))
            else:
                self._add(section, name, new[last - first :], own[:last])
        options = self.content.setdefault(section, {})
        if wanted.values:
            options[document.dialect.fold(name)] = wanted.values
        else:
            options.pop(document.dialect.fold(name), None)
            if not document.blocks or section not in {block.section for block in document.blocks}:
                self.content.pop(section)

    def _change(self, option: Option, value: str) -> None:
        first, *more = value.split("\n")
        self._replace(option, option.parts[0], first)
        old = option.parts[1:]
        head = 0
        while head < min(len(old), len(more)) and old[head].text == more[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(more)) - head and old[-1 - tail].text == more[-1 - tail]:
            tail += 1
        between, new = old[head : len(old) - tail], more[head : len(more) - tail]
        for part, text in zip(between, new, strict=False):
            self._replace(option, part, text)
        for part in between[len(new) :]:
            self._cut(part.line, part.line)
        if len(new) > len(between):
            after = between[-1] if between else option.parts[head]
            indent = self._continuation(option)
            self._insert(after.line, [indent + text if text else "" for text in new[len(between) :]])

    def _continuation(self, option: Option) -> str:
        for part in option.parts[1:]:
            if part.text:
                return self.document.text[self.lines.starts[part.line] : part.start]
        return option.indent + _CONTINUED

    def _replace(self, option: Option, part: Part, text: str) -> None:
        if part.text == text:
            return
        before = ""
        if part.line == option.line and text:
            before = (
                " = " if not option.separator else "" if part.text or option.separator[-1:] in " \t" else " "
            )
        elif part.line != option.line and not part.text:
            before = self._continuation(option)
        behind = self.document.text[part.end : self.lines.ends[part.line]]
        after = " " if text and behind and not behind[0].isspace() else ""
        self._splices.append((part.start, part.end, before + text + after))

    def _add(self, section: str, name: str, values: Sequence[str], own: Sequence[Option]) -> None:
        """Options that are new: beside those of their name, in place of a comment, or at the end of the section."""
        if not values:
            return
        blocks = [block for block in self.document.blocks if block.section == section]
        if section in self._new or not blocks:
            self._new.setdefault(section, []).extend(
                line for value in values for line in self._composed("", f"{name} = ", value)
            )
            return
        if own:
            self._insert(own[-1].last_line, self._more(values, own[-1]))
            return
        comment = self._commented(self.document.dialect.fold(name), blocks)
        block = next((block for block in reversed(blocks) if block.options), blocks[-1])
        if comment is not None:
            block = next(each for each in blocks if each.line < comment.line < each.stop)
            head = self.document.text[comment.start : comment.value_start]
            head += "" if head[-1:] in " \t" or "= " in head or comment.value_start < comment.span[1] else " "
            indent = self._indent(block, comment.line)
            lines = [line for v in values for line in self._composed(indent, head, v)]
            self._taken.add(comment.line)
            start, end = self.lines.starts[comment.line], self.lines.ends[comment.line]
            self._splices.append((start, end, self.lines.eol_of(comment.line).join(lines)))
            return
        indent = self._indent(block, block.last_line + 1)
        separator = block.options[-1].separator if block.options else ""
        head = name + (separator if separator in _SEPARATORS else " = ")
        self._insert(block.last_line, [line for v in values for line in self._composed(indent, head, v)])

    def _more(self, values: Sequence[str], like: Option) -> list[str]:
        """The lines of more values beside one that is there."""
        return [line for value in values for line in self._composed(like.indent, f"{like.name} = ", value)]

    def _commented(self, key: str, blocks: Sequence[Block]) -> Comment | None:
        """The commented line of an option in its section: the first that looks least like prose."""
        found = [
            comment
            for comment in self.document.comments
            if comment.key == key and comment.assigns and not comment.inside and comment.line not in self._taken
            and any(block.line < comment.line < block.stop for block in blocks)
        ]  # fmt: skip
        return min(found, key=lambda comment: (not comment.tight, comment.line), default=None)

    def _indent(self, block: Block, line: int) -> str:
        """What a new option at `line` must be indented by, so that neither it nor what follows goes on a value."""
        before = [option for option in block.options if option.last_line < line]
        if before:
            return before[-1].indent
        if block.options:
            return block.options[0].indent
        following = self.document.blocks.index(block) + 1
        return self.document.blocks[following].indent if following < len(self.document.blocks) else ""

    def _composed(self, indent: str, head: str, value: str) -> list[str]:
        first, *more = value.split("\n")
        return [
            (indent + head + first).rstrip(" ") if not first else indent + head + first,
            *(indent + _CONTINUED + text if text else "" for text in more),
        ]

    def _insert(self, line: int, new: Sequence[str]) -> None:
        """New lines below `line` (from 0; -1: at the top)."""
        stop = self.lines.stops[line] if line >= 0 else 0
        eol = self.lines.eol_of(line)
        lines = (
            (text + eol for text in new) if line < 0 or self.lines.has_eol(line) else (eol + t for t in new)
        )
        self._splices.append((stop, stop, "".join(lines)))

    def _cut(self, first: int, last: int) -> None:
        self._splices.append((self.lines.starts[first], self.lines.stops[last], ""))
