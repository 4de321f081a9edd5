"""YamlDocument over other people's files: every option of every file can be set, and nothing else moves."""

from __future__ import annotations

import copy
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path as File
from typing import Any

import pytest
import yaml

from wizard.documents.yaml.document import MISSING, REMOVE, Path, Tagged, YamlDocument
from wizard.problems import Refused

FOLDERS = ("galaxy_yml", "uwsgi_yml", "job_conf_yml", "object_store", "celery", "templated")
EACH_ALONE = (
    12  # options of a large file that are changed one by one, in even steps over it; of a small one all
)
SMALL = 2_500  # characters
EACH_GONE = 4


def real_files() -> list[File]:
    """The files that their consumer reads as YAML, and templates of such (which may be none)."""
    folder = os.environ.get("GALAXY_SETUP_CORPUS")
    if not folder:
        return []
    every = (file for name in FOLDERS for file in sorted((File(folder) / name).iterdir()))
    return [file for file in every if ".yml" in file.name or ".yaml" in file.name]


# What real files hold one by one, in one place.
EVERYTHING = """\
%YAML 1.1
---
# a comment with a\ttab
base: &base   # anchored
  one: 1
  mode: 0640
  list: &list [a, 'b, c', "d\\te", {x: 1, y: [2, 3]}]
merged:
  <<: *base
  one: no
aliased: *list
other: !include other.yml
tagged: !secret
  inside: x
folded: >-
  one line
  of two

literal: |+
  # no comment
    deeper

plain: text
  over lines, 12:30
quoted: 'over
  lines, it''s'
? complex key
: [ {a: b}, c ]   # a\ttab
empty:
nothing: ~
dates: [2026-11-21, 2026-11-21T10:11:12Z]
nested:
- - a
  - b: 1
    c: {}
-   d: .inf
    e: "\\u00e9"
    #f: 1
"no": yes
"""
REAL: list[File | str | None] = ["everything"]
REAL += real_files() or [None]


class Loader(yaml.SafeLoader):
    """SafeLoader, and a value for tags that it does not know; `!include` is known to some readers of Galaxy's files."""


class QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same, where values alone are wanted: it has its own mind about errors' places."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Tagged:
    if isinstance(node, yaml.MappingNode):
        return Tagged("!" + suffix, loader.construct_mapping(node, deep=True))
    return Tagged("!" + suffix, node.value)


Loader.add_multi_constructor("!", _tagged)
QuickLoader.add_multi_constructor("!", _tagged)


@lru_cache(maxsize=4)
def load(text: str) -> Any:
    return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader


def _name(file: File | str | None) -> str:
    return f"{file.parent.name}/{file.name}" if isinstance(file, File) else str(file)


@pytest.fixture(params=REAL, ids=_name)
def text(request: pytest.FixtureRequest) -> str:
    if request.param is None:
        pytest.skip("GALAXY_SETUP_CORPUS is not set: no real files here")
    return str(request.param.read_bytes().decode()) if isinstance(request.param, File) else EVERYTHING


def read(text: str) -> tuple[YamlDocument, Any]:
    """The document and PyYAML's value of a text; leaves the test where PyYAML refuses it, and so do we."""
    try:
        value = load(text)
    except yaml.YAMLError as error:
        with pytest.raises(Refused) as refused:
            YamlDocument.parse(text, "a file")
        problem = refused.value.problems[0]
        assert isinstance(error, yaml.MarkedYAMLError)
        mark = error.problem_mark or error.context_mark
        assert mark is not None
        assert (problem.line, problem.column) == (mark.line + 1, mark.column + 1)
        return None, None  # type: ignore[return-value]
    document = YamlDocument.parse(text, "a file")
    assert document.text == text
    assert same(document.get(()), value)
    return document, value


def same(one: Any, other: Any) -> bool:
    return (one is MISSING and other is None) or repr(one) == repr(other)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no section of its own."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    elif path:
        yield path, value


