"""What the readers of the files that start Galaxy at boot see in them: shells, shellcheck, plistlib, xmllint."""

from __future__ import annotations

import os
import plistlib
import posixpath
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.consumers import need_tool
from tests.files.boot_answers import HOSTILE, LAUNCHD, LOCAL_ENV, SMF, SYSVINIT, new, server_of
from wizard.documents.plist.document import PlistDocument
from wizard.documents.shell.document import ShellDocument
from wizard.documents.tree import MISSING
from wizard.problems import Refused

HYPOTHESIS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = (
    "GALAXY_USER",
    "GALAXY_GROUP",
    "GALAXY_UMASK",
    "GALAXY_ROOT",
    "GALAXY_CONFIG_FILE",
    "GALAXY_VIRTUAL_ENV",
    "GALAXY_LOG",
)
DTD = """\
<!ELEMENT service_bundle (service*)>
<!ATTLIST service_bundle type CDATA #REQUIRED name CDATA #REQUIRED>
<!ELEMENT service (create_default_instance?, single_instance?, dependency*, method_context?, exec_method*,
  property_group*, stability?, template?)>
<!ATTLIST service name CDATA #REQUIRED version CDATA #REQUIRED type (service | restarter | milestone) #REQUIRED>
<!ELEMENT create_default_instance EMPTY> <!ATTLIST create_default_instance enabled (true | false) #REQUIRED>
<!ELEMENT single_instance EMPTY>
<!ELEMENT dependency (service_fmri*)>
<!ATTLIST dependency name CDATA #REQUIRED type CDATA #REQUIRED
  grouping (require_all | require_any | exclude_all | optional_all) #REQUIRED
  restart_on (error | restart | refresh | none) #REQUIRED>
<!ELEMENT service_fmri EMPTY> <!ATTLIST service_fmri value CDATA #REQUIRED>
<!ELEMENT method_context (method_credential?, method_environment?)>
<!ATTLIST method_context working_directory CDATA #IMPLIED>
<!ELEMENT method_credential EMPTY> <!ATTLIST method_credential user CDATA #REQUIRED group CDATA #IMPLIED>
<!ELEMENT method_environment (envvar+)>
<!ELEMENT envvar EMPTY> <!ATTLIST envvar name CDATA #REQUIRED value CDATA #REQUIRED>
<!ELEMENT exec_method EMPTY>
<!ATTLIST exec_method type (method | monitor) #REQUIRED name CDATA #REQUIRED exec CDATA #REQUIRED
  timeout_seconds CDATA #REQUIRED>
<!ELEMENT property_group (propval*)> <!ATTLIST property_group name CDATA #REQUIRED type CDATA #REQUIRED>
<!ELEMENT propval EMPTY> <!ATTLIST propval name CDATA #REQUIRED type CDATA #REQUIRED value CDATA #REQUIRED>
<!ELEMENT stability EMPTY>
<!ATTLIST stability value (Standard | Stable | Evolving | Unstable | External | Obsolete) #REQUIRED>
<!ELEMENT template (common_name)> <!ELEMENT common_name (loctext+)>
<!ELEMENT loctext (#PCDATA)> <!ATTLIST loctext xml:lang CDATA #REQUIRED>
"""
"""What service_bundle.dtd.1 of illumos asks of the elements that a manifest of Galaxy has."""

paths = st.one_of(
    st.just(HOSTILE),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map("/{}".format),
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "groundwork.root": paths,
        "groundwork.virtualenv": paths,
        "groundwork.log_file": paths,
        "groundwork.config_dir": paths,
        "groundwork.user": st.sampled_from(["galaxy", "g.x-1$"]),
        "groundwork.umask": st.sampled_from(["022", "0077"]),
    },
)


def shells() -> list[str]:
    return [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)] or ["sh"]


def told(shell: str, script: str, *names: str) -> list[str]:
    """The values of variables after a shell ran `script`, to its very end: a backslash there takes nothing along."""
    show = "".join(f"\nprintf '%s\\0' \"${name}\"" for name in names)
    command = [shell, "sh"] if shell == "busybox" else [shell]
    whole = [*command, "-c", f'eval "$1"{show}', "script", script]
    run = subprocess.run(whole, capture_output=True, timeout=20, check=True, env={})
    return run.stdout.decode().split("\0")[:-1]


def head(text: str) -> str:
    """The assignments of an init script, without what acts on them."""
    return text[: text.index('\n: "${GALAXY_USER')]


@pytest.mark.parametrize("shell", shells())
@HYPOTHESIS
@given(answers=ANSWERS)
def test_a_shell_reads_the_answers_out_of_the_init_script(shell: str, answers: dict[str, Any]) -> None:
    asking = {**server_of(SYSVINIT), **answers}
    text = new(SYSVINIT, asking)
    user, group, umask, root, config, virtualenv, log = told(shell, head(text), *NAMES)
    assert [user, group, umask, root, virtualenv, log] == [
        asking[f"groundwork.{name}"] for name in ("user", "group", "umask", "root", "virtualenv", "log_file")
    ]
    assert (
        config
        == os.path.normpath(asking["groundwork.config_dir"]).replace("//", "/").rstrip("/") + "/galaxy.yml"
    )


