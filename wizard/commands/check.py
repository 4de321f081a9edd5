"""`galaxy-setup check`: what is wrong or will be, why, and the way out; and how the running server is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import Any

from wizard.advice.advice import Advice
from wizard.advice.mending import mending
from wizard.advice.register import nearest_code, rules
from wizard.answers import SECTIONS
from wizard.checks.register import checks
from wizard.commands import checking, shown
from wizard.commands.advised import answer, as_json, text_of
from wizard.commands.checking import live, say_results, status_of
from wizard.commands.opening import planned, session
from wizard.problems import Exit, Problem, Refused
from wizard.refusals import shown as shown_text
from wizard.session import Session


def run(options: argparse.Namespace) -> int:
    """Print what is to be said of the answers and their files, then of the running server; 1 when something is wrong.

    Without the running server: with --offline, and with --fix, which gives answers that no program knows of yet.
    """
    _need_sections(options.only)
    work = session(options)
    shown.notes(_unknown(work))
    found = work.advice(planned(work))
    fixed = None
    if options.fix is not None:
        fixed = _fix(options, work, found)
        found = work.advice(planned(work))
    found = tuple(one for one in found if not options.only or _section(one) in options.only)
    if not options.json:
        _say(options, work, found)
    results = [] if options.offline or fixed is not None else live(options, work)
    if options.json:
        said = {"host": work.this_host, "advice": as_json(found), "checks": checking.as_json(results)}
        print(json.dumps(said if fixed is None else {**said, "fixed": fixed}, indent=2))
    elif results:
        say_results(options, results)
    wrong = any(one.level != "note" for one in found) or status_of(results) != Exit.DONE
    return int(Exit.DIFFERS if wrong else Exit.DONE)


def _say(options: argparse.Namespace, work: Session, found: Sequence[Advice]) -> None:
    """Print advice block by block; with --quiet what is an error or a warning."""
    shown.say_host(options, work.this_host)
    for one in found:
        text = text_of(one, _answered_at(one, work)) + "\n"
        if one.level == "note":
            shown.say(options, text)
        else:
            print(text)
    if not found:
        shown.say(options, "nothing to be said of the answers and the files that they lead to")


def _need_sections(named: Sequence[str]) -> None:
    """Raises Refused for what is no section."""
    if not named:
        return
    known = dict.fromkeys((*SECTIONS, *(one.section for one in checks())))
    if unknown := [name for name in named if name not in known]:
        way_out = f"the sections are {', '.join(known)}"
        raise Refused(Problem(f"--only {shown_text(unknown[0])}: there is no such section", way_out=way_out))


def _section(one: Advice) -> str:
    return (one.finding.question or one.code).partition(".")[0]


def _answered_at(one: Advice, work: Session) -> str | None:
    """The place in the answers file, or the preset, of the question that advice is about."""
    origin = work.origin(one.finding.question or "")
    if origin is None or origin.kind == "found":
        return None
    name = f"preset {work.preset}" if origin.kind == "preset" else origin.file
    return f"{name}:{origin.line}" if origin.line else name


def _unknown(work: Session) -> Iterable[Problem]:
    """Codes that the answers would ignore and no rule has."""
    known = {one.code for one in rules()}
    for code in work.loaded.ignored_advice:
        if code not in known:
            yield Problem(
                f"ignored_advice: there is no advice {code}", str(work.file), way_out=nearest_code(code)
            )


def _fix(options: argparse.Namespace, work: Session, found: Sequence[Advice]) -> dict[str, str]:
    """Give the answers that mend `found` (or what was asked for); each question with what was made of it.

    Raises Refused (nothing changed) for what is no advice here, or has no fix, or one that is refused.
    """
    if work.ephemeral:
        way_out = "name the install's state file with --state, or an answers file"
        raise Refused(Problem("these answers come from no file that could be changed", way_out=way_out))
    wanted = [one for one in found if (one.code in options.fix if options.fix else one.level != "note")]
    if problems := list(_unfixable(options.fix, found)):
        raise Refused(problems)
    plan = mending(wanted)
    before = {path: work.value(path) for path in plan.answers}
    if plan.answers:
        _give(work, plan.answers)
    told = {}
    for path in plan.answers:
        told[path] = f"{answer(path, before[path])} -> {answer(path, work.value(path))}"
        if not options.json:
            shown.say(options, f"{path}: {told[path]}")
    shown.notes(_contradicted(one) for one in plan.left)
    if not options.json:
        then = f"saved in {work.file}; galaxy-setup diff shows what an apply would write"
        shown.say(options, f"{then if told else 'there is nothing that answers could mend'}\n")
    return told


def _give(work: Session, answers: dict[str, Any]) -> None:
    """Save the answers, unless one of them is refused or there is no plan with them."""
    try:
        work.accept_all(answers)
    except Refused as refusal:
        raise Refused([_refused(one) for one in refusal.problems], refusal.status) from None
    try:
        work.plan()
    except Refused as refusal:
        work.undo()
        raise Refused([_refused(one) for one in refusal.problems], refusal.status) from None


def _refused(problem: Problem) -> Problem:
    what = f"a fix is refused, and nothing was changed: {problem.what}"
    return Problem(what, question=problem.question, way_out=problem.way_out)


def _unfixable(codes: Sequence[str], found: Sequence[Advice]) -> Iterable[Problem]:
    for code in codes:
        said = [one for one in found if one.code == code]
        if code not in {one.code for one in rules()}:
            yield Problem(f"there is no advice {code}", way_out=nearest_code(code))
        elif not said:
            yield Problem(f"there is nothing to fix: {code} is not said here", way_out="leave it out")
        elif not any(one.finding.fix for one in said):
            yield Problem(f"no answer fixes {code} by itself", way_out=said[0].finding.way_out)


def _contradicted(one: Advice) -> Problem:
    what = f"{one.code} is left: its fix contradicts that of another advice"
    return Problem(what, question=one.finding.question, way_out=f"then run check --fix {one.code}")
