"""A plan as variables of Ansible's role for Galaxy, and as the files that a playbook puts beside them.

What the role puts into galaxy.yml is taken from the planned file, so that both ways lead to the same.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wizard.answers.question import Given
from wizard.documents.yaml.document import Tagged
from wizard.exporting import role
from wizard.exporting.ansible_reading import Playbook, read_playbook
from wizard.exporting.jinja import UNSAFE, sheltered
from wizard.exporting.vault import Vault, template, without_secrets
from wizard.file_plan import FilePlan
from wizard.files.hosts import HOST, HOSTS
from wizard.files.lens import same_answer
from wizard.files.places import config_dir, main_config, release
from wizard.plan import Plan
from wizard.problems import Problem, Refused
from wizard.releases.release import Release

_FIRST = Release.parse("22.05")
"""From here on the role writes Gravity's section (`templates/galaxy.yml.j2`)."""

Variables = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """What is written for Ansible. Texts hold no secret: `vault` has those."""

    groups: tuple[tuple[str, Variables], ...]
    """The variables, group by group under a comment."""
    files: dict[str, str] = field(default_factory=dict)
    """The files that the variables name, by their path in the playbook's directory."""
    vault: Vault = field(default_factory=Vault)
    left: tuple[str, ...] = ()
    """The answered questions that none of this carries."""
    unwritten: tuple[str, ...] = ()
    """The planned files that no role writes."""
    added: tuple[str, ...] = ()
    """Options of galaxy.yml that the role sets by itself, because no answer does."""

    @property
    def variables(self) -> Variables:
        return {name: value for _, group in self.groups for name, value in group.items()}


def export(plan: Plan) -> Export:
    """The variables for `plan`. Raises Refused where the role has none for such a server."""
    given = plan.given
    main = _main_file(plan)
    vault = Vault()
    config = without_secrets(main.after, main.path, main.secrets_after, vault)
    if "uwsgi" in config or release(given) < _FIRST:
        way_out = "upgrade to a release with Gravity first: galaxy-setup upgrade --to 26.1"
        raise Refused(
            Problem(f"a server of {release(given)} or under uWSGI is not exported", way_out=way_out)
        )
    config.setdefault("gravity", {})
    beside, files, unwritten = _beside(plan, main, vault)
    groups = (
        ("Where things are", _places(given)),
        ("Which Galaxy, and who runs it", _code_and_accounts(given)),
        ("What the role does", _switches(given, config)),
        ("Directories that the role does not know of", _directories(given, config)),
        ("galaxy.yml", {role.CONFIG: config}),
        *beside,
        ("The database (galaxyproject.postgresql_objects)", _database(given)),
    )
    done = Export(tuple((title, group) for title, group in groups if group), files, vault)
    options = config.get("galaxy")
    added = [
        name
        for name in role.ROLES_OWN
        if f"galaxy_{name}" not in done.variables and name not in (options or {})
    ]
    return Export(done.groups, files, vault, left_out(done, given), unwritten, tuple(added))


def left_out(done: Export, given: Given) -> tuple[str, ...]:
    """The questions whose answers do not come back when the export is read again."""
    secrets = {name: Tagged(UNSAFE, secret) for name, secret in done.vault.held.items()}
    texts = {**done.variables, **secrets}
    back = read_playbook(Playbook(texts, done.files)).given
    missing = object()
    return tuple(
        path
        for path, value in given.items()
        if path not in (HOST, HOSTS) and not same_answer(back.get(path, missing), value)
    )


def _main_file(plan: Plan) -> FilePlan:
    path = main_config(plan.given)
    main = next((file for file in plan.files if file.path == path), None)
    if main is None:
        what = "these answers write no galaxy.yml, and the role is about nothing else"
        raise Refused(Problem(what, way_out="export the answers of a host that runs Galaxy, 21.05 or later"))
    if not plan.given.get("groundwork.root"):
        what = "the role has to know where Galaxy's code is"
        raise Refused(Problem(what, question="groundwork.root", way_out="answer it"))
    return main


def _places(given: Given) -> Variables:
    """The layout that fits, and every place that is answered."""
    root = str(given["groundwork.root"])
    found: Variables = {}
    if posixpath.basename(root) == "server":
        found = {"galaxy_layout": "root-dir", "galaxy_root": posixpath.dirname(root)}
    elif given.get("groundwork.virtualenv") and given.get("groundwork.data_dir"):
        found = {"galaxy_layout": "custom", "galaxy_root": root}
    else:
        found = {"galaxy_layout": "legacy-improved", "galaxy_root": root}
    told = {**given, "groundwork.config_dir": config_dir(given)}
    found |= {name: told[question] for question, name in role.PLACES.items() if told.get(question)}
    return {name: sheltered(value) for name, value in found.items()}


def _code_and_accounts(given: Given) -> Variables:
    found: Variables = {}
    if given.get("groundwork.release"):
        found["galaxy_commit_id"] = f"release_{release(given)}"
    for question, name in role.NAMES.items():
        if given.get(question):
            found[name] = sheltered(given[question])
    return found


