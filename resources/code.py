"""Which code a result depends on: the import closure of a module, read from the source.

Nothing is listed by hand. A module reaches every module of `PACKAGES` that it imports, anywhere in the file, and what
those import; `discover_records("package", ...)` imports all modules of the package. Imports under
`if TYPE_CHECKING:` do not run and do not count, nor do those in the functions of a package's own file.

Data files count with the module that names them: a string that equals the name of a file, or of a folder without
Python, beside the module.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType

from resources.errors import MachineError

PACKAGES = ("resources", "synth_assets")
"""The packages whose code is followed. Everything else is pinned by the lock."""
_DISCOVERY, _DISCOVERER = "discover_records", "resources.discovery"
_DYNAMIC = ("import_module", "__import__")


def code_digest(*modules: str) -> str:
    """Digest of the meaning of `modules` of this installation and of everything they import, 64 hex digits.

    Comments, line breaks and docstrings do not change it.

    Raises:
        MachineError: naming the file and the import that cannot be followed.
    """
    return installed().digest(*modules)


@cache
def installed() -> "SourceTree":
    """The source of this installation; files are read once."""
    return SourceTree(Path(__file__).resolve().parent.parent)


class SourceTree:
    """The source below one folder that holds `PACKAGES`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, _Module] = {}
        self._files: dict[str, Path | None] = {}

    def digest(self, *modules: str) -> str:
        """See `code_digest`."""
        digest = hashlib.sha256()
        for name in sorted(self.closure(*modules)):
            digest.update(f"\0{name}\0{self._module(name).meaning}".encode())
        return digest.hexdigest()

    def closure(self, *modules: str) -> frozenset[str]:
        """Dotted names of `modules`, of everything they import, and of the packages these lie in.

        Raises:
            MachineError: naming the file and the import that cannot be followed.
        """
        reached: set[str] = set()
        waiting = list(modules)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self.imports(name)
        return frozenset(reached)

    def imports(self, name: str) -> frozenset[str]:
        """The modules of `PACKAGES` that the module `name` imports itself, the package it lies in included.

        Raises:
            MachineError: naming the file and the import that cannot be followed.
        """
        return self._module(name).imports

    def modules(self) -> list[str]:
        """Dotted names of all modules and packages, sorted."""
        return sorted(name for package in PACKAGES for name in self.below(package))

    def below(self, package: str) -> list[str]:
        """Dotted names of a package and of all modules and packages in it."""
        folder = self.file(package).parent
        names = (".".join(path.relative_to(self.root).with_suffix("").parts) for path in folder.rglob("*.py"))
        return sorted(name.removesuffix(".__init__") for name in names)

    def file(self, name: str) -> Path:
        """The file of a module or package. Raises MachineError where there is none."""
        path = self.find(name)
        if path is None:
            raise MachineError(f"there is no module {name!r} beside {self.root.name}: an import cannot be followed")
        return path

    def find(self, name: str) -> Path | None:
        """The file of a module or package, if there is one."""
        if name not in self._files:
            base = self.root.joinpath(*name.split("."))
            paths = (base.with_suffix(".py"), base / "__init__.py")
            self._files[name] = next((path for path in paths if path.is_file()), None)
        return self._files[name]

    def data_files(self, name: str) -> tuple[Path, ...]:
        """The data files that the module `name` names."""
        return self._module(name).data

    def _module(self, name: str) -> "_Module":
        if name not in self._modules:
            self._modules[name] = _Module(self, name)
        return self._modules[name]


