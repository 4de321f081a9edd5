"""Which files an install uses, and how many answers are read from each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey.installs import (
    APACHE_CONF,
    APACHE_SITE,
    GALAXY_YML,
    GUNICORN_UNIT,
    JOB_CONF_XML,
    JOB_CONF_YML,
    NGINX_SITE,
    by_hand,
    of_old,
    put,
    relative,
    remarks,
    seen,
)


def test_every_kind_of_file_is_found_and_no_other(tmp_path: Path) -> None:
    by_hand(tmp_path)
    assert relative(tmp_path, seen(tmp_path, "/srv/galaxy")) == {
        "/srv/galaxy/config/galaxy.yml": "Galaxy's configuration",
        "/srv/galaxy/config/job_conf.yml": "job configuration (YAML)",
        "/srv/galaxy/config/object_store_conf.xml": "object store (XML)",
        "/etc/nginx/nginx.conf": "nginx, includes Galaxy's site",
        "/etc/nginx/sites-available/galaxy": "nginx, Galaxy's site",
        "/etc/nginx/snippets/errors.conf": "nginx, included by Galaxy's site",
        "/etc/systemd/system/galaxy-web.service": "systemd unit",
        "/etc/systemd/system/galaxy-handler@.service": "systemd unit",
        "/etc/systemd/system/galaxy-handler@.service.d/memory.conf": "systemd drop-in",
        "/etc/cron.d/galaxy": "crontab",
        "/etc/logrotate.d/galaxy": "logrotate",
        "/etc/proftpd/proftpd.conf": "ProFTPD",
    }


def test_every_kind_of_file_of_an_older_server_is_found(tmp_path: Path) -> None:
    of_old(tmp_path)
    assert relative(tmp_path, seen(tmp_path, "/srv/galaxy/galaxy-dist")) == {
        "/srv/galaxy/galaxy-dist/config/galaxy.ini": "Galaxy's configuration",
        "/srv/galaxy/galaxy-dist/config/job_conf.xml": "job configuration (XML)",
        "/etc/apache2/apache2.conf": "Apache, includes Galaxy's site",
        "/etc/apache2/sites-enabled/galaxy.conf": "Apache, Galaxy's site",
        "/etc/supervisor/conf.d/galaxy.conf": "supervisord",
    }


def test_answers_come_from_their_files_with_their_lines(tmp_path: Path) -> None:
    by_hand(tmp_path)
    found = seen(tmp_path, "/srv/galaxy").found
    for question, value, place in (
        ("scaling.workers", "4", "/srv/galaxy/config/galaxy.yml:6"),
        ("database.host", "localhost", "/srv/galaxy/config/galaxy.yml:13"),
        ("cluster.default_destination", "local", "/srv/galaxy/config/job_conf.yml:6"),
        ("proxy.max_body_size", "5g", "/etc/nginx/sites-available/galaxy:8"),
    ):
        assert (str(found[question].value), found[question].place) == (value, f"{tmp_path}{place}")
    assert found["proxy.site_file"].value == "/etc/nginx/sites-available/galaxy"


def test_the_answers_of_each_file_are_counted(tmp_path: Path) -> None:
    by_hand(tmp_path)
    counts = {
        used.path.removeprefix(str(tmp_path)): used.answers
        for used in seen(tmp_path, "/srv/galaxy").in_use
        if used.lens
    }
    assert counts["/srv/galaxy/config/job_conf.yml"] == 4
    assert counts["/etc/nginx/sites-available/galaxy"] == 9
    assert counts["/etc/logrotate.d/galaxy"] == 4
    assert counts["/etc/cron.d/galaxy"] == 2


# the job configuration


@pytest.mark.parametrize(
    ("release", "files", "option", "used"),
    [
        ("26.1", ["job_conf.yml", "job_conf.xml"], "", "job_conf.yml"),
        ("26.1", ["job_conf.xml"], "", "job_conf.xml"),
        ("22.05", ["job_conf.yml", "job_conf.xml"], "", "job_conf.xml"),
        ("22.05", ["job_conf.yml"], "", None),
        ("26.1", ["job_conf.yml", "jobs.xml"], "job_config_file: jobs.xml", "jobs.xml"),
        ("26.1", ["job_conf.yml"], "job_config: {runners: {}}", None),
        ("26.1", [], "", None),
    ],
)
def test_the_job_configuration_is_the_one_that_this_release_reads(
    release: str, files: list[str], option: str, used: str | None, tmp_path: Path
) -> None:
    put(tmp_path, {"/g/lib/galaxy/version.py": f'VERSION_MAJOR = "{release}"\n'})
    put(tmp_path, {"/g/config/galaxy.yml": f"galaxy:\n  brand: x\n  {option}\n"})
    put(tmp_path, {f"/g/config/{file}": JOB_CONF_XML if "xml" in file else JOB_CONF_YML for file in files})
    found = relative(tmp_path, seen(tmp_path, "/g"))
    jobs = [path for path, kind in found.items() if kind.startswith("job configuration")]
    assert jobs == ([f"/g/config/{used}"] if used else [])


def test_before_19_09_names_are_looked_up_in_the_root(tmp_path: Path) -> None:
    of_old(tmp_path)
    put(tmp_path, {"/srv/galaxy/galaxy-dist/config/config/job_conf.xml": JOB_CONF_XML})
    found = relative(tmp_path, seen(tmp_path, "/srv/galaxy/galaxy-dist"))
    assert "/srv/galaxy/galaxy-dist/config/job_conf.xml" in found
    assert "/srv/galaxy/galaxy-dist/config/config/job_conf.xml" not in found


def test_a_file_that_galaxy_names_and_that_is_not_there_is_said(tmp_path: Path) -> None:
    text = "galaxy:\n  job_config_file: /etc/jobs.yml\n  object_store_config_file: store.xml\n"
    put(tmp_path, {"/g/config/galaxy.yml": text})
    said = remarks(seen(tmp_path, "/g"))
    assert "galaxy.yml:2: job_config_file names /etc/jobs.yml, which is not there" in said
    assert "galaxy.yml:3: object_store_config_file names store.xml, which is not there" in said


@pytest.mark.parametrize(
    ("option", "files", "said"),
    [
        (
            "object_store_config_file: object_store_conf.yml",
            {"object_store_conf.yml": "type: [\n"},
            "object_store_conf.yml:",
        ),
        ("object_store_config: {type: disk}", {}, "galaxy.yml:2: object_store_config: an object store"),
        ("", {"object_store_conf.xml": "<a>\n <b>\n</a>\n"}, "object_store_conf.xml:3:"),
    ],
)
def test_the_object_store_is_named(option: str, files: dict[str, str], said: str, tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": f"galaxy:\n  {option}\n"})
    put(tmp_path, {f"/g/config/{name}": text for name, text in files.items()})
    assert said in remarks(seen(tmp_path, "/g"))


def test_the_answers_of_the_object_store_are_read(tmp_path: Path) -> None:
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n  object_store_config_file: store.yml\n"})
    put(tmp_path, {"/g/config/store.yml": "type: disk\nid: one\nfiles_dir: /data\n"})
    found = seen(tmp_path, "/g")
    assert found.given["data.object_store"] == "disk"
    assert found.found["data.backends"].file == f"{tmp_path}/g/config/store.yml"


# the proxy's files


def test_without_nginx_conf_the_usual_places_are_looked_at(tmp_path: Path) -> None:
    put(tmp_path, {"/g/galaxy.yml": "galaxy:\n", "/etc/nginx/sites-available/gx": NGINX_SITE})
    found = seen(tmp_path, "/g")
    assert found.given["proxy.site_file"] == "/etc/nginx/sites-available/gx"


def test_a_site_that_nginx_does_not_include_is_not_in_use(tmp_path: Path) -> None:
    by_hand(tmp_path)
    (tmp_path / "etc/nginx/sites-enabled/galaxy").unlink()
    assert not any(question.startswith("proxy.site") for question in seen(tmp_path, "/srv/galaxy").given)


def test_a_copy_in_sites_enabled_is_the_file_itself(tmp_path: Path) -> None:
    by_hand(tmp_path)
    link = tmp_path / "etc/nginx/sites-enabled/galaxy"
    link.unlink()
    link.write_text(NGINX_SITE)
    assert seen(tmp_path, "/srv/galaxy").given["proxy.site_file"] == "/etc/nginx/sites-enabled/galaxy"


def test_of_two_galaxy_sites_the_one_that_galaxy_yml_agrees_with_is_taken(tmp_path: Path) -> None:
    by_hand(tmp_path)
    other = NGINX_SITE.replace("/srv/galaxy/var/gunicorn.sock", "/srv/test/var/gunicorn.sock")
    put(tmp_path, {"/etc/nginx/conf.d/a-galaxy-test.conf": other})
    found = seen(tmp_path, "/srv/galaxy")
    assert found.given["proxy.site_file"] == "/etc/nginx/sites-available/galaxy"
    assert found.disagreements == []
    assert "a-galaxy-test.conf:5: another Galaxy site" in remarks(found)


def test_nginx_includes_are_followed_from_its_own_directory_and_a_missing_one_is_said(tmp_path: Path) -> None:
    site = "/etc/nginx/deep/er/site"
    put(
        tmp_path,
        {
            "/g/galaxy.yml": "galaxy:\n",
            site: "include snippets/galaxy;\n",
            "/etc/nginx/snippets/galaxy": NGINX_SITE,
        },
    )
    put(
        tmp_path,
        {
            "/etc/nginx/nginx.conf": "http {\n  include deep/*/s?t[e];\n  include gone.conf;\n  include none/*;\n}\n"
        },
    )
    found = seen(tmp_path, "/g")
    assert found.given["proxy.site_file"] == "/etc/nginx/snippets/galaxy"
    assert relative(tmp_path, found)[site] == "nginx, includes Galaxy's site"
    assert "nginx.conf:3: includes gone.conf, which is not there" in remarks(found)
    assert "none/" not in remarks(found)


def test_a_way_to_galaxy_outside_of_its_site_is_named(tmp_path: Path) -> None:
    by_hand(tmp_path)
    put(
        tmp_path,
        {"/etc/nginx/conf.d/more.conf": "upstream api {\n  server unix:/srv/galaxy/var/gunicorn.sock;\n}\n"},
    )
    assert "more.conf:2: server leads to Galaxy" in remarks(seen(tmp_path, "/srv/galaxy"))


@pytest.mark.parametrize("main", ["/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"])
def test_apache_includes_are_followed_from_its_root(main: str, tmp_path: Path) -> None:
    root = "/etc/apache2" if "apache2" in main else "/etc/httpd"
    put(
        tmp_path,
        {
            "/srv/galaxy/galaxy-dist/config/galaxy.ini": "[app:main]\n",
            "/srv/galaxy/galaxy-dist/run.sh": "",
            main: "Include all\n<IfModule ssl_module>\nInclude gone.conf\n</IfModule>\n",
            f"{root}/all/galaxy.conf": APACHE_SITE,
            f"{root}/all/other.conf": "<VirtualHost *:81>\nProxyPass / http://localhost:3000/\n</VirtualHost>\n",
        },
    )
    found = seen(tmp_path, "/srv/galaxy/galaxy-dist")
    kinds = relative(tmp_path, found)
    assert kinds[f"{root}/all/galaxy.conf"] == "Apache, Galaxy's site"
    assert f"{root}/all/other.conf" not in kinds
    assert f"{main.rpartition('/')[2]}:3: includes gone.conf, which is not there" in remarks(found)


# units

UWSGI_UNIT = "[Service]\nUser={}\nExecStart=/bin/uwsgi -y /g/config/galaxy.yml\n"


def test_a_unit_in_etc_hides_that_of_the_distribution_and_a_masked_one_is_none(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "/g/config/galaxy.yml": "galaxy:\n",
            "/etc/systemd/system/galaxy.service": UWSGI_UNIT.format("one"),
            "/usr/lib/systemd/system/galaxy.service": UWSGI_UNIT.format("two"),
            "/usr/lib/systemd/system/galaxy-old.service": UWSGI_UNIT.format("two"),
        },
    )
    (tmp_path / "etc/systemd/system/galaxy-old.service").symlink_to("/dev/null")
    found = seen(tmp_path, "/g")
    assert found.facts["user"].value == "one"
    assert [path for path in relative(tmp_path, found) if "systemd" in path] == [
        "/etc/systemd/system/galaxy.service"
    ]


def test_a_drop_in_counts_where_it_sets_the_command(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "/g/config/galaxy.yml": "galaxy:\n",
            "/etc/systemd/system/web.service": "[Service]\nUser=one\nExecStart=/bin/true\n",
            "/etc/systemd/system/web.service.d/a.conf": (
                "[Service]\nUser=two\nExecStart=\nExecStart=/bin/uwsgi -y /g/config/galaxy.yml\n"
            ),
        },
    )
    found = seen(tmp_path, "/g")
    assert found.facts["user"].value == "two"
    assert found.facts["user"].place == f"{tmp_path}/etc/systemd/system/web.service.d/a.conf:2"
    assert "a.conf:4: systemd unit web.service: ExecStart starts uWSGI" in remarks(found)


def test_gravity_s_units_are_gravity_s(tmp_path: Path) -> None:
    unit = "; This file is maintained by Gravity - CHANGES WILL BE OVERWRITTEN\n" + GUNICORN_UNIT
    put(
        tmp_path,
        {"/srv/galaxy/config/galaxy.yml": GALAXY_YML, "/etc/systemd/system/galaxy-gunicorn.service": unit},
    )
    found = seen(tmp_path, "/srv/galaxy")
    kinds = relative(tmp_path, found)
    assert kinds["/etc/systemd/system/galaxy-gunicorn.service"] == "systemd unit, written by Gravity"
    assert "galaxy-gunicorn" not in remarks(found)


def test_a_job_configuration_in_xml_is_found_where_galaxy_looks_for_it_last(tmp_path: Path) -> None:
    """Galaxy 26.1 falls back to job_conf.xml where there is no job_conf.yml."""
    put(tmp_path, {"/g/lib/galaxy/version.py": 'VERSION_MAJOR = "26.1"\n'})
    put(tmp_path, {"/g/config/galaxy.yml": "galaxy:\n  brand: x\n", "/g/config/job_conf.xml": JOB_CONF_XML})
    found = seen(tmp_path, "/g")
    assert found.given["cluster.job_config"] == "xml"
    assert found.found["cluster.runners"].file == f"{tmp_path}/g/config/job_conf.xml"
    assert found.unread == []


def test_the_answers_of_an_apache_site_are_read(tmp_path: Path) -> None:
    of_old(tmp_path)
    found = seen(tmp_path, "/srv/galaxy/galaxy-dist")
    site = f"{tmp_path}/etc/apache2/sites-enabled/galaxy.conf"
    assert (found.given["proxy.server"], found.found["proxy.more_upstreams"].place) == ("apache", f"{site}:4")
    assert (found.given["proxy.address"], found.disagreements) == ("localhost:8080", []), (
        "that is where Paste listens, which galaxy.ini calls 127.0.0.1"
    )
    assert found.given["proxy.site_file"] == "/etc/apache2/sites-enabled/galaxy.conf"


def test_a_proxy_that_names_gunicorn_s_place_in_other_words_is_named(tmp_path: Path) -> None:
    put(tmp_path, {"/srv/galaxy/galaxy-dist/lib/galaxy/version.py": 'VERSION_MAJOR = "26.1"\n'})
    put(
        tmp_path,
        {"/srv/galaxy/galaxy-dist/config/galaxy.yml": "gravity:\n  gunicorn:\n    bind: 127.0.0.1:8080\n"},
    )
    put(
        tmp_path, {"/etc/apache2/apache2.conf": APACHE_CONF, "/etc/apache2/sites-enabled/g.conf": APACHE_SITE}
    )
    found = seen(tmp_path, "/srv/galaxy/galaxy-dist")
    assert "proxy.address" not in found.given
    (address,) = found.disagreements
    assert address.question == "proxy.address"
    assert "names the place of" in str(address) and "galaxy.yml:3 in other words" in str(address)
