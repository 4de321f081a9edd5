"""/etc/init.d/galaxy: Galaxy as a service of System V's init, on Debian's and Red Hat's kind of system.

The answers are literal assignments at the head of the script; its body reads nothing else, and hands them to the
system user's shell through the environment, where no value is read as shell text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import ClassVar

from wizard.answers.question import Given
from wizard.documents.tree import Path, TreeDocument
from wizard.files.boot.init_script import GROUP as GROUP_NAME
from wizard.files.boot.init_script import ROOT as ROOT_NAME
from wizard.files.boot.init_script import UMASK as UMASK_NAME
from wizard.files.boot.init_script import USER as USER_NAME
from wizard.files.boot.init_script import InitScript
from wizard.files.boot.places import SYSVINIT_FILE
from wizard.files.boot.secrets import in_script
from wizard.files.boot.service import (
    GROUP,
    LOG_FILE,
    MANAGER,
    ROOT,
    UMASK,
    USER,
    ServiceLens,
    simple,
    take,
    take_variables,
    variables,
)
from wizard.files.boot.sysvinit_script import SCRIPT
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries
from wizard.files.lens import Reading, SecretSpan, Written
from wizard.files.places import release
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

_PLACES: dict[str, Path] = {
    USER: (USER_NAME,),
    GROUP: (GROUP_NAME,),
    UMASK: (UMASK_NAME,),
    ROOT: (ROOT_NAME,),
}
_STARTS_GALAXY = ("run.sh", "galaxyctl", "paster.py", "uwsgi", "galaxy-main")
_LOG_VARIABLE_SINCE = Release.parse("18.01")


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> InitScript:
    return InitScript(text, file)


class SysvinitScript(ServiceLens):
    """The init script of Galaxy."""

    name = "init script"
    manager = "sysvinit"
    file = SYSVINIT_FILE
    mode = 0o755
    needed: ClassVar[Mapping[str, Path]] = {USER: (USER_NAME,), ROOT: (ROOT_NAME,)}

    def started(self, path: str, given: Given) -> Iterator[str]:
        yield "chkconfig --add galaxy" if _redhat(given) else "update-rc.d galaxy defaults"
        yield "service galaxy start"

    def restarted(self, path: str, given: Given) -> Iterator[str]:
        yield "service galaxy restart"

    def ended(self, given: Given) -> str | None:
        remove = "chkconfig --del galaxy" if _redhat(given) else "update-rc.d -f galaxy remove"
        return f"service galaxy stop && {remove}"

    def service(self, text: str, file: str) -> InitScript:
        return _parsed(text, file)

    def skeleton(self, given: Given) -> str:
        return SCRIPT

    def entries(self, given: Given) -> Entries:
        named = variables(given)
        return {**simple(given, _PLACES), **{(name,): entry for name, entry in named.items()}}

    def answers(self, document: TreeDocument, file: str) -> Reading:
        script = self.service(document.text, file)
        found = Collector(script, file)
        if any(program in script.text for program in _STARTS_GALAXY):
            found.given[MANAGER] = self.manager
            found.lines[MANAGER] = 1
        for question, path in _PLACES.items():
            if script.line(path) is not None:
                take(found, script, path, {question: script.get(path)})
        take_variables(found, script, ())
        return found.reading()

    def write(self, given: Given, text: str, file: str) -> Written:
        log = given.get(LOG_FILE)
        if log is not None and len(str(log).split()) > 1 and release(given) < _LOG_VARIABLE_SINCE:
            what = f"run.sh before Galaxy {_LOG_VARIABLE_SINCE} takes no path with white space"
            raise Refused(Problem(what, question=LOG_FILE, way_out="name the log file without spaces"))
        return super().write(given, text, file)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return in_script(text)


def _redhat(given: Given) -> bool:
    return given.get("proxy.layout") == "redhat"
