"""Rules about accounts, secrets, and switches that open a server."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.advice.scenes import Bad, found, scene_of
from wizard.advice.advising import advice
from wizard.answers.secret import Secret
from wizard.releases.catalog import published_default

SERVER = partial(scene_of, preset="single-server")
CONFIG = "/srv/galaxy/config/galaxy.yml"
BY_PROXY = {
    "proxy.authentication": "password-file",
    "proxy.password_file": "/etc/nginx/galaxy",
    "proxy.remote_user_secret": Secret("between us"),
}
OPEN_PORT = {**BY_PROXY, "proxy.link": "tcp", "proxy.address": "0.0.0.0:8080", "proxy.socket": None}
OLD = {"groundwork.config_dir": "/srv/galaxy/config", "groundwork.release": "18.05"}
ADMIN = {"groundwork.admin_users": ["ada@museum.org"]}
OWN_KEY = {"groundwork.id_secret": Secret("a key of ours"), "groundwork.admin_users": ["ada@example.org"]}


def found_there(text: str) -> partial[Any]:
    """A galaxy.yml that is there already, and nothing answered."""
    return partial(
        scene_of, '[groundwork]\nconfig_dir = "/srv/galaxy/config"\n', disk_files={CONFIG: f"galaxy:\n{text}"}
    )


BAD: Bad = {
    "accounts.id-secret-published": partial(
        SERVER, {"groundwork.id_secret": Secret(published_default("id_secret"))}
    ),
    "accounts.proxy-secret-missing": partial(SERVER, {**BY_PROXY, "proxy.remote_user_secret": None}),
    "accounts.proxy-passed-by": partial(SERVER, OPEN_PORT),
    "accounts.api-key-published": partial(SERVER, {"options.bootstrap_admin_api_key": Secret("changethis")}),
    "accounts.debug": partial(SERVER, {"groundwork.debug": True}),
    "accounts.interactive-debugger": partial(
        scene_of, {**OLD, "groundwork.debug": True, "groundwork.use_interactive": True}
    ),
    "accounts.debugger-at-hand": partial(
        scene_of, {**OLD, "groundwork.debug": False, "groundwork.use_interactive": True}
    ),
    "accounts.scripts-in-datasets": partial(SERVER, {"options.serve_xss_vulnerable_mimetypes": True}),
    "accounts.single-user": partial(SERVER, {"options.single_user": "ada@example.org"}),
    "accounts.paths-pasted": partial(SERVER, {"options.allow_path_paste": True}),
    "accounts.no-admin": partial(SERVER, {}),
    "accounts.admin-to-register": partial(SERVER, ADMIN),
    "accounts.user-of-others": partial(SERVER, {"groundwork.user": "www-data"}),
}


@pytest.mark.parametrize(
    "case",
    [
        partial(SERVER, {**BY_PROXY, **ADMIN}),
        partial(scene_of, {**OLD, **OWN_KEY, "groundwork.debug": False, "groundwork.use_interactive": False}),
        found_there("  id_secret: a key of theirs\n  debug: false\n"),
    ],
    ids=["new", "older", "found"],
)
def test_a_server_that_is_well_hears_nothing(case: partial[Any]) -> None:
    scene = case()
    assert [code for code in BAD if found(code, scene)] == []


def test_no_key_at_all_is_the_published_one() -> None:
    (finding,) = found("accounts.id-secret-published", found_there("  brand: Theirs\n")())
    assert finding.file is not None and finding.file.endswith("galaxy.yml")
    (commented,) = found("accounts.id-secret-published", found_there("  #id_secret: mine\n")())
    assert commented.fix == {"groundwork.id_secret": Secret(source="generate")}


def test_a_key_that_stands_there_is_not_shown() -> None:
    scene = found_there(f"  id_secret: {published_default('id_secret')}\n")()
    (finding,) = found("accounts.id-secret-published", scene)
    assert finding.line == 2 and "USING" not in repr(finding)


def test_a_key_that_the_file_says_in_its_own_way_is_left_alone() -> None:
    assert not found("accounts.id-secret-published", found_there("  id_secret: [odd]\n")())


@pytest.mark.parametrize("line", ["use_remote_user: true", "use_remote_user: 'yes'", "use_remote_user: on"])
def test_a_header_that_an_unknown_proxy_sends_needs_a_secret(line: str) -> None:
    plain = line.replace("'", "")
    (finding,) = found("accounts.proxy-secret-missing", found_there(f"  id_secret: abcdef\n  {plain}\n")())
    assert not finding.fix, "who knows which proxy it is"
    with_secret = f"  id_secret: abcdef\n  {plain}\n  remote_user_secret: between us\n"
    assert not found("accounts.proxy-secret-missing", found_there(with_secret)())


def test_the_published_secret_is_none() -> None:
    published = {**BY_PROXY, "proxy.remote_user_secret": Secret(published_default("remote_user_secret"))}
    (finding,) = found("accounts.proxy-secret-missing", SERVER(published))
    assert "published" in finding.what and finding.fix


@pytest.mark.parametrize("address", ["localhost:8080", "127.0.0.1:8080"])
def test_a_port_of_this_host_is_no_way_around(address: str) -> None:
    assert not found("accounts.proxy-passed-by", SERVER({**OPEN_PORT, "proxy.address": address}))


AROUND = ("accounts.proxy-passed-by", "proxy.around")
"""The two that a port for everybody may break."""


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080"])
def test_a_way_around_a_proxy_that_is_believed_is_said_once(address: str) -> None:
    scene = SERVER({**OPEN_PORT, "proxy.address": address})
    assert [code for code in AROUND if found(code, scene)] == ["accounts.proxy-passed-by"]
    (finding,) = found("accounts.proxy-passed-by", scene)
    assert finding.fix == {"proxy.address": "localhost:8080"}


def test_galaxys_own_logins_may_come_from_anywhere() -> None:
    answers = {**OPEN_PORT, "proxy.authentication": "galaxy", "proxy.password_file": None}
    assert [code for code in AROUND if found(code, SERVER(answers))] == ["proxy.around"]


def test_a_key_in_a_file_is_emptied_for_it_would_stay() -> None:
    (there,) = found("accounts.api-key-published", found_there("  bootstrap_admin_api_key: changethis\n")())
    assert there.fix == {"options.bootstrap_admin_api_key": ""}
    (new,) = found("accounts.api-key-published", BAD["accounts.api-key-published"]())
    assert new.fix == {"options.bootstrap_admin_api_key": None}
    assert not found("accounts.api-key-published", found_there("  bootstrap_admin_api_key: ''\n")())


@pytest.mark.parametrize("value", ["''", "'False'", "'none'"])
def test_single_user_may_be_off_in_several_ways(value: str) -> None:
    assert not found("accounts.single-user", found_there(f"  single_user: {value}\n")())


def test_an_address_that_only_stands_in_is_nobodys() -> None:
    example = {"groundwork.admin_users": ["ada@example.org"]}
    assert not found("accounts.admin-to-register", SERVER(example))


@pytest.mark.parametrize(
    ("user", "root", "is_others"),
    [
        ("nate", "/home/nate/galaxy-dist", True),
        ("galaxy", "/home/galaxy/galaxy-dist", False),
        ("ubuntu", "/srv/galaxy/server", True),
        ("gxprod", "/srv/galaxy/server", False),
    ],
)
def test_whose_account_galaxy_runs_as(user: str, root: str, is_others: bool) -> None:
    scene = SERVER({"groundwork.user": user, "groundwork.root": root})
    assert bool(found("accounts.user-of-others", scene)) == is_others


def test_an_account_of_others_is_named_once() -> None:
    told = advice(SERVER({"groundwork.user": "www-data"}))
    assert [one.code for one in told if one.asked == "groundwork.user"] == ["accounts.user-of-others"]


@pytest.mark.parametrize(
    ("debug", "interactive", "said"),
    [
        (True, True, ["accounts.debug", "accounts.interactive-debugger"]),
        (True, False, ["accounts.debug"]),
        (False, True, ["accounts.debugger-at-hand"]),
        (False, False, []),
    ],
)
def test_debug_decides_what_the_interactive_debugger_is_worth(
    debug: bool, interactive: bool, said: list[str]
) -> None:
    switches = {"groundwork.debug": debug, "groundwork.use_interactive": interactive}
    scene = scene_of({**OLD, **OWN_KEY, **switches})
    assert [code for code in BAD if found(code, scene)] == said


def test_a_key_of_ones_own_to_begin_with_is_no_published_one() -> None:
    scene = SERVER({"options.bootstrap_admin_api_key": Secret("0123456789abcdef")})
    assert not found("accounts.api-key-published", scene)
    assert not found("accounts.no-admin", scene), "it makes the first administrator"


def test_administrators_of_a_server_that_runs_are_registered() -> None:
    assert not found("accounts.admin-to-register", found_there("  admin_users: ada@museum.org\n")())


def test_a_socket_is_no_way_around() -> None:
    text = (
        '[proxy]\nlink = "socket"\naddress = "0.0.0.0:8080"\nauthentication = "password-file"\n'
        'password_file = "/etc/nginx/galaxy"\nremote_user_secret = "between us"\n'
    )
    assert not found("accounts.proxy-passed-by", SERVER(text))
