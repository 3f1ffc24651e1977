"""Chaos: many small messages through the twin while the model, the queues and the workers' processes fail at random."""

from local.chaos.running import FAULTS, Chaos, Report, run

__all__ = ["FAULTS", "Chaos", "Report", "run"]
