"""Undo and redo by key: of answers, in whatever section, and of a refused text that was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.problems import Refused

if TYPE_CHECKING:
    from screens.app import Wizard
    from wizard.drafts import Draft
    from wizard.session import Session

Undone = list["tuple[str, Draft] | None"]
"""What was taken back, the last one last: a refused text with its question; None for an answer."""


def possible(wizard: Wizard, action: str, undone: Undone) -> bool:
    """Whether there is anything to undo, or to redo, and nothing is being written."""
    if wizard.screen.is_modal or getattr(wizard.screen, "busy", False):
        return False
    if action == "undo":
        return wizard.session.undoable is not None or _refused_row(wizard) is not None
    return wizard.session.redoable is not None or any(undone)


def undo(wizard: Wizard, undone: Undone) -> None:
    """Take back the refused text that has the focus, else the last answer; go there and say so."""
    wizard.settle()
    row = _refused_row(wizard)
    if row is not None:
        path = row.asked.path
        draft = wizard.session.held(path)
        row.take_back()
        if draft is not None:
            undone.append((path, draft))
        wizard.jump(path, "What was typed here and refused is taken back; f8 brings it back.")
        return
    _step(wizard, "undo", undone)


def redo(wizard: Wizard, undone: Undone) -> None:
    """Bring back what was taken back last; go there and say so."""
    wizard.settle()
    while undone and undone[-1] is None and wizard.session.redoable is None:
        undone.pop()  # another answer has been given since
    last = undone.pop() if undone else None
    if last is None:
        _step(wizard, "redo", undone)
        return
    path, draft = last
    wizard.session.hold(path, draft.text, draft.problems)
    wizard.jump(path, "What was typed here and refused is back.")


def _step(wizard: Wizard, action: str, undone: Undone) -> None:
    session = wizard.session
    try:
        step = session.undo() if action == "undo" else session.redo()
    except Refused as refused:
        _say(wizard, None, "; ".join(problem.what for problem in refused.problems))
        return
    if step is None:
        return
    if action == "undo":
        undone.append(None)
    _say(wizard, step.what, _said(session, step.what, action))


def _said(session: Session, what: str, action: str) -> str:
    """What is so now, in words; no secret is in them."""
    from wizard.option_asked import PREFIX, asked_at
    from wizard.other_options import OptionKeeper
    from wizard.redaction import shown
    from wizard.typed import readable

    word, again, key = (
        ("Undone", " again", "f8 does it again") if action == "undo" else ("Done again", "", "f7 undoes it")
    )
    asked = asked_at(what)
    if asked is None:
        about = f"the preset is {session.preset or 'none'}{again}" if what == "preset" else "several answers"
    else:
        value = (OptionKeeper(session) if what.startswith(PREFIX) else session).value(what)
        text = shown(value, "url") if isinstance(value, str) and "://" in value else readable(asked, value)
        about = f"{asked.question.title} is {text}{again}"
    return f"{word}: {about}. {key}."


def _say(wizard: Wizard, what: str | None, text: str) -> None:
    from wizard.option_asked import asked_at

    if what is not None and asked_at(what) is not None:
        wizard.jump(what, text)
        return
    say: Any = getattr(wizard.screen, "announce", None)
    if say is None:
        wizard.go("groundwork")
        say = getattr(wizard.screen, "announce", None)
    if say is not None:
        wizard.call_after_refresh(say, text)


def _refused_row(wizard: Wizard) -> Any:
    questions = getattr(wizard.screen, "questions", None)
    row = getattr(questions, "current", None)
    return row if row is not None and row.refused else None
