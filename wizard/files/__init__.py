"""Where answers land: one lens per managed file (or section of one), in the order they are written."""

from __future__ import annotations

from wizard.files.boot import BOOT
from wizard.files.data import DATA
from wizard.files.database import DATABASE
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.gravity_hosts import GravityOnHost
from wizard.files.galaxy.ini import GalaxyIni
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.jobs.conf import InlineJobConf, JobConfFile
from wizard.files.jobs.conf_xml import JobConfXml
from wizard.files.late import Late, says
from wizard.files.lens import Lens
from wizard.files.paste import PASTE
from wizard.files.services import SERVICES
from wizard.files.storage.store import ObjectStoreXml, ObjectStoreYaml
from wizard.files.system import SYSTEM
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
    Late("nginx site", "wizard.files.nginx.lens", "NginxSite", says("proxy.server", "nginx")),
    Late("apache site", "wizard.files.apache.lens", "ApacheSite", says("proxy.server", "apache")),
    *SYSTEM,
    *SERVICES,
    *BOOT,
    *DATA,
    *DATABASE,
)
