"""The presets, with an own name for the example: nothing is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.advice.scenes import scene_of
from tests.preset_hosts import Case, answers_of, cases
from wizard import presets
from wizard.advice.advising import advice
from wizard.answers.questions import questions


def filled(name: str) -> dict[str, Any]:
    """The site's own answers in the place of the preset's examples, where they are plain text."""
    own: dict[str, Any] = {}
    for path, value in answers_of(name).items():
        asked = questions().get(path)
        if asked is not None and isinstance(value, str) and asked.question.stands_in(value):
            own[path] = value.replace("example.org", "uni.edu")
    return own


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_preset_gives_no_error_and_no_warning(case: Case) -> None:
    """Nor does an apply of one say anything but what it wrote; notes are for `check` and the wizard."""
    name, host = case
    scene = scene_of(filled(name), preset=name, host=host)
    said = {one.code: one.finding.what for one in advice(scene) if one.level != "note"}
    assert not said


BY_NGINX = [name for name in presets.names() if answers_of(name).get("proxy.server") == "nginx"]


@pytest.mark.parametrize("name", BY_NGINX)
@pytest.mark.parametrize(
    ("other", "site"),
    [
        ({"proxy.server": "apache"}, "/etc/apache2/sites-available/galaxy.conf"),
        ({"proxy.layout": "redhat"}, "/etc/nginx/conf.d/galaxy.conf"),
        ({"proxy.server": "apache", "proxy.layout": "redhat"}, "/etc/httpd/conf.d/galaxy.conf"),
    ],
)
def test_a_preset_with_another_proxy_or_system_is_as_well(
    name: str, other: dict[str, Any], site: str
) -> None:
    """One answer is enough: the site goes to its place, and galaxy.yml speaks to that proxy."""
    host = next((host for preset, host in cases() if preset == name), None)
    scene = scene_of(filled(name) | other, preset=name, host=host)
    assert not {one.code: one.finding.what for one in advice(scene) if one.level != "note"}
    assert any(file.path == site for file in scene.files)
    assert not any(file.path == "/etc/nginx/sites-available/galaxy" for file in scene.files)
