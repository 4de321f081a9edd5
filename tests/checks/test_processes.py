"""Galaxy's processes: with the command lines that Gravity gives them, and under a real Gravity with its supervisor."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import account, as_account, looked, open_folder, states, virtualenv
from tests.files.celery_servers import end
from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.checks import galaxy_processes, in_effect, machine_processes, processes
from wizard.checks.galaxy_processes import GalaxyProcess, first, kind_of, working

SLEEPER = """#!/bin/sh
# Stands in for one of Galaxy's programs, with as many workers as it is told.
for argument in "$@"; do
    case "$argument" in --workers=*) workers="${argument#--workers=}" ;; esac
done
[ -n "$FORKED" ] || for number in $(seq "${workers:-0}"); do FORKED=1 "$0" "$@" & done
trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM
sleep 600 &
wait
"""
WEB = "galaxy.webapps.galaxy.fast_factory:factory()"


class Install:
    """A folder with programs that are called as Galaxy's, and the answers for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "galaxy.yml"
        (folder / "bin").mkdir()
        for name in ("gunicorn", "celery", "galaxy-main"):
            (folder / "bin" / name).write_text(SLEEPER)
            (folder / "bin" / name).chmod(0o755)
        self.config.write_text("galaxy: {}\n")
        self.changed(-3600)

    def changed(self, seconds: float) -> None:
        """Have the configuration be changed so many seconds from now."""
        os.utime(self.config, (time.time() + seconds,) * 2)

    def values(self, **more: Any) -> dict[str, Any]:
        return {
            "groundwork.release": "26.1",
            "groundwork.user": account(),
            "groundwork.root": str(self.folder),
            "groundwork.config_dir": str(self.folder),
            "groundwork.virtualenv": str(self.folder),
            "groundwork.service_manager": "gravity-supervisor",
            "scaling.strategy": "dynamic-handlers",
            "scaling.handlers": [Handler(name="handler", processes=2, pools=["job-handlers"])],
            "scaling.workers": 2,
            "celery.enable": True,
            **{name.replace("__", "."): value for name, value in more.items()},
        }

    @contextmanager
    def runs(self, program: str, *words: str, **more: str) -> Iterator[None]:
        """One of the programs, run as Galaxy's account."""
        entry = pwd.getpwnam(account())
        who: dict[str, Any] = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        process = subprocess.Popen(
            [str(self.folder / "bin" / program), *words],
            env={"PATH": "/usr/bin:/bin", **more},
            cwd="/",
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            **(who if os.geteuid() == 0 else {}),
        )
        time.sleep(0.3)
        try:
            yield
        finally:
            end(process)

    @contextmanager
    def handlers(self, *names: str, config: str | None = None) -> Iterator[None]:
        with ExitStack() as stack:
            for name in names:
                words = (
                    "-c",
                    config or str(self.config),
                    f"--server-name={name}",
                    "--attach-to-pool=job-handlers",
                )
                stack.enter_context(self.runs("galaxy-main", *words))
            yield

    @contextmanager
    def gunicorn(self, workers: int = 2) -> Iterator[None]:
        with self.runs(
            "gunicorn", WEB, "--timeout", "300", f"--workers={workers}", GALAXY_CONFIG_FILE=str(self.config)
        ):
            until(lambda: len([one for one in found(self) if one.kind == "web"]) == workers + 1)
            yield

    @contextmanager
    def celery(self, *words: str) -> Iterator[None]:
        with self.runs("celery", "--app", "galaxy.celery", *words, GALAXY_CONFIG_FILE=str(self.config)):
            yield


def found(install: Install) -> tuple[GalaxyProcess, ...]:
    """The processes of this Galaxy."""
    from tests.checks.servers import server_with

    return processes.ours(server_with(install.values()))


def until(holds: Any, seconds: float = 60) -> None:
    end_at = time.monotonic() + seconds
    while not holds() and time.monotonic() < end_at:
        time.sleep(0.1)
    assert holds()


@pytest.fixture
def install() -> Iterator[Install]:
    with open_folder(owned=True) as folder:
        yield Install(folder)


# handlers


def test_all_handlers_run(install: Install) -> None:
    with install.handlers("handler_0", "handler_1"):
        seen = looked(processes.handlers, install.values())
    assert states(seen) == {"handlers.running": "ok"}
    assert "handler_0, handler_1" in seen["handlers.running"].what


def test_a_handler_that_does_not_run_is_named(install: Install) -> None:
    with install.handlers("handler_0"):
        seen = looked(processes.handlers, install.values())
    assert states(seen) == {"handlers.not-running": "fail"}
    assert seen["handlers.not-running"].what.startswith("handler_1 of 2 job handlers")


