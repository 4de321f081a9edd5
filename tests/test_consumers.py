"""The judges are awake: each program we ask accepts a good file, and refuses a bad one by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests import consumers
from tests.conftest import Ask
from tests.consumers import Verdict

GALAXY_YML = """\
gravity:
  process_manager: systemd
  galaxy_user: galaxy
  galaxy_root: /srv/galaxy
  virtualenv: /srv/galaxy/venv
  gunicorn:
    bind: unix:/srv/galaxy/gunicorn.sock
    workers: 3
  celery:
    concurrency: 4
  handlers:
    handler:
      processes: 2
      pools: [job-handlers, workflow-schedulers]
galaxy:
  brand: "a; b % $c 'd' \\"e\\""
  cleanup_job: onsuccess
  conda_auto_init: false
  database_engine_option_pool_size: 10
  job_config:
    runners:
      local:
        load: galaxy.jobs.runners.local:LocalJobRunner
        workers: 4
    handling:
      assign: [db-skip-locked]
    execution:
      default: here
      environments:
        here: {runner: local, tags: [small]}
        there: {runner: local, tmp_dir: true}
    tools:
      - {id: upload1, environment: there}
    limits:
      - {type: registered_user_concurrent_jobs, value: 3}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def to_disk(text: str, name: str = "galaxy.yml") -> Path:
        file = tmp_path / name
        file.write_text(text)
        return file

    return to_disk


def changed(old: str, new: str) -> str:
    assert GALAXY_YML.count(old) == 1
    return GALAXY_YML.replace(old, new)


class TestGalaxy:
    def test_accepts_a_good_file_and_shows_the_values_it_loaded(
        self, galaxy: Ask, write: Callable[[str], Path]
    ) -> None:
        answer = galaxy(
            "galaxy_yml", write(GALAXY_YML), "brand", "cleanup_job", "database_engine_option_pool_size"
        )
        assert answer["problems"] == []
        assert answer["seen"] == {
            "brand": "a; b % $c 'd' \"e\"",
            "cleanup_job": "onsuccess",
            "database_engine_option_pool_size": 10,
        }

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("cleanup_job: onsuccess", "cleanup_jobs: onsuccess", "cleanup_jobs"),
            ("cleanup_job: onsuccess", "cleanup_job: sometimes", "sometimes"),
            ("conda_auto_init: false", "conda_auto_init: 'perhaps'", "perhaps"),
            ("option_pool_size: 10", "option_pool_size: ten", "ten"),
            ("workers: 4", "workers: four", "four"),
            ("  cleanup_job: onsuccess", "  cleanup_job: [", "not YAML"),
        ],
        ids=["unknown option", "choice", "bool", "int", "inline job_config", "syntax"],
    )
    def test_refuses(self, galaxy: Ask, write: Callable[[str], Path], old: str, new: str, named: str) -> None:
        answer = galaxy("galaxy_yml", write(changed(old, new)))
        assert not answer["ok"]
        assert named in "\n".join(answer["problems"])


class TestGravity:
    def test_accepts_a_good_section_and_shows_what_it_read(
        self, galaxy: Ask, write: Callable[[str], Path]
    ) -> None:
        answer = galaxy("gravity_settings", write(GALAXY_YML))
        assert answer["problems"] == []
        assert answer["settings"]["gunicorn"]["workers"] == 3
        assert answer["settings"]["gunicorn"]["preload"] is True, "its own default"

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("    workers: 3", "    workers: three", "gunicorn"),
            ("process_manager: systemd", "process_manager: upstart", "process_manager"),
            ("    workers: 3", "    worker: 3", "gunicorn.worker"),
            ("  galaxy_root:", "  galaxy_rot:", "galaxy_rot"),
            ("      processes: 2", "      proceses: 2", "handlers.handler.proceses"),
        ],
        ids=["int", "choice", "unknown key inside", "unknown key", "unknown key of a handler"],
    )
    def test_refuses(self, galaxy: Ask, write: Callable[[str], Path], old: str, new: str, named: str) -> None:
        answer = galaxy("gravity_settings", write(changed(old, new)))
        assert not answer["ok"]
        assert named in "\n".join(answer["problems"])

    def test_writes_systemd_units_as_for_root(self, galaxy: Ask, write: Callable[[str], Path]) -> None:
        answer = galaxy("gravity_files", write(GALAXY_YML))
        assert answer["problems"] == []
        assert {"galaxy.target", "galaxy-gunicorn.service", "galaxy-handler@.service"} <= set(answer["files"])
        assert "\nUser=galaxy\n" in answer["files"]["galaxy-gunicorn.service"]
        assert "daemon-reload" in answer["systemctl"]
        assert "-b unix:/srv/galaxy/gunicorn.sock --workers=3 " in answer["commands"]["gunicorn"]
        assert "--concurrency 4 " in answer["commands"]["celery"]
        assert answer["commands"]["handler@1"].endswith(
            "--server-name=handler_1 --attach-to-pool=job-handlers --attach-to-pool=workflow-schedulers"
        )

    def test_writes_supervisor_programs_as_for_a_plain_user(
        self, galaxy: Ask, write: Callable[[str], Path]
    ) -> None:
        answer = galaxy("gravity_files", write(changed("manager: systemd", "manager: supervisor")))
        assert answer["problems"] == []
        assert "numprocs        = 2\n" in answer["files"]["standalone_handler.conf"]
        assert answer["systemctl"] == []

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("  galaxy_user: galaxy\n", "", "galaxy_user"),
            ("  virtualenv: /srv/galaxy/venv\n", "", "virtualenv"),
            ("    workers: 3", "    workers: three", "workers"),
        ],
    )
    def test_writes_no_file_from(
        self, galaxy: Ask, write: Callable[[str], Path], old: str, new: str, named: str
    ) -> None:
        answer = galaxy("gravity_files", write(changed(old, new)))
        assert not answer["ok"]
        assert named in "\n".join(answer["problems"])
        assert "galaxy-gunicorn.service" not in answer["files"]

    def test_says_when_nothing_would_assign_jobs_to_its_handlers(
        self, galaxy: Ask, write: Callable[[str], Path]
    ) -> None:
        answer = galaxy("gravity_files", write(changed("assign: [db-skip-locked]", "assign: [mem-self]")))
        assert any("will not handle jobs" in warning for warning in answer["warnings"])


