"""The virtualenv of an install, asked through its own Python."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.live import GALAXY, looked, needs_root, only, open_place, own, server_of, states
from tests.consumers import galaxy_python, missing
from wizard.answers.runners import Runner
from wizard.answers.secret import Secret
from wizard.answers.storage import Backend
from wizard.checks import machine_python
from wizard.checks.check import Server
from wizard.checks.machine_python import Needed, fits, needed, python_of, version_faults
from wizard.releases.release import Release

SYSTEM = "/usr/bin/python3"
METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Requires-Python: {needs}
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3.10
Classifier: Programming Language :: Python :: 3.99
"""


class Virtualenv:
    """A real virtualenv below an open directory, with packages that consist of their names."""

    def __init__(self, place: Path) -> None:
        self.place = place
        if not Path(SYSTEM).exists():
            missing(f"{SYSTEM} is not there")
        command = [SYSTEM, "-m", "venv", "--without-pip", str(place / "venv")]
        subprocess.run(command, check=True, timeout=120, capture_output=True)
        self.site = next((place / "venv/lib").glob("python3*/site-packages"))
        self.python = place / "venv/bin/python"
        self.package("galaxy-app", "26.1.2")
        self.package("galaxy-auth", "26.1.2")
        for name in ("gunicorn", "gravity", "celery", "psycopg2"):
            self.module(name)

    def package(self, name: str, version: str, needs: str = ">=3.8") -> None:
        folder = self.site / f"{name.replace('-', '_')}.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(METADATA.format(name=name, version=version, needs=needs))

    def module(self, name: str) -> None:
        (self.site / name).mkdir()
        (self.site / name / "__init__.py").write_text("raise SystemExit('nobody loads it')\n")

    def server(self, **more: Any) -> Server:
        values = {
            "groundwork.user": GALAXY,
            "groundwork.install": "packages",
            "groundwork.virtualenv": str(self.place / "venv"),
            "groundwork.service_manager": "gravity-systemd",
            "database.engine": "postgresql",
            "celery.enable": True,
        }
        return server_of({**values, **{name.replace("__", "."): value for name, value in more.items()}})


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    with open_place() as place:
        Virtualenv(place)
        yield place


@pytest.fixture
def virtualenv(made: Path) -> Iterator[Virtualenv]:
    """A copy of one that was made once."""
    with open_place() as place:
        shutil.copytree(made / "venv", place / "venv", symlinks=True)
        found = Virtualenv.__new__(Virtualenv)
        found.place, found.python = place, place / "venv/bin/python"
        found.site = next((place / "venv/lib").glob("python3*/site-packages"))
        yield found


@needs_root
def test_a_virtualenv_with_all_that_is_needed_is_well(virtualenv: Virtualenv) -> None:
    found = only(looked(machine_python.python, virtualenv.server()))
    assert (found.state, found.code) == ("ok", "machine.python")


@needs_root
@pytest.mark.parametrize(
    ("answers", "module", "package", "question"),
    [
        ({"celery__broker": "redis"}, "redis", "redis>=5.3.0,<6", "celery.broker"),
        ({"cluster__runners": [Runner(id="s", kind="slurm")]}, "drmaa", "drmaa", "cluster.runners"),
        ({"database__engine": "mysql"}, "MySQLdb", "mysqlclient", "database.engine"),
    ],
)
def test_what_the_answers_need_besides_is_named_until_it_is_there(
    virtualenv: Virtualenv, answers: dict[str, Any], module: str, package: str, question: str
) -> None:
    found = only(looked(machine_python.python, virtualenv.server(**answers)))
    assert (found.state, found.code, found.question) == ("fail", "machine.package-missing", question)
    assert found.what.startswith(f"{module} is not in the virtualenv")
    assert found.way_out == f"{virtualenv.place}/venv/bin/pip install '{package}'"
    virtualenv.module(module)
    assert states(looked(machine_python.python, virtualenv.server(**answers))) == {"machine.python": "ok"}


@needs_root
@pytest.mark.parametrize(("version", "told"), [("5.3.1", "ok"), ("8.1.0", "warn"), ("5.2.9", "warn")])
def test_a_client_of_redis_outside_of_galaxy_s_bounds_is_named(
    virtualenv: Virtualenv, version: str, told: str
) -> None:
    virtualenv.module("redis")
    virtualenv.package("redis", version)
    found = only(looked(machine_python.python, virtualenv.server(celery__broker="redis")))
    assert found.state == told
    assert (found.code == "machine.package-version") is (told == "warn")


