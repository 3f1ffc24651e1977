"""The newest corrected records, by the ledger's index ``by_status``."""

from collections.abc import Sequence
from typing import Any

from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.record_lists import DynamoDBRecordLists
from mailroom.domain.listing import Wanted
from mailroom.domain.record import Record, Status
from mailroom.ports import Clock


class DynamoDBCorrections:
    """The corrected records of one table. The index may be a moment behind, so a record's own state decides."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._lists = DynamoDBRecordLists(dynamodb, table)
        self._records = DynamoDBRecordStore(dynamodb, table)
        self._clock = clock

    def newest(self, limit: int) -> Sequence[Record]:
        """Return at most ``limit`` corrected records, those received last first."""
        heads = self._lists.listed(Wanted(status=Status.CORRECTED), now=self._clock.now(), limit=limit)
        records = self._records.many([head.record_id for head in heads])
        return [record for record in records if record.status is Status.CORRECTED]
