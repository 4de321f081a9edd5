"""nginx and Apache as they are on a machine: their configuration, Galaxy's site in it, processes and ports."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks.live import Nginx, looked, needs_root, only, open_place, server_of, states
from tests.consumers import need_tool
from wizard.answers.hosts import Host
from wizard.checks import proxy, proxy_tree
from wizard.checks.check import Result, Server
from wizard.checks.proxy_tree import configured_account, ports, read_proxy


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    with open_place() as root:
        yield Nginx(root)


@needs_root
def test_a_good_configuration_is_taken(nginx: Nginx) -> None:
    found = looked(proxy.configuration, nginx.server())
    assert only(found) == Result("ok", "proxy.configuration", "nginx -t takes the configuration")


@needs_root
def test_asking_makes_none_of_the_logs_and_directories_that_nginx_would_make(nginx: Nginx) -> None:
    (nginx.root / "made").mkdir()
    for file in (nginx.main, nginx.site):
        # Only below the tree is there such a directory: nginx -t itself would fail to make these.
        text = file.read_text().replace(f"{nginx.root}/error.log", "/made/error.log")
        text = text.replace(f"{nginx.root}/body", "/made/body")
        file.write_text(text.replace("server_name", "access_log /made/galaxy.log; server_name"))
    found = looked(proxy.configuration, nginx.server())
    assert only(found).state == "ok", found
    assert list((nginx.root / "made").iterdir()) == []


@needs_root
def test_a_broken_site_is_named_with_its_line(nginx: Nginx) -> None:
    nginx.site.write_text(nginx.site.read_text().replace("server_name", "server_nam"))
    found = only(looked(proxy.configuration, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.configuration")
    assert 'unknown directive "server_nam"' in found.what
    assert found.file == f"{nginx.site}:4"


@needs_root
def test_a_fault_in_another_file_stops_the_proxy_as_well(nginx: Nginx) -> None:
    (nginx.site.parent.parent / "sites-enabled/other").write_text("server { listen nowhere:x; }\n")
    found = only(looked(proxy.configuration, nginx.server()))
    assert (found.state, found.file) == ("fail", f"{nginx.root}/etc/nginx/sites-enabled/other:1")


@needs_root
def test_a_proxy_that_is_not_installed_is_named(nginx: Nginx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "find", lambda names: None)
    assert states(looked(proxy.configuration, nginx.server())) == {"proxy.not-installed": "fail"}


def test_a_site_that_is_linked_is_switched_on(nginx: Nginx) -> None:
    assert states(looked(proxy.enabled, nginx.server())) == {"proxy.enabled": "ok"}


def test_a_site_that_nothing_links_is_not(nginx: Nginx) -> None:
    (nginx.root / "etc/nginx/sites-enabled/galaxy").unlink()
    found = only(looked(proxy.enabled, nginx.server()))
    assert (found.state, found.code, found.question) == ("fail", "proxy.not-enabled", "proxy.site_file")
    assert "ln -s ../sites-available/galaxy" in (found.way_out or "")


def test_a_copy_of_the_site_is_not_the_site(nginx: Nginx) -> None:
    link = nginx.root / "etc/nginx/sites-enabled/galaxy"
    link.unlink()
    shutil.copy(nginx.site, link)
    assert states(looked(proxy.enabled, nginx.server())) == {"proxy.not-enabled": "fail"}


def test_a_site_that_was_never_written_is_named(nginx: Nginx) -> None:
    nginx.site.unlink()
    assert states(looked(proxy.enabled, nginx.server())) == {"proxy.no-site": "fail"}


def test_without_a_proxy_nothing_is_looked_at(nginx: Nginx) -> None:
    for server in (nginx.server(proxy__server="none"), nginx.server(proxy__server=None)):
        for one in (proxy.configuration, proxy.enabled, proxy.is_running, proxy.selinux):
            assert only(looked(one, server)).state == "skipped"
    elsewhere = nginx.server(scaling__hosts=[Host(name="web", runs=["web"])], scaling__host="web")
    assert only(looked(proxy.enabled, elsewhere)).what == "the proxy runs on another host"


@needs_root
def test_a_running_nginx_listens_on_the_ports_of_its_site(nginx: Nginx) -> None:
    with nginx.runs():
        found = only(looked(proxy.is_running, nginx.server()))
    assert found == Result("ok", "proxy.running", f"nginx listens on port {nginx.port}")


@needs_root
def test_another_nginx_is_not_this_one(nginx: Nginx) -> None:
    with open_place() as root, Nginx(root).runs():
        assert states(looked(proxy.is_running, nginx.server())) == {"proxy.not-running": "fail"}


@needs_root
def test_a_port_that_was_added_after_the_start_is_not_listened_on(nginx: Nginx) -> None:
    with nginx.runs(), open_place() as other:
        later = Nginx(other).port
        nginx.site.write_text(nginx.site.read_text().replace(f":{nginx.port};", f":{later};"))
        found = only(looked(proxy.is_running, nginx.server()))
    assert (found.state, found.code) == ("fail", "proxy.not-listening")
    assert f"port {later}" in found.what


@needs_root
def test_who_holds_the_port_instead_is_named(nginx: Nginx) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", nginx.port))
        other.listen()
        found = looked(proxy.is_running, nginx.server())
    assert states(found) == {"proxy.not-running": "fail", "proxy.port-taken": "fail"}
    assert f"holds port {nginx.port}, not nginx" in found[1].what


@pytest.mark.parametrize(
    ("listens", "wanted"),
    [
        ("listen 80; listen [::]:80;", [80]),
        ("listen 443 ssl; listen *:8443 ssl; listen unix:/run/x;", [443, 8443]),
        ("listen localhost;", [80]),
    ],
)
def test_the_ports_of_a_site_are_those_that_it_says(nginx: Nginx, listens: str, wanted: list[int]) -> None:
    nginx.site.write_text(f"server {{ {listens} }}\n")
    assert ports(read_proxy(nginx.server()), nginx.server()) == wanted


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ({}, [80]),
        ({"proxy__tls": "certificate"}, [443]),
        ({"proxy__tls": "letsencrypt", "proxy__redirect": True}, [80, 443]),
    ],
)
def test_without_a_site_they_go_with_the_answers(
    nginx: Nginx, answers: dict[str, object], wanted: list[int]
) -> None:
    nginx.site.unlink()
    server = nginx.server(**answers)
    assert ports(read_proxy(server), server) == wanted


# SELinux


def enforcing(root: Path, connect: str | None = None, enforce: str = "1") -> None:
    folder = root / "sys/fs/selinux/booleans"
    folder.mkdir(parents=True)
    (folder.parent / "enforce").write_text(enforce)
    if connect is not None:
        (folder / "httpd_can_network_connect").write_text(connect)


def test_a_machine_without_selinux_is_skipped(nginx: Nginx) -> None:
    assert states(looked(proxy.selinux, nginx.server())) == {"proxy.selinux": "skipped"}


def test_permissive_selinux_hinders_nobody(nginx: Nginx) -> None:
    enforcing(nginx.root, "0 0", enforce="0")
    assert states(looked(proxy.selinux, nginx.server(proxy__link="tcp"))) == {"proxy.selinux": "ok"}


@pytest.mark.parametrize(
    ("connect", "told"),
    [
        ("1 1", {"proxy.selinux": "ok"}),
        ("0 0", {"proxy.selinux-connect": "fail"}),
        (None, {"proxy.selinux-connect": "fail"}),
    ],
)
def test_selinux_must_let_the_proxy_connect(nginx: Nginx, connect: str | None, told: dict[str, str]) -> None:
    enforcing(nginx.root, connect)
    found = looked(proxy.selinux, nginx.server(proxy__link="tcp", proxy__static_files=False))
    assert states(found) == told
    assert all("setsebool" in (one.way_out or "") for one in found if one.state == "fail")


def test_labels_of_files_are_told_where_selinux_enforces(nginx: Nginx) -> None:
    enforcing(nginx.root, "1 1")
    found = only(looked(proxy.selinux, nginx.server()))
    assert (found.state, found.code) == ("warn", "proxy.selinux-labels")


# Apache


@pytest.fixture
def apache() -> Iterator[Server]:
    need_tool("/etc/apache2/apache2.conf")
    with open_place() as root:
        shutil.copytree("/etc/apache2", root / "etc/apache2", symlinks=True)
        for name in ("passwd", "group"):
            shutil.copy(f"/etc/{name}", root / "etc")
        site = root / "etc/apache2/sites-available/galaxy.conf"
        site.write_text(
            "<VirtualHost *:8080>\n    ServerName g.example.org\n    Alias /static /srv/static\n"
            "    AliasMatch ^/plugins/(.+)/static/(.*)$ /srv/plugins/$1/static/$2\n"
            "    Alias /.well-known/acme-challenge /var/www/html\n</VirtualHost>\n"
        )
        (root / "etc/apache2/sites-enabled/galaxy.conf").symlink_to("../sites-available/galaxy.conf")
        values = {"proxy.server": "apache", "proxy.layout": "debian", "proxy.link": "tcp"}
        yield server_of({**values, "proxy.site_file": "/etc/apache2/sites-available/galaxy.conf"}, root)


@needs_root
def test_apache_takes_its_configuration_or_names_the_line(apache: Server) -> None:
    assert states(looked(proxy.configuration, apache)) == {"proxy.configuration": "ok"}
    site = apache.disk.path("/etc/apache2/sites-available/galaxy.conf")
    site.write_text(site.read_text().replace("ServerName", "ServerNam"))
    found = only(looked(proxy.configuration, apache))
    assert (found.state, found.file) == ("fail", f"{site}:2")


def test_apache_s_files_say_what_they_are(apache: Server) -> None:
    read = read_proxy(apache)
    assert (read.enabled, read.user, read.group) == (True, "www-data", "www-data")
    account = configured_account(apache, read)
    assert account is not None
    assert account.name == "www-data"
    assert [one.path for one in proxy_tree.aliases(read)] == ["/srv/static", "/srv/plugins"]
    assert ports(read, apache) == [8080]


def test_an_apache_site_that_is_not_enabled_is_named(apache: Server) -> None:
    apache.disk.path("/etc/apache2/sites-enabled/galaxy.conf").unlink()
    found = only(looked(proxy.enabled, apache))
    assert (found.code, found.way_out) == (
        "proxy.not-enabled",
        "a2ensite galaxy, then apachectl graceful",
    )


def test_aliases_of_nginx_are_the_paths_that_it_serves_itself(nginx: Nginx) -> None:
    places = (
        "location /a { root /srv/b; } location ~ ^/p/(.+)$ { alias /srv/p/$1; } location /c { alias $x/y; }"
    )
    nginx.site.write_text(f"server {{ {places} }}\n")
    assert [one.path for one in proxy_tree.aliases(read_proxy(nginx.server()))] == ["/srv/b/a", "/srv/p"]


def test_the_account_of_nginx_is_the_one_that_is_configured_else_the_one_it_was_built_for(
    nginx: Nginx,
) -> None:
    nginx.configure("games games")
    account = configured_account(nginx.server(), read_proxy(nginx.server()))
    assert account is not None
    assert (account.name, account.gid) == ("games", 60)
    nginx.main.write_text(nginx.main.read_text().replace("user games games;\n", ""))
    account = configured_account(nginx.server(), read_proxy(nginx.server()))
    assert account is not None
    assert account.name in ("www-data", "nginx", "nobody")


def test_files_of_the_proxy_that_cannot_be_read_hide_no_other(nginx: Nginx) -> None:
    (nginx.root / "etc/nginx/sites-enabled/broken").write_text("server {{{")
    assert read_proxy(nginx.server()).enabled
    nginx.site.write_text("server {{{")
    assert not read_proxy(nginx.server()).enabled
