"""Servers of every era, with a secret in each place that takes one."""

from __future__ import annotations

from typing import Any

from tests.planted.values import Planted

SECRET = Planted()
OPEN = Planted(referable=False)
"""In a question of another kind, as a table of variables: it stands in the answers."""
WORD = Planted(plain=True)


def url(around: str, referable: bool = True) -> Planted:
    """A URL; `{}` is its password."""
    return Planted(around, referable)


CONFIG = "/srv/galaxy/config"
_ENVIRONMENT = {"DB_PASSWORD": OPEN, "BROKER": url("amqp://u:{}@h//", False), "OPEN": "plain"}
_PLAIN_ENVIRONMENT = {"DB_PASSWORD": Planted(referable=False, plain=True)}
_FTP = {
    "ftp": "proftpd",
    "ftp_dir": "/srv/galaxy/ftp",
    "ftp_uid": 998,
    "ftp_database_user": "reader",
    "ftp_database_password": WORD,
}
_POSTGRES = {
    "engine": "postgresql",
    "connect": "tcp",
    "host": "db.example.org",
    "name": "galaxy",
    "user": "galaxy",
    "password": SECRET,
    "setup_file": f"{CONFIG}/database.sql",
}
_PULSAR = {
    "runners": [
        {"id": "local", "kind": "local", "workers": 2},
        {"id": "mq", "kind": "pulsar-mq", "amqp_url": url("amqp://u:{}@mq.example.org:5671//")},
        {"id": "rest", "kind": "pulsar-rest"},
    ],
    "destinations": [
        {"id": "local", "runner": "local"},
        {
            "id": "far",
            "runner": "rest",
            "url": "https://pulsar.example.org:8913/",
            "private_token": SECRET,
        },
    ],
}
_STORE = {
    "object_store": "distributed",
    "backends": [
        {"id": "disk", "kind": "disk", "files_dir": "/srv/galaxy/data/objects", "weight": 1},
        {
            "id": "far",
            "kind": "generic-s3",
            "weight": 1,
            "bucket": "galaxy",
            "endpoint": "https://s3.example.org",
            "access_key": SECRET,
            "secret_key": SECRET,
            "cache_dir": "/srv/galaxy/cache",
            "jobs_dir": "/srv/galaxy/data/jobs_directory",
        },
    ],
}
GUNICORN: dict[str, Any] = {
    "preset": "single-server@1",
    "groundwork": {"id_secret": SECRET, "user": "daemon", "group": "daemon"},
    "database": _POSTGRES,
    "proxy": {
        "authentication": "header",
        "upstream_header": "X-User",
        "remote_user_secret": WORD,
        "tls": "none",
        "hsts": False,
        "redirect": False,
    },
    "cluster": _PULSAR,
    "celery": {
        "broker": "rabbitmq",
        "broker_host": "mq.example.org",
        "broker_port": 5672,
        "broker_user": "galaxy",
        "broker_password": SECRET,
        "backend": "redis",
        "backend_password": SECRET,
        "control_queue": url("amqp://u:{}@mq.example.org//"),
        "environment": _ENVIRONMENT,
    },
    "scaling": {"web_environment": _ENVIRONMENT},
    "data": {**_STORE, **_FTP},
    "options": {
        "smtp_password": SECRET,
        "bootstrap_admin_api_key": SECRET,
        "ai_api_key": SECRET,
        "sentry_dsn": url("https://key:{}@sentry.example.org/1"),
        "install_database_connection": url("postgresql://u:{}@h/tools"),
        "citation_cache_url": url("postgresql://u:{}@h/citations"),
        "welcome_url": "/static/welcome.html",
    },
}
URLS: dict[str, Any] = {
    "preset": "single-server@1",
    "groundwork": {"id_secret": SECRET, "user": "daemon", "group": "daemon", "service_manager": "systemd"},
    "database": {"engine": "url", "url": url("postgresql://galaxy:{}@a.example.org,b.example.org/galaxy")},
    "proxy": {
        "server": "apache",
        "site_file": "/etc/apache2/sites-available/galaxy.conf",
        "tls": "none",
        "hsts": False,
        "redirect": False,
        "authentication": "ldap",
        "ldap_url": "ldaps://ldap.example.org/ou=People?uid",
        "ldap_bind_dn": "cn=galaxy",
        "ldap_bind_password": SECRET,
        "remote_user_secret": WORD,
    },
    "cluster": {**_PULSAR, "job_config": "inline"},
    "celery": {
        "broker": "url",
        "broker_url": url("amqps://galaxy:{}@mq.example.org:5671//"),
        "backend": "url",
        "backend_url": url("db+postgresql://galaxy:{}@db.example.org/results"),
        "control_queue": url("redis://:{}@redis.example.org/1"),
        "environment": _ENVIRONMENT,
    },
    "scaling": {"web_environment": _ENVIRONMENT},
    "data": _STORE,
}
_OLDER = {
    "root": "/srv/galaxy/server",
    "config_dir": CONFIG,
    "virtualenv": "/srv/galaxy/venv",
    "user": "daemon",
    "group": "daemon",
    "id_secret": SECRET,
}
_SITE = {
    "host_name": "galaxy.example.org",
    "authentication": "header",
    "upstream_header": "X-User",
    "remote_user_secret": WORD,
}
UWSGI: dict[str, Any] = {
    "groundwork": {**_OLDER, "release": "20.09", "service_manager": "supervisord"},
    "database": _POSTGRES,
    "proxy": {"server": "nginx", **_SITE, "link": "socket", "socket": "/srv/galaxy/var/galaxy.sock"},
    "cluster": {**_PULSAR, "job_config": "xml"},
    "scaling": {
        "strategy": "mules",
        "uwsgi_master": True,
        "workers": 2,
        "threads": 4,
        "web_environment": _PLAIN_ENVIRONMENT,
    },
    "celery": {"control_queue": url("amqp://u:{}@mq.example.org//")},
    "data": {**_STORE, **_FTP},
    "options": {"smtp_password": SECRET, "master_api_key": SECRET},
}
PASTE: dict[str, Any] = {
    "groundwork": {**_OLDER, "release": "17.05", "config_file": "galaxy.ini", "service_manager": "run.sh"},
    "database": _POSTGRES,
    "proxy": {"server": "apache", **_SITE, "link": "tcp", "address": "127.0.0.1:8080"},
    "cluster": {**_PULSAR, "job_config": "xml"},
    "scaling": {"strategy": "all-in-one", "threads": 4},
    "celery": {"control_queue": url("amqp://u:{}@mq.example.org//")},
    "data": {**_STORE, **_FTP},
    "options": {"smtp_password": SECRET, "master_api_key": SECRET, "biostar_key": SECRET},
}
SCENES = {"gunicorn": GUNICORN, "urls": URLS, "uwsgi": UWSGI, "paste": PASTE}
