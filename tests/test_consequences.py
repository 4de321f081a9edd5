"""What is left to do after an apply: nothing that Galaxy does by itself, and everything that it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python
from tests.test_headless import setup
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.plan import make_plan
from wizard.releases import requirements
from wizard.releases.release import NEWEST


def then(tmp_path: Path, answers: str) -> list[str]:
    """The commands that an apply of `answers` leaves to do, below the root x."""
    (tmp_path / "a.toml").write_text(f'preset = "single-server@1"\n{answers}')
    lines = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout.splitlines()
    return [line.strip() for line in lines[lines.index("then:") + 1 :]] if "then:" in lines else []


def test_a_new_server_is_started_and_its_site_enabled(tmp_path: Path) -> None:
    assert then(tmp_path, "") == [
        "/srv/galaxy/venv/bin/pip install 'redis>=5.3.0,<6'",
        "galaxyctl update",
        "galaxyctl start",
        "ln -s ../sites-available/galaxy /etc/nginx/sites-enabled/galaxy",
        "nginx -t && nginx -s reload",
    ]


def test_each_change_asks_for_what_it_needs_and_no_more(tmp_path: Path) -> None:
    then(tmp_path, "")
    assert then(tmp_path, '[groundwork]\nadmin_users = ["a@example.org"]\n') == []
    assert then(tmp_path, '[groundwork]\nadmin_users = ["a@example.org"]\nbrand = "x"\n') == [
        "galaxyctl graceful"
    ]
    assert then(tmp_path, "[proxy]\nread_timeout = 300\n")[-1:] == ["nginx -t && nginx -s reload"]
    assert then(tmp_path, "[scaling]\nworkers = 7\n")[:2] == ["galaxyctl update", "galaxyctl graceful"]


@pytest.mark.parametrize(
    ("manager", "apache", "ftp"),
    [
        ("systemd", "systemctl reload apache2", "proftpd -t && systemctl restart proftpd"),
        ("sysvinit", "service apache2 reload", "proftpd -t && service proftpd restart"),
        ("smf", "apachectl graceful", "restart ProFTPD"),
    ],
)
def test_other_servers_are_told_in_the_words_of_the_system_s_own_services(
    tmp_path: Path, manager: str, apache: str, ftp: str
) -> None:
    commands = then(
        tmp_path,
        f'[groundwork]\nservice_manager = "{manager}"\n[proxy]\nserver = "apache"\n'
        'site_file = "/etc/apache2/sites-available/galaxy.conf"\n[data]\nftp = "proftpd"\n'
        'ftp_dir = "/srv/ftp"\nftp_uid = 999\nftp_database_user = "ftp"\n',
    )
    assert commands[-2:] == [f"apachectl configtest && {apache}", ftp]


def test_what_changes_for_uwsgi_restarts_galaxy_by_whoever_starts_it(tmp_path: Path) -> None:
    config = tmp_path / "x/srv/galaxy/config"
    config.mkdir(parents=True)
    (config / "galaxy.yml").write_text("galaxy:\n")
    start = (
        '[groundwork]\nroot = "/srv/galaxy/server"\nconfig_dir = "/srv/galaxy/config"\nrelease = "21.09"\n'
    )
    assert alone(tmp_path, start + "[scaling]\nthreads = 4\n") == ["restart Galaxy"]
    run_sh = start + 'service_manager = "systemd"\nservice_files = "kept"\n'
    assert alone(tmp_path, run_sh + "[scaling]\nthreads = 5\n") == ["restart Galaxy"]


ZERG = """\
[groundwork]
root = "/srv/galaxy/server"
config_dir = "/srv/galaxy/config"
release = "21.09"
user = "galaxy"
virtualenv = "/srv/galaxy/venv"
[proxy]
link = "tcp"
address = "127.0.0.1:4001"
[scaling]
strategy = "static-handlers"
handlers = [{name = "handler0"}]
zerg = true
zerg_socket = "/srv/galaxy/var/pool.sock"
"""
POOL = "/srv/galaxy/venv/bin/uwsgi --ini /srv/galaxy/config/zergpool.ini &"
ZERGLING = "/srv/galaxy/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml &"
RUNNING = r"$(pgrep -o -f -- '--yaml /srv/galaxy/config/galaxy\.yml')"
SERVES = "> /dev/null; do sleep 1; done"
"""The end of a wait for a master that has children."""


def test_by_hand_the_pool_is_started_first_and_then_other_zerglings_take_the_place_of_the_running_ones(
    tmp_path: Path,
) -> None:
    assert alone(tmp_path, ZERG) == [
        POOL,
        f"until pgrep -P $! {SERVES}",
        ZERGLING,
        "cd /srv/galaxy/server",
        "/srv/galaxy/venv/bin/python ./scripts/galaxy-main -c /srv/galaxy/config/galaxy.yml"
        " --server-name handler0 --daemonize",
    ]
    assert alone(tmp_path, ZERG + "threads = 3\n") == [
        f"old={RUNNING}",
        ZERGLING,
        f"until pgrep -P $! {SERVES}",
        "kill -INT $old",
        "while pgrep -P $old; do sleep 1; done > /dev/null",
        "restart the job handlers: handler0",
    ]
    moved = alone(tmp_path, ZERG.replace("4001", "4002") + "threads = 3\n")
    assert moved[0].startswith(f"old={RUNNING} pool=$(")
    assert moved[1:] == [
        "kill -INT $old $pool",
        "while pgrep -P $old || pgrep -P $pool; do sleep 1; done > /dev/null",
        POOL,
        f"until pgrep -P $! {SERVES}",
        ZERGLING,
        "restart the job handlers: handler0",
    ]
    kept = ZERG.replace("release", 'service_manager = "systemd"\nservice_files = "kept"\nrelease')
    assert alone(tmp_path, kept.replace("4001", "4002")) == [
        "start the other zergling, wait until its log says that workers are spawned, then stop the old one by SIGINT"
    ]


def test_zerglings_in_the_background_are_waited_for_by_their_log(tmp_path: Path) -> None:
    log = ZERG.replace("release", 'log_file = "/srv/galaxy/log/uwsgi.log"\nrelease')
    alone(tmp_path, log + 'uwsgi_log = "daemonize"\n')
    assert alone(tmp_path, log + 'uwsgi_log = "daemonize"\nthreads = 3\n')[1:3] == [
        ZERGLING.removesuffix(" &"),
        "tail -n 0 -f /srv/galaxy/log/uwsgi.log | grep -q -m 1 'spawned uWSGI worker'",
    ]


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
def test_a_service_manager_starts_the_pool_and_a_restart_leaves_it_alone(
    tmp_path: Path, manager: str
) -> None:
    given = ZERG.replace("release", f'service_manager = "{manager}"\nrelease')
    first = alone(tmp_path, given)
    assert first == (
        ["systemctl daemon-reload", "systemctl enable --now galaxy.target"]
        if manager == "systemd"
        else ["supervisorctl reread", "supervisorctl update"]
    )
    again = alone(tmp_path, given + "threads = 3\n")
    assert not any("pool" in line or "target" in line or ":*" in line for line in again)
    one, two = (
        ("galaxy-zergling@0", "galaxy-zergling@1")
        if manager == "systemd"
        else ("galaxy:galaxy-zergling0", "galaxy:galaxy-zergling1")
    )
    control = "systemctl" if manager == "systemd" else "supervisorctl"
    assert again[1].startswith(f"old={one} new={two}; {control} ")
    assert again[0] == f"{control} restart " + (
        "'galaxy-handler@*.service'" if manager == "systemd" else "galaxy:galaxy-handler0"
    )
    assert again[2] == f"{control} restart $new"
    assert again[3].startswith("until pgrep -P ") and again[3].endswith(SERVES)
    assert again[4:] == [f"{control} stop $old"]
    moved = alone(tmp_path, given.replace("4001", "4002"))
    assert [line.split()[:2] for line in moved] == [[control, "stop"], [control, "start"]]
    assert manager == "systemd" or two not in moved[1]


def alone(tmp_path: Path, answers: str) -> list[str]:
    """As `then`, without a preset."""
    (tmp_path / "a.toml").write_text(answers)
    lines = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout.splitlines()
    return [line.strip() for line in lines[lines.index("then:") + 1 :]] if "then:" in lines else []


PIP = "/srv/galaxy/venv/bin/pip install 'redis>=5.3.0,<6'"


def test_the_client_of_redis_is_installed_before_galaxy_starts_with_it_and_only_then(tmp_path: Path) -> None:
    without = (
        '[celery]\nbroker = "rabbitmq"\nbroker_port = 5672\nbackend = "database"\n'
        'control_queue = "amqp://localhost:5672//"\n'
    )
    assert PIP not in then(tmp_path, without)
    assert then(tmp_path, '[celery]\nbackend = "redis"\n')[:2] == [PIP, "galaxyctl graceful"]
    assert then(tmp_path, '[celery]\nbackend_host = "far.example.org"\n') == ["galaxyctl graceful"]
    assert then(tmp_path, f'{without}[groundwork]\nbrand = "x"\n') == ["galaxyctl graceful"]
    second = without.replace(
        'control_queue = "amqp://localhost:5672//"', 'control_queue = "redis://localhost/1"'
    )
    assert PIP in then(tmp_path, second)
    whole = second.replace(
        'backend = "database"', 'backend = "url"\nbackend_url = "redis+socket:///run/r.sock"'
    )
    assert PIP not in then(tmp_path, whole), "control_queue had brought it"


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({}, "install 'redis>=5.3.0,<6' into Galaxy's virtualenv"),
        ({"groundwork.virtualenv": "/srv/my venv"}, "'/srv/my venv/bin/pip' install 'redis>=5.3.0,<6'"),
        (
            {"groundwork.virtualenv": "/v", "groundwork.release": "25.0"},
            "/v/bin/pip install 'redis>=5.3.0,<6'",
        ),
        ({"groundwork.virtualenv": "/v", "groundwork.release": "24.2"}, "/v/bin/pip install redis"),
        ({"celery.enable": False, "groundwork.virtualenv": "/v"}, "/v/bin/pip install 'redis>=5.3.0,<6'"),
    ],
)
def test_it_goes_into_galaxys_virtualenv_in_the_version_of_the_release(
    given: dict[str, Any], command: str, tmp_path: Path
) -> None:
    answers = {
        "groundwork.root": "/srv/galaxy",
        "celery.control_queue": Secret("redis://:hunter2@r/1"),
        **given,
    }
    assert make_plan(answers, Disk(tmp_path)).consequences[0] == command


@pytest.mark.consumer
def test_galaxy_names_that_requirement_itself() -> None:
    where = "import galaxy.dependencies as d; print(d.__file__)"
    run = subprocess.run([galaxy_python(), "-I", "-c", where], capture_output=True, text=True, check=True)
    listed = Path(run.stdout.strip()).with_name("conditional-requirements.txt").read_text().splitlines()
    assert requirements.redis(NEWEST) in listed
