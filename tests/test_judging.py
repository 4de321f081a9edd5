"""The programs that read the new files, asked before the first byte: each real, over a tree of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.test_headless import ROOT, tree
from wizard.consumers import judging, running
from wizard.consumers.judging import CONSUMERS, judge, need_accepted
from wizard.disk import Disk
from wizard.file_plan import FilePlan
from wizard.problems import Exit, Refused
from wizard.session import Session

SECRET = "pass-w0rd-of-ftp"
SITE = "/etc/nginx/sites-available/galaxy"
BASE = """\
preset = "single-server@1"
[groundwork]
service_manager = "systemd"
rotate_logs = true
user = "daemon"
group = "daemon"
log_dir = "/var/log"
[proxy]
host_name = "g.example.org"
public_url = "http://g.example.org"
tls = "none"
[data]
ftp = "proftpd"
ftp_dir = "/srv/galaxy/ftp"
ftp_uid = 998
ftp_database_user = "reader"
"""
ANSWERS = BASE + f'ftp_database_password = "{SECRET}"\n'

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="these programs answer root alone")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A root with this machine's nginx, Apache and ProFTPD configuration."""
    for program in ("nginx", "/etc/apache2/apache2.conf", "proftpd", "logrotate", "systemd-analyze"):
        need_tool(program)
    for name in ("nginx", "apache2", "proftpd"):
        shutil.copytree(f"/etc/{name}", tmp_path / "x/etc" / name, symlinks=True)
        for one in (tmp_path / "x/etc" / name).rglob("galaxy*"):
            one.unlink()
    return tmp_path / "x"


def plan_of(place: Path, answers: str = ANSWERS) -> tuple[FilePlan, ...]:
    file = place.parent / "a.toml"
    file.write_text(answers)
    return Session(file, Disk(place), answers).plan().files


def only(files: tuple[FilePlan, ...], lens: str, edit: Callable[[str], str] = str) -> tuple[FilePlan, ...]:
    """The files of one lens, what they would become edited."""
    return tuple(
        replace(one, after=edit(one.after))
        for one in files
        if any(name.startswith(lens) for name in one.lenses)
    )


