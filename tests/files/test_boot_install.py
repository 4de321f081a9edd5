"""An init script, launchd, SMF and run.sh on a whole install, by the command line: applied, imported, given up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.service_installs import CLIENT, answers, applied, forgotten, galaxy
from tests.test_headless import CONFIG, setup, tree

PLIST = "/Library/LaunchDaemons/org.galaxyproject.galaxy.plist"
SCRIPT, MANIFEST = "/etc/init.d/galaxy", "/var/svc/manifest/site/galaxy.xml"
FILES = {
    "sysvinit": SCRIPT,
    "launchd": PLIST,
    "smf": MANIFEST,
    "run.sh": "/srv/galaxy/server/config/local_env.sh",
}
STARTED = {
    "sysvinit": ["update-rc.d galaxy defaults", "service galaxy start"],
    "launchd": [f"launchctl bootstrap system {PLIST}"],
    "smf": [f"svccfg import {MANIFEST}", "svcadm enable site/galaxy"],
    "run.sh": ["sh run.sh --daemon"],
}
RESTARTED = {
    "sysvinit": ["service galaxy restart"],
    "launchd": ["launchctl bootout system/org.galaxyproject.galaxy", f"launchctl bootstrap system {PLIST}"],
    "smf": [f"svccfg import {MANIFEST}", "svcadm refresh site/galaxy && svcadm restart site/galaxy"],
    "run.sh": ["sh run.sh --stop-daemon", "sh run.sh --daemon"],
}
ENDED = {
    "sysvinit": f"service galaxy stop && update-rc.d -f galaxy remove && rm {SCRIPT}",
    "launchd": f"launchctl bootout system/org.galaxyproject.galaxy && rm {PLIST}",
    "smf": f"svcadm disable site/galaxy && svccfg delete site/galaxy && rm {MANIFEST}",
}


@pytest.mark.parametrize("manager", FILES)
def test_galaxy_is_started_once_and_restarted_where_its_options_change(manager: str, tmp_path: Path) -> None:
    answers(tmp_path, manager)
    commands, notes = applied(tmp_path)
    assert (galaxy(commands), notes) == ([CLIENT, *STARTED[manager]], [])
    assert (tmp_path / "x" / FILES[manager].lstrip("/")).is_file()
    assert applied(tmp_path) == ([], [])
    answers(tmp_path, manager, 'brand = "Ours"\n')
    assert galaxy(applied(tmp_path)[0]) == RESTARTED[manager]


@pytest.mark.parametrize("manager", ENDED)
def test_what_was_written_here_is_managed_again_after_an_import(manager: str, tmp_path: Path) -> None:
    answers(tmp_path, manager)
    applied(tmp_path)
    forgotten(tmp_path)
    before = tree(tmp_path / "x")
    run = setup("import", f"/{CONFIG}", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = (tmp_path / "x" / CONFIG / "galaxy-setup.toml").read_text()
    assert f'service_manager = "{manager}"' in said and "service_files" not in said
    for command in (["diff"], ["status"]):
        run = setup(*command, "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stderr) == (0, ""), (command, run.stdout, run.stderr)
    after = tree(tmp_path / "x")
    assert {name: text for name, text in after.items() if name in before} == before


@pytest.mark.parametrize("manager", ENDED)
def test_another_service_manager_ends_it_first(manager: str, tmp_path: Path) -> None:
    answers(tmp_path, manager)
    applied(tmp_path)
    answers(tmp_path, "systemd")
    commands, notes = applied(tmp_path)
    assert commands.index(ENDED[manager]) < commands.index("systemctl enable --now galaxy.target")
    assert any(FILES[manager] in note and "is not wanted any more" in note for note in notes)
    (tmp_path / "x" / FILES[manager].lstrip("/")).unlink()
    assert applied(tmp_path) == ([], [])


def test_an_init_script_of_somebody_else_is_kept(tmp_path: Path) -> None:
    answers(tmp_path, "sysvinit")
    applied(tmp_path)
    forgotten(tmp_path)
    script = tmp_path / "x" / SCRIPT.lstrip("/")
    script.write_text("#!/bin/sh\ncd /srv/galaxy/server && su galaxy -c 'sh run.sh --daemon'\n")
    run = setup("import", f"/{CONFIG}", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = (tmp_path / "x" / CONFIG / "galaxy-setup.toml").read_text()
    assert 'service_manager = "sysvinit"' in said and 'service_files = "kept"' in said
    run = setup("diff", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("layout", ["debian", "redhat"])
def test_an_init_script_is_registered_and_taken_out_as_the_system_does_it(
    layout: str, tmp_path: Path
) -> None:
    wanted = {
        "debian": ("update-rc.d galaxy defaults", "update-rc.d -f galaxy remove"),
        "redhat": ("chkconfig --add galaxy", "chkconfig --del galaxy"),
    }
    start, end = wanted[layout]
    site = f'[proxy]\nlayout = "{layout}"\n'
    answers(tmp_path, "sysvinit", site)
    assert start in applied(tmp_path)[0]
    answers(tmp_path, "systemd", site)
    assert f"service galaxy stop && {end} && rm {SCRIPT}" in applied(tmp_path)[0]
