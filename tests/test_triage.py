"""What somebody edited by hand and wants to keep stays as it is, or keeping it is refused and nothing is changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.edited_servers import SERVERS, Server, edited
from wizard.problems import Refused

EVERY = 7
"""Of the edits that can be thought of, one in so many is tried."""
GALAXY, UNIT = "/srv/galaxy/config/galaxy.yml", "/etc/systemd/system/galaxy-celery.service"


@pytest.mark.parametrize("name", SERVERS)
def test_every_edit_that_is_kept_stays(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path, SERVERS[name])
    answers = server.answers.read_text()
    told: Counter[str] = Counter()
    for path in server.paths:
        real = server.disk.path(path)
        text = real.read_text()
        lines = text.split("\n")
        for number, new in [*edited(lines)][::EVERY]:
            changed = [*lines[:number], *([] if new is None else [new]), *lines[number + 1 :]]
            real.write_text("\n".join(changed))
            work = server.opened()
            where = f"{path}:{number + 1}: {lines[number]!r} -> {new!r}"
            try:
                plan = work.plan()
            except Refused:
                told["no file any more"] += 1
                continue
            try:
                work.keep(plan.conflicts)
            except Refused as refusal:
                told["refused"] += 1
                assert work.text == answers, where
                assert all(problem.way_out for problem in refusal.problems), where
                continue
            told["kept"] += 1
            after = work.plan()
            assert not after.conflicts, where
            for file in after.files:
                if file.path == path:
                    new_lines = Counter(file.after.split("\n"))
                    assert new is None or new_lines[new] >= changed.count(new), where
                    assert new is not None or new_lines[lines[number]] <= changed.count(lines[number]), where
        real.write_text(text)
    assert told["kept"] > 20, told


def test_an_answer_at_two_places_is_the_one_that_was_edited(tmp_path: Path) -> None:
    server = Server(tmp_path, "")
    server.edit(GALAXY, "upload_dir: /srv/galaxy/data/tus", "upload_dir: /data/uploads")
    work = server.opened()
    assert work.keep(work.plan().conflicts) == ()
    assert work.value("proxy.upload_store") == "/data/uploads"
    (file,) = work.plan().pending
    assert "tus_upload_store: /data/uploads" in file.after and "upload_dir: /data/uploads" in file.after


def test_of_a_line_with_several_answers_only_what_was_edited_becomes_one(tmp_path: Path) -> None:
    server = Server(tmp_path, SERVERS["systemd"])
    server.edit(UNIT, "--concurrency 2", "--concurrency 3")
    work = server.opened()
    before = set(work.text.split("\n"))
    assert work.keep(work.plan().conflicts) == ()
    assert set(work.text.split("\n")) - before == {"[celery]", "concurrency = 3"}


def test_a_part_of_a_site_that_lost_its_end_is_left_as_it_is(tmp_path: Path) -> None:
    server = Server(tmp_path, "")
    server.edit("/etc/nginx/sites-available/galaxy", "        proxy_pass http://localhost:1080/files;\n", "")
    work = server.opened()
    assert "proxy.uploads" in work.keep(work.plan().conflicts)
    assert work.plan().pending == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("keep", "Service.Environment GALAXY_CONFIG_FILE was edited by hand"),
        ("leave", "says where"),
    ],
)
def test_what_the_answers_would_write_all_the_same_is_refused(tmp_path: Path, how: str, said: str) -> None:
    server = Server(tmp_path, SERVERS["systemd"])
    server.edit(UNIT, "FILE=/srv/galaxy/config/", "FILE=/etc/galaxy/")
    work = server.opened()
    before, (drift,) = work.text, work.plan().conflicts
    with pytest.raises(Refused) as refusal:
        work.keep([drift]) if how == "keep" else work.leave(drift)
    (problem,) = refusal.value.problems
    assert problem.what.startswith(said) and problem.way_out
    assert work.text == server.answers.read_text() == before