@pytest.mark.parametrize("shell", shells())
@HYPOTHESIS
@given(answers=ANSWERS)
def test_a_shell_reads_the_answers_out_of_local_env(shell: str, answers: dict[str, Any]) -> None:
    asking = {**server_of(LOCAL_ENV), **answers}
    script = new(LOCAL_ENV, asking) + "\nnow=$(umask)"
    virtualenv, log, now = told(shell, script, "GALAXY_VIRTUAL_ENV", "GALAXY_LOG", "now")
    assert (virtualenv, log) == (asking["groundwork.virtualenv"], asking["groundwork.log_file"])
    assert int(now, 8) == int(asking["groundwork.umask"], 8)


WORDS = st.lists(
    st.sampled_from(
        [
            "a",
            "'",
            '"',
            "\\",
            "$",
            "`",
            " ",
            "#",
            "~",
            ":",
            "*",
            "{b,c}",
            "\n",
            "é",
            "=",
            "=~",
            "''",
            "!",
            "[x]",
        ]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@example(word="\na\\", lead="A=", tail="").via("a backslash at the end of the script")
@given(
    word=WORDS,
    lead=st.sampled_from(["A=", "export A=", "B=1\nA="]),
    tail=st.sampled_from(["", " # c", ";", "\n"]),
)
def test_what_is_read_of_a_word_is_what_a_shell_reads(word: str, lead: str, tail: str) -> None:
    script = f"{lead}{word}{tail}"
    value = ShellDocument(script).get(("A",))
    if value is not MISSING:
        for shell in ("dash", "bash"):
            whole = subprocess.run([shell, "-n", "-c", script], capture_output=True, timeout=20, check=False)
            if whole.returncode == 0:
                assert told(shell, script, "A") == [value]


def test_the_init_script_is_a_shell_script_without_faults(tmp_path: Path) -> None:
    script = tmp_path / "galaxy"
    script.write_text(new(SYSVINIT, server_of(SYSVINIT)))
    for shell in shells():
        command = [shell, "sh"] if shell == "busybox" else [shell]
        subprocess.run([*command, "-n", str(script)], check=True, timeout=20)


@pytest.mark.consumer
@pytest.mark.parametrize("lens", [SYSVINIT, LOCAL_ENV], ids=["init", "local_env"])
def test_shellcheck_finds_nothing(lens: Any, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(new(lens, server_of(lens)))
    command = [need_tool("shellcheck"), "--shell=sh", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout


def test_the_script_has_the_headers_that_order_services() -> None:
    """update-rc.d and chkconfig order services by this header."""
    text = new(SYSVINIT, server_of(SYSVINIT))
    block = text.split("### BEGIN INIT INFO\n")[1].split("### END INIT INFO\n")[0]
    keys = dict(line.removeprefix("# ").split(":", 1) for line in block.splitlines())
    assert keys["Provides"].strip() == "galaxy"
    assert {
        "Required-Start",
        "Required-Stop",
        "Default-Start",
        "Default-Stop",
        "Short-Description",
    } <= keys.keys()
    assert "\n# chkconfig: 2345 98 02\n# description: " in text


@HYPOTHESIS
@given(answers=ANSWERS)
def test_plistlib_sees_the_answers(answers: dict[str, Any]) -> None:
    asking = {**server_of(LAUNCHD), **answers}
    try:
        text = new(LAUNCHD, asking)
    except Refused as refusal:
        assert all(problem.question in answers for problem in refusal.problems)
        return
    seen = plistlib.loads(text.encode())
    assert seen["UserName"] == asking["groundwork.user"] and seen["GroupName"] == "galaxy"
    assert seen["WorkingDirectory"] == asking["groundwork.root"]
    assert seen["ProgramArguments"] == ["/bin/sh", posixpath.join(asking["groundwork.root"], "run.sh")]
    assert seen["Umask"] == int(asking["groundwork.umask"], 8)
    assert seen["StandardOutPath"] == seen["StandardErrorPath"] == asking["groundwork.log_file"]
    assert seen["EnvironmentVariables"]["GALAXY_VIRTUAL_ENV"] == asking["groundwork.virtualenv"]
    assert seen["RunAtLoad"] is True and seen["KeepAlive"] is True
    assert PlistDocument.parse(text).get(()) == seen


@pytest.mark.consumer
@pytest.mark.parametrize("root", ["/srv/galaxy/server", HOSTILE])
def test_xmllint_finds_the_manifest_valid_and_sees_the_answers(root: str, tmp_path: Path) -> None:
    text = new(SMF, {**server_of(SMF), "groundwork.root": root, "groundwork.log_file": HOSTILE})
    manifest, dtd = tmp_path / "galaxy.xml", tmp_path / "service_bundle.dtd"
    manifest.write_text(text)
    dtd.write_text(DTD)
    xmllint = need_tool("xmllint")
    command = [xmllint, "--noout", "--dtdvalid", str(dtd), str(manifest)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    for xpath, value in (
        ("string(//method_context/@working_directory)", root),
        ("string(//envvar[@name='GALAXY_LOG']/@value)", HOSTILE),
        ("string(//method_credential/@user)", "galaxy"),
    ):
        command = [xmllint, "--nonet", "--xpath", xpath, str(manifest)]
        seen = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert seen.stdout.removesuffix("\n") == value
