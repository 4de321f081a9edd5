"""Run every check of this project, from nothing but Python: `python3 -m tests`.

Makes its own environments below `.tests/` (kept while their requirements stay the same), installs what is
missing, then runs: ruff, mypy, a wheel that is built and used, all tests on this Python with the real Galaxy,
Gravity, nginx and other programs and with the samples of all of Galaxy's releases, and on the oldest and the
newest supported Python found on PATH the engine's, the command line's and the wizard's tests that need none of those.
What is missing is said and left out on a laptop; with CI=true it is a failure.

    python3 -m tests                 everything
    python3 -m tests --quick         this Python only, without Galaxy and Gravity
    python3 -m tests -- -k nginx     what follows -- goes to pytest

Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.laws import samples

CHECKOUT = Path(__file__).resolve().parent.parent
PLACE = CHECKOUT / ".tests"
SUPPORTED = ((3, 10), (3, 13))
"""The oldest and the newest Python that users have: what runs on both runs between them."""
CODE = ["wizard", "screens", "presets", "tests", "benchmarks"]

# The program that a test runs, and the Debian package that has it.
TOOLS = {
    "nginx": "nginx",
    "tmux": "tmux",
    "patch": "patch",
    "openssl": "openssl",
    "git": "git",
    "apache2": "apache2-bin",
    "/etc/apache2/apache2.conf": "apache2",
    "proftpd": "proftpd-core",
    "/usr/lib/proftpd/mod_sql_postgres.so": "proftpd-mod-pgsql",
    "/usr/lib/proftpd/mod_sql_passwd.so": "proftpd-mod-crypto",
    "/usr/lib/apache2/modules/mod_xsendfile.so": "libapache2-mod-xsendfile",
    "/usr/lib/apache2/modules/mod_auth_gssapi.so": "libapache2-mod-auth-gssapi",
    "pg_lsclusters": "postgresql",
    "systemd-analyze": "systemd",
    "logrotate": "logrotate",
    "crontab": "cron",
    "redis-server": "redis-server",
    "rabbitmq-server": "rabbitmq-server",
    "mariadbd": "mariadb-server",
    "shellcheck": "shellcheck",
    "xmllint": "libxml2-utils",
    "dash": "dash",
    "setpriv": "util-linux",
    "gcc": "gcc",
    "/usr/include/dirent.h": "libc6-dev",
    # What uWSGI is built with beside these, for HTTPS.
    "/usr/include/openssl/ssl.h": "libssl-dev",
}

GALAXY = ["galaxy==26.1.2", "psycopg2-binary", "redis>=5.3,<6", "uwsgi"]
# The galaxy package pins each dependency to one version; not every index has that one of certifi.
GALAXY_OVERRIDES = "certifi>=2024.7.4\n"

# A quarter of their time tests wait for the programs that they start: one more than there are processors.
AT_A_TIME = str(min(8, (os.cpu_count() or 1) + 1))

# Environments are made from the Python below an environment, so that running this in one of them works too.
PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable

SUMMARY = re.compile(r"\d+ (passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s|no tests ran in")


class CannotRun(Exception):
    """A step that could not even start; the text is one line for the user."""


class Report:
    """The steps that ran: their names, results, seconds, and pytest's own summaries."""

    def __init__(self) -> None:
        self.strict = os.environ.get("CI", "").lower() in ("1", "true", "yes")
        self.rows: list[tuple[str, str, float]] = []
        self.summaries: list[tuple[str, str]] = []

    def step(
        self,
        name: str,
        *command: str | Path,
        env: dict[str, str] | None = None,
        accepted: tuple[int, ...] = (0,),
    ) -> bool:
        """Run one command, show its output as it comes, note its result. True when its status is accepted."""
        print(f"\n--- {name}", flush=True)
        started = time.perf_counter()
        # Thousands of processes of ours are started: all but the first find the modules compiled, as users do.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= env or {}
        summary = ""
        with subprocess.Popen(
            [str(part) for part in command],
            cwd=CHECKOUT,
            env=environment,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                if SUMMARY.search(line):
                    summary = line.rstrip("\n")
        fine = process.returncode in accepted
        self.note(name, "ok" if fine else f"FAILED (exit {process.returncode})", started)
        if summary:
            self.summaries.append((name, summary))
        return fine

    def note(self, name: str, result: str, started: float | None = None) -> None:
        seconds = time.perf_counter() - started if started is not None else 0.0
        self.rows.append((name, result, seconds))
        print(f"--- {name}: {result}, {seconds:.1f} s", flush=True)

    def missing(self, name: str, what: str) -> None:
        """Something is not there: a failure on CI, a visible skip elsewhere."""
        self.note(name, f"FAILED: {what}" if self.strict else f"skipped: {what}")

    def finish(self) -> int:
        """Print all steps, then pytest's summaries, this Python's last. The exit status."""
        print("\n=== steps")
        for name, result, seconds in self.rows:
            print(f"{seconds:7.1f} s  {name}: {result}")
        for name, summary in reversed(self.summaries):
            print(f"\n{name}\n{summary}")
        sys.stdout.flush()
        return 1 if any(result.startswith("FAILED") for _, result, _ in self.rows) else 0


# --- what the machine has


def answers(command: str, code: str, **variables: str) -> str | None:
    """What a Python prints, or None when it does not run (a version manager's shim may stand for nothing)."""
    try:
        run = subprocess.run(
            [command, "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **variables},
        )
    except OSError:
        return None
    return run.stdout.strip() if run.returncode == 0 else None


def find_python(version: tuple[int, int]) -> str | None:
    """The real path of a supported Python on PATH. A pyenv shim runs what it is told of only, so tell it."""
    name = "python{}.{}".format(*version)
    found = shutil.which(name)
    if found is None:
        return None
    where = "import sys; print(sys.executable)"
    return answers(found, where) or answers(found, where, PYENV_VERSION="{}.{}".format(*version))


def on_path(tool: str) -> bool:
    """Whether a program, or (by its path) a module of one, is there."""
    if tool.startswith("/"):
        return Path(tool).exists()
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    return shutil.which(tool, path=path) is not None


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages, when this is Debian and we may. True when apt-get says that it did."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    print(f"installing Debian packages: {' '.join(packages)}", flush=True)
    for command in (install, ["apt-get", "update", "-qq"], install):
        # On a fresh machine the first try fails for want of package lists.
        done = subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode == 0
        if done and command is install:
            return True
    return False


def install_tools(report: Report) -> None:
    absent = [tool for tool in TOOLS if not on_path(tool)]
    if absent:
        apt_install([TOOLS[tool] for tool in absent])
    for tool in absent:
        if not on_path(tool):
            report.missing(tool, f"not installed (Debian package {TOOLS[tool]})")


# --- environments


def run_quietly(what: str, *command: str | Path) -> None:
    print(what, flush=True)
    run = subprocess.run(
        [str(part) for part in command], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise CannotRun(f"{what}: failed\n{run.stdout}{run.stderr}".rstrip())


def make_uv() -> Path:
    """The installer `uv`, in an environment of its own. pip cannot override the pins of Galaxy's package."""
    uv = PLACE / "uv" / "bin" / "uv"
    if not uv.exists():
        if answers(PYTHON, "import venv, ensurepip") is None:
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            # The distribution's python3 may be a newer one than its python3-venv names: ask for both.
            if not (apt_install(["python3-venv"]) or apt_install([package])):
                raise CannotRun(f"this Python cannot make environments; on Debian: apt-get install {package}")
        run_quietly("making .tests/uv", PYTHON, "-m", "venv", "--clear", PLACE / "uv")
        run_quietly("installing uv", PLACE / "uv" / "bin" / "python", "-m", "pip", "install", "--quiet", "uv")
    return uv


def make_environment(uv: Path, name: str, python: str, requirements: list[str], *options: str | Path) -> Path:
    """The Python of environment `name` with the requirements; made anew only when any of this changed."""
    place = PLACE / name
    inside = place / "bin" / "python"
    stamp = place / "requirements.sha256"
    pyproject = (CHECKOUT / "pyproject.toml").read_bytes() if "-e" in requirements else b""
    parts = [
        python,
        answers(python, "import sys; print(sys.version)") or "",
        *requirements,
        *map(str, options),
    ]
    wanted = hashlib.sha256("\0".join(parts).encode() + pyproject).hexdigest()
    if not (inside.exists() and stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(place, ignore_errors=True)
        run_quietly(f"making .tests/{name}", uv, "venv", "--quiet", "--python", python, place)
        install = [uv, "pip", "install", "--quiet", "--python", inside, *options, *requirements]
        run_quietly(f"installing into .tests/{name}: {' '.join(requirements)}", *install)
        stamp.write_text(wanted)
    return inside


def make_galaxy(uv: Path, python: str) -> Path:
    overrides = PLACE / "galaxy-overrides.txt"
    overrides.write_text(GALAXY_OVERRIDES)
    return make_environment(uv, "galaxy", python, GALAXY, "--override", overrides)


def fetch_samples(report: Report) -> dict[str, str]:
    """Galaxy's own samples of every release that PyPI has, below .tests/samples; what tells the tests the place."""
    started = time.perf_counter()
    place = PLACE / "samples"
    try:
        fetched = samples.fetch(PLACE / "uv" / "bin" / "python", place)
    except samples.CannotFetch as problem:
        report.missing("samples of Galaxy's releases", str(problem))
        return {}
    report.note(
        "samples of Galaxy's releases", f"{len(samples.RELEASES)} are here, {fetched} of them new", started
    )
    return {samples.ENVIRONMENT_VARIABLE: str(place)}


# --- the steps


def check_wheel(report: Report, uv: Path, python: str) -> None:
    """What users install has the data, and runs in an environment that has nothing else."""
    out = PLACE / "wheel"
    shutil.rmtree(out, ignore_errors=True)
    build: list[str | Path] = [uv, "build", "--quiet", "--wheel", "--python", python, "--out-dir", out]
    if not report.step("wheel: build", *build):
        return
    wheel = next(out.glob("*.whl"))
    data = [*CHECKOUT.glob("presets/*.toml"), *CHECKOUT.glob("wizard/releases/*.json")]
    names = sorted(str(path.relative_to(CHECKOUT)) for path in data)
    look = f"import sys, zipfile; held = set(zipfile.ZipFile({str(wheel)!r}).namelist())\n"
    look += f"print(len(held), 'files'); sys.exit(sorted(set({names!r}) - held) or 0)"
    report.step("wheel: holds the presets and the releases", python, "-c", look)
    environment = out / "environment"
    if report.step(
        "wheel: environment", uv, "venv", "--quiet", "--python", python, environment
    ) and report.step(
        "wheel: install", uv, "pip", "install", "--quiet", "--python", environment / "bin" / "python", wheel
    ):
        report.step("wheel: galaxy-setup --version", environment / "bin" / "galaxy-setup", "--version")


def name_of(python: str) -> str:
    return "Python " + (answers(python, "import platform; print(platform.python_version())") or "?")


def run_pytest(
    report: Report,
    label: str,
    inside: Path,
    marks: str,
    arguments: list[str],
    env: dict[str, str] | None = None,
    without: Sequence[str] = (),
) -> None:
    """The tests, some at a time, `without` these rooms, with the commands of their environment first on PATH."""
    environment = {"PATH": f"{inside.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}", **(env or {})}
    selected = ["-m", marks] if marks else []
    left_out = [f"--ignore=tests/{room}" for room in without]
    # 5: no test was selected, which is no failure when the user selected.
    accepted = (0, 5) if arguments else (0,)
    # The slowest tests stand last: a worker that has no more of its own takes over some of the other's.
    shared = ["-n", AT_A_TIME, "--dist", "worksteal"]
    command: list[str | Path] = [inside, "-m", "pytest", *shared, *selected, *left_out, *arguments]
    report.step(label, *command, env=environment, accepted=accepted)


def run_here(report: Report, uv: Path, quick: bool, arguments: list[str]) -> None:
    """Style, types, the wheel and all tests, on the Python that runs this."""
    inside = make_environment(uv, "python{}.{}".format(*sys.version_info), PYTHON, ["-e", ".[test]"])
    code = [part for part in CODE if any((CHECKOUT / part).rglob("*.py"))]
    report.step("ruff check", inside, "-m", "ruff", "check", "--output-format", "concise", *code)
    report.step("ruff format", inside, "-m", "ruff", "format", "--check", *code)
    report.step("mypy", inside, "-m", "mypy", *code)
    if quick:
        run_pytest(report, f"{name_of(PYTHON)}: without Galaxy", inside, "not consumer", arguments)
        return
    check_wheel(report, uv, PYTHON)
    galaxy = fetch_samples(report)
    try:
        galaxy["GALAXY_SETUP_CONSUMERS"] = str(make_galaxy(uv, PYTHON))
    except CannotRun as problem:
        report.missing("Galaxy", str(problem))
    run_pytest(report, f"{name_of(PYTHON)}: all tests", inside, "", arguments, galaxy)


def run_on(report: Report, uv: Path, version: tuple[int, int], arguments: list[str]) -> None:
    """The tests that need no other program, on another Python."""
    label = "Python {}.{}".format(*version)
    python = find_python(version)
    if python is None:
        report.missing(label, "not found on PATH")
        return
    try:
        inside = make_environment(uv, "python{}.{}".format(*version), python, ["-e", ".[test]"])
    except CannotRun as problem:
        report.note(label, f"FAILED: {problem}")
        return
    # Texts are read and written the same on every Python: documents, lenses, installs and upgrades are tried once, on
    # the Python that runs this, with hostile values and planted secrets, and so are faults at its calls of libc, the
    # running servers that checks and steps look at, the rules of advice and the facts of releases; edits by hand of
    # every line, too. Here the rest is, which goes through them all: the engine, the command line, the wizard.
    once = ["advice", "checks", "documents", "exporting", "faults", "files", "hostile", "laws", "planted"]
    once += ["releases", "steps", "survey", "upgrading", "verdicts", "test_triage.py"]
    if version == SUPPORTED[0]:
        once.append("screens")  # Textual is the same one on all: the newest Python tries what it draws on
    else:
        once += [f"screens/test_{name}.py" for name in ("ahead", "bytes", "painting")]  # how much it draws
    env = {"GALAXY_SETUP_CORPUS": ""}
    run_pytest(report, name_of(python), inside, "not consumer and not terminal", arguments, env, once)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests", description="Run every check of galaxy-setup.")
    parser.add_argument("--quick", action="store_true", help="this Python only, without Galaxy and Gravity")
    parser.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    arguments = parser.parse_args()
    if sys.version_info < SUPPORTED[0]:
        print("galaxy-setup needs Python 3.10 or newer; run this with a newer one", file=sys.stderr)
        return 2
    report = Report()
    PLACE.mkdir(exist_ok=True)
    try:
        uv = make_uv()
        install_tools(report)
        run_here(report, uv, arguments.quick, arguments.pytest)
    except CannotRun as problem:
        print(f"tests: {problem}", file=sys.stderr)
        return 1
    for version in SUPPORTED if not arguments.quick else ():
        if version != sys.version_info[:2]:
            run_on(report, uv, version, arguments.pytest)
    return report.finish()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
