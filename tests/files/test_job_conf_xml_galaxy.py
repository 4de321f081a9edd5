"""Galaxy itself reads from job_conf.xml what was answered, and the same as from job_conf.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.files.job_confs import DESTINATIONS, FILE
from tests.files.job_confs_xml import HANDLERS, XML, corpus
from tests.files.test_job_conf_galaxy import every_kind
from wizard.answers.cluster import Destination

# Galaxy itself


@pytest.mark.consumer
def test_galaxy_reads_from_xml_what_it_reads_from_yaml(galaxy: Ask, tmp_path: Path) -> None:
    answers = {**every_kind(), **HANDLERS}
    boxed = Destination(id="boxed", runner="local", container="docker", params={"docker_net": "bridge"})
    answers[DESTINATIONS] = [*answers[DESTINATIONS], boxed]
    seen = {}
    for lens in (FILE, XML):
        file = tmp_path / lens.name
        file.write_text(lens.write(answers, lens.skeleton(answers), lens.name).text)
        seen[lens.name] = galaxy("job_conf", file)
        assert seen[lens.name]["problems"] == []
    for name, view in seen.items():
        assert view["environments"]["slurm"]["env"], name
        assert (view["default"], view["default_handler"], view["assign"]) == (
            "slurm",
            "h0",
            ["db-skip-locked"],
        )
        assert view["handlers"]["a"] == ["h0"]
    assert as_texts(seen["job_conf.xml"]) == as_texts(seen["job_conf.yml"])


def as_texts(view: dict[str, Any]) -> Any:
    """What Galaxy saw, as both syntaxes say it: XML has only texts, and says of sudo what YAML implies."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items() if part not in (None, False)}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return str(value).lower() if isinstance(value, (bool, int, float)) else value

    for environment in view["environments"].values():
        docker = str(environment["params"].get("docker_enabled")).lower() == "true"
        sudo = str(environment["params"].pop("docker_sudo", "false")).lower()
        assert sudo == "false" or not docker
    for runner in view["runners"].values():
        runner["workers"] = runner["workers"] or 4  # XML counts what YAML leaves to Galaxy's default
    return plain(view)


@pytest.mark.consumer
def test_galaxy_sees_a_change_to_its_own_sample_and_nothing_else(galaxy: Ask, tmp_path: Path) -> None:
    text = next(path for path in corpus() if "upstream_26.1__job_conf" in path.name).read_bytes().decode()
    text = text.replace("foohost_destination", "foo")
    given = XML.read(text, "job_conf.xml").given
    rows = [
        row.model_copy(update={"cores": 7}) if row.id == "multicore_local" else row
        for row in given[DESTINATIONS]
    ]
    before, after = tmp_path / "before.xml", tmp_path / "after.xml"
    before.write_text(text)
    after.write_text(XML.write({**given, DESTINATIONS: rows}, text, "job_conf.xml").text)
    was, now = galaxy("job_conf", before), galaxy("job_conf", after)
    assert was["environments"]["multicore_local"]["params"].pop("local_slots") == "4"
    assert now["environments"]["multicore_local"]["params"].pop("local_slots") == "7"
    assert [now.pop(key) for key in ("runners", "environments", "tools", "limits", "handlers")] == [
        was.pop(key) for key in ("runners", "environments", "tools", "limits", "handlers")
    ]
