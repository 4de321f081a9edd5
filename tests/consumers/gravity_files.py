"""Which process files does Gravity write from this galaxy.yml?

usage: gravity_files.py GALAXY_YML [root|user]

Runs Gravity's own `galaxyctl update` with a state directory, a unit directory, a home and a systemctl of its
own, so that nothing of this machine is touched. Gravity behaves differently for root (systemd only,
`galaxy_user` required, system units) and for a plain user; the second argument says which is asked for,
whoever runs this. Without it: root when the file says `process_manager: systemd`, else user.

prints: ok, problems, files ({name: text}: supervisor's program files or systemd's units), commands ({service:
environment and command line that Gravity starts it with}, "service@0" for the first of several processes),
warnings (what Gravity said), systemctl (the calls that it made).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

# What Gravity says of any update: the files that it adds, and that nothing is running here.
EXPECTED = ("Adding ", "supervisord is not running")

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{calls}"
case "$*" in *show-environment*) echo PATH=/usr/bin:/bin ;; esac
"""


def wanted_role(path: Path) -> str:
    import yaml

    gravity = (yaml.safe_load(path.read_text()) or {}).get("gravity") or {}
    one = gravity[0] if isinstance(gravity, list) else gravity
    return "root" if one.get("process_manager") == "systemd" else "user"


def become(role: str) -> None:
    """Make Gravity see root or a plain user: it asks this variable and `os.geteuid`."""
    os.environ.pop("GRAVITY_SKIP_SYSTEMD", None)
    if role == "user":
        os.environ["GRAVITY_SKIP_SYSTEMD"] = "1"
    else:
        os.geteuid = lambda: 0


def galaxyctl(path: Path, state: Path, *command: str) -> tuple[int, list[str]]:
    """Run one of Gravity's commands: its exit status and what it said, line by line."""
    from click.testing import CliRunner
    from gravity import cli

    result = CliRunner().invoke(
        cli.galaxyctl, ["--config-file", str(path), "--state-dir", str(state), *command]
    )
    said = [line for line in (*result.stderr.splitlines(), *result.stdout.splitlines()) if line.strip()]
    if result.exception and not isinstance(result.exception, SystemExit):
        said.append(f"{type(result.exception).__name__}: {result.exception}")
    return result.exit_code, said


def commands(path: Path, state: Path) -> dict[str, str]:
    from gravity.config_manager import ConfigManager

    found = {}
    for config in ConfigManager(config_file=[str(path)], state_dir=str(state)).get_configs():
        for service in config.services:
            several = service.count > 1
            for number in range(service.count):
                instance = ["--service-instance", str(number)] if several else []
                _, said = galaxyctl(
                    path, state, "exec", "--no-exec", *instance, config.instance_name, service.service_name
                )
                name = f"{service.service_name}@{number}" if several else service.service_name
                found[name] = next(
                    (line for line in said if line.startswith("Executing: ")), ""
                ).removeprefix("Executing: ")
    return found


def main(path: Path, role: str, room: Path) -> dict[str, Any]:
    calls, units, state = room / "systemctl.calls", room / "units", room / "state"
    programs = room / "bin"
    for directory in (units, programs, room / "home"):
        directory.mkdir()
    systemctl = programs / "systemctl"
    systemctl.write_text(SYSTEMCTL.format(calls=calls))
    systemctl.chmod(0o755)
    os.environ.update(
        PATH=f"{programs}{os.pathsep}{os.defpath}",
        HOME=str(room / "home"),
        GRAVITY_SYSTEMD_UNIT_PATH=str(units),
    )
    for variable in ("GRAVITY_CONFIG_FILE", "GALAXY_CONFIG_FILE", "GRAVITY_STATE_DIR", "VIRTUAL_ENV"):
        os.environ.pop(variable, None)
    become(role)
    os.chdir(room)
    sys.argv[0] = str(Path(sys.executable).with_name("galaxyctl"))  # Gravity writes it into what it starts
    status, said = galaxyctl(path, state, "update", "--force")
    written = [*units.rglob("*"), *state.glob("supervisor/supervisord.conf.d/**/*")]
    return {
        "problems": said or [f"exit {status}"] if status else [],
        "files": {file.name: file.read_text() for file in sorted(written) if file.is_file()},
        "commands": {} if status else commands(path, state),
        "warnings": [] if status else [line for line in said if not line.startswith(EXPECTED)],
        "systemctl": calls.read_text().splitlines() if calls.exists() else [],
    }


if __name__ == "__main__":
    galaxy_yml = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory(prefix="gravity-") as scratch:
        verdict = main(
            galaxy_yml, sys.argv[2] if len(sys.argv) > 2 else wanted_role(galaxy_yml), Path(scratch)
        )
        os.chdir(galaxy_yml.parent)
    print(json.dumps({"ok": not verdict["problems"], **verdict}))
    sys.exit(0 if not verdict["problems"] else 1)
