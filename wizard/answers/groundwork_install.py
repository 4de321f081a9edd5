"""The first half of the groundwork section: where Galaxy is installed, and whose it is."""

from typing import Annotated, Literal

from wizard.answers.hints import ServedBy, beside_root, home
from wizard.answers.question import Given, Machine, Question, Suggestion, either, when
from wizard.answers.section import Section
from wizard.answers.types import (
    AbsolutePath,
    Account,
    AnyPath,
    ConfigFile,
    ReleaseName,
    ServiceAccount,
    Umask,
)

_CLEAN = "production.md, Use a clean environment"
_INI_RELEASES = (
    "13.02", "13.04", "13.06", "13.08", "13.11", "2014.02.10", "2014.04.14", "2014.06.02", "2014.08.11", "14.10",
    "15.01", "15.03", "15.05", "15.07", "15.10", "16.01", "16.04", "16.07", "16.10", "17.01", "17.05", "17.09",
)  # fmt: skip
_SCHEDULERS = frozenset({"sbatch", "qsub", "bsub", "condor_submit"})


def _beside(given: Given, name: str) -> Suggestion:
    return Suggestion(beside_root(given, name), "beside the code, not inside")


def _root(given: Given, machine: Machine) -> Suggestion:
    return Suggestion("/srv/galaxy/server", "the usual place for a service's code")


def _config_dir(given: Given, machine: Machine) -> Suggestion:
    return _beside(given, "config")


