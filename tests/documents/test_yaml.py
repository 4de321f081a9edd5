"""What YamlDocument promises: it reads as PyYAML does, and an edit changes the lines of its entries and no others."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.documents.yaml.document import MISSING, REMOVE, Path, Tagged, YamlDocument
from wizard.problems import Refused

SAMPLE = """\
# Configuration for Gravity.
gravity:

  # Process manager to use.
  # Valid options are: supervisor, systemd
  # process_manager:

  # umask under which services run.
  # umask: '022'

  # Configuration for Gunicorn.
  gunicorn:

    # The socket to bind.
    # bind: the words of this line are prose
    # and this line is too.
    # bind: localhost:8080

    # workers: 1

  # Configuration for Celery Processes.
  celery:

    # concurrency: 2

  # handlers: {}
galaxy:

  # When to remove the job directory: cleanup_job
  # Note: this is text
  #cleanup_job: always

  # Configuration of Celery.
  #celery_conf:
  #  broker_url: null
  #  result_backend: null
  #  task_routes:
  #    galaxy.fetch_data: galaxy.external

  #brand: null
"""


def edit(text: str, changes: dict[Path, Any]) -> str:
    """Edit, and check by PyYAML that each change is there."""
    result = YamlDocument.parse(text, "galaxy.yml").edit(changes)
    for path, value in changes.items():
        assert at(yaml.safe_load(result), path) == (MISSING if value is REMOVE else value)
    return result


def at(value: Any, path: Path) -> Any:
    for step in path:
        inside = (
            step in value if isinstance(value, dict) else isinstance(value, list) and int(step) < len(value)
        )
        if not inside:
            return MISSING
        value = value[step]
    return value


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def identical(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and one.keys() != other.keys():
        return False
    if isinstance(one, (dict, list)):
        pairs = (
            [(one[key], other[key]) for key in one]
            if isinstance(one, dict)
            else zip(one, other, strict=False)
        )
        return len(one) == len(other) and all(identical(*pair) for pair in pairs)
    return bool(one == other) or one != one


# -- reading


PLAIN = """
no No NO nO yes y n on Off true TRUE tRue null ~ Null NULL nULL = a=b -x --x localhost:8080 127.0.0.1 1.2.3 22.05
0640 0o640 640 12:30 12:99 1:2:3 1:2.5 1e3 1.0e3 1.0e+3 1_000 0x1F 0b101 -0b1 +1 -1 08 0_8 0_7 .5 5. +.5 inf
-.inf .inf .Inf .nan .NaN 2026-11-21 2026-1-2 2026-11-21T10:11:12Z 2026-11-21T10:11:12.25+02:30
"""


@pytest.mark.parametrize("plain", PLAIN.split())
def test_a_plain_scalar_reads_as_pyyaml_reads_it(plain: str) -> None:
    text = f"key: {plain}\n"
    try:
        expected = yaml.safe_load(text)["key"]
    except yaml.YAMLError:  # `=`: SafeLoader has no type for it
        assert YamlDocument.parse(text).get(("key",)) == Tagged("tag:yaml.org,2002:value", plain)
        return
    assert identical(YamlDocument.parse(text).get(("key",)), expected)


@given(st.text(alphabet="0123456789_.:-+eExXbonyNaAfFT~=<ZO ", min_size=1, max_size=12))
def test_any_number_like_scalar_reads_as_pyyaml_reads_it(plain: str) -> None:
    text = f"key: {plain}\n"
    try:
        expected = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, AttributeError):
        return
    assert identical(YamlDocument.parse(text).get(()), expected)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\n",
        "base: &b\n  p: 1\nmore: &m\n  p: 2\n  q: 5\nboth:\n  <<: [*b, *m]\n  r: 3\n",
        "a: &a\n  k: 1\nb: &b\n  <<: *a\n  l: 2\nc:\n  m: 3\n  <<: *b\n  k: 4\n",
        "a: 1\nb: 2\na: 3\n",
        "a: !!str 5\nb: !!int '7'\nc: !!float 1\nd: !!bool yes\ne: !!binary aGk=\nf: ! 5\n",
        "8080: port\nno: word\nnull: nothing\n1.5: f\n",
        "? a\n: b\n? c\n",
        "a: |\n  x\n\n  y\n\nb: >-\n  one\n  two\nc: |+\n  z\n\n\nd: 'it''s'\ne: \"\\u00e9\\n\"\n",
        "- 1\n-\n- - a\n  - b\n- k: v\n  l:\n",
        "\ufeffa: 1\n",
        "--- {a: [1, 2, {b: c}], 'd': , e}\n...\n",
        "a: one\n  two\n  three\n",
        "a: |-\n   \n    no\nb: >+\n \n   yes\n\n",
    ],
)
def test_every_construct_reads_as_pyyaml_reads_it(text: str) -> None:
    document = YamlDocument.parse(text)
    expected = yaml.safe_load(text)
    assert identical(document.get(()), expected)
    for path, value in walk(expected):
        assert identical(document.get(path), value)
    assert document.text == text


def test_a_key_without_value_is_none_and_an_absent_key_is_missing() -> None:
    document = YamlDocument.parse("gravity:\n  gunicorn:\n  # celery:\n")
    assert document.get(("gravity", "gunicorn")) is None
    assert document.get(("gravity", "celery")) is MISSING
    assert YamlDocument.parse("# nothing\n").get(()) is MISSING


def test_an_unknown_tag_gives_an_opaque_value_equal_to_itself() -> None:
    text = "a: !include other.yml\nb: !vault\n  k: 1\nc: 1\n"
    document = YamlDocument.parse(text)
    assert document.get(("a",)) == Tagged("!include", "other.yml") == YamlDocument.parse(text).get(("a",))
    assert document.get(("a",)) != Tagged("!include", "another.yml")
    assert document.edit(
        {("a",): document.get(("a",)), ("b",): document.get(("b",)), ("c",): 2}
    ) == text.replace("c: 1", "c: 2")


def test_positions_name_lines_and_spans() -> None:
    text = "a: 1\nb:\n  # why\n  - x: |\n      one\n      two\n\n    y: 2 # c\n  - z\nempty:\n"
    document = YamlDocument.parse(text)
    assert document.line(("b",)) == 2
    assert document.lines(("b",)) == range(2, 10)
    assert document.lines(("b", 0, "x")) == range(4, 7)
    assert document.line(("b", 1)) == 9
    start, end = document.value_span(("b", 0, "y")) or (0, 0)
    assert text[start:end] == "2"
    assert document.value_span(("empty",)) == (len(text) - 1, len(text) - 1)
    assert document.lines(("nothing",)) is None and document.line(("b", 7)) is None
    assert document.keys(()) == ("a", "b", "empty")
    assert document.keys(("a",)) == ()


def test_a_key_that_yaml_takes_for_another_type_is_found_by_its_spelling() -> None:
    document = YamlDocument.parse("no: 1\n8080: 2\n")
    assert document.keys(()) == ("no", "8080")
    assert document.get(("no",)) == 1 and document.get(("8080",)) == 2 and document.get((8080,)) == 2
    assert document.edit({("no",): 5}) == "no: 5\n8080: 2\n"


def test_commented_secrets_are_found_in_their_section_only() -> None:
    text = (
        "galaxy:\n  #id_secret: abc  \n  # id_secret: 'd e'\n  a: 1\n  ##id_secret: x\n"
        "other:\n  #id_secret: no\n#id_secret:\n#  nested: y\n"
    )
    document = YamlDocument.parse(text)
    assert [text[start:end] for start, end in document.commented_spans(("galaxy", "id_secret"))] == [
        "abc",
        "'d e'",
        "x",
    ]
    assert document.commented_spans(("galaxy", "nope")) == []
    assert len(document.commented_spans(("gone", "id_secret"))) == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [\n", 3),
        ("a: 1\n  b: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: &x 1\nb: &x 2\n", 2),
        ("a: 1\nb: &:\n", 2),
        ("a: &é 1\n", 1),
        ("a: 1\nb: \x07\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\n# odd\u2028b: 2\n", 2),
        ("a: " + "[" * 5000 + "]" * 5000, 1),
    ],
)
def test_broken_text_is_refused_with_its_place(text: str, line: int) -> None:
    with pytest.raises(Refused) as caught:
        YamlDocument.parse(text, "galaxy.yml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("galaxy.yml", line)
    assert problem.what and problem.way_out


@pytest.mark.parametrize(
    "text",
    [
        "a: !!int five\n",
        "a: &a [*a]\n",
        "a: &a {<<: *a}\n",
        "<<: 5\na: 1\n",
        "a: 2026-99-99\n",
        "? [1]\n: 2\n",
    ],
)
def test_values_that_pyyaml_cannot_build_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        YamlDocument.parse(text, "galaxy.yml").get(())


def test_aliases_of_aliases_cost_no_more_than_their_text() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 60))
    document = YamlDocument.parse(text)
    assert document.edit({("a0",): ["x"], ("new",): 1}) == text + "new: 1\n"


# -- where a new option goes


def test_an_option_goes_onto_its_commented_line() -> None:
    assert edit(
        SAMPLE, {("galaxy", "cleanup_job"): "onsuccess", ("gravity", "process_manager"): "systemd"}
    ) == replaced(
        SAMPLE,
        ("  #cleanup_job: always\n", "  cleanup_job: onsuccess\n"),
        ("  # process_manager:\n", "  process_manager: systemd\n"),
    )


def test_a_commented_default_that_is_the_answer_is_only_uncommented() -> None:
    assert edit(SAMPLE, {("galaxy", "cleanup_job"): "always"}) == SAMPLE.replace(
        "#cleanup_job", "cleanup_job"
    )


def test_the_quotes_of_a_commented_default_are_kept() -> None:
    assert edit(SAMPLE, {("gravity", "umask"): "027"}) == SAMPLE.replace("# umask: '022'", "umask: '027'")


def test_children_of_an_empty_section_go_onto_their_commented_lines() -> None:
    assert edit(
        SAMPLE, {("gravity", "gunicorn", "bind"): "unix:/g.sock", ("gravity", "gunicorn", "preload"): True}
    ) == (
        replaced(
            SAMPLE,
            ("    # bind: localhost:8080\n", "    bind: unix:/g.sock\n"),
            ("  gunicorn:\n", "  gunicorn:\n    preload: true\n"),
        )
    )


def test_prose_is_not_an_option() -> None:
    result = edit(SAMPLE, {("galaxy", "Note"): "x", ("gravity", "Valid"): 1})
    assert "  # Valid options are: supervisor, systemd\n" in result
    assert "# and this line is too.\n" in edit(SAMPLE, {("gravity", "gunicorn", "bind"): "x"})
    assert "# bind: the words of this line are prose\n" in edit(
        SAMPLE, {("gravity", "gunicorn", "bind"): "x"}
    )


def test_a_comment_that_prose_follows_is_left_alone() -> None:
    text = "galaxy:\n  # brand: what users see\n  # in the header.\n  a: 1\n"
    assert edit(text, {("galaxy", "brand"): "x"}) == text + "  brand: x\n"


def test_a_commented_block_is_replaced_as_a_whole() -> None:
    block = SAMPLE[SAMPLE.index("  #celery_conf:") : SAMPLE.index("\n  #brand")]
    value = {
        "result_backend": None,
        "task_routes": {"galaxy.fetch_data": "galaxy.external"},
        "broker_url": "redis://h",
    }
    assert edit(SAMPLE, {("galaxy", "celery_conf"): value}) == SAMPLE.replace(
        block,
        "  celery_conf:\n    broker_url: redis://h\n    result_backend: null\n"
        "    task_routes:\n      galaxy.fetch_data: galaxy.external\n",
    )


def test_an_option_below_a_commented_section_brings_the_section_back() -> None:
    block = SAMPLE[SAMPLE.index("  #celery_conf:") : SAMPLE.index("\n  #brand")]
    assert edit(SAMPLE, {("galaxy", "celery_conf", "broker_url"): "redis://h"}) == SAMPLE.replace(
        block, "  celery_conf:\n    broker_url: redis://h\n"
    )
    assert edit(SAMPLE, {("gravity", "handlers", "h", "processes"): 3}) == SAMPLE.replace(
        "  # handlers: {}\n", "  handlers:\n    h:\n      processes: 3\n"
    )


def test_an_unknown_option_goes_after_the_last_of_its_section_and_before_what_follows() -> None:
    text = "galaxy:\n  a: 1\n  b:\n    c: 2\n    # of c\n\n  # about d\n  #d: 1\n\n# other\nother:\n  x: 1\n"
    assert edit(text, {("galaxy", "new"): "v"}) == text.replace("    # of c\n", "    # of c\n  new: v\n")
    assert edit(text, {("galaxy", "b", "e"): 1}) == text.replace("    # of c\n", "    e: 1\n    # of c\n")


def test_a_commented_key_inside_another_section_is_not_the_sections_own() -> None:
    text = "galaxy:\n  a: 1\n#gravity:\n  b: 2\n"
    assert edit(text, {("gravity", "x"): 1}) == text + "\ngravity:\n  x: 1\n"


def test_a_missing_section_is_appended_after_a_blank_line() -> None:
    assert edit("galaxy:\n  a: 1\n", {("gravity", "x"): 1}) == "galaxy:\n  a: 1\n\ngravity:\n  x: 1\n"
    assert edit("galaxy:\n    a: 1", {("g", "x", "z"): 1}) == "galaxy:\n    a: 1\n\ng:\n    x:\n        z: 1"
    assert edit("", {("galaxy", "a"): 1}) == "galaxy:\n  a: 1\n"
    assert edit("# why\n", {("galaxy", "a"): 1}) == "# why\n\ngalaxy:\n  a: 1\n"
    assert edit("#galaxy:\n#  a: 5\n", {("galaxy", "a"): 1}) == "galaxy:\n  a: 1\n"
    assert edit("---\ngalaxy: {}\n...\n", {("g",): [1]}) == "---\ngalaxy: {}\n\ng:\n  - 1\n...\n"


@pytest.mark.parametrize(
    "empty", ["galaxy:", "galaxy: {}", "galaxy: null", "galaxy: ~ # why", "galaxy: # why"]
)
def test_an_empty_section_gets_children_on_lines_of_their_own(empty: str) -> None:
    comment = " # why" if "#" in empty else ""
    assert edit(f"{empty}\nb: 1\n", {("galaxy", "a"): 1}) == f"galaxy:{comment}\n  a: 1\nb: 1\n"


def test_indentation_is_that_of_the_siblings() -> None:
    text = "galaxy:\n   a:\n        b: 1\n   l:\n   - 1\n"
    assert edit(text, {("galaxy", "c", "d"): 1, ("galaxy", "m"): [1]}) == text + (
        "   c:\n        d: 1\n   m:\n   - 1\n"
    )


# -- what a changed value keeps


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("k: a # why", "b", "k: b # why"),
        ("k: 'a' #\twhy", "b", "k: 'b' #\twhy"),
        ('k: "a"', "b", 'k: "b"'),
        ("k: 'a'", 5, "k: 5"),
        ("k: 8080", "8080", "k: '8080'"),
        ("k: a", "a\nb", 'k: "a\\nb"'),
        ("k:   # why", "b", "k: b   # why"),
        ("k: a", None, "k: null"),
        ("k: a", {}, "k: {}"),
        ("k: a # why", {"x": 1}, "k: # why\n  x: 1"),
        ("k: [1, 2] # why", ["1"], "k: ['1'] # why"),
        ("k: [1, 2, 3]", [1, 9, 3], "k: [1, 9, 3]"),
        ("k: [1, 2, 3]", [1, 3], "k: [1, 3]"),
        ("k: [1, 2, 3]", [0, 1, 2, 3], "k: [0, 1, 2, 3]"),
        ("k: {a: 1, b: 2}", {"b": 2, "c": "x, y"}, "k: {b: 2, c: 'x, y'}"),
        ("k: [1]", {"x": 1}, "k:\n  x: 1"),
        ("k: |\n  one\n\n  two\n", "b", "k: b\n"),
        ("k: |- # why\n  one\n  two", "b", "k: b # why"),
        ("k: >\n  one\n", {"x": 1}, "k:\n  x: 1\n"),
        ("k: one\n  two # why", "b", "k: b # why"),
        ("k:\n  one", "b", "k: b"),
        ("k:\n  x: 1\n  y: 2", 5, "k: 5"),
        ("k:\n  x: 1\n  # y\n  y: 2 # why", {"y": 2}, "k:\n  # y\n  y: 2 # why"),
        ("k: &a 1", 2, "k: 2"),
        ("k: !include x", 2, "k: 2"),
        ("k: 1\nk: 2", 3, "k: 1\nk: 3"),
        ("k: {x}", {"x": 1}, "k: {x: 1}"),
        ('k: {"x":1}', {"x": "z"}, 'k: {"x":z}'),
        ("k:\n- a # 1\n- b # 2\n- c # 3", ["a", "c"], "k:\n- a # 1\n- c # 3"),
        ("k:\n  - a # 1\n  # of c\n  - c # 3", ["a", "b", "c"], "k:\n  - a # 1\n  - b\n  # of c\n  - c # 3"),
        ("k:\n  - a # 1", ["z", "a"], "k:\n  - z\n  - a # 1"),
        ("k:\n  - i: 1 # 1\n    j: 2 # 2", [{"i": 1, "j": 3}], "k:\n  - i: 1 # 1\n    j: 3 # 2"),
        ("k:\n  - i: 1\n    j: 2", [{"j": 2}], "k:\n  - j: 2"),
        ("k:\n  -", [{"i": 1, "j": [2]}], "k:\n  - i: 1\n    j:\n      - 2"),
        ("k:\n  - - a\n    - b", [["b"]], "k:\n  - - b"),
        ("k:\n  - - a\n    - b", [["a", "b", "c"], []], "k:\n  - - a\n    - b\n    - c\n  - []"),
        ("k: [[1], {a: 1}]", [[1, 2], {}], "k: [[1, 2], {}]"),
        ("k: []", [1, [2]], "k:\n  - 1\n  - - 2"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_changed_value_keeps_what_it_can(before: str, value: Any, after: str, newline: str) -> None:
    rest = "# end\nz: [ 1,2 ]   # odd\n"
    for around in ("", "\n" + rest):
        if around and before.endswith("\n"):
            around = rest
        text = ("first: 0\n" + before + around).replace("\n", newline)
        assert edit(text, {("k",): value}) == ("first: 0\n" + after + around).replace("\n", newline)


def test_one_item_is_addressed_by_its_index() -> None:
    text = "l:\n  - a # 1\n  - b: 1\n"
    document = YamlDocument.parse(text)
    assert document.edit({("l", 0): "x", ("l", 1, "c"): 2, ("l", 2): "new"}) == (
        "l:\n  - x # 1\n  - b: 1\n    c: 2\n  - new\n"
    )
    assert document.edit({("l", 0): REMOVE}) == "l:\n  - b: 1\n"
    assert YamlDocument.parse("l:\n  - a\n").edit({("l", 0): REMOVE}) == "l: []\n"
    with pytest.raises(Refused):
        document.edit({("l", 5): 1})


def test_removing_takes_the_entrys_own_lines_only() -> None:
    text = "g:\n  # about a\n  a: |\n    1\n  # about b\n  b: 2 # why\n\nlast: x"
    assert edit(text, {("g", "a"): REMOVE}) == "g:\n  # about a\n  # about b\n  b: 2 # why\n\nlast: x"
    assert edit(text, {("last",): REMOVE, ("none",): REMOVE}) == text.removesuffix("last: x")
    emptied = edit(text, {("g", "a"): REMOVE, ("g", "b"): REMOVE})
    assert emptied == "g:\n  # about a\n  # about b\n\nlast: x"
    assert edit("a: 1\nb: 2\na: 3\n", {("a",): REMOVE}) == "b: 2\n"
    assert edit("a: 1\n", {("a",): REMOVE, ("b",): 1}) == "b: 1\n"


def test_an_edit_and_its_undoing_give_the_same_text() -> None:
    document = YamlDocument.parse("a:\n  b: 1\n")
    assert edit(document.edit({("a", "c"): [1, 2]}), {("a", "c"): REMOVE}) == document.text


def test_a_byte_order_mark_and_the_missing_last_newline_stay() -> None:
    assert edit("\ufeffa: 1", {("a",): 2}) == "\ufeffa: 2"
    assert edit("\ufeffa: 1\r\nb: 2", {("c",): 3}) == "\ufeffa: 1\r\nb: 2\r\nc: 3"
    assert edit("a: |\n  x", {("c",): 3}) == "a: |-\n  x\nc: 3"


# -- anchors


def test_an_alias_or_a_merged_value_is_answered_by_an_own_value() -> None:
    text = "a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  r: 1\n"
    assert edit(text, {("b",): 5}) == text.replace("b: *x", "b: 5")
    assert edit(text, {("b", "p"): 9}) == text.replace("b: *x", "b:\n  p: 9\n  q: 2")
    assert edit(text, {("c", "p"): 9}) == text + "  p: 9\n"
    assert YamlDocument.parse(text).edit({("c", "p"): 1, ("b", "q"): 2}) == text


@pytest.mark.parametrize(
    "changes",
    [
        {("a", "p"): 3},
        {("a",): 1},
        {("a",): REMOVE},
        {("a", "new"): 1},
        {("a", "p"): REMOVE},
        {("c", "p"): REMOVE},
    ],
)
def test_what_an_anchor_shares_is_refused(changes: dict[Path, Any]) -> None:
    with pytest.raises(Refused, match=r"galaxy.yml:\d+: .*; edit this place by hand"):
        YamlDocument.parse("a: &x {p: 1}\nb: *x\nc:\n  <<: *x\n", "galaxy.yml").edit(changes)


def test_a_value_where_a_section_is_needed_is_refused() -> None:
    with pytest.raises(Refused, match="`galaxy` holds a plain value"):
        YamlDocument.parse("galaxy: 5\n", "galaxy.yml").edit({("galaxy", "a"): 1})


def test_contradicting_changes_and_unwritable_values_are_refused() -> None:
    document = YamlDocument.parse("a: 1\n", "galaxy.yml")
    contradiction: dict[Path, Any] = {("b",): {"c": 1}, ("b", "c"): 2}
    others: list[dict[Path, Any]] = [{("b",): object()}, {("b",): {"k" * 2000: 1}}]
    for changes in (contradiction, *others):
        with pytest.raises(Refused):
            document.edit(changes)


@pytest.mark.parametrize(
    ("text", "changes", "after"),
    [
        ("a:\n  x:\n    c: 1\n    d: 2\nb: 1\n", {("a", "x", "d"): REMOVE, ("a", "new"): 5},
         "a:\n  x:\n    c: 1\n  new: 5\nb: 1\n"),
        ("a:\n  x:\n    c: 1\n    d: 2", {("a", "x", "c"): REMOVE, ("a", "x", "d"): REMOVE, ("a", "new"): 5},
         "a:\n  x:\n  new: 5\n"),
        ("a:\n  x:\n    c:\n      e: 1\n      f: 2\n    # about d\n    d: 2\n",
         {("a", "x", "c", "f"): REMOVE, ("a", "x", "c", "new"): [1], ("a", "x", "d"): REMOVE, ("a", "new"): 5},
         "a:\n  x:\n    c:\n      e: 1\n      new:\n        - 1\n    # about d\n  new: 5\n"),
        ("a:\n  - x:\n      c: 1\n      d: 2\n  - z\n", {("a", 0, "x", "d"): REMOVE, ("a", 0, "new"): 5, ("a", 2): "w"},
         "a:\n  - x:\n      c: 1\n    new: 5\n  - z\n  - w\n"),
    ],
)  # fmt: skip
def test_a_new_entry_has_its_place_where_the_last_line_above_it_leaves(
    text: str, changes: dict[Path, Any], after: str
) -> None:
    for newline in ("\n", "\r\n"):
        document = YamlDocument.parse(text.replace("\n", newline), "galaxy.yml")
        assert document.edit(changes) == after.replace("\n", newline)


@pytest.mark.parametrize(
    "value",
    [
        "*hunter2",
        "!hunter2!x y",
        "&hunter2 1\nb: &hunter2 2",
        "'hunter2",
        '"\\qhunter2"',
        "hunter2: hunter2",
        "[hunter2, 'hunter2",
    ],
)
def test_no_problem_shows_the_text_of_a_value(value: str) -> None:
    with pytest.raises(Refused) as refused:
        YamlDocument.parse(f"id_secret: {value}\n", "galaxy.yml")
    assert "hunter2" not in str(refused.value)
    assert refused.value.problems[0].line is not None


def test_tags_that_safeloader_has_no_constructor_for_are_found() -> None:
    text = "a: !foo 1\nb:\n  - !!str x\n  - !!python/none x\n  - ! x\nc: =\nd: '='\n? =\n: 1\ne: {f: !x {g: !y 1}}\n"
    document = YamlDocument.parse(text, "galaxy.yml")
    assert [line for line, _ in document.unknown_tags()] == [1, 4, 6, 10, 10]
    assert document.unknown_tags()[0][1] == "!foo"
    with pytest.raises(yaml.constructor.ConstructorError):
        yaml.safe_load("c: =")
    assert yaml.safe_load("? =\n: 1\nb: ! x\n") == {"=": 1, "b": "x"}


# -- the laws


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(key, str) or type(key) is int:
                yield from walk(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from walk(each, (*path, index))


BREAKING = (
    "' \" {{x}} %d *x &x << --- ... a: :a a,b [ } !x | > @ ` # ? - é 😀 a\\n postgresql://u:p@h/d?x=y 0o17"
)
HOSTILE = st.sampled_from(
    PLAIN.split()
    + BREAKING.split()
    + ["", " ", "a: b", "a #b", "- a", "? a", "a\nb: c", "a\r\nb", "\t", "\u2028", "\x85", "\ufeff"]
)
STRINGS = HOSTILE | st.text(max_size=12)
SCALARS = STRINGS | st.integers() | st.floats() | st.booleans() | st.none()
KEYS = (
    st.sampled_from(["a", "b", "c", "galaxy", "x_y"]) | HOSTILE.filter(bool) | st.text(min_size=1, max_size=6)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, st.booleans())
def test_whatever_is_written_reads_back_the_same_by_both_readers(value: Any, flow: bool) -> None:
    text = YamlDocument.parse("k: {z: 1}\n" if flow else "k:\n  z: 1\n").edit({("k", "v"): value})
    assert identical(yaml.safe_load(text), {"k": {"z": 1, "v": value}})
    assert identical(YAML(typ="safe", pure=True).load(io.StringIO(text)), {"k": {"z": 1, "v": value}})


@given(STRINGS)
def test_a_written_string_never_spans_lines(value: str) -> None:
    assert len(YamlDocument.parse("k: 1\n").edit({("k",): value}).splitlines()) == 1


TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=8,
    ),
    max_size=5,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document as people write them: dumped in one of many styles, comments and blank lines put in between."""
    text: str = yaml.safe_dump(
        draw(TREES),
        default_flow_style=draw(st.sampled_from([False, False, None, True])),
        indent=draw(st.sampled_from([2, 3, 4])),
        width=draw(st.sampled_from([20, 80])),
        allow_unicode=draw(st.booleans()),
        default_style=draw(st.sampled_from([None, None, None, "'", "|"])),
        sort_keys=False,
    )
    rows = text.split("\n")
    noise = st.sampled_from(
        ["# note", "  # a: 1", "  #a: 1", "#galaxy:", "    # b:", "", "   ", "\t# tab", "#b: x # y"]
    )
    for _ in range(draw(st.integers(0, 4))):
        rows.insert(draw(st.integers(0, len(rows))), draw(noise))
    text = "\n".join(rows)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if draw(st.booleans()) else text


