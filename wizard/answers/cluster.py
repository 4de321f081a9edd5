"""The cluster section: where jobs run."""

import shlex
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator

from wizard.answers.destinations import Destination, suggested_default, suggested_destinations
from wizard.answers.hints import release
from wizard.answers.limits import Limit, ToolMapping, suggested_limits, suggested_tools
from wizard.answers.question import Given, Machine, Question, Suggest, Suggestion, when
from wizard.answers.runners import Runner, RunnerKind, suggested_runners
from wizard.answers.section import Section
from wizard.answers.shared import on_shared
from wizard.answers.strategies import JOB_CONFIGS
from wizard.answers.types import Amount, AnyPath, Name, Text

__all__ = ["Cluster", "Destination", "Limit", "Runner", "RunnerKind", "ToolMapping"]

_JOB = "job configuration: "
_REAL = when("cluster.real_user", True)
_CLUSTER = "production.md, Using a compute cluster"
_UNLOADING = "production.md, Unloading even more work"


def _on_cluster(given: Given) -> bool:
    """Whether a runner is given that sends jobs to other hosts."""
    runners: list[Runner] = given.get("cluster.runners") or []
    return any(row.kind not in ("local", None) for row in runners)


def _reads_xml_only(given: Given) -> bool:
    """Whether the release has no YAML for jobs yet: up to 20.01 (table of Galaxy releases)."""
    told = release(given)
    return told is not None and told < (20, 5)


def _job_config(given: Given, machine: Machine) -> Suggestion:
    if _reads_xml_only(given):
        return Suggestion("xml", "the only syntax of this release")
    return Suggestion("file", "the place admins look for it")


def _job_config_file(given: Given, machine: Machine) -> Suggestion:
    folder = given.get("groundwork.config_dir")
    xml = given.get("cluster.job_config") == "xml" or _reads_xml_only(given)
    name = "job_conf.xml" if xml else "job_conf.yml"
    if folder and PurePosixPath(folder).is_absolute():
        return Suggestion(str(PurePosixPath(folder, name)), "beside galaxy.yml, the same for Gravity")
    return Suggestion(name, "Galaxy's default name")


def _conda_prefix(given: Given, machine: Machine) -> Suggestion | None:
    """Inside the tool dependencies, where the path stays short enough for Conda (80 characters)."""
    folder = given.get("cluster.tool_dependency_dir")
    if not folder or not PurePosixPath(folder).is_absolute() or len(folder) > 60:
        return None
    return Suggestion(str(PurePosixPath(folder, "_conda")), "inside the tool dependencies")


def _outputs(given: Given, machine: Machine) -> Suggestion | None:
    return Suggestion(True, "jobs run as other users") if given.get("cluster.real_user") else None


