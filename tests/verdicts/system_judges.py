"""logrotate, cron and ProFTPD as judges."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from tests.consumers import need_tool
from tests.verdicts.judging import Bundle, Verdict, each, run, with_certificates


def _logrotate(text: str, here: Path) -> Verdict:
    file = here / "galaxy"
    file.write_text(text)
    file.chmod(0o644)
    done = run(need_tool("logrotate"), "-d", "-s", str(here / "state"), str(file))
    said = done.stdout + done.stderr
    if done.returncode != 0 or re.search(r"^error:", said, re.MULTILINE):
        return Verdict((said,))
    told = [re.sub(r" \(pid \d+\)", "", line) for line in said.splitlines() if str(here) not in line]
    return Verdict((), told)


def _cron(text: str, here: Path) -> Verdict:
    """crontab(1) reads what has no column of users: that column is taken out, and looked at here."""
    table, jobs, settings = [], [], []
    for line in text.splitlines():
        found = re.fullmatch(r"((?:\S+\s+){5})(\S+)\s+(.*)", line)
        if found and line[0] in "*0123456789":
            table.append(found[1] + found[3])
            command = found[3].replace("\\%", "%")
            shell = run("/bin/sh", "-n", "-c", command)
            if shell.returncode != 0:
                return Verdict((shell.stderr,))
            jobs.append([found[1].split(), found[2], shlex.split(command)])
        else:
            table.append(line)
            settings += [line] if line and not line.startswith("#") else []
    file = here / "table"
    file.write_text("\n".join(table) + "\n")
    program = need_tool("crontab")
    runs = [run(program, flag, str(file)) for flag in ("-n", "-T")]  # Debian's and cronie's
    if all(one.returncode for one in runs):
        return Verdict(tuple(one.stderr for one in runs))
    return Verdict((), {"settings": settings, "jobs": jobs})


def proftpd(bundles: Sequence[Bundle], place: Path) -> list[Verdict]:
    """`proftpd -t` over a main file that includes the site, as Debian's does."""
    return [_proftpd(bundle, place / str(number)) for number, bundle in enumerate(bundles)]


def _proftpd(bundle: Bundle, here: Path) -> Verdict:
    """ProFTPD's dump names the directives that it took, without their values; those stand in their lines."""
    (here / "conf.d").mkdir(parents=True)
    main = f"ServerName x\nDefaultServer on\nInclude {here}/conf.d/galaxy.conf\n"
    read = []
    for path, text in bundle.items():
        read += [shlex.split(line, comments=True) for line in text.splitlines()]
        if Path(path).name == "proftpd.conf":
            main = text.replace("/etc/proftpd/conf.d/", f"{here}/conf.d/")
            main = re.sub(r"^(User|Group)\b.*", "", main, flags=re.MULTILINE)  # Red Hat's are not here
        else:
            (here / "conf.d" / "galaxy.conf").write_text(with_certificates(text, here.parent)[0])
    (here / "main.conf").write_text(f"PidFile {here}/pid\nScoreboardFile {here}/score\n{main}")
    done = run(need_tool("proftpd"), "-t", "-d10", "-c", str(here / "main.conf"))
    said = done.stdout + done.stderr
    complaints = [line for line in said.splitlines() if "fatal:" in line or "warning:" in line]
    if done.returncode != 0 or complaints:
        return Verdict(tuple(complaints) or (said,))
    taken = {"Port", *re.findall(r"localhost: +([A-Za-z]+)(?:_\w+)?$", said, re.MULTILINE)}
    return Verdict((), [words for words in read if words and words[0] in taken])


logrotate, cron = each(_logrotate), each(_cron)
