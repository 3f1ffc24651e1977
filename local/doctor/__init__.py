"""What ``mailroom doctor`` looks at in a deployed stack, in the order in which a message meets it."""

from local.doctor.findings import Finding, House, Verdict
from local.doctor.rounds import CHECKS, look

__all__ = ["CHECKS", "Finding", "House", "Verdict", "look"]
