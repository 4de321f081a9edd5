"""nginx, Apache and ProFTPD: each reads a tree of its own, and one refusal stops it as a whole."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.consumers.mirror import Mirror, including
from wizard.consumers.running import Said, find, run
from wizard.consumers.words import Complaint
from wizard.disk import Disk

NGINX = "/etc/nginx/nginx.conf"
PROFTPD = ("/etc/proftpd/proftpd.conf", "/etc/proftpd.conf")
_APACHE = {"apache2": "/etc/apache2/apache2.conf", "httpd": "/etc/httpd/conf/httpd.conf"}


@dataclass(frozen=True)
class Answer:
    """What a program has against a tree; nothing when it takes it."""

    complaints: tuple[Complaint, ...] = ()
    asleep: bool = False
    """Whether the program reads the changed file only once it is switched on, as it was for the question."""
    unread: tuple[str, ...] = ()
    """The changed files that it does not read at all: nothing includes them."""
    silent: str | None = None
    """Why there is no answer."""


def ask_nginx(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`nginx -t`. A site that nothing includes yet is linked into sites-enabled first."""
    built = run((program, "-V"))
    found = re.search(r"--conf-path=(\S+)", built.text) if built is not None else None
    main = found[1] if found is not None else NGINX
    if not disk.is_file(main):
        return Answer(silent=f"{main} is not there")
    trees = _trees(posixpath.dirname(main), changed, disk)
    into = including(("include", "load_module"), trees, room)

    def rewrite(path: str, text: str) -> str:
        text = into(text)
        if path == main:
            text = re.sub(r"((?:^|[\s;{}])pid\s+)[^;]+;", rf"\g<1>{room}/nginx.pid;", text)
        return _made_here(text, room, disk)

    mirror = Mirror(room, disk, trees, changed, rewrite)
    command = (program, "-q", "-e", "stderr", "-c", str(mirror.at(main)))
    said = run((*command, "-T"))
    sites = posixpath.join(posixpath.dirname(main), "sites-enabled")
    unread = [path for path in changed if said is not None and not _is_read(path, said, mirror)]
    asleep = [path for path in unread if "/sites-available/" in path and mirror.at(sites).is_dir()]
    if said is not None and said.status == 0 and asleep:
        for path in asleep:
            mirror.link(f"{sites}/{posixpath.basename(path)}", path)
        said = run((*command, "-t"))
    if said is None:
        return Answer(silent="it gave no answer in time")
    complaints = tuple(_of_nginx(said, mirror)) if said.status else ()
    return Answer(complaints, bool(asleep), tuple(path for path in unread if path not in asleep))


def _is_read(path: str, said: Said, mirror: Mirror) -> bool:
    """Whether nginx names the file among those that it read (it names none when it refuses them)."""
    names = (str(mirror.at(entry)) for entry, staged in mirror.staged.items() if staged == path)
    return said.status != 0 or any(f"# configuration file {name}:" in said.text for name in names)


def _made_here(text: str, room: Path, disk: Disk) -> str:
    """The text with what `nginx -t` would make elsewhere, logs and directories: a question leaves nothing behind."""

    def moved(found: re.Match[str]) -> str:
        name, place = found[2], found[4]
        new = not disk.exists(place) and disk.exists(posixpath.dirname(place))
        return f"{found[1]}{found[3]}{room}/{'log' if name.endswith('_log') else name}" if new else found[0]

    makes = r"(?:access|error)_log|(?:client_body|proxy|fastcgi|uwsgi|scgi)_temp_path|\w+_cache_path"
    return re.sub(rf"""((?:^|[\s;{{}}])({makes})\s+)(["']?)(/[^\s;"']+)""", moved, text)


def _of_nginx(said: Said, mirror: Mirror) -> Iterator[Complaint]:
    for line in said.text.splitlines():
        found = re.search(r"\[(?:emerg|alert|crit)\] (?:\d+#\d+: )?(.*)", line)
        if found is not None:
            place = re.fullmatch(r"(.*?) in (/.+):(\d+)", found[1])
            yield _placed(mirror, *(place.groups() if place else (found[1], None, None)))
            return
    yield Complaint(mirror.plain(said.text.strip()[-300:]))


