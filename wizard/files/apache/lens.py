"""The lens of Apache's site file for Galaxy, under whatever serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.answers.question import Given
from wizard.answers.site_places import SITES
from wizard.documents.apache.document import Directive, Document, parse
from wizard.documents.apache.edit import Insert, edit
from wizard.files.apache import secrets
from wizard.files.apache.difference import Difference
from wizard.files.apache.items import OWN_LOGINS, Facts, origins
from wizard.files.apache.merging import origin_in
from wizard.files.apache.modules import modules
from wizard.files.apache.reading import read_site
from wizard.files.apache.roles import Site, recognise
from wizard.files.apache.site import balancer, wanted
from wizard.files.apache.spelling import value_of
from wizard.files.apache.unread import balancer_of
from wizard.files.site.difference import Step
from wizard.files.site.items import Item
from wizard.files.site.lens import SiteLens, Speech, Turn

_HELD = """
server host_name url_prefix tls certificate certificate_key redirect hsts link protocol socket address more_upstreams
static_files static_dir plugins_dir static_expires gzip downloads uploads tusd_host tusd_port max_body_size
read_timeout authentication password_file upstream_header ldap_url ldap_bind_dn ldap_bind_password kerberos_keytab
kerberos_realm remote_user_secret display_sites reports reports_address reports_prefix interactive_tools
interactive_tools_host interactive_tools_port
"""
QUESTIONS = frozenset(f"proxy.{name}" for name in _HELD.split())


class ApacheSite(SiteLens[Document, Site, Facts]):
    """Answers <-> the text of one Apache site."""

    name = "apache site"
    server = "apache"
    files = SITES["apache"]
    layout = "debian"
    questions = QUESTIONS
    secrets = frozenset({"proxy.remote_user_secret", "proxy.ldap_bind_password"})
    secret_roles = frozenset({"header:gx-secret", "AuthLDAPBindPassword"})
    blocks = ("vhost", "location")
    by_absence = (False, "galaxy", "none", [])

    def __init__(self) -> None:
        super().__init__(
            Speech(parse, edit, recognise, read_site, wanted, value_of, secrets.words, secrets.tokens)
        )

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is and needs; `write` puts the rest below."""
        needed = " ".join(modules(given)) if given.get("proxy.server") == "apache" else ""
        lines = ["# Apache site of a Galaxy server."]
        if needed:
            lines += [
                "# When this file was made, it needed these modules (a2enmod, or LoadModule):",
                f"# {needed}",
            ]
        return "".join(f"{line}\n" for line in lines)

    def facts(self, answers: Given, site: Site | None) -> Facts:
        return Facts(answers, balancer=balancer_of(site) if site is not None else None)

    def inserted(self, document: Document, items: Sequence[Item]) -> str:
        """The text with a new site at its end."""
        return edit(document, [Insert(tuple(item.new() for item in items), "end")])

    def alike(self, step: Step, after: Site) -> Iterator[Directive]:
        return after.document.walk()

    def difference(self, site: Site, turn: Turn[Facts]) -> Difference:
        """The edits that make this turn."""
        difference = Difference(site)
        difference.compare((), turn.olds, turn.news)
        _along(difference, site, turn.old, turn.new)
        return difference


def _along(difference: Difference, site: Site, old: Facts, new: Facts) -> None:
    """What changes with an answer outside of its own directive."""
    was, servers = origins(old), origins(new)
    if site.root is not None and was and servers and balancer(old) is None:
        name = balancer(new)
        to = f"balancer://{name}" if name else servers[0][0]
        if to != was[0][0]:
            questions = ("proxy.more_upstreams",) if name else (f"proxy.{servers[0][1]}", "proxy.link")
            difference.retarget(origin_in(site.root.node.args[site.root.index]), to, questions)
    folders = [facts.given.get("proxy.static_dir") for facts in (old, new)]
    if folders[0] and folders[1] and folders[0] != folders[1]:
        difference.move_directory(str(folders[0]), str(folders[1]))
    logins = (*OWN_LOGINS, "header")
    kinds = [facts.given.get("proxy.authentication") for facts in (old, new)]
    if kinds[1] in logins and kinds[0] not in logins:
        difference.nobody_elsewhere()
