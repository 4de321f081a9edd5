"""config/local_env.sh below Galaxy's root, which run.sh reads before it starts Galaxy: what it takes from variables.

For those who start Galaxy with run.sh themselves. Variables are exported, since run.sh hands them to other programs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from wizard.answers.question import Given
from wizard.documents.shell.document import ShellDocument
from wizard.documents.shell.lines import UMASK as UMASK_COMMAND
from wizard.documents.tree import Path, TreeDocument
from wizard.files.boot.secrets import in_script
from wizard.files.boot.service import (
    COMMON,
    GROUP,
    MANAGER,
    ROOT,
    UMASK,
    USER,
    ServiceLens,
    take,
    take_variables,
    variables,
)
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, SecretSpan, Target
from wizard.files.places import release
from wizard.releases.release import Release

_LOG_VARIABLE_SINCE = Release.parse("18.01")
_UMASK: Path = (UMASK_COMMAND,)
_SKELETON = """\
# run.sh reads this file before it starts Galaxy. galaxy-setup writes the lines that answers are given for.
"""


class LocalEnvironment(ShellDocument):
    """The options of this file."""

    def obstacle(self, path: Path) -> str | None:
        """Why a variable can be neither read nor written."""
        place = self.unsure(path)
        return None if place is None else f"is computed by the script (line {place})"


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> LocalEnvironment:
    return LocalEnvironment(text, file, exporting=True)


class LocalEnv(ServiceLens):
    """What run.sh takes from the environment."""

    name = "local_env.sh"
    manager = "run.sh"
    questions = COMMON - {ROOT, USER, GROUP}

    def target(self, given: Given) -> Target | None:
        root = given.get(ROOT)
        wanted = given.get(MANAGER) == self.manager and given.get("groundwork.install") != "packages"
        if (
            not wanted
            or root is None
            or not runs_here(given, *GALAXY)
            or release(given) < _LOG_VARIABLE_SINCE
        ):
            return None
        return Target(posixpath.join(root, "config", "local_env.sh"))

    def started(self, path: str, given: Given) -> Iterator[str]:
        yield "sh run.sh --daemon"

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        yield "sh run.sh --stop-daemon"
        yield from self.started(path, given)

    def ended(self, given: Given) -> str | None:
        return None

    def service(self, text: str, file: str) -> LocalEnvironment:
        return _parsed(text, file)

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    def entries(self, given: Given) -> Entries:
        found: Entries = {(name,): entry for name, entry in variables(given).items()}
        if UMASK in given:
            found[_UMASK] = Entry(given[UMASK], (UMASK,))
        return found

    def answers(self, document: TreeDocument, file: str) -> Reading:
        script = self.service(document.text, file)
        found = Collector(script, file)
        if script.line(_UMASK) is not None:
            take(found, script, _UMASK, {UMASK: script.get(_UMASK)})
        take_variables(found, script, ())
        return found.reading()

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return in_script(text)
