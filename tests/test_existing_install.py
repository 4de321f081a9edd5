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


# One answer per section: what to change in the answers, and the lines that must change with it.
ONE_EACH = {
    "groundwork": (
        ('brand = "Ours"', 'brand = "Theirs"'),
        f"{CONFIG}/galaxy.yml",
        "  brand: Ours",
        "  brand: Theirs",
    ),
    "database": (
        ("pool_size = 10", "pool_size = 20"),
        f"{CONFIG}/galaxy.yml",
        "  database_engine_option_pool_size: 10",
        "  database_engine_option_pool_size: 20",
    ),
    "proxy": (
        ('max_body_size = "10g"', 'max_body_size = "50g"'),
        str(SITE),
        "    client_max_body_size 10g;",
        "    client_max_body_size 50g;",
    ),
    "cluster": (
        ('id = "pbs"\nkind = "pbs"\nworkers = 2', 'id = "pbs"\nkind = "pbs"\nworkers = 3'),
        f"{CONFIG}/job_conf.xml",
        '        <plugin id="pbs" type="runner" load="galaxy.jobs.runners.pbs:PBSJobRunner" workers="2"/>',
        '        <plugin id="pbs" type="runner" load="galaxy.jobs.runners.pbs:PBSJobRunner" workers="3"/>',
    ),
    "scaling": (
        (
            'name = "special_handler1"\ntags = ["special_handlers"]',
            'name = "special_handler1"\ntags = ["special_handlers", "more"]',
        ),
        f"{CONFIG}/job_conf.xml",
        '        <handler id="special_handler1" tags="special_handlers"/>',
        '        <handler id="special_handler1" tags="special_handlers,more"/>',
    ),
    "celery": (
        ("[celery]\nenable = true", "[celery]\nenable = false"),
        f"{CONFIG}/galaxy.yml",
        "  enable_celery_tasks: true",
        "  enable_celery_tasks: false",
    ),
    "data": (
        ('file_path = "/data/galaxy/objects"', 'file_path = "/data/galaxy/files"'),
        f"{CONFIG}/galaxy.yml",
        "  file_path: /data/galaxy/objects",
        "  file_path: /data/galaxy/files",
    ),
}


@pytest.mark.parametrize("section", ONE_EACH)
def test_one_changed_answer_changes_its_own_line_and_taken_back_none(server: Path, section: str) -> None:
    imported(server)
    (old, new), file, gone, come = ONE_EACH[section]
    change(server, old, new)
    shown = run(server, "apply", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert changed(server) == {file: (1, 1)}
    lines = [line for line in git(server, "diff", "-U0").splitlines() if re.match(r"[+-](?![+-]{2} )", line)]
    assert lines == [f"-{gone}", f"+{come}"]
    change(server, new, old)
    assert run(server, "apply", "--yes").returncode == 0
    assert changed(server) == {}


def test_one_answer_per_section_at_once(server: Path) -> None:
    imported(server)
    for (old, new), *_ in ONE_EACH.values():
        change(server, old, new)
    assert run(server, "apply", "--yes").returncode == 0
    assert changed(server) == {
        f"{CONFIG}/galaxy.yml": (4, 4),
        f"{CONFIG}/job_conf.xml": (2, 2),
        str(SITE): (1, 1),
    }
    assert run(server, "diff").returncode == 0
    assert run(server, "status").returncode == 0


def change(root: Path, old: str, new: str) -> None:
    text = (root / STATE).read_text()
    assert text.count(old) == 1, old
    (root / STATE).write_text(text.replace(old, new))


# -- services that the install has already

OWN_SUPERVISOR = """\
; Galaxy, since 2022
[program:web]
command         = /srv/galaxy/venv/bin/gunicorn 'galaxy.webapps.galaxy.fast_factory:factory()' -w 2 -b localhost:8080
directory       = /srv/galaxy/server
user            = galaxy
environment     = VIRTUAL_ENV="/srv/galaxy/venv",PATH="/srv/galaxy/venv/bin:%(ENV_PATH)s"

[program:handler]
command         = /srv/galaxy/venv/bin/galaxy-main --server-name=handler%(process_num)s --attach-to-pool=job-handlers
process_name    = handler%(process_num)s
numprocs        = 3
directory       = /srv/galaxy/server
user            = galaxy
environment     = VIRTUAL_ENV="/srv/galaxy/venv",PATH="/srv/galaxy/venv/bin:%(ENV_PATH)s"

[program:celery]
command         = /srv/galaxy/venv/bin/celery --app galaxy.celery worker --concurrency 2 --loglevel INFO
directory       = /srv/galaxy/server
user            = galaxy
environment     = VIRTUAL_ENV="/srv/galaxy/venv"

[program:redis]
command         = /usr/bin/redis-server

[group:gx]
programs = web,handler,celery
"""  # fmt: skip
GALAXY_YML = """\
galaxy:
  brand: Ours
  enable_celery_tasks: true
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The root of a tree with a small galaxy.yml, nginx, and no services yet."""
    root = tmp_path / "root"
    files = {CONFIG / "galaxy.yml": GALAXY_YML, SITE: NGINX, Path("srv/galaxy/server/run.sh"): "#!/bin/sh\n"}
    for file, text in files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    enabled = root / "etc/nginx/sites-enabled/galaxy.conf"
    enabled.parent.mkdir()
    enabled.symlink_to("../sites-available/galaxy.conf")
    return root


def commit(root: Path) -> None:
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "as found")


