"""Where answers land: one lens per managed file (or section of one), in the order they are written."""

from __future__ import annotations

from wizard.files.galaxy_ini import GalaxyIni
from wizard.files.galaxy_yml import GalaxySection
from wizard.files.gravity import GravitySection
from wizard.files.job_conf import InlineJobConf, JobConfFile
from wizard.files.job_conf_xml import JobConfXml
from wizard.files.lens import Lens
from wizard.files.nginx import NginxSite

LENSES: tuple[Lens, ...] = (
    GravitySection(),
    GalaxySection(),
    GalaxyIni(),
    InlineJobConf(),
    JobConfFile(),
    JobConfXml(),
    NginxSite(),
)
