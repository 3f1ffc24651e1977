"""extract_record without a thought for its start: the same ports and the same steps, one message after the other."""

from datetime import UTC, datetime

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from clients import logger, metrics, wiring

from mailroom.adapters.sqs import opened
from mailroom.domain.delivery import Post
from mailroom.pipeline.extract import extract
from mailroom.pipeline.form_door import quarantine
from mailroom.pipeline.receive import receive_post

ports = wiring.extraction()
settings = wiring.asking()


def handle_record(record):
    wiring.line().check()
    attributes = {name: str(found.get("stringValue", "")) for name, found in record["messageAttributes"].items()}
    sent_at = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
    found = opened(record.body, attributes, sent_at, settings.raw_bucket)
    claim = receive_post(found, settings.raw_bucket, ports.mail) if isinstance(found, Post) else found
    if isinstance(found, Post) and (reason := wiring.form_door().reason_against(found)):
        quarantine(claim, reason, ports.records, ports.clock, ports.retention)
    extract(claim, ports)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event, context):
    wiring.model().config.register_lambda_context(context)
    metrics.add_metric(name="Messages", unit="Count", value=len(event["Records"]))
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle_record, processor, context)
