"""Which values does Galaxy see in this galaxy.ini?

usage: ini_galaxy.py GALAXY_INI OPTION ...

prints: ok, problems (why Galaxy does not start with it), seen ({OPTION: the value in Galaxy's configuration, before
paths are resolved}).
"""

from __future__ import annotations

import configparser
import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def main(path: Path, asked: list[str]) -> dict[str, Any]:
    from galaxy.config import GalaxyAppConfiguration
    from galaxy.util.properties import load_app_properties

    try:
        properties = load_app_properties(config_file=str(path), config_section="app:main")
        configuration = GalaxyAppConfiguration(**properties)
    except (configparser.Error, ValueError) as error:
        return {"problems": [f"{type(error).__name__}: {error}"], "seen": {}}
    return {"problems": [], "seen": {name: configuration._raw_config.get(name) for name in asked}}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    galaxy_ini = Path(sys.argv[1]).absolute()
    # Galaxy takes a checkout as its working directory for a sign; there is none here.
    os.chdir(galaxy_ini.parent)
    verdict = main(galaxy_ini, sys.argv[2:])
    print(json.dumps({"ok": not verdict["problems"], **verdict}))
    sys.exit(0 if not verdict["problems"] else 1)
