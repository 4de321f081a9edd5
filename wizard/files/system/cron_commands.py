"""The commands that clean up after users: written from facts, and taken apart again.

Steps and order: production.md, "Cleaning up datasets", and Galaxy's scripts/cleanup_datasets. What is deleted first
marks what can be deleted next, and only the last step takes files from the disk. pgcleanup.py knows PostgreSQL only;
without -U each of its steps would begin a new count of days for what it touched.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wizard.answers.data import Leftover

_PGCLEANUP: Mapping[Leftover, tuple[str, ...]] = {
    "userless-histories": ("delete_userless_histories",),
    "exported-histories": ("delete_exported_histories",),
    "histories": (
        "purge_deleted_histories",
        "purge_deleted_hdas",
        "purge_historyless_hdas",
        "purge_hdas_of_purged_histories",
    ),
    "datasets": ("delete_datasets", "purge_datasets"),
}
"""The steps of pgcleanup.py. None is for libraries: what users delete there stays (galaxyproject/galaxy#19766)."""
_SERIES: Mapping[Leftover, tuple[str, ...]] = {
    "userless-histories": ("-1",),
    "histories": ("-2 -r",),
    "libraries": ("-4 -r", "-5 -r"),
    "datasets": ("-6 -r", "-3 -r"),
}
"""The steps of cleanup_datasets.py, a run for each. None is for exported histories."""

_FOLDER = "scripts/cleanup_datasets"
_WORD = r"(?:'[^']*'|\"[^\"]*\"|[^\s'\"<>|&;()])+"
_END = rf"(?: >> (?P<log>{_WORD}) 2>&1)?"
_ACTION = rf"(?:{'|'.join(step for steps in _PGCLEANUP.values() for step in steps)})"
_STEP = rf"(?:{'|'.join(shlex.quote(step) for steps in _SERIES.values() for step in steps)})"
_SCRIPT = re.compile(r"\b(?:pgcleanup|cleanup_datasets)\.py\b|\bcleanup_datasets/[a-z_]+\.sh\b")
_DAYS = re.compile(r"(?<=\s)(?:-o|--older-than|-d|--days)(?:\s+|=|)(?P<days>[1-9]\d*)(?=\s|$)")
_BY_PGCLEANUP = re.compile(
    rf"cd (?P<root>{_WORD}) && (?P<python>{_WORD}) {_FOLDER}/pgcleanup\.py -c (?P<config>{_WORD})"
    rf" -U -o (?P<days>[1-9]\d*)(?: -l (?P<folder>{_WORD}))? (?P<steps>{_ACTION}(?: {_ACTION})*){_END}"
)
_BY_SERIES = re.compile(
    rf"cd (?P<root>{_WORD}) && for step in (?P<steps>{_STEP}(?: {_STEP})*); do (?P<python>{_WORD})"
    rf" {_FOLDER}/cleanup_datasets\.py -c (?P<config>{_WORD}) -d (?P<days>[1-9]\d*) \$step; done{_END}"
)
_TEMPORARY = re.compile(
    rf"find (?P<folder>{_WORD}) -xdev -mindepth 1 -mtime \+(?P<days>[1-9]\d*)"
    r" '\(' ! -type d -o -empty '\)' -delete"
)


@dataclass(frozen=True)
class Cleaning:
    """One run over what users deleted: `root` is Galaxy's, `log_dir` None where the output goes to cron's mail.

    `what` is in the order of the work, and only what the script of this database has steps for.
    """

    root: str
    python: str
    config: str
    days: int
    postgresql: bool
    what: tuple[Leftover, ...]
    log_dir: str | None = None

    def command(self) -> str:
        """What the shell gets."""
        root, python, config = (shlex.quote(path) for path in (self.root, self.python, self.config))
        log = f" >> {shlex.quote(f'{self.log_dir}/cleanup.log')} 2>&1" if self.log_dir else ""
        steps = " ".join(map(shlex.quote, _steps(self.what, self.postgresql)))
        if self.postgresql:
            folder = f" -l {shlex.quote(self.log_dir)}" if self.log_dir else ""
            run = f"{python} {_FOLDER}/pgcleanup.py -c {config} -U -o {self.days}{folder} {steps}"
        else:
            script = f"{python} {_FOLDER}/cleanup_datasets.py -c {config} -d {self.days} $step"
            run = f"for step in {steps}; do {script}; done"
        return f"cd {root} && {run}{log}"

    @classmethod
    def parse(cls, command: str) -> Cleaning | None:
        """The facts of a command that `command` wrote; None for any other."""
        found = _BY_PGCLEANUP.fullmatch(command) or _BY_SERIES.fullmatch(command)
        if found is None:
            return None
        words = {name: _plain(found[name]) for name in ("root", "python", "config", "log")}
        log, postgresql = words["log"], found.re is _BY_PGCLEANUP
        facts = cls(
            words["root"] or "",
            words["python"] or "",
            words["config"] or "",
            int(found["days"]),
            postgresql,
            _cleaned(shlex.split(found["steps"]), postgresql),
            log.removesuffix("/cleanup.log") if log else None,
        )
        return facts if facts.command() == command else None


def everything(postgresql: bool) -> tuple[Leftover, ...]:
    """All that the script of a database cleans, in the order of the work; PostgreSQL has its own script."""
    return tuple(_PGCLEANUP if postgresql else _SERIES)


def _steps(what: tuple[Leftover, ...], postgresql: bool) -> list[str]:
    by_script = _PGCLEANUP if postgresql else _SERIES
    return [step for one in what for step in by_script[one]]


def _cleaned(steps: Collection[str], postgresql: bool) -> tuple[Leftover, ...]:
    """What is cleaned as a whole by `steps`; some may be left over."""
    by_script = _PGCLEANUP if postgresql else _SERIES
    return tuple(one for one in everything(postgresql) if set(by_script[one]) <= set(steps))


def temporary_command(folder: str, days: int) -> str:
    """Remove what lies in `folder` for more than `days` days, and directories that are empty as long."""
    return f"find {shlex.quote(folder)} -xdev -mindepth 1 -mtime +{days} '(' ! -type d -o -empty ')' -delete"


def temporary_parts(command: str) -> tuple[str, int] | None:
    """Folder and days of such a command; None for any other."""
    found = _TEMPORARY.fullmatch(command)
    if found is None:
        return None
    parts = _plain(found["folder"]) or "", int(found["days"])
    return parts if temporary_command(*parts) == command else None


def cleans_up(command: str) -> bool:
    """Whether a command runs one of Galaxy's clean-up scripts."""
    return _SCRIPT.search(command) is not None


def days_of(command: str) -> int | None:
    """The age that a command gives a clean-up script; None when it gives none, or more than one."""
    found = {int(match["days"]) for match in _DAYS.finditer(command)}
    return found.pop() if len(found) == 1 else None


def with_days(command: str, days: int) -> str:
    """The command with another age."""
    return _DAYS.sub(lambda match: match[0][: -len(match["days"])] + str(days), command)


def _plain(word: str | None) -> str | None:
    """A word without its quotes."""
    try:
        return shlex.split(word)[0] if word else None
    except (ValueError, IndexError):
        return None
