"""What do Galaxy and Gravity say of many files? One process, for each reads what takes seconds.

Forks of one process share what is imported, not what a configuration reads: the schema of the options and the
defaults, here read once for all files.

usage: galaxy_batch.py FILE

FILE holds a JSON list of [NAME, PATH] pairs: a consumer of this folder (galaxy_yml, gravity_settings, job_conf,
object_store or local_data) and the file that it is asked about.

prints: ok (true where every file was accepted), problems, and answers: what that consumer's own `main` says of each
file, in order. galaxy_yml tells the value of every option that is not Galaxy's default.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import logging
import os
import sys
import traceback
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any


@functools.cache
def consumer(name: str) -> ModuleType:
    """The script of that name beside this one, as a module; this folder is not on the path, on purpose."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if name == "galaxy_yml":
        # The same for every file, and read slowly.
        module.__dict__["galaxy_options"] = functools.cache(module.galaxy_options)
    if name in ("object_store", "local_data"):
        module.unconnected()
    return module


@functools.cache
def defaults() -> dict[str, Any]:
    return options_of({})


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """The value of each of Galaxy's options, as its configuration has it."""
    from galaxy.config import GalaxyAppConfiguration

    configuration = GalaxyAppConfiguration(**{"config_dir": str(Path.cwd()), **given})
    said = consumer("galaxy_yml")
    return {name: said.plain(getattr(configuration, name, None)) for name in said.galaxy_options()}


def galaxy_yml(path: Path) -> dict[str, Any]:
    from galaxy.util.properties import load_app_properties

    answer: dict[str, Any] = consumer("galaxy_yml").main(path, [])
    if not answer["problems"]:
        seen = options_of(load_app_properties(config_file=str(path), config_section="galaxy"))
        answer["seen"] = {name: value for name, value in seen.items() if value != defaults()[name]}
    return answer


def read_schemas_once() -> None:
    """Galaxy reads the schema of its options, which takes most of the time, for each configuration anew."""
    from galaxy.config.schema import AppSchema

    read = functools.cache(functools.partial(AppSchema._read_schema, None))
    AppSchema._read_schema = lambda self, path: read(path)


def said_of(name: str, path: Path) -> dict[str, Any]:
    os.chdir(path.parent)  # Galaxy takes a checkout as its working directory for a sign; there is none here
    try:
        answer: dict[str, Any] = galaxy_yml(path) if name == "galaxy_yml" else consumer(name).main(path)
    except Exception:
        return {"problems": [traceback.format_exc(limit=-3)]}  # what breaks a consumer is no file it accepts
    return answer


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    read_schemas_once()
    answers = [said_of(name, Path(file)) for name, file in json.loads(Path(sys.argv[1]).read_text())]
    problems = [problem for answer in answers for problem in answer["problems"]]
    print(json.dumps({"ok": not problems, "problems": problems, "answers": answers}, default=str))
    sys.exit(0 if not problems else 1)
