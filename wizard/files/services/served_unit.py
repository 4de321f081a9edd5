"""Units whose program is one of several: the web server of the release; handlers with and without one of Paste's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.systemd.document import SystemdDocument
from wizard.documents.tree import Path
from wizard.files.lens import Reading, SecretSpan, Target, Written
from wizard.files.services.managing import MANAGER
from wizard.files.services.older_servers import APP_SERVER, UWSGI_WEB, is_pasted, is_said, server_of
from wizard.files.services.programs import WEB
from wizard.files.services.units import COMMON, STOP, ServiceUnit, ending

_STARTED, _VARIABLES = ("Service", "ExecStart"), ("Service", "Environment")


class TellingUnit(ServiceUnit):
    """A unit that tells which app server there is, where that is not gunicorn."""

    def switches(self) -> dict[str, Any]:
        server = server_of(self.program)
        return {**super().switches(), **({APP_SERVER: server} if server else {})}

    def owns(self, question: str) -> bool:
        program = self.program
        own = (MANAGER, program.umask, program.memory, program.variables, *(program.switched_on or {}))
        return question in COMMON or question in own


class EitherUnit:
    """One unit file for several programs. Another one takes the place of the first, in its file."""

    def __init__(self, units: tuple[ServiceUnit, ...], wanted: Callable[[Given], ServiceUnit | None]) -> None:
        self.units = units
        self.wanted = wanted
        self.name, self.file_name = units[0].name, units[0].file_name

    def owns(self, question: str) -> bool:
        return any(unit.owns(question) for unit in self.units)

    def target(self, given: Given) -> Target | None:
        return next((target for unit in self.units if (target := unit.target(given)) is not None), None)

    def samples(self, given: Given) -> tuple[str, ...]:
        return ()

    def skeleton(self, given: Given) -> str:
        return (self.wanted(given) or self.units[0]).skeleton(given)

    def present(self, text: str, file: str) -> ServiceUnit | None:
        """The one whose program the text starts."""
        document = SystemdDocument.parse(text, file)
        return next((unit for unit in self.units if unit.parsed_command(document) is not None), None)

    def read(self, text: str, file: str) -> Reading:
        return (self.present(text, file) or self.units[0]).read(text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        present = self.present(text, file)
        wanted = self.wanted(given) or present or self.units[0]
        if present is None or present is wanted or given.get(MANAGER) != "systemd":
            return wanted.write(given, text, file)
        before = SystemdDocument.parse(text, file)
        told = {
            question: value
            for question, value in present.read(text, file).given.items()
            if wanted.owns(question)
        }
        ends: dict[Path, Any] = {
            key: [] if value is None else [value] for key, value in ending(wanted.program).items()
        }
        stop = [str(wanted.program.stop_within(given))]
        bare = before.edit({_STARTED: [], _VARIABLES: [], STOP: stop, **ends})
        now = {**told, **given}
        after = wanted.write(now, bare, file).text
        changes = wanted.changes(
            before, SystemdDocument.parse(after, file), present.read(text, file).given, now
        )
        return Written(after, changes)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return self.units[0].secret_spans(text, file)


def web_unit() -> EitherUnit:
    """galaxy-web.service: gunicorn, or uWSGI."""
    gunicorn, uwsgi = ServiceUnit(WEB), TellingUnit(UWSGI_WEB)

    def wanted(given: Given) -> ServiceUnit | None:
        return {"gunicorn": gunicorn, "uwsgi": uwsgi}.get(served_by(given)) if is_said(given) else None

    return EitherUnit((gunicorn, uwsgi), wanted)


def handler_unit(webless: ServiceUnit, pasted: ServiceUnit) -> EitherUnit:
    """galaxy-handler@.service, with a web server of Paste's in it or without."""

    def wanted(given: Given) -> ServiceUnit | None:
        stacked = is_pasted(given)
        return None if stacked is None else pasted if stacked else webless

    return EitherUnit((webless, pasted), wanted)
