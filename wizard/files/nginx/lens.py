"""The lens of nginx's site file for Galaxy, under whatever serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wizard.answers.question import Given
from wizard.answers.site_places import SITES
from wizard.documents.nginx.document import Directive, Document, parse
from wizard.documents.nginx.edit import Insert, edit
from wizard.files.nginx import secrets
from wizard.files.nginx.difference import Difference
from wizard.files.nginx.items import Facts
from wizard.files.nginx.reading import read_site
from wizard.files.nginx.roles import GALAXY, Site, first, recognise
from wizard.files.nginx.site import wanted
from wizard.files.nginx.spelling import value_of
from wizard.files.site.difference import Step
from wizard.files.site.items import Item, galaxy_servers
from wizard.files.site.lens import SiteLens, Speech, Turn, refuse
from wizard.problems import Problem

_HELD = """
server host_name url_prefix tls certificate certificate_key redirect hsts link protocol socket address more_upstreams
static_files static_dir plugins_dir static_expires gzip downloads uploads tusd_host tusd_port max_body_size
nginx_upload nginx_upload_store nginx_upload_path
read_timeout authentication password_file upstream_header remote_user_secret reports reports_address
reports_prefix interactive_tools interactive_tools_host interactive_tools_port
"""
QUESTIONS = frozenset(f"proxy.{name}" for name in _HELD.split())
_LOGINS = ("password-file", "header")
"""The ways in which nginx vouches for a user."""


class NginxSite(SiteLens[Document, Site, Facts]):
    """Answers <-> the text of one nginx site.

    `proxy.display_sites` decides whether a location exists here, but its hosts stand in galaxy.yml alone: it is
    written and never read.
    """

    name = "nginx site"
    server = "nginx"
    files = SITES["nginx"]
    layout = "redhat"
    questions = QUESTIONS
    secrets = frozenset({"proxy.remote_user_secret"})
    secret_roles = frozenset({"proxy_set_header:gx-secret", "uwsgi_param:http-gx-secret"})
    blocks = ("server", "location")
    by_absence = (False, "galaxy", [])

    def __init__(self) -> None:
        super().__init__(
            Speech(parse, edit, recognise, read_site, wanted, value_of, secrets.words, secrets.tokens)
        )

    def skeleton(self, given: Given) -> str:
        return "# nginx site of a Galaxy server; to be included in nginx's http block.\n"

    def facts(self, answers: Given, site: Site | None) -> Facts:
        return Facts(answers)

    def inserted(self, document: Document, items: Sequence[Item]) -> str:
        """The text with a new site at its end, or at the end of its http block."""
        holders = [node for node in document.children if node.name == "http" and node.block is not None]
        new = tuple(item.new() for item in items)
        return edit(document, [Insert(new, "end", holders[0] if holders else None)])

    def alike(self, step: Step, after: Site) -> Iterator[Directive]:
        """Directives of the same name: in blocks like the step's, then anywhere in the server."""
        name = step.path[-1].partition(":")[0]
        around = [
            one for one in after.server.walk() if " ".join((one.name, *one.args)) == "".join(step.path[-2:-1])
        ]
        return (one for block in (*around, after.server) for one in block.walk() if one.name == name)

    def held(self, site: Site) -> dict[str, Any]:
        """The answers that the site holds; and that it displays datasets, though it does not say to whom."""
        shown = {"proxy._display": True} if ("server:galaxy", "location:display") in site.bound else {}
        return {**super().held(site), **shown}

    def overlaid(self, held: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
        now = super().overlaid(held, answers)
        if "proxy.display_sites" in answers:
            now.pop("proxy._display", None)
        return now

    def difference(self, site: Site, turn: Turn[Facts]) -> Difference:
        """The edits that make this turn. Raises Refused for one that nothing could take back."""
        before, now = turn.before, turn.now
        _need_a_way_back(site, before, turn.answers)
        olds, news = turn.olds, turn.news
        difference = Difference(site, told=now.get("proxy.authentication") in _LOGINS)
        upstream = site.bound.get(("upstream:galaxy",))
        if upstream is not None:
            olds, news = (
                tuple(_passing_to(upstream.args[0], item) for item in items) for items in (olds, news)
            )
        elif "proxy.link" in before:
            olds, news = _direct(difference, turn.old, turn.new, olds, news)
        if "proxy.link" in before and turn.old.uwsgi != turn.new.uwsgi:
            difference.speak(turn.new, news)
        difference.compare((), olds, news)
        if now.get("proxy.redirect") and not before.get("proxy.redirect") and turn.new.tls:
            difference.plain_listens_leave()
        if difference.told and before.get("proxy.authentication") not in _LOGINS:
            difference.nobody_elsewhere()
        difference.finish()
        return difference


def _need_a_way_back(site: Site, before: dict[str, Any], answers: dict[str, Any]) -> None:
    """Refuse to take static files away where only somebody's own words in the site say their directory.

    Nothing could bring them back: that answer is Galaxy's too, and need not be given.
    """
    folder, static = before.get("proxy.static_dir"), site.bound.get((*GALAXY, "location:static"))
    if answers.get("proxy.static_files") is not False or "proxy.static_dir" in answers or folder is None:
        return
    spelled = [node.args[-1] for node in (static, first(static, "alias")) if node is not None]
    if len(spelled) < 2 or not all(word.endswith("/") for word in spelled):  # as galaxy-setup spells them
        what = "only this site says where the static files are, so they could not be served again"
        refuse(
            [Problem(what, question="proxy.static_dir", way_out=f"answer it first: {folder}")],
            site.document.file,
        )


def _direct(
    difference: Difference, old: Facts, new: Facts, olds: tuple[Item, ...], news: tuple[Item, ...]
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """A site that passes straight to one address keeps doing so while one is enough."""
    before, after = galaxy_servers(old), galaxy_servers(new)
    olds = tuple(item for item in olds if item.key != "upstream:galaxy")
    spoken = old.uwsgi == new.uwsgi  # else `Difference.speak` leads the others
    if len(after) > 1:
        if spoken:
            difference.retarget("galaxy", ("proxy.more_upstreams",))
        return olds, news
    if before != after and spoken:
        difference.retarget(after[0][0], (f"proxy.{after[0][1]}", "proxy.link"))
    news = tuple(item for item in news if item.key != "upstream:galaxy")
    return tuple(_passing_to(after[0][0], item) for item in olds), tuple(
        _passing_to(after[0][0], item) for item in news
    )


def _passing_to(target: str, item: Item) -> Item:
    """The item with `target` in place of the upstream that this text does not have."""
    for name, scheme in (("proxy_pass", "http://"), ("uwsgi_pass", "")):
        if item.name == name and item.args == (f"{scheme}galaxy",):
            return replace(item, args=(f"{scheme}{target}",))
    if item.children is None:
        return item
    return replace(item, children=tuple(_passing_to(target, child) for child in item.children))
