"""What is left to do after an apply: nothing that Galaxy does by itself, and everything that it does not."""

from __future__ import annotations

from pathlib import Path

from tests.test_headless import setup


def then(tmp_path: Path, answers: str) -> list[str]:
    """The commands that an apply of `answers` leaves to do, below the root x."""
    (tmp_path / "a.toml").write_text(f'preset = "single-server@1"\n{answers}')
    lines = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout.splitlines()
    return [line.strip() for line in lines[lines.index("then:") + 1 :]] if "then:" in lines else []


def test_a_new_server_is_started_and_its_site_enabled(tmp_path: Path) -> None:
    assert then(tmp_path, "") == [
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
    zerg = '[proxy]\nlink = "tcp"\naddress = "127.0.0.1:4001"\n[scaling]\nstrategy = "static-handlers"\nzerg = true\n'
    zerg += 'zerg_socket = "/srv/galaxy/var/pool.sock"\n'
    pool = "uwsgi --ini /srv/galaxy/config/zergpool.ini"
    assert alone(tmp_path, start + zerg) == [pool, "restart Galaxy"]
    assert alone(tmp_path, start + zerg.replace("4001", "4002")) == [
        f"restart the zerg pool: {pool}",
        "restart Galaxy",
    ]


def alone(tmp_path: Path, answers: str) -> list[str]:
    """As `then`, without a preset."""
    (tmp_path / "a.toml").write_text(answers)
    lines = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout.splitlines()
    return [line.strip() for line in lines[lines.index("then:") + 1 :]] if "then:" in lines else []
