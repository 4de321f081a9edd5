"""Galaxy's own systemd units, for those who do not let Gravity write them: one lens for each unit file.

What a unit takes from answers is the table of its keys (unit_keys.py), its environment (variables.py) and its command
line (commands.py); everything else in it is the admin's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wizard.answers.question import Given
from wizard.documents.systemd.document import SystemdDocument
from wizard.files.collecting import fit_answers
from wizard.files.hosts import HOST, HOSTS
from wizard.files.lens import Change, Reading, SecretSpan, Target, Written, causes
from wizard.files.secrecy import password_spans, secrecy_by_key
from wizard.files.services import commands, unit_keys, variables
from wizard.files.services.managing import DIRECTORY, MANAGER, own_services
from wizard.files.services.older_servers import MERCIES
from wizard.files.services.programs import GUNICORNS, LINK, Program, make_sure_of_place
from wizard.files.services.words import ASSIGNMENTS, SYSTEMD
from wizard.problems import Problem, Refused

BY_GRAVITY = "maintained by Gravity"
"""In the first lines of every unit that Gravity writes (gravity.process_manager.systemd)."""
_DECIDING = ("scaling.app_server", "scaling.zerg", "scaling.uwsgi_plugin", "scaling.handler_stack", *MERCIES)
COMMON = (
    "groundwork.user", "groundwork.group", "groundwork.umask", "groundwork.root", "groundwork.virtualenv",
    "scaling.memory_limit", "scaling.memory_high",
)  # fmt: skip
SKELETON = """\
# Written by galaxy-setup, which edits what answers are given for; the rest of this unit is yours.
# After a change: systemctl daemon-reload, then systemctl restart galaxy.target

