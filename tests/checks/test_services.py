"""The commands of ways out are those of what manages services on the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.checks.live import Nginx, looked, needs_root, only, open_place, server_of, states
from wizard.checks import processes, proxy, services
from wizard.checks.check import Server

SUPERVISOR = "[program:web-front]\ncommand=/usr/sbin/{program} -g 'daemon off;'\n"


def put(root: Path, path: str, text: str = "") -> None:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def commands(server: Server, unit: str = "nginx") -> tuple[str, str]:
    return services.command(server, "start", unit), services.command(server, "reload", unit)


def test_where_systemd_is_it_is_asked(tmp_path: Path) -> None:
    put(tmp_path, "/usr/lib/systemd/systemd")
    put(tmp_path, "/etc/init.d/nginx")
    put(tmp_path, "/etc/supervisor/conf.d/front.conf", SUPERVISOR.format(program="nginx"))
    assert commands(server_of({}, tmp_path)) == ("systemctl start nginx", "systemctl reload nginx")


def test_on_this_machine_it_counts_whether_systemd_is_process_1() -> None:
    booted = Path("/run/systemd/system").exists()
    assert services.by_systemd(server_of({})) is booted


@pytest.mark.parametrize("unit", ["nginx", "apache2", "httpd"])
def test_without_it_an_init_script_does(tmp_path: Path, unit: str) -> None:
    put(tmp_path, f"/etc/init.d/{unit}")
    assert commands(server_of({}, tmp_path), unit) == (f"service {unit} start", f"service {unit} reload")


@pytest.mark.parametrize(
    ("unit", "program", "again"),
    [
        ("nginx", "nginx", "nginx -s reload"),
        ("apache2", "apache2ctl", "apachectl graceful"),
        ("httpd", "httpd", "apachectl graceful"),
    ],
)
def test_what_supervisor_runs_is_started_by_its_name(
    tmp_path: Path, unit: str, program: str, again: str
) -> None:
    put(tmp_path, f"/etc/init.d/{unit}")  # the package brings it, and nobody uses it
    put(tmp_path, "/etc/supervisor/conf.d/front.conf", SUPERVISOR.format(program=program))
    assert commands(server_of({}, tmp_path), unit) == ("supervisorctl start web-front", again)


def test_other_programs_of_supervisor_are_not_the_web_server(tmp_path: Path) -> None:
    put(tmp_path, "/etc/supervisord.d/jobs.ini", "[program:jobs]\ncommand=/usr/bin/jobs\n[program:empty]\n")
    put(tmp_path, "/etc/init.d/nginx")
    assert commands(server_of({}, tmp_path))[0] == "service nginx start"


def test_where_nothing_manages_services_the_programs_start_themselves(tmp_path: Path) -> None:
    server = server_of({}, tmp_path)
    assert commands(server) == ("nginx", "nginx -s reload")
    assert commands(server, "apache2") == ("apachectl start", "apachectl graceful")


@needs_root
def test_the_checks_of_the_proxy_say_these_commands() -> None:
    with open_place() as root:
        nginx = Nginx(root)
        put(root, "/etc/init.d/nginx")
        assert (only(looked(proxy.is_running, nginx.server())).way_out or "").startswith(
            "service nginx start;"
        )
        put(root, "/usr/lib/systemd/systemd")
        assert (only(looked(proxy.is_running, nginx.server())).way_out or "").startswith(
            "systemctl start nginx;"
        )


def test_apache_s_site_is_switched_on_by_these_commands(tmp_path: Path) -> None:
    put(tmp_path, "/etc/apache2/sites-available/galaxy.conf")
    put(tmp_path, "/etc/init.d/apache2")
    answers = {"proxy.server": "apache", "proxy.site_file": "/etc/apache2/sites-available/galaxy.conf"}
    found = only(looked(proxy.enabled, server_of(answers, tmp_path)))
    assert found.way_out == "a2ensite galaxy, then service apache2 reload"


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="systemd runs here")
@pytest.mark.parametrize("manager", ["systemd", "gravity-systemd"])
def test_where_systemd_is_answered_and_not_there_its_commands_are_not_said(manager: str) -> None:
    answers = {
        "groundwork.service_manager": manager,
        "groundwork.config_dir": "/srv/nowhere/config",
        "groundwork.root": "/srv/nowhere/server",
        "groundwork.user": "daemon" if os.geteuid() == 0 else None,
        "celery.enable": True,
    }
    found = looked(processes.workers, server_of(answers))
    assert states(found) == {"celery.not-running": "fail"}
    way_out = only(found).way_out or ""
    assert "systemctl" not in way_out and "journalctl" not in way_out and "process 1" in way_out
