"""template.yaml as plain data: CloudFormation's short tags (``!Ref``) become their long form (``{"Ref": …}``)."""

from pathlib import Path
from typing import Any

import yaml

_LIST_BY_DOT = "Fn::GetAtt"


class _Loader(yaml.SafeLoader):
    """A safe loader that also knows CloudFormation's tags."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == _LIST_BY_DOT:
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tagged)
# A date stays the text that CloudFormation wants ("2012-10-17").
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def load_template(path: Path) -> dict[str, Any]:
    """Read a CloudFormation or SAM template."""
    loader = _Loader(path.read_text(encoding="utf-8"))
    try:
        template: dict[str, Any] = loader.get_single_data()
    finally:
        loader.dispose()
    return template


def resources_of(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of one type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
