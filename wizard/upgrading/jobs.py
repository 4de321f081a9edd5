"""The job configuration in the newer release: methods of assigning jobs that went with uWSGI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.disk import Disk, FileState
from wizard.documents.tree import REMOVE
from wizard.files.jobs.conf import InlineJobConf, JobConf, JobConfFile
from wizard.files.jobs.conf_xml import JobConfXml
from wizard.releases.release import Release, facts
from wizard.upgrading.report import Row

_LENSES: tuple[JobConf, ...] = (InlineJobConf(), JobConfFile(), JobConfXml())
_ASSIGN = ("handling", "assign")


def without_lost_methods(
    given: Given, disk: Disk, texts: Mapping[str, FileState], target: Release
) -> tuple[dict[str, FileState], tuple[Row, ...]]:
    """The job configurations without methods that `target` has not, and a row for each, over the converted `texts`."""
    known, found = facts(target).handler_assignment, dict(texts)
    rows: list[Row] = []
    for lens in _LENSES if known else ():
        place = lens.target(given)
        state = (found.get(place.path) or disk.read(place.path)) if place is not None else None
        if place is None or state is None:
            continue
        shown = disk.shown(place.path)
        document = lens.document(state.text, shown)
        path = (*lens.root, *_ASSIGN)
        held: Any = document.get(path)
        methods = [held] if isinstance(held, str) else held if isinstance(held, list) else []
        kept = [method for method in methods if method in known]
        if kept == methods:
            continue
        line = document.line(path)
        for method in methods:
            if method not in known:
                what = f"Galaxy {target} has no such way to assign jobs"
                rows.append(Row(f"{'.'.join(_ASSIGN)} {method}", "dropped", what, shown, line))
        found[place.path] = replace(state, text=document.edit({path: kept or REMOVE}))
    return found, tuple(rows)