def broken(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def enable(place: Path, text: str) -> None:
    """A site of Galaxy's as it is before the change, and live."""
    file = place / SITE.lstrip("/")
    file.write_text(text)
    (place / "etc/nginx/sites-enabled/galaxy").symlink_to(SITE)


@needs_root
def test_a_good_plan_is_taken_by_all_and_leaves_nothing_behind(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(place)
    mirrors = tmp_path / "mirrors"  # /run has those of other runs
    mirrors.mkdir()
    monkeypatch.setattr(judging, "_private", lambda: str(mirrors))
    verdicts = judge(plan_of(place), Disk(place))
    assert {one.consumer: (one.outcome, one.problems) for one in verdicts} == {
        name: ("accepted", ())
        for name in ("nginx -t", "proftpd -t", "logrotate -d", "systemd-analyze verify")
    }
    assert tree(place) == before
    assert not list(mirrors.iterdir())


@needs_root
@pytest.mark.parametrize("live", [False, True])
def test_nginx_names_the_line_and_its_question(place: Path, live: bool) -> None:
    site = only(plan_of(place), "nginx site")
    if live:
        enable(place, site[0].after)
        site = only(plan_of(place, ANSWERS.replace("g.example", "h.example")), "nginx site")
    bad = tuple(replace(one, after=broken("server_name", "server_nam")(one.after)) for one in site)
    line = next(n for n, text in enumerate(bad[0].after.splitlines(), 1) if "server_nam " in text)
    with pytest.raises(Refused) as refusal:
        need_accepted(judge(bad, Disk(place)))
    (problem,) = refusal.value.problems
    assert refusal.value.status is Exit.REFUSED_BY_CONSUMER
    assert (problem.file, problem.line) == (f"{place}{SITE}", line)
    assert problem.question is not None and "proxy.host_name" in problem.question
    assert 'unknown directive "server_nam"' in problem.what
    assert problem.way_out is not None and "--unchecked" in problem.way_out


@needs_root
def test_what_is_refused_already_elsewhere_is_only_said(place: Path) -> None:
    (place / "etc/nginx/conf.d/colleague.conf").write_text('nonsense "hunter2";\n')
    (verdict,) = judge(only(plan_of(place), "nginx site"), Disk(place))
    (problem,) = verdict.problems
    assert verdict.outcome == "noted"
    assert problem.file == f"{place}/etc/nginx/conf.d/colleague.conf" and problem.line == 1
    assert "already, before this change" in problem.what and "hunter2" not in problem.what


@needs_root
def test_what_the_machine_still_lacks_stops_a_live_site_only(place: Path) -> None:
    def without(text: str) -> str:
        return text.replace("server_name", "ssl_certificate /no/where.pem;\n    server_name", 1).replace(
            "listen 80", "ssl_certificate_key /no/where.pem;\n    listen 443 ssl", 1
        )

    site = only(plan_of(place), "nginx site")
    (verdict,) = judge(only(site, "nginx site", without), Disk(place))
    assert verdict.outcome == "noted" and "would not take it yet" in verdict.problems[0].what
    enable(place, site[0].after)
    site = only(plan_of(place, ANSWERS.replace("g.example", "h.example")), "nginx site", without)
    (verdict,) = judge(site, Disk(place))
    assert verdict.outcome == "refused" and "/no/where.pem" in verdict.problems[0].what


@needs_root
def test_a_site_outside_of_nginx_s_tree_is_judged_where_it_is_included(place: Path) -> None:
    main = place / "etc/nginx/nginx.conf"
    main.write_text(main.read_text().replace("http {", "http {\n  include /srv/sites/*.conf;", 1))
    answers = ANSWERS.replace("[proxy]", '[proxy]\nsite_file = "/srv/sites/galaxy.conf"')
    site = only(plan_of(place, answers), "nginx site")
    assert judge(site, Disk(place))[0].outcome == "accepted"
    (verdict,) = judge(only(site, "nginx site", broken("server_name", "server_nam")), Disk(place))
    assert verdict.outcome == "refused" and verdict.problems[0].file == f"{place}/srv/sites/galaxy.conf"


@needs_root
def test_nginx_makes_no_log_of_the_site(place: Path) -> None:
    log = place / "var/log/galaxy-judged.log"
    log.parent.mkdir(parents=True)
    edit = broken("server_name", f"access_log /var/log/{log.name};\n    server_name")
    (verdict,) = judge(only(plan_of(place), "nginx site", edit), Disk(place))
    assert verdict.outcome == "accepted"
    assert not log.exists() and not Path("/var/log", log.name).exists()


@needs_root
def test_apache_reads_the_site_with_debian_s_variables(place: Path) -> None:
    for name in (
        "proxy",
        "proxy_http",
        "rewrite",
        "headers",
        "xsendfile",
        "proxy_wstunnel",
        "deflate",
        "expires",
    ):
        for end in ("load", "conf"):
            module = place / f"etc/apache2/mods-available/{name}.{end}"
            link = place / f"etc/apache2/mods-enabled/{name}.{end}"
            if module.exists() and not link.is_symlink():
                link.symlink_to(f"../mods-available/{name}.{end}")
    with (place / "etc/apache2/envvars").open("a") as envvars:  # as before its first start
        envvars.write(f"export APACHE_RUN_DIR={place}/run APACHE_LOCK_DIR={place}/lock\n")
    answers = ANSWERS.replace("[proxy]", '[proxy]\nserver = "apache"')
    elsewhere = answers.replace("[proxy]", '[proxy]\nsite_file = "/srv/galaxy.conf"')
    (verdict,) = judge(only(plan_of(place, elsewhere), "apache site"), Disk(place))
    assert verdict.outcome == "noted" and "does not read it" in verdict.problems[0].what
    site = only(plan_of(place, answers), "apache site")
    (verdict,) = judge(site, Disk(place))
    assert (verdict.outcome, verdict.problems) == ("accepted", ())
    bad = only(site, "apache site", broken("ServerName", "<Location />\nServerName"))
    (verdict,) = judge(bad, Disk(place))
    assert verdict.outcome == "refused" and verdict.problems[0].file == f"{place}{site[0].path}"
    assert "</Location>" in verdict.problems[0].what and verdict.problems[0].line


@needs_root
def test_proftpd_is_heard_though_it_ends_well(place: Path) -> None:
    """It says `fatal`, passes over the file, and ends with status 0."""
    ftp = only(plan_of(place), "proftpd.conf", broken("SQLConnectInfo", "SQLConectInfo"))
    (verdict,) = judge(ftp, Disk(place))
    assert verdict.outcome == "refused"
    (problem,) = verdict.problems
    assert problem.file == f"{place}/etc/proftpd/conf.d/galaxy.conf" and problem.line
    assert SECRET not in str(problem)


@needs_root
def test_words_that_quote_a_secret_are_not_shown(place: Path) -> None:
    """nginx quotes what it does not know: here the line of the secret itself."""
    site = only(plan_of(place), "nginx site")
    text = site[0].after.replace("server_name", f'{SECRET} "x";\n    server_name', 1)
    start = text.index(SECRET)
    from wizard.files.lens import SecretSpan

    hidden = replace(site[0], after=text, secrets_after=(SecretSpan(start, start + len(SECRET)),))
    (verdict,) = judge((hidden,), Disk(place))
    assert verdict.outcome == "refused"
    assert "w0rd" not in str(verdict.problems[0])


def test_logrotate_names_the_line(place: Path) -> None:
    bad = only(plan_of(place), "logrotate", lambda text: text.replace("{\n", "{\n    weekl\n", 1))
    (verdict,) = judge(bad, Disk(place))
    assert verdict.outcome == "refused"
    assert "weekl" in verdict.problems[0].what and verdict.problems[0].line
    assert verdict.problems[0].file == f"{place}/etc/logrotate.d/galaxy"


def test_systemd_names_lines_of_ours_and_minds_no_program_that_is_not_there(place: Path) -> None:
    units = only(plan_of(place), "systemd unit ")
    (verdict,) = judge(units, Disk(place))
    assert (verdict.outcome, verdict.problems) == ("accepted", ()), "nothing of Galaxy is installed here"
    web = only(units, "systemd unit galaxy-web", broken("[Service]\n", "[Service]\nRestart=sometimes\n"))
    (verdict,) = judge(web, Disk(place))
    assert verdict.outcome == "refused" and "sometimes" in verdict.problems[0].what
    newer = only(units, "systemd unit galaxy-web", broken("[Service]\n", "[Service]\nNewerThanThis=1\n"))
    (verdict,) = judge(newer, Disk(place))
    assert verdict.outcome == "noted" and "passes over" in verdict.problems[0].what


@pytest.mark.parametrize("manager", ["sysvinit", "run.sh"])
def test_the_shell_reads_and_runs_nothing(place: Path, manager: str) -> None:
    lens = {"sysvinit": "init script", "run.sh": "local_env.sh"}[manager]
    files = only(plan_of(place, ANSWERS.replace('"systemd"', f'"{manager}"')), lens)
    touched = place / "touched"
    files = only(files, lens, lambda text: f"{text}\ntouch {touched}\n")
    assert files and judge(files, Disk(place))[0].outcome == "accepted"
    assert not touched.exists()
    (verdict,) = judge(only(files, lens, lambda text: text + "if true; then\n"), Disk(place))
    assert verdict.outcome == "refused" and verdict.problems[0].line


def test_a_program_that_is_missing_or_silent_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rotate = next(one for one in CONSUMERS if one.name == "logrotate -d")
    files = only(plan_of(place), "logrotate")
    (verdict,) = judge(files, Disk(place), (replace(rotate, program=lambda: None),))
    assert verdict.outcome == "not asked" and "it is not installed" in verdict.problems[0].what
    slow = place / "slow"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr("wizard.consumers.readers.run", lambda command: running.run(command, seconds=0.2))
    (verdict,) = judge(files, Disk(place), (replace(rotate, program=lambda: str(slow)),))
    assert verdict.outcome == "not asked" and "no answer in time" in verdict.problems[0].what


def test_a_program_learns_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALAXY_DB_PASSWORD", SECRET)
    said = running.run(("/usr/bin/env",))
    assert said is not None and SECRET not in said.text and "PATH=/usr/local/sbin" in said.text


@needs_root
def test_root_runs_no_program_that_somebody_else_may_replace(tmp_path: Path) -> None:
    program = tmp_path / "nginx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    os.chown(program, 65534, 65534)
    assert running.find(("nginx",), (str(tmp_path),)) is None


# at the root of this machine: with a copy of nginx's tree in the place of the live one

IN_PRIVATE = """
set -e
mount --bind "$1/etc/nginx" /etc/nginx
shift
exec "$@"
"""


def at_root(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run galaxy-setup on `/`, where a mount that nobody else sees puts the copy over /etc/nginx."""
    unshare = [need_tool("unshare"), "-m", "--propagation", "private"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no private mounts here")
    return subprocess.run(
        [*unshare, "sh", "-c", IN_PRIVATE, "sh", str(place), sys.executable, "-m", "wizard.cli", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@needs_root
def test_an_apply_that_nginx_refuses_writes_nothing_unless_unchecked(place: Path) -> None:
    config = place / "srv/galaxy/config"
    config.mkdir(parents=True)
    (place / "a.toml").write_text(
        f'[groundwork]\nroot = "{place}/srv/galaxy"\nconfig_dir = "{config}"\nbrand = "One"\n'
        '[proxy]\nserver = "nginx"\nhost_name = "g.example.org"\n'
        'link = "socket"\nsocket = "/run/gx.sock"\nlayout = "debian"\ntls = "none"\n'
    )
    enable(place, "server {\n    listen 80;\n}\nbroken_by_hand;\n")
    before = tree(place)
    run = at_root(place, "apply", "--yes", "--answers", "a.toml")
    assert (run.returncode, run.stdout) == (4, "")
    assert f"galaxy-setup: {SITE}:" in run.stderr and "broken_by_hand" in run.stderr
    assert "--unchecked" in run.stderr and "Traceback" not in run.stderr
    assert tree(place) == before
    run = at_root(place, "apply", "--yes", "--unchecked", "--answers", "a.toml")
    assert run.returncode == 0, run.stderr
    assert "g.example.org" in (place / SITE.lstrip("/")).read_text()
