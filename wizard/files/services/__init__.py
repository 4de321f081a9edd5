"""Services for those who do not let Gravity run Galaxy: systemd units and supervisord's programs."""

from __future__ import annotations

from wizard.files.lens import Lens
from wizard.files.services.handler_unit import PASTE_HANDLER, HandlerUnit
from wizard.files.services.older_servers import PASTE_UNIT, ZERGLING, ZERGPOOL
from wizard.files.services.programs_beside import BESIDE
from wizard.files.services.served_unit import TellingUnit, handler_unit, web_unit
from wizard.files.services.supervisor import SupervisorPrograms
from wizard.files.services.target_unit import TargetUnit
from wizard.files.services.units import ServiceUnit

SYSTEMD_UNITS: tuple[Lens, ...] = (
    web_unit(),
    *(TellingUnit(program) for program in (PASTE_UNIT, ZERGPOOL, ZERGLING)),
    handler_unit(HandlerUnit(), HandlerUnit(PASTE_HANDLER)),
    *(ServiceUnit(program) for program in BESIDE),
    TargetUnit(),
)
SERVICES: tuple[Lens, ...] = (*SYSTEMD_UNITS, SupervisorPrograms())
