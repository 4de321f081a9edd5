"""The lens of nginx's site file for Galaxy under gunicorn.

The file may hold much more than Galaxy's server: other servers, the whole `http` block, locations of other
services. What is not a role of `nginx_site` is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from wizard.answers.question import Given
from wizard.documents.nginx.document import Directive, Document, parse
from wizard.documents.nginx.edit import Insert, edit
from wizard.files.hosts import runs_here
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written, causes
from wizard.files.nginx.difference import Difference, Step
from wizard.files.nginx.items import Facts, Item, upstreams
from wizard.files.nginx.reading import Found, read_site
from wizard.files.nginx.roles import GALAXY, Path, Site, first, header_name, recognise
from wizard.files.nginx.site import wanted
from wizard.files.nginx.spelling import value_of
from wizard.problems import Problem, Refused

SITE_FILES = {"debian": "/etc/nginx/sites-available/galaxy", "redhat": "/etc/nginx/conf.d/galaxy.conf"}
"""Where each family of distributions keeps sites. `conf.d` is read by the nginx packages of both."""

_HELD = """
server host_name url_prefix tls certificate certificate_key redirect hsts link socket address more_upstreams
static_files static_dir plugins_dir static_expires gzip downloads uploads tusd_host tusd_port max_body_size
read_timeout authentication password_file upstream_header remote_user_secret reports reports_address
reports_prefix interactive_tools interactive_tools_host interactive_tools_port
"""
QUESTIONS = frozenset(f"proxy.{name}" for name in _HELD.split())
_SECRET_HEADER = re.compile(
    r"""GX[-_]SECRET["']?[ \t]+(?P<token>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s;"']+)""", re.IGNORECASE
)


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


