"""The diff is a patch that patch(1) takes, and no secret is ever in it."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import assume, example, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.consumers import need_tool
from wizard.differ import file_diff, unified
from wizard.disk import FileState
from wizard.file_plan import FilePlan
from wizard.files.lens import SecretSpan
from wizard.plan import Plan
from wizard.record import AppliedFile
from wizard.redaction import fingerprint, redacted, shown

PATH = "/etc/galaxy/galaxy.yml"
HIDDEN = re.compile(r"HIDDEN\d(?:\nHIDDEN\d)*")


def plan(before: str | None, after: str, secrets: tuple[str, ...] = (), path: str = PATH) -> FilePlan:
    """A plan for one file in which the first place of each of `secrets` is a secret, and every HIDDEN."""
    state = None if before is None else FileState(before, 0o644, 0, 0)
    hidden = spans(before or "", secrets), spans(after, secrets)
    return FilePlan(path, 0o644, state, after, (), *hidden, ("galaxy.yml",), AppliedFile(after, ""))


def spans(text: str, secrets: tuple[str, ...]) -> tuple[SecretSpan, ...]:
    found = [SecretSpan(*match.span()) for match in HIDDEN.finditer(text)]
    for secret in secrets:
        start = text.find(secret)
        if start >= 0:
            found.append(SecretSpan(start, start + len(secret)))
    return tuple(found)


def patched(before: str | None, diff: str, place: Path, path: str = PATH, binary: bool = True) -> str | None:
    """What patch -p1 makes of the diff, in a copy of the tree; None when there is no file then."""
    file = place / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    if before is not None:
        file.write_bytes(before.encode())
    if any(line.startswith("@@ ") for line in diff.splitlines()):
        run = subprocess.run(
            [need_tool("patch"), "-p1", "--batch", "--no-backup-if-mismatch", *["--binary"] * binary],
            input=diff.encode(),
            cwd=place,
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()
        assert b"fuzz" not in run.stdout and b"offset" not in run.stdout
    return file.read_bytes().decode() if file.exists() else None


def secret_part(text: str) -> list[str]:
    return [line for line in text.split("\n") if "HIDDEN" in line]


def open_part(text: str) -> str:
    """The text without its secret lines."""
    lines = [part + "\n" for part in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return "".join(line for line in lines if "HIDDEN" not in line)


def texts(*lines: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda lines, end: "\n".join(lines) + end,
        st.lists(st.sampled_from(lines), max_size=14),
        st.sampled_from(["", "\n"]),
    )


PLAIN = (
    "a",
    "b: 1",
    "",
    "  c",
    "# d",
    "--- x",
    "+++ y",
    "@@ z",
    "é\r",
    "\r",
    "f\rg\r\rh",
    "\\ No",
    "\x85\u2028\f",
)
SECRET = ("k: HIDDEN1", "k: HIDDEN2", "HIDDEN3", "m: HIDDEN4 # c\r", "HIDDEN5\nHIDDEN6", "HIDDEN5\nHIDDEN7")
TEXTS = texts(*PLAIN)


@settings(max_examples=60, deadline=None)
@generated(before=TEXTS, after=TEXTS)
def test_patch_makes_the_new_text_of_the_old_one(
    before: str, after: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also carriage returns, before a line feed or alone."""
    diff = file_diff(plan(before, after))
    assert (diff == "") == (before == after)
    assert patched(before, diff, tmp_path_factory.mktemp("tree")) == after


