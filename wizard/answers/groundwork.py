"""The groundwork section: where Galaxy is, who runs it, and the switches of a production server."""

from typing import Annotated, Literal

from wizard.answers.groundwork_install import Installation
from wizard.answers.hints import beside_root, release, served_by
from wizard.answers.question import Given, Machine, Question, Suggestion, either, when
from wizard.answers.secret import Secret, sized
from wizard.answers.strategies import SERVICE_MANAGERS
from wizard.answers.types import AbsolutePath, Count, Item, Text

_DEVELOPER = "production.md, Disable the developer settings"
_CLEAN = "production.md, Use a clean environment"
_ROTATE = "production.md, Rotate log files"
_KEY = (5, 56)
"""Bytes of the key of Galaxy's cipher of ids, by its sample galaxy.yml (26.1)."""
_ROTATED = when("groundwork.rotate_logs", True)


def _error_email_to(given: Given, machine: Machine) -> Suggestion | None:
    admins = given.get("groundwork.admin_users")
    return Suggestion(admins[0], "the first administrator") if admins else None


def _email_from(given: Given, machine: Machine) -> Suggestion | None:
    host = given.get("proxy.host_name")
    return Suggestion(f"galaxy-no-reply@{host}", "from the host name") if host else None


def _smtp_server(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion("localhost:25", "sendmail was found") if "sendmail" in machine.commands else None


def _service_manager(given: Given, machine: Machine) -> Suggestion | None:
    told = release(given)
    if served_by(given) != "gunicorn":
        known = "systemctl" in machine.commands
        return (
            Suggestion("systemd", "systemd was found")
            if known
            else Suggestion("supervisord", "no systemd found")
        )
    if "systemctl" not in machine.commands:
        return Suggestion("gravity-supervisor", "no systemd found")
    if told and told < (23, 0):
        return Suggestion("gravity-supervisor", "Gravity drives systemd from 23.0 on")
    return Suggestion("gravity-systemd", "systemd was found")


def _use_interactive(given: Given, machine: Machine) -> Suggestion | None:
    told = release(given)
    return Suggestion(False, "lets visitors run code") if told and told <= (19, 9) else None


def _log_file(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(beside_root(given, "log", "galaxy.log"), "beside the code, not inside")


def _rotate_files(given: Given, machine: Machine) -> Suggestion:
    if single := given.get("groundwork.log_file"):
        return Suggestion([single], "the log file")
    directory = given.get("groundwork.log_dir") or beside_root(given, "log")
    return Suggestion([f"{directory.rstrip('/')}/*.log"], "every log file of the directory")


class Groundwork(Installation):
    """The server itself."""

    brand: Annotated[
        Text | None,
        Question(
            "Brand",
            (
                "A word or two beside the Galaxy logo on every page, such as the name of your institute. "
                "People who use more than one Galaxy, or your test server beside the real one, see at a "
                "glance where they are."
            ),
            "Site",
            at="galaxy.brand",
            example="Example University",
        ),
    ] = None
    admin_users: Annotated[
        list[Item] | None,
        Question(
            "Administrators",
            (
                "E-mail addresses of the accounts that see the Admin pages: they install tools, manage "
                "users and quotas. Naming an address creates no account: each person still registers with "
                "exactly this address. Register at once, so that nobody else takes it."
            ),
            "Site",
            at="galaxy.admin_users",
            example="ada@example.org",
            stand_in="example.org",
        ),
    ] = None
    id_secret: Annotated[
        Annotated[Secret, sized(_KEY)] | None,
        Question(
            "Id secret",
            (
                "The key with which Galaxy encodes ids in addresses and session cookies. Galaxy's default "
                "is printed in its sample file, so anyone could forge a session: have one generated. Keep "
                "it for the life of the server: a new key breaks sessions and every link that was shared. Galaxy "
                "starts only with a key of 5 to 56 bytes."
            ),
            "Site",
            at="galaxy.id_secret",
            secret=True,
            size=_KEY,
            suggest=Suggestion(Secret(source="generate"), "random, made at the first apply"),
            source="Galaxy's sample galaxy.yml, id_secret",
        ),
    ] = None
    error_email_to: Annotated[
        Text | None,
        Question(
            "Error reports to",
            (
                "Where the report button of a failed dataset sends its mail. Without an address the button "
                "is gone, and you learn of broken tools only by chance. Galaxy also shows it to people as "
                "the contact for this server."
            ),
            "Site",
            at="galaxy.error_email_to",
            example="galaxy-admin@example.org",
            suggest=_error_email_to,
            stand_in="example.org",
        ),
    ] = None
    email_from: Annotated[
        Text | None,
        Question(
            "Mail from",
            (
                "The sender of Galaxy's mails: account activation, password resets, error reports. Unset, "
                "Galaxy makes one up from the name of the machine, which other mail servers tend to refuse "
                "when that name is not in the DNS."
            ),
            "Site",
            at="galaxy.email_from",
            example="Galaxy <no-reply@example.org>",
            suggest=_email_from,
            stand_in="example.org",
        ),
    ] = None
    smtp_server: Annotated[
        Text | None,
        Question(
            "Mail server",
            (
                "The SMTP server, as HOST:PORT, that takes Galaxy's mail. Without one Galaxy sends "
                "nothing: whoever forgets the password then needs you. Galaxy tries STARTTLS and goes on "
                "unencrypted if that fails, so name a server on this machine or in your own network."
            ),
            "Site",
            at="galaxy.smtp_server",
            example="localhost:25",
            suggest=_smtp_server,
        ),
    ] = None
    debug: Annotated[
        bool | None,
        Question(
            "Debug",
            (
                "Shows developers what happens inside a request, and for that holds each whole response in "
                "memory. With large files the process runs out of memory or the proxy gives up waiting. It "
                "also leaves cluster job scripts lying around. Off on every server that people use."
            ),
            "Production",
            at="galaxy.debug",
            suggest=Suggestion(False, "for developers only"),
            source=_DEVELOPER,
        ),
    ] = None
    use_interactive: Annotated[
        bool | None,
        Question(
            "Interactive debugger",
            (
                "Opens a Python debugger in the browser of whoever runs into an error: they can execute "
                "any code as the system user. Galaxy 18.01 and 18.05 ship it switched on in their samples. "
                "Must be off on every server that others can reach."
            ),
            "Production",
            at="galaxy.use_interactive",
            until="19.09",
            suggest=_use_interactive,
            source=_DEVELOPER,
        ),
    ] = None
    cleanup_job: Annotated[
        Literal["always", "onsuccess", "never"] | None,
        Question(
            "Remove job files",
            (
                "When a job's working directory is deleted. With 'after success' the files of failed jobs "
                "stay, so that you can see what went wrong, which matters most while the server is new. "
                "They pile up: have old ones cleaned. 'Never' fills the disk."
            ),
            "Production",
            at="galaxy.cleanup_job",
            choices={"always": "always", "onsuccess": "after success", "never": "never"},
            suggest=Suggestion("onsuccess", "keeps failed jobs to look at"),
            source=_DEVELOPER,
        ),
    ] = None
    service_manager: Annotated[
        Literal[
            "gravity-systemd",
            "gravity-supervisor",
            "systemd",
            "supervisord",
            "sysvinit",
            "launchd",
            "smf",
            "run.sh",
        ]
        | None,
        Question(
            "Service manager",
            (
                "What starts Galaxy at boot and again after a crash. From 22.01 Galaxy brings Gravity "
                "(galaxyctl), which writes the services from galaxy.yml. With systemd, from 23.0 on, it "
                "needs root once and can limit memory; with supervisor no root at all, but nothing starts "
                "it at boot. run.sh restarts nothing that dies."
            ),
            "Service",
            lands=("gravity.process_manager", "/etc/init.d/galaxy", "launchd", "SMF"),
            silent=("run.sh",),
            choices={
                "gravity-systemd": "Gravity, systemd",
                "gravity-supervisor": "Gravity, supervisor",
                "systemd": "own systemd units",
                "supervisord": "supervisord",
                "sysvinit": "init script",
                "launchd": "launchd",
                "smf": "SMF",
                "run.sh": "run.sh --daemon",
            },
            suggest=_service_manager,
            standings=SERVICE_MANAGERS,
            source=_CLEAN,
        ),
    ] = None
    service_files: Annotated[
        Literal["written", "kept"] | None,
        Question(
            "Service files",
            (
                "Whose the files of the service manager are. Galaxy-setup writes them unless told "
                "otherwise. An import says kept where somebody else's start Galaxy: they stay as they are. "
                "Before you change that, stop and disable them, or Galaxy runs twice."
            ),
            "Service",
            choices={"written": "written here", "kept": "kept as they are"},
            when=when("groundwork.service_manager", "systemd", "supervisord", "sysvinit", "launchd", "smf"),
            local=True,
        ),
    ] = None
    supervisor_file: Annotated[
        AbsolutePath | None,
        Question(
            "Supervisor's file",
            (
                "The file with Galaxy's programs, where supervisord includes it from another place than "
                "usual. All of them stand in this one file; programs in it that are not Galaxy's stay as "
                "they are."
            ),
            "Service",
            kind="path",
            example="/etc/supervisor/conf.d/galaxy.conf",
            when=when("groundwork.service_manager", "supervisord"),
            local=True,
            source="supervisord's documentation, [include]",
        ),
    ] = None
    log_file: Annotated[
        AbsolutePath | None,
        Question(
            "Log file",
            (
                "Where Galaxy's output goes when it runs detached without a journal; by default galaxy.log "
                "among the code. A directory for logs, outside of the code, is easier to find, to rotate "
                "and to keep on another disk. From 22.01 on each process has a log of its own below the "
                "question Logs, too."
            ),
            "Service",
            lands=("/etc/init.d/galaxy", "launchd", "SMF", "config/local_env.sh", "uwsgi.logto, daemonize"),
            kind="path",
            example="/srv/galaxy/log/galaxy.log",
            when=either(
                when("groundwork.service_manager", "run.sh", "sysvinit", "launchd", "smf"),
                when("scaling.uwsgi_log"),
            ),
            suggest=_log_file,
            source=_CLEAN,
        ),
    ] = None
    log_namespace: Annotated[
        Text | None,
        Question(
            "Journal namespace",
            (
                "Gives Galaxy a journal of its own, with its own size limit: a talkative Galaxy then "
                "cannot push other services' messages out. Read it with journalctl --namespace and this "
                "name. Leave it empty to keep everything in one journal."
            ),
            "Service",
            at="gravity.log_namespace",
            since="26.1",
            example="galaxy",
            when=when("groundwork.service_manager", "gravity-systemd"),
            source="Gravity's settings, log_namespace",
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None,
        Question(
            "Log level",
            (
                "How much Galaxy writes down. DEBUG, Galaxy's default, tells every step and grows quickly "
                "on a busy server. INFO keeps what you need to follow a job. Go back to DEBUG while you "
                "search for a fault; WARNING hides the story that led to it."
            ),
            "Logs",
            at="galaxy.log_level",
            choices={"DEBUG": "DEBUG", "INFO": "INFO", "WARNING": "WARNING", "ERROR": "ERROR"},
            suggest=Suggestion("INFO", "DEBUG grows quickly"),
        ),
    ] = None
    rotate_logs: Annotated[
        bool | None,
        Question(
            "Rotate logs",
            (
                "Writes a logrotate file: old logs are compressed, numbered and finally deleted. Without "
                "it a log grows until the disk is full. The file is copied and then emptied in place, so "
                "Galaxy need not be restarted. What goes to the journal is limited by journald itself."
            ),
            "Logs",
            lands=("logrotate",),
            suggest=Suggestion(True, "or logs fill the disk"),
            source=_ROTATE,
        ),
    ] = None
    rotate_files: Annotated[
        list[AbsolutePath] | None,
        Question(
            "Files to rotate",
            (
                "Which log files logrotate looks after; * stands for any name. Missing and empty files are "
                "skipped, so a pattern for the whole log directory does no harm. Name logs in other places "
                "as well, or they grow unseen."
            ),
            "Logs",
            lands=("logrotate",),
            example="/srv/galaxy/log/*.log",
            when=_ROTATED,
            suggest=_rotate_files,
            source=_ROTATE,
        ),
    ] = None
    rotate_every: Annotated[
        Literal["daily", "weekly", "monthly"] | None,
        Question(
            "Rotate every",
            (
                "How often a new log is begun. Weekly suits most servers. Take daily when a week's log is "
                "too large to open, or where the disk for logs is small."
            ),
            "Logs",
            lands=("logrotate",),
            choices={"daily": "day", "weekly": "week", "monthly": "month"},
            when=_ROTATED,
            suggest=Suggestion("weekly", "as the documents advise"),
            source=_ROTATE,
        ),
    ] = None
    rotate_keep: Annotated[
        Count | None,
        Question(
            "Keep",
            (
                "How many old logs stay before the oldest is deleted. Eight weekly files are about two "
                "months, long enough to look into a complaint. Logs hold names and addresses of users: "
                "keep them no longer than your privacy rules allow."
            ),
            "Logs",
            unit="files",
            lands=("logrotate",),
            when=_ROTATED,
            suggest=Suggestion(8, "two months of weeks"),
            source=_ROTATE,
        ),
    ] = None
