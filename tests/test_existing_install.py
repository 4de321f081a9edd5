"""A server that somebody else set up, years ago: imported, in sync, and then changed by one answer per section.

The tree is Galaxy's own samples made into an install, with nginx, supervisord and a job_conf.xml. Git is the judge of
what changed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.consumers import need_tool
from tests.test_headless import CONFIG, setup

STATE = CONFIG / "galaxy-setup.toml"
SITE = Path("etc/nginx/sites-available/galaxy.conf")
PROGRAMS = Path("etc/supervisor/conf.d/galaxy.conf")

# What the admin had set in the samples: each commented line became an active one.
ACTIVE = {
    "brand": "Ours",
    "admin_users": "a@example.org,b@example.org",
    "database_connection": "postgresql:///galaxy?host=/var/run/postgresql",
    "database_engine_option_pool_size": "10",
    "file_path": "/data/galaxy/objects",
    "enable_celery_tasks": "true",
    "job_config_file": "job_conf.xml",
}
NGINX = """\
# The public face of Galaxy. Ask ops before you change it.
upstream galaxy {
    server localhost:8080;
}

server {
    listen 80 default_server;
    server_name  galaxy.example.org;   # and nothing else
    client_max_body_size 10g;

    uwsgi_read_timeout 180;
    proxy_read_timeout 600s;

    location / {
        proxy_pass          http://galaxy;
        proxy_set_header    Host $http_host;
        proxy_set_header    X-Real-IP $remote_addr;
        proxy_set_header    X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header    X-Forwarded-Proto $scheme;
        proxy_set_header    Upgrade $http_upgrade;
        proxy_set_header    Connection "upgrade";
    }

    location /static {
        alias /srv/galaxy/server/static;
        expires 24h;
    }

    location ~ ^/monitor/(?<what>[a-z]+)$ {
        allow 10.0.0.0/8;
        deny  all;
    }
}
"""
SUPERVISOR = """\
; Galaxy's programs
[program:web]
command         = /srv/galaxy/venv/bin/galaxyctl exec _default_ gunicorn
directory       = /srv/galaxy/server
user            = galaxy
environment     = VIRTUAL_ENV="/srv/galaxy/venv",PATH="/srv/galaxy/venv/bin:%(ENV_PATH)s"

[program:handler]
command         = /srv/galaxy/venv/bin/python ./lib/galaxy/main.py --server-name=handler%(process_num)s
directory       = /srv/galaxy/server
process_name    = handler%(process_num)s
numprocs        = 3
user            = galaxy

[group:galaxy]
programs = web,handler
"""


@pytest.fixture
def server(tmp_path: Path, galaxy: Ask) -> Path:
    """The root of the tree, under git."""
    need_tool("git")
    root = tmp_path / "root"
    samples = galaxy("samples")
    config = root / CONFIG
    config.mkdir(parents=True)
    text = Path(samples["galaxy.yml.sample"]).read_text(encoding="utf-8")
    for option, value in ACTIVE.items():
        text, count = re.subn(rf"^  #{option}:.*$", f"  {option}: {value}", text, count=1, flags=re.MULTILINE)
        assert count == 1, option
    (config / "galaxy.yml").write_text(text, encoding="utf-8")
    shutil.copyfile(samples["job_conf.xml.sample_advanced"], config / "job_conf.xml")
    version = root / "srv/galaxy/server/lib/galaxy/version.py"
    version.parent.mkdir(parents=True)
    version.write_text(
        'VERSION_MAJOR = "26.1"\nVERSION_MINOR = "2"\nVERSION = VERSION_MAJOR + "." + VERSION_MINOR\n'
    )
    for file, content in ((SITE, NGINX), (PROGRAMS, SUPERVISOR)):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content)
    enabled = root / "etc/nginx/sites-enabled/galaxy.conf"
    enabled.parent.mkdir()
    enabled.symlink_to("../sites-available/galaxy.conf")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "as found")
    return root


def git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return setup(*arguments, "--root", "root", cwd=root.parent)


def changed(root: Path) -> dict[str, tuple[int, int]]:
    """Lines added and removed, by file."""
    stat = git(root, "diff", "--numstat").splitlines()
    return {file: (int(come), int(gone)) for come, gone, file in (line.split("\t") for line in stat)}


def imported(root: Path) -> dict[str, dict[str, object]]:
    shown = run(root, "import", f"root/{CONFIG.parent}", "--json")
    assert shown.returncode == 0, shown.stderr
    answers: dict[str, dict[str, object]] = json.loads(shown.stdout)["answers"]
    return answers


def test_an_imported_server_is_in_sync_and_untouched(server: Path) -> None:
    answers = imported(server)
    assert {path.partition(".")[0] for path in answers} >= {
        "groundwork", "database", "proxy", "cluster", "celery", "data",
    }  # fmt: skip
    for arguments in (["diff"], ["diff", "--options"], ["status"], ["apply", "--yes"], ["diff"]):
        shown = run(server, *arguments)
        assert shown.returncode == 0, (arguments, shown.stdout, shown.stderr)
    assert run(server, "diff").stdout == ""
    assert changed(server) == {}


def test_every_answer_names_the_file_and_line_that_it_was_read_from(server: Path) -> None:
    answers = imported(server)
    lines = (server / CONFIG / "galaxy.yml").read_text().splitlines()
    for question, option in (
        ("groundwork.brand", "brand"),
        ("database.pool_size", "database_engine_option_pool_size"),
        ("data.file_path", "file_path"),
    ):
        found = answers[question]
        assert found["file"] == f"root/{CONFIG}/galaxy.yml"
        assert lines[int(str(found["line"])) - 1].strip().startswith(f"{option}: ")
    assert answers["proxy.max_body_size"]["file"] == f"root/{SITE}"
    assert answers["cluster.destinations"]["file"] == f"root/{CONFIG}/job_conf.xml"


def test_one_answer_per_section_changes_its_own_lines_only(server: Path) -> None:
    imported(server)
    text = (server / STATE).read_text()
    for old, new in (
        ('brand = "Ours"', 'brand = "Theirs"'),
        ("pool_size = 10", "pool_size = 20"),
        ('max_body_size = "10g"', 'max_body_size = "50g"'),
        ('file_path = "/data/galaxy/objects"', 'file_path = "/data/galaxy/files"'),
    ):
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    (server / STATE).write_text(text)
    shown = run(server, "apply", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert changed(server) == {f"{CONFIG}/galaxy.yml": (3, 3), str(SITE): (1, 1)}
    assert run(server, "diff").returncode == 0
