"""The real programs that read our files, asked what they think of them.

Galaxy and Gravity live in an environment of their own (its Python stands in GALAXY_SETUP_CONSUMERS; `python3
-m tests` makes it). The scripts beside this module run there: each takes a file's path and prints one JSON
object, with exit status 0 when the program accepts the file and 1 when it refuses it. nginx is asked with its
own `nginx -t`.

A program that is not there is a visible skip on a laptop and a failure where CI=true.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

SCRIPTS = Path(__file__).parent
ENVIRONMENT_VARIABLE = "GALAXY_SETUP_CONSUMERS"
SECONDS = 180


def on_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def missing(what: str) -> NoReturn:
    """Leave the test because a program is not there: a skip on a laptop, a failure on CI."""
    if on_ci():
        pytest.fail(f"{what} (CI=true allows no skip)", pytrace=False)
    pytest.skip(what)


def need_tool(name: str) -> str:
    """Path of a program, or (by its path) of a file of one. Also looks where a plain user's PATH does not (nginx lives
    in sbin)."""
    if name.startswith("/"):
        return name if Path(name).exists() else missing(f"{name} is not installed")
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    return shutil.which(name, path=path) or missing(f"{name} is not installed")


def galaxy_python() -> str:
    """Path of the Python that has Galaxy and Gravity."""
    python = os.environ.get(ENVIRONMENT_VARIABLE)
    if not python:
        missing(f"Galaxy is not here: {ENVIRONMENT_VARIABLE} is not set; `python3 -m tests` sets it")
    if not Path(python).exists():
        missing(f"Galaxy is not here: {ENVIRONMENT_VARIABLE} names {python}, which does not exist")
    return python


def uwsgi_program() -> str:
    """Path of uWSGI as PyPI has it: beside Galaxy's Python, else where programs are."""
    python = os.environ.get(ENVIRONMENT_VARIABLE)
    beside = shutil.which("uwsgi", path=str(Path(python).parent)) if python else None
    return beside or need_tool("uwsgi")


