"""Rules about what fills the disk, and about uploads by FTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import is_new, is_whole, main_file

_CLEANUP, _TEMPORARY = "data.cleanup", "data.temporary_days"
_QUOTAS, _PURGE = "data.quotas", "data.purge_by_users"
_FTP, _DIR, _SITE = "data.ftp", "data.ftp_dir", "data.ftp_site"
_CERTIFICATE, _KEY = "data.ftp_certificate", "data.ftp_certificate_key"
_ROTATE = "groundwork.rotate_logs"
_CLEANING = "Galaxy documentation, Production: cleaning up datasets"
_UPLOAD = "Galaxy documentation, File Upload via FTP"
_ONE_LOG = frozenset({"sysvinit", "launchd", "smf", "run.sh"})
"""Service managers under which Galaxy writes one log file that nobody else looks after: systemd has the journal, and
supervisord begins a new file by itself."""
_REMOVERS = re.compile(r"tmpwatch|tmpreaper|tmpfiles|\bfind\b.*-(?:delete|exec)", re.IGNORECASE)


def _lacks(scene: Scene, question: str, wanted: Any) -> bool:
    """Whether an answer says something else than `wanted`; of a new server also where it says nothing."""
    value = scene.value(question)
    return is_new(scene) if value is None else bool(value != wanted)


# -- what fills the disk


@rule("data.deleted-stays", "note", _CLEANING)
def deleted_stays(scene: Scene) -> Iterator[Finding]:
    """Deleting marks a dataset; scripts take it from the disk."""
    if _lacks(scene, _CLEANUP, "cron"):
        packaged = scene.value("groundwork.install") == "packages"
        yield Finding(
            "nothing removes from disk what users delete",
            "deleted datasets are only marked, so that the disk fills with what everybody believes gone",
            "fetch Galaxy's clean-up scripts, which the packages lack, and run them by cron"
            if packaged
            else "have Galaxy's clean-up scripts run by cron",
            _CLEANUP,
            fix={} if packaged else {_CLEANUP: "cron"},
        )


@rule("data.temporary-stays", "note", "galaxyproject/galaxy#10628")
def temporary_stays(scene: Scene) -> Iterator[Finding]:
    """Galaxy empties the directory of temporary files never."""
    if scene.value(_CLEANUP) != "cron" or scene.value(_TEMPORARY) is not None:
        return
    if not any(_REMOVERS.search(file.text) for file in scene.files if "cron" in file.readings):
        yield Finding(
            "nothing removes old temporary files",
            "uploads and tools that were cut off leave files behind, and the directory grows without end",
            "have files removed that are older than the longest job",
            _TEMPORARY,
            fix={_TEMPORARY: 14},
        )


@rule("data.log-grows", "warning", "Galaxy documentation, Production: rotate log files")
def log_grows(scene: Scene) -> Iterator[Finding]:
    """A log file that nobody rotates grows for ever."""
    written = scene.value("groundwork.service_manager") in _ONE_LOG or scene.value("scaling.uwsgi_log")
    if written and _lacks(scene, _ROTATE, True):
        yield Finding(
            "Galaxy writes a log file that nothing rotates",
            "it grows until the disk is full, and Galaxy stops with it",
            "let logrotate look after it",
            _ROTATE,
            fix={_ROTATE: True},
        )


@rule("data.no-quotas", "note", "Galaxy's sample galaxy.yml, enable_quotas")
def no_quotas(scene: Scene) -> Iterator[Finding]:
    """Galaxy limits what users have only where quotas are on. Whoever answers no has thought of it."""
    if main_file(scene) is not None and scene.value(_QUOTAS) is None and is_whole(scene, _QUOTAS):
        yield Finding(
            "there are no quotas",
            "one user can fill the disk for all, and nothing can be done in Galaxy but to ask",
            "switch them on; nobody is limited before you set a quota in the administration pages",
            _QUOTAS,
            fix={_QUOTAS: True},
        )


@rule("data.quota-for-ever", "warning", _CLEANING)
def quota_for_ever(scene: Scene) -> Iterator[Finding]:
    """Deleted datasets count until they are purged."""
    if scene.value(_QUOTAS) is True and scene.value(_PURGE) is False and scene.value(_CLEANUP) == "none":
        yield Finding(
            "users have quotas and may not purge, and no script purges for them",
            "what they delete goes on counting, so that whoever is over the quota stays there",
            "let users purge, or have the clean-up scripts run",
            _PURGE,
            fix={_PURGE: True},
        )


# -- FTP


@rule("data.ftp-half", "warning", _UPLOAD)
def ftp_half(scene: Scene) -> Iterator[Finding]:
    """The upload form shows files of FTP when it knows both the directory and the site."""
    folder, site = scene.value(_DIR), scene.value(_SITE)
    if (folder is None) != (site is None) and is_whole(scene, _DIR, _SITE):
        has, lacks, question = ("directory", "site", _SITE) if folder else ("site", "directory", _DIR)
        yield Finding(
            f"uploads by FTP have a {has} and no {lacks}",
            "Galaxy shows FTP in the upload form only where both are set",
            f"give the {lacks}, or take the {has} out",
            question,
        )


@rule("data.ftp-without-passwords", "error", _UPLOAD)
def ftp_without_passwords(scene: Scene) -> Iterator[Finding]:
    """ProFTPD compares with the passwords in Galaxy's database."""
    by_proxy = scene.value("proxy.authentication", "galaxy") != "galaxy"
    if scene.value(_FTP) == "proftpd" and by_proxy:
        yield Finding(
            "ProFTPD asks for passwords of Galaxy, and the proxy checks the logins here",
            "accounts that come from the proxy have no password in Galaxy, so that nobody can log in by FTP",
            "use an FTP server that checks logins where the proxy does, or uploads through the browser",
            _FTP,
            fix={_FTP: "elsewhere"},
        )


