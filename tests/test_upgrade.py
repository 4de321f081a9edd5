"""Upgrade: the configuration of an older release becomes that of a newer one, and every option is accounted for."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pexpect
import pytest
import yaml

from screens.review_lists import upgraded
from tests.conftest import Ask
from tests.test_headless import CONFIG, ROOT, setup, tree
from wizard.disk import Disk
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.files.galaxy.ini_document import GalaxyIniDocument
from wizard.session import Session

GOLDEN = Path(__file__).parent / "golden" / "upgrade-report.txt"
NEWEST = "26.1"
MULES = """\
uwsgi:
  # where the proxy finds it
  socket: /srv/galaxy/var/uwsgi.sock
  chmod-socket: 660
  processes: 4
  threads: 4
  master: true
  virtualenv: /srv/galaxy/venv
  pythonpath: lib
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  hook-master-start: unix_signal:2 gracefully_kill_them_all
  hook-master-start: unix_signal:15 gracefully_kill_them_all
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  farm: job-handlers:1,2
  farm: job-handlers.special:3
  cron2: minute=5 true
galaxy:
  # ours
  brand: Old   # keep this word
  database_connection: postgresql://galaxy:geheim@localhost/galaxy
  whitelist_file: white.txt
  use_interactive: false
  enable_beta_mulled_containers: true
"""
JOB_CONF = """\
<?xml version="1.0"?>
<job_conf>
    <plugins>
        <plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner" workers="4"/>
    </plugins>
    <!-- HANDLERS -->
    <destinations>
        <destination id="local" runner="local"/>
    </destinations>
</job_conf>
"""
STATIC = """\
<handlers default="handlers">
        <handler id="handler0" tags="handlers"/>
        <handler id="handler1" tags="handlers"/>
        <handler id="big0" tags="big"/>
    </handlers>"""
PASTE_INI = """\
[server:main]
use = egg:Paste#http
host = 0.0.0.0
port = 8081
threadpool_workers = 10

[server:handler0]
use = egg:Paste#http
port = 8091

[filter:proxy-prefix]
use = egg:PasteDeploy#prefix
prefix = /galaxy

