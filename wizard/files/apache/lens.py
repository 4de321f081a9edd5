"""The lens of Apache's site file for Galaxy under gunicorn.

The file may hold much more than Galaxy's virtual host: others, directives for the whole server, locations of other
services. What is not a role of `site` is never touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from wizard.answers.question import Given
from wizard.documents.apache.document import Directive, Document, parse
from wizard.documents.apache.edit import Insert, edit
from wizard.files.apache.difference import Difference, Step, entering, value_of
from wizard.files.apache.items import OWN_LOGINS, Facts, upstreams
from wizard.files.apache.merging import origin_in
from wizard.files.apache.modules import modules
from wizard.files.apache.reading import Found, read_site
from wizard.files.apache.roles import Site, recognise
from wizard.files.apache.secrets import secret_spans
from wizard.files.apache.site import balancer, wanted
from wizard.files.apache.unread import balancer_of
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written, causes
from wizard.problems import Problem, Refused

SITE_FILES = {"debian": "/etc/apache2/sites-available/galaxy.conf", "redhat": "/etc/httpd/conf.d/galaxy.conf"}
"""Where each family of distributions keeps sites."""

_HELD = """
server host_name url_prefix tls certificate certificate_key redirect hsts link socket address more_upstreams
static_files static_dir plugins_dir static_expires gzip downloads uploads tusd_host tusd_port max_body_size
read_timeout authentication password_file upstream_header ldap_url ldap_bind_dn ldap_bind_password kerberos_keytab
kerberos_realm remote_user_secret display_sites reports reports_address reports_prefix interactive_tools
interactive_tools_host interactive_tools_port
"""
QUESTIONS = frozenset(f"proxy.{name}" for name in _HELD.split())
_SECRETS = ("header:gx-secret", "AuthLDAPBindPassword")


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> Document:
    """The document of `text`: a plan looks at the same text more than once."""
    return parse(text, file)


@lru_cache(maxsize=16)
def _reading(text: str, file: str) -> Reading:
    site = recognise(_parsed(text, file))
    if site is None:
        return Reading()
    found = read_site(site)
    return Reading(dict(found.given), dict(found.lines), tuple(found.unread))


class ApacheSite:
    """Answers <-> the text of one Apache site (the protocol `Lens`).

    A text without a Galaxy server gets a new virtual host at its end.
    """

    name = "apache site"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to the site."""
        return question in QUESTIONS

    def target(self, given: Given) -> Target | None:
        """The site file when Apache is the proxy; only root may read one that holds a secret."""
        if given.get("proxy.server") != "apache" or not runs_here(given, "proxy"):
            return None
        default = SITE_FILES[given.get("proxy.layout") or "debian"]
        secrets = ("proxy.remote_user_secret", "proxy.ldap_bind_password")
        mode = 0o600 if any(given.get(question) is not None for question in secrets) else 0o644
        return Target(str(given.get("proxy.site_file") or default), mode)

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of a site."""
        return ()

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

    def read(self, text: str, file: str) -> Reading:
        """The answers of the Galaxy server in `text`; none when there is no such server."""
        return _reading(text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change.

        Raises Refused naming each question whose answer Apache cannot express, or without which the site is none.
        """
        document = _parsed(text, file)
        site = recognise(document)
        answers = {question: value for question, value in given.items() if value is not None}
        if answers.get("proxy.server", "apache") != "apache" or (
            site is None and "proxy.server" not in answers
        ):
            return Written(text)
        if site is None:
            return self._new_site(answers, document, text, file)
        return self._changed_site(answers, site, read_site(site), text, file)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """The values of GX_SECRET headers and of the password for LDAP, in comments too."""
        return secret_spans(text, file)

    def _new_site(self, answers: dict[str, Any], document: Document, text: str, file: str) -> Written:
        facts = Facts(answers)
        items = wanted(facts)
        if "proxy.link" not in answers:
            facts.need("link", "a new site")
        _refuse(facts.problems.values(), file)
        written = edit(document, [Insert(tuple(item.new() for item in items), "end")])
        after = _checked(answers, facts.used, written, file, answers.keys())
        steps = [step for item in items for step in entering((), item)]
        return Written(written, tuple(_changes(steps, after)))

    def _changed_site(
        self, answers: dict[str, Any], site: Site, found: Found, text: str, file: str
    ) -> Written:
        before = dict(found.given)
        now = {**before, **answers}
        old, new = Facts(before, balancer_of(site)), Facts(now, balancer_of(site))
        olds, news = wanted(old), wanted(new)
        fresh = (problem for path, problem in new.problems.items() if old.problems.get(path) != problem)
        _refuse(fresh, file)
        difference = Difference(site)
        difference.compare((), olds, news)
        _along(difference, site, old, new)
        changed = {question for question in answers if before.get(question) != answers[question]}
        if not difference.operations:
            _checked({path: answers[path] for path in changed & before.keys()}, new.used, text, file, changed)
            return Written(text)
        written = edit(site.document, difference.operations)
        after = _checked(answers, new.used, written, file, changed)
        steps = [replace(step, questions=causes(step.questions, before, now)) for step in difference.steps]
        return Written(written, tuple(_changes(steps, after)))


