"""What an import must not say: answers that go without saying or would change a file, and options that the release
does not know."""

from __future__ import annotations

from dataclasses import replace

from wizard.answers.hints import served_by
from wizard.answers.questions import questions
from wizard.disk import Disk
from wizard.files.paste.checks import CONFIG_FILE
from wizard.files.paste.servers import APP_SERVER, STACK
from wizard.plan import make_plan, unknown_options
from wizard.problems import Refused
from wizard.survey.found import Survey
from wizard.survey.looking import Looking

_PLACES = frozenset({"groundwork.config_dir", "groundwork.config_file"})
"""Without these nothing says which file the answers were read from."""

_APP_SERVER, _PROTOCOL, _RELEASE = "scaling.app_server", "proxy.protocol", "groundwork.release"


def leave_unknown_options(looking: Looking) -> None:
    """Options that this release does not know stay in their file and are named."""
    seen = looking.seen
    for problem in list(unknown_options(seen.given)):
        found = seen.found.pop(problem.question or "", None)
        if found is not None:
            looking.leave_all([replace(problem, file=found.file, line=found.line)])


def leave_implied(seen: Survey) -> None:
    """Leave out which program serves where it is the release's own, and its protocol where it has only one.

    Given as answers they would stay behind, and be wrong, as soon as the release changes.
    """
    server = seen.found.get(_APP_SERVER)
    release = seen.given.get(_RELEASE)
    if server is not None and release is not None and served_by({_RELEASE: release}) == server.value:
        del seen.found[_APP_SERVER]
    if not questions()[_PROTOCOL].question.applies(seen.given):
        seen.found.pop(_PROTOCOL, None)


def keep_quiet(looking: Looking) -> None:
    """Leave out what would change a file, so that a diff after the import is empty.

    One answer can land in two files of which one says it by silence (a site without a prefix, and a galaxy.yml that
    does not name one): it is no answer that this server gives.
    """
    seen = looking.seen
    while True:
        try:
            loud = _loud(seen, looking.disk)
        except Refused as refusal:
            loud = _refused(seen, refusal)
            if not loud:
                raise
        loud -= _PLACES
        if not loud:
            return
        for question in loud:
            del seen.found[question]


def _loud(seen: Survey, disk: Disk) -> set[str]:
    plan = make_plan(seen.given, disk)
    causes = {question for file in plan.pending for change in file.changes for question in change.questions}
    return causes & seen.found.keys()


def _refused(seen: Survey, refusal: Refused) -> set[str]:
    """The answers that a refusal is about; where it names none, those of the files beside Galaxy's own."""
    named = {problem.question for problem in refusal.problems if problem.question is not None}
    if CONFIG_FILE in named:  # the file is what it is: what it cannot hold is no answer of this server's
        named |= {APP_SERVER, STACK}
    main = seen.found["groundwork.config_dir"].file
    files = {problem.file for problem in refusal.problems} - {main}
    beside = {question: one.file for question, one in seen.found.items() if one.file != main}
    about = {question for question, file in beside.items() if file in files}
    return (named & seen.found.keys()) - _PLACES or about or beside.keys() - _PLACES
