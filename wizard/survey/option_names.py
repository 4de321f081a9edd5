"""What a name below Galaxy's own options means in the release that reads it; a lens only knows the newest one."""

from __future__ import annotations

from dataclasses import replace

from wizard.files.galaxy.options import is_nowhere, sentences
from wizard.releases import catalog
from wizard.releases.release import Release
from wizard.survey.galaxy_files import Options
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile

_UNLISTED = "no question is answered from it"


def judge_names(looking: Looking, main: MainFile, options: Options, older: bool) -> None:
    """Say of names that are no options what this install's release makes of them.

    Without a release nothing is known of an `older` server's options, nor is there a list of them before 18.01.
    """
    told = looking.seen.facts.get("release")
    if told is None and not older:
        return
    shown = looking.disk.shown(main.path)
    names = {options.lines[name]: name for name in options.lines if is_nowhere(name)}
    release = Release.parse(told.value) if told is not None else None
    listed = release is not None and bool(catalog.options(release))
    said = sentences(names.values(), release) if release is not None and listed else {}
    for place, problem in enumerate(looking.seen.unread):
        name = names.get(problem.line or 0) if problem.file == shown else None
        if name is not None and problem.question is None and problem.what.startswith(name):
            sentence = said.get(name) or f"{name}: {_UNLISTED}"
            looking.seen.unread[place] = replace(problem, what=f"{sentence}; it is left alone")