def _switches(given: Given, config: Variables) -> Variables:
    """What the role is to do by itself: what the steps of a new server do."""
    accounts = bool(given.get("groundwork.user"))
    found: Variables = {
        "galaxy_create_user": accounts,
        "galaxy_manage_paths": accounts,
        "galaxy_separate_privileges": accounts,
        "galaxy_manage_clone": given.get("groundwork.install") == "git",
        "galaxy_manage_gravity": bool(config["gravity"]),
        "galaxy_manage_systemd": given.get("groundwork.service_manager") == "gravity-supervisor",
    }
    if given.get("groundwork.install") == "packages":
        found["galaxy_build_client"] = False
    return found


def _directories(given: Given, config: Variables) -> Variables:
    """Directories of Galaxy's own account below none that the role makes; places that it must agree on."""
    options, gravity = config.get("galaxy") or {}, config.get("gravity") or {}
    web = gravity.get("gunicorn")
    bind = str(web.get("bind") or "") if isinstance(web, dict) else ""
    wanted = [options.get("new_file_path"), options.get("tus_upload_store"), options.get("ftp_upload_dir")]
    wanted += [posixpath.dirname(bind.removeprefix("unix:"))] if bind.startswith("unix:") else []
    more = [path for path in dict.fromkeys(wanted) if isinstance(path, str) and posixpath.isabs(path)]
    made = {str(given.get(question)) for question in role.PLACES}
    found: Variables = {"galaxy_extra_dirs": rest} if (rest := [p for p in more if p not in made]) else {}
    for option in ("tool_data_path", "shed_tool_config_file"):
        if isinstance(value := options.get(option), str) and posixpath.isabs(value):
            found[f"galaxy_{option}"] = value
    return found


def _database(given: Given) -> Variables:
    """The role and the database of a server on this machine that knows its callers by their account."""
    if given.get("database.engine") != "postgresql" or given.get("database.connect") != "socket":
        return {}
    name, user = given.get("database.name"), given.get("database.user")
    found: Variables = {"postgresql_objects_users": [{"name": sheltered(user)}]} if user else {}
    if name:
        owner = {"owner": sheltered(user)} if user else {}
        found["postgresql_objects_databases"] = [{"name": sheltered(name), **owner}]
    return found


def _beside(
    plan: Plan, main: FilePlan, vault: Vault
) -> tuple[list[tuple[str, Variables]], dict[str, str], tuple[str, ...]]:
    """The other planned files: those of Galaxy and nginx's sites as files of the playbook; the rest by name."""
    files: dict[str, str] = {}
    copied, templates, unwritten = [], [], []
    sites: Variables = {}
    for file in plan.files:
        if file is main or not file.after:
            continue
        name = posixpath.basename(file.path)
        if file.lenses == ("nginx site",) and posixpath.dirname(file.path) == role.SITES:
            files[f"templates/nginx/{name}.j2"] = template(file.after, name, file.secrets_after, vault)
            tls = plan.given.get("proxy.tls") not in (None, "none")
            sites = {"nginx_enable_default_server": False, "nginx_servers": [] if tls else [name]}
            sites |= {"nginx_ssl_servers": [name]} if tls else {}
        elif not _is_galaxys(file, plan.given):
            unwritten.append(file.path)
        elif file.secrets_after:
            source = f"templates/galaxy/config/{name}.j2"
            files[source] = template(file.after, name, file.secrets_after, vault)
            templates.append({"src": source, "dest": sheltered(file.path)})
        else:
            source = f"files/galaxy/config/{name}"
            files[source] = file.after
            copied.append({"src": source, "dest": sheltered(file.path)})
    beside: Variables = {"galaxy_config_files": copied} if copied else {}
    beside |= {"galaxy_config_templates": templates} if templates else {}
    return [("Files beside it", beside), ("nginx (galaxyproject.nginx)", sites)], files, tuple(unwritten)


def _is_galaxys(file: FilePlan, given: Given) -> bool:
    """Whether the role can write it as one of Galaxy's files: those in its directories, of any name once."""
    places = (config_dir(given), given.get("groundwork.managed_config_dir"))
    return posixpath.dirname(file.path) in [place for place in places if place]


def notes_on(done: Export) -> Iterator[Problem]:
    """What the admin has to know of the export, a note each."""
    for section in dict.fromkeys(path.partition(".")[0] for path in done.left):
        names = ", ".join(path for path in done.left if path.startswith(f"{section}."))
        yield Problem(f"not carried by the role's variables: {names}", question=section)
    for path in done.unwritten:
        yield Problem("none of these roles writes this file", file=path)
    if done.added:
        names = ", ".join(done.added)
        yield Problem(f"the role sets {names} by itself, to a place of its layout's; no answer does")
    for name, place in done.vault.places.items():
        yield Problem(f"set the variable {name} in a vault: {place}")
