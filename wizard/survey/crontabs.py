"""Crontabs of the system and of its users, and the programs that they start."""

from __future__ import annotations

import posixpath
import re

from wizard.documents import crontab
from wizard.problems import Refused
from wizard.survey.looking import Looking
from wizard.survey.programs import Home, Program

_SYSTEM = ("/etc/crontab", "/etc/cron.d/*")
_USERS = ("/var/spool/cron/crontabs/*", "/var/spool/cron/*")
"""Debian's place, then Red Hat's: a file for each user, with the user's name."""
_WORTH_READING = re.compile(r"galaxy", re.IGNORECASE)


def cron_programs(looking: Looking, home: Home) -> list[Program]:
    """The jobs of all crontabs that can have to do with Galaxy; another one is not even parsed."""
    found = []
    for patterns, system in ((_SYSTEM, True), (_USERS, False)):
        for path in (path for pattern in patterns for path in looking.paths(pattern)):
            text = looking.text(path) if looking.disk.is_file(path) else None
            if text is not None and (_WORTH_READING.search(text) or home.named_in(text)):
                found += _programs(looking, path, text, system)
    return found


def _programs(looking: Looking, path: str, text: str, system: bool) -> list[Program]:
    try:
        document = crontab.parse(text, looking.disk.shown(path), system)
    except Refused as refusal:
        looking.leave_all(refusal.problems)
        return []
    return [
        Program(
            manager="cron",
            name=f"cron job of {job.user or posixpath.basename(path)}, {' '.join(job.schedule)}",
            file=path,
            line=job.line,
            command=job.command,
            option="it",
        )
        for job in document.jobs
    ]
