"""A scratch root with a planted server: commands are run there, and all that they leave is searched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect

from tests.forked import Ran, forked
from tests.planted.scenes import SCENES
from tests.planted.values import Garden, Source, found_in
from tests.test_headless import ROOT

MANAGED = frozenset(
    path
    for path in (
        *(
            f"srv/galaxy/config/{name}"
            for name in ("galaxy.yml", "galaxy.ini", "job_conf.yml", "job_conf.xml")
        ),
        "srv/galaxy/config/object_store_conf.xml",
        "etc/supervisor/conf.d/galaxy.conf",
        *(f"etc/systemd/system/galaxy-{name}.service" for name in ("web", "celery", "handler@")),
    )
)
"""The files that Galaxy itself has to read: their group may, nobody else."""
STATE = "x/srv/galaxy/config/galaxy-setup.toml"


@dataclass
class Room:
    """What is planted below `place`, and what was searched so far."""

    place: Path
    scene: str
    source: Source
    gardens: list[Garden] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    """Secrets that nobody planted: generated ones, and those of edits by hand."""
    outputs: int = 0
    files: int = 0
    size: int = 0
    exposed: set[str] = field(default_factory=set)
    """Files that were everybody's already, below the place, and are to stay so."""

    def plant(self, **changed: Any) -> Garden:
        """Write answers to a.toml with secrets that no earlier ones had; `changed` are tables laid over the scene's."""
        kept = self.place / "x/run/planted"
        kept.mkdir(parents=True, exist_ok=True)
        garden = Garden(self.source, kept, first=sum(len(one.values) for one in self.gardens))
        answers = {**SCENES[self.scene]}
        for table, more in changed.items():
            answers[table] = {**answers.get(table, {}), **more}
        (self.place / "a.toml").write_text(garden.text(answers))
        (self.place / "a.toml").chmod(0o600)
        self.gardens.append(garden)
        return garden

    @property
    def secrets(self) -> list[str]:
        return [*(secret for garden in self.gardens for secret in garden.values.values()), *self.more]

    @property
    def environment(self) -> dict[str, str]:
        """For a run: no variable of the tests' own but those that the answers name."""
        planted = {name: value for garden in self.gardens for name, value in garden.environment.items()}
        kept = {name: value for name, value in os.environ.items() if name != "GALAXY_SETUP_STATE"}
        (self.place / "tmp").mkdir(exist_ok=True)
        own = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(self.place / "tmp")}
        return {**kept, **own, **planted}

    def run(self, *words: str, status: int | None = None, program: Sequence[str] = ()) -> str:
        """Run galaxy-setup without a terminal, search what it says and leaves, and give what it said.

        As `program`, the words of a Python that runs it, it is a process of its own; else a fork of this one.
        """
        ran: Ran | subprocess.CompletedProcess[bytes]
        if program:
            ran = subprocess.run(
                [sys.executable, *program, *words],
                cwd=self.place,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=120,
            )
        else:
            ran = forked(*words, cwd=self.place, env=self.environment)
        said = ran.stdout + ran.stderr
        text = said.decode("utf-8", "replace")
        assert status is None or ran.returncode == status, f"{words}: {ran.returncode}, not {status}:\n{text}"
        assert "Traceback" not in text, text
        self.search(said, " ".join(words))
        return text

    def asked(self, *words: str, answer: str, prompt: str = r"\[y/N\]") -> str:
        """Run it on a terminal, where it shows what it is about to do, and asks."""
        child = pexpect.spawn(
            sys.executable,
            ["-m", "wizard.cli", *words],
            cwd=str(self.place),
            env=self.environment,
            dimensions=(50, 400),
            timeout=120,
        )
        child.expect(prompt)
        said = child.before + child.after
        child.send(answer)
        child.expect(pexpect.EOF)
        child.close()
        said += child.before
        self.search(said, "on a terminal: " + " ".join(words))
        return bytes(said).decode("utf-8", "replace")

    def search(self, output: bytes, what: str) -> None:
        """Look for planted secrets in an output, and in every file that others may read."""
        self.outputs += 1
        self.size += len(output)
        leaked = found_in(output, self.secrets)
        assert not leaked, f"{what} shows {leaked}:\n{output.decode('utf-8', 'replace')}"
        open_files = list(self._open_to_others())
        assert not open_files, f"after {what}, others can read {open_files}"

    def _open_to_others(self) -> Iterator[str]:
        for path in self.place.rglob("*"):
            name = str(path.relative_to(self.place))
            if path.is_symlink() or not path.is_file() or name in self.exposed or self._is_shut(name):
                continue
            mode, allowed = path.stat().st_mode & 0o777, 0o750 if name.partition("/")[2] in MANAGED else 0o700
            if not mode & ~allowed:
                continue
            data = path.read_bytes()
            self.files += 1
            self.size += len(data)
            if found_in(data, self.secrets):
                yield f"{name} ({mode:04o})"

    def _is_shut(self, name: str) -> bool:
        """Whether it is in a tree of --destdir that nobody else may enter."""
        return name.startswith("z/") and not (self.place / "z").stat().st_mode & 0o077

    def managed(self) -> list[Path]:
        """The files that hold secrets and are not galaxy-setup's own."""
        return [
            path
            for path in sorted((self.place / "x").rglob("*"))
            if path.is_file()
            and not {"galaxy-setup.toml", "galaxy-setup.toml.previous", "planted", ".galaxy-setup"}
            & set(path.parts)
            and found_in(path.read_bytes(), self.secrets)
        ]

    def copy(self, place: Path) -> Room:
        """The same room elsewhere, to break something in it."""
        shutil.copytree(self.place, place, symlinks=True)
        return Room(
            place, self.scene, self.source, list(self.gardens), list(self.more), exposed=set(self.exposed)
        )
