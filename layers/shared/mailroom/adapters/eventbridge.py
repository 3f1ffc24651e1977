"""Events on EventBridge: ids, states and figures, never a field's value."""

import json
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.errors import TransientError
from mailroom.domain.record import Record


class EventBridgeBus:
    """One event bus."""

    def __init__(self, events: Any, bus_name: str) -> None:
        self._events = events
        self._bus_name = bus_name

    def publish(self, name: str, record: Record) -> None:
        """Tell that a record reached a state; ``version`` lets a consumer drop what it has seen."""
        detail = {
            "record_id": record.record_id,
            "version": record.version,
            "status": record.status,
            "kind": record.kind,
            "channel": record.channel,
            "confidence": record.confidence,
            "received_at": record.received_at.isoformat(),
            "cost_usd": str(record.cost_usd),
        }
        entry = {
            "Source": "mailroom",
            "DetailType": name,
            "Detail": json.dumps(detail),
            "EventBusName": self._bus_name,
        }
        with aws_errors("publishing an event"):
            answer = self._events.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            raise TransientError(f"The event bus did not take the event ({answer['Entries'][0].get('ErrorCode')}).")
