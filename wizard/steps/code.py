"""Galaxy itself: its code, the virtualenv, what that needs beside Galaxy, and the files of the web client.

Code and virtualenv are root's: Galaxy's processes cannot change what they, and root with `galaxyctl`, run. Sources:
Galaxy documentation, Production: use a clean environment; Galaxy's scripts/common_startup.sh for a checkout; the
package galaxy-web-client on PyPI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.consequences.packages import conditional, pip_install
from wizard.disk import Disk
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.places import in_config_dir, main_config_name
from wizard.releases import requirements
from wizard.releases.release import Release, facts
from wizard.steps import packages
from wizard.steps.accounts import DIRECTORIES, USER, account, group_name
from wizard.steps.looking import done, left, name_list, unknown
from wizard.steps.step import Command, Scene, Seen, Step
from wizard.survey.looking import Looking
from wizard.survey.release import checkout_release, package_release

CODE, VIRTUALENV, GALAXY_PACKAGES = "code.checkout", "code.virtualenv", "code.galaxy"
REQUIREMENTS, CLIENT = "code.requirements", "code.client"
_REPOSITORY = "https://github.com/galaxyproject/galaxy.git"
_ON_PYPI = Release.parse("25.0")
"""From here on the index has a package `galaxy` that brings all of them."""
_GUNICORN = Release.parse("22.01")


def steps(scene: Scene) -> Iterator[Step]:
    given = scene.given
    root, virtualenv = given.get("groundwork.root"), given.get("groundwork.virtualenv")
    if not runs_here(given, *GALAXY):
        return
    by_git = given.get("groundwork.install") == "git"
    if by_git and root:
        yield _checkout(scene, root)
    if virtualenv:
        yield _virtualenv(scene, virtualenv)
        yield _of_checkout(scene, root, virtualenv) if by_git and root else _of_packages(scene, virtualenv)
        if wanted := conditional(given):
            yield _requirements(scene, virtualenv, wanted)
    if runs_here(given, "web") or packages.proxy_here(scene):
        yield from _client(scene, root, virtualenv, by_git)


def _checkout(scene: Scene, root: str) -> Step:
    branch = f"release_{scene.release}"
    commands = [Command(("git", "clone", "--branch", branch, _REPOSITORY, root))]
    name, owners = account(scene), group_name(scene)
    if name and owners and not scene.value("groundwork.data_dir"):
        # Where no answer says otherwise, Galaxy's data are in here.
        commands.append(
            Command(("install", "-d", "-o", name, "-g", owners, "-m", "0755", f"{root}/database"))
        )

    def look() -> Seen:
        found = checkout_release(Looking(scene.disk), root)
        if found is None:
            return left(f"no Galaxy in {root}")
        if found.value != str(scene.release):
            return unknown(f"{root} holds Galaxy {found.value}, the answers say {scene.release}")
        return done(f"Galaxy {found.value} is in {root}")

    by_hand = f"in {root}: git fetch origin {branch} && git checkout {branch}, while Galaxy is stopped"
    return Step(
        CODE, "Galaxy's code", f"The branch {branch} of Galaxy's repository gets the fixes of this release.",
        look, tuple(commands), by_hand, "groundwork.root", (packages.CODE, USER),
        tests=(("test", "-e", f"{root}/lib/galaxy/version.py"),),
    )  # fmt: skip


_PYTHON = re.compile(r"/python3\.(?P<minor>\d+)$")


def python_for(scene: Scene) -> str:
    """The distribution's Python for the virtualenv: its own choice where the release takes it, else the newest."""
    minimum = facts(scene.release).minimum_python
    found = {
        path: int(match["minor"])
        for path in scene.disk.glob("/usr/bin/python3.*")
        if (match := _PYTHON.search(path))
    }
    chosen = _PYTHON.search(scene.disk.inside("/usr/bin/python3"))
    if chosen is not None and (3, int(chosen["minor"])) >= minimum:
        return "/usr/bin/python3"
    fitting = [path for path, minor in found.items() if (3, minor) >= minimum]
    if fitting:
        return max(fitting, key=lambda path: found[path])
    old = scene.machine.family == "redhat" and not packages.is_newer_redhat(scene)
    return "/usr/bin/python3.12" if old else "/usr/bin/python3"


