"""The job configuration: job_conf.yml, or `job_config` inside galaxy.yml, and what they share with job_conf.xml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wizard.answers.parameters import holds_secret
from wizard.answers.question import Given
from wizard.documents.tree import Path, TreeDocument
from wizard.files.entry_lens import EntryLens, parsed
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.jobs.assignments import in_comments, merged, values_with_secrets
from wizard.files.jobs.lists import LISTS
from wizard.files.jobs.plugins import missing_plugins
from wizard.files.jobs.reading import STATIC, STRATEGY, WHERE, JobDocument, Seen, seen
from wizard.files.jobs.renaming import name_changes, new_names, renamed
from wizard.files.jobs.tree import ENVIRONMENTS, PLACES, inner, secrecy_of, secrets_in
from wizard.files.jobs.writing import Writing
from wizard.files.lens import Change, Reading, Secrecy, SecretSpan, Target, Written, owned
from wizard.files.places import in_config_dir, main_config, named_config, release
from wizard.files.secrecy import secrecy_by_key, secret_comments
from wizard.problems import Problem, Refused
from wizard.releases.release import facts

_CONTENT = frozenset({*PLACES, *LISTS}) - {"scaling.handlers"}
_QUESTIONS = frozenset({*PLACES, *LISTS, WHERE, STRATEGY})
_SKELETON = """\
# Where Galaxy runs jobs. Everything that can stand here is shown in Galaxy's job_conf.sample.yml.

# What jobs are handed to: this host, a scheduler, a remote service.
#runners:

# How jobs find the handler that looks after them.
#handling:

# What a job asks its runner for, by the name of the destination, and the destination of all that is mapped nowhere.
#execution:

# Tools that go elsewhere.
#tools:

# How many jobs may be active, how long they may run, how large their outputs may grow.
#limits:
"""


class JobConf(EntryLens):
    """The answers of a job configuration below `root`."""

    root: Path = ()
    place = ""
    """The answer to cluster.job_config that means this one."""

    def owns(self, question: str) -> bool:
        return question in _QUESTIONS

    def document(self, text: str, file: str) -> JobDocument:
        """The options of `text`, by path. Raises Refused when Galaxy would not read it."""
        return parsed(text, file)

    def read(self, text: str, file: str) -> Reading:
        reading = self._seen(text, file).reading
        return Reading(dict(reading.given), dict(reading.lines), reading.unread)

    def write(self, given: Given, text: str, file: str) -> Written:
        before = self._seen(text, file)
        wanted = owned(self, given)
        if not wanted or not self.concerns(wanted, before, file):
            return Written(text)
        if problems := [*missing_plugins(given, before.reading.given)]:
            raise Refused(problems)
        names = new_names(before, wanted)
        configuration = self._seen(renamed(before.document, self.root, names), file) if names else before
        writing = Writing(configuration, self.root, file, names)
        writing.run(wanted, completed=self.meant(wanted) and WHERE not in configuration.reading.given)
        text_after = writing.text()
        if text_after == text:
            return Written(text)
        after = self.document(text_after, file)
        changes = [*name_changes(before.document, after, self.root, names), *writing.changes(after)]
        return Written(text_after, tuple(sorted(changes, key=_line)))

    def places(self, text: str, file: str) -> tuple[str, ...] | None:
        """The ids and tags of destinations that Galaxy finds in `text`; None where they are written as a list."""
        environments = inner(self._seen(text, file).raw, ENVIRONMENTS[:1]).get(ENVIRONMENTS[1])
        if isinstance(environments, list):
            return None
        environments = environments if isinstance(environments, Mapping) else {}
        bodies = [body for body in environments.values() if isinstance(body, Mapping)]
        tags = [tag for body in bodies if isinstance(said := body.get("tags"), list | str) for tag in said]
        return tuple(dict.fromkeys(map(str, [*environments, *tags])))

    def _seen(self, text: str, file: str) -> Seen:
        return seen(self.document, text, file, self.root, self.place, text == self.skeleton({}))

    def meant(self, given: Given) -> bool:
        """Whether these answers ask for this very configuration."""
        return bool(given.get(WHERE) == self.place)

    def concerns(self, given: Given, configuration: Seen, file: str) -> bool:
        """Whether these answers are written here."""
        return True

    def secret_paths(self, document: TreeDocument) -> Iterable[tuple[Path, Secrecy]]:
        value = document.get(self.root)
        if isinstance(value, Mapping):
            yield from secrets_in(self.root, value, set())
        elif self.root:
            return
        for name, secrecy in sorted(secret_comments(document.text, _secrecy_of_comment)):
            yield (*self.root, name), secrecy

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        document = self.document(text, file)
        set_in = [*values_with_secrets(document, self.root)]
        if not self.root or document.lines(self.root) is not None:
            set_in += in_comments(text, document.lines(self.root) if self.root else None)
        return merged([*super().secret_spans(text, file), *(SecretSpan(*span) for span in set_in)])


class JobConfFile(JobConf):
    """job_conf.yml. An XML file of another name is not this one's: Galaxy tells them apart by `.xml` in the path."""

    name = "job_conf.yml"
    place = "file"

    def target(self, given: Given) -> Target | None:
        path = job_file(given)
        return Target(path, 0o640) if path and not is_xml(path) and runs_here(given, *GALAXY) else None

    def skeleton(self, given: Given) -> str:
        return _SKELETON


