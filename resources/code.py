"""Which code a result depends on: the import closure of a module, read from syntax trees.

Nothing is imported and nothing is listed by hand. A module reaches every module of `PACKAGES` that it imports,
anywhere in the file, and what those import; `discover_records("package", ...)` imports all modules of the package.
Imports under `if TYPE_CHECKING:` do not run and do not count.

Data files count with the module that names them: a string that equals the name of a file, or of a folder without
Python, beside the module.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from resources.errors import MachineError

PACKAGES = ("resources", "synth_assets")
"""The packages whose code is followed. Everything else is pinned by the lock."""
_ROOT = Path(__file__).resolve().parent.parent
_DYNAMIC = ("import_module", "__import__")
_DISCOVERY, _TRUSTED = "discover_records", "resources.discovery"


def code_digest(*modules: str) -> str:
    """Digest of the meaning of `modules` and of everything they import, 64 hex digits.

    Comments, line breaks and docstrings do not change it.

    Raises:
        MachineError: naming the file and the import that cannot be followed.
    """
    digest = hashlib.sha256()
    for module in sorted(closure(*modules)):
        digest.update(f"\0{module}\0{_meaning(module)}".encode())
    return digest.hexdigest()


def closure(*modules: str) -> frozenset[str]:
    """Dotted names of `modules`, of everything they import, and of the packages these lie in.

    Raises:
        MachineError: naming the file and the import that cannot be followed.
    """
    reached: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += imports(module)
    return frozenset(reached)


@cache
def imports(module: str) -> tuple[str, ...]:
    """The modules of `PACKAGES` that `module` imports itself, its own package included.

    Raises:
        MachineError: naming the file and the import that cannot be followed.
    """
    path = module_file(module)
    found = {module.rpartition(".")[0]} - {""}
    for node in _running(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if _ours(alias.name)}
        elif isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
            found |= {_source(str(node.module), alias.name) for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node) == _DISCOVERY:
            found |= set(_modules_below(_literal(node, path)))
        elif isinstance(node, ast.Call) and _called(node) in _DYNAMIC and not _foreign(node) and module != _TRUSTED:
            raise MachineError(f"{path.name}, line {node.lineno}: cannot tell which module {_called(node)} loads")
    for name in found:
        module_file(name)
    return tuple(sorted(found))


@cache
def module_file(module: str) -> Path:
    """The file of a module or package of `PACKAGES`. Raises MachineError where there is none."""
    base = _ROOT.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    raise MachineError(f"no module named {module!r} beside {_ROOT.name}: an import cannot be followed")


@cache
def data_files(module: str) -> tuple[Path, ...]:
    """Files beside `module` that it names in a string, and all files of folders that it names so."""
    path = module_file(module)
    strings = {n.value for n in ast.walk(_tree(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    found: list[Path] = []
    for place in sorted(path.parent.iterdir()):
        if place.name in strings and place.suffix != ".py":
            inside = sorted(place.rglob("*")) if place.is_dir() else [place]
            found += [] if any(p.suffix == ".py" for p in inside) else [p for p in inside if p.is_file()]
    return tuple(found)


@cache
def _meaning(module: str) -> str:
    """Digest of a module's syntax tree without its docstrings, and of its data files."""
    digest = hashlib.sha256(ast.dump(_without_docstrings(ast.parse(module_file(module).read_bytes()))).encode())
    for path in data_files(module):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_string(statement)]
    return tree


def _is_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below `node` but for the bodies of `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for statement in child.orelse:
                yield statement
                yield from _running(statement)
            continue
        yield child
        yield from _running(child)


def _source(package: str, name: str) -> str:
    """What `from package import name` runs: the module of that name, or the package that defines it."""
    base = _ROOT.joinpath(*package.split("."), name)
    return f"{package}.{name}" if base.with_suffix(".py").is_file() or (base / "__init__.py").is_file() else package


def _ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _literal(call: ast.Call, path: Path) -> str:
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        raise MachineError(f"{path.name}, line {call.lineno}: {_DISCOVERY} takes the name of a package as a literal")
    return first.value


def _modules_below(package: str) -> Iterator[str]:
    folder = module_file(package).parent
    for path in sorted(folder.rglob("*.py")):
        yield ".".join(path.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__")


def _foreign(call: ast.Call) -> bool:
    """Whether the argument of a dynamic import begins with the name of somebody else's package."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr):
        first = first.values[0] if first.values else None
    name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return "." in name and not _ours(name)
