"""Galaxy's own account, and the directories that it reads and writes.

Source: Galaxy documentation, Production: use a clean environment (an account of its own, never root).
"""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from wizard.answers.hints import beside_root
from wizard.answers.hosts import Role
from wizard.files.hosts import GALAXY, runs_here
from wizard.files.places import config_dir, main_config
from wizard.files.services.programs import data_dir
from wizard.steps.looking import done, group, left, name_list, status, unknown, user
from wizard.steps.packages import proxy_here
from wizard.steps.step import Command, Scene, Seen, Step

GROUP, USER, DIRECTORIES = "account.group", "account.user", "directories"
FILES, READABLE = "files.written", "files.readable"
_SHELL = "/bin/bash"
"""Cluster schedulers and cron start jobs by it. The account has no password: nobody logs in with one."""
_OTHERS: tuple[Role, ...] = (
    "web",
    "handlers",
    "celery",
    "celery-beat",
    "reports",
    "cleanup",
    "uploads",
    "ftp",
    "interactive-tools",
)


def account(scene: Scene) -> str | None:
    """Galaxy's account, where something runs as it on this host."""
    name = scene.value("groundwork.user")
    return str(name) if name and runs_here(scene.given, *_OTHERS) else None


def group_name(scene: Scene) -> str | None:
    """Galaxy's group: as answered, else the one that is called as the account."""
    return scene.value("groundwork.group") or account(scene)


def home(scene: Scene) -> str:
    """The home of the account: its own, or where a new one gets it."""
    found = user(scene, account(scene) or "")
    return found.home if found is not None else beside_root(scene.given, "home")


def as_galaxy(scene: Scene, *argv: str, cwd: str | None = None, **environ: str) -> Command:
    """A command of Galaxy's account."""
    name = account(scene)
    return Command(argv, name, cwd=cwd, environ={"HOME": home(scene), **environ} if name else environ)


def steps(scene: Scene) -> Iterator[Step]:
    name, owners = account(scene), group_name(scene)
    if name is None or owners is None:
        return
    yield from _accounts(scene, name, owners)
    if wanted := directories(scene):
        yield _directories(scene, wanted)
    if written := _for_the_group(scene):
        yield _readable(scene, written, owners)


