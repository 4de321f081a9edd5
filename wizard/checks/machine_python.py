"""The virtualenv: its Python is one for the release, Galaxy is in it, and so is what the answers need besides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.answers.hints import served_by
from wizard.answers.secret import Secret
from wizard.checks.accounts import galaxy_account, own_account
from wizard.checks.check import Result, Server, check
from wizard.checks.files_access import barrier, run_as
from wizard.checks.files_places import not_asked
from wizard.consumers.running import Account
from wizard.disk import reason
from wizard.releases import requirements
from wizard.releases.release import Release, facts
from wizard.survey.looking import Looking
from wizard.survey.release import checkout_release

_VIRTUALENV, _RELEASE = "groundwork.virtualenv", "groundwork.release"
_REDIS = ("redis", "rediss", "redis+socket", "socket", "sentinel")
"""What the URL of a Redis begins with, for Celery and kombu."""
_SECONDS = 20.0
_SCRIPT = """\
import json, sys
try:
    from importlib.util import find_spec as find
except ImportError:
    from pkgutil import find_loader as find
try:
    from importlib.metadata import metadata
except ImportError:
    metadata = None
def about(name):
    if metadata is None:
        try:
            import pkg_resources
            return {"version": pkg_resources.get_distribution(name).version}
        except Exception:  # absent, or its records are broken
            return None
    try:
        found = metadata(name)
    except Exception:  # the same
        return None
    classifiers = found.get_all("Classifier") or []
    return {"version": found["Version"], "needs": found["Requires-Python"], "classifiers": classifiers}
def there(name):
    try:
        return find(name) is not None
    except Exception:  # the package above it breaks when it is imported
        return False