def made(value: Any, path: Path, new: Any) -> Any:
    """The oracle's model of a change."""
    if not path:
        return new
    if isinstance(value, list):
        return [made(each, path[1:], new) if index == path[0] else each for index, each in enumerate(value)]
    result = dict(value) if isinstance(value, dict) else {}
    below = made(result.get(path[0]), path[1:], new)
    if below is REMOVE:
        result.pop(path[0], None)
    else:
        result[path[0]] = below
    return result


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None
)
@given(texts(), st.data())
def test_an_edit_changes_its_entries_and_nothing_else(text: str, data: st.DataObject) -> None:
    try:
        old = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, KeyError, AttributeError):  # a note became part of a number
        assume(False)
    assume(isinstance(old, dict))
    assume(not set(text) & set("\x85\u2028\u2029"))  # refused: line ends for some readers only
    document = YamlDocument.parse(text)
    assert identical(document.get(()), old)
    assert document.edit({}) == text
    paths: list[Path] = [path for path, _ in walk(old) if path]
    assert document.edit({path: at(old, path) for path in paths}) == text
    path: Path
    existing: bool = data.draw(st.booleans())
    if paths and existing:
        path = data.draw(st.sampled_from(paths))
    else:
        parents: list[Path] = [
            each for each, value in walk(old) if isinstance(value, dict) or (each and value is None)
        ]
        path = (*data.draw(st.sampled_from(parents)), data.draw(KEYS))
    remove: bool = not isinstance(path[-1], int) and data.draw(st.booleans())
    value = REMOVE if remove else data.draw(VALUES)
    try:
        result = document.edit({path: value})
    except Refused:  # around keys written as `? key`, which nobody does by hand, it may decline
        assert re.search(r"(^|[\s{,-])\? ", text)
        return
    new = yaml.safe_load(result)
    if remove:
        if at(old, path) is MISSING:
            assert result == text
            return
        left = made(old, path, REMOVE)
        if at(left, path[:-1]) == {} and at(new, path[:-1]) is None:
            left = made(left, path[:-1], None)
        assert identical(new or None, left or None)
    else:
        assert identical(new, made(old, path, value))
    if "{" in text or "[" in text or "|" in text:
        return  # several entries share a line
    own = set(document.lines(path) or ())
    parent = at(old, path[:-1])
    if not parent or len(parent) == 1 or (len(path) > 1 and isinstance(path[-2], int)):
        own |= set(document.lines(path[:-1]) or ())  # it gets or loses its value, or the line with its dash
    rows = iter(result.splitlines())
    for number, row in enumerate(text.splitlines(), 1):
        uncommented = row.lstrip().startswith("#") and f"{path[-1]}:" in row
        assert number in own or uncommented or row in rows, row


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), VALUES, min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
@example({"a": {}, "b": []}, "\n")
def test_many_changes_in_one_call_do_the_same_as_one_by_one(values: dict[str, Any], newline: str) -> None:
    text = newline.join(
        ["g:", "  a: 1 # one", "  # b: 2", "", "  c:", "    # d", "  e: [1, 2]", "other: 1", ""]
    )
    together = YamlDocument.parse(text).edit({("g", key): value for key, value in values.items()})
    one_by_one = text
    for key, value in values.items():
        one_by_one = YamlDocument.parse(one_by_one).edit({("g", key): value})
    assert identical(yaml.safe_load(together), yaml.safe_load(one_by_one))
    assert newline == "\n" or together.count("\n") == together.count("\r\n")


