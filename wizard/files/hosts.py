"""What runs on the host that files are written for, when the answers spread Galaxy over several."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host, Role
from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.answers.section import Row
from wizard.files.places import in_config_dir

if TYPE_CHECKING:
    from wizard.files.lens import Lens

HOSTS, HOST = "scaling.hosts", "scaling.host"
GALAXY: tuple[Role, ...] = ("web", "handlers", "celery", "celery-beat", "reports", "cleanup")
"""The roles that read Galaxy's own configuration."""


def hosts_of(given: Given) -> list[Host]:
    """The hosts that Galaxy is spread over; none where everything runs on one machine."""
    return [*(given.get(HOSTS) or ())]


def this_host(given: Given) -> Host | None:
    """The row of the host that the files are for; None where everything runs on one machine."""
    name = given.get(HOST)
    return next((row for row in hosts_of(given) if row.name == name), None)


def runs_here(given: Given, *roles: Role) -> bool:
    """Whether one of `roles` is this host's; without hosts, all are."""
    row = this_host(given)
    return row is None or any(role in row.runs for role in roles)


def handlers_here(given: Given, handlers: Sequence[Handler]) -> list[Handler]:
    """Those of `handlers` that run on this host."""
    row = this_host(given)
    return [*handlers] if row is None else [handler for handler in handlers if runs_handler(row, handler)]


def runs_handler(row: Host, handler: Handler) -> bool:
    """Whether `handler` runs on the host of `row`."""
    return "handlers" in row.runs and (row.handlers is None or handler.name in row.handlers)


def as_on(given: Given, name: str) -> dict[str, Any]:
    """`given` for the host called `name`."""
    return {**given, HOST: name}


_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")


def named_like(given: Given, machine: str) -> str | None:
    """The one host whose name is the machine's, in full or where one of both is short; None for none or several."""
    wanted = machine.lower().rstrip(".")
    names = [row.name for row in hosts_of(given)]
    exact = [name for name in names if name.lower() == wanted]
    near = exact or [name for name in names if _same_machine(name.lower(), wanted)]
    return near[0] if len(near) == 1 else None


def _same_machine(one: str, other: str) -> bool:
    if _ADDRESS.fullmatch(one) or _ADDRESS.fullmatch(other):
        return one == other
    short = "." not in one or "." not in other
    return short and one.partition(".")[0] == other.partition(".")[0]


RECORD = ".galaxy-setup"
"""The folder beside the state file that holds what is known of the last apply."""


def record_folder(given: Given) -> str | None:
    """Where the record and the lock of this host are, absolute; None when nothing says where galaxy.yml belongs.

    Hosts may share the configuration directory, and each knows only what was applied to its own files.
    """
    row = this_host(given)
    return in_config_dir(given, RECORD if row is None else f"{RECORD}/hosts/{row.name}")


def record_folders(given: Given) -> Iterator[str]:
    """Where the records of the other hosts are, absolute."""
    row = this_host(given)
    for other in hosts_of(given):
        folder = record_folder(as_on(given, other.name))
        if row is not None and other.name != row.name and folder is not None:
            yield folder


def may_be_shared(given: Given, path: str) -> bool:
    """Whether the file at `path` stands in the configuration directory, which hosts may share."""
    directory = in_config_dir(given, ".")
    return directory is not None and posixpath.commonpath([directory, path]) == directory


def needed_here(given: Given, lenses: Sequence[Lens]) -> dict[str, Any]:
    """`given` without the secrets that no file of this host takes: what they come from need not be here."""
    if this_host(given) is None:
        return dict(given)
    here = [lens for lens in lenses if lens.target(given) is not None]
    return {
        path: value
        for path, value in given.items()
        if not _comes_from_elsewhere(path, value) or any(lens.owns(path) for lens in here)
    }


def _comes_from_elsewhere(path: str, value: Any) -> bool:
    """Whether a secret is in `value` that stands in a file or a variable, or is to be generated."""
    if isinstance(value, Secret):
        return not value.is_literal
    if isinstance(value, Row):
        return any(_comes_from_elsewhere(path, part) for _, part in value)
    if isinstance(value, list):
        return any(_comes_from_elsewhere(path, part) for part in value)
    if isinstance(value, dict):
        return path.startswith("options.") or any(
            _comes_from_elsewhere(path, part) for part in value.values()
        )
    return False
