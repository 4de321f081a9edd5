"""`galaxy-setup import` as it is printed, and that a diff after it is empty: over whole trees, and over real files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.corpus import need_corpus
from tests.survey.installs import GALAXY_INI, GALAXY_YML, by_hand, of_old, put, remarks, seen
from tests.test_headless import setup, tree

GOLDEN = Path(__file__).with_name("import_by_hand.txt")


def test_the_golden_output_of_a_whole_server(tmp_path: Path) -> None:
    by_hand(tmp_path / "x")
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0
    shown = f"{run.stdout}\n--- standard error\n{run.stderr}"
    if os.environ.get("GALAXY_SETUP_GOLDEN"):
        GOLDEN.write_text(shown, encoding="utf-8")
    assert shown == GOLDEN.read_text(encoding="utf-8"), "GALAXY_SETUP_GOLDEN=1 writes it anew"


@pytest.mark.parametrize(
    ("build", "directory"), [(by_hand, "/srv/galaxy"), (of_old, "/srv/galaxy/galaxy-dist")]
)
def test_nothing_is_changed_and_the_diff_is_empty(build: object, directory: str, tmp_path: Path) -> None:
    assert callable(build)
    build(tmp_path / "x")
    before = tree(tmp_path / "x")
    assert setup("import", directory, "--root", "x", "--to", "a.toml", cwd=tmp_path).returncode == 0
    same = setup("diff", "--root", "x", "--answers", "a.toml", cwd=tmp_path)
    assert (same.returncode, same.stdout) == (0, "")
    applied = setup("apply", "--root", "x", "--answers", "a.toml", "--yes", cwd=tmp_path)
    assert applied.returncode == 0
    after = tree(tmp_path / "x")
    assert {name: text for name, text in after.items() if name in before} == before
    assert all("galaxy-setup" in name for name in after.keys() - before.keys())


def test_json_names_everything(tmp_path: Path) -> None:
    root = by_hand(tmp_path / "x")
    run = setup("import", "/srv/galaxy", "--root", "x", "--json", cwd=tmp_path)
    said = json.loads(run.stdout)
    assert run.stderr == "" and "hunter2" not in run.stdout and "s3cr3t" not in run.stdout
    assert said["install"]["release"] == {
        "value": "26.1", "file": "x/srv/galaxy/server/lib/galaxy/version.py", "line": 1,
    }  # fmt: skip
    kinds = {file["file"]: (file["kind"], file["read"], file["answers"]) for file in said["files"]}
    assert kinds["x/srv/galaxy/config/galaxy.yml"][1:] == (True, 18)
    assert kinds["x/etc/cron.d/galaxy"] == ("crontab", True, 2)
    assert len(said["not_understood"]) == len(seen(root, "/srv/galaxy").unread)


def test_many_remarks_on_one_file_are_one_line_with_all_lines(tmp_path: Path) -> None:
    options = "".join(f"  unheard_of_{number}: x\n" for number in range(5))
    put(tmp_path / "x", {"/g/galaxy.yml": f"galaxy:\n  brand: x\n{options}  debug: false\n  unheard_of: 1\n"})
    run = setup("import", "/g", "--root", "x", cwd=tmp_path)
    (line,) = run.stderr.splitlines()
    assert "galaxy.yml: 6 things not understood and left alone, lines 3-7, 9; --json names each" in line


def test_quiet_says_only_what_was_not_understood(tmp_path: Path) -> None:
    by_hand(tmp_path / "x")
    run = setup("--quiet", "import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0 and run.stdout == ""


# real files

PLACES = {
    "apache": "/etc/apache2/sites-enabled/galaxy.conf",
    "nginx": "/etc/nginx/conf.d/galaxy.conf",
    "supervisor": "/etc/supervisor/conf.d/galaxy.conf",
    "systemd": "/etc/systemd/system/galaxy.service",
    "proftpd": "/etc/proftpd/proftpd.conf",
    "job_conf_xml": "/srv/galaxy/config/job_conf.xml",
    "job_conf_yml": "/srv/galaxy/config/job_conf.yml",
    "object_store": "/srv/galaxy/config/object_store_conf.xml",
    "templated": "/etc/nginx/conf.d/template.conf",
}
MAINS = {"galaxy_yml": "galaxy.yml", "uwsgi_yml": "galaxy.yml", "galaxy_ini": "galaxy.ini"}


@pytest.mark.parametrize("kind", PLACES)
def test_real_files_beside_galaxy_s_own_never_stop_a_survey(kind: str, tmp_path: Path) -> None:
    for number, file in enumerate(sorted((need_corpus() / kind).iterdir())):
        root = tmp_path / str(number)
        main = GALAXY_INI if kind == "job_conf_xml" else GALAXY_YML
        put(root, {f"/srv/galaxy/config/galaxy.{'ini' if main is GALAXY_INI else 'yml'}": main})
        target = root / PLACES[kind].lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        before = tree(root)
        found = seen(root, "/srv/galaxy")
        assert tree(root) == before, file.name
        assert found.facts["config_file"].value.startswith("galaxy."), file.name
        for problem in found.unread:
            assert problem.file and "\n" not in str(problem), file.name


@pytest.mark.parametrize("kind", MAINS)
def test_real_configurations_are_imported_and_the_diff_is_empty(kind: str, tmp_path: Path) -> None:
    for number, file in enumerate(sorted((need_corpus() / kind).iterdir())):
        root = tmp_path / str(number)
        target = root / "srv/galaxy/config" / MAINS[kind]
        target.parent.mkdir(parents=True)
        shutil.copyfile(file, target)
        run = setup("import", "/srv/galaxy", "--root", str(root), "--to", f"{number}.toml", cwd=tmp_path)
        assert run.returncode == 0, (file.name, run.stderr)
        same = setup("diff", "--root", str(root), "--answers", f"{number}.toml", cwd=tmp_path)
        assert (same.returncode, same.stdout) == (0, ""), file.name


def test_real_programs_of_galaxy_are_recognised(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/config/galaxy.ini": GALAXY_INI})
    programs = (need_corpus() / "supervisor/dagobah__supervisor_galaxy.conf").read_text()
    put(tmp_path, {"/etc/supervisor/conf.d/g.conf": programs})
    found = seen(tmp_path, "/srv/galaxy")
    said = remarks(found)
    assert "program zergpool: command starts uWSGI" in said
    assert "program handler: command starts a job handler" in said
    assert found.facts["virtualenv"].value == "/srv/galaxy/venv"
    assert (found.facts["user"].value, found.facts["service_manager"].value) == ("galaxy", "supervisord")
    assert found.facts["log_dir"].value == "/srv/galaxy/log"
