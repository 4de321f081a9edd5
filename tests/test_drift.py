"""What was edited by hand since the last apply, told option by option; and answers that are taken back."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answer_strategies import answers_to
from tests.edited_servers import Server
from tests.test_headless import CONFIG, setup
from wizard.drift import hand_edits, left_behind, rebased, taken_back
from wizard.files.galaxy.yml import GalaxySection
from wizard.problems import Refused
from wizard.triage import make_sure_files_stay

GALAXY = CONFIG / "galaxy.yml"
STATE = CONFIG / "galaxy-setup.toml"
FOUND = """\
# A galaxy.yml that somebody wrote.
galaxy:
  # The name in the masthead.
  #brand: null

  database_engine_option_pool_size: 5   # enough
  admin_users: a@example.org
  some_option_of_ours: kept

  #log_level: DEBUG
"""
ANSWERS = """\
[groundwork]
config_dir = "/srv/galaxy/config"
brand = "Tuna"
log_level = "INFO"

[database]
pool_size = 8
max_overflow = 3
"""


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """An install with a galaxy.yml of its own, applied to once from answers.toml."""
    file = tmp_path / "x" / GALAXY
    file.parent.mkdir(parents=True)
    file.write_text(FOUND)
    (tmp_path / "answers.toml").write_text(ANSWERS)
    run = setup("--answers", "answers.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "brand: Tuna\n" in file.read_text()
    return tmp_path


def edit(install: Path, old: str, new: str, file: Path = GALAXY) -> None:
    place = install / "x" / file
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new))


def run(install: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return setup(*arguments, "--root", "x", cwd=install)


def statuses(install: Path, *arguments: str) -> dict[str, tuple[str | None, str | None]]:
    found = json.loads(run(install, "status", "--json", *arguments).stdout)
    return {row["option"]: (row["by_hand"], row["apply"]) for row in found}


# status


def test_status_is_silent_when_all_is_as_applied(install: Path) -> None:
    shown = run(install, "status")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")


def test_status_tells_an_edit_by_hand_from_a_new_answer(install: Path) -> None:
    edit(install, "pool_size: 8", "pool_size: 20")
    edit(install, "brand: Tuna", "brand: Cod")
    edit(install, "max_overflow = 3", "max_overflow = 4", STATE)
    edit(install, 'brand = "Tuna"', 'brand = "Cod"', STATE)
    assert statuses(install) == {
        "galaxy.brand": ("changed", None),
        "galaxy.database_engine_option_pool_size": ("changed", "changed"),
        "galaxy.database_engine_option_max_overflow": (None, "changed"),
    }
    shown = run(install, "status")
    assert shown.returncode == 1
    header, *rows = shown.stdout.splitlines()
    assert header.split() == ["HAND", "APPLY", "WHERE", "OPTION", "QUESTION"]
    assert re.search(r"^M +- +x/\S+galaxy.yml:4 +galaxy.brand +groundwork.brand$", rows[0])


def test_status_names_what_was_added_and_removed(install: Path) -> None:
    edit(install, "  log_level: INFO\n", "")
    assert statuses(install) == {"galaxy.log_level": ("removed", "added")}


def test_an_option_that_no_answer_manages_is_nobody_s_business(install: Path) -> None:
    edit(install, "admin_users: a@example.org", "admin_users: b@example.org")
    edit(install, "kept", "changed")
    assert run(install, "status").returncode == 0
    assert run(install, "diff").returncode == 0


def test_status_says_so_when_nothing_was_applied_yet(tmp_path: Path) -> None:
    shown = setup("status", "--answers", "trial", "--root", "x", cwd=tmp_path)
    assert shown.returncode == 0
    assert "nothing was applied to this install yet" in shown.stderr


def test_status_shows_no_secret(tmp_path: Path) -> None:
    answers = (
        'preset = "trial@1"\n[database]\nengine = "postgresql"\nconnect = "tcp"\nhost = "db"\nname = "g"\n'
        'user = "g"\npassword = "hunter2hunter2"\n'
    )
    (tmp_path / "a.toml").write_text(answers)
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    edit(tmp_path, "hunter2hunter2", "swordfish99")
    for arguments in (["status"], ["status", "--json"], ["owned"], ["apply", "--yes"], ["diff", "--options"]):
        shown = run(tmp_path, *arguments)
        assert "swordfish99" not in shown.stdout + shown.stderr
        assert "hunter2" not in shown.stdout + shown.stderr
    assert run(tmp_path, "status").returncode == 1


# the three ways out


def test_an_apply_stops_at_an_edit_by_hand_and_writes_nothing(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    edit(install, "pool_size = 8", "pool_size = 9", STATE)
    before = (install / "x" / GALAXY).read_text()
    for arguments in (["apply", "--yes"], ["--answers", f"x/{STATE}"], ["apply", "--on-drift", "stop", "-y"]):
        shown = run(install, *arguments)
        assert (shown.returncode, shown.stdout) == (3, "")
        assert re.match(
            r"galaxy-setup: x/\S+:4: groundwork.brand: galaxy.brand was changed by hand", shown.stderr
        )
        assert shown.stderr.count("\n") == 1
    assert (install / "x" / GALAXY).read_text() == before


def test_keep_makes_the_file_s_value_the_answer(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    edit(install, "pool_size = 8", "pool_size = 9", STATE)
    assert run(install, "apply", "--yes", "--on-drift", "keep").returncode == 0
    text = (install / "x" / GALAXY).read_text()
    assert "brand: Cod" in text
    assert "pool_size: 9" in text
    assert 'brand = "Cod"' in (install / "x" / STATE).read_text()
    assert run(install, "diff").returncode == run(install, "status").returncode == 0


def test_keep_puts_the_value_into_the_answers_file_that_was_named(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    shown = run(install, "--answers", "answers.toml", "--on-drift", "keep")
    assert shown.returncode == 0
    assert (install / "answers.toml").read_text() == ANSWERS.replace("Tuna", "Cod")
    assert (install / "x" / STATE).read_text() == ANSWERS.replace("Tuna", "Cod")


def test_keep_of_a_removed_option_leaves_it_to_the_file(install: Path) -> None:
    edit(install, "  brand: Tuna\n", "")
    shown = run(install, "apply", "--yes", "--on-drift", "keep")
    assert shown.returncode == 0
    assert "groundwork.brand" in shown.stderr
    assert 'disowned = ["groundwork.brand"]' in (install / "x" / STATE).read_text()
    assert "brand" not in (install / "x" / GALAXY).read_text()
    assert run(install, "diff").returncode == 0


def test_keep_of_a_table_keeps_the_rows_that_the_admin_did_not_edit(tmp_path: Path) -> None:
    row = '[[cluster.destinations]]\nid = "{}"\nrunner = "local"\ncores = {}\n'
    start = 'preset = "trial@1"\n[cluster]\ndefault_destination = "one"\n'
    answers = start + row.format("one", 1) + row.format("two", 2)
    (tmp_path / "a.toml").write_text(answers)
    shown = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    job_conf = tmp_path / "x" / CONFIG / "job_conf.yml"
    held = job_conf.read_text()
    assert held.count("local_slots: 2") == 1
    job_conf.write_text(held.replace("local_slots: 2", "local_slots: 6"))
    (tmp_path / "a.toml").write_text(answers + row.format("three", 3))
    shown = run(tmp_path, "--answers", "a.toml", "--on-drift", "keep")
    assert shown.returncode == 0, shown.stderr
    kept = (tmp_path / "a.toml").read_text()
    assert re.findall(r"cores = (\d)", kept) == ["1", "6", "3"]
    assert re.findall(r"local_slots: (\d)", job_conf.read_text()) == ["1", "6", "3"]


def test_overwrite_writes_over_the_edit(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    assert run(install, "apply", "--yes", "--on-drift", "overwrite").returncode == 0
    assert "brand: Tuna" in (install / "x" / GALAXY).read_text()
    assert run(install, "status").returncode == 0


def test_a_disowned_option_stays_in_its_file_as_it_is(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    shown = run(install, "disown", "brand", "database.pool_size")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == "groundwork.brand is left to its file\ndatabase.pool_size is left to its file\n"
    before = (install / "x" / GALAXY).read_text()
    assert run(install, "status").returncode == run(install, "diff").returncode == 0
    assert run(install, "apply", "--yes").returncode == 0
    assert (install / "x" / GALAXY).read_text() == before


def test_a_preset_s_answer_can_be_disowned_and_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('preset = "single-server@1"\n')
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    assert run(tmp_path, "disown", "database.pool_size", "--answers", "a.toml").returncode == 0
    edit(tmp_path, "pool_size: 8", "pool_size: 21")
    assert run(tmp_path, "--answers", "a.toml").returncode == 0
    assert "pool_size: 21" in (tmp_path / "x" / GALAXY).read_text()


def test_a_question_left_to_its_file_changes_none(tmp_path: Path) -> None:
    """Whichever it is: nothing is written, and nothing taken back."""
    server = Server(tmp_path, "")
    text, given = server.answers.read_text(), server.opened().given
    for path in given:
        server.answers.write_text(f'disowned = ["{path}"]\n{text}')
        try:
            make_sure_files_stay([path], given, server.disk)
            plan = server.opened().plan()
        except Refused as refusal:
            assert all(problem.way_out for problem in refusal.problems), path
            continue
        assert [file.path for file in plan.pending] == [], path


def test_a_question_that_says_where_a_file_is_is_left_to_none(tmp_path: Path) -> None:
    """Else the next apply would make the files anew, at Galaxy's default place."""
    answers = 'preset = "single-server@1"\n[groundwork]\nservice_manager = "systemd"\n'
    (tmp_path / "a.toml").write_text(answers)
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    unit = tmp_path / "x/etc/systemd/system/galaxy-web.service"
    text = unit.read_text()
    unit.write_text(text.replace("FILE=/srv/galaxy/config/", "FILE=/etc/galaxy/"))
    config_dir = "groundwork.config_dir: "
    for arguments, said in (
        (
            ["apply", "--yes", "--on-drift", "keep"],
            "Service.Environment GALAXY_CONFIG_FILE was edited by hand",
        ),
        (["disown", "groundwork.config_dir"], "says where x/srv/galaxy/config/galaxy.yml is"),
    ):
        shown = run(tmp_path, *arguments, "--answers", "a.toml")
        assert (shown.returncode, shown.stdout) == (2, "")
        assert config_dir + said in shown.stderr
        assert shown.stderr.count("\n") == 1
    assert (tmp_path / "a.toml").read_text() == answers
    assert run(tmp_path, "apply", "--yes", "--on-drift", "overwrite", "--answers", "a.toml").returncode == 0
    assert unit.read_text() == text


