"""The celery section: tasks that need not block a web worker or handler."""

from typing import Annotated, Literal

from pydantic import Field

from wizard.answers.broker import ON, Broker
from wizard.answers.handlers import size_of
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.types import Amount, Count, Gibibytes, Item, Text

QueueName = Annotated[Text, Field(min_length=1)]
TaskName = Annotated[Text, Field(min_length=1)]
"""A task as Celery calls it, or a pattern of such names with a star."""

_CELERY = "production.md, Use Celery for asynchronous tasks"
_SAMPLE = "galaxy.yml sample, celery_conf"
_ROUTES = {"galaxy.fetch_data": "galaxy.external", "galaxy.set_job_metadata": "galaxy.external"}


def _concurrency(given: Given, machine: Machine) -> Suggestion:
    """A quarter of the cores, 2 to 8."""
    return Suggestion(max(2, min(machine.cores // 4, 8)), f"{machine.cores} cores")


def _memory(given: Given, machine: Machine) -> Suggestion:
    part = max(2.0, min(machine.memory_gib // 8, 16.0))
    return Suggestion(part, size_of(machine))


class Celery(Broker):
    """The task queue."""

    concurrency: Annotated[
        Amount | None,
        Question(
            "Concurrency",
            "How many tasks a worker does at once. Setting metadata and uploads keep a core busy, so stay "
            "below the cores that are left beside web workers and handlers.",
            "Workers",
            unit="tasks",
            at="gravity.celery.concurrency",
            when=ON,
            suggest=_concurrency,
            source=_CELERY,
        ),
    ] = None
    pool: Annotated[
        Literal["prefork", "eventlet", "gevent", "solo", "processes", "threads"] | None,
        Question(
            "Worker pool",
            "How a worker does several tasks at once. Threads share one copy of Galaxy in memory; prefork "
            "starts a process per task slot, which uses more cores and about 0.7 GiB each, and processes is "
            "another name for it. eventlet and gevent need the package of that name in Galaxy's virtualenv.",
            "Workers",
            at="gravity.celery.pool",
            choices={
                "prefork": "prefork, processes",
                "eventlet": "eventlet",
                "gevent": "gevent",
                "solo": "solo, one at a time",
                "processes": "processes",
                "threads": "threads",
            },
            when=ON,
            suggest=Suggestion("threads", "one copy of Galaxy in memory"),
            source=_CELERY,
        ),
    ] = None
    queues: Annotated[
        Annotated[list[Item], Field(min_length=1)] | None,
        Question(
            "Queues",
            "The queues that the workers empty. Galaxy sends ordinary tasks to galaxy.internal and tasks "
            "that touch data to galaxy.external; a queue that nobody empties holds its tasks for ever. "
            "Gravity starts one group of workers for all of them. Leave one out when a service of your own "
            "or another host takes it: celery --app galaxy.celery worker --queues galaxy.external.",
            "Workers",
            at="gravity.celery.queues",
            when=ON,
            suggest=Suggestion(["celery", "galaxy.internal", "galaxy.external"], "all that Galaxy uses"),
            source=_CELERY,
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None,
        Question(
            "Log level",
            "How much the workers write to their log. Gravity's default is DEBUG, which buries what matters "
            "and fills the disk of a busy server.",
            "Workers",
            at="gravity.celery.loglevel",
            choices={"DEBUG": "debug", "INFO": "info", "WARNING": "warnings", "ERROR": "errors"},
            when=ON,
            suggest=Suggestion("INFO", "DEBUG fills the disk"),
        ),
    ] = None
    memory_limit: Annotated[
        Gibibytes | None,
        Question(
            "Memory limit",
            "systemd ends the workers when they grow beyond this, and starts them anew. Reading the metadata "
            "of huge files can take a lot; without a limit it takes it from the database and the web "
            "workers.",
            "Workers",
            unit="GiB",
            at="gravity.celery.memory_limit",
            when=every(ON, when("groundwork.service_manager", "gravity-systemd", "systemd")),
            suggest=_memory,
            source="usegalaxy-eu/infrastructure-playbook#1947",
        ),
    ] = None
    extra_args: Annotated[
        Text | None,
        Question(
            "Celery arguments",
            "More arguments for the worker. With prefork, --max-tasks-per-child replaces a process after so "
            "many tasks, which gives leaked memory back.",
            "Workers",
            at="gravity.celery.extra_args",
            when=ON,
            example="--max-tasks-per-child=100",
            source="usegalaxy-eu/infrastructure-playbook#2189",
        ),
    ] = None
    environment: Annotated[
        dict[Text, Text] | None,
        Question(
            "Environment",
            "Variables for the Celery workers alone. With Celery on, uploads from URLs run here, so an "
            "outgoing proxy must be named here and not only for the web workers.",
            "Workers",
            at="gravity.celery.environment",
            when=ON,
            example="HTTPS_PROXY = http://proxy.example.org:3128",
        ),
    ] = None
    beat: Annotated[
        bool | None,
        Question(
            "Periodic tasks",
            "Runs Celery's clock, which starts the regular tasks: pruning the audit table, emptying "
            "short-term storage, cleaning after failed jobs. Without it those pile up. There must be exactly "
            "one for all hosts.",
            "Periodic",
            at="gravity.celery.enable_beat",
            when=ON,
            suggest=Suggestion(True, "regular cleaning depends on it"),
            source=_CELERY,
        ),
    ] = None
    prune_history_audit: Annotated[
        Amount | None,
        Question(
            "Prune audit table",
            "How often old rows leave the table that records changes of histories; 0 never. It gets a row "
            "for nearly every click, and slows everything down when it is never pruned. An hour is usual.",
            "Periodic",
            unit="seconds",
            at="galaxy.history_audit_table_prune_interval",
            when=ON,
            example="3600",
        ),
    ] = None
    clean_short_term: Annotated[
        Amount | None,
        Question(
            "Clean short storage",
            "How often finished downloads and exports are looked over and old ones removed. An hour is "
            "usual; how long they are kept is set apart, and must be longer than the largest export takes.",
            "Periodic",
            unit="seconds",
            at="galaxy.short_term_storage_cleanup_interval",
            when=ON,
            example="3600",
            source="galaxyproject/galaxy#21701",
        ),
    ] = None
    keep_short_term: Annotated[
        Count | None,
        Question(
            "Keep short storage",
            "How long a finished download or export can be fetched before it is removed; a day when not "
            "given. It must be longer than the largest export takes, or that is gone before it is complete.",
            "Periodic",
            unit="seconds",
            at="galaxy.short_term_storage_default_duration",
            when=ON,
            example="86400",
            source="galaxyproject/galaxy#21701",
        ),
    ] = None
    clean_failed_jobs: Annotated[
        bool | None,
        Question(
            "Clean failed jobs",
            "Removes the directories of failed jobs after some days. They are kept when job files are "
            "removed after success only, so that you can look into the failure, and nothing else ever "
            "removes them.",
            "Periodic",
            at="galaxy.enable_failed_jobs_working_directory_cleanup",
            when=ON,
            suggest=Suggestion(True, "nothing else removes them"),
            source="galaxyproject/galaxy#10628",
        ),
    ] = None
    clean_failed_jobs_days: Annotated[
        Count | None,
        Question(
            "Failed jobs older than",
            "How many days the directory of a failed job is kept. Long enough that a report of a user still "
            "finds it.",
            "Periodic",
            unit="days",
            at="galaxy.failed_jobs_working_directory_cleanup_days",
            when=every(ON, when("celery.clean_failed_jobs", True)),
            suggest=Suggestion(7, "a week to look into a report"),
            source="galaxyproject/galaxy#10628",
        ),
    ] = None
    task_routes: Annotated[
        Annotated[dict[TaskName, QueueName], Field(min_length=1)] | None,
        Question(
            "Task routes",
            "Which queue a task goes to. Any setting in celery_conf takes the place of Galaxy's defaults as "
            "a whole, so the two routes to galaxy.external must be repeated here. The route disabled for "
            "galaxy.fetch_data makes uploads jobs again.",
            "Routing",
            lands=("galaxy.celery_conf.task_routes",),
            when=ON,
            suggest=Suggestion(_ROUTES, "Galaxy's own two routes"),
            example="galaxy.fetch_data = galaxy.external",
            source=_SAMPLE,
        ),
    ] = None
    user_rate_limit: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
        Question(
            "Tasks per user",
            "How many tasks of one user may start each second; 0 for any number. It keeps a script that "
            "purges or exports in bulk from filling the queue.",
            "Routing",
            unit="per second",
            at="galaxy.celery_user_rate_limit",
            when=ON,
            example="1.0",
        ),
    ] = None
    user_concurrency: Annotated[
        Amount | None,
        Question(
            "Tasks at once",
            "How many tasks of one user may run at the same time; 0 for any number. What is over waits and "
            "is tried again.",
            "Routing",
            at="galaxy.celery_user_concurrency_limit",
            when=ON,
            example="4",
        ),
    ] = None
