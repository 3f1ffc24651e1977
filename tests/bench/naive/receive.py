"""receive_email without a thought for its start: it shares the module of clients with the function that asks Claude."""

from aws_lambda_powertools.utilities.parser import parse
from clients import logger, metrics, wiring

from mailroom.adapters.ses import ReceiptEvent, deliveries
from mailroom.pipeline.receive import receive

settings, ports = wiring.receiving()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event, context):
    receipt = parse(event=event, model=ReceiptEvent)
    found = [receive(delivery, ports) for delivery in deliveries(receipt, settings.raw_bucket, settings.raw_prefix)]
    metrics.add_metric(name="Deliveries", unit="Count", value=len(found))
    return {"record_ids": [record.record_id for record in found]}