def test_what_cannot_be_disowned_is_said_in_one_line(install: Path) -> None:
    for arguments, said in (
        (["disown", "no.such"], "there is no question no.such"),
        (["disown", "brand", "--answers", "trial"], "come from no file that could be changed"),
    ):
        shown = run(install, *arguments)
        assert (shown.returncode, shown.stdout) == (2, "")
        assert said in shown.stderr
        assert shown.stderr.count("\n") == 1


def test_a_file_that_was_removed_by_hand_is_not_written_again_unasked(install: Path) -> None:
    (install / "x" / GALAXY).unlink()
    shown = run(install, "apply", "--yes")
    assert shown.returncode == 3
    assert "galaxy.yml: was removed by hand" in shown.stderr
    assert run(install, "status").returncode == 1
    assert run(install, "apply", "--yes", "--on-drift", "keep").returncode == 2
    assert run(install, "apply", "--yes", "--on-drift", "overwrite").returncode == 0
    assert "brand: Tuna" in (install / "x" / GALAXY).read_text()


# answers taken back


def test_an_answer_that_is_taken_back_puts_its_line_back(install: Path) -> None:
    (install / "answers.toml").write_text('[groundwork]\nconfig_dir = "/srv/galaxy/config"\n')
    shown = run(install, "--answers", "answers.toml")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (install / "x" / GALAXY).read_text() == FOUND


