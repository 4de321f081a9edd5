"""What has to be reloaded or restarted once files have changed, as commands, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.answers.question import Given
from wizard.files.places import release
from wizard.releases import catalog

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan


_JOB_CONFIGURATIONS = frozenset({"job_conf.yml", "job_conf.xml"})
_FTP = frozenset({"proftpd.conf", "ProFTPD's main file"})


def consequences(files: Iterable[FilePlan], given: Given) -> tuple[str, ...]:
    """The commands that make the plan's files take effect; empty when nothing changes or Galaxy reloads by itself."""
    commands: list[str] = []
    pending = [file for file in files if file.action != "unchanged"]
    lenses = {name for file in pending for name in file.lenses if file.changes}
    options = [change.option for file in pending for change in file.changes]
    restart = not lenses.isdisjoint(_JOB_CONFIGURATIONS) or any(
        _needs_restart(option, given) for option in options
    )
    gravity = any(option.startswith("gravity.") for option in options)
    managed = str(given.get("groundwork.service_manager", "gravity-systemd")).startswith("gravity")
    new = any(file.before is None and file.path.endswith("/galaxy.yml") for file in pending)
    if managed and gravity:
        commands.append("galaxyctl update")
    if managed and (restart or gravity):
        commands.append("galaxyctl start" if new else "galaxyctl graceful")
    elif restart:
        commands.append("start Galaxy" if new else "restart Galaxy")
    for file in pending:
        if "nginx site" in file.lenses:
            if file.before is None and "/sites-available/" in file.path:
                name = file.path.rpartition("/")[2]
                commands.append(f"ln -s ../sites-available/{name} /etc/nginx/sites-enabled/{name}")
            commands.append("nginx -t && nginx -s reload")
        if "apache site" in file.lenses:
            commands += _apache(file)
    if not lenses.isdisjoint(_FTP):
        commands.append("proftpd -t && systemctl restart proftpd")
    return tuple(commands)


def _apache(file: FilePlan) -> Iterable[str]:
    debian = "/sites-available/" in file.path
    if file.before is None and debian:
        yield f"a2ensite {file.path.rpartition('/')[2].removesuffix('.conf')}"
    yield f"apachectl configtest && systemctl reload {'apache2' if debian else 'httpd'}"


def _needs_restart(option: str, given: Given) -> bool:
    section, _, name = option.partition(".")
    if section != "galaxy":
        return False
    known = catalog.options(release(given)).get(name.partition(".")[0])
    return known is None or not known.reloadable
