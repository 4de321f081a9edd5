"""What is asked of the CernVM-FS client, and when its answers come to something."""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.files.data.places import LISTS, on_cvmfs
from wizard.files.hosts import runs_here
from wizard.problems import Problem

HEAD, REPOSITORIES, PROXY, CACHE, SIZE, SERVERS, KEYS = (
    f"data.cvmfs{name}"
    for name in ("", "_repositories", "_proxy", "_cache_dir", "_cache_size", "_servers", "_keys_dir")
)
DATA_REPOSITORY = "data.galaxyproject.org"


def used_here(given: Given) -> bool:
    return given.get(HEAD) is True and runs_here(given, "web", "handlers", "celery")


def unused_cvmfs(given: Given) -> Problem | None:
    """What to say when CVMFS is mounted for reference data and Galaxy is told of none of its tables."""
    mounted = given.get(REPOSITORIES, [DATA_REPOSITORY])
    if not given.get(HEAD) or DATA_REPOSITORY not in mounted:
        return None
    if any(on_cvmfs(name) for name in (given.get(LISTS) or "").split(",")):
        return None
    what = "no list of data tables is on CVMFS, so Galaxy offers none of its genomes"
    return Problem(
        what, question=LISTS, way_out="take the suggested answer: galaxy-setup explain data.tool_data_tables"
    )
