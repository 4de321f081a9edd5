"""Which consumers this machine has, and their versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from tests import consumers
from tests.verdicts.judges import JUDGES
from tests.verdicts.judging import run
from tests.verdicts.seeing import Found, present

_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "nginx -T": ("nginx", "-v"),
    "apache2 -t -D DUMP_CONFIG": ("apache2", "-v"),
    "systemd-analyze verify": ("systemd-analyze", "--version"),
    "logrotate -d": ("logrotate", "--version"),
    "proftpd -t": ("proftpd", "--version"),
    "xmllint": ("xmllint", "--version"),
    "crontab -T and sh -n": ("crontab",),
}
_UWSGI = "uwsgi --show-config"
_PACKAGES = {
    "Gravity's settings": "gravity",
    "supervisord's reader": "supervisor",
    "PasteDeploy": "PasteDeploy",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)+|\d{3,}")


def need_all() -> None:
    """Leave the test, as the rule for missing programs is, unless all consumers are here."""
    consumers.galaxy_python()
    consumers.uwsgi_program()
    for judge in present():
        if judge.consumer in _PROGRAMS:
            consumers.need_tool(_PROGRAMS[judge.consumer][0])


@cache
def version(consumer: str) -> str:
    """The version of a consumer on this machine; empty where it tells none."""
    if consumer in _PROGRAMS:
        name, *arguments = _PROGRAMS[consumer]
        done = run(consumers.need_tool(name), *arguments) if arguments else None
        found = _NUMBER.search(done.stdout + done.stderr) if done else None
        return found[0] if found else ""
    if consumer == _UWSGI:
        return run(consumers.uwsgi_program(), "--version").stdout.strip()
    package = _PACKAGES.get(consumer, "galaxy" if consumer.startswith("Galaxy") else "")
    if not package:
        return ""
    look = f"from importlib.metadata import version; print(version({package!r}))"
    return run(consumers.galaxy_python(), "-I", "-c", look).stdout.strip()


def of(found: Iterable[Found]) -> dict[str, str]:
    """The versions of the consumers that were asked, by the file that they read."""
    files = {file for one in found for file, _ in one.trials}
    return {judge.file: version(judge.consumer) for judge in JUDGES if judge.file in files}
