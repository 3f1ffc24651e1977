"""collect_batches: on a schedule, file what batches have brought back, and submit what waits for one."""

from mailroom import cold_start  # before all else

# isort: split
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.observability import logger, metrics

TO_END_S = 150.0
"""What a run leaves of its time: one call to the model's vendor (120 s), and what is written after it."""


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 -- Lambda's signature
    """Advance the bulk lane; where it is empty, which it mostly is, neither the SDK nor the prompt is loaded."""
    if not wiring.parcels().open():
        metrics.add_metric(name="OldestBatchAge", unit=MetricUnit.Seconds, value=0)
        return {"waiting": 0, "in_batches": 0}
    from mailroom.pipeline.bulk import advance  # noqa: PLC0415 -- see above

    wiring.model().config.register_lambda_context(context)
    left_s = context.get_remaining_time_in_millis() / 1000
    ports = wiring.bulk()
    until = ports.extracting.clock.now() + timedelta(seconds=max(left_s / 2, left_s - TO_END_S))
    progress = advance(ports, until)
    for name in ("submitted", "filed", "undone", "troubled", "waiting", "in_batches"):
        metrics.add_metric(name=f"Bulk.{name}", unit=MetricUnit.Count, value=getattr(progress, name))
    metrics.add_metric(name="OldestBatchAge", unit=MetricUnit.Seconds, value=progress.oldest_batch_s)
    if progress.stopped:
        metrics.add_metric(name="LineStopped", unit=MetricUnit.Count, value=1)
    counts = {**asdict(progress), "cost_usd": str(progress.cost_usd)}
    logger.info("advanced", **counts)
    return counts


cold_start.ready(wiring.parcels)
