"""Servers of the older eras, and what their upgrade says and leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import Ask
from tests.test_headless import CONFIG, setup, tree

GOLDEN = Path(__file__).parents[1] / "golden" / "upgrade-report.txt"
NEWEST = "26.1"
MULES = """\
uwsgi:
  # where the proxy finds it
  socket: /srv/galaxy/var/uwsgi.sock
  chmod-socket: 660
  processes: 4
  threads: 4
  master: true
  virtualenv: /srv/galaxy/venv
  pythonpath: lib
  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()
  hook-master-start: unix_signal:2 gracefully_kill_them_all
  hook-master-start: unix_signal:15 gracefully_kill_them_all
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  mule: lib/galaxy/main.py
  farm: job-handlers:1,2
  farm: job-handlers.special:3
  cron2: minute=5 true
galaxy:
  # ours
  brand: Old   # keep this word
  database_connection: postgresql://galaxy:geheim@localhost/galaxy
  whitelist_file: white.txt
  use_interactive: false
  enable_beta_mulled_containers: true
"""
JOB_CONF = """\
<?xml version="1.0"?>
<job_conf>
    <plugins>
        <plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner" workers="4"/>
    </plugins>
    <!-- HANDLERS -->
    <destinations>
        <destination id="local" runner="local"/>
    </destinations>
</job_conf>
"""
STATIC = """\
<handlers default="handlers">
        <handler id="handler0" tags="handlers"/>
        <handler id="handler1" tags="handlers"/>
        <handler id="big0" tags="big"/>
    </handlers>"""
PASTE_INI = """\
[server:main]
use = egg:Paste#http
host = 0.0.0.0
port = 8081
threadpool_workers = 10

[server:handler0]
use = egg:Paste#http
port = 8091

[filter:proxy-prefix]
use = egg:PasteDeploy#prefix
prefix = /galaxy

[app:main]
paste.app_factory = galaxy.web.buildapp:app_factory
filter-with = proxy-prefix
brand = 50%% "of" it
debug = False
allow_library_path_paste = True
database_engine_option_pool_size = 15
static_dir = %(here)s/static
smtp_password = geheim: '#'
database_engine_option_max_overflow =
mailing_list = gone
[galaxy_amqp]
host = elsewhere
"""


def install(tmp_path: Path, files: dict[str, str], release: str | None = "20.05") -> Path:
    """A server below x/ as somebody set it up by hand; its configuration directory."""
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    for name, text in files.items():
        (config / name).write_text(text)
    if release is not None:
        version = tmp_path / "x/srv/galaxy/server/lib/galaxy/version.py"
        version.parent.mkdir(parents=True)
        version.write_text(f'VERSION_MAJOR = "{release}"\n')
    return config


def upgrade(tmp_path: Path, *options: str, to: str = NEWEST) -> dict[str, Any]:
    """The report of an upgrade that was written, as JSON."""
    run = setup(
        "upgrade", "/srv/galaxy", "--root", "x", "--to", to, "--yes", "--json", *options, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def became(report: dict[str, Any]) -> dict[str, str]:
    return {row["option"]: row["became"] for row in report["options"]}


def accepted(galaxy: Ask, config: Path) -> None:
    """Galaxy's own schema and Gravity's settings take the file."""
    assert galaxy("galaxy_yml", config / "galaxy.yml")["problems"] == []
    assert galaxy("gravity_settings", config / "galaxy.yml")["problems"] == []


BY_HAND = {
    "mules": """release = "20.09"
service_manager = "systemd"
[scaling]
strategy = "mules"
workers = 2
threads = 4
handlers = [{name = "job-handlers", processes = 3}]
""",
    "zerg": """release = "20.09"
service_manager = "systemd"
[scaling]
strategy = "static-handlers"
zerg = true
zerg_socket = "/srv/galaxy/var/zergpool.sock"
workers = 2
handlers = [{name = "handler0"}, {name = "handler1", tags = ["special"]}]
default_handler = "handler0"
""",
    "webless": """release = "20.09"
service_manager = "supervisord"
[scaling]
strategy = "static-handlers"
workers = 2
handlers = [{name = "handler0"}]
""",
    "gravity": """release = "20.09"
[scaling]
strategy = "mules"
workers = 2
handlers = [{name = "job-handlers", processes = 3}]
""",
    "paste": """release = "17.05"
config_file = "galaxy.ini"
service_manager = "supervisord"
[scaling]
app_server = "paste"
strategy = "static-handlers"
workers = 2
handlers = [{name = "handler0"}]
""",
}
"""Servers that galaxy-setup made itself, by what is special of them."""
_GROUND = """[groundwork]
root = "/srv/galaxy/server"
config_dir = "/srv/galaxy/config"
virtualenv = "/srv/galaxy/venv"
user = "galaxy"
group = "galaxy"
"""
_SITE = """[proxy]
server = "nginx"
host_name = "galaxy.example.org"
"""
_LINKS = {
    "paste": 'link = "tcp"\naddress = "127.0.0.1:8080"\nmore_upstreams = ["127.0.0.1:8081"]\n',
}


def made(kind: str, tmp_path: Path) -> Path:
    """A server of this kind below x/, made from an answers file; that file."""
    answers = tmp_path / "prod.toml"
    link = _LINKS.get(kind, 'link = "socket"\nsocket = "/srv/galaxy/var/galaxy.sock"\n')
    answers.write_text(_GROUND + BY_HAND[kind] + _SITE + link)
    run = setup("apply", "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    return answers


def name_release(answers: Path, release: str) -> None:
    """Say another release in an answers file, as its owner would in an editor."""
    lines = answers.read_text().splitlines(keepends=True)
    answers.write_text(
        "".join(f'release = "{release}"\n' if line.startswith("release") else line for line in lines)
    )


def without_records(root: Path) -> dict[str, object]:
    return {str(name): what for name, what in tree(root).items() if ".galaxy-setup/" not in str(name)}
