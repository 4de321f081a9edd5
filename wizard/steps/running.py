"""Steps that are left, done one after the other as root, up to the first that fails.

Nothing is remembered between two runs: each step is looked at again, and so a run goes on where another one stopped.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal
from urllib.parse import quote

from wizard import logbook
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.consumers.running import PLACES
from wizard.disk import reason
from wizard.problems import Exit, Problem, Refused
from wizard.steps.step import Command, Seen, Step

Outcome = Literal["done", "did", "failed", "by hand", "waits", "unknown"]
"""`done` before, `did` it now; `waits` for a step that is left."""
_MOST = 1 << 20
"""Bytes of a command's output that are kept: the end of it."""
_ASK_AGAIN = 1.0


@dataclass(frozen=True)
class Failure:
    """The command that failed, its exit status (None: all of them ended well), and what it said."""

    why: str
    command: str | None = None
    output: str = field(default="", repr=False)


@dataclass(frozen=True)
class Ran:
    """What became of one step."""

    step: Step
    outcome: Outcome
    because: str
    failure: Failure | None = None


@dataclass(frozen=True)
class Told:
    """What a run does now: it begins a step (`command` is None) or a command of it, or a step has come to its end."""

    step: Step
    number: int
    """Which of the steps it is, from 1."""
    of: int
    command: Command | None = None
    ended: Ran | None = None


Tell = Callable[[Told], None]


def chosen(steps: Sequence[Step], codes: Sequence[str]) -> tuple[Step, ...]:
    """The steps that `codes` name, in their order; all of them where none is named. Raises Refused."""
    known = [step.code for step in steps]
    wrong = [code for code in codes if code not in known]
    if wrong:
        way_out = f"there are {', '.join(known)}"
        raise Refused(Problem(f"there is no step {code}", way_out=way_out) for code in wrong)
    return tuple(step for step in steps if not codes or step.code in codes)


def run(
    steps: Sequence[Step],
    codes: Sequence[str] = (),
    tell: Tell = lambda told: None,
    secrets: Sequence[str] = (),
) -> tuple[Ran, ...]:
    """Do what is left of the steps that `codes` name (none: of all), and say what became of each of them.

    Stops behind the first that fails. A step that waits for one that is left, one that only a person can do, and one
    of which nobody can tell whether it is done are passed over. No text of the outcome holds one of `secrets`.
    Raises Refused for a code that no step has, and for an account that is not root's.
    """
    wanted = chosen(steps, codes)
    if os.geteuid() != 0:
        what = "only root can do what is left"
        way_out = "run this as root, or read the commands: galaxy-setup steps --script"
        raise Refused(Problem(what, way_out=way_out), Exit.NOT_PERMITTED)
    by_code = {step.code: step for step in steps}
    ended: dict[str, Ran] = {}
    for number, step in enumerate(wanted, 1):
        tell(Told(step, number, len(wanted)))
        began = partial(_begun, tell, step, number, len(wanted))
        ran = _one(step, _awaited(step, by_code, ended), began, secrets)
        ended[step.code] = ran
        logbook.tell(f"step {step.code}: {ran.outcome}")
        tell(Told(step, number, len(wanted), ended=ran))
        if ran.outcome == "failed":
            break
    return tuple(ended.values())


def _begun(tell: Tell, step: Step, number: int, of: int, command: Command) -> None:
    tell(Told(step, number, of, command))


def _awaited(step: Step, by_code: Mapping[str, Step], ended: Mapping[str, Ran]) -> list[str]:
    """The codes of the steps before this one that are left."""
    left = []
    for code in step.after:
        ran = ended.get(code)
        if ran is not None:
            open_yet = ran.outcome in ("by hand", "waits", "failed")
        else:
            open_yet = code in by_code and by_code[code].look().state == "left"
        left += [code] if open_yet else []
    return left


def _one(step: Step, awaited: Sequence[str], began: Callable[[Command], None], secrets: Sequence[str]) -> Ran:
    seen = step.look()
    if seen.state == "done":
        return Ran(step, "done", _without(seen.because, secrets))
    if awaited:
        return Ran(step, "waits", f"waits for {', '.join(awaited)}")
    if seen.state == "unknown":
        return Ran(step, "unknown", _without(seen.because, secrets))
    if not step.commands:
        return Ran(step, "by hand", _without(seen.because, secrets))
    for command in step.commands:
        began(command)
        failure = perform(command, secrets)
        if failure is not None:
            return Ran(step, "failed", failure.why, failure)
    seen = _looked(step)
    if seen.state == "left":
        why = f"the commands ended well, and yet {_without(seen.because, secrets)}"
        return Ran(step, "failed", why, Failure(why))
    return Ran(step, "did" if seen.state == "done" else "unknown", _without(seen.because, secrets))


def _looked(step: Step) -> Seen:
    """What its look says after its commands, or once its patience is over."""
    until = time.monotonic() + step.patience
    seen = step.look()
    while seen.state == "left" and time.monotonic() < until:
        time.sleep(_ASK_AGAIN)
        seen = step.look()
    return seen


def perform(command: Command, secrets: Sequence[str] = ()) -> Failure | None:
    """Run one command to its end; None when it ended well.

    What it starts in the background may hold its output open: that goes to a file, and only its own end is awaited.
    """
    shown = _without(command.shown(), secrets)
    try:
        argv, environ = _as_user(command)
        status, output = _run(argv, environ, command)
    except KeyError:
        return Failure(f"there is no account {command.user}", shown)
    except OSError as error:
        return Failure(f"cannot be run: {error.filename or argv[0]}: {reason(error)}", shown)
    if status == 0:
        return None
    why = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
    return Failure(f"{command.argv[0]}: {why}", shown, _without(output, secrets))


def _as_user(command: Command) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words and the whole environment of a command. Raises KeyError for an account that is not there."""
    account = pwd.getpwnam(command.user) if command.user is not None else pwd.getpwuid(0)
    environ = {"PATH": ":".join(PLACES), "LANG": "C.UTF-8", "HOME": account.pw_dir, "USER": account.pw_name}
    environ.update(command.environ)
    return (
        *(("runuser", "-u", command.user, "--") if command.user is not None else ()),
        *command.argv,
    ), environ


def _run(argv: Sequence[str], environ: Mapping[str, str], command: Command) -> tuple[int, str]:
    began = time.monotonic()
    with tempfile.TemporaryFile() as output, _input(command) as given:
        process = subprocess.Popen(
            argv,
            env=environ,
            cwd=command.cwd or "/",
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o022,
        )
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        logbook.tell(f"ran {argv[0]}: exit status {status}, {time.monotonic() - began:.2f} seconds")
        output.seek(max(0, output.seek(0, os.SEEK_END) - _MOST))
        return status, output.read().decode("utf-8", "replace")


@contextmanager
def _input(command: Command) -> Iterator[IO[bytes]]:
    """What the command reads, as an open file. Raises OSError."""
    if command.reads is not None:
        with Path(command.reads).open("rb") as given:
            yield given
        return
    with tempfile.TemporaryFile() as given:
        given.write((command.stdin or "").encode())
        given.seek(0)
        yield given


def secrets_in(given: Given) -> tuple[str, ...]:
    """The literal secrets among the answers, as they are and as a URL spells them, the longest first."""
    found = {text for value in given.values() for text in _secrets(value) if len(text) > 3}
    return tuple(sorted({*found, *(quote(text, safe="") for text in found)}, key=len, reverse=True))


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from [value.reference] if value.is_literal else []
    elif isinstance(value, Row):
        yield from (text for _, part in value for text in _secrets(part))
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _secrets(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _secrets(part))


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "<secret>")
    return text