def test_a_mapping_of_ten_thousand_entries_is_no_trouble() -> None:
    count = 10_000
    text = "galaxy:\n" + "".join(f"  option_{number}: {number}\n" for number in range(count))
    document = YamlDocument.parse(text)
    assert all(document.get(("galaxy", f"option_{number}")) == number for number in range(count))
    result = document.edit({("galaxy", f"option_{number}"): number + 1 for number in range(0, count, 2)})
    assert yaml.safe_load(result.splitlines()[9_999 + 1])["option_9999"] == 9999


# -- the files of other people


def corpus() -> list[File]:
    place = os.environ.get("GALAXY_SETUP_CORPUS")
    return (
        sorted(file for file in File(place).rglob("*") if ".y" in file.name and file.is_file())
        if place
        else []
    )


needs_corpus = pytest.mark.skipif(not corpus(), reason="GALAXY_SETUP_CORPUS names no folder of real files")


@needs_corpus
@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_a_real_file_reads_as_pyyaml_reads_it_and_stays_as_it_is(file: File) -> None:
    text = file.read_bytes().decode("utf-8")
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError as error:
        if "!" in str(error) and "tag" in str(error):
            YamlDocument.parse(text)
        else:
            with pytest.raises(Refused):
                YamlDocument.parse(text)
        return
    document = YamlDocument.parse(text, file.name)
    assert document.text == text
    for path, value in walk(expected):
        assert identical(document.get(path), value) or (path == () and value is None)
    assert document.edit({path: value for path, value in walk(expected) if path}) == text


