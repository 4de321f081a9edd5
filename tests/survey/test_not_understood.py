"""What was seen and not understood: each thing once, by file and line, and never the value of a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey.installs import NGINX_SITE, by_hand, of_old, put, remarks, seen
from wizard.files.galaxy.gravity import GravitySection
from wizard.files.galaxy.yml import GalaxySection
from wizard.files.nginx.lens import NginxSite


def test_each_thing_is_named_with_its_line(tmp_path: Path) -> None:
    by_hand(tmp_path)
    found = seen(tmp_path, "/srv/galaxy")
    named = [str(problem).removeprefix(str(tmp_path)).partition(";")[0] for problem in found.unread]
    site, unit = "/etc/nginx/sites-available/galaxy", "/etc/systemd/system"
    assert sorted(named) == sorted(
        [
            "/srv/galaxy/config/galaxy.yml:7: gravity.gunicorn.enable is Gravity's, and no question asks for it",
            "/srv/galaxy/config/galaxy.yml:8: gravity.colour is no option that a Gravity known here has",
            "/srv/galaxy/config/galaxy.yml:16: smtp_pasword is not an option of Galaxy 26.1",
            "/srv/galaxy/config/galaxy.yml:20: galaxy.celery_conf.worker_prefetch_multiplier is for Celery, "
            "and no question asks for it",
            f"{site}:3: keepalive in upstream galaxy: no question models it",
            f"{site}:9: include snippets/errors.conf in Galaxy's server: no question models it",
            f"{site}:13: proxy_buffering in location /: no question models it",
            f"{site}:15: location /blog in Galaxy's server: no question models it",
            f"{unit}/galaxy-handler@.service:10: systemd unit galaxy-handler@.service: ExecStart starts a job handler",
            f"{unit}/galaxy-handler@.service.d/memory.conf: a drop-in of systemd unit galaxy-handler@.service",
            f"{unit}/galaxy-web.service:4: systemd unit galaxy-web.service: ExecStart starts gunicorn",
            "/etc/cron.d/galaxy:3: a cron job of root",
            "/etc/cron.d/galaxy:4: data.cleanup_days: this job says it in its own way, or another one says otherwise",
            "/etc/logrotate.d/galaxy:6: groundwork.rotate_files: a stanza for /var/log/other.log",
            "/etc/proftpd/proftpd.conf:3: DefaultRoot: uploads by FTP",
            "/etc/proftpd/proftpd.conf:4: SQLConnectInfo: uploads by FTP",
            "/etc/proftpd/proftpd.conf:5: SQLNamedQuery: uploads by FTP",
        ]
    )


def test_programs_and_directives_of_older_servers_are_named(tmp_path: Path) -> None:
    of_old(tmp_path)
    said = remarks(seen(tmp_path, "/srv/galaxy/galaxy-dist")).replace(str(tmp_path), "")
    for line in (
        "/etc/supervisor/conf.d/galaxy.conf:2: supervisor program web: command starts a Paste server",
        "/etc/supervisor/conf.d/galaxy.conf:8: supervisor program handler: command starts a Paste process",
        "/etc/apache2/sites-enabled/galaxy.conf:3: RequestHeader GX_SECRET in Galaxy's virtual host",
    ):
        assert line in said
    assert "[server:main]" not in said, "a server of Paste's is read"
    assert "redis" not in said and "galaxy.conf:10" not in said, (
        "other programs and sites are nobody's business"
    )


@pytest.mark.parametrize(
    ("tree", "directory"), [(by_hand, "/srv/galaxy"), (of_old, "/srv/galaxy/galaxy-dist")]
)
def test_no_secret_is_shown(tree: object, directory: str, tmp_path: Path) -> None:
    assert callable(tree)
    tree(tmp_path)
    found = seen(tmp_path, directory)
    shown = remarks(found) + repr(found)
    assert "hunter2" not in shown and "s3cr3t" not in shown


def test_what_is_named_twice_is_said_once(tmp_path: Path) -> None:
    by_hand(tmp_path)
    unread = seen(tmp_path, "/srv/galaxy").unread
    assert len(unread) == len(set(unread))
    groups = seen(tmp_path, "/srv/galaxy").unread_by_file()
    assert sum(map(len, groups.values())) == len(unread)
    for problems in groups.values():
        assert [problem.line or 0 for problem in problems] == sorted(
            problem.line or 0 for problem in problems
        )


# galaxy.yml


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("galaxy:\n  brnad: x\n", 2, "brnad is not an option of Galaxy 26.1; did you mean brand?"),
        ("galaxy:\n  nginx_x_accel_redirect_base: /_other\n", 2, "another location than /_x_accel_redirect"),
        ("galaxy:\n  cookie_domain: 2024-01-01\n", 2, "holds a value"),
        ("galaxy:\n  celery_conf:\n    timezone: UTC\n", 3, "galaxy.celery_conf.timezone"),
        ("galaxy:\n  support_url_by_host: {a: b}\n", 2, "support_url_by_host"),
    ],
)  # fmt: skip
def test_an_option_of_galaxy_that_is_no_answer_is_named(text: str, line: int, what: str) -> None:
    (problem,) = GalaxySection().read(text, "galaxy.yml").unread
    assert problem.line == line and what in problem.what
    assert problem.what.endswith("it is left alone")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            "gravity:\n  gunicorn:\n    preload: true\n    threads: 3\n",
            4,
            "gravity.gunicorn.threads is no option",
        ),
        ("gravity:\n  tusd:\n    hooks_http: x\n", 3, "gravity.tusd.hooks_http is Gravity's"),
        (
            "gravity:\n  handlers:\n    h:\n      loglevel: DEBUG\n",
            4,
            "gravity.handlers.h.loglevel is no field",
        ),
    ],
)
def test_an_option_of_gravity_that_is_no_answer_is_named(text: str, line: int, what: str) -> None:
    (problem,) = GravitySection().read(text, "galaxy.yml").unread
    assert problem.line == line and problem.what.startswith(what)


def test_an_option_without_a_value_is_no_remark() -> None:
    text = "gravity:\n  gunicorn:\n    threads:\n  colour:\ngalaxy:\n  celery_conf:\n    timezone:\n  cookie_domain:\n"
    assert GravitySection().read(text, "f").unread == GalaxySection().read(text, "f").unread == ()


def test_sections_of_other_programs_are_named(tmp_path: Path) -> None:
    text = "uwsgi:\n  http: 127.0.0.1:8080\n  mule: a.py\n  mule: b.py\nreports:\n  a: b\ngalaxy:\n"
    put(tmp_path, {"/g/config/galaxy.yml": text})
    said = [problem.what.partition(":")[0] for problem in seen(tmp_path, "/g").unread]
    assert said == ["uwsgi http", "uwsgi mule", "section reports"]


# nginx


def test_what_galaxy_setup_writes_itself_is_all_understood() -> None:
    text = NGINX_SITE.replace("    keepalive 8;\n", "").replace("    include snippets/errors.conf;\n", "")
    text = text.replace("        proxy_buffering off;\n", "")
    text = text.replace("    location /blog { proxy_pass http://127.0.0.1:3000; }\n", "")
    lens = NginxSite()
    assert lens.read(text, "site").unread == ()
    more = {"proxy.tls": "letsencrypt", "proxy.redirect": True, "proxy.hsts": True, "proxy.gzip": True}
    more |= {
        "proxy.static_files": True,
        "proxy.static_dir": "/s",
        "proxy.downloads": True,
        "proxy.uploads": "tusd",
    }
    more |= {"proxy.reports": True, "proxy.interactive_tools": True, "proxy.read_timeout": 180}
    written = lens.write(more, text, "site").text
    assert lens.read(written, "site").unread == ()


def test_a_directive_in_another_place_of_the_site_is_named() -> None:
    text = (
        "user www;\nhttp {\n  sendfile on;\n  server { listen 81; server_name blog; }\n" + NGINX_SITE + "}\n"
    )
    said = {problem.line: problem.what.partition(":")[0] for problem in NginxSite().read(text, "f").unread}
    assert {1: "user", 3: "sendfile", 4: "another server blog"}.items() <= said.items()


def test_a_variable_that_a_known_directive_uses_is_known() -> None:
    text = (
        "server {\n listen 80;\n set $gx /srv/gx;\n set $b 1;\n location / { proxy_pass http://localhost:8080; }\n"
        " location /static { alias $gx/static; }\n}\n"
    )
    assert [problem.line for problem in NginxSite().read(text, "f").unread] == [4]


# names of options, after the release


UNKNOWN = "nglims_config_file"
LEFT = "no question is answered from it"


@pytest.mark.parametrize(
    ("release", "name", "served", "said"),
    [
        ("26.1", "galaxy.yml", "", f"{UNKNOWN} is not an option of Galaxy 26.1; did you mean"),
        (None, "galaxy.yml", "", f"{UNKNOWN} is not an option of Galaxy 26.1; did you mean"),
        ("20.09", "galaxy.yml", "", f"{UNKNOWN} is not an option of Galaxy 20.09"),
        (None, "galaxy.yml", "uwsgi:\n  module: galaxy\n", f"{UNKNOWN}: {LEFT}"),
        ("16.10", "galaxy.ini", "", f"{UNKNOWN}: {LEFT}"),
        (None, "galaxy.ini", "[server:main]\nuse = egg:Paste#http\n", f"{UNKNOWN}: {LEFT}"),
    ],
)
def test_an_unknown_name_is_judged_by_the_release_that_reads_it(
    release: str | None, name: str, served: str, said: str, tmp_path: Path
) -> None:
    option = f"[app:main]\n{UNKNOWN} = x\n" if name.endswith(".ini") else f"galaxy:\n  {UNKNOWN}: x\n"
    put(tmp_path, {f"/srv/galaxy/config/{name}": served + option, "/srv/galaxy/server/run.sh": "#!/bin/sh\n"})
    if release is not None:
        put(tmp_path, {"/srv/galaxy/server/lib/galaxy/version.py": f'VERSION_MAJOR = "{release}"\n'})
    (problem,) = [one for one in seen(tmp_path, "/srv/galaxy").unread if one.what.startswith(UNKNOWN)]
    assert problem.what.startswith(said) and problem.what.endswith("; it is left alone")
    assert problem.line == (served + option).splitlines().index(option.splitlines()[1]) + 1
