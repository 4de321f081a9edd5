"""The diff on the screen: counted by its hunks, and harmless whatever a file holds."""

from __future__ import annotations

from screens.review_lists import total
from screens.widgets.diff import coloured, counts

QUOTED = (
    '--- "a/srv/it\\"s"\n+++ "b/srv/it\\"s"\n@@ -1,2 +1,2 @@\n a\n-- b\n+++ c\n# secret, line 3:\n#   now x\n'
)


def test_headers_are_no_changes_whatever_the_name() -> None:
    assert counts(QUOTED) == (1, 1)
    assert counts(QUOTED.replace('"a/srv/it\\"s"', "a/x").replace('"b/srv/it\\"s"', "b/x")) == (1, 1)


def test_only_secrets_changed_is_no_line() -> None:
    assert counts("# only secrets change in /x; galaxy-setup apply writes them\n") == (0, 0)
    assert counts("") == (0, 0)


def test_a_line_is_one_line_and_control_characters_are_spelled_out() -> None:
    shown = coloured("@@ -0,0 +1,1 @@\n+a\rb\x1b[31m\u2028[bold]c\n").plain
    assert shown == "@@ -0,0 +1,1 @@\n+a\\rb\\x1b[31m\\u2028[bold]c"


def test_the_headers_of_the_second_file_are_no_changes_either() -> None:
    new = "--- /dev/null\n+++ b/srv/x\n@@ -0,0 +1,2 @@\n+a\n+b\n"
    assert total([new, new, new]) == (6, 0)
