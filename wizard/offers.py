"""What the first screen offers: presets, best first, and the installs that are on this machine.

Presets are known before the engine is loaded, so nothing else is imported at the top.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import presets
from wizard.answers.question import Machine
from wizard.presets import Preset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wizard.disk import Disk
    from wizard.problems import Problem
    from wizard.session import Session
    from wizard.survey.found import Install

ENOUGH = 0.75
"""A machine with this part of what a preset is made for will do: the system itself takes some of the memory."""

_USUAL = (
    "single-server",
    "small-lab",
    "slurm-cluster",
    "grid-engine-cluster",
    "kubernetes",
    "pulsar",
    "multi-host",
    "training",
)
"""What most servers are comes first."""

_SERVERS = {"gunicorn": "gunicorn/Gravity", "uwsgi": "uWSGI", "paste": "Paste"}


@dataclass(frozen=True)
class Offer:
    """A preset, whether this machine is one that it is made for, and why (not)."""

    preset: Preset
    fits: bool
    why: str


def offers(machine: Machine, root: bool) -> list[Offer]:
    """The newest version of every preset, the one that fits best first.

    For who is not `root` the one that needs no root stands first of all; for root, it is the last of those that fit.
    """
    found = [_offer(presets.find(name), machine) for name in presets.names()]
    return sorted(found, key=lambda offer: _rank(offer, root))


def _offer(preset: Preset, machine: Machine) -> Offer:
    here = f"{_cores(machine.cores)}, {machine.memory_gib:.0f} GiB"
    lacking = [name for name in preset.commands if name not in machine.commands]
    if lacking:
        return Offer(preset, False, f"{' and '.join(lacking)} is not here")
    if machine.cores < preset.cores * ENOUGH or machine.memory_gib < preset.memory_gib * ENOUGH:
        return Offer(preset, False, f"made for {_cores(preset.cores)}, {preset.memory_gib} GiB; here {here}")
    if preset.beside:
        return Offer(preset, False, f"needs {preset.beside}")
    if preset.commands:
        return Offer(preset, True, f"fits here: {' and '.join(preset.commands)} was found")
    return Offer(preset, True, f"fits here: {here}")


def _cores(count: int) -> str:
    return f"{count} core{'' if count == 1 else 's'}"


def _rank(offer: Offer, root: bool) -> tuple[int, int, int]:
    preset = offer.preset
    usual = _USUAL.index(preset.name) if preset.name in _USUAL else len(_USUAL)
    if preset.name == "trial":
        return (2, 0, 0) if root else (0, 0, 0)
    if offer.fits:
        return (1, 0 if preset.commands else 1, usual)
    smaller_first = 100 if preset.commands or preset.beside else preset.cores
    return (3, smaller_first, usual)


def seen(session: Session) -> tuple[Install, ...]:
    """The installs that can be seen from the current directory, but for the session's own.

    None where the admin named one: nothing else is asked for then.
    """
    from wizard.apply import STATE_FILE
    from wizard.survey.installs import installs

    if session.named:
        return ()
    own = None if session.draft else session.file
    disk = session.disk
    found = installs(disk, here())
    return tuple(one for one in found if disk.real(f"{one.config_dir}/{STATE_FILE}") != own)


def here() -> Path:
    """The current directory; the root when it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def draft_file(disk: Disk) -> Path:
    """Where the answers of a new server are kept until its first apply: in the root, else the current directory."""
    from wizard.apply import STATE_FILE

    return disk.real(f"/{STATE_FILE}") if disk.root != Path("/") else here() / STATE_FILE


def open_managed(session: Session, install: Install) -> tuple[Session, tuple[Problem, ...]]:
    """A session on the answers of another install on the same disk, and what was brought to an end there first.

    Raises Refused.
    """
    from wizard.apply import STATE_FILE
    from wizard.recovery import settle

    file = session.disk.real(f"{install.config_dir}/{STATE_FILE}")
    said = settle(file.parent)
    return _on(session, file, draft=False), said


def begin_anew(session: Session) -> Session:
    """A session on answers that belong to no install yet. Raises Refused."""
    return _on(session, draft_file(session.disk), draft=True)


def _on(session: Session, file: Path, draft: bool) -> Session:
    from wizard.disk import decoded, unreadable
    from wizard.session import Session
    from wizard.statefile import new

    try:
        text = decoded(file.read_bytes(), str(file)) if os.path.lexists(file) or not draft else new(None)
    except OSError as error:
        raise unreadable(str(file), error) from None
    opened = Session(file, session.disk, text, session.environ, draft=draft)
    opened.host = session.host if session.host in opened.hosts else None
    return opened


def about(session: Session, install: Install) -> str:
    """What an install is, in one line. Reads its files, and for a managed one makes the plan; says what is wrong."""
    from wizard.problems import Refused
    from wizard.session import READING
    from wizard.survey.surveying import survey

    try:
        if install.managed:
            return about_managed(open_to_read(session, install))
        with READING:
            found = survey(session.disk, install.config_dir)
    except Refused as refused:
        return f"{refused.problems[0]}"
    facts = {f"groundwork.{name}": fact.value for name, fact in found.facts.items()}
    return _line({**facts, **found.given}, "not managed yet")


def open_to_read(session: Session, install: Install) -> Session:
    """A session that is only looked into. Raises Refused."""
    from wizard.apply import STATE_FILE

    return _on(session, session.disk.real(f"{install.config_dir}/{STATE_FILE}"), draft=False)


def about_managed(session: Session) -> str:
    """What a managed install is, and how much of it was edited by hand, in one line. Raises Refused."""
    count = len(session.plan().drift)
    return _line(session.given, f"managed, {count} drifted" if count else "managed")


def _line(given: Mapping[str, Any], *more: str) -> str:
    from wizard.answers.hints import served_by

    release, user = given.get("groundwork.release"), given.get("groundwork.user")
    parts: Iterable[str | None] = (
        f"Galaxy {release}" if release else "Galaxy",
        _SERVERS[served_by(given)],
        f"as {user}" if user else None,
        *more,
    )
    return ", ".join(part for part in parts if part)