@needs_corpus
@pytest.mark.parametrize(
    "file", [file for file in corpus() if file.parent.name == "galaxy_yml"], ids=lambda f: f.name
)
def test_every_option_that_a_sample_comments_out_can_be_set_in_its_place(file: File) -> None:
    text = file.read_bytes().decode("utf-8")
    document = YamlDocument.parse(text, file.name)
    section = text[text.index("\ngalaxy:") :] if "\ngalaxy:" in text else ""
    names = {
        row[3:].split(":")[0]: row
        for row in section.splitlines()
        if row.startswith("  #") and row[3:4].isalpha()
    }
    names = {
        name: row for name, row in names.items() if document.get(("galaxy", name)) is MISSING and ":" in row
    }
    for name in list(names)[::40]:
        result = document.edit({("galaxy", name): "value"})
        before, after = text.split("\n"), result.split("\n")
        place = next(number for number, row in enumerate(before) if row == names[name])
        assert after[place] in (f"  {name}: value", f"  {name}: 'value'")  # quotes of the default stay
        assert after[:place] == before[:place]
        assert "\n".join(before).endswith("\n".join(after[place + 1 :]))
    everything = document.edit({("galaxy", name): "value" for name in names})
    assert yaml.safe_load(everything)["galaxy"].items() >= dict.fromkeys(names, "value").items()
