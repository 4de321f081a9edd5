"""The data section: where datasets are, how they come in, and how they go."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, WithJsonSchema

from wizard.answers.hints import data_dir, is_qualified
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.reference_data import ReferenceData
from wizard.answers.reference_rows import DataTable, Genome, Reference, TwoBit
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.answers.types import AbsolutePath, Account, AnyPath, Count, HostName, Port

__all__ = ["Backend", "Data", "DataTable", "Genome", "Reference", "TwoBit"]

_FTP = when("data.ftp", "proftpd", "elsewhere")
_PROFTPD = when("data.ftp", "proftpd")
_CRON = when("data.cleanup", "cron")
_UPLOAD = "production.md, Enable upload via FTP"
_CLEANING = "production.md, Cleaning up datasets"


def _port_range(value: str) -> str:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", value)
    if not found or not 1024 <= int(found[1]) < int(found[2]) <= 65535:
        raise ValueError("must be two ports from 1024 to 65535, the lower first, such as 56000-60000")
    return value


def _time_of_day(value: str) -> str:
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("must be a time of day from 00:00 to 23:59, such as 03:30")
    return value


PortRange = Annotated[
    str, AfterValidator(_port_range), WithJsonSchema({"type": "string", "pattern": r"^\d{4,5}-\d{4,5}$"})
]
"""LOW-HIGH, both unprivileged ports."""

TimeOfDay = Annotated[
    str,
    AfterValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": r"^(?:[01]\d|2[0-3]):[0-5]\d$"}),
]
"""HH:MM in the host's time zone."""

Leftover = Literal["userless-histories", "exported-histories", "histories", "libraries", "datasets"]
"""What can be cleaned up, in the order in which it is: what goes first marks what can go next."""


def _each_once(value: list[Leftover]) -> list[Leftover]:
    if not value:
        raise ValueError("names nothing; without an answer everything is cleaned")
    if len(set(value)) < len(value):
        raise ValueError("names something twice")
    return [one for one in get_args(Leftover) if one in value]


Leftovers = Annotated[
    list[Leftover],
    Field(json_schema_extra={"minItems": 1, "uniqueItems": True}),
    AfterValidator(_each_once),
]
"""Some leftovers, each once; given in any order, they are kept in that of the work."""


def _ftp(given: Given, machine: Machine) -> Suggestion:
    if "proftpd" in machine.commands:
        return Suggestion("proftpd", "proftpd is installed")
    return Suggestion("none", "uploads resume in the browser")


def _ftp_dir(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(data_dir(given) / "ftp"), "beside Galaxy's other data")


