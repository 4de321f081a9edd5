"""Init script, launchd's list, SMF's manifest and local_env.sh: what they say, and the files of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.files.boot_answers import AT_BOOT, LAUNCHD, LOCAL_ENV, SMF, SYSVINIT, TYPICAL, held, new, server_of
from wizard.answers.hosts import Host
from wizard.disk import Disk
from wizard.files import LENSES
from wizard.files.lens import Lens
from wizard.plan import make_plan
from wizard.problems import Refused

GOLDEN = Path(__file__).parent.parent / "golden"
GOLDEN_OF = {
    SYSVINIT.name: "boot-init.d-galaxy",
    LAUNCHD.name: "boot-org.galaxyproject.galaxy.plist",
    SMF.name: "boot-smf-galaxy.xml",
    LOCAL_ENV.name: "boot-local_env.sh",
}


def id_of(lens: Lens) -> str:
    return lens.name


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
def test_a_typical_file(lens: Lens) -> None:
    assert new(lens, server_of(lens)) == (GOLDEN / GOLDEN_OF[lens.name]).read_text()


@pytest.mark.parametrize(
    ("lens", "path", "mode"),
    [
        (SYSVINIT, "/etc/init.d/galaxy", 0o755),
        (LAUNCHD, "/Library/LaunchDaemons/org.galaxyproject.galaxy.plist", 0o644),
        (SMF, "/var/svc/manifest/site/galaxy.xml", 0o644),
        (LOCAL_ENV, "/srv/galaxy/server/config/local_env.sh", 0o644),
    ],
    ids=["sysvinit", "launchd", "smf", "run.sh"],
)
def test_each_file_is_for_one_service_manager(lens: Lens, path: str, mode: int) -> None:
    target = lens.target(server_of(lens))
    assert target is not None and (target.path, target.mode) == (path, mode)
    for other in AT_BOOT:
        assert (other.target(server_of(lens)) is None) == (other is not lens)
    assert lens.target(TYPICAL) is None
    assert lens.target({**TYPICAL, "groundwork.service_manager": "gravity-systemd"}) is None


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
def test_only_hosts_that_run_galaxy_have_the_file(lens: Lens) -> None:
    hosts = [Host(name="web", runs=["web", "proxy"]), Host(name="db", runs=["database", "ftp"])]
    on = {**server_of(lens), "scaling.hosts": hosts}
    assert lens.target({**on, "scaling.host": "web"}) is not None
    assert lens.target({**on, "scaling.host": "db"}) is None


def test_run_sh_reads_the_log_file_from_18_01_on_and_only_where_there_is_a_run_sh() -> None:
    server = server_of(LOCAL_ENV)
    assert LOCAL_ENV.target({**server, "groundwork.release": "18.01"}) is not None
    assert LOCAL_ENV.target({**server, "groundwork.release": "17.09"}) is None
    assert LOCAL_ENV.target({**server, "groundwork.install": "packages"}) is None


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
def test_every_answer_reaches_its_file(lens: Lens, tmp_path: Path) -> None:
    given = {**server_of(lens), "groundwork.log_dir": "/srv/galaxy/log"}
    plan = make_plan(given, Disk(tmp_path), lenses=(*LENSES, *AT_BOOT))
    target = lens.target(given)
    assert target is not None
    (file,) = (file for file in plan.files if file.path == target.path)
    assert file.action == "create" and file.mode == target.mode
    assert plan.idle == ()
    assert {question for change in file.changes for question in change.questions} >= {
        "groundwork.virtualenv",
        "groundwork.umask",
        "groundwork.log_file",
        "groundwork.config_dir",
    }


@pytest.mark.parametrize("lens", [SYSVINIT, LAUNCHD, SMF], ids=id_of)
@pytest.mark.parametrize("question", ["groundwork.user", "groundwork.root"])
def test_a_service_without_its_user_or_place_is_refused(lens: Lens, question: str) -> None:
    """Without a user it would run as root."""
    given = {path: value for path, value in server_of(lens).items() if path != question}
    with pytest.raises(Refused) as refused:
        new(lens, given)
    (problem,) = refused.value.problems
    assert problem.question == question and problem.way_out


@pytest.mark.parametrize("lens", [SYSVINIT, LAUNCHD, SMF], ids=id_of)
def test_all_that_a_service_lacks_is_said_at_once(lens: Lens) -> None:
    lacking = ("groundwork.user", "groundwork.root")
    with pytest.raises(Refused) as refused:
        new(lens, {path: value for path, value in server_of(lens).items() if path not in lacking})
    assert [problem.question for problem in refused.value.problems] == list(lacking)


@pytest.mark.parametrize("lens", [LAUNCHD, SMF], ids=id_of)
def test_packages_are_started_out_of_their_virtualenv(lens: Lens) -> None:
    given = {**server_of(lens), "groundwork.install": "packages"}
    text = new(lens, given)
    assert "run.sh" not in text and held(lens, text)["groundwork.install"] == "packages"
    back = lens.write({**given, "groundwork.install": "git"}, text, "file")
    assert "run.sh" in back.text and all("install" in str(change.questions) for change in back.changes)
    del given["groundwork.virtualenv"]
    with pytest.raises(Refused) as refused:
        new(lens, given)
    assert refused.value.problems[0].question == "groundwork.virtualenv"


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
def test_one_changed_answer_changes_its_lines_alone(lens: Lens) -> None:
    server = server_of(lens)
    text = new(lens, server)
    for question, value, rows in [
        ("groundwork.umask", "077", 1),
        ("groundwork.log_file", "/var/log/galaxy.log", 2 if lens is LAUNCHD else 1),
        ("groundwork.config_dir", "/etc/galaxy", 1),
    ]:
        written = lens.write({**server, question: value}, text, "file")
        assert len(written.changes) == rows
        assert {cause for change in written.changes for cause in change.questions} == {question}
        before, after = text.splitlines(), written.text.splitlines()
        differing = [
            number for number, pair in enumerate(zip(before, after, strict=True), 1) if len({*pair}) > 1
        ]
        told = [
            number
            for change in written.changes
            for number in range(change.line_after or 0, (change.line_after or 0) + change.lines_after)
        ]
        assert differing and set(differing) <= set(told)


def test_another_release_has_its_configuration_under_another_name() -> None:
    given = {**server_of(SYSVINIT), "groundwork.release": "17.05", "groundwork.config_file": "galaxy.ini"}
    text = new(SYSVINIT, given)
    assert "GALAXY_CONFIG_FILE=/srv/galaxy/config/galaxy.ini" in text
    assert held(SYSVINIT, text)["groundwork.config_file"] == "galaxy.ini"
    upgraded = {**server_of(SYSVINIT)}
    assert "galaxy.ini" not in SYSVINIT.write(upgraded, text, "file").text


def test_a_path_with_spaces_is_refused_where_run_sh_would_split_it() -> None:
    spaced = {**server_of(SYSVINIT), "groundwork.log_file": "/srv/my logs/galaxy.log"}
    new(SYSVINIT, spaced)
    with pytest.raises(Refused) as refused:
        new(SYSVINIT, {**spaced, "groundwork.release": "17.09"})
    assert refused.value.problems[0].question == "groundwork.log_file"


@pytest.mark.parametrize("lens", [LAUNCHD, SMF], ids=id_of)
def test_what_xml_cannot_hold_is_refused_by_name(lens: Lens) -> None:
    with pytest.raises(Refused) as refused:
        new(lens, {**server_of(lens), "groundwork.virtualenv": "/srv/\uffff"})
    (problem,) = refused.value.problems
    assert problem.question == "groundwork.virtualenv" and problem.way_out


@pytest.mark.parametrize("lens", AT_BOOT, ids=id_of)
def test_another_service_managers_answers_leave_the_file_alone(lens: Lens) -> None:
    text = new(lens, server_of(lens))
    given = {**TYPICAL, "groundwork.service_manager": "systemd", "groundwork.umask": "077"}
    assert lens.write(given, text, "file").text == text


OLD_DEBIAN = """\
#!/bin/bash
### BEGIN INIT INFO
# Provides: galaxy
### END INIT INFO

