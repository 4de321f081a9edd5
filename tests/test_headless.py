"""The headless run: answers in, files out, exit statuses that a script can branch on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests import preset_hosts
from tests.consumers import need_tool
from tests.forked import Ran, forked, needs_a_start

ROOT = Path(__file__).parent.parent
CONFIG = Path("srv/galaxy/config")


ADVICE = re.compile(r"^galaxy-setup: (error|warning): .*; galaxy-setup explain \S+ says more\n", re.M)
"""What a plan advises, a line each."""


def setup(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run galaxy-setup as a script would: no terminal, no input.

    What it advises is left out of what it said: that is the matter of tests/advice.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    environment.pop("GALAXY_SETUP_STATE", None)
    ran: Ran | subprocess.CompletedProcess[bytes]
    if needs_a_start(environment):
        ran = subprocess.run(
            [sys.executable, "-m", "wizard.cli", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
    else:
        ran = forked(*arguments, cwd=cwd, env=environment)
    said, complained = ran.stdout.decode(), ran.stderr.decode()
    return subprocess.CompletedProcess(arguments, ran.returncode, said, ADVICE.sub("", complained))


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """An answers file that stands on the single-server preset."""
    file = tmp_path / "prod.toml"
    file.write_text('preset = "single-server@1"\n\n[groundwork]\nbrand = "Test"\n\n[scaling]\nworkers = 4\n')
    return file


@pytest.mark.parametrize(("name", "host"), preset_hosts.cases())
def test_a_preset_in_an_empty_directory_writes_the_files_and_then_nothing(
    name: str, host: str | None, tmp_path: Path
) -> None:
    what = ["--answers", name, "--root", "x", *preset_hosts.on(host)]
    first = setup(*what, cwd=tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert "reaches no file" not in first.stdout
    written = tree(tmp_path)
    config = preset_hosts.config_of(name)
    assert f"x/{config}/galaxy-setup.toml" in written
    assert (f"x/{config}/galaxy.yml" in written) == preset_hosts.runs_galaxy(name, host)
    second = setup(*what, cwd=tmp_path)
    nothing = "nothing to do\n" if host is None else f"nothing to do on {host}\n"
    assert (second.returncode, second.stdout, second.stderr) == (0, nothing, "")
    assert tree(tmp_path) == written
    for options in ([], ["--options"]):
        same = setup("diff", *what, *options, cwd=tmp_path)
        assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    (tmp_path / "x" / preset_hosts.record_of(name, host)).unlink()
    worked_out = setup("diff", *what, cwd=tmp_path)
    assert (worked_out.returncode, worked_out.stdout) == (0, ""), "not only because it remembers"


def test_after_an_apply_the_install_knows_its_own_answers(answers: Path, tmp_path: Path) -> None:
    assert setup("--answers", str(answers), "--root", "x", cwd=tmp_path).returncode == 0
    state = tmp_path / "x" / CONFIG / "galaxy-setup.toml"
    assert state.read_text() == answers.read_text()
    assert setup("diff", "--root", "x", cwd=tmp_path).returncode == 0
    state.write_text(state.read_text().replace("Test", "Changed"))
    assert setup("diff", "--root", "x", cwd=tmp_path).returncode == 1


def test_one_changed_answer_touches_its_own_lines_only(answers: Path, tmp_path: Path) -> None:
    setup("--answers", str(answers), "--root", "x", cwd=tmp_path)
    answers.write_text(answers.read_text().replace("workers = 4", "workers = 7"))
    run = setup("diff", "--answers", str(answers), "--root", "x", cwd=tmp_path)
    assert run.returncode == 1
    changed = [line for line in run.stdout.splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    assert changed == ["-    workers: 4", "+    workers: 7"]


def test_patch_takes_the_diff_and_makes_what_apply_makes(answers: Path, tmp_path: Path) -> None:
    setup("--answers", str(answers), "--root", "x", cwd=tmp_path)
    answers.write_text(
        answers.read_text().replace("workers = 4", "workers = 7").replace("Test", 'it\'s: \\"b\\" #')
    )
    diff = setup("diff", "--answers", str(answers), "--root", "x", cwd=tmp_path)
    patch = [need_tool("patch"), "-p1", "--no-backup-if-mismatch"]
    subprocess.run(patch, input=diff.stdout, text=True, cwd=tmp_path / "x", check=True)
    patched = tree(tmp_path / "x" / CONFIG)
    after = setup("--answers", str(answers), "--root", "x", cwd=tmp_path)
    assert after.returncode == 0
    assert {n: t for n, t in tree(tmp_path / "x" / CONFIG).items() if n.endswith("yml")} == {
        n: t for n, t in patched.items() if n.endswith("yml")
    }


def test_json_says_the_same_as_the_text(answers: Path, tmp_path: Path) -> None:
    run = setup("diff", "--json", "--answers", str(answers), "--root", "x", cwd=tmp_path)
    assert run.returncode == 1
    plan = json.loads(run.stdout)
    assert plan["differs"] is True
    text = setup("diff", "--answers", str(answers), "--root", "x", cwd=tmp_path).stdout
    bare = re.compile(r"<secret [0-9a-f]+>")
    assert bare.sub("", "".join(file["diff"] for file in plan["files"])) == bare.sub("", text)
    workers = [
        row
        for file in plan["files"]
        for row in file["options"]
        if row["option"] == "gravity.gunicorn.workers"
    ]
    assert workers[0]["after"] == "4" and workers[0]["questions"] == ["scaling.workers"]
    assert not (tmp_path / "x").exists()


def test_a_secret_is_nowhere_but_in_its_file(tmp_path: Path) -> None:
    secret = "Hunter2-é%'\";{}"
    (tmp_path / "a.toml").write_text(
        'preset = "single-server@1"\n[groundwork]\nid_secret = { env = "ID" }\n'
        '[database]\nconnect = "tcp"\nhost = "db"\nuser = "galaxy"\npassword = { file = "/run/pw" }\n'
    )
    (tmp_path / "x/run").mkdir(parents=True)
    (tmp_path / "x/run/pw").write_text("p@ss:w/rd\n")
    shown = [
        setup(*command, "--answers", "a.toml", "--root", "x", cwd=tmp_path, env={"ID": secret})
        for command in (
            ["diff"],
            ["diff", "--options"],
            ["diff", "--json"],
            ["apply", "--yes", "--json"],
            ["diff"],
        )
    ]
    assert [run.returncode for run in shown] == [1, 1, 1, 0, 0]
    for run in shown:
        for part in (secret, "Hunter2", "p@ss", "p%40ss"):
            assert part not in run.stdout + run.stderr
    config = tmp_path / "x" / CONFIG
    holders = {name for name, text in tree(config).items() if b"Hunter2" in text}
    kept = {".galaxy-setup/applied.json", ".galaxy-setup/history/0001.json"}
    assert holders == {"galaxy.yml", *kept}
    assert (config / "galaxy.yml").stat().st_mode & 0o007 == 0
    assert {(config / name).stat().st_mode & 0o777 for name in kept} == {0o600}
    assert (config / ".galaxy-setup").stat().st_mode & 0o077 == 0


def test_a_literal_secret_makes_the_state_file_private(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('preset = "trial@1"\n[groundwork]\nid_secret = "very secret"\n')
    assert setup("--answers", "a.toml", "--root", "x", cwd=tmp_path).returncode == 0
    assert (tmp_path / "x" / CONFIG / "galaxy-setup.toml").stat().st_mode & 0o777 == 0o600


def test_a_generated_secret_stays(tmp_path: Path) -> None:
    setup("--answers", "single-server", "--root", "x", cwd=tmp_path)
    galaxy_yml = tmp_path / "x" / CONFIG / "galaxy.yml"
    (line,) = [line for line in galaxy_yml.read_text().splitlines() if "id_secret" in line]
    assert re.fullmatch(r"  id_secret: '?[0-9a-f]{56}'?", line)
    assert setup("--answers", "single-server", "--root", "x", cwd=tmp_path).stdout == "nothing to do\n"


def test_mode_and_foreign_content_of_an_existing_file_stay(answers: Path, tmp_path: Path) -> None:
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    galaxy_yml = config / "galaxy.yml"
    galaxy_yml.write_text("# mine\ngalaxy:\n    brand: Old   # ours\n    ftp_upload_site: ftp.example.org\n")
    galaxy_yml.chmod(0o604)
    assert setup("--answers", str(answers), "--root", "x", cwd=tmp_path).returncode == 0
    text = galaxy_yml.read_text()
    assert text.startswith(
        "# mine\ngalaxy:\n    brand: Test   # ours\n    ftp_upload_site: ftp.example.org\n"
    )
    assert galaxy_yml.stat().st_mode & 0o777 == 0o604


BAD = {
    "broken": ("[groundwork\n", r"bad\.toml:1"),
    "unknown key": ("[groundwork]\nbrnad = 'x'\n", r"bad\.toml:2: groundwork\.brnad: .*brand"),
    "unknown section": ("[grondwork]\nbrand = 'x'\n", r"bad\.toml:1: .*groundwork"),
    "wrong type": ("[scaling]\nworkers = 'four'\n", r"bad\.toml:2: scaling\.workers: "),
    "wrong choice": ("[database]\nengine = 'postgres'\n", r"bad\.toml:2: database\.engine: .*postgresql"),
    "newline": ('[groundwork]\nbrand = "a\\nb"\n', r"bad\.toml:2: groundwork\.brand: "),
    "unknown preset": ('preset = "single-sever@1"\n', r"bad\.toml:1: .*single-server"),
    "newer schema": ("schema = 99\n", r"bad\.toml:1: "),
    "unknown option": (
        "[groundwork]\nconfig_dir = '/c'\n[options]\nbarnd = 1\n",
        r"bad\.toml:4: options\.barnd: .*brand",
    ),
    "no place": ("[groundwork]\nbrand = 'x'\n", r"groundwork\.config_dir"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_answers_are_one_clear_line_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    text, expected = BAD[case]
    (tmp_path / "bad.toml").write_text(text)
    for command in (["diff"], ["apply", "--yes"], []):
        run = setup(*command, "--answers", "bad.toml", "--root", "x", cwd=tmp_path)
        assert run.returncode == 2, run.stderr
        (line,) = run.stderr.splitlines()
        assert re.match(r"galaxy-setup: ", line) and re.search(expected, line), line
        assert run.stdout == ""
    assert not (tmp_path / "x").exists()


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        "[groundwork]\nbrnad = 1\n[scaling]\nworkers = 0\n[database]\nengine = 1\n"
    )
    run = setup("--answers", "bad.toml", cwd=tmp_path)
    assert run.returncode == 2
    assert [re.search(r"toml:(\d):", line).group(1) for line in run.stderr.splitlines()] == ["2", "4", "6"]  # type: ignore[union-attr]


MISSING = {
    "--answers": "name a file that is there, or a preset (galaxy-setup presets lists them)",
    "--state": "name the install's state file with --state, or answers with --answers, or import the install",
}


@pytest.mark.parametrize("option", MISSING)
def test_a_missing_answers_file_is_one_line_with_a_way_out(option: str, tmp_path: Path) -> None:
    run = setup("diff", option, "none.toml", cwd=tmp_path)
    expected = f"galaxy-setup: none.toml: cannot be read: no such file or directory; {MISSING[option]}\n"
    assert (run.returncode, run.stderr) == (2, expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--answers", ""], "--answers is empty"),
        (["diff", "--answers", "trial", "--root", ""], "--root is empty"),
        (["diff", "--state", ""], "--state is empty"),
        (["import", "/srv/galaxy", "--to", ""], "--to is empty"),
        (["--answers", "trial", "--preset", "trial"], "the answers file names its preset"),
        (["diff", "--preset", "trial"], "the answers file names its preset"),
        (["--preset", "trial", "apply", "--yes"], "the answers file names its preset"),
        (["import", "/srv/galaxy", "--preset", "trial"], "--preset is for the wizard"),
    ],
)
def test_an_option_that_would_mean_nothing_is_refused(
    arguments: list[str], expected: str, tmp_path: Path
) -> None:
    run = setup(*arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert expected in line and "; " in line
    assert list(tmp_path.iterdir()) == []


def test_a_refused_answer_is_named_by_its_line_and_by_the_file_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'preset = "single-server@1"\n[groundwork]\nbrand = "x"\n[proxy]\nstatic_expires = "a; b"\n'
    )
    run = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert re.match(r"galaxy-setup: a\.toml:5: proxy\.static_expires: ", line), line
    assert "(for x/etc/nginx/sites-available/galaxy)" in line


def test_a_refused_row_is_named_by_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'preset = "single-server@1"\n[[cluster.destinations]]\nid = "local"\nrunner = "local"\n'
        '[[cluster.destinations]]\nid = "far"\nrunner = "local"\nprivate_token = { env = "NO_SUCH" }\n'
    )
    run = setup("diff", "--answers", "a.toml", "--root", "x", cwd=tmp_path)
    (line,) = run.stderr.splitlines()
    assert line.startswith("galaxy-setup: a.toml:8: cluster.destinations[2].private_token: ")


def test_a_path_that_no_file_system_takes_is_refused_by_its_question(tmp_path: Path) -> None:
    for value in ("/" + "a" * 5000, "/" + "abc/" * 1200):
        (tmp_path / "a.toml").write_text(f'preset = "trial@1"\n[groundwork]\nroot = "{value}"\n')
        for command in (["diff"], []):
            run = setup(*command, "--answers", "a.toml", "--root", "x", cwd=tmp_path)
            assert (run.returncode, run.stdout) == (2, "")
            (line,) = run.stderr.splitlines()
            assert line.startswith("galaxy-setup: a.toml:3: groundwork.root: is too long") and len(line) < 300
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("option", ["--root", "--answers", "--state"])
def test_a_name_that_no_file_system_takes_is_one_line(option: str, tmp_path: Path) -> None:
    rest = ["--answers", "trial"] if option == "--root" else []
    run = setup("diff", option, "/" + "a" * 5000, *rest, cwd=tmp_path)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert "file name too long" in line and len(line) < 400


AS_ANOTHER = """
import os, sys
from wizard.commands.line import main
answers, other, locked = sys.argv[1:]
if os.geteuid() == 0:
    main(["--answers", answers, "--root", other, "--quiet"])  # loads all that another user may not be able to read
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(["--answers", answers, "--root", locked]))
"""


def test_a_directory_without_permission_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)
    run = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER, "trial", str(tmp_path / "other"), str(locked)],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 5, run.stderr
    assert run.stdout == "" and len(run.stderr.splitlines()) == 1
    assert list(locked.iterdir()) == []


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_the_wizard_without_a_terminal_says_what_to_do_instead(term: str, tmp_path: Path) -> None:
    run = setup(cwd=tmp_path, env={"TERM": term})
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert "terminal" in line and "--answers" in line
    assert list(tmp_path.iterdir()) == []


def test_a_dumb_terminal_is_told_what_to_do_instead(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wizard.cli", "--root", "x"],
        cwd=str(tmp_path),
        env=environment,
        encoding="utf-8",
    )
    child.expect(pexpect.EOF, timeout=30)
    child.close()
    assert child.exitstatus == 2
    assert "TERM=dumb" in child.before and "--answers" in child.before and "\x1b" not in child.before
    assert list(tmp_path.iterdir()) == []


def test_a_broken_galaxy_yml_is_never_written(answers: Path, tmp_path: Path) -> None:
    config = tmp_path / "x" / CONFIG
    config.mkdir(parents=True)
    (config / "galaxy.yml").write_text("galaxy:\n  brand: [\n")
    before = tree(tmp_path)
    run = setup("--answers", str(answers), "--root", "x", cwd=tmp_path)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert re.search(r"galaxy\.yml:[23]:\d+: ", line)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--nonsense"], 2), (["explain", "brnad"], 2), (["--help"], 0)]
)
def test_usage(arguments: list[str], status: int, tmp_path: Path) -> None:
    run = setup(*arguments, cwd=tmp_path)
    assert run.returncode == status
    assert "Traceback" not in run.stderr
