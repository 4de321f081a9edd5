"""Where uWSGI writes its log and its PID (scaling.md, uWSGI Minutiae)."""

from __future__ import annotations

from typing import Any

from wizard.answers.question import Given
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

LOG, LOG_FILE = "scaling.uwsgi_log", "groundwork.log_file"
PID, LATE = "scaling.uwsgi_pid_file", "scaling.uwsgi_pid_file_late"
QUESTIONS = frozenset({LOG, LOG_FILE, PID, LATE})
_LOGS = ("logto", "logto2", "daemonize", "daemonize2")
_PIDS = ("pidfile", "pidfile2")


def entries(given: Given) -> Entries:
    """The log and the PID file."""
    found: Entries = {}
    if given.get(LOG) and given.get(LOG_FILE):
        found[at(given[LOG])] = Entry(given[LOG_FILE], (LOG, LOG_FILE))
    if given.get(PID):
        option = _PIDS[bool(given.get(LATE))]
        found[at(option)] = Entry(given[PID], tuple(path for path in (PID, LATE) if path in given))
    return found


def read(found: Collector, options: Options) -> set[str]:
    """Take the answers; gives the options that were understood."""
    forms: dict[str, dict[str, Any]] = {}
    if (log := _only(options, _LOGS)) is not None:
        forms[log[0]] = {LOG: log[0], LOG_FILE: log[1]}
    if (pid := _only(options, _PIDS)) is not None:
        forms[pid[0]] = {PID: pid[1], **({LATE: True} if pid[0] == _PIDS[1] else {})}
    understood = {option for option, form in forms.items() if len(fit_answers(form)) == len(form)}
    for option in understood:
        found.take(at(option), forms[option])
    return understood


def _only(options: Options, names: tuple[str, ...]) -> tuple[str, str] | None:
    """The one of these options that stands, once."""
    held = [(name, value) for name in names for value in options.values(name)]
    return held[0] if len(held) == 1 else None
