"""What the tests of the ProFTPD lenses share."""

from __future__ import annotations

from typing import Any

from wizard.answers.secret import Secret
from wizard.files.lens import Written
from wizard.files.system.proftpd import SITE_FILE, ProftpdConf

LENS = ProftpdConf()
TYPICAL: dict[str, Any] = {
    "data.ftp": "proftpd",
    "data.ftp_dir": "/srv/galaxy/data/ftp",
    "data.ftp_passive_ports": "56000-60000",
    "data.ftp_uid": 998,
    "data.ftp_gid": 997,
    "data.ftp_database_user": "galaxyftp",
    "data.ftp_database_password": Secret("not-a-secret"),
    "database.engine": "postgresql",
    "database.connect": "tcp",
    "database.host": "db.example.org",
    "database.port": 5433,
    "database.name": "galaxy",
}


def write(answers: dict[str, Any], text: str | None = None) -> Written:
    return LENS.write(answers, LENS.skeleton(answers) if text is None else text, SITE_FILE)


def read(text: str) -> dict[str, Any]:
    return LENS.read(text, SITE_FILE).given
