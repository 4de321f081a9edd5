"""`[options]` of the answers file: any option of galaxy.yml that no question asks for."""

from __future__ import annotations

from typing import Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret, secret_fault
from wizard.documents.yaml import Path
from wizard.files import one_to_one
from wizard.files.collecting import Collector, why
from wizard.files.yaml_lens import Entries, Entry
from wizard.releases import catalog

_COMPOSED = frozenset(
    {
        "database_connection", "celery_conf", "job_config", "nginx_x_accel_redirect_base", "apache_xsendfile",
        "tus_upload_store", "use_remote_user", "display_servers",
    }
)  # fmt: skip
"""Options that several answers make together, or that have a lens of their own."""


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
    """Take every known option that no question asks for, if an answers file can hold its value."""
    taken = {path[1] for path in one_to_one.mapped("galaxy")} | _COMPOSED
    for name in found.document.keys(("galaxy",)):
        path: Path = ("galaxy", name)
        value = found.document.get(path)
        if name in taken or catalog.option(name) is None or not _fits_toml(value):
            continue
        secret = Secret(value) if catalog.secret_kind(name) and isinstance(value, str) else None
        if secret is not None and secret_fault(secret.reference):
            found.leave(path, f"options.{name}", why(secret))
        else:
            found.take(path, {f"options.{name}": value if secret is None else secret})


def _fits_toml(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _fits_toml(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_fits_toml(item) for item in value)
    return isinstance(value, bool | int | float | str)