class Forks:
    """A process of Galaxy's Python that has Galaxy imported, and forks for each script: see `forking`."""

    def __init__(self, python: str) -> None:
        # -I: neither this folder nor the checkout may hide one of Galaxy's own modules.
        command = [python, "-I", str(SCRIPTS / "forking.py")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, script: Path, args: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a script to its end, in this process' directory and environment."""
        said, asked = self._process.stdout, self._process.stdin
        assert said is not None and asked is not None
        with tempfile.NamedTemporaryFile() as stdout, tempfile.NamedTemporaryFile() as stderr:
            request = {
                "script": str(script),
                "args": args,
                "cwd": str(Path.cwd()),
                "env": dict(os.environ),
                "seconds": SECONDS,
                "stdout": stdout.name,
                "stderr": stderr.name,
            }
            asked.write(json.dumps(request) + "\n")
            asked.flush()
            status = said.readline()
            if not status:
                raise AssertionError(f"Galaxy's Python ended (exit {self._process.wait()}) at {script}")
            return subprocess.CompletedProcess(
                args, int(status), stdout.read().decode(), stderr.read().decode()
            )


@cache
def forks(python: str) -> Forks:
    """The one process for all questions to this Python; it ends with the tests, as its input does."""
    return Forks(python)


def ask(name: str, *args: str | Path) -> dict[str, Any]:
    """What the consumer `name` (a script beside this module) says of a file.

    The answer has `ok` (bool), `problems` (list of str) and what that consumer saw. `ask` fails when the
    script itself breaks: that is no verdict on the file.
    """
    run = forks(galaxy_python()).run(SCRIPTS / f"{name}.py", list(map(str, args)))
    try:
        answer = json.loads(run.stdout)
    except json.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or run.returncode not in (0, 1):
        raise AssertionError(f"{name} gave no answer (exit {run.returncode}):\n{run.stdout}\n{run.stderr}")
    assert answer["ok"] == (run.returncode == 0), f"{name}: exit {run.returncode} beside {answer}"
    return answer


def installed(root: Path, place: Path) -> Path:
    """A copy, at `place`, of what was written below `--root`, whose absolute paths lead into the copy.

    Files written below a root name each other by the paths that they will have without it (`/srv/galaxy/...`); a
    program that reads one must find the others. Paths outside the root's own top directories stay as they are.
    """
    shutil.copytree(root, place)
    tops = "|".join(re.escape(top.name) for top in root.iterdir() if top.is_dir())
    for file in place.rglob("*"):
        if file.is_file() and not file.is_symlink():
            file.write_text(re.sub(rf"(?<![\w./~-])/({tops})(?=/)", rf"{place}/\1", file.read_text()))
    return place


@dataclass(frozen=True)
class Verdict:
    """What a program said of a file; true when it accepted it."""

    accepted: bool
    said: str

    def __bool__(self) -> bool:
        return self.accepted


NGINX_MAIN = """\
pid {here}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    include {here}/site.conf;
}}
"""

ARGUMENT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^;\s"']+)"""


def nginx_accepts(site_text: str, tmp_path: Path) -> Verdict:
    """Whether `nginx -t` accepts a site, included in the http block of a throw-away main configuration.

    Only what a test of the syntax must not need of this machine is replaced, and only as a whole argument:
    the files of certificates that are not there (a fresh self-signed pair), logs (written below tmp_path),
    and, where this user or this kernel cannot bind them, ports below 1024 and IPv6 addresses.
    """
    return _nginx(site_text, tmp_path, "-t")


def nginx_dumps(site_text: str, tmp_path: Path) -> Verdict:
    """As `nginx_accepts`; what it says of a site that it accepts is the configuration as it read it."""
    return _nginx(site_text, tmp_path, "-T")


def _nginx(site_text: str, tmp_path: Path, option: str) -> Verdict:
    nginx = need_tool("nginx")
    here = tmp_path / "nginx"
    here.mkdir(exist_ok=True)
    for name in ("mime.types", "uwsgi_params", "proxy_params", "fastcgi_params"):
        if (system := Path("/etc/nginx") / name).exists() and not (here / name).exists():
            (here / name).symlink_to(system)
    (here / "site.conf").write_text(_for_this_machine(site_text, here))
    (here / "main.conf").write_text(NGINX_MAIN.format(here=here))
    command = [nginx, option, "-e", "stderr", "-p", str(here), "-c", str(here / "main.conf")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    dumped = option == "-T" and run.returncode == 0
    return Verdict(run.returncode == 0, run.stdout if dumped else run.stderr)


def _for_this_machine(site: str, here: Path) -> str:
    if re.search(r"^\s*ssl_certificate", site, re.MULTILINE):
        certificate, key = self_signed(here)
        for name, file in (("ssl_(?:trusted_)?certificate", certificate), ("ssl_certificate_key", key)):
            site = re.sub(
                rf"^(\s*{name}\s+){ARGUMENT}",
                lambda found, file=file: found[0] if Path(found[2]).is_file() else f"{found[1]}{file}",  # type: ignore[misc]
                site,
                flags=re.M,
            )
    site = re.sub(
        rf"^(\s*(?:access|error)_log\s+)(?!off\b|stderr\b){ARGUMENT}", rf"\g<1>{here}/log", site, flags=re.M
    )
    if not _has_ipv6():
        site = re.sub(r"^\s*listen\s+\[[^;]*;", "", site, flags=re.M)
    if os.geteuid() != 0:
        site = re.sub(
            r"^(\s*listen\s+(?:[\w.*]+:|\[[\w:]*\]:)?)(\d{1,3})\b(?!\.)", r"\g<1>20\g<2>", site, flags=re.M
        )
    return site


def self_signed(here: Path) -> tuple[Path, Path]:
    """A certificate and its key in `here`, made when first asked for."""
    certificate, key = here / "certificate.pem", here / "key.pem"
    if not certificate.exists():
        request = [need_tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        subprocess.run(
            [*request, "-subj", "/CN=galaxy.example.org", "-keyout", str(key), "-out", str(certificate)],
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    return certificate, key


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True
