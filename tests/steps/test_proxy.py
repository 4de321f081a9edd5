"""The web server: its group, certificate, modules and site, and the way to Galaxy's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.steps.scenes import REDHAT, accounts, codes, put, scene_of, seen, step
from wizard.steps import processes
from wizard.steps.step import Scene

ANSWERS = 'preset = "single-server@1"\n'
APACHE = ANSWERS + '[proxy]\nserver = "apache"\nsite_file = "/etc/apache2/sites-available/galaxy.conf"\n'
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other accounts")


def scene(root: Path, more: str = "") -> Scene:
    return scene_of(ANSWERS + more, root)


def test_the_proxys_account_joins_galaxys_group_for_the_socket(tmp_path: Path) -> None:
    accounts(tmp_path, "galaxy", "www-data")
    assert seen(scene(tmp_path), "proxy.group").because == "www-data is no member of galaxy"
    accounts(tmp_path, "galaxy", "www-data", members="www-data")
    assert seen(scene(tmp_path), "proxy.group").state == "done"
    assert step(scene(tmp_path), "proxy.group").commands[0].argv == (
        "usermod", "--append", "--groups", "galaxy", "www-data",
    )  # fmt: skip


def test_over_tcp_with_files_for_everybody_no_membership_is_needed(tmp_path: Path) -> None:
    tcp = '[proxy]\nlink = "tcp"\naddress = "localhost:8080"\n[scaling]\nextra_args = ""\n'
    assert "proxy.group" not in codes(scene(tmp_path, tcp))
    assert "proxy.group" in codes(scene(tmp_path, tcp + '[groundwork]\numask = "027"\n'))


def test_red_hats_servers_run_as_accounts_of_their_own(tmp_path: Path) -> None:
    more = '[proxy]\nlayout = "redhat"\nsite_file = "/etc/nginx/conf.d/galaxy.conf"\n'
    one = scene_of(ANSWERS + more, tmp_path, REDHAT)
    assert step(one, "proxy.group").commands[0].argv[-1] == "nginx"
    assert "proxy.enabled" not in codes(one)  # conf.d is read as it is
    assert "proxy.selinux" in codes(one) and "proxy.selinux" not in codes(scene(tmp_path))


def test_a_site_is_enabled_by_a_link_and_the_default_one_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path, "/etc/nginx/sites-enabled/default")
    assert seen(scene(tmp_path), "proxy.enabled").because == "/etc/nginx/sites-available/galaxy is not there"
    put(tmp_path, "/etc/nginx/sites-available/galaxy")
    assert (
        seen(scene(tmp_path), "proxy.enabled").because == "/etc/nginx/sites-available/galaxy is not enabled"
    )
    commands = [command.argv for command in step(scene(tmp_path), "proxy.enabled").commands]
    assert commands == [("ln", "-s", "../sites-available/galaxy", "/etc/nginx/sites-enabled/galaxy")]
    (tmp_path / "etc/nginx/sites-enabled/galaxy").symlink_to("../sites-available/galaxy")
    assert seen(scene(tmp_path), "proxy.enabled").state == "done"


def test_apache_gets_its_modules_and_its_site_by_its_own_commands(tmp_path: Path) -> None:
    one = scene_of(APACHE, tmp_path)
    words = step(one, "proxy.modules").commands[0].argv
    assert words[:2] == ("a2enmod", "-q") and {"proxy_http", "ssl", "xsendfile"} <= set(words)
    assert seen(one, "proxy.modules").state == "left"
    for name in words[2:]:
        put(tmp_path, f"/etc/apache2/mods-enabled/{name}.load")
    assert seen(one, "proxy.modules").state == "done"
    put(tmp_path, "/etc/apache2/sites-available/galaxy.conf")
    assert step(one, "proxy.enabled").commands[0].argv == ("a2ensite", "galaxy")
    assert seen(one, "proxy.enabled").state == "left"
    put(tmp_path, "/etc/apache2/sites-enabled/galaxy.conf")
    assert seen(one, "proxy.enabled").state == "done"


@ROOT
def test_a_certificate_is_there_or_is_asked_for(tmp_path: Path) -> None:
    live = "/etc/letsencrypt/live/galaxy.example.org"
    mail = scene(tmp_path, '[groundwork]\nadmin_users = ["ada@example.org"]\n')
    assert seen(mail, "proxy.certificates").because == f"{live}/fullchain.pem is not there"
    words = step(mail, "proxy.certificates").commands[0].argv
    assert words[:5] == ("certbot", "certonly", "--webroot", "-w", "/var/www/html")
    assert words[words.index("-m") + 1] == "ada@example.org"
    alone = step(scene(tmp_path), "proxy.certificates")
    assert alone.commands == () and "-m ADDRESS" in str(alone.by_hand)
    for name in ("fullchain", "privkey"):
        put(tmp_path, f"{live}/{name}.pem")
    assert seen(mail, "proxy.certificates").state == "done"


def test_a_certificate_of_ones_own_is_put_there_by_hand(tmp_path: Path) -> None:
    own = '[proxy]\ntls = "certificate"\ncertificate = "/etc/ssl/g.pem"\ncertificate_key = "/etc/ssl/g.key"\n'
    one = step(scene(tmp_path, own), "proxy.certificates")
    assert one.commands == () and "/etc/ssl/g.pem and /etc/ssl/g.key" in str(one.by_hand)
    assert one.look().state != "done"
    put(tmp_path, "/etc/ssl/g.pem")
    put(tmp_path, "/etc/ssl/g.key")
    assert one.look().state == "done"
    assert "proxy.certificates" not in codes(
        scene(tmp_path, '[proxy]\ntls = "none"\nredirect = false\nhsts = false\n')
    )


@ROOT
def test_a_directory_on_the_way_that_shuts_the_proxy_out_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # the root of this system
    accounts(tmp_path, "galaxy", "www-data", members="www-data")
    for path in ("server/static", "data/objects", "var"):
        (tmp_path / "srv/galaxy" / path).mkdir(parents=True)
    one = scene(tmp_path)
    assert seen(one, "proxy.reach").state == "done"
    (tmp_path / "srv/galaxy/server").chmod(0o700)
    assert seen(one, "proxy.reach").because == "www-data may not pass through /srv/galaxy/server"
    (tmp_path / "srv/galaxy/server").chmod(0o755)
    closed = tmp_path / "srv/galaxy/var"
    closed.chmod(0o750)
    assert seen(one, "proxy.reach").because == "www-data may not pass through /srv/galaxy/var"
    os.chown(closed, 990, 990)  # Galaxy's, of which www-data is a member
    assert seen(one, "proxy.reach").state == "done"
    accounts(tmp_path, "galaxy", "www-data")
    assert seen(one, "proxy.reach").because == "www-data may not pass through /srv/galaxy/var"


def test_a_process_has_read_what_was_written_before_it_began(tmp_path: Path) -> None:
    pid, file = os.getpid(), put(tmp_path, "/etc/site")
    one = scene(tmp_path)
    assert not processes.read_since([pid], one, "/etc/site")  # written just now
    os.utime(file, (0, 0))
    assert processes.read_since([pid], one, "/etc/site")
    assert not processes.read_since([pid], one, "/etc/site", "/etc/none")
    assert not processes.read_since([], one, "/etc/site")
    put(tmp_path, "/run/nginx.pid", f"{pid}\n")
    assert processes.master(one, "/run/none", "/run/nginx.pid") == pid
    put(tmp_path, "/run/nginx.pid", "4194305\n")
    assert processes.master(one, "/run/nginx.pid") is None
    assert pid in processes.workers(os.getppid())
    assert os.getgid() in processes.groups(pid)
