"""Programs that are asked about planted files: what they are given, what they see, and what becomes of their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.planted.room import Room
from tests.planted.test_commands import WHAT
from tests.planted.values import found_in

PROGRAM = """\
#!/usr/bin/python3
import json, os, resource, sys
from pathlib import Path
words = sys.argv[1:]
room = next(word for word in [*words, os.environ.get("SYSTEMD_UNIT_PATH", "")] if "galaxy-setup." in word)
parts = Path(room.rstrip(":")).parts
top = Path(*parts[: next(n for n, part in enumerate(parts) if part.startswith("galaxy-setup.")) + 1])
files = [path for path in top.rglob("*") if path.is_file() and not path.is_symlink()]
texts = [(path, enumerate(path.read_text().splitlines(), 1)) for path in files]
lines = [(path, n, line.strip()) for path, numbered in texts for n, line in numbered if "hEad" in line]
seen = {
    "words": sys.argv,
    "environment": Path("/proc/self/environ").read_bytes().decode("latin-1"),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "top": top.stat().st_mode & 0o777,
    "modes": [path.stat().st_mode & 0o777 for path in files],
    "secrets": len(lines),
    "input": os.path.realpath("/proc/self/fd/0"),
}
with open(@NOTES@, "a") as notes:
    notes.write(json.dumps(seen) + "\\n")
manner = @MANNER@
for path, n, line in lines:
    said = {"quoted": f'"{line}"', "bare": line, "half": line[: len(line) * 2 // 3], "parts": " ".join(line.split("-")),
            "nowhere": line, "elsewhere": line, "long": "x " * 140 + line}[manner]
    if manner == "elsewhere":
        path = "/etc/other.conf"
    if manner == "nowhere":
        print(f"nginx: [emerg] {said}\\n: fatal: {said}\\nSyntax: {said}")
        continue
    print(f"nginx: [emerg] {said} in {path}:{n}")
    print(f"AH00526: Syntax error on line {n} of {path}:\\n{said}")
    print(f"x: fatal: {said} on line {n} of '{path}'")
    print(f"error: {path}:{n} {said}")
    print(f"{path}:{n}: {said}")
    print(f"{path}: line {n}: {said}")
sys.exit(1)
"""
DRIVER = """
import sys
from dataclasses import replace
from wizard import cli
from wizard.commands import apply
from wizard.consumers.judging import CONSUMERS, judge, need_accepted
real = apply.planned
asked = tuple(replace(one, program=lambda: {program!r}, only_root=False) for one in CONSUMERS)
def planned(work):
    plan = real(work)
    need_accepted(judge(plan.pending, work.disk, asked))
    return plan
apply.planned = planned
sys.exit(cli.main())
"""


@pytest.mark.parametrize("scene", ["gunicorn", "urls"])
@pytest.mark.parametrize("manner", ["quoted", "bare", "half", "parts", "nowhere", "elsewhere", "long"])
def test_a_program_gets_no_secret_but_in_private_files_and_is_not_quoted(
    scene: str, manner: str, tmp_path: Path
) -> None:
    room = Room(tmp_path / "room", scene, "env")
    room.place.mkdir()
    room.plant()
    for name in ("nginx/nginx.conf", "apache2/apache2.conf", "proftpd/proftpd.conf"):
        file = room.place / "x/etc" / name
        file.parent.mkdir(parents=True)
        file.write_text("")
    notes = tmp_path / "notes"
    program = tmp_path / "apache2"
    program.write_text(PROGRAM.replace("@NOTES@", repr(str(notes))).replace("@MANNER@", repr(manner)))
    program.chmod(0o755)
    placed = manner not in ("nowhere", "elsewhere")
    driver = DRIVER.format(program=str(program))
    said = room.run("apply", "--yes", *WHAT, status=4 if placed else None, program=("-c", driver))
    assert "refuses" in said or not placed
    seen = [json.loads(line) for line in notes.read_text().splitlines()]
    assert any(one["secrets"] for one in seen), "a program saw the files"
    for one in seen:
        assert not found_in(json.dumps([one["words"], one["environment"]]).encode(), room.secrets)
        assert "PLANTED" not in one["environment"]
        assert one["core"] == [0, 0] and one["input"] == "/dev/null"
        assert one["top"] == 0o700 and not any(mode & 0o077 for mode in one["modes"])
    assert not list((room.place / "tmp").iterdir())
