"""Galaxy as a service: known to what starts it, started, and answering."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.steps.scenes import codes, put, scene_of, seen, step
from wizard.disk import Disk
from wizard.steps import galaxy, looking
from wizard.steps.step import Scene

ANSWERS = 'preset = "single-server@1"\n'


def managed_by(manager: str, root: Path) -> Scene:
    return scene_of(f'{ANSWERS}[groundwork]\nservice_manager = "{manager}"\n', root)


def live(scene: Scene, **given: Any) -> Scene:
    return replace(scene, disk=Disk(), given={**scene.given, **given})


def words(scene: Scene, code: str) -> list[str]:
    return [command.shown() for command in step(scene, code).commands]


def test_gravitys_units_are_roots_matter(tmp_path: Path) -> None:
    scene = managed_by("gravity-systemd", tmp_path)
    ctl = "cd /srv/galaxy/server && /srv/galaxy/venv/bin/galaxyctl -c /srv/galaxy/config/galaxy.yml"
    assert words(scene, "galaxy.services") == [f"{ctl} update"]
    assert words(scene, "galaxy.started") == [f"{ctl} start"]
    assert seen(scene, "galaxy.services").state == "left"
    put(tmp_path, "/etc/systemd/system/galaxy.target")
    assert seen(scene, "galaxy.services").state == "done"


def test_gravity_with_supervisor_is_galaxys_account_own(tmp_path: Path) -> None:
    scene = managed_by("gravity-supervisor", tmp_path)
    assert {command.user for command in step(scene, "galaxy.services").commands} == {"galaxy"}
    assert {command.user for command in step(scene, "galaxy.started").commands} == {"galaxy"}
    assert seen(scene, "galaxy.services").state == "left"
    put(tmp_path, "/srv/galaxy/data/gravity/supervisor/supervisord.conf.d/_default_.d/gunicorn.conf")
    assert seen(scene, "galaxy.services").state == "done"


@pytest.mark.parametrize(
    ("manager", "services", "started"),
    [
        (
            "systemd",
            ["systemctl daemon-reload", "systemctl enable --now galaxy.target"],
            ["systemctl start galaxy.target"],
        ),
        ("supervisord", ["supervisorctl reread", "supervisorctl update"], ["supervisorctl start 'galaxy:*'"]),
    ],
)
def test_own_services_are_taken_up_as_after_an_apply(
    manager: str, services: list[str], started: list[str], tmp_path: Path
) -> None:
    scene = managed_by(manager, tmp_path)
    assert words(scene, "galaxy.services") == services
    assert words(scene, "galaxy.started") == started


@pytest.mark.parametrize("manager", ["gravity-systemd", "systemd"])
def test_without_systemd_as_process_1_nobody_knows_and_a_person_is_told(
    manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galaxy, "by_systemd", lambda scene: False)
    scene = live(managed_by(manager, tmp_path))
    for code in ("galaxy.services", "galaxy.started"):
        found = seen(scene, code)
        assert found.state == "unknown" and "systemd is not process 1" in found.because
        assert step(scene, code).by_hand


def test_a_server_without_an_answer_to_who_starts_it_is_started_by_hand(tmp_path: Path) -> None:
    scene = scene_of('preset = "trial@1"\n', tmp_path)
    bare = replace(scene, given={k: v for k, v in scene.given.items() if k != "groundwork.service_manager"})
    assert "galaxy.services" not in codes(bare)
    assert step(bare, "galaxy.started").by_hand == "start Galaxy"


@contextmanager
def answering(status: int, path: Path) -> Iterator[str]:
    """A server of HTTP on a UNIX socket that answers every request with `status`; the paths that it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            return

        def address_string(self) -> str:
            return "local"

    asked: list[str] = []
    with socketserver.UnixStreamServer(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield str(path)
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "state"), [(200, "done"), (502, "left")])
def test_galaxy_is_started_once_it_answers(
    status: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galaxy, "by_systemd", lambda scene: True)
    monkeypatch.setattr(galaxy, "is_active", lambda unit: True)
    base = managed_by("gravity-systemd", tmp_path)
    place = tmp_path / "g.sock"
    assert (
        seen(live(base, **{"proxy.socket": str(place)}), "galaxy.started").because
        == f"there is no socket {place}"
    )
    with answering(status, place) as socket:
        found = seen(live(base, **{"proxy.socket": socket, "proxy.url_prefix": "/galaxy"}), "galaxy.started")
        assert found.state == state, found
        if state == "left":
            assert found.because == f"{socket} answers /galaxy/api/version with 502"
    assert seen(live(base, **{"proxy.socket": str(place)}), "galaxy.started").because == (
        f"Galaxy does not answer at {place}"
    )


def test_a_unit_that_is_not_active_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galaxy, "by_systemd", lambda scene: True)
    monkeypatch.setattr(galaxy, "is_active", lambda unit: False)
    assert (
        seen(live(managed_by("systemd", tmp_path)), "galaxy.started").because == "galaxy.target is not active"
    )


def test_a_port_that_nobody_listens_at_does_not_answer() -> None:
    assert looking.answers_http(("localhost", 1), "/") is None
    assert not looking.accepts(("localhost", 1)) and not looking.accepts("/nowhere")
