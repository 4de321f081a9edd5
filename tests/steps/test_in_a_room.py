"""Steps really done, as root, on a copy of this machine: accounts, directories, virtualenv, database, proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.consumers import need_tool
from tests.steps.room import Room, room

ANSWERS = """\
preset = "single-server@1"
[groundwork]
install = "packages"
service_manager = "gravity-supervisor"
[proxy]
host_name = "localhost"
public_url = "http://localhost"
tls = "none"
redirect = false
hsts = false
static_dir = "/srv/galaxy/static"
uploads = "galaxy"
"""
STATE = ("--state", "/srv/galaxy/config/galaxy-setup.toml")
WITHOUT_NETWORK = (
    "account.group", "account.user", "directories", "files.readable", "code.virtualenv", "database.server",
    "database.role", "broker.server", "proxy.group", "proxy.server", "proxy.enabled", "proxy.site",
)  # fmt: skip
"""The steps that need nothing from the net: packages of Python come from an index."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Room]:
    """A machine with the packages of the system, and the files of a new server."""
    for tool in ("nginx", "psql", "pg_ctlcluster", "redis-server", "runuser", "useradd"):
        need_tool(tool)
    with room(tmp_path) as found:
        found.write("/srv/a.toml", ANSWERS)
        applied = found.setup("apply", "--answers", "/srv/a.toml", "--yes")
        assert applied.returncode == 0, applied.stderr
        yield found


def test_what_is_left_is_done_once_and_then_nothing_is(machine: Room) -> None:
    before = machine.states(*STATE, *WITHOUT_NETWORK)
    assert set(before.values()) == {"left", "unknown"}
    assert before["database.role"] == "unknown"  # a server that does not run cannot be asked
    did = machine.outcomes(*STATE, *WITHOUT_NETWORK)
    assert set(did.values()) == {"did"}
    assert set(machine.outcomes(*STATE, *WITHOUT_NETWORK).values()) == {"done"}
    assert set(machine.states(*STATE, *WITHOUT_NETWORK).values()) == {"done"}
    # What root made is root's, what Galaxy writes is Galaxy's, and nobody else writes anywhere.
    assert machine.sh(
        "stat -c '%U:%G %a' /srv/galaxy/venv /srv/galaxy/data /srv/galaxy/data/tmp /srv/galaxy/var"
    ) == ("root:root 755\ngalaxy:galaxy 755\ngalaxy:galaxy 755\ngalaxy:galaxy 750\n")
    assert machine.sh("stat -c '%U:%G %a' /srv/galaxy/config /srv/galaxy/config/galaxy.yml") == (
        "root:galaxy 750\nroot:galaxy 640\n"
    )
    assert machine.sh("find /srv/galaxy -xdev -perm -0002 ! -type l") == ""
    # The role logs in as the account of its name, to its own database.
    asked = 'runuser -u galaxy -- psql -X -A -t -d galaxy -c "SELECT current_user, current_database()"'
    assert machine.sh(asked) == "galaxy|galaxy\n"
    # nginx serves the site: its default one answers otherwise than with a missing Galaxy.
    ask = 'python3 -c \'import http.client as h; c = h.HTTPConnection("localhost"); c.request("GET", "/")\n'
    assert machine.sh(f"{ask}print(c.getresponse().status)'") == "502\n"


def test_a_failure_is_named_and_stops_the_run_which_goes_on_once_it_is_mended(machine: Room) -> None:
    machine.write("/srv/galaxy/data", "in the way")
    codes = WITHOUT_NETWORK[:5]
    failed = machine.setup("steps", *STATE, *codes, "--run")
    assert failed.returncode == 2
    assert "[2/5] account.user: did" in failed.stdout and "code.virtualenv" not in failed.stdout
    assert "step directories failed: install: exit status 1" in failed.stderr
    assert "/srv/galaxy/data" in failed.stderr
    machine.sh("rm /srv/galaxy/data")
    assert list(machine.outcomes(*STATE, *codes).values()) == ["done", "done", "did", "did", "did"]


def test_the_script_does_the_same_and_can_be_run_again(machine: Room) -> None:
    script = machine.setup("steps", *STATE, *WITHOUT_NETWORK, "--script").stdout
    for _ in range(2):
        said = machine.run("sh", given=script)
        assert said.returncode == 0, said.stdout + said.stderr
    assert set(machine.states(*STATE, *WITHOUT_NETWORK).values()) == {"done"}


def test_a_step_waits_for_one_that_is_left(machine: Room) -> None:
    assert machine.outcomes(*STATE, "account.user", status=1) == {"account.user": "waits"}
    assert machine.outcomes(*STATE, "account.group", "account.user") == {
        "account.group": "did",
        "account.user": "did",
    }