. /lib/lsb/init-functions

USER="galaxy"
GROUP="nogroup"
DIR="/home/galaxy/galaxy_dist/"   # the checkout
PIDFILE=/var/run/galaxy.pid

case "$1" in
  start) start-stop-daemon --chuid $USER --group $GROUP --chdir $DIR --start --exec python -- ./scripts/paster.py ;;
esac
"""
OLD_FEDORA = """\
#!/bin/bash
# chkconfig: 2345 98 20
. /etc/init.d/functions
SERVICE_NAME="galaxy"
RUN_AS="galaxy"
RUN_IN="/opt/galaxy"
start() {
    su - $RUN_AS -c "cd $RUN_IN && sh run.sh --daemon"
}
"""


def test_other_peoples_scripts_are_read_as_far_as_they_say_it() -> None:
    assert held(SYSVINIT, OLD_DEBIAN) == {
        "groundwork.service_manager": "sysvinit",
        "groundwork.user": "galaxy",
        "groundwork.group": "nogroup",
        "groundwork.root": "/home/galaxy/galaxy_dist/",
    }
    assert SYSVINIT.read(OLD_DEBIAN, "f").lines["groundwork.root"] == 10
    assert held(SYSVINIT, OLD_FEDORA) == {
        "groundwork.service_manager": "sysvinit",
        "groundwork.user": "galaxy",
        "groundwork.root": "/opt/galaxy",
    }


def test_in_other_peoples_scripts_only_their_own_settings_change() -> None:
    given = {**server_of(SYSVINIT), "groundwork.root": "/srv/g", "groundwork.user": "biolab"}
    written = SYSVINIT.write(given, OLD_FEDORA, "f")
    assert written.text == OLD_FEDORA.replace('RUN_AS="galaxy"', "RUN_AS=biolab").replace(
        'RUN_IN="/opt/galaxy"', "RUN_IN=/srv/g"
    )


def test_what_a_script_computes_is_left_alone_and_named() -> None:
    text = new(SYSVINIT, server_of(SYSVINIT)).replace("GALAXY_ROOT=/srv/galaxy/server", "GALAXY_ROOT=$HOME/g")
    reading = SYSVINIT.read(text, "f")
    assert "groundwork.root" not in reading.given
    (problem,) = reading.unread
    assert (
        problem.question == "groundwork.root"
        and problem.line == text[: text.index("GALAXY_ROOT=")].count("\n") + 1
    )
    assert SYSVINIT.write(server_of(SYSVINIT), text, "f").text == text


@pytest.mark.parametrize(
    "below",
    ["GALAXY_LOG=/other\n", "if true; then\n  export GALAXY_LOG=/other\nfi\n", ". /etc/default/galaxy\n"],
)
def test_a_variable_that_is_set_again_below_is_left_alone(below: str) -> None:
    text = f"export GALAXY_LOG=/one\ntrue && true\n{below}"
    reading = LOCAL_ENV.read(text, "f")
    assert "groundwork.log_file" not in reading.given and reading.unread
    assert LOCAL_ENV.write({"groundwork.log_file": "/two"}, text, "f").text == text


OLD_PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>Label</key><string>edu.example.galaxy</string>
  <key>Program</key><string>/Users/galaxy/galaxy/start-galaxy</string>
  <key>UserName</key><string>galaxy</string>
  <key>StandardOutPath</key><string>/tmp/out</string>
  <key>StandardErrorPath</key><string>/tmp/err</string>
  <key>Umask</key><string>027</string>
</dict></plist>
"""


