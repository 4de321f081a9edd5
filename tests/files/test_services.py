"""Units and supervisord's programs as a person reads them, beside Gravity's own and beside other people's."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Ask
from tests.corpus import need_corpus
from tests.files.service_answers import SERVER, SUPERVISORD, SYSTEMD, files_of
from wizard.answers.handlers import Handler
from wizard.documents.ini.document import SUPERVISOR as SUPERVISOR_INI
from wizard.documents.ini.document import IniDocument
from wizard.documents.systemd.document import SystemdDocument
from wizard.files.lens import Lens
from wizard.files.services import SERVICES
from wizard.files.services.words import SUPERVISOR
from wizard.files.services.words import SYSTEMD as UNIT_WORDS
from wizard.problems import Refused

GOLDEN = Path(__file__).parent.parent / "golden"
WEB = "/etc/systemd/system/galaxy-web.service"
HANDLER = "/etc/systemd/system/galaxy-handler@.service"
TARGET = "/etc/systemd/system/galaxy.target"
CONF = "/etc/supervisor/conf.d/galaxy.conf"


def lens_of(given: dict[str, Any], path: str) -> Lens:
    """The lens over the file at `path`."""
    (lens,) = (lens for lens in SERVICES if (target := lens.target(given)) and target.path == path)
    return lens


@pytest.mark.parametrize(
    ("golden", "path", "given"),
    [
        ("services-galaxy-web.service", WEB, SYSTEMD),
        ("services-galaxy-handler@.service", HANDLER, SYSTEMD),
        ("services-galaxy.target", TARGET, SYSTEMD),
        ("services-supervisord.conf", CONF, SUPERVISORD),
    ],
)
def test_a_typical_file_is_that_which_was_reviewed(golden: str, path: str, given: dict[str, Any]) -> None:
    text = files_of(given)[path]
    place = GOLDEN / golden
    if os.environ.get("GALAXY_SETUP_GOLDEN") == "write":
        place.write_text(text)
    assert text == place.read_text()


def test_only_those_who_asked_get_units_or_programs() -> None:
    for manager in ("gravity-systemd", "gravity-supervisor", "run.sh", "sysvinit", "launchd", "smf"):
        assert files_of({**SERVER, "groundwork.service_manager": manager}) == {}
    assert list(files_of({**SUPERVISORD, "proxy.layout": "redhat"})) == ["/etc/supervisord.d/galaxy.ini"]
    small = {path: value for path, value in SYSTEMD.items() if path.startswith("groundwork.")}
    assert list(files_of(small)) == [WEB, TARGET]
    assert list(files_of({**SYSTEMD, "scaling.strategy": "all-in-one"})).count(HANDLER) == 0


def test_handlers_are_called_as_the_job_configuration_calls_them() -> None:
    static = {**SYSTEMD, "scaling.strategy": "static-handlers"}
    static["scaling.handlers"] = [Handler(name="handler0"), Handler(name="special", tags=["large"])]
    files = files_of(static)
    wants = SystemdDocument.parse(files[TARGET]).values("Unit", "Wants")[0].split()
    assert [one for one in wants if "@" in one] == [
        "galaxy-handler@handler0.service",
        "galaxy-handler@special.service",
    ]
    assert "--attach-to-pool" not in files[HANDLER]
    (text,) = files_of({**static, "groundwork.service_manager": "supervisord"}).values()
    programs = IniDocument.parse(text, "galaxy.conf", SUPERVISOR_INI)
    assert str(programs.get(("program:galaxy-handler0", "command"))).endswith("--server-name=handler0")
    assert str(programs.get(("program:galaxy-special", "command"))).endswith("--server-name=special")


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
def test_the_commands_are_those_of_gravity_itself(manager: str, galaxy: Ask, tmp_path: Path) -> None:
    (tmp_path / "galaxy.yml").write_text(yaml.safe_dump(_for_gravity(tmp_path)))
    answer = galaxy("gravity_files", tmp_path / "galaxy.yml", "user")
    assert answer["ok"], answer["problems"]
    gravity = {name: _bare(line) for name, line in answer["commands"].items()}
    given = {
        **SYSTEMD,
        "groundwork.service_manager": manager,
        "groundwork.install": "packages",
        "groundwork.config_dir": str(tmp_path),
        "groundwork.data_dir": "/srv/galaxy/data/gravity",
        "proxy.tusd_path": "/srv/galaxy/venv/bin/tusd",
    }
    ours = _commands(files_of(given))
    assert sorted(ours["web"]) == sorted(gravity["gunicorn"])
    assert ours["celery"] == gravity["celery"]
    assert ours["celery-beat"] == gravity["celery-beat"]
    flags = " ".join(gravity["tusd"]).replace("-hooks-enabled-events ", "-hooks-enabled-events=").split()
    assert sorted(ours["tusd"]) == sorted(flags)
    assert ours["handler"] == [word.replace("handler_0", "PROCESS") for word in gravity["handler@0"]]


def _for_gravity(here: Path) -> dict[str, Any]:
    venv = "/srv/galaxy/venv"
    gunicorn = {
        "bind": "unix:/run/galaxy/gunicorn.sock",
        "workers": 4,
        "extra_args": '--forwarded-allow-ips="*"',
    }
    return {
        "gravity": {
            "process_manager": "supervisor",
            "service_command_style": "gravity",
            "galaxy_root": "/srv/galaxy/server",
            "virtualenv": venv,
            "gunicorn": gunicorn,
            "celery": {"loglevel": "INFO"},
            "tusd": {"enable": True, "tusd_path": f"{venv}/bin/tusd", "upload_dir": "/srv/galaxy/data/tus"},
            "handlers": {"handler": {"processes": 2, "pools": ["job-handlers"]}},
        },
        "galaxy": {"galaxy_infrastructure_url": "https://galaxy.example.org", "data_dir": "/srv/galaxy/data"},
    }


def _bare(line: str) -> list[str]:
    """The words of a command line behind its variables; Gravity's state directory is that of the test."""
    words = shlex.split(line)
    while words and "=" in words[0].partition("/")[0]:
        del words[0]
    return ["/srv/galaxy/data/gravity/celerybeat-schedule" if "celerybeat" in one else one for one in words]


