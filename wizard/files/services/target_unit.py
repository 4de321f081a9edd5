"""galaxy.target: the one name to start, stop and enable all of Galaxy's own units by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wizard.answers.question import Given
from wizard.documents.systemd.document import SystemdDocument
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written
from wizard.files.services.handlers import HANDLERS, STRATEGY, processes, rows_of
from wizard.files.services.managing import DIRECTORY, MANAGER, own_services
from wizard.files.services.older_servers import PASTE_UNIT, UWSGI_WEB, ZERGPOOL, is_said, paste_servers
from wizard.files.services.programs import WEB, Program
from wizard.files.services.programs_beside import BESIDE, anything_runs
from wizard.problems import Problem, Refused

_WANTS = ("Unit", "Wants")
_HANDLER = re.compile(r"galaxy-handler@(.+)\.service")
_INSTANCE = re.compile(r"galaxy-(?:web|zergling)@.+\.service")
_FIRST_ZERGLING = "galaxy-zergling@0.service"
"""The other one is started for a restart only."""
_BY_GRAVITY = "GRAVITY="
_SKELETON = """\
# Written by galaxy-setup: Wants names the units that start with it; the rest of this file is yours.
# systemctl enable --now galaxy.target

[Unit]
Description=Galaxy
After=network.target time-sync.target

[Install]
WantedBy=multi-user.target
"""


def unit_of(program: Program) -> str:
    """The name of a program's unit."""
    return f"galaxy-{program.name}.service"


class TargetUnit:
    """The target that wants every unit of Galaxy."""

    name = "systemd unit galaxy.target"

    def owns(self, question: str) -> bool:
        return question == MANAGER or any(question in (program.switched_on or {}) for program in BESIDE)

    def target(self, given: Given) -> Target | None:
        wanted = own_services(given) == "systemd" and anything_runs(given)
        return Target(f"{DIRECTORY}/galaxy.target") if wanted else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ()

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def read(self, text: str, file: str) -> Reading:
        document = SystemdDocument.parse(text, file)
        if _BY_GRAVITY in text:
            return Reading(unread=(Problem("Gravity maintains this unit; it is left alone", file, 1),))
        wanted = _names(document)
        if not any(_serves(name) for name in wanted):
            return Reading()
        found: dict[str, Any] = {MANAGER: "systemd"}
        for program in BESIDE:
            if unit_of(program) in wanted:
                found.update(program.switched_on or {})
        return Reading(found, dict.fromkeys(found, document.line(_WANTS) or 1))

    def write(self, given: Given, text: str, file: str) -> Written:
        document = SystemdDocument.parse(text, file)
        if given.get(MANAGER) != "systemd":
            return Written(text)
        if _BY_GRAVITY in text:
            way_out = "delete Gravity's units (galaxyctl update --clean), or take gravity-systemd"
            raise Refused(Problem("Gravity maintains this unit", file, 1, question=MANAGER, way_out=way_out))
        before = _names(document)
        after = _wanted(before, {**self.read(text, file).given, **given})
        if after == list(dict.fromkeys(before)):
            return Written(text)
        result = document.edit({_WANTS: [" ".join(after)] if after else []})
        made = SystemdDocument.parse(result, file)
        lines = made.lines(_WANTS) or range(1)
        asked = (MANAGER, HANDLERS, STRATEGY, *(path for each in BESIDE for path in each.switched_on or {}))
        questions = tuple(path for path in dict.fromkeys(asked) if path in given)
        change = Change(
            "Unit.Wants",
            " ".join(before) or None,
            " ".join(after),
            questions,
            None,
            document.line(_WANTS),
            lines.start,
            len(lines),
        )
        return Written(result, (change,))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return ()


def _names(document: SystemdDocument) -> list[str]:
    return [name for value in document.values(*_WANTS) for name in value.split()]


def _serves(name: str) -> bool:
    return name == unit_of(WEB) or _INSTANCE.fullmatch(name) is not None


def _web(given: Given, before: Sequence[str]) -> dict[str, bool | None]:
    """The units of the web server, whichever it is; none where the answers do not say and there is one."""
    if not is_said(given) and any(map(_serves, before)):
        return {}
    pool = ZERGPOOL.wanted(given)
    pasted = (
        [f"galaxy-web@{name}.service" for name in paste_servers(given)] if PASTE_UNIT.wanted(given) else []
    )
    return {
        unit_of(ZERGPOOL): pool,
        _FIRST_ZERGLING: pool,
        unit_of(WEB): WEB.wanted(given) or UWSGI_WEB.wanted(given),
        **dict.fromkeys(pasted, True),
    }


def _wanted(before: Sequence[str], given: Given) -> list[str]:
    """The names that the target is to want: those of others stay, and those that no answer speaks of."""
    told: dict[str, bool | None] = _web(given, before)
    silent = not told
    of_web = [name for name, runs in told.items() if runs]
    rows = rows_of(given)
    handlers = (
        None if rows is None else [f"galaxy-handler@{one.name}.service" for one in processes(rows, given)]
    )
    told.update({unit_of(program): program.wanted(given) for program in BESIDE})
    kept = [
        name
        for name in before
        if told.get(name, None if silent or not _INSTANCE.fullmatch(name) else False) is not False
        and (handlers is None or not _HANDLER.fullmatch(name) or name in handlers)
    ]
    new = [
        *of_web,
        *(handlers or ()),
        *(name for name, runs in told.items() if runs),
    ]
    return list(dict.fromkeys([*kept, *(name for name in new if name not in kept)]))
