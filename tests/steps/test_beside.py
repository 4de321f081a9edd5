"""What runs beside Galaxy: tusd, ProFTPD, a scheduler's library, cron and logrotate."""

from __future__ import annotations

from pathlib import Path

from tests.steps.scenes import codes, put, scene_of, seen, step

ANSWERS = 'preset = "single-server@1"\n'
FTP = ANSWERS + (
    '[data]\nftp = "proftpd"\nftp_dir = "/srv/galaxy/data/ftp"\nftp_site = "ftp.example.org"\n'
    "ftp_uid = 990\nftp_gid = 990\n"
    'ftp_database_user = "galaxyftp"\nftp_database_password = "not-a-secret"\n'
    '[database]\nsetup_file = "/srv/galaxy/config/database.sql"\n'
)


def test_tusd_is_fetched_by_hand_from_its_own_releases(tmp_path: Path) -> None:
    one = scene_of(ANSWERS, tmp_path)
    assert seen(one, "uploads.tusd").state == "left"
    by_hand = str(step(one, "uploads.tusd").by_hand)
    assert "github.com/tus/tusd/releases" in by_hand and "SHA-256" in by_hand
    assert by_hand.endswith("install -m 0755 tusd /srv/galaxy/venv/bin/tusd")
    put(tmp_path, "/srv/galaxy/venv/bin/tusd", mode=0o755)
    assert seen(one, "uploads.tusd").state == "done"
    assert "uploads.tusd" not in codes(scene_of(ANSWERS + '[proxy]\nuploads = "galaxy"\n', tmp_path))


def test_a_name_is_looked_up_where_services_find_programs(tmp_path: Path) -> None:
    one = scene_of(ANSWERS + '[proxy]\ntusd_path = "tusd"\n', tmp_path)
    assert seen(one, "uploads.tusd").state == "left"
    put(tmp_path, "/usr/local/bin/tusd", mode=0o755)
    assert seen(one, "uploads.tusd").state == "done"


def test_the_ftp_server_comes_after_the_tables_of_users(tmp_path: Path) -> None:
    one = scene_of(FTP, tmp_path)
    found = codes(one)
    assert found.index("database.schema") < found.index("database.ftp") < found.index("ftp.server")
    assert "database.ftp" in step(one, "ftp.server").after
    assert [command.shown() for command in step(one, "ftp.server").commands] == [
        "proftpd -t", "systemctl enable proftpd", "systemctl restart proftpd",
    ]  # fmt: skip
    assert "proftpd-mod-pgsql" in step(one, "system.packages").commands[-1].argv


def test_a_schedulers_library_is_put_there_by_hand(tmp_path: Path) -> None:
    one = scene_of('preset = "grid-engine-cluster@1"\n', tmp_path)
    assert seen(one, "cluster.library").state == "left"
    path = next(row.drmaa_library_path for row in one.value("cluster.runners") if row.drmaa_library_path)
    put(tmp_path, path)
    assert seen(one, "cluster.library").state == "done"
    assert "cluster.library" not in codes(scene_of(ANSWERS, tmp_path))


def test_cron_and_logrotate_read_their_folders_by_themselves(tmp_path: Path) -> None:
    log = ANSWERS + '[groundwork]\nrotate_logs = true\nrotate_files = ["/srv/galaxy/log/*.log"]\n'
    one = scene_of(log, tmp_path)
    assert step(one, "periodic.files").commands == ()
    assert seen(one, "periodic.files").because == "/etc/logrotate.d/galaxy is not there"
    put(tmp_path, "/etc/logrotate.d/galaxy")
    assert seen(one, "periodic.files").state == "done"
    assert "logrotate" in step(one, "system.packages").commands[-1].argv
