"""An install on disk in, the answers behind its files out, each with its origin."""

from __future__ import annotations

from typing import Any

from wizard.answers.hints import served_by
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.data.known import KNOWN_TABLES
from wizard.files.lens import Lens
from wizard.files.services import SERVICES
from wizard.problems import Refused
from wizard.survey import facts
from wizard.survey.apache_tree import read_apache
from wizard.survey.app_server import read_app_server
from wizard.survey.crontabs import cron_programs
from wizard.survey.found import Found, Survey
from wizard.survey.galaxy_files import (
    JOB_CONFIG,
    Places,
    read_job_conf,
    read_main,
    read_object_store,
)
from wizard.survey.logrotate_files import read_logrotate
from wizard.survey.looking import Looking
from wizard.survey.main_file import find_main_file
from wizard.survey.named import name_programs
from wizard.survey.nginx_tree import read_nginx
from wizard.survey.option_names import judge_names
from wizard.survey.own_services import manageable, read_services, settle
from wizard.survey.paste_handlers import read_paste_handlers
from wizard.survey.proftpd_files import read_proftpd
from wizard.survey.quiet import keep_quiet, leave_implied, leave_unknown_options
from wizard.survey.supervisor_programs import supervisor_programs
from wizard.survey.systemd_units import systemd_programs


def survey(disk: Disk, directory: str) -> Survey:
    """Survey the install at `directory` (Galaxy's root or its configuration directory, absolute below the root).

    Raises Refused when there is no configuration of Galaxy, or when it cannot be read or parsed. Every other file that
    cannot be is named in `unread`.
    """
    looking, fits = _looked(disk, directory, manage_services=True)
    if not fits:
        looking, _ = _looked(disk, directory, manage_services=False)
    leave_unknown_options(looking)
    leave_implied(looking.seen)
    keep_quiet(looking)
    return looking.seen


def _looked(disk: Disk, directory: str, manage_services: bool) -> tuple[Looking, bool]:
    """All that is there, and whether the services can be managed as that was tried."""
    looking = Looking(disk)
    main = find_main_file(looking, directory)
    start: dict[str, Any] = {"groundwork.config_dir": main.config_dir}
    if main.name != "galaxy.yml":
        start["groundwork.config_file"] = main.name
    options = read_main(looking, main, start)
    seen = looking.seen
    seen.found.setdefault("groundwork.config_dir", Found(main.config_dir, disk.shown(main.path), None))
    home = facts.find_home(looking, directory, main, options)
    programs = [
        *systemd_programs(looking, home),
        *supervisor_programs(looking),
        *cron_programs(looking, home),
    ]
    ours = facts.complete(looking, home, main, programs, options)
    start |= read_app_server(looking, main, start, ours)
    facts.answer(looking, main, start)
    judge_names(looking, main, options, served_by({**start, **seen.given}) != "gunicorn")
    managed = manageable(looking, ours) if manage_services else {}
    if managed:
        read_services(looking, main, managed)
    start |= seen.given
    release = seen.facts.get("release")
    places = Places(main.config_dir, home.root, release.value if release is not None else None)
    read_job_conf(looking, options, places, start)
    read_paste_handlers(looking, main, ours)
    read_object_store(looking, options, places, main, start)
    for lens in LENSES:
        if lens.name == "nginx site":
            read_nginx(looking, lens)
    read_apache(looking, home, start)
    _read_others(looking, start)
    name_programs(looking, ours)
    read_logrotate(looking, home)
    read_proftpd(looking, home)
    return looking, settle(looking, managed)


_KINDS = {"cron": "crontab", "proftpd.conf": "ProFTPD", "ProFTPD's main file": "ProFTPD"}
_IF_THERE: dict[str, Any] = {
    "groundwork.rotate_logs": True,
    "data.cleanup": "cron",
    "data.ftp": "proftpd",
    "data.ftp_port": 21,
    "data.genomes": [],
    "data.tables": [],
    **{table.question: [] for table in KNOWN_TABLES},
    "data.cvmfs": True,
    "data.cvmfs_servers": [],
}
"""With these answers the files of the system around Galaxy are looked for; what they say is read from them."""


def _read_others(looking: Looking, start: dict[str, Any]) -> None:
    """Read every other lens whose file is there, for the answers that are known by now."""
    read = set(looking.seen.files)
    for lens in LENSES:
        target = lens.target({**_IF_THERE, **start, **_told(looking)})
        if (
            target is None
            or lens in SERVICES
            or lens.name == "nginx site"
            or lens.owns(JOB_CONFIG)
            or lens.owns("data.object_store")
        ):
            continue
        text = looking.text(target.path) if looking.disk.shown(target.path) not in read else None
        if text is not None and _answers_any(lens, text, target.path):
            looking.read(lens, target.path, _KINDS.get(lens.name, lens.name))


_TOLD = ("data.tool_data_path", "data.builds_file", "data.tool_data_tables", "scaling.zerg")


def _told(looking: Looking) -> dict[str, Any]:
    """What Galaxy's configuration says of other files: that they are needed, and where they are."""
    given = looking.seen.given
    return {question: given[question] for question in _TOLD if question in given}


def _answers_any(lens: Lens, text: str, path: str) -> bool:
    """Whether a file at the usual place is one that this lens understands; another one is named, and left alone."""
    try:
        return bool(lens.read(text, path).given)
    except Refused:
        return False
