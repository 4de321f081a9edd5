"""Where answers land: one lens per managed file (or section of one), in the order they are written."""

from __future__ import annotations

from wizard.files.apache.lens import ApacheSite
from wizard.files.boot import BOOT
from wizard.files.data import DATA
from wizard.files.database import DATABASE
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.gravity_hosts import GravityOnHost
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.jobs.conf import InlineJobConf, JobConfFile
from wizard.files.jobs.conf_xml import JobConfXml
from wizard.files.lens import Lens
from wizard.files.nginx.lens import NginxSite
from wizard.files.paste import PASTE
from wizard.files.services import SERVICES
from wizard.files.storage.store import ObjectStoreXml, ObjectStoreYaml
from wizard.files.system.cron import CleanupCron
from wizard.files.system.logrotate import LogrotateFile
from wizard.files.system.proftpd import ProftpdConf, ProftpdMain
from wizard.files.uwsgi import UWSGI

LENSES: tuple[Lens, ...] = (
    GravitySection(),
    GravityOnHost(),
    *PASTE,
    *UWSGI,
    GalaxySection(),
    GalaxyIni(),
    InlineJobConf(),
    JobConfFile(),
    JobConfXml(),
    ObjectStoreYaml(),
    ObjectStoreXml(),
    NginxSite(),
    ApacheSite(),
    LogrotateFile(),
    CleanupCron(),
    ProftpdMain(),
    ProftpdConf(),
    *SERVICES,
    *BOOT,
    *DATA,
    *DATABASE,
)
