"""PasteDeploy as a judge: what it tells the application, and which servers it would start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests import consumers
from tests.verdicts.judging import Bundle, Verdict


def paste(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """PasteDeploy's loader, in one process for all files."""
    files = []
    for number, bundle in enumerate(bundles):
        (text,) = bundle.values()
        file = place / f"{number}.ini"
        file.write_text(text)
        files.append(str(file))
    (place / "asked.json").write_text(json.dumps(files))
    answers = consumers.ask("paste_ini", place / "asked.json")["answers"]
    return [
        Verdict(
            tuple(answer["problems"]), {name: said for name, said in answer.items() if name != "problems"}
        )
        for answer in answers
    ]
