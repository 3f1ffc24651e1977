"""Find every document type in this package: a file that is here counts, there is no list to edit."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType

import mailroom.doctypes
from mailroom.doctypes.base import DocumentType, DocumentTypeError
from mailroom.doctypes.machinery.specify import spec_of
from mailroom.domain.doctype import OTHER, TypeSpec

_NOT_TYPES = frozenset({"base", "registry", "template"})


@cache
def document_types() -> Mapping[str, TypeSpec]:
    """Return every kind of document by its name, in alphabetical order, ``other`` last.

    Raises ``DocumentTypeError`` that names the file and the mend: a file without a type, two types of one kind, or a
    type that cannot be specified.
    """
    found: dict[str, TypeSpec] = {}
    for module_name in sorted(
        module.name for module in pkgutil.iter_modules(mailroom.doctypes.__path__) if not module.ispkg
    ):
        if module_name in _NOT_TYPES:
            continue
        for model in _types_in(importlib.import_module(f"{mailroom.doctypes.__name__}.{module_name}")):
            spec = spec_of(model)
            if spec.kind in found:
                raise DocumentTypeError(
                    f"doctypes/{module_name}.py: another file already describes {spec.kind!r}; rename one."
                )
            found[spec.kind] = spec
    if OTHER not in found:
        raise DocumentTypeError(f"doctypes/{OTHER}.py is missing: nothing that arrives may be without a kind.")
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (item[0] == OTHER, item[0]))))


def _types_in(module: ModuleType) -> list[type[DocumentType]]:
    models = [
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, DocumentType) and member.__module__ == module.__name__
    ]
    if not models:
        file = f"doctypes/{module.__name__.rpartition('.')[2]}.py"
        raise DocumentTypeError(
            f"{file} describes no document; add a class that derives from DocumentType, or move the file."
        )
    return models
