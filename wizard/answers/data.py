"""The data section: where datasets are, how they come in, and how they go."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

from wizard.answers.hints import data_dir, is_qualified
from wizard.answers.question import Given, Machine, Question, Suggestion, every, when
from wizard.answers.secret import Secret
from wizard.answers.shared import on_shared
from wizard.answers.storage import Backend, Storage
from wizard.answers.types import AbsolutePath, Account, AnyPath, Count, HostName, Port, Text

__all__ = ["Backend", "Data"]

_FTP = when("data.ftp", "proftpd", "elsewhere")
_PROFTPD = when("data.ftp", "proftpd")
_CRON = when("data.cleanup", "cron")
_LOCAL = "production.md, Local Data"
_UPLOAD = "production.md, Enable upload via FTP"
_CLEANING = "production.md, Cleaning up datasets"
_REPOSITORY = "/cvmfs/data.galaxyproject.org"
_TABLES = ",".join(
    f"{_REPOSITORY}/{part}/location/tool_data_table_conf.xml" for part in ("byhand", "managed")
)


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


def _tables(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion(_TABLES, "the two lists that CVMFS holds") if given.get("data.cvmfs") else None


def _cvmfs(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion(True, "cvmfs_config is installed") if "cvmfs_config" in machine.commands else None


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


class Data(Storage):
    """Datasets, reference data, uploads by FTP, cleaning up."""

    tool_data_path: Annotated[
        AnyPath | None,
        Question(
            "Tool data",
            "The directory of the .loc files, small tables that tell tools where genomes and indexes stand. "
            "Tools from the Tool Shed add theirs here. The nodes must see it, and the data that it names.",
            "Reference data",
            at="galaxy.tool_data_path",
            kind="path",
            suggest=on_shared("tool-data"),
            source=_LOCAL,
        ),
    ] = None
    tool_data_tables: Annotated[
        Text | None,
        Question(
            "Data tables",
            "The files that say which .loc file belongs to which table, with commas between them. A table "
            "that stands in several of them has the entries of all, so your own list and a shared one go "
            "together.",
            "Reference data",
            at="galaxy.tool_data_table_config_path",
            kind="path",
            suggest=_tables,
            example="tool_data_table_conf.xml",
            source=_LOCAL,
        ),
    ] = None
    builds_file: Annotated[
        AnyPath | None,
        Question(
            "builds.txt",
            "The list of genome builds that users choose from. A genome on this server that is not in it "
            "cannot be chosen for a dataset, and tools will not offer its index. A relative path starts at "
            "the tool data directory.",
            "Reference data",
            at="galaxy.builds_file_path",
            kind="path",
            example="shared/ucsc/builds.txt",
            source=_LOCAL,
        ),
    ] = None
    cvmfs: Annotated[
        bool | None,
        Question(
            "CVMFS",
            "Uses the reference genomes and indexes that the Galaxy project publishes, several terabytes "
            "which a node fetches only as it reads them. The CernVM file system must be installed on this "
            "host and every node, with a cache on local disk.",
            "Reference data",
            local=True,
            suggest=_cvmfs,
            source=_LOCAL,
        ),
    ] = None
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
            "are part of a checkout, not of the PyPI packages.",
            "Cleaning",
            lands=("cron",),
            choices={"none": "by hand", "cron": "by cron"},
            suggest=_cleanup,
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
