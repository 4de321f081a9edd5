"""A changed answer changes its own lines of a job_conf.xml; what the file cannot say is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.files.job_confs import DESTINATIONS, LIMITS, RUNNERS, TOOLS
from tests.files.job_confs_xml import HANDLERS, TEXT, XML, corpus, differing, readable
from tests.files.test_job_conf import same_rows
from wizard.answers.cluster import Destination, Limit, Runner, ToolMapping
from wizard.answers.scaling import Handler
from wizard.answers.secret import Secret
from wizard.documents.tree import REMOVE
from wizard.files.jobs.xml import JobXmlDocument
from wizard.problems import Refused

# one change


def rows_of(question: str) -> list[Any]:
    return list(XML.read(TEXT, "").given[question])


def replaced(question: str, index: int, **fields: Any) -> dict[str, Any]:
    changed = rows_of(question)
    changed[index] = changed[index].model_copy(update=fields)
    return {question: changed}


ONE_CHANGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a runner's first number of workers": (
        replaced(RUNNERS, 0, workers=8),
        [
            '-<plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner"/>',
            '+<plugin id="local" type="runner" load="galaxy.jobs.runners.local:LocalJobRunner" workers="8"/>',
        ],
    ),
    "a parameter of a runner": (
        replaced(RUNNERS, 1, params={"internalexception_retries": 5}),
        [
            '-<param id="internalexception_retries">3</param>',
            '+<param id="internalexception_retries">5</param>',
        ],
    ),
    "a number that becomes a switch": (
        replaced(RUNNERS, 1, params={"internalexception_retries": True}),
        [
            '-<param id="internalexception_retries">3</param>',
            '+<param id="internalexception_retries">true</param>',
        ],
    ),
    "a parameter less": (
        replaced(RUNNERS, 1, params=None),
        ['-<param id="internalexception_retries">3</param>'],
    ),
    "a runner more": (
        {
            RUNNERS: [
                *rows_of(RUNNERS),
                Runner(id="k8s", kind="kubernetes", params={"k8s_namespace": "galaxy"}),
            ]
        },
        [
            "+</plugin>",
            '+<plugin id="k8s" type="runner" load="galaxy.jobs.runners.kubernetes:KubernetesJobRunner">',
            '+<param id="k8s_namespace">galaxy</param>',
        ],
    ),
    "memory of a destination": (
        replaced(DESTINATIONS, 1, memory=8192),
        [
            '-<param id="native_specification">--cpus-per-task=2 --mem=4096 --nodes=1</param>',
            '+<param id="native_specification">--cpus-per-task=2 --mem=8192 --nodes=1</param>',
        ],
    ),
    "tags": (
        replaced(DESTINATIONS, 1, tags=["cluster"]),
        [
            '-<destination id="slurm" runner="slurm" tags="cluster,small">',
            '+<destination id="slurm" runner="slurm" tags="cluster">',
        ],
    ),
    "no tags": (
        replaced(DESTINATIONS, 1, tags=None),
        [
            '-<destination id="slurm" runner="slurm" tags="cluster,small">',
            '+<destination id="slurm" runner="slurm">',
        ],
    ),
    "a variable": (
        replaced(DESTINATIONS, 1, env={"A": "two"}),
        ['-<env id="A">one</env>', '+<env id="A">two</env>'],
    ),
    "a variable more": (
        replaced(DESTINATIONS, 1, env={"A": "one", "B": "<>"}),
        ['+<env id="B">&lt;></env>'],
    ),
    "a command less": (
        replaced(DESTINATIONS, 1, env_commands=None),
        ['-<env exec="module load java"/>  <!-- site modules -->', "+<!-- site modules -->"],
    ),
    "a condition": (
        replaced(DESTINATIONS, 1, resubmit_when="walltime_reached"),
        [
            '-<resubmit condition="memory_limit_reached and attempt &lt;= 2" destination="large" delay="30"/>',
            '+<resubmit condition="walltime_reached" destination="large" delay="30"/>',
        ],
    ),
    "a secret in CDATA": (
        replaced(DESTINATIONS, 3, private_token=Secret("<new>")),
        [
            '-<param id="private_token"><![CDATA[hunter3]]></param>',
            '+<param id="private_token"><![CDATA[<new>]]></param>',
        ],
    ),
    "another container": (
        replaced(DESTINATIONS, 2, container="singularity"),
        [
            '-<param id="docker_enabled">True</param>',
            '-<param id="docker_sudo">false</param>',
            '+<param id="singularity_enabled">true</param>',
        ],
    ),
    "a destination less": (
        {DESTINATIONS: rows_of(DESTINATIONS)[1:]},
        [
            '-<destination id="local" runner="local">',
            '-<param id="local_slots">2</param> <!-- of 16 -->',
            "-</destination>",
        ],
    ),
    "the default": (
        {"cluster.default_destination": "large"},
        ['-<destinations default="slurm">', '+<destinations default="large">'],
    ),
    "how handlers are assigned": (
        {"scaling.assign_with": ["db-preassign", "mem-self"]},
        [
            '-<handlers default="handlers" assign_with="db-skip-locked" max_grab="8">',
            '+<handlers default="handlers" assign_with="db-preassign,mem-self" max_grab="8">',
        ],
    ),
    "a handler's runners": (
        replaced("scaling.handlers", 1, plugins=["local", "slurm"]),
        ['+<plugin id="local"/>'],
    ),
    "where a tool goes": (
        replaced(TOOLS, 0, destination="large"),
        ['-<tool id="upload1" destination="local"/>', '+<tool id="upload1" destination="large"/>'],
    ),
    "a tool more": (
        {TOOLS: [*rows_of(TOOLS), ToolMapping(id="x", handler="handler0")]},
        ['+<tool id="x" handler="handler0"/>'],
    ),
    "a tool less": ({TOOLS: rows_of(TOOLS)[1:]}, ['-<tool id="upload1" destination="local"/>']),
    "a limit": (
        replaced(LIMITS, 1, value=3),
        [
            '-<limit type="destination_user_concurrent_jobs" id="slurm">2</limit>',
            '+<limit type="destination_user_concurrent_jobs" id="slurm">3</limit>',
        ],
    ),
    "a limit more": (
        {LIMITS: [*rows_of(LIMITS), Limit(kind="total_walltime", value="9:00:00", window=7)]},
        ['+<limit type="total_walltime" window="7">9:00:00</limit>'],
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ONE_CHANGE)
def test_one_changed_answer_changes_its_own_lines(name: str, newline: str) -> None:
    change, lines = ONE_CHANGE[name]
    text = TEXT.replace("\n", newline)
    given = {**XML.read(text, "").given, **change}
    written = XML.write(given, text, "job_conf.xml")
    assert differing(text, written.text) == lines
    assert same_rows(XML.read(written.text, "").given, given)
    assert written.changes and all(change.questions for change in written.changes)
    assert newline == "\n" or "\n" not in written.text.replace("\r\n", "")
    back = XML.write(XML.read(text, "").given, written.text, "job_conf.xml")
    assert same_rows(XML.read(back.text, "").given, XML.read(text, "").given)


def test_the_changes_say_where_they_are() -> None:
    given = {**XML.read(TEXT, "").given, **replaced(DESTINATIONS, 0, cores=4), **ONE_CHANGE["a tool more"][0]}
    cores, tool = XML.write(given, TEXT, "").changes
    assert (cores.option, cores.before, cores.after) == ("execution.environments.local.local_slots", 2, 4)
    assert (cores.line_before, cores.line_after, cores.questions) == (25, 25, (DESTINATIONS,))
    assert (tool.option, tool.line_before, tool.line_after) == ("tools[x]", None, 53)


@pytest.mark.parametrize(
    ("change", "question", "what"),
    [
        (
            {DESTINATIONS: [Destination(id="d", runner="local", params={"x": [1]})]},
            DESTINATIONS,
            "text, a number",
        ),
        (
            {DESTINATIONS: [Destination(id="d", runner="local", params={"x": "4"})]},
            DESTINATIONS,
            "cannot tell",
        ),
        ({DESTINATIONS: [Destination(id="d", runner="local", params={"x": ""})]}, DESTINATIONS, "empty text"),
        (
            {DESTINATIONS: [Destination(id="d", runner="local", params={"shell": "x"})]},
            DESTINATIONS,
            "the name",
        ),
        ({DESTINATIONS: [Destination(id="d")]}, DESTINATIONS, "needs a runner"),
        (
            {DESTINATIONS: [Destination(id="d", runner="local", params={"x": "\ufffe"})]},
            DESTINATIONS,
            "control",
        ),
        ({RUNNERS: [*rows_of(RUNNERS), Runner(id="r")]}, RUNNERS, "needs its kind"),
        (replaced(DESTINATIONS, 2, params={"tmp_dir": "/x"}), DESTINATIONS, "environment: SCRATCH"),
        (
            {**HANDLERS, "scaling.handlers": [Handler(name="h", environment={"A": "b"})]},
            "scaling.handlers",
            "cannot be",
        ),
    ],
)
def test_what_the_file_cannot_say_is_refused_by_its_question(
    change: dict[str, Any], question: str, what: str
) -> None:
    with pytest.raises(Refused, match=what) as caught:
        XML.write({**XML.read(TEXT, "").given, **change}, TEXT, "job_conf.xml")
    assert [problem.question for problem in caught.value.problems] == [question]
    assert all(problem.way_out for problem in caught.value.problems)


def test_a_default_from_the_environment_is_not_given_and_cannot_be_answered() -> None:
    text = TEXT.replace('default="slurm"', 'default="slurm" default_from_environ="GALAXY_DEFAULT"')
    reading = XML.read(text, "")
    assert "cluster.default_destination" not in reading.given
    assert XML.write(reading.given, text, "").text == text
    with pytest.raises(Refused, match="GALAXY_DEFAULT"):
        XML.write({"cluster.default_destination": "large"}, text, "")


def test_of_repeated_names_galaxys_own_choice_is_read_and_changed() -> None:
    text = (
        "<job_conf>\n  <destinations>\n"
        '    <destination id="d" runner="a"/>\n    <destination id="d" runner="b">\n'
        '      <param id="x">1</param>\n      <param id="x">2</param>\n    </destination>\n'
        "  </destinations>\n  <destinations/>\n</job_conf>\n"
    )
    reading = XML.read(text, "")
    assert reading.given[DESTINATIONS] == [Destination(id="d", runner="b", params={"x": 2})]
    assert [problem.line for problem in reading.unread] == [4, 9]
    changed = XML.write({DESTINATIONS: [Destination(id="d", runner="b", params={"x": 3})]}, text, "")
    assert changed.text == text.replace(">2<", ">3<")
    gone = XML.write({DESTINATIONS: [Destination(id="d", runner="b")]}, text, "")
    body = '>\n      <param id="x">1</param>\n      <param id="x">2</param>\n    </destination>'
    assert gone.text == text.replace(body, "/>")


def test_another_document_is_left_alone() -> None:
    text = "<object_store type='disk'/>"
    assert XML.read(text, "").given == {}
    with pytest.raises(Refused, match="no job configuration"):
        XML.write({"cluster.default_destination": "x"}, text, "object_store_conf.xml")


def test_one_is_no_switch_and_a_switch_no_one() -> None:
    text = TEXT.replace(">3<", ">1<")
    changed = {**XML.read(text, "").given, **replaced(RUNNERS, 1, params={"internalexception_retries": True})}
    written = XML.write(changed, text, "")
    assert differing(text, written.text)[1] == '+<param id="internalexception_retries">true</param>'


def test_items_of_a_list_keep_their_numbers_until_all_is_done() -> None:
    document = JobXmlDocument.parse(TEXT)
    after = document.edit(
        {("tools", 0): REMOVE, ("tools", 3, "environment"): "slurm", ("tools", 4): {"id": "n"}}
    )
    assert differing(TEXT, after) == [
        '-<tool id="upload1" destination="local"/>',
        '-<tool id="bwa" destination="large" />',
        '+<tool id="bwa" destination="slurm" />',
        '+<tool id="n"/>',
    ]


def another(row: Any) -> Any:
    """The same row with another answer in it."""
    if isinstance(row, Limit):
        value = "77GB" if row.kind == "output_size" else "77:00:00" if row.kind.endswith("walltime") else 77
        return row.model_copy(update={"value": value})
    fields: dict[type, dict[str, Any]] = {
        Runner: {"workers": 17},
        Destination: {"tags": ["new", "b"]},
        ToolMapping: {"handler": "another"},
        Handler: {"tags": ["q"]},
    }
    return row.model_copy(update=fields[type(row)])


def test_one_row_changed_in_a_real_file_changes_one_line_of_it_and_changes_back() -> None:
    changed = 0
    for file in corpus():
        text = file.read_bytes().decode()
        if not readable(text) or "upstream_2" in file.name:
            continue
        given = XML.read(text, file.name).given
        for question in (RUNNERS, DESTINATIONS, TOOLS, LIMITS, "scaling.handlers"):
            rows = given.get(question, [])
            for index in range(0, len(rows), 4):
                wanted = {**given, question: [*rows[:index], another(rows[index]), *rows[index + 1 :]]}
                written = XML.write(wanted, text, file.name)
                lines = [line[0] for line in differing(text, written.text)]
                assert lines == ["-", "+"], (file.name, rows[index])
                assert same_rows(XML.read(written.text, file.name).given, wanted)
                assert XML.write(given, written.text, file.name).text == text
                changed += 1
    assert changed > 150
