"""What Ansible's role for Galaxy calls things, and where it puts what nobody says.

Source: galaxyproject/ansible-galaxy, `defaults/main.yml`, `vars/layout-*.yml`, `tasks/layout.yml`; for the sites of a
proxy galaxyproject/ansible-nginx, `tasks/server.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CONFIG = "galaxy_config"
"""The variable that holds galaxy.yml, section by section."""

PLACES = MappingProxyType(
    {
        "groundwork.root": "galaxy_server_dir",
        "groundwork.virtualenv": "galaxy_venv_dir",
        "groundwork.config_dir": "galaxy_config_dir",
        "groundwork.data_dir": "galaxy_mutable_data_dir",
        "groundwork.managed_config_dir": "galaxy_mutable_config_dir",
        "groundwork.log_dir": "galaxy_log_dir",
    }
)
"""Questions about places, each with the role's variable."""

NAMES = MappingProxyType(
    {
        "groundwork.config_file": "galaxy_config_file_basename",
        "groundwork.user": "galaxy_user",
        "groundwork.group": "galaxy_group",
    }
)
"""The same for names; a user or a group may also be a mapping with a `name`."""

_IN_ROOT = {
    "galaxy_server_dir": "{{ galaxy_root }}/server",
    "galaxy_venv_dir": "{{ galaxy_root }}/venv",
    "galaxy_config_dir": "{{ galaxy_root }}/config",
    "galaxy_mutable_data_dir": "{{ galaxy_root }}/var",
    "galaxy_file_path": "{{ galaxy_root }}/datasets",
    "galaxy_job_working_directory": "{{ galaxy_root }}/jobs",
}
_IN_OPT = {
    "galaxy_server_dir": "/opt/galaxy",
    "galaxy_venv_dir": "/var/opt/galaxy/venv",
    "galaxy_config_dir": "/etc/opt/galaxy",
    "galaxy_mutable_data_dir": "/var/opt/galaxy/data",
    "galaxy_file_path": "/srv/galaxy/datasets",
}
_IN_CODE = {
    "galaxy_venv_dir": "{{ galaxy_server_dir }}/.venv",
    "galaxy_config_dir": "{{ galaxy_server_dir }}/config",
    "galaxy_mutable_data_dir": "{{ galaxy_server_dir }}/database",
    "galaxy_mutable_config_dir": "{{ galaxy_server_dir }}/config",
}
_LEGACY = {
    **_IN_CODE,
    "galaxy_config_dir": "{{ galaxy_server_dir }}",
    "galaxy_mutable_config_dir": "{{ galaxy_server_dir }}",
    "galaxy_tool_data_path": "{{ galaxy_server_dir }}/tool_data",
}
_ANYWHERE = {
    "galaxy_mutable_config_dir": "{{ galaxy_mutable_data_dir }}/config",
    "galaxy_log_dir": "{{ galaxy_mutable_data_dir }}/log",
    "galaxy_file_path": "{{ galaxy_mutable_data_dir }}/datasets",
    "galaxy_job_working_directory": "{{ galaxy_mutable_data_dir }}/jobs",
    "galaxy_tool_dependency_dir": "{{ galaxy_mutable_data_dir }}/dependencies",
    "galaxy_tool_data_path": "{{ galaxy_mutable_data_dir }}/tool_data",
    "galaxy_config_file_basename": "galaxy.yml",
    "galaxy_config_file": "{{ galaxy_config_dir }}/{{ galaxy_config_file_basename }}",
}
LAYOUTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "root-dir": {**_ANYWHERE, **_IN_ROOT},
        "opt": {**_ANYWHERE, **_IN_OPT},
        "custom": _ANYWHERE,
        "legacy": {**_ANYWHERE, **_LEGACY},
        "legacy-improved": {**_ANYWHERE, **_IN_CODE},
    }
)
"""Where each layout of the role puts what no variable says."""

ROLES_OWN = (
    "file_path",
    "job_working_directory",
    "tool_dependency_dir",
    "tool_data_path",
)
"""Options of Galaxy that the role writes with a place of its layout's, unless the variables say another."""

GRAVITY = MappingProxyType(
    {
        "galaxy_root": "{{ galaxy_server_dir }}",
        "log_dir": "{{ galaxy_log_dir }}",
        "virtualenv": "{{ galaxy_venv_dir }}",
        "app_server": "gunicorn",
        "gunicorn": {"bind": "localhost:8080"},
    }
)
"""What the role writes for Gravity where `galaxy_config` has no such section."""

SITES = "/etc/nginx/sites-available"


def with_defaults(variables: Mapping[str, Any]) -> dict[str, Any]:
    """`variables`, and under them what the role knows by itself."""
    layout = variables.get("galaxy_layout", "legacy")
    known = LAYOUTS.get(layout, _ANYWHERE) if isinstance(layout, str) else _ANYWHERE
    return {**known, **variables}
