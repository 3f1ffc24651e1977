"""Where a backlog goes: one deployment, with the settings that its own functions have."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mailroom.adapters.aws import client
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.parcels import S3Parcels
from mailroom.adapters.s3 import S3MailStore
from mailroom.adapters.sqs import SqsQueue
from mailroom.catalogue import ModelCard, card
from mailroom.pipeline.bulk_intake import BulkIntake
from mailroom.pipeline.receive import ReceivePorts
from mailroom.settings import Asking, Receiving

FUNCTION = "CollectBatchesFunction"


@dataclass(frozen=True)
class Deployment:
    """A deployment by the variables of its functions."""

    variables: Mapping[str, str]
    function_name: str

    @classmethod
    def of(cls, outputs: Mapping[str, str]) -> "Deployment":
        """Find a deployment by its stack's outputs."""
        name = outputs[FUNCTION]
        found: Any = client("lambda").get_function_configuration(FunctionName=name)
        return cls(found["Environment"]["Variables"], name)

    @cached_property
    def settings(self) -> Asking:
        """What the functions that ask a model are set to."""
        return Asking.from_environment(self.variables)

    @cached_property
    def model(self) -> ModelCard:
        """The model that reads."""
        return card(self.settings.extract_model)

    @cached_property
    def mail(self) -> S3MailStore:
        """Its raw messages."""
        return S3MailStore(client("s3"), self.settings.raw_bucket, self.settings.raw_prefix)

    @cached_property
    def records(self) -> DynamoDBRecordStore:
        """Its ledger."""
        return DynamoDBRecordStore(client("dynamodb"), self.settings.records_table)

    @cached_property
    def parcels(self) -> S3Parcels:
        """What its bulk lane has to do."""
        return S3Parcels(client("s3"), self.settings.raw_bucket)

    @cached_property
    def receiving(self) -> ReceivePorts:
        """What the live lane's door needs."""
        receiving = Receiving.from_environment(self.variables)
        queue = SqsQueue(client("sqs"), receiving.intake_queue_url)
        return ReceivePorts(self.records, queue, SystemClock(), receiving.retention, receiving.sender_policy)

    @cached_property
    def taking_in(self) -> BulkIntake:
        """What the bulk lane's door needs."""
        ports = self.receiving
        return BulkIntake(
            mail=self.mail,
            records=self.records,
            parcels=self.parcels,
            clock=ports.clock,
            bucket=self.settings.raw_bucket,
            retention=ports.retention,
            sender_policy=ports.sender_policy,
        )
