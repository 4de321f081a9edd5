"""The scaling section: processes, and the hosts that they run on. Its parts are base classes, to keep this order."""

from typing import Annotated

from wizard.answers.handlers import Handler
from wizard.answers.hosts import Host
from wizard.answers.question import Question, when
from wizard.answers.types import HostName
from wizard.answers.uwsgi import Uwsgi

__all__ = ["Handler", "Host", "Scaling"]

_SOURCE = "scaling.md, uWSGI for web serving and Webless Galaxy applications as job handlers"


class Scaling(Uwsgi):
    """How many processes serve the web and handle jobs, and on which machines. Without hosts everything runs on one."""

    hosts: Annotated[
        list[Host] | None,
        Question(
            "Hosts",
            "The machines, when Galaxy runs on more than one, and what runs where. One set of answers then "
            "serves all: each machine gets its own part. They share Galaxy's code, data and database; "
            "galaxy.yml is the same on all with service managers other than Gravity.",
            "Hosts",
            key="hosts",
            local=True,
            source=_SOURCE,
        ),
    ] = None
    host: Annotated[
        HostName | None,
        Question(
            "This host",
            "Which of the hosts the files are for: its name in the table. The option --host says the same "
            "for one run, which is better where the machines share one answers file.",
            "Hosts",
            when=when("scaling.hosts"),
            local=True,
        ),
    ] = None
