"""Rules about the variables that Galaxy's processes get: what a login shell has, and a service has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.serving_known import environments

_SYSTEM = ("/bin", "/usr/bin")
_PYTHON = ("gunicorn", "uWSGI", "a Paste server", "a Paste process", "a job handler", "a Celery worker")
"""Programs of Galaxy's own."""
_WORKING = ("a Paste process", "a job handler", "a Celery worker")
"""Those that set metadata and start jobs, and nothing else."""


@dataclass(frozen=True)
class Table:
    """Variables of one kind of process: whose, and where they stand."""

    whose: str
    variables: Mapping[str, str]
    question: str | None = None
    file: str | None = None
    line: int | None = None


def _tables(scene: Scene) -> Iterator[Table]:
    """All that is known: what is answered, and what service managers say."""
    for question, whose, variables in environments(scene):
        yield Table(whose, variables, question)
    for one in scene.programs:
        if not one.by_gravity:
            line = one.environment_line or one.line
            yield Table(one.name, one.environment, None, one.file, line)


@rule("serving.pythonhome", "error", "galaxyproject/galaxy#4597")
def pythonhome(scene: Scene) -> Iterator[Finding]:
    """PYTHONHOME reaches every Python that a job starts."""
    for table in _tables(scene):
        if table.variables.get("PYTHONHOME"):
            yield Finding(
                f"{table.whose} gets PYTHONHOME",
                "each job inherits it, and the Pythons of Conda and of tools then look for their modules in Galaxy's",
                "take it out: VIRTUAL_ENV, and the virtualenv's bin first in PATH, are all that is needed",
                table.question,
                table.file,
                table.line,
            )


@rule(
    "serving.pythonpath", "warning", "Galaxy documentation, Production Environments: Use a clean environment"
)
def pythonpath(scene: Scene) -> Iterator[Finding]:
    """Other modules on Galaxy's path."""
    for table in _tables(scene):
        parts = [part for part in table.variables.get("PYTHONPATH", "").split(":") if part]
        strange = [
            part for part in parts if part.rstrip("/").rpartition("/")[2] != "lib" and "%(" not in part
        ]
        if strange:
            yield Finding(
                f"{table.whose} gets a PYTHONPATH with {strange[0]} in it",
                "modules from there take the place of those that Galaxy needs in its virtualenv, and jobs inherit it",
                "take it out, and install what is missing into the virtualenv",
                table.question,
                table.file,
                table.line,
            )


@rule("serving.path-without-bin", "warning", "galaxyproject/galaxy#14590")
def path_without_bin(scene: Scene) -> Iterator[Finding]:
    """A PATH takes the place of the system's."""
    for table in _tables(scene):
        path = table.variables.get("PATH")
        if not path or any(sign in path for sign in ("$", "%(", "{")):
            continue
        if not {part.rstrip("/") for part in path.split(":")} & {*_SYSTEM}:
            yield Finding(
                f"the PATH of {table.whose} has no /usr/bin in it",
                "jobs then fail because they find neither mkdir nor bash",
                "put /usr/local/bin:/usr/bin:/bin behind the virtualenv's bin",
                table.question,
                table.file,
                table.line,
            )


@rule("serving.home-of-root", "warning", "galaxyproject/usegalaxy-playbook#14")
def home_of_root(scene: Scene) -> Iterator[Finding]:
    """supervisord changes the account of a program, and not its HOME."""
    for one in scene.programs:
        if one.manager == "supervisord" and one.what in _PYTHON and one.user not in (None, "root"):
            home = one.environment.get("HOME")
            if home is None or home == "/root":
                yield Finding(
                    f"{one.name} runs as {one.user} with the HOME of root",
                    "supervisord hands its own HOME on: Conda and pip write to /root, and may not",
                    f'add HOME="…", the home of {one.user}, to its environment',
                    file=one.file,
                    line=one.environment_line or one.line,
                )


@rule("serving.virtual-env-unsaid", "warning", "galaxyproject/gravity#97")
def virtual_env_unsaid(scene: Scene) -> Iterator[Finding]:
    """What jobs run to set metadata finds the virtualenv by VIRTUAL_ENV."""
    for one in scene.programs:
        known = one.environment_is_whole and not one.by_gravity
        if one.what in _WORKING and known and "VIRTUAL_ENV" not in one.environment:
            yield Finding(
                f"{one.name} starts {one.what} without VIRTUAL_ENV",
                "jobs that set metadata look for Galaxy's virtualenv there, and fail with the system's Python",
                "set VIRTUAL_ENV to Galaxy's virtualenv in its environment",
                file=one.file,
                line=one.environment_line or one.line,
            )
