"""supervisord's programs of Galaxy: galaxy.conf (Debian) or galaxy.ini (Red Hat), one section for each program.

Facts: supervisord 4, "Configuration File"; Galaxy's scaling.md, "Supervisord", whose example for handlers (numprocs,
process_num in the server name) still holds; its web program is of the time before gunicorn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wizard.answers.handlers import Handler
from wizard.answers.hints import served_by
from wizard.answers.question import Given
from wizard.documents.ini.document import MISSING, REMOVE, SUPERVISOR, IniDocument
from wizard.documents.tree import Path
from wizard.files.collecting import fit_answers
from wizard.files.entry_lens import Entry, changes_of
from wizard.files.lens import Reading, SecretSpan, Target, Written, causes
from wizard.files.services import commands, variables, words
from wizard.files.services.handlers import HANDLERS, STRATEGY, is_dynamic, processes, refuse, rows_of
from wizard.files.services.managing import MANAGER, own_services, supervisor_file
from wizard.files.services.older_servers import (
    APP_SERVER,
    MERCIES,
    PASTE_WEB,
    STACK,
    UWSGI_WEB,
    ZERG,
    is_said,
    server_of,
)
from wizard.files.services.programs import LINK, VIRTUALENV, WEB, Program, make_sure_of_place
from wizard.files.services.programs_beside import BESIDE, anything_runs
from wizard.files.services.supervisor_edits import edited, log_name, put_paste_servers, shown_path
from wizard.files.services.supervisor_group import group, longer, secrecy, settings
from wizard.files.services.supervisor_secrets import spans_of
from wizard.files.services.supervisor_sections import (
    HANDLING,
    OLDER,
    PASTE_HANDLER,
    PROGRAMS,
    ROW_ENVIRONMENT,
    SERVING,
    Found,
    common,
    environment,
    found_in,
    grouped,
    handling,
    is_numbered,
    other_server,
    row,
    web_servers,
    written_name,
)
from wizard.files.services.supervisor_values import changed
from wizard.problems import Problem, Refused

COMMON = {
    "groundwork.user": "user",
    "groundwork.root": "directory",
    "groundwork.umask": "umask",
    "groundwork.log_dir": "stdout_logfile",
}
"""The options that hold answers for all programs."""
_SKELETON = """\
; Written by galaxy-setup, which edits what answers are given for; the rest of this file is yours.
; After a change: supervisorctl reread, then supervisorctl update
"""
_BY_GRAVITY = "maintained by Gravity"


@lru_cache(maxsize=16)
def parsed(text: str, file: str) -> IniDocument:
    """The document of `text`; a plan looks at it more than once."""
    return IniDocument.parse(text, file, SUPERVISOR)


@dataclass
class _Work:
    """One write: what is read and given, and the edits so far."""

    document: IniDocument
    held: dict[str, Any]
    given: dict[str, Any]
    edits: dict[Path, Entry]

    def set(self, section: str, option: str, value: str | None, questions: tuple[str, ...]) -> None:
        now = self.document.get((section, option))
        if (None if now is MISSING else now) != value:
            wanted = REMOVE if value is None else value
            self.edits[section, option] = Entry(wanted, causes(questions, self.held, self.given))


class SupervisorPrograms:
    """The file of supervisord with all of Galaxy's programs."""

    name = "supervisord programs"

    def owns(self, question: str) -> bool:
        if question in COMMON or question in (MANAGER, HANDLERS, STRATEGY, STACK, ZERG, VIRTUALENV):
            return True
        for program in (WEB, *BESIDE):
            flags = {asked for flag in program.command.flags if flag.told for asked in flag.questions}
            more = (program.command.extra, program.command.program, program.umask, program.variables)
            if question in flags or question in more or question in (program.switched_on or {}):
                return True
        return False

    def target(self, given: Given) -> Target | None:
        wanted = own_services(given) == "supervisord" and anything_runs(given)
        return Target(supervisor_file(given), 0o640) if wanted else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return ()

    def skeleton(self, given: Given) -> str:
        return _SKELETON

    # -- reading

    def read(self, text: str, file: str) -> Reading:
        if _BY_GRAVITY in text[:400]:
            return Reading(unread=(Problem("Gravity maintains this file; it is left alone", file, 1),))
        document = parsed(text, file)
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        unread: list[Problem] = []
        for section, option, form in self._forms(document):
            fit = fit_answers(form)
            line = document.line((section, option)) or document.line((section,)) or 1
            if len(fit) != len(form):
                missing = next(question for question in form if question not in fit)
                what = (
                    f"{section}.{option} holds a value that is no answer to this question; it is left alone"
                )
                unread.append(Problem(what, file, line, question=missing))
                continue
            other = next((path for path in fit if path in found and found[path] != fit[path]), None)
            if other is not None and option != "command":
                what = f"{section}.{option} differs from that of another program; it is left alone"
                unread.append(Problem(what, file, line, question=other))
                continue
            found.update({path: value for path, value in fit.items() if path not in found})
            lines.update({path: line for path in fit if path not in lines})
        return Reading(found, lines, tuple(unread))

    def _forms(self, document: IniDocument) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The answers of every part of the file, with where they stand."""
        sections = found_in(document)
        web = [each for each in sections if each.program in SERVING]
        others = [each for each in sections if each.program not in SERVING]
        for each in web[:1]:
            yield each.section, "command", {MANAGER: "supervisord"}
        for each in [one for one in web if server_of(one.program)][:1]:
            yield each.section, "command", {APP_SERVER: server_of(each.program)}
        for each in [one for one in sections if one.program is PASTE_WEB][:1]:
            yield each.section, "numprocs", web_servers(document, each)
        seen: set[str] = set()
        for each in [*others, *web]:
            first = each.program.name not in seen
            seen.add(each.program.name)
            for question, value in common(document, each).items():
                own = each.program in SERVING and question == "groundwork.umask" and others
                if own and value != common(document, others[0]).get(question):
                    question = "scaling.web_umask"
                yield each.section, COMMON.get(question, "umask"), {question: value}
            for form in environment(document, each):
                if ROW_ENVIRONMENT not in form and (first or "groundwork.virtualenv" in form):
                    yield each.section, "environment", form
            if each.program is PASTE_HANDLER and first:
                yield each.section, "command", {STACK: "paste"}
            if each.program not in HANDLING and first:
                yield each.section, "command", dict(each.program.switched_on or {})
                for form in commands.read(each.program.command, each.command, words.SUPERVISOR):
                    yield each.section, "command", form
        yield from self._handlers(document, sections)

    def _handlers(
        self, document: IniDocument, sections: list[Found]
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The table of dynamic handlers; static ones stand in the job configuration."""
        rows = [(each, row(document, each)) for each in sections if each.program in HANDLING]
        if any(fields and fields.get("pools") for _, fields in rows):
            table = {fields["name"]: fields for _, fields in reversed(rows) if fields and fields.get("pools")}
            ordered = [*reversed(table.values())]
            yield rows[0][0].section, "command", {HANDLERS: ordered, STRATEGY: "dynamic-handlers"}

    # -- writing

    def write(self, given: Given, text: str, file: str) -> Written:
        document = parsed(text, file)
        held = dict(self.read(text, file).given)
        if given.get(MANAGER, held.get(MANAGER)) != "supervisord":
            return Written(text)
        if _BY_GRAVITY in text[:400]:
            way_out = "delete it, or take gravity-supervisor"
            raise Refused(Problem("Gravity maintains this file", file, 1, question=MANAGER, way_out=way_out))
        kept = held
        if "proxy.link" in given and given["proxy.link"] != held.get("proxy.link"):
            kept = {path: value for path, value in held.items() if path not in LINK}
        if is_said(given):
            kept = {path: value for path, value in kept.items() if path != APP_SERVER}
        work = _Work(document, held, {**kept, **given}, {})
        self._programs(work)
        if not work.edits:
            return Written(text)
        after = edited(document, work.edits, work.given)
        told = {path: entry for path, entry in work.edits.items() if len(path) > 1}
        for path in work.edits.keys() - told.keys():
            told.update({(*path, key): work.edits[path] for key in document.keys(path)})
        secret = {
            path: replace(entry, secrecy=secrecy(entry.value, document.get(path)))
            for path, entry in told.items()
        }
        return Written(after, changes_of(document, parsed(after, file), secret))

    def _programs(self, work: _Work) -> None:
        sections = found_in(work.document)
        names = {each.section: each.name for each in sections}
        served = next((one for one in (WEB, UWSGI_WEB, PASTE_WEB) if one.wanted(work.given)), None)
        for program in (*SERVING, *BESIDE):
            mine = [each for each in sections if each.program is program]
            runs = program.wanted(work.given)
            if program is served and not mine and (other := other_server(sections, program)):
                # Another server in the same place: its section goes on, with all that the new one needs.
                for option in ("numprocs", "process_name"):
                    work.set(other.section, option, None, (APP_SERVER, "groundwork.release"))
                self._section(work, program, other.section, None, work.given)
                continue
            if mine and runs is False:
                for each in mine:
                    if served and program is not served and each is other_server(sections, served):
                        continue
                    asked = (*(program.switched_on or {}), APP_SERVER, "groundwork.release")
                    work.edits[each.section,] = Entry(REMOVE, asked)
                    names.pop(each.section)
            elif mine:
                self._section(work, program, mine[0].section, mine[0], work.given)
            elif runs:
                section = f"program:galaxy-{program.name}"
                self._section(work, program, section, None, work.given)
                names[section] = f"galaxy-{program.name}"
        names = self._handler_sections(work, sections, names)
        group(work.document, work.set, bool(work.edits), list(names.values()))

    def _handler_sections(self, work: _Work, sections: list[Found], names: dict[str, str]) -> dict[str, str]:
        mine = {each.name: each for each in sections if each.program in HANDLING}
        rows = rows_of(work.given)
        if rows is None or rows == work.held.get(HANDLERS):
            rows_given = work.held.get(HANDLERS) or []
        else:
            processes(rows, work.given)
            rows_given = rows
            if not is_dynamic(work.given) and served_by(work.given) != "gunicorn":
                numbered = {name for name, each in mine.items() if is_numbered(each)}
                bare = {name.removeprefix("galaxy-") for name in mine.keys() - numbered}
                rows_given = grouped(rows, bare, {name.removeprefix("galaxy-") for name in numbered})
        wanted: set[str] = set()
        for handler in rows_given:
            each = mine.get(handler.name) or mine.get(f"galaxy-{handler.name}")
            section = each.section if each else f"program:galaxy-{handler.name}"
            if each is None and section in [
                f"program:galaxy-{one.name}" for one in PROGRAMS if one not in HANDLING
            ]:
                raise refuse(
                    f"the program galaxy-{handler.name} is another one", "call the handler otherwise"
                )
            before = row(work.document, each) if each else None
            program = handling(work.given, each)
            about = _for_row(work, handler, before, each is not None and each.program is not program)
            self._section(work, program, section, each, about, before)
            self._numbers(work, section, handler, before)
            wanted.add(section)
            names[section] = section.removeprefix("program:")
        if rows is not None and rows != work.held.get(HANDLERS):
            for each in mine.values():
                if each.section not in wanted:
                    work.edits[each.section,] = Entry(REMOVE, (HANDLERS, STRATEGY))
                    names.pop(each.section, None)
        return names

    def _numbers(self, work: _Work, section: str, handler: Handler, before: Mapping[str, Any] | None) -> None:
        if before is not None and before.get("processes") == handler.processes:
            return
        count = handler.processes
        work.set(section, "numprocs", None if count is None else str(count), (HANDLERS,))
        line = "_" if is_dynamic(work.given) else ""
        several = f"%(program_name)s{line}%(process_num)d" if count is not None else None
        if several is None or "process_num" not in str(work.document.get((section, "process_name"))):
            work.set(section, "process_name", several, (HANDLERS,))

    def _section(
        self,
        work: _Work,
        program: Program,
        section: str,
        found: Found | None,
        given: Mapping[str, Any],
        before: Mapping[str, Any] | None = None,
    ) -> None:
        """What a section must say otherwise than it does; all of it where it is new."""
        questions = _questions(program)
        held = {**work.held, **_row_held(before)}
        if found is not None and found.program is not program:
            found = None
        if found is None:
            make_sure_of_place(given)
            command = commands.compose(program.command, given, words.SUPERVISOR)
            for option, value in settings(program, given).items():
                work.set(section, option, value, (MANAGER,))
        else:
            command = commands.edit(program.command, found.command, held, given, words.SUPERVISOR)
            if seconds := longer(program, given, work.document.get((section, "stopwaitsecs"))):
                work.set(section, "stopwaitsecs", seconds, MERCIES)
        if program is PASTE_WEB:
            put_paste_servers(work.document, work.set, section, given)
        work.set(section, "command", command, questions)
        for question, option in COMMON.items():
            asked, value = _common_value(program, question, given)
            if value is not None and (found is None or given.get(asked) != work.held.get(asked)):
                shown = shown_path(question, value)
                if option == "stdout_logfile":
                    shown = f"{shown}/{log_name(work.document.get((section, option)), section, given)}"
                work.set(section, option, shown, (question, asked))
        self._environment(work, program, section, found, held, given)

    def _environment(
        self,
        work: _Work,
        program: Program,
        section: str,
        found: Found | None,
        held: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:
        actual = found.variables if found else {}
        changes = variables.wanted(program, actual, held, given, found is None, with_home=True)
        if not changes:
            return
        asked = program.variables if program.variables != ROW_ENVIRONMENT else HANDLERS
        if found is not None and found.environment is None:
            what = f"environment of [{section}] does not read as variables"
            raise Refused(Problem(what, work.document.file, question=asked, way_out="correct it by hand"))
        value = changed(list(found.environment or ()) if found else [], changes, asked)
        work.set(section, "environment", value or None, (asked or MANAGER, "groundwork.virtualenv", MANAGER))

    def secret_spans(self, text: str, file: str) -> tuple[SecretSpan, ...]:
        return spans_of(parsed(text, file))


def _for_row(work: _Work, handler: Handler, before: Mapping[str, Any] | None, fresh: bool) -> dict[str, Any]:
    """The answers with what is said of one handler; supervisord limits nobody's memory."""
    dynamic = is_dynamic(work.given)
    given = {**work.given, "pools": tuple(handler.pools or ())}
    name = written_name(handler, dynamic)
    other = before is None or bool(before.get("pools")) is not dynamic
    if (
        fresh
        or other
        or before is None
        or written_name(Handler.model_validate(dict(before)), dynamic) != name
    ):
        given["server_name"] = name
    given[ROW_ENVIRONMENT] = dict(handler.environment or {})
    given["several"] = handler.processes is not None
    given[OLDER] = served_by(work.given) != "gunicorn"
    return given


def _row_held(before: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if before is None else {ROW_ENVIRONMENT: dict(before.get("environment") or {})}


def _questions(program: Program) -> tuple[str, ...]:
    asked = [path for flag in program.command.flags for path in flag.questions]
    more = (program.command.extra, program.command.program, *(program.switched_on or {}))
    return tuple(dict.fromkeys(path for path in (*asked, *more, "groundwork.virtualenv", MANAGER) if path))


def _common_value(program: Program, question: str, given: Mapping[str, Any]) -> tuple[str, Any]:
    """The answer for one option of a program, and the question that it is to: its own before that of all."""
    own = program.umask if question == "groundwork.umask" else None
    if own is None or own not in given:
        return question, given.get(question)
    return own, given[own]
