"""Apache accepts the sites of generated answers to every question that lands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files.apache_sites import BY_HAND, GENERATED, LOADED, Apache, read, write
from wizard.files.apache.modules import modules
from wizard.problems import Refused

ANSWERS, written_or_dropped = GENERATED.answers, GENERATED.written_or_dropped


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apache")


@pytest.mark.consumer
@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(ANSWERS, ANSWERS)
def test_apache_accepts_every_site_with_the_modules_that_it_is_said_to_need(
    here: Path, answers: dict[str, Any], others: dict[str, Any]
) -> None:
    now = {**answers, **others}
    new = written_or_dropped(answers).text
    for all_of_them, text in ((answers, new), (now, written_or_dropped(now, new).text)):
        assert_accepted(Apache(here, ["mpm_event", *modules(all_of_them)]), text)
        assert set(modules(all_of_them)) <= set(LOADED)


@pytest.mark.consumer
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(ANSWERS, st.data())
def test_apache_accepts_a_site_written_by_hand_after_one_answer(
    here: Path, answers: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(set(answers) - {"proxy.server"})))
    try:
        written = write({name: answers[name]}, BY_HAND)
    except Refused as refusal:
        assert refusal.problems
        return
    held = read(written.text)
    assert name not in held or held[name] == answers[name]
    assert_accepted(Apache(here), written.text)


def assert_accepted(apache: Apache, text: str) -> None:
    """Apache accepts this site; only certificates are replaced by some that are there."""
    certificate, key = apache.certificate()
    text = re.sub(r"(SSLCertificateFile) .*", rf"\1 {certificate}", text)
    text = re.sub(r"(SSLCertificateKeyFile) .*", rf"\1 {key}", text)
    verdict = apache.accepts(text)
    assert verdict, verdict.said
