"""Does a task travel, through the brokers that this galaxy.yml names?

usage: celery_running.py GALAXY_YML COUNT QUEUE
       celery_running.py GALAXY_YML travel QUEUE [OTHER_QUEUE]

Galaxy's own Celery application is made from the file, as its web workers make it. COUNT, a number, waits until that
many tasks wait in QUEUE. travel sends a task of Celery's own (it gives back what it is given) to OTHER_QUEUE, which no
worker empties, and to QUEUE, and waits for the result of the latter; then one message goes through Galaxy's internal
connection and back.

prints: ok, problems, and of travel: result, message (that came back), pool and queues (of the worker that runs; null
for brokers that cannot ask it), left (tasks that wait in OTHER_QUEUE), stored (whether the backend has the result).
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

ASKABLE = ("redis", "amqp")
SECONDS = 120


def waiting(app: Any, queue: str) -> int:
    nobody = importlib.import_module("kombu.exceptions").ChannelError

    with app.connection_for_read() as connection:
        try:
            found = connection.default_channel.queue_declare(queue, passive=True)
        except nobody:
            return 0  # nobody has sent anything there yet
        return int(found.message_count)


def wait_for(app: Any, count: int, queue: str) -> dict[str, Any]:
    until = time.monotonic() + SECONDS
    while (found := waiting(app, queue)) < count and time.monotonic() < until:
        time.sleep(0.2)
    return {"problems": [] if found >= count else [f"{found} tasks wait in {queue}"], "waiting": found}


def through(connection: Any) -> Any:
    """What comes back of a message that is sent through `connection`."""
    with connection:
        connection.ensure_connection(max_retries=3, timeout=30)
        with connection.SimpleQueue("a.test") as queue:
            queue.put({"asked": "reload"})
            message = queue.get(timeout=30)
            message.ack()
            return message.payload


def travel(app: Any, queue: str, other: str | None) -> dict[str, Any]:
    from galaxy.celery import get_config
    from galaxy.queues import connection_from_config

    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=3, timeout=30)
        transport = connection.transport_cls
    send = app.tasks["celery.accumulate"].apply_async
    if other is not None:
        send(args=["never", "done"], queue=other)
    sent = send(args=["there", "and back", 7], queue=queue)
    seen = {"result": sent.get(timeout=SECONDS), "stored": app.AsyncResult(sent.id).state}
    seen |= {"pool": None, "queues": None, "left": waiting(app, other) if other else 0}
    if transport in ASKABLE:
        asked = app.control.inspect(timeout=10)
        ((_, active),) = asked.active_queues().items()
        ((_, stats),) = asked.stats().items()
        seen |= {"queues": sorted(one["name"] for one in active), "pool": stats["pool"]}
    return {"problems": [], **seen, "message": through(connection_from_config(get_config()))}


def main(path: Path, what: str, queue: str, other: str | None = None) -> dict[str, Any]:
    os.environ["GALAXY_CONFIG_FILE"] = str(path)
    os.chdir(path.parent)
    from galaxy.celery import celery_app

    return travel(celery_app, queue, other) if what == "travel" else wait_for(celery_app, int(what), queue)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    verdict = main(Path(sys.argv[1]).absolute(), *sys.argv[2:])
    print(json.dumps({"ok": not verdict["problems"], **verdict}, default=str))
    sys.exit(0 if not verdict["problems"] else 1)
