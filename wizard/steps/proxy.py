"""The web server in front of Galaxy: its account, certificates, modules, and Galaxy's site.

Sources: Galaxy documentation, Production: using a proxy server; Galaxy documentation, Scaling and Load Balancing:
listening and proxy options (who may reach the socket); certbot's manual, webroot.
"""

from __future__ import annotations

import os
import posixpath
import socket
from collections.abc import Iterator
from pathlib import PurePosixPath
from threading import Thread

from wizard.answers.site_places import SITES
from wizard.consequences import fronts
from wizard.files.apache.modules import modules
from wizard.files.site.items import LETSENCRYPT
from wizard.steps import code, packages, processes
from wizard.steps.accounts import DIRECTORIES, FILES, GROUP, account, group_name
from wizard.steps.looking import (
    accepts,
    ask,
    by_systemd,
    done,
    group,
    is_live,
    left,
    name_list,
    status,
    unknown,
    user,
)
from wizard.steps.packages import proxy_here
from wizard.steps.servers import server
from wizard.steps.step import Command, Scene, Seen, Step

SERVER, MEMBER, CERTIFICATES = "proxy.server", "proxy.group", "proxy.certificates"
MODULES, REACH, SELINUX = "proxy.modules", "proxy.reach", "proxy.selinux"
ENABLED, SITE = "proxy.enabled", "proxy.site"
_WEBROOT = "/var/www/html"
_PID_FILES = {
    "nginx": ("/run/nginx.pid",),
    "apache": ("/run/apache2/apache2.pid", "/run/httpd/httpd.pid"),
}
_RESOLVES_IN = 5.0
_PATIENCE = 10.0


def is_debian(scene: Scene) -> bool:
    """Whether the proxy's files are laid out as Debian's."""
    return (scene.value("proxy.layout") or scene.machine.family) == "debian"


def unit(scene: Scene) -> str:
    """What the proxy's service is called."""
    if proxy_here(scene) == "nginx":
        return "nginx"
    return "apache2" if is_debian(scene) else "httpd"


def proxy_user(scene: Scene) -> str:
    """The account of the proxy's workers."""
    if is_debian(scene):
        return "www-data"
    return "nginx" if proxy_here(scene) == "nginx" else "apache"


def site_file(scene: Scene) -> str:
    """Where Galaxy's site stands."""
    files = SITES[proxy_here(scene) or "apache"]
    return str(scene.value("proxy.site_file") or files["debian" if is_debian(scene) else "redhat"])


def steps(scene: Scene) -> Iterator[Step]:
    if proxy_here(scene) is None:
        return
    tls = scene.value("proxy.tls")
    if _needs_group(scene):
        yield _member(scene)
    if proxy_here(scene) == "apache" and is_debian(scene):
        yield _modules(scene)
    # A site of Red Hat's layout is read at once, and without its certificate the server does not start.
    if tls in ("certificate", "letsencrypt") and not is_debian(scene):
        yield _certificates(scene, str(tls), (packages.CODE,))
        yield _server(scene, (packages.CODE, CERTIFICATES))
    else:
        yield _server(scene, (packages.CODE,))
        if tls in ("certificate", "letsencrypt"):
            yield _certificates(scene, str(tls), (packages.CODE, SERVER))
    if _reached(scene):
        yield _reach(scene)
    if scene.machine.family == "redhat":
        yield _selinux(scene)
    yield from _site(scene)


def _server(scene: Scene, after: tuple[str, ...]) -> Step:
    port = 80 if is_debian(scene) or scene.value("proxy.tls") in (None, "none") else 443
    return server(
        scene, SERVER, "Web server", unit(scene), lambda: accepts(("localhost", port)) and _master(scene) is not None,
        after,
    )  # fmt: skip


def _master(scene: Scene) -> int | None:
    return processes.master(scene, *_PID_FILES[str(proxy_here(scene))])


def _needs_group(scene: Scene) -> bool:
    """Whether the proxy gets to Galaxy's socket or files as a member of Galaxy's group."""
    umask = str(scene.value("groundwork.umask") or "022")
    closed = umask[-1:] in "4567" and bool(
        scene.value("proxy.downloads") or scene.value("proxy.static_files")
    )
    return account(scene) is not None and (scene.value("proxy.link") == "socket" or closed)


def _member(scene: Scene) -> Step:
    name, owners = proxy_user(scene), str(group_name(scene))

    def look() -> Seen:
        found, members = user(scene, name), group(scene, owners)
        if found is None or members is None:
            return left(f"there is no account {name}" if found is None else f"there is no group {owners}")
        if found.gid == members.gid or name in members.members:
            return done(f"{name} is a member of {owners}")
        return left(f"{name} is no member of {owners}")

    return Step(
        MEMBER, "The proxy's account in Galaxy's group",
        "So the proxy reaches the socket and what is not for everybody, and nobody else does.",
        look, (Command(("usermod", "--append", "--groups", owners, name)),), None, "groundwork.group",
        (GROUP, packages.CODE),
    )  # fmt: skip