modules, packages = json.loads(sys.argv[1])
print("\\n" + json.dumps({
    "python": list(sys.version_info[:2]),
    "modules": dict((name, there(name)) for name in modules),
    "packages": dict((name, about(name)) for name in packages),
}))
"""
"""Runs in any Python that Galaxy ever ran on; modules are looked for, not loaded."""


@dataclass(frozen=True)
class Needed:
    """A module beside Galaxy, the package for pip that has it, and the question that asks for it."""

    module: str
    package: str
    question: str


def python_of(server: Server) -> str | None:
    """The absolute path of Galaxy's Python: of the virtualenv that is answered, else of the checkout's own."""
    told, root = server.value(_VIRTUALENV), server.value("groundwork.root")
    if told is None and root is not None and server.value("groundwork.install") != "packages":
        told = f"{root}/.venv"
    return f"{told}/bin/python" if told else None


def needed(server: Server) -> list[Needed]:
    """What Galaxy needs for these answers and does not bring (conditional-requirements.txt of galaxy-app, 26.1)."""
    return [
        *dict.fromkeys(
            (*_for_database(server), *_for_celery(server), *_for_jobs(server), *_for_serving(server))
        )
    ]


def _for_database(server: Server) -> Iterator[Needed]:
    url = _text(server.value("database.url"))
    if url.startswith("postgresql+psycopg:"):
        yield Needed("psycopg", "psycopg[binary]", "database.url")
    elif server.value("database.engine") == "postgresql" or url.startswith("postgres"):
        yield Needed("psycopg2", "psycopg2-binary", "database.engine")
    elif server.value("database.engine") == "mysql" or url.startswith("mysql"):
        yield Needed("MySQLdb", "mysqlclient", "database.engine")


def _for_celery(server: Server) -> Iterator[Needed]:
    for question in ("celery.broker", "celery.backend"):
        told = _text(server.value(question))
        told = _text(server.value(f"{question}_url")) if told == "url" else told
        if server.value("celery.enable") and told.partition(":")[0] in _REDIS:
            yield Needed("redis", requirements.redis(server.release), question)


_FOR_KIND = {
    "slurm": ("drmaa", "drmaa"),
    "drmaa": ("drmaa", "drmaa"),
    "univa": ("drmaa", "drmaa"),
    "pbs": ("pbs", "pbs_python"),
    "kubernetes": ("pykube", "pykube-ng"),
    "htcondor": ("htcondor2", "htcondor"),
    "aws-batch": ("boto3", "boto3"),
}


def _for_jobs(server: Server) -> Iterator[Needed]:
    for row in server.value("cluster.runners") or ():
        if row.kind in _FOR_KIND:
            yield Needed(*_FOR_KIND[row.kind], "cluster.runners")
    for row in server.value("data.backends") or ():
        if row.kind == "azure":
            yield Needed("azure", "azure-storage-blob", "data.backends")


def _for_serving(server: Server) -> Iterator[Needed]:
    """Parts that come with Galaxy: where they lack, the virtualenv is another one or half made."""
    if served_by(server.values) == "gunicorn":
        yield Needed("gunicorn", "gunicorn", "scaling.app_server")
    if str(server.value("groundwork.service_manager", "")).startswith("gravity"):
        yield Needed("gravity", "gravity", "groundwork.service_manager")
    if server.value("celery.enable"):
        yield Needed("celery", "celery", "celery.enable")


def _text(value: Any) -> str:
    return str(value.reference if isinstance(value, Secret) else value or "")


def _python_not_asked(server: Server) -> str | None:
    if why := not_asked(server):
        return why
    return None if python_of(server) is not None else "no virtualenv is answered"


@check("machine.python", "groundwork", "The virtualenv fits the release", _python_not_asked, seconds=30.0)
def python(server: Server) -> Iterator[Result]:
    """Asks the virtualenv's own Python, as Galaxy's account: root never runs what another account may change."""
    path = str(server.disk.path(str(python_of(server))))
    if not server.disk.exists(str(python_of(server))):
        way_out = "make it: python3 -m venv, or scripts/common_startup.sh of the checkout"
        yield Result("fail", "machine.no-virtualenv", f"there is no {path}", _VIRTUALENV, path, way_out)
        return
    account = _account(server)
    if account is None:
        yield Result("skipped", "machine.python", "there is no system user yet to ask it as")
        return
    bar = barrier(account, server.disk.path(str(python_of(server))), "enter")
    if bar is not None:
        way_out = "build it with a Python that this account may run, outside of closed home directories"
        yield Result("fail", "machine.python-barred", bar.words(account.name), _VIRTUALENV, path, way_out)
        return
    told = _ask(server, account, path)
    if isinstance(told, Result):
        yield told
        return
    faults = [*_faults(server, told, path)]
    yield from faults
    if not faults:
        version = ".".join(map(str, told["python"]))
        yield Result(
            "ok", "machine.python", f"Python {version} in {path} has what Galaxy {server.release} needs"
        )


def _account(server: Server) -> Account | None:
    mine = own_account()
    return mine if mine.uid != 0 else galaxy_account(server)


def _ask(server: Server, account: Account, path: str) -> Any:
    wanted = [[one.module for one in needed(server)], ["galaxy-app", "galaxy", "redis"]]
    command = (path, "-E", "-s", "-c", _SCRIPT, json.dumps(wanted))
    way_out = "make the virtualenv anew: a Python that was upgraded or removed leaves a dead one behind"
    try:
        said = run_as(account, command, seconds=_SECONDS)
    except OSError as error:
        what = f"{path} cannot be run: {reason(error)}"
        return Result("fail", "machine.python-broken", what, _VIRTUALENV, path, way_out)
    if said is None:
        what = f"{path} gave no answer in {_SECONDS:g} seconds"
        return Result(
            "fail", "machine.python-broken", what, _VIRTUALENV, path, "see to the disk that it is on"
        )
    try:
        return json.loads(said.text.strip().rpartition("\n")[2])
    except ValueError:
        words = said.text.strip().rpartition("\n")[2][:200] or f"exit status {said.status}"
        what = f"{path} cannot be run: {words}"
        return Result("fail", "machine.python-broken", what, _VIRTUALENV, path, way_out)


def _faults(server: Server, told: Mapping[str, Any], path: str) -> Iterator[Result]:
    version = (told["python"][0], told["python"][1])
    packages = told["packages"].get("galaxy-app") or told["packages"].get("galaxy")
    yield from version_faults(server.release, version, packages or {}, path)
    yield from _release_faults(server, packages, path)
    lacking = [one for one in needed(server) if not told["modules"].get(one.module)]
    pip = path.removesuffix("python") + "pip"
    for one in lacking:
        what = f"{one.module} is not in the virtualenv, and Galaxy needs it for {one.question}"
        way_out = f"{pip} install '{one.package}'"
        yield Result("fail", "machine.package-missing", what, one.question, path, way_out)
    client = told["packages"].get("redis")
    asked = next((one for one in needed(server) if one.module == "redis"), None)
    if client and asked is not None and not fits(client["version"], asked.package.removeprefix("redis")):
        what = f"the virtualenv has redis {client['version']}, and Galaxy {server.release} asks for {asked.package}"
        way_out = f"{pip} install '{asked.package}'"
        yield Result("warn", "machine.package-version", what, asked.question, path, way_out)


def version_faults(
    release: Release, version: tuple[int, int], package: Mapping[str, Any], path: str
) -> Iterator[Result]:
    """What is wrong with this Python: by the release, and by what Galaxy's own package says it was made for."""
    known, shown = facts(release), ".".join(map(str, version))
    least = ".".join(map(str, known.minimum_python))
    way_out = "make the virtualenv anew with another Python"
    if version < known.minimum_python or not fits(shown, package.get("needs") or ""):
        state = "fail" if known.python_is_stated or package else "warn"
        wants = package.get("needs") or f">={least}"
        what = f"Python {shown} is not one for Galaxy {release}, which wants {wants}"
        yield Result(
            "fail" if state == "fail" else "warn", "machine.python-old", what, _VIRTUALENV, path, way_out
        )
        return
    tested = re.findall(r"Python :: (\d+)\.(\d+)$", "\n".join(package.get("classifiers") or ()), re.MULTILINE)
    newest = max(((int(major), int(minor)) for major, minor in tested), default=None)
    if newest is not None and version > newest:
        last = f"{newest[0]}.{newest[1]}"
        what = f"Python {shown} is newer than {last}, the last that Galaxy {release} says it was made for"
        yield Result("warn", "machine.python-new", what, _VIRTUALENV, path, way_out)


