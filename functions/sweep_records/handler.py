"""sweep_records: on a schedule, put stuck work back, count what came in against what was filed, and count the days."""

from mailroom import cold_start  # before all else

# isort: split
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.observability import logger, metrics
from mailroom.pipeline.count_days import count_days
from mailroom.pipeline.deliver import put_back_due
from mailroom.pipeline.sweep import sweep


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 -- Lambda's signature
    """Sweep once, then count for the overview, and return the sweep's counts."""
    counts = asdict(sweep(wiring.sweeping()))
    for name, count in counts.items():
        metrics.add_metric(name=f"Records.{name}", unit=MetricUnit.Count, value=count)
    logger.info("swept", **counts)
    due = put_back_due(wiring.delivering())
    metrics.add_metric(name="Notices.put_back", unit=MetricUnit.Count, value=due)
    logger.info("asked for what is due", notices=due)
    logger.info("counted", records=count_days(wiring.counting()))
    return counts


cold_start.ready(wiring.sweeping)