@needs_root
def test_a_half_made_virtualenv_is_named(virtualenv: Virtualenv) -> None:
    shutil.rmtree(virtualenv.site / "gunicorn")
    shutil.rmtree(virtualenv.site / "galaxy_app.dist-info")
    found = looked(machine_python.python, virtualenv.server())
    assert {one.code for one in found} == {"machine.no-galaxy", "machine.package-missing"}


@needs_root
def test_packages_of_another_release_are_named(virtualenv: Virtualenv) -> None:
    virtualenv.package("galaxy-app", "25.0.3")
    found = only(looked(machine_python.python, virtualenv.server()))
    assert (found.state, found.code, found.question) == (
        "fail",
        "machine.other-release",
        "groundwork.release",
    )
    assert "Galaxy 25.0 is in" in found.what


@needs_root
def test_a_checkout_is_asked_for_its_own_release(virtualenv: Virtualenv) -> None:
    root = virtualenv.place / "server"
    answers = {"groundwork__install": "git", "groundwork__root": str(root)}
    assert states(looked(machine_python.python, virtualenv.server(**answers))) == {
        "machine.no-galaxy": "fail"
    }
    (root / "lib/galaxy").mkdir(parents=True)
    (root / "lib/galaxy/version.py").write_text('VERSION_MAJOR = "26.1"\n')
    assert states(looked(machine_python.python, virtualenv.server(**answers))) == {"machine.python": "ok"}
    (root / "lib/galaxy/version.py").write_text('VERSION_MAJOR = "25.1"\n')
    found = only(looked(machine_python.python, virtualenv.server(**answers)))
    assert (found.code, (found.way_out or "").split(",")[0]) == (
        "machine.other-release",
        "git checkout release_26.1",
    )


@needs_root
def test_a_python_that_the_packages_refuse_is_named(virtualenv: Virtualenv) -> None:
    virtualenv.package("galaxy-app", "26.1.2", needs=">=3.99")
    found = only(looked(machine_python.python, virtualenv.server()))
    assert (found.state, found.code) == ("fail", "machine.python-old")
    assert "which wants >=3.99" in found.what


@needs_root
def test_a_virtualenv_that_is_not_there_is_named(virtualenv: Virtualenv) -> None:
    server = virtualenv.server(groundwork__virtualenv=f"{virtualenv.place}/none")
    assert states(looked(machine_python.python, server)) == {"machine.no-virtualenv": "fail"}


@needs_root
def test_a_python_that_galaxy_may_not_run_is_named(virtualenv: Virtualenv) -> None:
    own(virtualenv.place / "venv", "root", "root", 0o700)
    found = only(looked(machine_python.python, virtualenv.server()))
    assert (found.state, found.code) == ("fail", "machine.python-barred")


@needs_root
def test_a_dead_python_is_named(virtualenv: Virtualenv) -> None:
    virtualenv.python.unlink()
    virtualenv.python.write_text(
        "#!/bin/sh\necho 'error while loading shared libraries: libpython3.7m.so.1.0' >&2; exit 127\n"
    )
    virtualenv.python.chmod(0o755)
    found = only(looked(machine_python.python, virtualenv.server()))
    assert (found.state, found.code) == ("fail", "machine.python-broken")
    assert "libpython3.7m.so.1.0" in found.what


@needs_root
def test_a_python_that_hangs_is_given_up(virtualenv: Virtualenv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_python, "_SECONDS", 0.3)
    virtualenv.python.unlink()
    virtualenv.python.write_text("#!/bin/sh\nsleep 60\n")
    virtualenv.python.chmod(0o755)
    assert states(looked(machine_python.python, virtualenv.server())) == {"machine.python-broken": "fail"}


@needs_root
def test_root_never_runs_what_galaxy_may_change(virtualenv: Virtualenv) -> None:
    virtualenv.python.unlink()
    virtualenv.python.write_text(f"#!/bin/sh\nid -un > {virtualenv.place}/who\necho; echo '{{}}'\n")
    virtualenv.python.chmod(0o755)
    virtualenv.place.chmod(0o777)
    server = virtualenv.server(groundwork__user="no-such-account")
    assert states(looked(machine_python.python, server)) == {"machine.python": "skipped"}
    assert not (virtualenv.place / "who").exists()


