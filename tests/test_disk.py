"""The root is a root: no link leads out of it, and nothing but regular files is read or replaced."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_headless import ADVICE, CONFIG, ROOT, setup, tree
from wizard.disk import Disk
from wizard.problems import Refused
from wizard.writing.replacing import replace_file

GX = 'schema = 1\n[groundwork]\nconfig_dir = "/srv/gx/config"\nbrand = "New"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration directory below x/ that a.toml names."""
    (tmp_path / "a.toml").write_text(GX)
    place = tmp_path / "x/srv/gx/config"
    place.mkdir(parents=True)
    return place


def test_a_link_to_an_absolute_path_is_followed_below_the_root(config: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text("galaxy:\n  brand: outside\n")
    (config / "galaxy.yml").symlink_to(outside)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert outside.read_text() == "galaxy:\n  brand: outside\n"
    assert (config / "galaxy.yml").readlink() == outside, "the link stays"
    assert "brand: New" in Path(f"{tmp_path}/x{outside}").read_text()


def test_a_file_behind_an_absolute_link_is_read_and_replaced(config: Path, tmp_path: Path) -> None:
    target = tmp_path / "x/etc/gx/galaxy.yml"
    target.parent.mkdir(parents=True)
    target.write_text("# mine\ngalaxy:\n  brand: Old\n")
    (config / "galaxy.yml").symlink_to("/etc/gx/galaxy.yml")
    assert "-  brand: Old" in setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path).stdout
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    assert target.read_text() == "# mine\ngalaxy:\n  brand: New\n"
    assert (config / "galaxy.yml").is_symlink()


@pytest.mark.parametrize("link", ["../../../../../../../../../../etc/gx", "/../../etc/gx", "/etc/./gx"])
def test_a_linked_directory_is_below_the_root(link: str, config: Path, tmp_path: Path) -> None:
    config.rmdir()
    config.symlink_to(link)
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    written = {name for name in tree(tmp_path / "x/etc/gx") if "lock" not in name}
    record = {".galaxy-setup/applied.json", ".galaxy-setup/history/0001.json"}
    assert written == {"galaxy.yml", "galaxy-setup.toml", *record}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml", "x"]