def test_two_handlers_of_one_name_and_one_that_nobody_wants(install: Install) -> None:
    with install.handlers("handler_0", "handler_1", "handler_1", "handler_2"):
        seen = looked(processes.handlers, install.values())
    assert states(seen) == {"handlers.twice": "fail", "handlers.unknown": "warn"}
    assert "handler_2" in seen["handlers.unknown"].what


def test_handlers_of_another_galaxy_are_not_this_ones(install: Install) -> None:
    with install.handlers("handler_0", "handler_1", config="/srv/other/galaxy.yml"):
        assert states(looked(processes.handlers, install.values())) == {"handlers.not-running": "fail"}


def test_static_handlers_are_called_as_they_are_listed(install: Install) -> None:
    values = install.values(
        scaling__strategy="static-handlers", scaling__handlers=[Handler(name="main"), Handler(name="special")]
    )
    with install.handlers("main", "special"):
        assert states(looked(processes.handlers, values)) == {"handlers.running": "ok"}


def test_only_the_handlers_of_this_host_are_looked_for(install: Install) -> None:
    hosts = [
        Host(name="web.example.org", runs=["web"]),
        Host(name="jobs.example.org", runs=["handlers"], handlers=["handler"]),
    ]
    here = install.values(scaling__hosts=hosts, scaling__host="web.example.org")
    assert states(looked(processes.handlers, here)) == {"handlers.running": "skipped"}
    there = install.values(scaling__hosts=hosts, scaling__host="jobs.example.org")
    assert states(looked(processes.handlers, there)) == {"handlers.not-running": "fail"}


# web, Celery


def test_gunicorn_and_its_workers(install: Install) -> None:
    assert states(looked(processes.web, install.values())) == {"web.not-running": "fail"}
    with install.gunicorn():
        assert states(looked(processes.web, install.values())) == {"web.running": "ok"}
        assert states(looked(processes.web, install.values(scaling__workers=4))) == {
            "web.few-workers": "warn"
        }


def test_celerys_workers_and_clock(install: Install) -> None:
    values = install.values()
    assert states(looked(processes.workers, values)) == {"celery.not-running": "fail"}
    assert states(looked(processes.beat, values)) == {"celery.no-beat": "fail"}
    with install.celery("worker", "--concurrency", "2"), install.celery("beat", "--loglevel", "INFO"):
        assert states(looked(processes.workers, values)) == {"celery.running": "ok"}
        assert states(looked(processes.beat, values)) == {"celery.beat": "ok"}
        with install.celery("beat"):
            assert states(looked(processes.beat, values)) == {"celery.beat-twice": "fail"}
    assert states(looked(processes.beat, install.values(celery__beat=False))) == {"celery.beat": "skipped"}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"/srv/venv/bin/python /srv/venv/bin/gunicorn {WEB} --timeout 300", "web"),
        (f"gunicorn: master [{WEB}]", "web"),
        ("/srv/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml", "web"),
        ("/srv/venv/bin/python ./scripts/galaxy-main -c galaxy.yml --server-name=handler_0", "handler"),
        ("python lib/galaxy/main.py -c config/galaxy.yml --server-name handler0", "handler"),
        ("/srv/venv/bin/python /srv/venv/bin/celery --app galaxy.celery worker --pool threads", "celery"),
        ("/srv/venv/bin/python /srv/venv/bin/celery --app galaxy.celery beat --schedule x", "beat"),
        ("python ./scripts/paster.py serve galaxy.ini --server-name=handler0", "handler"),
        ("/srv/venv/bin/celery --app galaxy.celery inspect ping", None),
        ("/srv/venv/bin/celery --app shop worker", None),
        ("/srv/venv/bin/gunicorn galaxy.webapps.reports.fast_factory:factory()", None),
        ("vim galaxy.yml", None),
        ("tail -f /srv/galaxy/log/gunicorn.log", None),
    ],
)
def test_what_a_command_line_is(line: str, kind: str | None) -> None:
    assert kind_of(line.split()) == kind


def test_processes_of_other_accounts_may_be_hidden(tmp_path: Path) -> None:
    assert machine_processes.hidden(tmp_path)
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "cmdline").write_text("/sbin/init")
    assert not machine_processes.hidden(tmp_path)


def test_a_process_with_another_root_has_files_of_its_own(tmp_path: Path) -> None:
    """One in a container has another galaxy.yml of the same name."""
    here, inside, unseen = (tmp_path / name for name in ("here", "inside", "unseen"))
    for entry, root in ((here, Path("/")), (inside, tmp_path), (unseen, tmp_path / "nothing")):
        entry.mkdir()
        (entry / "root").symlink_to(root)
    assert [galaxy_processes._sees_our_files(entry) for entry in (here, inside, unseen)] == [
        True,
        False,
        True,
    ]


def test_a_process_that_was_forked_works_for_the_one_that_forked_it() -> None:
    parent, child = (GalaxyProcess(2, 1, 0, "web", 1.0), GalaxyProcess(3, 2, 0, "web", 2.0))
    alone = GalaxyProcess(4, 1, 0, "handler", 1.0)
    assert first((parent, child, alone)) == (parent, alone)
    assert working((parent, child, alone)) == (child, alone)


