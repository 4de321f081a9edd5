"""Does Galaxy accept this galaxy.yml, and which values does it see?

usage: galaxy_yml.py GALAXY_YML [OPTION ...]

Galaxy's own `config_manage validate` accepts anything (its schema breaks off before it is used), and Galaxy
loads unknown options without a word. So the file's `galaxy:` section is held against Galaxy's own schema
here, reduced to what the schema language knows, and then loaded with GalaxyAppConfiguration, which is what
the server itself sees.

prints: ok, problems, unknown (options the schema does not have), deprecated (old names it still takes: {old:
new}), seen ({OPTION: value in the loaded configuration} for each option asked for).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

# What pykwalify acts on; the rest of the keys in Galaxy's schema are Galaxy's own.
SCHEMA_KEYS = ("type", "mapping", "sequence", "enum", "pattern", "range", "allowempty")


def rule(node: dict[str, Any]) -> dict[str, Any]:
    """One rule of Galaxy's schema as pykwalify takes it.

    `required` is left out: 26.1 marks single options required that no galaxy.yml holds. A map or a sequence
    without members is, to pykwalify, a mistake in the schema; Galaxy means "any".
    """
    kept = {key: node[key] for key in SCHEMA_KEYS if key in node}
    if "mapping" in kept:
        kept["mapping"] = {name: rule(member) for name, member in kept["mapping"].items()}
    elif "sequence" in kept:
        kept["sequence"] = [rule(member) for member in kept["sequence"]]
    elif kept.get("type", "any") in ("map", "seq") and not kept.get("allowempty"):
        kept = {"type": "any"}
    return kept or {"type": "any"}


def schema_problems(section: dict[str, Any], options: dict[str, Any]) -> list[str]:
    from pykwalify.core import Core
    from pykwalify.errors import PyKwalifyException

    # Options left empty (`brand:`) mean "not set" to Galaxy.
    given = {name: value for name, value in section.items() if name in options and value is not None}
    if not given:
        return []
    schema = {"type": "map", "mapping": {name: rule(options[name]) for name in given}}
    core = Core(source_data=given, schema_data=schema)
    try:
        core.validate(raise_exception=True)
    except PyKwalifyException as refusal:
        return list(core.validation_errors or [str(refusal)])
    return []


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def galaxy_options() -> dict[str, Any]:
    """Galaxy's schema of `galaxy:`, read as Galaxy reads it (importing galaxy.config would take seconds)."""
    import galaxy.util
    from galaxy.util.yaml_util import ordered_load

    schema = Path(galaxy.util.__file__).parents[1] / "config" / "schemas" / "config_schema.yml"
    with schema.open() as text:
        options: dict[str, Any] = ordered_load(text)["mapping"]["galaxy"]["mapping"]
    return options


def key_problems(section: dict[str, Any]) -> list[str]:
    """What the cipher of ids, which Galaxy makes at its start, has against the key."""
    from galaxy.security.idencoding import IdEncodingHelper

    try:
        IdEncodingHelper(id_secret=section.get("id_secret", "as by default"))
    except (TypeError, ValueError) as error:
        return [f"id_secret: {error}"]
    return []


def loaded(path: Path) -> Any:
    from galaxy.config import GalaxyAppConfiguration
    from galaxy.util.properties import load_app_properties

    return GalaxyAppConfiguration(**load_app_properties(config_file=str(path), config_section="galaxy"))


def main(path: Path, asked: list[str]) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        return {"problems": [f"not YAML: {error}"]}
    section = (document or {}).get("galaxy") or {}
    options = galaxy_options()
    aliases = {old["deprecated_alias"]: new for new, old in options.items() if old.get("deprecated_alias")}
    unknown = [name for name in section if name not in options and name not in aliases]
    problems = [f"unknown option: {name}" for name in unknown]
    problems += schema_problems(section, options) + key_problems(section)
    answer: dict[str, Any] = {
        "problems": problems,
        "unknown": unknown,
        "deprecated": {old: aliases[old] for old in section if old in aliases},
    }
    if asked:
        configuration = loaded(path)
        absent = [name for name in asked if not hasattr(configuration, name)]
        problems += [f"not in the loaded configuration: {name}" for name in absent]
        answer["seen"] = {name: plain(getattr(configuration, name)) for name in asked if name not in absent}
    return answer


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    galaxy_yml = Path(sys.argv[1]).absolute()
    os.chdir(
        galaxy_yml.parent
    )  # Galaxy takes a checkout as its working directory for a sign; there is none here
    verdict = main(galaxy_yml, sys.argv[2:])
    print(json.dumps({"ok": not verdict["problems"], **verdict}))
    sys.exit(0 if not verdict["problems"] else 1)
