"""Rules about what fills the disk, and about uploads by FTP."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.answers.secret import Secret

SERVER = partial(scene_of, preset="single-server")
CONFIG = "/srv/galaxy/config/galaxy.yml"
CRON = {"data.cleanup": "cron", "data.cleanup_days": 30, "data.cleanup_time": "03:30"}
FTP: dict[str, Any] = {
    "database.connect": "tcp",
    "database.host": "localhost",
    "database.password": Secret("galaxys"),
    "data.ftp": "proftpd",
    "data.ftp_dir": "/srv/galaxy/data/ftp",
    "data.ftp_site": "galaxy.example.org",
    "data.ftp_purge": True,
    "data.ftp_uid": 998,
    "data.ftp_database_user": "galaxyftp",
    "data.ftp_database_password": Secret("ftps"),
    "data.ftp_certificate": "/etc/ssl/galaxy.pem",
    "data.ftp_certificate_key": "/etc/ssl/galaxy.key",
}
BY_HAND = {"groundwork.service_manager": "run.sh", "groundwork.log_file": "/srv/galaxy/log/galaxy.log"}
OLD_QUERY = """\
SQLUserInfo custom:/LookupGalaxyUser
SQLNamedQuery LookupGalaxyUser SELECT "email, substring(password from 39 for 69), 998, 998, '/ftp/%U', '/bin/sh' \
FROM galaxy_user WHERE email='%U'"
"""
PROFTPD = "/etc/proftpd/conf.d/galaxy.conf"


def ftp(**changes: Any) -> partial[Any]:
    """Uploads by FTP, all in order but for these answers of the section."""
    return partial(SERVER, {**FTP, **{f"data.{name}": value for name, value in changes.items()}})


BAD: Bad = {
    "data.deleted-stays": partial(SERVER, {"data.cleanup": "none"}),
    "data.temporary-stays": partial(SERVER, CRON),
    "data.log-grows": partial(SERVER, {**BY_HAND, "groundwork.rotate_logs": False}),
    "data.no-quotas": partial(SERVER, {"data.quotas": None}),
    "data.quota-for-ever": partial(
        SERVER, {"data.quotas": True, "data.purge_by_users": False, "data.cleanup": "none"}
    ),
    "data.ftp-half": ftp(ftp="elsewhere", ftp_site=None),
    "data.ftp-without-passwords": partial(
        SERVER, {**FTP, "proxy.authentication": "password-file", "proxy.password_file": "/etc/nginx/galaxy"}
    ),
    "data.ftp-without-tls": ftp(ftp_certificate=None, ftp_certificate_key=None),
    "data.ftp-fixed-substrings": partial(
        scene_of,
        '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n[data]\nftp = "proftpd"\n',
        disk_files={PROFTPD: OLD_QUERY},
    ),
    "data.ftp-kept-twice": ftp(ftp_purge=False),
}
ALL_CLEANED = {**CRON, "data.temporary_days": 14, "groundwork.rotate_logs": True}


def test_a_server_that_is_well_hears_nothing() -> None:
    by_ftp = SERVER({**FTP, **ALL_CLEANED})
    logging = SERVER({**BY_HAND, **ALL_CLEANED, "groundwork.rotate_files": ["/srv/galaxy/log/*.log"]})
    assert [code for code in BAD if found(code, by_ftp) or found(code, logging)] == []


def test_a_server_that_somebody_else_looks_after_hears_nothing() -> None:
    theirs = "galaxy:\n  enable_quotas: true\n  brand: Theirs\n"
    scene = scene_of('[groundwork]\nconfig_dir = "/srv/galaxy/config"\n', disk_files={CONFIG: theirs})
    assert [code for code in BAD if found(code, scene)] == []


def test_a_new_server_that_says_nothing_of_cleaning_hears_of_it() -> None:
    (finding,) = found("data.deleted-stays", SERVER({}))
    assert finding.fix == {"data.cleanup": "cron"}
    packages = found("data.deleted-stays", SERVER({"groundwork.install": "packages"}))
    assert packages and not packages[0].fix, "the packages have no scripts"


def test_somebody_elses_job_for_temporary_files_counts() -> None:
    job = "0 4 * * * galaxy tmpwatch 14d /srv/galaxy/data/tmp\n"
    files = {"/etc/cron.d/galaxy": f"SHELL=/bin/sh\n{job}"}
    assert not found("data.temporary-stays", SERVER(CRON, disk_files=files))


@pytest.mark.parametrize("manager", ["gravity-systemd", "gravity-supervisor"])
def test_what_looks_after_its_own_logs_needs_no_logrotate(manager: str) -> None:
    assert not found("data.log-grows", SERVER({"groundwork.service_manager": manager}))


def test_who_decided_against_quotas_is_left_in_peace() -> None:
    assert not found("data.no-quotas", SERVER({"data.quotas": False}))


def test_either_half_of_ftp_is_missed() -> None:
    questions = [
        found("data.ftp-half", ftp(ftp="elsewhere", **{name: None})())[0].question
        for name in ("ftp_dir", "ftp_site")
    ]
    assert questions == ["data.ftp_dir", "data.ftp_site"]


def test_the_certificate_of_the_site_is_offered() -> None:
    web = {"proxy.tls": "certificate", "proxy.certificate": "/w.pem", "proxy.certificate_key": "/w.key"}
    answers = {**FTP, **web, "data.ftp_certificate": None, "data.ftp_certificate_key": None}
    (finding,) = found("data.ftp-without-tls", SERVER(answers))
    assert finding.fix == {"data.ftp_certificate": "/w.pem", "data.ftp_certificate_key": "/w.key"}


def test_the_old_query_is_named_with_its_line() -> None:
    (finding,) = found("data.ftp-fixed-substrings", BAD["data.ftp-fixed-substrings"]())
    assert finding.line == 2 and finding.file is not None and finding.file.endswith("galaxy.conf")


@pytest.mark.parametrize(
    ("quotas", "purge", "cleanup"), [(False, False, "none"), (True, True, "none"), (True, False, "cron")]
)
def test_somebody_gives_space_back_or_nobody_counts_it(quotas: bool, purge: bool, cleanup: str) -> None:
    answers = {"data.quotas": quotas, "data.purge_by_users": purge, "data.cleanup": cleanup}
    assert not found("data.quota-for-ever", SERVER(answers))


def test_another_ftp_server_may_know_the_proxys_logins() -> None:
    by_proxy = {"proxy.authentication": "password-file", "proxy.password_file": "/etc/nginx/galaxy"}
    elsewhere = {name: FTP[name] for name in ("data.ftp_dir", "data.ftp_site")} | {"data.ftp": "elsewhere"}
    assert not found("data.ftp-without-passwords", SERVER({**by_proxy, **elsewhere}))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("data.ftp-half", "  ftp_upload_dir: /srv/ftp\n  ftp_upload_site: put files here\n"),
        ("data.no-quotas", "  enable_quotas: [odd]\n"),
    ],
)
def test_what_is_said_in_words_of_its_own_is_not_missed(code: str, text: str) -> None:
    answers = '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n'
    assert not found(code, scene_of(answers, disk_files={CONFIG: f"galaxy:\n{text}"}))


def test_a_query_about_something_else_may_cut_what_it_likes() -> None:
    other = 'SQLNamedQuery Other SELECT "substring(name from 1 for 3) FROM other_user"\n'
    answers = '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n[data]\nftp = "proftpd"\n'
    good = OLD_QUERY.replace("substring(password from 39 for 69)", "split_part(password, '$', 5)")
    assert not found("data.ftp-fixed-substrings", scene_of(answers, disk_files={PROFTPD: other + good}))


def test_tls_that_stands_in_the_file_is_enough() -> None:
    answers = '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n[data]\nftp = "proftpd"\n'
    files = {PROFTPD: f"{OLD_QUERY}TLSEngine on\n"}
    assert not found("data.ftp-without-tls", scene_of(answers, disk_files=files))
    plain = {PROFTPD: f"{OLD_QUERY}#TLSEngine on\n"}
    assert found("data.ftp-without-tls", scene_of(answers, disk_files=plain))
