"""Rewrites a package's ``__init__`` files so that a name is imported when it is asked for, not when the package is.

    python lazy_exports.py SITE_PACKAGES

Run by the Makefile on the layer's own copy of the anthropic SDK, after it is installed and before it is compiled (why,
and at what price: docs/adr/0075). An ``__init__`` that only gathers names from its modules (``from .message import
Message as Message``) becomes a table of them behind a module ``__getattr__`` (PEP 562). Nothing is left out, and no
other file changes but one line of ``_base_client.py``, which would import a hundred error classes that one function
maps an error's code to.

The table is generated, so that it cannot drift; what could change under it is the shape of the files. So every
statement that this does not know stops the build, and so does a version for which the proof has not been run:
tests/integration/test_lazy_exports.py. No package of the layer is imported here: it may be another processor's.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROVEN = "2.12.0"
"""The version whose rewrite tests/integration/test_lazy_exports.py has held against the SDK as published."""

LAZY = ("", "types", "resources", "lib", "tools")
"""The parts of the package whose gathering ``__init__`` files are rewritten, with all below them."""

EAGER_LINE = "from ._error_classes import make_status_error\n"
CALL = "        return make_status_error(err_msg, body=body, response=response)\n"
LATE_CALL = "        from ._error_classes import make_status_error\n\n" + CALL

TAIL = """
def __getattr__(name):
    if name in _EXPORTS:
        module, attribute = _EXPORTS[name]
        value = _import_module(module, __name__)
        value = getattr(value, attribute) if attribute else value
    elif name in _COMPUTED:
        value = _COMPUTED[name]()
    elif name in _MODULES:
        return _import_module("." + name, __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _RENAMED:
        try:
            value.__module__ = __name__
        except (TypeError, AttributeError):
            pass
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_EXPORTS, *_COMPUTED, *_MODULES})
"""


class UnknownShapeError(Exception):
    """The SDK is not as it was when this was written: read what is named, extend this file, run the proof again."""


@dataclass
class Exports:
    """What an ``__init__`` gives: names from modules, names computed from those, and what must stay as it is."""

    docstring: str = ""
    gathered: dict[str, tuple[str, str]] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    public: list[str] | None = None
    renames: bool = False


def rewrite(package: Path) -> int:
    """Rewrite an installed anthropic SDK in place and return how many files; raises UnknownShapeError."""
    version = (package / "_version.py").read_text()
    if f'__version__ = "{PROVEN}"' not in version:
        raise UnknownShapeError(
            f"The layer has another version of {package.name} than {PROVEN}, for which its lazy rewrite was proven: "
            "run tests/integration/test_lazy_exports.py with it, then change PROVEN in lazy_exports.py."
        )
    files = sorted(_lazy_files(package))
    rewritten = {path: _rendered(path, exports_of(path)) for path in files}
    for path, text in rewritten.items():
        path.write_text(text)
    client = package / "_base_client.py"
    source = client.read_text()
    if source.count(EAGER_LINE) != 1 or source.count(CALL) != 1:
        raise UnknownShapeError(f"{client} no longer imports make_status_error on one line and calls it on another.")
    client.write_text(source.replace(EAGER_LINE, "").replace(CALL, LATE_CALL))
    return len(files) + 1


def _lazy_files(package: Path) -> Iterator[Path]:
    for path in package.rglob("__init__.py"):
        part = path.relative_to(package).parts[0] if path.parent != package else ""
        if part in LAZY:
            yield path


def exports_of(path: Path) -> Exports:
    """Read what an ``__init__`` gathers; raises UnknownShapeError at a statement of a kind that is not known."""
    found = Exports()
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.ImportFrom):
            _gather(path, statement, found)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            found.computed[statement.target.id] = ast.unparse(_Later(found.gathered).visit(statement.value))
        elif _names(statement) == ["__all__"]:
            found.public = list(dict.fromkeys(ast.literal_eval(statement.value)))  # type: ignore[attr-defined]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            found.docstring = str(statement.value.value)
        else:
            _gather_the_roots_own(path, statement, found)
    return found


def _gather(path: Path, statement: ast.ImportFrom, found: Exports) -> None:
    if statement.module == "__future__":
        return
    module = "." * statement.level + (statement.module or "")
    for alias in statement.names:
        name = alias.asname or alias.name
        if alias.name == "*":
            found.gathered |= {each: (module, each) for each in _starred(_file_of(path, module))}
        elif statement.module is None:
            found.gathered[name] = (f"{module}{alias.name}", "")
        elif (path.parent / f"{name}.py").exists() or (path.parent / name).is_dir():
            # A module of the same name would take its place as soon as anybody imports it.
            found.kept.append(f"from {module} import {alias.name} as {name}")
        else:
            found.gathered[name] = (module, alias.name)


def _gather_the_roots_own(path: Path, statement: ast.stmt, found: Exports) -> None:
    """Read the four statements that only the package's own ``__init__`` has."""
    said = ast.unparse(statement)
    if said == "import typing as _t":
        return
    if said == "_setup_logging()":
        module, name = found.gathered.pop("_setup_logging")
        found.kept += [f"from {module} import {name} as _setup_logging", said]
    elif said.startswith("if not _t.TYPE_CHECKING:") and isinstance(statement, ast.If):
        for inner in statement.body:
            if not isinstance(inner, ast.ImportFrom):
                raise UnknownShapeError(f"{path}:{inner.lineno} is not an import: {ast.unparse(inner)[:80]}")
            module = "." * inner.level + str(inner.module)
            found.gathered |= {alias.asname or alias.name: (module, alias.name) for alias in inner.names}
    elif said == "__locals = locals()":
        found.renames = True
    elif not (found.renames and isinstance(statement, ast.For) and "__module__ = 'anthropic'" in said):
        raise UnknownShapeError(f"{path}:{statement.lineno} is of a kind that is not known: {said[:80]}")


