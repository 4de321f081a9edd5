"""The filters around Galaxy in galaxy.ini, as PasteDeploy loads them: the prefix once, no gzip beside the proxy's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers_to
from tests.consumers import galaxy_python
from tests.laws.lines import touched_otherwise
from wizard.files import LENSES
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.lens import Lens
from wizard.files.paste.filters import PasteFilters
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.problems import Refused

LENS = PasteFilters()
ERA: dict[str, Any] = {"groundwork.release": "17.09", "groundwork.config_dir": "/srv/galaxy/config"}
APP = "[app:main]\npaste.app_factory = galaxy.web.buildapp:app_factory\n"
GZIP = "[filter:gzip]\nuse = egg:Paste#gzip\n"
PREFIXED = "[filter:proxy-prefix]\nuse = egg:PasteDeploy#prefix\nprefix = /galaxy\n"
OTHER = "[filter:other]\nuse = egg:Paste#cgitb\n"
TEXTS = {
    "plain": APP,
    "sample": f"{GZIP}\n# For proxies.\n{PREFIXED}\n{APP}#filter-with = gzip\n#filter-with = proxy-prefix\n",
    "gzip": f"{GZIP}\n{PREFIXED}\n{APP}filter-with = gzip\n",
    "both": f"{GZIP}filter-with = proxy-prefix\n\n{PREFIXED}\n{APP}filter-with = gzip\ncookie_path = /galaxy\n",
    "other": f"{APP}filter-with = other\n\n{OTHER}",
    "between": f"{APP}filter-with = other\n{OTHER}filter-with = gzip\n{GZIP}filter-with = proxy-prefix\n{PREFIXED}",
    "slash": f"{APP}filter-with = proxy-prefix\n\n{PREFIXED.replace('/galaxy', '/galaxy/')}",
    "taken": f"{APP}\n[filter:proxy-prefix]\nuse = egg:Paste#cgitb\n",
    "windows": f"{GZIP}{APP}filter-with = gzip\n".replace("\n", "\r\n"),
}
PATHS = sorted(Path(os.environ.get("GALAXY_SETUP_CORPUS", "/nonexistent"), "galaxy_ini").glob("*.ini"))
READER = """\
import json, sys, types
for name in ("galaxy", "galaxy.web", "galaxy.web.buildapp"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["galaxy.web.buildapp"].app_factory = lambda everywhere, **options: options
from paste.deploy import loadapp
found, app = [], loadapp("config:" + sys.argv[1], name="main")
while not isinstance(app, dict):
    found.append([type(app).__module__, getattr(app, "prefix", None)])
    app = app.app if hasattr(app, "app") else app.application
print(json.dumps([*found, ["Galaxy", app.get("cookie_path")]]))
"""
PREFIX_FILTER, GZIP_FILTER = "paste.deploy.config", "paste.gzipper"


def written(given: dict[str, Any], text: str) -> str:
    return LENS.write({**ERA, **given}, text, "galaxy.ini").text


def loaded(text: str, here: Path) -> list[list[str | None]]:
    """The filters as PasteDeploy loads them, each with its prefix, and the application with its cookie_path."""
    file = here / "galaxy.ini"
    file.write_text(text)
    command = [galaxy_python(), "-W", "ignore", "-c", READER, str(file)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    found: list[list[str | None]] = json.loads(run.stdout)
    return found


@pytest.mark.consumer
@pytest.mark.parametrize("name", TEXTS)
def test_paste_deploy_puts_galaxy_under_the_prefix_once(name: str, tmp_path: Path) -> None:
    found = loaded(written({"proxy.url_prefix": "/g"}, TEXTS[name]), tmp_path)
    assert [row for row in found if row[0] == PREFIX_FILTER] == [[PREFIX_FILTER, "/g"]]
    assert found[-1] == ["Galaxy", "/g"]
    before = [row[0] for row in loaded(TEXTS[name], tmp_path)]
    assert sorted(str(row[0]) for row in found) == sorted({*map(str, before), PREFIX_FILTER})


@pytest.mark.consumer
@pytest.mark.parametrize("name", TEXTS)
def test_the_proxy_s_compression_takes_the_place_of_paste_s(name: str, tmp_path: Path) -> None:
    before = loaded(TEXTS[name], tmp_path)
    text = written({"proxy.gzip": True}, TEXTS[name])
    assert loaded(text, tmp_path) == [row for row in before if row[0] != GZIP_FILTER]
    compressed = any(row[0] == GZIP_FILTER for row in before)
    assert (text != TEXTS[name], "gzip" in text) == (compressed, name == "sample")


@pytest.mark.parametrize("name", TEXTS)
def test_the_change_names_the_question_behind_it(name: str) -> None:
    for more in ({"proxy.gzip": True}, {"proxy.url_prefix": "/g"}, {"proxy.url_prefix": "/"}):
        change = LENS.write({**ERA, **more}, TEXTS[name], "galaxy.ini")
        assert all(one.questions == (*more,) for one in change.changes)
        assert touched_otherwise(TEXTS[name], change.text, change.changes) == []


@pytest.mark.parametrize("answer", [{}, {"proxy.gzip": False}])
def test_without_the_answer_the_filter_stays_and_is_named_with_the_way_out(answer: dict[str, Any]) -> None:
    assert written(answer, TEXTS["gzip"]) == TEXTS["gzip"]
    (note,) = LENS.read(TEXTS["gzip"], "galaxy.ini").unread
    assert (TEXTS["gzip"].splitlines()[(note.line or 0) - 1], "proxy.gzip" in note.what) == (
        "filter-with = gzip",
        True,
    )


def test_a_filter_that_another_application_uses_keeps_its_section() -> None:
    text = f"{TEXTS['gzip']}\n[app:reports]\nfilter-with = gzip\n"
    assert written({"proxy.gzip": True}, text) == text.replace("factory\nfilter-with = gzip\n", "factory\n")


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_read_changes_nothing_and_what_is_written_is_read(name: str) -> None:
    text = TEXTS[name]
    held = LENS.read(text, "galaxy.ini").given
    assert held == ({"proxy.url_prefix": "/galaxy"} if name in ("both", "between", "slash") else {})
    assert written(held, text) == text
    new = written({"proxy.url_prefix": "/g/h"}, text)
    assert LENS.read(new, "galaxy.ini").given == {"proxy.url_prefix": "/g/h"}
    assert written({"proxy.url_prefix": "/g/h"}, new) == new
    root = written({"proxy.url_prefix": "/"}, new)
    assert LENS.read(root, "galaxy.ini").given == {}
    assert "cookie_path" not in GalaxyIni().document(root, "galaxy.ini").keys(("galaxy",))


@settings(max_examples=50, deadline=None)
@given(prefix=answers_to("proxy.url_prefix"), name=st.sampled_from(sorted(TEXTS)))
def test_any_prefix_is_read_back(prefix: str, name: str) -> None:
    new = written({"proxy.url_prefix": prefix}, TEXTS[name])
    assert LENS.read(new, "galaxy.ini").given.get("proxy.url_prefix", "/") == prefix
    assert written({"proxy.url_prefix": prefix}, new) == new


def test_cookie_path_is_part_of_the_prefix_until_18_05() -> None:
    for release, known in (("2014.06.02", True), ("18.05", True), ("18.09", False), ("22.01", False)):
        text = written(
            {"groundwork.release": release, "scaling.app_server": "paste", "proxy.url_prefix": "/g"}, APP
        )
        assert ("cookie_path = /g" in text) is known
    assert "options.cookie_path" not in GalaxyIni().read(TEXTS["both"], "galaxy.ini").given
    other = TEXTS["both"].replace("cookie_path = /galaxy", "cookie_path = /")
    assert GalaxyIni().read(other, "galaxy.ini").given["options.cookie_path"] == "/"


def test_what_cannot_be_told_apart_is_refused_by_its_question() -> None:
    one = "[filter:one]\nuse = egg:PasteDeploy#prefix\nfilter-with = proxy-prefix\n"
    twice = f"{APP}filter-with = one\n{one}{PREFIXED}"
    with pytest.raises(Refused) as refusal:
        written({"proxy.url_prefix": "/g"}, twice)
    (problem,) = refusal.value.problems
    assert (problem.question, problem.line, bool(problem.way_out)) == ("proxy.url_prefix", 7, True)


@pytest.mark.parametrize(
    ("release", "server", "section", "wanted"),
    [
        ("17.09", None, "", ["filter"]),
        ("17.09", "uwsgi", "[uwsgi]\nprocesses = 2\n", ["filter"]),
        ("18.01", None, "", ["filter"]),
        ("18.01", None, "[uwsgi]\nmodule = galaxy.webapps.galaxy.buildapp:uwsgi_app()\n", ["mount"]),
        ("18.01", "paste", "[uwsgi]\nmodule = galaxy.webapps.galaxy.buildapp:uwsgi_app()\n", ["filter"]),
        ("22.01", "paste", "", ["galaxy_url_prefix", "filter"]),
        ("22.01", None, "", ["galaxy_url_prefix"]),
    ],
)
def test_the_prefix_stands_where_galaxy_is_loaded(
    release: str, server: str | None, section: str, wanted: list[str]
) -> None:
    given = {
        **ERA,
        "groundwork.release": release,
        "groundwork.config_file": "galaxy.ini",
        "proxy.url_prefix": "/g",
    }
    if server is not None:
        given["scaling.app_server"] = server
    text = section + APP
    lenses: tuple[Lens, ...] = (LENS, UwsgiIni(), GalaxyIni())
    for lens in lenses:
        if lens.target(given) is not None:
            text = lens.write(given, text, "galaxy.ini").text
    words = {
        "filter": "filter-with = proxy-prefix",
        "mount": "mount = /g=",
        "galaxy_url_prefix": "galaxy_url_prefix = /g",
    }
    assert [name for name, word in words.items() if word in text] == sorted(wanted, key=[*words].index)


def test_a_new_file_says_what_paste_loads_whoever_serves() -> None:
    for server, strategy in (("paste", "all-in-one"), ("uwsgi", "all-in-one"), ("uwsgi", "static-handlers")):
        given = {**ERA, "scaling.app_server": server, "scaling.strategy": strategy}
        first = next(
            lens for lens in LENSES if (at := lens.target(given)) and at.path.endswith("/galaxy.ini")
        )
        assert APP in first.skeleton(given)
    assert "paste.app_factory" in written({"proxy.url_prefix": "/g"}, "[app:main]\nbrand = x\n")
    assert "paste.app_factory" not in written(
        {"proxy.url_prefix": "/g"}, "[app:main]\nuse = config:other.ini\n"
    )


@pytest.mark.skipif(not PATHS, reason="GALAXY_SETUP_CORPUS names no files of other people")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_files_of_other_people_get_the_prefix_and_nothing_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    held = LENS.read(text, path.name).given
    assert written({**held, "proxy.gzip": True}, text) == text
    new = LENS.write({**ERA, "proxy.url_prefix": "/g"}, text, path.name)
    assert LENS.read(new.text, path.name).given == {"proxy.url_prefix": "/g"}
    assert touched_otherwise(text, new.text, new.changes) == []