def test_one_answer_taken_back_leaves_the_others(install: Path) -> None:
    edit(install, 'brand = "Tuna"\n', "", STATE)
    before = (install / "x" / GALAXY).read_text()
    diff = run(install, "diff", "--options")
    assert len(diff.stdout.splitlines()) == 2
    assert "Tuna" in diff.stdout
    assert "(not set)" in diff.stdout
    assert run(install, "apply", "--yes").returncode == 0
    assert (install / "x" / GALAXY).read_text() == before.replace("  brand: Tuna\n", "  #brand: null\n")


def test_what_somebody_edited_since_is_left_and_said_once(install: Path) -> None:
    edit(install, "pool_size: 8", "pool_size: 20")
    edit(install, "pool_size = 8\n", "", STATE)
    shown = run(install, "apply", "--yes")
    assert shown.returncode == 0
    assert "database.pool_size: galaxy.database_engine_option_pool_size was edited by hand" in shown.stderr
    assert "pool_size: 20   # enough" in (install / "x" / GALAXY).read_text()
    again = run(install, "apply", "--yes")
    assert (again.stdout, again.stderr) == ("nothing to do\n", "")


def test_edits_elsewhere_survive_an_answer_that_is_taken_back(install: Path) -> None:
    edit(install, "# A galaxy.yml that somebody wrote.\n", "# Another head.\n\n")
    edit(install, 'brand = "Tuna"\n', "", STATE)
    assert run(install, "apply", "--yes").returncode == 0
    text = (install / "x" / GALAXY).read_text()
    assert text.startswith("# Another head.\n\ngalaxy:\n  # The name in the masthead.\n  #brand: null\n")