def _managed_config_dir(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(beside_root(given, "var", "config"), "Galaxy writes here, you do not")


def _data_dir(given: Given, machine: Machine) -> Suggestion:
    return _beside(given, "data")


def _virtualenv(given: Given, machine: Machine) -> Suggestion:
    return _beside(given, "venv")


def _log_dir(given: Given, machine: Machine) -> Suggestion:
    return _beside(given, "log")


def _group(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(given.get("groundwork.user", "galaxy"), "the system user's own group")


def _shared_filesystem(given: Given, machine: Machine) -> Suggestion | None:
    if machine.commands & _SCHEDULERS:
        return None
    return Suggestion("none", "no scheduler found, jobs stay here")


def _shared_mount(given: Given, machine: Machine) -> Suggestion:
    return Suggestion(str(home(given)), "holds the code and the data")


class Installation(Section):
    """Where Galaxy is, and the account that it runs under."""

    release: Annotated[
        ReleaseName | None,
        Question(
            "Galaxy release",
            (
                "Which Galaxy runs here, as in 26.1. Options come and go between releases, so this decides "
                "what can be asked and what the files look like. Give the release of the code that you "
                "have installed; an option that it does not know would simply be ignored by Galaxy."
            ),
            "Galaxy",
            example="26.1",
            suggest=Suggestion("26.1", "the newest one known here"),
            local=True,
        ),
    ] = None
    install: Annotated[
        Literal["git", "packages"] | None,
        Question(
            "Installed from",
            (
                "A git checkout brings everything: scripts for cleaning up, sample files, the run.sh "
                "starter. The PyPI packages are quicker to install but lack the scripts. Start from a "
                "fresh copy: one that was used for development drags old settings and test data into "
                "production."
            ),
            "Galaxy",
            choices={"git": "git checkout", "packages": "PyPI packages"},
            suggest=Suggestion("git", "has the clean-up scripts"),
            source=_CLEAN,
            local=True,
        ),
    ] = None
    root: Annotated[
        AbsolutePath | None,
        Question(
            "Galaxy root",
            (
                "The directory of Galaxy's code. Keep configuration, data and logs beside it, not inside: "
                "then an upgrade replaces the code and nothing else. With the PyPI packages it is the "
                "directory that Galaxy is started in. Cluster nodes must see it under the same path."
            ),
            "Galaxy",
            at="gravity.galaxy_root",
            kind="path",
            example="/srv/galaxy/server",
            suggest=_root,
            source=_CLEAN,
        ),
    ] = None
    config_dir: Annotated[
        AnyPath | None,
        Question(
            "Configuration",
            (
                "Where galaxy.yml and the files that it names live: galaxy-setup writes them there, and "
                "Galaxy looks relative names up beside galaxy.yml. Outside of the code, your settings "
                "survive an upgrade, can be put under version control, and can be made unwritable for "
                "Galaxy itself."
            ),
            "Galaxy",
            kind="path",
            example="/srv/galaxy/config",
            suggest=_config_dir,
            local=True,
        ),
    ] = None
    config_file: Annotated[
        ConfigFile | None,
        Question(
            "Configuration file",
            (
                "What Galaxy's own configuration file is called, where that is not galaxy.yml (galaxy.ini until "
                "17.09, without an answer). Servers of Paste's stand in an INI file only. A name that "
                "ends in .ini is in the older syntax, which has one [app:main] section and no room for "
                "Gravity's settings or for options that hold more than one value."
            ),
            "Galaxy",
            when=either(
                when("groundwork.release", *_INI_RELEASES),
                ServedBy("paste"),
                when("scaling.handler_stack", "paste"),
            ),
            example="galaxy.ini",
            suggest=Suggestion("galaxy.ini", "the syntax of Paste's era"),
            local=True,
        ),
    ] = None
    managed_config_dir: Annotated[
        AnyPath | None,
        Question(
            "Managed configuration",
            (
                "Files that Galaxy writes by itself, such as the list of tools installed from the Tool "
                "Shed. The system user must be able to write here. Kept apart from your own files, nobody "
                "edits them by mistake and the configuration directory can stay read-only."
            ),
            "Galaxy",
            at="galaxy.managed_config_dir",
            kind="path",
            example="/srv/galaxy/var/config",
            suggest=_managed_config_dir,
        ),
    ] = None
    data_dir: Annotated[
        AnyPath | None,
        Question(
            "Data",
            (
                "Datasets, caches and job directories go below this directory unless another question says "
                "otherwise. It grows without end, so give it a disk of its own: a full system disk stops "
                "everything. Moving it later means moving every dataset."
            ),
            "Galaxy",
            at="galaxy.data_dir",
            kind="path",
            example="/srv/galaxy/data",
            suggest=_data_dir,
        ),
    ] = None
    virtualenv: Annotated[
        AbsolutePath | None,
        Question(
            "Virtualenv",
            (
                "The Python environment with Galaxy's dependencies. A clean one of its own keeps packages "
                "of the system or of other programs out. Services start without a login shell, so they "
                "must be told: without it, metadata jobs fail and systemd units do not find galaxyctl."
            ),
            "Galaxy",
            at="gravity.virtualenv",
            kind="path",
            example="/srv/galaxy/venv",
            suggest=_virtualenv,
            source=_CLEAN,
        ),
    ] = None
    log_dir: Annotated[
        AbsolutePath | None,
        Question(
            "Logs",
            (
                "The directory of the services' log files. The system user must be able to write here. "
                "Under systemd the output of Galaxy goes to the journal instead (journalctl shows it), and "
                "only programs that write files themselves use this directory."
            ),
            "Galaxy",
            at="gravity.log_dir",
            kind="path",
            example="/srv/galaxy/log",
            suggest=_log_dir,
            source="production.md, Rotate log files",
        ),
    ] = None
    user: Annotated[
        ServiceAccount | None,
        Question(
            "System user",
            (
                "The account that Galaxy runs as. Make a new one for it: rights on data can then be given "
                "and taken without touching a person. Never root, because tools run the input of "
                "strangers. For a database over a socket, name the database role like this user."
            ),
            "Account",
            at="gravity.galaxy_user",
            example="galaxy",
            suggest=Suggestion("galaxy", "a new account, not root"),
            source=_CLEAN,
        ),
    ] = None
    group: Annotated[
        Account | None,
        Question(
            "System group",
            (
                "The primary group of the system user. The proxy must be able to read datasets and to "
                "reach Galaxy's socket; the tidy way is to add the proxy's user (www-data, nginx) to this "
                "group rather than to open the files to everybody."
            ),
            "Account",
            at="gravity.galaxy_group",
            example="galaxy",
            suggest=_group,
            source="scaling.md, Listening and proxy options",
        ),
    ] = None
    umask: Annotated[
        Umask | None,
        Question(
            "umask",
            (
                "Which rights new files do not get. With 022 every account of the machine may read "
                "datasets, the proxy too. With 027 only the group may: safer on a shared machine, but add "
                "the proxy's user to the group, or downloads handled by the proxy end in 403. 077 shuts "
                "the proxy out."
            ),
            "Account",
            at="gravity.umask",
            example="022",
            suggest=Suggestion("022", "the proxy can read datasets"),
            source="scaling.md, Supervisord",
        ),
    ] = None
    shared_filesystem: Annotated[
        Literal["none", "nfs", "gpfs", "lustre", "other"] | None,
        Question(
            "Shared file system",
            (
                "Whether cluster nodes see Galaxy's files over a network file system. Galaxy has long been "
                "run on NFS and GPFS. NFS caches directories, so a finished job's output can look missing "
                "for some seconds; the cluster section then suggests trying again. Choose none for one "
                "machine."
            ),
            "File system",
            choices={"none": "none", "nfs": "NFS", "gpfs": "GPFS", "lustre": "Lustre", "other": "another"},
            suggest=_shared_filesystem,
            source=_CLEAN,
            local=True,
        ),
    ] = None
    shared_mount: Annotated[
        AbsolutePath | None,
        Question(
            "Mounted at",
            (
                "The directory under which that file system appears, the same on this server and on all "
                "nodes. Code, virtualenv, datasets, temporary files and job directories belong below it: a "
                "path that exists on the server alone makes jobs fail on the nodes."
            ),
            "File system",
            kind="path",
            example="/srv/galaxy",
            when=when("groundwork.shared_filesystem", "nfs", "gpfs", "lustre", "other"),
            suggest=_shared_mount,
            source="production.md, Using a compute cluster",
            local=True,
        ),
    ] = None