# configuration


def test_a_configuration_that_nobody_has_read_yet(install: Install) -> None:
    values = install.values()
    assert states(looked(in_effect.stale, values)) == {"galaxy.configuration": "skipped"}
    with install.handlers("handler_0"), install.celery("worker"):
        assert states(looked(in_effect.stale, values)) == {"galaxy.configuration": "ok"}
        install.changed(10)
        seen = looked(in_effect.stale, values)
    assert states(seen) == {"galaxy.stale-config": "warn"}
    assert "job handlers, Celery's workers" in seen["galaxy.stale-config"].what
    assert seen["galaxy.stale-config"].file == str(install.config)


def test_workers_that_were_started_anew_have_read_it(install: Install) -> None:
    """gunicorn takes SIGHUP: it stays, and its workers are new."""
    with install.gunicorn(workers=1):
        old = next(one for one in found(install) if one in working(found(install)))
        install.changed(-(time.time() - old.started) + 3)
        assert states(looked(in_effect.stale, install.values())) == {"galaxy.stale-config": "warn"}
        install.changed(-3600)
        assert states(looked(in_effect.stale, install.values())) == {"galaxy.configuration": "ok"}


def test_the_job_configuration_counts_as_well(install: Install) -> None:
    values = install.values(cluster__job_config="file", cluster__job_config_file="job_conf.yml")
    jobs = install.folder / "job_conf.yml"
    jobs.write_text("runners: {}\n")
    os.utime(jobs, (time.time() + 10,) * 2)
    with install.handlers("handler_0"):
        seen = looked(in_effect.stale, values)
    assert seen["galaxy.stale-config"].file == str(jobs)


# Gravity


GALAXY_YML = """
gravity:
  process_manager: supervisor
  virtualenv: {folder}
  galaxy_root: {folder}
  log_dir: {folder}/log
  gunicorn: {{bind: "localhost:8", workers: 2}}
  celery: {{enable: true, enable_beat: true}}
  handlers: {{handler: {{processes: 2, pools: [job-handlers]}}}}
galaxy:
  data_dir: {folder}/data
"""


@pytest.fixture
def gravity(install: Install) -> Iterator[Install]:
    """The install, started by Gravity."""
    real = virtualenv(install.folder)
    for name in ("galaxyctl", "supervisord", "supervisorctl"):
        (install.folder / "bin" / name).symlink_to(real / "bin" / name)
    install.config.write_text(GALAXY_YML.format(folder=install.folder))
    try:
        control(install, "start")
        yield install
    finally:
        control(install, "shutdown")


def control(install: Install, *words: str) -> str:
    """What galaxyctl says."""
    environment = {"PATH": f"{install.folder}/bin:/usr/bin:/bin", "HOME": str(install.folder)}
    done = as_account(
        [str(install.folder / "bin" / "galaxyctl"), "-c", str(install.config), *words], env=environment
    )
    return done.stdout + done.stderr


@pytest.mark.consumer
def test_services_that_a_real_gravity_runs(gravity: Install) -> None:
    values = gravity.values(groundwork__data_dir=f"{gravity.folder}/data")
    until(lambda: len(found(gravity)) == 3 + 2 + 2)
    assert states(looked(in_effect.services, values)) == {"galaxy.services": "ok"}
    assert states(looked(in_effect.written, values)) == {"galaxy.services-written": "ok"}
    for check, code in (
        (processes.handlers, "handlers.running"),
        (processes.web, "web.running"),
        (processes.workers, "celery.running"),
        (processes.beat, "celery.beat"),
    ):
        assert states(looked(check, values)) == {code: "ok"}

    control(gravity, "stop", "celery")
    seen = looked(in_effect.services, values)
    assert (
        states(seen) == {"galaxy.service-down": "fail"}
        and "celery (STOPPED)" in seen["galaxy.service-down"].what
    )

    before = sorted(str(file) for file in gravity.folder.rglob("*"))
    gravity.config.write_text(gravity.config.read_text().replace("processes: 2", "processes: 3"))
    seen = looked(in_effect.written, values)
    assert (
        states(seen) == {"galaxy.stale-services": "warn"}
        and "standalone_handler.conf" in seen["galaxy.stale-services"].what
    )
    assert sorted(str(file) for file in gravity.folder.rglob("*")) == before

    gravity.config.write_text("gravity: [\n")
    assert states(looked(in_effect.written, values)) == {"galaxy.gravity-refuses": "fail"}
    gravity.config.write_text(GALAXY_YML.format(folder=gravity.folder))
    control(gravity, "shutdown")
    assert states(looked(in_effect.services, values)) == {"galaxy.no-supervisor": "fail"}
