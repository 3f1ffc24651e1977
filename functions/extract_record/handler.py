"""extract_record: a batch from the intake queue; all messages wait for the model together, and each fails alone."""

from mailroom import cold_start  # before all else

# isort: split
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

import mailroom.adapters.claude  # noqa: F401 -- its second of import belongs in Lambda's init, not in the first message
from mailroom import wiring
from mailroom.adapters.sqs import FIRST_SENT, opened
from mailroom.batches import process_side_by_side
from mailroom.domain.delivery import Post
from mailroom.observability import logger, metrics
from mailroom.pipeline.extract import extract
from mailroom.pipeline.form_door import quarantine
from mailroom.pipeline.receive import receive_post


def handle_record(message: SQSRecord) -> None:
    """Take one message of the queue through extraction."""
    wiring.line().check()
    ports, settings = wiring.extraction(), wiring.asking()
    attributes = {name: str(found.get("stringValue", "")) for name, found in message["messageAttributes"].items()}
    first_sent = attributes.get(FIRST_SENT) or message.attributes.sent_timestamp
    sent_at = datetime.fromtimestamp(int(first_sent) / 1000, UTC)
    found = opened(message.body, attributes, sent_at, settings.raw_bucket)
    claim = receive_post(found, settings.raw_bucket, ports.mail) if isinstance(found, Post) else found
    if isinstance(found, Post) and (reason := wiring.form_door().reason_against(found)):
        quarantine(claim, reason, ports.records, ports.clock, ports.retention)
    last_try = int(message.attributes.approximate_receive_count) >= settings.max_receive_count
    record = extract(claim, ports, last_try=last_try)
    logger.info("extracted", record_id=record.record_id, status=record.status, cost_usd=record.cost_usd)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Extract a batch; the messages named in the answer stay on the queue."""
    wiring.model().config.register_lambda_context(context)
    tries = wiring.asking().max_receive_count
    return process_side_by_side(event, handle_record, context, wiring.intake_queue(), tries=tries)


cold_start.ready(wiring.ahead, wiring.extraction, wiring.intake_queue, wiring.form_door)
