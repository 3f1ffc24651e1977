"""deliver_notice: a batch from the delivery queue; each message is what happened, or the next try to tell it."""

from mailroom import cold_start  # before all else

# isort: split
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.adapters.notice_queue import NextTry, opened
from mailroom.batches import process_side_by_side
from mailroom.observability import logger, metrics, report_try
from mailroom.pipeline.deliver import announce, attempt
from mailroom.settings import Delivering


def handle_record(message: SQSRecord) -> None:
    """Tell one notice to whoever wants it, or make one delivery's next try."""
    found, ports = opened(message.body), wiring.delivering()
    if isinstance(found, NextTry):
        report_try(attempt(found.delivery_id, found.tries, ports))
    else:
        report_try(announce(found, ports))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Deliver a batch; the messages named in the answer stay on the queue."""
    tries = Delivering.from_environment().max_receive_count
    return process_side_by_side(event, handle_record, context, wiring.delivery_queue(), tries=tries)


cold_start.ready(wiring.delivering, wiring.delivery_queue)
