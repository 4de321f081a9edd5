"""The laws, for the files that start Galaxy at boot: for every value of every question, and for any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import given_answers, literal_answers_to
from tests.files.boot_answers import (
    AT_BOOT,
    LAUNCHD,
    LOCAL_ENV,
    SMF,
    SYSVINIT,
    held,
    lines_of_others,
    new,
    server_of,
)
from wizard.answers.questions import questions
from wizard.files.boot.service import ServiceLens
from wizard.files.lens import Lens
from wizard.files.places import main_config
from wizard.problems import Refused

HYPOTHESIS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PLACE = frozenset({"groundwork.config_dir", "groundwork.config_file"})


def id_of(lens: Lens) -> str:
    return lens.name


def asked(lens: Lens) -> list[str]:
    return [path for path in questions() if lens.owns(path) and path != "groundwork.service_manager"]


def place(given: dict[str, Any]) -> str | None:
    return main_config(given) or main_config(given, "ini")


def says(lens: Lens, question: str, value: Any, found: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether the file says the answer: a directory by its absolute path, launchd's umask as a number."""
    if question in PLACE:
        return place({**found, "groundwork.root": given["groundwork.root"]}) == place(given)
    if question == "groundwork.umask" and lens is LAUNCHD:
        return int(found[question], 8) == int(value, 8)
    if question == "groundwork.install" and lens in (SYSVINIT, LOCAL_ENV):
        return True
    return bool(found.get(question) == value)


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
@HYPOTHESIS
@given(data=st.data())
def test_what_is_written_is_read_and_reading_it_back_changes_nothing(lens: Lens, data: st.DataObject) -> None:
    server = server_of(lens)
    text = new(lens, server)
    question = data.draw(st.sampled_from(asked(lens)))
    asking = {**server, question: data.draw(literal_answers_to(question))}
    try:
        written = lens.write(asking, text, "file")
    except Refused as refusal:
        assert {problem.question for problem in refusal.problems} == {question}
        assert all(problem.way_out for problem in refusal.problems)
        return
    found = held(lens, written.text)
    for path in asked(lens):
        if path in asking:
            assert says(lens, path, asking[path], found, asking), (path, written.text)
    assert lens.write(found, written.text, "file").text == written.text
    assert lens.write(asking, written.text, "file").text == written.text
    assert lines_of_others(lens, text, written) == []
    assert all(question in change.questions for change in written.changes)


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
@HYPOTHESIS
@given(data=st.data())
def test_a_new_file_holds_all_that_is_given(lens: Lens, data: st.DataObject) -> None:
    some = data.draw(given_answers(lambda path: lens.owns(path) and path != "groundwork.service_manager"))
    asking = {**server_of(lens), **some}
    try:
        text = new(lens, asking)
    except Refused as refusal:
        assert {problem.question for problem in refusal.problems} <= some.keys()
        return
    found = held(lens, text)
    assert all(says(lens, path, asking[path], found, asking) for path in asked(lens) if path in asking)
    assert lens.write(found, text, "file").text == text
    assert lens.write({}, text, "file").text == text