def _virtualenv(scene: Scene, virtualenv: str) -> Step:
    minimum = facts(scene.release).minimum_python
    needed = ".".join(map(str, minimum))

    def look() -> Seen:
        if not scene.disk.is_file(f"{virtualenv}/bin/pip"):
            return left(f"no virtualenv in {virtualenv}")
        version = _python_of(scene.disk, virtualenv)
        if version is not None and version < minimum:
            return unknown(f"{virtualenv} has Python {version[0]}.{version[1]}, Galaxy needs {needed}")
        return done(f"{virtualenv} is there")

    # Which Python a release of Python 2's days takes at most nobody has written down.
    modern = scene.release >= _GUNICORN
    make = Command((python_for(scene), "-m", "venv", virtualenv))
    return Step(
        VIRTUALENV, "Galaxy's virtualenv", "Packages of the system and of other programs stay out of Galaxy's Python.",
        look, (make,) if modern else (), f"make it with a Python that Galaxy {scene.release} takes ({needed} or newer)",
        "groundwork.virtualenv", (packages.CODE, DIRECTORIES), tests=(("test", "-x", f"{virtualenv}/bin/pip"),),
    )  # fmt: skip


def _python_of(disk: Disk, virtualenv: str) -> tuple[int, int] | None:
    """The Python of a virtualenv, by the directory of its packages."""
    for path in disk.glob(f"{virtualenv}/lib/python3.*/site-packages"):
        return 3, int(path.split("/")[-2].removeprefix("python3."))
    return None


def _of_packages(scene: Scene, virtualenv: str) -> Step:
    release = scene.release
    install = pip_install(scene.given, f"galaxy=={release}.*") or ()

    def look() -> Seen:
        found = package_release(Looking(scene.disk), virtualenv)
        if found is None:
            return left(f"Galaxy is not in {virtualenv}")
        if found.value != str(release):
            return unknown(f"{virtualenv} holds Galaxy {found.value}, the answers say {release}")
        return done(f"Galaxy {found.value} is in {virtualenv}")

    whole = release >= _ON_PYPI
    by_hand = f"install Galaxy {release} into {virtualenv}, while Galaxy is stopped"
    return Step(
        GALAXY_PACKAGES, "Galaxy's packages", "Galaxy, Gravity and the web client come from PyPI.",
        look, (Command(install),) if whole else (), by_hand, "groundwork.install", (VIRTUALENV,),
    )  # fmt: skip


def _startup(scene: Scene, root: str, virtualenv: str, *more: str) -> Command:
    """Galaxy's own script for a checkout: packages of Python, and what serves the web client."""
    config = in_config_dir(scene.given, main_config_name(scene.given))
    environ = {"GALAXY_VIRTUAL_ENV": virtualenv, **({"GALAXY_CONFIG_FILE": config} if config else {})}
    return Command(("sh", "scripts/common_startup.sh", "--no-create-venv", *more), cwd=root, environ=environ)


def _of_checkout(scene: Scene, root: str, virtualenv: str) -> Step:
    witness = "gunicorn" if scene.release >= _GUNICORN else "bioblend"

    def look() -> Seen:
        found = _installed(scene.disk, virtualenv)
        return done("they are installed") if witness in found else left(f"{witness} is not in {virtualenv}")

    return Step(
        GALAXY_PACKAGES, "Python packages of Galaxy", "Galaxy's own script installs what the release was tested with.",
        look, (_startup(scene, root, virtualenv, "--skip-client-build", "--skip-node"),), None,
        "groundwork.virtualenv", (CODE, VIRTUALENV),
    )  # fmt: skip


_DIST = re.compile(r"/(?P<name>[^/-]+)-(?P<version>[^/-]+)[^/]*\.(?:dist|egg)-info$")
_BELOW = re.compile(r"<(\d+)")


