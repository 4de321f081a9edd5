"""What galaxy-setup writes is accepted, and understood as answered, by the programs that read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import consumers, preset_hosts
from tests.test_headless import CONFIG, setup
from wizard import presets, statefile
from wizard.files.hosts import runs_here

Ask = Callable[..., dict[str, Any]]
ANSWERS = """\
preset = "single-server@1"

[groundwork]
brand = "Ünï: 'quoted' \\"twice\\" #%{1}"
admin_users = ["a@example.org", "b@example.org"]

[database]
password = "p@ss:w/rd %s"

[options]
ga_code = "no"
require_login = true
"""


def written(answers: str, tmp_path: Path, host: str | None = None) -> Path:
    """The tree that the answers make (on one of their hosts), as a real root would hold it."""
    (tmp_path / "a.toml").write_text(answers)
    run = setup("--answers", "a.toml", "--root", "x", *preset_hosts.on(host), cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    return consumers.installed(tmp_path / "x", tmp_path / "installed")


@pytest.fixture
def single_server(tmp_path: Path) -> Path:
    return written(ANSWERS, tmp_path)


def test_galaxy_sees_the_given_values(galaxy: Ask, single_server: Path) -> None:
    names = """brand admin_users cleanup_job debug database_connection enable_celery_tasks celery_conf ga_code
        require_login database_engine_option_pool_size nginx_x_accel_redirect_base"""
    answer = galaxy("galaxy_yml", single_server / CONFIG / "galaxy.yml", *names.split())
    assert answer["problems"] == [] and answer["unknown"] == []
    seen = answer["seen"]
    assert seen["brand"] == "Ünï: 'quoted' \"twice\" #%{1}"
    assert seen["admin_users"] == "a@example.org,b@example.org"
    assert seen["database_connection"].startswith("postgresql://galaxy:p%40ss%3Aw%2Frd%20%25s@/galaxy?host=")
    assert (seen["cleanup_job"], seen["debug"], seen["enable_celery_tasks"]) == ("onsuccess", False, True)
    assert (seen["ga_code"], seen["require_login"]) == ("no", True)
    assert seen["celery_conf"]["broker_url"] == "redis://localhost:6379/0"
    assert seen["celery_conf"]["task_routes"]["galaxy.fetch_data"] == "galaxy.external"
    assert seen["database_engine_option_pool_size"] == 8


def test_gravity_accepts_its_section_and_writes_its_units(galaxy: Ask, single_server: Path) -> None:
    file = single_server / CONFIG / "galaxy.yml"
    settings = galaxy("gravity_settings", file)
    assert settings["problems"] == [] and settings["unknown"] == []
    units = galaxy("gravity_files", file)
    assert units["problems"] == [] and units["warnings"] == []
    commands = units["commands"]
    assert any("-b unix:" in command and "--workers=4" in command for command in commands.values())
    assert any(
        "job-handlers" in command and "workflow-schedulers" in command for command in commands.values()
    )
    assert any("celery" in command and "beat" in command for command in commands.values())
    assert any("tusd" in command for command in commands.values())


def test_galaxy_reads_the_job_configuration(galaxy: Ask, single_server: Path) -> None:
    jobs = galaxy("job_conf", single_server / CONFIG / "job_conf.yml")
    assert jobs["problems"] == []
    assert jobs["default"] == "local"
    assert jobs["assign"] == ["db-skip-locked"]
    assert jobs["runners"]["local"]["workers"] == 2


@pytest.mark.parametrize(
    ("name", "host"), [case for case in preset_hosts.cases() if preset_hosts.runs_galaxy(*case)]
)
def test_every_preset_is_accepted_by_galaxy_and_gravity(
    galaxy: Ask, name: str, host: str | None, tmp_path: Path
) -> None:
    tree = written(f'preset = "{presets.find(name).pinned}"\n', tmp_path, host)
    file = tree / preset_hosts.config_of(name) / "galaxy.yml"
    options = galaxy("galaxy_yml", file)
    assert options["problems"] == [] and options["unknown"] == []
    settings = galaxy("gravity_settings", file)
    assert settings["problems"] == [] and settings["unknown"] == []
    given = statefile.load(f'preset = "{presets.find(name).pinned}"\n', "a.toml").answers.given()
    if given["groundwork.service_manager"].startswith("gravity"):
        services = galaxy("gravity_files", file, *(["user"] if name == "trial" else []))
        assert services["problems"] == [] and services["warnings"] == []
        for handler in given.get("scaling.handlers", ()):
            assert any(
                f"--server-name={handler.name}_0" in command for command in services["commands"].values()
            )
    jobs = galaxy("job_conf", file)
    assert jobs["problems"] == []
    assert jobs["default"] == given["cluster.default_destination"]
    assert {row.id for row in given["cluster.runners"]} == jobs["runners"].keys() - {"dynamic"}
    assert {row.id for row in given["cluster.destinations"]} <= jobs["environments"].keys()


@pytest.mark.parametrize(
    ("name", "host"),
    [case for case in preset_hosts.cases("trial") if runs_here(preset_hosts.answers_on(*case), "proxy")],
)
def test_nginx_accepts_the_site_of_every_preset(
    nginx: Callable[[str], consumers.Verdict], name: str, host: str | None, tmp_path: Path
) -> None:
    written(f'preset = "{presets.find(name).pinned}"\n', tmp_path, host)
    site = (tmp_path / "x/etc/nginx/sites-available/galaxy").read_text()
    verdict = nginx(site)
    assert verdict, verdict.said


def test_the_two_gunicorns_of_the_training_preset_are_those_that_nginx_passes_to(
    galaxy: Ask, tmp_path: Path
) -> None:
    file = written('preset = "training@1"\n', tmp_path) / CONFIG / "galaxy.yml"
    commands = galaxy("gravity_files", file)["commands"]
    site = (tmp_path / "x/etc/nginx/sites-available/galaxy").read_text()
    sockets = re.findall(r"^\s+server unix:(\S+gunicorn\d\.sock)", site, re.MULTILINE)
    assert len(sockets) == 2
    for number, socket in enumerate(sockets):
        bind = re.search(r"-b unix:(\S+)", commands[f"gunicorn@{number}"])
        assert bind is not None and bind[1].endswith(socket)


def test_galaxys_own_sample_keeps_every_line_that_no_answer_owns(galaxy: Ask, tmp_path: Path) -> None:
    """Each given option stands on its formerly commented line; all else is byte-identical."""
    sample = Path(galaxy("samples")["galaxy.yml.sample"]).read_bytes()
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    (config / "galaxy.yml").write_bytes(sample)
    (tmp_path / "a.toml").write_text(ANSWERS)
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    old, new = sample.decode().split("\n"), (config / "galaxy.yml").read_bytes().decode().split("\n")
    taken = 0
    remaining = iter(new)
    for line in old:
        for candidate in remaining:
            if candidate == line:
                break
            taken += 1
            # A line of ours: an active option, a row of a list or map that it holds; never prose, never a blank line.
            assert re.fullmatch(r" +(?:- )?[\w.]+:?.*", candidate) and not candidate.lstrip().startswith(
                "#"
            ), candidate
            if uncommented(line, candidate):
                break
        else:
            assert is_commented_option(line), f"lost: {line}"
    assert taken > 60
    assert galaxy("galaxy_yml", config / "galaxy.yml")["problems"] == []


def uncommented(old: str, new: str) -> bool:
    """Whether `new` is `old`'s option, no longer commented out."""
    commented = re.fullmatch(r"( *)# ?( *[\w.]+):.*", old)
    return commented is not None and new.strip().startswith(commented[2].strip() + ":")


def is_commented_option(line: str) -> bool:
    return re.fullmatch(r" *# *[\w.]+:.*", line) is not None
