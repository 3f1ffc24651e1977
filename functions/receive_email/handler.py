"""receive_email: SES says a mail has come; file it and queue its claim check."""

from mailroom import cold_start  # before all else

# isort: split
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.adapters.ses import ReceiptEvent, deliveries
from mailroom.observability import logger, metrics
from mailroom.pipeline.receive import receive


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:  # noqa: ARG001 -- Lambda's signature
    """File each delivery of the event; a failure makes Lambda try the event again."""
    settings, ports = wiring.receiving()
    receipt = parse(event=event, model=ReceiptEvent)
    record_ids = []
    for delivery in deliveries(receipt, settings.raw_bucket, settings.raw_prefix):
        record = receive(delivery, ports)
        logger.info("received", record_id=record.record_id, status=record.status)
        metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
        record_ids.append(record.record_id)
    return {"record_ids": record_ids}


cold_start.ready(wiring.receiving)
