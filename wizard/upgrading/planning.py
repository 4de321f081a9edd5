"""The plan of an upgrade: the newer answers over files that are converted already, against what is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wizard.answers.question import Given
from wizard.consequences import consequences
from wizard.disk import Disk, FileState
from wizard.file_plan import FilePlan, unwanted
from wizard.files import LENSES
from wizard.files.lens import SecretSpan
from wizard.plan import Plan, make_plan
from wizard.record import Record
from wizard.upgrading.report import Report


@dataclass(frozen=True)
class Converted(Disk):
    """A disk on which some files have another text than they have."""

    texts: Mapping[str, FileState] = field(default_factory=dict, repr=False)

    def read(self, absolute: str) -> FileState | None:
        return self.texts.get(absolute) or super().read(absolute)

    def text(self, absolute: str) -> str:
        state = self.texts.get(absolute)
        return state.text if state is not None else super().text(absolute)


@dataclass(frozen=True)
class UpgradePlan(Plan):
    """The plan of an upgrade, and what became of every option."""

    report: Report = field(kw_only=True)


def report_of(plan: Plan) -> Report | None:
    """The report of an upgrade; None for any other plan."""
    return plan.report if isinstance(plan, UpgradePlan) else None


def plan_over(converted: Converted, given: Given, disk: Disk, record: Record) -> Plan:
    """What leads from the files on `disk` to those of `given`, by way of the `converted` ones. Raises Refused."""
    plan = make_plan(given, converted)
    files = tuple(_from_disk(file, disk) if file.path in converted.texts else file for file in plan.files)
    ending = tuple(unwanted(given, files, disk, record))
    return replace(plan, files=files, consequences=consequences(files, given, ending), outdated=True)


def _from_disk(file: FilePlan, disk: Disk) -> FilePlan:
    before = disk.read(file.path)
    spans = _secrets(before.text, disk.shown(file.path), file) if before is not None else ()
    return replace(file, before=before, secrets_before=spans)


def _secrets(text: str, shown: str, file: FilePlan) -> tuple[SecretSpan, ...]:
    """The secrets of the text on disk, by every lens that can read such a file."""
    found = {
        (span.start, span.end): span
        for lens in LENSES
        if lens.name in file.lenses
        for span in lens.secret_spans(text, shown)
    }
    return tuple(found[key] for key in sorted(found))