[Unit]
Description=Galaxy: {title}
After=network.target time-sync.target
PartOf=galaxy.target
{behind}
[Service]
Type=simple
Restart=on-failure
TimeoutStartSec={start}
TimeoutStopSec={stop}
KillMode=mixed
{reload}"""
_BEHIND = "After=galaxy-{name}.service\nWants=galaxy-{name}.service\n"
STOP, SIGNAL, RELOAD = ("Service", "TimeoutStopSec"), ("Service", "KillSignal"), ("Service", "ExecReload")
_SECONDS = re.compile(r"([0-9]+)s?")


@dataclass(frozen=True)
class _Edit:
    """One key of a unit as it is to be: all its values, and what each of them is called in a change."""

    section: str
    key: str
    values: tuple[str, ...]
    questions: tuple[str, ...]


class ServiceUnit:
    """The unit file of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.file_name = f"galaxy-{program.name}.service"
        self.name = f"systemd unit {self.file_name}"

    # -- what a lens says

    def owns(self, question: str) -> bool:
        program = self.program
        flags = {asked for flag in program.command.flags if flag.told for asked in flag.questions}
        more = (
            program.command.extra,
            program.command.program,
            program.umask,
            program.memory,
            program.variables,
        )
        return question in COMMON or question in flags or question in more or question in self.switches()

    def switches(self) -> Mapping[str, Any]:
        """What is answered where this unit starts its program."""
        return {MANAGER: "systemd", **(self.program.switched_on or {})}

    def target(self, given: Given) -> Target | None:
        wanted = own_services(given) == "systemd" and self.program.wanted(given)
        return Target(f"{DIRECTORY}/{self.file_name}") if wanted else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ()

    def skeleton(self, given: Given) -> str:
        program = self.program
        lines = {f"{key}={value}\n" for (_, key), value in ending(program).items() if value is not None}
        return SKELETON.format(
            title=program.title,
            start=program.start_timeout,
            stop=program.stop_within(given),
            reload="".join(sorted(lines)),
            behind=_BEHIND.format(name=program.behind) if program.behind else "",
        )

    def read(self, text: str, file: str) -> Reading:
        document = SystemdDocument.parse(text, file)
        if BY_GRAVITY in text[:400]:
            return Reading(unread=(Problem("Gravity maintains this unit; it is left alone", file, 1),))
        return self.told(self._reading(document, file), document, file)

    def told(self, reading: Reading, document: SystemdDocument, file: str) -> Reading:
        """What was read, as answers to questions that there are."""
        return reading

    def write(self, given: Given, text: str, file: str) -> Written:
        document = SystemdDocument.parse(text, file)
        reading = Reading() if BY_GRAVITY in text[:400] else self._reading(document, file)
        now = self.overlaid(reading.given, {path: value for path, value in given.items() if self.takes(path)})
        if BY_GRAVITY in text[:400]:
            if given.get(MANAGER) != "systemd":
                return Written(text)
            way_out = "delete Gravity's units (galaxyctl update --clean), or take gravity-systemd"
            raise Refused(Problem("Gravity maintains this unit", file, 1, question=MANAGER, way_out=way_out))
        result = text
        for edit in self.edits(document, reading.given, now, file):
            result = _edited(result, edit, file)
        if result == text:
            return Written(text)
        return Written(
            result, self.changes(document, SystemdDocument.parse(result, file), reading.given, now)
        )

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        document = SystemdDocument.parse(text, file)
        spans: list[SecretSpan] = []
        for start, end in (
            *document.value_spans(("Service", "Environment")),
            *document.commented_spans(("Service", "Environment")),
        ):
            value = text[start:end]
            for word in ASSIGNMENTS.split(value) or ():
                name, _, held = word.text.partition("=")
                secrecy = secrecy_by_key((name,), held) if held else None
                if secrecy is None:
                    continue
                raw = value[word.start : word.end]
                first = raw.find("=") + 1
                inner: tuple[tuple[int, int], ...] = ((0, len(raw) - first),)
                if secrecy == "url" and raw[first:] == held:
                    inner = password_spans(held)
                spans += [
                    SecretSpan(start + word.start + first + one, start + word.start + first + last)
                    for one, last in inner
                ]
        return tuple(spans)

    # -- what units of another kind say otherwise

    def takes(self, question: str) -> bool:
        """Whether an answer counts in a write: those that are owned, and those that only say where things are."""
        asked = (path for flag in self.program.command.flags for path in flag.questions)
        return (
            self.owns(question)
            or question.startswith("groundwork.")
            or question in asked
            or question in ("proxy.reports_config", GUNICORNS, HOSTS, HOST, *_DECIDING)
        )

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        """`read` with `given` laid over it; another link drops the old one."""
        kept = dict(read)
        if "proxy.link" in given and given["proxy.link"] != read.get("proxy.link"):
            kept = {path: value for path, value in kept.items() if path not in LINK}
        return {**kept, **given}

    def more_variables(self, actual: Mapping[str, str], given: Given) -> dict[str, str | None]:
        """Variables besides those of the program's table."""
        return {}

    # -- reading

    def _reading(self, document: SystemdDocument, file: str) -> Reading:
        command = self.parsed_command(document)
        started = document.values("Service", "ExecStart")
        if command is None:
            if not started:
                return Reading()
            what = "ExecStart is not surely this program of Galaxy; the unit is left alone"
            return Reading(unread=(Problem(what, file, document.line(("Service", "ExecStart"))),))
        forms: list[tuple[tuple[str, str], dict[str, Any]]] = [
            (("Service", "ExecStart"), dict(self.switches()))
        ]
        forms += [
            (("Service", "ExecStart"), form) for form in commands.read(self.program.command, command, SYSTEMD)
        ]
        for key in unit_keys.KEYS:
            forms.append(((key.section, key.key), key.answers(document, self.program)))
        root = document.get(("Service", "WorkingDirectory"))
        known = assigned(document)
        forms += [
            (("Service", "Environment"), form)
            for form in variables.answers(self.program, known, root if isinstance(root, str) else None)
        ]
        return self._fitting(document, file, forms)

    def _fitting(
        self, document: SystemdDocument, file: str, forms: list[tuple[tuple[str, str], dict[str, Any]]]
    ) -> Reading:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        unread: list[Problem] = []
        for path, form in forms:
            fit = self.fit(form)
            line = document.line(path)
            if len(fit) != len(form):
                missing = next(question for question in form if question not in fit)
                what = f"{path[1]} holds a value that is no answer to this question; it is left alone"
                unread.append(Problem(what, file, line, question=missing))
                continue
            found.update(fit)
            lines.update(dict.fromkeys(fit, line or 1))
        return Reading(found, lines, tuple(unread))

    def fit(self, form: Given) -> dict[str, Any]:
        """Those of `form` that are answers."""
        return fit_answers(form)

    def parsed_command(self, document: SystemdDocument) -> commands.Parsed | None:
        """The command that is started, where there is one only and it is this program's."""
        started = document.values("Service", "ExecStart")
        return commands.parse(self.program.command, started[0], SYSTEMD) if len(started) == 1 else None

    # -- writing

    def edits(self, document: SystemdDocument, held: Given, given: Given, file: str) -> list[_Edit]:
        """The keys that must change, in the order in which a new unit has them. Raises Refused."""
        command = self.parsed_command(document)
        started = document.values("Service", "ExecStart")
        new = not started
        if new and given.get(MANAGER) != "systemd":
            return []
        if new:
            make_sure_of_place(given)
        found = [
            _Edit(key.section, key.key, values, key.questions(self.program))
            for key in unit_keys.KEYS
            if (values := key.wanted(document, self.program, given)) is not None
        ]
        found += self._environment(document, held, given, new)
        found += _patience(self.program, document, given)
        if command is None and not new:
            if given.get(MANAGER) == "systemd":
                what = "ExecStart does not start this program of Galaxy as galaxy-setup knows it"
                way_out = "delete that line, and it is written anew"
                line = document.line(("Service", "ExecStart"))
                raise Refused(Problem(what, file, line, question=MANAGER, way_out=way_out))
            return []
        if command is None:
            start = commands.compose(self.program.command, given, SYSTEMD)
        else:
            start = commands.edit(self.program.command, command, held, given, SYSTEMD)
        if (start,) != started:
            found.append(_Edit("Service", "ExecStart", (start,), self._command_questions()))
        return found

    def _command_questions(self) -> tuple[str, ...]:
        command = self.program.command
        asked = [question for flag in command.flags for question in flag.questions]
        asked += [question for question in (command.extra, command.program) if question]
        return tuple(
            dict.fromkeys(["groundwork.virtualenv", "groundwork.config_dir", *asked, *self.switches()])
        )

    def _environment(self, document: SystemdDocument, held: Given, given: Given, new: bool) -> list[_Edit]:
        actual = assigned(document)
        changes = variables.wanted(self.program, actual, held, given, new)
        changes.update(self.more_variables(actual, given))
        if not changes:
            return []
        lines: list[str] = []
        left = dict(changes)
        for value in document.values("Service", "Environment"):
            words = ASSIGNMENTS.split(value)
            if words is None or not any(word.text.partition("=")[0] in changes for word in words):
                lines.append(value)
                continue
            kept = []
            for word in words:
                name = word.text.partition("=")[0]
                if name not in changes:
                    kept.append(value[word.start : word.end])
                elif (wanted := left.pop(name, None)) is not None:
                    kept.append(ASSIGNMENTS.encode(f"{name}={wanted}"))
            if kept:
                lines.append(" ".join(kept))
        lines += [ASSIGNMENTS.encode(f"{name}={value}") for name, value in left.items() if value is not None]
        questions = ["groundwork.virtualenv", "groundwork.config_dir", self.program.variables or MANAGER]
        return [_Edit("Service", "Environment", tuple(lines), tuple(questions))]

    # -- what changed

    def changes(
        self, before: SystemdDocument, after: SystemdDocument, held: Given, given: Given
    ) -> tuple[Change, ...]:
        found: list[Change] = []
        for section, key in dict.fromkeys(
            (entry.section, entry.key) for document in (before, after) for entry in document.entries
        ):
            found += unit_keys.changed(before, after, section, key, self.questions_of(key))
        return tuple(
            replace(change, questions=causes(change.questions, held, given))
            for change in sorted(found, key=lambda change: change.line_after or change.line_before or 0)
        )

    def questions_of(self, key: str) -> tuple[str, ...]:
        """The questions behind a key."""
        for each in unit_keys.KEYS:
            if each.key == key:
                return each.questions(self.program)
        if (("Service", key)) in (STOP, SIGNAL, RELOAD):
            return (MANAGER, "scaling.app_server", *MERCIES)
        if key == "Environment" and self.program.variables:
            return ("groundwork.virtualenv", "groundwork.config_dir", self.program.variables)
        return self._command_questions() if key == "ExecStart" else (MANAGER, "groundwork.virtualenv")


