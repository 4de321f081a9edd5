"""The same machine with a cluster: Slurm, one node, and Galaxy's tools as its jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.faults import Fault
from tests.end_to_end.server import STATE, Server

ANSWERS = Path(__file__).parent / "slurm.toml"
_PACKAGES = ("munge", "slurm-client", "slurmctld", "slurmd")
_CONF = """\
ClusterName=galaxy
SlurmctldHost=galaxy
SlurmUser=slurm
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
NodeName=galaxy NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes=galaxy Default=YES State=UP
"""
_CGROUP = "CgroupPlugin=cgroup/v1\n"
"""Nothing above uses control groups, and the machine has none; slurmd asks which it could use all the same."""
_START = """\
install -d -o slurm -g slurm /var/spool/slurmctld /var/log/slurm
install -d /var/spool/slurmd
for name in munge slurmctld slurmd; do service $name restart; done
"""
DOWN = Fault(
    "Slurm is down", "cluster.refused", "service slurmctld stop && sleep 1", "service slurmctld start && sleep 3"
)  # fmt: skip


def parts(server: Server) -> list[tuple[str, Callable[[], str | None]]]:
    """What is tried, in order."""
    return [
        ("Slurm installed by its administrator", lambda: _install(server)),
        ("galaxy-setup --answers, with Slurm", lambda: server.apply(ANSWERS)),
        ("fault: the configuration was changed, and nobody restarted Galaxy", lambda: _unread(server)),
        ("Galaxy restarted", lambda: _restarted(server)),
        ("a tool's job on Slurm", lambda: _job(server)),
        (f"fault: {DOWN.what}", lambda: server.broken(DOWN)),
    ]


def _install(server: Server) -> str | None:
    server.machine.write("/etc/slurm/slurm.conf", _CONF)
    server.machine.write("/etc/slurm/cgroup.conf", _CGROUP)
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES)
    server.machine.do("env", "DEBIAN_FRONTEND=noninteractive", *install, seconds=600)
    server.machine.sh(_START)
    said = server.machine.sh(
        "for second in $(seq 30); do sinfo -h -o '%a %D %t' | grep idle && exit 0; sleep 1; done; sinfo; exit 1"
    )
    return said.strip()


def _unread(server: Server) -> str | None:
    _, said = server.checked()
    codes = [one["code"] for one in said["checks"] if one["state"] in ("warn", "fail")]
    assert codes == ["galaxy.stale-config"], codes
    return f"named {codes[0]}"


def _restarted(server: Server) -> str | None:
    galaxy = "cd /srv/galaxy/server && runuser -u galaxy -- env HOME=/srv/galaxy/home /srv/galaxy/venv/bin/galaxyctl"
    server.machine.sh(f"{galaxy} -c /srv/galaxy/config/galaxy.yml restart")
    server.machine.do("galaxy-setup", "steps", "--state", STATE, "--run", seconds=900)
    return server.well(480)


def _job(server: Server) -> str | None:
    made = server.browser.run("cat1", server.history, {"input1": {"src": "hda", "id": server.uploaded}})
    job = server.browser.job_of(made)
    assert job["state"] == "ok", job
    assert job["external_id"], job
    known = server.machine.do("scontrol", "show", "job", str(job["external_id"]))
    assert "JobState=COMPLETED" in known, known
    assert "UserId=galaxy(" in known, known
    return f"Slurm's job {job['external_id']}"
