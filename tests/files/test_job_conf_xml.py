"""The two laws for job_conf.xml, and its own spelling of everything."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.answer_strategies import given_answers
from tests.files.job_confs import DESTINATIONS, FILE, FULL, LIMITS, RUNNERS, TOOLS
from tests.files.job_confs_xml import HANDLERS, TEXT, XML, corpus, readable, starts
from tests.files.test_job_conf import SLURM, fitting, same_rows
from tests.laws.lines import touched_otherwise
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.scaling import Handler
from wizard.answers.secret import Secret
from wizard.files.jobs.conf_xml import JobConfXml
from wizard.files.jobs.xml import JobXmlDocument
from wizard.problems import Refused
from wizard.redaction import redacted

slow = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


# reading


def test_everything_that_the_answers_can_say_is_read() -> None:
    reading = XML.read(TEXT, "job_conf.xml")
    assert reading.given == {
        RUNNERS: [
            Runner(id="local", kind="local"),
            Runner(
                id="slurm",
                kind="slurm",
                workers=2,
                drmaa_library_path="/usr/lib/libdrmaa.so",
                params={"internalexception_retries": 3},
            ),
            Runner(
                id="remote",
                kind="pulsar-mq",
                amqp_url=Secret("amqp://galaxy:hunter2@mq.example.org:5672//?a=1&b=2"),
            ),
        ],
        "scaling.strategy": "static-handlers",
        "scaling.handlers": [
            Handler(name="handler0", tags=["handlers", "large"]),
            Handler(name="handler1", tags=["handlers"], plugins=["slurm"]),
        ],
        "scaling.default_handler": "handlers",
        "scaling.assign_with": ["db-skip-locked"],
        "scaling.max_grab": 8,
        DESTINATIONS: [
            Destination(id="local", runner="local", cores=2),
            SLURM.model_copy(update={"resubmit_when": "memory_limit_reached and attempt <= 2"}),
            Destination(id="large", runner="slurm", memory=65536, container="docker"),
            Destination(id="secure", runner="remote", private_token=Secret("hunter3")),
        ],
        "cluster.default_destination": "slurm",
        TOOLS: [
            ToolMapping(id="upload1", destination="local"),
            ToolMapping(id="bwa", destination="slurm", resources="all"),
            ToolMapping(id="bwa", destination="large"),
        ],
        LIMITS: [
            Limit(kind="registered_user_concurrent_jobs", value=5),
            Limit(kind="destination_user_concurrent_jobs", value=2, id="slurm"),
            Limit(kind="walltime", value="24:00:00"),
        ],
    }
    assert reading.lines[RUNNERS] == 4
    assert reading.lines["cluster.default_destination"] == 23


def test_what_the_questions_cannot_say_is_named_with_its_line() -> None:
    named = {problem.line: problem.what.split(";")[0] for problem in XML.read(TEXT, "job_conf.xml").unread}
    assert named == {
        4: "<plugins> has a number of workers for plugins without their own",
        32: "<job_metrics> gives destination slurm metrics of its own",
        38: "<param> tmp_dir is taken from the environment: SCRATCH",
        40: "<expand> stands for elements of a macro",
        47: "<resources> groups the fields of tool forms",
        51: "<tool> has parameters of its own",
        59: "limits.3 cannot be said by the answers",
        61: "<macros> are put in by Galaxy where they are named",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("-1", -1),
        ("04", "04"),
        (" 4 ", " 4 "),
        ("0.5", 0.5),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("a &lt; b", "a < b"),
        ("", None),
    ],
)
def test_a_text_that_is_a_number_or_a_switch_is_one(text: str, value: object) -> None:
    head = '<job_conf><plugins><plugin id="a" type="runner" load="b"><param id="x">'
    file = f"{head}{text}</param></plugin></plugins></job_conf>"
    found = JobXmlDocument.parse(file).get(("runners", "a", "x"))
    assert (type(found), found) == (type(value), value)


def test_docker_runs_with_sudo_where_the_file_does_not_say_otherwise_as_galaxy_has_it() -> None:
    def row(params: str) -> Destination:
        head = '<job_conf><destinations><destination id="d" runner="local"><param id="docker_enabled">true</param>'
        text = f"{head}{params}</destination></destinations></job_conf>"
        (found,) = XML.read(text, "").given[DESTINATIONS]
        assert XML.write({DESTINATIONS: [found]}, text, "").text == text
        assert isinstance(found, Destination)
        return found

    assert row("").params == {"docker_sudo": True}
    assert row('<param id="docker_sudo">false</param>').params is None
    written = XML.write(
        {DESTINATIONS: [Destination(id="d", runner="local", container="docker")]}, starts()[0], ""
    )
    assert '<param id="docker_sudo">false</param>' in written.text
    with_sudo = Destination(id="d", runner="local", container="docker", params={"docker_sudo": True})
    assert (
        '<param id="docker_sudo">true</param>'
        in XML.write({DESTINATIONS: [with_sudo]}, written.text, "").text
    )
    plain = XML.write({DESTINATIONS: [Destination(id="d", runner="local")]}, written.text, "")
    assert "docker" not in plain.text


# the laws


def test_real_files_are_given_back_byte_for_byte_or_refused_where_elementtree_refuses() -> None:
    tried = refused = 0
    for file in corpus():
        text = file.read_bytes().decode()
        tried += 1
        if not readable(text):
            with pytest.raises(Refused):
                XML.read(text, file.name)
            refused += 1
            continue
        reading = XML.read(text, file.name)
        written = XML.write(reading.given, text, file.name)
        assert (written.text, written.changes) == (text, ()), file
        assert XML.write({}, text, file.name).text == text
        XML.secret_spans(text, file.name)
        assert "job_conf" not in text or reading.given or "destinations>" not in text or reading.unread
    assert tried > 40 and refused == 5


def test_every_option_of_every_real_file_can_be_set_alone() -> None:
    """Another value of one option changes the lines of this option, and is what Galaxy's parser finds there."""
    for file in corpus():
        text = file.read_bytes().decode()
        if (
            not readable(text)
            or "<job_conf" not in text
            or (file.name.startswith("upstream_2") and "26.1" not in file.name)
        ):
            continue
        document = JobXmlDocument.parse(text, file.name)
        paths = list(options((), document.get(())))
        own = {path: document.get(path) for path in paths}
        assert document.edit(own) == text, file
        for path in paths[:: max(1, len(paths) // 60)]:
            value = own[path]
            if document.lines(path) is None or value is None:
                continue
            new: Any = (
                f"{value}<x>" if isinstance(value, str) else (not value if isinstance(value, bool) else 99)
            )
            if path[-1] in ("docker_enabled", "type"):
                continue  # what these say decides how the others are read
            after = document.edit({path: new})
            assert JobXmlDocument.parse(after).get(path) == new
            lines, end = document.lines(path) or range(0), text.count("\n") + 1
            olds, news = text.splitlines(keepends=True), after.splitlines(keepends=True)
            assert olds[: lines.start - 1] == news[: lines.start - 1], (file, path)
            behind = min(end, len(olds)) - (lines.stop - 1)
            assert behind <= 0 or olds[-behind:] == news[-behind:], (file, path)


def options(path: tuple[str | int, ...], value: Any) -> Any:
    """The paths of all values that are one text."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from options((*path, key), part)
    elif isinstance(value, list) and path[-1] in ("tools", "limits"):
        for index, part in enumerate(value):
            yield from options((*path, index), part)
    elif not isinstance(value, list):
        yield path


def test_all_answers_are_put_into_any_start_and_read_back() -> None:
    answers = {**FULL, **HANDLERS}
    for start in starts():
        written = XML.write(answers, start, "job_conf.xml")
        held = XML.read(written.text, "job_conf.xml").given
        assert same_rows({**held, "cluster.job_config": answers["cluster.job_config"]}, answers)
        again = XML.write(answers, written.text, "job_conf.xml")
        assert (again.text, again.changes) == (written.text, ())


@slow
@generated(data=st.data(), answers=fitting())
def test_rows_with_hostile_values_are_read_back_as_given_or_refused_by_question(
    data: st.DataObject, answers: dict[str, Any]
) -> None:
    check_law({**answers, "cluster.job_config": "file"}, data.draw(st.sampled_from(starts())))


@slow
@generated(data=st.data())
def test_any_answers_are_read_back_as_given_or_refused_by_question(data: st.DataObject) -> None:
    given = {**data.draw(given_answers(XML.owns)), "cluster.job_config": "file"}
    check_law(given, data.draw(st.sampled_from(starts())))


def check_law(given: dict[str, Any], start: str) -> None:
    try:
        written = XML.write(given, start, "x")
    except Refused as refusal:
        assert all(problem.question and problem.way_out for problem in refusal.problems)
        return
    held = XML.read(written.text, "x").given
    static = given.get("scaling.strategy", held.get("scaling.strategy")) == "static-handlers"
    silent = {"scaling.strategy", "cluster.job_config"} | (set() if static else {"scaling.handlers"})
    asked = {question: value for question, value in given.items() if question not in silent and value != []}
    assert same_rows(held, asked)
    again = XML.write(given, written.text, "x")
    assert (again.text, again.changes) == (written.text, ())
    if "</macros>" in start:
        end = start.index("</macros>")
        assert start[start.rindex("<macros", 0, end) : end] in written.text


WORDS = [
    "",
    "a",
    "b",
    "slurm",
    "local",
    "dynamic",
    "runner",
    " x ",
    "4",
    "04",
    "true",
    "--mem=4",
    "a, b,",
    "\n",
    "é",
]
SAID = st.sampled_from([*WORDS, "<&>"])
NAMES = (
    *(
        "id",
        "type",
        "load",
        "workers",
        "runner",
        "tags",
        "default",
        "default_from_environ",
        "from_environ",
        "exec",
    ),
    *("file", "raw", "condition", "destination", "delay", "handler", "resources", "class", "tag", "window"),
    *("assign_with", "max_grab", "metrics", "name", "macro"),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), SAID, max_size=4)
KINDS = {
    "plugins": "plugin",
    "handlers": "handler",
    "destinations": "destination",
    "tools": "tool",
    "limits": "limit",
}

PARTS = st.sampled_from(["param", "param", "env", "resubmit", "plugin", "job_metrics"])
PARAMETERS = st.sampled_from(["docker_enabled", "docker_sudo", "env", "local_slots", "x", "a", "tags"])


@st.composite
def foreign(draw: st.DrawFn) -> str:
    """A job_conf.xml as nobody should have one: every attribute anywhere, names twice, elements in elements."""
    root = ElementTree.Element("job_conf")
    for tag in draw(st.lists(st.sampled_from([*KINDS, "resources", "macros"]), max_size=5)):
        section = ElementTree.SubElement(root, tag, draw(ATTRIBUTES))
        for _ in range(draw(st.integers(0, 3))):
            needed = {"id": draw(SAID), "type": "runner", "load": "x", "runner": draw(SAID)}
            kind = draw(st.sampled_from([KINDS.get(tag, "x")] * 4 + ["expand", "plugin"]))
            row = ElementTree.SubElement(section, kind, {**needed, **draw(ATTRIBUTES)})
            row.text = draw(st.sampled_from([None, "\n", "4", "24:00:00"]))
            for child in draw(
                st.lists(st.sampled_from(["param", "env", "resubmit", "plugin", "job_metrics"]), max_size=3)
            ):
                name = draw(
                    st.sampled_from(["docker_enabled", "docker_sudo", "env", "local_slots", "x", "a", "tags"])
                )
                inner = ElementTree.SubElement(row, child, {"id": name, **draw(ATTRIBUTES)})
                inner.text = draw(st.none() | SAID)
    if draw(st.booleans()):
        ElementTree.indent(root)
    return ElementTree.tostring(root, "unicode", short_empty_elements=draw(st.booleans()))


@slow
@generated(text=foreign(), answers=given_answers(XML.owns, most=3), data=st.data())
def test_whatever_others_wrote_is_given_back_and_never_a_traceback(
    text: str, answers: dict[str, Any], data: st.DataObject
) -> None:
    reading = XML.read(text, "x")
    assert XML.write(reading.given, text, "x").text == text
    assert XML.write({}, text, "x").text == text
    XML.secret_spans(text, "x")
    check_law({**answers, "cluster.job_config": "file"}, text)
    check_law({**FULL, **HANDLERS}, text)
    document = JobXmlDocument.parse(text, "x")
    for path in options((), document.get(())):
        assert document.line(path) or path[-1] == "docker_sudo"
        assert document.value_span(path) or document.get(path) is None or path[-1] == "docker_sudo"
        try:
            after = document.edit({path: "new"})
        except Refused as refusal:
            assert all(problem.way_out for problem in refusal.problems)
        else:
            assert JobXmlDocument.parse(after).get(path) == "new"


PLAIN = st.one_of(
    st.booleans(),
    st.integers(-9, 2**40),
    st.sampled_from(
        ["a", "<b>", "]]>", '"', "'", "-->", "&amp;", " x ", "é😀", "%s;$x", "no", "0640", "1e3", "a\tb"]
    ),
)


@slow
@generated(
    start=st.sampled_from(starts()),
    params=st.dictionaries(st.sampled_from(["x", "y z", "<k>", 'k"', "é"]), PLAIN, max_size=4),
    env=st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["1", "<", "$HOME", " "]), max_size=2),
)
def test_parameters_of_any_kind_are_never_refused(
    start: str, params: dict[str, Any], env: dict[str, str]
) -> None:
    rows = [
        Destination(id="slurm", runner="slurm", params=params or None, env=env or None),
        Destination(id="new", runner="slurm", params=params or None, env=env or None),
    ]
    runners = [Runner(id="slurm", kind="slurm", params=params or None)]
    given = {DESTINATIONS: rows, RUNNERS: runners}
    written = XML.write(given, start, "x")
    assert same_rows(XML.read(written.text, "x").given, given)


def test_ten_thousand_tools_and_a_thousand_destinations_grow_no_faster_than_their_number() -> None:
    def seconds(tools: int) -> float:
        rows = "".join(f'    <tool id="tool{n}" destination="e{n % 100}"/>\n' for n in range(tools))
        places = "".join(f'    <destination id="e{n}" runner="slurm"/>\n' for n in range(tools // 10))
        text = f"<job_conf>\n  <destinations>\n{places}  </destinations>\n  <tools>\n{rows}  </tools>\n</job_conf>\n"
        times = []
        for number in range(3):
            began = time.process_time()
            given = XML.read(text, f"{tools}-{number}").given
            assert XML.write(given, text, f"{tools}-{number}").text == text
            given = {**given, TOOLS: [*given[TOOLS][1:], ToolMapping(id="new")]}
            assert len(XML.write(given, text, f"{tools}-{number}").changes) == 2
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(10_000) < 30 * seconds(1000)


# secrets


def test_secrets_are_found_where_they_stand_also_in_comments() -> None:
    text = TEXT.replace(
        "<macros>",
        "<!-- <tool x='amqp://a:hunter7@b'/> <thing password=\"hunter8\"/> -->\n"
        '<other token="hunter9">https://u:hunterA@h</other>\n'
        '<param id="password" from_environ="P">hunterB</param>\n    <macros>',
    )
    found = [text[span.start : span.end] for span in XML.secret_spans(text, "")]
    secrets = [f"hunter{each}" for each in "2345678 9AB".replace(" ", "")]
    assert sorted(found) == sorted([*secrets[:-4], "hunter8", "hunter9", "hunterA", "hunterB"])
    assert not any(secret in repr(XML.read(text, "").given) for secret in secrets)


# where the file is


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (
            {"cluster.job_config": "file", "cluster.job_config_file": "job_conf.xml"},
            "/srv/config/job_conf.xml",
        ),
        ({"cluster.job_config_file": "/etc/job_conf.xml.site", **HANDLERS}, "/etc/job_conf.xml.site"),
        ({"cluster.job_config": "file", "groundwork.release": "20.05"}, "/srv/config/job_conf.xml"),
        ({"cluster.job_config": "file", "groundwork.release": "26.1"}, None),
        ({"cluster.job_config": "xml", "groundwork.release": "26.1"}, "/srv/config/job_conf.xml"),
        (
            {
                "cluster.job_config": "xml",
                "cluster.job_config_file": "config/jobs.xml",
                "groundwork.release": "19.05",
                "groundwork.root": "/srv/galaxy",
            },
            "/srv/galaxy/config/jobs.xml",
        ),
        ({"cluster.job_config": "inline", "cluster.job_config_file": "job_conf.xml"}, None),
        ({"cluster.job_config_file": "job_conf.xml"}, None),
    ],
)
def test_the_file_is_galaxys_own(given: dict[str, Any], path: str | None) -> None:
    given = {"groundwork.config_dir": "/srv/config", **given}
    target = XML.target(given)
    assert (target.path if target else None) == path
    assert target is None or FILE.target(given) is None


def test_a_secret_that_a_command_sets_is_hidden_and_no_answer() -> None:
    text = """\
<job_conf><destinations><destination id="a" runner="b">
    <env exec="export PASSWORD=hunter1"/><env exec='export PASSWORD="hunter 2 hunter3" b'/>
    <env exec="export PASSWORD=&quot;hunter 4 hunter5&quot;"/> <!-- <env exec="export TOKEN=hunter6"/> -->
    <env id="OPTIONS">-e TOKEN=hunter7 --mem=4</env>
    <param id="docker_run_extra_arguments"><![CDATA[--env API_TOKEN=hunter8 --shm-size=1g]]></param>
</destination></destinations></job_conf>
"""
    hidden = redacted(text, XML.secret_spans(text, "x"))
    assert "hunter" not in hidden
    assert all(each in hidden for each in ("export PASSWORD=<secret", " --mem=4</env>", " --shm-size=1g]]>"))
    assert "hunter" not in str(XML.read(text, "x").given)


@pytest.mark.parametrize("text", ["<job_conf/>", "<job_conf>\n  <!-- todo -->\n</job_conf>\n", "<other/>\n"])
def test_a_file_that_is_there_is_not_completed_by_saying_that_it_is_there(text: str) -> None:
    assert XML.write({"cluster.job_config": "xml"}, text, "x").text == text
    assert "<plugin " in XML.write({"cluster.job_config": "xml"}, XML.skeleton({}), "x").text


def test_what_docker_needs_said_of_sudo_stands_beside_it_and_is_owned_with_it() -> None:
    row = Destination(id="U", runner="local", container="docker", private_token=Secret("x"))
    answers = {"cluster.destinations": [row], "cluster.default_destination": "U"}
    lens = JobConfXml()
    start = lens.skeleton(answers)
    after = lens.write(answers, start, "job_conf.xml")
    assert touched_otherwise(start, after.text, after.changes) == []
    lines = [line.strip() for line in after.text.splitlines()]
    at = lines.index('<param id="docker_enabled">true</param>')
    assert lines[at + 1] == '<param id="docker_sudo">false</param>'
