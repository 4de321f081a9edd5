"""What a value needs beside it, where the register of questions cannot say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from wizard.answers.destinations import Destination
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host, Role
from wizard.answers.runners import Runner, RunnerKind
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend

Answers = Mapping[str, Any]

START: Answers = {
    # logrotate, systemd and supervisord look the account up.
    "groundwork.user": "daemon",
    "groundwork.group": "daemon",
    # Not every service manager can limit memory.
    "scaling.handlers": [
        Handler(name="handler", processes=2, pools=["job-handlers"]),
        Handler(name="scheduler", processes=1, pools=["workflow-schedulers"]),
    ],
}

SERVED_BY: Mapping[str, Answers] = {
    "uwsgi": {"groundwork.release": "21.09"},
    "paste": {
        "groundwork.release": "17.09",
        "groundwork.config_file": "galaxy.ini",
        "proxy.link": "tcp",
        "proxy.address": "127.0.0.1:8080",
        "scaling.workers": 1,
    },
}
"""The answers of the era in which a program served Galaxy, in the place of a preset's: with 4 workers Paste has 4
addresses."""

PREFERRED: Answers = {
    "proxy.authentication": "password-file",
    "cluster.destinations[].container": "docker",
}
"""The value with which a condition is made to hold, where not the first of its values."""

FIRST_ROWS: Mapping[str, Answers] = {
    "cluster.runners": {"id": "tried", "kind": "local"},
    "cluster.destinations": {"id": "tried", "runner": "local"},
    "cluster.tools": {"id": "upload1"},
    "cluster.limits": {"kind": "registered_user_concurrent_jobs", "value": 5},
    "scaling.hosts": {"name": "10.0.0.1", "runs": ["proxy"]},
    "scaling.handlers": {"name": "handler"},
    "data.backends": {"id": "tried", "kind": "disk", "files_dir": "/srv/galaxy/files", "weight": 1},
}
"""The row of each table that a column is tried in."""

_DESTINATIONS = [
    Destination(id="local", runner="local", tags=["small"]),
    Destination(id="other", runner="local", tags=["large"]),
]
_TOOL_HANDLERS = [Handler(name="handler0"), Handler(name="handler1")]

SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "groundwork.release": ("26.1", "25.1"),
    "groundwork.config_file": ("galaxy.ini", "production.ini"),
    "groundwork.user": ("daemon", "bin"),
    "groundwork.group": ("daemon", "sys"),
    "groundwork.rotate_files": (["/srv/galaxy/log/*.log"], ["/srv/galaxy/log/galaxy.log"]),
    "proxy.url_prefix": ("/", "/galaxy"),
    "proxy.reports_prefix": ("/reports", "/statistics"),
    "proxy.certificate": ("/etc/ssl/galaxy.pem", "/etc/ssl/other.pem"),
    "proxy.certificate_key": ("/etc/ssl/galaxy.key", "/etc/ssl/other.key"),
    "proxy.static_expires": ("24h", "7d"),
    "proxy.max_body_size": ("10g", "500m"),
    "proxy.tusd_host": ("localhost", "127.0.0.1"),  # nginx resolves names when it starts
    "proxy.nginx_upload_path": ("/_upload", "/_files"),
    "proxy.ldap_url": ("ldaps://ldap.example.org/dc=example?uid", "ldap://localhost/dc=org?mail"),
    "cluster.destinations[].runner": ("local", "dynamic"),
    "cluster.destinations[].resubmit_to": ("local", "tried"),
    "cluster.destinations[].resubmit_when": ("memory_limit_reached", "walltime_reached and attempt <= 2"),
    "cluster.destinations[].resubmit_delay": ("30", "attempt * 30"),
    "cluster.destinations[].walltime": ("24:00:00", "01:30:00"),
    "cluster.runners[].load": (
        "galaxy.jobs.runners.godocker:GodockerJobRunner",
        "galaxy.jobs.runners.tasks:TaskedJobRunner",
    ),
    "cluster.default_destination": ("local", "other"),
    "cluster.tools[].destination": ("local", "other"),
    "data.object_store_file": ("/srv/galaxy/config/one.yml", "/srv/galaxy/config/two.yml"),
    "cluster.tools[].handler": ("handler0", "handler1"),
    "cluster.limits[].value": (3, 7),
    "cluster.limits[].id": ("local", "other"),
    "cluster.limits[].tag": ("small", "large"),
    "data.ftp_certificate": ("/etc/ssl/galaxy.pem", "/etc/ssl/other.pem"),
    "data.ftp_certificate_key": ("/etc/ssl/galaxy.key", "/etc/ssl/other.key"),
    "data.cvmfs_proxy": (["DIRECT"], ["http://squid.example.org:3128"]),
    "data.cvmfs_repositories": (["data.galaxyproject.org"], ["singularity.galaxyproject.org"]),
    "data.tables[].columns": (["value", "path"], ["value", "name", "path"]),
    "scaling.host": ("10.0.0.1", "10.0.0.2"),
    "scaling.hosts[].name": ("10.0.0.1", "10.0.0.3"),
    "scaling.hosts[].handlers": (["handler0"], ["handler1"]),
    "scaling.gunicorns": (2, 3),
    "scaling.workers": (1, 2),
    "proxy.more_upstreams": (["localhost:8091"], ["localhost:8092"]),
    "scaling.handlers[].name": ("job-handlers", "workflow-schedulers"),
    "scaling.uwsgi_http": (":8080", "127.0.0.1:8081"),
    "scaling.uwsgi_https": (":8443", "127.0.0.1:8444"),
    "scaling.uwsgi_stats": ("127.0.0.1:9191", "/srv/galaxy/var/stats.sock"),
    "scaling.uwsgi_chmod_socket": ("660", "666"),
    "scaling.handlers[].plugins": (["local"], ["dynamic"]),
    "scaling.handlers[].name_template": ("{name}_{process}", "{instance_name}_{name}_{process}"),
    "scaling.default_handler": ("handler0", "handler1"),
}
"""Two values of a question that takes less than its type says."""


def _place(name: str) -> Backend:
    return Backend(id=name, kind="disk", files_dir=f"/srv/galaxy/{name}")


def _bucket(kind: str, **more: str) -> Backend:
    keys = {"bucket": "galaxy", "access_key": Secret("id"), "secret_key": Secret("c2VjcmV0")}
    rest = {"cache_dir": "/srv/galaxy/cache", "cache_size": 10, "temp_dir": "/srv/galaxy/tmp"}
    return Backend.model_validate({"id": "tried", "kind": kind, **keys, **rest, **more})


BUCKETS: Mapping[str, Backend] = {
    "s3": _bucket("s3"),
    "generic-s3": _bucket("generic-s3", endpoint="https://s3.example.org"),
    "azure": _bucket("azure"),
    "swift": _bucket("swift", endpoint="https://swift.example.org"),
}

_TRIED, _REST, _OTHER = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def _beside(*roles: Role, here: str = _TRIED) -> Answers:
    """Another host that runs everything but `roles`, and the addresses by which the two find each other."""
    others = [other for other in get_args(Role) if other not in roles]
    where = {role: _TRIED if role in roles else _REST for role in get_args(Role)}
    return {
        "scaling.hosts": [Host(name=_REST, runs=others)],
        "scaling.host": here,
        "groundwork.service_manager": "systemd",
        "database.connect": "tcp",
        "database.host": where["database"],
        "proxy.link": "tcp",
        "proxy.address": f"{where['web']}:8080",
        "proxy.tusd_host": where["uploads"],
        "celery.broker_host": _REST,
        "celery.backend_host": _REST,
        "celery.control_queue": Secret(f"redis://{_REST}:6379/1"),
    }


MULES = [Handler(name="job-handlers.more", processes=2)]

BESIDE: Mapping[tuple[str, Any], Answers] = {
    ("scaling.strategy", "mules"): {"scaling.handlers": MULES},
    ("scaling.uwsgi_master", False): {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": _TOOL_HANDLERS,
    },
    ("scaling.zerg", True): {
        **dict.fromkeys(f"scaling.uwsgi_{name}" for name in ("http", "https", "privileged_ports")),
        "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock",
        "scaling.strategy": "static-handlers",
        "scaling.handlers": _TOOL_HANDLERS,
    },
    ("database.strategy", None): {"groundwork.release": "2014.06.02"},
    # The Galaxy that is asked about galaxy.yml is newer than the last release with it.
    ("groundwork.use_interactive", None): {"groundwork.release": "17.09"},
    ("scaling.handler_stack", "paste"): {"groundwork.config_file": "galaxy.ini"},
    ("proxy.more_upstreams", None): {"scaling.gunicorns": 2},
    ("data.cleanup_what", "exported-histories"): {"database.engine": "postgresql"},
    ("data.cleanup_what", "libraries"): {"database.engine": "sqlite"},
    ("cluster.job_config", "file"): {"cluster.job_config_file": "/srv/galaxy/config/job_conf.yml"},
    ("cluster.job_config", "xml"): {"cluster.job_config_file": "/srv/galaxy/config/job_conf.xml"},
    ("cluster.default_destination", None): {"cluster.destinations": _DESTINATIONS},
    ("cluster.tools[].destination", None): {"cluster.destinations": _DESTINATIONS},
    ("cluster.limits[].id", None): {"cluster.destinations": _DESTINATIONS},
    ("cluster.limits[].tag", None): {"cluster.destinations": _DESTINATIONS},
    ("cluster.real_user", True): {
        "cluster.external_runjob": "sudo -E scripts/drmaa_external_runner.py",
        "cluster.external_killjob": "sudo -E scripts/drmaa_external_killer.py",
        "cluster.external_chown": "sudo -E scripts/external_chown_script.py",
    },
    ("cluster.runners[].kind", "other"): {
        "cluster.runners[].load": "galaxy.jobs.runners.godocker:GodockerJobRunner"
    },
    ("cluster.runners[].load", None): {"cluster.runners[].kind": "other"},
    ("cluster.limits[].kind", "destination_user_concurrent_jobs"): {"cluster.limits[].id": "local"},
    ("cluster.limits[].kind", "destination_total_concurrent_jobs"): {"cluster.limits[].id": "local"},
    ("cluster.limits[].kind", "walltime"): {"cluster.limits[].value": "24:00:00"},
    ("cluster.limits[].kind", "total_walltime"): {
        "cluster.limits[].value": "24:00:00",
        "cluster.limits[].window": 30,
    },
    ("cluster.limits[].kind", "output_size"): {"cluster.limits[].value": "10G"},
    ("cluster.tools[].handler", None): {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": _TOOL_HANDLERS,
    },
    ("scaling.gunicorns", 2): {"proxy.more_upstreams": ["localhost:8091"]},
    ("scaling.gunicorns", 3): {"proxy.more_upstreams": ["localhost:8091", "localhost:8092"]},
    ("scaling.restart_timeout", None): {
        "scaling.gunicorns": 2,
        "proxy.more_upstreams": ["localhost:8091"],
    },
    ("scaling.strategy", "static-handlers"): {"scaling.handlers": _TOOL_HANDLERS},
    ("scaling.default_handler", None): {
        "scaling.strategy": "static-handlers",
        "scaling.handlers": _TOOL_HANDLERS,
    },
    **{
        ("scaling.host", host): {
            **_beside("proxy", here=host),
            "scaling.hosts": [
                Host(name=_TRIED, runs=["proxy"]),
                Host(name=_REST, runs=[role for role in get_args(Role) if role != "proxy"]),
            ],
        }
        for host in (_TRIED, _REST)
    },
    **{("scaling.hosts[].name", name): _beside("proxy", here=name) for name in (_TRIED, _OTHER)},
    **{
        ("scaling.hosts[].handlers", name): {
            **_beside("reports"),
            "scaling.hosts": [
                Host(
                    name=_REST, runs=[role for role in get_args(Role) if role != "reports"], handlers=[other]
                )
            ],
            "scaling.hosts[].runs": ["reports", "handlers"],
            "scaling.strategy": "static-handlers",
            "scaling.handlers": _TOOL_HANDLERS,
        }
        for name, other in (("handler0", "handler1"), ("handler1", "handler0"))
    },
    **{("scaling.hosts[].runs", role): _beside(role) for role in get_args(Role)},
    ("celery.broker", "rabbitmq"): {"celery.broker_port": 5672},
    ("celery.broker_vhost", None): {"celery.broker_port": 5672},
    ("data.object_store", "disk"): {"data.backends": [_place("first")]},
    ("data.object_store", "hierarchical"): {"data.backends": [_place("first"), _place("second")]},
    ("data.object_store_format", "yaml"): {
        "data.object_store_file": "/srv/galaxy/config/object_store_conf.yml"
    },
    ("data.object_store_format", "xml"): {
        "data.object_store_file": "/srv/galaxy/config/object_store_conf.xml"
    },
    **{("data.object_store", kind): {"data.backends": [row]} for kind, row in BUCKETS.items()},
    **{
        ("data.backends[].kind", kind): {
            f"data.backends[].{name}": value
            for name, value in dict(row).items()
            if value is not None and name not in ("id", "kind")
        }
        | {"data.backends[].files_dir": None}
        for kind, row in BUCKETS.items()
    },
}
"""Answers that go with one value of a question, or (None) with any."""

_STATIC: Mapping[str, Answers] = {
    "static handlers": {"scaling.strategy": "static-handlers", "scaling.handlers": _TOOL_HANDLERS[1:]}
}

_KINDS: Mapping[str, Answers] = {
    kind: {"cluster.runners": [Runner(id="local", kind=kind)]}
    for kind in get_args(RunnerKind)
    if kind not in ("local", "other", "cli")
}
_COMMANDS: Mapping[str, Answers] = {
    f"{name} by commands": {
        "cluster.runners": [Runner(id="local", kind="cli")],
        "cluster.destinations[].scheduler": name,
    }
    for name in ("slurm", "torque", "slurm-torque", "openpbs", "lsf")
}
_SOME: Mapping[str, Answers] = {"slurm": _KINDS["slurm"], "lsf by commands": _COMMANDS["lsf by commands"]}

FURTHER: Mapping[str, Mapping[str, Mapping[str, Answers]]] = {
    "cluster.destinations": {
        "job_conf.yml": {**_KINDS, **_COMMANDS},
        "job_conf.xml": _SOME,
        "galaxy.yml, job_config": _SOME,
    },
    "scaling.handlers": dict.fromkeys(("job_conf.yml", "job_conf.xml", "galaxy.yml, job_config"), _STATIC),
}
"""Under which other answers the questions of a table mean something else, by the file that they stand in."""