def assert_in_sync(root: Path) -> None:
    """Nothing is changed by the import, nor by anything that follows, and no answer of it is an idle one."""
    for arguments in (["diff"], ["apply", "--yes"], ["diff"], ["status"]):
        shown = run(root, *arguments)
        assert shown.returncode == 0, (arguments, shown.stdout, shown.stderr)
        assert "reaches no file" not in shown.stderr and "not wanted" not in shown.stderr, shown.stderr
    assert changed(root) == {}


@pytest.mark.parametrize("place", ["etc/supervisor/conf.d/galaxy.conf", "etc/supervisor/conf.d/gx-prod.conf"])
def test_programs_under_any_name_are_managed_where_they_are(small: Path, place: str) -> None:
    need_tool("git")
    (small / place).parent.mkdir(parents=True)
    (small / place).write_text(OWN_SUPERVISOR)
    commit(small)
    answers = imported(small)
    assert answers["scaling.workers"] == {"value": "2", "file": f"root/{place}", "line": 3}
    assert ("groundwork.supervisor_file" in answers) is ("gx-prod" in place)
    assert {"proxy.address", "proxy.host_name", "proxy.max_body_size", "celery.enable"} <= answers.keys()
    assert_in_sync(small)
    change(small, "workers = 2", "workers = 6")
    done = run(small, "apply", "--yes")
    assert "supervisorctl update" in done.stdout
    assert changed(small) == {place: (1, 1)}
    assert "-w 6 -b localhost:8080\n" in (small / place).read_text()
    change(small, 'brand = "Ours"', 'brand = "Theirs"')
    assert "supervisorctl restart gx:*" in run(small, "apply", "--yes").stdout
    change(small, 'service_manager = "supervisord"', 'service_manager = "gravity-supervisor"')
    ended = run(small, "apply", "--yes")
    assert "supervisorctl stop gx:*" in ended.stdout and f"rm /{place}" not in ended.stdout, (
        "redis is there, too"
    )
    assert "[program:redis]" in (small / place).read_text()


BESIDE = {
    "a drop-in": ("etc/systemd/system/galaxy-web.service.d/memory.conf", "[Service]\nMemoryMax=32G\n"),
    "another name": (
        "etc/systemd/system/gx-handler.service",
        "[Service]\nUser=galaxy\nExecStart=/srv/galaxy/venv/bin/galaxy-main -c /srv/galaxy/config/galaxy.yml "
        "--server-name=x --attach-to-pool=job-handlers\n",
    ),
    "another manager": ("etc/supervisor/conf.d/galaxy.conf", OWN_SUPERVISOR),
    "no target": ("etc/systemd/system/galaxy.target", None),
    "a unit that was edited": (
        "etc/systemd/system/galaxy-web.service",
        "[Service]\nUser=galaxy\nExecStart=/bin/sh -c 'exec /srv/galaxy/venv/bin/gunicorn "
        "galaxy.webapps.galaxy.fast_factory:factory()'\n",
    ),
}


@pytest.mark.parametrize("what", BESIDE)
def test_services_that_are_not_all_ours_are_left_alone_and_nothing_is_lost(small: Path, what: str) -> None:
    need_tool("git")
    (small.parent / "a.toml").write_text(
        'preset = "small-lab@1"\n[groundwork]\nservice_manager = "systemd"\n'
    )
    scratch = setup("apply", "--yes", "--answers", "a.toml", "--root", "new", cwd=small.parent)
    assert scratch.returncode == 0, scratch.stderr
    alone = json.loads(run(small, "import", f"root/{CONFIG.parent}", "--json").stdout)["answers"]
    (small / STATE).unlink()
    shutil.rmtree(small / CONFIG / ".galaxy-setup")
    shutil.copytree(small.parent / "new/etc/systemd", small / "etc/systemd")
    place, text = BESIDE[what]
    (small / place).parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        (small / place).unlink()
    else:
        (small / place).write_text(text)
    commit(small)
    answers = imported(small)
    if what != "another manager":
        assert answers["groundwork.service_manager"]["value"] == "systemd"
        assert answers["groundwork.service_files"]["value"] == "kept"
    assert {path: answers.get(path) for path in alone} == alone, "what the other files say is not lost"
    assert "proxy.host_name" in alone and "scaling.workers" not in answers
    assert_in_sync(small)
    change(small, 'brand = "Ours"', 'brand = "Theirs"')
    assert run(small, "apply", "--yes").returncode == 0
    assert changed(small) == {f"{CONFIG}/galaxy.yml": (1, 1)}


def test_imported_programs_of_another_kind_keep_every_answer(server: Path) -> None:
    answers = imported(server)
    assert answers["groundwork.service_manager"]["value"] == "supervisord"
    assert answers["groundwork.service_files"]["value"] == "kept"
    alone = json.loads(_without_services(server).stdout)["answers"]
    assert {"proxy.host_name", "scaling.handlers"} <= alone.keys() <= answers.keys(), "nothing is lost"
    for path, found in alone.items():
        told = re.sub(r"<secret \w+>", "", str(found["value"]))  # called otherwise in each run
        assert re.sub(r"<secret \w+>", "", str(answers[path]["value"])) == told
    assert_in_sync(server)


def _without_services(server: Path) -> subprocess.CompletedProcess[str]:
    """What an import says of the same server without its supervisord."""
    other = server.parent / "other"
    shutil.copytree(server, other, symlinks=True)
    (other / PROGRAMS).unlink()
    for path in (STATE, CONFIG / ".galaxy-setup"):
        place = other / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    said = setup("import", f"other/{CONFIG.parent}", "--root", "other", "--json", cwd=other.parent)
    return subprocess.CompletedProcess(said.args, said.returncode, said.stdout.replace('"other/', '"root/'))
