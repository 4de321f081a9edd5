"""What Galaxy's virtualenv needs beside Galaxy itself, as a requirement for pip.

Source: galaxy/dependencies/conditional-requirements.txt of the package galaxy-app on PyPI, 23.0 to 26.1. It names the
client of Redis from 25.0 on; older releases use it as well and name no version.
"""

from __future__ import annotations

from wizard.releases.release import Release

_NAMES_REDIS = Release.parse("25.0")


def redis(release: Release) -> str:
    """The client of Redis that `release` asks for."""
    return "redis>=5.3.0,<6" if release >= _NAMES_REDIS else "redis"