def fits(version: str, wanted: str) -> bool:
    """Whether a version is within bounds such as `>=5.3.0,<6`; bounds of another kind are passed over."""
    mine = _numbers(version)
    for operator, bound in re.findall(r"(>=|<=|<|>|!=|==)\s*([0-9][0-9.]*)(?![\w.*])", wanted):
        size = max(len(mine), len(_numbers(bound)))
        one, other = (numbers + (0,) * (size - len(numbers)) for numbers in (mine, _numbers(bound)))
        holds = {
            ">=": one >= other,
            "<=": one <= other,
            "<": one < other,
            ">": one > other,
            "!=": one != other,
            "==": one == other,
        }
        if not holds[operator]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _release_faults(server: Server, package: Mapping[str, Any] | None, path: str) -> Iterator[Result]:
    """Whether the code that is here is of the release that is answered."""
    root, from_packages = server.value("groundwork.root"), server.value("groundwork.install") == "packages"
    if from_packages:
        found, where = _release(package["version"]) if package else None, path
        way_out = f"{path.removesuffix('python')}pip install galaxy=={server.release}.*"
    else:
        read = checkout_release(Looking(server.disk), root) if root else None
        found, where = _release(str(read.value)) if read else None, str(server.disk.path(root or "/"))
        way_out = f"git checkout release_{server.release}, or correct groundwork.release"
        if root is None:
            return
    if found is None:
        what = f"no Galaxy is in {where}"
        yield Result("fail", "machine.no-galaxy", what, "groundwork.install", where, way_out)
    elif found != server.release:
        what = f"Galaxy {found} is in {where}, and the answers are for {server.release}"
        yield Result("fail", "machine.other-release", what, _RELEASE, where, way_out)


def _release(version: str) -> Release | None:
    try:
        return Release.parse(version)
    except ValueError:
        return None
