"""Small notes from one run to the next, in the table of paid answers, whose key is a plain ``id``."""

from typing import Any

from mailroom.adapters.aws import aws_errors


class DynamoDBMarks:
    """Notes by name; the last writer wins."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, name: str) -> str:
        """Return a note; "" where there is none."""
        with aws_errors("reading a mark"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(name))
        return str(answer.get("Item", {}).get("note", {}).get("S", ""))

    def put(self, name: str, text: str) -> None:
        """Write a note."""
        with aws_errors("writing a mark"):
            self._dynamodb.put_item(TableName=self._table, Item={**_key(name), "note": {"S": text}})


def _key(name: str) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"mark#{name}"}}
