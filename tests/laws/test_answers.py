"""The laws of the lenses over every real file that answers are written to.

GetPut: the answers that were read are written, and no byte changes. PutGet: another answer is written and read back,
or it is refused by the question's name; only the lines that its changes name differ, and what is not understood stays
where it stands. All questions of a lens are tried on the largest file of each era (a galaxy.yml is of uWSGI, of 22.01,
which took both, or of gunicorn). On each other file it is every n-th question, starting at one that depends on the
file's name, so that some `IN_TURN` are tried there and all together on each kind of file.
"""

from __future__ import annotations

from typing import Any

from tests.laws.answers import company, others, said_elsewhere, with_company
from tests.laws.conftest import Count
from tests.laws.files import RealFile, most_telling
from tests.laws.lines import touched_otherwise
from wizard.answers.questions import questions
from wizard.files import LENSES
from wizard.files.lens import Lens, same_answer
from wizard.problems import Refused

IN_TURN = 5
BY_NAME: dict[str, Lens] = {lens.name: lens for lens in LENSES}
FILE = "a file"


def readings(file: RealFile) -> list[tuple[Lens, dict[str, Any]]]:
    """The lenses over the file, each with the answers that it reads there; none where the document is refused."""
    try:
        return [(BY_NAME[name], BY_NAME[name].read(file.text, FILE).given) for name in file.lenses]
    except Refused as refused:
        assert all(problem.line is not None for problem in refused.problems), refused
        return []


def test_writing_what_was_read_changes_no_byte(written: RealFile, count: Count) -> None:
    for lens, given in readings(written):
        after = lens.write(given, written.text, FILE)
        count(written, GetPut_exact=int(after.text == written.text), answers=len(given))
        assert after.text == written.text, lens.name
        assert after.changes == (), lens.name
        assert lens.write({}, written.text, FILE).text == written.text, lens.name


def test_another_answer_is_read_back_and_nothing_else_differs(written: RealFile, count: Count) -> None:
    faults: list[str] = []
    for lens, read in readings(written):
        asked = [path for path in questions() if lens.owns(path)]
        step = 1 if written in most_telling(lens.name) else 1 + len(asked) // IN_TURN
        for at in range(written.turn % step, len(asked), step):
            for value in others(asked[at], read, written.turn + at):
                found, put = hold(written.text, lens, asked[at], value, read)
                faults += [f"{lens.name}, {asked[at]} = {value!r}: {fault}" for fault in found]
                count(written, put_anew=int(put))
    assert not faults, "\n".join(faults)


def hold(text: str, lens: Lens, question: str, value: Any, read: dict[str, Any]) -> tuple[list[str], bool]:
    """Write an answer and what must go with it: the laws that do not hold then, and whether it was read back."""
    beside = company(lens.name, question, read)
    wanted = {**beside, **with_company(question, value, {**read, **beside})}
    try:
        after = lens.write({**read, **wanted}, text, FILE)
    except Refused as refused:
        return [f"refused without a question: {one}" for one in refused.problems if not one.question], False
    faults = [f"no change owns {row!r}" for row in touched_otherwise(text, after.text, after.changes)]
    held = lens.read(after.text, FILE).given
    if lens.write(held, after.text, FILE).text != after.text:
        faults.append("writing back what is read now changes the text")
    if said_elsewhere(lens.name, question, value):
        return faults, False
    put = same_answer(held.get(question), value)
    return faults if put else [*faults, f"is read back as {held.get(question)!r}"], put
