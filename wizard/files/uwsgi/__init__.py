"""uWSGI, which served Galaxy from 18.01 to 21.09: its section of Galaxy's configuration, and the pool of zerg mode."""

from __future__ import annotations

from wizard.files.lens import Lens
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.files.uwsgi.section import UwsgiYaml
from wizard.files.uwsgi.zergpool import ZergPool

UWSGI: tuple[Lens, ...] = (UwsgiYaml(), UwsgiIni(), ZergPool())
