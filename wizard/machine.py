"""What this machine is, for suggestions. Reads only; every fact has a safe default."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Literal

from wizard.answers.question import Machine

_COMMANDS = (
    "nginx", "apache2", "httpd", "sbatch", "qsub", "bsub", "condor_submit", "kubectl", "redis-server", "rabbitmqctl",
    "psql", "systemctl", "supervisord", "docker", "singularity", "apptainer", "certbot", "tusd", "proftpd", "sendmail",
)  # fmt: skip
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def this_machine() -> Machine:
    """The machine that this runs on."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SBIN])
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_gib=_memory_gib(),
        family=_family(Path("/etc/os-release")),
        host_name=socket.gethostname() or "localhost",
        commands=frozenset(name for name in _COMMANDS if shutil.which(name, path=path)),
    )


def _memory_gib() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return Machine.memory_gib


def _family(release_file: Path) -> Literal["debian", "redhat", "other"]:
    try:
        lines = release_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "other"
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    names = {*facts.get("ID", "").strip('"').split(), *facts.get("ID_LIKE", "").strip('"').split()}
    if names & {"debian", "ubuntu"}:
        return "debian"
    return "redhat" if names & {"rhel", "fedora", "centos"} else "other"