def ask_apache(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`apache2 -t` with Debian's variables, or `httpd -t`. A new site below sites-available is linked first."""
    main = _APACHE["apache2" if program.endswith("apache2") else "httpd"]
    top = "/etc/apache2" if "apache2" in main else "/etc/httpd"
    if not disk.is_file(main):
        return Answer(silent=f"{main} is not there")
    trees = _trees(top, changed, disk)
    into = including(("Include", "IncludeOptional", "ServerRoot"), trees, room)
    mirror = Mirror(room, disk, trees, changed, lambda path, text: into(text))
    sites = f"{top}/sites-enabled"
    asleep = [
        path
        for path in changed
        if "/sites-available/" in path
        and mirror.at(sites).is_dir()
        and not any(entry.startswith(sites) for entry, staged in mirror.staged.items() if staged == path)
    ]
    for path in asleep:
        mirror.link(f"{sites}/{posixpath.basename(path)}", path)
    surrounding = _variables(disk, top, str(mirror.at(top)), room)
    command = (program, "-t", "-D", "DUMP_INCLUDES", "-d", str(mirror.at(top)), "-f", str(mirror.at(main)))
    said = run(command, surrounding)
    if said is None:
        return Answer(silent="it gave no answer in time")
    read = {
        staged for entry, staged in mirror.staged.items() if f") {mirror.at(entry)}\n" in f"{said.text}\n"
    }
    unread = () if said.status else tuple(path for path in changed if path not in read)
    return Answer(tuple(_of_apache(said, mirror)) if said.status else (), bool(asleep), unread)


def _variables(disk: Disk, top: str, mirrored: str, room: Path) -> dict[str, str]:
    """The environment that Debian's `envvars` gives Apache, with the mirror as its directory.

    Its run and lock directories are made when it is started: until then `room` stands for them.
    """
    file = disk.real(f"{top}/envvars")
    if not file.is_file():
        return {}
    script = '. "$1" >/dev/null 2>&1; env -0'
    said = run(("/bin/sh", "-c", script, "sh", str(file)), {"APACHE_CONFDIR": top})
    pairs = (pair.partition("=") for pair in (said.text if said is not None else "").split("\0") if pair)
    given = {name: value for name, _, value in pairs if name.startswith("APACHE_")}
    for name in ("APACHE_RUN_DIR", "APACHE_LOCK_DIR"):
        if name in given and not Path(given[name]).is_dir():
            given[name] = str(room)
    return given | {"APACHE_CONFDIR": mirrored}


def _of_apache(said: Said, mirror: Mirror) -> Iterator[Complaint]:
    lines = [line for line in said.text.splitlines() if not line.startswith(("AH00558", "AH00112"))]
    text = "\n".join(lines)
    *_, last = [None, *re.finditer(r"Syntax error on line (\d+) of (/.+?):\s", text)]
    if last is not None:
        yield _placed(mirror, text[last.end() :].strip(), last[2], last[1])
    else:
        yield Complaint(mirror.plain(text.strip()[-300:]))


def ask_proftpd(program: str, disk: Disk, changed: Mapping[str, str], room: Path) -> Answer:
    """`proftpd -t`. It says some refusals only, and passes over the file: its words count as well as its status."""
    main = next((path for path in PROFTPD if path in changed or disk.is_file(path)), None)
    if main is None:
        return Answer(silent="its main file is not there")
    trees = _trees("/etc/proftpd", changed, disk)
    into = including(("Include",), trees, room)
    texts = changed if main in changed else {main: disk.text(main), **changed}
    mirror = Mirror(room, disk, trees, texts, lambda path, text: into(text))
    said = run((program, "-t", "-c", str(mirror.at(main))))
    if said is None:
        return Answer(silent="it gave no answer in time")
    return Answer(tuple(_of_proftpd(said, mirror)))


def _of_proftpd(said: Said, mirror: Mirror) -> Iterator[Complaint]:
    heard = [
        found[1] for line in said.text.splitlines() if (found := re.search(r": (?:fatal|error): (.*)", line))
    ]
    for words in dict.fromkeys(heard):
        if words.startswith(("unable to open parse file", "Did you mean")):
            continue  # what goes with another one
        place = re.fullmatch(r"(.*?):? on line (\d+) of '(/.+)'", words)
        yield _placed(mirror, place[1], place[3], place[2]) if place else Complaint(mirror.plain(words))
    if said.status and not heard:
        yield Complaint(mirror.plain(said.text.strip()[-300:]))


def _trees(top: str, changed: Mapping[str, str], disk: Disk) -> tuple[str, ...]:
    """The directories that the mirror has: the program's own, and those of changed files elsewhere."""
    elsewhere = {posixpath.dirname(path) for path in changed if not path.startswith(top + "/")}
    return (top, *sorted(elsewhere - {"/", "/etc"}))


def _placed(mirror: Mirror, words: str, file: str | None, line: str | None) -> Complaint:
    if file is None:
        return Complaint(mirror.plain(words))
    path = mirror.plain(file)
    return Complaint(mirror.plain(words), mirror.staged.get(path, path), int(line) if line else None)


def apache_program() -> str | None:
    """Apache itself: `apachectl` is a script that reads the live tree's variables."""
    return find(("apache2", "httpd"))
