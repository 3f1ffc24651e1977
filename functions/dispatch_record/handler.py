"""dispatch_record: the table's stream; what follows from a change of state follows from here."""

from mailroom import cold_start  # before all else

# isort: split
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.adapters.dynamodb import from_item
from mailroom.batches import process_in_order
from mailroom.observability import logger, metrics, report
from mailroom.pipeline.dispatch import dispatch, forget


def handle_record(change: DynamoDBRecord) -> None:
    """Pass on one change of one record; when a row is gone, its raw message goes too."""
    images = change.dynamodb
    if images is None:
        return
    if not images.new_image:
        forget(from_item(images.old_image), wiring.dispatching())
        metrics.add_metric(name="Forgotten", unit=MetricUnit.Count, value=1)
        return
    before = from_item(images.old_image) if images.old_image else None
    record = from_item(images.new_image)
    dispatch(before, record, wiring.dispatching())
    report(before, record)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Dispatch a batch of the stream in order; what failed is delivered again from there on."""
    return process_in_order(event, handle_record, context)


cold_start.ready(wiring.dispatching)
