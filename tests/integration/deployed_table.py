"""The records' table as template.yaml deploys it, for tests against moto."""

from pathlib import Path
from typing import Any

from local.twin.template import load_template, resources_of

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def indexes_of_the_template(*names: str) -> list[dict[str, Any]]:
    """Return these of the table's indexes, with what they really project."""
    table = resources_of(load_template(_TEMPLATE), "AWS::DynamoDB::Table")["RecordsTable"]
    return [index for index in table["GlobalSecondaryIndexes"] if index["IndexName"] in names]