def _along(difference: Difference, site: Site, old: Facts, new: Facts) -> None:
    """What changes with an answer outside of its own directive."""
    was, servers = upstreams(old), upstreams(new)
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


def _refuse(problems: Iterable[Problem], file: str) -> None:
    found = [
        Problem(one.what, file, one.line, question=one.question, way_out=one.way_out) for one in problems
    ]
    if found:
        raise Refused(found)


def _checked(
    answers: dict[str, Any], used: set[str], written: str, file: str, changed: Collection[str]
) -> Site | None:
    """The site that was written, after making sure that it holds the answers it was given.

    An answer that means "not here" is held by absence, which a server with an include cannot prove. A change that
    costs other answers too is laid to those that `changed`.
    """
    site = recognise(_parsed(written, file))
    held = read_site(site).given if site is not None else {}
    lost = {
        question
        for question in used & QUESTIONS & answers.keys()
        if _plain(held.get(question)) != _plain(answers[question])
        and (question in held or answers[question] not in (False, "galaxy", "none", []))
    }
    what = "this file says it in a way that cannot be changed here"
    way_out = "change it by hand, or leave the question unanswered"
    blamed = sorted((lost & set(changed) or QUESTIONS & set(changed)) if lost else ())
    _refuse([Problem(what, question=question, way_out=way_out) for question in blamed], file)
    return site


def _plain(value: Any) -> Any:
    """A value without the slash at its end, which means nothing in a directory's name."""
    return value.rstrip("/") if isinstance(value, str) else value


def _changes(steps: list[Step], after: Site | None) -> Iterator[Change]:
    named: set[Directive] = set()
    for step in steps:
        node = _place(step, after, named) if after is not None and step.kind != "remove" else None
        lines = 1
        if after is not None and node is not None:
            named.add(node)
            lines = after.document.text.count("\n", node.start, node.end) + 1
        yield Change(
            option=" / ".join(
                key.replace("vhost:", "vhost ").replace("location:", "location ") for key in step.path
            ),
            before=step.before,
            after=step.after,
            questions=step.questions,
            secrecy="whole" if step.path[-1] in _SECRETS else None,
            line_before=step.line,
            line_after=node.line if node is not None else None,
            lines_after=lines,
        )


def _place(step: Step, after: Site, named: set[Directive]) -> Directive | None:
    """The directive that a step led to. One role may stand in several places: the first not yet named is meant."""
    node = after.find(step.path)
    if node is not None and node not in named and value_of(step.path, node.args) == step.after:
        return node
    same = (one for one in after.document.walk() if value_of(step.path, one.args) == step.after)
    return next((one for one in same if one not in named), node)
