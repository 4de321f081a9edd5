"""What is promised of uWSGI's section in galaxy.yml and galaxy.ini, and of the pool of zerg mode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.files.uwsgi_answers import ERA, INI, POOL, TYPICAL, YAML
from wizard.answers.hints import served_by
from wizard.answers.hosts import Host
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.answers.scaling import Handler
from wizard.disk import Disk
from wizard.files import LENSES as REGISTER
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.lens import Lens
from wizard.files.uwsgi import UWSGI
from wizard.plan import make_plan
from wizard.problems import Refused

GOLDEN = Path(__file__).parent.parent / "golden"
FILE = "galaxy.yml"
THREE = [Handler(name="job-handlers", processes=3)]
STRATEGIES: dict[str, dict[str, Any]] = {
    "all-in-one": {"scaling.strategy": "all-in-one"},
    "mules": {
        "scaling.strategy": "mules",
        "scaling.handlers": [*THREE, Handler(name="workflow-schedulers")],
        "scaling.uwsgi_mule_reload_mercy": 30,
    },
    "webless": {
        "scaling.strategy": "static-handlers",
        "scaling.uwsgi_pid_file": "/srv/galaxy/var/galaxy.pid",
    },
    "zerg": {
        "scaling.strategy": "static-handlers",
        "scaling.zerg": True,
        "scaling.zerg_socket": "/srv/galaxy/var/zergpool.sock",
        "scaling.uwsgi_stats": "/srv/galaxy/var/stats.sock",
    },
    "prefix": {"proxy.url_prefix": "/galaxy", "proxy.link": "tcp", "proxy.address": "127.0.0.1:4001"},
    "no-proxy": {
        "scaling.uwsgi_http": ":80",
        "scaling.uwsgi_https": ":443",
        "scaling.uwsgi_privileged_ports": True,
        "scaling.uwsgi_static_map": True,
        "proxy.certificate": "/etc/ssl/galaxy.pem",
        "proxy.certificate_key": "/etc/ssl/galaxy.key",
        "proxy.redirect": True,
        "groundwork.user": "galaxy",
        "groundwork.group": "galaxy",
    },
}


def answered(name: str) -> dict[str, Any]:
    given = {**TYPICAL, "groundwork.release": "21.09", **STRATEGIES[name]}
    if name == "no-proxy":
        given = {path: value for path, value in given.items() if path not in ("proxy.link", "proxy.socket")}
    return given


def put(given: dict[str, Any], text: str = "", lens: Lens = YAML) -> str:
    return lens.write({**ERA, **given}, text, FILE).text


def read(text: str, lens: Lens = YAML) -> dict[str, Any]:
    return lens.read(text, FILE).given


def refused(given: dict[str, Any], text: str = "", lens: Lens = YAML) -> dict[str | None, str]:
    with pytest.raises(Refused) as refusal:
        lens.write({**ERA, **given}, text, FILE)
    assert all(problem.way_out for problem in refusal.value.problems)
    return {problem.question: problem.what for problem in refusal.value.problems}


# -- what stands in a new file


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_new_section_is_the_golden_one(name: str) -> None:
    given = answered(name)
    text = YAML.write(given, YAML.skeleton(given), FILE).text
    check(f"uwsgi-{name}.yml", text)
    held = read(text)
    assert {path: held.get(path) for path in STRATEGIES[name] if YAML.owns(path) and path in held} == {
        path: STRATEGIES[name][path] for path in STRATEGIES[name] if YAML.owns(path) and path in held
    }
    assert YAML.read(text, FILE).unread == ()


def test_a_new_section_of_an_ini_file_and_the_pool_are_the_golden_ones() -> None:
    given = {**answered("mules"), **ERA}
    start = "[app:main]\npaste.app_factory = galaxy.web.buildapp:app_factory\n"
    check("uwsgi-mules.ini", INI.write(given, start, "galaxy.ini").text)
    given = answered("zerg")
    check("uwsgi-zergpool.ini", POOL.write(given, POOL.skeleton(given), "zergpool.ini").text)


def check(name: str, text: str) -> None:
    golden = GOLDEN / name
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


# -- which file there is


@pytest.mark.parametrize(
    ("release", "server", "file", "lenses"),
    [
        ("21.09", None, None, {"galaxy.yml (uwsgi)"}),
        ("18.01", None, None, {"galaxy.yml (uwsgi)"}),
        ("22.01", "uwsgi", None, {"galaxy.yml (uwsgi)"}),
        ("22.01", None, None, {"galaxy.yml (gravity)"}),
        ("26.1", None, None, {"galaxy.yml (gravity)"}),
        ("20.01", None, "galaxy.ini", {"galaxy.ini (uwsgi)"}),
        ("17.05", "uwsgi", "galaxy.ini", {"galaxy.ini (uwsgi)"}),
        ("17.05", None, "galaxy.ini", set()),
        ("21.09", "paste", None, set()),
        ("17.05", "uwsgi", None, {"galaxy.ini (uwsgi)"}),
    ],
)
def test_the_file_that_says_how_galaxy_is_served_follows_from_the_release(
    release: str, server: str | None, file: str | None, lenses: set[str]
) -> None:
    given = {"groundwork.root": "/srv/g", "groundwork.release": release}
    given.update({"scaling.app_server": server} if server else {})
    given.update({"groundwork.config_file": file} if file else {})
    assert {lens.name for lens in (*UWSGI, GravitySection()) if lens.target(given)} == lenses


def test_a_host_without_galaxy_has_no_section_and_the_pool_is_where_the_web_is() -> None:
    hosts = [
        Host(name="web", runs=["web"]),
        Host(name="jobs", runs=["handlers"]),
        Host(name="db", runs=["database"]),
    ]
    given = {**answered("zerg"), "scaling.hosts": hosts}
    on = {
        host.name: [lens.name for lens in UWSGI if lens.target({**given, "scaling.host": host.name})]
        for host in hosts
    }
    assert on == {"web": ["galaxy.yml (uwsgi)", "zergpool.ini"], "jobs": ["galaxy.yml (uwsgi)"], "db": []}


def test_the_pool_stands_beside_galaxys_configuration_in_zerg_mode_alone() -> None:
    target = POOL.target(answered("zerg"))
    assert target is not None and target.path == "/srv/galaxy/config/zergpool.ini"
    assert POOL.target(answered("mules")) is None


def test_a_plan_writes_galaxy_and_uwsgi_into_one_file_and_the_pool_beside_it(tmp_path: Path) -> None:
    lenses = (*(lens for lens in REGISTER if lens not in UWSGI), *UWSGI)
    plan = make_plan({**answered("zerg"), "groundwork.brand": "Ours"}, Disk(tmp_path), lenses)
    texts = {file.path: file.after for file in plan.files}
    assert set(texts) == {"/srv/galaxy/config/galaxy.yml", "/srv/galaxy/config/zergpool.ini"}
    assert "gravity:" not in texts["/srv/galaxy/config/galaxy.yml"]
    assert "  brand: Ours" in texts["/srv/galaxy/config/galaxy.yml"]
    assert "  zerg: /srv/galaxy/var/zergpool.sock" in texts["/srv/galaxy/config/galaxy.yml"]


def test_galaxy_reads_an_ini_file_with_what_uwsgi_wants_twice_and_its_options_change_beside_it() -> None:
    galaxy, text = GalaxyIni(), put(answered("mules") | ERA, "[app:main]\nbrand = x\n", INI)
    assert text.count("mule = ") == 4
    assert galaxy.read(text, FILE).given == {"groundwork.brand": "x"}
    changed = galaxy.write({"groundwork.brand": "y"}, text, FILE).text
    assert changed == text.replace("brand = x", "brand = y")


# -- sections that others wrote

MINE = """\
uwsgi:
  # ours: do not touch
  socket: /srv/old.sock   # nginx looks here
  workers: 2
  mule: /srv/watch.py
  mule: lib/galaxy/main.py

  mule: lib/galaxy/main.py
  farm: watchers:1
  farm: job-handlers:2,3
  hook-master-start: exec:date
  hook-master-start: unix_signal:15 gracefully_kill_them_all
  harakiri: 600
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
galaxy:
  brand: x
