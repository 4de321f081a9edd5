"""The first part of the scaling section: web workers and job handlers."""

from typing import Annotated, Literal

from wizard.answers.app_server import AppServer
from wizard.answers.handlers import Handler, count_processes, size_of, suggested_handlers
from wizard.answers.hints import ServedBy
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.strategies import (
    METHODS,
    STRATEGIES,
    suggested_methods,
    suggested_strategy,
    suggested_tracking,
)
from wizard.answers.types import Amount, Count, Gibibytes, Name, Text, Umask

_HANDLERS = when("scaling.strategy", "static-handlers", "dynamic-handlers")
_PROCESSES = when("scaling.strategy", "static-handlers", "dynamic-handlers", "mules")
_SYSTEMD = when("groundwork.service_manager", "gravity-systemd", "systemd")
_GUNICORN = ServedBy("gunicorn")
_OPTIONS = "scaling.md, Deployment Options"
_METHODS = "scaling.md, job handler assignment methods"


def _workers(given: Given, machine: Machine) -> Suggestion:
    """Half of the cores, one worker for each 4 GiB, 12 at most (Gravity: 4 to 12 serve hundreds of requests)."""
    if given.get("database.engine") == "sqlite":
        return Suggestion(1, "SQLite bears one writer")
    return Suggestion(max(1, min(machine.cores // 2, int(machine.memory_gib // 4), 12)), size_of(machine))


def _preload(given: Given, machine: Machine) -> Suggestion:
    if (given.get("scaling.gunicorns") or 1) > 1:
        return Suggestion(False, "several gunicorns restart in turn")
    return Suggestion(True, "workers share memory")


def _extra_args(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("proxy.link") == "socket":
        return Suggestion('--forwarded-allow-ips="*"', "the proxy comes over a UNIX socket")
    return None


def _share(part: float, most: float) -> float:
    return max(2.0, min(part, most))


def _web_memory(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(_share(machine.memory_gib // 4, 32.0), f"a quarter of {machine.memory_gib:.0f} GiB")


def _memory(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(_share(machine.memory_gib // 4, 16.0), size_of(machine))


def _memory_high(given: Given, machine: Machine) -> Suggestion | None:
    limit = given.get("scaling.memory_limit")
    return Suggestion(max(0.1, round(limit * 0.8, 1)), f"80 % of {limit:g} GiB") if limit else None


def _max_grab(given: Given, machine: Machine) -> Suggestion | None:
    count = count_processes(given.get("scaling.handlers") or [])
    return Suggestion(8, f"{count} handlers share a burst") if count > 1 else None


def _default_handler(given: Given, machine: Machine) -> Suggestion | None:
    """A tag that static handlers carry; untagged handlers and pools need no default."""
    if given.get("scaling.strategy") != "static-handlers":
        return None
    tags = [tag for handler in given.get("scaling.handlers") or [] for tag in handler.tags or []]
    return Suggestion(tags[0], "the tag of the handlers") if tags else None


class Processes(AppServer):
    """How many processes serve the web and handle jobs."""

    strategy: Annotated[
        Literal["all-in-one", "mules", "static-handlers", "dynamic-handlers"] | None,
        Question(
            "Strategy",
            "Who looks after jobs. Python runs one thread at a time, so a web worker that prepares jobs "
            "keeps people waiting; production servers have handlers of their own. Dynamic handlers are "
            "started by Gravity in any number and take the next job themselves; static ones are listed by "
            "name, and a job may be given to one that is down. Mules are uWSGI's own handlers (18.01 to "
            "22.01): they start and end with it, on its host.",
            "Strategy",
            lands=("gravity.handlers", "job configuration: handling", "uwsgi.mule, farm"),
            choices={
                "all-in-one": "all in one",
                "mules": "mules of uWSGI",
                "static-handlers": "static handlers",
                "dynamic-handlers": "dynamic handlers",
            },
            standings=STRATEGIES,
            suggest=suggested_strategy,
            source=_OPTIONS,
            silent=("all-in-one",),
        ),
    ] = None
    workers: Annotated[
        Count | None,
        Question(
            "Web workers",
            "How many processes answer browsers and the API. Each uses at most one core, so more of them "
            "serve more people; each costs memory, and leaves fewer cores to handlers and tools. 4 to 12 are "
            "enough for a busy server.",
            "Web",
            at="gravity.gunicorn.workers",
            lands=("uwsgi.processes",),
            suggest=_workers,
            source="scaling.md, introduction",
        ),
    ] = None
    gunicorns: Annotated[
        Count | None,
        Question(
            "Gunicorns",
            "How many web servers run side by side, each with its own workers. With two or more, Gravity "
            "restarts them in turn and nobody sees Galaxy go down. Each one needs an address of its own in "
            "the proxy, and its full share of memory.",
            "Web",
            lands=("gravity.gunicorn", "nginx upstream"),
            when=_GUNICORN,
            since="23.0",
            silent=(1,),
            source="scaling.md, Transparent Restart",
        ),
    ] = None
    timeout: Annotated[
        Amount | None,
        Question(
            "Timeout",
            "A worker that is silent for so long is taken for hung and replaced; 0 turns that off. Galaxy "
            "loads its whole toolbox at start, so a short timeout kills workers before they are ready, again "
            "and again.",
            "Web",
            unit="seconds",
            at="gravity.gunicorn.timeout",
            when=_GUNICORN,
            suggest=Suggestion(300, "loading a large toolbox takes minutes"),
            source="galaxyproject/galaxy#15949",
        ),
    ] = None
    preload: Annotated[
        bool | None,
        Question(
            "Preload",
            "Loads Galaxy once and forks the workers from it, so that they share memory and start together. "
            "With several gunicorns it is left off: each loads by itself and can be replaced alone.",
            "Web",
            at="gravity.gunicorn.preload",
            when=_GUNICORN,
            suggest=_preload,
            source="galaxyproject/galaxy#15949",
        ),
    ] = None
    extra_args: Annotated[
        Text | None,
        Question(
            "Gunicorn arguments",
            "More arguments for gunicorn. The important one is --forwarded-allow-ips: gunicorn believes the "
            "proxy's word for https and the client's address only from hosts listed there. A UNIX socket "
            "counts as none of them, and Galaxy then makes http links on an https site.",
            "Web",
            at="gravity.gunicorn.extra_args",
            when=_GUNICORN,
            suggest=_extra_args,
            example='--forwarded-allow-ips="*"',
            source="galaxyproject/galaxy-helm#562",
        ),
    ] = None
    web_umask: Annotated[
        Umask | None,
        Question(
            "Web umask",
            "The umask of the web processes when it differs from the others. The proxy must be able to read "
            "what Galaxy writes if it is to send downloads itself.",
            "Web",
            at="gravity.gunicorn.umask",
            example="022",
        ),
    ] = None
    web_memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Web memory limit",
            "systemd ends a gunicorn that grows beyond this, with all its workers, and starts it anew. It "
            "should hold every worker at its largest, and still leave the host alive when something leaks.",
            "Web",
            unit="GiB",
            at="gravity.gunicorn.memory_limit",
            when=_SYSTEMD,
            suggest=_web_memory,
            source="usegalaxy-eu/infrastructure-playbook#213",
        ),
    ] = None
    web_environment: Annotated[
        dict[Text, Text] | None,
        Question(
            "Web environment",
            "Variables for the web processes alone. A service does not see your login shell: what Galaxy "
            "needs from it, such as a proxy for outgoing requests, is named here.",
            "Web",
            at="gravity.gunicorn.environment",
            example="HTTPS_PROXY = http://proxy.example.org:3128",
        ),
    ] = None
    restart_timeout: Annotated[
        Count | None,
        Question(
            "Restart timeout",
            "In a restart of several gunicorns in turn, how long to wait until one answers before the next "
            "is stopped. When it is too short, Gravity gives up half way.",
            "Web",
            unit="seconds",
            at="gravity.gunicorn.restart_timeout",
            when=every(_GUNICORN, when("scaling.gunicorns")),
            suggest=Suggestion(300, "as long as a start may take"),
        ),
    ] = None
    handlers: Annotated[
        list[Handler] | None,
        Question(
            "Job handlers",
            "The processes that prepare jobs, hand them to a runner, watch them and collect the results. On "
            "a larger server workflows get a process of their own, so that a big workflow does not delay "
            "everybody's jobs.",
            "Handlers",
            lands=("gravity.handlers", "job configuration: handling.processes", "uwsgi.mule, farm"),
            when=_PROCESSES,
            suggest=suggested_handlers,
            source=_OPTIONS,
        ),
    ] = None
    assign_with: Annotated[
        list[Literal["mem-self", "db-self", "db-preassign", "db-transaction-isolation", "db-skip-locked"]]
        | None,
        Question(
            "Assign jobs with",
            "How a job finds its handler. With db-skip-locked each handler takes the next free job from "
            "PostgreSQL, and only live handlers take any; db-transaction-isolation does it for other "
            "databases, more slowly. Dynamic handlers need one of the two, or they stay idle and web workers "
            "run the jobs.",
            "Handlers",
            lands=("job configuration: handling.assign",),
            choices={
                "mem-self": "itself, in memory",
                "db-self": "itself, in database",
                "db-preassign": "at random, in advance",
                "db-transaction-isolation": "next free job, any DB",
                "db-skip-locked": "next free job",
            },
            standings=METHODS,
            suggest=suggested_methods,
            source=_METHODS,
        ),
    ] = None
    default_handler: Annotated[
        Name | None,
        Question(
            "Default handler",
            "The handler or tag for jobs that no tool mapping sends elsewhere. When not given, it is every "
            "handler without a tag and the pool job-handlers; with static handlers that all carry tags it "
            "must be named.",
            "Handlers",
            lands=("job configuration: handling.default",),
            when=_HANDLERS,
            suggest=_default_handler,
            source="scaling.md, uWSGI + Webless job handling",
        ),
    ] = None
    max_grab: Annotated[
        Count | None,
        Question(
            "Jobs per grab",
            "How many jobs a handler takes at a time. Without a limit the first one to look takes a whole "
            "burst, and the others have nothing to do.",
            "Handlers",
            unit="jobs",
            lands=("job configuration: handling.max_grab",),
            when=_HANDLERS,
            suggest=_max_grab,
            source="job_conf sample, handling",
        ),
    ] = None
    ready_window_size: Annotated[
        Count | None,
        Question(
            "Ready window",
            "How many waiting jobs of each user a handler looks at in one round; 100 when not given. A lower "
            "number helps when people submit thousands of jobs that limits hold back, since all of them are "
            "checked every time.",
            "Handlers",
            unit="jobs",
            lands=("job configuration: handling.ready_window_size",),
            when=_HANDLERS,
            source="job_conf sample, handling",
        ),
    ] = None
    track_jobs_in_database: Annotated[
        bool | None,
        Question(
            "Track jobs in database",
            "Whether processes share their jobs through the database. Handlers of their own cannot work without it. It "
            "is on by default from 18.01 on: leave it not given there. Off, which is for development, each process "
            "keeps its jobs in memory, and nobody else can take them over.",
            "Handlers",
            at="galaxy.track_jobs_in_database",
            suggest=suggested_tracking,
            source="scaling.md, Notes on Legacy Configurations",
        ),
    ] = None
    memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Memory limit",
            "The limit for each service that has none of its own: systemd ends what grows beyond it. Without "
            "one, a single leaking process can push the database out of memory. Set it well above ordinary "
            "use, or healthy processes are killed.",
            "Limits",
            unit="GiB",
            at="gravity.memory_limit",
            when=_SYSTEMD,
            suggest=_memory,
            source="usegalaxy-eu/infrastructure-playbook#213",
        ),
    ] = None
    memory_high: Annotated[
        Gibibytes | None,
        Question(
            "Memory throttle",
            "Beyond this a service is slowed and made to give memory back, before the limit ends it. It "
            "shows in the logs of systemd that a limit is near.",
            "Limits",
            unit="GiB",
            at="gravity.memory_high",
            when=_SYSTEMD,
            since="26.0",
            suggest=_memory_high,
        ),
    ] = None
    service_instances: Annotated[
        bool | None,
        Question(
            "Service instances",
            "Whether handlers and gunicorns of one kind are instances of a single unit, such as "
            "galaxy-handler@0. It is the default and keeps the list of units short; off, each process has a "
            "unit of its own.",
            "Services",
            at="gravity.use_service_instances",
            when=_GUNICORN,
        ),
    ] = None
    command_style: Annotated[
        Literal["gravity", "direct"] | None,
        Question(
            "Service commands",
            "What the units start. With galaxyctl exec the command is made from galaxy.yml at each start; "
            "the full command shows in the unit what runs, and needs galaxyctl update after each change.",
            "Services",
            at="gravity.service_command_style",
            when=_GUNICORN,
            choices={"gravity": "galaxyctl exec", "direct": "the full command"},
        ),
    ] = None
    instance_name: Annotated[
        Name | None,
        Question(
            "Instance name",
            "A name for this Galaxy in Gravity. Needed only where one Gravity looks after several Galaxy "
            "servers on a host, to tell their services apart.",
            "Services",
            at="gravity.instance_name",
            when=_GUNICORN,
            example="main",
        ),
    ] = None
    server_name: Annotated[
        Name | None,
        Question(
            "Server name",
            "The name under which the web processes exchange messages with the others. Independent gunicorns "
            "on one host need different ones, or they read each other's control messages.",
            "Services",
            at="galaxy.server_name",
            example="main",
            source="scaling.md, unique server names",
        ),
    ] = None
