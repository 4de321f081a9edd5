"""What has to be installed, reloaded or restarted once files have changed, as commands, in order."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.consequences import fronts, zerg
from wizard.consequences.boot import boot_commands, starter
from wizard.consequences.by_hand import handlers_again, handlers_by_hand
from wizard.consequences.packages import package_commands
from wizard.consequences.services import supervisord_commands, systemd_commands
from wizard.files.database.scripts import run_command
from wizard.files.places import release
from wizard.files.services.leaving import Leaving
from wizard.files.services.managing import own_services
from wizard.releases import catalog

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan


_JOB_CONFIGURATIONS = frozenset({"job_conf.yml", "job_conf.xml"})
_FTP = frozenset({"proftpd.conf", "ProFTPD's main file"})
_REFERENCE = ("builds.txt", "data tables")
_CVMFS = frozenset({"CVMFS client", "CVMFS domain"})
_SQL = "database.sql"


def consequences(files: Sequence[FilePlan], given: Given, ending: Iterable[Leaving] = ()) -> tuple[str, ...]:
    """The commands that make the plan's files take effect; empty when nothing changes or Galaxy reloads by itself.

    `ending` are services that are to be stopped before.
    """
    pending = [file for file in files if file.action != "unchanged"]
    commands = [one.command for one in ending]
    if commands and own_services(given) != "systemd" and any("systemctl" in one for one in commands):
        commands.append("systemctl daemon-reload")
    sql = next((file for file in pending if _SQL in file.lenses), None)
    if sql is not None:
        commands.append(run_command(given, sql.path))
    if not _lenses(pending).isdisjoint(_CVMFS):
        commands += ["cvmfs_config setup", "cvmfs_config reload"]
    commands += package_commands(pending, given)
    commands += _galaxy(files, pending, given)
    if sql is not None and sql.before is None and given.get("data.ftp") == "proftpd":
        # The table of users is there once Galaxy has started: only then can the FTP role be let read it.
        commands.append(run_command(given, sql.path))
    for file in pending:
        if "nginx site" in file.lenses:
            if file.before is None and (enabled := fronts.nginx_enabled(file.path)) is not None:
                commands.append(shlex.join(enabled))
            commands.append(_in_turn(fronts.NGINX_TESTED, fronts.NGINX_RELOADED))
        if "apache site" in file.lenses:
            commands += _apache(file, given)
    if not _lenses(pending).isdisjoint(_FTP):
        again = fronts.ftp_restarted(given)
        commands.append(_in_turn(fronts.FTP_TESTED, again) if again else "restart ProFTPD")
    return tuple(commands)


def _lenses(pending: Iterable[FilePlan]) -> set[str]:
    return {name for file in pending for name in file.lenses if file.changes}


def _galaxy(files: Sequence[FilePlan], pending: Sequence[FilePlan], given: Given) -> Iterator[str]:
    """The commands for Galaxy's own processes."""
    options = [change.option for file in pending for change in file.changes]
    lenses = _lenses(pending)
    reference = any(name in _REFERENCE or name.endswith(".loc") for name in lenses)
    restart = (
        reference
        or not lenses.isdisjoint(_JOB_CONFIGURATIONS)
        or any(_needs_restart(option, given) for option in options)
    )
    gravity = any(option.startswith("gravity.") for option in options)
    manager = str(given.get("groundwork.service_manager", "gravity-systemd"))
    managed = served_by(given) == "gunicorn" and manager.startswith("gravity")
    new = any(file.before is None and file.path.endswith("/galaxy.yml") for file in pending)
    services = own_services(given)
    if services == "systemd":
        yield from systemd_commands(files, restart, given)
    elif services == "supervisord":
        yield from supervisord_commands(files, restart)
    elif (boot := starter(given)) is not None:
        yield from boot_commands(boot, files, restart, given)
    elif managed:
        if gravity:
            yield "galaxyctl update"
        if restart or gravity:
            yield "galaxyctl start" if new else "galaxyctl graceful"
    elif zerg.zergs(files) and (restart or not zerg.pool_stays(files)):
        yield from _zerg(files, given, new)
    elif restart:
        yield "start Galaxy" if new else "restart Galaxy"
        yield from handlers_by_hand(given) if new else ()


def _zerg(files: Sequence[FilePlan], given: Given, new: bool) -> Iterator[str]:
    """The commands of zerg mode where galaxy-setup writes no services."""
    stays = zerg.pool_stays(files)
    if "groundwork.service_manager" in given:
        yield from zerg.by_own_services(stays)
    else:
        yield from zerg.by_hand(given, stays, new)
        yield from handlers_by_hand(given) if new else handlers_again(given)


def _apache(file: FilePlan, given: Given) -> Iterable[str]:
    if file.before is None and (enabled := fronts.apache_enabled(file.path)) is not None:
        yield shlex.join(enabled)
    yield _in_turn(fronts.APACHE_TESTED, fronts.apache_reloaded(file.path, given))


def _in_turn(*commands: Sequence[str]) -> str:
    """Commands for one line of a shell, each only where those before it ended well."""
    return " && ".join(map(shlex.join, commands))


def _needs_restart(option: str, given: Given) -> bool:
    section, _, name = option.partition(".")
    if section == "uwsgi":
        return True
    if section != "galaxy":
        return False
    known = catalog.options(release(given)).get(name.partition(".")[0])
    return known is None or not known.reloadable
