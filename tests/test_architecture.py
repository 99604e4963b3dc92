"""Reads the imports and holds the floors: a module imports only from floors below its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "skinapp"
LONGEST_FILE = 280
LONGEST_FUNCTION = 45

# Bottom first.  Rooms on one floor don't know each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"domain", "settings"}),
    frozenset({"intake", "model", "explain", "records"}),
    frozenset({"screening"}),
    frozenset({"web", "ops"}),
    frozenset({"app", "assembly"}),
    frozenset({"wsgi"}),
)
# Beside the web side: what they may touch, themselves apart.
BESIDE: dict[str, frozenset[str]] = {
    "evaluation": frozenset({"model", "intake", "domain"}),
    "training": frozenset({"evaluation", "model", "intake", "domain"}),
    # Draws lesions for tests, samples and warming up; needs nothing and is needed by few.
    "synthetic": frozenset(),
}
# The settings are on the lowest floor, but need the limits, which are a noun.  Engines are compared
# on drawn photos.
EXEMPT = {("settings", "domain"), ("model", "synthetic")}


@dataclass(frozen=True)
class Import:
    """One imported module, with what stands to the right of ``from ... import``."""

    by: Path
    name: str
    line: int

    @property
    def top(self) -> str:
        return self.name.split(".", maxsplit=1)[0]

    def __str__(self) -> str:
        return f"{self.by.relative_to(ROOT)}:{self.line} imports {self.name}"


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[Import]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            for alias in node.names:
                yield Import(path, f"{node.module}.{alias.name}", node.lineno)


def _sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _all_imports() -> list[Import]:
    return [found for path in _sources() for found in _imports(path)]


def _allowed(room: str) -> frozenset[str]:
    if room in BESIDE:
        return BESIDE[room]
    (floor,) = [level for level, rooms in enumerate(FLOORS) if room in rooms]
    return frozenset().union(*FLOORS[:floor])


def _own_room(found: Import) -> str | None:
    """The room of ours that is imported, if any; ``__version__`` and the like are nobody's."""
    parts = found.name.split(".")
    if parts[0] != "skinapp" or len(parts) == 1:
        return None
    return None if parts[1].startswith("__") else parts[1]


def test_every_room_has_a_floor():
    known = frozenset().union(*FLOORS) | BESIDE.keys() | {"__init__"}
    assert {_room(path) for path in _sources()} <= known


def test_imports_go_down_only():
    wrong = []
    for found in _all_imports():
        mine, theirs = _room(found.by), _own_room(found)
        if theirs is None or theirs == mine or (mine, theirs) in EXEMPT:
            continue
        if theirs not in _allowed(mine):
            wrong.append(str(found))
    assert wrong == []


def test_the_domain_needs_the_standard_library_only():
    wrong = [
        str(found)
        for found in _all_imports()
        if _room(found.by) == "domain"
        and found.top != "skinapp"
        and found.top not in sys.stdlib_module_names
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("torchvision", "model/torchvision_door.py"),
        ("sqlalchemy", "records/"),
        ("alembic", "records/"),
        ("flask", ("app.py", "wsgi.py", "web/", "ops/")),
        # Measuring on disturbed images means making them.
        (
            "PIL",
            ("intake/", "explain/", "model/", "training/", "evaluation/disturb.py", "synthetic.py"),
        ),
        ("torch", ("model/", "training/", "evaluation/")),
        ("openvino", "model/openvino_door.py"),
        ("gunicorn", "wsgi.py"),
    ],
)
def test_a_library_is_used_behind_its_door_only(library: str, door: str | tuple[str, ...]):
    users = {found.by for found in _all_imports() if found.top == library}
    assert users
    outside = [path for path in users if not str(path.relative_to(PACKAGE)).startswith(door)]
    assert outside == []


def test_the_environment_is_read_in_the_settings_only():
    readers = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if path.name != "settings.py"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv"), ("os", "putenv")}
    ]
    assert readers == []
    assert {found.name for found in _all_imports()}.isdisjoint({"os.environ", "os.getenv"})


LOOKS_AT_DATA = ["skinapp.training.explore_command", "skinapp.training.audit_command"]
WEB_SIDE = ["skinapp.app", "skinapp.screening", "tests.cast", "skinapp.records.store"]


@pytest.mark.parametrize("modules", [WEB_SIDE, LOOKS_AT_DATA])
def test_what_computes_nothing_loads_no_torch(modules: list[str]):
    program = (
        f"import sys, {', '.join(modules)}; "
        "print([name for name in ('torch', 'torchvision', 'alembic') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_the_web_side_does_not_import_training():
    beside = {"training", "evaluation"}
    wrong = [
        str(found)
        for found in _all_imports()
        if _room(found.by) not in beside and _own_room(found) in beside
    ]
    assert wrong == []


def test_there_is_no_drawer_called_utils():
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [path for path in _sources() if path.stem in drawers or _room(path) in drawers] == []


def _python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_files_stay_small():
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in _python_files("skinapp", "scripts", "benchmarks", "tests")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE
    ]
    assert long == []


def test_functions_stay_small():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines"
        for path in _python_files("skinapp", "scripts", "benchmarks")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []
