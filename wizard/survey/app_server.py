"""The program that serves Galaxy, as its configuration says, and what uWSGI's section of that file answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.hints import AppServer, served_by
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.files.entry_lens import parsed
from wizard.files.lens import Lens
from wizard.files.paste import PASTE as PASTE_LENSES
from wizard.files.paste.filters import sections_read
from wizard.files.paste.servers import HANDLERS, PORT, STACK, STRATEGY, PasteServers
from wizard.files.uwsgi import UWSGI
from wizard.files.uwsgi.checks import LAST
from wizard.files.uwsgi.ini import UwsgiIni
from wizard.files.uwsgi.listening import ZERG
from wizard.files.uwsgi.options import SECTION
from wizard.files.uwsgi.section import SINCE_YAML, UwsgiYaml
from wizard.files.uwsgi.zergpool import ZergPool
from wizard.problems import Refused
from wizard.releases.release import Release
from wizard.survey.facts import Ours
from wizard.survey.found import Found
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile
from wizard.survey.sections import name_sections

APP_SERVER = "scaling.app_server"
_LOADERS = ("module", "mount")
"""One of these, and uWSGI is told to load Galaxy: a section that was left behind may have anything else."""
_PASTE = "egg:paste"
_KIND = "Galaxy's configuration"
_STARTS: dict[str, AppServer] = {"uWSGI": "uwsgi", "a Paste server": "paste"}
_IF_STACKED = {STRATEGY: "static-handlers", STACK: "paste", HANDLERS: [Handler(name="handler0")]}
"""With these answers the servers of handlers are looked for; other files say whether there are such handlers."""


def read_app_server(
    looking: Looking, main: MainFile, start: Mapping[str, Any], ours: Ours = ()
) -> dict[str, Any]:
    """Take what uWSGI's section answers where uWSGI serves, and name what is left; gives what tells who serves.

    The release tells it where it is known, unless the file says otherwise and the release can do so.
    """
    seen = looking.seen
    text = looking.text(main.path) or ""
    release = seen.facts.get("release")
    told: dict[str, Any] = {"groundwork.release": release.value} if release is not None else {}
    said = _started(looking, main, ours) or _said(text, main, looking.disk.shown(main.path))
    oldest = None if main.name.endswith(".ini") else SINCE_YAML
    known = Release.parse(release.value) if release is not None else None
    possible = known is None or (known <= LAST and (oldest is None or known >= oldest))
    if said is not None and possible and said.value != served_by(told):
        seen.found[APP_SERVER] = said
        told[APP_SERVER] = said.value
    read: set[Lens] = set()
    for lens in (*UWSGI, *PASTE_LENSES):
        target = lens.target({**_IF_STACKED, **start, **told})
        if target is not None and target.path == main.path and looking.read(lens, main.path, _KIND):
            read.add(lens)
    if served_by({**start, **told}) == "uwsgi" and main.name.endswith(".ini"):
        _forget_web_servers(looking, main, text)
    uwsgi_is_read = not read.isdisjoint(UWSGI)
    if uwsgi_is_read:
        _leave_zerg_mode(looking, main, {**start, **told})
    pasted = sections_read(IniDocument.parse(text, "", PASTE)) if not read.isdisjoint(PASTE_LENSES) else ()
    name_sections(looking, main, text, uwsgi_is_read, frozenset(pasted))
    if not seen.files:
        looking.leave(main.path, None, "no option of this file is read")
    return told


def _forget_web_servers(looking: Looking, main: MainFile, text: str) -> None:
    """What Paste's sections say of web servers is nobody's where uWSGI is told on its command line how to serve."""
    if "uwsgi" in IniDocument.parse(text, "", PASTE).keys(()):
        return
    found, shown, lens = looking.seen.found, looking.disk.shown(main.path), PasteServers()
    for question in [path for path, one in found.items() if one.file == shown and path != PORT]:
        if lens.owns(question):
            del found[question]


def _started(looking: Looking, main: MainFile, ours: Ours) -> Found | None:
    """The server that this install's programs start with a galaxy.ini, which holds sections for servers that nobody
    starts; None where they start several, or none of the older ones."""
    told = {what: program for program, what in ours if what in _STARTS}
    if len(told) != 1 or not main.name.endswith(".ini"):
        return None
    (what, program), *_ = told.items()
    return Found(_STARTS[what], looking.disk.shown(program.file), program.line)


def _said(text: str, main: MainFile, shown: str) -> Found | None:
    """The program that the file says serves Galaxy, with the line; None where it says nothing, or Gravity's section
    says it."""
    is_ini = main.name.endswith(".ini")
    try:
        options = (UwsgiIni() if is_ini else UwsgiYaml()).document(text, shown)
    except Refused:  # uWSGI does not read it: then something else serves
        options = None
    server: AppServer | None = None
    line = None
    if options is not None and options.options and (is_ini or any(map(options.values, _LOADERS))):
        server, line = "uwsgi", options.line((SECTION,))
    elif is_ini:
        document = IniDocument.parse(text, shown, PASTE)
        for section in ("server:main", "server:web0"):
            use = document.get((section, "use"))
            if server is None and isinstance(use, str) and use.lower().startswith(_PASTE):
                server, line = "paste", document.line((section,))
    if server is None or (not is_ini and "gravity" in parsed(text, shown).keys(())):
        return None
    return Found(server, shown, line)


def _leave_zerg_mode(looking: Looking, main: MainFile, given: Mapping[str, Any]) -> None:
    """A pool whose file is elsewhere cannot be told what is answered here: zerg mode stays as it is, and is named."""
    zerg = looking.seen.found.get(ZERG[0])
    target = ZergPool().target({**given, ZERG[0]: True})
    if zerg is None or (target is not None and looking.text(target.path) is not None):
        return
    for question in ZERG:
        looking.seen.found.pop(question, None)
    what = "uwsgi zerg: the file of its pool is not beside this one; zerg mode is left alone"
    looking.leave(main.path, zerg.line, what)
