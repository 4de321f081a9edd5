"""The register of judges: which program reads the files of which lenses. A lens without one fails a test."""

from __future__ import annotations

from typing import Any

from tests.verdicts import (
    data_judges,
    galaxy_judges,
    paste_judge,
    service_judges,
    system_judges,
    uwsgi_judges,
    web_judges,
)
from tests.verdicts.companions import MULES, SERVED_BY
from tests.verdicts.judging import Judge
from wizard.answers.handlers import Handler
from wizard.answers.storage import Backend

_JOBS = "Galaxy's JobConfiguration, schema and plugins"
_STORES = "Galaxy's object store builders"
_PLACES = [
    Backend(id="first", kind="disk", files_dir="/srv/galaxy/data/objects", weight=2),
    Backend(id="second", kind="disk", files_dir="/srv/galaxy/more", weight=1),
]


def _store(syntax: str) -> dict[str, Any]:
    end = {"yaml": "yml", "xml": "xml"}[syntax]
    return {
        "data.object_store": "distributed",
        "data.object_store_format": syntax,
        "data.object_store_file": f"/srv/galaxy/config/object_store_conf.{end}",
        "data.backends": _PLACES,
    }


_FTP = {
    "data.ftp": "proftpd",
    "data.ftp_dir": "/srv/galaxy/data/ftp",
    "data.ftp_uid": 998,
    "data.ftp_database_user": "galaxyftp",
    "data.ftp_port": 21,
}

_UWSGI = {
    "groundwork.release": "21.09",
    "groundwork.log_file": "/srv/galaxy/log/uwsgi.log",
    "proxy.certificate": "/etc/ssl/galaxy.pem",
    "proxy.certificate_key": "/etc/ssl/galaxy.key",
    "proxy.redirect": True,
    "scaling.strategy": "mules",
    "scaling.handlers": MULES,
    "scaling.handlers[].name": "job-handlers",
    "scaling.uwsgi_http": ":80",
    "scaling.uwsgi_https": ":443",
    "scaling.uwsgi_privileged_ports": True,
    "scaling.uwsgi_static_map": True,
    "scaling.uwsgi_log": "logto",
}
"""All that other answers are seen through."""
_ZERG = {
    "groundwork.release": "21.09",
    "scaling.zerg": True,
    "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock",
    "scaling.strategy": "static-handlers",
    "scaling.handlers": [Handler(name="handler0"), Handler(name="handler1")],
}

