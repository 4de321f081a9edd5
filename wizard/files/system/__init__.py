"""Files of the system around Galaxy: logrotate, cron and ProFTPD."""

from __future__ import annotations

from wizard.files.late import Late, says
from wizard.files.lens import Lens

SYSTEM: tuple[Lens, ...] = (
    Late("logrotate", "wizard.files.system.logrotate", "LogrotateFile", says("groundwork.rotate_logs", True)),
    Late("cron", "wizard.files.system.cron", "CleanupCron", says("data.cleanup", "cron")),
    Late("ProFTPD's main file", "wizard.files.system.proftpd", "ProftpdMain", says("data.ftp", "proftpd")),
    Late("proftpd.conf", "wizard.files.system.proftpd", "ProftpdConf", says("data.ftp", "proftpd")),
)
