"""Many items of a DynamoDB table by their keys."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.errors import TransientError


def fetched(
    dynamodb: Any, table: str, ids: Sequence[str], wanted: Mapping[str, Any], *, key: str = "record_id"
) -> Iterator[dict[str, Any]]:
    """Yield items in any order, 100 keys a call; raises TransientError when the table withholds some.

    ``wanted`` is a projection, and how consistent the read is (fully, unless it says otherwise).
    """
    for start in range(0, len(ids), 100):
        pending: list[dict[str, Any]] = [{key: {"S": name}} for name in ids[start : start + 100]]
        for _round in range(10):  # unprocessed keys come back under throttling
            with aws_errors("reading items"):
                answer = dynamodb.batch_get_item(
                    RequestItems={table: {"Keys": pending, "ConsistentRead": True, **wanted}}
                )
            yield from answer["Responses"].get(table, ())
            pending = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not pending:
                break
        else:
            raise TransientError("The table is too busy to be read.")
