"""Servers whose files were applied, and are edited by hand since: line by line, in every way that somebody might."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from wizard.disk import Disk
from wizard.session import Session

SERVERS = {
    "gravity": "",
    "systemd": '[groundwork]\nservice_manager = "systemd"\n',
    "supervisord": '[groundwork]\nservice_manager = "supervisord"\n',
    "apache": '[proxy]\nserver = "apache"\nsite_file = "/etc/apache2/sites-available/galaxy.conf"\n',
    "etc": '[groundwork]\nrotate_logs = true\n[data]\ncleanup = "cron"\nftp = "proftpd"\nftp_dir = "/srv/ftp"\n'
    'ftp_uid = 999\nftp_database_user = "ftp"\n',
}


class Server:
    """A server whose files were applied below `home`, and are edited by hand since."""

    def __init__(self, home: Path, answers: str) -> None:
        self.answers = home / "a.toml"
        self.answers.write_text(f'preset = "single-server@1"\n{answers}')
        self.disk = Disk(home / "root")
        self.disk.root.mkdir()
        work = self.opened()
        plan = work.plan()
        work.apply(plan, work.state(plan))
        self.paths = [file.path for file in work.plan().files]

    def opened(self) -> Session:
        return Session(self.answers, self.disk, self.answers.read_text(), named=True)

    def edit(self, path: str, old: str, new: str) -> None:
        real = self.disk.path(path)
        text = real.read_text()
        assert text.count(old) == 1
        real.write_text(text.replace(old, new))


def edits(line: str) -> Iterator[str | None]:
    """What somebody might do to a line: another number, path, word or switch; None where the line goes."""
    for found in re.finditer(r"\d+", line):
        yield f"{line[: found.start()]}{int(found[0]) + 1}{line[found.end() :]}"
    for old, new in (("true", "false"), ("false", "true"), (" on;", " off;")):
        if old in line:
            yield line.replace(old, new, 1)
    for found in list(re.finditer(r"/[a-z_.]+", line))[-1:]:
        yield f"{line[: found.end()]}X{line[found.end() :]}"
    yield None


def edited(lines: list[str]) -> Iterator[tuple[int, str | None]]:
    """Every such edit of a file that is no comment: the number of the line, from 0, and what becomes of it."""
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            yield from ((number, new) for new in edits(line))