class InlineJobConf(JobConf):
    """`job_config` in galaxy.yml, which Galaxy takes before any file. Untouched where the answers are for a file."""

    name = "galaxy.yml (job_config)"
    root = ("galaxy", "job_config")
    place = "inline"

    def target(self, given: Given) -> Target | None:
        path = main_config(given)
        return Target(path, 0o640) if path and runs_here(given, *GALAXY) else None

    def concerns(self, given: Given, configuration: Seen, file: str) -> bool:
        if given.get(WHERE) in ("file", "xml") and configuration.raw is not None:
            line = configuration.document.line(self.root)
            way_out = 'move it to a file of its own and remove it here, or answer "inline"'
            what = "galaxy.job_config stands here, and Galaxy takes it before any file"
            raise Refused(Problem(what, file=file, line=line, question=WHERE, way_out=way_out))
        return given.get(WHERE) == "inline" or (WHERE not in given and configuration.raw is not None)


def _line(change: Change) -> int:
    return change.line_after or change.line_before or 0


def job_file(given: Given) -> str | None:
    """The absolute path of the file for the job configuration; None when these answers need no such file.

    Raises Refused where it is to be XML and Galaxy would not read it as that.
    """
    where = given.get(WHERE)
    if where == "inline" or not (where in ("file", "xml") or _has_content(given)):
        return None
    named = given.get("cluster.job_config_file")
    if where == "xml" and named and not is_xml(named):
        what = "Galaxy reads a job configuration as XML only where .xml stands in its path"
        raise Refused(Problem(what, question="cluster.job_config_file", way_out="name it job_conf.xml"))
    if named:
        return named_config(given, named)
    return in_config_dir(given, "job_conf.xml" if where == "xml" else facts(release(given)).job_conf_default)


def is_xml(path: str) -> bool:
    """Whether Galaxy reads a job configuration at `path` as XML."""
    return ".xml" in path


def _has_content(given: Given) -> bool:
    static = given.get(STRATEGY) == STATIC and "scaling.handlers" in given
    return static or any(question in given for question in _CONTENT)


def _secrecy_of_comment(keys: tuple[str, ...], value: str) -> Secrecy | None:
    """How a commented-out parameter is to be hidden, by the stricter of the two rules for parameters."""
    general = secrecy_by_key(keys, value)
    if not holds_secret(keys[-1], value):
        return general
    return "whole" if general == "whole" else secrecy_of(keys[-1], value) or "whole"
