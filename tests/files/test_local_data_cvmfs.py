"""The CernVM-FS client's files: the shell that reads them sees the answers, and the laws hold for files of others."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import given_answers
from tests.consumers import need_tool
from tests.files.reference_data import PLACES, applied, planned
from tests.laws.lines import touched_otherwise
from wizard.answers.hosts import Host
from wizard.answers.question import Machine
from wizard.answers.questions import questions
from wizard.documents.cvmfs import parse, spelled
from wizard.files.data.cvmfs import DEFAULTS, DOMAIN, CvmfsDefaults, CvmfsDomain
from wizard.files.data.cvmfs_answers import unused_cvmfs
from wizard.files.lens import Written
from wizard.problems import Refused

CLIENT, SITE = CvmfsDefaults(), CvmfsDomain()
GOLDEN = Path(__file__).parent.parent / "golden"
HYPOTHESIS = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
TYPICAL: dict[str, Any] = {
    "data.cvmfs": True,
    "data.cvmfs_repositories": ["data.galaxyproject.org", "singularity.galaxyproject.org"],
    "data.cvmfs_proxy": ["http://squid1.example.org:3128|http://squid2.example.org:3128", "DIRECT"],
    "data.cvmfs_cache_dir": "/var/lib/cvmfs",
    "data.cvmfs_cache_size": 50000,
    "data.cvmfs_servers": [
        "http://cvmfs1-ufr0.galaxyproject.eu/cvmfs/@fqrn@",
        "http://cvmfs1-psu0.galaxyproject.org/cvmfs/@fqrn@",
    ],
    "data.cvmfs_keys_dir": "/etc/cvmfs/keys/galaxyproject.org",
}
NAMES = {
    "data.cvmfs_repositories": ("CVMFS_REPOSITORIES", ","),
    "data.cvmfs_proxy": ("CVMFS_HTTP_PROXY", ";"),
    "data.cvmfs_cache_dir": ("CVMFS_CACHE_BASE", None),
    "data.cvmfs_cache_size": ("CVMFS_QUOTA_LIMIT", None),
    "data.cvmfs_servers": ("CVMFS_SERVER_URL", ";"),
    "data.cvmfs_keys_dir": ("CVMFS_KEYS_DIR", None),
}
FOREIGN = """\
# site profile
export CVMFS_REPOSITORIES=cms.cern.ch,data.galaxyproject.org   # both
CVMFS_HTTP_PROXY='http://old:3128;DIRECT';
CVMFS_QUOTA_LIMIT=4000
CVMFS_QUOTA_LIMIT="20000" # grown
SITE=$(hostname -d)
if [ -d /scratch ]; then
    CVMFS_CACHE_BASE=/scratch/cvmfs
