"""Whatever somebody has made of a server's files by hand: an import says what they say, and the diff is empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.edited_servers import SERVERS, Server, edited
from wizard.adopting import answers_text
from wizard.problems import Refused
from wizard.session import Session
from wizard.survey.surveying import survey

EVERY = 17
"""Of the edits that can be thought of, one in so many is tried."""


@pytest.mark.parametrize("name", SERVERS)
def test_an_import_of_an_edited_server_changes_nothing(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path, SERVERS[name])
    config = "/srv/galaxy/config"
    shutil.rmtree(server.disk.path(f"{config}/.galaxy-setup"))
    read = 0
    for path in server.paths:
        real = server.disk.path(path)
        text = real.read_text()
        lines = text.split("\n")
        for number, new in [*edited(lines)][::EVERY]:
            real.write_text(
                "\n".join([*lines[:number], *([] if new is None else [new]), *lines[number + 1 :]])
            )
            where = f"{path}:{number + 1}: {lines[number]!r} -> {new!r}"
            try:
                answers = answers_text(survey(server.disk, config))
            except Refused as refusal:
                assert all(problem.way_out for problem in refusal.problems), where
                continue
            read += 1
            plan = Session(tmp_path / "b.toml", server.disk, answers, named=True, draft=True).plan()
            assert [file.path for file in plan.pending] == [], where
        real.write_text(text)
    assert read > 10


def test_a_part_of_a_site_that_lost_its_end_is_no_answer(tmp_path: Path) -> None:
    server = Server(tmp_path, "")
    shutil.rmtree(server.disk.path("/srv/galaxy/config/.galaxy-setup"))
    server.edit("/etc/nginx/sites-available/galaxy", "        proxy_pass http://localhost:1080/files;\n", "")
    answers = answers_text(survey(server.disk, "/srv/galaxy/config"))
    assert Session(tmp_path / "b.toml", server.disk, answers, named=True, draft=True).plan().pending == ()
