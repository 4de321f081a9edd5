"""Services of a whole install by the command line: applied, applied again, imported, changed and given up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.files.service_installs import CLIENT, answers, applied, forgotten, galaxy
from tests.test_headless import CONFIG, setup, tree

UNITS = Path("etc/systemd/system")
PROGRAMS = Path("etc/supervisor/conf.d/galaxy.conf")
MANAGERS = ("systemd", "supervisord")
HANDLERS = """\
[[scaling.handlers]]
name = "handler"
processes = {}
pools = ["job-handlers"]
"""


@pytest.mark.parametrize("preset", ["single-server@1", "small-lab@1"])
@pytest.mark.parametrize("manager", MANAGERS)
def test_applied_twice_imported_and_in_sync(manager: str, preset: str, tmp_path: Path) -> None:
    answers(tmp_path, manager, preset=preset)
    commands, notes = applied(tmp_path)
    first = tree(tmp_path / "x")
    assert (
        galaxy(commands)
        == {
            "systemd": [CLIENT, "systemctl daemon-reload", "systemctl enable --now galaxy.target"],
            "supervisord": [CLIENT, "supervisorctl reread", "supervisorctl update"],
        }[manager]
    )
    assert all("memory_limit" in note and manager == "supervisord" for note in notes), notes
    assert applied(tmp_path)[0] == []
    assert tree(tmp_path / "x") == first
    assert "gravity:" not in first[str(CONFIG / "galaxy.yml")].decode()
    forgotten(tmp_path)
    before = tree(tmp_path / "x")
    run = setup("import", f"/{CONFIG}", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = (tmp_path / "x" / CONFIG / "galaxy-setup.toml").read_text()
    assert f'service_manager = "{manager}"' in said and "\nworkers = " in said and "service_files" not in said
    assert 'user = "galaxy"' in said and "virtualenv = " in said and "[[scaling.handlers]]" in said
    for command in (["diff"], ["apply", "--yes"], ["diff"], ["status"]):
        run = setup(*command, "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stderr) == (0, ""), (command, run.stdout, run.stderr)
    after = tree(tmp_path / "x")
    assert {name: text for name, text in after.items() if name in before} == before


@pytest.mark.parametrize("manager", MANAGERS)
def test_the_section_of_gravity_stays_as_it_was(manager: str, tmp_path: Path) -> None:
    place = tmp_path / "x" / CONFIG / "galaxy.yml"
    place.parent.mkdir(parents=True)
    gravity = (
        "gravity:\n  process_manager: supervisor\n  gunicorn:\n    workers: 9\n  handlers:\n    old: {}\n"
    )
    place.write_text(gravity + "galaxy:\n  brand: x\n")
    answers(tmp_path, manager)
    applied(tmp_path)
    assert place.read_text().startswith(gravity + "galaxy:\n")
    forgotten(tmp_path)
    run = setup("import", f"/{CONFIG}", "--root", "x", cwd=tmp_path)
    assert "gravity: something else starts Galaxy; the section is left alone" in run.stderr
    assert "workers = 4" in (place.parent / "galaxy-setup.toml").read_text(), (
        "as the services say, not Gravity"
    )
    assert setup("diff", "--root", "x", cwd=tmp_path).returncode == 0


# -- what is to be done afterwards


def test_systemd_restarts_what_changed(tmp_path: Path) -> None:
    answers(tmp_path, "systemd")
    applied(tmp_path)
    answers(tmp_path, "systemd", "[scaling]\nworkers = 7\n")
    assert galaxy(applied(tmp_path)[0]) == [
        "systemctl daemon-reload",
        "systemctl restart galaxy-web.service",
    ]
    answers(tmp_path, "systemd", 'brand = "y"\n[scaling]\nworkers = 7\n')
    assert galaxy(applied(tmp_path)[0]) == ["systemctl restart galaxy.target"]
    answers(tmp_path, "systemd", 'brand = "y"\nadmin_users = ["a@b.org"]\n[scaling]\nworkers = 7\n')
    assert galaxy(applied(tmp_path)[0]) == [], "Galaxy reads that by itself"


def test_workers_that_load_galaxy_each_are_reloaded(tmp_path: Path) -> None:
    alone = (
        '[scaling]\nstrategy = "all-in-one"\nhandlers = []\npreload = false\n'
        '[celery]\nenable = false\nbeat = false\n[proxy]\nuploads = "galaxy"\n'
    )
    answers(tmp_path, "systemd", alone)
    applied(tmp_path)
    answers(tmp_path, "systemd", 'brand = "y"\n' + alone)
    assert galaxy(applied(tmp_path)[0]) == ["systemctl reload galaxy-web.service"]


def test_supervisord_updates_or_restarts(tmp_path: Path) -> None:
    answers(tmp_path, "supervisord")
    applied(tmp_path)
    answers(tmp_path, "supervisord", "[scaling]\nworkers = 7\n")
    assert galaxy(applied(tmp_path)[0]) == ["supervisorctl reread", "supervisorctl update"]
    answers(tmp_path, "supervisord", 'brand = "y"\n[scaling]\nworkers = 7\n')
    assert galaxy(applied(tmp_path)[0]) == ["supervisorctl restart galaxy:*"]


# -- what is not wanted any more


def test_a_service_that_is_not_wanted_any_more_is_named_until_it_is_gone(tmp_path: Path) -> None:
    answers(tmp_path, "systemd")
    applied(tmp_path)
    answers(tmp_path, "systemd", "[celery]\nenable = false\nbeat = false\n")
    commands, notes = applied(tmp_path)
    place = "/etc/systemd/system/galaxy-celery"
    ending = [
        f"systemctl disable --now {name}.service && rm /etc/systemd/system/{name}.service"
        for name in ("galaxy-celery", "galaxy-celery-beat")
    ]
    assert galaxy(commands) == [*ending, "systemctl daemon-reload", "systemctl restart galaxy.target"]
    for name, command in zip((".service", "-beat.service"), ending, strict=True):
        (note,) = (line for line in notes if f"galaxy-celery{name} is not wanted any more" in line)
        assert note.startswith(f"galaxy-setup: note: x{place}{name}: ") and note.endswith(command)
    assert "galaxy-celery" not in (tmp_path / "x" / UNITS / "galaxy.target").read_text()
    again = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert again.returncode == 0 and again.stderr.count("not wanted any more") == 2
    for name in (".service", "-beat.service"):
        (tmp_path / "x" / UNITS / f"galaxy-celery{name}").unlink()
    assert setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path).stderr == ""


def test_a_process_that_is_not_wanted_any_more_is_named(tmp_path: Path) -> None:
    answers(tmp_path, "systemd", HANDLERS.format(3))
    applied(tmp_path)
    answers(tmp_path, "systemd", HANDLERS.format(2))
    commands, notes = applied(tmp_path)
    assert galaxy(commands) == [
        "systemctl disable --now galaxy-handler@handler_2.service",
        "systemctl daemon-reload",
        "systemctl restart galaxy.target",
    ]
    assert any("galaxy-handler@handler_2.service is not wanted any more" in note for note in notes)
    assert applied(tmp_path) == ([], [])


def test_an_answer_that_was_taken_back_ends_its_service(tmp_path: Path) -> None:
    answers(tmp_path, "systemd", "[proxy]\nreports = true\n")
    applied(tmp_path)
    answers(tmp_path, "systemd")
    commands, _ = applied(tmp_path)
    assert "systemctl disable --now galaxy-reports.service" in commands[0]
    assert "galaxy-reports" not in (tmp_path / "x" / UNITS / "galaxy.target").read_text()


@pytest.mark.parametrize("manager", MANAGERS)
def test_another_service_manager_ends_what_the_first_one_runs(manager: str, tmp_path: Path) -> None:
    answers(tmp_path, manager)
    applied(tmp_path)
    other = "supervisord" if manager == "systemd" else "systemd"
    for then in (other, "gravity-systemd"):
        answers(tmp_path, then)
        shown = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
        wanted = "galaxy.target" if manager == "systemd" else "galaxy.conf"
        assert f"{wanted} is not wanted any more" in shown.stderr
    commands, _ = applied(tmp_path)
    ending = {
        "systemd": "systemctl disable --now galaxy.target && rm /etc/systemd/system/galaxy.target",
        "supervisord": "rm /etc/supervisor/conf.d/galaxy.conf && supervisorctl reread && supervisorctl update",
    }[manager]
    assert ending in commands
    assert commands.index(ending) < commands.index("galaxyctl update")
    assert ("systemctl daemon-reload" in commands) is (manager == "systemd")


def test_gravity_is_stopped_before_services_of_another_kind_start(tmp_path: Path) -> None:
    for before, stop in (
        ("gravity-systemd", "galaxyctl update --clean"),
        ("gravity-supervisor", "galaxyctl shutdown"),
    ):
        shutil.rmtree(tmp_path / "x", ignore_errors=True)
        answers(tmp_path, before)
        applied(tmp_path)
        answers(tmp_path, "systemd")
        commands, notes = applied(tmp_path)
        assert commands[0] == stop
        assert any("Gravity still runs Galaxy" in note for note in notes)
        assert applied(tmp_path) == ([], [])


@pytest.mark.parametrize("manager", MANAGERS)
def test_files_that_are_kept_are_neither_written_nor_ended(manager: str, tmp_path: Path) -> None:
    answers(tmp_path, manager)
    applied(tmp_path)
    before = tree(tmp_path / "x" / "etc")
    answers(tmp_path, manager, 'service_files = "kept"\n[celery]\nenable = false\nbeat = false\n')
    commands, notes = applied(tmp_path)
    assert galaxy(commands) == ["restart Galaxy"]
    assert not any("not wanted" in note or "service_manager" in note for note in notes), notes
    assert tree(tmp_path / "x" / "etc") == before


def test_several_gunicorns_are_gravity_s(tmp_path: Path) -> None:
    for manager in MANAGERS:
        answers(tmp_path, manager, preset="training@1")
        run = setup("apply", "--yes", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
        assert run.returncode != 0
        assert "scaling.gunicorns: only Gravity starts several gunicorns" in run.stderr
        assert not (tmp_path / "x").exists()