def another(value: Any) -> Any:
    """A value of the same type, a different one, and not an easy one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"other: '{value[:40]}' # {{x}}"
    return "no"


def changed(value: Any, changes: dict[Path, Any]) -> Any:
    """PyYAML's value with changes made to it: what PyYAML has to read afterwards."""
    made = yaml_copy(value)
    for path, new in sorted(changes.items(), key=lambda change: repr(change[0]), reverse=True):
        at = made
        for step in path[:-1]:
            at = at[step]
        if new is REMOVE:
            del at[path[-1]]
        else:
            at[path[-1]] = new
    return made


def yaml_copy(value: Any) -> Any:
    """A copy in which what an anchor shares is shared no more."""
    if isinstance(value, dict):
        return {key: yaml_copy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [yaml_copy(each) for each in value]
    return copy.copy(value)


def outside(document: YamlDocument, paths: list[Path]) -> list[str]:
    """The lines of a document without those of the entries at `paths`."""
    own = {line for path in paths for line in document.lines(path) or ()}
    return [row for line, row in enumerate(document.text.splitlines(), 1) if line not in own]


def inherited(document: YamlDocument, path: Path) -> Path | None:
    """The part of a path that comes from elsewhere in the file by `<<`, if any; it is overridden, not changed."""
    for length in range(1, len(path)):
        around, inside = document.lines(path[:length]), document.line(path[: length + 1])
        if around is not None and inside is not None and inside not in around:
            return path[: length + 1]
    return None


def own(document: YamlDocument, path: Path) -> Path:
    """The entry whose text says what stands at a path: one that is an alias speaks for all that it brings."""
    for length in range(1, len(path)):
        span = document.value_span(path[:length])
        if span is not None and document.text[slice(*span)].startswith("*"):
            return path[:length]
    return path


def check(document: YamlDocument, value: Any, changes: dict[Path, Any]) -> str | None:
    """Make the changes, and see that only their lines changed; None if the document refuses for a good reason."""
    try:
        result = document.edit(changes)
    except Refused as refused:
        assert "shared" in str(refused) or "<<" in str(refused), refused  # an anchor that others use
        return None
    assert yaml.load(result, QuickLoader) == changed(value, changes)  # noqa: S506 - a SafeLoader
    after = YamlDocument.parse(result)
    places = [own(document, path) for path in changes]
    overriding = [part for path in places if (part := inherited(document, path))]
    changing = [path for path in places if not inherited(document, path)]
    assert outside(after, changing + overriding) == outside(document, changing)
    return result


def test_it_is_read_as_pyyaml_reads_it(text: str) -> None:
    document, _ = read(text)
    if document is not None and not document.unknown_tags():
        yaml.safe_load(text)
    elif document is not None:
        with pytest.raises(yaml.constructor.ConstructorError) as refused:
            yaml.safe_load(text)
        assert refused.value.problem_mark is not None
        assert document.unknown_tags()[0][0] == refused.value.problem_mark.line + 1


def test_what_is_in_one_place_is_read() -> None:
    document, value = read(EVERYTHING)
    assert document is not None
    assert len(list(leaves(value))) > 30


COMMENTED = """\
# first
  # a second, indented

a: 1 # its own
\t
#no space
b: {c: 2, # in a flow
  # and on a line there

    d: [3,
#
    4]}
# "'&*

e: |
  # text
# not
f:
  # below
  - g
# between
  - h # {
# last"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff", "#\n", "\ufeff#\n", " # \n\n#"])
@pytest.mark.parametrize("tab", ["", "\t"])
def test_comments_are_passed_over_wherever_pyyaml_does(begin: str, end: str, tab: str) -> None:
    document, value = read((begin + COMMENTED.replace("\t", tab)).replace("\n", end))
    if not tab:
        lines = [document.line((name,)) for name in value]
        above = begin.count("\n")
        assert lines == [above + n for n in (4, 7, 15, 18)]


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def by_threads(ask: Callable[[], Any]) -> list[Any]:
    """What four threads are told that ask at once."""
    at_once = threading.Barrier(4)
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: (at_once.wait(), ask())[1], range(4)))


@pytest.mark.usefixtures("hasty")
def test_threads_may_read_one_document_at_once() -> None:
    wanted = load(EVERYTHING)
    for _ in range(30):
        document = YamlDocument.parse(EVERYTHING)
        assert all(same(told, wanted) for told in by_threads(partial(document.get, ())))


@pytest.mark.usefixtures("hasty")
def test_threads_may_look_for_comments_at_once() -> None:
    text = "galaxy:\n" + "".join(f"  #option{number}: x\n" for number in range(2000))
    for _ in range(10):
        document = YamlDocument.parse(text)
        found = by_threads(partial(document.commented_spans, ("galaxy", "option1999")))
        assert [len(spans) for spans in found] == [1, 1, 1, 1]


BROKEN = [
    "a: 1\n---\nb: 2\n",
    "a:\n  b: *x\n",
    "a: &x 1\nb: &x 2\n",
    "a: {[b]: c}\n",
    "<<: 1\n",
    "a: b\n\tc: d\n",
    'a: "\\q"\n',
    "a: [b\nc: d\n",
    "a: b: c\r\n",
    "%YAML 3.0\n---\na: b\n",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_refusal_names_the_line_and_column_that_pyyaml_names(broken: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as theirs:
        yaml.safe_load(broken)
    with pytest.raises(Refused) as ours:
        YamlDocument.parse(broken, "a file").get(())
    mark = theirs.value.problem_mark
    assert mark is not None
    problem = ours.value.problems[0]
    assert (problem.line, problem.column) == (mark.line + 1, mark.column + 1)


def test_setting_an_option_to_what_it_is_changes_nothing(text: str) -> None:
    document, value = read(text)
    for path, each in leaves(value):
        assert document.edit({path: each}) == text, path


def test_each_option_can_be_changed_alone(text: str) -> None:
    document, value = read(text)
    options = list(leaves(value))
    for path, each in options[:: 1 + len(options) // EACH_ALONE if len(text) > SMALL else 1]:
        check(document, value, {path: another(each)})


def test_all_options_can_be_changed_at_once(text: str) -> None:
    document, value = read(text)
    changes = {path: another(each) for path, each in leaves(value)}
    if not changes or check(document, value, changes) is not None:
        return
    # What `<<` brings can be overridden where it is used, though not changed where it is shared.
    overrides = {path: new for path, new in changes.items() if inherited(document, path)}
    assert overrides and check(document, value, overrides) is not None


def test_each_option_can_be_removed_with_its_own_lines(text: str) -> None:
    document, value = read(text)
    options = [path for path, _ in leaves(value) if stands_alone(path, value, document)]
    for path in options[:: 1 + len(options) // EACH_GONE]:
        check(document, value, {path: REMOVE})


def stands_alone(path: Path, value: Any, document: YamlDocument) -> bool:
    """Whether an entry can go with its lines and no others: not the last of its section, nor what an item starts with.

    A key that is repeated goes with all of its lines; uWSGI's repeated keys are left to UwsgiSection.
    """
    around = value
    for step in path[:-1]:
        around = around[step]
    key, line = str(path[-1]), document.line(path)
    if line is None or len(around) < 2 or path[0] == "uwsgi":
        return False
    starts_line = document.text.splitlines()[line - 1].strip("\"' ").startswith(key)
    repeated = len(path) == 1 and len(re.findall(rf"^{key}:", document.text, re.MULTILINE)) > 1
    return isinstance(path[-1], str) and starts_line and not repeated


def test_windows_line_ends_and_a_missing_final_newline_are_kept(text: str) -> None:
    windows = text.replace("\r\n", "\n").replace("\n", "\r\n").rstrip("\r\n")
    document, value = read(windows)
    options = list(leaves(value))
    for path, each in options[:: 1 + len(options) // EACH_GONE]:
        result = check(document, value, {path: another(each)})
        assert result is None or "\n" not in result.replace("\r\n", "")
