"""What starts Galaxy at boot where neither systemd nor Gravity does: init script, launchd, SMF; and run.sh by hand."""

from __future__ import annotations

from wizard.files.boot.launchd import LaunchdDaemon
from wizard.files.boot.local_env import LocalEnv
from wizard.files.boot.service import ServiceLens
from wizard.files.boot.smf import SmfManifest
from wizard.files.boot.sysvinit import SysvinitScript

BOOT: tuple[ServiceLens, ...] = (SysvinitScript(), LaunchdDaemon(), SmfManifest(), LocalEnv())
BOOT_BY_FILE = {lens.file: lens for lens in BOOT if lens.file}
"""Those whose file has one place, by its path; that of run.sh is below Galaxy's root."""
