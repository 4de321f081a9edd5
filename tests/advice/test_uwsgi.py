"""Rules about uWSGI."""

from __future__ import annotations

from functools import partial

import pytest

from tests.advice.scenes import Bad, found, scene_of
from tests.advice.servers import (
    GUNICORN,
    UWSGI_ANSWERS,
    UWSGI_YML,
    YML,
    Good,
    codes,
    fixed,
    heard,
    imported,
    uwsgi,
)

_LOG = {"groundwork.log_file": "/srv/galaxy/log/galaxy.log"}
_BARE = UWSGI_YML.replace("  thunder-lock: true\n", "").replace(
    "  buffer-size: 16384\n", "  buffer-size: 4096\n"
)
_PORTS = {
    "scaling.uwsgi_http": ":80",
    "scaling.uwsgi_privileged_ports": True,
    "groundwork.group": "galaxy",
}
_STRAY = (
    "uwsgi:\n  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()\n"
    "  mule: lib/galaxy/main.py\n  farm: {}:1\ngalaxy: {{}}\n"
)

BAD: Bad = {
    "uwsgi.thunder-lock": partial(uwsgi, {}, _BARE),
    "uwsgi.after-fork": partial(uwsgi, {"scaling.uwsgi_osafterfork": True}),
    "uwsgi.no-master": partial(
        uwsgi, {"scaling.uwsgi_master": None, "scaling.strategy": "all-in-one", "scaling.handlers": None}
    ),
    "uwsgi.no-threads": partial(uwsgi, {"scaling.threads": None, "scaling.uwsgi_enable_threads": None}),
    "uwsgi.restarts-on-term": partial(uwsgi, {"scaling.uwsgi_die_on_term": None}),
    "uwsgi.daemon-twice": partial(uwsgi, {**_LOG, "scaling.uwsgi_log": "daemonize"}),
    "uwsgi.low-port": partial(uwsgi, {"scaling.uwsgi_http": ":80"}),
    "uwsgi.root-by-run-sh": partial(uwsgi, {**_PORTS, "groundwork.service_manager": "run.sh"}),
    "uwsgi.quoted": partial(uwsgi, {}, UWSGI_YML.replace("pythonpath: lib", 'pythonpath: "lib"')),
    "uwsgi.stray-farm": partial(imported, {YML: _STRAY.format("handlers")}, "21.09"),
    "uwsgi.small-buffer": partial(uwsgi, {}, _BARE),
}
GOOD: Good = {
    "uwsgi.thunder-lock": (partial(uwsgi, {"scaling.workers": 1}, _BARE),),
    "uwsgi.after-fork": (partial(uwsgi, {"scaling.uwsgi_osafterfork": True, "groundwork.release": "20.05"}),),
    "uwsgi.no-master": (
        partial(imported, {YML: UWSGI_YML.replace("  pythonpath", "  master: false\n  pythonpath")}, "21.09"),
    ),
    "uwsgi.no-threads": (
        partial(uwsgi, {"scaling.threads": None}),
        partial(uwsgi, {"scaling.uwsgi_enable_threads": None}),
    ),
    "uwsgi.restarts-on-term": (
        partial(uwsgi, {"scaling.uwsgi_die_on_term": None, "scaling.uwsgi_on_terminate": "gracefully"}),
    ),
    "uwsgi.daemon-twice": (partial(uwsgi, {**_LOG, "scaling.uwsgi_log": "logto"}),),
    "uwsgi.low-port": (partial(uwsgi, {"scaling.uwsgi_http": ":8080"}), partial(uwsgi, _PORTS)),
    "uwsgi.root-by-run-sh": (partial(uwsgi, _PORTS),),
    "uwsgi.quoted": (partial(GUNICORN, {}),),
    "uwsgi.stray-farm": (
        partial(imported, {YML: _STRAY.format("job-handlers.big")}, "21.09"),
        partial(imported, {YML: _STRAY.format("others").replace("galaxy/main.py", "others.py")}, "21.09"),
    ),
    "uwsgi.small-buffer": (
        partial(imported, {YML: UWSGI_YML.replace("  buffer-size: 16384\n", "")}, "21.09"),
    ),
}
_FIXED = ("after-fork", "no-master", "no-threads", "restarts-on-term", "daemon-twice")


@pytest.mark.parametrize("code", BAD)
def test_it_is_silent_where_things_are_right(code: str) -> None:
    assert not heard(code, GOOD)


@pytest.mark.parametrize("code", _FIXED)
def test_the_offered_answers_put_it_right(code: str) -> None:
    name = f"uwsgi.{code}"
    assert found(name, BAD[name]())[0].fix
    assert not found(name, fixed(name, BAD[name]))


def test_a_good_server_of_that_era_hears_nothing_of_uwsgi() -> None:
    assert not {
        code for code in codes(uwsgi()) if code.startswith(("uwsgi.", "handlers.", "serving.", "celery."))
    }


_NO_SECTION = "galaxy:\n  brand: Museum\n"


@pytest.mark.parametrize("text", [None, _NO_SECTION], ids=["a new file", "a section that was not there"])
def test_a_section_of_ours_is_not_told_what_we_leave_out(text: str | None) -> None:
    files = {} if text is None else {YML: text}
    more = {**UWSGI_ANSWERS, "scaling.workers": 3}
    for scene in (
        scene_of(UWSGI_ANSWERS, disk_files=files),
        scene_of(more, before=UWSGI_ANSWERS, disk_files=files),
    ):
        assert "processes:" in scene.files[0].text and "thunder-lock" not in scene.files[0].text
        assert not found("uwsgi.thunder-lock", scene)


def test_a_section_of_others_stays_theirs_after_an_apply() -> None:
    one = {**UWSGI_ANSWERS, "scaling.workers": 1}
    later = scene_of(UWSGI_ANSWERS, before=one, disk_files={YML: _BARE})
    assert found("uwsgi.thunder-lock", later)
    theirs = _BARE.replace("  buffer-size", "  processes: 4\n  buffer-size")
    assert found("uwsgi.thunder-lock", imported({YML: theirs}, "21.09"))


def test_a_daemon_under_run_sh_is_one_too_many() -> None:
    manager = {"groundwork.service_manager": "run.sh", "scaling.uwsgi_log": "daemonize"}
    (finding,) = found("uwsgi.daemon-twice", uwsgi({**_LOG, **manager}))
    assert finding.fix == {"scaling.uwsgi_log": None}


def test_quotes_are_found_with_their_line() -> None:
    (finding,) = found("uwsgi.quoted", BAD["uwsgi.quoted"]())
    assert finding.line is not None and "pythonpath" in finding.what
