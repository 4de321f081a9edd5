"""What has to be installed from the distribution: by which packages, and by which files one sees that it is.

Package names: packages.debian.org (bookworm) and Ubuntu's; Red Hat Enterprise Linux 9 and 10 (BaseOS, AppStream), and
EPEL where a need says so. A program that came in another way is as good: looks ask for files, not for packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from wizard.answers.secret import Secret
from wizard.consumers.running import PLACES
from wizard.files.hosts import GALAXY, runs_here
from wizard.steps.looking import done, is_here, left, name_list, system
from wizard.steps.step import Command, Scene, Seen, Step

CODE = "system.packages"


@dataclass(frozen=True)
class Need:
    """A part of the system. Of each group of patterns in `seen` one file is there when it is installed."""

    what: str
    debian: tuple[str, ...]
    redhat: tuple[str, ...]
    seen: tuple[tuple[str, ...], ...]
    epel: bool = False


_NGINX = Need("nginx", ("nginx",), ("nginx",), (("/usr/sbin/nginx",),))
_APACHE = Need("Apache", ("apache2",), ("httpd",), (("/usr/sbin/apache2", "/usr/sbin/httpd"),))
_MOD_SSL = Need("mod_ssl", (), ("mod_ssl",), (("/usr/lib*/httpd/modules/mod_ssl.so", "/usr/sbin/apache2"),))
_XSENDFILE = Need(
    "mod_xsendfile", ("libapache2-mod-xsendfile",), ("mod_xsendfile",),
    (("/usr/lib/apache2/modules/mod_xsendfile.so", "/usr/lib*/httpd/modules/mod_xsendfile.so"),), epel=True,
)  # fmt: skip
_GSSAPI = Need(
    "mod_auth_gssapi", ("libapache2-mod-auth-gssapi",), ("mod_auth_gssapi",),
    (("/usr/lib/apache2/modules/mod_auth_gssapi.so", "/usr/lib*/httpd/modules/mod_auth_gssapi.so"),),
)  # fmt: skip
_MOD_LDAP = Need(
    "mod_ldap", (), ("mod_ldap",), (("/usr/lib*/httpd/modules/mod_authnz_ldap.so", "/usr/sbin/apache2"),)
)
_POSTGRESQL = Need(
    "PostgreSQL", ("postgresql",), ("postgresql-server",),
    (("/usr/lib/postgresql/*/bin/postgres", "/usr/bin/postgres", "/usr/pgsql-*/bin/postgres"),),
)  # fmt: skip
_MYSQL = Need(
    "MariaDB", ("mariadb-server",), ("mariadb-server",),
    (("/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/sbin/mysqld", "/usr/libexec/mysqld"),),
)  # fmt: skip
_REDIS_SEEN = (("/usr/bin/redis-server", "/usr/bin/valkey-server"),)
_REDIS = Need("Redis", ("redis-server",), ("redis",), _REDIS_SEEN)
_VALKEY = Need("Valkey", ("redis-server",), ("valkey",), _REDIS_SEEN)
"""What Red Hat has in the place of Redis from 10 on, and Fedora too."""
_RABBITMQ = Need(
    "RabbitMQ", ("rabbitmq-server",), ("rabbitmq-server",), (("/usr/sbin/rabbitmq-server",),), epel=True
)
_GIT = Need("git", ("git",), ("git",), (("/usr/bin/git",),))
_VENV = Need(
    "Python's venv", ("python3-venv",), ("python3",), (("/usr/lib*/python3*/ensurepip/__init__.py",),)
)
_PYTHON_312 = Need(
    "Python 3.12", ("python3-venv",), ("python3.12",), (("/usr/lib*/python3.1[1-9]/ensurepip/__init__.py",),)
)
"""For Red Hat up to 9, whose python3 is 3.9 or older."""
_CERTBOT = Need(
    "certbot", ("certbot",), ("certbot",), (("/usr/bin/certbot", "/snap/bin/certbot"),), epel=True
)
_PROFTPD = Need(
    "ProFTPD", ("proftpd-core", "proftpd-mod-pgsql", "proftpd-mod-crypto"), ("proftpd", "proftpd-postgresql"),
    (
        ("/usr/sbin/proftpd",),
        ("/usr/lib/proftpd/mod_sql_postgres.so", "/usr/libexec/proftpd/mod_sql_postgres.so"),
        ("/usr/lib/proftpd/mod_sql_passwd.so", "/usr/libexec/proftpd/mod_sql_passwd.so"),
    ), epel=True,
)  # fmt: skip
_SUPERVISOR = Need("supervisor", ("supervisor",), ("supervisor",), (("/usr/bin/supervisord",),), epel=True)
_CRON = Need("cron", ("cron",), ("cronie",), (("/usr/sbin/cron", "/usr/sbin/crond"),))
_LOGROTATE = Need("logrotate", ("logrotate",), ("logrotate",), (("/usr/sbin/logrotate",),))
_SLURM = Need("Slurm's commands", ("slurm-client",), ("slurm",), (), epel=True)
_SLURM_TORQUE = Need(
    "Slurm's commands of TORQUE",
    ("slurm-client", "slurm-wlm-torque"),
    ("slurm", "slurm-torque"),
    (),
    epel=True,
)
_BY_COMMANDS = {
    "slurm": (_SLURM, ("sbatch", "squeue", "scancel")),
    "slurm-torque": (_SLURM_TORQUE, ("qsub", "qstat", "qdel")),
}
"""For the runner with commands, by the scheduler of a destination, with what Galaxy calls of it. Of TORQUE, OpenPBS and
LSF themselves Debian has no package."""
_SGE_LIBRARY = "/usr/lib/gridengine-drmaa/lib/libdrmaa.so.1.0"
_SGE = Need("Grid Engine's commands and library", ("gridengine-client", "gridengine-drmaa1.0"), (), ())
"""Debian's own build, where a runner names its library."""
_OF_CLUSTERS = {*_SLURM_TORQUE.debian, *_SLURM_TORQUE.redhat, *_SGE.debian}