def ending(program: Program) -> dict[tuple[str, str], str | None]:
    """How the service is ended and reloaded; None where that is not said."""
    signal = None if program.stop_signal is None else f"SIG{program.stop_signal}"
    return {SIGNAL: signal, RELOAD: "/bin/kill -HUP $MAINPID" if program.reloads else None}


def _patience(program: Program, document: SystemdDocument, given: Given) -> list[_Edit]:
    """More seconds to end, where those that stand in the unit are too few for the answers."""
    if program.patience is None or not any(given.get(question) for question in MERCIES):
        return []
    wanted = program.stop_within(given)
    stands = [_SECONDS.fullmatch(value) for value in document.values(*STOP)]
    if any(value is None or int(value[1]) >= wanted for value in stands):
        return []
    return [_Edit(*STOP, (str(wanted),), MERCIES)]


def assigned(document: SystemdDocument) -> dict[str, str]:
    """The variables of a unit, the last value of each."""
    found: dict[str, str] = {}
    for value in document.values("Service", "Environment"):
        for word in ASSIGNMENTS.split(value) or ():
            name, equals, text = word.text.partition("=")
            if equals:
                found[name] = text
    return found


def _edited(text: str, edit: _Edit, file: str) -> str:
    document = SystemdDocument.parse(text, file)
    try:
        return document.edit({(edit.section, edit.key): list(edit.values)})
    except Refused as refusal:
        raise Refused(
            replace(problem, question=problem.question or edit.questions[0], way_out="choose another value")
            for problem in refusal.problems
        ) from None