SHELL = st.sampled_from(
    [
        "GALAXY_USER=galaxy", "GALAXY_USER='ga laxy'", 'GALAXY_ROOT="/srv/$X"', "export GALAXY_ROOT=/srv/g # note",
        "GALAXY_LOG=/a; export GALAXY_LOG", "GALAXY_LOG='/a\n/b'", "export GALAXY_LOG=/*", "GALAXY_UMASK=0x",
        "umask 027",
        "umask -S", "umask 022 # note", "RUN_AS=other", "DIR=~/g", "USER=me run.sh", "GALAXY_CONFIG_FILE=galaxy.yml",
        "GALAXY_CONFIG_FILE=/c/galaxy.ini", "GALAXY_CONFIG_FILE=/c//x.yml;", "GALAXY_VIRTUAL_ENV=", "# GALAXY_USER=x",
        "if true; then", "fi", "GALAXY_USER=other", ". /etc/default/galaxy", "cat <<X", "X", "su $GALAXY_USER", "\t",
        "export GALAXY_LOG GALAXY_VIRTUAL_ENV", "sh run.sh", "GALAXY_ROOT=\"/a\\\"b\"", "GALAXY_ROOT=/a\\ b\\\n/c",
        "A='",
        "galaxyctl start", "GALAXY_VIRTUAL_ENV=/v\r", "set -e", "exit 0",
    ]
)  # fmt: skip
PLIST = st.sampled_from(
    [
        "<key>Label</key><string>org.galaxyproject.galaxy</string>", "<key>UserName</key><string>galaxy</string>",
        "<key>UserName</key><integer>7</integer>", "<key>WorkingDirectory</key><string>/g</string>",
        "<key>ProgramArguments</key><array><string>/bin/sh</string><string>/g/run.sh</string></array>",
        "<key>ProgramArguments</key><array><string>/v/bin/galaxy</string></array>",
        "<key>Program</key><string>/x</string>",
        "<key>ProgramArguments</key><array/>", "<key>ProgramArguments</key><string>x</string>", "<!-- note -->",
        "<key>Umask</key><integer>0x12</integer>", "<key>Umask</key><string>022</string>", "<key>Umask</key><true/>",
        "<key>StandardOutPath</key><string>/l</string>", "<key>StandardErrorPath</key><string>/l</string>",
        "<key>EnvironmentVariables</key><dict><key>GALAXY_CONFIG_FILE</key><string>/c/x.yml</string>\n</dict>",
        "<key>EnvironmentVariables</key><dict>\n</dict>", "<key>EnvironmentVariables</key><string>x</string>",
        "<key>EnvironmentVariables</key><dict><key>GALAXY_VIRTUAL_ENV</key><string><![CDATA[/v]]></string>\n</dict>",
    ]
)  # fmt: skip
MANIFEST = st.sampled_from(
    [
        '<method_context working_directory="/g">\n</method_context>',
        '<method_context>\n<method_credential user="g"/>\n</method_context>',
        "<method_context><method_environment>\n<envvar name='GALAXY_LOG' value='/l'/>\n"
        "<envvar name='GALAXY_CONFIG_FILE' value='x.yml'/>\n</method_environment>\n</method_context>",
        '<exec_method name="start" type="method" exec="./run.sh --daemon" timeout_seconds="0"/>',
        '<exec_method name="stop" type="method" exec="./run.sh --stop-daemon" timeout_seconds="0"/>',
        '<exec_method name="stop" type="method" exec=":kill" timeout_seconds="0"/>', "<!-- note -->",
        "<exec_method name='start' exec=\"/bin/sh -c 'umask 022 &amp;&amp; exec ./run.sh --daemon'\"/>",
        '<instance name="a" enabled="true"><method_context working_directory="/h"/></instance>',
    ]
)  # fmt: skip


def text_of(lens: Lens, parts: list[str]) -> str:
    if lens is LAUNCHD:
        return "<plist><dict>\n" + "\n".join(parts) + "\n</dict>\n</plist>"
    if lens is SMF:
        return '<service_bundle><service name="x">\n' + "\n".join(parts) + "\n</service></service_bundle>"
    return "\n".join(parts)


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
@HYPOTHESIS
@given(data=st.data(), ending=st.sampled_from(["", "\n"]))
def test_writing_what_was_read_changes_no_byte_of_any_text(
    lens: ServiceLens, data: st.DataObject, ending: str
) -> None:
    fragments = {LAUNCHD: PLIST, SMF: MANIFEST}.get(lens, SHELL)
    text = text_of(lens, data.draw(st.lists(fragments, max_size=9))) + ending
    reading = lens.read(text, "file")
    assert lens.write(reading.given, text, "file").text == text
    assert reading.lines.keys() == reading.given.keys()
    assert all(1 <= line <= text.count("\n") + 1 for line in reading.lines.values())
    lens.secret_spans(text, "file")


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
@HYPOTHESIS
@given(data=st.data())
def test_a_change_of_any_text_is_read_back_or_left_alone(lens: ServiceLens, data: st.DataObject) -> None:
    fragments = {LAUNCHD: PLIST, SMF: MANIFEST}.get(lens, SHELL)
    parts = data.draw(st.lists(fragments, max_size=9))
    text = text_of(lens, [part.replace("</key><", "</key>\n<") for part in parts])
    asking = {"groundwork.virtualenv": "/new venv", "groundwork.umask": "077", "groundwork.user": "other"}
    written = lens.write(asking, text, "file")
    found = held(lens, written.text)
    changed = {question for change in written.changes for question in change.questions}
    assert all(says(lens, path, value, found, asking) for path, value in asking.items() if path in changed)
    assert lens.write(asking, written.text, "file").text == written.text
    assert lines_of_others(lens, text, written) == []
