"""Whose turn it is, as one item in the table of paid answers: taken on condition, and over by itself."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mailroom.adapters.aws import aws_errors


class DynamoDBTurn:
    """One turn by name; ``holder`` tells runs apart, so that a late one does not give back another's."""

    def __init__(self, dynamodb: Any, table: str, name: str, holder: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._key = {"id": {"S": f"turn#{name}"}}
        self._holder = {"S": holder}

    def take(self, now: datetime, until: datetime) -> bool:
        """Take the turn; False while another has it."""
        return self._written(
            "taking the turn",
            UpdateExpression="SET holder = :holder, busy_until = :until",
            ConditionExpression="attribute_not_exists(busy_until) OR busy_until < :now",
            ExpressionAttributeValues={
                ":holder": self._holder,
                ":now": {"N": f"{now.timestamp():.3f}"},
                ":until": {"N": f"{until.timestamp():.3f}"},
            },
        )

    def give_back(self) -> None:
        """Let the next one work."""
        self._written(
            "giving the turn back",
            UpdateExpression="REMOVE busy_until",
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues={":holder": self._holder},
        )

    def _written(self, doing: str, **update: Any) -> bool:
        with aws_errors(doing):
            try:
                self._dynamodb.update_item(TableName=self._table, Key=self._key, **update)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                    return False
                raise
        return True