@pytest.mark.consumer
@needs_root
def test_galaxy_itself_has_what_it_needs() -> None:
    """The real packages, where Galaxy's account can reach them: else just that is said."""
    place = Path(galaxy_python()).parent.parent
    answers = {
        "groundwork.user": GALAXY,
        "groundwork.install": "packages",
        "groundwork.virtualenv": str(place),
    }
    found = looked(
        machine_python.python, server_of({**answers, "groundwork.service_manager": "gravity-systemd"})
    )
    assert {one.code for one in found} <= {"machine.python", "machine.python-barred"}, found


# Without a virtualenv


def test_what_each_answer_needs() -> None:
    def modules(**answers: Any) -> list[str]:
        values = {name.replace("__", "."): value for name, value in answers.items()}
        return [one.module for one in needed(server_of({"scaling.app_server": "uwsgi", **values}))]

    assert modules() == []
    assert modules(database__url=Secret("postgresql+psycopg://g@h/g")) == ["psycopg"]
    assert modules(database__url=Secret("postgresql://g@h/g")) == ["psycopg2"]
    assert modules(celery__broker="redis") == [], "Celery is not on"
    assert modules(celery__enable=True, celery__backend="url", celery__backend_url=Secret("rediss://h")) == [
        "redis",
        "celery",
    ]
    kinds = ("drmaa", "univa", "pbs", "kubernetes", "htcondor", "aws-batch", "local", "pulsar-mq")
    rows = [Runner.model_validate({"id": kind, "kind": kind}) for kind in kinds]
    assert modules(cluster__runners=rows) == ["drmaa", "pbs", "pykube", "htcondor2", "boto3"]
    assert modules(data__backends=[Backend(id="a", kind="azure"), Backend(id="d", kind="disk")]) == ["azure"]
    assert needed(server_of({})) == [Needed("gunicorn", "gunicorn", "scaling.app_server")]


def test_which_python_is_galaxy_s() -> None:
    assert python_of(server_of({})) is None
    assert python_of(server_of({"groundwork.root": "/g"})) == "/g/.venv/bin/python"
    assert python_of(server_of({"groundwork.root": "/g", "groundwork.install": "packages"})) is None
    assert python_of(server_of({"groundwork.root": "/g", "groundwork.virtualenv": "/v"})) == "/v/bin/python"
    assert only(looked(machine_python.python, server_of({}))).state == "skipped"


@pytest.mark.parametrize(
    ("release", "version", "package", "told"),
    [
        ("26.1", (3, 10), {}, []),
        ("26.1", (3, 9), {}, [("fail", "machine.python-old")]),
        ("22.05", (3, 6), {}, [("warn", "machine.python-old")]),
        (
            "26.1",
            (3, 14),
            {"classifiers": ["Programming Language :: Python :: 3.13"]},
            [("warn", "machine.python-new")],
        ),
        ("26.1", (3, 13), {"classifiers": ["Programming Language :: Python :: 3.13"]}, []),
        ("26.1", (3, 14), {"needs": ">=3.10,<3.14"}, [("fail", "machine.python-old")]),
        ("19.09", (2, 7), {}, []),
    ],
)
def test_which_python_a_release_takes(
    release: str, version: tuple[int, int], package: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    found = version_faults(Release.parse(release), version, package, "/v/bin/python")
    assert [(one.state, one.code) for one in found] == told


@pytest.mark.parametrize(
    ("version", "bounds", "fit"),
    [
        ("5.3.1", ">=5.3.0,<6", True),
        ("6.0", ">=5.3.0,<6", False),
        ("5.3", ">=5.3.0", True),
        ("3.11", ">=3.10, !=3.11", False),
        ("3.11", "", True),
        ("3.11", "~=3.9", True),
        ("3.11", ">=3.9,==3.*", True),
        ("8.1.0rc1", "<=8.1", True),
    ],
)
def test_bounds_of_versions(version: str, bounds: str, fit: bool) -> None:
    assert fits(version, bounds) is fit
