"""Rules about cluster jobs that run under the accounts of those who started them.

Source of all: Galaxy documentation, Connecting to a Cluster, Submitting Jobs as the Real User.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.jobs_seen import (
    DESTINATIONS,
    RUNNERS,
    chooses_later,
    destinations,
    going_to,
    is_whole,
    lies_in,
)
from wizard.answers.questions import questions

_SOURCE = "Galaxy documentation, Connecting to a Cluster: submitting jobs as the real user"
_REAL, _OUTPUTS = "cluster.real_user", "cluster.outputs_to_working_directory"
_RUN, _KILL, _CHOWN = "cluster.external_runjob", "cluster.external_killjob", "cluster.external_chown"
_NAME, _UMASK = "cluster.real_system_username", "groundwork.umask"
_JOBS = "cluster.job_working_directory"
_ABLE = frozenset({"slurm", "univa"})
"""The kinds of runners that can watch a job which another account has submitted."""
_LACKING = {
    _KILL: ("ends a job when its user cancels it", "the job runs on, since Galaxy's account may not stop it"),
    _CHOWN: (
        "hands the job's directory over and back",
        "either the job cannot write there or Galaxy cannot collect",
    ),
}


def _is_real(scene: Scene) -> bool:
    return scene.value(_REAL) is True


@rule("cluster.real-user-outputs", "error", _SOURCE)
def real_user_outputs(scene: Scene) -> Iterator[Finding]:
    """The real user owns the job's directory and nothing else."""
    if _is_real(scene) and scene.value(_OUTPUTS) is not True:
        yield Finding(
            "jobs run as other users, and write their outputs among the datasets",
            "the datasets belong to Galaxy's account, so that no tool can write there and every job fails",
            "have outputs written to the job directory, from where Galaxy takes them",
            _OUTPUTS,
            fix={_OUTPUTS: True},
        )


@rule("cluster.real-user-commands", "error", _SOURCE)
def real_user_commands(scene: Scene) -> Iterator[Finding]:
    """Three commands belong together."""
    for question, (does, else_) in _LACKING.items() if _is_real(scene) else ():
        if not scene.value(question):
            fit = questions()[question].question.suggestion(scene.given, scene.machine)
            yield Finding(
                f"jobs run as other users, and there is no command that {does}",
                else_,
                "give it, and let sudo allow it to Galaxy's account",
                question,
                fix={question: fit.value} if fit is not None else {},
            )


@rule("cluster.real-user-sudo", "warning", _SOURCE)
def real_user_sudo(scene: Scene) -> Iterator[Finding]:
    """sudo takes the environment away, and with it the place of the DRMAA library."""
    for question in (_RUN, _KILL, _CHOWN) if _is_real(scene) else ():
        words = _words(scene.value(question))
        if not words or _keeps_environment(words):
            continue
        by_sudo = PurePosixPath(words[0]).name == "sudo"
        what = "runs sudo without -E" if by_sudo else "is not run through sudo"
        why = (
            "sudo drops variables such as DRMAA_LIBRARY_PATH and SGE_ROOT, which the script needs"
            if by_sudo
            else "Galaxy's account may neither submit for others nor give files away"
        )
        way_out = "write sudo -E before the script, and SETENV beside NOPASSWD in the rules of sudo"
        fix = {question: shlex.join([words[0], "-E", *words[1:]])} if by_sudo else {}
        yield Finding(f"this command {what}", why, way_out, question, fix=fix)


def _words(command: Any) -> list[str]:
    try:
        return shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return []


def _keeps_environment(words: list[str]) -> bool:
    """Whether a command is sudo's, with the environment kept: as a whole, or variable by variable."""
    if PurePosixPath(words[0]).name != "sudo":
        return False
    return any(
        word.startswith("--preserve-env")
        or "=" in word
        or (word[:1] == "-" and word[1:2] != "-" and "E" in word)
        for word in words[1:]
    )