@settings(max_examples=20, deadline=None)
@generated(after=TEXTS)
def test_patch_creates_any_new_file(after: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    diff = file_diff(plan(None, after))
    assert patched(None, diff, tmp_path_factory.mktemp("tree")) == (after or None)
    assert diff, "a new file is a difference, even an empty one"


@settings(max_examples=200, deadline=None)
@generated(before=st.none() | texts(*PLAIN[:4], *SECRET), after=texts(*PLAIN[:4], *SECRET))
@example(before="a\nk: HIDDEN1", after="a")
@example(before="k: HIDDEN1", after="k: HIDDEN1\n")
@example(before="a\nk: HIDDEN1", after="a\nk: HIDDEN2\nb: 1")
@example(before="k: HIDDEN1\na\n", after="b: 1\nk: HIDDEN1\na\n")
@example(before="a\nk: HIDDEN1\n", after="k: HIDDEN1\n")
@example(before="a\n", after="HIDDEN3\n")
def test_patch_makes_all_but_the_secrets(
    before: str | None, after: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Secret lines that come are left out, those that change or go are as they were; none is in the diff."""
    diff = file_diff(plan(before, after))
    assert "HIDDEN" not in diff
    assert (diff == "") == (before == after)
    result = patched(before, diff, tmp_path_factory.mktemp("tree")) or ""
    assert secret_part(result) == secret_part(before or "")
    # Where a secret line is left at the end, the line above it needs the line feed that it may lack in the new text.
    line_feed = "\n" if open_part(after)[-1:] not in ("", "\n") and open_part(result).endswith("\n") else ""
    assert open_part(result) == open_part(after) + line_feed
    assert not line_feed or "HIDDEN" in result.split("\n")[-2] + result.split("\n")[-1]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("before", [None, "a\rb\rc", "a\r\nb\r\n", "a\rb\nc\r\nd", "\r\r\n\r"])
def test_carriage_returns_are_part_of_their_line(before: str | None, binary: bool, tmp_path: Path) -> None:
    for after in ("a\rB\rc", "A\r\nb\r\n", "a\rB\nc\r\nd", "\r\n\r\r", "a\nb\n"):
        diff = file_diff(plan(before, after))
        assert patched(before, diff, tmp_path, binary=binary) == after


@pytest.mark.parametrize(
    "path",
    [
        "/srv/my galaxy/galaxy.yml",
        "/srv/my  galaxy/ x /galaxy.yml",
        "/srv/galaxy.yml ",
        '/srv/my galaxy/it\'s "q"/é/galaxy.yml',
        "/srv/é 日本/galaxy.yml",
        "/srv/back\\slash\\n/galaxy.yml",
        "/srv/tab\tline\nreturn\rbell\x07escape\x1b\x7f/galaxy.yml",
        "/srv/\u2028\x85\u202e/galaxy.yml",
        "//srv/./x/../galaxy.yml",
        '"',
    ],
)
def test_patch_finds_every_name(path: str, tmp_path: Path) -> None:
    new = file_diff(plan(None, "a\n", path=path))
    assert patched(None, new, tmp_path, path) == "a\n"
    changed = file_diff(plan("a\n", "b\nHIDDEN1\n", path=path))
    assert patched("a\n", changed, tmp_path, path) == "b\n"
    secret = file_diff(plan("HIDDEN1\n", "HIDDEN2\n", path=path))
    for diff in (new, changed, secret):
        assert all(line.isprintable() for line in diff.replace("\t\n", "\n").split("\n"))


def test_names_are_written_as_git_writes_them() -> None:
    def head(path: str) -> list[str]:
        return file_diff(plan("a\n", "b\n", path=path)).split("\n")[:2]

    assert head("/etc/galaxy.yml") == ["--- a/etc/galaxy.yml", "+++ b/etc/galaxy.yml"]
    assert head("/my galaxy.yml") == ["--- a/my galaxy.yml\t", "+++ b/my galaxy.yml\t"]
    assert head('/é "q"\\\x01\n.yml') == [
        r'--- "a/\303\251 \"q\"\\\001\n.yml"',
        r'+++ "b/\303\251 \"q\"\\\001\n.yml"',
    ]


def test_patch_creates_a_new_file(tmp_path: Path) -> None:
    diff = file_diff(plan(None, "galaxy:\n  brand: x"))
    assert patched(None, diff, tmp_path) == "galaxy:\n  brand: x"


def test_no_difference_is_no_diff() -> None:
    assert file_diff(plan("a\n", "a\n")) == ""


def test_a_secret_is_no_context_and_patch_still_takes_the_rest(tmp_path: Path) -> None:
    before = "one: 1\nid_secret: hunter2\nthree: 3\nfour: 4\n"
    after = "one: 10\nid_secret: hunter2\nthree: 3\nfour: 40\n"
    diff = file_diff(plan(before, after, ("hunter2",)))
    assert "secret" not in diff
    assert patched(before, diff, tmp_path) == after


@settings(max_examples=60, deadline=None)
@generated(lines=st.lists(st.integers(0, 3), min_size=3, max_size=20), data=st.data())
def test_patch_takes_hunks_beside_any_secret(
    lines: list[int], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Unchanged secret lines anywhere: no hunk shows one, and each is found at its line without fuzz."""
    kinds = data.draw(
        st.lists(st.sampled_from(["keep", "change", "secret"]), min_size=len(lines), max_size=len(lines))
    )
    before, after = "", ""
    for number, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        text = f"k: HIDDEN{number}\n" if kind == "secret" else f"line {line}\n"
        before, after = before + text, after + (f"new {number}\n" if kind == "change" else text)
    assume(before != after)
    diff = file_diff(plan(before, after))
    assert "HIDDEN" not in diff
    assert patched(before, diff, tmp_path_factory.mktemp("tree")) == after


def test_a_changed_secret_is_named_below_the_hunks_and_never_shown(tmp_path: Path) -> None:
    before = "one: 1\nid_secret: hunter2\nthree: 3\n"
    after = "one: 10\nid_secret: correct-horse\nthree: 3\n"
    diff = file_diff(plan(before, after, ("hunter2", "correct-horse")))
    assert "hunter2" not in diff and "correct-horse" not in diff
    assert f"#   was id_secret: {fingerprint('hunter2')}" in diff
    assert f"#   now id_secret: {fingerprint('correct-horse')}" in diff
    assert patched(before, diff, tmp_path) == before.replace("one: 1\n", "one: 10\n")


def test_a_new_secret_is_named_below_the_hunks_and_no_patch_writes_it(tmp_path: Path) -> None:
    after = "galaxy:\n  brand: x\n  id_secret: hunter2\n  tail: 1\n"
    for before in (None, "galaxy:\n"):
        diff = file_diff(plan(before, after, ("hunter2",)))
        hunks, title, remarks = diff.partition(
            f"# secrets of {PATH} stand in no hunk; galaxy-setup apply writes them\n"
        )
        assert title and "secret" not in hunks and "hunter2" not in diff
        assert remarks == f"# secret, line 3 of the new file:\n#   now id_secret: {fingerprint('hunter2')}\n"
        assert patched(before, diff, tmp_path) == "galaxy:\n  brand: x\n  tail: 1\n"


def test_a_secret_that_goes_is_named_by_its_old_line(tmp_path: Path) -> None:
    before = "galaxy:\n  id_secret: hunter2\n  tail: 1\n"
    diff = file_diff(plan(before, "galaxy:\n  tail: 2\n", ("hunter2",)))
    assert diff.endswith(f"# secret, line 2 of the old file:\n#   was id_secret: {fingerprint('hunter2')}\n")
    assert patched(before, diff, tmp_path) == before.replace("1", "2")


def test_an_unchanged_secret_stays_out_when_another_comes_above_it() -> None:
    """Which of two lines that are alike but for the secret is new: the one whose secret is."""
    diff = file_diff(
        plan("- url: HIDDEN1\n- url: HIDDEN2\n", "- url: HIDDEN3\n- url: HIDDEN1\n- url: HIDDEN2\n")
    )
    assert [line for line in diff.splitlines() if "url" in line] == [
        f"#   now - url: {fingerprint('HIDDEN3')}"
    ]


def test_a_secret_of_many_lines_is_one_remark() -> None:
    before, after = "key: |\n  HIDDEN1\nHIDDEN2\nHIDDEN3\n", "key: |\n  HIDDEN1\nHIDDEN4\nHIDDEN5\n"
    prints = [fingerprint(text.partition("  ")[2].rstrip()) for text in (before, after)]
    assert file_diff(plan(before, after)).splitlines()[1:] == [
        "# secret, line 2 of the new file:",
        f"#   was {prints[0]}",
        f"#   now {prints[1]}",
    ]


def test_only_secrets_are_only_remarks() -> None:
    """No header without a hunk: patch refuses one. What is left says of which file it speaks."""
    diff = file_diff(plan("id_secret: HIDDEN1\n", "id_secret: HIDDEN2\n"))
    assert diff.splitlines()[0] == f"# only secrets change in {PATH}; galaxy-setup apply writes them"
    assert all(line.startswith("#") for line in diff.splitlines())


def test_a_line_feed_that_a_kept_secret_needs_is_no_change() -> None:
    """The old secret line stays below, so the line above it keeps the line feed that it lacks in the new text."""
    assert "@@" not in file_diff(plan("a\nk: HIDDEN1\n", "a"))


def test_files_with_only_secrets_do_not_disturb_the_others(tmp_path: Path) -> None:
    files = (
        plan("HIDDEN1\n", "HIDDEN2\n", path="/one"),
        plan("a\nHIDDEN1\n", "b\nHIDDEN2\n", path="/two"),
        plan(None, "HIDDEN1\n", path="/three"),
        plan(None, "c\nHIDDEN1\n", path="/four"),
        plan("d\n", "HIDDEN1\n", path="/five"),
    )
    (tmp_path / "five").write_text("d\n")
    assert patched("a\nHIDDEN1\n", unified(Plan(files, (), ())), tmp_path, "/two") == "b\nHIDDEN1\n"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "two": "b\nHIDDEN1\n",
        "four": "c\n",
        "five": "",
    }


def test_a_remark_says_when_only_the_line_end_differs() -> None:
    diff = file_diff(plan("k: HIDDEN1\r\n", "k: HIDDEN1\n"))
    print_ = fingerprint("HIDDEN1")
    assert diff.splitlines()[-2:] == [f"#   was k: {print_}\\r\\n", f"#   now k: {print_}\\n"]


def test_a_remark_is_no_way_for_control_characters() -> None:
    diff = file_diff(plan("", "\x1b[2J\rk: HIDDEN1 # \x85\u2028@@ -1 +1 @@\n"))
    assert diff.count("\n") == len(diff.splitlines()) == 3
    assert diff.replace("\n", "").isprintable()


LARGE = {
    "distinct lines, 200 changes": (
        [f"line {n}" for n in range(10_000)],
        [f"line {n}" + " changed" * (n % 50 == 7) for n in range(10_000)],
        400,
    ),
    "lines of seven kinds, 200 changes": (
        [f"line {n % 7}" for n in range(10_000)],
        [f"line {n % 7}" if n % 50 != 7 else f"new {n % 5}" for n in range(10_000)],
        400,
    ),
    "the first and the last of like lines": (
        ["first", *["same"] * 20_000, "last"],
        ["begin", *["same"] * 20_000, "end"],
        4,
    ),
    "the first and the last, and one less between": (
        ["first", *["same"] * 20_000, "last"],
        ["begin", *["same"] * 19_999, "end"],
        5,
    ),
    "1,000 times two neighbours change places": (
        [f"line {n}" for n in range(10_000)],
        [f"line {n + (n % 10 == 4) - (n % 10 == 5)}" for n in range(10_000)],
        2_000,
    ),
    "nothing in common": (
        [f"old {n % 99}" for n in range(10_000)],
        [f"new {n % 99}" for n in range(10_000)],
        20_000,
    ),
    "the same lines in another order": (
        [f"line {n * 7 % 5_000}" for n in range(10_000)],
        [f"line {n * 11 % 5_000}" for n in range(10_000)],
        20_000,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_texts_take_no_time(name: str, tmp_path: Path) -> None:
    """And the hunks stay as small as they can be where texts are near each other."""
    old, new, most = LARGE[name]
    before, after = "\n".join(old), "\n".join(new)
    start = time.process_time()
    diff = file_diff(plan(before, after))
    assert time.process_time() - start < 1
    changed = [line for line in diff.split("\n")[2:] if line.startswith(("+", "-"))]
    assert len(changed) <= most
    assert patched(before, diff, tmp_path) == after


def test_redaction_is_by_place_not_by_text() -> None:
    text = "brand: galaxy\nid_secret: galaxy\n"
    start = text.rindex("galaxy")
    assert (
        redacted(text, [SecretSpan(start, start + 6)])
        == f"brand: galaxy\nid_secret: {fingerprint('galaxy')}\n"
    )


def test_a_fingerprint_tells_secrets_apart_and_no_more() -> None:
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a" * 1000)) == len(fingerprint(""))


def test_a_url_shows_all_but_its_password() -> None:
    url = "postgresql://galaxy:hunter2@db/galaxy"
    assert shown(url, "url") == f"postgresql://galaxy:{fingerprint('hunter2')}@db/galaxy"
    assert shown("postgresql:///galaxy", "url") == "postgresql:///galaxy"
