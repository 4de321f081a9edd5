"""uWSGI's zerg mode: how other web processes come to the pool before the old ones leave it.

Source: scaling.md, "Transparent Restart - Zerg Mode", and the exercise that it points to (Dagobah training, GCC2017).
uWSGI forks its workers once it has loaded Galaxy, and a pool its own once it listens: where a master has children, it
serves.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wizard.answers.question import Given
from wizard.files.places import in_config_dir
from wizard.files.services.older_servers import PLUGIN, ZERGLING, ZERGPOOL
from wizard.files.services.programs import VIRTUALENV, config_file
from wizard.files.services.supervisor_group import processes_of

if TYPE_CHECKING:
    from wizard.file_plan import FilePlan

POOL_FILE = "zergpool.ini"
_OPTION = "uwsgi.zerg"
_TARGET = "galaxy.target"
_POOL_UNIT, _ZERGLINGS = f"galaxy-{ZERGPOOL.name}.service", f"galaxy-{ZERGLING.name}.service"
_SERVES = "> /dev/null; do sleep 1; done"
_ERE = re.compile(r"[][\\.*+?(){}^$|]")


def zergs(files: Sequence[FilePlan]) -> bool:
    """Whether web processes come to a pool on this host, and can take each other's place there."""
    return any(POOL_FILE in file.lenses for file in files)


def pool_stays(files: Sequence[FilePlan]) -> bool:
    """Whether the pool that runs can stay as it is, and Galaxy's processes came to it already."""
    pools = [file for file in files if POOL_FILE in file.lenses]
    moved = any(change.option == _OPTION for file in files for change in file.changes)
    return not moved and all(file.action == "unchanged" for file in pools)


def by_systemd(
    units: Mapping[str, FilePlan], restart: bool, stays: bool, changed: Sequence[str]
) -> Iterator[str]:
    """The commands for units that exist; `changed` are those that read otherwise than before."""
    others = [name for name in units if name not in (_TARGET, _POOL_UNIT, _ZERGLINGS)]
    if not stays or _POOL_UNIT in changed:
        yield f"systemctl stop {_TARGET}"
        yield f"systemctl start {_TARGET}"
        return
    again = others if restart else [name for name in others if name in changed]
    if again:
        yield f"systemctl restart {' '.join(shlex.quote(name.replace('@.', '@*.')) for name in again)}"
    if _TARGET in changed:
        yield f"systemctl start {_TARGET}"
    if restart or _ZERGLINGS in changed:
        first, second = (_ZERGLINGS.replace("@.service", f"@{number}") for number in "01")
        yield f"old={first} new={second}; systemctl -q is-active $old || {{ new=$old old={second}; }}"
        yield "systemctl restart $new"
        pid = "systemctl show -p MainPID $new | sed -n 's/^MainPID=\\([1-9]\\)/\\1/p'"
        yield f'until pgrep -P "$({pid})" {_SERVES}'
        yield "systemctl stop $old"


def by_supervisord(text: str, file: str, stays: bool) -> Iterator[str]:
    """The commands for programs that are those of before."""
    named = processes_of(text, file)
    pool = [name for program, name in named if program is ZERGPOOL]
    zerglings = [name for program, name in named if program.behind == ZERGPOOL.name]
    others = [name for program, name in named if name not in (*pool, *zerglings)]
    if not stays:
        yield f"supervisorctl stop {' '.join([*others, *zerglings, *pool])}"
        yield f"supervisorctl start {' '.join([*pool, *zerglings[:1], *others])}"
        return
    if others:
        yield f"supervisorctl restart {' '.join(others)}"
    if len(zerglings) != 2:
        yield TURN
        return
    first, second = zerglings
    running = "supervisorctl status $old | grep -q RUNNING"
    yield f"old={first} new={second}; {running} || {{ new=$old old={second}; }}"
    yield "supervisorctl restart $new"
    yield f'until pgrep -P "$(supervisorctl pid $new | grep -x "[1-9][0-9]*")" {_SERVES}'
    yield "supervisorctl stop $old"


TURN = "start the other zergling, wait until its log says that workers are spawned, then stop the old one by SIGINT"


def by_own_services(stays: bool) -> Iterator[str]:
    """What is to be done with services that somebody else wrote."""
    yield TURN if stays else "restart the pool of zerg mode, then Galaxy"


def by_hand(given: Given, stays: bool, new: bool) -> Iterator[str]:
    """The commands for one shell of Galaxy's user; `new` where nothing runs yet."""
    config, pool = config_file(given), str(in_config_dir(given, POOL_FILE))
    option = "--ini-paste" if config.endswith(".ini") else "--yaml"
    start = f"{_uwsgi(given)} {option} {shlex.quote(config)}"
    running = f"$({_oldest(f'{option} {config}')})"
    daemon = given.get("scaling.uwsgi_log") in ("daemonize", "daemonize2")
    if not stays:
        if not new:
            yield f"old={running} pool=$({_oldest(f'--ini {pool}')})"
            yield from _ended("$old", "$pool")
        yield f"{_uwsgi(given)} --ini {shlex.quote(pool)} &"
        yield f"until pgrep -P $! {_SERVES}"
        yield start if daemon else f"{start} &"
        return
    yield f"old={running}"
    if daemon:  # no child of this shell
        yield start
        log = shlex.quote(str(given.get("groundwork.log_file")))
        yield f"tail -n 0 -f {log} | grep -q -m 1 'spawned uWSGI worker'"
    else:
        yield f"{start} &"
        yield f"until pgrep -P $! {_SERVES}"
    yield from _ended("$old")


def _ended(*processes: str) -> Iterator[str]:
    """End masters, and wait until their own processes have ended."""
    yield f"kill -INT {' '.join(processes)}"
    yield f"while {' || '.join(f'pgrep -P {one}' for one in processes)}; do sleep 1; done > /dev/null"


def _oldest(words: str) -> str:
    """Finds the oldest process with these words in its command: a master is older than its workers."""
    return f"pgrep -o -f -- {shlex.quote(_ERE.sub(lambda found: chr(92) + found[0], words))}"


def _uwsgi(given: Given) -> str:
    if given.get(PLUGIN) or not given.get(VIRTUALENV):
        return "uwsgi"
    return shlex.quote(f"{given[VIRTUALENV]}/bin/uwsgi")
