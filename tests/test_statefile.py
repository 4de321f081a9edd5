"""The answers file: what it says is what is understood, and an edit changes what it must and nothing else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers
from wizard.answers.secret import Secret
from wizard.documents.toml.document import loads, scan
from wizard.problems import Refused
from wizard.statefile import (
    Origin,
    holds_literal_secret,
    load,
    new,
    set_answer,
    unset_answer,
)

BY_HAND = """\
# Our server. Do not lose these comments.
schema = 1   # the format

# Groundwork is done.
[groundwork]
root = '/srv/galaxy'  # single quotes
  brand = "Ours"
admin_users = [
    "anna@example.org",   # head of the group
    # "bert@example.org", on leave
    "carla@example.org",
]
# cleanup_job = "always"

# All about the cluster
[[cluster.destinations]]
id = "small"
cores = 1

# for assemblies
[[cluster.destinations]]
id = "large"
cores = 32
env.OMP_NUM_THREADS = "32"
[cluster.destinations.params]
"nodes" = 1

[proxy] # nginx
server = "nginx"
# the end
"""

TEXTS = [
    "",
    "# only a comment",
    new(),
    BY_HAND,
    BY_HAND.replace("\n", "\r\n"),
    BY_HAND.rstrip("\n"),
    'groundwork.brand = "x"\nproxy.server = "nginx"\ndatabase.password.env = "PW"\n\n[options]\na.b.c = 1\na.d = 2\n',
    'groundwork = { brand = "x", debug = false }\ncluster = { destinations = [{ id = "a" }, { id = "b" }] }\n',
    '[ "scaling" ]\n"workers" = 2\n[scaling.web_environment]\nA = "1"\n# about B\nB = "2"\n\n'
    '[database.password]\nenv = "P"\n',
    "[[options.list]]\nx = 1\n[[options.list]]\nx = 2\n"
    "[options.list.y]\nz = [\n 1, # one\n 2\n]\n[options.some_option.deep]\nx = 1\n",
    "[options]\nsome_option = \"\"\"\nlines with [brackets]\nand = signs # no comment\"\"\"\nother = '''\n]'''\n",
    '[proxy]\ngzip = true\n\n[groundwork]\nbrand = "late"\n\n[data]\n\n[database]\n# nothing yet\n',
]


ARRAYS = [
    '[ # people\n  "a", # first\n  "b"   # last, no comma\n]',
    '["a", "b",\n "c"]',
    '[\n\t"a",\n\n\t# about b\n\t"b",\n\t\'c\',\n]',
    "[\n]",
    '[ "a"\n, "b"\n  # end\n, ]',
]


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(line in rest for line in short)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), answers())
def test_an_answer_that_was_set_is_the_answer_that_is_read(text: str, answer: tuple[str, Any]) -> None:
    path, value = answer
    before = load(text, "f").own
    after = load(set_answer(text, path, value), "f").own
    assert after == {**before, path: value}
    assert type(after[path]) is type(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), answers())
def test_taking_an_answer_back_leaves_the_others(text: str, answer: tuple[str, Any]) -> None:
    path, value = answer
    before = load(text, "f").own
    before.pop(path, None)
    assert load(unset_answer(set_answer(text, path, value), path), "f").own == before
    assert load(unset_answer(text, path), "f").own == before


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([text for text in TEXTS if "= {" not in text]), answers())
def test_a_new_answer_only_adds_lines(text: str, answer: tuple[str, Any]) -> None:
    path, value = answer
    if path in load(text, "f").own:
        text = unset_answer(text, path)
    edited = set_answer(text, path, value)
    old = [line.rstrip("\r\n") for line in lines_of(text)]
    assert is_subsequence(old, [line.rstrip("\r\n") for line in lines_of(edited)])
    if "\r\n" in text:
        assert edited.count("\n") == edited.count("\r\n")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(answers(), max_size=8))
def test_a_file_written_answer_by_answer_reads_as_answered(given_answers: list[tuple[str, Any]]) -> None:
    text = new()
    for path, value in given_answers:
        text = set_answer(text, path, value)
    assert load(text, "f").own == dict(given_answers)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ARRAYS), st.lists(st.sampled_from(["a", "b", "c", "d", "]", "#"]), max_size=5))
def test_a_list_in_any_layout_takes_any_other_elements(array: str, value: list[str]) -> None:
    text = f'[groundwork]\nadmin_users = {array} # behind\nbrand = "x"\n'
    edited = set_answer(text, "groundwork.admin_users", value)
    assert load(edited, "f").own == {"groundwork.admin_users": value, "groundwork.brand": "x"}
    assert edited.endswith('] # behind\nbrand = "x"\n')


@pytest.mark.parametrize("text", TEXTS)
def test_setting_what_is_set_changes_no_byte(text: str) -> None:
    for path, value in load(text, "f").own.items():
        assert set_answer(text, path, value) == text


@pytest.mark.parametrize("text", TEXTS)
def test_every_entry_of_the_text_is_found(text: str) -> None:
    def leaves(value: Any, path: tuple[str | int, ...]) -> set[tuple[str | int, ...]]:
        if isinstance(value, dict):
            return {leaf for key, part in value.items() for leaf in leaves(part, (*path, key))} or {path}
        if isinstance(value, list) and any(isinstance(part, dict) for part in value):
            return {leaf for key, part in enumerate(value) for leaf in leaves(part, (*path, key))}
        return {path}

    paths = {entry.path for entry in scan(text)}
    for leaf in leaves(loads(text), ()) - {()}:
        assert any(leaf[: len(path)] == path for path in paths)
    for entry in scan(text):
        assert text[: entry.key].count("\n") + 1 == entry.line


def edited_lines(text: str, path: str, value: Any) -> tuple[list[str], list[str]]:
    """The lines of `text` that went and the lines that came."""
    import difflib

    delta = list(difflib.ndiff(lines_of(text), lines_of(set_answer(text, path, value))))
    return [line[2:] for line in delta if line[0] == "-"], [line[2:] for line in delta if line[0] == "+"]


def test_a_changed_answer_changes_its_own_line_and_keeps_the_comment_behind_it() -> None:
    gone, came = edited_lines(BY_HAND, "groundwork.root", "/opt/galaxy")
    assert gone == ["root = '/srv/galaxy'  # single quotes\n"]
    assert came == ['root = "/opt/galaxy"  # single quotes\n']


def test_a_changed_list_keeps_the_lines_and_comments_of_the_elements_that_stay() -> None:
    people = ["anna@example.org", "dora@example.org", "carla@example.org"]
    gone, came = edited_lines(BY_HAND, "groundwork.admin_users", people)
    assert gone == []
    assert came == ['    "dora@example.org",\n']


def test_a_changed_row_keeps_the_other_rows_and_its_own_comments() -> None:
    rows = load(BY_HAND, "f").own["cluster.destinations"]
    middle = rows[1].model_copy(update={"id": "middle", "cores": 8, "env": None, "params": None})
    large = rows[1].model_copy(update={"cores": 64})
    gone, came = edited_lines(BY_HAND, "cluster.destinations", [rows[0], middle, large])
    assert gone == ["cores = 32\n"]
    assert sorted(came) == [
        "\n",
        "[[cluster.destinations]]\n",
        "cores = 64\n",
        "cores = 8\n",
        'id = "middle"\n',
    ]


def test_a_new_key_stands_in_question_order_before_the_comments_of_the_next_header() -> None:
    text = set_answer(BY_HAND, "groundwork.cleanup_job", "onsuccess")
    text = set_answer(text, "groundwork.install", "git")
    assert '[groundwork]\ninstall = "git"\nroot =' in text.replace("  install", "install")
    assert ']\n  cleanup_job = "onsuccess"\n# cleanup_job = "always"\n\n# All about' in text or (
        ']\ncleanup_job = "onsuccess"\n# cleanup_job = "always"\n\n# All about' in text
    )


def test_new_sections_and_tables_stand_in_section_order_apart_from_each_other() -> None:
    text = '[groundwork]\nbrand = "x"\n# still groundwork\n\n# proxy\n[proxy]\nserver = "nginx"\n'
    text = set_answer(text, "data.backends", [{"id": "disk1"}, {"id": "disk2"}])
    text = set_answer(text, "data.quotas", True)
    text = set_answer(text, "database.engine", "sqlite")
    assert text == (
        '[groundwork]\nbrand = "x"\n# still groundwork\n\n[database]\nengine = "sqlite"\n\n'
        '# proxy\n[proxy]\nserver = "nginx"\n\n[data]\nquotas = true\n\n'
        '[[data.backends]]\nid = "disk1"\n\n[[data.backends]]\nid = "disk2"\n'
    )


def test_a_removed_row_takes_its_lines_with_it() -> None:
    rows = load(BY_HAND, "f").own["cluster.destinations"]
    assert set_answer(BY_HAND, "cluster.destinations", rows[:1]) == (
        BY_HAND.replace(
            BY_HAND[BY_HAND.index('[[cluster.destinations]]\nid = "large"') : BY_HAND.index("[proxy]")], ""
        ).replace("# for assemblies\n", "# for assemblies\n\n")
    )


def test_rows_come_and_go_without_heaping_up_blank_lines_or_taking_comments() -> None:
    text = '[[data.backends]]\nid = "a"\n# about a\n\n[options]\nx = 1\n'
    more = set_answer(text, "data.backends", [{"id": "a"}, {"id": "b"}])
    assert more == text.replace("# about a\n", '# about a\n\n[[data.backends]]\nid = "b"\n')
    assert set_answer(more, "data.backends", [{"id": "a"}]) == text


def test_a_map_of_dotted_keys_can_become_empty() -> None:
    rows = load(BY_HAND, "f").own["cluster.destinations"]
    bare = rows[1].model_copy(update={"env": {}})
    gone, came = edited_lines(BY_HAND, "cluster.destinations", [rows[0], bare])
    assert (gone, came) == (['env.OMP_NUM_THREADS = "32"\n'], ["env = {}\n"])


def test_what_has_no_place_for_a_small_edit_is_written_anew() -> None:
    text = (
        "[[options.x]]\n[options.x.a.b]\nc = 1\n[[options.x]]\n[options.x.a.b]\nc = 2\n[options.y]\nz = 1\n"
    )
    value = [{"a": {"b": {"c": 1}, "new": True}}, {"a": {"b": {"c": 2}}}]
    assert load(set_answer(text, "options.x", value), "f").own == {"options.x": value, "options.y": {"z": 1}}


def test_secrets_are_written_as_a_text_or_an_inline_table() -> None:
    text = set_answer("", "database.password", Secret("DB", "env"))
    assert text == '[database]\npassword = { env = "DB" }\n'
    assert set_answer(text, "database.password", Secret('pa"ss')) == '[database]\npassword = "pa\\"ss"\n'


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ('[database]\npassword = { env = "DB" }\n', False),
        ('[database]\npassword = "hunter2"\n', True),
        ('[groundwork]\nid_secret = { generate = true }\n', False),
        ('[[data.backends]]\nid = "a"\nsecret_key = "hunter2"\n', True),
        ('[[data.backends]]\nid = "a"\nsecret_key = { file = "/run/secret" }\n', False),
        ('[options]\nsmtp_password = "hunter2"\n', True),
        ('[options]\ninstall_database_connection = "postgresql://galaxy:hunter2@db/tools"\n', True),
        ('[options]\ninstall_database_connection = "postgresql://galaxy@db/tools"\n', False),
        ('[proxy]\ncertificate_key = "/etc/ssl/private/galaxy.key"\n', False),
        ('[scaling.web_environment]\nSOME_API_KEY = "hunter2"\n', True),
    ],
)  # fmt: skip
def test_a_file_with_a_literal_secret_is_known(text: str, literal: bool) -> None:
    assert holds_literal_secret(text) is literal
    assert holds_literal_secret(load(text, "f")) is literal


def problems(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        load(text, "prod.toml")
    return list(map(str, refused.value.problems))


def test_all_problems_are_named_at_once_with_file_line_question_and_way_out() -> None:
    text = """\
