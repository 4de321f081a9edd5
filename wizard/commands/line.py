"""The command line's grammar, and which command runs. Each imports what it needs when it runs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from wizard import __version__
from wizard.problems import Exit, Problem, Refused

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_EXAMPLES = """\
examples:
  galaxy-setup                                          the wizard
  galaxy-setup --plain                                  the same, line by line: for a screen reader, or a pipe
  galaxy-setup --answers prod.toml                      write the files, no questions asked
  galaxy-setup diff --answers prod.toml --options       what that would change, option by option
  galaxy-setup --answers single-server --root scratch   a preset, written below a scratch root
  galaxy-setup diff --answers multi-host --host jobs.example.org   the part of one of several hosts
  galaxy-setup import /srv/galaxy                       the answers behind an existing server
  galaxy-setup export ansible --to playbook             the same server as variables of Ansible's role
  galaxy-setup upgrade --to 26.1                        what a newer release makes of it; asks before it writes
  galaxy-setup check                                    what is wrong, why, and the way out
  galaxy-setup steps --script > rest.sh                 what root still has to do, as a script to read
  galaxy-setup explain database.pool_size               one question: what, why, where it lands
"""


_HANDLERS = (
    "handlers that the job configuration lists: kept by name (the default), or Gravity's own in any number"
)
_FOR_A_HOST = (
    "wizard",
    "diff",
    "apply",
    "status",
    "check",
    "owned",
    "disown",
    "upgrade",
    "history",
    "rollback",
    "steps",
    "export",
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(Problem(message, way_out="see galaxy-setup --help"))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """As argparse does, but a stream that cannot be written to is no secret."""
        (file or sys.stderr).write(message)


def common() -> _Parser:
    """The options that every command takes, before or after its name."""
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--answers", metavar="FILE", help="answers file, or the name of a preset")
    shared.add_argument("--state", metavar="FILE", help="state file of the install (or GALAXY_SETUP_STATE)")
    shared.add_argument("--root", metavar="DIR", help="look up and write every path below DIR")
    shared.add_argument("--host", metavar="NAME", help="which of the answers' hosts the files are for")
    shared.add_argument("--preset", metavar="NAME", help="start a new server from this preset")
    shared.add_argument(
        "--color", choices=("auto", "always", "never"), help="colours (auto; NO_COLOR is heeded)"
    )
    shared.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    shared.add_argument(
        "--log", metavar="FILE", help="add what this run does to FILE (0600), secrets left out"
    )
    shared.add_argument("--debug", action="store_true", help="print the same on standard error")
    return shared


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    shared = common()
    top = _Parser(
        prog="galaxy-setup",
        description="Set up, read and change a Galaxy server's configuration.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    top.add_argument("--version", action="version", version=f"galaxy-setup {__version__}")
    top.add_argument("--json", action="store_true", default=False, help=argparse.SUPPRESS)
    _of_the_wizard(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared])

    _of_the_wizard(command("wizard", "Ask, show what would change, apply (the default)."))
    diff = command("diff", "Show what apply would change: 0 nothing, 1 something, 2 trouble.")
    diff.add_argument("--options", action="store_true", help="option by option, each with its question")
    diff.add_argument("--json", action="store_true", help="as JSON")
    apply = command("apply", "Show the plan, ask, and write the files.")
    apply.add_argument("-y", "--yes", action="store_true", help="do not ask")
    apply.add_argument("--json", action="store_true", help="say what was done as JSON")
    for one in (top, apply):
        one.add_argument(
            "--on-drift",
            choices=("stop", "keep", "overwrite"),
            default=argparse.SUPPRESS,
            help="what to do about options that were edited by hand since the last apply: stop with status 3 (the "
            "default), keep the file's value as the answer, or overwrite it",
        )
        one.add_argument(
            "--unchecked",
            action="store_true",
            default=argparse.SUPPRESS,
            help="write files that nginx, Apache, ProFTPD, logrotate, systemd or the shell would refuse",
        )
        one.add_argument(
            "--destdir",
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="write the files that would change below DIR, to be copied, and nothing else",
        )
    status = command("status", "Show what was edited by hand since the last apply: 0 nothing, 1 something.")
    status.add_argument("--json", action="store_true", help="as JSON")
    owned = command("owned", "List the options that galaxy-setup manages, and what it leaves to the files.")
    owned.add_argument("--json", action="store_true", help="as JSON")
    disown = command("disown", "Leave options to their files from now on; what stands there stays.")
    disown.add_argument(
        "questions", nargs="+", metavar="QUESTION", help="such as database.pool_size, or an option"
    )
    past = command(
        "history", "List the runs that wrote files, the newest first; or show what one of them did."
    )
    past.add_argument("number", nargs="?", type=int, metavar="N", help="show this run: its answers, its diff")
    past.add_argument("--json", action="store_true", help="as JSON")
    rollback = command(
        "rollback", "Put the files back as they were before the last run, or after an earlier one."
    )
    rollback.add_argument("number", nargs="?", type=int, metavar="N", help="go back to just after this run")
    rollback.add_argument("-y", "--yes", action="store_true", help="do not ask")
    rollback.add_argument("--json", action="store_true", help="say what was done as JSON")
    rollback.add_argument(
        "--on-drift",
        choices=("stop", "overwrite"),
        default=argparse.SUPPRESS,
        help="what to do about files that were edited by hand since: stop with status 3 (the default), or overwrite",
    )
    rollback.add_argument(
        "--unchecked",
        action="store_true",
        default=argparse.SUPPRESS,
        help="go back to files that nginx, Apache, ProFTPD, logrotate, systemd or the shell would refuse",
    )
    for one in (top, apply, rollback):
        one.add_argument(
            "--wait",
            action="store_true",
            default=argparse.SUPPRESS,
            help="wait until another run on the same install is done, and plan only then",
        )
    importing = command("import", "Survey an existing install and write the answers behind its files.")
    importing.add_argument(
        "directory", metavar="DIR", help="Galaxy's root or configuration; or Ansible's group_vars"
    )
    importing.add_argument(
        "--to", metavar="FILE", help="where the answers go (default: the install's state file)"
    )
    importing.add_argument("--json", action="store_true", help="say what was found as JSON")
    exporting = command("export", "Write the answers as variables of Ansible's role, or those of one host.")
    exporting.add_argument(
        "what",
        choices=("ansible", "answers"),
        help="ansible: variables of galaxyproject.galaxy, and the files beside them; answers: an answers file",
    )
    exporting.add_argument(
        "--to", metavar="PLACE", help="a playbook's directory, or an answers file (default: -)"
    )
    exporting.add_argument("--force", action="store_true", help="write over files that say something else")
    exporting.add_argument(
        "--with-secrets", action="store_true", help="write the vault's variables too, to be encrypted at once"
    )
    steps = command("steps", "List what is left to do by root or by hand: 0 nothing, 1 something, 2 trouble.")
    steps.add_argument("codes", nargs="*", metavar="CODE", help="these steps alone, such as database.role")
    how = steps.add_mutually_exclusive_group()
    how.add_argument(
        "--run", action="store_true", help="do what is left, as root; stops at the first failure"
    )
    how.add_argument("--script", action="store_true", help="print a shell script that does all of them")
    steps.add_argument("--json", action="store_true", help="as JSON")
    upgrade = command(
        "upgrade", "Show what a newer release makes of a server's configuration, ask, and write it."
    )
    upgrade.add_argument(
        "directory",
        nargs="?",
        metavar="DIR",
        help="a server that has no answers yet: Galaxy's root or configuration",
    )
    upgrade.add_argument("--to", required=True, metavar="RELEASE", help="the newer release, such as 26.1")
    upgrade.add_argument("--handlers", choices=("static", "dynamic"), default="static", help=_HANDLERS)
    upgrade.add_argument(
        "--service-manager", metavar="NAME", help="what starts Galaxy then (gravity-systemd, ...)"
    )
    upgrade.add_argument("--keep-uwsgi", action="store_true", help="leave uWSGI's section in galaxy.yml")
    upgrade.add_argument(
        "--remove-gone", action="store_true", help="take options out that are not read any more"
    )
    upgrade.add_argument("-y", "--yes", action="store_true", help="do not ask")
    upgrade.add_argument("--json", action="store_true", help="the report, and what was written, as JSON")
    check = command("check", "Say what is wrong or will be, why, and the way out: 0 nothing, 1 something.")
    check.add_argument("--offline", action="store_true", help="look at the answers and the files alone")
    check.add_argument(
        "--only",
        nargs="+",
        default=(),
        metavar="SECTION",
        help="only what is about these sections, such as proxy",
    )
    check.add_argument(
        "--fix",
        nargs="*",
        metavar="CODE",
        help="give the answers that put right every error and warning, or what these codes say",
    )
    check.add_argument("--json", action="store_true", help="as JSON")
    explain = command("explain", "Explain a question: what it does, why, where it lands; or an advice.")
    explain.add_argument(
        "question", metavar="QUESTION", help="such as database.engine, an option's name, or an advice's code"
    )
    presets = command("presets", "List the presets, or print one.")
    presets.add_argument("name", nargs="?", metavar="NAME", help="print this preset")
    presets.add_argument("--json", action="store_true", help="as JSON")
    command("schema", "Print the JSON Schema of the answers file.")
    completion = command("completion", "Print completions for a shell.")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    return top


def _of_the_wizard(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--plain",
        action="store_true",
        default=argparse.SUPPRESS,
        help="the wizard line by line on standard input and output, for a screen reader, a dumb terminal or a pipe",
    )
    one.add_argument(
        "--theme",
        choices=("auto", "dark", "light", "terminal"),
        default=argparse.SUPPRESS,
        help="the wizard's ground; terminal: that of the terminal (or GALAXY_SETUP_THEME)",
    )
    one.add_argument(
        "--ascii",
        action="store_true",
        default=argparse.SUPPRESS,
        help="draw the wizard in ASCII (or GALAXY_SETUP_ASCII=1; 0: never)",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. Bad input is one line on stderr for each problem, never a traceback."""
    began = time.monotonic()
    try:
        options = parser().parse_args(arguments)
        if not {"log", "debug"} & vars(options).keys():
            return run(options)
        return _logged(options, began)
    except Refused as refusal:
        return _refused(refusal)


