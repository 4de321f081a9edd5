"""How does Galaxy read this job configuration?

usage: job_conf.py FILE

FILE is a job_conf.yml, a job_conf.xml, or a galaxy.yml (its inline `job_config`, else the file that it
names).

The configuration is held against Galaxy's own job_config schema (YAML only), loaded with
galaxy.jobs.JobConfiguration, and checked for what Galaxy finds out only when a job runs: an environment whose
runner is not defined, a tool that names no environment, a default that is none, a runner that cannot be
imported.

prints: ok, problems, and what Galaxy sees: runners {id: {load, workers, params}}, environments {id: {runner,
params, env, tags, resubmit}}, tags {tag: [environment]}, default, assign [method], handlers {id or tag:
[handler]}, default_handler, handler_runners {handler: [runner]}, max_grab, ready_window_size, tools {id:
[{environment, handler, params}]}, tool_resources {id: [group]}, limits {type: value}.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib
import json
import logging
import os
import sys
import types
import warnings
from pathlib import Path
from typing import Any


@functools.cache
def job_schema() -> Any:
    import yaml
    from galaxy.config import GALAXY_CONFIG_SCHEMA_PATH

    return yaml.safe_load(Path(str(GALAXY_CONFIG_SCHEMA_PATH)).with_name("job_config_schema.yml").read_text())


def schema_problems(document: dict[str, Any]) -> list[str]:
    from pykwalify.core import Core
    from pykwalify.errors import PyKwalifyException

    try:
        core = Core(source_data=document, schema_data=copy.deepcopy(job_schema()))
        core.validate(raise_exception=True)
    except PyKwalifyException as refusal:
        return [str(refusal)]
    return []


def load(configuration: Any) -> Any:
    """galaxy.jobs.JobConfiguration over an application that has its configuration and an empty database."""
    from galaxy.job_metrics import JobMetrics
    from galaxy.jobs import JobConfiguration
    from galaxy.web_stack import application_stack_instance
    from sqlalchemy import create_engine

    # Where `assign` is unset, Galaxy asks the database what it can do.
    model = types.SimpleNamespace(engine=create_engine("sqlite://"))
    app = types.SimpleNamespace(config=configuration, job_metrics=JobMetrics(None), toolbox=None, model=model)
    app.amqp_internal_connection_obj = None
    app.application_stack = application_stack_instance(app=app, config=configuration)
    return JobConfiguration(app)


def cross_references(jobs: Any) -> list[str]:
    """What names something that is not there; Galaxy itself says nothing of it at start."""
    runners = {plugin["id"] for plugin in jobs.runner_plugins} | {"dynamic"}
    found = [
        f"environment {environment.id}: runner {environment.runner!r} is not defined"
        for name, environments in jobs.destinations.items()
        for environment in environments
        if name == environment.id and environment.runner not in runners
    ]
    for tool, configurations in jobs.tools.items():
        for one in configurations:
            if one.destination and one.destination not in jobs.destinations:
                found.append(f"tool {tool}: environment {one.destination!r} is not defined")
            if one.handler and one.handler not in jobs.handlers:
                found.append(f"tool {tool}: handler {one.handler!r} is not defined")
    if jobs.default_destination_id not in jobs.destinations:
        found.append(f"default environment {jobs.default_destination_id!r} is not defined")
    return found


def runner_problems(jobs: Any) -> list[str]:
    found = []
    for plugin in jobs.runner_plugins:
        module, _, name = plugin["load"].partition(":")
        module = module if "." in module else f"galaxy.jobs.runners.{module}"
        try:
            loaded = importlib.import_module(module)
        except ImportError as error:
            found.append(f"runner {plugin['id']}: {error}")
            continue
        if name and not hasattr(loaded, name):
            found.append(f"runner {plugin['id']}: {module} has no {name}")
    return found


def reasons(refusal: BaseException | None) -> list[str]:
    """What Galaxy said and meant to say: with an inline job_config it stumbles over its own message."""
    found = []
    while refusal is not None:
        found.append(f"{type(refusal).__name__}: {refusal}")
        refusal = refusal.__context__
    return found


def view(jobs: Any) -> dict[str, Any]:
    single = {name: found[0] for name, found in jobs.destinations.items() if [d.id for d in found] == [name]}
    fields = ("runner", "params", "env", "tags", "resubmit")
    return {
        "runners": {
            plugin["id"]: {
                "load": plugin["load"],
                "workers": plugin.get("workers"),
                "params": plugin.get("kwds") or {},
            }
            for plugin in jobs.runner_plugins
        },
        "environments": {
            name: {field: getattr(one, field) for field in fields} for name, one in single.items()
        },
        "tags": {
            name: [d.id for d in found] for name, found in jobs.destinations.items() if name not in single
        },
        "default": jobs.default_destination_id,
        "assign": [getattr(method, "value", str(method)) for method in jobs.handler_assignment_methods or []],
        "handlers": jobs.handlers,
        "default_handler": jobs.default_handler_id,
        "handler_runners": jobs.handler_runner_plugins,
        "max_grab": jobs.handler_max_grab,
        "ready_window_size": jobs.handler_ready_window_size,
        "tools": {
            tool: [{"environment": c.destination, "handler": c.handler, "params": c.params} for c in found]
            for tool, found in jobs.tools.items()
        },
        "tool_resources": {
            tool: [c.get_resource_group() for c in found] for tool, found in jobs.tools.items()
        },
        "limits": {name: value for name, value in dataclasses.asdict(jobs.limits).items() if value},
    }


def main(path: Path) -> dict[str, Any]:
    import yaml
    from galaxy.config import GalaxyAppConfiguration
    from galaxy.util.properties import load_app_properties

    document: Any = None
    if path.suffix != ".xml":
        try:
            document = yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            return {"problems": [f"not YAML: {error}"]}
    if isinstance(document, dict) and "galaxy" in document:
        configuration = GalaxyAppConfiguration(
            **load_app_properties(config_file=str(path), config_section="galaxy")
        )
        inline = (document["galaxy"] or {}).get("job_config")
        source = Path(configuration.job_config_file)
        if inline is not None:
            document = inline
        elif source.suffix == ".xml" or not source.exists():
            document = None
        else:
            document = yaml.safe_load(source.read_text())
    else:
        configuration = GalaxyAppConfiguration(job_config_file=str(path), config_dir=str(path.parent))
    problems = schema_problems(document) if document is not None else []
    try:
        jobs = load(configuration)
    except Exception as refusal:  # Galaxy raises a bare Exception for any mistake in the file
        return {"problems": [*problems, *reasons(refusal)]}
    problems += [*cross_references(jobs), *runner_problems(jobs)]
    return {"problems": problems, **view(jobs)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    file = Path(sys.argv[1]).absolute()
    os.chdir(file.parent)  # Galaxy takes a checkout as its working directory for a sign; there is none here
    verdict = main(file)
    print(json.dumps({"ok": not verdict["problems"], **verdict}, default=str))
    sys.exit(0 if not verdict["problems"] else 1)