[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory
filter-with = proxy-prefix
brand = 50%% "of" it
debug = False
allow_library_path_paste = True
database_engine_option_pool_size = 15
static_dir = %(here)s/static
smtp_password = geheim: '#'
database_engine_option_max_overflow =
mailing_list = gone
[galaxy_amqp]
host = elsewhere
"""


def install(tmp_path: Path, files: dict[str, str], release: str | None = "20.05") -> Path:
    """A server below x/ as somebody set it up by hand; its configuration directory."""
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    for name, text in files.items():
        (config / name).write_text(text)
    if release is not None:
        version = tmp_path / "x/srv/galaxy/server/lib/galaxy/version.py"
        version.parent.mkdir(parents=True)
        version.write_text(f'VERSION_MAJOR = "{release}"\n')
    return config


def upgrade(tmp_path: Path, *options: str, to: str = NEWEST) -> dict[str, Any]:
    """The report of an upgrade that was written, as JSON."""
    run = setup(
        "upgrade", "/srv/galaxy", "--root", "x", "--to", to, "--yes", "--json", *options, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def became(report: dict[str, Any]) -> dict[str, str]:
    return {row["option"]: row["became"] for row in report["options"]}


def accepted(galaxy: Ask, config: Path) -> None:
    """Galaxy's own schema and Gravity's settings take the file."""
    assert galaxy("galaxy_yml", config / "galaxy.yml")["problems"] == []
    assert galaxy("gravity_settings", config / "galaxy.yml")["problems"] == []


class TestReport:
    def test_it_names_every_option_before_anything_is_written(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.yml": MULES, "job_conf.xml": JOB_CONF})
        before = tree(tmp_path)
        run = setup("upgrade", "/srv/galaxy", "--root", "x", "--to", NEWEST, cwd=tmp_path)
        assert run.stdout == GOLDEN.read_text()
        assert run.returncode == 2 and "--yes" in run.stderr, "as apply does without a terminal"
        assert tree(tmp_path) == before

    @pytest.mark.parametrize(("name", "text"), [("galaxy.ini", PASTE_INI), ("galaxy.yml", MULES)])
    def test_no_secret_stands_in_it(self, name: str, text: str, tmp_path: Path) -> None:
        install(tmp_path, {name: text}, release=None)
        what = ["upgrade", "/srv/galaxy", "--root", "x", "--to", NEWEST]
        for options in ([], ["--json", "--yes"]):
            run = setup(*what, *options, cwd=tmp_path)
            assert "geheim" in text and "geheim" not in run.stdout + run.stderr
        assert run.returncode == 0

    def test_a_person_is_asked_and_may_say_no(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.yml": MULES})
        before = tree(tmp_path)
        arguments = ["-m", "wizard.cli", "upgrade", "/srv/galaxy", "--root", "x", "--to", NEWEST]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = pexpect.spawn(sys.executable, arguments, cwd=str(tmp_path), env=environment, encoding="utf-8")
        child.expect(r"write these files\?", timeout=60)
        child.sendline("n")
        child.expect("nothing written", timeout=60)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0 and tree(tmp_path) == before

    @pytest.mark.parametrize(
        ("to", "named"), [("19.09", "newer"), ("99.1", "26.1"), ("soon", "26.1"), ("", "--to")]
    )
    def test_a_release_that_cannot_be_upgraded_to_is_refused(
        self, to: str, named: str, tmp_path: Path
    ) -> None:
        install(tmp_path, {"galaxy.yml": MULES})
        before = tree(tmp_path)
        run = setup("upgrade", "/srv/galaxy", "--root", "x", "--to", to, "--yes", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (2, "") and named in run.stderr
        assert tree(tmp_path) == before


class TestUwsgi:
    def test_processes_socket_and_mules_become_gravitys(self, tmp_path: Path, galaxy: Ask) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES, "job_conf.xml": JOB_CONF})
        upgrade(tmp_path, "--remove-gone")
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["gravity"] == {
            "galaxy_root": "/srv/galaxy/server",
            "virtualenv": "/srv/galaxy/venv",
            "gunicorn": {"bind": "unix:/srv/galaxy/var/uwsgi.sock", "workers": 4},
            "handlers": {
                "handler": {"processes": 2, "pools": ["job-handlers"]},
                "special": {"processes": 1, "pools": ["job-handlers.special"]},
            },
        }
        assert '<handlers assign_with="db-skip-locked"/>' in (config / "job_conf.xml").read_text()
        assert written["galaxy"]["job_config_file"] == "/srv/galaxy/config/job_conf.xml"
        accepted(galaxy, config)

    def test_an_option_is_renamed_on_its_own_line(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        upgrade(tmp_path)
        lines = (config / "galaxy.yml").read_text().splitlines()
        assert lines[:5] == [
            "galaxy:",
            "  # ours",
            "  brand: Old   # keep this word",
            "  database_connection: postgresql://galaxy:geheim@localhost/galaxy",
            "  email_domain_allowlist_file: white.txt",
        ]

    def test_what_is_gone_stays_and_is_named_unless_it_is_to_be_removed(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        report = upgrade(tmp_path)
        assert became(report)["galaxy.use_interactive"] == "left"
        assert "use_interactive: false" in (config / "galaxy.yml").read_text()

    def test_what_is_gone_is_removed_when_asked(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        report = upgrade(tmp_path, "--remove-gone")
        assert became(report)["galaxy.use_interactive"] == "dropped"
        assert "use_interactive" not in (config / "galaxy.yml").read_text()

    def test_uwsgis_section_stays_when_asked(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        report = upgrade(tmp_path, "--keep-uwsgi")
        section = MULES[: MULES.index("galaxy:\n")]
        assert (config / "galaxy.yml").read_text().startswith(section)
        assert became(report)["uwsgi.cron2"] == "left"

    def test_a_mule_that_is_no_job_handler_is_named(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.yml": MULES.replace("  farm:", "  mule: mine.py\n  farm:", 1)})
        rows = upgrade(tmp_path)["options"]
        assert [row["became"] for row in rows if row["option"] == "uwsgi.mule"] == ["moved", "dropped"]
        assert any(row["what"].startswith("mine.py: ") for row in rows)

    def test_its_own_address_is_gunicorns_where_there_is_no_socket(self, tmp_path: Path) -> None:
        config = install(
            tmp_path, {"galaxy.yml": "uwsgi:\n  http: :8080\n  processes: 1\ngalaxy:\n  brand: x\n"}
        )
        upgrade(tmp_path)
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["gravity"]["gunicorn"] == {"bind": "0.0.0.0:8080", "workers": 1}

    def test_a_release_that_still_runs_under_it_keeps_it(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        upgrade(tmp_path, to="22.01")
        text = (config / "galaxy.yml").read_text()
        assert text.startswith(MULES[: MULES.index("galaxy:\n")]) and "gravity:" not in text
        assert 'app_server = "uwsgi"' in (config / "galaxy-setup.toml").read_text()

    def test_a_line_of_the_site_that_cannot_follow_is_named(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.yml": MULES})
        site = tmp_path / "x/etc/nginx/sites-enabled/galaxy"
        site.parent.mkdir(parents=True)
        server = "server { listen 80; server_name %s.example.org; location / { uwsgi_pass galaxy; } }\n"
        site.write_text(
            "upstream galaxy { server unix:/srv/galaxy/var/uwsgi.sock; }\n" + server % "a" + server % "b"
        )
        report = upgrade(tmp_path)
        lines = site.read_text().splitlines()
        assert [line for line in lines if "uwsgi_pass" in line] == [(server % "b").strip()]
        place = f"galaxy:{lines.index((server % 'b').strip()) + 1}: uwsgi_pass"
        assert [line for line in report["by_hand"] if place in line], report["by_hand"]

    def test_services_that_somebody_else_wrote_stay_theirs_and_are_named(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.yml": MULES})
        unit = tmp_path / "x/etc/systemd/system/galaxy-web.service"
        unit.parent.mkdir(parents=True)
        unit.write_text(
            "[Service]\nUser=galaxy\nWorkingDirectory=/srv/galaxy/server\n"
            "ExecStart=/srv/galaxy/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml\n"
        )
        before = unit.read_text()
        report = upgrade(tmp_path)
        assert unit.read_text() == before
        assert any("(systemd)" in line and "--service-manager" in line for line in report["by_hand"])


class TestPaste:
    def test_galaxy_ini_becomes_galaxy_yml_with_the_types_of_the_schema(
        self, tmp_path: Path, galaxy: Ask
    ) -> None:
        config = install(tmp_path, {"galaxy.ini": PASTE_INI}, release="17.09")
        report = upgrade(tmp_path)
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["galaxy"] == {
            "brand": '50% "of" it',
            "debug": False,
            "allow_path_paste": True,
            "database_engine_option_pool_size": 15,
            "static_dir": "/srv/galaxy/config/static",
            "smtp_password": "geheim: '#'",
            "galaxy_url_prefix": "/galaxy",
        }
        assert written["gravity"]["gunicorn"] == {"bind": "0.0.0.0:8081"}
        assert (config / "galaxy.ini").read_text() == PASTE_INI, "the old file stays as it is"
        assert any("galaxy.ini stays as it is" in line for line in report["by_hand"])
        assert became(report)["[app:main] mailing_list"] == "dropped"
        assert became(report)["[galaxy_amqp] host"] == "left"
        assert became(report)["scaling.workers"] == "changed", (
            "one server of Paste's is no wish for one worker"
        )
        accepted(galaxy, config)

    def test_what_a_comment_says_of_an_option_goes_with_it(self, tmp_path: Path) -> None:
        text = (
            "# of nobody\n\n[app:main]\n# Our name.\n; Do not: change # it\n#smtp_password = geheim\n"
            "brand = x\n# of what is gone\nmailing_list = y\nadmin_users = a@x\n"
        )
        config = install(tmp_path, {"galaxy.ini": text}, release="17.09")
        upgrade(tmp_path)
        written = (config / "galaxy.yml").read_text()
        assert "galaxy:\n  # Our name.\n  # Do not: change # it\n  brand: x\n  admin_users: a@x\n" in written

    def test_several_web_servers_become_as_many_workers(self, tmp_path: Path) -> None:
        servers = "".join(f"[server:web{number}]\nport = 808{number}\n" for number in range(3))
        config = install(tmp_path, {"galaxy.ini": f"{servers}[app:main]\nbrand = x\n"}, release="17.09")
        report = upgrade(tmp_path)
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["gravity"]["gunicorn"] == {"bind": "127.0.0.1:8080", "workers": 3}
        assert [became(report)[f"[server:web{number}] port"] for number in range(3)] == [
            "moved",
            "left",
            "left",
        ]

    def test_a_section_of_uwsgi_in_it_is_read(self, tmp_path: Path) -> None:
        text = "[uwsgi]\nprocesses = 3\nsocket = 127.0.0.1:4001\n[app:main]\nbrand = x\n"
        config = install(tmp_path, {"galaxy.ini": text}, release="18.01")
        report = upgrade(tmp_path)
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["gravity"]["gunicorn"] == {"bind": "127.0.0.1:4001", "workers": 3}
        assert became(report)["[uwsgi] socket"] == "moved"

    def test_the_answers_lead_to_the_new_file_from_then_on(self, tmp_path: Path) -> None:
        install(tmp_path, {"galaxy.ini": PASTE_INI}, release="17.09")
        upgrade(tmp_path)
        same = setup("diff", "--root", "x", cwd=tmp_path)
        assert (same.returncode, same.stdout) == (0, ""), same.stderr
        assert (
            json.loads(
                setup("upgrade", "--root", "x", "--to", NEWEST, "--json", "--yes", cwd=tmp_path).stdout
            )["applied"]
            == []
        )

    def test_a_galaxy_yml_that_is_there_already_is_not_written_over(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.ini": PASTE_INI}, release="17.09")
        setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
        (config / "galaxy.yml").write_text("galaxy: {}\n")
        run = setup("upgrade", "--root", "x", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 2 and "galaxy.yml" in run.stderr
        assert (config / "galaxy.yml").read_text() == "galaxy: {}\n"


class TestHandlers:
    FILES: ClassVar = {
        "galaxy.yml": MULES[MULES.index("galaxy:\n") :],
        "job_conf.xml": JOB_CONF.replace("<!-- HANDLERS -->", STATIC),
    }

    def test_static_ones_keep_their_names(self, tmp_path: Path) -> None:
        config = install(tmp_path, self.FILES)
        report = upgrade(tmp_path)
        assert (config / "job_conf.xml").read_text() == self.FILES["job_conf.xml"]
        assert any("Gravity starts the handlers" in line for line in report["by_hand"])

    def test_static_ones_become_gravitys_own_by_choice(self, tmp_path: Path) -> None:
        config = install(tmp_path, self.FILES)
        upgrade(tmp_path, "--handlers", "dynamic")
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["gravity"]["handlers"] == {
            "handler": {"processes": 2, "pools": ["job-handlers"]},
            "big": {"processes": 1, "pools": ["job-handlers.big"]},
        }
        assert "<handler " not in (config / "job_conf.xml").read_text()

    def test_messages_to_mules_are_no_way_to_assign_jobs_any_more(self, tmp_path: Path) -> None:
        handlers = '<handlers assign_with="uwsgi-mule-message" max_grab="3"/>'
        files = {"galaxy.yml": MULES, "job_conf.xml": JOB_CONF.replace("<!-- HANDLERS -->", handlers)}
        config = install(tmp_path, files)
        report = upgrade(tmp_path)
        assert became(report)["handling.assign uwsgi-mule-message"] == "dropped"
        written = (config / "job_conf.xml").read_text()
        assert 'assign_with="db-skip-locked"' in written and 'max_grab="3"' in written


BY_HAND = {
    "mules": """release = "20.09"
service_manager = "systemd"
[scaling]
strategy = "mules"
workers = 2
threads = 4
handlers = [{name = "job-handlers", processes = 3}]
""",
    "zerg": """release = "20.09"
service_manager = "systemd"
[scaling]
strategy = "static-handlers"
zerg = true
zerg_socket = "/srv/galaxy/var/zergpool.sock"
workers = 2
handlers = [{name = "handler0"}, {name = "handler1", tags = ["special"]}]
default_handler = "handler0"
""",
    "webless": """release = "20.09"
service_manager = "supervisord"
[scaling]
strategy = "static-handlers"
workers = 2
handlers = [{name = "handler0"}]
""",
    "gravity": """release = "20.09"
[scaling]
strategy = "mules"
workers = 2
handlers = [{name = "job-handlers", processes = 3}]
""",
    "paste": """release = "17.05"
config_file = "galaxy.ini"
service_manager = "supervisord"
[scaling]
app_server = "paste"
strategy = "static-handlers"
workers = 2
handlers = [{name = "handler0"}]
""",
}
"""Servers that galaxy-setup made itself, by what is special of them."""
_GROUND = """[groundwork]
root = "/srv/galaxy/server"
config_dir = "/srv/galaxy/config"
virtualenv = "/srv/galaxy/venv"
user = "galaxy"
group = "galaxy"
"""
_SITE = """[proxy]
server = "nginx"
host_name = "galaxy.example.org"
"""
_LINKS = {
    "paste": 'link = "tcp"\naddress = "127.0.0.1:8080"\nmore_upstreams = ["127.0.0.1:8081"]\n',
}


def made(kind: str, tmp_path: Path) -> Path:
    """A server of this kind below x/, made from an answers file; that file."""
    answers = tmp_path / "prod.toml"
    link = _LINKS.get(kind, 'link = "socket"\nsocket = "/srv/galaxy/var/galaxy.sock"\n')
    answers.write_text(_GROUND + BY_HAND[kind] + _SITE + link)
    run = setup("apply", "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    return answers


def name_release(answers: Path, release: str) -> None:
    """Say another release in an answers file, as its owner would in an editor."""
    lines = answers.read_text().splitlines(keepends=True)
    answers.write_text(
        "".join(f'release = "{release}"\n' if line.startswith("release") else line for line in lines)
    )


def without_records(root: Path) -> dict[str, object]:
    return {str(name): what for name, what in tree(root).items() if ".galaxy-setup/" not in str(name)}


class TestServersOfEveryStrategy:
    """What galaxy-setup wrote for an older release becomes what it writes for the newest."""

    def test_the_job_configuration_that_is_there_goes_on(self, tmp_path: Path, galaxy: Ask) -> None:
        made("webless", tmp_path)
        config = tmp_path / "x" / CONFIG
        by_hand = (config / "job_conf.xml").read_text().replace("<destinations", "<!-- ours --><destinations")
        (config / "job_conf.xml").write_text(by_hand)
        run = setup("upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (config / "job_conf.xml").read_text() == by_hand and not (config / "job_conf.yml").exists()
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["galaxy"]["job_config_file"] == "/srv/galaxy/config/job_conf.xml"
        accepted(galaxy, config)

    def test_several_servers_of_paste_become_one_for_the_proxy_too(self, tmp_path: Path) -> None:
        made("paste", tmp_path)
        run = setup("upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 0 and "proxy.more_upstreams" in run.stdout, run.stderr
        site = (tmp_path / "x/etc/nginx/conf.d/galaxy.conf").read_text()
        assert "127.0.0.1:8080;" in site and "8081" not in site
        programs = (tmp_path / "x/etc/supervisor/conf.d/galaxy.conf").read_text()
        assert "gunicorn" in programs and "--workers=2" in programs and "paster" not in programs

    def test_the_report_speaks_of_the_services_that_start_galaxy(self, tmp_path: Path) -> None:
        made("mules", tmp_path)
        report = upgrade(tmp_path)
        moved = [row["what"] for row in report["options"] if row["became"] == "moved"]
        assert moved and not any("gravity" in what for what in moved)
        assert not any("Gravity" in line or "runs twice" in line for line in report["by_hand"])

    def test_what_zerg_mode_leaves_behind_is_named_with_the_command_that_ends_it(
        self, tmp_path: Path
    ) -> None:
        made("zerg", tmp_path)
        report = upgrade(tmp_path)
        assert any("zergpool.ini is not needed" in line for line in report["by_hand"])
        assert "uWSGI" not in (tmp_path / "x" / CONFIG / "galaxy.yml").read_text()
        for unit in ("galaxy-zergpool.service", "galaxy-zergling@.service"):
            assert any(f"rm /etc/systemd/system/{unit}" in command for command in report["then"]), unit

    def test_gravity_starts_celery_too_and_the_report_says_so(self, tmp_path: Path) -> None:
        made("gravity", tmp_path)
        assert any("Celery" in line for line in upgrade(tmp_path)["by_hand"])

    @pytest.mark.parametrize(
        ("kind", "to"), [("mules", "21.09"), ("webless", "22.01"), ("zerg", "21.01"), ("paste", "20.09")]
    )
    def test_within_an_era_the_server_stays_as_it_is(self, kind: str, to: str, tmp_path: Path) -> None:
        made(kind, tmp_path)
        before = without_records(tmp_path / "x")
        report = upgrade(tmp_path, to=to)
        after = without_records(tmp_path / "x")
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert all("galaxy-setup.toml" in name for name in changed), changed
        assert {row["became"] for row in report["options"]} <= {"carried", "changed"}


class TestAnotherReleaseInTheAnswers:
    """To say a newer release and apply is an upgrade, with the same report and the same files."""

    @pytest.mark.parametrize("kind", sorted(BY_HAND))
    def test_an_apply_does_what_upgrade_does(self, kind: str, tmp_path: Path) -> None:
        one, other = tmp_path / "one", tmp_path / "other"
        for place in (one, other):
            place.mkdir()
        made(kind, one)
        what = ("--root", "x", "--answers", "prod.toml")
        made(kind, one)
        named = setup("upgrade", *what, "--to", NEWEST, "--yes", "--json", cwd=one)
        answers = made(kind, other)
        name_release(answers, NEWEST)
        seen = setup("diff", *what, "--json", cwd=other)
        run = setup("apply", *what, "--yes", cwd=other)
        assert (named.returncode, seen.returncode, run.returncode) == (0, 1, 0), run.stderr
        told, said = json.loads(named.stdout), json.loads(seen.stdout)["upgrade"]
        rows = [row for row in told["options"] if row["option"] != "groundwork.release"]
        assert (said["options"], said["by_hand"]) == (rows, told["by_hand"])
        assert run.stdout.startswith(f"Upgrade from {told['from']} to {NEWEST}\n")
        assert all(line in run.stdout for line in told["by_hand"])
        assert without_records(one / "x") == without_records(other / "x")
        assert (one / "prod.toml").read_text() == answers.read_text()
        assert setup("diff", "--root", "x", "--answers", "prod.toml", cwd=other).returncode == 0

    def test_json_has_the_report(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        run = setup("diff", "--root", "x", "--answers", "prod.toml", "--json", cwd=tmp_path)
        report = json.loads(run.stdout)["upgrade"]
        assert (report["from"], report["to"]) == ("20.09", NEWEST)
        assert became(report)["uwsgi.farm"] == "moved"

    def test_no_secret_stands_in_what_is_shown(self, tmp_path: Path) -> None:
        answers = made("gravity", tmp_path)
        answers.write_text(answers.read_text() + '[options]\nsmtp_password = "geheim"\n')
        what = ("--root", "x", "--answers", "prod.toml")
        assert setup("apply", *what, "--yes", cwd=tmp_path).returncode == 0
        assert "geheim" in (tmp_path / "x" / CONFIG / "galaxy.yml").read_text()
        name_release(answers, NEWEST)
        for command in (("diff",), ("diff", "--json"), ("diff", "--options"), ("apply", "--yes")):
            run = setup(*command, *what, cwd=tmp_path)
            assert run.returncode in (0, 1) and "geheim" not in run.stdout + run.stderr

    def test_the_review_of_the_wizard_names_it_all_before_the_difference(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        file = tmp_path / "prod.toml"
        work = Session(file, Disk(tmp_path / "x"), file.read_text())
        plan = work.plan()
        lines = "\n".join(upgraded(plan))
        for named in ("uwsgi.farm: moved;", "scaling.strategy: changed;", "by hand: Python 3.10"):
            assert named in lines
        work.apply(plan)
        assert work.value("scaling.strategy") == "dynamic-handlers" and not work.plan().pending
        assert 'strategy = "dynamic-handlers"' in file.read_text()

    def test_the_diff_is_still_a_patch(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        text = setup("diff", "--root", "x", "--answers", "prod.toml", cwd=tmp_path).stdout
        head = text[: text.index("\n--- ") + 1]
        assert head.startswith("# Upgrade from 20.09") and all(line[0] == "#" for line in head.splitlines())

    def test_options_that_were_edited_by_hand_stop_it(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        file = tmp_path / "x" / CONFIG / "galaxy.yml"
        file.write_text(file.read_text().replace("processes: 2", "processes: 6"))
        before = tree(tmp_path)
        run = setup("apply", "--root", "x", "--answers", "prod.toml", "--yes", cwd=tmp_path)
        assert run.returncode == 3 and "uwsgi.processes" in run.stderr and "20.09" in run.stderr
        assert tree(tmp_path) == before

    def test_an_upgrade_takes_choices_after_it_too(self, tmp_path: Path) -> None:
        name_release(made("gravity", tmp_path), NEWEST)
        what = ["upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", "--keep-uwsgi"]
        run = setup(*what, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / "x" / CONFIG / "galaxy.yml").read_text().count("uwsgi:\n") == 1
        assert setup("diff", "--root", "x", "--answers", "prod.toml", cwd=tmp_path).returncode == 0


class TestBeforeAnUpgrade:
    def test_options_that_were_edited_by_hand_stop_it(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
        (config / "galaxy.yml").write_text(MULES.replace("brand: Old", "brand: Other"))
        before = tree(tmp_path)
        run = setup("upgrade", "--root", "x", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 3 and "galaxy.brand" in run.stderr
        assert tree(tmp_path) == before

    def test_answers_that_are_not_applied_stop_it(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
        state = config / "galaxy-setup.toml"
        state.write_text(state.read_text().replace('brand = "Old"', 'brand = "New"'))
        run = setup("upgrade", "--root", "x", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 2 and "galaxy-setup apply" in run.stderr

    def test_an_answers_file_of_ones_own_says_the_newer_release_afterwards(self, tmp_path: Path) -> None:
        answers = tmp_path / "prod.toml"
        answers.write_text(
            '[groundwork]\nrelease = "21.09"\nroot = "/srv/galaxy/server"\nconfig_dir = "/srv/galaxy/config"\n'
            "[scaling]\nworkers = 3\nthreads = 4\n"
        )
        assert setup("apply", "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path).returncode == 0
        run = setup("upgrade", "--to", NEWEST, "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert 'release = "26.1"' in answers.read_text() and "threads" not in answers.read_text()
        assert setup("diff", "--answers", "prod.toml", "--root", "x", cwd=tmp_path).returncode == 0

    def test_a_service_manager_can_be_chosen(self, tmp_path: Path, galaxy: Ask) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        upgrade(tmp_path, "--service-manager", "gravity-systemd", "--remove-gone")
        assert yaml.safe_load((config / "galaxy.yml").read_text())["gravity"]["process_manager"] == "systemd"
        accepted(galaxy, config)


def real_files() -> Iterator[Any]:
    """The configurations of the older eras: other people's, and Galaxy's own samples."""
    corpus, samples = (os.environ.get(name) for name in ("GALAXY_SETUP_CORPUS", "GALAXY_SETUP_SAMPLES"))
    for folder in ("uwsgi_yml", "galaxy_ini"):
        for file in sorted(Path(corpus, folder).iterdir()) if corpus else ():
            yield pytest.param(file, None, id=f"{folder}/{file.name}")
    for release in ("20.05", "21.09", "22.01"):
        if samples and (file := Path(samples, release, "galaxy.yml.sample")).exists():
            yield pytest.param(file, release, id=f"samples/{release}")
    if not corpus and not samples:
        why = "neither GALAXY_SETUP_CORPUS nor GALAXY_SETUP_SAMPLES is set: no real files here"
        yield pytest.param(Path(), None, marks=pytest.mark.skip(reason=why))


def options_of(file: Path) -> Iterator[tuple[str, str | None, Any]]:
    """Every option of an old configuration: its name in a report, in galaxy.yml if it is Galaxy's, and its value."""
    text = file.read_text(encoding="utf-8")
    if ".ini" not in file.name:
        for key in UwsgiSection.parse(text).keys(("uwsgi",)):
            yield f"uwsgi.{key}", None, None
        for name, value in ((yaml.safe_load(text) or {}).get("galaxy") or {}).items():
            yield f"galaxy.{name}", name, value
        return
    galaxy = GalaxyIniDocument.parse(text, file.name)
    for option in IniDocument.parse(text, file.name, PASTE).options:
        mine = option.section == "app:main" and option.key in galaxy.keys(("galaxy",))
        value = galaxy.get(("galaxy", option.key)) if mine else None
        yield f"[{option.section}] {option.key}", option.key if mine else None, value


def said_at(written: dict[str, Any], path: str) -> bool:
    """Whether a galaxy.yml says something at a dotted path."""
    value: Any = written
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value is not None


@pytest.mark.parametrize(("file", "release"), list(real_files()))
def test_every_option_of_a_real_file_is_carried_over_or_named(
    file: Path, release: str | None, tmp_path: Path, galaxy: Ask
) -> None:
    name = "galaxy.ini" if ".ini" in file.name else "galaxy.yml"
    config = install(tmp_path, {name: file.read_text(encoding="utf-8")}, release)
    report = upgrade(tmp_path, "--remove-gone")
    written = yaml.safe_load((config / "galaxy.yml").read_text())
    fates = became(report)
    assert set(written) <= {"galaxy", "gravity"}
    options = list(options_of(file))
    named = {row["option"] for row in report["options"] if row["file"] is not None}
    assert {shown for shown, _, _ in options} == named, "lost without a word, or made up"
    counted = Counter(fates[shown] for shown, _, _ in options)
    print(f"{file.name}: {len(options)} options, {dict(counted)}")
    assert counted["changed"] == 0
    for shown, option, value in options:
        if fates[shown] == "carried" and not str(value).startswith("%(here)s"):
            assert option is not None and written["galaxy"][option] == value, shown
    for row in report["options"]:
        if row["became"] == "moved":
            assert said_at(written, row["what"].split(",")[0]), row
    accepted(galaxy, config)
    if name == "galaxy.ini":
        assert (config / name).read_bytes() == file.read_bytes()
