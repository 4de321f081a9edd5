"""Carrying the changes between two texts over to a third: what both changed is left, the rest goes over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.line_diff import blocks, carry, lines_of

texts = st.lists(st.sampled_from(["a", "b", "c", "d: 1", "", "#e"]), max_size=12).map(
    lambda lines: "".join(line + "\n" for line in lines)
)
BASE = "one\ntwo\nthree\nfour\nfive\n"


@given(texts, texts)
def test_the_blocks_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    before, after = lines_of(old), lines_of(new)
    made, position = [], 0
    for block in blocks(before, after):
        made += [*before[position : block.a1], *after[block.b1 : block.b2]]
        position = block.a2
    assert made + before[position:] == after


@given(texts, texts)
def test_onto_the_base_itself_every_change_goes_over(base: str, changed: str) -> None:
    assert carry(base, changed, base).text == changed
    assert carry(base, changed, changed).text == changed
    assert carry(base, base, changed).text == changed


def test_changes_at_different_places_meet() -> None:
    carried = carry(BASE, BASE.replace("two", "TWO"), BASE.replace("four\n", "four\nfour and a half\n"))
    assert carried.text == "one\nTWO\nthree\nfour\nfour and a half\nfive\n"
    assert carried.left == ()


def test_neighbours_do_not_disturb_each_other() -> None:
    carried = carry(BASE, BASE.replace("two", "TWO"), BASE.replace("three", "THREE").replace("one\n", ""))
    assert (carried.text, carried.left) == ("TWO\nTHREE\nfour\nfive\n", ())


def test_a_line_that_both_changed_stays_as_the_other_text_has_it() -> None:
    onto = BASE.replace("two", "zwei")
    carried = carry(BASE, BASE.replace("two", "TWO").replace("five", "FIVE"), onto)
    assert carried.text == onto.replace("five", "FIVE")
    assert [(block.a1, block.a2) for block in carried.left] == [(1, 2)]


def test_the_same_change_on_both_sides_is_none_left() -> None:
    both = BASE.replace("two", "TWO")
    assert carry(BASE, both, both.replace("five", "FIVE")).left == ()


def test_a_last_line_without_an_end_gets_one_when_lines_come_below_it() -> None:
    assert carry("a\nb", "a\nb\nc\n", "z\na\nb").text in ("z\na\nb\nc\n", "z\na\nb")
    assert carry("a\n", "a\nb\n", "z\na\n").text == "z\na\nb\n"
