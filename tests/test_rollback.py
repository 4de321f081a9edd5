"""Going back restores every file byte for byte, whatever went wrong since: mode, owner, access lists, labels, links."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.scenes import CONFIG, NEW, NEXT, OLD, RECORD, applied, install_by_hand, session
from tests.faults.trees import Node, taken
from wizard import history
from wizard.adopting import remember_install
from wizard.disk import Disk
from wizard.files.hosts import record_folder
from wizard.presets import find
from wizard.problems import Refused
from wizard.recovery import settle
from wizard.rollback import plan_rollback, roll_back
from wizard.session import Session
from wizard.survey.surveying import survey
from wizard.writing import transaction

GALAXY = Path(CONFIG, "galaxy.yml")
SITE = Path("etc/nginx/sites-available/galaxy")
ROTATE = Path("etc/logrotate.d/galaxy")
CRON = Path("etc/cron.d")

Tree = dict[str, Node]


def state(root: Path) -> Tree:
    """Every file and link below `root`, without what the history itself is."""
    kept = taken(root).items()
    return {
        path: node
        for path, node in kept
        if not stat.S_ISDIR(node.kind) and "/history/" not in path and not path.endswith("/lock")
    }


def apply(root: Path, answers: str) -> None:
    applied(root, answers)()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An install with links, odd owners, an access list and an attribute, after two applies."""
    root = tmp_path / "x"
    root.mkdir()
    install_by_hand(root)
    apply(root, OLD)
    apply(root, NEW)
    return root


# what goes wrong: each leads from the tree after the two applies to one that is to be left, and says what was before


def an_apply_that_breaks_the_configuration(root: Path) -> Tree:
    before = state(root)
    apply(root, NEXT)
    return before


def an_edit_by_hand_that_an_apply_wrote_over(root: Path) -> Tree:
    text = (root / GALAXY).read_text()
    (root / GALAXY).write_text(text.replace("brand: Two", "brand: By hand   # mine\r"))
    (root / SITE).chmod(0o640)
    before = state(root)
    apply(root, NEXT)
    assert "By hand" not in (root / GALAXY).read_text()
    return before


def an_edit_by_hand_that_nobody_can_read(root: Path) -> Tree:
    before = an_apply_that_breaks_the_configuration(root)
    (root / GALAXY).write_bytes(b"galaxy: [\n\xff\xfe\0")
    (root / SITE).write_bytes(b"server {")
    (root / CONFIG / "galaxy-setup.toml").write_text("= [")
    (root / RECORD / "applied.json").write_text("{")
    return before


def files_removed_by_hand(root: Path) -> Tree:
    before = an_apply_that_breaks_the_configuration(root)
    (root / "srv/shared.yml").unlink()
    shutil.rmtree(root / SITE.parent)
    for file in (root / CRON).iterdir():
        file.unlink()
    return before


def another_service_manager(root: Path) -> Tree:
    before = state(root)
    apply(root, NEW.replace('"systemd"', '"supervisord"'))
    assert state(root).keys() - before.keys(), "files of its own"
    for unit in root.glob("etc/systemd/system/*"):
        unit.unlink()  # as the plan asks for
    return before


def owners_and_attributes_changed_by_hand(root: Path) -> Tree:
    before = state(root)
    apply(root, NEXT.replace('"daily"', '"monthly"'))
    os.removexattr(root / ROTATE, "system.posix_acl_access")
    os.setxattr(root / ROTATE, "user.note", b"another")
    os.setxattr(root / SITE, "user.new", b"new")
    if os.geteuid() == 0:
        os.chown(root / SITE, 1, 2)
    return before


def a_newer_release(root: Path) -> Tree:
    apply(root, NEW.replace("[groundwork]", '[groundwork]\nrelease = "24.2"', 1))
    before = state(root)
    apply(root, NEW.replace("[groundwork]", '[groundwork]\nrelease = "26.1"', 1))
    return before


def an_apply_cut_off_and_finished(root: Path) -> Tree:
    before = state(root)
    cut_off(root, transaction._rename)
    assert state(root) != before
    (said,) = settle(root / CONFIG)
    assert "finished" in said.what
    return before


KINDS = (
    an_apply_that_breaks_the_configuration,
    an_edit_by_hand_that_an_apply_wrote_over,
    an_edit_by_hand_that_nobody_can_read,
    files_removed_by_hand,
    another_service_manager,
    owners_and_attributes_changed_by_hand,
    a_newer_release,
    an_apply_cut_off_and_finished,
)


class Killed(BaseException):
    """As if the process had ended there."""


