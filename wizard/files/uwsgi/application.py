"""What uWSGI loads, and below which path: Galaxy at the root, or mounted under a prefix; and its static files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wizard.answers.question import Given
from wizard.files.collecting import Collector, fit_answers
from wizard.files.entry_lens import Entries, Entry
from wizard.files.uwsgi.options import Options, at

APPLICATION = "galaxy.webapps.galaxy.buildapp:uwsgi_app()"
PREFIX = "proxy.url_prefix"
STATIC, FOLDER = "scaling.uwsgi_static_map", "proxy.static_dir"
QUESTIONS = frozenset({PREFIX, STATIC, FOLDER})
MOUNT, STATIC_MAP, MANAGE = "mount", "static-map", "manage-script-name"
_MOUNTED = re.compile(r"(/[^=]*)=" + re.escape(APPLICATION))
_DEFAULT_FOLDER = "static"
BESIDE = {"/favicon.ico": "/favicon.ico", "/static/style": "/style/blue"}
"""What else is sent from the folder of static files, and where it lies there (style sheets: until 20.01)."""


def mount_mark(value: str) -> str | None:
    return "galaxy" if _MOUNTED.fullmatch(value) else None


def static_mark(value: str) -> str | None:
    place = value.partition("=")[0]
    return place if place == "/static" else None


def entries(given: Given) -> Entries:
    """The mount and the folder of static files; each as the values that are answers, without foreign ones."""
    found: Entries = {}
    prefix = given.get(PREFIX)
    if prefix not in (None, "/"):
        found[at(MOUNT)] = Entry((f"{prefix}={APPLICATION}",), (PREFIX,))
        found[at(MANAGE)] = Entry("true", (PREFIX,))
    if given.get(STATIC):
        causes = tuple(question for question in (STATIC, FOLDER) if question in given)
        found[at(STATIC_MAP)] = Entry((f"/static={given.get(FOLDER) or _DEFAULT_FOLDER}",), causes)
    return found


def maps(held: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The maps of static files, with the folder that is `wanted` (none: without it) wherever the old one was."""
    before = _folder(held)
    now = _folder(wanted)
    found = []
    for value in held:
        place, _, folder = value.partition("=")
        tail = "" if place == "/static" else BESIDE.get(place)
        own = place == "/static" or (tail is not None and before is not None and folder == before + tail)
        if not own:
            found.append(value)
        elif now is not None:
            found.append(f"{place}={now}{tail}")
    if now is not None and before is None:
        found.append(f"/static={now}")
        taken = {value.partition("=")[0] for value in held}
        found += [f"/favicon.ico={now}/favicon.ico"] if "/favicon.ico" not in taken else []
    return tuple(found)


def _folder(values: Sequence[str]) -> str | None:
    folders = [value.partition("=")[2] for value in values if static_mark(value)]
    return folders[0] if folders else None


def read(found: Collector, options: Options) -> dict[str, set[str]]:
    """Take the answers; gives the values that were understood, by option."""
    understood: dict[str, set[str]] = {MOUNT: set(), STATIC_MAP: set(), "module": {APPLICATION}}
    understood[MANAGE] = {"false"}
    mounted = [match for value in options.values(MOUNT) if (match := _MOUNTED.fullmatch(value))]
    manages = [value.lower() for value in options.values(MANAGE)]
    if len(mounted) == 1 and mounted[0][1] != "/" and manages == ["true"] and not options.values("module"):
        form = {PREFIX: mounted[0][1]}
        if len(fit_answers(form)) == len(form):
            found.take(at(MOUNT), form)
            understood[MOUNT].add(mounted[0][0])
            understood[MANAGE].update(options.values(MANAGE))
    folders = {value for value in options.values(STATIC_MAP) if static_mark(value)}
    folder = _folder(options.values(STATIC_MAP))
    if len(folders) == 1 and folder:
        form2: dict[str, Any] = {STATIC: True, **({FOLDER: folder} if folder != _DEFAULT_FOLDER else {})}
        if len(fit_answers(form2)) == len(form2):
            found.take(at(STATIC_MAP), form2)
            understood[STATIC_MAP] |= folders
            understood[STATIC_MAP] |= {f"{place}={folder}{tail}" for place, tail in BESIDE.items()}
    return understood
