"""Who may read what an apply makes: Galaxy its configuration, everybody what other programs read, nobody a secret."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import eras, preset_hosts
from tests.test_headless import ROOT
from tests.verdicts.cases import cases, leaves, start
from wizard import owners
from wizard.answers.secret import Secret
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.plan import make_plan
from wizard.problems import Refused
from wizard.session import Session
from wizard.writing.places import make

FOR_ALL = 0o644
MODES: dict[str, int] = {
    "init script": 0o755,
    "database.sql": 0o600,
    "proftpd.conf": 0o600,
    **dict.fromkeys(
        (
            "galaxy.yml",
            "galaxy.yml (gravity)",
            "galaxy.yml (gravity, this host)",
            "galaxy.yml (job_config)",
            "galaxy.yml (uwsgi)",
            "galaxy.ini",
            "galaxy.ini (Paste)",
            "galaxy.ini (filters)",
            "galaxy.ini (uwsgi)",
            "job_conf.yml",
            "job_conf.xml",
            "object store (YAML)",
            "object store (XML)",
            "supervisord programs",
            "zergpool.ini",
        ),
        0o640,
    ),
}
"""The mode of a new file by its lens; all others are read by programs of other accounts: 0644."""
SECRETIVE = {"nginx site": 0o600, "apache site": 0o600}
"""Where an answer puts a secret into a file that is for all otherwise; root alone reads it, and starts the server."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root says who owns a file")


def answers() -> Iterator[Mapping[str, Any]]:
    """Those of every preset and host, every era with every service manager, and every question's values."""
    yield from (preset_hosts.answers_on(*case) for case in preset_hosts.cases())
    yield from (eras.answers(strategy, manager) for strategy in eras.STRATEGIES for manager in eras.MANAGERS)
    yield from (case.given for asked in leaves() for case in cases(asked, {}))


def test_every_file_has_the_mode_that_its_readers_need() -> None:
    seen = set()
    for given in answers():
        for lens in LENSES:
            target = lens.target(given)
            if target is not None:
                seen.add(lens.name)
                mode = MODES.get(lens.name, FOR_ALL)
                assert target.mode in {mode, SECRETIVE.get(lens.name, mode)}, lens.name
    assert len(seen) >= 44


def test_what_is_for_all_holds_no_secret(tmp_path: Path) -> None:
    holders = set()
    for given in _with_secrets():
        try:
            plan = make_plan(given, Disk(tmp_path))
        except Refused:
            continue  # these answers do not go together
        for file in plan.files:
            if file.secrets_after:
                holders.add(file.path)
                assert not file.mode & 0o007, file.path
    assert len(holders) >= 5, holders


def _with_secrets() -> Iterator[Mapping[str, Any]]:
    yield from (eras.answers(strategy, manager) for strategy in eras.STRATEGIES for manager in eras.MANAGERS)
    tcp = {"database.connect": "tcp", "database.host": "db", "database.password": Secret("not-for-all-0123")}
    yield {
        **start(),
        "data.ftp": "proftpd",
        "data.ftp_dir": "/srv/ftp",
        "data.ftp_uid": 99,
        "data.ftp_gid": 99,
        "data.ftp_database_user": "ftp",
        "data.ftp_database_password": Secret("hidden-too-0123"),
        **tcp,
    }
    yield {**start(), "database.setup_file": "/srv/galaxy/config/database.sql", **tcp}
    for asked in leaves():
        if asked.shape == "secret" or asked.question.kind == "url":
            yield from (case.given for case in cases(asked, {}))


ANSWERS = """\
preset = "single-server@1"

[groundwork]
service_manager = "systemd"
rotate_logs = true
user = "daemon"
group = "{group}"

[data]
cleanup = "cron"
"""


def _applied(root: Path, umask: int) -> dict[str, tuple[int, int, int]]:
    """Mode, owner and group of everything that an apply with this umask makes below `root`."""
    root.mkdir()
    file = root.parent / "a.toml"
    file.write_text(ANSWERS.format(group="daemon"))
    command = ["--answers", str(file), "--root", str(root)]
    code = f"import os, sys; os.umask({umask}); from wizard.cli import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", code, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = {}
    for place in sorted(root.rglob("*")):
        status = place.lstat()
        found[str(place.relative_to(root))] = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    return found


