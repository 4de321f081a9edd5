"""Export and import are one: what the role's variables carry comes back as the same answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporting.scenes import SECRET, plan_of, plan_with, preset_plan
from tests.preset_hosts import cases, runs_galaxy
from wizard.documents.yaml.document import Tagged, YamlDocument
from wizard.exporting.ansible_reading import Playbook, read_playbook
from wizard.exporting.ansible_variables import Export, export, notes_on
from wizard.exporting.playbook import variables_text, vault_text
from wizard.files.hosts import HOST, HOSTS
from wizard.files.lens import same_answer
from wizard.problems import Refused

GOLDEN = Path(__file__).parent / "golden"
SERVERS = [(name, host) for name, host in cases() if host is None or runs_galaxy(name, host)]
ALWAYS_LEFT = {"groundwork.shared_filesystem", "groundwork.shared_mount", "data.object_store", "data.ftp"}
"""What stands in no file: facts about the machine, and answers that say what goes without saying."""
ROLES_OWN = {
    "proxy.site_file",
    "data.tool_data_path",
    "data.file_path",
    "cluster.job_working_directory",
    "cluster.tool_dependency_dir",
}
FALSE_OR_EMPTY = ("proxy.",)
"""A site answers these by what is not in it."""

PASSWORDS = """
[groundwork]
id_secret = "pl4nted-id-secret"
[database]
connect = "tcp"
host = "db.example.org"
password = "pl4nted {{ p%ss }} @:/"
[celery]
broker_password = "pl4nted-broker"
"""


def back(done: Export) -> dict[str, Any]:
    """The answers that the written texts give, secrets from the vault's file."""
    variables = YamlDocument.parse(variables_text(done)).get(())
    secrets = YamlDocument.parse(vault_text(done)).get(())
    return read_playbook(Playbook({**variables, **(secrets or {})}, done.files)).given


@pytest.mark.parametrize(("name", "host"), SERVERS)
def test_every_preset_comes_back(name: str, host: str | None) -> None:
    plan = preset_plan(name, host)
    done = export(plan)
    found = back(done)
    lost = {path for path in plan.given if not same_answer(found.get(path), plan.given[path])} - {HOST, HOSTS}
    assert lost == set(done.left), "what does not come back is named"
    if host is None:
        assert lost - ALWAYS_LEFT <= ({"proxy.server", "scaling.strategy"} if name == "trial" else set())
        assert not done.unwritten
    more = {path: value for path, value in found.items() if path not in plan.given}
    for path, value in more.items():
        assert path in ROLES_OWN or (path.startswith(FALSE_OR_EMPTY) and value in (False, [], "http")), path


BRANDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None)
@given(BRANDS | st.sampled_from(["{{ x }}", "{% raw %}", "{#", "yes", "0640", "{{{", "a: b", "'", '"']))
def test_any_text_comes_back(brand: str) -> None:
    given = {**preset_plan("trial").given, "groundwork.brand": brand}
    assert back(export(plan_of(given)))["groundwork.brand"] == brand


def test_pyyaml_reads_what_the_planned_file_says() -> None:
    """Ansible reads variables with PyYAML, as Galaxy does its own file."""
    plan = preset_plan("slurm-cluster")
    said = yaml.safe_load(variables_text(export(plan)))["galaxy_config"]
    planned = yaml.safe_load(plan.files[0].after)
    assert said["galaxy"].pop("id_secret") == "{{ vault_id_secret }}"
    assert planned["galaxy"].pop("id_secret")
    assert said == planned


def test_no_secret_is_in_what_is_written() -> None:
    done = export(plan_with(PASSWORDS))
    said = "\n".join([variables_text(done), *done.files.values(), repr(done), *map(str, notes_on(done))])
    assert "pl4nted" not in said
    assert done.vault.held.keys() == {
        "vault_id_secret",
        "vault_database_connection_password",
        "vault_celery_conf_broker_url_password",
    }
    config = done.variables["galaxy_config"]["galaxy"]
    url = "postgresql://galaxy:{{ vault_database_connection_password }}@db.example.org/galaxy"
    assert config["database_connection"] == url
    assert vault_text(done).count("pl4nted") == 3
    assert back(done)["database.password"] == plan_with(PASSWORDS).given["database.password"]


def test_a_file_that_holds_a_secret_is_a_template() -> None:
    plan = plan_with(
        f"""
[data]
object_store = "distributed"
object_store_file = "/srv/galaxy/config/object_store_conf.yml"
[[data.backends]]
id = "one"
kind = "s3"
bucket = "b"
weight = 1
access_key = "{SECRET}"
secret_key = "{SECRET}-too"
"""
    )
    done = export(plan)
    source = "templates/galaxy/config/object_store_conf.yml.j2"
    assert done.variables["galaxy_config_templates"][0]["src"] == source
    assert SECRET not in done.files[source] and "{{ vault_object_store_conf_yml }}" in done.files[source]
    assert same_answer(back(done)["data.backends"], plan.given["data.backends"])


def test_the_layout_is_that_of_the_places() -> None:
    def layout(text: str) -> Any:
        return export(plan_with(text, "trial")).variables["galaxy_layout"]

    assert layout('[groundwork]\nroot = "/srv/galaxy/server"') == "root-dir"
    places = '[groundwork]\nroot = "/opt/galaxy"\nvirtualenv = "/opt/venv"\ndata_dir = "/data"'
    assert layout(places) == "custom"


def test_a_host_without_galaxy_is_refused() -> None:
    with pytest.raises(Refused, match=r"no galaxy\.yml"):
        export(preset_plan("multi-host", "db.example.org"))


def test_a_server_under_uwsgi_is_refused() -> None:
    with pytest.raises(Refused, match="upgrade to a release with Gravity first"):
        export(
            plan_of(
                {"groundwork.release": "21.05", "groundwork.root": "/srv/galaxy", "groundwork.brand": "T"}
            )
        )


def test_one_server_is_written_as_it_was() -> None:
    text = variables_text(export(preset_plan("single-server")))
    golden = GOLDEN / "single-server.yml"
    if os.environ.get("GALAXY_SETUP_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text(encoding="utf-8")


def test_vaults_keep_signs_of_jinja() -> None:
    done = export(plan_with(PASSWORDS))
    held = YamlDocument.parse(vault_text(done)).get(())
    assert isinstance(held["vault_database_connection_password"], (str, Tagged))
    assert held["vault_id_secret"] == "pl4nted-id-secret"
