"""Services of the releases before gunicorn: uWSGI, its zerg mode, Paste, and the way out of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.corpus import need_corpus
from tests.files.service_answers import PASTE, SUPERVISORD, SYSTEMD, UWSGI, ZERG, files_of
from tests.laws.lines import touched_otherwise
from wizard.answers.handlers import Handler
from wizard.files.services import SERVICES
from wizard.files.services.supervisor import SupervisorPrograms

CONF = "/etc/supervisor/conf.d/galaxy.conf"
UNITS = "/etc/systemd/system"
ERAS: dict[str, dict[str, Any]] = {
    "uwsgi": UWSGI,
    "ini": {**UWSGI, "groundwork.config_file": "galaxy.ini"},
    "mules": {
        **UWSGI,
        "scaling.strategy": "mules",
        "scaling.handlers": [Handler(name="job-handlers", processes=2)],
    },
    "all-in-one": {**UWSGI, "scaling.strategy": "all-in-one", "scaling.handlers": []},
    "zerg": ZERG,
    "paste": PASTE,
    "paste-alone": {**PASTE, "scaling.workers": 1, "scaling.strategy": "all-in-one", "scaling.handlers": []},
    "paste-handlers": {**PASTE, "scaling.handler_stack": "paste"},
    "uwsgi-paste-handlers": {
        **UWSGI,
        "scaling.handler_stack": "paste",
        "groundwork.config_file": "galaxy.ini",
    },
    "gunicorn": {"groundwork.release": "26.1", "scaling.handlers": SYSTEMD["scaling.handlers"]},
}
"""Each strategy of scaling.md."""


def corpus(name: str) -> str:
    """A file of other people's; the test is skipped where they are not here."""
    return (need_corpus() / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, dict[str, str]]:
    """The options of each section as they are written."""
    found: dict[str, dict[str, str]] = {}
    for block in re.split(r"^(?=\[)", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        found[head[1:-1]] = dict(re.findall(r"^(\w+) = (.*)$", body, re.MULTILINE))
    return found


def programs(era: str, **more: Any) -> dict[str, dict[str, str]]:
    return sections(files_of({**SUPERVISORD, **ERAS[era], **more})[CONF])


def units(era: str, **more: Any) -> dict[str, str]:
    return {
        path.rpartition("/")[2]: text for path, text in files_of({**SYSTEMD, **ERAS[era], **more}).items()
    }


def test_uwsgi_and_webless_handlers_as_the_document_has_them() -> None:
    found = programs("uwsgi")
    assert list(found) == ["program:galaxy-web", "program:galaxy-handler", "group:galaxy"]
    web, handler = found["program:galaxy-web"], found["program:galaxy-handler"]
    assert web["command"] == "/srv/galaxy/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml"
    assert web["stopsignal"] == "INT"
    assert int(web["stopwaitsecs"]) > 60, "uWSGI itself waits for 60 seconds"
    assert "stopasgroup" not in web, "uWSGI's master ends its processes"
    assert handler["command"] == (
        "/srv/galaxy/venv/bin/python ./scripts/galaxy-main -c /srv/galaxy/config/galaxy.yml "
        "--server-name=handler%(process_num)d --pid-file=/srv/galaxy/log/handler%(process_num)d.pid "
        "--log-file=/srv/galaxy/log/handler%(process_num)d.log"
    )
    assert (handler["numprocs"], handler["process_name"]) == ("3", "%(program_name)s%(process_num)d")
    assert found["group:galaxy"]["programs"] == "galaxy-web,galaxy-handler"


def test_an_ini_file_is_handed_over_as_paste_s() -> None:
    command = programs("ini")["program:galaxy-web"]["command"]
    assert command == "/srv/galaxy/venv/bin/uwsgi --ini-paste /srv/galaxy/config/galaxy.ini"


def test_a_uwsgi_of_the_distribution_is_not_looked_for_in_the_virtualenv() -> None:
    command = programs("uwsgi", **{"scaling.uwsgi_plugin": "python3"})["program:galaxy-web"]["command"]
    assert command.startswith("/usr/bin/uwsgi ")


@pytest.mark.parametrize("era", ["mules", "all-in-one"])
def test_handlers_that_uwsgi_starts_are_no_services(era: str) -> None:
    assert list(programs(era)) == ["program:galaxy-web", "group:galaxy"]
    assert units(era).keys() == {"galaxy-web.service", "galaxy.target"}


def test_a_pool_and_two_zerglings_of_which_one_waits_for_a_restart() -> None:
    found = programs("zerg")
    pool, first, second = (found[f"program:galaxy-{name}"] for name in ("zergpool", "zergling0", "zergling1"))
    assert pool["command"] == "/srv/galaxy/venv/bin/uwsgi --ini /srv/galaxy/config/zergpool.ini"
    assert int(pool["priority"]) < 999, "before those of no priority"
    assert (
        first["command"]
        == second["command"]
        == "/srv/galaxy/venv/bin/uwsgi --yaml /srv/galaxy/config/galaxy.yml"
    )
    assert (first["autostart"], second["autostart"]) == ("true", "false")
    assert {one["stopsignal"] for one in (pool, first, second)} == {"INT"}
    assert found["group:galaxy"]["programs"].startswith("galaxy-zergpool,galaxy-zergling0,galaxy-zergling1")
    made = units("zerg")
    assert "After=galaxy-zergpool.service\n" in made["galaxy-zergling@.service"]
    (wants,) = re.findall(r"Wants=(.*)", made["galaxy.target"])
    assert wants.split()[:2] == ["galaxy-zergpool.service", "galaxy-zergling@0.service"]
    assert "galaxy-web.service" not in made


def test_paste_has_a_process_for_each_web_server() -> None:
    web = programs("paste")["program:galaxy-web"]
    assert web["command"] == (
        "/srv/galaxy/venv/bin/python ./scripts/paster.py serve /srv/galaxy/config/galaxy.ini "
        "--server-name=web%(process_num)s"
    )
    assert (web["numprocs"], web["process_name"]) == ("4", "web%(process_num)s")
    alone = programs("paste-alone")["program:galaxy-web"]
    assert alone["command"].endswith(" --server-name=main")
    assert "numprocs" not in alone
    (wants,) = re.findall(r"Wants=(.*)", units("paste")["galaxy.target"])
    assert wants.split()[:4] == [f"galaxy-web@web{number}.service" for number in range(4)]
    assert "--server-name=%i\n" in units("paste")["galaxy-web@.service"]


@pytest.mark.parametrize("era", ["paste-handlers", "uwsgi-paste-handlers"])
def test_handlers_can_be_servers_of_paste(era: str) -> None:
    command = programs(era)["program:galaxy-handler"]["command"]
    assert (
        " ./scripts/paster.py serve /srv/galaxy/config/galaxy.ini --server-name=handler%(process_num)d "
        in command
    )
    unit = units(era)["galaxy-handler@.service"]
    assert "./scripts/paster.py serve /srv/galaxy/config/galaxy.ini --server-name=%i\n" in unit


def test_systemd_ends_uwsgi_by_the_signal_that_always_ends_it() -> None:
    web = units("uwsgi")["galaxy-web.service"]
    assert "KillSignal=SIGINT\n" in web
    assert "TimeoutStopSec=65\n" in web
    assert "ExecReload" not in web


@pytest.mark.parametrize("question", ["reload_mercy", "worker_reload_mercy", "mule_reload_mercy"])
def test_service_managers_wait_longer_than_uwsgi(question: str) -> None:
    more = {f"scaling.uwsgi_{question}": 120}
    assert programs("mules", **more)["program:galaxy-web"]["stopwaitsecs"] == "125"
    assert "TimeoutStopSec=125\n" in units("mules", **more)["galaxy-web.service"]
    for answers, path in ((SUPERVISORD, CONF), (SYSTEMD, f"{UNITS}/galaxy-web.service")):
        given = {**answers, **ERAS["mules"]}
        lens = next(lens for lens in SERVICES if (place := lens.target(given)) and place.path == path)
        written = lens.write({**given, **more}, files_of(given)[path], "file")
        assert re.search(r"^(TimeoutStopSec=|stopwaitsecs = )125$", written.text, re.MULTILINE)
        assert written.changes


@pytest.mark.parametrize("manager", ["systemd", "supervisord"])
@pytest.mark.parametrize("before", ERAS)
@pytest.mark.parametrize("after", ERAS)
def test_from_each_strategy_to_each_other_one(manager: str, before: str, after: str) -> None:
    """Written over the files of another era, the files say what new ones would, and read back so."""
    base = SYSTEMD if manager == "systemd" else SUPERVISORD
    old, new = {**base, **ERAS[before]}, {**base, **ERAS[after]}
    files = files_of(old)
    for lens in SERVICES:
        target = lens.target(new)
        if target is None:
            continue
        text = files.get(target.path, lens.skeleton(new))
        written = lens.write(new, text, "file")
        assert commands_of(written.text) == commands_of(files_of(new)[target.path])
        held = lens.read(written.text, "file")
        assert held.given.get("scaling.app_server", "gunicorn") in served(after)
        assert lens.write(held.given, written.text, "file").text == written.text
        assert lens.write(new, written.text, "file").text == written.text
        beside = touched_otherwise(text, written.text, written.changes)
        both = {*text.splitlines()} & {
            *written.text.splitlines()
        }  # a diff may set them off against each other
        left = [line for line in beside if not line.startswith(("-[", "+[")) and line[1:] not in both]
        assert left == [], "but for the heads of what comes and goes"
        assert all(change.questions for change in written.changes)


def served(era: str) -> tuple[str, ...]:
    """What a file may say of the app server; gunicorn needs no saying."""
    return (
        ("gunicorn", "paste" if era.startswith("paste") else "uwsgi") if era != "gunicorn" else ("gunicorn",)
    )


def commands_of(text: str) -> list[str]:
    """How programs are started and ended, whatever the order."""
    found = re.findall(
        r"^(?:command|ExecStart|stopsignal|KillSignal|numprocs|Wants) *=.*$", text, re.MULTILINE
    )
    plain = [re.sub(r" --(?:pid|log)-file=\S+", "", line).partition("=")[2] for line in found]
    return sorted(" ".join(sorted(line.split())) if ".service" in line else line for line in plain)


def test_programs_of_another_time_are_read_and_stay() -> None:
    lens = SupervisorPrograms()
    text = corpus("supervisor/dagobah__supervisor_galaxy.conf")
    reading = lens.read(text, "galaxy.conf")
    assert reading.given["groundwork.service_manager"] == "supervisord"
    assert reading.given["scaling.app_server"] == "uwsgi"
    assert (reading.given["scaling.zerg"], reading.given["scaling.zerg_socket"]) == (
        True,
        "/srv/galaxy/var/zergpool.sock",
    )
    assert reading.given["proxy.address"] == "127.0.0.1:4001"
    assert lens.write(reading.given, text, "galaxy.conf").text == text
    more = {
        "groundwork.release": "16.07",
        "groundwork.config_dir": "/srv/galaxy/config",
        "groundwork.config_file": "galaxy.ini",
        "scaling.strategy": "static-handlers",
    }
    two = [Handler(name="handler0"), Handler(name="handler1")]
    same = {**reading.given, **more, "scaling.handlers": two}
    assert lens.write(same, text, "galaxy.conf").text == text, "both handlers stand in one program"
    third = lens.write(
        {**same, "scaling.handlers": [*two, Handler(name="handler2")]}, text, "galaxy.conf"
    ).text
    assert third == text.replace("numprocs        = 2\n", "numprocs        = 3\n")


@pytest.mark.parametrize(
    ("name", "stack"),
    [("bgruening__2014_supervisor.conf", "paste"), ("dagobah_ex1_supervisor_block1.conf", None)],
)
def test_uwsgi_is_recognised_under_any_name(name: str, stack: str | None) -> None:
    lens = SupervisorPrograms()
    text = corpus(f"supervisor/{name}")
    given = lens.read(text, name).given
    assert (given["scaling.app_server"], given.get("scaling.handler_stack")) == ("uwsgi", stack)
    assert lens.write(given, text, name).text == text
