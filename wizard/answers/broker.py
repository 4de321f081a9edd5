"""The first half of the celery section: whether there is a task queue, its broker, and where results are kept."""

from typing import Annotated, Literal

from pydantic import Field

from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.secret import Secret
from wizard.answers.section import Section
from wizard.answers.types import Amount, Count, HostName, Port, Text

Part = Annotated[Text, Field(min_length=1)]
"""A part of a URL, which would be missing in it when it is empty."""

ON = when("celery.enable", True)

_NET = every(ON, when("celery.broker", "redis", "rabbitmq"))
_REDIS = every(ON, when("celery.broker", "redis"))
_RABBITMQ = every(ON, when("celery.broker", "rabbitmq"))
_BROKER = ("galaxy.celery_conf.broker_url",)
_BACKEND = ("galaxy.celery_conf.result_backend",)
_BACKEND_NET = every(ON, when("celery.backend", "redis"))
_CELERY = "production.md, Use Celery for asynchronous tasks"
_SAMPLE = "galaxy.yml sample, celery_conf"
_REDIS_SERVERS = ("redis-server", "valkey-server")


def _found(machine: Machine, *commands: str) -> str | None:
    return next((command for command in commands if command in machine.commands), None)


def _processes(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("celery.enable") is False:
        return Suggestion(False, "nothing for them to do")
    if given.get("groundwork.service_manager") in ("gravity-systemd", "gravity-supervisor"):
        return Suggestion(True, "started and stopped with Galaxy")
    return None


def _broker(given: Given, machine: Machine) -> Suggestion | None:
    redis, rabbitmq = _found(machine, *_REDIS_SERVERS), _found(machine, "rabbitmq-server", "rabbitmqctl")
    if redis:
        return Suggestion("redis", f"{redis} is installed")
    return Suggestion("rabbitmq", f"{rabbitmq} is installed") if rabbitmq else None


def _broker_host(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion("localhost", "the broker is on this host") if _broker(given, machine) else None


def _broker_port(given: Given, machine: Machine) -> Suggestion:
    if given.get("celery.broker") == "rabbitmq":
        return Suggestion(5672, "RabbitMQ's own port")
    return Suggestion(6379, "Redis' own port")


def _backend(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("celery.broker") == "redis":
        return Suggestion("redis", "the broker's Redis does both")
    if given.get("database.engine") == "postgresql":
        return Suggestion("database", "PostgreSQL is there anyway")
    redis = _found(machine, *_REDIS_SERVERS)
    return Suggestion("redis", f"{redis} is installed") if redis else None


def _backend_host(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("celery.broker") == "redis" and given.get("celery.broker_host"):
        return Suggestion(given["celery.broker_host"], "the broker's host")
    return Suggestion("localhost", "Redis is on this host") if _found(machine, *_REDIS_SERVERS) else None


def _backend_port(given: Given, machine: Machine) -> Suggestion:
    if given.get("celery.broker") == "redis" and given.get("celery.broker_port"):
        return Suggestion(given["celery.broker_port"], "the broker's port")
    return Suggestion(6379, "Redis' own port")


def _backend_number(given: Given, machine: Machine) -> Suggestion:
    if given.get("celery.broker") == "redis":
        return Suggestion(1 if given.get("celery.broker_number", 0) == 0 else 0, "apart from the broker's")
    return Suggestion(0, "Redis' first database")


class Broker(Section):
    """Whether there is a task queue, and what carries its tasks and results."""

    enable: Annotated[
        bool | None,
        Question(
            "Celery tasks",
            "Hands slow work to Celery: setting metadata, purging datasets, exporting histories, uploads, "
            "regular cleaning. Without it the web workers do that themselves and everybody waits, and some "
            "functions do not exist at all. Galaxy and the Celery workers must both be switched on.",
            "Tasks",
            at="galaxy.enable_celery_tasks",
            suggest=Suggestion(True, "slow work leaves the web workers"),
            source=_CELERY,
        ),
    ] = None
    processes: Annotated[
        bool | None,
        Question(
            "Workers by Gravity",
            "Whether Gravity starts the Celery workers beside Galaxy. It does so unless told otherwise, even "
            "when Galaxy sends no tasks: switch it off then, or when you run the workers as services of your "
            "own.",
            "Tasks",
            at="gravity.celery.enable",
            suggest=_processes,
            source="galaxyproject/galaxy#19064",
        ),
    ] = None
    broker: Annotated[
        Literal["redis", "rabbitmq", "database", "url"] | None,
        Question(
            "Broker",
            "What carries tasks from Galaxy to the workers. Redis is the simplest and may keep the results "
            "as well; it needs its client in Galaxy's virtualenv: pip install 'redis>=5.3,<6'. RabbitMQ "
            "suits sites that have it for Pulsar. Galaxy's database also works when nothing else is there, "
            "but is polled all the time and locks up under load.",
            "Broker",
            lands=_BROKER,
            choices={
                "redis": "Redis",
                "rabbitmq": "RabbitMQ",
                "database": "Galaxy's database",
                "url": "other URL",
            },
            when=ON,
            suggest=_broker,
            source="galaxyproject/galaxy#13689",
        ),
    ] = None
    broker_host: Annotated[
        HostName | None,
        Question(
            "Broker host",
            "The host of the broker, as seen from every host with Galaxy processes. On one machine let the "
            "broker listen on localhost only: whoever can write to it can run tasks as Galaxy.",
            "Broker",
            lands=_BROKER,
            when=_NET,
            suggest=_broker_host,
            source=_SAMPLE,
            stand_in="example.org",
        ),
    ] = None
    broker_port: Annotated[
        Port | None,
        Question(
            "Broker port",
            "The port of the broker: 6379 for Redis, 5672 for RabbitMQ, unless its administrator chose "
            "another. Keep it closed to the outside in the firewall.",
            "Broker",
            lands=_BROKER,
            when=_NET,
            suggest=_broker_port,
            source=_SAMPLE,
        ),
    ] = None
    broker_number: Annotated[
        Amount | None,
        Question(
            "Redis number",
            "Which of the numbered databases inside Redis is used, 0 to 15 as it is delivered. Two Galaxy "
            "servers on one Redis need different numbers, or they take each other's tasks.",
            "Broker",
            lands=_BROKER,
            when=_REDIS,
            suggest=Suggestion(0, "Redis' first database"),
            source=_SAMPLE,
        ),
    ] = None
    broker_vhost: Annotated[
        Part | None,
        Question(
            "RabbitMQ vhost",
            "The virtual host in RabbitMQ, which keeps Galaxy's queues apart from those of other programs. "
            "It is created once with rabbitmqctl, where Galaxy's user gets its rights on it.",
            "Broker",
            lands=_BROKER,
            when=_RABBITMQ,
            suggest=Suggestion("galaxy", "apart from other programs"),
            source=_SAMPLE,
        ),
    ] = None
    broker_user: Annotated[
        Part | None,
        Question(
            "Broker user",
            "The account at the broker. RabbitMQ lets its guest account in from its own host only, so make "
            "one for Galaxy, with a password; Redis needs a user only where access lists are set up.",
            "Broker",
            lands=_BROKER,
            when=_NET,
            example="galaxy",
            source=_SAMPLE,
        ),
    ] = None
    broker_password: Annotated[
        Secret | None,
        Question(
            "Broker password",
            "The password of that account, or Redis' requirepass. A broker that other hosts can reach must "
            "have one, for a forged task runs with Galaxy's rights.",
            "Broker",
            lands=_BROKER,
            secret=True,
            when=_NET,
            source=_SAMPLE,
        ),
    ] = None
    broker_url: Annotated[
        Secret | None,
        Question(
            "Broker URL",
            "Any broker that Celery knows, as a whole URL: with TLS, a Redis socket, or several hosts. "
            "Special characters of a password are written in percent form in it.",
            "Broker",
            lands=_BROKER,
            secret=True,
            kind="url",
            when=every(ON, when("celery.broker", "url")),
            example="redis+socket:///run/redis/redis.sock",
            source=_SAMPLE,
        ),
    ] = None
    broker_timeout: Annotated[
        Count | None,
        Question(
            "Redis time-out",
            "After how many seconds Redis hands a task that no worker has begun to another one; an hour when "
            "not given. A task that waits longer behind slow ones in its worker is then done twice, so take "
            "more than your longest uploads and exports last.",
            "Broker",
            unit="seconds",
            at="galaxy.celery_conf.broker_transport_options.visibility_timeout",
            when=_REDIS,
            example="43200",
            source="Celery 5.6, Using Redis, Visibility timeout",
        ),
    ] = None
    control_queue: Annotated[
        Secret | None,
        Question(
            "Internal connection",
            "The broker for messages among Galaxy's own processes: reload the toolbox, stop a job, lock the "
            "queue. When not given, Galaxy's database carries them, which costs a constant poll and leaves "
            "tables of kombu in it. Point it at the broker above; for Redis, Galaxy's virtualenv needs the "
            "redis package. Up to 22.01 Celery itself has no other broker.",
            "Broker",
            at="galaxy.amqp_internal_connection",
            secret=True,
            kind="url",
            example="redis://localhost:6379/0",
            source="galaxyproject/galaxy#13689",
        ),
    ] = None
    backend: Annotated[
        Literal["redis", "database", "url"] | None,
        Question(
            "Result backend",
            "Where Celery keeps results until Galaxy has fetched them. It must be given: without one, older "
            "releases fail on every export, and since 24.1 a SQLite file takes the results, which several "
            "processes cannot share well. Redis needs its client in Galaxy's virtualenv: pip install "
            "'redis>=5.3,<6'.",
            "Results",
            lands=_BACKEND,
            choices={"redis": "Redis", "database": "Galaxy's database", "url": "other URL"},
            when=ON,
            suggest=_backend,
            source=_CELERY,
        ),
    ] = None
    backend_host: Annotated[
        HostName | None,
        Question(
            "Backend host",
            "The host of the Redis that keeps results, mostly the broker's. Galaxy and the Celery workers "
            "must both reach it.",
            "Results",
            lands=_BACKEND,
            when=_BACKEND_NET,
            suggest=_backend_host,
            source=_CELERY,
        ),
    ] = None
    backend_port: Annotated[
        Port | None,
        Question(
            "Backend port",
            "The port of the Redis that keeps results. One Redis for both uses is fine on most servers.",
            "Results",
            lands=_BACKEND,
            when=_BACKEND_NET,
            suggest=_backend_port,
            source=_CELERY,
        ),
    ] = None
    backend_number: Annotated[
        Amount | None,
        Question(
            "Redis no. of results",
            "Which numbered database of Redis keeps results. Another number than the broker's lets you empty "
            "one without the other.",
            "Results",
            lands=_BACKEND,
            when=_BACKEND_NET,
            suggest=_backend_number,
            source=_CELERY,
        ),
    ] = None
    backend_user: Annotated[
        Part | None,
        Question(
            "Backend user",
            "The user at this Redis, where access lists are set up. Else leave it not given: with a password "
            "alone Redis takes its default user.",
            "Results",
            lands=_BACKEND,
            when=_BACKEND_NET,
            source=_CELERY,
        ),
    ] = None
    backend_password: Annotated[
        Secret | None,
        Question(
            "Backend password",
            "The password of this Redis. Results hold names and paths of people's data, so a Redis that "
            "other hosts can reach must ask for one.",
            "Results",
            lands=_BACKEND,
            secret=True,
            when=_BACKEND_NET,
            source=_CELERY,
        ),
    ] = None
    backend_url: Annotated[
        Secret | None,
        Question(
            "Backend URL",
            "Any result backend that Celery knows, as a whole URL. A database is written with db+ before its "
            "URL.",
            "Results",
            lands=_BACKEND,
            secret=True,
            kind="url",
            when=every(ON, when("celery.backend", "url")),
            example="db+postgresql:///galaxy?host=/run/postgresql",
            source=_CELERY,
        ),
    ] = None
    result_expires: Annotated[
        Amount | None,
        Question(
            "Results expire",
            "How long Celery keeps the result of a task; a day when not given, 0 for ever. Galaxy asks for "
            "it until the task is done: an export that takes longer than this looks as if it never ended.",
            "Results",
            unit="seconds",
            at="galaxy.celery_conf.result_expires",
            when=ON,
            example="86400",
            source="galaxyproject/galaxy#21733",
        ),
    ] = None
