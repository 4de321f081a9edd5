"""Galaxy really started and stopped by the init script, as launchd and SMF would, and by run.sh.

No launchd and no SMF run here: their definitions are carried out as their manuals say, with a run.sh that tells what
reached it.
"""

from __future__ import annotations

import grp
import os
import plistlib
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.consumers import galaxy_python, need_tool
from tests.files.boot_answers import LAUNCHD, LOCAL_ENV, SMF, SYSVINIT, held, new
from wizard.files.boot.manifest import START, STOP, Manifest

RUN_SH = r"""#!/bin/sh
cd "$(dirname "$0")" || exit 1
if [ -f ./config/local_env.sh ]; then . ./config/local_env.sh; fi
GALAXY_LOG=${GALAXY_LOG:-galaxy.log}
GALAXY_PID=${GALAXY_PID:-galaxy.pid}
printf '%s|' "$(id -un)" "$(id -gn)" "$(umask)" "$(pwd)" "$GALAXY_CONFIG_FILE" "$GALAXY_VIRTUAL_ENV" >>told
printf '%s|' "$GALAXY_LOG" "$*" >>told
echo >>told
case $1 in
    --daemon) sleep 300 >/dev/null 2>&1 & echo $! >"$GALAXY_PID" ;;
    --stop-daemon) kill "$(cat "$GALAXY_PID")" && rm "$GALAXY_PID" ;;
esac
"""
"""A stand-in for Galaxy's starter of 18.01 and newer: it says what reached it, and keeps a process with a PID file."""
OLD_RUN_SH = r"""#!/bin/sh
cd "$(dirname "$0")" || exit 1
pid=paster.pid
for word in $@; do case $word in --pid-file=*) pid=${word#*=} ;; esac; done
echo "$*" >>told
case $1 in
    --daemon) sleep 300 >/dev/null 2>&1 & echo $! >"$pid" ;;
    --stop-daemon) kill "$(cat "$pid")" && rm "$pid" ;;
esac
"""
"""A stand-in for the starter before 18.01, which hands its words to Paste."""


class Server:
    """A place for a Galaxy that an ordinary account owns, with a name that is hard on shells."""

    def __init__(self, place: Path, user: str) -> None:
        self.user = user
        self.root = place / "a 'b\" $HOME `id`; # %s"
        self.root.mkdir(parents=True)
        self.log = str(self.root / "the $log 'of' it")
        self.give()

    def give(self) -> None:
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", self.user, str(self.root.parent)], check=True)

    def starter(self, text: str) -> None:
        (self.root / "run.sh").write_text(text)
        (self.root / "run.sh").chmod(0o755)
        self.give()

    def answers(self, manager: str, **more: Any) -> dict[str, Any]:
        group = "".join(more.pop("group", ""))
        return {
            "groundwork.service_manager": manager,
            "groundwork.user": self.user,
            "groundwork.root": str(self.root),
            "groundwork.config_dir": str(self.root / "config $x"),
            "groundwork.virtualenv": str(self.root / "venv"),
            "groundwork.log_file": self.log,
            "groundwork.umask": "027",
            **({"groundwork.group": group} if group else {}),
            **more,
        }

    def said(self) -> list[list[str]]:
        """What each call of run.sh told, field by field."""
        return [line.split("|")[:-1] for line in (self.root / "told").read_text().splitlines()]

    def expected(self, what: str, group: str | None = None) -> list[str]:
        account = pwd.getpwnam(self.user)
        return [
            self.user,
            group or grp.getgrgid(account.pw_gid).gr_name,
            "0027",
            str(self.root),
            str(self.root / "config $x" / "galaxy.yml"),
            str(self.root / "venv"),
            self.log,
            what,
        ]


@pytest.fixture
def server() -> Iterator[Server]:
    """Below a directory that every account can enter."""
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    place.chmod(0o755)
    user = "daemon" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    try:
        yield Server(place / "g", user)
    finally:
        for pid in place.rglob("galaxy.pid"):
            subprocess.run(["kill", pid.read_text().strip()], check=False)
        shutil.rmtree(place)


def account(name: Any) -> dict[str, Any]:
    """The arguments of `subprocess.run` for another account, which only root can take."""
    return {"user": str(name)} if os.getuid() == 0 else {}