@rule("data.ftp-without-tls", "warning", _UPLOAD)
def ftp_without_tls(scene: Scene) -> Iterator[Finding]:
    """Plain FTP sends passwords as they are."""
    if scene.value(_FTP) != "proftpd" or scene.value(_CERTIFICATE) is not None:
        return
    if any(re.search(r"^\s*TLSEngine\s+on", file.text, re.MULTILINE | re.IGNORECASE) for file in scene.files):
        return
    web, key = scene.value("proxy.certificate"), scene.value("proxy.certificate_key")
    yield Finding(
        "ProFTPD has no certificate",
        "passwords of Galaxy go over the network readably, and with them whoever listens gets in",
        "give a certificate with the name of the FTP site; that of the web site will do",
        _CERTIFICATE,
        fix={_CERTIFICATE: web, _KEY: key} if web and key else {},
    )


@rule("data.ftp-fixed-substrings", "error", "galaxyproject/galaxy#10351")
def ftp_fixed_substrings(scene: Scene) -> Iterator[Finding]:
    """The number of rounds stands in a password hash, and has grown by digits."""
    for file in scene.files:
        for number, line in enumerate(file.text.splitlines(), 1):
            if re.match(r"\s*SQLNamedQuery\s.*galaxy_user", line, re.IGNORECASE) and re.search(
                r"\bsubstr(?:ing)?\b", line, re.IGNORECASE
            ):
                yield Finding(
                    "a query for FTP logins counts the characters of a password hash",
                    "new hashes are longer than old ones, and whoever has a new password cannot log in",
                    "split the hash at its dollar signs with split_part",
                    _FTP,
                    file.shown,
                    number,
                )


@rule("data.ftp-kept-twice", "note", _UPLOAD)
def ftp_kept_twice(scene: Scene) -> Iterator[Finding]:
    """Files in the FTP directory count against no quota."""
    if scene.value("data.ftp_purge") is False:
        yield Finding(
            "files stay in the FTP directory after they were imported",
            "the disk holds everything twice, and no quota counts it",
            "have them removed after the import",
            "data.ftp_purge",
            fix={"data.ftp_purge": True},
        )