def cut_off(root: Path, step: Callable[..., object]) -> None:
    """An apply that ends just after one of its steps, and tidies nothing up."""

    def cut(*arguments: object) -> None:
        step(*arguments)
        raise Killed

    def nothing(error: BaseException, *_: object) -> None:
        raise error

    work = applied(root, NEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, step.__name__, cut)
        patch.setattr(transaction, "_undo_after", nothing)
        with pytest.raises(Killed):
            work()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_file_is_as_it_was(root: Path, kind: Callable[[Path], Tree]) -> None:
    before = kind(root)
    broken = state(root)
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert differing(state(root), before) == []
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert differing(state(root), broken) == [], "going back can be undone"


def differing(one: Tree, other: Tree) -> list[str]:
    """The paths that are not the same in both."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


def test_an_apply_cut_off_and_undone_is_no_run(root: Path) -> None:
    before, runs = state(root), len(history.entries(root / RECORD))
    cut_off(root, transaction._stage)
    (said,) = settle(root / CONFIG)
    assert "undone" in said.what
    assert differing(state(root), before) == [] and len(history.entries(root / RECORD)) == runs
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert "brand: One" in (root / GALAXY).read_text()


def test_the_install_is_as_it_was_found(tmp_path: Path) -> None:
    root = tmp_path / "x"
    root.mkdir()
    install_by_hand(root)
    before = state(root)
    for answers in (OLD, NEW, NEXT):
        apply(root, answers)
    roll_back(root / RECORD, plan_rollback(root / RECORD, 0))
    assert differing(state(root), before) == []


def test_after_an_import_the_files_are_as_they_were_found(tmp_path: Path) -> None:
    root = tmp_path / "x"
    root.mkdir()
    install_by_hand(root)
    found = state(root)
    remember_install(survey(Disk(root), f"/{CONFIG}"), Disk(root))
    imported = state(root)
    apply(root, NEW)
    assert state(root) != imported
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert differing(state(root), imported) == []
    roll_back(root / RECORD, plan_rollback(root / RECORD, 0))
    assert differing(state(root), found) == []


def test_each_host_goes_back_alone(tmp_path: Path) -> None:
    root = tmp_path / "x"
    root.mkdir()
    text = f'preset = "{find("multi-host").pinned}"\n\n[groundwork]\nbrand = "One"\n'
    later = text.replace("One", "Two")

    def on(host: str, answers: str) -> Session:
        return Session(Path("a.toml"), Disk(root), answers, environ={}, ephemeral=True, host=host)

    hosts = on("", text).hosts
    for answers in (text, later):
        for host in hosts:
            before = state(root)
            work = on(host, answers)
            try:
                work.apply(work.plan())
            except Refused as refusal:
                pytest.fail(f"{host}: {refusal}")
    folder = record_folder(on(hosts[-1], text).given)
    assert folder is not None
    roll_back(Disk(root).real(folder), plan_rollback(Disk(root).real(folder)))
    assert differing(state(root), before) == []


def test_a_file_that_became_a_link_is_restored_where_the_link_leads(root: Path) -> None:
    before = state(root)
    apply(root, NEXT)
    (root / SITE).rename(root / "srv/site")
    (root / SITE).symlink_to(root / "srv/site")
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert (root / SITE).is_symlink() and (root / SITE).read_bytes() == before[str(SITE)].data


def test_the_old_text_with_another_owner_or_label_is_not_as_it_was(root: Path) -> None:
    before = state(root)
    apply(root, NEXT)
    (root / SITE).write_bytes(before[str(SITE)].data)
    os.setxattr(root / SITE, "user.new", b"new")
    if os.geteuid() == 0:
        os.chown(root / SITE, 1, 2)
    rollback = plan_rollback(root / RECORD)
    assert [file.item.place for file in rollback.edited] == [(root / SITE).resolve()]
    roll_back(root / RECORD, rollback)
    assert differing(state(root), before) == []


def test_nothing_that_is_as_it_was_is_written(root: Path) -> None:
    """A service that watches a file hears nothing of it."""
    apply(root, NEW.replace('brand = "Two"', 'brand = "Three"'))
    numbers = {file: (root / file).stat().st_ino for file in (SITE, ROTATE, GALAXY)}
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    changed = [file for file, number in numbers.items() if (root / file).stat().st_ino != number]
    assert changed == [GALAXY]


def test_answers_are_those_of_then(root: Path) -> None:
    apply(root, NEXT)
    roll_back(root / RECORD, plan_rollback(root / RECORD))
    assert (root / CONFIG / "galaxy-setup.toml").read_text() == NEW
    assert session(root, NEW).plan().pending == ()
