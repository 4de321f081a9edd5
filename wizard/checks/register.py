"""Every check, by the modules that hold them, in the order in which they are told."""

from __future__ import annotations

from importlib import import_module

from wizard.checks.check import Check

CHECKS = (
    "database",
    "broker",
    "processes",
    "living",
    "in_effect",
    "galaxy",
    "proxy",
    "proxy_reach",
    "certificates",
    "files",
    "files_mounts",
    "cluster",
    "cluster_drmaa",
    "machine",
    "machine_python",
)
"""Modules beside this one. Every `Check` at their top is one; a module is loaded when checks are asked for."""


def checks(modules: tuple[str, ...] = CHECKS) -> tuple[Check, ...]:
    """The checks of these modules, in order."""
    return tuple(
        found
        for name in modules
        for found in vars(import_module(f"wizard.checks.{name}")).values()
        if isinstance(found, Check) and found.look.__module__ == f"wizard.checks.{name}"
    )
