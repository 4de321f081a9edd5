"""The programs that read the files are asked before a rollback, too: it is a way out, and never a way in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.test_headless import tree
from tests.test_judging import SITE, at_root, broken, enable, needs_root, only, place, plan_of
from wizard.consumers.judging import Back, judge
from wizard.consumers.mirror import Mirror, Without
from wizard.disk import Disk, FileState

__all__ = ["place"]
BROKEN = "server {\n    listen 80;\n}\nbroken_by_hand;\n"


def answers(place: Path, brand: str, name: str = "g.example.org") -> None:
    config = place / "srv/galaxy/config"
    config.mkdir(parents=True, exist_ok=True)
    (place / "a.toml").write_text(
        f'[groundwork]\nroot = "{place}/srv/galaxy"\nconfig_dir = "{config}"\nbrand = "{brand}"\n'
        f'[proxy]\nserver = "nginx"\nhost_name = "{name}"\n'
        'link = "socket"\nsocket = "/run/gx.sock"\nlayout = "debian"\ntls = "none"\n'
    )


def state(place: Path) -> list[str]:
    return ["--state", f"{place}/srv/galaxy/config/galaxy-setup.toml"]


@needs_root
def test_what_nginx_would_refuse_does_not_come_back_unless_unchecked(place: Path) -> None:
    enable(place, BROKEN)
    answers(place, "One")
    assert at_root(place, "apply", "--yes", "--unchecked", "--answers", "a.toml").returncode == 0
    site = place / SITE.lstrip("/")
    mended = site.read_text().replace("broken_by_hand;\n", "")
    site.write_text(mended)
    answers(place, "Two", "two.example.org")
    run = at_root(place, "apply", "--yes", "--answers", "a.toml", "--on-drift", "overwrite")
    assert run.returncode == 0, run.stderr
    before = tree(place)
    run = at_root(place, "rollback", "0", "--yes", *state(place))
    assert (run.returncode, run.stdout) == (4, ""), run.stderr
    assert f"galaxy-setup: {SITE}:4" in run.stderr and "broken_by_hand" in run.stderr
    assert "rollback --unchecked" in run.stderr and "Traceback" not in run.stderr
    assert tree(place) == before
    run = at_root(place, "rollback", "0", "--yes", "--unchecked", *state(place))
    assert run.returncode == 0, run.stderr
    assert site.read_text() == BROKEN


@needs_root
def test_what_nginx_takes_comes_back_without_a_word(place: Path) -> None:
    answers(place, "One")
    for name in ("g.example.org", "h.example.org"):
        answers(place, "One", name)
        assert at_root(place, "apply", "--yes", "--answers", "a.toml").returncode == 0
    enable(place, (place / SITE.lstrip("/")).read_text())
    run = at_root(place, "rollback", "--yes", "--json", *state(place))
    assert (run.returncode, run.stderr) == (0, "")
    (file,) = json.loads(run.stdout)["files"]
    assert (file["path"], file["action"]) == (SITE, "restore") and "+    server_name g." in file["diff"]
    assert "server_name g.example.org" in (place / SITE.lstrip("/")).read_text()


@needs_root
def test_from_a_configuration_that_is_refused_already_it_goes_back_and_says_so(place: Path) -> None:
    enable(place, BROKEN)
    answers(place, "One")
    assert at_root(place, "apply", "--yes", "--unchecked", "--answers", "a.toml").returncode == 0
    site = place / SITE.lstrip("/")
    site.write_text(site.read_text() + "broken_again;\n")
    run = at_root(place, "rollback", "0", "--yes", "--on-drift", "overwrite", *state(place))
    assert run.returncode == 0, run.stderr
    assert f"galaxy-setup: note: {SITE}:4: " in run.stderr
    assert "refuses what is there now, and this as well" in run.stderr
    assert site.read_text() == BROKEN


@needs_root
def test_a_site_is_not_taken_away_from_under_its_link(place: Path) -> None:
    answers(place, "One")
    assert at_root(place, "apply", "--yes", "--answers", "a.toml").returncode == 0
    (place / "etc/nginx/sites-enabled/galaxy").symlink_to(SITE)
    before = tree(place)
    run = at_root(place, "rollback", "0", "--yes", *state(place))
    assert (run.returncode, run.stdout) == (4, ""), run.stderr
    assert f"galaxy-setup: {SITE}: nginx -t refuses it" in run.stderr
    assert "No such file" in run.stderr and tree(place) == before
    (place / "etc/nginx/sites-enabled/galaxy").unlink()
    run = at_root(place, "rollback", "0", "--yes", *state(place))
    assert (run.returncode, run.stderr) == (0, "")
    assert f"removed   {SITE}" in run.stdout and not (place / SITE.lstrip("/")).exists()


@needs_root
def test_a_file_that_goes_is_in_no_mirror(place: Path, tmp_path: Path) -> None:
    enable(place, "server {}\n")
    (tmp_path / "m").mkdir()
    disk = Without(place, frozenset({SITE}))
    mirror = Mirror(tmp_path / "m", disk, ("/etc/nginx",), {}, lambda path, text: text)
    assert not mirror.at(SITE).exists() and mirror.at("/etc/nginx/sites-enabled/galaxy").is_symlink()
    assert not disk.is_file(SITE) and not disk.exists("/etc/nginx/sites-enabled/galaxy")
    assert mirror.at("/etc/nginx/nginx.conf").exists() and Disk(place).is_file(SITE)


@needs_root
def test_programs_that_read_files_apart_excuse_only_the_broken_one(place: Path) -> None:
    """A unit that systemd takes is not given up for one that it refuses already."""
    units = only(plan_of(place), "systemd unit galaxy-")[:2]
    good = [replace(one, before=FileState(one.after, 0o644, 0, 0)) for one in units]
    spoil = broken("[Service]\n", "[Service]\nRestart=sometimes\n")
    bad = [replace(one, after=spoil(one.after)) for one in good]
    (verdict,) = judge(bad, Disk(place), back=Back())
    assert verdict.outcome == "refused"
    held = FileState(bad[0].after, 0o644, 0, 0)
    (verdict,) = judge([replace(bad[0], before=held), good[1]], Disk(place), back=Back())
    assert verdict.outcome == "noted"
    (verdict,) = judge([replace(bad[0], before=held), bad[1]], Disk(place), back=Back())
    assert verdict.outcome == "refused"
    assert {problem.file for problem in verdict.problems} == {f"{place}{bad[1].path}"}
