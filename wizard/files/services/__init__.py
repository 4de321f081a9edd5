"""Services for those who do not let Gravity run Galaxy: systemd units and supervisord's programs."""

from __future__ import annotations

from wizard.files.lens import Lens
from wizard.files.services.handler_unit import HandlerUnit
from wizard.files.services.programs import WEB
from wizard.files.services.programs_beside import BESIDE
from wizard.files.services.supervisor import SupervisorPrograms
from wizard.files.services.target_unit import TargetUnit
from wizard.files.services.units import ServiceUnit

SYSTEMD_UNITS: tuple[Lens, ...] = (
    ServiceUnit(WEB),
    HandlerUnit(),
    *(ServiceUnit(program) for program in BESIDE),
    TargetUnit(),
)
SERVICES: tuple[Lens, ...] = (*SYSTEMD_UNITS, SupervisorPrograms())
