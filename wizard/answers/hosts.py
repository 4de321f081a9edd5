"""The rows of the table of hosts: the machines that a Galaxy is spread over, and what runs on each."""

from typing import Annotated, Literal

from pydantic import model_validator

from wizard.answers.question import Question
from wizard.answers.section import Row
from wizard.answers.types import HostName, Name

Role = Literal[
    "web",
    "handlers",
    "celery",
    "celery-beat",
    "proxy",
    "uploads",
    "interactive-tools",
    "reports",
    "ftp",
    "cleanup",
    "database",
]
"""What a host can run: each is a program, or the file of one."""
_ROLES = {
    "web": "web workers",
    "handlers": "job handlers",
    "celery": "Celery workers",
    "celery-beat": "Celery's clock",
    "proxy": "the proxy",
    "uploads": "tusd",
    "interactive-tools": "tools' proxy",
    "reports": "reports server",
    "ftp": "FTP server",
    "cleanup": "cleaning up",
    "database": "the database",
}
_SOURCE = "scaling.md, uWSGI for web serving and Webless Galaxy applications as job handlers"


class Host(Row):
    """One machine, and what runs on it."""

    name: Annotated[
        HostName,
        Question(
            "Name",
            "The machine's name. With --host and this name galaxy-setup writes the files that belong there; "
            "on the machine itself, when this is its host name, it knows by itself.",
            "Host",
            example="handlers.example.org",
            stand_in="example.org",
        ),
    ]
    runs: Annotated[
        list[Role],
        Question(
            "Runs",
            "What this machine runs. galaxy.yml and the job configuration go to every machine with one of "
            "Galaxy's own programs; the site, units, cron and FTP files only to where they are needed. Let "
            "exactly one machine run Celery's clock and one clean up, or both happen twice.",
            "Host",
            choices=_ROLES,
            source=_SOURCE,
        ),
    ]
    handlers: Annotated[
        list[Name] | None,
        Question(
            "Handlers",
            "The names of the job handlers that run here; all of them when not given. Each handler runs on "
            "one machine only: two processes of one name would take the same jobs.",
            "Host",
            example="handler0",
            source=_SOURCE,
        ),
    ] = None

    @model_validator(mode="after")
    def _runs_what_it_names(self) -> "Host":
        if self.handlers is not None and "handlers" not in self.runs:
            raise ValueError("names handlers, and runs does not have handlers in it")
        return self
