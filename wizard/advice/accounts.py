"""Rules about accounts, secrets, and switches that open a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wizard.advice.advice import Finding, Scene, rule
from wizard.advice.fronts import ANYWHERE, split_address
from wizard.advice.jobs_seen import is_new, is_true, is_whole, main_file, taken_out
from wizard.answers.questions import questions
from wizard.answers.secret import Secret
from wizard.releases import catalog

_ID, _PROXYS = "groundwork.id_secret", "proxy.remote_user_secret"
_DEBUG, _INTERACTIVE = "groundwork.debug", "groundwork.use_interactive"
_ADMINS, _USER, _ROOT = "groundwork.admin_users", "groundwork.user", "groundwork.root"
_DEVELOPER = "Galaxy documentation, Production: disable the developer settings"
_CLEAN = "Galaxy documentation, Production: use a clean environment"
_CHECK = "Galaxy's own check of its configuration (galaxy.config.config_manage)"
_GENERATED = Secret(source="generate")
_OF_OTHERS = frozenset(
    {
        "nobody", "daemon", "bin", "sys", "adm", "slurm", "munge",
        "www-data", "nginx", "apache", "httpd", "http", "postgres", "mysql", "redis", "proftpd",
        "ubuntu", "debian", "centos", "rocky", "almalinux", "fedora", "ec2-user", "azureuser", "vagrant", "admin",
    }
)  # fmt: skip
"""Accounts of other services, and those that installers and clouds give to a person."""


def _is_published(value: Any, option: str) -> bool:
    text = value.reference if isinstance(value, Secret) else value
    return bool(text == catalog.published_default(option))


def _trusts_proxy(scene: Scene) -> bool:
    """Whether Galaxy believes a header that says who the user is."""
    told = scene.value("proxy.authentication")
    main = main_file(scene)
    if told is not None or main is None:
        return told not in (None, "galaxy")
    return (
        re.search(r"^\s*use_remote_user\s*[:=]\s*(?:true|yes|on|1)\b", main.text, re.MULTILINE | re.I)
        is not None
    )


def passed_by_at(scene: Scene) -> str | None:
    """Where the network reaches a Galaxy on one machine that believes whom the proxy names; None where it cannot."""
    address = scene.value("proxy.address")
    if not _trusts_proxy(scene) or scene.value("proxy.link") != "tcp" or not isinstance(address, str):
        return None
    return address if split_address(address)[0] in ANYWHERE and not scene.value("scaling.hosts") else None


# -- secrets


@rule("accounts.id-secret-published", "error", "galaxyproject/galaxy#6395")
def id_secret_published(scene: Scene) -> Iterator[Finding]:
    """Galaxy has a key for those who give none, and it is the same everywhere."""
    main, value = main_file(scene), scene.value(_ID)
    unsaid = value is None and is_whole(scene, _ID)
    if main is not None and (unsaid or _is_published(value, "id_secret")):
        yield Finding(
            "ids and session cookies are made with the key that Galaxy's sample shows",
            "anybody can make a cookie of any user, administrators included",
            "have a key generated; people log in again, and links with encoded ids change this once",
            _ID,
            main.shown if value is None else None,
            fix={_ID: _GENERATED},
        )


@rule("accounts.proxy-secret-missing", "error", "Galaxy's sample galaxy.yml, remote_user_secret")
def proxy_secret_missing(scene: Scene) -> Iterator[Finding]:
    """Galaxy believes the user's name that comes with a request, and must know that the proxy sent it."""
    value = scene.value(_PROXYS)
    if _trusts_proxy(scene) and (value is None or _is_published(value, "remote_user_secret")):
        known = "only a published" if value is not None else "no"
        yield Finding(
            f"Galaxy believes whom the proxy names, and {known} secret shows that it was the proxy",
            "whoever has an account on this machine can reach Galaxy itself, and be anyone, an administrator too",
            "have a secret generated, which proxy and Galaxy share",
            _PROXYS,
            fix={_PROXYS: _GENERATED} if scene.value("proxy.server") in ("nginx", "apache") else {},
        )


@rule("accounts.proxy-passed-by", "error", "galaxyproject/training-material#1922")
def proxy_passed_by(scene: Scene) -> Iterator[Finding]:
    """A port that the network reaches is a way around the proxy."""
    address = passed_by_at(scene)
    if address is not None:
        yield Finding(
            f"Galaxy listens at {address} for everybody, and believes the user's name that comes with a request",
            "whoever sends requests past the proxy and knows the secret can say to be anyone",
            "let Galaxy listen at localhost or at a UNIX socket",
            "proxy.address",
            fix={"proxy.address": f"localhost:{split_address(address)[1]}"},
        )


@rule("accounts.api-key-published", "error", _CHECK)
def api_key_published(scene: Scene) -> Iterator[Finding]:
    """The sample's key to everything, taken over as it is."""
    for option in ("bootstrap_admin_api_key", "master_api_key"):
        value = scene.value(f"options.{option}")
        text = value.reference if isinstance(value, Secret) else value
        entry = catalog.option(option)
        if text and entry is not None and text in entry.unsafe:
            yield Finding(
                f"{option} is the key that Galaxy's sample shows",
                "with it anybody can do what an administrator may",
                "take it out: an administrator's account has a key of its own",
                f"options.{option}",
                fix=taken_out(scene, f"options.{option}"),
            )


