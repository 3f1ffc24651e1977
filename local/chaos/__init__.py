"""Chaos: many small messages through the twin while the model, AWS and the workers' processes fail at random."""

from local.chaos.report import Report
from local.chaos.running import FAULTS, Chaos, run

__all__ = ["FAULTS", "Chaos", "Report", "run"]
