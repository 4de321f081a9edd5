"""Try galaxy-setup from a checkout, with nothing but Python: `python3 -m wizard.tryout`.

Makes `.venv` in the checkout, installs the checkout into it, and starts the wizard with the preset `trial` on
the scratch root `.scratch`, so that nothing outside the checkout is touched. Without a terminal it does the
same work headless and lists the files that it wrote. Everything here is standard library: the environment
does not exist yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
SCRATCH = CHECKOUT / ".scratch"
OLDEST = (3, 10)


class Stop(Exception):
    """The trial cannot go on; the text is the one line that the user reads."""


def python() -> str:
    """A Python that can run galaxy-setup: this one, or a newer one on PATH where this one is too old."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in (13, 12, 11, 10):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    here = ".".join(map(str, sys.version_info[:2]))
    raise Stop(f"python3 is {here}; galaxy-setup needs 3.10 or newer: install one (any name python3.NN)")


def last_line(text: str) -> str:
    """The line of a program's output that says most: its last one with ERROR, else its last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ([line for line in lines if line.startswith("ERROR: ")] or lines or ["it said nothing"])[-1]


def make_environment() -> Path:
    """The command `galaxy-setup` in an environment of its own, installed from this checkout."""
    base = python()
    installed = ENVIRONMENT / "bin" / "galaxy-setup"
    if not (ENVIRONMENT / "bin" / "pip").exists():
        if (
            subprocess.run(
                [base, "-c", "import venv, ensurepip"], capture_output=True, check=False
            ).returncode
            != 0
        ):
            raise Stop(
                "this Python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"
            )
        say(f"making an environment in {shown(ENVIRONMENT)}")
        run = subprocess.run(
            [base, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise Stop(f"cannot make {shown(ENVIRONMENT)}: {last_line(run.stdout + run.stderr)}")
    # Editable: later runs use the checkout as it is then, and need no network unless its requirements changed.
    stamp = ENVIRONMENT / "installed-for"
    wanted = f"{CHECKOUT}\n{(CHECKOUT / 'pyproject.toml').read_text()}"
    if not (installed.exists() and stamp.exists() and stamp.read_text() == wanted):
        say(f"installing galaxy-setup and its libraries into {shown(ENVIRONMENT)} (about a minute)")
        pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
        run = subprocess.run(
            [*pip, "--quiet", "--editable", str(CHECKOUT)], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise Stop(f"pip could not install (is there a network?): {last_line(run.stderr)}")
        stamp.write_text(wanted)
    return installed


def start(command: Path) -> int:
    """The wizard where there is a terminal, the headless run where there is none. Its exit status."""
    root = ["--root", str(SCRATCH)]
    if sys.stdin.isatty() and sys.stdout.isatty():
        say(f"starting the wizard; it writes below {shown(SCRATCH)} only")
        return subprocess.run([str(command), "--preset", "trial", *root], check=False).returncode
    say(f"no terminal: applying the preset trial below {shown(SCRATCH)}")
    status = subprocess.run([str(command), "--answers", "trial", *root], check=False).returncode
    if status == 0:
        for file in sorted(path for path in SCRATCH.rglob("*") if path.is_file()):
            print(shown(file))
    return status


def shown(path: Path) -> str:
    """A path as the user would write it from where they stand."""
    return os.path.relpath(path)


def say(text: str) -> None:
    print(f"tryout: {text}", file=sys.stderr, flush=True)


def main() -> int:
    try:
        return start(make_environment())
    except Stop as stop:
        say(str(stop))
    except OSError as error:
        say(f"{error.filename or 'trial'}: {error.strerror or error}")
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main())
