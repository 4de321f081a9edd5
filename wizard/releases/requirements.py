"""What Galaxy's virtualenv needs beside Galaxy itself, as a requirement for pip.

Source: galaxy/dependencies/conditional-requirements.txt of the package galaxy-app on PyPI, 23.0 to 26.1. It names the
client of Redis from 25.0 on; older releases use it as well and name no version. When each of them is needed says
galaxy/dependencies/__init__.py beside it.
"""

from __future__ import annotations

from wizard.releases.release import Release

_NAMES_REDIS = Release.parse("25.0")


POSTGRESQL, MYSQL, DRMAA = "psycopg2-binary", "mysqlclient", "drmaa"
RUNNERS = {
    "slurm": DRMAA,
    "drmaa": DRMAA,
    "univa": DRMAA,
    "pbs": "pbs_python",
    "htcondor": "htcondor",
    "kubernetes": "pykube-ng",
    "aws-batch": "boto3",
}
"""What the plugin of a kind of runner imports."""
OPTIONS = {
    "options.sentry_dsn": "sentry-sdk",
    "options.statsd_host": "statsd",
    "options.fluent_log": "fluent-logger",
}
"""What is needed once an option is given."""
FILE = "galaxy/dependencies/conditional-requirements.txt"
"""Where a release lists them itself, with the versions that it takes; below site-packages, or lib of a checkout."""


def redis(release: Release) -> str:
    """The client of Redis that `release` asks for."""
    return "redis>=5.3.0,<6" if release >= _NAMES_REDIS else "redis"
