"""Every check, over every preset, on this machine as it is: root or not, each comes to its end with results."""

from __future__ import annotations

import os
import pickle
import pwd
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests import preset_hosts
from tests.checks.live import PROXY, looked, needs_root, server_of
from wizard.checks.check import Check, Result

MODULES = (
    "proxy", "proxy_reach", "files", "files_mounts", "cluster", "cluster_drmaa", "machine", "machine_python",
    "certificates",
)  # fmt: skip
CHECKS = {
    check.code: check
    for name in MODULES
    for check in vars(import_module(f"wizard.checks.{name}")).values()
    if isinstance(check, Check)
}
SECTIONS = {"groundwork", "database", "proxy", "cluster", "scaling", "celery", "data"}


def everything(answers: dict[str, Any]) -> dict[str, list[Result]]:
    return {code: looked(check, server_of(answers)) for code, check in CHECKS.items()}


def fit(found: dict[str, list[Result]]) -> Iterator[str]:
    for code, results in found.items():
        if not results:
            yield f"{code} says nothing"
        for one in results:
            if not one.what or one.what.endswith(".") or "\n" in one.what:
                yield f"{one.code}: {one.what!r}"
            if one.state in ("warn", "fail") and not one.way_out:
                yield f"{one.code} has no way out"
            if one.state in ("ok", "skipped") and one.code != code:
                yield f"{code} is well as {one.code}"


def test_checks_have_codes_and_sections_of_their_own() -> None:
    assert len(CHECKS) == 20
    assert {check.section for check in CHECKS.values()} <= SECTIONS
    assert all(
        code.split(".")[0] in ("proxy", "files", "cluster", "machine", "certificates") for code in CHECKS
    )


@pytest.mark.parametrize(("name", "host"), preset_hosts.cases())
def test_every_check_comes_to_its_end(name: str, host: str | None) -> None:
    assert list(fit(everything(preset_hosts.answers_on(name, host)))) == []


def test_without_an_answer_every_check_is_skipped_or_well() -> None:
    found = everything({})
    assert {one.state for results in found.values() for one in results} <= {"ok", "skipped", "warn"}, found


@needs_root
@pytest.mark.parametrize("name", ["single-server", "slurm-cluster"])
def test_an_account_without_rights_gets_results_as_well(name: str) -> None:
    answers = preset_hosts.answers_on(name, None)
    everything(answers)  # whatever is loaded late is loaded then: the account may not reach this Python
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            entry = pwd.getpwnam(PROXY)
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            with os.fdopen(write, "wb") as out:
                pickle.dump(everything(answers), out)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        found = pickle.load(told)  # noqa: S301 (our own child's)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(fit(found)) == []
    assert [one.state for one in found["proxy.configuration"]] == ["skipped"]