def _refused(refusal: Refused) -> int:
    for problem in refusal.problems:
        print(f"galaxy-setup: {problem}", file=sys.stderr)
    return int(refusal.status)


def _logged(options: argparse.Namespace, began: float) -> int:
    """Run the command while its log is open."""
    from wizard import logbook
    from wizard.commands import support

    if options.command in (None, "wizard") and not {"answers", "plain"} & vars(options).keys():
        support.need_terminal_free(options)
    status = int(Exit.TROUBLE)  # what an error that nobody foresaw ends with
    with support.logged(options):
        try:
            status = run(options)
        except Refused as refusal:
            support.tell_problems("refused", refusal.problems)
            status = _refused(refusal)
        except BaseException as error:
            logbook.tell_crash(error)
            raise
        finally:
            support.end(status, began)
    return status


def _check(options: argparse.Namespace, name: str) -> None:
    """Refuse options that name nothing, and a --preset that would not be heeded."""
    for option in ("answers", "state", "root", "host", "preset", "to", "log", "destdir"):
        if getattr(options, option, None) == "":
            way_out = f"give it a value, or leave --{option} out"
            raise Refused(Problem(f"--{option} is empty", way_out=way_out))
    if "preset" in options and ("answers" in options or name in ("diff", "apply")):
        way_out = 'write preset = "NAME" in it, or give --answers NAME instead of a file'
        raise Refused(Problem("--preset: the answers file names its preset", way_out=way_out))
    if "preset" in options and name != "wizard":
        raise Refused(Problem(f"--preset is for the wizard, {name} takes none", way_out="leave it out"))
    if "plain" in options and name != "wizard":
        raise Refused(Problem(f"--plain is for the wizard, {name} asks no questions", way_out="leave it out"))
    for option, takers in (("unchecked", ("apply", "rollback")), ("destdir", ("apply",))):
        if option in options and name not in takers:
            what = f"--{option} is for {' and '.join(takers)}"
            raise Refused(Problem(what, way_out="leave it out, or give --answers"))
    if "destdir" in options and getattr(options, "on_drift", "stop") == "keep":
        way_out = "leave --destdir out, or give --on-drift overwrite"
        raise Refused(Problem("--destdir writes no answers, --on-drift keep does", way_out=way_out))
    if "host" in options and name not in _FOR_A_HOST:
        raise Refused(Problem(f"--host: {name} has nothing to do with hosts", way_out="leave it out"))


def run(options: argparse.Namespace) -> int:
    """Dispatch to the command's own module."""
    name = options.command
    if name is None:
        name = "apply" if "answers" in options and "plain" not in options else "wizard"
        options.yes = True
    _check(options, name)
    if name == "wizard":
        from wizard.commands import launch

        return launch.run(options)
    if name == "diff":
        from wizard.commands import diff

        return diff.run(options)
    if name == "apply":
        from wizard.commands import apply

        return apply.run(options)
    if name == "status":
        from wizard.commands import status

        return status.run(options)
    if name == "check":
        from wizard.commands import check

        return check.run(options)
    if name in ("owned", "disown"):
        from wizard.commands import owning

        return owning.owned(options) if name == "owned" else owning.disown(options)
    if name in ("history", "rollback"):
        from wizard.commands import past

        return past.history_command(options) if name == "history" else past.rollback_command(options)
    if name == "import":
        from wizard.commands import importing

        return importing.run(options)
    if name == "export":
        from wizard.commands import export

        return export.run(options)
    if name == "steps":
        from wizard.commands import steps

        return steps.run(options)
    if name == "upgrade":
        from wizard.commands import upgrade

        return upgrade.run(options)
    from wizard.commands import inform

    return inform.run(options)
