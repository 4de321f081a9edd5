"""uWSGI as a judge: it prints its configuration as it read it, and knows every option of it."""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.files.uwsgi_servers import with_tls
from tests.verdicts.judging import Bundle, Verdict, renamed, run, with_certificates

_END = ";end of configuration"


def uwsgi(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """`uwsgi --show-config --strict`: the options of its section, in order; it starts nothing,
    and of what it names it opens the log alone."""
    program = with_tls()
    for folder in ("server", "log", "var"):
        (place / "srv" / "galaxy" / folder).mkdir(parents=True)
    verdicts = []
    for number, bundle in enumerate(bundles):
        ((path, text),) = bundle.items()
        file = place / f"{number}{Path(path).suffix}"
        here, names = with_certificates(text, place)
        here, names = re.sub(r"(?<=[ =:,])/srv/", f"{place}/srv/", here), {**names, f"{place}/srv/": "/srv/"}
        file.write_text(here)
        verdicts.append(_asked(program, file, names))
    return verdicts


def _asked(program: str, file: Path, names: Mapping[str, str]) -> Verdict:
    option = "yaml" if file.suffix == ".yml" else "ini"
    # A clock that there is none of ends uWSGI once it has printed its configuration.
    done = _ended(program, "--strict", "--show-config", f"--{option}", str(file), "--clock", "none-such")
    said = done.stdout + done.stderr + "".join(_logged(file.parent / "srv"))
    told, found, _ = renamed(said, names).partition("\n[uwsgi]\n")[2].partition(_END)
    if not found:
        return Verdict((said.replace(str(file), file.name),))
    own = {"strict = true", "show-config = true", f"{option} = {file}", "clock = none-such"}
    return Verdict((), [line for line in told.splitlines() if line and line not in own])


def _ended(*command: str) -> subprocess.CompletedProcess[str]:
    """A program that has ended, and so has the daemon that it may have made of itself: it has no end of a pipe left."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as reading:
        try:
            done = run(*command, kept=(theirs,))
        finally:
            os.close(theirs)
        select.select([reading], [], [], 60)
    return done


def _logged(place: Path) -> Iterator[str]:
    """What uWSGI wrote to the log that it was told to, which is gone afterwards."""
    for log in [path for path in place.rglob("*") if path.is_file()]:
        yield log.read_text(errors="replace")
        log.unlink()