def _ftp_site(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("proxy.host_name"):
        return Suggestion(given["proxy.host_name"], "the web site's name")
    name = machine.host_name.lower()
    return Suggestion(name, "this host") if is_qualified(name) else None


def _ftp_gid(given: Given, machine: Machine) -> Suggestion | None:
    number = given.get("data.ftp_uid")
    return Suggestion(number, "as a rule the same number") if number else None


def _ftp_certificate(given: Given, machine: Machine) -> Suggestion | None:
    web = given.get("proxy.certificate")
    return Suggestion(web, "the web site's") if web else None


def _ftp_certificate_key(given: Given, machine: Machine) -> Suggestion | None:
    web = given.get("proxy.certificate_key")
    return Suggestion(web, "the web site's") if web else None


def _cleanup(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("groundwork.install") == "packages":
        return Suggestion("none", "the PyPI packages have no scripts")
    if given.get("groundwork.install") == "git":
        return Suggestion("cron", "the scripts are in the checkout")
    return None


class Data(ReferenceData):
    """Datasets, reference data, uploads by FTP, cleaning up."""

    ftp: Annotated[
        Literal["none", "proftpd", "elsewhere"] | None,
        Question(
            "FTP uploads",
            "Lets users bring many or very large files by FTP and import them from the upload form. ProFTPD "
            "can check Galaxy's own passwords. It needs open ports and, for safety, TLS; where uploads "
            "through tusd are set up, few servers still need it.",
            "FTP",
            lands=("proftpd.conf",),
            choices={"none": "no", "proftpd": "ProFTPD", "elsewhere": "another server"},
            suggest=_ftp,
            source=_UPLOAD,
        ),
    ] = None
    ftp_dir: Annotated[
        AnyPath | None,
        Question(
            "FTP directory",
            "Has a directory for each user, named by the mail address, where uploaded files wait. Galaxy "
            "must be able to read and remove what the FTP server writes there.",
            "FTP",
            at="galaxy.ftp_upload_dir",
            kind="path",
            when=_FTP,
            suggest=_ftp_dir,
            source=_UPLOAD,
        ),
    ] = None
    ftp_site: Annotated[
        HostName | None,
        Question(
            "FTP site",
            "The name that users are told to connect to. The upload form shows FTP only when both this and "
            "the directory are set.",
            "FTP",
            at="galaxy.ftp_upload_site",
            when=_FTP,
            suggest=_ftp_site,
            source=_UPLOAD,
        ),
    ] = None
    ftp_purge: Annotated[
        bool | None,
        Question(
            "Remove after import",
            "Removes a file from the FTP directory when it has been imported. Otherwise the disk holds "
            "everything twice, and nothing counts it against a quota.",
            "FTP",
            at="galaxy.ftp_upload_purge",
            when=_FTP,
            suggest=Suggestion(True, "else files are kept twice"),
            source=_UPLOAD,
        ),
    ] = None
    ftp_port: Annotated[
        Port | None,
        Question(
            "FTP port",
            "The port where ProFTPD listens. FTP clients expect 21. It stands in ProFTPD's main file: the first "
            "Port that it reads is the one that counts.",
            "FTP",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=Suggestion(21, "where clients look"),
            source=_UPLOAD,
        ),
    ] = None
    ftp_passive_ports: Annotated[
        PortRange | None,
        Question(
            "Passive ports",
            "The ports over which files are sent, one for each transfer. The firewall must let them in; when "
            "it does not, logging in works and listing the directory hangs.",
            "FTP",
            example="56000-60000",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=Suggestion("56000-60000", "away from other services"),
            source=_UPLOAD,
        ),
    ] = None
    ftp_database_user: Annotated[
        Account | None,
        Question(
            "FTP database role",
            "A PostgreSQL role for ProFTPD that may read nothing but the users' table. With Galaxy's own "
            "role a hole in the FTP server would open the whole database. ProFTPD logs in by password over "
            "TCP, also on this host: over a socket PostgreSQL would ask for the system user's name.",
            "FTP",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=Suggestion("galaxyftp", "a role that can only read users"),
            source=_UPLOAD,
        ),
    ] = None
    ftp_database_password: Annotated[
        Secret | None,
        Question(
            "FTP role password",
            "The password of that role. It stands in ProFTPD's configuration, which only root may read.",
            "FTP",
            secret=True,
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=Suggestion(Secret(source="generate"), "random, made at the first apply"),
            source=_UPLOAD,
        ),
    ] = None
    ftp_uid: Annotated[
        Count | None,
        Question(
            "Galaxy's user id",
            "The number of Galaxy's system user on this host, as id -u prints it. Uploads must belong to it, "
            "or Galaxy cannot move them into a history. ProFTPD takes no name here: it would hand the files "
            "to somebody else.",
            "FTP",
            example="998",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            source=_UPLOAD,
        ),
    ] = None
    ftp_gid: Annotated[
        Count | None,
        Question(
            "Galaxy's group id",
            "The number of Galaxy's system group on this host, as id -g prints it for the system user. Uploads "
            "get this group. Without an answer the user's number is taken.",
            "FTP",
            example="998",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=_ftp_gid,
            source=_UPLOAD,
        ),
    ] = None
    ftp_certificate: Annotated[
        AbsolutePath | None,
        Question(
            "FTP certificate",
            "The certificate with its chain, for TLS. Plain FTP sends Galaxy's passwords readably over the "
            "network. With a certificate ProFTPD takes no connection without TLS. The name in it must be "
            "that of the FTP site; the web site's certificate will do.",
            "FTP",
            kind="path",
            example="/etc/letsencrypt/live/galaxy.example.org/fullchain.pem",
            lands=("proftpd.conf",),
            when=_PROFTPD,
            suggest=_ftp_certificate,
            source=_UPLOAD,
        ),
    ] = None
    ftp_certificate_key: Annotated[
        AbsolutePath | None,
        Question(
            "FTP certificate key",
            "The private key of that certificate. ProFTPD reads it as root before it gives its rights up.",
            "FTP",
            kind="path",
            example="/etc/letsencrypt/live/galaxy.example.org/privkey.pem",
            lands=("proftpd.conf",),
            when=every(_PROFTPD, when("data.ftp_certificate")),
            suggest=_ftp_certificate_key,
            source=_UPLOAD,
        ),
    ] = None
    cleanup: Annotated[
        Literal["none", "cron"] | None,
        Question(
            "Clean up",
            "What users delete is only marked, so that they can undo it. Scripts remove it from the disk "
            "after some days; when nobody runs them the disk fills with what everybody believes gone. They "
            "are part of a checkout, not of the PyPI packages. Directories of failed jobs and old downloads "
            "are cleaned by periodic tasks of Celery: its section asks for them.",
            "Cleaning",
            lands=("cron",),
            choices={"none": "by hand", "cron": "by cron"},
            suggest=_cleanup,
            source=_CLEANING,
        ),
    ] = None
    cleanup_what: Annotated[
        Leftovers | None,
        Question(
            "What to clean",
            "What the scripts go through, everything when not given. Only cleaning unused datasets takes their "
            "files from the disk; the others mark what may go. Anonymous histories and exports count as old "
            "when they were not changed for so many days, since nobody deletes them. Exports need PostgreSQL's "
            "script, pgcleanup.py, and libraries the one for other databases, cleanup_datasets.py.",
            "Cleaning",
            lands=("cron",),
            choices={
                "userless-histories": "anonymous histories",
                "exported-histories": "history exports",
                "histories": "deleted histories",
                "libraries": "deleted libraries",
                "datasets": "unused datasets",
            },
            when=_CRON,
            source=_CLEANING,
        ),
    ] = None
    cleanup_days: Annotated[
        Count | None,
        Question(
            "Older than",
            "How many days ago something must have been deleted before it is removed for good. Within these "
            "days users can take it back; tell them the number.",
            "Cleaning",
            unit="days",
            lands=("cron",),
            when=_CRON,
            suggest=Suggestion(30, "a month to change one's mind"),
            source=_CLEANING,
        ),
    ] = None
    cleanup_time: Annotated[
        TimeOfDay | None,
        Question(
            "At",
            "When the scripts run each day, in the host's time. They read large tables and remove many "
            "files, so choose hours when few people work and no backup runs.",
            "Cleaning",
            example="03:30",
            lands=("cron",),
            when=_CRON,
            suggest=Suggestion("03:30", "few people work then"),
            source=_CLEANING,
        ),
    ] = None
    temporary_days: Annotated[
        Count | None,
        Question(
            "Temporary files after",
            "How many days files stay in the directory of temporary files. It must be longer than the "
            "longest upload or job, since Galaxy itself never empties it.",
            "Cleaning",
            unit="days",
            lands=("cron",),
            when=_CRON,
            suggest=Suggestion(14, "longer than any job"),
            source="galaxyproject/galaxy#10628",
        ),
    ] = None