def init(script: Path, what: str, *before: str, **environment: str) -> tuple[int, str]:
    """The status and the words of an init script, called as at boot: with next to no environment."""
    clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment}
    command = [*before, str(script), what]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=clean, cwd="/")
    return run.returncode, run.stdout + run.stderr


def script_of(server: Server, given: dict[str, Any]) -> Path:
    script = server.root.parent / "init.d-galaxy"
    script.write_text(new(SYSVINIT, given))
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return script


def test_the_init_script_starts_and_stops_galaxy_as_its_user(server: Server) -> None:
    server.starter(RUN_SH)
    script = script_of(server, server.answers("sysvinit"))
    assert init(script, "status") == (3, "Galaxy does not run.\n")
    assert init(script, "stop")[0] == 0
    assert init(script, "try-restart")[0] == 0
    assert not (server.root / "told").exists()
    assert init(script, "start") == (0, "Starting Galaxy.\n")
    assert init(script, "status") == (0, "Galaxy runs.\n")
    assert init(script, "start") == (0, "Galaxy runs already.\n")
    first = (server.root / "galaxy.pid").read_text()
    assert init(script, "restart") == (0, "Stopping Galaxy.\nStarting Galaxy.\n")
    assert (server.root / "galaxy.pid").read_text() != first
    assert init(script, "force-reload")[0] == 0
    assert init(script, "stop") == (0, "Stopping Galaxy.\n")
    assert init(script, "status")[0] == 3
    assert init(script, "nonsense")[0] == 2
    told_of = server.said()
    assert told_of[0] == server.expected("--daemon")
    assert [one[-1] for one in told_of] == ["--daemon", "--stop-daemon"] * 3
    assert all(one[:-1] == told_of[0][:-1] for one in told_of)


def test_a_dead_process_is_told_from_a_stopped_one(server: Server) -> None:
    server.starter(RUN_SH)
    script = script_of(server, server.answers("sysvinit"))
    init(script, "start")
    subprocess.run(["kill", "-9", (server.root / "galaxy.pid").read_text().strip()], check=True)
    while init(script, "status")[0] == 0:
        pass
    assert init(script, "status")[0] == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take another group")
def test_galaxy_runs_in_the_group_that_was_given(server: Server) -> None:
    server.starter(RUN_SH)
    script = script_of(server, server.answers("sysvinit", group="adm"))
    assert init(script, "start")[0] == 0
    assert init(script, "stop")[0] == 0
    assert server.said()[0] == server.expected("--daemon", "adm")