def test_the_state_file_and_the_record_stay_below_the_root(config: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (config / "galaxy-setup.toml").symlink_to(tmp_path / "out/state.toml")
    (config / ".galaxy-setup").symlink_to(tmp_path / "out")
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    assert list((tmp_path / "out").iterdir()) == []
    assert (config / "galaxy-setup.toml").is_symlink()
    below = Path(f"{tmp_path}/x{tmp_path}/out")
    assert (below / "state.toml").read_text() == GX and (below / "applied.json").exists()
    assert setup("diff", "--root", "x", cwd=config).returncode in (0, 2)


def test_links_in_a_circle_are_one_line(config: Path, tmp_path: Path) -> None:
    (config / "galaxy.yml").symlink_to("/srv/gx/config/other.yml")
    (config / "other.yml").symlink_to("galaxy.yml")
    run = setup("--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert "x/srv/gx/config/galaxy.yml: symbolic links lead in a circle" in line


def test_a_relative_link_in_the_real_root_is_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert Disk().text(str(tmp_path / "b")) == "text"
    replace_file(Disk().real(str(tmp_path / "b")), b"new", 0o644)
    assert (tmp_path / "b").is_symlink() and (tmp_path / "a").read_text() == "new"


NAMES = st.sampled_from(["a", "b", "c", "..", "."])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
LINKS = st.dictionaries(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2).map("/".join),
    st.tuples(st.booleans(), PATHS).map(lambda pair: ("/" if pair[0] else "") + pair[1]),
    max_size=5,
)


def _make_links(root: Path, links: dict[str, str]) -> None:
    """The links in their own directories; none is made by way of another one, which may lead out of the root."""
    for name, target in links.items():
        place = root / name
        if os.path.lexists(place) or place.parent.is_symlink():
            continue
        if not place.parent.exists():
            place.parent.mkdir()
        if place.parent.is_dir():
            place.symlink_to(target)


@given(links=LINKS, path=PATHS)
def test_no_link_whatever_leads_out_of_the_root(
    links: dict[str, str], path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    _make_links(root, links)
    disk = Disk(root)
    try:
        real = disk.real(path)
    except Refused as refusal:
        assert "circle" in str(refusal)
        return
    assert Path(os.path.realpath(real)).is_relative_to(os.path.realpath(root))
    assert os.path.realpath(real) == str(real), "no link is left in it"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may call chroot")
@given(links=LINKS, path=PATHS)
def test_a_path_means_what_it_means_after_chroot(
    links: dict[str, str], path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    for directory in ("a", "b/c"):
        (root / directory).mkdir(parents=True)
        (root / directory / "c").touch()
    _make_links(root, links)
    found = _inode_after_chroot(root, path)
    if found is not None:
        status = Disk(root).real(path).stat()
        assert (status.st_dev, status.st_ino) == found


def _inode_after_chroot(root: Path, path: str) -> tuple[int, int] | None:
    """What the system itself finds at `path` below `root`, asked in a child process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chroot(root)
            os.chdir("/")
            status = Path("/" + path).stat()
            os.write(writing, f"{status.st_dev} {status.st_ino}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found = stream.read().split()
    os.waitpid(child, 0)
    return (int(found[0]), int(found[1])) if found else None


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "directory"])
def test_what_is_no_regular_file_is_refused_and_not_opened(kind: str, config: Path, tmp_path: Path) -> None:
    place = config / "galaxy.yml"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        server = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(config)
        server.bind("galaxy.yml")
        os.chdir(here)
        server.close()
    elif kind == "device":
        if os.geteuid() != 0:
            pytest.skip("only root can make devices")
        os.mknod(place, 0o020666, os.makedev(1, 5))
    else:
        place.mkdir()
    for command in (["diff"], []):
        run = setup(*command, "--answers", "a.toml", "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (2, "")
        (line,) = run.stderr.splitlines()
        assert "x/srv/gx/config/galaxy.yml: cannot be read: is a" in line and kind in line


def test_a_secret_from_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pw")
    (tmp_path / "a.toml").write_text(
        f'preset = "trial@1"\n[groundwork]\nid_secret = {{ file = "{tmp_path}/pw" }}\n'
    )
    run = setup("diff", "--answers", "a.toml", cwd=tmp_path)
    assert run.returncode == 2
    assert "a.toml:3: groundwork.id_secret: " in run.stderr and "named pipe" in run.stderr


def test_answers_may_come_through_a_pipe(tmp_path: Path) -> None:
    """As from a shell's <(…)."""
    os.mkfifo(tmp_path / "pipe.toml")
    writer = subprocess.Popen(["sh", "-c", "echo 'preset = \"trial@1\"' > pipe.toml"], cwd=tmp_path)
    run = setup("diff", "--answers", "pipe.toml", "--root", "x", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (1, "")
    assert writer.wait() == 0


def test_endless_answers_end(tmp_path: Path) -> None:
    run = setup("diff", "--answers", "/dev/zero", cwd=tmp_path)
    assert run.returncode == 2
    assert "larger than" in run.stderr and len(run.stderr.splitlines()) == 1


def test_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "place")
    with pytest.raises(OSError, match="named pipe"):
        replace_file(tmp_path / "place", b"text", 0o644)
    assert (tmp_path / "place").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def as_nobody(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run galaxy-setup as a user who owns nothing. Skips where such a user cannot reach this Python."""
    for parent in (cwd, *cwd.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    able = [*drop, sys.executable, "-c", "import wizard.cli"]
    if subprocess.run(able, cwd=cwd, env=environment, capture_output=True, check=False).returncode != 0:
        pytest.skip("another user cannot reach this Python or checkout")
    run = subprocess.run(
        [*drop, sys.executable, "-m", "wizard.cli", *arguments],
        cwd=cwd,
        env={**environment, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    run.stderr = ADVICE.sub("", run.stderr)
    return run


def test_directories_that_may_not_be_looked_into_are_passed_over(tmp_path: Path) -> None:
    setup("--answers", "trial", "--root", "x", cwd=tmp_path)
    locked = tmp_path / "x" / CONFIG
    locked.chmod(0)
    try:
        run = as_nobody("diff", "--root", "x", cwd=tmp_path)
        assert run.returncode == 2
        assert "no state file found" in run.stderr and len(run.stderr.splitlines()) == 1
    finally:
        locked.chmod(0o755)


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "/srv/galaxy/config"],
        ["diff", "--state", f"x/{CONFIG}/galaxy-setup.toml"],
        ["diff", "--answers", f"x/{CONFIG}/galaxy-setup.toml"],
        ["diff", "--answers", "trial"],
    ],
    ids=" ".join,
)
def test_what_was_named_and_may_not_be_looked_into_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    setup("--answers", "trial", "--root", "x", cwd=tmp_path)
    locked = tmp_path / "x" / CONFIG
    locked.chmod(0)
    try:
        run = as_nobody(*arguments, "--root", "x", cwd=tmp_path)
        assert (run.returncode, run.stdout) == (5, "")
        (line,) = run.stderr.splitlines()
        assert "permission denied; run as root" in line
    finally:
        locked.chmod(0o755)