class _Module:
    """One file of a source tree, read and compiled once; its syntax tree is dropped, for it slows collection."""

    def __init__(self, tree: SourceTree, name: str) -> None:
        self._tree, self._name = tree, name
        self._path = tree.file(name)
        syntax = ast.parse(self._path.read_bytes())
        for node in _statements(syntax, types=True):
            _drop_docstring(node)
        codes = list(_nested(compile(syntax, name, "exec", dont_inherit=True)))
        self.imports = self._imports(syntax, {word for code in codes for word in (*code.co_names, *code.co_freevars)})
        self.data = self._data({const for code in codes for const in _constants(code.co_consts)})
        self.meaning = self._meaning(codes)

    def _imports(self, syntax: ast.Module, names: set[str]) -> frozenset[str]:
        found = {self._name.rpartition(".")[0]} - {""}
        is_package = self._path.name == "__init__.py"
        for node in syntax.body if is_package else _statements(syntax):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names if _ours(alias.name)}
            elif isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
                found |= {self._source(str(node.module), alias.name) for alias in node.names}
        if names & {_DISCOVERY, *_DYNAMIC}:
            for node in ast.walk(syntax):
                found |= self._dynamic(node) if isinstance(node, ast.Call) else set()
        for name in found:
            self._tree.file(name)
        return frozenset(found)

    def _data(self, constants: set[object]) -> tuple[Path, ...]:
        found: list[Path] = []
        for place in sorted(self._path.parent.iterdir()):
            if place.name in constants and place.suffix != ".py":
                inside = sorted(place.rglob("*")) if place.is_dir() else [place]
                found += [] if any(p.suffix == ".py" for p in inside) else [p for p in inside if p.is_file()]
        return tuple(found)

    def _meaning(self, codes: Iterable[CodeType]) -> str:
        """Digest of the byte code without line numbers and docstrings, and of the data files."""
        digest = hashlib.sha256()
        for code in codes:
            constants = [_stable(const) for const in code.co_consts if not isinstance(const, CodeType)]
            names = (code.co_qualname, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
            counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
            digest.update(code.co_code + code.co_exceptiontable + repr((constants, names, counts)).encode())
        for path in self.data:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _source(self, package: str, name: str) -> str:
        """What `from package import name` runs: the module of that name, or the package that defines it."""
        return f"{package}.{name}" if self._tree.find(f"{package}.{name}") else package

    def _dynamic(self, call: ast.Call) -> set[str]:
        called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        first = call.args[0] if call.args else None
        if called == _DISCOVERY:
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                raise self._error(call, f"{called} takes the name of a package as a literal")
            return set(self._tree.below(first.value))
        if called in _DYNAMIC and self._name != _DISCOVERER and not _foreign(first):
            raise self._error(call, f"cannot tell which module {called} loads")
        return set()

    def _error(self, node: ast.expr, problem: str) -> MachineError:
        return MachineError(f"{self._path.relative_to(self._tree.root)}, line {node.lineno}: {problem}")


def _statements(node: ast.AST, types: bool = False) -> Iterator[ast.AST]:
    """`node` and every statement in it; those under `if TYPE_CHECKING:` only if `types`."""
    yield node
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, block, None) or ():
            test = child.test if isinstance(child, ast.If) and not types else None
            if not (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"):
                yield from _statements(child, types)


def _drop_docstring(node: ast.AST) -> None:
    """Replace strings that stand alone by nothing, so that they do not shape the byte code."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        node.body = [statement for statement in node.body if not _is_string(statement)] or [
            ast.Pass(lineno=1, col_offset=0)
        ]


def _is_string(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _nested(const)


def _constants(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        yield value
        if isinstance(value, tuple | frozenset):
            yield from _constants(value)


def _stable(value: object) -> str:
    """`repr`, but for sets, whose order differs from process to process."""
    if isinstance(value, frozenset):
        return f"frozenset({sorted(map(_stable, value))})"
    return f"({', '.join(map(_stable, value))})" if isinstance(value, tuple) else repr(value)


def _ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def _foreign(argument: ast.expr | None) -> bool:
    """Whether the argument of a dynamic import begins with the name of somebody else's package."""
    if isinstance(argument, ast.JoinedStr):
        argument = argument.values[0] if argument.values else None
    name = argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
    return "." in name and not _ours(name)