def _commands(files: dict[str, str]) -> dict[str, list[str]]:
    """The words of each program's command, with PROCESS for the name of a handler and its pool made plain."""
    found = {}
    for path, text in files.items():
        if path == CONF:
            document = IniDocument.parse(text, path, SUPERVISOR_INI)
            for section in document.keys(()):
                words = SUPERVISOR.split(str(document.get((section, "command")))) or []
                found[section.removeprefix("program:galaxy-")] = [word.text for word in words]
        elif path.endswith(".service"):
            unit = SystemdDocument.parse(text, path)
            words = UNIT_WORDS.split(unit.values("Service", "ExecStart")[0]) or []
            name = path.rpartition("/")[2].removeprefix("galaxy-").removesuffix(".service").rstrip("@")
            found[name] = [word.text for word in words]
    handler = " ".join(found["handler"]).replace("handler_\0(process_num)d", "PROCESS")
    handler = handler.replace("\0i", "PROCESS").replace("\x01POOLS_PROCESS", "--attach-to-pool=job-handlers")
    return {**found, "handler": handler.split()}


def test_units_of_gravity_are_never_touched() -> None:
    text = (
        ";\n; This file is maintained by Gravity - CHANGES WILL BE OVERWRITTEN\n;\n\n[Service]\nUser=galaxy\n"
        "ExecStart=/srv/galaxy/venv/bin/gunicorn galaxy.webapps.galaxy.fast_factory:factory() --workers=2\n"
    )
    lens = lens_of(SYSTEMD, WEB)
    reading = lens.read(text, "galaxy-web.service")
    assert reading.given == {}
    assert [str(problem) for problem in reading.unread] == [
        "galaxy-web.service:1: Gravity maintains this unit; it is left alone"
    ]
    assert lens.write({}, text, "galaxy-web.service").text == text
    with pytest.raises(Refused, match="Gravity maintains this unit") as refusal:
        lens.write(SYSTEMD, text, "galaxy-web.service")
    assert refusal.value.problems[0].question == "groundwork.service_manager"


