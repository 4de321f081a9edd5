"""What rules about processes, Celery and the database ask of a scene; what is not known is None, or the least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.advice.advice import PlannedFile, Scene
from wizard.answers.handlers import Handler, count_processes
from wizard.answers.hints import AppServer, served_by
from wizard.answers.secret import Secret
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.tree import TreeDocument
from wizard.files.entry_lens import parsed
from wizard.files.hosts import hosts_of
from wizard.files.paste.application import APPLICATION
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.files.uwsgi.options import SECTION, Options
from wizard.files.uwsgi.section import UwsgiYaml
from wizard.releases.release import Release

_MAIN = {"galaxy.yml": "galaxy", "galaxy.ini": APPLICATION}
"""The lenses over Galaxy's own options, and the section where those stand."""


@dataclass(frozen=True)
class MainFile:
    """Galaxy's own configuration file: the document, and the section of Galaxy's options in it."""

    file: PlannedFile
    document: TreeDocument
    section: str

    def get(self, option: str) -> Any:
        """The value of an option of Galaxy's; None where the file has none."""
        return self.document.get((self.section, option)) or None

    def options(self) -> tuple[str, ...]:
        """The names of Galaxy's options in it, in their order."""
        return self.document.keys((self.section,))

    def line(self, option: str) -> int | None:
        return self.document.line((self.section, option))


def main_file(scene: Scene) -> MainFile | None:
    """Galaxy's own configuration as an apply would leave it; None where it is not among the planned files."""
    for file in scene.files:
        name = next((name for name in file.readings if name in _MAIN), None)
        if name == "galaxy.yml":
            return MainFile(file, parsed(file.text, file.shown), _MAIN[name])
        if name is not None:
            return MainFile(file, IniDocument.parse(file.text, file.shown, PASTE), _MAIN[name])
    return None


def uwsgi_options(scene: Scene, original: bool = False) -> tuple[PlannedFile, Options] | None:
    """uWSGI's section of Galaxy's configuration, in either syntax; None where there is none.

    `original` asks for the section without any answer: what of it is not galaxy-setup's own.
    """
    main = main_file(scene)
    if main is None:
        return None
    lens = UwsgiYaml() if main.section == "galaxy" else UwsgiIni()
    options = lens.document(main.file.original if original else main.file.text, main.file.shown)
    return (main.file, options) if options.options or options.line((SECTION,)) is not None else None


def told(scene: Scene) -> Release | None:
    """The release, where it is answered."""
    return scene.release if scene.given.get("groundwork.release") else None


def since(scene: Scene, first: str) -> bool:
    """Whether the release is known to be `first` or newer."""
    known = told(scene)
    return known is not None and known >= Release.parse(first)


def before(scene: Scene, first: str) -> bool:
    """Whether the release is known to be older than `first`."""
    known = told(scene)
    return known is not None and known < Release.parse(first)


def server(scene: Scene) -> AppServer:
    """The program that runs the web workers."""
    return served_by(scene.given)


def manager(scene: Scene) -> str | None:
    """What starts Galaxy."""
    answered: str | None = scene.value("groundwork.service_manager")
    return answered


def is_gravitys(scene: Scene) -> bool:
    """Whether Gravity is known to start Galaxy: so it is answered, or galaxy.yml tells Gravity something."""
    if server(scene) != "gunicorn":
        return False
    named = manager(scene)
    if named is not None:
        return named.startswith("gravity")
    return any(
        reading.given
        for file in scene.files
        for name, reading in file.readings.items()
        if name.startswith("galaxy.yml (gravity")
    )


def strategy(scene: Scene) -> str | None:
    """Who looks after jobs."""
    answered: str | None = scene.value("scaling.strategy")
    return answered


def handlers(scene: Scene) -> Sequence[Handler]:
    """The job handlers, of whatever kind."""
    rows: Sequence[Handler] | None = scene.value("scaling.handlers")
    return rows or ()


def alone(scene: Scene) -> bool:
    """Whether all of Galaxy runs on one machine."""
    return not hosts_of(scene.given)


def is_public(scene: Scene) -> bool:
    """Whether a proxy stands in front, as on servers that several people use."""
    return scene.value("proxy.server") in ("nginx", "apache")


def web_processes(scene: Scene) -> int:
    """How many web workers there are at least."""
    workers: int = scene.value("scaling.workers") or 1
    gunicorns: int = scene.value("scaling.gunicorns") or 1
    return workers * gunicorns


def handler_processes(scene: Scene) -> int:
    """How many processes of job handlers there are at least."""
    return count_processes(handlers(scene)) or int(strategy(scene) in ("mules", "static-handlers"))


def celery_processes(scene: Scene) -> int:
    """How many processes of Celery's workers talk to the database at least: each slot of prefork is one."""
    if not runs_celery(scene):
        return 0
    forks = scene.value("celery.pool") in ("prefork", "processes")
    return max(1, int(scene.value("celery.concurrency") or 2)) if forks else 1


def runs_celery(scene: Scene) -> bool:
    """Whether Galaxy hands tasks to Celery."""
    return scene.value("celery.enable") is True


def processes(scene: Scene) -> int:
    """How many of Galaxy's processes there are at least, on all hosts."""
    return web_processes(scene) + handler_processes(scene) + celery_processes(scene)


def engine(scene: Scene) -> str | None:
    """What keeps Galaxy's records: postgresql, mysql or sqlite, also where a whole URL says so."""
    answered: str | None = scene.value("database.engine")
    if answered != "url":
        return answered
    scheme = database_url(scene).partition(":")[0].partition("+")[0]
    return {"postgres": "postgresql", "mariadb": "mysql"}.get(scheme, scheme) or None


def database_url(scene: Scene) -> str:
    """The database URL that is answered as a whole; it may hold a password. Empty where there is none."""
    return text_of(scene.value("database.url"))


def text_of(value: Any) -> str:
    """The text of an answer that may be a secret; empty for what is none, or is not known."""
    if isinstance(value, Secret):
        return value.reference if value.is_literal else ""
    return value if isinstance(value, str) else ""


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's own."""
    return host is None or host.lower() in ("localhost", "::1", "[::1]") or host.startswith("127.")


def environments(scene: Scene) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each table of environment variables among the answers: its question, whose it is, and the variables."""
    for question, whose in (
        ("scaling.web_environment", "the web processes"),
        ("celery.environment", "Celery"),
    ):
        if table := scene.value(question):
            yield question, whose, table
    for row in handlers(scene):
        if row.environment:
            yield "scaling.handlers", f"handler {row.name}", row.environment
