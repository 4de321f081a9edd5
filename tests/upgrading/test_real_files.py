"""Every option of other people's files is carried over or named, and Galaxy and Gravity accept what comes out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Ask
from tests.upgrading.servers import (
    accepted,
    became,
    install,
    upgrade,
)
from wizard.documents.ini.document import PASTE, IniDocument
from wizard.documents.uwsgi_yaml.document import UwsgiSection
from wizard.files.galaxy.ini_document import GalaxyIniDocument


def real_files() -> Iterator[Any]:
    """The configurations of the older eras: other people's, and Galaxy's own samples."""
    corpus, samples = (os.environ.get(name) for name in ("GALAXY_SETUP_CORPUS", "GALAXY_SETUP_SAMPLES"))
    for folder in ("uwsgi_yml", "galaxy_ini"):
        for file in sorted(Path(corpus, folder).iterdir()) if corpus else ():
            yield pytest.param(file, None, id=f"{folder}/{file.name}")
    for release in ("20.05", "21.09", "22.01"):
        if samples and (file := Path(samples, release, "galaxy.yml.sample")).exists():
            yield pytest.param(file, release, id=f"samples/{release}")
    if not corpus and not samples:
        why = "neither GALAXY_SETUP_CORPUS nor GALAXY_SETUP_SAMPLES is set: no real files here"
        yield pytest.param(Path(), None, marks=pytest.mark.skip(reason=why))


def options_of(file: Path) -> Iterator[tuple[str, str | None, Any]]:
    """Every option of an old configuration: its name in a report, in galaxy.yml if it is Galaxy's, and its value."""
    text = file.read_text(encoding="utf-8")
    if ".ini" not in file.name:
        for key in UwsgiSection.parse(text).keys(("uwsgi",)):
            yield f"uwsgi.{key}", None, None
        for name, value in ((yaml.safe_load(text) or {}).get("galaxy") or {}).items():
            yield f"galaxy.{name}", name, value
        return
    galaxy = GalaxyIniDocument.parse(text, file.name)
    for option in IniDocument.parse(text, file.name, PASTE).options:
        mine = option.section == "app:main" and option.key in galaxy.keys(("galaxy",))
        value = galaxy.get(("galaxy", option.key)) if mine else None
        yield f"[{option.section}] {option.key}", option.key if mine else None, value


def said_at(written: dict[str, Any], path: str) -> bool:
    """Whether a galaxy.yml says something at a dotted path."""
    value: Any = written
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value is not None


@pytest.mark.parametrize(("file", "release"), list(real_files()))
def test_every_option_of_a_real_file_is_carried_over_or_named(
    file: Path, release: str | None, tmp_path: Path, galaxy: Ask
) -> None:
    name = "galaxy.ini" if ".ini" in file.name else "galaxy.yml"
    config = install(tmp_path, {name: file.read_text(encoding="utf-8")}, release)
    report = upgrade(tmp_path, "--remove-gone")
    written = yaml.safe_load((config / "galaxy.yml").read_text())
    fates = became(report)
    assert set(written) <= {"galaxy", "gravity"}
    options = list(options_of(file))
    named = {row["option"] for row in report["options"] if row["file"] is not None}
    assert {shown for shown, _, _ in options} == named, "lost without a word, or made up"
    counted = Counter(fates[shown] for shown, _, _ in options)
    print(f"{file.name}: {len(options)} options, {dict(counted)}")
    assert counted["changed"] == 0
    for shown, option, value in options:
        if fates[shown] == "carried" and not str(value).startswith("%(here)s"):
            assert option is not None and written["galaxy"][option] == value, shown
    for row in report["options"]:
        if row["became"] == "moved":
            assert said_at(written, row["what"].split(",")[0]), row
    accepted(galaxy, config)
    if name == "galaxy.ini":
        assert (config / name).read_bytes() == file.read_bytes()