def _modules(scene: Scene) -> Step:
    wanted = modules(scene.given)

    def look() -> Seen:
        gone = [name for name in wanted if not scene.disk.exists(f"/etc/apache2/mods-enabled/{name}.load")]
        return left(f"not enabled: {name_list(gone)}") if gone else done("all of them are enabled")

    return Step(
        MODULES, "Apache's modules", "Apache refuses a site with a directive of a module that it does not load.",
        look, (Command(("a2enmod", "-q", *wanted)),), after=(packages.CODE,),
    )  # fmt: skip


def _certificates(scene: Scene, tls: str, after: tuple[str, ...]) -> Step:
    host = str(scene.value("proxy.host_name") or "")
    files = [f"{LETSENCRYPT}/{host}/{name}.pem" for name in ("fullchain", "privkey")]
    if tls == "certificate":
        named = [scene.value(f"proxy.{name}") for name in ("certificate", "certificate_key")]
        files = [str(path) for path in named if path]

    def look() -> Seen:
        gone = [path for path in files if not scene.disk.is_file(path)]
        if gone and os.geteuid() != 0:
            return unknown(f"only root sees whether {gone[0]} is there")
        return left(f"{gone[0]} is not there") if gone else done(f"{files[0]} is there")

    if tls == "certificate":
        by_hand = f"put certificate and key at {' and '.join(files)}; the key is for root alone (0600)"
        return Step(
            CERTIFICATES, "Certificate", "Without its files the web server refuses the site.", look,
            by_hand=by_hand, question="proxy.certificate", after=after,
        )  # fmt: skip
    command, instead = _certbot(scene, host)
    why = "Let's Encrypt asks for a file on port 80 of this name, by plain HTTP; the command agrees to its terms."
    return Step(
        CERTIFICATES, "Certificate", why, look, (command,) if command else (), instead, "proxy.tls", after,
        tests=(("test", "-e", files[0]),),
    )  # fmt: skip


def _certbot(scene: Scene, host: str) -> tuple[Command | None, str | None]:
    """The command that gets the certificate, or what a person has to do in its place."""
    mail = next(iter(scene.value("groundwork.admin_users") or ()), scene.value("groundwork.error_email_to"))
    words = ["certbot", "certonly", "--webroot", "-w", _WEBROOT, "-d", host]
    if not is_debian(scene):
        return None, f"before the web server starts: certbot certonly --standalone -d {host}"
    if not mail:
        by_hand = f"{' '.join(words)} -m ADDRESS (or answer groundwork.error_email_to)"
        return None, by_hand
    if is_live(scene) and not scene.disk.exists(f"{LETSENCRYPT}/{host}") and not _resolves(host):
        by_hand = f"give {host} an entry in DNS that leads here; then: {' '.join(words)} -m {mail}"
        return None, by_hand
    return Command((*words, "-m", str(mail), "--agree-tos", "--non-interactive")), None


def _resolves(host: str) -> bool:
    """Whether DNS knows the name; one that gives no answer in time does not."""
    found: list[bool] = []

    def resolve() -> None:
        try:
            socket.getaddrinfo(host, 80)
        except (OSError, UnicodeError):
            return
        found.append(True)

    thread = Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(_RESOLVES_IN)
    return bool(found)


def _reached(scene: Scene) -> list[str]:
    """The directories that the proxy has to get into."""
    found = [scene.value("proxy.static_dir")] if scene.value("proxy.static_files") else []
    found += (
        [scene.value("data.file_path") or scene.value("groundwork.data_dir")]
        if scene.value("proxy.downloads")
        else []
    )
    if scene.value("proxy.link") == "socket" and scene.value("proxy.socket"):
        found.append(posixpath.dirname(str(scene.value("proxy.socket"))))
    return [str(path) for path in found if path and posixpath.isabs(str(path))]


def _reach(scene: Scene) -> Step:
    name, wanted = proxy_user(scene), _reached(scene)

    def look() -> Seen:
        gone = [path for path in wanted if not scene.disk.exists(path)]
        shut = _shut(scene, name, [path for path in wanted if path not in gone])
        if user(scene, name) is None:
            return left(f"there is no account {name}")
        if shut:
            return left(f"{name} may not pass through {shut[0]}")
        return left(f"{gone[0]} is not there") if gone else done(f"{name} reaches them")

    first = (_shut(scene, name, wanted) or wanted)[0]
    return Step(
        REACH, "The proxy's way to Galaxy's files",
        "One directory on the way that shuts the proxy out makes every page, script or download fail.",
        look, (), f"let {name} pass: chmod o+x {first}, or setfacl -m u:{name}:x {first}", "proxy.static_dir",
        (MEMBER, DIRECTORIES, code.CLIENT),
    )  # fmt: skip


