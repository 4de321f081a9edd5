"""What no consumer sees, and why that is right. Whatever is not here must be seen; what is here must not."""

from __future__ import annotations

from collections.abc import Mapping

NOT_SEEN: Mapping[str, str] = {
    "groundwork.release": "tells which options there are; no file names it",
    "groundwork.shared_filesystem": "makes suggestions; no file holds it",
    "groundwork.shared_mount": "makes suggestions; no file holds it",
    "groundwork.supervisor_file": "tells where the programs of supervisord stand, and nothing in them",
    "database.setup_file": "tells where the SQL stands, and nothing in it",
    "proxy.site_file": "tells where the proxy's site stands, and nothing in it",
    "scaling.hosts[].name": "names the host that files are written for; no file holds it",
}
"""Questions whose values no consumer can tell apart."""

ALIKE: Mapping[str, tuple[frozenset[str], str]] = {
    "data.ftp": (
        frozenset({"none", "elsewhere"}),
        "another FTP server is configured elsewhere; Galaxy hears of it by its directory",
    ),
}
"""Values of a question that do the same to each file."""

_JOBS = ("job_conf.yml", "job_conf.xml", "galaxy.yml, job_config")
_DYNAMIC = "Gravity starts dynamic handlers; the job configuration does not list them"
_STATIC = "static handlers have none"
_NO_MULES = "mules have none, and other handlers are not uWSGI's"
_ELSEWHERE = "the job configuration has them"

SILENT: Mapping[tuple[str, str, str], str] = {
    ("proxy.more_upstreams", "galaxy.ini, for Paste", ""): "one web server has one address",
    **{
        (f"scaling.handlers[].{column}", file, ""): _DYNAMIC
        for column in ("name", "processes", "pools", "name_template", "memory_limit", "environment")
        for file in _JOBS
    },
    **{
        (f"scaling.handlers[].{column}", file, "static handlers"): _STATIC
        for column in ("pools", "name_template")
        for file in _JOBS
    },
    **{
        (
            "scaling.handlers[].environment",
            file,
            "static handlers",
        ): "Gravity reads it there, when it makes services"
        for file in _JOBS
    },
    **{
        (f"scaling.handlers[].{column}", file, ""): _ELSEWHERE
        for column in ("tags", "plugins")
        for file in ("galaxy.yml, gravity:", "systemd units", "supervisord programs")
    },
    **{
        (f"scaling.handlers[].{column}", file, ""): _NO_MULES
        for column in ("tags", "plugins")
        for file in ("galaxy.yml, uwsgi:", "galaxy.ini, [uwsgi]")
    },
}
"""Files that hold a question's values under other circumstances alone: by question, file and circumstances."""
