"""Which code a result depends on: the import closure of a module, read from the source.

Nothing is listed by hand. A module reaches every module of `PACKAGES` that it imports, anywhere in the file, and what
those import; `discover_records("package", ...)` imports all modules of the package. Imports under
`if TYPE_CHECKING:` do not run and do not count, nor do those in the functions of a package's own file.

Data files count with the module that names them: a string that equals the name of a file, or of a folder without
Python, beside the module.
"""

import ast
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from resources.errors import MachineError

PACKAGES = ("resources", "synth_assets")
"""The packages whose code is followed. Everything else is pinned by the lock."""
_DISCOVERY, _DISCOVERER = "discover_records", "resources.discovery"
_DYNAMIC = ("import_module", "__import__")
_PACKAGE_FILE = "__init__.py"
_FILE_NAME = re.compile(r"[\w.-]{2,60}")


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
    here = Path(__file__).resolve().parent
    # Beside the byte code that Python keeps: definitions would otherwise parse every file whenever they load.
    kept = here / "__pycache__" / f"code.{sys.implementation.cache_tag}.json"
    return SourceTree(here.parent, None if sys.dont_write_bytecode else kept)


class Facts(NamedTuple):
    """What the content of one file says, wherever the file lies.

    Attributes:
        imports: (module, name) of `from module import name`, (module, "") of `import module`.
        discovered: packages whose modules `discover_records` loads.
        names: strings that could name a file.
        problem: line and description of an import that cannot be followed; (0, "") if there is none.
        meaning: digest of the byte code without line numbers and docstrings.
    """

    imports: list[tuple[str, str]]
    discovered: list[str]
    names: list[str]
    problem: tuple[int, str]
    meaning: str


class SourceTree:
    """The source below one folder that holds `PACKAGES`."""

    def __init__(self, root: Path, cached: Path | None = None) -> None:
        """`cached` is a file that keeps what was read, by the hash of its content; None to keep nothing."""
        self.root = root
        self._cached = cached
        self._files: dict[str, Path | None] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._facts: dict[str, Facts] = {}
        self._known: dict[str, Any] = {}
        self._unsaved = False
        if cached is not None:
            with suppress(OSError, ValueError):
                self._known = json.loads(cached.read_bytes())

    def digest(self, *modules: str) -> str:
        """See `code_digest`."""
        digest = hashlib.sha256()
        for name in sorted(self.closure(*modules)):
            digest.update(f"\0{name}\0{self._fact(name).meaning}".encode())
            for path in self.data_files(name):
                digest.update(path.read_bytes())
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
        self._save()
        return frozenset(reached)

    def imports(self, name: str) -> frozenset[str]:
        """The modules of `PACKAGES` that the module `name` imports itself, the package it lies in included.

        Raises:
            MachineError: naming the file and the import that cannot be followed.
        """
        if name not in self._imports:
            facts = self._fact(name)
            line, problem = facts.problem
            if problem and name != _DISCOVERER:
                raise MachineError(f"{self.file(name).relative_to(self.root)}, line {line}: {problem}")
            found = {name.rpartition(".")[0]} - {""}
            for module, what in facts.imports:
                found.add(f"{module}.{what}" if what and self.find(f"{module}.{what}") else module)
            for package in facts.discovered:
                found.update(self.below(package))
            for other in found:
                self.file(other)
            self._imports[name] = frozenset(found)
        return self._imports[name]

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
        """Files beside the module `name` that it names in a string, and all files of folders that it names so."""
        names, found = set(self._fact(name).names), list[Path]()
        for place in sorted(self.file(name).parent.iterdir()):
            if place.name in names and place.suffix != ".py":
                inside = sorted(place.rglob("*")) if place.is_dir() else [place]
                found += [] if any(p.suffix == ".py" for p in inside) else [p for p in inside if p.is_file()]
        return tuple(found)

    def _fact(self, name: str) -> Facts:
        if name not in self._facts:
            path = self.file(name)
            content = path.read_bytes()
            key = hashlib.sha256(f"{path.name == _PACKAGE_FILE}".encode() + content).hexdigest()
            if key not in self._known:
                self._known[key] = read_facts(content, path.name)
                self._unsaved = True
            self._facts[name] = Facts(*self._known[key])
        return self._facts[name]

    def _save(self) -> None:
        """Keep what was read for the next process; where nothing can be written, it reads the files again."""
        if self._unsaved and self._cached is not None:
            fresh = self._cached.with_name(f"{self._cached.name}.{os.getpid()}")
            with suppress(OSError):
                self._cached.parent.mkdir(exist_ok=True)
                fresh.write_text(json.dumps(self._known), encoding="utf-8")
                fresh.replace(self._cached)
        self._unsaved = False


def read_facts(content: bytes, file_name: str) -> Facts:
    """What the content of a Python file of this name says."""
    syntax = ast.parse(content)
    for node in _statements(syntax, types=True):
        _drop_docstring(node)
    codes = list(_nested(compile(syntax, "module", "exec", dont_inherit=True)))
    imports: list[tuple[str, str]] = []
    # The functions of a package file are not the code of every module in the package.
    for node in syntax.body if file_name == _PACKAGE_FILE else _statements(syntax):
        if isinstance(node, ast.Import):
            imports += [(alias.name, "") for alias in node.names if _ours(alias.name)]
        elif isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
            imports += [(str(node.module), alias.name) for alias in node.names]
    discovered: list[str] = []
    problem = (0, "")
    if any({_DISCOVERY, *_DYNAMIC} & {*code.co_names, *code.co_freevars} for code in codes):
        for call in (node for node in ast.walk(syntax) if isinstance(node, ast.Call)):
            called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            first = call.args[0] if call.args else None
            if called == _DISCOVERY and isinstance(first, ast.Constant) and isinstance(first.value, str):
                discovered.append(first.value)
            elif called == _DISCOVERY:
                problem = (call.lineno, f"{called} takes the name of a package as a literal")
            elif called in _DYNAMIC and not _foreign(first):
                problem = (call.lineno, f"cannot tell which module {called} loads")
    strings = {const for code in codes for const in _constants(code.co_consts) if isinstance(const, str)}
    return Facts(imports, discovered, sorted(filter(_FILE_NAME.fullmatch, strings)), problem, _meaning(codes))


def _meaning(codes: Iterable[CodeType]) -> str:
    digest = hashlib.sha256()
    for code in codes:
        constants = [_stable(const) for const in code.co_consts if not isinstance(const, CodeType)]
        names = (code.co_qualname, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        digest.update(code.co_code + code.co_exceptiontable + repr((constants, names, counts)).encode())
    return digest.hexdigest()


def _statements(node: ast.AST, types: bool = False) -> Iterator[ast.AST]:
    """`node` and every statement in it; those under `if TYPE_CHECKING:` only if `types`."""
    yield node
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        children = getattr(node, block, None)
        for child in children if isinstance(children, list) else ():
            test = child.test if isinstance(child, ast.If) and not types else None
            if not (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"):
                yield from _statements(child, types)


def _drop_docstring(node: ast.AST) -> None:
    """Remove strings that stand alone, so that they do not shape the byte code."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        kept = [statement for statement in node.body if not _is_string(statement)]
        node.body = kept or [ast.Pass(lineno=1, col_offset=0)]


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
