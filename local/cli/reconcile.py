"""``mailroom reconcile``: what came in against what was filed. It changes nothing; the sweep repairs."""

import json
from dataclasses import asdict, dataclass

from local.cli.tables import console
from local.places import place
from mailroom.adapters.aws import client
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.s3 import S3MailStore
from mailroom.adapters.ses import delivery_from_stored
from mailroom.domain.delivery import Delivery
from mailroom.domain.record import ClaimCheck, Record
from mailroom.pipeline.sweep import SweepPorts, reconcile

RAW_PREFIX = "raw/"


@dataclass
class _NoMarks:
    """Begins at the beginning and leaves the sweep's own place alone."""

    def get(self, name: str) -> str:  # noqa: ARG002 -- the port's signature
        """Return the beginning."""
        return ""

    def put(self, name: str, text: str) -> None:
        """Keep nothing."""


class _ReadsOnlyError(Exception):
    """Reconciling tried to change something."""


class _NoQueue:
    """A queue that takes nothing."""

    def send(self, claim: ClaimCheck) -> None:
        """Refuse."""
        raise _ReadsOnlyError(claim.record_id)


def _receives_nothing(delivery: Delivery) -> Record:
    raise _ReadsOnlyError(delivery.key)


def run(*, stack: str, days: int, as_json: bool) -> int:
    """Print the counts; returns 1 when something is missing."""
    outputs = place(stack).outputs
    mail = S3MailStore(client("s3"), outputs["RawBucket"], RAW_PREFIX)
    records = DynamoDBRecordStore(client("dynamodb"), outputs["RecordsTable"])
    counts = reconcile(
        SweepPorts(
            archive=mail,
            bucket=outputs["RawBucket"],
            records=records,
            roll_call=records,
            intake=_NoQueue(),
            reviews=_NoQueue(),
            clock=SystemClock(),
            marks=_NoMarks(),
            received_again=lambda stored: delivery_from_stored(stored, mail, outputs["RawBucket"]),
            receive=_receives_nothing,
            reconcile_days=days,
        )
    )
    figures = asdict(counts)
    if as_json:
        print(json.dumps(figures))
    else:
        shown = ("received", "filed", "in_flight", "missing")
        said = ", ".join(f"{figures[name]} {name.replace('_', ' ')}" for name in shown)
        console().print(f"The last {days} days: {said}.")
        if counts.troubled:
            console().print(f"{counts.troubled} objects could not be looked up; run it again.")
    return 1 if counts.missing else 0
