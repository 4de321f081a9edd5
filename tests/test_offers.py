"""What the first screen offers: the preset that fits this machine first, with the reason; every install."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from tests.screens.driving import installed
from wizard.answers.question import Machine
from wizard.commands.opening import begin, state_file
from wizard.disk import Disk
from wizard.offers import about, begin_anew, offers, open_managed, seen
from wizard.presets import find, names
from wizard.problems import Refused


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALAXY_SETUP_STATE", raising=False)


def machine(cores: int, memory_gib: float, *commands: str) -> Machine:
    return Machine(cores=cores, memory_gib=memory_gib, commands=frozenset(commands))


@pytest.mark.parametrize(
    ("here", "first"),
    [
        (machine(2, 4.0), "trial"),
        (machine(4, 15.5), "small-lab"),
        (machine(8, 31.2), "single-server"),
        (machine(64, 512.0), "single-server"),
        (machine(8, 31.2, "sbatch"), "slurm-cluster"),
        (machine(8, 31.2, "qsub"), "grid-engine-cluster"),
        (machine(2, 4.0, "sbatch"), "trial"),
    ],
)
def test_the_preset_that_fits_best_stands_first(here: Machine, first: str) -> None:
    found = offers(here, root=True)
    assert found[0].preset.name == first and found[0].fits
    assert {offer.preset.name for offer in found} == set(names())
    assert [offer.fits for offer in found] == sorted((offer.fits for offer in found), reverse=True)


def test_who_is_not_root_is_offered_first_what_needs_no_root() -> None:
    assert offers(machine(8, 32.0), root=False)[0].preset.name == "trial"


def test_every_offer_says_why() -> None:
    said = {offer.preset.name: offer.why for offer in offers(machine(4, 15.5, "sbatch"), root=True)}
    assert said["small-lab"] == "fits here: 4 cores, 16 GiB"
    assert said["single-server"] == "made for 8 cores, 32 GiB; here 4 cores, 16 GiB"
    assert said["kubernetes"] == "kubectl is not here"
    large = {offer.preset.name: offer for offer in offers(machine(16, 64.0, "sbatch"), root=True)}
    assert large["slurm-cluster"].why == "fits here: sbatch was found"
    assert large["multi-host"].why == "needs three more hosts" and not large["multi-host"].fits


@pytest.mark.parametrize("name", sorted(names()))
def test_a_preset_says_the_machine_that_it_is_made_for(name: str) -> None:
    preset = find(name)
    if "cores" in preset.for_whom:
        assert f"{preset.cores} cores" in preset.for_whom and f"{preset.memory_gib} GiB" in preset.for_whom


def both(root: Path) -> None:
    """Two managed installs on one root, the second without a release that anybody knows."""
    installed(root)
    shutil.copytree(root / "srv/galaxy/config", root / "opt/other/config")


def test_several_managed_installs_are_listed_and_not_the_end(tmp_path: Path) -> None:
    both(tmp_path)
    options = Namespace(root=str(tmp_path))
    with pytest.raises(Refused, match="several installs"):
        state_file(options, Disk(tmp_path))
    work = begin(options)
    assert work.draft and work.given == {}
    assert {one.config_dir for one in seen(work) if one.managed} == {
        "/srv/galaxy/config",
        "/opt/other/config",
    }


def test_an_install_that_is_named_is_asked_about_alone(tmp_path: Path) -> None:
    both(tmp_path)
    state = tmp_path / "opt/other/config/galaxy-setup.toml"
    work = begin(Namespace(root=str(tmp_path), state=str(state)))
    assert work.file == state and not work.draft and seen(work) == ()


def test_one_managed_install_is_opened_and_others_are_listed(tmp_path: Path) -> None:
    both(tmp_path)
    (tmp_path / "opt/other/config/galaxy-setup.toml").unlink()
    work = begin(Namespace(root=str(tmp_path)))
    assert work.file == tmp_path / "srv/galaxy/config/galaxy-setup.toml"
    (other,) = seen(work)
    assert other.config_dir == "/opt/other/config" and not other.managed
    anew = begin_anew(work)
    assert anew.draft and anew.given == {} and not anew.file.exists()


def test_a_managed_install_says_what_it_is_and_what_was_edited(tmp_path: Path) -> None:
    both(tmp_path)
    work = begin(Namespace(root=str(tmp_path)))
    install = next(one for one in seen(work) if one.config_dir == "/srv/galaxy/config")
    assert about(work, install) == "Galaxy 26.1, gunicorn/Gravity, as galaxy, managed"
    file = tmp_path / "srv/galaxy/config/galaxy.yml"
    file.write_text(file.read_text().replace("log_level: INFO", "log_level: DEBUG"))
    assert about(work, install).endswith("managed, 1 drifted")
    opened, notes = open_managed(work, install)
    assert opened.given["groundwork.release"] == "26.1" and not opened.draft and notes == ()


def test_an_install_that_nobody_manages_says_what_serves_it(tmp_path: Path) -> None:
    folder = tmp_path / "srv/galaxy/config"
    folder.mkdir(parents=True)
    (folder / "galaxy.yml").write_text(
        "uwsgi:\n  http: 127.0.0.1:8080\n  module: galaxy.webapps.galaxy.buildapp:uwsgi_app()\n"
        "galaxy:\n  brand: Old\n"
    )
    work = begin(Namespace(root=str(tmp_path)))
    (install,) = seen(work)
    assert "uWSGI" in about(work, install) and about(work, install).endswith("not managed yet")


def test_an_install_that_cannot_be_read_says_so_in_its_line(tmp_path: Path) -> None:
    both(tmp_path)
    state = tmp_path / "opt/other/config/galaxy-setup.toml"
    state.write_text("[nonsense")
    work = begin(Namespace(root=str(tmp_path)))
    install = next(one for one in seen(work) if one.config_dir == "/opt/other/config")
    assert "this is not TOML" in about(work, install)