# -- switches


@rule("accounts.debug", "error", _DEVELOPER)
def debug(scene: Scene) -> Iterator[Finding]:
    """Galaxy holds whole responses in memory to show them."""
    if scene.value(_DEBUG) is True:
        yield Finding(
            "debug is on",
            "each response is held in memory as a whole, so that large files end in a time-out or take all memory, "
            "and errors show the code to everybody",
            "switch it off",
            _DEBUG,
            fix={_DEBUG: False},
        )


@rule("accounts.interactive-debugger", "error", _DEVELOPER)
def interactive_debugger(scene: Scene) -> Iterator[Finding]:
    """An error opens a Python prompt in the browser; only debug keeps it shut, and uWSGI, which refuses it."""
    if scene.value(_INTERACTIVE) is True and scene.value(_DEBUG) is True:
        yield Finding(
            "use_interactive is on, and debug too",
            "whoever runs into an error gets a Python prompt, and can run any code as Galaxy's account",
            "switch both off",
            _INTERACTIVE,
            fix={_INTERACTIVE: False, _DEBUG: False},
        )


@rule("accounts.debugger-at-hand", "note", _DEVELOPER)
def debugger_at_hand(scene: Scene) -> Iterator[Finding]:
    """The samples of some releases have it switched on."""
    if scene.value(_INTERACTIVE) is True and scene.value(_DEBUG) is not True:
        yield Finding(
            "use_interactive is on, and only debug, which is off, keeps its Python prompt away",
            "whoever switches debug on for an hour opens the server to everybody",
            "switch it off",
            _INTERACTIVE,
            fix={_INTERACTIVE: False},
        )


@rule("accounts.scripts-in-datasets", "error", _CHECK)
def scripts_in_datasets(scene: Scene) -> Iterator[Finding]:
    """A dataset is what some user uploaded."""
    if is_true(scene.value("options.serve_xss_vulnerable_mimetypes")):
        yield Finding(
            "datasets that may hold scripts are shown by the browser as they are",
            "one who looks at a shared dataset runs its author's script with the own login",
            "switch serve_xss_vulnerable_mimetypes off",
            "options.serve_xss_vulnerable_mimetypes",
            fix={"options.serve_xss_vulnerable_mimetypes": False},
        )


@rule("accounts.single-user", "error", _CHECK)
def single_user(scene: Scene) -> Iterator[Finding]:
    """For one's own machine: there is no login at all."""
    value = scene.value("options.single_user")
    if value and str(value).lower() not in ("false", "no", "off", "none", "0"):
        yield Finding(
            "single_user is set: everybody is logged in as the same user",
            "whoever reaches the server may do all that this user may",
            "take it out on every server that others can reach",
            "options.single_user",
            fix=taken_out(scene, "options.single_user"),
        )


@rule("accounts.paths-pasted", "warning", "Galaxy's sample galaxy.yml, allow_path_paste")
def paths_pasted(scene: Scene) -> Iterator[Finding]:
    """A path on the server is as good as the file."""
    if is_true(scene.value("options.allow_path_paste")):
        yield Finding(
            "administrators of Galaxy may import any file by its path on the server",
            "they read whatever Galaxy's account can, configuration with passwords and other people's data too",
            "switch it off, or leave it on only where all administrators may read all of that",
            "options.allow_path_paste",
            fix={"options.allow_path_paste": False},
        )


# -- accounts


@rule("accounts.no-admin", "note", "galaxyproject/galaxy#3363")
def no_admin(scene: Scene) -> Iterator[Finding]:
    """Tools, users and quotas are an administrator's."""
    admins = scene.value(_ADMINS)
    if not admins and is_new(scene) and scene.value("options.bootstrap_admin_api_key") is None:
        yield Finding(
            "nobody is an administrator",
            "nobody can install tools, look after users or set quotas",
            "name the address that you register with",
            _ADMINS,
        )


@rule("accounts.admin-to-register", "note", "galaxyproject/galaxy#3363")
def admin_to_register(scene: Scene) -> Iterator[Finding]:
    """Galaxy goes by the address, whoever registers with it first."""
    admins = scene.value(_ADMINS)
    by_galaxy = scene.value("proxy.authentication", "galaxy") == "galaxy"
    if admins and is_new(scene) and by_galaxy and not questions()[_ADMINS].question.stands_in(admins):
        yield Finding(
            f"naming {', '.join(admins)} creates no account",
            "whoever registers first with such an address is an administrator",
            "register each of them as soon as Galaxy runs, before others can reach it",
            _ADMINS,
        )


@rule("accounts.user-of-others", "warning", _CLEAN)
def user_of_others(scene: Scene) -> Iterator[Finding]:
    """An account of its own can be given and denied access to data."""
    user, root = scene.value(_USER), str(scene.value(_ROOT) or "")
    if not isinstance(user, str):
        return
    personal = root.startswith(f"/home/{user}/") and "galaxy" not in user.lower()
    if user in _OF_OTHERS or personal:
        whose = f"lives in the home of {user}" if personal and user not in _OF_OTHERS else f"runs as {user}"
        yield Finding(
            f"Galaxy {whose}, an account that others use",
            "rights on data cannot be given to Galaxy alone, and tools can read and change what is that account's",
            "make an account for Galaxy and nothing else, such as galaxy",
            _USER,
        )
