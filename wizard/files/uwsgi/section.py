"""The `uwsgi:` section of galaxy.yml (18.01 to 22.01), in uWSGI's own dialect of YAML, and what its forms share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.line_ends import returned
from wizard.documents.tree import REMOVE, Path, TreeDocument
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.files.collecting import Collector
from wizard.files.entry_lens import Entries, Entry, EntryLens
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.lens import Reading, Target, Written, owned, same_answer
from wizard.files.places import documentation_of, main_config, release, sample_patterns
from wizard.files.uwsgi import application, listening, logs, mules, plain, repeated
from wizard.files.uwsgi.checks import faults
from wizard.files.uwsgi.options import SECTION, Options, at
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

SINCE_YAML = Release.parse("18.01")
"""The first release that reads galaxy.yml, and can be loaded by uWSGI without Paste."""
_QUESTIONS = frozenset().union(
    *(part.QUESTIONS for part in (plain, repeated, mules, listening, application, logs))
)
SKELETON = """\
# Galaxy and uWSGI, which serves it. Every option: {documentation}
# galaxy-setup writes the options that answers are given for; the rest of this file is yours.
"""
_MERGED: dict[str, Callable[[Sequence[str], Sequence[str]], tuple[str, ...]]] = {
    repeated.HOOK: partial(repeated.merged, mark=repeated.hook_mark),
    repeated.PLUGIN: partial(repeated.merged, mark=repeated.plugin_mark),
    application.MOUNT: partial(repeated.merged, mark=application.mount_mark),
    application.STATIC_MAP: application.maps,
}
"""How the values that answers want come together with those that the option has."""
_MASTER, _INTERRUPT, _ZERG = "scaling.uwsgi_master", "scaling.uwsgi_on_interrupt", "scaling.zerg"
_BESIDE = {"pythonpath": "lib", "buffer-size": "16384"}
"""What Galaxy needs beside its module; requests with long headers, the bigger buffer (galaxyproject/galaxy#1530)."""
_LOADERS = ("module", "mount", "wsgi-file", "file", "paste", "ini-paste", "ini-paste-logged")
_BY_HAND = "edit this place by hand, or leave this unanswered"
_PLAIN = re.compile(
    r"[0-9]+|(?:[A-Za-z_/]|[:=](?=[0-9])|[0-9]+[.:])(?:[A-Za-z0-9_./,=()+~-]|:(?=[^ ])| (?=[A-Za-z0-9_.]))*",
    re.ASCII,
)
"""Values that mean the same to any reader."""


class UwsgiLens(EntryLens):
    """uWSGI's section of Galaxy's configuration, in either syntax."""

    def document(self, text: str, file: str) -> Options:
        raise LookupError(self.name)

    def owns(self, question: str) -> bool:
        return question in _QUESTIONS

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        if "proxy.link" in given and given["proxy.link"] != read.get("proxy.link"):
            kept = _without(kept, listening.LINK)
        if "proxy.link" in given:  # and with it what is spoken there, as in the proxy's site
            kept = _without(kept, (listening.PROTOCOL,))
        if given.get("scaling.zerg") and not read.get("scaling.zerg"):
            kept = _without(kept, (*listening.LINK, *listening.BROWSERS))
        if given.get("scaling.zerg") is False:
            kept = _without(kept, ("scaling.zerg_socket",))
        if given.get(mules.STRATEGY) not in (None, mules.MULES):
            kept = _without(kept, (mules.HANDLERS,))
        now = {**kept, **given}
        if mules.HANDLERS in given and mules.HANDLERS in kept:
            now[mules.HANDLERS] = mules.ordered(given[mules.HANDLERS], kept[mules.HANDLERS])
        if mules.rows(now) and not mules.rows(read):
            now[_MASTER] = True  # mules are the master's
        if now.get(_ZERG) and not read.get(_ZERG):
            now[_MASTER] = True  # it lets its processes finish what they began, when others take their place
            now.setdefault(_INTERRUPT, "gracefully")
        return now

    def entries(self, given: Given) -> Entries:
        found = plain.entries(given)
        for part in (listening, application, repeated, mules, logs):
            found.update(part.entries(given))
        if mules.rows(given) and at("master") in found:
            found[at("master")] = Entry(found[at("master")].value, (_MASTER, mules.STRATEGY))
        if given.get(_ZERG):
            for path in found.keys() & {at("master"), at(repeated.HOOK)}:
                found[path] = Entry(found[path].value, (*found[path].questions, _ZERG))
        return found

    def answers(self, document: TreeDocument, file: str) -> Reading:
        options = self.document(document.text, document.file)
        found = Collector(options, file)
        whole = plain.read(found, options) | listening.read(found, options) | logs.read(found, options)
        values: dict[str, set[str]] = {option: {value} for option, value in _BESIDE.items()}
        for part in (repeated, application, mules):
            values.update(part.read(found, options))
        for option in options.options:
            rest = [value for value in options.values(option) if value not in values.get(option, ())]
            if option not in whole and rest:
                found.leave(at(option), None, "is for uWSGI, and no question is answered from it")
        self.name_unread(found, options)
        return found.reading()

    def name_unread(self, found: Collector, options: Options) -> None:
        """Name what uWSGI itself does not read."""

    def write(self, given: Given, text: str, file: str) -> Written:
        read = self.read(text, file).given
        now = self.overlaid(read, owned(self, given))
        new = {path for path, value in given.items() if not same_answer(value, read.get(path))}
        problems = [*faults(now, given, new)]
        if problems:
            raise Refused(problems)
        return super().write(given, text, file)

    def loads(self, given: Given) -> bool:
        """Whether uWSGI itself loads Galaxy, and not Paste by the options of its own section."""
        return True

    def completed(self, document: TreeDocument, changes: dict[Path, Entry], given: Given) -> None:
        options = self.document(document.text, document.file)
        incomplete = not any(map(options.values, _LOADERS)) and self.loads(given)
        root = at("chdir")
        if not incomplete and not options.values("chdir") and options.keys((SECTION,)):
            changes.pop(root, None)
        if not changes:
            return
        begun = incomplete or not (options.options or self.loads(given))
        self._load(options, changes, incomplete, begun)
        _number_mules(options, changes)
        _share(options, changes, self.read(document.text, document.file).given)
        for path, entry in [*changes.items()]:
            changes[path] = _single(options, path, entry)
            merge = _MERGED.get(str(path[1]))
            if merge is not None:
                wanted = () if entry.value is REMOVE else _values(entry.value)
                changes[path] = _as(entry, merge(options.values(str(path[1])), wanted))
            if _values(changes[path].value) == options.values(str(path[1])):
                del changes[path]
            else:
                self.check(options, path, changes[path], given)

    def _load(self, options: Options, changes: dict[Path, Entry], incomplete: bool, begun: bool) -> None:
        """Have Galaxy loaded once: by module, or below a prefix by mount; with what it needs, in a new section."""
        first = next(iter(changes.values())).questions
        module, mount = at("module"), changes.get(at(application.MOUNT))
        loaded: dict[Path, Entry] = {}
        if mount is not None and mount.value is not REMOVE:
            loaded[module] = Entry(REMOVE, mount.questions)
        elif mount is not None or incomplete:
            loaded[module] = Entry(application.APPLICATION, mount.questions if mount else first)
        for option, value in _BESIDE.items() if begun else ():
            if not options.values(option):
                loaded[at(option)] = Entry(value, first)
        rest = {**loaded, **changes}
        changes.clear()
        changes.update(rest)

    def check(self, options: Options, path: Path, entry: Entry, given: Given) -> None:
        """Refuse, by its question, a value that this syntax cannot hold."""
        if entry.value is REMOVE or all(map(_PLAIN.fullmatch, _values(entry.value))):
            return
        try:
            options.edit({path: entry.value})
        except Refused as refusal:
            raise Refused(
                [
                    Problem(problem.what, problem.file, problem.line, question=question, way_out=_BY_HAND)
                    for problem in refusal.problems
                    for question in entry.questions
                ]
            ) from refusal


def _without(answers: Given, questions: Sequence[str]) -> dict[str, Any]:
    return {path: value for path, value in answers.items() if path not in questions}


def _values(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple) else ()


def _as(entry: Entry, values: tuple[str, ...]) -> Entry:
    return Entry(values or REMOVE, entry.questions)


def _single(options: Options, path: Path, entry: Entry) -> Entry:
    """An option that stands once; of several values nobody can say which one an answer is for."""
    option = str(path[1])
    repeats = option in _MERGED or option in ("mule", "farm", listening.SHARED)
    if options.mixed(option) or (not repeats and len(options.values(option)) > 1):
        what = f"uwsgi.{option} stands several times"
        line = options.line(path)
        raise Refused(
            [
                Problem(what, options.file, line, question=question, way_out=_BY_HAND)
                for question in entry.questions
            ]
        )
    return entry


def _number_mules(options: Options, changes: dict[Path, Entry]) -> None:
    """Mules and farms go together: a farm names its mules by their numbers."""
    paths = at("mule"), at("farm")
    touched = [changes[path] for path in paths if path in changes]
    if not touched:
        return
    now = mules.held(options)
    questions = touched[0].questions
    if now.own is None:
        what = "the mules and farms here cannot be told from each other"
        raise Refused(
            Problem(what, options.file, options.line(paths[0]), question=questions[0], way_out=_BY_HAND)
        )
    farm = changes.get(paths[1])
    wanted = () if farm is None or farm.value is REMOVE else _values(farm.value)
    for path, values in zip(paths, mules.together(now, wanted), strict=True):
        changes[path] = Entry(values or REMOVE, questions)


def _share(options: Options, changes: dict[Path, Entry], read: Given) -> None:
    """Sockets are shared by their numbers: those of others cannot be among them."""
    change = changes.get(at(listening.SHARED))
    if change is not None and options.values(listening.SHARED) and listening.PRIVILEGED not in read:
        what = "the shared sockets here are not those of these answers"
        line = options.line(at(listening.SHARED))
        raise Refused(Problem(what, options.file, line, question=listening.PRIVILEGED, way_out=_BY_HAND))


@lru_cache(maxsize=16)
def _parsed(text: str, file: str) -> Options:
    return Options(UwsgiSection.parse(text, file))


class UwsgiYaml(UwsgiLens):
    """The section in galaxy.yml. uWSGI and Galaxy read the file by different rules; what is written suits both."""

    name = "galaxy.yml (uwsgi)"

    def document(self, text: str, file: str) -> Options:
        return _parsed(text, file)

    def write(self, given: Given, text: str, file: str) -> Written:
        """Raises Refused also where uWSGI reads a carriage return as part of a value: Galaxy does not."""
        written = super().write(given, text, file)
        section = self.document(text, file).inner
        for entry in section.entries if isinstance(section, UwsgiSection) and written.text != text else ():
            if entry.value.endswith("\r"):
                raise returned(file, entry.line, "uWSGI")
        return written

    def target(self, given: Given) -> Target | None:
        path = main_config(given)
        if path is None or served_by(given) != "uwsgi" or not runs_here(given, *GALAXY):
            return None
        return Target(path, 0o640) if release(given) >= SINCE_YAML else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return sample_patterns(given, "galaxy.yml.sample")

    def skeleton(self, given: Given) -> str:
        return SKELETON.format(documentation=documentation_of(given))

    def name_unread(self, found: Collector, options: Options) -> None:
        section = options.inner
        if isinstance(section, UwsgiSection) and section.stopped_at is not None:
            what = "uWSGI reads its section up to here: this line is neither an option nor blank"
            found.unread.append(Problem(what, found.file, section.stopped_at))
