"""Galaxy and Gravity as judges: one process answers for all files, because Galaxy takes seconds to be imported."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import consumers
from tests.verdicts.judging import Bundle, Verdict

Answer = dict[str, Any]


@dataclass(frozen=True)
class OfGalaxy:
    """A consumer script that runs with Galaxy's Python: `name`, and what of its answer it understood (`seen`).

    `laid_out` writes a bundle below a folder and tells the file that the script is asked about.
    """

    name: str
    seen: Callable[[Answer], Any]
    laid_out: Callable[[Bundle, Path], Path]

    def verdict(self, answer: Answer, folder: Path) -> Verdict:
        """Without the folder that the file stood in: Galaxy makes relative paths absolute."""
        plain = json.dumps(self.seen(answer)).replace(str(folder), "HERE")
        return Verdict(tuple(answer["problems"]), json.loads(plain))


def ask_together(asked: Sequence[tuple[OfGalaxy, Bundle]], place: Path) -> list[Verdict]:
    """The verdicts on many bundles, in order, of one process."""
    folders = [place / str(number) for number in range(len(asked))]
    files = []
    for (judge, bundle), folder in zip(asked, folders, strict=True):
        folder.mkdir(parents=True)
        files.append((judge.name, str(judge.laid_out(bundle, folder))))
    (place / "asked.json").write_text(json.dumps(files))
    answers = consumers.ask("galaxy_batch", place / "asked.json")["answers"]
    return [
        judge.verdict(answer, folder)
        for (judge, _), answer, folder in zip(asked, answers, folders, strict=True)
    ]


def _single(bundle: Bundle, folder: Path) -> Path:
    ((path, text),) = bundle.items()
    file = folder / Path(path).name
    file.write_text(text)
    return file


_OPTIONS = {"builds.txt": "builds_file_path", "tool_data_table_conf.xml": "tool_data_table_config_path"}


def _install(bundle: Bundle, folder: Path) -> Path:
    """Reference data at its paths below a folder, and a galaxy.yml that names it."""
    lines = [f"  file_path: {folder}/objects", f"  new_file_path: {folder}/tmp"]
    for path, text in bundle.items():
        file = folder / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("/srv/", f"{folder}/srv/"))
        option = _OPTIONS.get(file.name)
        lines += [f"  {option}: {file}"] if option else []
        lines += [f"  tool_data_path: {file.parent}"] if file.suffix == ".loc" else []
    main = folder / "galaxy.yml"
    main.write_text("galaxy:\n" + "\n".join(dict.fromkeys(lines)) + "\n")
    return main


def _but_problems(answer: Answer) -> Any:
    return {name: value for name, value in answer.items() if name not in ("ok", "problems", "source")}


galaxy_yml = OfGalaxy("galaxy_yml", lambda answer: answer.get("seen"), _single)
gravity = OfGalaxy("gravity_settings", lambda answer: answer.get("settings"), _single)
jobs = OfGalaxy("job_conf", _but_problems, _single)
object_store = OfGalaxy("object_store", _but_problems, _single)
reference_data = OfGalaxy("local_data", _but_problems, _install)
