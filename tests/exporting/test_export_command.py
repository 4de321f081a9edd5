"""`galaxy-setup export` and `import` of what it wrote: files, modes, statuses, and what is never written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.exporting.scenes import plan_of
from tests.planted.room import Room
from tests.preset_hosts import answers_of, answers_on
from tests.test_headless import setup
from wizard import statefile
from wizard.answers.hosts import Host
from wizard.exporting.one_host import answers_text, narrowed
from wizard.files import LENSES

ON = ("--answers", "single-server", "--root", "x")
HOSTS = """
[groundwork]
root = "/srv/galaxy/server"
config_dir = "/srv/galaxy/config"
shared_mount = "/srv/galaxy"
virtualenv = "/srv/galaxy/venv"
user = "galaxy"
service_manager = "systemd"
id_secret = "pl4nted-id-secret"

[proxy]
server = "nginx"
site_file = "/etc/nginx/conf.d/galaxy.conf"
host_name = "galaxy.example.org"
link = "tcp"
address = "web:8080"

[[hosts]]
name = "web"
runs = ["web"]

[[hosts]]
name = "jobs"
runs = ["handlers"]

[[hosts]]
name = "front"
runs = ["proxy"]
"""
VARIABLES = "group_vars/galaxyservers/variables.yml"


def test_standard_output_is_the_variables_alone(tmp_path: Path) -> None:
    said = setup("export", "ansible", *ON, cwd=tmp_path)
    assert said.returncode == 0
    assert yaml.safe_load(said.stdout)["galaxy_root"] == "/srv/galaxy"
    assert "files/galaxy/config/job_conf.yml: is named by the variables, and not written" in said.stderr
    assert "set the variable vault_id_secret in a vault" in said.stderr
    assert not list(tmp_path.iterdir())


def test_a_playbook_there_and_back(tmp_path: Path) -> None:
    said = setup("export", "ansible", *ON, "--to", "book", "--with-secrets", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    vault = tmp_path / "book/group_vars/galaxyservers/vault.yml"
    assert vault.stat().st_mode & 0o777 == 0o600
    for place in ("book", "book/group_vars", f"book/{VARIABLES}"):
        target = tmp_path / f"{place.replace('/', '-')}.toml"
        said = setup("import", place, "--to", str(target), cwd=tmp_path)
        assert said.returncode == 0, said.stderr
        given = statefile.load(target.read_text(), "a").answers.given()
        assert given["scaling.workers"] == 4 and given["cluster.default_destination"] == "local"
        assert given["proxy.host_name"] == "galaxy.example.org"
        assert ("groundwork.id_secret" in given) == (place != f"book/{VARIABLES}")
    assert setup("import", "book", "--to", "book.toml", cwd=tmp_path).returncode == 2, (
        "writes over no answers"
    )


def test_an_encrypted_vault_is_named_and_not_read(tmp_path: Path) -> None:
    setup("export", "ansible", *ON, "--to", "book", cwd=tmp_path)
    (tmp_path / "book/group_vars/galaxyservers/vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3636\n")
    said = setup("import", "book", "--to", "a.toml", "--json", cwd=tmp_path)
    found = json.loads(said.stdout)
    assert any("vault.yml: is encrypted" in one for one in found["not_understood"])
    assert "groundwork.id_secret" not in found["answers"]


def test_nothing_of_somebody_elses_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "book" / VARIABLES
    file.parent.mkdir(parents=True)
    file.write_text("galaxy_root: /mine\n")
    said = setup("export", "ansible", *ON, "--to", "book", cwd=tmp_path)
    assert said.returncode == 2 and "says something else; give --force" in said.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert setup("export", "ansible", *ON, "--to", "book", "--force", cwd=tmp_path).returncode == 0
    assert "/mine" not in file.read_text()


def test_several_groups_are_asked_about(tmp_path: Path) -> None:
    for group in ("test", "production"):
        (tmp_path / "group_vars" / group).mkdir(parents=True)
        (tmp_path / "group_vars" / group / "vars.yml").write_text(f"galaxy_root: /srv/{group}\n")
    (tmp_path / "group_vars/all.yml").write_text("galaxy_layout: root-dir\n")
    said = setup("import", ".", "--to", "a.toml", cwd=tmp_path)
    assert said.returncode == 2 and "several groups have a Galaxy: production, test" in said.stderr
    assert setup("import", "group_vars/test", "--to", "a.toml", cwd=tmp_path).returncode == 0


def test_a_host_gets_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HOSTS)
    answers = ("--answers", "a.toml", "--root", "x")
    said = setup("export", "ansible", *answers, cwd=tmp_path)
    assert said.returncode == 2 and "--host" in said.stderr
    said = setup("export", "ansible", *answers, "--host", "web", "--to", "book", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "book/host_vars/web/variables.yml").is_file()
    assert "none of these roles writes this file" in said.stderr, "units"
    assert setup("import", "book/host_vars/web", "--to", "b.toml", cwd=tmp_path).returncode == 0


def test_the_answers_of_one_host_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HOSTS)
    answers = ("--answers", "a.toml", "--root", "x")
    said = setup("export", "answers", *answers, "--host", "front", "--to", "front.toml", cwd=tmp_path)
    assert said.returncode == 0 and "no file of this host takes this secret" in said.stderr
    assert "pl4nted" not in (tmp_path / "front.toml").read_text()
    alone = setup("diff", "--answers", "front.toml", "--root", "x", cwd=tmp_path)
    named = setup("diff", *answers, "--host", "front", cwd=tmp_path)
    assert alone.returncode == 1 and alone.stdout.replace("front.toml", "a.toml") == named.stdout
    said = setup("export", "answers", *answers, "--host", "web", "--to", "web.toml", cwd=tmp_path)
    assert (tmp_path / "web.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("row", answers_of("multi-host")["scaling.hosts"], ids=lambda row: row.name)
def test_the_answers_of_one_host_write_the_same_files(row: Host) -> None:
    name: str = row.name
    whole = answers_of("multi-host")
    text = answers_text(narrowed(whole, name, LENSES))
    alone = statefile.load(text, "a.toml").answers.given()
    assert alone["scaling.host"] == name
    then, now = plan_of(alone), plan_of(answers_on("multi-host", name))
    assert [(file.path, file.after) for file in then.files] == [(file.path, file.after) for file in now.files]


def test_a_secret_of_other_hosts_stays_there() -> None:
    whole = answers_of("multi-host")
    secrets = {"groundwork.id_secret", "database.password"} & whole.keys()
    assert secrets <= narrowed(whole, "web.example.org", LENSES).keys()
    assert not secrets & narrowed(whole, "db.example.org", LENSES).keys()


@pytest.mark.parametrize(("scene", "source"), [("gunicorn", "value"), ("gunicorn", "env"), ("urls", "value")])
def test_planted_secrets_are_in_nothing_that_is_said_or_written(
    scene: str, source: str, tmp_path: Path
) -> None:
    room = Room(tmp_path / "room", scene, source)  # type: ignore[arg-type]
    room.place.mkdir()
    room.plant()
    what = ("--answers", "a.toml", "--root", "x", "--debug", "--log", "run.log")
    said = room.run("export", "ansible", *what, status=0)
    assert "vault_" in said
    room.run("export", "ansible", *what, "--to", "book", "--with-secrets", status=0)
    room.run("import", "book", "--to", "back.toml", "--json", status=0)
