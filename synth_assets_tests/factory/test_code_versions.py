"""A change in any imported module makes exactly the stages stale that reach it."""

import shutil
from pathlib import Path

import pytest

from resources.code import PACKAGES, SourceTree, code_digest, installed
from resources.errors import MachineError
from synth_assets.factory.versions import SHARED
from synth_assets.lineage import STAGES

EVERY = set(STAGES)
CHANGES = [
    ("resources/keys.py", EVERY),
    ("resources/scratch.py", {"masked_corpus"}),
    ("resources/lake/encoding.py", EVERY),
    ("synth_assets/factory/gate.py", EVERY),
    ("synth_assets/records.py", EVERY),
    ("synth_assets/stages/raw_corpus.py", {"raw_corpus"}),
    ("synth_assets/corpus/normalize.py", {"raw_corpus"}),
    ("synth_assets/instructions/build.py", {"instruction_set"}),
    ("synth_assets/privacy/measure.py", {"privacy_report"}),
    ("synth_assets/sample/people.py", {"privacy_report"}),
    ("synth_assets/cli/app.py", set()),
    ("synth_assets/definitions.py", set()),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(
            installed().root / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors")
        )
    return root


@pytest.fixture(scope="module")
def untouched(copy: Path) -> SourceTree:
    return SourceTree(copy)


def versions(tree: SourceTree) -> dict[str, str]:
    return {name: tree.digest(stage.method.__module__, *SHARED) for name, stage in STAGES.items()}


def stale(untouched: SourceTree, path: str, text: str) -> set[str]:
    """The stages whose code changes when `text` is appended to the file at `path`."""
    before, file = versions(untouched), untouched.root / path
    kept = file.read_bytes()
    try:
        file.write_bytes(kept + text.encode())
        after = versions(SourceTree(untouched.root))
    finally:
        file.write_bytes(kept)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(("path", "expected"), CHANGES, ids=[path for path, _ in CHANGES])
def test_a_changed_function_makes_exactly_the_stages_stale_that_reach_it(
    untouched: SourceTree, path: str, expected: set[str]
) -> None:
    module = path.removesuffix(".py").replace("/", ".")
    reach = {name for name, stage in STAGES.items() if module in untouched.closure(stage.method.__module__, *SHARED)}
    assert stale(untouched, path, "\n\ndef added() -> int:\n    return 1\n") == reach == expected


def test_comments_and_docstrings_make_nothing_stale(untouched: SourceTree) -> None:
    assert stale(untouched, "synth_assets/records.py", '\n# A remark.\n"""A sentence on the line above."""\n') == set()


def test_a_data_file_counts_with_the_module_that_names_it(untouched: SourceTree) -> None:
    assert stale(untouched, "synth_assets/masking/presets.yaml", "\n# changed\n") >= {"masked_corpus"}
    assert stale(untouched, "synth_assets/sample/grammar.yaml", "\n# changed\n") == {"privacy_report"}


def test_every_data_file_is_named_by_a_module() -> None:
    tree = installed()
    named = {path for module in tree.modules() for path in tree.data_files(module)}
    files = {p for package in PACKAGES for p in (tree.root / package).rglob("*") if p.is_file()}
    data = {p for p in files if p.suffix not in (".py", ".pyc")}
    assert data and not data - named


def write(root: Path, **modules: str) -> SourceTree:
    for package in PACKAGES:
        (root / package).mkdir(exist_ok=True)
        (root / package / "__init__.py").write_text("")
    for name, text in modules.items():
        (root / "resources" / f"{name}.py").write_text(text)
    return SourceTree(root)


def test_what_is_imported_inside_functions_counts_and_what_only_types_need_does_not(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        a="if TYPE_CHECKING:\n    from resources import c\ndef f():\n    import resources.b\n",
        b="import json\n",
        c="",
    )
    assert tree.closure("resources.a") == {"resources", "resources.a", "resources.b"}


def test_a_name_and_a_module_of_a_package_are_told_apart(tmp_path: Path) -> None:
    tree = write(tmp_path, a="from resources.b import value\nfrom resources import c\n", b="value = 1\n", c="")
    assert tree.imports("resources.a") == {"resources", "resources.b", "resources.c"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("import resources.missing\n", "no module 'resources.missing'"),
        ("from resources.missing import x\n", "no module 'resources.missing'"),
        ("import importlib\nimportlib.import_module(name)\n", r"resources/a\.py, line 2: cannot tell which module"),
        ("discover_records(package, int)\n", "takes the name of a package as a literal"),
    ],
)
def test_an_import_that_cannot_be_followed_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(MachineError, match=problem):
        write(tmp_path, a=text).closure("resources.a")


def test_modules_of_others_may_be_loaded_by_name(tmp_path: Path) -> None:
    tree = write(tmp_path, a='import_module(f"faker.providers.{x}")\nimport_module("faker.config")\n')
    assert tree.closure("resources.a") == {"resources", "resources.a"}


def test_every_module_of_the_installation_can_be_followed() -> None:
    assert len(installed().closure(*installed().modules())) > 200
    assert code_digest("synth_assets.definitions") != code_digest("resources.keys")


def test_what_was_read_is_kept_by_content(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "code.json"
    write(tmp_path, a="import resources.b\n", b="x = 1\n")
    first = SourceTree(tmp_path, kept).digest("resources.a")
    assert SourceTree(tmp_path, kept).digest("resources.a") == first == SourceTree(tmp_path).digest("resources.a")
    (tmp_path / "resources" / "b.py").write_text("x = 2\n")
    assert SourceTree(tmp_path, kept).digest("resources.a") != first
    kept.write_text("{")
    (tmp_path / "resources" / "b.py").write_text("x = 1\n")
    assert SourceTree(tmp_path, kept).digest("resources.a") == first