class TestJobConfiguration:
    def test_shows_what_galaxy_sees(self, galaxy: Ask, write: Callable[[str], Path]) -> None:
        answer = galaxy("job_conf", write(GALAXY_YML))
        assert answer["problems"] == []
        assert answer["runners"]["local"]["workers"] == 4
        assert answer["environments"]["there"]["params"] == {"tmp_dir": True}
        assert answer["tags"] == {"small": ["here"]}
        assert (answer["default"], answer["assign"]) == ("here", ["db-skip-locked"])
        assert answer["tools"]["upload1"] == [{"environment": "there", "handler": None, "params": {}}]
        assert answer["limits"] == {"registered_user_concurrent_jobs": 3}

    def test_reads_the_file_that_galaxy_yml_names(self, galaxy: Ask, tmp_path: Path) -> None:
        inline = GALAXY_YML.split("  job_config:\n")[1]
        (tmp_path / "jobs.yml").write_text(dedent(inline))
        (tmp_path / "galaxy.yml").write_text(f"galaxy:\n  job_config_file: {tmp_path}/jobs.yml\n")
        from_galaxy_yml = galaxy("job_conf", tmp_path / "galaxy.yml")
        assert from_galaxy_yml["default"] == "here"
        assert from_galaxy_yml == galaxy("job_conf", tmp_path / "jobs.yml")

    def test_finds_a_file_below_another_root(self, galaxy: Ask, tmp_path: Path) -> None:
        config = tmp_path / "root" / "srv" / "galaxy" / "config"
        config.mkdir(parents=True)
        (config / "jobs.yml").write_text(dedent(GALAXY_YML.split("  job_config:\n")[1]))
        (config / "galaxy.yml").write_text("galaxy:\n  job_config_file: /srv/galaxy/config/jobs.yml\n")
        place = consumers.installed(tmp_path / "root", tmp_path / "installed")
        assert galaxy("job_conf", place / "srv/galaxy/config/galaxy.yml")["default"] == "here"

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("runner: local, tags", "runner: slurm, tags", "'slurm'"),
            ("environment: there", "environment: nowhere", "'nowhere'"),
            ("default: here", "default: nowhere", "nowhere"),
            ("local:LocalJobRunner", "local:LocaljobRunner", "LocaljobRunner"),
            ("galaxy.jobs.runners.local:", "galaxy.jobs.runners.locl:", "galaxy.jobs.runners.locl"),
            ("assign: [db-skip-locked]", "assign: [by-lot]", "by-lot"),
            ("workers: 4", "workers: four", "four"),
        ],
        ids=["runner", "tool's environment", "default", "class", "module", "assign", "type"],
    )
    def test_refuses(self, galaxy: Ask, write: Callable[[str], Path], old: str, new: str, named: str) -> None:
        answer = galaxy("job_conf", write(changed(old, new)))
        assert not answer["ok"]
        assert named in "\n".join(answer["problems"])


SITE = """\
upstream galaxy {
    server unix:/srv/galaxy/gunicorn.sock;
}
server {
    listen 80;
    listen [::]:443 ssl;
    server_name galaxy.example.org;
    ssl_certificate /etc/letsencrypt/live/galaxy.example.org/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/galaxy.example.org/privkey.pem;
    access_log /srv/galaxy/log/access.log;
    location / {
        proxy_pass http://galaxy;
    }
}
"""


class TestNginx:
    def test_accepts_a_good_site_without_touching_this_machine(self, nginx: Callable[[str], Verdict]) -> None:
        assert nginx(SITE)
        assert not Path("/srv/galaxy/log/access.log").exists()

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("proxy_pass", "proxy_pas", "unknown directive"),
            ("http://galaxy;\n    }", "http://galaxy;", "unexpected end of file"),
            ("server_name galaxy.example.org;", 'server_name "galaxy;', "unexpected end of file"),
            ("listen 80;", "listen 80", "listen"),
        ],
    )
    def test_refuses(self, nginx: Callable[[str], Verdict], old: str, new: str, said: str) -> None:
        verdict = nginx(SITE.replace(old, new))
        assert not verdict
        assert said in verdict.said


class TestAMissingProgram:
    """A test that could not ask says so; where CI=true it fails."""

    def test_is_a_skip_on_a_laptop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
            consumers.need_tool("no-such-program")

    def test_is_a_failure_on_ci(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", "true")
        monkeypatch.delenv(consumers.ENVIRONMENT_VARIABLE, raising=False)
        with pytest.raises(pytest.fail.Exception, match="Galaxy is not here"):
            consumers.ask("galaxy_yml", "galaxy.yml")