"""


def test_an_option_is_changed_under_the_name_that_it_has() -> None:
    assert put({"scaling.workers": 5}, MINE) == MINE.replace("workers: 2", "workers: 5")


def test_more_mules_go_to_the_end_and_others_keep_their_numbers() -> None:
    handlers = [Handler(name="job-handlers", processes=3), Handler(name="job-handlers.big")]
    assert put({"scaling.handlers": handlers}, MINE) == MINE.replace(
        "\n\n  mule: lib/galaxy/main.py\n",
        "\n\n  mule: lib/galaxy/main.py\n  mule: lib/galaxy/main.py\n  mule: lib/galaxy/main.py\n",
    ).replace("job-handlers:2,3\n", "job-handlers:2,3,4\n  farm: job-handlers.big:5\n")


def test_another_strategy_takes_the_mules_of_handlers_away_and_no_other() -> None:
    text = put({"scaling.strategy": "static-handlers"}, MINE)
    assert text == MINE.replace("  mule: lib/galaxy/main.py\n", "").replace("  farm: job-handlers:2,3\n", "")


def test_a_foreign_mule_that_gets_another_number_stays_in_its_farm() -> None:
    behind = """\
uwsgi:
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  mule: /srv/watch.py
  farm: job-handlers:1,2
  farm: watchers:3
  module: x