class _Later(ast.NodeTransformer):
    """Turns each gathered name in an expression into the call that gathers it."""

    def __init__(self, gathered: Mapping[str, tuple[str, str]]) -> None:
        self._gathered = gathered

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._gathered:
            return node
        return ast.Call(ast.Name("__getattr__"), [ast.Constant(node.id)], [])


def _names(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _file_of(path: Path, module: str) -> Path:
    level = len(module) - len(module.lstrip("."))
    folder = path.parents[level - 1].joinpath(*module.lstrip(".").split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _starred(path: Path) -> list[str]:
    """Return the names that ``from … import *`` brings, by reading and not by importing."""
    if path.name == "__init__.py":
        found = exports_of(path)
        names = found.public or [*found.gathered, *found.computed]
    else:
        tree = ast.parse(path.read_text())
        listed = [ast.literal_eval(each.value) for each in tree.body if _names(each) == ["__all__"]]  # type: ignore[attr-defined]
        if not listed:
            raise UnknownShapeError(f"{path} is imported with a star and has no __all__.")
        names = listed[0]
    return [name for name in names if not name.startswith("_")]


def _rendered(path: Path, found: Exports) -> str:
    modules = sorted(
        each.stem for each in path.parent.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()
    )
    modules.remove("__init__")
    names = [*found.gathered, *found.computed]
    public = found.public if found.public is not None else [name for name in names if not name.startswith("_")]
    # An import of a kept name's module still runs the file that names the names: they are known before it.
    lines = [
        repr(found.docstring) if found.docstring else "",
        "# Rewritten for the layer by layers/dependencies/lazy_exports.py: a name is imported when it is asked for.",
        "from importlib import import_module as _import_module",
        f"__all__ = {public!r}",
        "_EXPORTS = {",
        *(f"    {name!r}: {place!r}," for name, place in found.gathered.items()),
        "}",
        f"_COMPUTED = {{{', '.join(f'{name!r}: lambda: {said}' for name, said in found.computed.items())}}}",
        f"_MODULES = frozenset({modules!r})",
        f"_RENAMED = frozenset({[name for name in public if found.renames and not name.startswith('__')]!r})",
        TAIL,
        *found.kept,
    ]
    return "\n".join(line for line in lines if line) + "\n"


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]) / "anthropic")
