"""The laws of the lenses of sites, over generated answers to every question that lands there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files.apache_sites import GENERATED as APACHE
from tests.files.nginx_sites import GENERATED as NGINX
from tests.files.site_laws import Generated

laws = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
servers = pytest.mark.parametrize("site", [NGINX, APACHE], ids=["nginx", "apache"])


def assert_holds(site: Generated, text: str, answers: dict[str, Any]) -> dict[str, Any]:
    held = site.desk.read(text)
    assert {path: held.get(path) for path in site.expected(answers)} == site.expected(answers)
    assert site.desk.write(held, text).text == text
    return held


@servers
@laws
@given(st.data())
def test_put_get_and_get_put_hold_for_every_new_site(site: Generated, data: st.DataObject) -> None:
    answers = data.draw(site.answers)
    text = site.written_or_dropped(answers).text
    assert_holds(site, text, answers)
    assert site.desk.lens.read(text, "galaxy.conf").unread == ()
    assert site.desk.write(answers, text).text == text


@servers
@laws
@given(st.data())
def test_put_get_holds_when_answers_change(site: Generated, data: st.DataObject) -> None:
    before, after = data.draw(site.answers), data.draw(site.answers)
    text = site.written_or_dropped(before).text
    now = {**before, **after}
    assert_holds(site, site.written_or_dropped(now, text).text, now)


@servers
@laws
@given(st.data())
def test_a_changed_answer_changes_its_own_lines(site: Generated, data: st.DataObject) -> None:
    answers = data.draw(site.answers)
    text = site.written_or_dropped(answers).text
    name = data.draw(st.sampled_from(sorted(site.values)))
    value = data.draw(site.values[name])
    written = site.written_or_dropped({**answers, f"proxy.{name}": value}, text)
    for change in written.changes:
        assert f"proxy.{name}" in change.questions, change
    before, after = text.splitlines(), written.text.splitlines()
    named = {
        change.line_after + offset
        for change in written.changes
        if change.line_after
        for offset in range(change.lines_after)
    }
    old = iter(before)
    for number, line in enumerate(after, 1):
        bare = line.strip()
        if number not in named and bare and not bare.startswith("#") and not site.closing.fullmatch(bare):
            assert line in old, f"line {number} belongs to no change and is not where it was: {bare}"
    if value == answers.get(f"proxy.{name}"):
        assert written.text == text and not written.changes
