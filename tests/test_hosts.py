"""One set of answers for several hosts: each gets its part, and keeps its own record of what was applied to it.

The hosts share the configuration directory as over NFS: it is mounted into the root of the host that runs.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import preset_hosts
from tests.test_headless import setup, tree
from wizard.disk import Disk
from wizard.session import Session

CONFIG = "srv/galaxy/config"
GALAXY = "galaxy.yml"
ANSWERS = """\
[groundwork]
root = "/srv/galaxy"
config_dir = "/srv/galaxy/config"
shared_mount = "/srv/galaxy"
virtualenv = "/srv/galaxy/venv"
user = "galaxy"
service_manager = "systemd"
brand = "Tuna"
id_secret = { generate = true }

[database]
pool_size = 8

[proxy]
server = "nginx"
site_file = "/etc/nginx/conf.d/galaxy.conf"
host_name = "galaxy.example.org"
link = "tcp"
address = "web:8080"

[[hosts]]
name = "web"
runs = ["web"]

[[hosts]]
name = "jobs"
runs = ["handlers"]

[[hosts]]
name = "front"
runs = ["proxy"]
"""
START = """\
galaxy:
  # The name in the masthead.
  #brand: null
  database_engine_option_pool_size: 5   # enough
  ours: kept
"""


@dataclass
class Site:
    """The hosts' roots below `place`, and the directory that they share."""

    place: Path

    def run(self, host: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run galaxy-setup for a host, on it: with its own root, and the shared directory mounted there."""
        return self.run_in(host, *arguments, "--host", host)

    def run_in(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        mounted = self.place / root / CONFIG
        mounted.parent.mkdir(parents=True, exist_ok=True)
        (self.place / "shared").rename(mounted)
        try:
            return setup(*arguments, "--root", root, cwd=self.place)
        finally:
            mounted.rename(self.place / "shared")

    def apply(self, host: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = self.run(host, "apply", "--yes", *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done

    def file(self, name: str) -> Path:
        return self.place / "shared" / name

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.file(name).read_text()
        assert old in text
        self.file(name).write_text(text.replace(old, new))

    def answer(self, old: str, new: str) -> None:
        self.edit("galaxy-setup.toml", old, new)

    def is_as_answered(self, host: str) -> bool:
        """Whether status, diff and apply have nothing to say of this host."""
        seen = [self.run(host, *command) for command in (["status"], ["diff"], ["apply", "--yes"])]
        said = [(one.returncode, one.stdout, one.stderr) for one in seen]
        return said == [(0, "", ""), (0, "", ""), (0, f"nothing to do on {host}\n", "")]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the answers were applied to three hosts, one after the other."""
    made = Site(tmp_path_factory.mktemp("hosts"))
    (made.place / "shared").mkdir()
    made.file(GALAXY).write_text(START)
    made.file(GALAXY).chmod(0o640)
    made.file("galaxy-setup.toml").write_text(ANSWERS)
    for host in ("web", "jobs", "front"):
        made.apply(host)
    return made.place


@pytest.fixture
def site(applied: Path, tmp_path: Path) -> Site:
    """Three hosts over which the answers were applied."""
    shutil.copytree(applied, tmp_path, dirs_exist_ok=True)
    return Site(tmp_path)


# each host's files


def test_each_host_gets_its_own_files_and_all_know_the_answers(site: Site) -> None:
    assert sorted(tree(site.place)) == [
        "front/etc/nginx/conf.d/galaxy.conf",
        "shared/.galaxy-setup/hosts/front/applied.json",
        "shared/.galaxy-setup/hosts/front/history/0001.json",
        "shared/.galaxy-setup/hosts/front/lock",
        "shared/.galaxy-setup/hosts/jobs/applied.json",
        "shared/.galaxy-setup/hosts/jobs/history/0001.json",
        "shared/.galaxy-setup/hosts/jobs/lock",
        "shared/.galaxy-setup/hosts/web/applied.json",
        "shared/.galaxy-setup/hosts/web/history/0001.json",
        "shared/.galaxy-setup/hosts/web/lock",
        "shared/galaxy-setup.toml",
        "shared/galaxy.yml",
        "web/etc/systemd/system/galaxy-web.service",
        "web/etc/systemd/system/galaxy.target",
    ]
    assert site.file("galaxy-setup.toml").read_text() == ANSWERS, "no host is written into the answers"
    for folder in (".galaxy-setup", ".galaxy-setup/hosts", ".galaxy-setup/hosts/web"):
        assert site.file(folder).stat().st_mode & 0o077 == 0


def test_hosts_that_share_the_configuration_have_one_generated_secret(site: Site) -> None:
    secret = re.search(r"^  id_secret: (\w{56})$", site.file(GALAXY).read_text(), re.MULTILINE)
    assert secret is not None
    for host in ("web", "jobs", "front"):
        assert site.is_as_answered(host)
    record = json.loads(site.file(".galaxy-setup/hosts/front/applied.json").read_text())
    assert "groundwork.id_secret" not in record["answers"], "what a host does not need stays away from it"
    assert secret[1] not in site.file(".galaxy-setup/hosts/front/applied.json").read_text()


def test_a_host_without_galaxy_keeps_its_answers_where_nobody_else_looks(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS)
    done = setup("--answers", "a.toml", "--host", "front", "--root", "front", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    config = tmp_path / "front" / CONFIG
    assert config.stat().st_mode & 0o777 == 0o700
    assert sorted(tree(config)) == [
        ".galaxy-setup/hosts/front/applied.json",
        ".galaxy-setup/hosts/front/history/0001.json",
        ".galaxy-setup/hosts/front/lock",
        "galaxy-setup.toml",
    ]
    again = setup("status", "--host", "front", "--root", "front", cwd=tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", ""), "it is found there again"
    web = setup("--answers", "a.toml", "--host", "web", "--root", "web", cwd=tmp_path)
    assert web.returncode == 0 and (tmp_path / "web" / CONFIG).stat().st_mode & 0o777 != 0o700


def test_a_host_without_galaxy_makes_no_secret_of_its_own(tmp_path: Path) -> None:
    """The SQL for the database's host needs the password that Galaxy's hosts made: another one would fit nothing."""
    tables = ANSWERS.replace('runs = ["proxy"]', 'runs = ["database"]')
    head = 'engine = "postgresql"\nconnect = "tcp"\nhost = "front"\nname = "galaxy"\nuser = "galaxy"\n'
    more = f'{head}password = {{ generate = true }}\nsetup_file = "/srv/galaxy/config/database.sql"\n'
    (tmp_path / "a.toml").write_text(tables.replace("[database]\n", f"[database]\n{more}"))
    alone = setup("--answers", "a.toml", "--host", "front", "--root", "x", cwd=tmp_path)
    assert alone.returncode == 2 and not (tmp_path / "x").exists()
    assert "database.password: is generated where Galaxy runs" in alone.stderr
    assert "apply on web, jobs first" in alone.stderr
    for host in ("web", "front"):
        done = setup("--answers", "a.toml", "--host", host, "--root", "x", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "SCRAM-SHA-256" in (tmp_path / "x" / CONFIG / "database.sql").read_text()


# a shared file


def test_what_another_host_wrote_into_a_shared_file_is_no_edit_by_hand(site: Site) -> None:
    site.answer("pool_size = 8", "pool_size = 9")
    site.answer('brand = "Tuna"', 'brand = "Cod"\nlog_level = "INFO"')
    assert "update" in site.run("web", "apply", "--yes").stdout
    assert site.is_as_answered("jobs")
    assert site.is_as_answered("web") and site.is_as_answered("front")


def test_nor_is_it_when_the_answers_changed_once_more_since(site: Site) -> None:
    site.answer("pool_size = 8", "pool_size = 9")
    site.apply("web")
    site.answer("pool_size = 9", "pool_size = 10")
    (row,) = json.loads(site.run("jobs", "status", "--json").stdout)
    assert (row["host"], row["by_hand"], row["apply"]) == ("jobs", None, "changed")
    site.apply("jobs")
    assert site.is_as_answered("jobs") and site.is_as_answered("web")


def test_an_answer_taken_back_on_one_host_is_back_on_all(site: Site) -> None:
    site.answer("[database]\npool_size = 8\n", "")
    site.answer('brand = "Tuna"\n', "")
    site.apply("web")
    text = site.file(GALAXY).read_text()
    assert "  #brand: null\n" in text and "pool_size: 5   # enough\n" in text
    assert site.is_as_answered("jobs") and site.is_as_answered("web")
    assert site.file(GALAXY).read_text() == text


def test_each_host_can_take_back_what_another_one_answered_first(site: Site) -> None:
    """Applied by `web` alone, taken back by `jobs`: it goes the way it came."""
    before = site.file(GALAXY).read_text()
    site.answer('brand = "Tuna"', 'brand = "Tuna"\nlog_level = "INFO"')
    site.apply("web")
    assert site.is_as_answered("jobs")
    site.answer('log_level = "INFO"\n', "")
    site.apply("jobs")
    assert site.is_as_answered("web") and site.is_as_answered("jobs")
    assert site.file(GALAXY).read_text() == before


def test_an_edit_by_hand_is_one_on_every_host(site: Site) -> None:
    site.edit(GALAXY, "pool_size: 8", "pool_size: 20")
    for host in ("web", "jobs"):
        shown = site.run(host, "status")
        assert shown.returncode == 1 and shown.stdout.startswith(f"host {host}\n")
        assert re.search(
            r"^M +M +\S+galaxy.yml:\d+ +galaxy.database_engine_option_pool_size", shown.stdout, re.M
        )
        assert site.run(host, "apply", "--yes").returncode == 3
    site.apply("web", "--on-drift", "overwrite")
    assert site.is_as_answered("jobs") and site.is_as_answered("web")


def test_a_host_takes_nothing_out_of_a_file_that_it_no_longer_needs_and_others_do(site: Site) -> None:
    site.answer('runs = ["web"]', "runs = []")
    site.answer('name = "jobs"\nruns = ["handlers"]', 'name = "jobs"\nruns = ["web", "handlers"]')
    site.answer("[database]\npool_size = 8\n", "")
    before = site.file(GALAXY).read_text()
    assert site.run("web", "apply", "--yes").returncode == 0
    assert site.file(GALAXY).read_text() == before
    site.apply("jobs")
    assert "pool_size: 5" in site.file(GALAXY).read_text()


def test_a_file_that_a_host_has_no_need_of_any_more_is_named(site: Site) -> None:
    site.answer('runs = ["proxy"]', "runs = []")
    site.answer('runs = ["web"]', 'runs = ["web", "proxy"]')
    shown = site.run("front", "diff")
    assert (shown.returncode, shown.stdout) == (0, "")
    assert "front/etc/nginx/conf.d/galaxy.conf: was written for this host" in shown.stderr
    assert (site.place / "front/etc/nginx/conf.d/galaxy.conf").exists()


def test_the_record_of_one_machine_is_where_its_hosts_begin(tmp_path: Path) -> None:
    """An install that is spread later still knows what it was before."""
    made = Site(tmp_path)
    (tmp_path / "shared").mkdir()
    made.file(GALAXY).write_text(START)
    made.file(GALAXY).chmod(0o640)
    alone = ANSWERS[: ANSWERS.index("[[hosts]]")]
    made.file("galaxy-setup.toml").write_text(alone)
    assert made.run_in("web", "apply", "--yes").returncode == 0
    made.file("galaxy-setup.toml").write_text(ANSWERS.replace('brand = "Tuna"\n', ""))
    made.apply("web")
    assert "  #brand: null\n" in made.file(GALAXY).read_text()


# --host


def test_nothing_is_written_while_it_is_not_said_for_which_host(site: Site) -> None:
    for command in (
        ["diff"],
        ["apply", "--yes"],
        ["status"],
        ["owned"],
        ["--answers", f"web/{CONFIG}/galaxy-setup.toml"],
    ):
        refused = site.run_in("web", *command)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.count("\n") == 1
        assert "galaxy-setup.toml:21: " in refused.stderr
        assert "give --host and one of web, jobs, front" in refused.stderr


def test_a_name_that_is_none_of_the_hosts_is_refused_with_those_there_are(site: Site) -> None:
    for command in ("diff", "apply", "status", "owned"):
        refused = site.run("other", command)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert (
            refused.stderr
            == "galaxy-setup: --host other: there is no such host; there are web, jobs, front\n"
        )


def test_host_is_refused_where_there_are_none_or_nothing_is_asked_of_them(tmp_path: Path) -> None:
    refused = setup("diff", "--answers", "trial", "--host", "web", "--root", "x", cwd=tmp_path)
    assert refused.returncode == 2 and "these answers have one machine" in refused.stderr
    refused = setup("presets", "--host", "web", cwd=tmp_path)
    assert refused.returncode == 2 and "nothing to do with hosts" in refused.stderr
    refused = setup("diff", "--host", "", cwd=tmp_path)
    assert refused.returncode == 2 and "--host is empty" in refused.stderr


def test_the_answers_may_name_the_host_and_the_command_line_another(site: Site) -> None:
    site.answer('[[hosts]]\nname = "web"', '[scaling]\nhost = "jobs"\n\n[[hosts]]\nname = "web"')
    assert json.loads(site.run_in("web", "diff", "--json").stdout)["host"] == "jobs"
    assert json.loads(site.run("front", "diff", "--json").stdout)["host"] == "front"
    site.answer('host = "jobs"', 'host = "gone"')
    refused = site.run_in("web", "diff")
    assert refused.returncode == 2 and ":22: scaling.host: there is no host gone" in refused.stderr


def test_a_machine_knows_by_its_own_name_which_host_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "jobs.example.org")
    assert Session(tmp_path / "a.toml", Disk(), ANSWERS).this_host == "jobs"
    assert Session(tmp_path / "a.toml", Disk(tmp_path), ANSWERS).this_host is None, "not below another root"
    assert Session(tmp_path / "a.toml", Disk(), ANSWERS, host="web").this_host == "web"
    named = ANSWERS.replace("[[hosts]]", '[scaling]\nhost = "front"\n\n[[hosts]]', 1)
    assert Session(tmp_path / "a.toml", Disk(), named).this_host == "front"
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert Session(tmp_path / "a.toml", Disk(), ANSWERS).this_host is None


def test_the_host_stands_above_what_is_done_for_it(site: Site) -> None:
    site.answer("pool_size = 8", "pool_size = 9")
    assert site.run("web", "diff").stdout.startswith("# host web\n--- a/")
    assert site.run("web", "diff", "--options").stdout.startswith("host web\n\nWHERE")
    assert json.loads(site.run("web", "diff", "--json").stdout)["host"] == "web"
    assert json.loads(site.run("web", "owned", "--json").stdout)["host"] == "web"
    assert site.run("web", "owned").stdout.startswith("managed by galaxy-setup on web:\n")
    assert json.loads(site.run("web", "apply", "--yes", "--json").stdout)["host"] == "web"
    site.answer("pool_size = 9", "pool_size = 10")
    assert site.run("web", "apply", "--yes").stdout.startswith("host web\n\nupdated")


def test_disown_needs_no_host_and_holds_for_all(site: Site) -> None:
    done = site.run_in("web", "disown", "database.pool_size")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'disowned = ["database.pool_size"]' in site.file("galaxy-setup.toml").read_text()
    for host in ("web", "jobs"):
        assert site.run(host, "diff").returncode == 0


def test_a_secret_that_is_not_shared_is_not_made_twice(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANSWERS.replace('shared_mount = "/srv/galaxy"\n', ""))
    refused = setup("diff", "--answers", "a.toml", "--host", "web", "--root", "x", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "galaxy-setup: a.toml:8: groundwork.id_secret: is to be generated, and each"
    )


def test_what_cannot_work_is_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        ANSWERS.replace("[database]", '[database]\nengine = "postgresql"\nconnect = "socket"')
    )
    refused = setup("diff", "--answers", "a.toml", "--host", "web", "--root", "x", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "galaxy-setup: a.toml:13: database.connect: a UNIX socket ends at its host"
    )


# the preset


@pytest.mark.parametrize("host", [host for name, host in preset_hosts.cases() if name == "multi-host"])
def test_each_host_of_the_preset_gets_these_files(host: str, tmp_path: Path) -> None:
    what = ["--answers", "multi-host", "--host", host, "--root", "x"]
    files = json.loads(setup("diff", *what, "--json", cwd=tmp_path).stdout)["files"]
    listed = "".join(
        f"{file['mode']} {file['path']}\n" for file in sorted(files, key=lambda file: file["path"])
    )
    golden = Path(__file__).parent / "golden" / f"hosts-{host.partition('.')[0]}.txt"
    assert listed == golden.read_text(), f"{golden.name} holds what a person has looked through"