def _accounts(scene: Scene, name: str, owners: str) -> Iterator[Step]:
    def group_is_there() -> Seen:
        return done(f"{owners} is there") if group(scene, owners) else left(f"there is no group {owners}")

    yield Step(
        GROUP, "Galaxy's group", "The proxy reaches Galaxy's socket and datasets as a member of this group.",
        group_is_there, (Command(("groupadd", "--system", owners)),), question="groundwork.group",
        tests=(("getent", "group", owners),),
    )  # fmt: skip

    def user_is_there() -> Seen:
        found, members = user(scene, name), group(scene, owners)
        if found is None:
            return left(f"there is no account {name}")
        if members is not None and found.gid != members.gid and name not in members.members:
            return left(f"{name} is no member of {owners}")
        return done(f"{name} is there")

    make = ("useradd", "--system", "--gid", owners, "--home-dir", home(scene), "--no-create-home")
    new = Command((*make, "--shell", _SHELL, "--comment", "Galaxy", name))
    is_new = user(scene, name) is None
    join = Command(("usermod", "--append", "--groups", owners, name))
    yield Step(
        USER, "Galaxy's account", "Tools run the input of strangers: the account is Galaxy's alone, and never root.",
        user_is_there, (new,) if is_new else (join,), question="groundwork.user", after=(GROUP,),
        tests=(("getent", "passwd", name),) if is_new else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Directory:
    """A directory, who owns it (None: root), its mode, and the question that names it."""

    path: str
    owner: str | None
    mode: int
    question: str | None = None
    group: str | None = None


def directories(scene: Scene) -> list[Directory]:
    """The directories that must be there before Galaxy starts, parents first.

    Those of Galaxy's data get the rights that the answered umask leaves; nobody but owner and group ever writes.
    """
    found: dict[str, Directory] = {}
    for one in _wanted(scene):
        path = posixpath.normpath(one.path)
        if posixpath.isabs(path) and path.count("/") > 1:
            found.setdefault(path, one)
    return [Directory(path, *_rest(found[path])) for path in sorted(found)]


def _rest(one: Directory) -> tuple[str | None, int, str | None, str | None]:
    return one.owner, one.mode, one.question, one.group


def _wanted(scene: Scene) -> Iterator[Directory]:
    given, name, owners = scene.given, account(scene), group_name(scene)
    rights = 0o777 & ~(_umask(given.get("groundwork.umask")) | 0o022)

    def galaxys(question: str, mode: int = rights) -> Iterator[Directory]:
        if given.get(question):
            yield Directory(str(given[question]), name, mode, question, owners)

    if user(scene, name or "") is None:
        yield Directory(home(scene), name, 0o750, "groundwork.user", owners)
    if runs_here(given, *GALAXY):
        if given.get("groundwork.install") == "packages" and given.get("groundwork.root"):
            yield Directory(str(given["groundwork.root"]), None, 0o755, "groundwork.root")
        if (data := _data(scene)) is not None:
            yield Directory(data, name, rights, "groundwork.data_dir", owners)
        for question in ("file_path", "ftp_dir"):
            yield from galaxys(f"data.{question}")
        for question in ("job_working_directory", "new_file_path", "tool_dependency_dir"):
            yield from galaxys(f"cluster.{question}")
        yield from galaxys("groundwork.managed_config_dir", 0o750)
        for place in given.get("data.backends") or ():
            if place.kind in (None, "disk") and getattr(place, "path", None):
                yield Directory(place.path, name, rights, "data.backends", owners)
    yield from galaxys("groundwork.log_dir", 0o750)
    if given.get("proxy.uploads") == "tusd":
        yield from galaxys("proxy.upload_store", 0o750)
    for question in ("proxy.socket", "scaling.zerg_socket", "groundwork.log_file", "database.file"):
        by_tcp = question == "proxy.socket" and given.get("proxy.link") == "tcp"
        if given.get(question) and runs_here(given, "web") and not by_tcp:
            parent = posixpath.dirname(str(given[question]))
            yield Directory(parent, name, 0o750, question, owners)
    if given.get("proxy.nginx_upload_store") and proxy_here(scene) == "nginx":
        # nginx writes here, and Galaxy takes the files away.
        yield Directory(
            str(given["proxy.nginx_upload_store"]), name, 0o770, "proxy.nginx_upload_store", owners
        )


def _data(scene: Scene) -> str | None:
    """Galaxy's data directory; None in a checkout that is not there yet, and brings its own place for it."""
    root = scene.value("groundwork.root")
    inside = scene.value("groundwork.install") != "packages" and not scene.value("groundwork.data_dir")
    return None if root is None or inside else data_dir(scene.given, str(root))


def _umask(text: str | None) -> int:
    try:
        return int(text, 8) & 0o777 if text else 0o022
    except ValueError:
        return 0o022


def _directories(scene: Scene, wanted: list[Directory]) -> Step:
    wrong = [one for one in wanted if _fault(scene, one)]
    first = wrong or wanted

    def look() -> Seen:
        faults = [fault for one in wanted if (fault := _fault(scene, one))]
        return left(name_list(faults, 3)) if faults else done("all of them are there")

    return Step(
        DIRECTORIES, "Directories of Galaxy",
        "Galaxy's account writes its data, logs and sockets, and nothing else; others read what the umask lets them.",
        look, tuple(_make(scene, one, wanted) for one in first), after=(USER,),
        tests=tuple(("test", "-d", one.path) for one in first),
    )  # fmt: skip


def _make(scene: Scene, one: Directory, wanted: list[Directory]) -> Command:
    """Below a directory of Galaxy's its own account makes them: root follows no link that this account may bend."""
    above = [other for other in wanted if PurePosixPath(other.path) in PurePosixPath(one.path).parents]
    mode = f"{one.mode:04o}"
    if one.owner is not None and any(other.owner is not None for other in above) and _fault(scene, one):
        return as_galaxy(scene, "mkdir", "-p", "-m", mode, one.path)
    return Command(
        ("install", "-d", "-o", one.owner or "root", "-g", one.group or "root", "-m", mode, one.path)
    )


def _fault(scene: Scene, one: Directory) -> str | None:
    """What is wrong with a directory: an existing one is as good where Galaxy can use it."""
    found = status(scene, one.path)
    if found is None:
        return f"{one.path} is not there"
    if not stat.S_ISDIR(found.st_mode):
        return f"{one.path} is no directory"
    if found.st_mode & stat.S_ISVTX:
        return None  # a directory of the system, such as /tmp
    if found.st_mode & stat.S_IWOTH:
        return f"everybody may write to {one.path}"
    owner, owners = user(scene, one.owner or "root"), group(scene, one.group or "root")
    if owner is None or one.owner is None or _is_system(one.path):
        return None
    by_group = owners is not None and found.st_gid == owners.gid and found.st_mode & stat.S_IWGRP
    return None if found.st_uid == owner.uid or by_group else f"{one.owner} may not write to {one.path}"


def _is_system(path: str) -> bool:
    """Whether the directory is the system's: sockets may stand in /run itself."""
    return path.startswith(("/etc/", "/usr/")) or path in ("/run", "/var/run", "/var/log", "/var/lib")


def _for_the_group(scene: Scene) -> list[str]:
    """Galaxy's configuration directory and the managed files in it: its group reads what is not for everybody."""
    directory = config_dir(scene.given)
    if directory is None or not runs_here(scene.given, *GALAXY):
        return []
    inside = [path for path in scene.written if path.startswith(f"{directory}/")]
    main = [path for path in (main_config(scene.given), main_config(scene.given, "ini")) if path]
    return [directory, *dict.fromkeys([*(path for path in main if path in inside), *inside])]


def _readable(scene: Scene, paths: list[str], owners: str) -> Step:
    def kept_from_galaxy() -> list[str]:
        members, owner = group(scene, owners), user(scene, account(scene) or "")
        found = {path: status(scene, path) for path in paths}
        return [
            path
            for path, seen in found.items()
            if seen is not None
            and seen.st_mode & 0o040
            and not seen.st_mode & 0o004
            and (members is None or seen.st_gid != members.gid)
            and (owner is None or seen.st_uid != owner.uid)
        ]

    def look() -> Seen:
        if group(scene, owners) is None:
            return left(f"there is no group {owners}")
        if not scene.disk.exists(paths[0]):
            return unknown(f"{paths[0]} is not there")
        wrong = kept_from_galaxy()
        return (
            left(f"{owners} may not read {name_list(wrong, 3)}") if wrong else done(f"{owners} may read them")
        )

    wrong = kept_from_galaxy() or paths
    return Step(
        READABLE, "Configuration readable for Galaxy",
        "What holds secrets is for root and Galaxy's group; written before there was such a group, it is root's alone.",
        look, (Command(("chgrp", owners, *wrong)),), after=(GROUP, FILES),
    )  # fmt: skip
