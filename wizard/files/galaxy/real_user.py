"""Cluster jobs under the accounts of those who started them: on as soon as Galaxy has a command that submits them.

Galaxy runs jobs as itself while `drmaa_external_runjob_script` is not set (26.1, jobs/runners/drmaa.py).
"""

from __future__ import annotations

from typing import Any

from wizard.answers.question import Given
from wizard.documents.tree import Path
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry
from wizard.problems import Problem, Refused

QUESTION = "cluster.real_user"
_RUN = "cluster.external_runjob"
_COMMANDS = (_RUN, "cluster.external_killjob", "cluster.external_chown", "cluster.real_system_username")
RUN: Path = ("galaxy", "drmaa_external_runjob_script")


def overlaid(answers: Given) -> dict[str, Any]:
    """Without the commands when jobs are not to run as real users. Raises Refused when they are, and no command is."""
    if answers.get(QUESTION) and not answers.get(_RUN):
        way_out = 'give cluster.external_runjob, such as "sudo -E scripts/drmaa_external_runner.py"'
        raise Refused(Problem("needs the command that submits a job", question=QUESTION, way_out=way_out))
    if answers.get(QUESTION) is False:
        return {path: value for path, value in answers.items() if path not in _COMMANDS}
    return dict(answers)


def entries(given: Given, found: Entries) -> None:
    """Put the question to the option that answers it, if it is among `found`."""
    if given.get(QUESTION) and RUN in found:
        found[RUN] = Entry(found[RUN].value, (*found[RUN].questions, QUESTION))


def read(found: Collector) -> None:
    """Take the answer, if its command was."""
    if _RUN in found.given:
        found.take(RUN, {QUESTION: True})
