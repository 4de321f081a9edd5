"""The `galaxy:` section of galaxy.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wizard.answers.question import Given
from wizard.answers.secret import Secret
from wizard.documents.yaml import MISSING, Path, YamlDocument
from wizard.files import one_to_one, urls
from wizard.files.lens import Reading, Secrecy, Target
from wizard.files.places import in_config_dir, sample_patterns
from wizard.files.yaml_lens import Entries, Entry, YamlLens
from wizard.releases import catalog

DATABASE: Path = ("galaxy", "database_connection")
CELERY_CONF: Path = ("galaxy", "celery_conf")
TASK_ROUTES: Path = (*CELERY_CONF, "task_routes")
X_ACCEL_BASE = "/_x_accel_redirect"

_URL_HEADS = {
    "database": ("database.engine", "database.connect"),
    "celery.broker": ("celery.broker",),
    "celery.backend": ("celery.backend",),
}
_BROKERS = {"celery.broker": (*CELERY_CONF, "broker_url"), "celery.backend": (*CELERY_CONF, "result_backend")}
_COMPOSED = frozenset(
    {
        "proxy.downloads",
        "proxy.upload_store",
        "proxy.authentication",
        "proxy.display_sites",
        "celery.task_routes",
    }
)


class GalaxySection(YamlLens):
    """Options of Galaxy itself: one to one, the connection URLs, and what the proxy has to agree with."""

    name = "galaxy.yml"

    def owns(self, question: str) -> bool:
        return (
            question in one_to_one.mapped_questions("galaxy")
            or question in _COMPOSED
            or question.startswith("options.")
            or any(_in_group(question, group) for group in _URL_HEADS)
        )

    def target(self, given: Given) -> Target | None:
        path = in_config_dir(given, "galaxy.yml")
        return Target(path, 0o640) if path else None

    def samples(self, given: Given) -> tuple[str, ...]:
        return sample_patterns(given, "galaxy.yml.sample")

    def overlaid(self, read: Given, given: Given) -> dict[str, Any]:
        kept = dict(read)
        for group, heads in _URL_HEADS.items():
            if any(head in given and given[head] != read.get(head) for head in heads):
                kept = {path: value for path, value in kept.items() if not _in_group(path, group)}
        return {**kept, **given}

    # answers to entries

    def entries(self, given: Given) -> Entries:
        found = one_to_one.entries("galaxy", given)
        database = urls.compose_database(given)
        if database is not None:
            found[DATABASE] = Entry(database, _given_in(given, "database"), "url")
        for kind, path in _BROKERS.items():
            url = urls.compose_broker(given, kind)
            if url is not None:
                found[path] = Entry(url, _given_in(given, kind), "url")
        for task, queue in (given.get("celery.task_routes") or {}).items():
            route = (*TASK_ROUTES, task)
            found[route] = Entry(queue, ("celery.task_routes",))
        found.update(_proxy_entries(given))
        for question, value in given.items():
            if question.startswith("options."):
                name = question.removeprefix("options.")
                plain = value.reference if isinstance(value, Secret) else value
                found[("galaxy", name)] = Entry(plain, (question,), _secrecy(name))
        return found

    def completed(self, document: YamlDocument, changes: dict[Path, Entry], given: Given) -> None:
        # A celery_conf replaces Galaxy's own default as a whole, its task routes included.
        causes = [entry for path, entry in changes.items() if path[:2] == CELERY_CONF]
        if not causes or "celery.task_routes" in given or isinstance(document.get(CELERY_CONF), dict):
            return
        routes = (catalog.published_default("celery_conf") or {}).get("task_routes", {})
        for task, queue in routes.items():
            changes.setdefault((*TASK_ROUTES, task), Entry(queue, causes[0].questions))

    # entries to answers

    def answers(self, document: YamlDocument, file: str) -> Reading:
        reading = one_to_one.read("galaxy", document, file)
        composed: list[tuple[Path, dict[str, Any]]] = []
        database = document.get(DATABASE)
        if isinstance(database, str):
            composed.append((DATABASE, urls.decompose_database(database)))
        for kind, path in _BROKERS.items():
            url = document.get(path)
            if isinstance(url, str):
                known = database if isinstance(database, str) else None
                composed.append((path, urls.decompose_broker(url, kind, known)))
        routes = document.get(TASK_ROUTES)
        if _is_text_map(routes):
            composed.append((TASK_ROUTES, {"celery.task_routes": routes}))
        composed.extend(_read_proxy(document))
        composed.extend(_read_options(document))
        for path, answers in composed:
            reading.given.update(answers)
            line = document.line(path)
            if line is not None:
                reading.lines.update(dict.fromkeys(answers, line))
        return reading

    def secret_paths(self, document: YamlDocument) -> Iterable[tuple[Path, Secrecy]]:
        listed = {("galaxy", *name.split(".")) for name in catalog.secret_options()}
        mapped = one_to_one.mapped("galaxy")
        for path in listed | mapped.keys() | set(_leaves(document, ("galaxy",))):
            secrecy = one_to_one.secrecy_of(path, mapped.get(path))
            if secrecy is not None and not _is_published(document, path):
                yield path, secrecy


def _proxy_entries(given: Given) -> Entries:
    found: Entries = {}
    if "proxy.downloads" in given and given.get("proxy.server") != "apache":
        wanted = X_ACCEL_BASE if given["proxy.downloads"] else None
        if wanted is not None:
            found[("galaxy", "nginx_x_accel_redirect_base")] = Entry(wanted, ("proxy.downloads",))
    elif "proxy.downloads" in given:
        found[("galaxy", "apache_xsendfile")] = Entry(given["proxy.downloads"], ("proxy.downloads",))
    if "proxy.upload_store" in given:
        found[("galaxy", "tus_upload_store")] = Entry(given["proxy.upload_store"], ("proxy.upload_store",))
    if "proxy.authentication" in given:
        remote = given["proxy.authentication"] != "galaxy"
        found[("galaxy", "use_remote_user")] = Entry(remote, ("proxy.authentication",))
    if given.get("proxy.display_sites"):
        sites = ",".join(given["proxy.display_sites"])
        found[("galaxy", "display_servers")] = Entry(sites, ("proxy.display_sites",))
    return found


def _read_proxy(document: YamlDocument) -> Iterable[tuple[Path, dict[str, Any]]]:
    base: Path = ("galaxy", "nginx_x_accel_redirect_base")
    if document.get(base) == X_ACCEL_BASE:
        yield base, {"proxy.downloads": True}
    store: Path = ("galaxy", "tus_upload_store")
    if isinstance(document.get(store), str):
        yield store, {"proxy.upload_store": document.get(store)}
    remote: Path = ("galaxy", "use_remote_user")
    if document.get(remote) is False:
        yield remote, {"proxy.authentication": "galaxy"}
    sites: Path = ("galaxy", "display_servers")
    held = document.get(sites)
    if isinstance(held, str) and held:
        yield sites, {"proxy.display_sites": [part.strip() for part in held.split(",") if part.strip()]}


def _read_options(document: YamlDocument) -> Iterable[tuple[Path, dict[str, Any]]]:
    taken = {path[1] for path in one_to_one.mapped("galaxy")} | _COMPOSED_OPTIONS
    for name in document.keys(("galaxy",)):
        value = document.get(("galaxy", name))
        if name not in taken and catalog.option(name) is not None and _fits_toml(value):
            secret = _secrecy(name) is not None and isinstance(value, str)
            yield ("galaxy", name), {f"options.{name}": Secret(value) if secret else value}


_COMPOSED_OPTIONS = frozenset(
    {
        "database_connection", "celery_conf", "job_config", "nginx_x_accel_redirect_base", "apache_xsendfile",
        "tus_upload_store", "use_remote_user", "display_servers",
    }
)  # fmt: skip


def _in_group(question: str, group: str) -> bool:
    if group == "database":
        return question.removeprefix("database.") in _DATABASE_PARTS
    return question == group or question.startswith(group + "_")


_DATABASE_PARTS = frozenset(
    {"engine", "connect", "socket", "host", "port", "name", "user", "password", "file", "url"}
)


def _given_in(given: Given, group: str) -> tuple[str, ...]:
    return tuple(path for path in given if _in_group(path, group))


def _secrecy(name: str) -> Secrecy | None:
    return catalog.secret_kind(name)


def _is_published(document: YamlDocument, path: Path) -> bool:
    if len(path) != 2:
        return False
    published = catalog.published_default(str(path[1]))
    return published is not None and document.get(path) in (MISSING, published)


def _leaves(document: YamlDocument, path: Path) -> Iterable[Path]:
    value = document.get(path)
    children: Iterable[Any]
    if isinstance(value, Mapping):
        children = [key for key in value if isinstance(key, str)]
    elif isinstance(value, list):
        children = range(len(value))
    else:
        yield path
        return
    for child in children:
        yield from _leaves(document, (*path, child))


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)


def _fits_toml(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _fits_toml(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_fits_toml(item) for item in value)
    return isinstance(value, bool | int | float | str)