def is_newer_redhat(scene: Scene) -> bool:
    """Whether this is Red Hat's 10 or newer, or Fedora."""
    facts = system(scene)
    major = facts.get("VERSION_ID", "").partition(".")[0]
    return facts.get("ID") == "fedora" or (major.isdecimal() and int(major) >= 10)


def needs(scene: Scene) -> Iterator[Need]:
    """What the answers need on the host that they are for."""
    yield from _of_galaxy(scene)
    yield from _of_database(scene)
    if redis_here(scene):
        newer = scene.machine.family == "redhat" and is_newer_redhat(scene)
        yield _VALKEY if newer else _REDIS
    if rabbitmq_here(scene):
        yield _RABBITMQ
    yield from _of_proxy(scene)
    if scene.value("data.ftp") == "proftpd" and runs_here(scene.given, "ftp"):
        yield _PROFTPD
    if scene.value("groundwork.service_manager") == "supervisord":
        yield _SUPERVISOR
    folders = {path.rpartition("/")[0] for path in scene.written}
    if "/etc/cron.d" in folders:
        yield _CRON
    if "/etc/logrotate.d" in folders:
        yield _LOGROTATE


def _of_galaxy(scene: Scene) -> Iterator[Need]:
    if not runs_here(scene.given, *GALAXY):
        return
    if scene.value("groundwork.install") == "git":
        yield _GIT
    if scene.value("groundwork.virtualenv"):
        old = scene.machine.family == "redhat" and not is_newer_redhat(scene)
        yield _PYTHON_312 if old else _VENV
    if runs_here(scene.given, "handlers", "web"):
        yield from dict.fromkeys(_of_cluster(scene))


def _of_cluster(scene: Scene) -> Iterator[Need]:
    """The commands of schedulers that Galaxy hands jobs to from here; over ssh they are needed on the other side."""
    runners = {row.id: row for row in scene.value("cluster.runners") or ()}
    for row in scene.value("cluster.destinations") or ():
        runner, known = runners.get(row.runner or ""), _BY_COMMANDS.get(row.scheduler or "")
        here = (row.params or {}).get("shell_plugin", "LocalShell") == "LocalShell"
        if runner is not None and runner.kind == "cli" and known is not None and here:
            yield replace(known[0], seen=_called(scene, *known[1]))
    for runner in runners.values():
        if runner.kind == "slurm":
            yield replace(_SLURM, seen=_called(scene, "sbatch", "squeue", "scancel"))
        debians = runner.kind == "drmaa" and runner.drmaa_library_path == _SGE_LIBRARY
        if debians and scene.machine.family != "redhat":
            yield replace(_SGE, seen=(*_called(scene, "qsub"), (_SGE_LIBRARY,)))


def _called(scene: Scene, *names: str) -> tuple[tuple[str, ...], ...]:
    """Where these commands may be: those of a cluster are often beside the system's, and PATH says where."""
    tables = [row.environment for row in scene.value("scaling.handlers") or ()]
    tables.append(scene.value("scaling.web_environment"))
    told = [part for table in tables if table for part in str(table.get("PATH", "")).split(":")]
    places = dict.fromkeys((*PLACES, "/opt/*/bin", *(part for part in told if part.startswith("/"))))
    return tuple(tuple(f"{place}/{name}" for place in places) for name in names)


