"""The rooms of the house: who may import whom. The graph is drawn from the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("wizard", "screens", "presets")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
}

# Rooms from the bottom up. A module may import its own room and those before it.
LAYERS = (
    ("wizard", "wizard.problems", "wizard.logbook"),
    ("wizard.answers", "wizard.releases", "wizard.documents", "presets"),
    (
        "wizard.presets",
        "wizard.refusals",
        "wizard.statefile",
        "wizard.statefile_keys",
        "wizard.reveal",
        "wizard.schema",
    ),
    ("wizard.files",),
    ("wizard.disk", "wizard.machine"),
    ("wizard.writing", "wizard.storage", "wizard.history"),
    (
        "wizard.line_diff",
        "wizard.redaction",
        "wizard.typed",
        "wizard.completions",
        "wizard.editor",
        "wizard.advice.advice",
        "wizard.facts",
        "wizard.reference",
        "wizard.present",
        "wizard.option_asked",
        "wizard.consequences",
        "wizard.drift",
        "wizard.file_plan",
        "wizard.plan",
        "wizard.triage",
        "wizard.hunks",
        "wizard.differ",
        "wizard.record",
        "wizard.host_record",
        "wizard.consumers",
        "wizard.owners",
        "wizard.apply",
        "wizard.destdir",
        "wizard.recovery",
        "wizard.rollback",
    ),
    ("wizard.survey",),
    ("wizard.advice", "wizard.checks", "wizard.steps", "wizard.exporting"),
    ("wizard.adopting", "wizard.upgrading", "wizard.past"),
    (
        "wizard.drafts",
        "wizard.undo",
        "wizard.answering",
        "wizard.session",
        "wizard.offers",
        "wizard.other_options",
    ),
    ("wizard.plain",),
    ("wizard.commands",),
    ("wizard.cli", "wizard.tryout"),
)
LAZY = {("wizard.commands.launch", "screens.app"), ("wizard.commands.inform", "wizard.commands.line")}


@cache
def imports(module: str, whole: bool) -> frozenset[str]:
    """The modules of this project that `module` imports: at its top, or (`whole`) anywhere."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if whole else _top_level(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return frozenset(name for name in found if name in MODULES and name != module)


def _top_level(tree: ast.Module) -> list[ast.AST]:
    """Import-time statements; what stands under `if TYPE_CHECKING:` is for the type checker alone."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    nodes: list[ast.AST] = []
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not typing_only and not isinstance(node, functions):
            nodes.append(node)
            todo.extend(ast.iter_child_nodes(node))
    return nodes


def layer(module: str) -> int:
    best = max(
        ((room, number) for number, rooms in enumerate(LAYERS) for room in rooms if in_room(module, room)),
        key=lambda pair: len(pair[0]),
        default=None,
    )
    assert best is not None, (
        f"{module} stands in no room of LAYERS: say in ARCHITECTURE.md and here what it may know"
    )
    return best[1]


def in_room(module: str, room: str) -> bool:
    return module == room or (room != "wizard" and module.startswith(room + "."))


ENGINE = {module: path for module, path in MODULES.items() if not module.startswith("screens")}


@pytest.mark.parametrize("module", sorted(ENGINE))
def test_arrows_point_down(module: str) -> None:
    for other in imports(module, whole=True):
        if (module, other) not in LAZY:
            assert not other.startswith("screens"), f"{module} knows a screen: {other}"
            assert layer(other) <= layer(module), f"{module} may not know {other}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_circle_at_import_time(module: str) -> None:
    seen: set[str] = set()
    todo = set(imports(module, whole=False))
    while todo:
        other = todo.pop()
        assert other != module, f"{module} imports itself by way of others"
        if other not in seen:
            seen.add(other)
            todo |= imports(other, whole=False)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_can_be_seen_whole(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 400


def test_the_engine_names_no_textual() -> None:
    for module, path in ENGINE.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        assert not any(name.partition(".")[0] in ("textual", "rich") for name in names), module


@pytest.mark.parametrize(
    "command",
    [
        ["--version"],
        ["--help"],
        ["explain", "database.engine"],
        ["presets"],
        ["schema"],
        ["completion", "bash"],
        ["diff", "--answers", "single-server"],
        ["diff", "--answers", "single-server", "--options"],
        ["diff", "--answers", "single-server", "--json"],
        ["apply", "--answers", "single-server", "--yes"],
        ["check", "--answers", "single-server", "--offline"],
        ["--answers", "single-server"],
        ["import", "/srv/galaxy"],
        ["upgrade", "--to", "26.1"],
        ["steps", "--answers", "single-server"],
        ["wizard"],
        ["--plain"],
    ],
    ids=" ".join,
)
def test_no_headless_command_imports_textual(command: list[str], tmp_path: Path) -> None:
    """Also not the wizard itself where it finds no terminal."""
    program = (
        "import sys; from wizard.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(40 if 'textual' in sys.modules or 'screens' in sys.modules else 0)"
    )
    arguments = (
        [*command]
        if command[0].startswith("--") and "--answers" not in command
        else [*command, "--root", "x"]
    )
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
