"""Which job runner plugins, and schedulers of the plugin with commands, a release does not have yet.

Source: the modules of the package galaxy-app on PyPI, 20.05 to 26.1 (galaxy/jobs/runners, runners/util/cli/job). 22.05
is not there; a plugin that 22.01 lacks and 23.0 has is taken to be in it.
"""

from __future__ import annotations

from wizard.releases.release import Release

_LAST_WITHOUT = {
    kind: Release.parse(text)
    for kind, text in {
        "aws-batch": "22.01",
        "tes": "22.01",
        "google-batch": "25.1",
        "htcondor": "26.0",
    }.items()
}
_LAST_WITHOUT_SCHEDULER = {"openpbs": Release.parse("21.09")}


def lacks_runner(release: Release, kind: str) -> bool:
    """Whether `release` has no plugin for this kind of runner (cluster.runners)."""
    return kind in _LAST_WITHOUT and release <= _LAST_WITHOUT[kind]


def lacks_scheduler(release: Release, scheduler: str) -> bool:
    """Whether the plugin with commands does not know this scheduler (cluster.destinations) in `release`."""
    return scheduler in _LAST_WITHOUT_SCHEDULER and release <= _LAST_WITHOUT_SCHEDULER[scheduler]