def test_the_umask_has_no_say(tmp_path: Path) -> None:
    made = [_applied(tmp_path / f"root{umask:03o}", umask) for umask in (0o000, 0o022, 0o077)]
    assert made[0] == made[1] == made[2]
    modes = {path: mode for path, (mode, _, _) in made[0].items()}
    assert modes["srv"] == modes["srv/galaxy"] == modes["etc/nginx/sites-available"] == 0o755
    assert modes["srv/galaxy/config"] == 0o750
    assert modes["srv/galaxy/config/galaxy.yml"] == 0o640
    assert modes["etc/cron.d/galaxy"] == modes["etc/nginx/sites-available/galaxy"] == 0o644
    assert modes["srv/galaxy/config/.galaxy-setup"] == 0o700
    assert {mode for path, mode in modes.items() if ".galaxy-setup/" in path} == {0o600, 0o700}


@needs_root
def test_root_shares_the_configuration_with_galaxys_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the running system: below another root the numbers of accounts mean others."""
    monkeypatch.setattr(owners, "_decides", lambda disk: True)
    work = Session(tmp_path / "a.toml", Disk(tmp_path / "x"), ANSWERS.format(group="daemon"), ephemeral=True)
    (tmp_path / "x").mkdir()
    work.apply(work.plan())
    daemon = grp.getgrnam("daemon").gr_gid
    config = tmp_path / "x/srv/galaxy/config"
    for place in (config, config / "galaxy.yml", config / "job_conf.yml"):
        assert (place.stat().st_uid, place.stat().st_gid) == (0, daemon), place
    for name in ("etc/cron.d/galaxy", "etc/nginx/sites-available/galaxy", "etc/systemd/system/galaxy.target"):
        assert (tmp_path / "x" / name).stat().st_gid == 0, name
    assert (config / "galaxy-setup.toml").stat().st_gid == 0


@needs_root
def test_an_account_that_is_not_there_yet_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "_decides", lambda disk: True)
    text = ANSWERS.format(group="galaxy-to-be")
    work = Session(tmp_path / "a.toml", Disk(tmp_path / "x"), text, ephemeral=True)
    (tmp_path / "x").mkdir()
    (note,) = work.apply(work.plan()).notes
    assert "galaxy-to-be is not there yet, so only root can read" in str(note)
    assert "chgrp galaxy-to-be " in str(note) and "srv/galaxy/config/galaxy.yml" in str(note)


@pytest.mark.parametrize(
    ("beside", "mode"),
    [
        ("", 0o750),
        ('[proxy]\nstatic_dir = "/srv/galaxy/config/static"\n', 0o755),
        (
            '[[data.genomes]]\ndbkey = "hg38"\nname = "Human"\n[data]\ntool_data_path = "/srv/galaxy/config/d"\n',
            0o755,
        ),
    ],
)
def test_the_configuration_directory_is_closed_unless_others_read_below_it(
    beside: str, mode: int, tmp_path: Path
) -> None:
    text = ANSWERS.format(group="daemon").replace('[data]\ncleanup = "cron"\n', "") + beside
    work = Session(tmp_path / "a.toml", Disk(tmp_path / "x"), text, ephemeral=True)
    (tmp_path / "x").mkdir()
    work.apply(work.plan())
    assert (tmp_path / "x/srv/galaxy/config").stat().st_mode & 0o7777 == mode


def test_a_directory_hands_its_group_on(tmp_path: Path) -> None:
    group = next((one for one in os.getgroups() if one != os.getegid()), 33 if os.geteuid() == 0 else None)
    if group is None:
        pytest.skip("this account is in one group only")
    shared = tmp_path / "shared"
    shared.mkdir()
    os.chown(shared, -1, group)
    shared.chmod(0o2775)
    make(shared / "new")
    status = (shared / "new").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o2755, group)
