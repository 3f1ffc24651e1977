"""What can go wrong in an evaluation, in sentences that say what to do."""


class EvaluationError(Exception):
    """An evaluation cannot start or go on; the sentence says what to do."""
