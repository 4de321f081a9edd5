"""`[[hosts]]`: the one table at the top level of an answers file, and how it is told from a question in a section."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.answer_strategies import answers_to
from wizard import statefile
from wizard.answers.hosts import Host
from wizard.answers.questions import at_top_level, questions
from wizard.problems import Refused
from wizard.reference import explain
from wizard.statefile_keys import keys_of, place_of

TEXT = """\
# ours
schema = 1

[scaling]
workers = 4   # enough

# the two of them
[[hosts]]
name = "web.example.org"   # in the cellar
runs = ["web", "proxy"]

[[hosts]]
name = "jobs.example.org"
runs = ["handlers"]
handlers = ["handler0"]

[data]
quotas = true
"""
ROWS = [
    Host(name="web.example.org", runs=["web", "proxy"]),
    Host(name="jobs.example.org", runs=["handlers"], handlers=["handler0"]),
]


def complaint(text: str) -> str:
    with pytest.raises(Refused) as refused:
        statefile.load(text, "f")
    return str(refused.value)


def test_the_table_is_the_answer_to_its_question() -> None:
    loaded = statefile.load(TEXT, "f")
    assert loaded.own["scaling.hosts"] == ROWS
    assert loaded.origins["scaling.hosts"] == statefile.Origin("file", "f", 8)
    assert loaded.own["scaling.workers"] == 4 and loaded.origins["scaling.workers"].line == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace('"handlers"]', '"handlres"]'), "f:14: hosts[2].runs[1]: handlres is not a choice"),
        (TEXT.replace('runs = ["handlers"]\n', ""), "f:12: hosts[2].runs: is missing"),
        (TEXT.replace("jobs.example", "web.example"), "f:13: hosts[2].name: name web.example.org is taken by row 1"),
        (TEXT.replace("handlers = [", "handler = ["), "f:15: hosts[2].handler: there is no such column; did you mean"),
        (TEXT.replace('["web", "proxy"]', '"web"'), "f:10: hosts[1].runs: must be a list in brackets, not text"),
        (TEXT.replace('runs = ["handlers"]', 'runs = ["web"]'), "f:12: hosts[2]: names handlers, and runs does not"),
        ('[hosts]\nname = "a"\n', "f:1: hosts: must be a table in double brackets: [[hosts]]"),
        ("hosts = 3\n", "f:1: hosts: must be a table in double brackets: [[hosts]]"),
        ('[[host]]\nname = "a"\nruns = []\n', "f:1: host: there is no such table; did you mean [[hosts]]?"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_it_is_named_with_its_line_and_as_it_is_written(text: str, said: str) -> None:
    assert complaint(text).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        '[scaling]\nhosts = [{ name = "a", runs = ["web"] }]\n',
        '[scaling]\n[[scaling.hosts]]\nname = "a"\nruns = ["web"]\n',
        "[scaling]\nhosts = []\n[[hosts]]\nname = 'a'\nruns = ['web']\n",
        "scaling = { workers = 4, hosts = [] }\n",
    ],
)
def test_in_its_section_it_is_refused_with_the_right_spelling(text: str) -> None:
    said = complaint(text)
    assert "scaling.hosts: stands in [scaling], where nothing reads it" in said
    assert "write it at the top level of the file, as [[hosts]]" in said
    assert said.count("\n") == 0 and said.startswith(("f:1:", "f:2:"))


def test_an_inline_list_is_read_as_well() -> None:
    assert statefile.load('hosts = [{ name = "a", runs = ["web"] }]\n', "f").own["scaling.hosts"] == [
        Host(name="a", runs=["web"])
    ]


# edits


def test_a_change_leaves_all_other_lines_as_they_are() -> None:
    rows = [ROWS[0], Host(name="tasks.example.org", runs=["celery"]), ROWS[1]]
    text = statefile.set_answer(TEXT, "scaling.hosts", [statefile.plain(row) for row in rows])
    assert text == TEXT.replace(
        '\n[[hosts]]\nname = "jobs',
        '\n[[hosts]]\nname = "tasks.example.org"\nruns = ["celery"]\n\n[[hosts]]\nname = "jobs',
    )
    assert statefile.load(text, "f").own["scaling.hosts"] == rows
    assert statefile.set_answer(text, "scaling.hosts", [statefile.plain(row) for row in ROWS]) == TEXT


def test_a_new_table_stands_behind_its_section_and_goes_without_a_trace() -> None:
    text = statefile.set_answer("schema = 1\n\n[scaling]\nworkers = 4\n\n[data]\nquotas = true\n", "scaling.hosts",
                                [statefile.plain(row) for row in ROWS])  # fmt: skip
    assert text.index("workers") < text.index("[[hosts]]") < text.index("[data]")
    assert "[[scaling" not in text
    assert (
        statefile.unset_answer(text, "scaling.hosts")
        == "schema = 1\n\n[scaling]\nworkers = 4\n\n[data]\nquotas = true\n"
    )
    assert statefile.set_answer(text, "scaling.hosts", None) == statefile.unset_answer(text, "scaling.hosts")


def test_it_can_be_disowned_and_answered_again() -> None:
    text = statefile.disown('preset = "multi-host@1"\n', "scaling.hosts")
    assert text == 'preset = "multi-host@1"\ndisowned = ["scaling.hosts"]\n'
    assert "scaling.hosts" not in statefile.load(text, "f").answers.given()
    again = statefile.set_answer(text, "scaling.hosts", [{"name": "a", "runs": ["web"]}])
    assert "disowned" not in again
    assert statefile.load(again, "f").answers.given()["scaling.hosts"] == [Host(name="a", runs=["web"])]
    assert "is answered in this file and disowned in it" in complaint('disowned = ["scaling.hosts"]\n' + TEXT)


def test_a_wrong_row_is_refused_before_it_is_written() -> None:
    for rows, said in (
        ([{"name": "a", "runs": ["wbe"]}], "hosts[1].runs[1]: wbe is not a choice"),
        ([{"name": "a", "runs": []}, {"name": "a", "runs": []}], "hosts[2].name: name a is taken by row 1"),
    ):
        with pytest.raises(Refused) as refused:
            statefile.set_answer(TEXT, "scaling.hosts", rows)
        assert str(refused.value).startswith(said)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers_to("scaling.hosts"), answers_to("scaling.handlers"))
def test_any_table_is_read_back_as_it_was_written(hosts: list[Host], handlers: list[object]) -> None:
    text = statefile.set_answer(TEXT, "scaling.hosts", [statefile.plain(row) for row in hosts])
    text = statefile.set_answer(text, "scaling.handlers", [statefile.plain(row) for row in handlers])
    own = statefile.load(text, "f").own
    assert (own["scaling.hosts"], own["scaling.handlers"]) == (hosts, handlers)
    assert own["scaling.workers"] == 4 and own["data.quotas"] is True


# one declaration


def test_every_question_has_its_place_in_the_file_and_is_found_by_it() -> None:
    assert {key: asked.path for key, asked in at_top_level().items()} == {"hosts": "scaling.hosts"}
    for path, asked in questions().items():
        assert keys_of(path) == asked.keys
        spelled = ".".join(asked.keys)
        assert place_of(spelled) == place_of(path) == (asked.section, asked.name)
    assert place_of("hosts[2].runs") == ("scaling", "hosts", 1, "runs")
    assert place_of("cluster.destinations[1].id") == ("cluster", "destinations", 0, "id")
    assert place_of("options.a.b[1]") == ("options", "a.b[1]")


def test_explain_says_how_it_is_written_and_knows_it_by_that() -> None:
    assert "Written as  [[hosts]], at the top level of the answers file" in explain("scaling.hosts")
    for query in ("hosts", "scaling.hosts"):
        assert explain(query).startswith("Hosts (scaling.hosts)\n")
    for query in ("hosts[2].runs", "hosts.runs", "scaling.hosts[].runs", "scaling.hosts.runs"):
        assert explain(query).startswith("Runs (scaling.hosts[].runs)\n")
    assert "celery-beat: Celery's clock" in explain("hosts.runs")
