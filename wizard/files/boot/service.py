"""What the files that start Galaxy at boot have in common: the same answers, each in the words of its system.

Galaxy's own starter takes what it needs from variables: GALAXY_CONFIG_FILE, GALAXY_VIRTUAL_ENV, and from 18.01 on
GALAXY_LOG and GALAXY_PID (run.sh and scripts/common_startup_functions.sh of Galaxy). From 22.01 on `run.sh --daemon`
calls `galaxyctl start`, hands GALAXY_LOG on as GALAXY_DAEMON_LOG, and takes no notice of `--log-file`, `--pid-file` and
GALAXY_PID; without an argument it stays in the foreground.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

from wizard.answers.question import Given
from wizard.documents.tree import Path, TreeDocument
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import SecretSpan, Target, Written, owned
from wizard.files.places import MAIN_CONFIG, main_config
from wizard.problems import Problem, Refused

MANAGER, FILES = "groundwork.service_manager", "groundwork.service_files"
USER, GROUP, UMASK = "groundwork.user", "groundwork.group", "groundwork.umask"
ROOT, VIRTUALENV, LOG_FILE = "groundwork.root", "groundwork.virtualenv", "groundwork.log_file"
CONFIG_DIR, CONFIG_FILE = "groundwork.config_dir", "groundwork.config_file"
INSTALL = "groundwork.install"

COMMON = frozenset({MANAGER, USER, GROUP, UMASK, ROOT, VIRTUALENV, LOG_FILE, CONFIG_DIR, CONFIG_FILE})
"""What every definition of the service says."""
CONFIG_VARIABLE, VIRTUALENV_VARIABLE, LOG_VARIABLE = "GALAXY_CONFIG_FILE", "GALAXY_VIRTUAL_ENV", "GALAXY_LOG"


class ServiceDocument(TreeDocument, Protocol):
    """A file that starts Galaxy, as options."""

    def obstacle(self, path: Path) -> str | None:
        """Why the option at `path` can be neither read nor changed, as in "is computed by the script"; None: it can."""
        ...


class ServiceLens(EntryLens):
    """One file that starts Galaxy. A subclass says which one, where in it the answers stand, and what makes it work."""

    manager = ""
    file = ""
    mode = 0o644
    needed: ClassVar[Mapping[str, Path]] = {}
    """Answers that a service cannot do without, each with its place."""
    questions: frozenset[str] = COMMON

    def owns(self, question: str) -> bool:
        return question in self.questions

    def started(self, path: str, given: Given) -> Iterator[str]:
        """The commands that start Galaxy by a new file at `path`."""
        raise LookupError(self.name)

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        """The commands that start Galaxy again where the file or Galaxy changed."""
        raise LookupError(self.name)

    def ended(self, given: Given) -> str | None:
        """The command that ends it for good; None where nothing starts Galaxy by itself."""
        raise LookupError(self.name)

    def target(self, given: Given) -> Target | None:
        wanted = (
            given.get(MANAGER) == self.manager and given.get(FILES) != "kept" and runs_here(given, *GALAXY)
        )
        return Target(self.file, self.mode) if wanted else None

    def service(self, text: str, file: str) -> ServiceDocument:
        """The options of `text`. Raises Refused when its consumer would not read it."""
        raise LookupError(self.name)

    def document(self, text: str, file: str) -> ServiceDocument:
        return self.service(text, file)

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        if CONFIG_DIR in given:
            kept.pop(CONFIG_FILE, None)
        return {**kept, **given}

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        """Leave out what this file says in words of its own."""
        service = self.document(document.text, document.file)
        for path in [path for path in changes if service.obstacle(path) is not None]:
            del changes[path]

    def write(self, given: Given, text: str, file: str) -> Written:
        if given.get(MANAGER, self.manager) != self.manager:
            return Written(text)
        given = placed(given)
        read = self.read(text, file).given
        if MANAGER in given and any(
            question not in read or read[question] != given[question] for question in owned(self, given)
        ):
            self.refuse_incomplete(self.overlaid(read, given), self.document(text, file))
        return super().write(given, text, file)

    def refuse_incomplete(self, now: Given, document: ServiceDocument) -> None:
        """Raise Refused where the service would lack what it needs."""
        what, way_out = f"needed for {self.name}", "answer it, or take another service manager"
        missing = [
            Problem(what, document.file, question=question, way_out=way_out)
            for question, path in self.needed.items()
            if question not in now and document.obstacle(path) is None
        ]
        if missing:
            raise Refused(missing)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        raise LookupError(self.name)


def placed(given: Given) -> dict[str, Any]:
    """The answers with the place of Galaxy's configuration as it stands in a file: an absolute directory."""
    path = main_config(given) or main_config(given, "ini")
    if path is None or (CONFIG_DIR not in given and CONFIG_FILE not in given):
        return {
            question: value for question, value in given.items() if question not in (CONFIG_DIR, CONFIG_FILE)
        }
    directory, name = posixpath.split(path)
    kept = {question: value for question, value in given.items() if question != CONFIG_FILE}
    return {**kept, CONFIG_DIR: directory, **({} if name == MAIN_CONFIG else {CONFIG_FILE: name})}


def config_form(value: str) -> dict[str, Any]:
    """What the path of Galaxy's own configuration file answers."""
    directory, name = posixpath.split(value)
    return {CONFIG_DIR: directory, **({} if name == MAIN_CONFIG else {CONFIG_FILE: name})}


def variables(given: Given, log: bool = True) -> dict[str, Entry]:
    """The variables that Galaxy's starter takes, by name."""
    found: dict[str, Entry] = {}
    if CONFIG_DIR in given:
        path = posixpath.join(given[CONFIG_DIR], given.get(CONFIG_FILE) or MAIN_CONFIG)
        found[CONFIG_VARIABLE] = Entry(path, (CONFIG_DIR, CONFIG_FILE))
    if VIRTUALENV in given:
        found[VIRTUALENV_VARIABLE] = Entry(given[VIRTUALENV], (VIRTUALENV,))
    if log and LOG_FILE in given:
        found[LOG_VARIABLE] = Entry(given[LOG_FILE], (LOG_FILE,))
    return found


def simple(given: Given, places: Mapping[str, Path]) -> Entries:
    """The entries of answers that stand in the file as they are."""
    return {
        path: Entry(given[question], (question,)) for question, path in places.items() if question in given
    }


def take(found: Collector, document: ServiceDocument, path: Path, form: Mapping[str, Any]) -> None:
    """Take what the option at `path` answers, or name why it cannot be taken."""
    obstacle = document.obstacle(path)
    if obstacle is not None:
        found.leave(path, next(iter(form)), obstacle)
    else:
        found.take(path, form)


def take_variables(found: Collector, document: ServiceDocument, above: Path, log: bool = True) -> None:
    """Take the answers of the variables that stand below `above`."""
    questions = {VIRTUALENV_VARIABLE: VIRTUALENV, **({LOG_VARIABLE: LOG_FILE} if log else {})}
    for name, question in questions.items():
        value = document.get((*above, name))
        if isinstance(value, str) or document.obstacle((*above, name)):
            take(found, document, (*above, name), {question: value})
    path = (*above, CONFIG_VARIABLE)
    value = document.get(path)
    if isinstance(value, str) and value.startswith("/") and posixpath.basename(value):
        take(found, document, path, config_form(value))
    elif isinstance(value, str) or document.obstacle(path):
        found.leave(path, CONFIG_DIR, document.obstacle(path) or "is no absolute path of a file")
