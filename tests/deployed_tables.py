"""Tables as template.yaml describes them, made in whatever DynamoDB a client speaks to."""

from typing import Any

from local.twin.emulator import ROOT
from local.twin.template import load_template, resources_of


def create_records_table(dynamodb: Any, name: str = "records") -> None:
    """Create the table of records."""
    create_deployed_table(dynamodb, "RecordsTable", name)


def create_deployed_table(dynamodb: Any, logical_id: str, name: str) -> None:
    """Create a table with its keys and indexes; what else the template asks for is AWS's part."""
    properties = resources_of(load_template(ROOT / "template.yaml"), "AWS::DynamoDB::Table")[logical_id]
    parts = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    dynamodb.create_table(TableName=name, **{part: properties[part] for part in parts})
