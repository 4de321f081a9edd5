"""Variables of Ansible's role for Galaxy in, the answers behind them out.

The variables become the files that the role would write, and these are read as those of any other install.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.documents.yaml.render import Style, Unwritable, block_lines
from wizard.exporting import role
from wizard.exporting.jinja import NOT_GIVEN, rendered, settled
from wizard.files import LENSES
from wizard.files.lens import Lens, Reading
from wizard.files.places import main_config
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

_COMMIT = re.compile(r"(?:release_|v)?(\d\d\.\d+)(?:[.-]?\w+)*")
_WITH_GRAVITY = Release.parse("22.05")
_ONLY_IF_SAID = ("groundwork.managed_config_dir", "groundwork.log_dir")
"""The role's own place for these is no option of Galaxy's or Gravity's."""
_LEFT = "takes more than the variables at hand to tell; it is not answered"


@dataclass(frozen=True)
class Playbook:
    """The variables of a group, and the texts of the playbook's files that they may name."""

    variables: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By their path in the playbook's directory."""


@dataclass
class Readout:
    """What variables answer; `unread` names what is left to Ansible or to nobody."""

    given: dict[str, Any] = field(default_factory=dict, repr=False)
    unread: list[Problem] = field(default_factory=list)

    def leave(self, name: str, what: str = _LEFT) -> None:
        self.unread.append(Problem(f"{name}: {what}"))

    def take(self, lens: Lens, text: str, file: str) -> Reading:
        """What `lens` reads in a text, whose lines nobody else has."""
        try:
            reading = lens.read(text, file)
        except Refused as refusal:
            self.unread += [replace(problem, line=None, column=None) for problem in refusal.problems]
            return Reading()
        self.unread += [replace(problem, line=None, column=None) for problem in reading.unread]
        return reading


def is_galaxys(variables: Mapping[str, Any]) -> bool:
    """Whether any of these is a variable that says which Galaxy, or where."""
    return any(
        name in variables for name in (role.CONFIG, "galaxy_root", "galaxy_server_dir", "galaxy_layout")
    )


def read_playbook(playbook: Playbook) -> Readout:
    """The answers of a playbook's variables. A value that only Ansible can tell is no answer, and is named."""
    known = role.with_defaults(playbook.variables)
    out = Readout()
    out.given = _facts(known, playbook.variables, out)
    config = _config(known, out)
    path = main_config(out.given)
    if path is None:
        out.leave("galaxy_config_dir", "is not said, and so nobody knows where galaxy.yml belongs")
        return out
    texts = {path: _yaml(config, out), **_files(known, playbook, out)}
    hints = {**_job_file(config, texts, path), **_store_file(config, texts, path), **_site(texts, out)}
    hinted = {question: value for answers in hints.values() for question, value in answers.items()}
    for lens in LENSES:
        target = lens.target({**hinted, **out.given})
        if target is not None and target.path in texts:
            reading = out.take(lens, texts[target.path], target.path)
            out.given |= {**(hints.get(target.path, {}) if reading.given else {}), **reading.given}
    out.unread = list(dict.fromkeys(out.unread))
    return out


def _facts(known: Mapping[str, Any], said: Mapping[str, Any], out: Readout) -> dict[str, Any]:
    """Places, accounts and the release, each as far as the variables and the role's layout say."""
    found: dict[str, Any] = {}
    for question, name in {**role.PLACES, **role.NAMES}.items():
        if name not in known or (question in _ONLY_IF_SAID and name not in said):
            continue
        value, _ = settled(known[name], known)
        if isinstance(value, dict):
            value = value.get("name", NOT_GIVEN)
        if isinstance(value, str):
            found[question] = value
        elif name in said and value is not None:
            out.leave(name)
    if found.get("groundwork.config_file") == "galaxy.yml":
        del found["groundwork.config_file"]
    if "galaxy_commit_id" in said:
        commit, _ = settled(said["galaxy_commit_id"], known)
        match = _COMMIT.fullmatch(commit) if isinstance(commit, str) else None
        if match is None:
            out.leave("galaxy_commit_id", "names no release; groundwork.release is not answered")
        else:
            found["groundwork.release"] = match[1]
        if said.get("galaxy_manage_clone", True) is True:
            found["groundwork.install"] = "git"
    return found