def test_another_program_under_the_same_name_is_left_alone_and_named() -> None:
    text = "[Service]\nUser=web\nExecStart=/usr/sbin/nginx\n"
    lens = lens_of(SYSTEMD, WEB)
    reading = lens.read(text, "galaxy-web.service")
    assert reading.given == {}
    assert reading.unread[0].line == 3
    with pytest.raises(Refused) as refusal:
        lens.write(SYSTEMD, text, "galaxy-web.service")
    assert refusal.value.problems[0].way_out == "delete that line, and it is written anew"


OWN_UNIT = """\
# ours since 2022
[Unit]
Description=Galaxy's web processes
After=network.target autofs.service

[Service]
User=gxadmin
UMask=0022
Nice=-5
WorkingDirectory=/galaxy/server
Environment=VIRTUAL_ENV=/galaxy/venv "PATH=/galaxy/venv/bin:/opt/slurm/bin:/usr/bin" LC_ALL=C.UTF-8
# grown with the load
ExecStart=/galaxy/venv/bin/gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' -w 6 -b 127.0.0.1:8080 \\
    -k galaxy.webapps.galaxy.workers.Worker --access-logfile -
MemoryMax=80%
LimitNOFILE=65536
"""


def test_a_unit_written_by_hand_tells_its_answers() -> None:
    reading = lens_of(SYSTEMD, WEB).read(OWN_UNIT, "galaxy-web.service")
    assert reading.given == {
        "groundwork.service_manager": "systemd",
        "groundwork.user": "gxadmin",
        "groundwork.umask": "0022",
        "groundwork.root": "/galaxy/server",
        "groundwork.virtualenv": "/galaxy/venv",
        "proxy.link": "tcp",
        "proxy.address": "127.0.0.1:8080",
        "scaling.workers": 6,
        "scaling.preload": False,
        "scaling.extra_args": "--access-logfile -",
        "scaling.web_environment": {
            "PATH": "/galaxy/venv/bin:/opt/slurm/bin:/usr/bin",
            "LC_ALL": "C.UTF-8",
        },
    }
    assert reading.lines["scaling.workers"] == 13


def test_a_change_touches_its_own_words_only() -> None:
    given = {"scaling.workers": 8, "scaling.timeout": 600, "groundwork.virtualenv": "/new/venv"}
    written = lens_of(SYSTEMD, WEB).write(given, OWN_UNIT, "galaxy-web.service")
    gone = [line for line in OWN_UNIT.splitlines() if line not in written.text.splitlines()]
    assert [line.partition("=")[0].strip() for line in gone[:2]] == ["Environment", "ExecStart"]
    assert (
        "\nExecStart=/new/venv/bin/gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' --timeout 600 -w 8"
        " -b 127.0.0.1:8080" in written.text
    )
    assert (
        "\nEnvironment=VIRTUAL_ENV=/new/venv PATH=/new/venv/bin:/opt/slurm/bin:/usr/bin LC_ALL=C.UTF-8\n"
        in (written.text)
    )
    assert {change.option for change in written.changes} == {
        "Service.Environment VIRTUAL_ENV",
        "Service.Environment PATH",
        "Service.ExecStart",
    }


def corpus(name: str) -> str:
    return (need_corpus() / name).read_text()


def test_a_file_of_programs_written_by_hand_keeps_its_names() -> None:
    text = """\
[program:web]
command = /galaxy/venv/bin/gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' -w 2 -b localhost:8080 ; note
directory = /galaxy/server
user = galaxy
environment = HOME="/galaxy",VIRTUAL_ENV="/galaxy/venv",PATH="/galaxy/venv/bin:%(ENV_PATH)s"

[program:handler]
command = /galaxy/venv/bin/galaxy-main --server-name=handler%(process_num)s --attach-to-pool=job-handlers
process_name = handler%(process_num)s
numprocs = 3
directory = /galaxy/server
user = galaxy

[group:gx]
programs = web, handler
"""
    lens = lens_of(SUPERVISORD, CONF)
    reading = lens.read(text, "galaxy.conf")
    assert reading.given["scaling.handlers"] == [
        Handler(name="handler", processes=3, pools=["job-handlers"], name_template="{name}{process}")
    ]
    assert reading.given["scaling.workers"] == 2
    given = {**reading.given, "scaling.workers": 4, "celery.enable": True, "groundwork.config_dir": "/galaxy"}
    written = lens.write(given, text, "galaxy.conf").text
    assert (
        "gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' -w 4 -b localhost:8080 ; note\n" in written
    )
    assert "[program:galaxy-celery]\n" in written
    assert "programs = web,handler,galaxy-celery\n" in written
    assert "process_name = handler%(process_num)s\nnumprocs = 3\n" in written