def _retry_collection(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("groundwork.shared_filesystem") == "nfs":
        return Suggestion(5, "NFS shows new files late")
    return None


def _retry_metadata(given: Given, machine: Machine) -> Suggestion | None:
    if given.get("cluster.outputs_to_working_directory"):
        return Suggestion(False, "outputs have moved by then")
    return Suggestion(False, "keeps handlers free") if _on_cluster(given) else None


def _metadata(given: Given, machine: Machine) -> Suggestion | None:
    if _on_cluster(given) and given.get("data.store_by") == "uuid":
        return Suggestion("extended", "nodes do the work, store by uuid")
    return None


def _script(command: str) -> Suggest:
    """Suggests one of the scripts of a checkout; a PyPI install has none of them."""

    def suggest(given: Given, machine: Machine) -> Suggestion | None:
        if given.get("groundwork.install") == "packages":
            return None
        return Suggestion(f"sudo -E scripts/{command}", "the checkout's own script")

    return suggest


def _command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError("has a quote that is not closed, or ends in a backslash") from None
    if not words:
        raise ValueError("must be a command, such as sudo -E scripts/external_chown_script.py")
    return value


Command = Annotated[Text, AfterValidator(_command)]
"""A command that Galaxy splits into words as a shell does, and adds arguments to (26.1, shlex.split)."""


class Cluster(Section):
    """Runners, destinations, and what goes where."""

    job_config: Annotated[
        Literal["file", "xml", "inline"] | None,
        Question(
            "Job configuration",
            "Where runners, destinations and limits are written: a file of their own, or inside galaxy.yml. "
            "The part inside galaxy.yml wins when both exist. With neither, Galaxy says nothing and runs "
            "every job on its own host. XML is the older syntax of the file, and the only one before 23.0 "
            "that Galaxy finds without being told its name.",
            "Files",
            lands=("job_conf.yml", "job_conf.xml", "galaxy.job_config"),
            choices={"file": "job_conf.yml", "xml": "job_conf.xml", "inline": "inside galaxy.yml"},
            silent=("xml",),
            standings=JOB_CONFIGS,
            suggest=_job_config,
            source="Galaxy 26.1, JobConfiguration",
        ),
    ] = None
    job_config_file: Annotated[
        AnyPath | None,
        Question(
            "Job file",
            "The path of that file. Galaxy takes a relative one from its configuration directory, Gravity "
            "from the place of galaxy.yml: give an absolute path where the two differ. A path with .xml "
            "anywhere in it is read as XML.",
            "Files",
            at="galaxy.job_config_file",
            kind="path",
            when=when("cluster.job_config", "file", "xml"),
            suggest=_job_config_file,
            source="Gravity 1.2, config_manager",
        ),
    ] = None
    runners: Annotated[
        list[Runner] | None,
        Question(
            "Runners",
            "The systems that Galaxy hands jobs to. On this host alone you have its cores less what Galaxy "
            "needs, and a restart loses the running jobs; on a cluster jobs go on while Galaxy restarts. "
            "Keep the local runner beside a cluster for small internal tools.",
            "Jobs",
            lands=(_JOB + "runners",),
            suggest=suggested_runners,
            source=_CLUSTER,
        ),
    ] = None
    destinations: Annotated[
        list[Destination] | None,
        Question(
            "Destinations",
            "What a job asks its runner for: cores, memory, queue, time, container. Have one for ordinary "
            "jobs and a few for what needs more; tools are mapped to them below.",
            "Jobs",
            lands=(_JOB + "execution.environments",),
            suggest=suggested_destinations,
            source=_CLUSTER,
        ),
    ] = None
    default_destination: Annotated[
        Name | None,
        Question(
            "Default destination",
            "Where every tool goes that is mapped nowhere else. With a cluster this should be the cluster: "
            "uploads and data source tools move much data, and on the Galaxy host they compete with the web "
            "server. Galaxy does not start when the name is unknown.",
            "Jobs",
            lands=(_JOB + "execution.default",),
            suggest=suggested_default,
            source=_UNLOADING,
        ),
    ] = None
    tools: Annotated[
        list[ToolMapping] | None,
        Question(
            "Tools",
            "Tools that do not go to the default destination or handler: an assembler that needs 500 GiB, or "
            "a converter too small to queue. Tools that fetch data (uploads, UCSC, SRA) belong on the cluster "
            "like the rest: map them there when the default is this host.",
            "Jobs",
            lands=(_JOB + "tools",),
            suggest=suggested_tools,
            source="scaling.md, Configuration",
        ),
    ] = None
    limits: Annotated[
        list[Limit] | None,
        Question(
            "Limits",
            "How many jobs one user may have active, and how long and large jobs may grow. Without limits "
            "one user with a large workflow makes everybody wait, and one broken tool fills the disk.",
            "Jobs",
            lands=(_JOB + "limits",),
            suggest=suggested_limits,
            source="job_conf sample, limits",
        ),
    ] = None
    new_file_path: Annotated[
        AnyPath | None,
        Question(
            "Temporary files",
            "Where uploads and temporary files are kept. The nodes must see it under the same path, unless "
            "every job goes through Pulsar; never use /tmp with a cluster, for each host has its own. "
            "Nothing empties it: plan for cleaning.",
            "Directories",
            at="galaxy.new_file_path",
            kind="path",
            suggest=on_shared("tmp"),
            source=_UNLOADING,
        ),
    ] = None
    job_working_directory: Annotated[
        AnyPath | None,
        Question(
            "Job directory",
            "Each job gets a directory of its own below this one. It must be the same path on the nodes and "
            "wants a fast file system, as tools write their scratch files here.",
            "Directories",
            at="galaxy.job_working_directory",
            kind="path",
            suggest=on_shared("jobs_directory"),
            source=_CLUSTER,
        ),
    ] = None
    tool_dependency_dir: Annotated[
        AnyPath | None,
        Question(
            "Tool dependencies",
            "Where the programs that tools call are installed. Jobs run them from here, so the nodes must "
            "see the same path and have a compatible operating system.",
            "Directories",
            at="galaxy.tool_dependency_dir",
            kind="path",
            suggest=on_shared("dependencies"),
            source=_CLUSTER,
        ),
    ] = None
    conda_prefix: Annotated[
        AnyPath | None,
        Question(
            "Conda prefix",
            "Where Conda installs packages and environments for tools. Keep the path short: packages store "
            "it in their programs and some cannot hold more than 80 characters. Moving it later breaks what "
            "is installed.",
            "Directories",
            at="galaxy.conda_prefix",
            kind="path",
            suggest=_conda_prefix,
            source="galaxyproject/galaxy#2537",
        ),
    ] = None
    outputs_to_working_directory: Annotated[
        bool | None,
        Question(
            "Outputs in job folder",
            "Tools write outputs to the job's directory, and Galaxy moves them to the datasets afterwards. "
            "Needed when jobs may not write where datasets are: run as other users, read-only mounts, "
            "containers shut in. It costs a copy when the two lie on different file systems.",
            "Collection",
            at="galaxy.outputs_to_working_directory",
            suggest=_outputs,
            source="galaxyproject/galaxy#6391",
        ),
    ] = None
    retry_job_output_collection: Annotated[
        Amount | None,
        Question(
            "Retry collection",
            "How often Galaxy looks again, a second apart, for the output of a job that has ended. NFS "
            "caches directory listings, so the files of a node appear late; without a retry such jobs end as "
            "empty or failed datasets.",
            "Collection",
            unit="times",
            at="galaxy.retry_job_output_collection",
            suggest=_retry_collection,
            source="galaxyproject/galaxy#2598",
        ),
    ] = None
    retry_metadata_internally: Annotated[
        bool | None,
        Question(
            "Retry metadata",
            "Whether a handler sets metadata itself when the job could not. It reads whole datasets and "
            "blocks the handler; switched off, users can start it again as a job. Switch it off when outputs "
            "stand in the job directory, since the file has moved by then.",
            "Collection",
            at="galaxy.retry_metadata_internally",
            suggest=_retry_metadata,
            source="galaxyproject/galaxy#5097",
        ),
    ] = None
    metadata_strategy: Annotated[
        Literal["directory", "extended", "directory_celery", "extended_celery", "legacy"] | None,
        Question(
            "Metadata",
            "Who finds out the metadata of outputs. directory: the job, and a handler finishes it. extended: "
            "the job does all and writes to the object store itself, which takes most work off handlers but "
            "needs datasets stored by uuid. The celery forms do it in a Celery task, so Celery must run.",
            "Collection",
            at="galaxy.metadata_strategy",
            choices={
                "directory": "by job and handler",
                "extended": "by the job alone",
                "directory_celery": "directory, in Celery",
                "extended_celery": "extended, in Celery",
                "legacy": "the old way",
            },
            suggest=_metadata,
            source="production.md, Use Celery for asynchronous tasks",
        ),
    ] = None
    real_user: Annotated[
        bool | None,
        Question(
            "Jobs as real user",
            "Whether cluster jobs run under the account of the person who started them, for accounting and "
            "file rights. Galaxy then needs three commands run through sudo, outputs in the job directory, "
            "and accounts that match the logins; jobs must go through DRMAA. Leave it off unless your site "
            "demands it: no takes the three commands out of galaxy.yml.",
            "Real user",
            lands=("galaxy.drmaa_external_runjob_script",),
            source="galaxyproject/galaxy#6391",
        ),
    ] = None
    real_system_username: Annotated[
        Text | None,
        Question(
            "System user name",
            "How the account is found: user_email takes the part of the mail address before the @, username "
            "the public name in Galaxy. Any other text is one account for everybody, which must not be "
            "Galaxy's own.",
            "Real user",
            at="galaxy.real_system_username",
            when=_REAL,
            suggest=Suggestion("user_email", "Galaxy's default"),
        ),
    ] = None
    external_runjob: Annotated[
        Command | None,
        Question(
            "Run script",
            "The command that submits a job as the real user. sudo must allow it to Galaxy's account without "
            "a password and keep the environment, or submission fails.",
            "Real user",
            at="galaxy.drmaa_external_runjob_script",
            when=_REAL,
            suggest=_script("drmaa_external_runner.py --assign_all_groups"),
            source="galaxyproject/galaxy#6391",
        ),
    ] = None
    external_killjob: Annotated[
        Command | None,
        Question(
            "Kill script",
            "The command that ends such a job when its user cancels it. Without it the job runs on, since "
            "Galaxy's account may not stop it.",
            "Real user",
            at="galaxy.drmaa_external_killjob_script",
            when=_REAL,
            suggest=_script("drmaa_external_killer.py"),
            source="galaxyproject/galaxy#6391",
        ),
    ] = None
    external_chown: Annotated[
        Command | None,
        Question(
            "Chown script",
            "The command that hands the job's directory to the real user before the job and back to Galaxy "
            "after it. Without it either the job cannot write or Galaxy cannot collect.",
            "Real user",
            at="galaxy.external_chown_script",
            when=_REAL,
            suggest=_script("external_chown_script.py"),
            source="galaxyproject/galaxy#6391",
        ),
    ] = None
