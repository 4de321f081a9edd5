"""What runs beside Galaxy: tusd, ProFTPD, the library of a scheduler, reference data, cron and logrotate."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.consequences import fronts
from wizard.consumers.running import PLACES
from wizard.files.hosts import runs_here
from wizard.files.system.proftpd import SITE_FILE
from wizard.steps import database, packages, processes
from wizard.steps.accounts import FILES
from wizard.steps.looking import by_systemd, done, is_live, left, missing, name_list, unknown
from wizard.steps.step import Command, Scene, Seen, Step

TUSD, FTP, LIBRARY = "uploads.tusd", "ftp.server", "cluster.library"
CVMFS, PERIODIC = "data.cvmfs", "periodic.files"
_RELEASES = "https://github.com/tus/tusd/releases"
_PATIENCE = 10.0


def before(scene: Scene) -> Iterator[Step]:
    """What Galaxy needs when it starts."""
    if scene.value("proxy.uploads") == "tusd" and runs_here(scene.given, "uploads"):
        yield _tusd(scene)
    rows = scene.value("cluster.runners") or ()
    libraries = [str(row.drmaa_library_path) for row in rows if row.drmaa_library_path]
    if libraries and runs_here(scene.given, "handlers"):
        yield _library(scene, libraries)
    if scene.value("data.cvmfs"):
        yield _cvmfs(scene)


def after(scene: Scene) -> Iterator[Step]:
    """What needs Galaxy's tables, or nothing of Galaxy."""
    if scene.value("data.ftp") == "proftpd" and runs_here(scene.given, "ftp"):
        yield _ftp(scene)
    if wanted := [path for path in scene.written if path.startswith(("/etc/cron.d/", "/etc/logrotate.d/"))]:
        yield _periodic(scene, wanted)


def _tusd(scene: Scene) -> Step:
    path = str(scene.value("proxy.tusd_path") or "tusd")

    def look() -> Seen:
        there = scene.disk.first_that_exists(
            (path,) if "/" in path else tuple(f"{place}/{path}" for place in PLACES)
        )
        return done(f"{there} is there") if there else left(f"{path} is not there")

    to = path if posixpath.isabs(path) else "/usr/local/bin/tusd"
    by_hand = (
        f"get tusd_linux_amd64.tar.gz (or your machine's) from {_RELEASES}, compare its SHA-256 with the one there, "
        f"unpack it, and: install -m 0755 tusd {to}"
    )
    return Step(
        TUSD, "tusd", "No distribution and no package of Galaxy brings it; without it uploads stay at 0 %.", look,
        by_hand=by_hand, question="proxy.tusd_path", tests=(("test", "-x", to),),
    )  # fmt: skip


def _library(scene: Scene, paths: list[str]) -> Step:
    def look() -> Seen:
        gone = missing(scene, paths)
        return left(f"{gone[0]} is not there") if gone else done(f"{name_list(paths)} is there")

    return Step(
        LIBRARY, "The scheduler's DRMAA library", "Handlers load it to submit jobs; without it they stay new.", look,
        by_hand=f"install the DRMAA library that was built for the scheduler's very release: {name_list(paths)}",
        question="cluster.runners",
    )  # fmt: skip


def _cvmfs(scene: Scene) -> Step:
    def look() -> Seen:
        if not scene.disk.exists("/usr/bin/cvmfs_config"):
            return left("the CernVM-FS client is not installed")
        known = scene.disk.exists("/etc/auto.cvmfs") and scene.disk.exists("/cvmfs")
        return done("it is set up") if known else left("it was not set up")

    installed = scene.disk.exists("/usr/bin/cvmfs_config")
    commands = (Command(("cvmfs_config", "setup")),) if installed else ()
    return Step(
        CVMFS, "Reference data (CVMFS)", "A repository is mounted when a tool first looks into it.", look, commands,
        "install the package cvmfs from CernVM's own repository (cernvm.cern.ch/fs), then: cvmfs_config setup",
        "data.cvmfs", (FILES,),
    )  # fmt: skip


def _ftp(scene: Scene) -> Step:
    def look() -> Seen:
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        running = processes.master(scene, "/run/proftpd.pid", "/run/proftpd/proftpd.pid")
        if running is None:
            return left("ProFTPD does not run")
        if not processes.read_since([running], scene, SITE_FILE):
            return left(f"ProFTPD has not read {SITE_FILE} since it was written")
        return done("ProFTPD runs with Galaxy's part")

    systemd = by_systemd(scene) or not is_live(scene)
    told = fronts.ftp_restarted(scene.given) if systemd else None
    again = told or ("service", "proftpd", "restart")
    words = [fronts.FTP_TESTED, *([("systemctl", "enable", "proftpd")] if systemd else []), again]
    return Step(
        FTP, "FTP server", "It reads its files when it starts.", look, tuple(map(Command, words)), None, "data.ftp",
        (packages.CODE, database.FTP_ROLE, FILES), patience=_PATIENCE,
    )  # fmt: skip


def _periodic(scene: Scene, paths: list[str]) -> Step:
    def look() -> Seen:
        gone = missing(scene, paths)
        return left(f"{gone[0]} is not there") if gone else done(f"{name_list(paths)}: read by themselves")

    return Step(
        PERIODIC, "Cleaning up and rotating", "cron and logrotate read their folders by themselves.", look,
        by_hand="galaxy-setup apply writes them", after=(packages.CODE,),
    )  # fmt: skip
