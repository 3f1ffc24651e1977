"""Where the records are: a deployed stack, a table by its name, the twin of another terminal, or the last run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import batched, islice
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.cli.dev import running_store
from local.snapshot import kept
from local.twin.deploy import STACK
from mailroom.adapters.aws import client
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.record_lists import DynamoDBRecordLists
from mailroom.adapters.sqs import SqsQueue
from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Listed, Wanted, head_of
from mailroom.domain.record import Record, Status


class PlaceError(MailroomError):
    """There is nothing to work on where the command was told to look; the sentence says what to name."""


class NotNamedError(MailroomError):
    """No record, or more than one, has an id that begins so."""


class Records(Protocol):
    """Records to look at, wherever they are."""

    def listed(self, wanted: Wanted, limit: int) -> Iterator[Listed]:
        """Yield heads, newest first; what waits for a person, worst first."""

    def whole(self, wanted: Wanted, limit: int) -> Iterator[Record]:
        """Yield whole records in the same order."""

    def everything(self) -> Iterator[Record]:
        """Yield every record there is, in no order."""

    def named(self, name: str) -> Record:
        """Return the record with that id, or with the only id that begins so; raises NotNamedError."""


@dataclass(frozen=True)
class Place:
    """A table with what belongs to it. ``outputs`` are its stack's; only RecordsTable where just a table was named."""

    outputs: Mapping[str, str]
    stack: str = ""

    @cached_property
    def store(self) -> DynamoDBRecordStore:
        """The ledger."""
        return DynamoDBRecordStore(client("dynamodb"), self.outputs["RecordsTable"])

    @cached_property
    def lists(self) -> DynamoDBRecordLists:
        """The ledger's indexes."""
        return DynamoDBRecordLists(client("dynamodb"), self.outputs["RecordsTable"])

    def output(self, name: str) -> str:
        """Return an output of the stack; raises PlaceError where it has none, or only a table was named."""
        if name not in self.outputs:
            raise PlaceError(f"This needs the whole deployment ({name} is not known here): name its --stack.")
        return self.outputs[name]

    def intake(self) -> SqsQueue:
        """Return the queue to which a record goes to be read again."""
        return SqsQueue(client("sqs"), self.output("IntakeQueueUrl"))

    def listed(self, wanted: Wanted, limit: int) -> Iterator[Listed]:
        """Yield heads from one index."""
        return self.lists.listed(wanted, now=datetime.now(UTC), limit=limit)

    def whole(self, wanted: Wanted, limit: int) -> Iterator[Record]:
        """Yield whole records: heads from one index, then a hundred records a call."""
        for heads in batched(self.listed(wanted, limit), 100, strict=False):
            yield from self.store.many([head.record_id for head in heads])

    def everything(self) -> Iterator[Record]:
        """Yield every record, by the one scan there is."""
        return self.store.everything()

    def named(self, name: str) -> Record:
        """Look the id up, else its beginning among the 10,000 newest records; raises NotNamedError."""
        if found := self.store.get(name):
            return found
        ids = self.lists.beginning_with(name, now=datetime.now(UTC))
        return _the_one(self.store.many(ids), name, " among the 10,000 newest; give the whole id for an older one")


@dataclass(frozen=True)
class LastRun:
    """What the last run of the twin left behind."""

    records: Sequence[Record] = field(default_factory=tuple)

    def listed(self, wanted: Wanted, limit: int) -> Iterator[Listed]:
        """Yield heads."""
        return (head_of(record) for record in self.whole(wanted, limit))

    def whole(self, wanted: Wanted, limit: int) -> Iterator[Record]:
        """Yield whole records."""
        found = [record for record in self.records if wanted.takes(head_of(record))]
        if wanted.status is Status.NEEDS_HUMAN:
            found.sort(key=lambda record: record.confidence or 0.0)
        else:
            found.sort(key=lambda record: record.received_at, reverse=True)
        return islice(found, limit)

    def everything(self) -> Iterator[Record]:
        """Yield them all."""
        return iter(self.records)

    def named(self, name: str) -> Record:
        """Return the one whose id is, or begins with, the name."""
        return _the_one([record for record in self.records if record.record_id.startswith(name)], name, "")


def place(stack: str = "", table: str = "") -> Place:
    """Return a deployment by the stack's or the table's name, the running twin where neither is given.

    Raises PlaceError with what to do.
    """
    if stack and table:
        raise PlaceError("Give --stack or --table, not both.")
    if table:
        return Place({"RecordsTable": table})
    if not stack and running_store() is None:
        raise PlaceError("No twin is running; start `mailroom dev`, or name a --stack.")
    return Place(_outputs(stack or STACK), stack or STACK)


def records_of(stack: str = "", table: str = "") -> tuple[Records, str]:
    """Return records to look at, and a word on where they come from if nobody asked for that place."""
    if stack or table or running_store() is not None:
        return place(stack, table), ""
    found = kept()
    if not found:
        raise PlaceError("No twin is running and there is no last run; try `mailroom demo`, or name a --stack.")
    return LastRun(found), "No twin is running; these are the last run's records."


def _outputs(stack: str) -> dict[str, str]:
    try:
        (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        said = error.response.get("Error", {}).get("Message", "no reason given")
        raise PlaceError(f"The stack {stack} cannot be looked at: {said}") from error
    except BotoCoreError as error:
        raise PlaceError(f"AWS cannot be reached: {error}") from error
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", ())}
    if "RecordsTable" not in outputs:
        raise PlaceError(f"The stack {stack} has no output RecordsTable: is it Mailroom's, and deployed to the end?")
    return outputs


def _the_one(found: Iterable[Record], name: str, where: str) -> Record:
    records = list(found)
    if not records:
        raise NotNamedError(f"no record with an id that begins with {name}{where}.")
    if len(records) > 1:
        ids = ", ".join(record.record_id for record in records)
        raise NotNamedError(f"{len(records)} records with an id that begins with {name}: {ids}")
    return records[0]
