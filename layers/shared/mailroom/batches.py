"""Work through a batch side by side: ten messages wait for the model together, and each fails or succeeds alone."""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom.domain.errors import LineStoppedError, MailroomError, OverBudgetError, StopTheLineError, TransientError
from mailroom.domain.patience import wait_s
from mailroom.observability import logger, metrics
from mailroom.ports import Redelivery


class SideBySideProcessor(BatchProcessor):
    """Powertools' batch processor with one thread per record.

    Threads and not asyncio: the model's synchronous client waits as well in threads as in a loop up to a hundred
    wide, and the code stays the code of one record.
    """

    def process(self) -> list[Any]:
        """Call the handler for every record at once; returns each record's outcome in the order of the batch."""
        with ThreadPoolExecutor(max_workers=max(1, len(self.records))) as pool:
            running = [pool.submit(copy_context().run, self._process_record, record) for record in self.records]
            return [done.result() for done in running]


def process_side_by_side(
    event: dict[str, Any],
    handle_record: Callable[[SQSRecord], None],
    context: LambdaContext,
    queue: Redelivery,
    *,
    tries: int,
) -> PartialItemFailureResponse:
    """Process a batch from SQS; the answer names the messages that stay on the queue, each with its own wait.

    ``tries`` is the queue's maxReceiveCount: after the last one a message goes to its dead-letter queue at once.
    """
    metrics.add_metric(name="Messages", unit=MetricUnit.Count, value=len(event["Records"]))
    processor = SideBySideProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(
        event, partial(_put_back, queue, tries, partial(_told, handle_record)), processor, context
    )


def process_in_order(
    event: dict[str, Any], handle_record: Callable[[DynamoDBRecord], None], context: LambdaContext
) -> PartialItemFailureResponse:
    """Process a batch of a table's stream; Lambda delivers again from the first change that the answer names."""
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event, partial(_told, handle_record), processor, context)


def _put_back(queue: Redelivery, tries: int, handle_record: Callable[[SQSRecord], None], record: SQSRecord) -> None:
    """Handle a message, and on failure say when the queue shall hand it out again: a Lambda never sleeps."""
    count = int(record.attributes.approximate_receive_count)
    try:
        handle_record(record)
    except OverBudgetError:
        return  # its row knows until when it is parked, and the sweep puts it back on the queue
    except StopTheLineError as error:
        # SQS cannot undo a receive: a copy that was never received takes the message's place (docs/adr/0012).
        asked_s = error.retry_after_s if isinstance(error, LineStoppedError) else 0.0
        try:
            queue.send_again(record.raw_event, wait_s(2, f"{record.message_id}/{count}", asked_s=asked_s))
        except MailroomError as refused:
            logger.warning("left to the queue's own timeout", said=str(refused))
            raise error from refused
    except Exception as error:
        asked_s = error.retry_after_s if isinstance(error, TransientError) else 0.0
        wait = 0 if count >= tries else wait_s(count, record.message_id, asked_s=asked_s)
        try:
            queue.put_back(record.receipt_handle, wait)
        except MailroomError as refused:
            logger.warning("left to the queue's own timeout", said=str(refused))
        raise


def _told[R](handle_record: Callable[[R], None], record: R) -> None:
    """Handle one record and say in the log why it failed, in our own words: a foreign error may quote the mail."""
    try:
        handle_record(record)
    except Exception as error:
        if isinstance(error, LineStoppedError):
            metrics.add_metric(name="BreakerOpen", unit=MetricUnit.Count, value=1)
        elif isinstance(error, OverBudgetError):
            metrics.add_metric(name="OverBudget", unit=MetricUnit.Count, value=1)
        elif isinstance(error, StopTheLineError):
            metrics.add_metric(name="LineStopped", unit=MetricUnit.Count, value=1)
        said = str(error) if isinstance(error, MailroomError) else ""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        logger.warning("put back", error=type(error).__name__, said=said, place=place)
        raise
