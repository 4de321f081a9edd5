"""What starts a server of the system, where systemd is and where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.steps.scenes import scene_of
from wizard.steps import servers
from wizard.steps.step import Scene, Step

ANSWERS = 'preset = "single-server@1"\n'


def server(scene: Scene) -> Step:
    return servers.server(scene, "some.server", "A server", "not-installed-yet", lambda: False)


def test_without_systemd_an_init_script_starts_it_also_before_its_package_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All commands of a run are known when it begins; `service` finds the script when its turn comes."""
    monkeypatch.setattr(servers, "by_systemd", lambda scene: False)
    step = server(scene_of(ANSWERS, Path("/")))
    assert [command.argv for command in step.commands] == [("service", "not-installed-yet", "start")]
    assert step.look().state == "unknown", "nobody knows of such a service yet"


def test_with_systemd_it_is_enabled_and_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "by_systemd", lambda scene: True)
    step = server(scene_of(ANSWERS, Path("/")))
    assert [command.argv for command in step.commands] == [
        ("systemctl", "enable", "--now", "not-installed-yet")
    ]
