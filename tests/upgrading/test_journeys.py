"""Upgrades as people do them: of servers that were applied, by the answers alone, and what must stop one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from screens.review_lists import upgraded
from tests.conftest import Ask
from tests.test_headless import CONFIG, setup, tree
from tests.upgrading.servers import (
    BY_HAND,
    MULES,
    NEWEST,
    accepted,
    became,
    install,
    made,
    name_release,
    upgrade,
    without_records,
)
from wizard.disk import Disk
from wizard.session import Session


class TestServersOfEveryStrategy:
    """What galaxy-setup wrote for an older release becomes what it writes for the newest."""

    def test_the_job_configuration_that_is_there_goes_on(self, tmp_path: Path, galaxy: Ask) -> None:
        made("webless", tmp_path)
        config = tmp_path / "x" / CONFIG
        by_hand = (config / "job_conf.xml").read_text().replace("<destinations", "<!-- ours --><destinations")
        (config / "job_conf.xml").write_text(by_hand)
        run = setup("upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (config / "job_conf.xml").read_text() == by_hand and not (config / "job_conf.yml").exists()
        written = yaml.safe_load((config / "galaxy.yml").read_text())
        assert written["galaxy"]["job_config_file"] == "/srv/galaxy/config/job_conf.xml"
        accepted(galaxy, config)

    def test_several_servers_of_paste_become_one_for_the_proxy_too(self, tmp_path: Path) -> None:
        made("paste", tmp_path)
        run = setup("upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 0 and "proxy.more_upstreams" in run.stdout, run.stderr
        site = (tmp_path / "x/etc/nginx/conf.d/galaxy.conf").read_text()
        assert "127.0.0.1:8080;" in site and "8081" not in site
        programs = (tmp_path / "x/etc/supervisor/conf.d/galaxy.conf").read_text()
        assert "gunicorn" in programs and "--workers=2" in programs and "paster" not in programs

    def test_the_report_speaks_of_the_services_that_start_galaxy(self, tmp_path: Path) -> None:
        made("mules", tmp_path)
        report = upgrade(tmp_path)
        moved = [row["what"] for row in report["options"] if row["became"] == "moved"]
        assert moved and not any("gravity" in what for what in moved)
        assert not any("Gravity" in line or "runs twice" in line for line in report["by_hand"])

    def test_what_zerg_mode_leaves_behind_is_named_with_the_command_that_ends_it(
        self, tmp_path: Path
    ) -> None:
        made("zerg", tmp_path)
        report = upgrade(tmp_path)
        assert any("zergpool.ini is not needed" in line for line in report["by_hand"])
        assert "uWSGI" not in (tmp_path / "x" / CONFIG / "galaxy.yml").read_text()
        for unit in ("galaxy-zergpool.service", "galaxy-zergling@.service"):
            assert any(f"rm /etc/systemd/system/{unit}" in command for command in report["then"]), unit

    def test_gravity_starts_celery_too_and_the_report_says_so(self, tmp_path: Path) -> None:
        made("gravity", tmp_path)
        assert any("Celery" in line for line in upgrade(tmp_path)["by_hand"])

    @pytest.mark.parametrize(
        ("kind", "to"), [("mules", "21.09"), ("webless", "22.01"), ("zerg", "21.01"), ("paste", "20.09")]
    )
    def test_within_an_era_the_server_stays_as_it_is(self, kind: str, to: str, tmp_path: Path) -> None:
        made(kind, tmp_path)
        before = without_records(tmp_path / "x")
        report = upgrade(tmp_path, to=to)
        after = without_records(tmp_path / "x")
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert all("galaxy-setup.toml" in name for name in changed), changed
        assert {row["became"] for row in report["options"]} <= {"carried", "changed"}


class TestAnotherReleaseInTheAnswers:
    """To say a newer release and apply is an upgrade, with the same report and the same files."""

    @pytest.mark.parametrize("kind", sorted(BY_HAND))
    def test_an_apply_does_what_upgrade_does(self, kind: str, tmp_path: Path) -> None:
        one, other = tmp_path / "one", tmp_path / "other"
        for place in (one, other):
            place.mkdir()
        made(kind, one)
        what = ("--root", "x", "--answers", "prod.toml")
        made(kind, one)
        named = setup("upgrade", *what, "--to", NEWEST, "--yes", "--json", cwd=one)
        answers = made(kind, other)
        name_release(answers, NEWEST)
        seen = setup("diff", *what, "--json", cwd=other)
        run = setup("apply", *what, "--yes", cwd=other)
        assert (named.returncode, seen.returncode, run.returncode) == (0, 1, 0), run.stderr
        told, said = json.loads(named.stdout), json.loads(seen.stdout)["upgrade"]
        rows = [row for row in told["options"] if row["option"] != "groundwork.release"]
        assert (said["options"], said["by_hand"]) == (rows, told["by_hand"])
        assert run.stdout.startswith(f"Upgrade from {told['from']} to {NEWEST}\n")
        assert all(line in run.stdout for line in told["by_hand"])
        assert without_records(one / "x") == without_records(other / "x")
        assert (one / "prod.toml").read_text() == answers.read_text()
        assert setup("diff", "--root", "x", "--answers", "prod.toml", cwd=other).returncode == 0

    def test_json_has_the_report(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        run = setup("diff", "--root", "x", "--answers", "prod.toml", "--json", cwd=tmp_path)
        report = json.loads(run.stdout)["upgrade"]
        assert (report["from"], report["to"]) == ("20.09", NEWEST)
        assert became(report)["uwsgi.farm"] == "moved"

    def test_no_secret_stands_in_what_is_shown(self, tmp_path: Path) -> None:
        answers = made("gravity", tmp_path)
        answers.write_text(answers.read_text() + '[options]\nsmtp_password = "geheim"\n')
        what = ("--root", "x", "--answers", "prod.toml")
        assert setup("apply", *what, "--yes", cwd=tmp_path).returncode == 0
        assert "geheim" in (tmp_path / "x" / CONFIG / "galaxy.yml").read_text()
        name_release(answers, NEWEST)
        for command in (("diff",), ("diff", "--json"), ("diff", "--options"), ("apply", "--yes")):
            run = setup(*command, *what, cwd=tmp_path)
            assert run.returncode in (0, 1) and "geheim" not in run.stdout + run.stderr

    def test_the_review_of_the_wizard_names_it_all_before_the_difference(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        file = tmp_path / "prod.toml"
        work = Session(file, Disk(tmp_path / "x"), file.read_text())
        plan = work.plan()
        lines = "\n".join(upgraded(plan))
        for named in ("uwsgi.farm: moved;", "scaling.strategy: changed;", "by hand: Python 3.10"):
            assert named in lines
        work.apply(plan)
        assert work.value("scaling.strategy") == "dynamic-handlers" and not work.plan().pending
        assert 'strategy = "dynamic-handlers"' in file.read_text()

    def test_the_diff_is_still_a_patch(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        text = setup("diff", "--root", "x", "--answers", "prod.toml", cwd=tmp_path).stdout
        head = text[: text.index("\n--- ") + 1]
        assert head.startswith("# Upgrade from 20.09") and all(line[0] == "#" for line in head.splitlines())

    def test_options_that_were_edited_by_hand_stop_it(self, tmp_path: Path) -> None:
        name_release(made("mules", tmp_path), NEWEST)
        file = tmp_path / "x" / CONFIG / "galaxy.yml"
        file.write_text(file.read_text().replace("processes: 2", "processes: 6"))
        before = tree(tmp_path)
        run = setup("apply", "--root", "x", "--answers", "prod.toml", "--yes", cwd=tmp_path)
        assert run.returncode == 3 and "uwsgi.processes" in run.stderr and "20.09" in run.stderr
        assert tree(tmp_path) == before

    def test_an_upgrade_takes_choices_after_it_too(self, tmp_path: Path) -> None:
        name_release(made("gravity", tmp_path), NEWEST)
        what = ["upgrade", "--root", "x", "--answers", "prod.toml", "--to", NEWEST, "--yes", "--keep-uwsgi"]
        run = setup(*what, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / "x" / CONFIG / "galaxy.yml").read_text().count("uwsgi:\n") == 1
        assert setup("diff", "--root", "x", "--answers", "prod.toml", cwd=tmp_path).returncode == 0


class TestBeforeAnUpgrade:
    def test_options_that_were_edited_by_hand_stop_it(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
        (config / "galaxy.yml").write_text(MULES.replace("brand: Old", "brand: Other"))
        before = tree(tmp_path)
        run = setup("upgrade", "--root", "x", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 3 and "galaxy.brand" in run.stderr
        assert tree(tmp_path) == before

    def test_answers_that_are_not_applied_stop_it(self, tmp_path: Path) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        setup("import", "/srv/galaxy", "--root", "x", cwd=tmp_path)
        state = config / "galaxy-setup.toml"
        state.write_text(state.read_text().replace('brand = "Old"', 'brand = "New"'))
        run = setup("upgrade", "--root", "x", "--to", NEWEST, "--yes", cwd=tmp_path)
        assert run.returncode == 2 and "galaxy-setup apply" in run.stderr

    def test_an_answers_file_of_ones_own_says_the_newer_release_afterwards(self, tmp_path: Path) -> None:
        answers = tmp_path / "prod.toml"
        answers.write_text(
            '[groundwork]\nrelease = "21.09"\nroot = "/srv/galaxy/server"\nconfig_dir = "/srv/galaxy/config"\n'
            "[scaling]\nworkers = 3\nthreads = 4\n"
        )
        assert setup("apply", "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path).returncode == 0
        run = setup("upgrade", "--to", NEWEST, "--yes", "--answers", "prod.toml", "--root", "x", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert 'release = "26.1"' in answers.read_text() and "threads" not in answers.read_text()
        assert setup("diff", "--answers", "prod.toml", "--root", "x", cwd=tmp_path).returncode == 0

    def test_a_service_manager_can_be_chosen(self, tmp_path: Path, galaxy: Ask) -> None:
        config = install(tmp_path, {"galaxy.yml": MULES})
        upgrade(tmp_path, "--service-manager", "gravity-systemd", "--remove-gone")
        assert yaml.safe_load((config / "galaxy.yml").read_text())["gravity"]["process_manager"] == "systemd"
        accepted(galaxy, config)