fi
"""


def value_of(question: str, answer: Any) -> str:
    between = NAMES[question][1]
    return between.join(answer) if between else str(answer)


def heard(texts: list[str], names: list[str], shell: str = "sh") -> list[list[str]]:
    """What CernVM-FS hears of these variables: a shell reads the lines, and is asked with an unquoted echo."""
    ask = "".join("\necho $" + name for name in names)
    found = []
    for text in texts:
        run = subprocess.run(
            [need_tool(shell)],
            input=f"cd /etc\n{text}{ask}\n",
            capture_output=True,
            text=True,
            timeout=20,
            env={"PATH": "/usr/bin:/bin"},
            check=False,
        )
        found.append(run.stdout.split("\n")[-len(names) - 1 : -1])
    return found


def write(lens: Any, answers: dict[str, Any], text: str | None = None) -> Written:
    written: Written = lens.write(answers, lens.skeleton(answers) if text is None else text, "file")
    return written


def written_or_dropped(lens: Any, answers: dict[str, Any], text: str | None = None) -> Written:
    """What does not come through the shell is refused by name, and no case for the laws."""
    try:
        return write(lens, answers, text)
    except Refused as refused:
        assert {problem.question for problem in refused.problems} <= {*NAMES, "data.cvmfs"}
        assert all(problem.way_out for problem in refused.problems)
        assume(False)
        raise


@pytest.mark.parametrize(
    ("lens", "name"), [(CLIENT, "cvmfs-default.local"), (SITE, "cvmfs-galaxyproject.org.conf")]
)
def test_a_typical_file_is_what_the_documents_advise(lens: Any, name: str) -> None:
    assert write(lens, TYPICAL).text == (GOLDEN / name).read_text()


@pytest.mark.consumer
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_shell_sees_a_typical_client(shell: str) -> None:
    text = write(CLIENT, TYPICAL).text + write(SITE, TYPICAL).text
    asked = [NAMES[question][0] for question in NAMES]
    (found,) = heard([text], asked, shell)
    assert found == [value_of(question, TYPICAL[question]) for question in NAMES]


paths = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"), max_size=8
).map("/{}".format) | st.sampled_from(
    [
        "/a b",
        "/a  b",
        "/a ",
        "/*",
        "/etc/*",
        "/$HOME",
        "/`id`",
        '/"',
        "/'",
        "/\"'",
        "/\\n",
        "/a;b",
        "/a#b",
        "/~",
        "/{a,b}",
    ]
)
ANSWERS = st.fixed_dictionaries(
    {"data.cvmfs": st.just(True)},
    optional={"data.cvmfs_cache_dir": paths, "data.cvmfs_keys_dir": paths},
).flatmap(
    lambda some: given_answers(
        lambda question: question in NAMES and question not in ("data.cvmfs_cache_dir", "data.cvmfs_keys_dir")
    ).map(lambda more: {**more, **some})
)


@pytest.mark.consumer
@HYPOTHESIS
@given(ANSWERS)
def test_the_shell_sees_every_value_and_nothing_else_runs(answers: dict[str, Any]) -> None:
    text = written_or_dropped(CLIENT, answers).text + written_or_dropped(SITE, answers).text
    asked = [question for question in NAMES if question in answers]
    (found,) = heard([text + "\nLAST=here"], [*(NAMES[question][0] for question in asked), "LAST"])
    assert found == [*(value_of(question, answers[question]) for question in asked), "here"]


pieces = st.sampled_from(
    [
        "a",
        "/b",
        "'c d'",
        '"e;f"',
        "''",
        '"$X"',
        "$A",
        "${B}",
        "\\\\",
        "*",
        "`id`",
        "$(id)",
        " ",
        "#x",
        " #y",
        ";",
        "=",
        '"',
        "'",
        "é",
        "|",
    ]
)
assignments = st.tuples(
    st.sampled_from(["A=", "B=", "export A=", " B=", "readonly C=", "A ="]), st.lists(pieces, max_size=3)
).map(lambda parts: parts[0] + "".join(parts[1]))
understood = st.sampled_from(["A=a", "A=/b # c", "B='x y';", 'export B="http://[::1]:80"', "B=$A"])
others = st.sampled_from(
    [
        "",
        "# A=1",
        "if true; then",
        "fi",
        "if false; then",
        "unset A",
        ". /dev/null",
        "eval A=9",
        "cat <<A",
        "A",
        "f() {",
        "}",
        "X=5",
    ]
)


@pytest.mark.consumer
@settings(HYPOTHESIS, max_examples=250)
@given(st.lists(assignments | understood | others, max_size=6).map("\n".join))
def test_what_is_sure_is_what_the_shell_says(text: str) -> None:
    document = parse(text)
    sure = {name: one.value for name, one in document.sure.items() if one.value is not None}
    if not sure or re.search(r"<<|exit", text):
        return
    # Read from a file, so that what is not closed at its end does not swallow the question.
    body = f"cd /etc\n. /dev/stdin <<'THE END'\n{text}\nTHE END\n"
    for name, value in sure.items():
        run = subprocess.run(
            [need_tool("bash"), "-c", f"{body}\necho ${name}"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert run.stdout.split("\n")[-2] == value, (text, run.stderr)


starts = (
    st.lists(assignments | others, max_size=4).map("\n".join)
    | st.just(FOREIGN)
    | st.just("CVMFS_QUOTA_LIMIT=0400\n")
)


@HYPOTHESIS
@given(ANSWERS, starts)
def test_what_is_written_is_read_and_nothing_else_moves(answers: dict[str, Any], text: str) -> None:
    for lens in (CLIENT, SITE):
        own = {question: value for question, value in answers.items() if lens.owns(question)}
        written = written_or_dropped(lens, own, text)
        held = lens.read(written.text, "file").given
        assert {question: held[question] for question in own} == own
        assert write(lens, own, written.text) == Written(written.text)
        assert write(lens, held, written.text) == Written(written.text)
        assert touched_otherwise(text, written.text, written.changes) == []


@HYPOTHESIS
@given(starts, st.sampled_from(["", "CVMFS_REPOSITORIES='data.galaxyproject.org, cms.cern.ch'\n"]))
def test_what_was_read_changes_nothing(text: str, head: str) -> None:
    for lens in (CLIENT, SITE):
        assert write(lens, lens.read(head + text, "file").given, head + text) == Written(head + text)


def test_a_file_of_others_is_read_and_keeps_its_shape() -> None:
    reading = CLIENT.read(FOREIGN, DEFAULTS)
    assert reading.given == {
        "data.cvmfs": True,
        "data.cvmfs_repositories": ["cms.cern.ch", "data.galaxyproject.org"],
        "data.cvmfs_proxy": ["http://old:3128", "DIRECT"],
        "data.cvmfs_cache_size": 20000,
    }
    assert reading.lines["data.cvmfs_cache_size"] == 5
    assert [problem.line for problem in reading.unread] == [6]
    changed = write(CLIENT, {**reading.given, "data.cvmfs_cache_size": 30000}, FOREIGN)
    assert changed.text == FOREIGN.replace("20000", "30000")
    assert [(change.line_before, change.line_after) for change in changed.changes] == [(5, 5)]
    with pytest.raises(Refused) as refused:
        write(CLIENT, {**reading.given, "data.cvmfs_cache_dir": "/data/cvmfs"}, FOREIGN)
    assert [(one.question, one.line) for one in refused.value.problems] == [("data.cvmfs_cache_dir", 6)]


def test_a_client_of_other_repositories_is_no_answer_and_gets_galaxys_added() -> None:
    text = 'CVMFS_REPOSITORIES="cms.cern.ch"\nCVMFS_HTTP_PROXY="http://squid:3128"\n'
    reading = CLIENT.read(text, DEFAULTS)
    assert reading.given == {}
    assert reading.unread[0].question == "data.cvmfs"
    assert write(CLIENT, {}, text) == Written(text)
    added = write(CLIENT, {"data.cvmfs": True}, text).text
    assert added == text.replace("cms.cern.ch", "cms.cern.ch,data.galaxyproject.org")
    with pytest.raises(Refused, match=r"answer data\.cvmfs_repositories"):
        write(CLIENT, {"data.cvmfs": True}, "X=1\nCVMFS_REPOSITORIES=$X\n")


def test_a_new_client_names_a_proxy_for_nothing_is_mounted_without_one() -> None:
    text = write(CLIENT, {"data.cvmfs": True}).text
    assert CLIENT.read(text, DEFAULTS).given == {
        "data.cvmfs": True,
        "data.cvmfs_repositories": ["data.galaxyproject.org"],
        "data.cvmfs_proxy": ["DIRECT"],
    }


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"data.cvmfs_repositories": ["cms.cern.ch"]}, "data.cvmfs_repositories"),
        ({"data.cvmfs_proxy": []}, "data.cvmfs_proxy"),
        ({"data.cvmfs_servers": []}, "data.cvmfs_servers"),
        *(
            ({"data.cvmfs_cache_dir": path}, "data.cvmfs_cache_dir")
            for path in ("/a  b", "/a ", "/etc/*", "/\\n", "/[x]", "/\"'$")
        ),
    ],
)
def test_what_the_client_would_not_understand_is_refused_by_name(
    answers: dict[str, Any], question: str
) -> None:
    lens = SITE if question == "data.cvmfs_servers" else CLIENT
    with pytest.raises(Refused) as refused:
        write(lens, {"data.cvmfs": True, **answers})
    assert [problem.question for problem in refused.value.problems] == [question]
    assert refused.value.problems[0].way_out


@pytest.mark.consumer
@pytest.mark.parametrize("path", ["/a  b", "/a ", "/etc/host*", "/a\\tb"])
def test_the_shell_would_indeed_say_something_else(path: str) -> None:
    with pytest.raises(Refused):
        spelled(path, "data.cvmfs_cache_dir")
    (found,) = heard([f"A='{path}'"], ["A"])
    assert found != [path]


def test_a_password_in_an_address_is_hidden_and_left_alone() -> None:
    text = (
        "CVMFS_REPOSITORIES=data.galaxyproject.org\n"
        'CVMFS_HTTP_PROXY="http://me:hunter2@squid:3128;http://you:hunter3@squid:3128|DIRECT"\n'
        "# CVMFS_HTTP_PROXY=http://me:hunter4@squid:3128\n"
    )
    spans = [text[span.start : span.end] for span in CLIENT.secret_spans(text, DEFAULTS)]
    assert spans == ["hunter2", "hunter3", "hunter4"]
    reading = CLIENT.read(text, DEFAULTS)
    assert "data.cvmfs_proxy" not in reading.given
    assert "hunter" not in "".join(map(str, reading.unread))
    changed = write(CLIENT, {**reading.given, "data.cvmfs_proxy": ["DIRECT"]}, text)
    assert changed.changes[0].secrecy == "url"
    assert "hunter" not in repr(changed.changes)
    assert SITE.secret_spans(write(SITE, TYPICAL).text, DOMAIN) == ()


@pytest.mark.parametrize(
    ("role", "there"), [("web", True), ("handlers", True), ("celery", True), ("database", False)]
)
def test_the_files_belong_to_the_hosts_where_tools_and_data_are_read(role: Any, there: bool) -> None:
    hosts = {"scaling.hosts": [Host(name="one", runs=[role])], "scaling.host": "one"}
    for lens, path in ((CLIENT, DEFAULTS), (SITE, DOMAIN)):
        target = lens.target({**TYPICAL, **hosts})
        assert (target is not None) is there
        assert target is None or (target.path, target.mode) == (path, 0o644)
        assert lens.target({**TYPICAL, "data.cvmfs": False}) is None
    assert SITE.target({"data.cvmfs": True}) is None


def test_every_answer_reaches_a_file_and_a_second_apply_changes_nothing(tmp_path: Path) -> None:
    given = {**PLACES, **TYPICAL}
    (unused,) = applied(given, tmp_path).idle
    assert unused == unused_cvmfs(given), "all stands in files; no list of tables is asked for here"
    assert planned(given, tmp_path).pending == ()


def test_cvmfs_without_one_of_its_lists_is_said_to_be_of_no_use() -> None:
    suggestion = questions()["data.tool_data_tables"].question.suggestion({"data.cvmfs": True}, Machine())
    assert suggestion is not None
    problem = unused_cvmfs({"data.cvmfs": True, "data.tool_data_tables": "tool_data_table_conf.xml"})
    assert problem is not None and problem.question == "data.tool_data_tables"
    assert unused_cvmfs({"data.cvmfs": True}) is not None
    assert unused_cvmfs({"data.cvmfs": True, "data.tool_data_tables": suggestion.value}) is None
    only_images = {"data.cvmfs": True, "data.cvmfs_repositories": ["singularity.galaxyproject.org"]}
    assert unused_cvmfs(only_images) is None
    assert unused_cvmfs({"data.cvmfs": False}) is None