def _config(known: Mapping[str, Any], out: Readout) -> dict[str, Any]:
    """galaxy.yml as the role would write it, without what cannot be told."""
    told, left = settled(known.get(role.CONFIG) or {}, known)
    for place in left:
        out.leave(".".join(map(str, (role.CONFIG, *place))))
    config = dict(told) if isinstance(told, dict) else {}
    options = dict(config["galaxy"]) if isinstance(config.get("galaxy"), dict) else {}
    stated = {place[1] for place in left if len(place) > 1 and place[0] == "galaxy"}
    for name in role.ROLES_OWN:
        value = rendered(str(known.get(f"galaxy_{name}", "{{ }}")), known)
        if name not in options and name not in stated and isinstance(value, str):
            options[name] = value
    config["galaxy"] = options
    if config.pop("uwsgi", None) is not None:
        out.leave(f"{role.CONFIG}.uwsgi", "nothing is read from uWSGI's section")
    if "gravity" not in config and ("gravity",) not in left and _has_gravity(out.given):
        config["gravity"], _ = settled(dict(role.GRAVITY), known)
    return {section: options for section, options in config.items() if options not in (None, {})}


def _has_gravity(given: Mapping[str, Any]) -> bool:
    try:
        return Release.parse(given.get("groundwork.release", "26.1")) >= _WITH_GRAVITY
    except ValueError:
        return True


def _yaml(config: dict[str, Any], out: Readout) -> str:
    try:
        return "\n".join([*block_lines(config, 0, Style()), ""]) if config else ""
    except Unwritable as error:
        out.leave(role.CONFIG, str(error))
        return ""


def _files(known: Mapping[str, Any], playbook: Playbook, out: Readout) -> dict[str, str]:
    """The other files that the roles would put on the server, by their place there."""
    found = {}
    for source, place, is_template in _named(known):
        text = next((playbook.files[path] for path in _search(source) if path in playbook.files), None)
        if text is None:
            out.leave(place, f"its source {source} is not beside the variables; nothing is read from it")
            continue
        value = rendered(text, known) if is_template else text
        if isinstance(value, str):
            found[place] = value
        else:
            out.leave(place, f"its template {source} {_LEFT}")
    return found


def _named(known: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Source, place on the server, and whether it is a template, of every file that the variables name."""
    for name in ("galaxy_config_files", "galaxy_config_files_public", "galaxy_config_templates"):
        files, _ = settled(known.get(name) or [], known)
        for file in files if isinstance(files, list) else ():
            if (
                isinstance(file, dict)
                and isinstance(file.get("src"), str)
                and isinstance(file.get("dest"), str)
            ):
                yield file["src"], posixpath.normpath(file["dest"]), name.endswith("templates")
    for name in ("nginx_servers", "nginx_ssl_servers"):
        sites, _ = settled(known.get(name) or [], known)
        for site in sites if isinstance(sites, list) else ():
            if isinstance(site, str):
                yield f"nginx/{site}.j2", f"{role.SITES}/{site}", True


def _search(source: str) -> Iterator[str]:
    """Where a playbook looks for the source of a file."""
    yield from (posixpath.normpath(f"{folder}{source}") for folder in ("", "files/", "templates/"))


Hints = dict[str, dict[str, Any]]
"""By the path of a file: the answers that say what it is, true where a lens then reads something in it."""


def _job_file(config: Mapping[str, Any], texts: Mapping[str, str], main: str) -> Hints:
    options = config.get("galaxy", {})
    if isinstance(options.get("job_config"), dict):
        return {}
    names = (options.get("job_config_file"), "job_conf.yml", "job_conf.xml")
    path = _first(names, texts, main)
    where = "xml" if path is not None and path.endswith(".xml") else "file"
    return {path: {"cluster.job_config": where, "cluster.job_config_file": path}} if path is not None else {}


def _store_file(config: Mapping[str, Any], texts: Mapping[str, str], main: str) -> Hints:
    named = config.get("galaxy", {}).get("object_store_config_file")
    path = _first((named, "object_store_conf.yml", "object_store_conf.xml"), texts, main)
    return {path: {"data.object_store": "disk", "data.object_store_file": path}} if path is not None else {}


def _first(names: tuple[Any, ...], texts: Mapping[str, str], main: str) -> str | None:
    """The first of these files that there is; relative names are looked up beside `main`."""
    here = posixpath.dirname(main)
    paths = (posixpath.normpath(posixpath.join(here, name)) for name in names if isinstance(name, str))
    return next((path for path in paths if path in texts), None)


def _site(texts: Mapping[str, str], out: Readout) -> Hints:
    """Which of nginx's sites is Galaxy's: the one that answers most."""
    sites = [path for path in texts if posixpath.dirname(path) == role.SITES]
    nginx = next(lens for lens in LENSES if lens.name == "nginx site")
    best, most = "", 1
    for path in sites:
        try:
            answers = len(nginx.read(texts[path], path).given)
        except Refused as refusal:
            out.unread += refusal.problems
            continue
        best, most = (path, answers) if answers > most else (best, most)
    said = {"proxy.server": "nginx", "proxy.site_file": best, "proxy.layout": "debian"}
    return {best: said} if best else {}