@rule("cluster.real-user-python", "note", _SOURCE)
def real_user_python(scene: Scene) -> Iterator[Finding]:
    """sudo sets a PATH of its own, so that the script's first line finds the system's Python."""
    virtualenv = scene.value("groundwork.virtualenv")
    words = _words(scene.value(_RUN)) if _is_real(scene) else []
    script = next((word for word in words if word.endswith("drmaa_external_runner.py")), None)
    if (
        not virtualenv
        or script is None
        or any("python" in PurePosixPath(word).name for word in words)
        or "PATH=" in " ".join(words)
    ):
        return
    python = str(PurePosixPath(virtualenv, "bin", "python"))
    at = words.index(script)
    yield Finding(
        "the script that submits jobs is not started with the virtualenv's Python",
        "sudo sets a PATH of its own, and the system's Python has no drmaa module as a rule",
        f"write {python} before the script",
        _RUN,
        fix={_RUN: shlex.join([*words[:at], python, *words[at:]])},
    )


@rule("cluster.real-user-reach", "error", _SOURCE)
def real_user_reach(scene: Scene) -> Iterator[Finding]:
    """Other accounts must get to the job's directory, and read the datasets."""
    if not _is_real(scene):
        return
    umask = scene.value(_UMASK)
    if isinstance(umask, str) and int(umask, 8) & 0o055 == 0o055:
        yield Finding(
            f"with the umask {umask} nobody but Galaxy's account may enter its directories",
            "jobs of other users can neither read their inputs nor reach their own directory",
            "answer 022, or 027 where all users share Galaxy's group",
            _UMASK,
            fix={_UMASK: "022"},
        )
    place = str(scene.value(_JOBS) or "")
    if lies_in(place, ("/root",)):
        yield Finding(
            f"the job directory is {place}, below root's home",
            "no other account may enter it, so that jobs of other users cannot start",
            "choose a directory that all of them can reach, on the file system of the cluster",
            _JOBS,
        )


@rule("cluster.real-user-runner", "error", _SOURCE)
def real_user_runner(scene: Scene) -> Iterator[Finding]:
    """A DRMAA session knows the jobs that it submitted itself, and these are submitted by a script."""
    if not _is_real(scene) or not destinations(scene) or not is_whole(scene, DESTINATIONS, RUNNERS):
        return
    blind = going_to(scene, {"drmaa"})
    if blind:
        yield Finding(
            f"jobs run as other users, and {blind[0].id} has a plain DRMAA runner",
            "it sees only jobs of its own session, and these are submitted in another one",
            "choose the kind univa, which asks qstat and qacct too, or slurm",
            RUNNERS,
        )
    elif not going_to(scene, _ABLE) and not chooses_later(scene):
        yield Finding(
            "jobs are to run as other users, and no destination has a runner that can do it",
            "Galaxy submits for others through DRMAA alone, so that jobs run as Galaxy's own account",
            "use a runner of the kind slurm or univa, or switch real users off",
            _REAL,
        )


@rule("cluster.real-user-is-galaxy", "error", _SOURCE)
def real_user_is_galaxy(scene: Scene) -> Iterator[Finding]:
    """Any other text than the two names of methods is one account for everybody."""
    name, own = scene.value(_NAME), scene.value("groundwork.user", "galaxy")
    if _is_real(scene) and name == own:
        yield Finding(
            f"jobs are to run as {name}, which is Galaxy's own account",
            "Galaxy's account would have to hand its jobs over to itself, and all of them keep its rights",
            "answer user_email or username, or switch real users off",
            _NAME,
            fix={_NAME: "user_email"},
        )


@rule("cluster.real-user-registers", "warning", _SOURCE)
def real_user_registers(scene: Scene) -> Iterator[Finding]:
    """Whoever chooses a name in Galaxy chooses the account that jobs run under, unless auth_conf.xml checks it."""
    name = scene.value(_NAME, "user_email")
    registers = (
        scene.value("proxy.authentication") == "galaxy" and scene.value("options.auth_config_file") is None
    )
    if _is_real(scene) and registers and name in ("user_email", "username"):
        yield Finding(
            "people choose their own names in Galaxy, and jobs run under the account of that name",
            "whoever registers with somebody else's name runs jobs as that person",
            "have the proxy, or LDAP in Galaxy's auth_conf.xml, check logins against the accounts of the cluster",
            "proxy.authentication",
        )
