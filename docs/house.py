"""Draw the rooms of the house from the imports of the code, and count what is in them.

`python docs/house.py` writes docs/images/rooms.svg and prints the figures of ARCHITECTURE.md. With a folder as its
argument it prints the figures of another checkout and draws nothing.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from html import escape
from pathlib import Path

from resources.code import PACKAGES, SourceTree

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
WIDTH, HEIGHT, GAP, FLOOR = 150, 34, 16, 84
LONG, SMALL = 60, 60


def room_of(module: str) -> str:
    """The room of a module: the package or module below the top level."""
    return ".".join(module.split(".")[:2])


def imports_of(tree: SourceTree) -> dict[str, set[str]]:
    """The modules that each module imports itself; package files left out."""
    modules = [name for name in tree.modules() if tree.file(name).name != "__init__.py"]
    return {name: {other for other in tree.imports(name) if other in modules} - {name} for name in modules}


def reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """The nodes that can be reached from `start`, in one step or more."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for node in graph.get(waiting.pop(), ()):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of nodes that reach one another (strongly connected components with two or more nodes)."""
    reach = {node: reachable(graph, node) for node in graph}
    groups = {tuple(sorted(b for b in reach[a] if a in reach.get(b, ()))) for a in graph if a in reach[a]}
    return sorted(list(group) for group in groups if len(group) > 1)


def longest_function(files: Iterable[Path]) -> tuple[int, str]:
    """Lines and place of the longest function."""
    found = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.stem}.{node.name}")
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return max(found)


def figures(root: Path) -> list[tuple[str, str]]:
    """What ARCHITECTURE.md says of the code, as (what, figure)."""
    tree = SourceTree(root)
    graph = imports_of(tree)
    files = {name: tree.file(name) for name in graph}
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in files.items()}
    all_files = [path for package in PACKAGES for path in (root / package).rglob("*.py")]
    total = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in all_files)
    importers = Counter(other for targets in graph.values() for other in targets)
    single = [name for name in graph if importers[name] == 1]
    length, place = longest_function(files.values())
    return [
        ("files", f"{len(all_files):,}"),
        ("lines", f"{total:,}"),
        ("median lines of a module", f"{sorted(lines.values())[len(lines) // 2]}"),
        ("modules with one importer", f"{len(single)}"),
        (f"of these with at most {SMALL} lines", f"{sum(lines[name] <= SMALL for name in single)}"),
        ("circles of files", f"{len(circles(graph))}"),
        ("longest function", f"{length} lines ({place})"),
        (f"functions over {LONG} lines", f"{len(long_functions(files.values()))}"),
    ]


def long_functions(files: Iterable[Path]) -> list[str]:
    """Functions of more than `LONG` lines."""
    return [
        f"{path.stem}.{node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= LONG
    ]


def rooms(tree: SourceTree) -> dict[str, set[str]]:
    """Which room imports which."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, targets in imports_of(tree).items():
        arrows[room_of(name)] |= {room_of(other) for other in targets} - {room_of(name)}
    return dict(arrows)


def floors(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Rooms by floor, the lowest first: a room stands above everything that it imports.

    Raises:
        CycleError: where rooms import each other in a circle.
    """
    level: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        level[room] = 1 + max((level[other] for other in arrows.get(room, ())), default=-1)
    return [sorted(room for room in level if level[room] == number) for number in range(max(level.values()) + 1)]


def draw(tree: SourceTree) -> str:
    """The rooms as SVG, floors from the top down; an arrow that follows from two others is left out."""
    arrows = rooms(tree)
    stories = floors(arrows)
    wide = max(len(story) for story in stories)
    width, height = wide * (WIDTH + GAP) + GAP, len(stories) * FLOOR
    place: dict[str, tuple[float, float]] = {}
    for number, story in enumerate(reversed(stories)):
        left = (width - len(story) * (WIDTH + GAP) + GAP) / 2
        for column, room in enumerate(story):
            place[room] = (left + column * (WIDTH + GAP), number * FLOOR + 24)
    below = {room: reachable(arrows, room) for room in arrows}
    parts = [
        _arrow(place[room], place[other])
        for room, targets in sorted(arrows.items())
        for other in sorted(targets)
        if not any(other in below[between] for between in targets)
    ]
    parts += [_box(place[room], room) for room in sorted(place)]
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1c2733}"
        "rect{fill:#f4f7fa;stroke:#5a7a99;rx:5}.resources rect{fill:#fdf6ec;stroke:#b08642}"
        "path{fill:none;stroke:#8fa3b5;stroke-width:1;opacity:.45}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">'
    title = "<title>Rooms of synth-assets: each imports only rooms below it</title>"
    return "\n".join([head, title, f"<style>{style}</style>", *parts, "</svg>\n"])


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1, x2, y2 = start[0] + WIDTH / 2, start[1] + HEIGHT, end[0] + WIDTH / 2, end[1]
    middle = (y1 + y2) / 2
    return f'<path d="M{x1:.0f},{y1:.0f} C{x1:.0f},{middle:.0f} {x2:.0f},{middle:.0f} {x2:.0f},{y2:.0f}"/>'


def _box(at: tuple[float, float], room: str) -> str:
    package, _, name = room.partition(".")
    label = escape(f"{name}.py" if ROOT.joinpath(package, f"{name}.py").is_file() else f"{name}/")
    x, y = at
    middle = x + WIDTH / 2
    return (
        f'<g class="{package}"><rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}"/>'
        f'<text x="{middle:.0f}" y="{y + HEIGHT / 2 + 4:.0f}" text-anchor="middle">{label}</text></g>'
    )


def main() -> None:
    """Print the figures; draw the picture of this checkout."""
    other = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    for what, figure in figures(other or ROOT):
        print(f"| {what} | {figure} |")
    if other is None:
        try:
            PICTURE.write_text(draw(SourceTree(ROOT)), encoding="utf-8")
        except CycleError as error:
            sys.exit(f"rooms import each other in a circle: {' -> '.join(error.args[1])}")


if __name__ == "__main__":
    main()
