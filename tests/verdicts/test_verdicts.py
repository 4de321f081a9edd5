"""Each value of each choice stands in a file that its consumer accepts, and the consumer sees it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import consumers
from tests.verdicts import document, reasons, table, uwsgi_judges, versions, web_judges
from tests.verdicts.cases import above, cases, leaves, two_values, values_of
from tests.verdicts.judges import JUDGES
from tests.verdicts.judging import Verdict
from tests.verdicts.seeing import Found, Tried, same_value, shown, tried_questions, unjudged
from wizard.answers import SECTIONS
from wizard.answers.questions import questions
from wizard.answers.secret import Secret


def test_every_file_has_a_judge() -> None:
    assert unjudged() == []
    assert len({judge.file for judge in JUDGES}) == len(JUDGES)


def test_every_choice_has_its_values_and_every_other_question_two() -> None:
    for asked in leaves():
        values = values_of(asked)
        assert len(values) >= 2, asked.path
        if asked.shape == "choice":
            assert set(values) == set(asked.question.choices or asked.values), asked.path


@pytest.mark.consumer
@pytest.mark.parametrize("section", SECTIONS)
def test_consumers_accept_and_see_every_value(section: str, request: pytest.FixtureRequest) -> None:
    versions.need_all()
    with TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        found = tried_questions(section, place)
    request.node.user_properties.append((table.PROPERTY, [table.counted(found), versions.of(found)]))
    problems = [problem for one in found for problem in problems_of(one)]
    assert not problems, "\n".join(problems)


def problems_of(found: Found) -> Iterable[str]:
    """Everything that is against the promise, for one question."""
    path = found.asked.path
    local = questions()[path.partition("[]")[0]].question.local
    yield from found.complaints()
    yield from found.misread()
    seen = found.seen_by()
    if path in reasons.NOT_SEEN:
        if seen and not local:
            yield f"{path}: is seen in {seen}: take it out of reasons.NOT_SEEN"
        return
    if not seen:
        yield f"{path}: no consumer sees its values"
        return
    if not local:
        yield from (f"{path} = {shown(value)}: every file refuses it" for value in found.refused_everywhere())
    alike, _ = reasons.ALIKE.get(path, (frozenset(), ""))
    for one, other in found.alike() if not local else ():
        if one not in alike or other not in alike:
            yield f"{path}: no consumer tells {shown(one)} from {shown(other)}"
    for where in found.silent():
        if (path, *where) not in reasons.SILENT:
            yield f"{path}: its values are the same to the consumer of {' under '.join(filter(None, where))}"


def test_what_is_given_a_reason_is_a_question() -> None:
    """A reason outlives neither its question nor its file."""
    paths = {asked.path for asked in leaves()}
    named = {*reasons.NOT_SEEN, *reasons.ALIKE, *(path for path, _, _ in reasons.SILENT)}
    assert named <= paths
    assert {file for _, file, _ in reasons.SILENT} <= {judge.file for judge in JUDGES}


def found_with(*trials: Tried, path: str = "data.quotas") -> Found:
    asked = next(one for one in leaves() if one.path == path)
    return Found(asked, True, {("galaxy.yml, galaxy:", ""): [*trials]})


def said(value: object, seen: object, *complaints: str) -> Tried:
    return Tried(value, (("galaxy.yml", f"{value}"),), verdict=Verdict(complaints, seen))


@pytest.mark.parametrize(
    ("trials", "problem"),
    [
        ((said(True, {"a": 1}), said(False, {"a": 1})), "no consumer sees its values"),
        ((said(True, {"a": 1}, "line 3 is wrong"), said(False, {"a": 2})), "line 3 is wrong"),
        ((said(True, {"enable_quotas": False}), said(False, {})), "enable_quotas is False"),
        (
            (said(True, {"a": 1}), said(False, {"a": 2}), said(None, {"a": 2})),
            "no consumer tells False from None",
        ),
        (
            (said(True, {"a": 1}), said(False, {"a": 2}), Tried(None, None, refused=("data.x is wrong",))),
            "refused without its name",
        ),
        (
            (said(True, {"a": 1}), said(False, {"a": 2}), Tried(None, None, refused=("data.quotas no",))),
            "every file refuses it",
        ),
    ],
)
def test_a_broken_promise_is_found(trials: tuple[Tried, ...], problem: str) -> None:
    assert any(problem in text for text in problems_of(found_with(*trials)))


def test_a_kept_promise_is_no_problem() -> None:
    kept = found_with(said(True, {"enable_quotas": True}), said(False, {}))
    assert list(problems_of(kept)) == []


@pytest.mark.parametrize("older", [True, False])
def test_an_older_release_may_refuse_what_the_question_hangs_on(older: bool) -> None:
    """Today's releases have both; there the question itself must be named."""
    refused = Tried("x", None, refused=("celery.broker no option",), older=older)
    found = found_with(said("a", "a"), said("b", "b"), path="celery.broker_vhost")
    found.trials["galaxy.ini, for Paste", ""] = [refused, refused]
    assert any("refused without its name" in text for text in problems_of(found)) is not older


def test_an_older_release_may_not_refuse_something_else() -> None:
    refused = Tried("x", None, refused=("proxy.link addresses only",), older=True)
    found = found_with(said("a", "a"), said("b", "b"), refused, path="celery.broker_vhost")
    assert any("refused without its name" in text for text in problems_of(found))


def refused_as(value: object) -> Tried:
    return Tried(value, None, refused=("data.quotas not here",))


@pytest.mark.parametrize(("newer", "problem"), [("c", False), ("b", True)])
def test_values_of_different_eras_are_each_told_from_a_third(newer: str, problem: bool) -> None:
    """No release has both, so that no file can tell one from the other."""
    found = found_with(said("mules", "a"), refused_as("gravity"), said("static", "b"))
    found.trials["systemd units", ""] = [refused_as("mules"), said("gravity", newer), said("static", "b")]
    told = [text for text in problems_of(found) if "no consumer tells 'mules' from 'gravity'" in text]
    assert bool(told) is problem


def test_a_question_hangs_on_what_its_condition_reads_and_so_on() -> None:
    asked = questions()["scaling.paste_handler_port"]
    assert above(asked) >= {"scaling.handler_stack", "scaling.strategy"}
    assert above(questions()["groundwork.brand"]) == set()


@pytest.mark.parametrize("path", ["groundwork.use_interactive", "database.strategy"])
def test_a_release_of_pastes_era_has_the_answers_of_that_era(path: str) -> None:
    for case in cases(questions()[path], {}):
        assert case.given["scaling.workers"] == 1
        assert case.given["proxy.link"] == "tcp"


@pytest.mark.consumer
@pytest.mark.parametrize("store", ["/srv/one", '"/srv/a b;c"', "${dir}_name"])
def test_nginx_tells_the_words_of_directives_of_a_module_that_it_lacks(store: str, tmp_path: Path) -> None:
    consumers.need_tool("nginx")
    site = f"server {{\n  location /_upload {{\n    upload_store {store};\n  }}\n}}\n"
    (verdict,) = web_judges.nginx([{"site": site}], tmp_path)
    assert verdict.complaints == ()
    assert "upload_store" in verdict.seen
    assert store in "".join(verdict.seen)


@pytest.mark.consumer
def test_a_uwsgi_that_makes_a_daemon_of_itself_has_told_all(tmp_path: Path) -> None:
    section = "[uwsgi]\ndaemonize = /srv/galaxy/log/uwsgi.log\nprocesses = 3\n"
    bundles = [{"galaxy.ini": f"{section}threads = {number}\n"} for number in range(1, 6)]
    verdicts = uwsgi_judges.uwsgi(bundles, tmp_path)
    assert [verdict.complaints for verdict in verdicts] == [()] * 5
    assert [verdict.seen[-1] for verdict in verdicts] == [f"threads = {number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("answer", "seen", "same"),
    [
        (["a@b.c", "d@e.f"], "a@b.c,d@e.f", True),
        (Secret("key"), "key", True),
        (2.5, 2.5, True),
        ("/srv/x.sqlite", "sqlite:////srv/x.sqlite", True),
        ("builds.txt", "/srv/tool-data/builds.txt", True),
        ("lds.txt", "/srv/tool-data/builds.txt", False),
        ("/srv/tables.xml", ["/srv/tables.xml"], True),
        (True, False, False),
        (["a"], "b", False),
    ],
)
def test_a_value_is_the_same_however_it_is_written(answer: object, seen: object, same: bool) -> None:
    assert same_value(answer, seen) is same


def test_two_values_fit_and_differ() -> None:
    one, other = two_values(questions()["groundwork.brand"])
    assert one != other


def test_the_document_is_as_the_register_says() -> None:
    """`python -m tests.verdicts` writes it."""
    assert document.PLACE.read_text(encoding="utf-8") == document.text(), "run python -m tests.verdicts"
