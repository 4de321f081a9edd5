"""The files that Galaxy's own configuration leads to: job configuration and object store, and where they are."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.tree import TreeDocument
from wizard.documents.xml import document as xml
from wizard.documents.yaml.document import YamlDocument
from wizard.files import LENSES
from wizard.files.entry_lens import parsed
from wizard.files.lens import Lens
from wizard.files.storage.store import is_xml as is_xml_store
from wizard.problems import Refused
from wizard.releases.release import Release, facts
from wizard.survey.found import Found
from wizard.survey.looking import Looking
from wizard.survey.main_file import MainFile
from wizard.survey.sections import know_served

JOB_CONFIG, JOB_CONFIG_FILE = "cluster.job_config", "cluster.job_config_file"
_CONFIG_DIR_RULES = Release.parse("19.09")
"""From here on relative names are looked up beside galaxy.yml, before in Galaxy's root (release notes 19.09)."""


@dataclass(frozen=True)
class Options:
    """Galaxy's own options as its configuration file spells them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, path: str, shown: str) -> Options:
        """The options of a file. Raises Refused when it cannot be parsed."""
        document: TreeDocument
        if path.endswith(".ini"):
            section, document = "app:main", IniDocument.parse(text, shown, PASTE)
        else:
            section, document = "galaxy", parsed(text, shown)
        held = document.get((section,))
        if not isinstance(held, dict):
            return cls()
        here = posixpath.dirname(path)
        values = {
            str(name): value.replace("%(here)s", here) if isinstance(value, str) else value
            for name, value in held.items()
        }
        return cls(values, {name: document.line((section, name)) or 0 for name in values})

    def text(self, name: str) -> str | None:
        """The value of an option that is a text and not empty."""
        value = self.values.get(name)
        return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class Places:
    """Where relative names of one install are looked up."""

    config_dir: str
    root: str | None
    release: str | None

    def find(self, looking: Looking, name: str) -> str | None:
        """The absolute path of a file of that name, where this release looks for it."""
        candidates = [posixpath.join(self.config_dir, name)]
        if self.root is not None:
            candidates.append(posixpath.join(self.root, name))
        if self.release is not None and Release.parse(self.release) < _CONFIG_DIR_RULES:
            candidates.reverse()
        return next((posixpath.normpath(path) for path in candidates if looking.paths(path)), None)


def lenses_of(path: str, *given: Mapping[str, Any]) -> Iterator[Lens]:
    """The lenses whose file this is, for one of these sets of answers."""
    for lens in LENSES:
        targets = (lens.target(answers) for answers in given)
        if any(target is not None and target.path == path for target in targets):
            yield lens


def read_main(looking: Looking, main: MainFile, start: Mapping[str, Any]) -> Options:
    """Take the answers of the main configuration. Raises Refused when it cannot be read or parsed."""
    state = looking.need(main.path)
    shown = looking.disk.shown(main.path)
    text = state.text if state is not None else ""
    options = Options.of(text, main.path, shown)
    kind = "Galaxy's configuration"
    looking.use(main.path, kind)
    for lens in lenses_of(main.path, {**start, JOB_CONFIG: "inline"}):
        looking.take(lens.read(text, shown), main.path, kind, lens.name)
    know_served(looking, main, text)
    for path in main.ignored:
        looking.leave(path, None, f"stands beside {main.name}, which is the one that Galaxy reads")
    return options


def read_job_conf(looking: Looking, options: Options, places: Places, start: Mapping[str, Any]) -> None:
    """Take the answers of the job configuration that this release reads."""
    if isinstance(options.values.get("job_config"), dict):
        return
    named = options.text("job_config_file")
    path = places.find(looking, named) if named else _default_job_conf(looking, places)
    if path is None:
        if named:
            what = f"job_config_file names {named}, which is not there"
            looking.leave(f"{start_file(start)}", options.lines.get("job_config_file"), what)
        return
    syntax = "XML" if ".xml" in path else "YAML"
    kind = f"job configuration ({syntax})"
    where = "xml" if syntax == "XML" else "file"
    file = {**start, JOB_CONFIG: where}
    found = [lens for lens in lenses_of(path, file) if not _is_main(lens, file)]
    looking.use(path, kind)
    if any([looking.read(lens, path, kind) for lens in found]):
        looking.agree(JOB_CONFIG, Found(where, looking.disk.shown(path), None))
        return
    text = looking.text(path)
    if text is not None and not found and _check_syntax(looking, path, text, syntax):
        looking.leave(path, None, f"{_why_unread(path, file, syntax)}; it is left alone")


def _why_unread(path: str, file: Mapping[str, Any], syntax: str) -> str:
    """Why no answers are read from a job configuration: they would be written to another place, or nowhere."""
    if any(lenses_of(path, {**file, JOB_CONFIG_FILE: path})):
        way_out = "job_config_file with its whole path would say which one is meant"
        return f"a job configuration whose answers would be written to another place; {way_out}"
    return f"a job configuration in {syntax}: no question is answered from it"


def start_file(start: Mapping[str, Any]) -> str:
    """The path of the main configuration that `start` means."""
    name = start.get("groundwork.config_file") or "galaxy.yml"
    return posixpath.join(str(start["groundwork.config_dir"]), str(name))


def read_object_store(
    looking: Looking, options: Options, places: Places, main: MainFile, start: Mapping[str, Any]
) -> None:
    """Name the object store's configuration: inline, where an option says, or where it is looked for."""
    if isinstance(options.values.get("object_store_config"), dict):
        line = options.lines.get("object_store_config")
        looking.leave(main.path, line, "object_store_config: an object store, which is left as it is")
        return
    named = options.text("object_store_config_file")
    names = [named] if named else ["object_store_conf.xml"]
    path = next((path for name in names if (path := places.find(looking, name)) is not None), None)
    if path is None:
        if named:
            line = options.lines.get("object_store_config_file")
            looking.leave(main.path, line, f"object_store_config_file names {named}, which is not there")
        return
    syntax = "XML" if is_xml_store(path) else "YAML"
    kind = f"object store ({syntax})"
    looking.use(path, kind)
    asked = {**start, "data.object_store": "disk", "data.object_store_file": path}
    lenses = [lens for lens in lenses_of(path, asked) if lens.owns("data.object_store")]
    if any([looking.read(lens, path, kind) for lens in lenses]):
        return
    text = looking.text(path)
    if text is not None and _check_syntax(looking, path, text, syntax):
        looking.leave(path, None, f"an object store in {syntax}: no question is answered from it")


def _default_job_conf(looking: Looking, places: Places) -> str | None:
    names = ["job_conf.yml", "job_conf.xml"]
    if places.release is not None and facts(Release.parse(places.release)).job_conf_default == "job_conf.xml":
        names = ["job_conf.xml"]
    found = (places.find(looking, name) for name in names)
    return next((path for path in found if path is not None), None)


def _is_main(lens: Lens, given: Mapping[str, Any]) -> bool:
    target = lens.target(given)
    return target is not None and target.path == start_file(given)


def _check_syntax(looking: Looking, path: str, text: str, syntax: str) -> bool:
    """Whether a file that no lens reads can be parsed; where not is named."""
    shown = looking.disk.shown(path)
    try:
        if syntax == "XML":
            xml.parse(text, shown)
        else:
            YamlDocument.parse(text, shown)
    except Refused as refusal:
        looking.leave_all(refusal.problems)
        return False
    return True
