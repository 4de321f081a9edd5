"""What rules say of files that other people wrote: each line of it was judged by hand, and nothing else may be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.advice.scenes import MACHINE
from tests.corpus import need_corpus
from wizard.advice.advising import advice
from wizard.advice.register import rules
from wizard.advice.scene import scene
from wizard.disk import Disk
from wizard.plan import make_plan
from wizard.survey.surveying import survey

CONFIG = "/srv/galaxy/config"
YML, INI = f"{CONFIG}/galaxy.yml", f"{CONFIG}/galaxy.ini"
JOB_XML, STORE = f"{CONFIG}/job_conf.xml", f"{CONFIG}/object_store_conf.xml"
OWN = [rule for rule in rules() if rule.code.startswith(("cluster.", "jobs.", "data.", "accounts."))]
MAIN = """\
galaxy:
  id_secret: a key of theirs
  enable_quotas: true
  job_config_file: job_conf.xml
"""
SERVERS: dict[str, tuple[dict[str, str], set[str]]] = {
    "a sample of today, with nothing in it": (
        {YML: "galaxy_yml/upstream_26.1__galaxy.yml.sample"},
        {"accounts.id-secret-published", "data.no-quotas"},
    ),
    "outputs in the job directory": (
        {YML: "galaxy_yml/johnnas12__galaxy.yml"},
        {"accounts.id-secret-published", "data.no-quotas", "jobs.metadata-after-move"},
    ),
    "debug and its Python prompt": (
        {INI: "galaxy_ini/adefelicibus__galaxy.ini"},
        {"accounts.id-secret-published", "accounts.debug", "accounts.interactive-debugger", "data.no-quotas"},
    ),
    "the same prompt, and no debug": (
        {INI: "galaxy_ini/galaxy-genome-annotation__galaxy.ini"},
        {"accounts.debugger-at-hand", "data.no-quotas"},
    ),
    "job directories that are kept for ever": (
        {INI: "galaxy_ini/ncgas__galaxy.ini"},
        {"accounts.id-secret-published", "jobs.never-removed", "data.no-quotas"},
    ),
    "Pulsar servers that anybody can use": (
        {JOB_XML: "job_conf_xml/adefelicibus__job_conf.xml"},
        {"cluster.pulsar-open"},
    ),
    "a cluster, and a default that is this host": (
        {JOB_XML: "job_conf_xml/vazovn__job_conf.xml"},
        {"jobs.on-this-host"},
    ),
    "Slurm, and uploads on this host": (
        {JOB_XML: "job_conf_xml/bgruening__test_slurm_job_conf.xml"},
        {"jobs.uploads-on-this-host", "jobs.no-user-limit", "jobs.no-walltime"},
    ),
    "many Slurm destinations with limits": (
        {JOB_XML: "job_conf_xml/artbio__artbio_job_conf.xml"},
        {"jobs.no-walltime"},
    ),
    "TORQUE through pbs_python": ({JOB_XML: "job_conf_xml/dmorais__job_conf.xml"}, {"cluster.pbs-python"}),
    "Kubernetes": (
        {JOB_XML: "job_conf_xml/phnmnl__job_conf.xml"},
        {"cluster.kubernetes-user"},
    ),
    "rules that choose every destination": ({JOB_XML: "job_conf_xml/usegalaxy-eu__job_conf.xml"}, set()),
    "containers of a runner that is gone": (
        {JOB_XML: "job_conf_xml/pmandreoli__chronos_job_conf.xml"},
        set(),
    ),
    "a part that is merged into another file": (
        {JOB_XML: "job_conf_xml/cptac3-cdap__job_conf.xml"},
        {"jobs.unknown-destination", "jobs.unknown-runner"},
    ),
}


def told(root: Path, files: dict[str, str]) -> set[str]:
    """The codes that are said of an install with these files, imported."""
    for path, text in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    disk = Disk(root)
    given = survey(disk, CONFIG).given
    seen = scene(make_plan(given, disk), disk, MACHINE, given)
    return {one.code for one in advice(seen, said_by=OWN)}


@pytest.mark.parametrize("name", SERVERS)
def test_an_expert_would_say_the_same(name: str, tmp_path: Path) -> None:
    corpus = need_corpus()
    files, expected = SERVERS[name]
    texts = {path: (corpus / file).read_text(encoding="utf-8") for path, file in files.items()}
    main = {} if texts.keys() & {YML, INI} else {YML: MAIN}
    assert told(tmp_path, {**main, **texts}) == expected


def test_no_rule_has_anything_against_an_object_store_that_works(tmp_path: Path) -> None:
    stores = sorted((need_corpus() / "object_store").glob("*.xml*"))
    main = f"{MAIN}  object_store_config_file: object_store_conf.xml\n"
    for number, file in enumerate(stores):
        text = file.read_text(encoding="utf-8")
        assert told(tmp_path / str(number), {YML: main, STORE: text}) == set(), file.name
    assert stores
