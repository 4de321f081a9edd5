"""A server of the uWSGI or Paste era is carried to gunicorn, and the report names every option."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import ClassVar

import pexpect
import pytest
import yaml

from tests.conftest import Ask
from tests.test_headless import ROOT, setup, tree
from tests.upgrading.servers import (
    GOLDEN,
    JOB_CONF,
    MULES,
    NEWEST,
    PASTE_INI,
    STATIC,
    accepted,
    became,
    install,
    upgrade,
)


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