def test_before_us_means_before_the_first_apply(install: Path) -> None:
    for old, new in (("Tuna", "Cod"), ("Cod", "Pike")):
        edit(install, old, new, STATE)
        assert run(install, "apply", "--yes").returncode == 0
    edit(install, 'brand = "Pike"\n', "", STATE)
    assert run(install, "apply", "--yes").returncode == 0
    assert "  #brand: null\n" in (install / "x" / GALAXY).read_text()


def test_an_edit_that_was_kept_is_not_what_was_before_us(install: Path) -> None:
    edit(install, "brand: Tuna", "brand: Cod")
    assert run(install, "apply", "--yes", "--on-drift", "keep").returncode == 0
    edit(install, 'brand = "Cod"\n', "", STATE)
    assert run(install, "apply", "--yes").returncode == 0
    assert "  #brand: null\n" in (install / "x" / GALAXY).read_text()


def test_a_site_that_no_answer_wants_any_more_goes_back_too(tmp_path: Path) -> None:
    site = tmp_path / "x/etc/nginx/sites-available/galaxy"
    (tmp_path / "a.toml").write_text('preset = "single-server@1"\n[proxy]\nread_timeout = 700\n')
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    assert "700" in site.read_text()
    (tmp_path / "a.toml").write_text('preset = "single-server@1"\n')
    assert run(tmp_path, "--answers", "a.toml").returncode == 0
    assert "700" not in site.read_text()


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_answers_taken_back_leave_the_text_as_if_they_had_never_been_given(data: st.DataObject) -> None:
    """Also where somebody else added lines to the file in the meantime: these stay, and nothing else is different."""
    lens, names = GalaxySection(), ("groundwork.brand", "groundwork.log_level", "groundwork.debug",
        "database.pool_size", "database.max_overflow", "groundwork.admin_users", "proxy.public_url")  # fmt: skip
    then = {name: value for name in names if (value := data.draw(st.none() | answers_to(name), label=name))}
    gone = data.draw(st.sets(st.sampled_from(sorted(then)))) if then else set()
    applied = lens.write(then, FOUND, "galaxy.yml").text
    assert hand_edits([lens], then, applied, "galaxy.yml") == ()
    added = data.draw(st.sampled_from(["", "# by somebody\n", "gravity:\n  log_dir: /x\n"]))
    rest = {name: value for name, value in then.items() if name not in gone}
    found = added + applied
    after = rebased([lens], then, rest, FOUND, found, "galaxy.yml")
    assert after == added + lens.write(rest, FOUND, "galaxy.yml").text
    assert left_behind([lens], then, rest, FOUND, (found, after), "galaxy.yml") == ()
    changes = taken_back([lens], then, rest, found, after, "galaxy.yml")
    assert {question for change in changes for question in change.questions} <= gone


