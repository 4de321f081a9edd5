"""`[options]` of the answers file: any option of galaxy.yml that no question asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret, secret_fault
from wizard.documents.tree import MISSING, Path
from wizard.files import one_to_one
from wizard.files.collecting import Collector, why
from wizard.files.entry_lens import Entries, Entry
from wizard.files.galaxy.connections import CELERY_CONF
from wizard.files.galaxy.proxy import ACCEL, X_ACCEL_BASE
from wizard.problems import Problem
from wizard.releases import catalog
from wizard.releases.release import NEWEST, Release

_COMPOSED = frozenset(
    {
        "database_connection", "celery_conf", "celery_broker", "celery_backend", "job_config",
        "nginx_x_accel_redirect_base", "apache_xsendfile", "tus_upload_store", "use_remote_user", "display_servers",
    }
)  # fmt: skip
"""Options that several answers make together, or that have a lens of their own."""
_CELERY_READ = frozenset({"broker_url", "result_backend", "task_routes"})
_BY_HOST = "_by_host"
_EXPLAINED = 50
"""So many names that no release knows are explained; a file with more of them is none that a person mistyped."""


def entries(given: Given) -> Entries:
    """The options that are given by their names."""
    found: Entries = {}
    for question, value in given.items():
        if question.startswith("options."):
            name = question.removeprefix("options.")
            plain = value.reference if isinstance(value, Secret) else value
            found[("galaxy", name)] = Entry(plain, (question,), catalog.secret_kind(name))
    return found


def read(found: Collector) -> None:
    """Take every known option that no question asks for, if an answers file can hold its value; name the rest."""
    taken = {path[1] for path in one_to_one.mapped("galaxy")} | _COMPOSED
    names = found.document.keys(("galaxy",))
    said = sentences((name for name in names if name not in taken and is_nowhere(name)), NEWEST)
    for name in names:
        path: Path = ("galaxy", name)
        value = found.document.get(path)
        if name in taken:
            continue
        if name in said:
            line = found.document.line(path)
            found.unread.append(Problem(f"{said[name]}; it is left alone", found.file, line))
            continue
        if value is None:
            continue
        if not _fits_toml(value):
            found.leave(path, f"options.{name}", "holds a value that no answers file can hold")
            continue
        secret = Secret(value) if catalog.secret_kind(name) and isinstance(value, str) else None
        if secret is not None and secret_fault(secret.reference):
            found.leave(path, f"options.{name}", why(secret))
        else:
            found.take(path, {f"options.{name}": value if secret is None else secret})
    _name_composed(found)


def is_nowhere(name: str) -> bool:
    """Whether no release whose options are listed has this one."""
    return catalog.option(name) is None


def sentences(names: Iterable[str], release: Release) -> dict[str, str]:
    """What `release` makes of names that no release has: of the first ones also what may be meant, which takes time."""
    said: dict[str, str] = {}
    for name in names:
        if _per_host(name):
            said[name] = f"{name} is per host"
        elif len(said) < _EXPLAINED:
            said[name] = next(iter(catalog.check(name, None, release)), f"{name} is read by Galaxy {release}")
        else:
            said[name] = f"{name} is not an option of Galaxy {release}"
    return said


def _per_host(name: str) -> bool:
    base = catalog.option(name.removesuffix(_BY_HOST))
    return name.endswith(_BY_HOST) and base is not None and base.per_host


def _name_composed(found: Collector) -> None:
    """Name what stands in the options that answers make together, and is no answer."""
    get = found.document.get
    base = get(ACCEL)
    if base not in (MISSING, None, "", X_ACCEL_BASE):
        found.leave(ACCEL, None, f"is another location than {X_ACCEL_BASE}")
    _name_celery(found, CELERY_CONF)


def _name_celery(found: Collector, section: Path) -> None:
    """Name the settings of Celery below `section` that no question asks for."""
    for name in found.document.keys(section):
        path = (*section, name)
        if found.document.get(path) is None or path in one_to_one.mapped("galaxy"):
            continue
        if any(asked[: len(path)] == path for asked in one_to_one.mapped("galaxy")):
            _name_celery(found, path)
        elif section != CELERY_CONF or name not in _CELERY_READ:
            found.leave(path, None, "is for Celery, and no question asks for it")


def _fits_toml(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _fits_toml(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_fits_toml(item) for item in value)
    return isinstance(value, bool | int | float | str)
