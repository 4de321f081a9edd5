"""What a survey says of an install as a whole, and where each of it is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.survey.installs import GALAXY_YML, PASSWD, by_hand, of_old, put, seen
from wizard.disk import Disk
from wizard.survey.accounts import Accounts
from wizard.survey.found import Survey
from wizard.survey.looking import Looking
from wizard.survey.surveying import survey


def facts(found: Survey) -> dict[str, str]:
    return {name: fact.value for name, fact in found.facts.items()}


def place(root: Path, found: Survey, name: str) -> str:
    return found.facts[name].place.removeprefix(str(root))


@pytest.mark.parametrize(
    "directory", ["/srv/galaxy", "/srv/galaxy/config", "/srv/galaxy/server", "/srv/galaxy/server/lib"]
)
def test_one_install_is_found_from_its_root_its_configuration_and_below(
    directory: str, tmp_path: Path
) -> None:
    by_hand(tmp_path)
    assert facts(seen(tmp_path, directory)) == {
        "root": "/srv/galaxy/server",
        "release": "26.1",
        "virtualenv": "/srv/galaxy/venv",
        "user": "galaxy",
        "group": "galaxy",
        "config_file": "galaxy.yml",
        "service_manager": "systemd",
    }


def test_each_fact_names_the_line_that_says_it(tmp_path: Path) -> None:
    by_hand(tmp_path)
    found = seen(tmp_path, "/srv/galaxy")
    unit = "/etc/systemd/system/galaxy-handler@.service"
    assert place(tmp_path, found, "root") == "/srv/galaxy/config/galaxy.yml:3"
    assert place(tmp_path, found, "release") == "/srv/galaxy/server/lib/galaxy/version.py:1"
    assert place(tmp_path, found, "virtualenv") == f"{unit}:8"
    assert place(tmp_path, found, "user") == f"{unit}:5"
    assert place(tmp_path, found, "group") == f"{unit}:6"
    assert place(tmp_path, found, "service_manager") == f"{unit}:10"


def test_a_server_of_the_paste_era(tmp_path: Path) -> None:
    of_old(tmp_path)
    found = seen(tmp_path, "/srv/galaxy/galaxy-dist")
    assert facts(found) == {
        "root": "/srv/galaxy/galaxy-dist",
        "release": "15.10",
        "virtualenv": "/srv/galaxy/venv",
        "user": "galaxy",
        "config_file": "galaxy.ini",
        "service_manager": "supervisord",
        "log_dir": "/srv/galaxy/log",
    }
    assert found.given["groundwork.config_dir"] == "/srv/galaxy/galaxy-dist/config"
    assert found.given["groundwork.config_file"] == "galaxy.ini"
    assert place(tmp_path, found, "virtualenv") == "/etc/supervisor/conf.d/galaxy.conf:5"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["galaxy.yml", "config/galaxy.yml"], "/g/galaxy.yml"),
        (["config/galaxy.ini", "config/galaxy.yml"], "/g/config/galaxy.yml"),
        (["config/galaxy.yaml", "config/galaxy.yml"], "/g/config/galaxy.yaml"),
        (["universe_wsgi.ini", "config/galaxy.ini"], "/g/universe_wsgi.ini"),
        (["config/universe_wsgi.ini", "config/galaxy.ini"], "/g/config/galaxy.ini"),
    ],
)
def test_the_file_is_the_one_that_galaxy_would_read(files: list[str], name: str, tmp_path: Path) -> None:
    """As find_config_file: the names in their order in the root, then in config/. The others are named."""
    texts = {f"/g/{file}": "[app:main]\n" if file.endswith("ini") else "galaxy:\n" for file in files}
    put(tmp_path, texts)
    found = seen(tmp_path, "/g")
    assert found.facts["config_file"].file == f"{tmp_path}{name}"
    (other,) = [path for path in texts if path != name]
    assert any(problem.file == f"{tmp_path}{other}" and "beside" in problem.what for problem in found.unread)


def test_gravity_looks_in_config_first(tmp_path: Path) -> None:
    version = {"/g/lib/galaxy/version.py": 'VERSION_MAJOR = "24.1"\n'}
    put(tmp_path, {"/g/galaxy.yml": "galaxy:\n", "/g/config/galaxy.yml": "galaxy:\n", **version})
    assert seen(tmp_path, "/g").facts["config_file"].file == f"{tmp_path}/g/config/galaxy.yml"


@pytest.mark.parametrize(
    ("file", "text", "release"),
    [
        ("lib/galaxy/version.py", 'VERSION_MAJOR = "26.1"\nVERSION_MINOR = "2.dev0"\n', "26.1"),
        ("lib/galaxy/version.py", "VERSION_MAJOR: str = '21.09'\n", "21.09"),
        ("lib/galaxy/version.py", 'VERSION_MAJOR = "14.08"\nVERSION_MINOR = None\n', "14.08"),
        ("lib/galaxy/version.py", 'VERSION = "13.11"\n', "13.11"),
        (".git/HEAD", "ref: refs/heads/release_2014.06.02\n", "2014.06.02"),
        (".venv/lib/python3.12/site-packages/galaxy_app-22.5.1.dist-info/METADATA", "", "22.05"),
        (".venv/lib/python3.12/site-packages/galaxy-26.1.2.dist-info/METADATA", "", "26.1"),
        (".venv/lib/python3.12/site-packages/galaxy_sequence_utils-1.2.0.dist-info/METADATA", "", None),
        (".git/HEAD", "ref: refs/heads/dev\n", None),
        ("lib/galaxy/version.py", "import os\n", None),
    ],
)
def test_the_release_is_the_code_s_own(file: str, text: str, release: str | None, tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/g/run.sh": "", f"/g/{file}": text})
    fact = seen(tmp_path, "/g").facts.get("release")
    assert (fact.value if fact else None) == release


UNIT = "[Service]\nExecStart={command} -c /g/config/galaxy.yml\n{more}\n"


@pytest.mark.parametrize(
    ("command", "more", "virtualenv"),
    [
        ("/g/.venv/bin/galaxyctl start", "", "/g/.venv"),
        ("/opt/py/bin/uwsgi --virtualenv /v/one", "", "/v/one"),
        ("/usr/bin/uwsgi -H /v/two", "", "/v/two"),
        ("/usr/bin/python lib/galaxy/main.py", 'Environment="VIRTUAL_ENV=/v/three" A=b', "/v/three"),
        ("/usr/bin/uwsgi", "", None),
    ],
)
def test_the_virtualenv_is_the_one_that_galaxy_is_started_with(
    command: str, more: str, virtualenv: str | None, tmp_path: Path
) -> None:
    unit = UNIT.format(command=command, more=more)
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/etc/systemd/system/galaxy.service": unit})
    if "/g/.venv" in command:
        put(tmp_path, {"/g/.venv/pyvenv.cfg": ""})
    fact = seen(tmp_path, "/g").facts.get("virtualenv")
    assert (fact.value if fact else None) == virtualenv


def test_uwsgi_says_virtualenv_and_account(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"/g/config/galaxy.yml": "uwsgi:\n  uid: gx\n  virtualenv: /v\n  mule: a\n  mule: b\ngalaxy:\n"},
    )
    found = seen(tmp_path, "/g")
    assert (facts(found)["user"], facts(found)["virtualenv"]) == ("gx", "/v")
    assert found.facts["user"].line == 2


MANAGERS = [
    ({"/etc/systemd/system/a.service": "[Service]\nExecStart=/usr/bin/uwsgi -y /g/config/galaxy.yml\n"}, "systemd"),
    ({"/lib/systemd/system/a.service": "[Service]\nExecStart=/v/bin/galaxy -c /g/config\n"}, "gravity-supervisor"),
    (
        {
            "/etc/systemd/system/galaxy-gunicorn.service": (
                ";\n; This file is maintained by Gravity - CHANGES WILL BE OVERWRITTEN\n;\n[Service]\n"
                "ExecStart=/v/bin/galaxyctl --config-file /g/config/galaxy.yml exec _default_ gunicorn\n"
            )
        },
        "gravity-systemd",
    ),
    ({"/etc/supervisord.d/g.ini": "[program:g]\ncommand=sh run.sh\ndirectory=/g\n"}, "supervisord"),
    ({"/etc/init.d/galaxy": "#!/bin/sh\n"}, "sysvinit"),
    ({"/Library/LaunchDaemons/org.galaxyproject.plist": "<plist/>"}, "launchd"),
    ({"/etc/cron.d/galaxy": "@daily g sh /g/run.sh\n"}, None),
    ({"/etc/systemd/system/tusd.service": "[Service]\nExecStart=/usr/bin/tusd -upload-dir /g/tus\n"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("files", "manager"), MANAGERS)
def test_the_service_manager_is_what_starts_galaxy(
    files: dict[str, str], manager: str | None, tmp_path: Path
) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/g/run.sh": "", **files})
    fact = seen(tmp_path, "/g").facts.get("service_manager")
    assert (fact.value if fact else None) == manager


def test_two_service_managers_are_a_disagreement(tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/g/run.sh": "", **MANAGERS[0][0], **MANAGERS[3][0]})
    found = seen(tmp_path, "/g")
    assert "groundwork.service_manager" not in found.given
    (problem,) = found.disagreements
    assert problem.question == "groundwork.service_manager"
    assert "systemd" in problem.what and str(problem.file).endswith("g.ini")


NEAR = "[Service]\nUser=near\nExecStart=/bin/uwsgi -y /srv/galaxy/config-old/galaxy.yml\n"


def test_another_install_s_programs_are_not_this_one_s(tmp_path: Path) -> None:
    by_hand(tmp_path)
    put(
        tmp_path,
        {
            "/etc/systemd/system/test.service": (
                "[Service]\nUser=other\nWorkingDirectory=/srv/test/server\n"
                "ExecStart=/srv/test/venv/bin/galaxyctl -c /srv/test/config/galaxy.yml start\n"
            ),
            "/etc/systemd/system/a-near.service": NEAR,
        },
    )
    found = seen(tmp_path, "/srv/galaxy")
    assert facts(found)["user"] == "galaxy"
    assert not any("test.service" in used.path or "a-near" in used.path for used in found.in_use)


# accounts


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_of_the_data_is_named_by_the_tree_s_own_accounts(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "/g/config/galaxy.yml": "galaxy:\n",
            "/g/run.sh": "",
            "/etc/passwd": PASSWD,
            "/etc/group": "gx:x:4322:\n",
        },
    )
    (tmp_path / "g/database").mkdir()
    os.chown(tmp_path / "g/database", 4321, 4322)
    found = seen(tmp_path, "/g")
    assert facts(found)["user"] == "galaxy" and facts(found)["group"] == "gx"
    assert place(tmp_path, found, "user") == "/g/database"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_number_that_the_tree_does_not_know_says_nothing(tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/g/run.sh": "", "/etc/passwd": PASSWD})
    os.chown(tmp_path / "g/config/galaxy.yml", 1, 1)
    assert "user" not in facts(seen(tmp_path, "/g")), "it may be daemon on this machine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_tree_that_was_copied_without_its_owners_says_nothing(tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/g/run.sh": "", "/etc/passwd": PASSWD})
    for path in ("g/config/galaxy.yml", "etc/passwd"):
        os.chown(tmp_path / path, 4321, 4321)
    assert "user" not in facts(seen(tmp_path, "/g")), "whoever copied the tree owns all of it"


def test_root_is_nobody_s_answer(tmp_path: Path) -> None:
    unit = "[Service]\nUser=root\nExecStart=/usr/bin/uwsgi --yaml /g/config/galaxy.yml\n"
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n", "/etc/systemd/system/galaxy.service": unit})
    assert "user" not in facts(seen(tmp_path, "/g"))
    accounts = Accounts({0: ("root", 0)}, {0: "root"})
    assert (accounts.user(0), accounts.group(0)) == (None, None)


def test_on_this_machine_the_system_is_asked() -> None:
    here = Accounts.of(Looking(Disk(Path("/"))))
    assert here.here and here.user(1) is not None and here.user(2**31 - 7) is None


def test_a_fact_that_would_change_a_file_is_no_answer(tmp_path: Path) -> None:
    by_hand(tmp_path)
    found = seen(tmp_path, "/srv/galaxy")
    assert {"groundwork.user", "groundwork.group", "groundwork.virtualenv"}.isdisjoint(found.given)
    assert found.given["groundwork.service_manager"] == "systemd"
    assert found.given["groundwork.release"] == "26.1"


def test_what_galaxy_yml_says_is_not_overruled(tmp_path: Path) -> None:
    by_hand(tmp_path)
    text = GALAXY_YML.replace("  colour: blue", "  galaxy_user: gravity\n  virtualenv: /v")
    put(tmp_path, {"/srv/galaxy/config/galaxy.yml": text})
    found = survey(Disk(tmp_path), "/srv/galaxy")
    assert facts(found)["user"] == "gravity" and facts(found)["virtualenv"] == "/v"
    assert found.given["groundwork.user"] == "gravity"