def _shut(scene: Scene, name: str, paths: list[str]) -> list[str]:
    """The directories on the way to `paths` into which the account may not go."""
    found, owners = user(scene, name), group(scene, group_name(scene) or "")
    if found is None:
        return []
    mine = {found.gid} | ({owners.gid} if owners is not None and name in owners.members else set())
    shut = []
    for path in paths:
        real = PurePosixPath(scene.disk.inside(path))
        for place in reversed([real, *real.parents]):
            seen = status(scene, str(place))
            if seen is None:
                break
            bit = 0o100 if seen.st_uid == found.uid else 0o010 if seen.st_gid in mine else 0o001
            if not seen.st_mode & bit and not _listed(str(scene.disk.real(str(place)))):
                shut.append(str(place))
                break
    return list(dict.fromkeys(shut))


def _listed(path: str) -> bool:
    """Whether the directory has an access list, which may say otherwise than its mode."""
    try:
        return "system.posix_acl_access" in os.listxattr(path)
    except OSError:
        return False


def _selinux(scene: Scene) -> Step:
    def look() -> Seen:
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        try:
            enforced = scene.disk.text("/sys/fs/selinux/enforce").strip() == "1"
        except (OSError, UnicodeDecodeError):
            enforced = False
        if not enforced:
            return done("SELinux enforces nothing here")
        if scene.value("proxy.link") != "tcp":
            return unknown("nobody can tell from here what the policy lets the proxy do")
        said = ask(Command(("getsebool", "httpd_can_network_connect")))
        on = said is not None and said.text.strip().endswith("on")
        return done("httpd_can_network_connect is on") if on else left("httpd_can_network_connect is off")

    allow = Command(("setsebool", "-P", "httpd_can_network_connect", "1"))
    static = scene.value("proxy.static_dir") or "the static files"
    by_hand = (
        f"label {static} as httpd_sys_content_t (semanage fcontext, restorecon), and let httpd_t connect to Galaxy's "
        "socket by a policy module: ausearch -m avc shows what is denied"
    )
    tcp = scene.value("proxy.link") == "tcp"
    return Step(
        SELINUX, "SELinux", "The policy keeps web servers from other services' sockets and files.",
        look, (allow,) if tcp else (), by_hand, "proxy.link", (packages.CODE,),
    )  # fmt: skip


def _site(scene: Scene) -> Iterator[Step]:
    by_nginx, site = proxy_here(scene) == "nginx", site_file(scene)
    enable = fronts.nginx_enabled(site) if by_nginx else fronts.apache_enabled(site)
    link = fronts.nginx_link(site) if by_nginx else fronts.apache_link(site)
    before = (SERVER, MEMBER, MODULES, CERTIFICATES, FILES)
    if enable is not None and link is not None:
        yield _enabled(scene, site, enable, link, before)

    def look() -> Seen:
        if not scene.disk.is_file(site):
            return left(f"{site} is not there")
        if not is_live(scene):
            return unknown("this is not the disk of the running system")
        return _is_read(scene, [site, *([link] if link else [])])

    tested = fronts.NGINX_TESTED if by_nginx else fronts.APACHE_TESTED
    words = (tested, fronts.NGINX_RELOADED if by_nginx else _apache_reloaded(scene, site))
    yield Step(
        SITE, "Galaxy's site read", "The web server goes on with what it read before, until it is told to read again.",
        look, tuple(map(Command, words)), None, "proxy.site_file", (*before, ENABLED), patience=_PATIENCE,
    )  # fmt: skip


def _enabled(scene: Scene, site: str, enable: fronts.Words, link: str, before: tuple[str, ...]) -> Step:
    def look() -> Seen:
        if not scene.disk.is_file(site):
            return left(f"{site} is not there")
        return done(f"{link} is there") if scene.disk.exists(link) else left(f"{site} is not enabled")

    return Step(
        ENABLED, "Galaxy's site enabled", "The default site may stay: Galaxy's has a name of its own.",
        look, (Command(enable),), None, "proxy.site_file", before, tests=(("test", "-e", link),),
    )  # fmt: skip


def _apache_reloaded(scene: Scene, site: str) -> tuple[str, ...]:
    gone = is_live(scene) and not by_systemd(scene)
    return ("apachectl", "graceful") if gone else fronts.apache_reloaded(site, scene.given)


def _is_read(scene: Scene, files: list[str]) -> Seen:
    """Whether the running web server has read these files since they were written, and is in Galaxy's group."""
    running = _master(scene)
    if running is None:
        return left(f"{unit(scene)} does not run")
    pids = processes.workers(running)
    if not processes.read_since(pids, scene, *files):
        return left(f"{unit(scene)} has not read {files[0]} since it was written")
    owners = group(scene, str(group_name(scene))) if _needs_group(scene) else None
    if owners is not None and not any(owners.gid in processes.groups(pid) for pid in pids):
        return left(f"{unit(scene)} runs without the group {group_name(scene)}")
    return done(f"{unit(scene)} serves it")