def _installed(disk: Disk, virtualenv: str) -> dict[str, str]:
    """The packages in a virtualenv, by their normal names (PEP 503), with their versions."""
    paths = disk.glob(f"{virtualenv}/lib/python3*/site-packages/*-info")
    return {_normal(found["name"]): found["version"] for path in paths if (found := _DIST.search(path))}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _name_of(requirement: str) -> str:
    return _normal(re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0])


_INSTALL = r"""
import io, os, re, subprocess, sys, sysconfig

def name(requirement):
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", requirement)[0]).lower()

cut = sys.argv.index("--")
wanted, file, folders = sys.argv[1:cut], sys.argv[cut + 1], sys.argv[cut + 2:]
places = [os.path.join(folder, file) for folder in [sysconfig.get_paths()["purelib"]] + folders]
listed = {}
for place in [place for place in places if os.path.isfile(place)][:1]:
    for line in io.open(place, encoding="utf-8"):
        line = re.sub(r"(^|\s+)#.*", "", line).strip()
        listed[name(line)] = line
exact = [listed.get(name(one), one) for one in wanted]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + exact))
""".lstrip()
"""Installs the requirements before `--`, each as Galaxy itself lists it: in the file behind `--`, below site-packages
or else below the folders named last. A program, because Galaxy may be installed only by the step before."""


def _requirements(scene: Scene, virtualenv: str, wanted: tuple[str, ...]) -> Step:
    root = scene.value("groundwork.root")
    folders = [f"{root}/lib"] if root else []

    def look() -> Seen:
        # Asked again each time: the step before may have brought the list.
        listed = _listed(scene, virtualenv, folders)
        exact = [listed.get(_name_of(one), one) for one in wanted]
        found = _installed(scene.disk, virtualenv)
        gone = [one for one in exact if not _fits(found.get(_name_of(one)), one)]
        return left(f"not in {virtualenv}: {name_list(gone)}") if gone else done("all of them are installed")

    words = (f"{virtualenv}/bin/python", "-", *wanted, "--", requirements.FILE, *folders)
    return Step(
        REQUIREMENTS, "What the answers need of Python", "Galaxy does not bring what only some servers use.",
        look, (Command(words, stdin=_INSTALL),), after=(GALAXY_PACKAGES,),
    )  # fmt: skip


def _fits(version: str | None, requirement: str) -> bool:
    """Whether the installed version is below the major one that a requirement excludes."""
    below = _BELOW.search(requirement)
    if version is None or below is None:
        return version is not None
    major = version.partition(".")[0]
    return not major.isdecimal() or int(major) < int(below[1])


def _listed(scene: Scene, virtualenv: str, folders: list[str]) -> dict[str, str]:
    """The requirements that the installed release lists, by their normal names: those that `_INSTALL` goes by."""
    below = [f"{virtualenv}/lib/python3*/site-packages", *folders]
    path = scene.disk.first_that_exists(tuple(f"{folder}/{requirements.FILE}" for folder in below))
    lines = scene.disk.text(path).splitlines() if path is not None else []
    plain = (re.sub(r"(?:^|\s+)#.*", "", line).strip() for line in lines)
    return {_name_of(line): line for line in plain if line}


def _client(scene: Scene, root: str | None, virtualenv: str | None, by_git: bool) -> Iterator[Step]:
    if not virtualenv:
        return
    static = scene.value("proxy.static_dir") or (f"{root}/static" if by_git and root else None)
    if static is None:
        return

    def look() -> Seen:
        where = f"{static}/dist"
        return done(f"{where} is there") if scene.disk.exists(where) else left(f"{where} is not there")

    install = Command((f"{virtualenv}/bin/galaxy-web-client-install", "--mode", "absolute", static))
    if by_git and root:
        install = _startup(scene, root, virtualenv)
    yield Step(
        CLIENT, "Files of the web client", "Scripts, styles and images: without them pages stay white.",
        look, (install,), None, "proxy.static_dir", (GALAXY_PACKAGES,), tests=(("test", "-e", f"{static}/dist"),),
    )  # fmt: skip
