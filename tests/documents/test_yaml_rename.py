"""A key of a YAML file gets a new name, and a new entry its place: nothing else of the text moves."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.documents.tree import REMOVE
from wizard.documents.yaml.document import Path, YamlDocument
from wizard.problems import Refused

RENAMED: dict[str, tuple[str, Path, str, str]] = {
    "in a block, with its comment": (
        "a:\n  # own\n  b: 1  # of\n  c: 2\n",
        ("a", "b"),
        "new",
        "a:\n  # own\n  new: 1  # of\n  c: 2\n",
    ),
    "with all that stands below it": (
        "a:\n    b:   # kept\n        x: [1,2]\n\n        # y: 1\n",
        ("a", "b"),
        "new",
        "a:\n    new:   # kept\n        x: [1,2]\n\n        # y: 1\n",
    ),
    "in single quotes": ("{'b': 1}\n", ("b",), "it's", "{'it''s': 1}\n"),
    "in double quotes": ('"b": 1\n', ("b",), "new", '"new": 1\n'),
    "in double quotes against its value": ('{"b":1, c: 2}\n', ("b",), "new", '{"new":1, c: 2}\n'),
    "in flow": ("a: {b: 1, c: {b: 2}}\n", ("a", "c", "b"), "new", "a: {b: 1, c: {new: 2}}\n"),
    "in flow without a value": ("{b, c}\n", ("b",), "new", "{new, c}\n"),
    "in flow with signs that end it there": ("{b: 1}\n", ("b",), "x, y", "{'x, y': 1}\n"),
    "with a value that an anchor names": (
        "b: &b {x: 1}\nc:\n  <<: *b\n",
        ("b",),
        "new",
        "new: &b {x: 1}\nc:\n  <<: *b\n",
    ),
    "with an anchor of its own": ("&k b: 1\n", ("b",), "new", "&k new: 1\n"),
    "with a tag": ("!!str b: 1\n", ("b",), "5", "!!str '5': 1\n"),
    "after a question mark": ("? b\n: 1\n", ("b",), "new", "? new\n: 1\n"),
    "in an item of a list": ("a:\n- b: 1\n  c: 2\n", ("a", 0, "b"), "new", "a:\n- new: 1\n  c: 2\n"),
    "to what would be no text": ("b: 1\n", ("b",), "no", "'no': 1\n"),
    "given twice": ("b: 1\nc: 2\nb: 3\n", ("b",), "new", "new: 1\nc: 2\nnew: 3\n"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("case", RENAMED)
def test_a_renamed_key_changes_on_its_line_and_nothing_else(case: str, newline: str) -> None:
    text, path, name, after = RENAMED[case]
    text, after = text.replace("\n", newline), after.replace("\n", newline)
    assert YamlDocument.parse(text).renamed({path: name}) == after


def test_two_keys_can_change_their_names_with_each_other() -> None:
    assert YamlDocument.parse("a: 1\nb: 2\n").renamed({("a",): "b", ("b",): "a"}) == "b: 1\na: 2\n"
    assert YamlDocument.parse("a: {b: 1}\n").renamed({("a",): "c", ("a", "b"): "d"}) == "c: {d: 1}\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: 1\nb: 2\n", ("a",)),  # b is there already
        ("x: &x {a: 1}\ny: *x\n", ("x", "a")),  # y would change too
        ("x: &x {a: 1}\ny: *x\n", ("y", "a")),
        ("x: &x {a: 1}\ny:\n  <<: *x\n", ("y", "a")),
        ("&k a: *k\n", ("a",)),
        ("? a\n  c\n: 1\n", ("a c",)),
        ("a: 1\n", ("c",)),
        ("- a\n", (0,)),
    ],
)
def test_a_name_that_other_text_hangs_on_is_refused(text: str, path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        YamlDocument.parse(text).renamed({path: "b"})
    assert all(problem.way_out for problem in refusal.value.problems)


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(
    whole=st.dictionaries(st.text(max_size=4), values, min_size=1, max_size=4),
    name=st.text(max_size=6),
    flow=st.sampled_from([True, False, None]),
    data=st.data(),
)
def test_whatever_the_name_the_consumer_reads_it_and_the_rest_as_before(
    whole: dict[str, object], name: str, flow: bool | None, data: st.DataObject
) -> None:
    text = yaml.safe_dump(whole, default_flow_style=flow, sort_keys=False, allow_unicode=True)
    key = data.draw(st.sampled_from(sorted(whole)))
    try:
        after = YamlDocument.parse(text).renamed({(key,): name})
    except Refused:
        return
    read = yaml.safe_load(after)
    assert [*read.items()] == [(name if each == key else each, value) for each, value in whole.items()]


PLACED: dict[str, tuple[str, dict[Path, object], dict[Path, str | int], str]] = {
    "an entry": (
        "a:\n  b: 1\n  # of c\n  c: 2\n",
        {("a", "new"): 5},
        {("a", "new"): "b"},
        "a:\n  b: 1\n  new: 5\n  # of c\n  c: 2\n",
    ),
    "two entries": (
        "a:\n  b: {}\n  c: 2\n",
        {("a", "m"): {"x": 1}, ("a", "new"): 5},
        {("a", "m"): "b", ("a", "new"): "b"},
        "a:\n  b: {}\n  m:\n    x: 1\n  new: 5\n  c: 2\n",
    ),
    "in flow": ("a: {b: 1, c: 2}\n", {("a", "new"): 5}, {("a", "new"): "b"}, "a: {b: 1, new: 5, c: 2}\n"),
    "at the top": ("b: 1\nc: 2\n", {("new",): {"x": 1}}, {("new",): "b"}, "b: 1\nnew:\n  x: 1\nc: 2\n"),
    "in the place of what goes": (
        "a:\n  b: 1\n  c: 2\n  d: 3\n",
        {("a", "c"): REMOVE, ("a", "new"): 5},
        {("a", "new"): "b"},
        "a:\n  b: 1\n  new: 5\n  d: 3\n",
    ),
    "behind nothing that is there": (
        "a:\n  b: 1\n  c: 2\n",
        {("a", "new"): 5},
        {("a", "new"): "x"},
        "a:\n  b: 1\n  c: 2\n  new: 5\n",
    ),
    "an item": ("a:\n- 1\n- 2\n", {("a", 2): 5}, {("a", 2): 0}, "a:\n- 1\n- 5\n- 2\n"),
    "items, with one that goes": (
        "a:\n- 1\n- 2\n- 3\n",
        {("a", 1): REMOVE, ("a", 3): 5, ("a", 4): 6, ("a", 5): 7},
        {("a", 3): 1, ("a", 4): 0},
        "a:\n- 1\n- 6\n- 5\n- 3\n- 7\n",
    ),
    "an item in flow": ("a: [1, 2]\n", {("a", 2): 5}, {("a", 2): 0}, "a: [1, 5, 2]\n"),
}


@pytest.mark.parametrize("case", PLACED)
def test_what_is_new_comes_behind_the_sibling_that_is_named(case: str) -> None:
    text, changes, behind, after = PLACED[case]
    assert YamlDocument.parse(text).edit(changes, behind) == after