ODD = """\
galaxy:
  brand: 'Ours'  # quoted for no reason
  debug: YES
  database_engine_option_pool_size: 0x10
  admin_users: a@example.org , b@example.org
  welcome_url: >
    /static/
    welcome.html
  log_level: &level INFO
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('brand = "Ours"', 'brand = "a: b"'),
        ("debug = true", "debug = false"),
        ("pool_size = 16", "pool_size = 17"),
        ('admin_users = ["a@example.org", "b@example.org"]', 'admin_users = ["c@example.org"]'),
        ('log_level = "INFO"', 'log_level = "DEBUG"'),
    ],
)
def test_an_answer_that_is_again_what_the_file_said_gives_its_line_back_as_it_was(
    tmp_path: Path, old: str, new: str
) -> None:
    file, state = tmp_path / "x" / GALAXY, tmp_path / "x" / STATE
    file.parent.mkdir(parents=True)
    file.write_text(ODD)
    assert run(tmp_path, "import", "/srv/galaxy").returncode == 0
    edit(tmp_path, old, new, STATE)
    if "log_level" in old:  # what an anchor shares is refused, with its place
        assert run(tmp_path, "apply", "--yes").returncode in (0, 2)
    else:
        assert run(tmp_path, "apply", "--yes").returncode == 0
        assert file.read_text() != ODD
    state.write_text(state.read_text().replace(new, old))
    assert run(tmp_path, "apply", "--yes").returncode == 0
    assert file.read_text() == ODD


def test_rows_that_come_back_stand_where_they_stood(tmp_path: Path) -> None:
    text = (
        "runners:\n  local: {load: 'galaxy.jobs.runners.local:LocalJobRunner'}  # here\n"
        "execution:\n  default: one\n  environments:\n    one:\n      runner: local\n"
        "    # the big one\n    two:\n      runner: local\n      local_slots: 2\n    three: {runner: local}\n"
    )
    file = tmp_path / "x" / CONFIG / "job_conf.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (tmp_path / "x" / GALAXY).write_text("galaxy:\n  brand: x\n")
    assert run(tmp_path, "import", "/srv/galaxy").returncode == 0
    state = (tmp_path / "x" / STATE).read_text()
    row = '[[cluster.destinations]]\nid = "two"\nrunner = "local"\ncores = 2\n\n'
    edit(tmp_path, row, "", STATE)
    assert run(tmp_path, "apply", "--yes").returncode == 0
    assert "two" not in file.read_text()
    (tmp_path / "x" / STATE).write_text(state)
    assert run(tmp_path, "apply", "--yes").returncode == 0
    assert file.read_text() == text


def test_answers_that_need_each_other_are_replaced_together(install: Path) -> None:
    state = install / "x" / STATE
    state.write_text(ANSWERS + '\n[celery]\nbroker = "url"\nbroker_url = "redis://h/0"\n')
    shown = run(install, "apply", "--yes")
    assert (shown.returncode, shown.stderr) == (0, ""), "an answer that is read back in parts is no idle one"
    text = ANSWERS.replace('brand = "Tuna"\n', "") + '\n[celery]\nbroker = "redis"\nbroker_host = "h2"\n'
    state.write_text(text)
    shown = run(install, "apply", "--yes")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "  #brand: null\n" in (install / "x" / GALAXY).read_text()
    assert "redis://h2" in (install / "x" / GALAXY).read_text()


def test_a_file_with_other_line_ends_is_taken_back_to_all_the_same(install: Path) -> None:
    file = install / "x" / GALAXY
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(install, "status").returncode == 0
    edit(install, 'brand = "Tuna"\n', "", STATE)
    shown = run(install, "apply", "--yes")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert b"  #brand: null\r\n" in file.read_bytes()
    assert b"Tuna" not in file.read_bytes()


def test_an_option_that_was_moved_is_left_and_said_so(install: Path) -> None:
    edit(install, "  brand: Tuna\n", "")
    edit(install, "  some_option_of_ours: kept\n", "  some_option_of_ours: kept\n  brand: Tuna\n")
    edit(install, 'brand = "Tuna"\n', "", STATE)
    for command in ("diff", "status"):
        assert "galaxy.brand stands elsewhere" in run(install, command).stderr
    assert run(install, "apply", "--yes").returncode == 0
    assert "brand: Tuna" in (install / "x" / GALAXY).read_text()


def test_a_removed_file_comes_back_whole(install: Path) -> None:
    file = install / "x" / GALAXY
    before = file.read_text()
    file.unlink()
    assert run(install, "apply", "--yes", "--on-drift", "overwrite").returncode == 0
    assert file.read_text() == before


def test_keep_does_not_lose_a_new_answer_in_the_same_row(tmp_path: Path) -> None:
    row = '[[cluster.destinations]]\nid = "one"\nrunner = "local"\nparams = { foo = 1 }\n'
    start = 'preset = "trial@1"\n[cluster]\ndefault_destination = "one"\n'
    (tmp_path / "a.toml").write_text(start + row)
    assert run(tmp_path, "--answers", "a.toml").returncode == 0
    edit(tmp_path, "foo: 1", "foo: 2", CONFIG / "job_conf.yml")
    (tmp_path / "a.toml").write_text(start + row + "cores = 4\n")
    assert run(tmp_path, "--answers", "a.toml", "--on-drift", "keep").returncode == 0
    kept = (tmp_path / "a.toml").read_text()
    assert "cores = 4" in kept
    assert "foo = 2" in kept


# owned


def test_owned_lists_what_is_managed_with_its_place_and_what_is_not(install: Path) -> None:
    shown = run(install, "owned")
    assert shown.returncode == 0
    managed, free = shown.stdout.split("left to their files:")
    assert re.search(r"groundwork.brand +x/\S+galaxy.yml:4 +answers:3", managed)
    assert re.search(r"groundwork.config_dir +steers galaxy-setup +answers:2", managed)
    assert re.search(r"groundwork.admin_users +x/\S+galaxy.yml:7 +not given", free)
    tables = json.loads(run(install, "owned", "--json").stdout)
    assert {row["question"] for row in tables["managed"]} == {
        "groundwork.config_dir", "groundwork.brand", "groundwork.log_level", "database.pool_size",
        "database.max_overflow",
    }  # fmt: skip


# the record


def test_a_damaged_record_is_one_clear_line(install: Path) -> None:
    record = install / "x" / CONFIG / ".galaxy-setup/applied.json"
    held = json.loads(record.read_text())
    record.write_text(json.dumps({**held, "galaxy_setup": "0.0.1"}))
    assert run(install, "status").returncode == 0, "one of an older galaxy-setup is as good"
    for text, said in (
        ("{", "is no record of an apply"),
        ('{"format": 2}', "is no record of an apply"),
        ('{"format": 99, "galaxy_setup": "9.9"}', "written by galaxy-setup 9.9"),
    ):
        record.write_text(text)
        shown = run(install, "status")
        assert (shown.returncode, shown.stdout) == (2, "")
        assert said in shown.stderr
        assert shown.stderr.count("\n") == 1


def test_an_answer_taken_back_whose_option_somebody_put_back_already_leaves_nothing_behind(
    install: Path,
) -> None:
    edit(install, "  brand: Tuna", "  #brand: null")
    edit(install, 'brand = "Tuna"\n', "", STATE)
    before = (install / "x" / GALAXY).read_text()
    for command in (["status"], ["diff"], ["apply", "--yes"], ["diff"]):
        shown = run(install, *command)
        assert (shown.returncode, shown.stderr) == (0, "")
    assert (install / "x" / GALAXY).read_text() == before
