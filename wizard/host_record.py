"""What one of several hosts knows of its last apply, where they share the configuration directory.

Each host has a record of its own. A file that another host's apply left as it is now was not edited by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.disk import Disk
from wizard.file_plan import Since
from wizard.files import LENSES
from wizard.files.hosts import (
    RECORD,
    as_on,
    hosts_of,
    may_be_shared,
    record_folder,
    record_folders,
    this_host,
)
from wizard.files.lens import Lens
from wizard.files.places import in_config_dir
from wizard.plan import Plan, held_secrets
from wizard.problems import Problem
from wizard.record import AppliedFile, Record, recall


def last_apply(given: Given, disk: Disk, lenses: Sequence[Lens] = LENSES) -> Record | None:
    """The record of the last apply for this host; None where there was none. Raises Refused for an unreadable one.

    A host that was never applied to knows of the shared files what another one knows.
    """
    folder = record_folder(given)
    own = recall(disk.real(folder)) if folder is not None else None
    if this_host(given) is None:
        return own
    others = [record for one in record_folders(given) if (record := recall(disk.real(one))) is not None]
    others.sort(key=lambda record: record.applied_at, reverse=True)
    elsewhere = _needed_by_others(given, lenses)
    known = own.files if own is not None else {}
    left = _left_by(others, known, given, disk)
    files = {path: file for path, file in {**known, **left}.items() if path not in elsewhere}
    base = own or (others[0] if files else None)
    if base is not None:
        return replace(base, files=files)
    base = _of_one_machine(given, disk)
    if base is None:
        return None
    return replace(base, files={path: file for path, file in base.files.items() if path not in elsewhere})


def _left_by(
    others: Sequence[Record], known: Mapping[str, AppliedFile], given: Given, disk: Disk
) -> dict[str, AppliedFile]:
    """The shared files that are just as another host's apply left them, and not as this one's did."""
    found: dict[str, AppliedFile] = {}
    for record in others:
        for path, file in record.files.items():
            if path in found or not may_be_shared(given, path):
                continue
            own, state = known.get(path, file), disk.read(path)
            if state is not None and state.text == file.text and (path not in known or own.text != file.text):
                found[path] = replace(own, text=file.text)
    return found


def _of_one_machine(given: Given, disk: Disk) -> Record | None:
    """The record from before there were hosts, of those files that are on this one."""
    folder = in_config_dir(given, RECORD)
    record = recall(disk.real(folder)) if folder is not None else None
    if record is None:
        return None
    return replace(record, files={path: file for path, file in record.files.items() if disk.is_file(path)})


def _needed_by_others(given: Given, lenses: Sequence[Lens]) -> set[str]:
    """The files in the configuration directory that other hosts need and this one does not: not ours to take back."""
    here = _targets(given, lenses)
    others = {
        path
        for row in hosts_of(given)
        for path in _targets(as_on(given, row.name), lenses)
        if path not in here
    }
    return {path for path in others if may_be_shared(given, path)}


def _targets(given: Given, lenses: Sequence[Lens]) -> set[str]:
    return {target.path for lens in lenses if (target := lens.target(given)) is not None}


def secrets_of_others(wanted: Collection[str], given: Given, disk: Disk) -> dict[str, Any]:
    """Those of the `wanted` secrets that another host made, as far as it left them in the directory that they share."""
    found: dict[str, Any] = {}
    if not wanted or this_host(given) is None:
        return found
    for folder in record_folders(given):
        record = recall(disk.real(folder))
        held = record.given if record is not None else {}
        found.update({path: held[path] for path in wanted if path in held})
    for row in hosts_of(given):
        there = as_on(given, row.name)
        shared = [
            lens
            for lens in LENSES
            if (target := lens.target(there)) is not None and may_be_shared(there, target.path)
        ]
        found.update(held_secrets(there, disk, shared))
    return found


def on_this_host(plan: Plan, given: Given, since: Since, disk: Disk) -> Plan:
    """`plan` without what is another host's matter, and with what this one has no need of any more."""
    if this_host(given) is None:
        return plan
    return replace(
        plan,
        drift=tuple(one for one in plan.drift if one.overwritten or not may_be_shared(given, one.path)),
        left=(*plan.left, *_unneeded(plan, since, disk)),
    )


def _unneeded(plan: Plan, since: Since, disk: Disk) -> Iterator[Problem]:
    present = {file.path for file in plan.files}
    named = {problem.file for problem in plan.left}
    for path in since.record.files:
        if path not in present and disk.shown(path) not in named and disk.is_file(path):
            what = "was written for this host, which has no need of it any more; it is left as it is"
            yield Problem(what, disk.shown(path), way_out="stop what it starts, and remove it")