class NginxSite:
    """Answers <-> the text of one nginx site (the protocol `Lens`).

    `proxy.display_sites` decides whether a location exists here, but its hosts stand in galaxy.yml alone: it is
    written and never read. A text without a Galaxy server gets a new one at its end.
    """

    name = "nginx site"

    def owns(self, question: str) -> bool:
        """Whether the answer is read from and written to the site."""
        return question in QUESTIONS

    def target(self, given: Given) -> Target | None:
        """The site file when nginx is the proxy; only root may read one that holds the proxy secret."""
        if given.get("proxy.server") != "nginx" or not runs_here(given, "proxy"):
            return None
        default = SITE_FILES[given.get("proxy.layout") or "redhat"]
        mode = 0o600 if given.get("proxy.remote_user_secret") is not None else 0o644
        return Target(str(given.get("proxy.site_file") or default), mode)

    def samples(self, given: Given) -> tuple[str, ...]:
        """Galaxy has no sample of a site."""
        return ()

    def skeleton(self, given: Given) -> str:
        """A new file starts with what it is; `write` puts the rest below."""
        return "# nginx site of a Galaxy server; to be included in nginx's http block.\n"

    def read(self, text: str, file: str) -> Reading:
        """The answers of the Galaxy server in `text`; none when there is no such server."""
        return _reading(text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """`text` with the given answers put in, changing only what they change.

        Raises Refused naming each question whose answer nginx cannot express, or without which the site is none.
        """
        document = _parsed(text, file)
        site = recognise(document)
        answers = {question: value for question, value in given.items() if value is not None}
        if answers.get("proxy.server", "nginx") != "nginx" or (
            site is None and "proxy.server" not in answers
        ):
            return Written(text)
        if site is None:
            return self._new_site(answers, document, text, file)
        found = read_site(site)
        return self._changed_site(answers, site, found, text, file)

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        """The values of GX_SECRET headers, in comments too, and of the variables that they name."""
        spans = {
            (found.start("token"), found.end("token"))
            for found in _SECRET_HEADER.finditer(text)
            if not found["token"].startswith("$")
        }
        with suppress(Refused):  # a text that cannot be parsed has the pattern above
            spans.update(_secret_tokens(_parsed(text, file)))
        outer = [
            span
            for span in spans
            if not any(one != span and one[0] <= span[0] and span[1] <= one[1] for one in spans)
        ]
        return tuple(SecretSpan(start, end) for start, end in sorted(outer))

    def _new_site(self, answers: dict[str, Any], document: Document, text: str, file: str) -> Written:
        facts = Facts(answers)
        items = wanted(facts)
        if "proxy.link" not in answers:
            facts.need("link", "a new site")
        _refuse(facts.problems.values(), file)
        holders = [node for node in document.children if node.name == "http" and node.block is not None]
        anchor = holders[0] if holders else None
        written = edit(document, [Insert(tuple(item.new() for item in items), "end", anchor)])
        after = _checked(answers, facts.used, written, file, answers.keys())
        steps = [step for item in items for step in _entering((), item)]
        return Written(written, tuple(_changes(steps, after)))

    def _changed_site(
        self, answers: dict[str, Any], site: Site, found: Found, text: str, file: str
    ) -> Written:
        before = dict(found.given)
        if ("server:galaxy", "location:display") in site.bound:
            before["proxy._display"] = True
        now = {**before, **answers}
        if "proxy.display_sites" in answers:
            now.pop("proxy._display", None)
        old, new = Facts(before), Facts(now)
        olds, news = wanted(old), wanted(new)
        _refuse(
            (problem for path, problem in new.problems.items() if old.problems.get(path) != problem), file
        )
        _need_a_way_back(site, before, answers, file)
        logins = ("password-file", "header")
        difference = Difference(site, told=now.get("proxy.authentication") in logins)
        upstream = site.bound.get(("upstream:galaxy",))
        if upstream is not None:
            olds, news = (
                tuple(_passing_to(upstream.args[0], item) for item in items) for items in (olds, news)
            )
        elif "proxy.link" in before:
            olds, news = _direct(difference, old, new, olds, news)
        difference.compare((), olds, news)
        if now.get("proxy.redirect") and not before.get("proxy.redirect") and new.tls:
            difference.plain_listens_leave()
        if difference.told and before.get("proxy.authentication") not in logins:
            difference.nobody_elsewhere()
        difference.finish()
        _refuse(
            (
                replace(problem, question=causes(questions, before, now)[0])
                for problem, questions in difference.problems
            ),
            file,
        )
        changed = {question for question in answers if before.get(question) != answers[question]}
        if not difference.operations:
            _checked({path: answers[path] for path in changed & before.keys()}, new.used, text, file, changed)
            return Written(text)
        written = edit(site.document, difference.operations)
        after = _checked(answers, new.used, written, file, changed)
        steps = [replace(step, questions=causes(step.questions, before, now)) for step in difference.steps]
        return Written(written, tuple(_changes(steps, after)))


def _need_a_way_back(site: Site, before: dict[str, Any], answers: dict[str, Any], file: str) -> None:
    """Refuse to take static files away where only somebody's own words in the site say their directory.

    Nothing could bring them back: that answer is Galaxy's too, and need not be given.
    """
    folder, static = before.get("proxy.static_dir"), site.bound.get((*GALAXY, "location:static"))
    if answers.get("proxy.static_files") is not False or "proxy.static_dir" in answers or folder is None:
        return
    spelled = [node.args[-1] for node in (static, first(static, "alias")) if node is not None]
    if len(spelled) < 2 or not all(word.endswith("/") for word in spelled):  # as galaxy-setup spells them
        what = "only this site says where the static files are, so they could not be served again"
        _refuse([Problem(what, question="proxy.static_dir", way_out=f"answer it first: {folder}")], file)


def _direct(
    difference: Difference, old: Facts, new: Facts, olds: tuple[Item, ...], news: tuple[Item, ...]
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """A site that passes straight to one address keeps doing so while one is enough."""
    before, after = upstreams(old), upstreams(new)
    olds = tuple(item for item in olds if item.key != "upstream:galaxy")
    if len(after) > 1:
        difference.retarget("galaxy", ("proxy.more_upstreams",))
        return olds, news
    if before != after:
        difference.retarget(after[0][0], (f"proxy.{after[0][1]}", "proxy.link"))
    news = tuple(item for item in news if item.key != "upstream:galaxy")
    return tuple(_passing_to(after[0][0], item) for item in olds), tuple(
        _passing_to(after[0][0], item) for item in news
    )


def _passing_to(target: str, item: Item) -> Item:
    """The item with `target` in place of the upstream that this text does not have."""
    if item.name == "proxy_pass" and item.args == ("http://galaxy",):
        return replace(item, args=(f"http://{target}",))
    if item.children is None:
        return item
    return replace(item, children=tuple(_passing_to(target, child) for child in item.children))


def _refuse(problems: Any, file: str) -> None:
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
        and (question in held or answers[question] not in (False, "galaxy", []))
    }
    what = "this file says it in a way that cannot be changed here"
    way_out = "change it by hand, or leave the question unanswered"
    blamed = sorted((lost & set(changed) or QUESTIONS & set(changed)) if lost else ())
    _refuse([Problem(what, question=question, way_out=way_out) for question in blamed], file)
    return site


def _plain(value: Any) -> Any:
    """A value without the slash at its end, which means nothing in a directory's name."""
    return value.rstrip("/") if isinstance(value, str) else value


def _entering(parent: Path, item: Item, questions: tuple[str, ...] = ()) -> Iterator[Step]:
    """The steps of a new item: one for each directive that carries a value."""
    path = (*parent, item.key)
    yield Step(path, "insert", None, value_of(path, item.args), item.questions or questions)
    for child in item.children or ():
        yield from _entering(path, child, item.questions or questions)


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
                key.replace("server:", "server ").replace("location:", "location ") for key in step.path
            ),
            before=step.before,
            after=step.after,
            questions=step.questions,
            secrecy="whole" if step.path[-1] == "proxy_set_header:gx-secret" else None,
            line_before=step.line,
            line_after=node.line if node is not None else None,
            lines_after=lines,
        )


def _place(step: Step, after: Site, named: set[Directive]) -> Directive | None:
    """The directive that a step led to. One role may stand in several places: the first not yet named is meant."""
    node = after.find(step.path)
    if node is not None and node not in named and value_of(step.path, node.args) == step.after:
        return node
    name = step.path[-1].partition(":")[0]
    around = [
        one for one in after.server.walk() if " ".join((one.name, *one.args)) == "".join(step.path[-2:-1])
    ]
    same = (
        one
        for block in (*around, after.server)
        for one in block.walk()
        if one.name == name and value_of(step.path, one.args) == step.after
    )
    return next((one for one in same if one not in named), node)


def _secret_tokens(document: Document) -> Iterator[tuple[int, int]]:
    variables: set[str] = set()
    sets: list[Directive] = []
    for node in document.walk():
        if node.name == "set" and len(node.args) == 2:
            sets.append(node)
        for position, arg in enumerate(node.args[:-1]):
            if header_name(arg) in ("gx-secret", "http-gx-secret"):
                value = node.args[position + 1]
                if value.startswith("$"):
                    variables.add(value.strip("${}"))
                else:
                    yield node.tokens[position + 2].start, node.tokens[position + 2].end
    for node in sets:
        if node.args[0].lstrip("$") in variables:
            yield node.tokens[2].start, node.tokens[2].end
