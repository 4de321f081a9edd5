"""The server that is set up, and what has to be true of it."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.__main__ import CHECKOUT
from tests.end_to_end.browser import Browser, plain
from tests.end_to_end.faults import Fault
from tests.end_to_end.machine import Machine

NAME, MAIL = "galaxy.example.org", "ada@example.org"
ANSWERS = Path(__file__).parent / "answers.toml"
STATE = "/srv/galaxy/config/galaxy-setup.toml"
HANDLERS = ("handler_0", "handler_1")
_SOURCE = ("wizard", "screens", "presets", "pyproject.toml", "README.md", "LICENSE")
_RUN_SECONDS = 1500.0
_MAY_BE_SKIPPED = {
    "proxy.selinux": "Debian has no SELinux",
    "machine.ports": "Galaxy has no port here: nginx reaches it by a socket",
    "proxy.upload-store": "Galaxy itself takes uploads",
    "files.shared": "one machine shares nothing",
    "cluster.drmaa": "no runner of DRMAA is answered",
    "cluster.commands": "jobs run on this machine",
}
"""Checks that cannot say anything of this server, each with the reason; any other one that is skipped is a failure."""


@dataclass
class Server:
    """A server on a machine, from the answers to a Galaxy that is used."""

    machine: Machine

    # -- set up

    def install(self) -> str | None:
        """galaxy-setup, from this checkout; and the certificate, which a person puts there."""
        source = self.machine.root / "root/galaxy-setup"
        source.mkdir(parents=True)
        for name in _SOURCE:
            place = CHECKOUT / name
            if place.is_dir():
                shutil.copytree(place, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(place, source / name)
        self.machine.sh(
            "python3 -m venv /opt/galaxy-setup\n"
            "/opt/galaxy-setup/bin/pip install --quiet /root/galaxy-setup\n"
            "ln -s /opt/galaxy-setup/bin/galaxy-setup /usr/local/bin/galaxy-setup\n",
            seconds=600,
        )
        self.machine.sh(
            "mkdir /etc/ssl/galaxy && cd /etc/ssl/galaxy && umask 077\n"
            f"openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN={NAME} -addext subjectAltName=DNS:{NAME}"
            " -keyout galaxy.key -out galaxy.pem 2> /dev/null\n"
            "chmod 644 galaxy.pem\n"
        )
        return self.machine.do("galaxy-setup", "--version").strip()

    def apply(self, answers: Path = ANSWERS) -> str | None:
        """The files of the answers; a second time there is nothing to do."""
        self.machine.write(f"/root/{answers.name}", answers.read_text(), 0o600)
        print(self.machine.do("galaxy-setup", "--answers", f"/root/{answers.name}"), flush=True)
        self.machine.do("galaxy-setup", "diff", "--answers", f"/root/{answers.name}")
        return None

    def steps(self) -> str | None:
        """What is left, done."""
        ran = self.machine.run(
            "galaxy-setup", "steps", "--state", STATE, "--run", seconds=_RUN_SECONDS, said=True
        )
        assert ran.status == 0, f"steps --run: exit {ran.status}"
        found = self.machine.do("/srv/galaxy/venv/bin/pip", "list", "--format=freeze")
        release = re.search(r"^galaxy==(26\.1\S*)", found, re.MULTILINE)
        assert release is not None, found
        return f"Galaxy {release[1]} from PyPI"

    def nothing_left(self) -> str | None:
        """Every step is done; run once more, none does anything."""
        said = json.loads(self.machine.do("galaxy-setup", "steps", "--state", STATE, "--json"))
        states = {one["code"]: (one["state"], one["because"]) for one in said["steps"]}
        left = {code: state for code, state in states.items() if state[0] != "done"}
        assert not left, left
        again = json.loads(self.machine.do("galaxy-setup", "steps", "--state", STATE, "--run", "--json"))
        outcomes = {one["outcome"] for one in again["steps"]}
        assert outcomes == {"done"}, again
        return f"{len(states)} steps are done"

    # -- used

    @cached_property
    def browser(self) -> Browser:
        """Ada, who registers first of all and is an administrator by the answers."""
        found = self.visitor()
        found.register(MAIL)
        return found

    def visitor(self) -> Browser:
        """Somebody without an account."""
        return Browser(NAME, self.machine.root / "etc/ssl/galaxy/galaxy.pem")

    def version(self) -> str | None:
        """Galaxy's release, by TLS; who comes without is sent there."""
        said = self.visitor().ask("GET", "/api/version")
        assert said.status == 200, (said.status, said.body)
        assert said.headers["server"].startswith("nginx"), said.headers
        assert said.json()["version_major"] == "26.1", said.json()
        there = plain(NAME, "/api/version")
        assert there.status in (301, 302, 308), there.status
        assert there.headers["location"] == f"https://{NAME}/api/version", there.headers
        return str(said.json())

    def static_files(self) -> str | None:
        """A script of the client, as nginx sends it."""
        page = self.visitor().ask("GET", "/")
        assert page.status == 200, page.status
        named = re.search(rb'/static/dist/[^"?]+\.js', page.body)
        assert named is not None, page.body[:2000]
        path = named[0].decode()
        file = f"/srv/galaxy/server{path}"
        script = self.visitor().ask("GET", path)
        assert script.status == 200, script.status
        assert script.body.decode() == self.machine.do("cat", file)
        # nginx's tag of a file: its time and size in hexadecimal digits. Galaxy's is another one.
        changed, size = self.machine.do("stat", "-L", "-c", "%Y %s", file).split()
        assert script.headers["etag"] == f'"{int(changed):x}-{int(size):x}"', script.headers
        assert "expires" in script.headers, script.headers
        return path

    def celery_task(self) -> str | None:
        """A task whose result is asked for through the API, and an upload, which Celery does too."""
        task = self.browser.api("PUT", "users/current/recalculate_disk_usage")["id"]
        until, state = time.monotonic() + 120, ""
        while (state := self.browser.api("GET", f"tasks/{task}/state")) != "SUCCESS":
            assert time.monotonic() < until, f"the task is {state} after two minutes"
            time.sleep(1)
        job = self.browser.job_of(self.uploaded)
        assert job["state"] == "ok", job
        assert str(job["handler"]).startswith("celery@"), job["handler"]
        return f"the upload by {job['handler']}"

    @cached_property
    def history(self) -> str:
        return str(self.browser.api("POST", "histories", {"name": "from end to end"})["id"])

    @cached_property
    def uploaded(self) -> str:
        return self.browser.upload(self.history, "chr1\t1\t2\n", "a line")

    def job(self) -> str | None:
        """A tool's job comes back from a handler, and nginx sends what it made."""
        made = self.browser.run("cat1", self.history, {"input1": {"src": "hda", "id": self.uploaded}})
        job = self.browser.job_of(made)
        assert job["state"] == "ok", job
        assert job["handler"] in HANDLERS, job["handler"]
        said = self.browser.text(made)
        assert (said.status, said.body) == (200, b"chr1\t1\t2\n"), said
        log = self.machine.do("tail", "-n", "1", "/var/log/nginx/access.log")
        assert f"/api/datasets/{made}/display" in log, log
        return f"on {job['handler']}"

    # -- looked at

    def checked(self) -> tuple[int, dict[str, Any]]:
        """What `galaxy-setup check` says: its exit status, and the JSON."""
        ran = self.machine.run("galaxy-setup", "check", "--state", STATE, "--json", seconds=180)
        assert ran.status in (0, 1), ran.errors
        return ran.status, json.loads(ran.text)

    def well(self, patience: float = 120.0) -> str | None:
        """No check fails or warns, no advice does, and none is skipped that could say something."""
        until = time.monotonic() + patience
        while True:
            status, said = self.checked()
            wrong = faults_of(said)
            if not wrong or time.monotonic() > until:
                break
            time.sleep(2)
        assert not wrong, "\n".join(wrong)
        assert status == 0, f"check: exit {status}, and nothing is wrong"
        skipped = [
            one for one in said["checks"] if one["state"] == "skipped" and one["code"] not in _MAY_BE_SKIPPED
        ]
        assert not skipped, skipped
        counted = sum(one["state"] == "ok" for one in said["checks"])
        return f"{counted} checks are ok"

    def broken(self, fault: Fault) -> str | None:
        """The fault is named by its code; mended, all is well again."""
        self.machine.sh(fault.breaks)
        status, said = self.checked()
        wrong = faults_of(said)
        print("\n".join(wrong), flush=True)
        assert status == 1, f"check: exit {status}"
        codes = codes_of(said)
        assert fault.code in codes, f"{fault.code} is not among {', '.join(codes)}"
        assert fault.never not in codes, f"{fault.never} is said, which is not so"
        self.machine.sh(fault.mends)
        self.well(fault.patience)
        return f"named {', '.join(codes)}"

    def mended(self, fault: Fault) -> str | None:
        """After a fault that was not named: is the server well for the next one?"""
        self.machine.sh(fault.mends)
        return self.well(fault.patience)

    def logs(self) -> str:
        """The ends of what the programs wrote, for whoever looks for the cause of a failure."""
        where = "/srv/galaxy/log/*.log /srv/galaxy/data/gravity/log/*.log /var/log/nginx/error.log"
        return self.machine.run("sh", "-c", f"tail -n 30 {where} 2> /dev/null").text


def faults_of(said: dict[str, Any]) -> list[str]:
    """A line for each check and advice that finds something wrong."""
    advice = [f"{one['level']} {one['code']}: {one}" for one in said["advice"] if one["level"] != "note"]
    checks = [one for one in said["checks"] if one["state"] in ("warn", "fail")]
    return [*advice, *(f"{one['state']} {one['code']}: {one['what']}" for one in checks)]


def codes_of(said: dict[str, Any]) -> Sequence[str]:
    return [one["code"] for one in said["checks"] if one["state"] in ("warn", "fail")]
