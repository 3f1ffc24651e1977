"""Logs and metrics, built once. Logs carry ids, states and figures; never a message's text or a field's value."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery
from mailroom.domain.record import CacheVerdict, Record

logger = Logger()
metrics = Metrics()


def report(before: Record | None, record: Record) -> None:
    """Tell what a change of a record adds to the figures: its new state, and the calls made since.

    Told from the table's stream and nowhere else, so that a retried or doubled worker does not count twice.
    """
    logger.info("changed", record_id=record.record_id, before=before and before.status, status=record.status)
    if before is None or before.status is not record.status:
        metrics.add_metric(name=f"Records.{record.status}", unit=MetricUnit.Count, value=1)
        if record.confidence is not None:
            metrics.add_metric(name="Confidence", unit=MetricUnit.NoUnit, value=record.confidence)
    for attempt in record.attempts[len(before.attempts) if before else 0 :]:
        metrics.add_metric(name=f"Cache.{attempt.cache}", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="CostUsd", unit=MetricUnit.NoUnit, value=float(attempt.cost_usd))
        metrics.add_metric(name="ModelLatency", unit=MetricUnit.Milliseconds, value=attempt.duration_ms)
        if attempt.cache is CacheVerdict.TOO_SHORT:
            metrics.add_metric(name="PromptNotCached", unit=MetricUnit.Count, value=1)


def report_try(delivery: NoticeDelivery | None) -> None:
    """Tell how a delivery stands after a try; None is one that another worker has."""
    if delivery is None:
        return
    logger.info("told", delivery_id=delivery.delivery_id, endpoint=delivery.endpoint, status=delivery.status)
    if delivery.status is not DeliveryStatus.WAITING:
        metrics.add_metric(name=f"Notices.{delivery.status}", unit=MetricUnit.Count, value=1)
    elif delivery.attempts:
        metrics.add_metric(name="Notices.failed_try", unit=MetricUnit.Count, value=1)