"""
    assert put({"scaling.strategy": "static-handlers"}, behind) == (
        "uwsgi:\n  mule: /srv/watch.py\n  farm: watchers:1\n  module: x\n"
    )


def test_a_signal_has_one_hook_and_other_hooks_stay() -> None:
    text = put({"scaling.uwsgi_on_interrupt": "at-once", "scaling.uwsgi_on_terminate": "at-once"}, MINE)
    assert text == MINE.replace(
        "  hook-master-start: unix_signal:15 gracefully_kill_them_all\n",
        "  hook-master-start: unix_signal:15 kill_them_all\n  hook-master-start: unix_signal:2 kill_them_all\n",
    )


def test_a_prefix_takes_the_place_of_the_module_and_gives_it_back() -> None:
    text = put({"proxy.url_prefix": "/galaxy"}, MINE)
    assert "  module:" not in text and read(text)["proxy.url_prefix"] == "/galaxy"
    back = put({"proxy.url_prefix": "/"}, text)
    assert "  mount:" not in back and "  manage-script-name:" not in back
    assert "  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()\n" in back


def test_static_files_of_another_folder_are_sent_from_it_in_each_map_of_ours() -> None:
    maps = """\
uwsgi:
  static-map: /static/style=static/style/blue
  static-map: /own=/srv/own
  static-map: /static=static
  static-map: /favicon.ico=/srv/own.ico
"""
    assert read(maps) == {"scaling.uwsgi_static_map": True}
    text = put({"proxy.static_dir": "/srv/static"}, maps + "  module: x\n")
    assert text == maps.replace("=static", "=/srv/static") + "  module: x\n"
    assert put({"scaling.uwsgi_static_map": False}, maps + "  module: x\n") == (
        "uwsgi:\n  static-map: /own=/srv/own\n  static-map: /favicon.ico=/srv/own.ico\n  module: x\n"
    )


def test_zerg_mode_takes_over_the_sockets_of_the_section() -> None:
    zerg = {"scaling.zerg": True, "scaling.zerg_socket": "/srv/z.sock", "scaling.strategy": "static-handlers"}
    text = put(zerg, MINE.replace("  harakiri", "  http: :8080\n  harakiri"))
    assert "socket:" not in text and "http:" not in text and "  zerg: /srv/z.sock\n" in text
    back = put({"scaling.zerg": False, "proxy.link": "socket", "proxy.socket": "/srv/old.sock"}, text)
    assert "zerg" not in back and "  socket: /srv/old.sock\n" in back


def test_a_section_that_is_there_is_not_told_where_the_code_is() -> None:
    assert put({"groundwork.root": "/srv/galaxy/server"}, MINE) == MINE
    moved = put({"groundwork.root": "/srv/new"}, MINE.replace("  harakiri", "  chdir: /srv/old\n  harakiri"))
    assert "  chdir: /srv/new\n" in moved


def test_an_incomplete_section_is_completed() -> None:
    text = put({"groundwork.root": "/srv/g", "scaling.workers": 2}, "uwsgi:\n  threads: 4\n")
    assert (
        text
        == """\
