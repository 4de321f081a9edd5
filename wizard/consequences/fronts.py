"""What has a proxy and an FTP server read their files: words of commands, without a shell."""

from __future__ import annotations

from wizard.answers.question import Given

Words = tuple[str, ...]

NGINX_TESTED: Words = ("nginx", "-t")
NGINX_RELOADED: Words = ("nginx", "-s", "reload")
APACHE_TESTED: Words = ("apachectl", "configtest")
FTP_TESTED: Words = ("proftpd", "-t")


def is_debian(site: str) -> bool:
    """Whether the site at this path stands apart from the enabled ones, as Debian has it."""
    return "/sites-available/" in site


def nginx_link(site: str) -> str | None:
    """Where the link is that has nginx include the site; None where it does so by itself."""
    return f"/etc/nginx/sites-enabled/{site.rpartition('/')[2]}" if is_debian(site) else None


def nginx_enabled(site: str) -> Words | None:
    """The command that makes this link."""
    link = nginx_link(site)
    return None if link is None else ("ln", "-s", f"../sites-available/{site.rpartition('/')[2]}", link)


def apache_enabled(site: str) -> Words | None:
    """The command that has Apache include the site; None where it does so by itself."""
    return ("a2ensite", site.rpartition("/")[2].removesuffix(".conf")) if is_debian(site) else None


def apache_link(site: str) -> str | None:
    """Where it makes a link for that; None where Apache includes the site by itself."""
    return f"/etc/apache2/sites-enabled/{site.rpartition('/')[2]}" if is_debian(site) else None


def apache_reloaded(site: str, given: Given) -> Words:
    """The command that has Apache read its files again."""
    return _told("reload", "apache2" if is_debian(site) else "httpd", given) or ("apachectl", "graceful")


def ftp_restarted(given: Given) -> Words | None:
    """The command that has ProFTPD read its files again; None where each system has its own."""
    return _told("restart", "proftpd", given)


def _told(verb: str, service: str, given: Given) -> Words | None:
    """How a service is told something; None where what starts Galaxy says that neither systemd nor init does."""
    manager = given.get("groundwork.service_manager")
    if manager == "sysvinit":
        return ("service", service, verb)
    return None if manager in ("launchd", "smf") else ("systemctl", verb, service)