def _of_database(scene: Scene) -> Iterator[Need]:
    if database_here(scene):
        yield _MYSQL if scene.value("database.engine") == "mysql" else _POSTGRESQL


def _of_proxy(scene: Scene) -> Iterator[Need]:
    server = proxy_here(scene)
    tls, given = scene.value("proxy.tls"), scene.given
    if server == "nginx":
        yield _NGINX
    elif server == "apache":
        yield _APACHE
        yield from [_MOD_SSL] if tls in ("certificate", "letsencrypt") else []
        yield from [_XSENDFILE] if given.get("proxy.downloads") else []
        yield from [_GSSAPI] if given.get("proxy.authentication") == "kerberos" else []
        yield from [_MOD_LDAP] if given.get("proxy.authentication") == "ldap" else []
    if server and tls == "letsencrypt":
        yield _CERTBOT


def proxy_here(scene: Scene) -> str | None:
    """The proxy that this host runs: nginx or apache."""
    server = scene.value("proxy.server")
    return server if server in ("nginx", "apache") and runs_here(scene.given, "proxy") else None


def database_here(scene: Scene) -> bool:
    """Whether the database server is on this host."""
    given = scene.given
    if given.get("database.engine") not in ("postgresql", "mysql"):
        return False
    host = given.get("database.host")
    by_socket = given.get("database.connect") == "socket" or (
        given.get("database.connect") is None and host is None
    )
    return runs_here(given, "database") and (by_socket or is_here(scene, host))


def redis_here(scene: Scene) -> bool:
    """Whether Galaxy's messages go through a Redis on this host."""
    return any(is_here(scene, host) for host, _ in redis_places(scene))


def redis_places(scene: Scene) -> Iterator[tuple[str, int]]:
    """Host and port of every Redis that the answers name."""
    given = scene.given
    if given.get("celery.enable"):
        for what in ("broker", "backend"):
            if given.get(f"celery.{what}") == "redis":
                yield (
                    given.get(f"celery.{what}_host") or "localhost",
                    given.get(f"celery.{what}_port") or 6379,
                )
    queue = given.get("celery.control_queue")
    url = queue.reference if isinstance(queue, Secret) else queue
    if isinstance(url, str) and url.startswith(("redis://", "rediss://")):
        parts = urlsplit(url)
        try:
            yield parts.hostname or "localhost", parts.port or 6379
        except ValueError:
            return


def rabbitmq_here(scene: Scene) -> bool:
    """Whether the broker is a RabbitMQ on this host."""
    given = scene.given
    by_rabbit = given.get("celery.enable") and given.get("celery.broker") == "rabbitmq"
    return bool(by_rabbit) and is_here(scene, given.get("celery.broker_host"))


def absent(scene: Scene, wanted: Iterable[Need]) -> list[Need]:
    """Those that are not installed."""
    return [need for need in wanted if not all(_found(scene, patterns) for patterns in need.seen)]


def _found(scene: Scene, patterns: tuple[str, ...]) -> bool:
    return scene.disk.first_that_exists(patterns) is not None


def steps(scene: Scene) -> Iterator[Step]:
    """One step: the package manager takes all of them at once."""
    wanted = list(needs(scene))
    if not wanted:
        return
    first = absent(scene, wanted) or wanted
    family = scene.machine.family
    names = [name for need in first for name in (need.redhat if family == "redhat" else need.debian)]
    packages = list(dict.fromkeys(names))
    why = "Galaxy itself brings none of these."
    by_epel = [need.what for need in first if need.epel]
    if family == "redhat" and by_epel:
        why += f" From EPEL, which has to be enabled before: {name_list(by_epel)}."
    if {*names} & _OF_CLUSTERS:
        why += " A scheduler's commands need the cluster's configuration, too, and its key."

    def look() -> Seen:
        gone = [need.what for need in absent(scene, wanted)]
        return left(f"not installed: {name_list(gone)}") if gone else done("all of them are installed")

    by_hand = None
    if family == "other":
        by_hand = f"install {', '.join(need.what for need in first)}"
    yield Step(CODE, "Packages of the system", why, look, _install(family, packages), by_hand)


def _install(family: str, packages: list[str]) -> tuple[Command, ...]:
    if family == "redhat":
        return (Command(("dnf", "install", "-y", *packages)),)
    if family != "debian":
        return ()
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    return (
        Command(("apt-get", "update"), environ=quiet),
        Command(("apt-get", "install", "-y", "--no-upgrade", *packages), environ=quiet),
    )