def test_nobody_else_may_start_it(server: Server) -> None:
    server.starter(RUN_SH)
    other = "nobody" if os.getuid() == 0 else "daemon"
    script = script_of(server, {**server.answers("sysvinit"), "groundwork.user": other})
    if os.getuid() == 0:
        script = script_of(server, server.answers("sysvinit"))
        command = ["runuser", "-u", other, "--", str(script), "start"]
    else:
        command = [str(script), "start"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert run.returncode != 0 and "may do this" in run.stderr
    assert not (server.root / "told").exists()


def test_the_starter_of_old_releases_gets_its_files_as_words(server: Server) -> None:
    server.root = server.root.parent / "plain"
    server.root.mkdir()
    server.log = "/srv/log/galaxy.log"
    server.starter(OLD_RUN_SH)
    script = script_of(server, server.answers("sysvinit", **{"groundwork.release": "17.09"}))
    assert init(script, "start")[0] == 0
    assert init(script, "status")[0] == 0
    assert init(script, "stop")[0] == 0
    pid = f"--pid-file={server.root}/galaxy.pid"
    assert (server.root / "told").read_text().splitlines() == [
        f"--daemon {pid} --log-file=/srv/log/galaxy.log",
        f"--stop-daemon {pid}",
    ]


def test_run_sh_reads_local_env(server: Server) -> None:
    server.starter(RUN_SH)
    (server.root / "config").mkdir()
    (server.root / "config" / "local_env.sh").write_text(new(LOCAL_ENV, server.answers("run.sh")))
    subprocess.run(["sh", str(server.root / "run.sh")], check=True, timeout=60, env={"PATH": os.defpath})
    assert server.said()[0][2:] == server.expected("")[2:]


def test_launchds_list_starts_galaxy_in_the_foreground(server: Server) -> None:
    server.starter(RUN_SH)
    seen = plistlib.loads(new(LAUNCHD, server.answers("launchd")).encode())
    subprocess.run(
        seen["ProgramArguments"],
        cwd=seen["WorkingDirectory"],
        env={"PATH": os.defpath, **seen["EnvironmentVariables"]},
        umask=seen["Umask"],
        timeout=60,
        check=True,
        **account(seen["UserName"]),
    )
    expected = server.expected("")
    assert [server.said()[0][index] for index in (0, 2, 3, 4, 5, 7)] == [
        expected[index] for index in (0, 2, 3, 4, 5, 7)
    ]
    assert seen["StandardOutPath"] == server.log


@pytest.mark.parametrize("umask", ["027", None])
def test_smfs_methods_start_and_stop_galaxy(server: Server, umask: str | None) -> None:
    """svc.startd runs `/sbin/sh -c "exec METHOD"`, with a single % for two."""
    server.starter(RUN_SH)
    answers = {**server.answers("smf"), "groundwork.umask": umask}
    text = new(SMF, {path: value for path, value in answers.items() if value is not None})
    manifest = Manifest.parse(text)
    environment = {
        name: str(manifest.get(("method_environment", name)))
        for name in manifest.keys(("method_environment",))
    }
    for method in (START, STOP):
        subprocess.run(
            ["sh", "-c", f"exec {str(manifest.get(method)).replace('%%', '%')}"],
            cwd=str(manifest.get(("method_context", "working_directory"))),
            env={"PATH": os.defpath, **environment},
            umask=0o002,
            timeout=60,
            check=True,
            **account(manifest.get(("method_credential", "user"))),
        )
    starting, stopping = server.said()
    expected = server.expected("--daemon")
    assert starting[2] == ("0027" if umask else "0002")
    assert [starting[0], *starting[3:]] == [expected[0], *expected[3:]]
    assert stopping[-1] == "--stop-daemon"


@pytest.mark.consumer
def test_the_init_script_drives_gravity_where_galaxy_came_as_packages(server: Server) -> None:
    """With Gravity's own galaxyctl and supervisord; only gunicorn is a stand-in.

    Gravity refuses to be root; the account that it is instead may read what the tests' own account can.
    """
    before = []
    if os.getuid() == 0:
        ids = ["--reuid", server.user, "--regid", server.user, "--clear-groups"]
        before = [need_tool("setpriv"), *ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    galaxyctl = Path(galaxy_python()).parent / "galaxyctl"
    server.root = server.root.parent / "plain"
    bin_dir = server.root / "venv" / "bin"
    bin_dir.mkdir(parents=True)
    server.log = str(server.root / "galaxy.log")
    (bin_dir / "activate").write_text(f"PATH={bin_dir}:{galaxyctl.parent}:$PATH; export PATH\n")
    (bin_dir / "galaxyctl").write_text(f'#!/bin/sh\nexec {galaxyctl} "$@"\n')
    (bin_dir / "gunicorn").write_text(
        f'#!/bin/sh\necho "$GALAXY_DAEMON_LOG" >{server.root}/told\nexec sleep 300\n'
    )
    for program in ("galaxyctl", "gunicorn"):
        (bin_dir / program).chmod(0o755)
    config = server.root / "config"
    config.mkdir()
    (config / "galaxy.yml").write_text(
        f"gravity:\n  virtualenv: {server.root}/venv\n  galaxy_root: {server.root}\n"
        "  process_manager: supervisor\n  gunicorn:\n    start_timeout: 1\n"
        f"  celery:\n    enable: false\n    enable_beat: false\ngalaxy:\n  data_dir: {server.root}/data\n"
    )
    server.give()
    more = {"groundwork.config_dir": str(config), "groundwork.install": "packages"}
    script = script_of(server, {**server.answers("sysvinit"), **more})

    def told_to(what: str) -> tuple[int, str]:
        return init(script, what, *before, HOME=str(server.root))

    assert told_to("status")[0] == 3
    assert told_to("start")[0] == 0
    try:
        status, words = told_to("status")
        assert status == 0 and "gunicorn" in words
    finally:
        assert told_to("stop")[0] == 0
    assert told_to("status")[0] == 3
    assert (server.root / "told").read_text().strip() == server.log


def test_answers_of_the_running_script_are_those_that_are_read(server: Server) -> None:
    answers = server.answers("sysvinit")
    found = held(SYSVINIT, script_of(server, answers).read_text())
    assert found == answers
