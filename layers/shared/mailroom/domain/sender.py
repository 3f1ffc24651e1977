"""What the sender checks (SPF, DKIM, DMARC) mean for a mail, and how strict the user wants to be about them."""

from collections.abc import Mapping
from enum import StrEnum

SENDER_POLICY = "sender_policy"
"""Under this name a record's verdicts say which policy it was screened by."""


class SenderPolicy(StrEnum):
    """What becomes of a mail whose sender may be forged; viruses and spam are held back under every policy."""

    QUARANTINE = "quarantine"  # it is not read at all until a person says so
    CAUTION = "caution"  # it is read, and never accepted unseen; held back where the domain itself asks for that
    IGNORE = "ignore"  # it is treated like any other: for a mailbox behind a gateway that has checked already


def sender_doubt(verdicts: Mapping[str, str]) -> str:
    """Say why the sender may be forged; "" where nothing speaks for that."""
    if verdicts.get("dmarc") == "FAIL":
        return "The sender's address may be forged (DMARC failed)."
    if verdicts.get("spf") == "FAIL" and verdicts.get("dkim") != "PASS":
        return "The sender's address may be forged (SPF failed, and no valid DKIM signature)."
    return ""
