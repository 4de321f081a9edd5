"""What starts Galaxy at boot where neither systemd nor Gravity does: init script, launchd, SMF; and run.sh by hand."""

from __future__ import annotations

from wizard.files.boot.launchd import LaunchdDaemon
from wizard.files.boot.local_env import LocalEnv
from wizard.files.boot.smf import SmfManifest
from wizard.files.boot.sysvinit import SysvinitScript
from wizard.files.lens import Lens

BOOT: tuple[Lens, ...] = (SysvinitScript(), LaunchdDaemon(), SmfManifest(), LocalEnv())
