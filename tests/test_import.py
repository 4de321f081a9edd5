"""Import: the answers behind an existing install. Importing and applying changes no byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.corpus import need_corpus
from tests.test_headless import CONFIG, setup, tree


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A whole install below x/, that galaxy-setup knows nothing of."""
    setup("--answers", "single-server", "--root", "x", cwd=tmp_path)
    config = tmp_path / "x" / CONFIG
    (config / "galaxy-setup.toml").unlink()
    shutil.rmtree(config / ".galaxy-setup")
    version = tmp_path / "x/srv/galaxy/server/lib/galaxy/version.py"
    version.parent.mkdir(parents=True)
    version.write_text('VERSION_MAJOR = "26.1"\nVERSION_MINOR = "2"\n')
    return tmp_path / "x"


@pytest.mark.parametrize("directory", ["/srv/galaxy/config", "/srv/galaxy", "x/srv/galaxy"])
def test_importing_changes_nothing_and_the_diff_is_empty(
    directory: str, install: Path, tmp_path: Path
) -> None:
    before = tree(install)
    run = setup("import", directory, "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    state = install / CONFIG / "galaxy-setup.toml"
    kept = ("applied.json", "history/0001.json", "lock")
    ours = (state.name, *(f".galaxy-setup/{name}" for name in kept))
    assert {name: text for name, text in tree(install).items() if not name.endswith(ours)} == before
    assert state.stat().st_mode & 0o777 == 0o600, "it holds the id_secret"
    same = setup("diff", "--root", "x", cwd=tmp_path)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    again = setup("apply", "--yes", "--root", "x", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "nothing to do\n")


def test_the_answers_of_every_file_are_found(install: Path, tmp_path: Path) -> None:
    run = setup("import", "/srv/galaxy", "--root", "x", "--json", cwd=tmp_path)
    found = json.loads(run.stdout)["answers"]
    value = {path: answer["value"] for path, answer in found.items()}
    for path, expected in {
        "groundwork.release": "26.1",
        "database.engine": "postgresql",
        "database.socket": "/var/run/postgresql",
        "proxy.server": "nginx",
        "proxy.host_name": "galaxy.example.org",
        "proxy.tls": "letsencrypt",
        "scaling.workers": "4",
        "scaling.strategy": "dynamic-handlers",
        "celery.broker": "redis",
        "cluster.default_destination": "local",
    }.items():
        assert value[path] == expected, path
    galaxy_yml = (install / CONFIG / "galaxy.yml").read_text().splitlines()
    assert "workers: 4" in galaxy_yml[found["scaling.workers"]["line"] - 1]
    assert value["groundwork.id_secret"].startswith("<secret ")


def test_one_answer_changed_after_an_import_touches_its_own_lines(install: Path, tmp_path: Path) -> None:
    setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    state = install / CONFIG / "galaxy-setup.toml"
    state.write_text(state.read_text().replace('max_body_size = "10g"', 'max_body_size = "20g"'))
    run = setup("diff", "--root", "x", cwd=tmp_path)
    changed = [
        line
        for line in run.stdout.splitlines()
        if line.startswith(("-", "+")) and line[1:3] not in ("--", "++")
    ]
    assert changed == ["-    client_max_body_size 10g;", "+    client_max_body_size 20g;"]


def test_files_that_disagree_leave_the_answer_open(install: Path, tmp_path: Path) -> None:
    site = install / "etc/nginx/sites-available/galaxy"
    site.write_text(site.read_text().replace("/srv/galaxy/var/gunicorn.sock", "/run/other.sock"))
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0
    assert any("proxy.socket" in line and "galaxy.yml:" in line for line in run.stderr.splitlines())
    assert "other.sock" not in (install / CONFIG / "galaxy-setup.toml").read_text()
    assert setup("diff", "--root", "x", cwd=tmp_path).returncode == 0


def test_an_import_never_writes_over_answers(install: Path, tmp_path: Path) -> None:
    setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    before = tree(install)
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2 and "--to" in run.stderr
    assert tree(install) == before
    assert setup("import", "/srv/galaxy", "--root", "x", "--to", "copy.toml", cwd=tmp_path).returncode == 0


def test_an_install_behind_a_link_of_the_root_is_found(install: Path, tmp_path: Path) -> None:
    (install / "data").mkdir()
    (install / "srv/galaxy").rename(install / "data/galaxy")
    (install / "srv/galaxy").symlink_to("/data/galaxy")
    for directory in ("/srv/galaxy", "x/srv/galaxy"):
        run = setup("import", directory, "--root", "x", "--to", "copy.toml", cwd=tmp_path)
        assert (run.returncode, run.stderr) == (0, "")
        assert 'release = "26.1"' in (tmp_path / "copy.toml").read_text()
        (tmp_path / "copy.toml").unlink()


def test_a_hidden_directory_keeps_its_dot(install: Path, tmp_path: Path) -> None:
    (install / "srv/galaxy").rename(install / ".galaxy")
    run = setup("import", "/.galaxy", "--root", "x", "--to", "copy.toml", cwd=tmp_path)
    assert run.returncode == 0, run.stderr


def test_a_release_that_may_not_be_looked_at_is_named_and_left_out(install: Path, tmp_path: Path) -> None:
    version = install / "srv/galaxy/server/lib/galaxy/version.py"
    version.unlink()
    version.symlink_to(version.name)
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0
    assert any("version.py" in line and "circle" in line for line in run.stderr.splitlines())


def test_a_directory_without_a_galaxy_is_one_line(tmp_path: Path) -> None:
    run = setup("import", "/nowhere", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1 and "galaxy.yml" in run.stderr


def test_another_site_that_is_broken_stops_nothing(install: Path, tmp_path: Path) -> None:
    (install / "etc/nginx/conf.d").mkdir(parents=True)
    (install / "etc/nginx/conf.d/aaa.conf").write_text("server {\n")
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0
    assert any("aaa.conf" in line for line in run.stderr.splitlines())


def test_real_galaxy_ymls_are_imported_without_a_change(tmp_path: Path) -> None:
    corpus = need_corpus()
    for number, file in enumerate(sorted(Path(corpus, "galaxy_yml").iterdir())):
        config = tmp_path / f"r{number}/etc/galaxy"
        config.mkdir(parents=True)
        (config / "galaxy.yml").write_bytes(file.read_bytes())
        run = setup("import", "/etc/galaxy", "--root", f"r{number}", cwd=tmp_path)
        assert run.returncode == 0, (file.name, run.stderr)
        state = str(config / "galaxy-setup.toml")
        same = setup("diff", "--root", f"r{number}", "--state", state, cwd=tmp_path)
        assert (same.returncode, same.stdout) == (0, ""), file.name


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    for name in ("g[1]", "a b", "it's", "*"):
        config = tmp_path / "x/srv" / name / "config"
        config.mkdir(parents=True)
        (config / "galaxy.yml").write_text("galaxy:\n  brand: x\n")
        run = setup("import", f"/srv/{name}", "--root", "x", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (config / "galaxy-setup.toml").exists()


def test_what_no_answer_can_say_is_named_and_the_rest_imported(tmp_path: Path) -> None:
    root = tmp_path / "x"
    (root / "srv/galaxy/config").mkdir(parents=True)
    (root / "srv/galaxy/config/galaxy.yml").write_text("galaxy:\n  brand: x\n")
    site = root / "etc/nginx/sites-enabled/galaxy\n.conf"
    site.parent.mkdir(parents=True)
    site.write_text(
        "upstream galaxy { server localhost:8080; }\n"
        "server { listen 80; server_name g.example.org; location / { proxy_pass http://galaxy; } }\n"
    )
    run = setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "proxy.site_file" in run.stderr
    assert 'brand = "x"' in (root / "srv/galaxy/config/galaxy-setup.toml").read_text()
    assert setup("diff", "--root", "x", cwd=tmp_path).returncode == 0