def test_a_program_that_is_not_wanted_any_more_goes() -> None:
    before = files_of(SUPERVISORD)[CONF]
    lens = lens_of(SUPERVISORD, CONF)
    given = {**SUPERVISORD, "celery.enable": False, "scaling.strategy": "all-in-one"}
    written = lens.write(given, before, "galaxy.conf")
    assert "celery" not in written.text
    assert "galaxy-main" not in written.text
    assert "programs = galaxy-web,galaxy-tusd,galaxy-gx-it-proxy,galaxy-reports\n" in written.text
    wants = lens_of(SYSTEMD, TARGET).write(
        {**SYSTEMD, **_without()}, files_of(SYSTEMD)[TARGET], "galaxy.target"
    )
    (line,) = (line for line in wants.text.splitlines() if line.startswith("Wants="))
    assert "celery" not in line
    assert "handler" not in line


def _without() -> dict[str, Any]:
    return {"celery.enable": False, "scaling.strategy": "all-in-one"}


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"scaling.extra_args": "--timeout 5"}, "scaling.extra_args"),
        ({"scaling.extra_args": "a\\ b"}, "scaling.extra_args"),
        ({"scaling.extra_args": "'open"}, "scaling.extra_args"),
        ({"scaling.extra_args": "--a ; rm -rf /"}, "scaling.extra_args"),
        ({"scaling.web_environment": {"A B": "x"}}, "scaling.web_environment"),
        ({"scaling.web_environment": {"VIRTUAL_ENV": "x"}}, "scaling.web_environment"),
        ({"groundwork.virtualenv": "/a:b"}, "groundwork.virtualenv"),
        ({"groundwork.virtualenv": None}, "groundwork.virtualenv"),
        ({"groundwork.user": None}, "groundwork.user"),
        ({"proxy.socket": None}, "proxy.socket"),
        ({"proxy.upload_store": None}, "proxy.upload_store"),
        ({"scaling.handlers": [Handler(name="h")]}, "scaling.handlers"),
        ({"scaling.handlers": [Handler(name="a-b", pools=["job-handlers"])]}, "scaling.handlers"),
        (
            {
                "scaling.handlers": [
                    Handler(name="a", pools=["job-handlers"], memory_limit=2.0),
                    Handler(name="b", pools=["job-handlers"]),
                ]
            },
            "scaling.handlers",
        ),
    ],
)
def test_what_a_unit_cannot_say_is_refused_by_the_question(answers: dict[str, Any], question: str) -> None:
    given = {path: value for path, value in {**SYSTEMD, **answers}.items() if value is not None}
    with pytest.raises(Refused) as refusal:
        files_of(given)
    (problem,) = refusal.value.problems
    assert (problem.question, bool(problem.way_out)) == (question, True)


@pytest.mark.parametrize("given", [SYSTEMD, SUPERVISORD], ids=["systemd", "supervisord"])
def test_all_that_a_new_service_lacks_is_said_at_once(given: dict[str, Any]) -> None:
    lacking = ("groundwork.user", "groundwork.root")
    with pytest.raises(Refused) as refusal:
        files_of({path: value for path, value in given.items() if path not in lacking})
    assert [problem.question for problem in refusal.value.problems] == list(lacking)


def test_secrets_are_known_by_their_place() -> None:
    for given in (SYSTEMD, SUPERVISORD):
        for lens in SERVICES:
            target = lens.target(given)
            if target is None:
                continue
            written = lens.write(given, lens.skeleton(given), target.path)
            hidden = {
                written.text[span.start : span.end] for span in lens.secret_spans(written.text, target.path)
            }
            assert ("hunter2" in written.text) == any("hunter2" in each for each in hidden)
            loud = [
                change for change in written.changes if "hunter2" in repr(change.after) + str(change.after)
            ]
            assert all(change.secrecy for change in loud)
            assert "hunter2" not in repr(written.changes)
