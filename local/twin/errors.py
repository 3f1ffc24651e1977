"""What can go wrong with the twin, each error with the remedy in its sentence."""


class TwinError(Exception):
    """The twin cannot do what it was asked to; the sentence says what to do about it."""


class RefusedMailError(TwinError):
    """SES would refuse this mail at its door: no rule takes the recipient, or it is too large."""
