"""Variables that people write for the role: what can be told is answered, the rest is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus import need_corpus
from wizard.documents.yaml.document import YamlDocument
from wizard.exporting.ansible_reading import Playbook, Readout, read_playbook
from wizard.statefile import set_answer

GROUP = """\
srv: /srv
galaxy_layout: root-dir
galaxy_root: "{{ srv }}/galaxy"
galaxy_user: {name: galaxy, shell: /bin/bash}
galaxy_commit_id: release_25.0
galaxy_mutable_config_dir: "{{ galaxy_mutable_data_dir }}/config"
galaxy_job_config:
  runners:
    local_runner: {load: "galaxy.jobs.runners.local:LocalJobRunner", workers: 4}
  execution:
    default: local_env
    environments:
      local_env: {runner: local_runner}
galaxy_config:
  galaxy:
    brand: "Mars {{ srv }}"
    admin_users: ["{{ vault_admin }}", ada@example.org]
    id_secret: "{{ vault_id_secret }}"
    file_path: /data/datasets
    job_config: "{{ galaxy_job_config }}"
    galaxy_infrastructure_url: "https://{{ inventory_hostname }}"
  gravity:
    process_manager: systemd
    virtualenv: "{{ galaxy_venv_dir }}"
    gunicorn:
      bind: "unix:{{ galaxy_mutable_config_dir }}/gunicorn.sock"
      workers: 2
"""


def read(text: str, **files: str) -> Readout:
    return read_playbook(Playbook(YamlDocument.parse(text).get(()), files))


def test_names_and_the_layout_are_followed() -> None:
    given = read(GROUP).given
    expected: dict[str, Any] = {
        "groundwork.release": "25.0",
        "groundwork.install": "git",
        "groundwork.root": "/srv/galaxy/server",
        "groundwork.virtualenv": "/srv/galaxy/venv",
        "groundwork.config_dir": "/srv/galaxy/config",
        "groundwork.data_dir": "/srv/galaxy/var",
        "groundwork.managed_config_dir": "/srv/galaxy/var/config",
        "groundwork.user": "galaxy",
        "groundwork.brand": "Mars /srv",
        "groundwork.service_manager": "gravity-systemd",
        "data.file_path": "/data/datasets",
        "cluster.job_config": "inline",
        "cluster.default_destination": "local_env",
        "proxy.socket": "/srv/galaxy/var/config/gunicorn.sock",
        "scaling.workers": 2,
    }
    assert {path: given.get(path) for path in expected} == expected


def test_what_only_ansible_can_tell_is_no_answer_and_named() -> None:
    out = read(GROUP)
    assert not {"groundwork.id_secret", "groundwork.admin_users", "proxy.public_url"} & out.given.keys()
    said = "\n".join(map(str, out.unread))
    for name in ("admin_users.0", "id_secret", "galaxy_infrastructure_url"):
        assert f"galaxy_config.galaxy.{name}: takes more" in said


def test_a_vault_that_is_open_gives_its_secrets() -> None:
    given = read(f"{GROUP}vault_id_secret: !unsafe 'a-{{{{secret}}}}-of-its-own'\n").given
    assert given["groundwork.id_secret"].reference == "a-{{secret}}-of-its-own"


def test_what_the_role_adds_is_answered_too() -> None:
    given = read("galaxy_root: /srv/galaxy\ngalaxy_layout: root-dir\ngalaxy_commit_id: v24.2.1\n").given
    assert given["groundwork.release"] == "24.2"
    assert given["data.file_path"] == "/srv/galaxy/datasets"
    assert given["cluster.job_working_directory"] == "/srv/galaxy/jobs"
    assert (given["proxy.link"], given["proxy.address"]) == ("tcp", "localhost:8080")


@pytest.mark.parametrize("commit", ["master", "dev", "4f0bd9c", "{{ release }}"])
def test_a_commit_that_is_no_release_is_named(commit: str) -> None:
    out = read(f"galaxy_root: /srv/galaxy\ngalaxy_layout: root-dir\ngalaxy_commit_id: '{commit}'\n")
    assert "groundwork.release" not in out.given
    assert "galaxy_commit_id: names no release" in "\n".join(map(str, out.unread))


def test_nobody_knows_where_galaxy_is() -> None:
    out = read("galaxy_config: {galaxy: {brand: T}}\n")
    assert "groundwork.brand" not in out.given
    assert "nobody knows where galaxy.yml belongs" in str(out.unread[-1])


def test_files_that_the_variables_name_are_read() -> None:
    more = (
        "galaxy_config_templates: [{src: a/job_conf.yml.j2, dest: '{{ galaxy_config_dir }}/job_conf.yml'}]\n"
    )
    text = GROUP.replace('    job_config: "{{ galaxy_job_config }}"\n', "") + more
    conf = "execution:\n  default: x\n  environments:\n    x: {runner: r}\nrunners:\n  r: {load: '%s'}\n"
    template = conf % "galaxy.jobs.runners.local:LocalJobRunner"
    given = read(text, **{"templates/a/job_conf.yml.j2": template}).given
    assert given["cluster.default_destination"] == "x" and given["cluster.job_config"] == "file"
    out = read(text, **{"templates/a/job_conf.yml.j2": template + "{% if x %}{% endif %}"})
    assert "cluster.default_destination" not in out.given
    assert "its template a/job_conf.yml.j2 takes more" in "\n".join(map(str, out.unread))
    assert "is not beside the variables" in "\n".join(map(str, read(text).unread))


def test_what_other_people_wrote_is_read_and_every_answer_fits() -> None:
    files = sorted(need_corpus().glob("templated/group_vars__*"))
    assert files
    for file in files:
        held = YamlDocument.parse(file.read_text(encoding="utf-8"), file.name).get(())
        out = read_playbook(Playbook(held))
        text = ""
        for path, value in out.given.items():
            text = set_answer(text, path, value)
            assert "{{" not in str(value) and "{%" not in str(value), (file.name, path)
        assert out.given and out.unread
