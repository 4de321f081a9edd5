"""What starts Galaxy at boot where neither systemd nor Gravity does: init script, launchd, SMF; and run.sh by hand."""

from __future__ import annotations

from wizard.files.boot.places import LAUNCHD_FILE, SMF_FILE, SYSVINIT_FILE
from wizard.files.boot.starter import Starter

BOOT = (
    Starter("init script", "sysvinit", "sysvinit", "SysvinitScript", SYSVINIT_FILE),
    Starter("launchd property list", "launchd", "launchd", "LaunchdDaemon", LAUNCHD_FILE),
    Starter("SMF manifest", "smf", "smf", "SmfManifest", SMF_FILE),
    Starter("local_env.sh", "run.sh", "local_env", "LocalEnv"),
)
BOOT_BY_FILE = {lens.file: lens for lens in BOOT if lens.file}
"""Those whose file has one place, by its path; that of run.sh is below Galaxy's root."""