schema = 1
brand = "x"

[groundwork]
brnd = "x"
host_name = "h"
cleanup_job = "alwys"
umask = "rw"

[databse]
[database]
port = 99999
pool_size = "5"
[[cluster.destinations]]
id = "a"
[[cluster.destinations]]
# about it
cores = 2.5
id = "a"
colour = "red"
[data]
backends = [
  { id = "x" },
  { id = "y", kind = "dsk" },
]
"""
    found = problems(text)
    expected = [
        ("prod.toml:2: brand: ", "[groundwork]"),
        ("prod.toml:5: groundwork.brnd: ", "did you mean groundwork.brand?"),
        ("prod.toml:6: groundwork.host_name: ", "[proxy]"),
        ("prod.toml:7: groundwork.cleanup_job: ", "always, onsuccess, never; did you mean always?"),
        ("prod.toml:8: groundwork.umask: ", "galaxy-setup explain groundwork.umask"),
        ("prod.toml:10: databse: ", "did you mean database?"),
        ("prod.toml:12: database.port: ", "65535 or less"),
        ("prod.toml:13: database.pool_size: ", "must be a whole number, not text"),
        ("prod.toml:18: cluster.destinations[2].cores: ", "must be a whole number"),
        ("prod.toml:19: cluster.destinations[2].id: ", "taken by row 1"),
        ("prod.toml:20: cluster.destinations[2].colour: ", "there is no such column"),
        ("prod.toml:24: data.backends[2].kind: ", "did you mean disk?"),
    ]
    assert len(found) == len(expected)
    for problem, (begin, within) in zip(found, expected, strict=True):
        assert problem.startswith(begin)
        assert within in problem


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("[groundwork]\nbrand = \n", "prod.toml:2:9: this is not TOML"),
        ('[groundwork]\nbrand = "x\n', "prod.toml:2:11: this is not TOML"),
        ("[groundwork\n", "prod.toml:1:12: this is not TOML"),
        ("a = " + "[" * 5000, "prod.toml: values stand too deep"),
        ("n = " + "1" * 5000, "prod.toml:1: this is not TOML"),
        ("schema = 99\n", "prod.toml:1: schema: the file is written for answers format 99"),
        ('schema = "1"\n', "prod.toml:1: schema: must be a whole number"),
        ("preset = 1\n", "prod.toml:1: preset: must be the name"),
        ('\npreset = "single-servr"\n', "prod.toml:2: preset: there is no preset single-servr"),
        ('preset = "single-server@99"\n', "prod.toml:1: preset: this galaxy-setup has no such version"),
        ("groundwork = 3\n", "prod.toml:1: groundwork: must be a table: [groundwork]"),
        ("[[groundwork]]\n", "prod.toml:1: groundwork: must be a table: [groundwork]"),
        (
            "[cluster]\ndestinations = 3\n",
            "prod.toml:2: cluster.destinations: must be a table in double brackets",
        ),
        ("[[cluster.destinations]]\ncores = 1\n", "prod.toml:1: cluster.destinations[1].id: is missing"),
        ("options = 3\n", "prod.toml:1: options: must be a table"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_in_one_line(text: str, begin: str) -> None:
    (found,) = problems(text)
    assert found.startswith(begin)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(TEXTS).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at] + '"' + text[at:])
    )
)
def test_no_text_at_all_ends_in_anything_but_answers_or_problems(text: str) -> None:
    try:
        load(text, "f")
    except Refused as refused:
        assert all(problem.file for problem in refused.problems)


@pytest.mark.parametrize(
    "text",
    [
        '[database]\npassword = ["hunter2"]\n',
        '[database]\npassword = { vault = "hunter2" }\n',
        '[database]\npasword = "hunter2"\n',
        'password = "hunter2"\n',
        '[database]\npassword = "hunter2\n',
        '[[data.backends]]\nsecret_key = "hunter2"\nkind = 3\n',
        '[groundwork]\nid_secret = { file = "hunter2" }\n',
    ],
)  # fmt: skip
def test_a_problem_never_shows_a_secret(text: str) -> None:
    assert all("hunter2" not in problem for problem in problems(text))


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("groundwork.brand", 3, "must be text"),
        ("groundwork.brand", "two\nlines", "line break"),
        ("groundwork.brnd", "x", "did you mean groundwork.brand?"),
        ("nowhere.at.all", "x", "there is no such question"),
        ("options", {}, "there is no such question"),
        ("options.x", {"deep": [None]}, "TOML has no form"),
        ("options.x", "\ud800", "half a character"),
        ("cluster.destinations", [{"id": "a"}, {"id": "a"}], "taken by row 1"),
        ("cluster.destinations", [{"cores": 1}], "is missing"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(path: str, value: Any, what: str) -> None:
    with pytest.raises(Refused, match=r"(?s).*") as refused:
        set_answer("", path, value)
    assert what in str(refused.value)


def test_every_answer_has_the_line_it_stands_in_as_its_origin() -> None:
    origins = load(BY_HAND, "prod.toml").origins
    assert origins["groundwork.root"] == Origin("file", "prod.toml", 6)
    assert origins["groundwork.brand"] == Origin("file", "prod.toml", 7)
    assert origins["groundwork.admin_users"] == Origin("file", "prod.toml", 8)
    assert origins["cluster.destinations"] == Origin("file", "prod.toml", 16)
    assert origins["proxy.server"] == Origin("file", "prod.toml", 29)


def test_a_file_of_two_hundred_lines_loads_at_once() -> None:
    text = new()
    for number in range(50):
        text += f'\n[[data.backends]]\nid = "disk{number}"\nfiles_dir = "/srv/{number}"\n'
    load(text, "warm")
    started = time.process_time()
    for _ in range(10):
        load(text, "f")
    assert (time.process_time() - started) / 10 < 0.05
