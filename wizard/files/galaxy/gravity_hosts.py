"""The `gravity:` section on one of several hosts: what does not run there is switched off.

Gravity starts gunicorn, Celery and its clock wherever it finds a galaxy.yml, unless `enable` says otherwise, and the
other services where it says so (Gravity 1.2, settings).
"""

from __future__ import annotations

from typing import Any

from wizard.answers.hosts import Role
from wizard.answers.question import Given
from wizard.documents.tree import MISSING, Path
from wizard.files import one_to_one
from wizard.files.entry_lens import Entry, changes_of, parsed
from wizard.files.galaxy import gravity_web
from wizard.files.galaxy.gravity_instances import GUNICORN, TUSD, Instances
from wizard.files.hosts import GALAXY, HOST, HOSTS, handlers_here, runs_here, this_host
from wizard.files.lens import Reading, SecretSpan, Target, Written
from wizard.files.places import main_config
from wizard.problems import Problem, Refused

_CELERY: Path = ("gravity", "celery")
_PROXY: Path = ("gravity", "gx_it_proxy")
_REPORTS: Path = ("gravity", "reports")
_ON: tuple[tuple[Path, Role, tuple[str, ...]], ...] = (
    ((*GUNICORN, "enable"), "web", ()),
    ((*_CELERY, "enable"), "celery", ("celery.enable", "celery.processes")),
    ((*_CELERY, "enable_beat"), "celery-beat", ("celery.enable", "celery.beat")),
)
"""What Gravity starts of itself, the role, and the questions that can be answered with no to it."""
_OFF: tuple[tuple[Path, Role], ...] = (
    ((*TUSD, "enable"), "uploads"),
    ((*_PROXY, "enable"), "interactive-tools"),
    ((*_REPORTS, "enable"), "reports"),
)
"""What Gravity starts when it is told to."""
_SECTIONS: dict[Path, tuple[Role, ...]] = {
    GUNICORN: ("web",),
    _CELERY: ("celery", "celery-beat"),
    TUSD: ("uploads",),
    _PROXY: ("interactive-tools",),
    _REPORTS: ("reports",),
}
"""The roles that a section of options is for."""
_QUESTIONS: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys(gravity_web.QUESTIONS, ("web",)),
    "proxy.uploads": ("uploads",),
    "proxy.upload_store": ("uploads",),
    "proxy.interactive_tools": ("interactive-tools",),
    "celery.processes": ("celery",),
    "celery.beat": ("celery-beat",),
}
"""The same for questions that several options or one switch answer."""
HANDLERS, STRATEGY, MANAGER = "scaling.handlers", "scaling.strategy", "groundwork.service_manager"


def said_here(given: Given) -> dict[str, Any]:
    """Those answers that are for this host's section. Raises Refused where Gravity cannot tell hosts apart."""
    if this_host(given) is None:
        return dict(given)
    rows = given.get(HANDLERS) or []
    here = handlers_here(given, rows)
    by_gravity = str(given.get(MANAGER, "gravity-systemd")).startswith("gravity")
    if given.get(STRATEGY) == "static-handlers" and by_gravity and here != rows:
        what = "Gravity starts every static handler of the job configuration on every host"
        way_out = 'take "dynamic-handlers", or systemd or supervisord as the service manager'
        raise Refused(Problem(what, question=STRATEGY, way_out=way_out))
    found = {question: value for question, value in given.items() if _is_here(question, given)}
    if HANDLERS in found and given.get(STRATEGY) != "static-handlers":
        found[HANDLERS] = here
    return found


def _is_here(question: str, given: Given) -> bool:
    """Whether the answer is about a service that runs on this host, or about all of them."""
    roles = _QUESTIONS.get(question)
    if roles is None:
        asked = one_to_one.mapped_questions("gravity")
        roles = _SECTIONS.get(_option(question)[:2]) if question in asked else None
    return roles is None or runs_here(given, *roles)


def _option(question: str) -> Path:
    return next(path for path, asked in one_to_one.mapped("gravity").items() if asked.path == question)


class GravityOnHost:
    """The switches of what runs on the host that the files are for. It reads nothing: the table of hosts says it."""

    name = "galaxy.yml (gravity, this host)"

    def owns(self, question: str) -> bool:
        return False

    def target(self, given: Given) -> Target | None:
        path = main_config(given)
        by_gravity = str(given.get(MANAGER, "gravity-systemd")).startswith("gravity")
        wanted = by_gravity and this_host(given) is not None and runs_here(given, *GALAXY)
        return Target(path, 0o640) if path and wanted else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ()

    def skeleton(self, given: Given) -> str:
        return ""

    def read(self, text: str, file: str) -> Reading:
        parsed(text, file)
        return Reading()

    def write(self, given: Given, text: str, file: str) -> Written:
        if self.target(given) is None:
            return Written(text)
        document = Instances(parsed(text, file))
        edits: dict[Path, Entry] = {}
        for path, role, noes in _ON:
            wanted = runs_here(given, role)
            if wanted and any(given.get(question) is False for question in noes):
                continue
            for place in _places(document, path):
                if _held(document.get(place), True) is not wanted:
                    edits[place] = Entry(wanted, (HOSTS, HOST))
        for path, role in _OFF:
            for place in () if runs_here(given, role) else _places(document, path):
                if _held(document.get(place), False):
                    edits[place] = Entry(False, (HOSTS, HOST))
        if not edits:
            return Written(text)
        after = document.edit({path: entry.value for path, entry in edits.items()})
        return Written(after, changes_of(document, Instances(parsed(after, file)), edits))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return ()


def _places(document: Instances, path: Path) -> list[Path]:
    """Where the switch stands: once, or in each of several services."""
    group = path[:2]
    rows = document.rows(group) if group in (GUNICORN, TUSD) else None
    if rows is None or len(rows) == 1:
        return [path]
    return [(*group, number, *path[2:]) for number in range(len(rows))]


def _held(value: Any, default: bool) -> bool:
    """What Gravity takes the switch for; anything that is no switch is left to it."""
    return default if value is MISSING or value is None else value is not False
