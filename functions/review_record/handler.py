"""review_record: a batch from the review queue; the stronger model looks at what is doubtful."""

from mailroom import cold_start  # before all else

# isort: split
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

import mailroom.adapters.claude  # noqa: F401 -- its second of import belongs in Lambda's init, not in the first message
from mailroom import wiring
from mailroom.adapters.sqs import claim_check
from mailroom.batches import process_side_by_side
from mailroom.observability import logger, metrics
from mailroom.pipeline.review import review


def handle_record(message: SQSRecord) -> None:
    """Take one record through review."""
    wiring.line().check()
    ports, settings = wiring.reviewing(), wiring.asking()
    claim = claim_check(message.body, settings.raw_bucket)
    last_try = int(message.attributes.approximate_receive_count) >= settings.max_receive_count
    record = review(claim, ports, last_try=last_try)
    logger.info("reviewed", record_id=record.record_id, status=record.status, cost_usd=record.cost_usd)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Review a batch; the messages named in the answer stay on the queue."""
    wiring.model().config.register_lambda_context(context)
    tries = wiring.asking().max_receive_count
    return process_side_by_side(event, handle_record, context, wiring.review_queue(), tries=tries)


cold_start.ready(wiring.ahead, wiring.reviewing, wiring.review_queue)
