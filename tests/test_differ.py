"""The diff is a patch that patch(1) takes, and no secret is ever in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.consumers import need_tool
from wizard.differ import file_diff
from wizard.disk import FileState
from wizard.files.lens import SecretSpan
from wizard.plan import FilePlan
from wizard.redaction import fingerprint, redacted, shown


def plan(before: str | None, after: str, secrets: tuple[str, ...] = ()) -> FilePlan:
    state = None if before is None else FileState(before, 0o644, 0, 0)
    hidden = spans(before or "", secrets), spans(after, secrets)
    return FilePlan("/etc/galaxy/galaxy.yml", 0o644, state, after, (), *hidden, ("galaxy.yml",))


def spans(text: str, secrets: tuple[str, ...]) -> tuple[SecretSpan, ...]:
    return tuple(
        SecretSpan(start, start + len(secret.rstrip("\n")))
        for secret in secrets
        for start in [text.find(secret)]
        if start >= 0
    )


def patched(before: str | None, diff: str, place: Path) -> str:
    """What patch -p1 makes of the diff, in a copy of the tree."""
    file = place / "etc/galaxy/galaxy.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    if before is not None:
        file.write_bytes(before.encode())
    run = subprocess.run(
        [need_tool("patch"), "-p1", "--batch", "--no-backup-if-mismatch", "--binary"],
        input=diff.encode(),
        cwd=place,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()
    assert b"fuzz" not in run.stdout and b"offset" not in run.stdout
    return file.read_bytes().decode()


LINES = st.lists(
    st.sampled_from(["a", "b: 1", "", "  c", "# d", "--- x", "+++ y", "@@ z", "é\r"]), max_size=14
)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))


@settings(max_examples=60, deadline=None)
@generated(before=TEXTS, after=TEXTS)
def test_patch_makes_the_new_text_of_the_old_one(
    before: str, after: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(before != after and after and before)
    diff = file_diff(plan(before, after))
    assert patched(before, diff, tmp_path_factory.mktemp("tree")) == after


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
    before, after, spots = "", "", []
    for number, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        text = f"k: HIDDEN{number}\n" if kind == "secret" else f"line {line}\n"
        before, after = before + text, after + (f"new {number}\n" if kind == "change" else text)
        if kind == "secret":
            spots.append(f"HIDDEN{number}")
    assume(before != after)
    diff = file_diff(plan(before, after, tuple(f"{spot}\n" for spot in spots)))
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


def test_a_new_secret_line_is_a_placeholder() -> None:
    diff = file_diff(plan("galaxy:\n", "galaxy:\n  id_secret: hunter2\n", ("hunter2",)))
    assert f"+  id_secret: {fingerprint('hunter2')}" in diff and "hunter2" not in diff


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