def test_of_another_daemon_the_program_stays() -> None:
    reading = LAUNCHD.read(OLD_PLIST, "f")
    assert reading.given == {"groundwork.user": "galaxy", "groundwork.umask": "027"}
    assert [problem.question for problem in reading.unread] == ["groundwork.log_file"]
    written = LAUNCHD.write({"groundwork.root": "/srv/g", "groundwork.umask": "0022"}, OLD_PLIST, "f")
    assert written.text == OLD_PLIST.replace("<string>027</string>", "<integer>18</integer>")


OLD_SMF = """\
<?xml version="1.0"?>
<service_bundle type='manifest' name='galaxy'>
<service name='application/galaxy' type='service' version='0'>
  <instance name='main' enabled='false'>
    <exec_method name='start' type='method' exec='python ./scripts/paster.py serve x.ini' timeout_seconds='60'>
      <method_context working_directory='/galaxy'><method_credential user='galaxy' group='galaxy'/></method_context>
    </exec_method>
    <exec_method name='stop' type='method' exec=':kill' timeout_seconds='60'>
      <method_context><method_credential user='galaxy' group='galaxy'/></method_context>
    </exec_method>
  </instance>
</service>
</service_bundle>
"""


@pytest.mark.parametrize(
    "text",
    [
        OLD_SMF,
        OLD_SMF.replace(
            "      <method_context><method_credential user='galaxy' group='galaxy'/></method_context>\n", ""
        ),
    ],
)
def test_of_a_manifest_with_contexts_of_its_own_nothing_is_sure(text: str) -> None:
    reading = SMF.read(text, "f")
    assert reading.given == {} and reading.unread
    given: dict[str, Any] = {**TYPICAL, "groundwork.service_manager": "smf"}
    assert SMF.write(given, text, "f").text == text


@pytest.mark.parametrize(
    ("lens", "text"),
    [
        (LAUNCHD, "<plist><array/></plist>"),
        (LAUNCHD, "<plist><dict><key>a</key></dict></plist>"),
        (LAUNCHD, "<plist><dict><key>a</key><integer>x</integer></dict></plist>"),
        (LAUNCHD, "<plist><dict><odd/></dict></plist>"),
        (LAUNCHD, "<plist>"),
        (SMF, "<service_bundle>"),
    ],
)
def test_what_the_consumer_does_not_read_is_refused(lens: Lens, text: str) -> None:
    with pytest.raises(Refused) as refused:
        lens.read(text, "f")
    assert refused.value.problems[0].file == "f" and refused.value.problems[0].way_out


def test_secrets_of_the_environment_are_found() -> None:
    script = "#export DB_PASSWORD='s3 cret'\nexport URL=postgresql://me:pw@h/db\nexport PLAIN=x\n"
    spans = LOCAL_ENV.secret_spans(script, "f")
    assert [script[span.start : span.end] for span in spans] == ["'s3 cret'", "pw"]
    plist = (
        "<plist><dict><key>EnvironmentVariables</key><dict><key>API_TOKEN</key><string>s3</string>"
        "<key>URL</key><string>amqp://me:pw@h//</string></dict></dict></plist>"
    )
    assert [plist[span.start : span.end] for span in LAUNCHD.secret_spans(plist, "f")] == ["s3", "pw"]
    smf = new(SMF, server_of(SMF)).replace(
        "</method_environment>", '<envvar name="API_TOKEN" value="s3"/></method_environment>'
    )
    assert [smf[span.start : span.end] for span in SMF.secret_spans(smf, "f")] == ["s3"]