uwsgi:
  threads: 4
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  pythonpath: lib
  buffer-size: 16384
  chdir: /srv/g
  processes: 2
"""
    )


def test_what_no_question_asks_for_is_named_with_its_line() -> None:
    unread = [(problem.line, problem.what.split()[0]) for problem in YAML.read(MINE, FILE).unread]
    assert unread == [
        (5, "uwsgi.mule"),
        (9, "uwsgi.farm"),
        (11, "uwsgi.hook-master-start"),
        (13, "uwsgi.harakiri"),
    ]
    stopped = YAML.read("uwsgi:\n  master: true\n  - x\n  threads: 2\n", FILE)
    assert stopped.given == {"scaling.uwsgi_master": True}
    assert [problem.line for problem in stopped.unread] == [3]


# -- what uWSGI cannot do


@pytest.mark.parametrize(
    ("given", "question", "what"),
    [
        ({"proxy.link": "socket"}, "proxy.socket", "needed"),
        ({"proxy.link": "tcp"}, "proxy.address", "needed"),
        ({"proxy.link": "socket", "proxy.socket": "/a:b"}, "proxy.socket", "something else"),
        ({"proxy.link": "socket", "proxy.socket": "/" + "a" * 107}, "proxy.socket", "107"),
        ({"scaling.uwsgi_http": "=0"}, "scaling.uwsgi_http", "no address"),
        ({"scaling.uwsgi_https": ":443"}, "proxy.certificate", "needed"),
        (
            {"scaling.uwsgi_https": ":443", "proxy.certificate": "/a,b", "proxy.certificate_key": "/k"},
            "proxy.certificate",
            "comma",
        ),
        ({"scaling.uwsgi_http": ":80", "scaling.uwsgi_privileged_ports": True}, "groundwork.user", "root"),
        ({"scaling.uwsgi_privileged_ports": True}, "scaling.uwsgi_privileged_ports", "no port"),
        ({"scaling.uwsgi_log": "logto"}, "groundwork.log_file", "needed"),
        ({"scaling.uwsgi_stats": ""}, "scaling.uwsgi_stats", "empty"),
        ({"scaling.uwsgi_stats": "a #b"}, "scaling.uwsgi_stats", "comment"),
        ({"groundwork.virtualenv": "/a$(HOME)"}, "groundwork.virtualenv", "replaces"),
        ({"scaling.workers": 2**31}, "scaling.workers", "counts"),
        ({"scaling.zerg": True}, "scaling.zerg_socket", "needed"),
        ({**STRATEGIES["zerg"], "scaling.uwsgi_http": ":80"}, "scaling.uwsgi_http", "taken"),
        ({**STRATEGIES["zerg"], "scaling.uwsgi_stats": ":9191"}, "scaling.uwsgi_stats", "taken"),
        ({**STRATEGIES["zerg"], "scaling.strategy": "mules"}, "scaling.zerg", "same jobs"),
        ({**STRATEGIES["mules"], "scaling.uwsgi_master": False}, "scaling.uwsgi_master", "master"),
        ({**STRATEGIES["mules"], "scaling.handlers": [Handler(name="main")]}, "scaling.handlers", "no job"),
        (
            {**STRATEGIES["mules"], "scaling.handlers": [Handler(name="job-handlers", tags=["x"])]},
            "scaling.handlers",
            "no tags",
        ),
        ({**STRATEGIES["mules"], "scaling.handlers": [*THREE, *THREE]}, "scaling.handlers", "twice"),
        (
            {**STRATEGIES["mules"], "scaling.handlers": [Handler(name="job-handlers", processes=10**12)]},
            "scaling.handlers",
            "too many",
        ),
        ({"scaling.app_server": "uwsgi", "groundwork.release": "22.05"}, "scaling.app_server", "22.01"),
    ],
)
def test_what_it_cannot_do_is_refused_by_its_question(
    given: dict[str, Any], question: str, what: str
) -> None:
    assert what in refused(given).get(question, ""), refused(given)


def test_what_cannot_be_told_apart_is_refused_and_left() -> None:
    for line, given in (
        ("  farm: job-handlers:1,2\n", {"scaling.strategy": "mules", "scaling.handlers": THREE}),
        ("  mules: 2\n", {"scaling.strategy": "static-handlers"}),
        ("  socket: :4001\n", {"proxy.link": "socket", "proxy.socket": "/srv/new.sock"}),
        ("  processes: 3\n", {"scaling.workers": 4}),
    ):
        text = MINE.replace("  harakiri", f"{line}  harakiri")
        reading = YAML.read(text, FILE)
        assert YAML.write({**ERA, **reading.given}, text, FILE).text == text
        if "mules" not in line or "scaling.strategy" in reading.given:
            assert set(refused(given, text)) <= set(given)
    shared = "uwsgi:\n  shared-socket: :25\n  http: :80\n  module: x\n"
    privileged = {"scaling.uwsgi_privileged_ports": True, "groundwork.user": "g", "groundwork.group": "g"}
    assert "shared sockets" in refused(privileged, shared)["scaling.uwsgi_privileged_ports"]


def test_an_ini_file_of_python_3_has_no_option_twice() -> None:
    given = {"groundwork.release": "20.01", "scaling.strategy": "mules", "scaling.handlers": THREE}
    assert "more than once" in refused(given, lens=INI)["scaling.handlers"]
    one = {
        **given,
        "scaling.handlers": [Handler(name="job-handlers")],
        "scaling.uwsgi_on_interrupt": "at-once",
    }
    assert "farm = job-handlers:1" in put(one, lens=INI)


def test_before_18_01_paste_loads_galaxy() -> None:
    given = {"groundwork.release": "17.05", "scaling.app_server": "uwsgi", "proxy.url_prefix": "/galaxy"}
    text = put({**given, "scaling.workers": 2}, lens=INI)
    assert "module" not in text and "mount" not in text and "processes = 2" in text
    assert "18.01" in refused({**given, "scaling.strategy": "mules"}, lens=INI)["scaling.strategy"]


def test_the_pool_needs_to_know_where_the_proxy_looks() -> None:
    zerg = {"scaling.zerg": True, "scaling.zerg_socket": "/srv/z.sock"}
    assert "listens there" in refused(zerg, lens=POOL)["proxy.link"]
    assert "listens there" in refused({**zerg, "proxy.link": "tcp"}, lens=POOL)["proxy.address"]
    assert (
        "something else" in refused({**zerg, "scaling.zerg_socket": "/a:b"}, lens=POOL)["scaling.zerg_socket"]
    )


# -- from one server to the next


def test_mules_are_refused_where_gunicorn_serves() -> None:
    with pytest.raises(Refused) as refusal:
        GravitySection().write({"scaling.strategy": "mules", "groundwork.release": "26.1"}, "", FILE)
    assert [problem.question for problem in refusal.value.problems] == ["scaling.strategy"]
    assert "dynamic-handlers" in refusal.value.problems[0].what


def test_another_release_carries_workers_socket_prefix_and_environment_over() -> None:
    held = read(put({**answered("prefix"), **ERA}))
    carried = {
        path: value
        for path, value in held.items()
        if GravitySection().owns(path) or GalaxySection().owns(path)
    }
    now = {**carried, "groundwork.release": "26.1"}
    text = GalaxySection().write(now, GravitySection().write(now, "", FILE).text, FILE).text
    for line in (
        "workers: 4",
        "bind: 127.0.0.1:4001",
        "virtualenv: /srv/galaxy/venv",
        "galaxy_root: /srv/galaxy/server",
    ):
        assert line in text
    assert "galaxy_url_prefix: /galaxy" in text


@pytest.mark.parametrize(
    ("release", "branch"),
    [("18.01", "release_18.01"), ("20.09", "release_20.09"), ("22.05", "release_22.05"), ("26.1", "release_26.1"),
     (None, "master"), ("26.9", "master")],
)  # fmt: skip
def test_a_new_file_names_the_documents_of_the_release(release: str | None, branch: str) -> None:
    given = {"groundwork.release": release} if release else {}
    era = YAML if served_by(given) == "uwsgi" else GravitySection()
    assert f" https://docs.galaxyproject.org/en/{branch}/admin/config.html\n" in era.skeleton(given)


def test_a_log_file_without_a_way_to_write_it_says_which_answer_is_missing(tmp_path: Path) -> None:
    given = {**ERA, "groundwork.root": "/srv/g", "groundwork.log_file": "/srv/g.log", "scaling.workers": 2}
    (idle,) = make_plan(given, Disk(tmp_path)).idle
    assert idle.question == "groundwork.log_file" and "scaling.uwsgi_log" in str(idle.way_out)
    suggested = questions()["scaling.uwsgi_log"].question.suggestion(given, Machine())
    assert suggested is not None and suggested.value == "logto"
    told = make_plan({**given, "scaling.uwsgi_log": "logto"}, Disk(tmp_path))
    assert told.idle == () and "  logto: /srv/g.log\n" in told.files[0].after


# -- what the proxy speaks

SPOKEN: dict[str, Any] = {"proxy.link": "tcp", "proxy.address": "localhost:8080", "proxy.protocol": "http"}


@pytest.mark.parametrize("lens", [YAML, INI], ids=["yml", "ini"])
def test_a_proxy_that_speaks_http_has_a_socket_that_speaks_it_too(lens: Lens) -> None:
    text = put(SPOKEN, lens=lens)
    sign = " = " if lens is INI else ": "
    assert f"http-socket{sign}localhost:8080\n" in text
    assert "\n  socket" not in text and "\nsocket" not in text
    assert {path: read(text, lens)[path] for path in SPOKEN} == SPOKEN
    assert put({"proxy.address": ":8081"}, text, lens) == text.replace("localhost:8080", ":8081")
    back = put({"proxy.protocol": "uwsgi"}, text, lens)
    assert f"socket{sign}localhost:8080\n" in back and "http-socket" not in back
    assert "proxy.protocol" not in read(back, lens), "uWSGI's own protocol needs no saying"
    assert put({"proxy.protocol": "http"}, back, lens).count(f"http-socket{sign}localhost:8080\n") == 1


@pytest.mark.parametrize("lens", [YAML, INI], ids=["yml", "ini"])
def test_zerglings_speak_what_the_proxy_speaks_over_the_sockets_of_the_pool(lens: Lens) -> None:
    sign = " = " if lens is INI else ": "
    text = put({**STRATEGIES["zerg"], **SPOKEN}, lens=lens)
    assert f"socket-protocol{sign}http\n" in text and "http-socket" not in text
    held = read(text, lens)
    assert held["proxy.protocol"] == "http" and held["scaling.zerg"] is True
    assert "socket-protocol" not in put({"proxy.protocol": "uwsgi"}, text, lens)
    left = put({**SPOKEN, "scaling.zerg": False}, text, lens)
    assert "socket-protocol" not in left and f"http-socket{sign}localhost:8080\n" in left


def test_an_address_where_uwsgi_answers_browsers_is_opened_once() -> None:
    for http in (":8080", "127.0.0.1:8080", "localhost:8080"):
        assert "socket" not in put({**SPOKEN, "scaling.uwsgi_http": http})
        assert "http-socket: localhost:8080" in put({**SPOKEN, "scaling.uwsgi_http": http + "1"})


def test_the_protocol_goes_with_the_link_that_is_given() -> None:
    """As in the proxy's site: a link without a protocol is one of uWSGI's own."""
    text = put(SPOKEN)
    link = {path: SPOKEN[path] for path in ("proxy.link", "proxy.address")}
    assert put(link, text) == text.replace("http-socket", "socket")


def test_sockets_of_both_kinds_or_of_a_protocol_of_their_own_are_left_alone() -> None:
    both = "uwsgi:\n  socket: /srv/a.sock\n  http-socket: :8080\n  module: x\n"
    assert read(both) == {"proxy.link": "socket", "proxy.socket": "/srv/a.sock"}
    assert [problem.line for problem in YAML.read(both, FILE).unread][:1] == [3]
    spoken = "uwsgi:\n  socket: /srv/a.sock\n  protocol: http\n  module: x\n"
    assert read(spoken) == {}
    assert [problem.line for problem in YAML.read(spoken, FILE).unread][:2] == [2, 3]