JUDGES: tuple[Judge, ...] = (
    Judge(
        ("galaxy.yml",),
        "Galaxy",
        "galaxy.yml, galaxy:",
        "Galaxy's schema and configuration",
        galaxy_judges.galaxy_yml,
    ),
    Judge(
        ("galaxy.yml (gravity*",),
        "Gravity",
        "galaxy.yml, gravity:",
        "Gravity's settings",
        galaxy_judges.gravity,
    ),
    Judge(
        ("galaxy.yml (uwsgi)",),
        "uWSGI",
        "galaxy.yml, uwsgi:",
        "uwsgi --show-config",
        uwsgi_judges.uwsgi,
        _UWSGI,
    ),
    Judge(
        ("galaxy.ini (uwsgi)",),
        "uWSGI",
        "galaxy.ini, [uwsgi]",
        "uwsgi --show-config",
        uwsgi_judges.uwsgi,
        {**_UWSGI, "groundwork.release": "19.09", "groundwork.config_file": "galaxy.ini"},
    ),
    Judge(
        ("galaxy.ini", "galaxy.ini (Paste)", "galaxy.ini (filters)"),
        "Paste",
        "galaxy.ini, for Paste",
        "PasteDeploy",
        paste_judge.paste,
        {**SERVED_BY["paste"], "groundwork.service_manager": "supervisord"},
    ),
    Judge(
        ("zergpool.ini",),
        "uWSGI",
        "zergpool.ini",
        "uwsgi --show-config",
        uwsgi_judges.uwsgi,
        _ZERG,
    ),
    Judge(
        ("job_conf.yml",), "jobs", "job_conf.yml", _JOBS, galaxy_judges.jobs, {"cluster.job_config": "file"}
    ),
    Judge(
        ("job_conf.xml",),
        "jobs",
        "job_conf.xml",
        _JOBS,
        galaxy_judges.jobs,
        {"cluster.job_config": "xml", "cluster.job_config_file": "/srv/galaxy/config/job_conf.xml"},
    ),
    Judge(
        ("galaxy.yml (job_config)",),
        "jobs",
        "galaxy.yml, job_config",
        _JOBS,
        galaxy_judges.jobs,
        {"cluster.job_config": "inline"},
    ),
    Judge(
        ("object store (YAML)",),
        "object store",
        "object_store_conf.yml",
        _STORES,
        galaxy_judges.object_store,
        _store("yaml"),
    ),
    Judge(
        ("object store (XML)",),
        "object store",
        "object_store_conf.xml",
        _STORES,
        galaxy_judges.object_store,
        _store("xml"),
    ),
    Judge(("nginx site",), "proxy", "nginx site", "nginx -T", web_judges.nginx),
    Judge(
        ("apache site",),
        "proxy",
        "Apache site",
        "apache2 -t -D DUMP_CONFIG",
        web_judges.apache,
        {"proxy.server": "apache"},
    ),
    Judge(
        ("systemd unit*",),
        "services",
        "systemd units",
        "systemd-analyze verify",
        service_judges.systemd,
        {"groundwork.service_manager": "systemd"},
    ),
    Judge(
        ("supervisord programs",),
        "services",
        "supervisord programs",
        "supervisord's reader",
        service_judges.supervisord,
        {"groundwork.service_manager": "supervisord"},
    ),
    Judge(
        ("init script",),
        "services",
        "init.d/galaxy",
        "sh",
        service_judges.settings,
        {"groundwork.service_manager": "sysvinit"},
    ),
    Judge(
        ("local_env.sh",),
        "services",
        "local_env.sh",
        "sh",
        service_judges.settings,
        {"groundwork.service_manager": "run.sh"},
    ),
    Judge(
        ("launchd*",),
        "services",
        "launchd property list",
        "plistlib",
        service_judges.launchd,
        {"groundwork.service_manager": "launchd"},
    ),
    Judge(
        ("SMF*",),
        "services",
        "SMF manifest",
        "xmllint",
        service_judges.smf,
        {"groundwork.service_manager": "smf"},
    ),
    Judge(
        ("database.sql",),
        "database",
        "database.sql",
        "PostgreSQL, MariaDB",
        data_judges.sql,
        {"database.setup_file": "/srv/galaxy/config/database.sql"},
    ),
    Judge(
        ("builds.txt", "data tables", "*.loc"),
        "local data",
        "builds.txt, data tables, .loc",
        "Galaxy's builds and data tables",
        galaxy_judges.reference_data,
        {"data.tool_data_path": "/srv/galaxy/tool-data"},
    ),
    Judge(("CVMFS*",), "local data", "CVMFS client", "sh", data_judges.shell, {"data.cvmfs": True}),
    Judge(
        ("logrotate",),
        "logs",
        "logrotate.d/galaxy",
        "logrotate -d",
        system_judges.logrotate,
        {"groundwork.rotate_logs": True},
    ),
    Judge(
        ("cron",),
        "clean-up",
        "cron.d/galaxy",
        "crontab -T and sh -n",
        system_judges.cron,
        {"data.cleanup": "cron"},
    ),
    Judge(
        ("ProFTPD's main file", "proftpd.conf"),
        "FTP",
        "ProFTPD's files",
        "proftpd -t",
        system_judges.proftpd,
        _FTP,
    ),
)


def judge_of(lens: str) -> Judge | None:
    """The judge that reads the file of this lens."""
    return next((judge for judge in JUDGES if judge.reads(lens)), None)
